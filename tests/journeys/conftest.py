"""Who comes in, for stories in which several people meet."""

import pytest

from tests import midnight
from tests.journeys.people import PASSWORD, Album, Person


@pytest.fixture(autouse=True)
def _not_across_midnight():
    """Browsers, servers and workers live by the real clock here; most stories speak of today and tomorrow."""
    midnight.let_pass()


@pytest.fixture
def somebody(browser, asgi_server):
    """Whoever comes in; what any of them saw go wrong fails the test."""
    people = []

    def enter(user, shape, album):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        person = Person(browser, Album(album), asgi_server, shape, user.username)
        people.append(person)
        person.sign_in()
        return person

    yield enter
    faults = [fault for person in people for fault in person.faults()]
    for person in people:
        person.context.close()
    assert faults == []
