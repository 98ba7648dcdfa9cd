"""Today's work at the main centre, around this very moment: what a visitor sees who looks over somebody's shoulder."""

from dataclasses import replace

from accounts.roles import Role
from desks.demo import patients
from desks.demo.chain import MINUTE, Walk
from desks.demo.district import District
from desks.demo.nurses import DemoNurse
from desks.demo.patients import Household
from desks.demo.staff import open_account
from desks.demo.stories import Days, accepted, assessed, asked, confirmed, planned, prescribed, received, served, signed

CHILDREN = ("儿子", "女儿")
LATELY = Days.lately(1)
YESTERDAY = Days.lately(-1)
SHORT_VISITS = frozenset({10, 14, 16, 1, 15, 17, 3, 5})  # items of the visits that are under way right now


class Today:
    """The stories of this hour. Each makes its own household; nobody but the demo family comes twice."""

    def __init__(self, district: District):
        self.district, self.clock, self.centre = district, district.clock, district.main
        self.draw, self.told = district.draw("today"), 0
        self.nurses: dict[str, DemoNurse] = {nurse.row.user.username: nurse for nurse in self.centre.nurses}
        self.doctor = self.centre.users[Role.DOCTOR.value][0]

    def tell(self) -> int:
        """Tell everything; returns how many requests that were."""
        self.demo_family()
        self.demo_family_2()
        open_account(self.district, "demo-family-new", self.district.people.staff_name(self.district.next_staff()))
        self.at_the_desk()
        self.with_the_doctor()
        self.to_sign_and_to_send()
        self.under_way()
        self.finished()
        return self.told

    # --- the demo people ----------------------------------------------------------------------------------------

    def demo_family(self):
        """Served and rated a fortnight ago; the next visit is accepted and an hour away."""
        home = self._home(acting="proxy", username="demo-family", relations=CHILDREN)
        walk = self._walk(home)
        confirmed(walk, Days.around(self.clock, -13), times=4)
        start = self._five(self.clock.soon(70))
        walk.next_visit(self.clock.at(-1, 14), (start, start + 180 * MINUTE))
        walk.offer(self.clock.at(-1, 15), start, nurse=self.nurses["demo-nurse"])
        walk.accept(self.clock.at(-1, 15.2))

    def demo_family_2(self):
        """Yesterday's visit is confirmed and waits for a rating."""
        walk = self._walk(self._home(acting="self", username="demo-family-2"))
        served(walk, YESTERDAY)
        walk.confirm(walk.last + 40 * MINUTE)

    # --- desk and doctor ----------------------------------------------------------------------------------------

    def at_the_desk(self):
        for ago, acting in ((47, "proxy"), (18, "self"), (6, patients.BY_PHONE)):
            at = self.clock.back(ago)
            window = self.clock.at(2, 8.5)
            self._walk(self._home(acting=acting)).submit(at, (window, window.replace(hour=11)), walk_in=False)
        for ago in (200, 150):
            window = self.clock.at(2, 13)
            walk = self._walk(self._home())
            walk.submit(self.clock.back(ago), (window, window.replace(hour=16)))
            walk.receive(self.clock.back(ago - 40))

    def with_the_doctor(self):
        """One first visit ahead, one at the bedside and half-written, one signed and not yet prescribed."""
        ahead = self._walk(self._home(), doctor=self.doctor)
        received(ahead, LATELY)
        ahead.plan(self.clock.at(-1, 16), self._five(self.clock.soon(60)))

        beside = self._walk(self._home(), doctor=self.centre.users[Role.DOCTOR.value][1])
        received(beside, LATELY)
        beside.plan(self.clock.at(-1, 16.2), self.clock.now - 15 * MINUTE)
        beside.arrive_at_home(self.clock.now - 14 * MINUTE).assess(self.clock.now - 10 * MINUTE, only=5)

        assessed(self._walk(self._home(), doctor=self.doctor), replace(LATELY, assessed=-1, asked=-2))

    def to_sign_and_to_send(self):
        for _ in range(2):
            prescribed(self._walk(self._home(acting="proxy")), replace(LATELY, assessed=-1, asked=-2))
        for _ in range(2):
            signed(self._walk(self._home()), LATELY)
        refused = signed(self._walk(self._home()), LATELY)
        refused.offer(self.clock.at(-1, 15), refused.slot(2)).say_no(self.clock.at(-1, 15.4), "decline")
        for username, ahead, hour in (("demo-nurse", 1, 9.5), ("demo-nurse-2", 1, 13.5)):
            walk = signed(self._walk(self._home()), LATELY)
            start, until = self.clock.at(ahead, hour), self.clock.soon(8 * 60)
            walk.offer(self.clock.back(10), start, nurse=self.nurses[username], until=min(until, start - 30 * MINUTE))

    # --- nurses on their way ------------------------------------------------------------------------------------

    def under_way(self):
        for username, ahead, hour in (("demo-nurse", 1, 14), ("demo-nurse-3", 1, 10)):
            walk = signed(self._walk(self._home()), LATELY)
            walk.offer(self.clock.at(-1, 15), self.clock.at(ahead, hour), nurse=self.nurses[username])
            walk.accept(self.clock.at(-1, 15.5))

        en_route = self._accepted("demo-nurse-3", self._five(self.clock.soon(12)))
        en_route.depart(self.clock.now - 9 * MINUTE)

        start = self.clock.now - 22 * MINUTE
        beside = self._accepted("demo-nurse-2", start)
        beside.depart(start - 20 * MINUTE).check_in(start + MINUTE).record(start + 8 * MINUTE, half=True)

    def finished(self):
        """Earlier today and yesterday: waiting for the family's word, disputed, rated with and without an answer."""
        early = signed(self._walk(self._home(acting="proxy", short=True)), LATELY)
        start = self.clock.ended(45, early.order.minutes)
        early.offer(self.clock.at(-2, 16), start, nurse=self.nurses["demo-nurse"]).accept(self.clock.at(-2, 16.2))
        early.serve(start)

        served(self._walk(self._home(acting="self")), YESTERDAY)

        disputed = served(self._walk(self._home(acting="proxy")), YESTERDAY)
        disputed.object_to(self.clock.at(-1, 19))

        for reply in (True, False):
            rated = served(self._walk(self._home(acting="proxy")), Days.lately(-2))
            rated.confirm(self.clock.at(-2, 18)).rate(
                self.clock.at(-2, 18.2), reply=self.clock.at(-1, 9) if reply else None
            )
        unrated = served(self._walk(self._home(acting="proxy")), YESTERDAY)
        unrated.confirm(self.clock.at(-1, 18.5))

    # --- pieces -------------------------------------------------------------------------------------------------

    def _home(self, *, acting: str = "", username: str = "", relations=(), short: bool = False) -> Household:
        """Somebody new, drawn again until the person fits the story."""
        while True:
            home = patients.find(self.district, self.centre, self.district.next_patient(), self.draw, acting=acting)
            if relations and home.known.contact.relation_name not in relations:
                continue
            if short and not SHORT_VISITS.issuperset(home.case.numbers):
                continue
            home.username = username
            return home

    def _walk(self, home: Household, doctor=None) -> Walk:
        self.told += 1
        walk = Walk(self.district, home, f"today:{self.told}")
        if doctor:
            walk.doctor = doctor
        return walk

    def _accepted(self, username: str, start) -> Walk:
        """A visit of this hour, offered and accepted yesterday."""
        walk = signed(self._walk(self._home(acting="proxy", short=True)), LATELY)
        walk.offer(self.clock.at(-1, 15.3), start, nurse=self.nurses[username])
        return walk.accept(self.clock.at(-1, 15.7))

    @staticmethod
    def _five(moment):
        """Appointments are made at full five minutes."""
        return moment + (-moment.minute % 5) * MINUTE - moment.second * MINUTE / 60
