"""Body recorders: kept by the centre, carried by a nurse on one visit at a time (004 三(一), 三(八))."""

from datetime import datetime

from django.db import transaction

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, hidden
from orders.lifecycle import ORDER
from orders.models import Order
from safety.models import Carrying, Recorder

CLAUSE = "004 三(一)"


def add_recorder(*, centre: Organization, number: str, by: Actor, now: datetime) -> Recorder:
    """Enter a device of the centre. :raises kernel.refusals.Refused: not one's centre, no number, or known already"""
    number = number.strip()[:30]
    _demand_admin(centre.pk, by)
    if not number:
        raise Invalid(Refusal("recorder.number", "请填写设备编号。", CLAUSE, field="number"))
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=centre.pk)
        if Recorder.objects.filter(centre=centre, number=number).exists():
            raise Invalid(Refusal("recorder.known", "这个编号已经登记过。", CLAUSE, field="number"))
        row = Recorder(centre=centre, number=number, added_at=now, added_by_id=by.user_id, changed_at=now)
        with recording("safety.recorder_added", target=row, by=by, now=now):
            row.save(force_insert=True)
    return row


def change_recorder(*, recorder_id: int, state: str, note: str = "", by: Actor, now: datetime) -> Recorder:
    """Say that a device is away for repair, back, or out of use for good; on a visit it stays as it is."""
    if state not in Recorder.State.values:
        raise Invalid(Refusal("recorder.state", "请选择设备状况。", CLAUSE, field="state"))
    with transaction.atomic():
        row = _locked(recorder_id)
        if row is None or row.centre_id not in by.orgs_as(Role.CENTRE_ADMIN):
            raise hidden("这台记录仪")
        if row.state == Recorder.State.RETIRED:
            raise NotNow(Refusal("recorder.retired", "这台记录仪已经停用。", CLAUSE))
        if state != Recorder.State.IN_USE and _out(row):
            raise NotNow(Refusal("recorder.out", "这台记录仪正在上门使用，用毕后再办理。", CLAUSE))
        with recording("safety.recorder_changed", target=row, by=by, now=now, reason=note) as entry:
            row.state, row.note, row.changed_at = state, note.strip()[:100], now
            row.save(update_fields=["state", "note", "changed_at"])
            entry.data["state"] = state
    return row


def carry(*, order_id: int, recorder_id: int | None, reason: str = "", by: Actor, now: datetime) -> Carrying:
    """
    Say which recorder she carries on this visit, or why none; said again, the newer word holds.

    :raises kernel.refusals.Refused: not her visit, not before or during it, or the device is out with somebody else
    """
    reason = reason.strip()[:100]
    with transaction.atomic():
        order = _locked_order(order_id)
        if order is None or order.nurse is None or order.nurse.user_id != by.user_id:
            raise hidden("这次上门")
        if order.status not in ORDER["depart"].from_ | ORDER["abort"].from_:
            raise NotNow(Refusal("recorder.when", "出发前到服务结束前登记记录仪。", CLAUSE))
        device = _device(order, recorder_id, now) if recorder_id else None
        if device is None and not reason:
            said = "请选择记录仪；没有携带的，请写明原因。"
            raise Unmet(Refusal("recorder.why", said, CLAUSE, field="reason"))
        with recording("safety.recorder_carried", target=order, by=by, now=now, reason=reason) as entry:
            given = {
                "nurse_id": order.nurse_id, "recorder": device, "reason": "" if device else reason, "bound_at": now,
                "returned_at": None,
            }  # fmt: skip
            row, _ = Carrying.objects.update_or_create(order=order, defaults=given)
            entry.data["recorder"] = device.number if device else ""
            entry.payload["nurse"] = order.nurse.user_id
    return row


def put_back(*, order: Order, now: datetime) -> Carrying | None:
    """Free the recorder of a visit that has ended; one that was freed stays as it is."""
    with transaction.atomic():
        _locked_order(order.pk)
        row = Carrying.objects.select_related("recorder").filter(order=order, returned_at__isnull=True).first()
        if row is not None:
            _return(row, now)
    return row


def _return(row: Carrying, now: datetime) -> None:
    with recording("safety.recorder_returned", target=row.order, by=system("safety"), now=now) as entry:
        row.returned_at = max(now, row.bound_at)
        row.save(update_fields=["returned_at"])
        entry.data["recorder"] = row.recorder.number if row.recorder else ""


def _device(order: Order, recorder_id: int, now: datetime) -> Recorder:
    device = _locked(recorder_id)
    if device is None or device.centre_id != order.centre_id:
        raise Invalid(Refusal("recorder.unknown", "请从本中心的记录仪中选择。", CLAUSE, field="recorder"))
    if device.state != Recorder.State.IN_USE:
        raise Unmet(Refusal("recorder.state", "这台记录仪已送修或停用，请换一台。", CLAUSE, field="recorder"))
    out = _out(device)
    if out is None or out.order_id == order.pk:
        return device
    if out.order.status in ORDER["depart"].from_ | ORDER["abort"].from_:
        said = "这台记录仪正在另一次上门中使用，请换一台。"
        raise Unmet(Refusal("recorder.taken", said, CLAUSE, field="recorder"))
    _return(out, now)  # that visit is over, and only the news of it has not arrived yet
    return device


def _out(device: Recorder) -> Carrying | None:
    rows = Carrying.objects.select_related("order", "recorder")
    return rows.filter(recorder=device, returned_at__isnull=True).first()


def _locked(recorder_id: int) -> Recorder | None:
    return Recorder.objects.select_for_update(no_key=True).filter(pk=recorder_id).first()


def _locked_order(order_id) -> Order | None:
    rows = Order.objects.select_for_update(of=("self",), no_key=True).select_related("nurse")
    return rows.filter(pk=order_id).first()


def _demand_admin(centre_id: int, by: Actor) -> None:
    if centre_id not in by.orgs_as(Role.CENTRE_ADMIN):
        raise NotYours(Refusal("recorder.centre", "记录仪由本中心管理员登记。", CLAUSE))
