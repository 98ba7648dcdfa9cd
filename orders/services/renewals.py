"""Care that goes on needs a new first assessment before the old one runs out (002 五(七)1(3))."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from institutions import holidays
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal
from orders import renewals
from orders.lifecycle import SERVED_BY_ORDERS
from orders.models import ServiceRequest
from orders.services.inhand import request_in_hand
from orders.services.requests import submit

CLAUSE = "002 五(七)1(3)"
FROM, TO = time(9), time(12)


def renew(*, request_id, agreed: bool, by: Actor, now: datetime, **seen) -> ServiceRequest:
    """
    Submit a new request for somebody whose assessment or prescription runs out, as agreed by telephone.

    It goes through the same gates as any other and waits for the centre's desk; the visits of the old prescription
    go on until it ends.

    :raises kernel.refusals.Refused: not agreed, not yet due, a request is under way, or a gate says no
    """
    if not agreed:
        raise Invalid(Refusal("renewal.agreed", "请先和服务对象或家属电话商定，再提交。", CLAUSE, field="agreed"))
    today = timezone.localdate(now)
    with transaction.atomic():
        row = request_in_hand(
            request_id, by=by, role=Role.DOCTOR,
            otherwise=Refusal("renewal.doctor", "续期评估由家庭医生提出。", CLAUSE),
            related=("patient", "centre", "assessment", "prescription"),
        )  # fmt: skip
        prescription = row.prescription
        if prescription is None or row.status not in SERVED_BY_ORDERS or not renewals.runs_out(row, today):
            said = "评估和项目单都还有一个月以上的有效期，或服务已经结束，不需要续期。"
            raise NotNow(Refusal("renewal.early", said, CLAUSE))
        day = _next_working_day(today)
        with recording("orders.renewal_submitted", target=row, by=by, now=now, role=Role.DOCTOR) as entry:
            new = submit(
                patient=row.patient,
                centre=row.centre,
                wish=f"续期评估：{row.wish.removeprefix('续期评估：')}"[:500],
                wished_items=[line.item for line in prescription.lines.select_related("item")],
                wished_from=timezone.make_aware(datetime.combine(day, FROM)),
                wished_to=timezone.make_aware(datetime.combine(day, TO)),
                channel=ServiceRequest.Channel.PHONE,
                place=row.place,
                by=system("orders.renew"),
                now=now,
                **seen,
            )
            entry.data["request"] = new.number
    return new


def _next_working_day(today: date) -> date:
    day = today + timedelta(days=1)
    while not holidays.is_working_day(day):
        day += timedelta(days=1)
    return day
