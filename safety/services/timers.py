"""
The clock of a visit: armed by the check-in, put off by a safe sign, stopped by the end of the visit (002 五(九)2).

When it runs out her phone is asked first; only when no answer comes is help called for her. It stands beside the report
of a visit that lasts too long: that one looks for a forgotten end, this one for a nurse who cannot speak.
"""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone

from audit.services import promise, recording
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import NotNow, Refusal, hidden
from orders.lifecycle import IN_CARE
from orders.models import Order
from safety.lifecycle import GUARD
from safety.models import Alarm, SafeSign, SafetyTimer
from safety.services.alarms import raise_alarm

LONGER = timedelta(minutes=30)
STAYS = frozenset({Alarm.Outcome.SAFE, Alarm.Outcome.FALSE, Alarm.Outcome.SUPPORT})  # she may go on with the visit


def arm(*, order: Order, now: datetime) -> SafetyTimer | None:
    """Start the clock of a visit that has begun; of one that is over, none. A repeated report changes nothing."""
    with transaction.atomic():
        order = _locked_order(order.pk)
        known = SafetyTimer.objects.filter(order=order).first()
        if known or order.status not in IN_CARE or order.arrived_at is None or order.nurse is None:
            return known
        settings = institutions.settings_of(order.centre, timezone.localdate(now))
        spare = timedelta(minutes=order.minutes + settings["safety.timer_grace_minutes"])
        row = SafetyTimer(
            order=order,
            nurse=order.nurse,
            centre_id=order.centre_id,
            armed_at=order.arrived_at,
            until=order.arrived_at + spare,
        )
        with recording("safety.timer_armed", target=order, by=system("safety"), now=now) as entry:
            row.save(force_insert=True)
            entry.data["until"] = row.until
            entry.payload["nurse"] = order.nurse.user_id
            _watch(row)
    return row


def extend(*, order_id: int, at: datetime | None = None, receipt: UUID | None = None, by: Actor, now: datetime):
    """
    「我很安全，再加 30 分钟」: say that all is well and put the clock off, once for each press.

    ``at`` is when she said so, by her phone; what comes late counts from then.
    """
    return _sign(SafeSign.Kind.LONGER, order_id, at, receipt, by, now)


def leave(*, order_id: int, at: datetime | None = None, receipt: UUID | None = None, by: Actor, now: datetime):
    """「我已离开」: the nurse is out of the door and safe, whatever of the record is still missing."""
    return _sign(SafeSign.Kind.LEFT, order_id, at, receipt, by, now)


def stop(*, order: Order, because: str, now: datetime) -> SafetyTimer | None:
    """Stop the clock because the visit has ended; a stopped one stays as it is."""
    with transaction.atomic():
        order = _locked_order(order.pk)
        row = SafetyTimer.objects.filter(order=order, ended_at__isnull=True).first()
        if row is not None:
            with recording("safety.timer_stopped", target=order, by=system("safety"), now=now) as entry:
                row.ended_at, row.ended = now, because
                row.save(update_fields=["ended_at", "ended"])
                entry.data["because"] = because
    return row


def watch_again(*, alarm: Alarm, now: datetime) -> SafetyTimer | None:
    """
    Plan the clock of a visit anew when its call was ended as safe while she is still there: a clock that has asked in
    vain asks no more by itself. One that still has time left goes on; a repeated report changes nothing.
    """
    if alarm.order_id is None or alarm.outcome not in STAYS:
        return None
    with transaction.atomic():
        order = _locked_order(alarm.order_id)
        row = SafetyTimer.objects.filter(order=order, ended_at__isnull=True).first()
        if row is None or order.status not in IN_CARE or row.until > now:
            return row
        with recording("safety.timer_again", target=order, by=system("safety"), now=now) as entry:
            row.until, row.asked_at = now + LONGER, None
            row.save(update_fields=["until", "asked_at"])
            entry.data["until"] = row.until
            entry.payload["nurse"] = row.nurse.user_id
            _watch(row)
    return row


