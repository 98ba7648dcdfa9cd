"""What stands around every page of the dispatcher's desk, and the answer to a pressed button."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from desks import pages
from desks.pages import Tab
from desks.steps import Outcome
from institutions import selectors as institutions
from institutions.settings import defaults
from orders import selectors
from safety import faces as safety_faces
from safety import needs
from safety import selectors as safety

TO_DO = ("alarms", "late", "to_receive", "to_plan", "declined", "expired", "to_dispatch", "disputed")
HOT = ("alarms", "late", "disputed")


def frame(request: HttpRequest, current: str, crumbs: list | None = None) -> dict:
    sizes = sizes_of(request.actor)
    count = waiting(sizes)
    tabs = [
        Tab("待办", "dispatch:queue", "list-check", **count),
        Tab("当日安排", "dispatch:planner", "calendar-event"),
        Tab("服务申请", "dispatch:requests", "file-text"),
        Tab("服务订单", "dispatch:orders", "clipboard-list"),
        Tab("随访", "dispatch:followups", "timeline"),
        Tab("代为申请", "dispatch:new", "phone-call", "窗口和电话"),
        Tab("登记出院", "dispatch:discharge_new", "home-heart", "窗口和电话"),
        Tab("评价回复", "dispatch:ratings", "star", "窗口和电话"),
        Tab("待打电话", "dispatch:calls", "phone-call", "窗口和电话"),
        Tab("消息", "account:messages", "bell", "窗口和电话"),
        Tab("转诊", "dispatch:referrals", "building-hospital", "牵头医院"),
        Tab("远程会诊", "dispatch:remote", "stethoscope", "牵头医院"),
        Tab("专科小组", "dispatch:teams", "users-group", "牵头医院"),
        Tab("联合查房", "dispatch:rounds", "heart-handshake", "牵头医院"),
        Tab("护士求助", "dispatch:alerts", "alert-triangle", "护士安全"),
        Tab("入户风险提示", "dispatch:risks", "shield-check", "护士安全"),
        Tab("不良事件", "centre:incidents", "hand-stop", "护士安全"),
        Tab("标本登记", "centre:registers_specimens", "test-pipe", "登记"),
        Tab("医疗废物登记", "centre:registers_waste", "trash", "登记"),
    ]
    nav = pages.navigation(request, tabs)
    for item in nav:
        item["current"] = item["url"] == reverse(current)
        if item["url"] == reverse("dispatch:queue"):
            item["live_url"] = reverse("dispatch:queue_group", args=["waiting"])
    return {
        "nav": nav,
        "desk_title": "中心专员",
        "me": pages.me(request, Role.DISPATCHER),
        "crumbs": crumbs or [],
        "sizes": sizes,
        "alarm_url": reverse("dispatch:alerts_banner"),
        "alarms": open_alarms(request.actor),
    }


def open_alarms(actor) -> list[dict]:
    """The calls for help at this desk's centres that nobody has ended yet, those that wait for an answer first."""
    here = safety.open_alarms(actor=actor).filter(centre__in=actor.orgs_as(Role.DISPATCHER))
    return [alarm_line(row) for row in here]


def alarm_line(row) -> dict:
    """One call for help, on top of a page or in the list."""
    return {
        "row": row,
        "face": safety_faces.ALARM[row.status],
        "unanswered": safety.is_unanswered(row),
        "where": _where(row),
        "url": reverse("dispatch:alert", args=[row.pk]),
    }


def _where(row) -> str:
    if row.order is None:
        return "不在上门途中"
    said = f"{row.order.address.town.name}，订单 {row.order.number}"
    return f"预计前往{said}，求助时还没有登记出发" if needs.is_expected(row) else said


def alarmed(actor) -> set:
    """The orders of this desk's centres at which something happened that nobody has dealt with yet."""
    here = safety.open_incidents(actor=actor).filter(centre__in=actor.orgs_as(Role.DISPATCHER))
    return set(here.exclude(order=None).values_list("order", flat=True))


def sizes_of(actor) -> dict[str, int]:
    """How much stands in each group of the queue."""
    return {**selectors.queue_sizes(actor=actor), "alarms": len(alarmed(actor))}


def waiting(sizes: dict[str, int]) -> dict:
    """How much waits for this desk, as the navigation says it."""
    return {"count": sum(sizes[name] for name in TO_DO), "hot": any(sizes[name] for name in HOT)}


def rules_of_district(request: HttpRequest) -> dict[str, Any]:
    """The settings in force today in the desk's district, read once for a request."""
    if not hasattr(request, "rules_of_district"):
        centre = Organization.objects.filter(pk__in=request.actor.orgs_as(Role.DISPATCHER)).first()
        today = timezone.localdate()
        request.rules_of_district = institutions.settings_of(centre, today) if centre else defaults()
    return request.rules_of_district


def partial(request: HttpRequest) -> bool:
    """htmx and live regions ask for the region alone."""
    return bool(request.headers.get("HX-Request"))


def answer(
    request: HttpRequest, region: str, whole: str, context: dict, *, outcome: Outcome | None = None, said: str = "",
    back: str = "", around,
) -> HttpResponse:  # fmt: skip
    """
    Answer with the region alone where script asked, else with the whole page.

    A step that was taken without script leads back to the page by address, so that reloading does not repeat it.
    ``around`` makes the frame; it costs queries that a region does not need.
    """
    if outcome is not None and outcome.done and not partial(request):
        messages.success(request, said)
        return redirect(back)
    context["said"] = said if outcome is not None and outcome.done else ""
    status = outcome.status if outcome else 200
    if partial(request):
        return render(request, region, context, status=status)
    return render(request, whole, {**around(), **context}, status=status)
