"""Who is acting: an account's posts and patients, put together at the edge and passed down as one Actor."""

from dataclasses import replace
from datetime import date

import structlog
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import User
from kernel.actors import ANONYMOUS, Actor
from patients import selectors as patients


def actor_for(user: User, *, on: date | None = None, ip: str = "", request_id: str = "") -> Actor:
    """Build the actor of an account as it stands on the day (today unless given)."""
    if not user.is_authenticated:
        return replace(ANONYMOUS, ip=ip, request_id=request_id)
    on = on or timezone.localdate()
    people, scopes = patients.links(user, on)
    return Actor(
        kind="user",
        id=str(user.pk),
        name=user.display_name,
        user_id=user.pk,
        orgs=accounts.orgs_by_role(user=user, on=on),
        patients=people,
        scopes=scopes,
        ip=ip,
        request_id=request_id,
    )


def of(request) -> Actor:
    """Build the actor behind a request (``user``, ``META``); the API asks again after a token was read."""
    bound = structlog.contextvars.get_contextvars()
    return actor_for(request.user, ip=request.META.get("REMOTE_ADDR", ""), request_id=bound.get("request_id", ""))
