"""``request.actor``, lazily; and the end of every session whose account was ended meanwhile."""

from django.contrib.auth import logout
from django.utils.functional import SimpleLazyObject

from accounts.sessions import EPOCH
from patients.actors import of


class ActorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        session = request.session
        if (
            request.user.is_authenticated
            and session.get(EPOCH, request.user.session_epoch) != request.user.session_epoch
        ):
            logout(request)
        request.actor = SimpleLazyObject(lambda: of(request))
        return self.get_response(request)
