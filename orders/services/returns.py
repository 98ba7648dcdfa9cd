"""The day on which the patient goes back to the doctor, and the visits that must come before it (003 二(一)2)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from audit.turns import one_at_a_time
from catalog.models import Item
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Stale
from orders import returning, returns
from orders.models import ServiceRequest
from orders.services.inhand import request_in_hand


def set_return(
    *, request_id, was: date | None, return_on: date | None, by: Actor, now: datetime
) -> ServiceRequest:  # fmt: skip
    """
    Write down another day of return, or that there is none. Visits that come too late for it are shown, not moved.

    ``was`` is the day that stood on the page: an older page sent once more does not bring its day back.

    :raises kernel.refusals.Refused: nothing of this request takes a specimen, no day is left before the return, or
        somebody wrote down another day meanwhile
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = request_in_hand(
            request_id, by=by, role=Role.DISPATCHER,
            otherwise=Refusal("return.desk", "复诊日期由中心专员登记。", returning.CLAUSE),
            related=("centre", "prescription"),
        )  # fmt: skip
        if row.return_on == return_on:
            return row
        if row.return_on != was:
            raise Stale(Refusal("return.stale", "复诊日期刚被他人更新，请看过最新内容后再登记。", field="return_on"))
        if not returns.may_be_set(row):
            raise NotNow(Refusal("return.over", "这份申请已经结束，不能再改复诊日期。", returning.CLAUSE))
        if return_on:
            settings = institutions.settings_of(row.centre, today)
            if no := returning.why_not_return(return_on, returns.items_of(row), today, settings):
                raise Invalid(no)
        with recording("orders.return_day_set", target=row, by=by, now=now, role=Role.DISPATCHER) as entry:
            entry.data["from"] = row.return_on.isoformat() if row.return_on else None
            entry.data["to"] = return_on.isoformat() if return_on else None
            row.return_on, row.return_asked_at = return_on, now
            row.save(update_fields=["return_on", "return_asked_at"])
    return row


def demand_before_return(
    request: ServiceRequest, items: Iterable[Item], window_end: datetime, now: datetime, besides: int | None = None
) -> None:
    """
    Refuse a visit whose results would come after the return, unless another visit of the request brings them.

    :raises kernel.refusals.Invalid: with the last day that would do
    """
    if request.return_on is None:
        return
    today = timezone.localdate(now)
    settings = institutions.settings_of(request.centre, today)
    day = timezone.localdate(window_end)
    no = returning.too_late(day, request.return_on, items, today, settings, "window_start")
    if no is None:
        return
    # Two visits that are moved at the same moment would each rely on the other.
    one_at_a_time(f"orders.return:{request.pk}")
    if not returns.brought_in_time(request, returning.latest(request.return_on, settings), besides):
        raise Invalid(no)
