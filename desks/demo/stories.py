"""How requests went in the last two months, all over the district: every kind of story, each told by its own steps."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from desks.demo import patients
from desks.demo.chain import MINUTE, Walk
from desks.demo.clock import Clock, workday
from desks.demo.district import MAIN, Centre, District
from desks.demo.patients import Household

OLDEST = 54  # days ago of the first visits; their requests are some days older
AT_MAIN = 0.12
AGAIN, AGAIN_AFTER = 0.5, 20  # how often a family that was served before asks once more, and after how many days


@dataclass(frozen=True)
class Days:
    """The days of one story, counted from today: asked, assessed, offered, visited."""

    asked: int
    assessed: int
    offered: int
    visited: int

    @classmethod
    def around(cls, clock: Clock, visited: int) -> "Days":
        """All on working days; each step on its own day where the week allows."""

        def near(ahead):
            return (workday(clock.day(ahead)) - clock.today).days

        visited = near(visited)
        assessed = near(visited - 2)
        return cls(near(assessed - 1), assessed, near(visited - 1), visited)

    @classmethod
    def lately(cls, visited: int) -> "Days":
        """Of the last days, weekends or not: what is still open must not be older than its clocks allow."""
        offered = min(visited - 1, -1)
        return cls(offered - 3, offered - 1, offered, visited)


# --- pieces ---------------------------------------------------------------------------------------------------------


def asked(walk: Walk, days: Days) -> Walk:
    clock = walk.district.clock
    hour = round(walk.draw.uniform(8.3, 14.5), 2)
    window = clock.at(max(days.visited, 1) if days.visited >= 0 else days.visited, 8.5)
    return walk.submit(clock.at(days.asked, hour), (window, window.replace(hour=11, minute=30)))


def received(walk: Walk, days: Days) -> Walk:
    asked(walk, days)
    assert walk.last
    return walk.receive(walk.last + walk.draw.choice((18, 25, 40, 65, 90)) * MINUTE)


def planned(walk: Walk, days: Days) -> Walk:
    received(walk, days)
    assert walk.last
    hour = walk.draw.choice((9, 9.5, 10, 10.5, 13))
    return walk.plan(walk.last + 12 * MINUTE, walk.district.clock.at(days.assessed, hour))


def assessed(walk: Walk, days: Days, result: str = "suitable") -> Walk:
    planned(walk, days)
    return walk.first_visit(walk.assessment.planned_start, result)


def prescribed(walk: Walk, days: Days, **line) -> Walk:
    assessed(walk, days)
    assert walk.last
    return walk.prescribe(walk.last + 8 * MINUTE, **line)


def signed(walk: Walk, days: Days, **line) -> Walk:
    prescribed(walk, days, **line)
    return walk.sign(walk.district.clock.at(days.assessed, 14.5))


def accepted(walk: Walk, days: Days, **line) -> Walk:
    signed(walk, days, **line)
    return _taken(walk, days.offered, days.visited)


def served(walk: Walk, days: Days, **line) -> Walk:
    accepted(walk, days, **line)
    return walk.serve(walk.order.planned_start)


def confirmed(walk: Walk, days: Days, **line) -> Walk:
    served(walk, days, **line)
    return _confirmed(walk)


def _taken(walk: Walk, offered: int, visited: int) -> Walk:
    clock = walk.district.clock
    at = clock.at(offered, 15.5)
    walk.offer(at, walk.slot(visited))
    return walk.accept(at + walk.draw.choice((4, 11, 25, 48)) * MINUTE)


def _confirmed(walk: Walk) -> Walk:
    assert walk.last
    soon = (1, 2) if walk.home.acting == patients.BY_PHONE else (6, 20, 55, 180, 400)
    walk.confirm(walk.last + walk.draw.choice(soon) * MINUTE)
    assert walk.last
    if walk.home.actor and walk.draw.random() < 0.6:
        rated = walk.last + walk.draw.choice((2, 5, 30)) * MINUTE
        reply = walk.draw.random() < 0.35
        walk.rate(rated, reply=rated + 90 * MINUTE if reply else None)
    return walk


# --- stories that are over ------------------------------------------------------------------------------------------


def declined(walk, days):
    asked(walk, days).decline(walk.last + 35 * MINUTE)


def withdrawn(walk, days):
    step = walk.draw.choice((asked, received, planned))
    step(walk, days).withdraw(walk.last + 20 * MINUTE)


def unsuitable(walk, days):
    assessed(walk, days, "unsuitable").find_unsuitable(walk.last + 8 * MINUTE)


def referred(walk, days):
    clock = walk.district.clock
    assessed(walk, days, "refer").refer(walk.last + 8 * MINUTE, answered=clock.at(days.visited + 1, 11))


def closed(walk, days):
    confirmed(walk, days, times=1)


def completed(walk, days):
    confirmed(walk, days)


def course(walk, days):
    """Several visits from one prescription, about a week apart, as far as today allows."""
    confirmed(walk, days, times=4)
    clock = walk.district.clock
    for _ in range(2):
        done = (walk.last.date() - clock.today).days
        nearby = Days.around(clock, done + 7)
        if nearby.visited >= -1 or nearby.offered <= done:
            return
        window = clock.at(nearby.visited, 8.5)
        walk.next_visit(clock.at(nearby.offered, 15), (window, window.replace(hour=11, minute=30)))
        _taken(walk, nearby.offered, nearby.visited)
        walk.serve(walk.order.planned_start)
        _confirmed(walk)


def silent(walk, days):
    """Nobody answers; the platform confirms after three days."""
    served(walk, days)


def cancelled(walk, days):
    step = walk.draw.choice((prescribed, signed, accepted))
    step(walk, days)
    walk.cancel(walk.last + 25 * MINUTE)


def no_show(walk, days):
    accepted(walk, days)
    start = walk.order.planned_start
    if walk.draw.random() < 0.5:
        walk.depart(start - 20 * MINUTE)
    walk.miss(start + 20 * MINUTE)


def aborted(walk, days):
    accepted(walk, days)
    start = walk.order.planned_start
    walk.depart(start - 25 * MINUTE)
    if walk.draw.random() < 0.7:
        walk.check_in(start + MINUTE)
    walk.abort(start + 9 * MINUTE)


def settled(walk, days):
    served(walk, days)
    clock = walk.district.clock
    walk.object_to(clock.at(days.visited, 18.5)).settle(clock.at(days.visited + 1, 10), completed=True)


def settled_as_aborted(walk, days):
    served(walk, days)
    clock = walk.district.clock
    walk.object_to(clock.at(days.visited, 18.5)).settle(clock.at(days.visited + 2, 10), completed=False)


def prescription_ran_out(walk, days):
    """Served once, never asked again: the prescription expires and the request closes."""
    confirmed(walk, days, valid_days=14)


def second_try(walk, days):
    """The first nurse cannot; the visit is offered again and done."""
    signed(walk, days)
    at = walk.district.clock.at(days.offered, 15)
    walk.offer(at, walk.slot(days.visited)).say_no(at + 9 * MINUTE, "decline")
    _taken(walk, days.offered, days.visited)
    walk.serve(walk.order.planned_start)
    _confirmed(walk)


# --- stories that go on ---------------------------------------------------------------------------------------------


def submitted(walk, days):
    asked(walk, Days(-1, 2, 3, 4))


def only_received(walk, days):
    received(walk, Days(-1, 2, 3, 4))


def assessing(walk, days):
    planned(walk, Days(-1, walk.draw.choice((1, 2)), 3, 4))


def awaiting_consent(walk, days):
    prescribed(walk, Days.lately(walk.draw.choice((1, 2))))


def awaiting_dispatch(walk, days):
    signed(walk, Days.lately(walk.draw.choice((1, 2, 3))))


def offered(walk, days):
    ahead = walk.draw.choice((2, 3))
    days = Days.lately(ahead)
    signed(walk, days)
    clock = walk.district.clock
    walk.offer(clock.at(-1, 16), walk.slot(ahead), until=clock.at(1, 16))


def offer_expired(walk, days):
    """Yesterday's offer found no answer in time; the platform has taken it back."""
    days = Days.lately(walk.draw.choice((2, 3)))
    signed(walk, days)
    walk.offer(walk.district.clock.at(-1, 9), walk.slot(days.visited))


