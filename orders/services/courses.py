"""A course in one go: the next visits of a prescription on the days that were proposed (002 五(六)1)."""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.models import Receipt
from audit.services import recording
from clinical.lifecycle import EXHAUSTED, TIMES_MAY_BE_TAKEN
from clinical.models import Prescription
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Stale, Unmet
from orders import course
from orders.models import Order, ServiceRequest
from orders.services.inhand import request_in_hand
from orders.services.orders import create

OVER = "002 五(四)"


def book_course(
    *, request_id, days: Sequence[date], part: tuple[time, time] | None, by: Actor, now: datetime,
    receipt: UUID | None = None,
) -> list[Order]:  # fmt: skip
    """
    Create one order for each of these days, with the lines that are due on it; the day's hours become its window.

    All or none. The same receipt is answered with the same orders; whoever pressed on an older page hears so, for
    the days that were booked meanwhile are proposed no more.

    :raises kernel.refusals.Refused: beyond the times left or the validity, or not as proposed now
    """
    wanted = sorted(set(days))
    if part is None:
        raise Invalid(Refusal("course.part", "请选择时段。", field="part"))
    with transaction.atomic():
        row, prescription = _in_hand(request_id, by)
        if receipt and (made := _answered(receipt, wanted, by)):
            return made
        _demand_days(wanted, prescription, now)
        due = {visit.day: visit for visit in course.proposal(prescription, now)}
        _demand_room(wanted, prescription)
        if any(day not in due for day in wanted):
            raise Stale(Refusal("course.stale", "建议的日期已经变化，请看过最新的建议后再安排。", field="days"))
        with recording("orders.course_booked", target=row, by=by, now=now, role=Role.DISPATCHER) as entry:
            made = [
                create(
                    request=row,
                    prescription=prescription,
                    line_ids=list(due[day].lines),
                    window_start=_at(day, part[0]),
                    window_end=_at(day, part[1]),
                    receipt=_receipt(receipt, day),
                    by=by,
                    now=now,
                )
                for day in wanted
            ]
            entry.data["orders"] = [order.number for order in made]
    return made


def _in_hand(request_id, by) -> tuple[ServiceRequest, Prescription]:
    row = request_in_hand(
        request_id, by=by, role=Role.DISPATCHER, otherwise=Refusal("course.desk", "后续上门由中心专员安排。"),
        related=("patient", "centre", "address", "prescription__assessment"),
    )  # fmt: skip
    if row.prescription is None:
        raise NotNow(Refusal("course.none", "这份申请还没有项目单，不能安排后续上门。", "002 五(六)1"))
    return row, row.prescription


def _demand_days(wanted, prescription, now):
    if not 1 <= len(wanted) <= course.MOST:
        said = f"请选择 1 到 {course.MOST} 个日期。"
        raise Invalid(Refusal("course.days", said, field="days"))
    if wanted[0] <= timezone.localdate(now):
        raise Invalid(Refusal("course.past", "请选择明天以后的日期。", field="days"))
    if prescription.status not in TIMES_MAY_BE_TAKEN | EXHAUSTED:
        label = prescription.get_status_display()
        raise Unmet(Refusal("prescription.not_valid", f"服务项目单{label}，需要医生重新评估和开具。", OVER))
    until = prescription.valid_until
    if wanted[-1] > until:
        said = f"项目单有效期至 {until:%m月%d日}，不能安排在这以后，需要医生重新开具。"
        raise Unmet(Refusal("course.not_valid", said, OVER, field="days"))


def _demand_room(wanted, prescription):
    total = prescription.times_left
    if not total or len(wanted) > total:
        said = f"项目单还剩 {total} 次，不能安排 {len(wanted)} 次上门，需要医生重新开具。"
        raise Unmet(Refusal("course.times", said, OVER, field="days"))


def _answered(receipt, wanted, by) -> list[Order]:
    """Return what the same sending has made before."""
    known = Receipt.objects.filter(pk__in=[_receipt(receipt, day) for day in wanted], actor_id=by.id)
    made = {int(one.object_id) for one in known}
    return list(Order.objects.filter(pk__in=made).order_by("window_start", "pk")) if made else []


def _receipt(receipt, day) -> UUID | None:
    return uuid5(receipt, day.isoformat()) if receipt else None


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
