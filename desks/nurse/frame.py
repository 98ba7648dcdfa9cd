"""What every page of the nurse's phone has around it: four tabs, and whom SOS calls."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Organization, User
from accounts.roles import Role
from desks.nurse import calls
from desks.pages import Tab, navigation
from notifications import selectors as notifications


def page(request: HttpRequest, template: str, context: dict, *, status: int = 200, keep: bool = False) -> HttpResponse:
    """
    A whole page. ``centre`` in the context says whose duty desk SOS calls; else it is the nurse's own centre.

    The phone may ``keep`` a page for reading without network; see ``nurse/sw.js``.
    """
    centre = context.get("centre") or _own_centre(request)
    around = {
        "nav": navigation(request, tabs(request)),
        "duty_phone": {"name": f"{centre.short_name}值班台", "number": centre.phone} if centre else {},
        "now": timezone.now(),
        "phone_owner": owner_of(request.user),
        "sos_open": calls.open_call(request.actor),
    }
    answer = render(request, template, {**around, **context}, status=status)
    if keep:
        answer["X-Keep"] = "1"
    return answer


def tabs(request: HttpRequest) -> tuple[Tab, ...]:
    unread = notifications.unread_count(user_id=request.user.pk)
    return (
        Tab("今天", "nurse:today", "home-2"),
        Tab("日程", "nurse:schedule", "calendar"),
        Tab("消息", "nurse:messages", "message-2", count=unread),
        Tab("我的", "nurse:me", "user"),
    )


def owner_of(user: User | AnonymousUser) -> str:
    """Whose entries a phone keeps, in a word that says nothing about the person."""
    return salted_hmac("bedside.owner", str(user.pk)).hexdigest()[:24]


def _own_centre(request):
    return Organization.objects.filter(pk__in=request.actor.orgs_as(Role.NURSE)).order_by("pk").first()
