"""A district with one centre, and requests walked through it by the platform's own verbs, each its own transaction."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from bench import ground
from bench.seals import SealerProcess, Sealing
from desks.demo import district as places
from desks.demo import nurses, patients, staff, stories
from desks.demo.chain import Walk
from desks.demo.clock import Clock
from desks.demo.district import District
from desks.demo.people import People
from kernel.refusals import Refused
from orders import trace
from orders.models import Order

FAMILY = "bench-family-{}"
RELATIONS = """
    -- A table with what it has put aside (its TOAST); each index by itself.
    SELECT c.relname, c.relkind = 'i',
        CASE c.relkind WHEN 'i' THEN pg_relation_size(c.oid) ELSE pg_table_size(c.oid) END
    FROM pg_class c
    WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'i')
"""


@dataclass(frozen=True)
class Town:
    """What was built: where its stories begin in the trace, what they cost on disk, and the papers of each order."""

    since: int
    before: dict[str, tuple[bool, int]]
    papers: list[dict[str, list[str]]]
    sealing: Sealing


def build(*, requests: int, families: int, say: Callable[[str], None]) -> Town:
    """Make the district at once, then let so many requests run their course while the sealer seals."""
    clock = Clock.for_day(None, timezone.now())
    district = District(clock, People(2026, today=clock.today), 2026, lambda words: None)
    with ground.clock(say, "a district with one centre"), transaction.atomic():
        places.build(district, centres=1)
        staff.hire(district)
        nurses.hire(district)
        nurses.plan_rosters(district)
        for number in range(families):
            home = patients.find(
                district, district.main, 9000 + number, district.draw(f"bench:{number}"), acting="self"
            )
            home.username = FAMILY.format(number)
            patients.register(district, home, clock.now)
    ground.query("ANALYZE")
    with ground.clock(say, f"{requests} requests"), SealerProcess() as sealer:
        sealer.catch_up()
        since, before = newest(), sizes()
        sealer.go()
        told = _tell(district, requests)
        sealing = sealer.pause()
        left = sealer.catch_up()
        sealing.heads |= left.heads
        sealing.events += left.events
    if told < requests / 2:
        raise AssertionError(f"only {told} of {requests} requests ran their course")
    papers = [trace.objects_of(order) for order in Order.objects.select_related("request").order_by("pk")]
    return Town(since, before, papers, sealing)


def _tell(district: District, many: int) -> int:
    """Tell the demonstration's stories in its shares; one that a rule stops ends there. Returns how many ran on."""
    draw, whole = district.draw("bench"), 0
    kinds, shares = zip(*stories.STORIES, strict=True)
    for number in range(many):
        story = draw.choices(kinds, shares)[0]
        acting = "self" if story in stories.NEEDS_AN_ACCOUNT else ""
        home = patients.find(district, district.main, district.next_patient(), draw, acting=acting)
        ahead = 0 if story in stories.GOES_ON else -draw.randrange(4, stories.OLDEST + 1)
        with suppress(Refused, ValueError):
            story(Walk(district, home, f"bench:{number}"), stories.Days.around(district.clock, ahead))
            whole += 1
    return whole


def newest() -> int:
    return ground.query("SELECT coalesce(max(id), 0) FROM audit.event")[0][0]


def sizes() -> dict[str, tuple[bool, int]]:
    """Return of each table and index of the trace whether it is an index, and its bytes."""
    return {name: (is_index, size) for name, is_index, size in ground.query(RELATIONS)}
