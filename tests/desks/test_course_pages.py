"""The next visits as the dispatcher sees them on an order: proposed, ticked, booked in one press."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from orders.lifecycle import OrderStatus as S
from patients import selectors as patients
from patients import services as patient_services
from tests import world

pytestmark = pytest.mark.django_db
MORNING = "08:30-11:30"


@pytest.fixture
def town():
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.users[Role.DISPATCHER])
    return client


def page_of(row):
    return reverse("dispatch:order", args=[row.number])


def book(client, row, **data):
    return client.post(reverse("dispatch:order_course", args=[row.number]), data)


@pytest.mark.clause("002 五(六)1")
def test_one_press_makes_the_ticked_days_into_orders(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH, times=4)
    page = desk.get(page_of(row))
    form = page.context["course"]["form"]
    days = [value for value, _ in form.fields["days"].choices]

    answer = book(desk, row, days=days[:2], part=MORNING)

    assert "后续上门建议" in page.content.decode()
    assert "项目单还剩 3 次" in page.content.decode()
    assert len(days) == 3
    assert answer.url == page_of(row)
    after = desk.get(page_of(row))
    assert "已按所选日期生成后续订单" in after.content.decode()
    assert after.context["course"]["left"] == 1
    assert row.request.orders.count() == 3
    assert Event.objects.filter(action="orders.course_booked", object_id=str(row.request_id)).count() == 1


@pytest.mark.clause("002 五(四)")
def test_what_cannot_be_booked_is_said_beside_the_field_and_the_ticks_stay(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH, times=3)
    days = [value for value, _ in desk.get(page_of(row)).context["course"]["form"].fields["days"].choices]
    late = (row.prescription.valid_until + timedelta(days=3)).isoformat()

    none = book(desk, row, part=MORNING)
    no_part = book(desk, row, days=days)
    rubbish = book(desk, row, days=["2026-02-31", "x"], part="99")
    too_late = book(desk, row, days=[days[0], late], part=MORNING)

    assert {a.status_code for a in (none, no_part, rubbish, too_late)} == {422}
    assert "请选择 1 到 12 个日期" in none.content.decode()
    assert "请选择时段" in no_part.content.decode()
    assert "不能安排在这以后，需要医生重新开具。（依据 002 五(四)）" in too_late.content.decode()
    assert too_late.context["course"]["form"].data.getlist("days") == [days[0], late]
    assert row.request.orders.count() == 1


def test_with_nothing_left_nothing_is_proposed(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH, times=1)

    page = desk.get(page_of(row))

    assert page.context["course"] is None
    assert "后续上门建议" not in page.content.decode()


def test_twelve_proposed_visits_cost_as_much_as_one(town, desk):
    def cost(row):
        desk.get(page_of(row))
        with CaptureQueriesContext(connection) as spent:
            desk.get(page_of(row))
        return len(spent)

    few = world.order(town, at=S.AWAITING_DISPATCH, times=2)
    town.patient = world.neighbour(town, name="李桂芳").patient
    many = world.order(town, at=S.AWAITING_DISPATCH, times=40)

    assert len(desk.get(page_of(few)).context["course"]["visits"]) == 1
    assert len(desk.get(page_of(many)).context["course"]["visits"]) == 12
    assert cost(many) == cost(few)


@pytest.mark.clause("002 五(七)1(4)")
def test_an_order_whose_signature_holds_no_more_says_so_and_asks_again(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    assert not desk.get(page_of(row)).context["unsigned"]
    on = timezone.localdate(town.now)
    text = patients.text_in_force(district_id=town.district.pk, kind="consent", on=on).text
    patient_services.publish_text(
        district=town.district, kind="consent", text=text + "。", effective_on=on, by=world.SETUP, now=town.now
    )

    page = desk.get(page_of(row))
    answer = desk.post(reverse("dispatch:order_step", args=[row.number, "ask_again"]), {"version": row.version})

    assert "请家属重新签署后再派单" in page.content.decode()
    assert answer.url == page_of(row)
    assert world.fresh(row).status == S.AWAITING_CONSENT
