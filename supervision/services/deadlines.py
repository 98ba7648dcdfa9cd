"""
Deadlines of findings: said three days before and when they have passed, once for each deadline (002 六(二)2).

They are said to whoever has to act: to the institution until it has reported, then to those who look again.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.services import promise, recording
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from orders.days import beginning
from supervision.lifecycle import CLOSURE, TO_PUT_RIGHT, TO_RECHECK
from supervision.models import Finding

SOON = timedelta(days=3)
SOON_KIND, LATE_KIND, WAITS_KIND = "finding.soon", "finding.late", "finding.waits"


def look_at_deadlines(*, now: datetime) -> int:
    """Each morning: promise a word about every finding whose deadline is near or has passed; how many there are."""
    today = timezone.localdate(now)
    near = Finding.objects.filter(due_on__lte=today + SOON)
    to_put_right = near.filter(status__in=sorted(TO_PUT_RIGHT)).order_by("pk").values_list("pk", "due_on")
    for pk, due_on in to_put_right:
        kind = LATE_KIND if due_on < today else SOON_KIND
        # The key holds the deadline: one that was moved is spoken of anew, the same one never twice.
        promise(
            kind=kind, key=f"{kind}:{pk}:{due_on:%Y%m%d}", object_id=pk, due_at=now,
            payload={"due_on": due_on.isoformat()},
        )  # fmt: skip
    # Of today's report they have heard already; of each report that waits they are reminded once.
    reported = near.filter(status__in=sorted(TO_RECHECK), status_since__lt=beginning(today))
    to_recheck = reported.order_by("pk").values_list("pk", "version")
    for pk, version in to_recheck:
        promise(
            kind=WAITS_KIND, key=f"{WAITS_KIND}:{pk}:{version}", object_id=pk, due_at=now, payload={"version": version}
        )
    return len(to_put_right) + len(to_recheck)


def note_finding_soon(*, finding_id: int, due_on: date, now: datetime) -> Finding:
    """Say that a deadline is near. :raises kernel.refusals.NotNow: it has moved or passed, or the matter has gone on"""
    if due_on < timezone.localdate(now):
        raise NotNow(Refusal("finding.moved_on", "这个问题的整改期限已过。", CLOSURE))
    return _say(finding_id, now, event="supervision.finding_due_soon", still=_to_put_right_by(due_on))


def note_finding_late(*, finding_id: int, due_on: date, now: datetime) -> Finding:
    """Say that a deadline has passed. :raises kernel.refusals.NotNow: it has moved, or the matter has gone on"""
    return _say(finding_id, now, event="supervision.finding_late", still=_to_put_right_by(due_on))


def note_finding_waits(*, finding_id: int, version: int, now: datetime) -> Finding:
    """Say that a report waits to be looked at. :raises kernel.refusals.NotNow: somebody has looked since"""

    def still(row):
        return row.status in TO_RECHECK and row.version == version

    return _say(finding_id, now, event="supervision.finding_waits", still=still)


def _to_put_right_by(due_on: date) -> Callable[[Finding], bool]:
    return lambda row: row.status in TO_PUT_RIGHT and row.due_on == due_on


def _say(finding_id, now, *, event, still):
    with transaction.atomic():
        row = Finding.objects.select_for_update(of=("self",), no_key=True).get(pk=finding_id)
        if not still(row):
            raise NotNow(Refusal("finding.moved_on", "这个问题已有新的进展。", CLOSURE))
        with recording(event, target=row, by=system(event), now=now) as entry:
            entry.data["due_on"] = row.due_on
    return row