def given_back(walk, days):
    days = Days.lately(walk.draw.choice((2, 3)))
    accepted(walk, days)
    walk.say_no(walk.last + 15 * MINUTE, walk.draw.choice(("give_back", "recall")))


def rescheduled(walk, days):
    days = Days.lately(2)
    accepted(walk, days)
    window = walk.district.clock.at(4, 13)
    walk.reschedule(walk.last + 15 * MINUTE, (window, window.replace(hour=16)))


def only_accepted(walk, days):
    accepted(walk, Days.lately(walk.draw.choice((1, 2, 3))))


def awaiting_confirmation(walk, days):
    served(walk, Days.lately(walk.draw.choice((-1, -2))))


def disputed(walk, days):
    days = Days.lately(-2)
    served(walk, days)
    walk.object_to(walk.district.clock.at(-2, 18.5))


Story = Callable[[Walk, Days], None]

# Those that today's work at the main centre does not show come first: a small world must have every status as well.
STORIES: tuple[tuple[Story, int], ...] = (
    (declined, 7), (withdrawn, 6), (unsuitable, 4), (referred, 4), (closed, 15), (cancelled, 5), (no_show, 4),
    (aborted, 4), (silent, 5), (completed, 18), (course, 7), (settled, 3), (settled_as_aborted, 2), (second_try, 4),
    (prescription_ran_out, 3), (submitted, 7), (only_received, 4), (assessing, 6), (awaiting_consent, 5),
    (awaiting_dispatch, 6), (offered, 5), (only_accepted, 8), (awaiting_confirmation, 4), (disputed, 2),
    (offer_expired, 2), (given_back, 3), (rescheduled, 2),
)  # fmt: skip
NEEDS_AN_ACCOUNT = frozenset({withdrawn, silent, settled, settled_as_aborted, disputed, awaiting_confirmation})
GOES_ON = frozenset(
    {submitted, only_received, assessing, awaiting_consent, awaiting_dispatch, offered, only_accepted}
    | {awaiting_confirmation, disputed, offer_expired, given_back, rescheduled}
)
FEWEST = 8  # so many stories show what today's work does not


