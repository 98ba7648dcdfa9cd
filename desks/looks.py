"""The recorded look at a person, by a page that may refresh itself many times while it is open."""

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from audit import looks
from audit import services as audit

ONE_LOOK = 15 * 60  # seconds: a page that stays open and refreshes itself is one look


def looked(request: HttpRequest, *, target: Model, why: str) -> None:
    """Record that this session opened this person's page; again after a quarter of an hour (002 五(八))."""
    key = f"look:{request.session.session_key}:{target._meta.label_lower}:{target.pk}"
    if looks.is_new(key, seconds=ONE_LOOK):
        audit.looked(target=target, by=request.actor, now=timezone.now(), why=why)
