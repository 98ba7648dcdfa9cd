"""
What whoever works at a desk has to hear of on every page of it: messages not yet read, and nurses who call for help.

One tab, one page and one bar for all desks; ``base/desk.html`` shows them.
"""

from django.http import HttpRequest
from django.urls import reverse

from desks.pages import Tab
from kernel.actors import Actor
from notifications import selectors as notifications
from safety import access, faces, needs, selectors
from safety.models import Alarm

ON_THE_BAR = 6  # more would cover the page they stand on; the list has all


def inbox(request: HttpRequest, group: str = "") -> Tab:
    """The way to one's messages, with how many wait to be read."""
    return Tab("消息", "account:messages", "bell", group, count=unread(request), unit="条未读")


def unread(request: HttpRequest) -> int:
    """How many messages wait, asked once for a request."""
    if not hasattr(request, "unread_messages"):
        request.unread_messages = notifications.unread_count(user_id=request.user.pk)
    return request.unread_messages


def bar(request: HttpRequest) -> dict:
    """What the bar on top of a page needs; nothing for those to whom no call is ever carried."""
    if not request.actor.holds(*access.CARRIED_FROM):
        return {}
    return {"alarm_url": reverse("dispatch:alerts_banner"), **alarms(request.actor)}


def alarms(actor: Actor) -> dict:
    """The calls for help that were carried to this person and that nobody has ended, unanswered ones first."""
    found = list(selectors.alarms_carried(actor=actor)[: ON_THE_BAR + 1])
    near = actor.orgs_as(*access.AT_THE_CENTRE)
    lines = [
        {
            **alarm_line(row),
            "mine": row.centre_id in near,  # the others look on: they see whose call it is and cannot answer it
        }
        for row in found[:ON_THE_BAR]
    ]
    return {"alarms": lines, "alarms_more": len(found) > ON_THE_BAR}


def alarm_line(row: Alarm) -> dict:
    """One call for help, on top of a page or in the list."""
    return {
        "row": row,
        "face": faces.ALARM[row.status],
        "unanswered": selectors.is_unanswered(row),
        "where": _where(row),
        "url": reverse("dispatch:alert", args=[row.pk]),
    }


def _where(row: Alarm) -> str:
    if row.order is None:
        return "不在上门途中"
    said = f"{row.order.address.town.name}，订单 {row.order.number}"
    return f"预计前往{said}，求助时还没有登记出发" if needs.is_expected(row) else said
