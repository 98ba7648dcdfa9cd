"""What her phone shows of her own safety: a call for help, the clock of a visit, the recorder, warnings."""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders.lifecycle import ORDER
from safety import faces, selectors
from safety.doors import ALARMS
from safety.models import Alarm, Carrying, Incident, RiskFlag

NO_RECORDER = ("中心没有可用的设备", "设备没有电", "服务对象不同意录像")


def state(alarm: Alarm, actor, now: datetime) -> dict:
    """A call for help as the nurse sees it."""
    places = list(alarm.places.all())
    chances = {chance.name: chance for chance in ALARMS.chances(alarm, actor)}
    window = selectors.seconds_to_cancel(alarm.centre, timezone.localdate(now))
    may_cancel = alarm.kind == Alarm.Kind.SOS and (now - alarm.raised_at).total_seconds() <= window
    return {
        "row": alarm,
        "face": faces.ALARM[alarm.status],
        "open": selectors.is_open(alarm),
        "late": (alarm.raised_at - alarm.pressed_at).total_seconds() > 60,
        "place": places[0] if places else None,
        "url": reverse("nurse:sos_one", args=[alarm.pk]),
        "place_url": reverse("nurse:sos_place", args=[alarm.pk]),
        "cancel": chances.get("cancel") if may_cancel else None,
        "cancel_url": reverse("nurse:sos_cancel", args=[alarm.pk]),
    }


def open_call(actor) -> dict | None:
    """Her own call that is still open, for every page of hers."""
    alarm = selectors.newest_of_nurse(actor=actor)
    return state(alarm, actor, timezone.now()) if alarm else None


def place_of(fields: Mapping, now: datetime) -> dict | None:
    """Where the phone says it is, or nothing: what cannot be read never holds up a call for help."""
    lon, lat = _number(fields.get("lon"), 180), _number(fields.get("lat"), 90)
    if lon is None or lat is None:
        return None
    at = _moment(fields.get("located_at", ""))
    accuracy = _number(fields.get("accuracy"), 1e7)
    return {"lon": lon, "lat": lat, "accuracy_m": abs(accuracy) if accuracy is not None else None, "located_at": at}


def timer(order) -> dict | None:
    """The running clock of a visit, as a card with two buttons."""
    row = selectors.timer_of(order)
    if row is None:
        return None
    return {"row": row, "asked": row.asked_at is not None, "url": reverse("nurse:safe", args=[order.number])}


def recorder(order) -> dict | None:
    """The recorder of a visit that has not ended: what was said, and what can be chosen."""
    if order.status not in ORDER["depart"].from_ | ORDER["abort"].from_:
        return None
    return {
        "said": selectors.carrying(order),
        "devices": list(selectors.free_recorders(order)),
        "usual": NO_RECORDER,
        "url": reverse("nurse:recorder", args=[order.number]),
    }


def flags(order, actor, now: datetime) -> list[dict]:
    """Warnings about the household, as chips."""
    rows = selectors.live_flags(actor=actor, patient_ids=[order.patient_id], now=now)
    return [{"text": f"{row.get_kind_display()}：{row.facts}", "icon": faces.flag_icon(row.kind)} for row in rows]


def incident(order) -> dict | None:
    """The report of what went wrong at a visit, and what was reported of it before; none for a visit nobody made."""
    if order.arrived_at is None and order.status not in ORDER["depart"].from_ | ORDER["check_in"].from_:
        return None
    return {
        "kinds": [(kind.value, kind.label) for kind in Incident.Kind if kind in Incident.BY_THE_NURSE],
        "told": list(selectors.incidents_of(order)),
        "url": reverse("nurse:incident", args=[order.number]),
    }


def safety(order, actor, now: datetime) -> dict:
    """Everything of this page's safety part: clock, recorder, warnings, what went wrong, the way out."""
    return {
        "timer": timer(order),
        "recorder": recorder(order),
        "flag": {"kinds": RiskFlag.Kind.choices, "url": reverse("nurse:risk", args=[order.number])},
        "incident": incident(order),
        "clock_url": reverse("nurse:safe", args=[order.number]),
        "unsafe_url": reverse("nurse:unsafe", args=[order.number]),
        "may_leave": order.status in ORDER["abort"].from_,
    }


def carried(row: Carrying | None) -> str:
    """The recorder of a visit in one line, for whoever reads the order."""
    if row is None:
        return ""
    return f"携带 {row.recorder.number}" if row.recorder else f"没有携带：{row.reason}"


def _number(text, most) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if -most <= value <= most else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
