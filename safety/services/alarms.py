"""
A call for help, from the press to its outcome (004 三(八), 002 五(九)2).

Nothing here waits for the phone to know where it is, and nothing is refused because a field is missing: what is not
known is not kept. What happens while nobody answers are due rows, written with the alarm itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import Entry, promise, recording
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, hidden
from nurses.models import Nurse
from orders.lifecycle import ORDER
from orders.models import Order
from safety import access, needs
from safety.doors import ALARMS
from safety.lifecycle import GUARD, ONE_KEY, UNANSWERED
from safety.models import Alarm, AlarmPlace, Incident

# How far an alarm is carried while nobody answers, and the setting that says after how many seconds.
LEVELS = {2: "alarm.again_seconds", 3: "alarm.lead_seconds"}
GRAVE = frozenset({Alarm.Outcome.POLICE, Alarm.Outcome.HOSPITAL})
AHEAD = timedelta(hours=2)  # a visit she has accepted, planned to begin within this of the press, is where she is bound


def raise_alarm(
    *, kind: str, pressed_at: datetime | None = None, words: str = "", place: Mapping[str, Any] | None = None,
    order: Order | None = None, by: Actor, now: datetime, receipt: UUID | None = None,
) -> Alarm:  # fmt: skip
    """
    Call for help, once for each press.

    ``pressed_at`` is the phone's own time, for a press that comes late; the visit is the one she was on at that moment,
    or else the one she was expected at; see :func:`safety.needs.is_expected`.
    ``order`` says the visit where the platform itself calls, for its clock.

    :raises kernel.refusals.Refused: not a nurse of any centre
    """
    at = min(pressed_at or now, now)
    if by.kind == "system":
        if order is None or order.nurse is None:
            raise ValueError("the platform calls for help for a visit with a nurse only")
        nurse = order.nurse
    else:
        nurse = _nurse(by)
        order = order or _visit_of(nurse, at) or _visit_ahead(nurse, at)
    row = Alarm(
        kind=kind,
        nurse=nurse,
        centre=order.centre if order else _own_centre(by),
        order=order,
        patient_id=order.patient_id if order else None,
        pressed_at=at,
        raised_at=now,
        words=words.strip()[:300],
    )

    def change(row: Alarm, entry: Entry) -> None:
        entry.payload.update({"nurse": nurse.user_id, "order": row.order_id, "level": row.level, "kind": kind})
        entry.data.update({"kind": kind, "late": (now - at).total_seconds() > 60})
        settings = institutions.settings_of(row.centre, timezone.localdate(now))
        for level, key in LEVELS.items():
            promise(
                kind="alarm.escalate",
                key=f"alarm.escalate:{row.pk}:{level}",
                object_id=row.pk,
                due_at=now + timedelta(seconds=settings[key]),
                payload={"level": level},
            )
        if place:
            _keep_place(row, place, now)

    inputs = {"kind": kind, "words": words}
    return ALARMS.create("raise", row, by=by, now=now, change=change, receipt=receipt, inputs=inputs)


def add_place(*, alarm_id: int, place: Mapping[str, Any], by: Actor, now: datetime) -> Alarm:
    """
    Add where the nurse is, when her phone comes to know; the same fix sent twice is kept once.

    :raises kernel.refusals.Refused: somebody else's alarm, or no place
    """
    with transaction.atomic():
        row = _locked(alarm_id)
        if row is None or Role.NURSE not in access.alarm_hats(by, row):
            raise hidden("这次求助")
        with recording("safety.alarm_located", target=row, by=by, now=now, role=Role.NURSE) as entry:
            entry.payload.update({"nurse": row.nurse.user_id, "order": row.order_id})
            if not _keep_place(row, place, now):
                raise Invalid(Refusal("alarm.place", "没有读到位置。", ONE_KEY))
    return row


def acknowledge(*, alarm_id: int, by: Actor, now: datetime, **seen) -> Alarm:
    """Say that one looks after it from here; the time is kept, and the nurse's phone says who."""

    def change(row: Alarm, entry: Entry) -> None:
        row.acknowledged_at, row.acknowledged_by_id = now, by.account
        entry.data["after_seconds"] = round((now - row.raised_at).total_seconds())
        _follow(row, entry)

    return ALARMS.take("acknowledge", alarm_id, by=by, now=now, change=change, **seen)


def close_alarm(
    *, alarm_id: int, outcome: str, words: str, violence: str, by: Actor, now: datetime, **seen
) -> Alarm:  # fmt: skip
    """
    Say how it ended. Violence, a call to the police and a hospital are incidents of the centre, to be looked into
    (003 四(三)).
    """
    if outcome not in Alarm.Outcome.values:
        raise Invalid(Refusal("alarm.outcome", "请选择处置结果。", GUARD, field="outcome"))
    if violence not in Alarm.Violence.values:
        raise Invalid(Refusal("alarm.violence", "请选择有没有暴力或威胁。", "003 四(三)", field="violence"))
    if not words.strip():
        raise Invalid(Refusal("alarm.words", "请写明处置经过。", GUARD, field="words"))

    def change(row: Alarm, entry: Entry) -> None:
        row.closed_at, row.closed_by_id = now, by.account
        row.outcome, row.outcome_words, row.violence = outcome, words.strip()[:300], violence
        entry.data.update({"outcome": outcome, "violence": violence})
        if violence != Alarm.Violence.NONE or outcome in GRAVE:
            row.incident = _incident_of(row, now)
        _follow(row, entry)

    inputs = {"outcome": outcome, "words": words, "violence": violence}
    return ALARMS.take("close", alarm_id, by=by, now=now, change=change, reason=words, inputs=inputs, **seen)


