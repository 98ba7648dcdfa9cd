"""Deadlines of findings: said three days before and when they have passed, once for each deadline (002 六(二)2)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.services import promise, recording
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from supervision.lifecycle import CLOSURE, LIVE
from supervision.models import Finding

SOON = timedelta(days=3)
SOON_KIND, LATE_KIND = "finding.soon", "finding.late"


def look_at_deadlines(*, now: datetime) -> int:
    """Each morning: promise a word about every finding whose deadline is near or has passed; how many there are."""
    today = timezone.localdate(now)
    rows = Finding.objects.filter(status__in=sorted(LIVE), due_on__lte=today + SOON).values_list("pk", "due_on")
    for pk, due_on in rows.order_by("pk"):
        kind = LATE_KIND if due_on < today else SOON_KIND
        # The key holds the deadline: one that was moved is spoken of anew, the same one never twice.
        promise(
            kind=kind, key=f"{kind}:{pk}:{due_on:%Y%m%d}", object_id=pk, due_at=now,
            payload={"due_on": due_on.isoformat()},
        )  # fmt: skip
    return len(rows)


def note_finding_soon(*, finding_id: int, due_on: date, now: datetime) -> Finding:
    """Say that a deadline is near. :raises kernel.refusals.NotNow: it has moved or passed, or the finding is closed"""
    if due_on < timezone.localdate(now):
        raise NotNow(Refusal("finding.moved_on", "这个问题的整改期限已过。", CLOSURE))
    return _say(finding_id, due_on, now, event="supervision.finding_due_soon")


def note_finding_late(*, finding_id: int, due_on: date, now: datetime) -> Finding:
    """Say that a deadline has passed. :raises kernel.refusals.NotNow: it has moved, or the finding is closed"""
    return _say(finding_id, due_on, now, event="supervision.finding_late")


def _say(finding_id, due_on, now, *, event):
    with transaction.atomic():
        row = Finding.objects.select_for_update(of=("self",), no_key=True).get(pk=finding_id)
        if row.status not in LIVE or row.due_on != due_on:
            raise NotNow(Refusal("finding.moved_on", "这个问题已有新的进展。", CLOSURE))
        with recording(event, target=row, by=system(event), now=now) as entry:
            entry.data["due_on"] = due_on
    return row
