"""Today's work at the main centre, around this very moment: what a visitor sees who looks over somebody's shoulder."""

from dataclasses import replace

from accounts.roles import Role
from desks.demo import patients
from desks.demo.chain import MINUTE, Walk
from desks.demo.district import Centre, District
from desks.demo.nurses import DemoNurse, ensure_shift
from desks.demo.patients import Household
from desks.demo.staff import open_account
from desks.demo.stories import Days, assessed, confirmed, prescribed, received, served, signed

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

    def tell(self, *, elsewhere: int) -> int:
        """Tell everything, and so many stories of this hour at other centres; returns how many requests that were."""
        self.demo_family()
        self.demo_family_2()
        open_account(self.district, "demo-family-new", self.district.people.staff_name(self.district.next_staff()))
        self.at_the_desk()
        self.with_the_doctor()
        self.to_sign_and_to_send()
        self.under_way()
        self.finished()
        self.elsewhere(elsewhere)
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

        self._on_the_way(self._soon_seated(), self.nurses["demo-nurse-3"])
        self._at_the_bedside(self._soon_seated(), self.nurses["demo-nurse-2"])

    def finished(self):
        """Earlier today and yesterday: waiting for the family's word, disputed, rated with and without an answer."""
        early = self._soon_seated()
        start = self.clock.ended(45, early.order.minutes)
        self._taken(early, self.nurses["demo-nurse"], start).serve(start)

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

    def elsewhere(self, many: int):
        """Other centres are out as well at this hour, each with one nurse whom the roster leaves free for it."""
        ends = (self._on_the_way, self._at_the_bedside, self._done, self._done_and_confirmed, self._ahead)
        others = [centre for centre in self.district.centres if centre.serves and centre is not self.centre]
        self.draw.shuffle(others)
        told = 0
        for centre in others:
            nurse = next((one for one in centre.nurses if one.fit and self.clock.today not in one.shifts), None)
            if told == many:
                return
            if nurse is None:
                continue
            ensure_shift(self.district, nurse, self.clock.today, around_now=True)
            home = self._home(centre=centre, acting="proxy", short=True)
            ends[told % len(ends)](signed(self._walk(home), LATELY), nurse)
            told += 1

    def _on_the_way(self, walk: Walk, nurse: DemoNurse):
        self._taken(walk, nurse, self._five(self.clock.soon(15))).depart(self.clock.now - 6 * MINUTE)

    def _at_the_bedside(self, walk: Walk, nurse: DemoNurse):
        start = self.clock.now - 22 * MINUTE
        self._taken(walk, nurse, start).depart(start - 20 * MINUTE).check_in(start + MINUTE)
        walk.record(start + 8 * MINUTE, half=True)

    def _done(self, walk: Walk, nurse: DemoNurse):
        start = self.clock.ended(20, walk.order.minutes)
        if start.date() < self.clock.today:
            ensure_shift(self.district, nurse, start.date())
        self._taken(walk, nurse, start).serve(start)

    def _done_and_confirmed(self, walk: Walk, nurse: DemoNurse):
        self._done(walk, nurse)
        walk.confirm(walk.last + 10 * MINUTE)

    def _ahead(self, walk: Walk, nurse: DemoNurse):
        self._taken(walk, nurse, self._five(self.clock.soon(50)))

    # --- pieces -------------------------------------------------------------------------------------------------

    def _home(
        self, *, centre: Centre | None = None, acting: str = "", username: str = "", relations=(), short: bool = False
    ) -> Household:
        """Somebody new, drawn again until the person fits the story."""
        while True:
            index = self.district.next_patient()
            home = patients.find(self.district, centre or self.centre, index, self.draw, acting=acting)
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

    def _soon_seated(self) -> Walk:
        return signed(self._walk(self._home(acting="proxy", short=True)), LATELY)

    def _taken(self, walk: Walk, nurse: DemoNurse, start) -> Walk:
        """Offered and accepted the day before yesterday, for a visit of about this hour."""
        walk.offer(self.clock.at(-2, 16), start, nurse=nurse)
        return walk.accept(self.clock.at(-2, 16.2))

    @staticmethod
    def _five(moment):
        """Appointments are made at full five minutes."""
        return moment + (-moment.minute % 5) * MINUTE - moment.second * MINUTE / 60
