"""A crowd at the door: so many at once, the others one after the other, and nobody is answered with an error page."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from nursing_platform.turnstile import Turnstile


@pytest.fixture
def hall(settings):
    """A view that counts who is inside, and lets nobody out before it is told."""
    settings.WEB_AT_ONCE = 2
    settings.WEB_PATIENCE_SECONDS = 30
    return Hall()


class Hall:
    def __init__(self):
        self.inside, self.most, self.lock, self.out = 0, 0, Lock(), Event()
        self.full = Event()

    def view(self, request):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == 2:
                self.full.set()
        self.out.wait(10)
        with self.lock:
            self.inside -= 1
        return HttpResponse("done")


def ask(door, path="/dispatch/queue/", **headers):
    return door(RequestFactory().get(path, **headers))


def test_so_many_are_let_in_and_the_others_have_their_turn(hall):
    door = Turnstile(hall.view)
    with ThreadPoolExecutor(6) as crowd:
        answers = [crowd.submit(ask, door) for _ in range(6)]
        assert hall.full.wait(10)
        hall.out.set()

    assert [one.result().status_code for one in answers] == [200] * 6
    assert hall.most == 2


def test_who_waits_too_long_is_told_politely_and_when_to_come_back(hall, settings):
    settings.WEB_PATIENCE_SECONDS = 0.05
    door = Turnstile(hall.view)
    with ThreadPoolExecutor(2) as crowd:
        for _ in range(2):
            crowd.submit(ask, door)
        assert hall.full.wait(10)

        page, api = ask(door), ask(door, "/api/v1/orders/", HTTP_ACCEPT="application/json")
        watched = ask(Turnstile(lambda request: HttpResponse("ok")), "/healthz")
        hall.out.set()

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "现在办理的人很多" in page.content.decode()
    assert api.status_code == 503
    assert watched.status_code == 200


def test_whoever_watches_the_server_does_not_wait(hall):
    door = Turnstile(hall.view)
    with ThreadPoolExecutor(2) as crowd:
        for _ in range(2):
            crowd.submit(ask, door)
        assert hall.full.wait(10)
        hall.out.set()

        assert ask(door, "/readyz").status_code == 200


def test_a_view_that_breaks_gives_its_place_back(settings):
    settings.WEB_AT_ONCE = 1

    def breaks(request):
        raise ZeroDivisionError

    door = Turnstile(breaks)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            ask(door)
