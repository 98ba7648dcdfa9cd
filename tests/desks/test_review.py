"""The lead hospital's desk: its own alliance and nothing beyond, and its answers to referrals."""

import pytest
from django.urls import reverse

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Event
from orders.lifecycle import RequestStatus as Q
from referrals.models import Referral
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.services.test_notifications import deliver_all
from tests.world import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.REVIEWER)


def test_each_page_answers_the_reviewer_and_nobody_else(t, desk):
    others = [client(t, role) for role in (Role.SUPERVISOR, Role.CENTRE_ADMIN)]

    for name in ("centres", "orders", "referrals", "consults", "teams"):
        url = reverse(f"review:{name}")
        assert desk.get(url).status_code == 200, name
        assert [other.get(url).status_code for other in others] == [403, 403], name


def test_only_the_own_alliance_is_listed(t, desk):
    other = create_organisation(
        kind=Organization.Kind.HOSPITAL, name="另一家医院", short_name="另一家", parent=t.district, by=places.SETUP,
        now=t.now,
    )  # fmt: skip
    places.centre(other, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)

    page = text(desk.get(reverse("review:centres")))

    assert "潍坊" in page
    assert "陆家嘴" not in page


@pytest.mark.clause("002 五(四)")
def test_a_referred_application_waits_until_it_is_answered_and_every_look_is_recorded(t, desk):
    request = world.request(t, at=Q.REFERRED)
    deliver_all()
    row = Referral.objects.get()
    url = reverse("review:referrals_one", args=[row.number])

    waiting = text(desk.get(reverse("review:referrals")))
    page = desk.get(url)
    for name, typed in (("accept", {"arrangement": "今天收住普外科"}), ("arrive", {}), ("feed_back", {"outcome": ""})):
        pressed = desk.post(reverse("review:referrals_step", args=[row.number, name]), typed)
    silent = pressed.status_code
    answered = desk.post(pressed.request["PATH_INFO"], {"outcome": "已收治入院"})

    assert row.number in waiting
    assert t.patient.name not in waiting
    assert page.status_code == 200
    assert silent == 422
    assert answered.status_code == 302
    assert "已收治入院" in text(desk.get(reverse("review:referrals"), {"state": "fed_back"}))
    assert world.fresh(request).referral_outcome == "已收治入院"
    looks = Event.objects.filter(kind=Event.Kind.LOOK, object_id=str(row.pk), role="reviewer")
    assert looks.count() == 1


def test_one_order_shows_its_facts_and_a_request_that_was_not_referred_is_not_there(t, desk):
    order = world.order(t)

    page = desk.get(reverse("review:orders_one", args=[order.number]))

    assert t.patient.name in text(page)
    assert desk.get(reverse("review:referrals_one", args=[order.request.number])).status_code == 404


def test_lists_ask_as_many_queries_for_ten_rows_as_for_one(t, desk):
    offices.orders(t, 1)
    urls = [reverse("review:centres"), reverse("review:orders")]
    one = [count(desk, url) for url in urls]

    offices.orders(t, 9)
    for n in range(9):
        places.bare_centre(t.hospital, name=f"中心{n}", now=t.now)

    assert [count(desk, url) for url in urls] == one
