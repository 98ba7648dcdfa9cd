"""When a nurse works for a centre, and when she is away."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import posts_in_force
from audit.services import broken_constraint, recording
from institutions import access as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, Unmet, hidden
from nurses.models import Shift
from nurses.services import _forms

CLAUSE = "000 五(十六)"
LONGEST_SHIFT = timedelta(hours=24)
LONGEST_LEAVE = timedelta(days=366)
PLANNERS = (Role.DISPATCHER, Role.CENTRE_ADMIN)


def plan_shift(
    *, nurse_id: int, organisation_id: int, starts_at: datetime, ends_at: datetime, by: Actor, now: datetime
) -> Shift:
    """
    Plan a span of work at a centre.

    :raises kernel.refusals.Refused: no nurse post there on that day, or another shift at the same time
    """
    institutions.demand(by, organisation_id, *PLANNERS, clause=CLAUSE)
    _demand_span(starts_at, ends_at, LONGEST_SHIFT, "一个班次不能超过 24 小时。")
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        _demand_post(nurse, organisation_id, starts_at)
        shift = Shift(
            nurse=nurse, organisation_id=organisation_id, kind=Shift.Kind.WORK, starts_at=starts_at, ends_at=ends_at
        )
        with recording("nurses.shift_planned", target=shift, by=by, now=now) as entry:
            _save(shift, "这段时间已有班次，请先调整原有班次。")
            entry.payload["nurse"] = nurse.user_id
    return shift


def plan_leave(
    *, nurse_id: int, organisation_id: int, starts_at: datetime, ends_at: datetime, by: Actor, now: datetime
) -> Shift:
    """
    Plan a span of leave; it counts at every centre. The nurse may enter her own.

    Visits already accepted in that span go back to the desk: the orders follow ``nurses.leave_planned``.
    """
    _demand_span(starts_at, ends_at, LONGEST_LEAVE, "一次请假不能超过 366 天。")
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        if by.user_id is None or by.user_id != nurse.user_id:
            institutions.demand(by, organisation_id, *PLANNERS, clause=CLAUSE)
        _demand_post(nurse, organisation_id, starts_at)
        leave = Shift(
            nurse=nurse, organisation_id=organisation_id, kind=Shift.Kind.LEAVE, starts_at=starts_at, ends_at=ends_at
        )
        with recording("nurses.leave_planned", target=leave, by=by, now=now) as entry:
            _save(leave, "这段时间已登记请假。")
            entry.payload.update({"nurse": nurse.user_id, "starts_at": starts_at, "ends_at": ends_at})
    return leave


def remove_shift(*, shift_id: int, reason: str = "", by: Actor, now: datetime) -> Shift:
    """Take a shift or a leave out of the plan; the row stays."""
    with transaction.atomic():
        shift = Shift.objects.select_for_update(of=("self",)).select_related("nurse").filter(pk=shift_id).first()
        if shift is None:
            raise hidden("这个班次")
        own_leave = shift.kind == Shift.Kind.LEAVE and by.user_id is not None and by.user_id == shift.nurse.user_id
        if not own_leave:
            institutions.demand(by, shift.organisation_id, *PLANNERS, clause=CLAUSE)
        if shift.removed_at:
            raise Refused.because("shift.removed", "这个班次已经取消。", CLAUSE)
        with recording("nurses.shift_removed", target=shift, by=by, now=now, reason=reason) as entry:
            shift.removed_at = now
            shift.save(update_fields=["removed_at"])
            entry.payload.update({"nurse": shift.nurse.user_id, "kind": shift.kind})
    return shift


def _demand_span(starts_at, ends_at, longest, too_long):
    if ends_at <= starts_at:
        raise Invalid(Refusal("shift.span", "结束时间应晚于开始时间。", field="ends_at"))
    if ends_at - starts_at > longest:
        raise Invalid(Refusal("shift.too_long", too_long, field="ends_at"))


def _demand_post(nurse, organisation_id, starts_at):
    day = timezone.localdate(starts_at)
    held = posts_in_force(on=day).filter(user=nurse.user_id, organisation=organisation_id, role=Role.NURSE)
    if not held.exists():
        raise Unmet(Refusal("shift.no_post", "这位护士当天不是本中心的在岗护士，不能排班。", "002 五(二)2"))


def _save(shift, taken):
    try:
        with transaction.atomic():
            shift.save(force_insert=True)
    except IntegrityError as overlapping:
        if broken_constraint(overlapping) != "shift_one_at_a_time":
            raise
        raise Refused.because("shift.overlaps", taken, CLAUSE, field="starts_at") from overlapping
