"""
Deadlines of findings and days of visits: said three days before and when they have passed, once for each day.

A finding's is said to whoever has to act: to the institution until it has reported, then to those who look again
(002 六(二)2). A visit's is said to the lead hospital that planned it (002 四).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.services import promise, recording
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from orders.days import beginning
from supervision.lifecycle import CLOSURE, LED, TO_HOLD, TO_PUT_RIGHT, TO_RECHECK
from supervision.models import Finding, Tour

SOON = timedelta(days=3)
SOON_KIND, LATE_KIND, WAITS_KIND = "finding.soon", "finding.late", "finding.waits"
TOUR_SOON_KIND, TOUR_LATE_KIND = "tour.soon", "tour.late"


def look_at_deadlines(*, now: datetime) -> int:
    """Each morning: promise a word about every finding whose deadline is near or has passed; how many there are."""
    today = timezone.localdate(now)
    near = Finding.objects.filter(due_on__lte=today + SOON)
    to_put_right = near.filter(status__in=sorted(TO_PUT_RIGHT)).order_by("pk").values_list("pk", "due_on")
    for pk, due_on in to_put_right:
        _promise_word(LATE_KIND if due_on < today else SOON_KIND, pk, "due_on", due_on, now)
    # Of today's report they have heard already; of each report that waits they are reminded once.
    reported = near.filter(status__in=sorted(TO_RECHECK), status_since__lt=beginning(today))
    to_recheck = reported.order_by("pk").values_list("pk", "version")
    for pk, version in to_recheck:
        promise(
            kind=WAITS_KIND, key=f"{WAITS_KIND}:{pk}:{version}", object_id=pk, due_at=now, payload={"version": version}
        )
    return len(to_put_right) + len(to_recheck)


def look_at_tours(*, now: datetime) -> int:
    """Each morning: promise a word about every visit whose day is near or has passed; how many there are."""
    today = timezone.localdate(now)
    rows = Tour.objects.filter(status__in=sorted(TO_HOLD), planned_on__lte=today + SOON)
    days = rows.order_by("pk").values_list("pk", "planned_on")
    for pk, planned_on in days:
        _promise_word(TOUR_LATE_KIND if planned_on < today else TOUR_SOON_KIND, pk, "planned_on", planned_on, now)
    return len(days)


def _promise_word(kind: str, pk: int, name: str, day: date, now: datetime) -> None:
    """The key holds the day: one that was moved is spoken of anew, the same one never twice."""
    promise(
        kind=kind, key=f"{kind}:{pk}:{day:%Y%m%d}", object_id=pk, due_at=now, payload={name: day.isoformat()}
    )  # fmt: skip


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


def note_tour_soon(*, tour_id: int, planned_on: date, now: datetime) -> Tour:
    """Say that a visit is near. :raises kernel.refusals.NotNow: it has passed, has moved, or is not to come"""
    if planned_on < timezone.localdate(now):
        raise NotNow(Refusal("tour.moved_on", "这次督导的计划日期已过。", LED))
    return _say_of_tour(tour_id, planned_on, now, event="supervision.tour_due_soon")


def note_tour_late(*, tour_id: int, planned_on: date, now: datetime) -> Tour:
    """Say that a visit's day has passed. :raises kernel.refusals.NotNow: it has moved, or it is not to come"""
    return _say_of_tour(tour_id, planned_on, now, event="supervision.tour_late")


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


def _say_of_tour(tour_id, planned_on, now, *, event):
    with transaction.atomic():
        row = Tour.objects.select_for_update(of=("self",), no_key=True).get(pk=tour_id)
        if row.status not in TO_HOLD or row.planned_on != planned_on:
            raise NotNow(Refusal("tour.moved_on", "这次督导已有新的进展。", LED))
        with recording(event, target=row, by=system(event), now=now) as entry:
            entry.data["planned_on"] = planned_on
    return row
