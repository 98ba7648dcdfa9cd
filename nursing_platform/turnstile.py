"""How many requests one process answers at the same moment: more than it has connections for would all fail."""

from threading import BoundedSemaphore

from django.conf import settings

from nursing_platform import errors

FREE = frozenset({"/healthz", "/readyz", "/metrics"})  # who watches a busy server must not wait for it
COME_BACK = 5  # seconds


class Turnstile:
    """
    Let so many requests in; the others wait in their own threads, before they open a connection.

    Whoever has waited too long is told so, and has changed nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.places = BoundedSemaphore(settings.WEB_AT_ONCE)

    def __call__(self, request):
        if request.path in FREE:
            return self.get_response(request)
        if not self.places.acquire(timeout=settings.WEB_PATIENCE_SECONDS):
            answer = errors.busy(request)
            answer["Retry-After"] = str(COME_BACK)
            return answer
        try:
            return self.get_response(request)
        finally:
            self.places.release()