def cancel_alarm(*, alarm_id: int, by: Actor, now: datetime, **seen) -> Alarm:
    """
    Take a press back within a short time: it was a slip of the finger, and stays on record as one.

    :raises kernel.refusals.NotNow: too late; the desk has to ask her first
    """

    def change(row: Alarm, entry: Entry) -> None:
        if row.kind != Alarm.Kind.SOS:
            raise NotNow(Refusal("alarm.not_a_press", "这条求助请由值班专员确认平安后处置。", ONE_KEY))
        settings = institutions.settings_of(row.centre, timezone.localdate(now))
        if now > row.raised_at + timedelta(seconds=settings["alarm.cancel_seconds"]):
            said = "已过可以撤回的时间，请告诉值班专员您是安全的，由专员处置。"
            raise NotNow(Refusal("alarm.cancel_late", said, ONE_KEY))
        _follow(row, entry)

    return ALARMS.take("cancel", alarm_id, by=by, now=now, change=change, reason="护士撤回：误触", **seen)


def escalate(*, alarm_id: int, level: int, now: datetime) -> Alarm:
    """Carry an alarm further that nobody answers. :raises kernel.refusals.NotNow: somebody did"""
    with transaction.atomic():
        row = _locked(alarm_id)
        if row is None or row.status not in UNANSWERED or row.level >= level:
            raise NotNow(Refusal("alarm.answered", "这次求助已有人响应。"))
        for step in range(row.level + 1, level + 1):  # whom a level that was held up would have told is told now
            with recording("safety.alarm_escalated", target=row, by=system("alarm.escalate"), now=now) as entry:
                row.level = step
                row.save(update_fields=["level"])
                entry.data["level"] = step
                _follow(row, entry)
    return row


def _follow(row: Alarm, entry: Entry) -> None:
    """Whom open pages and messages concern."""
    entry.payload.update({"nurse": row.nurse.user_id, "order": row.order_id, "level": row.level, "kind": row.kind})


def _keep_place(row: Alarm, place: Mapping[str, Any], now: datetime) -> bool:
    lon, lat = place.get("lon"), place.get("lat")
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return False
    at = min(place.get("located_at") or now, now)
    fix = {"lon": lon, "lat": lat, "accuracy_m": place.get("accuracy_m"), "recorded_at": now}
    AlarmPlace.objects.get_or_create(alarm=row, located_at=at, defaults=fix)
    return True


def _incident_of(row: Alarm, now: datetime) -> Incident:
    """
    The incident behind an alarm; an order that has one of this kind keeps it. A visit that she had not set out for has
    done nothing.
    """
    kind = Incident.Kind.OTHER if row.violence == Alarm.Violence.NONE else Incident.Kind.VIOLENCE
    on_visit = row.order_id is not None and not needs.is_expected(row)
    order_id, patient_id = (row.order_id, row.patient_id) if on_visit else (None, None)
    known = Incident.objects.filter(order=order_id, kind=kind).first() if order_id else None
    if known:
        return known
    made = Incident(order_id=order_id, centre_id=row.centre_id, kind=kind, text=row.outcome_words, opened_at=now)
    with recording("safety.incident_opened", target=made, by=system("safety"), now=now, subject_id=patient_id) as entry:
        made.save(force_insert=True)
        entry.data["kind"] = kind
        entry.payload.update({"order": order_id, "kind": kind})
    return made


def _nurse(by: Actor) -> Nurse:
    nurse = Nurse.objects.select_related("user").filter(user=by.user_id).first()
    if nurse is None or not by.orgs_as(Role.NURSE):
        raise NotYours(Refusal("alarm.nurse", "一键求助供在岗护士使用，请直接拨打 110 或 120。", ONE_KEY))
    return nurse


def _own_centre(by: Actor) -> Organization:
    return Organization.objects.filter(pk__in=by.orgs_as(Role.NURSE)).order_by("pk")[:1].get()


def _visit_of(nurse: Nurse, at: datetime) -> Order | None:
    """The visit that she was on at that moment, alone or beside another nurse."""
    over = Q(finished_at__lt=at) | Q(finished_at__isnull=True, status__in=sorted(ORDER.final), status_since__lt=at)
    rows = Order.objects.filter(_hers(nurse), departed_at__lte=at).exclude(over).select_related("centre", "nurse__user")
    return rows.order_by("-departed_at").first()


def _visit_ahead(nurse: Nurse, at: datetime) -> Order | None:
    """The visit that she had accepted and not yet set out for, the one nearest to that moment."""
    ahead = Q(status__in=sorted(ORDER["depart"].from_)) | Q(departed_at__gt=at)  # she may have set out since
    rows = Order.objects.filter(_hers(nurse), ahead, planned_start__range=(at - AHEAD, at + AHEAD))
    near = rows.select_related("centre", "nurse__user")
    return min(near, key=lambda order: (abs((order.planned_start or at) - at), order.pk), default=None)


def _hers(nurse: Nurse) -> Q:
    """Her own visits, and those that she goes to beside another nurse."""
    return Q(nurse=nurse) | Q(
        companions__nurse=nurse, companions__accepted_at__isnull=False, companions__released_at__isnull=True
    )


def _locked(alarm_id: int) -> Alarm | None:
    rows = Alarm.objects.select_for_update(of=("self",), no_key=True).select_related("nurse__user", "centre", "order")
    return rows.filter(pk=alarm_id).first()
