"""Every page of the lead hospital's desk in its main states, in a real browser."""

import pytest

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from tests.journeys import offices
from tests.journeys.people import DESK, Album, Person


@pytest.mark.browser
def test_every_page_of_the_desk_can_be_looked_at(browser, asgi_server, transactional_db):
    town = offices.town()
    desk = Person(browser, Album("review"), asgi_server, DESK, town.users[Role.REVIEWER].username)
    desk.sign_in()
    desk.open("/review/referrals/")
    desk.look("referrals-empty")

    rows = offices.busy(town)
    offices.papers(town)
    for name in ("", "orders/", "referrals/", f"orders/{rows[S.DISPUTED].number}/"):
        desk.open(f"/review/{name}")
        desk.look(name.split("/")[0] or "centres")
    for name in ("consults", "teams"):
        desk.open(f"/review/{name}/")
        desk.look(f"{name}-empty")

    assert desk.wrong == []
