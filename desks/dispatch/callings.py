"""Calls for help and warnings about a household, as prepared rows for the pages of those who answer for them."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from desks import pages, told
from desks.dispatch.frame import frame
from desks.nurse import calls
from desks.nurse.rows import risks
from desks.pages import Tab
from desks.templatetags.wording import clock
from kernel.actors import Actor
from orders import faces as order_faces
from orders import selectors as orders
from patients import privacy
from safety import access, faces, needs, selectors
from safety.lifecycle import ALARM, FLAG
from safety.models import Alarm, RiskFlag

LEVELS = {1: "值班专员", 2: "值班专员、中心管理员", 3: "值班专员、中心管理员、牵头医院和区卫健委"}
HOMES = (
    (Role.CENTRE_ADMIN, Tab("中心概况", "centre:home", "layout-dashboard")),
    (Role.REVIEWER, Tab("本医联体中心", "review:centres", "building-hospital")),
    (Role.SUPERVISOR, Tab("今日总览", "oversight:overview", "layout-dashboard")),
    (Role.QC_INSPECTOR, Tab("今日总览", "oversight:overview", "layout-dashboard")),
)
ORDER_PAGES = ((Role.DISPATCHER, "dispatch:order"), (Role.CENTRE_ADMIN, "centre:orders_one"),
               (Role.SUPERVISOR, "oversight:orders_one"), (Role.QC_INSPECTOR, "oversight:orders_one"))  # fmt: skip


def around(request: HttpRequest, crumbs: list, current: str = "dispatch:alerts") -> dict:
    """The frame of a page that others than the dispatcher may open: each with the way back to their own desk."""
    if request.actor.holds(Role.DISPATCHER):
        return frame(request, current, crumbs)
    mine = [tab for role, tab in HOMES if request.actor.holds(role)][:1]
    tabs = [*mine, Tab("护士求助", "dispatch:alerts", "alert-triangle")]
    if request.actor.holds(Role.CENTRE_ADMIN):
        tabs.append(Tab("入户风险提示", "dispatch:risks", "shield-check"))
    tabs.append(told.inbox(request))
    held = [role for role, _ in HOMES if request.actor.holds(role)]
    return {
        "nav": pages.navigation(request, tabs), "desk_title": "护士安全", "me": pages.me(request, *held),
        "crumbs": crumbs, **told.bar(request),
    }  # fmt: skip


def whole(alarm: Alarm, actor: Actor, now: datetime) -> dict:
    """Everything about one call. Telephones and the address are for those who answer for the nurse."""
    hats = access.alarm_hats(actor, alarm)
    near = bool(hats & set(access.AT_THE_CENTRE))
    fixes = list(alarm.places.all())
    return {
        **told.alarm_line(alarm),
        "near": near,
        "late": (alarm.raised_at - alarm.pressed_at).total_seconds() > 60,
        "told": LEVELS[alarm.level],
        "fix": _fix(fixes[0]) if fixes else None,
        "visit": _visit(alarm, actor, now, near) if alarm.order else None,
        "calls": _calls(alarm) if near else [],
        "timeline": _timeline(alarm, fixes),
    }


def _fix(place) -> dict:
    # Coordinates alone, no name and no address: the map is a third party.
    spot = f"{place.lon:.6f},{place.lat:.6f}"
    return {"row": place, "map": f"https://uri.amap.com/marker?position={spot}&coordinate=wgs84"}


def _visit(alarm, actor, now, near) -> dict:
    order = orders.order(actor=actor, number=alarm.order.number)
    page = next((route for role, route in ORDER_PAGES if actor.orgs_as(role)), "")
    expected = needs.is_expected(alarm)
    shown = {
        "order": order,
        "expected": expected,
        "title": "预计的上门" if expected else "这次上门",
        "place": "预计上门地址" if expected else "上门地址",
        "face": order_faces.order(order),
        "url": reverse(page, args=[order.number]) if page else "",
        "items": "、".join(one.item.name for one in order.lines.all()),
        "recorder": calls.carried(selectors.carrying(order)),
        "address": privacy.address_line(order.address) if near else "",
    }
    if near:
        shown["risks"] = calls.flags(order, actor, now) + risks(order)
    return shown


def _calls(alarm) -> list[dict]:
    """Whom to ring, the nurse first."""
    found = [{"label": f"护士 {alarm.nurse}", "number": alarm.nurse.phone}]
    if patient := alarm.patient:
        contact = privacy.contact_phone(patient)
        found += [{"label": f"家属 {patient.contact_name}", "number": contact}] if contact else []
        found.append({"label": f"服务对象 {patient.name}", "number": privacy.phone(patient)})
    found += [{"label": "110", "number": "110"}, {"label": "120", "number": "120"}]
    return [one for one in found if one["number"]]


def _timeline(alarm, fixes) -> list[dict]:
    events = [
        {
            "title": _title(step, alarm), "at": step.taken_at, "detail": step.reason,
            "note": str(step.taken_by) if step.taken_by_id else "平台自动处理",
            "state": "alert" if step.name == "raise" else "done",
        }
        for step in alarm.steps.all()
    ]  # fmt: skip
    events += [
        {
            "title": "收到位置", "at": fix.recorded_at, "note": f"{clock(fix.located_at)} 的位置", "state": "done",
            "detail": f"精度约 {fix.accuracy_m:.0f} 米" if fix.accuracy_m is not None else "",
        }
        for fix in fixes
    ]  # fmt: skip
    if alarm.order_id and (timer := getattr(alarm.order, "safety_timer", None)):
        events += [
            {
                "title": sign.get_kind_display(), "at": sign.recorded_at, "state": "done", "detail": "",
                "note": f"{clock(sign.said_at)} 的平安信号",
            }
            for sign in timer.signs.all()
        ]  # fmt: skip
    return sorted(events, key=lambda event: event["at"])


def _title(step, alarm) -> str:
    """What was done; how the call began is told by its kind."""
    return alarm.get_kind_display() if step.name == "raise" else ALARM[step.name].label


def flag(row: RiskFlag, actor: Actor) -> dict:
    """One warning about a household, with what was said about it."""
    return {
        "row": row,
        "face": faces.FLAG[row.status],
        "icon": faces.flag_icon(row.kind),
        "raised_as": Role(row.raised_as).label if row.raised_as else "",
        "url": reverse("dispatch:risk", args=[row.pk]),
        "live": selectors.is_live(row),
        "title": FLAG["raise"].label,
        "own": row.raised_by_id == actor.user_id,
    }


def of_patient(patient_id, actor: Actor) -> list[dict]:
    """The warnings in force about one household, for the page of an order."""
    rows = selectors.live_flags(actor=actor, patient_ids=[patient_id], now=timezone.now())
    return [flag(row, actor) for row in rows]
