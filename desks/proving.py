"""A signature is given by the person and not by an open screen: the password again, unless it was given lately."""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Organization
from desks.steps import Outcome, attempt
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal

GIVEN_AT = "password_given_at"
CLAUSE = "002 五(七)1(3)"


def remember(request: HttpRequest, now: datetime) -> None:
    """Note in the session that the password was given just now."""
    request.session[GIVEN_AT] = now.isoformat()


def asks(request: HttpRequest, centre: Organization) -> bool:
    """Say whether this session must give the password before it signs; an account without one has nothing to give."""
    if not request.user.has_usable_password():
        return False
    now = timezone.now()
    minutes = institutions.settings_of(centre, timezone.localdate(now))["sign.password_minutes"]
    given = parse_datetime(request.session.get(GIVEN_AT, ""))
    return given is None or not now - timedelta(minutes=minutes) < given <= now


def proved(request: HttpRequest, centre: Organization) -> Outcome:
    """Hear the password if one is asked for; what is refused stands in the trace and beside the field."""
    if not asks(request, centre):
        return Outcome(typed=request.POST)
    return attempt(_prove, typed=request.POST, request=request, by=request.actor, now=timezone.now())


def _prove(*, request: HttpRequest, by: Actor, now: datetime) -> None:
    password = request.POST.get("password", "")
    if not password:
        raise Invalid(Refusal("sign.password", "请输入登录密码，再签名。", CLAUSE, field="password"))
    # The log-in's own way: what is tried here counts towards the same lock.
    if authenticate(request, username=request.user.get_username(), password=password) != request.user:
        raise Invalid(Refusal("sign.password", "密码不对，还没有签名，请再输一遍。", CLAUSE, field="password"))
    remember(request, now)
