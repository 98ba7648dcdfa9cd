"""A signature is given by the person and not by an open screen: the password again, unless it was given lately."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Organization
from accounts.roles import Role
from institutions import selectors as institutions
from kernel.refusals import Invalid, Refusal

GIVEN_AT = "password_given_at"
CLAUSE = "002 五(七)1(3)"


def remember(request: HttpRequest, now: datetime) -> None:
    """Note in the session that the password was given just now."""
    request.session[GIVEN_AT] = now.isoformat()


def asks(request: HttpRequest, centre: Organization) -> bool:
    """Say whether this session must give the password before it signs; an account without one has nothing to give."""
    return _asks(request, parse_datetime(request.session.get(GIVEN_AT, "")), [centre])


def prove(*, request: HttpRequest, password: str, now: datetime) -> None:
    """
    Hear the password and remember in the session that it was given.

    :raises Invalid: it is missing or wrong
    """
    _hear(request, password)
    remember(request, now)


def prove_to_api(request: Any, password: str) -> None:
    """
    Hear the password of whoever signs through the API: by a token, which was itself given for a password, or from
    the session of a browser. Whoever is doctor in several districts keeps to the strictest of them.

    :param request: of the framework of the API, around Django's own
    :raises Invalid: it is asked for, and missing or wrong
    """
    plain = request._request  # the log-in's lock reads the address of Django's own request
    given = request.auth.created if request.auth else parse_datetime(plain.session.get(GIVEN_AT, ""))
    centres = Organization.objects.filter(pk__in=request.actor.orgs_as(Role.DOCTOR))
    # Whoever is no doctor is turned away by the step itself.
    if centres and _asks(request, given, centres):
        _hear(plain, password)


def _asks(request, given, centres) -> bool:
    if not request.user.has_usable_password():
        return False
    now = timezone.now()
    today = timezone.localdate(now)
    minutes = min(institutions.settings_of(centre, today)["sign.password_minutes"] for centre in centres)
    return given is None or not now - timedelta(minutes=minutes) < given <= now


def _hear(request: HttpRequest, password: str) -> None:
    if not password:
        raise Invalid(Refusal("sign.password", "请输入登录密码，再签名。", CLAUSE, field="password"))
    # The log-in's own way: what is tried here counts towards the same lock.
    if authenticate(request, username=request.user.get_username(), password=password) != request.user:
        raise Invalid(Refusal("sign.password", "密码不对，还没有签名，请再输一遍。", CLAUSE, field="password"))
