"""``request.actor``, lazily; and the end of every session whose account was ended meanwhile."""

from django.contrib.auth import logout
from django.utils.functional import SimpleLazyObject

from nursing_platform import logs
from nursing_platform.actors import actor_for

EPOCH = "epoch"


class ActorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and EPOCH in request.session:
            if request.session[EPOCH] != request.user.session_epoch:
                logout(request)
        request.actor = SimpleLazyObject(lambda: of(request))
        return self.get_response(request)


def of(request):
    """The actor behind a request; the API builds its own after the token was read."""
    return actor_for(request.user, ip=request.META.get("REMOTE_ADDR", ""), request_id=logs.request_id())