def tell(district: District, many: int) -> None:
    """Tell so many stories, the oldest first, so that a family may come back with another wish later."""
    draw = district.draw("stories")
    told = [story for story, count in _shares(many) for _ in range(count)]
    over = [story for story in told if story not in GOES_ON]
    draw.shuffle(over)
    visited = sorted(-draw.randrange(4, OLDEST + 1) for _ in over)
    going_on = [(story, 0) for story in told if story in GOES_ON]
    homes: dict[int, list[Household]] = {}
    for number, (story, ahead) in enumerate([*zip(over, visited, strict=True), *going_on], 1):
        centre = _centre(district, draw)
        days = Days.around(district.clock, ahead)
        home = _household(district, centre, story, days, homes.setdefault(centre.no, []), draw)
        story(Walk(district, home, f"story:{number}"), days)
        home.free_from = days.visited + AGAIN_AFTER
        if number % 50 == 0:
            district.say(f"已写入 {number} 份申请的经过")


def _shares(many: int) -> list[tuple[Story, int]]:
    """Share the number out by weight; each story once at least, the first ones first when there are too few."""
    if many <= len(STORIES):
        return [(story, 1) for story, _ in STORIES[:many]]
    whole = sum(weight for _, weight in STORIES)
    counts = {story: max(1, many * weight // whole) for story, weight in STORIES}
    heavy = sorted(STORIES, key=lambda row: -row[1])
    while (short := many - sum(counts.values())) != 0:
        for story, _ in heavy[: abs(short)]:
            counts[story] += 1 if short > 0 else -(counts[story] > 1)
    return list(counts.items())


def _centre(district: District, draw: Random) -> Centre:
    others = [centre for centre in district.centres if centre.serves and centre.no != MAIN]
    return district.main if not others or draw.random() < AT_MAIN else draw.choice(others)


def _household(district, centre, story, days, homes, draw) -> Household:
    """A family that was served before, or a new one."""
    back = [
        home
        for home in homes
        if home.free_from <= days.asked and (home.actor or story not in NEEDS_AN_ACCOUNT)
    ]  # fmt: skip
    if back and draw.random() < AGAIN:
        return back[0]
    acting = draw.choice(("self", "proxy")) if story in NEEDS_AN_ACCOUNT else ""
    home = patients.find(district, centre, district.next_patient(), draw, acting=acting)
    homes.append(home)
    return home