def ask_for_a_sign(*, timer_id: int, until: datetime, now: datetime) -> SafetyTimer:
    """Ask the nurse's phone whether she is safe. :raises kernel.refusals.NotNow: she has said so, or has left"""
    with transaction.atomic():
        row = _running(timer_id, until)
        settings = institutions.settings_of(row.centre, timezone.localdate(now))
        with recording("safety.timer_asked", target=row.order, by=system("safety.timer"), now=now) as entry:
            row.asked_at = now
            row.save(update_fields=["asked_at"])
            entry.payload["nurse"] = row.nurse.user_id
            promise(
                kind="safety.silent",
                key=f"safety.silent:{row.pk}:{until.isoformat()}",
                object_id=row.pk,
                due_at=now + timedelta(minutes=settings["safety.answer_minutes"]),
                payload={"until": until.isoformat()},
            )
    return row


def miss_a_sign(*, timer_id: int, until: datetime, now: datetime) -> Alarm:
    """Call for help for a nurse who does not answer. :raises kernel.refusals.Refused: she did, or was called for"""
    with transaction.atomic():
        row = _running(timer_id, until)
        return raise_alarm(kind=Alarm.Kind.TIMER, order=row.order, by=system("safety.silent"), now=now)


def _sign(kind, order_id, at, receipt, by, now) -> SafetyTimer:
    said_at = min(at or now, now)
    with transaction.atomic():
        order = _locking().filter(pk=order_id).first()
        if order is None or order.nurse is None or order.nurse.user_id != by.user_id:
            raise hidden("这次上门")
        row = SafetyTimer.objects.filter(order=order).first()
        if row is None:
            raise NotNow(Refusal("timer.none", "到达签到以后才开始平安计时。", GUARD))
        receipt = receipt or uuid5(NAMESPACE_URL, f"{row.pk}:{kind}:{said_at.isoformat()}")
        if SafeSign.objects.filter(timer=row, receipt=receipt).exists():
            return row
        with recording("safety.safe_sign", target=order, by=by, now=now) as entry:
            SafeSign.objects.create(timer=row, kind=kind, said_at=said_at, recorded_at=now, receipt=receipt)
            entry.data.update({"kind": kind, "said_at": said_at})
            entry.payload["nurse"] = by.user_id
            if row.ended_at is None:
                _put_off(row, kind, said_at)
    return row


def _put_off(row: SafetyTimer, kind: str, said_at: datetime) -> None:
    """A late sign moves the clock from the moment it was said; what was called out meanwhile stays so."""
    if kind == SafeSign.Kind.LEFT:
        row.ended_at, row.ended = max(said_at, row.armed_at), SafetyTimer.Ended.LEFT
    else:
        row.until, row.asked_at = max(row.until, said_at) + LONGER, None
    row.save(update_fields=["until", "asked_at", "ended_at", "ended"])
    if row.ended_at is None:
        _watch(row)


def _watch(row: SafetyTimer) -> None:
    promise(
        kind="safety.timer",
        key=f"safety.timer:{row.pk}:{row.until.isoformat()}",
        object_id=row.pk,
        due_at=row.until,
        payload={"until": row.until.isoformat()},
    )


def _running(timer_id: int, until: datetime) -> SafetyTimer:
    order_id = SafetyTimer.objects.values_list("order", flat=True).get(pk=timer_id)
    order = _locked_order(order_id)
    row = SafetyTimer.objects.select_related("nurse__user", "centre").get(pk=timer_id)
    row.order = order
    if row.ended_at or row.until != until or order.status not in IN_CARE:
        raise NotNow(Refusal("timer.moved_on", "护士已有平安信号，或服务已经结束。"))
    return row


def _locked_order(order_id: int) -> Order:
    return _locking().get(pk=order_id)


def _locking():
    """All that happens to one visit's clock waits for each other at the visit itself."""
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("nurse__user", "centre", "patient")
