"""The visit itself: out of the door, at the bedside, confirmed (出诊服务、线上确认, 002 五(六)2)."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.roles import Role
from audit.services import promise
from clinical import services as clinical
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, demand, demand_words
from orders import access, gates, geo
from orders.doors import ORDERS
from orders.lifecycle import OrderStatus
from orders.models import Order
from orders.offers import FailedBy, NoShow
from orders.services import in_step
from orders.services.arrival import keep_arrival
from orders.services.closing import close_request_if_done
from orders.services.dispatch import demand_prescription, judge, keeping_a_no
from orders.services.orders import demand_consent, return_times
from patients.models import Upload

MISSED_BY = dict(FailedBy.choices)
CODE_TRIES = 5
DEPART_EARLY = timedelta(hours=3)


def depart(*, order_id, happened_at: datetime | None = None, by: Actor, now: datetime, **seen) -> Order:
    """
    Set out. Not earlier than three hours before the appointment, so that location is not shared for nothing.

    ``happened_at`` is what a phone says that was without network; the step itself stands at the time of its arrival.

    :raises kernel.refusals.Refused: too early, or the centre may not serve, or the prescription holds no longer
    """

    def change(row, entry):
        when = _when(happened_at, row.status_since, now, entry)
        if when < row.planned_start - DEPART_EARLY:
            start = timezone.localtime(row.planned_start)
            said = f"约定时间是 {start.month}月{start.day}日 {start:%H:%M}，最早可提前三小时登记出发。"
            raise NotNow(Refusal("visit.too_early", said, "002 五(八)"))
        day = timezone.localdate(row.planned_start)
        demand(gates.may_be_visited(row, day))
        demand_prescription(row, day)
        row.departed_at = when

    return ORDERS.take("depart", order_id, by=by, now=now, change=change, **seen)


def check_in(
    *, order_id, identifiers: Sequence[str], lon: float | None = None, lat: float | None = None,
    accuracy_m: float | None = None, datum: str = "WGS-84", place_note: str = "", door_code: str = "",
    scanned: bool = False, words: str = "", happened_at: datetime | None = None, by: Actor, now: datetime, **seen,
) -> Order:  # fmt: skip
    """
    Arrive: eligibility a third time, two identifiers of the patient, place as far as it is known.

    A far or unknown place is flagged and shown, and never blocks care; the door's code (read out, or ``scanned``) or
    the nurse's ``words`` may stand in for it.

    :raises kernel.refusals.Unmet: the nurse is not eligible any more, or consent or prescription no longer holds
    """

    def change(row, entry):
        demand_consent(row, timezone.localdate(now))
        demand_prescription(row, timezone.localdate(row.planned_start))
        judge(row, row.nurse_id, "check_in", row.planned_start, row.planned_end, now)
        far_metres = institutions.settings_of(row.centre, timezone.localdate(now))["checkin.far_metres"]
        place = _place(row, lon, lat, accuracy_m, datum, place_note, far_metres)
        items = [line.item for line in row.lines.select_related("item")]
        when = _when(happened_at, row.departed_at, now, entry)
        row.visit_record = clinical.open_record(
            patient=row.patient, centre=row.centre, items=items, identifiers=identifiers, place=place, at=when,
            by=by, now=now,
        )  # fmt: skip
        row.arrived_at = when
        entry.data["far_away"] = place["far_away"]
        proof = {"far_metres": far_metres, "code": door_code, "scanned": scanned, "words": words}
        entry.data.update(keep_arrival(row, place, **proof, at=when, who=by, recorded_at=now))
        promise(
            kind="visit.overrun",
            key=f"visit.overrun:{row.pk}",
            object_id=row.pk,
            due_at=when + timedelta(minutes=row.minutes + 60),
        )

    inputs = {"identifiers": list(identifiers)}
    with keeping_a_no(order_id, now):
        return ORDERS.take("check_in", order_id, by=by, now=now, change=change, inputs=inputs, **seen)


def finish(*, order_id, happened_at: datetime | None = None, by: Actor, now: datetime, **seen) -> Order:
    """Leave the bedside with a complete record; the family has three days to answer, from when they can see it."""

    def change(row, entry):
        clinical.close_record(record_id=row.visit_record_id, by=by, now=now)
        row.visit_record.refresh_from_db()
        row.finished_at = _when(happened_at, row.arrived_at, now, entry)
        in_step.come_home(row, now)
        settings = institutions.settings_of(row.centre, timezone.localdate(now))
        promise(
            kind="order.silent_confirm",
            key=f"order.silent_confirm:{row.pk}",
            object_id=row.pk,
            due_at=now + timedelta(hours=settings["order.silent_confirm_hours"]),
        )

    return ORDERS.take("finish", order_id, by=by, now=now, change=change, **seen)


def confirm(*, order_id, code: str = "", by: Actor, now: datetime, **seen) -> Order:
    """
    Confirm online: by the family, or on the nurse's phone with the visit code that only the family knows.

    :raises kernel.refusals.Refused: a wrong code; after five tries only the family can confirm
    """
    family_reach = by.patients_as(Role.PATIENT, Role.PROXY)
    by_code = not Order.objects.filter(pk=order_id, patient__in=family_reach).exists()
    if by_code and by.kind == "user":
        _count_try(order_id, by)

    def change(row, entry):
        if by_code and not constant_time_compare(unicodedata.normalize("NFKC", code).strip(), row.visit_code):
            raise Unmet(Refusal("confirm.code", "上门码不对，请家属在手机上再看一遍。", "002 五(六)2", field="code"))
        row.confirmed_at = now
        row.confirmed_how = Order.ConfirmedHow.CODE if by_code else Order.ConfirmedHow.FAMILY
        entry.data["how"] = row.confirmed_how

    row = ORDERS.take("confirm", order_id, by=by, now=now, change=change, **seen)
    close_request_if_done(row, now)
    return row


def confirm_silently(*, order_id, now: datetime) -> Order:
    """Taken by the due row when nobody answered in time; marked as silent for ever."""

    def change(row, entry):
        row.confirmed_at, row.confirmed_how = now, Order.ConfirmedHow.SILENT
        entry.data["how"] = row.confirmed_how

    by = system("order.silent_confirm")
    row = ORDERS.take("confirm", order_id, by=by, now=now, change=change, reason="逾期未回应")
    close_request_if_done(row, now)
    return row


def object_to(*, order_id, reason: str, by: Actor, now: datetime, **seen) -> Order:
    """Say that something is wrong with the visit; a complaint is opened from it."""
    demand_words(reason, "请写下您对这次服务的意见。")

    def change(row, entry):
        row.last_reason = reason.strip()

    return ORDERS.take(
        "object", order_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen
    )


def settle(*, order_id, outcome: str, completed: bool, by: Actor, now: datetime, **seen) -> Order:
    """Close a dispute: the visit counts as completed, or as aborted."""
    demand_words(outcome, "请写明处理结果，服务对象会看到。")

    def change(row, entry):
        row.last_reason = outcome.strip()
        if completed:
            row.confirmed_at, row.confirmed_how = now, Order.ConfirmedHow.SETTLED

    to = OrderStatus.COMPLETED if completed else OrderStatus.ABORTED
    inputs = {"outcome": outcome, "completed": completed}
    row = ORDERS.take("settle", order_id, by=by, now=now, change=change, reason=outcome, inputs=inputs, to=to, **seen)
    close_request_if_done(row, now)
    return row


def miss(
    *, order_id, failed_by: str, reason: str, called_at: datetime | None = None, paper: Upload | None = None, by: Actor,
    now: datetime, **seen,
) -> Order:  # fmt: skip
    """
    Register that the visit did not happen: who failed, what was seen, when somebody last called, what shows it.

    Its times go back. The side that did not register it may appeal for some days.
    """
    if failed_by not in MISSED_BY:
        raise Invalid(Refusal("miss.who", "请选择是哪一方没有履约。", field="failed_by"))
    demand_words(reason, "请写明经过和凭据。")
    if called_at is not None and called_at > now:
        raise Invalid(Refusal("miss.called_at", "联系时间应在现在以前。", field="called_at"))

    def change(row, entry):
        if paper is not None and (paper.patient_id != row.patient_id or paper.kind != Upload.Kind.EVIDENCE):
            raise Invalid(Refusal("miss.paper", "请上传这次上门的照片或文件。", field="paper"))
        if now < row.planned_start and failed_by != "force_majeure":
            raise NotNow(Refusal("miss.early", "约定时间还没有到，可以改派、改期或取消。"))
        row.failed_by, row.last_reason = failed_by, reason.strip()
        entry.data["failed_by"] = failed_by
        entry.payload["nurse"] = row.nurse.user_id
        settings = institutions.settings_of(row.centre, timezone.localdate(now))
        until = now + timedelta(days=settings["visit.appeal_days"])
        NoShow.objects.create(
            order=row, failed_by=failed_by, words=reason.strip()[:300], called_at=called_at, paper=paper,
            registered_at=now, registered_by_id=by.user_id, registered_as=access.side(by, row), appeal_until=until,
        )  # fmt: skip
        entry.payload["day"] = timezone.localdate(until).isoformat()
        in_step.let_go(row, reason, now)
        return_times(row, now)

    inputs = {"failed_by": failed_by, "reason": reason}
    row = ORDERS.take("miss", order_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)
    close_request_if_done(row, now)
    return row


def abort(*, order_id, reason: str, by: Actor, now: datetime, **seen) -> Order:
    """Stop on the way or at the bedside, without blame; an incident is opened from it."""
    demand_words(reason, "请写明中止的原因。")

    def change(row, entry):
        row.last_reason = reason.strip()
        entry.payload["nurse"] = row.nurse.user_id
        in_step.let_go(row, reason, now)
        if row.visit_record_id:
            clinical.stop_record(record_id=row.visit_record_id, entry=entry, now=now)
        if row.arrived_at is None:
            return_times(row, now)

    row = ORDERS.take(
        "abort", order_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen
    )
    close_request_if_done(row, now)
    return row


def _when(happened_at, since, now, entry) -> datetime:
    """A phone's moment, never after now and never before the step that went before; the trace keeps what was said."""
    if happened_at is None:
        return now
    entry.data["happened_at"] = happened_at.isoformat()
    return min(max(happened_at, since), now)


def _place(row, lon, lat, accuracy_m, datum, note, far_metres) -> dict:
    place = {
        "lon": None, "lat": None, "accuracy_m": accuracy_m, "distance_m": None, "far_away": False,
        "place_note": note.strip()[:200],
    }  # fmt: skip
    if lon is None or lat is None:
        place["place_note"] = place["place_note"] or "没有取得定位"
        return place
    place["lon"], place["lat"] = geo.to_wgs84(lon, lat, datum)
    if row.address.lon is not None and row.address.lat is not None:
        place["distance_m"] = round(geo.distance_m(place["lon"], place["lat"], row.address.lon, row.address.lat), 1)
        place["far_away"] = place["distance_m"] - (accuracy_m or 0) > far_metres
    return place


def _count_try(order_id, by):
    # Outside the door's transaction on purpose: a wrong try must count although the step is rolled back.
    mine = Order.objects.filter(pk=order_id, nurse__user=by.user_id)
    if mine.exists() and not mine.filter(code_tries__lt=CODE_TRIES).update(code_tries=F("code_tries") + 1):
        raise Unmet(
            Refusal("confirm.tries", "上门码已输错五次，请家属在自己的手机上确认。", "002 五(六)2", field="code")
        )
