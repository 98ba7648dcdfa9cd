"""Several people at one address are registered one after another, for one day, and stand beside each other."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, Unmet
from orders import groups, services
from orders.models import ServiceRequest
from patients import privacy
from patients.models import Patient
from tests import world
from tests.desks.offices import client
from tests.desks.test_family import text
from tests.world import persons, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(一)1一")]


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def desk(t):
    return client(t, Role.DISPATCHER)


@pytest.fixture
def first(t):
    return world.request(t)


def beside(name, first, *args):
    return reverse(f"dispatch:{name}", args=args) + f"?with={first.number}"


def another(t, **more):
    day = t.now + timedelta(days=1)
    given = {
        "patient": persons.patient(name="吴阿宝"), "centre": t.centre, "wish": "请护士上门换药", "channel": "phone",
        "wished_from": day, "wished_to": day + timedelta(hours=3), "by": t.actor(Role.DISPATCHER), "now": t.now,
    } | more  # fmt: skip
    return services.submit(**given)


def test_a_neighbour_is_registered_with_the_address_and_the_day_of_the_first_and_nothing_else_of_hers(t, desk, first):
    page = text(desk.get(reverse("dispatch:request", args=[first.number])))
    assert reverse("dispatch:new") + f"?with={first.number}" in page

    found = text(desk.get(beside("new", first)))
    assert f"与申请 {first.number} 同一地址" in found
    assert beside("register", first) in found

    form = text(desk.get(beside("register", first)))
    assert privacy.address_line(first.address) in form
    for hers in (t.patient.name, privacy.phone(t.patient), privacy.identity_number(t.patient)):
        assert hers not in form

    said = {
        **persons.facts(name="吴阿宝"),
        "town": first.address.town_id,
        "address": privacy.address_line(first.address),
    }
    answer = desk.post(beside("register", first), said)
    patient = Patient.objects.exclude(pk=t.patient.pk).get()
    assert answer.url == beside("apply", first, patient.pk)

    form = text(desk.get(answer.url))
    assert f'value="{timezone.localtime(first.wished_from):%Y-%m-%d}"' in form
    assert first.wish not in form
    asked = {"centre": t.centre.pk, "channel": "phone", "wish": "请护士上门换药", "part": "08:30-11:30",
             "place": "home", "day": f"{timezone.localtime(first.wished_from):%Y-%m-%d}"}  # fmt: skip
    answer = desk.post(answer.url, asked)
    row = ServiceRequest.objects.get(patient=patient)
    assert row.booked_with == first
    assert answer.url == reverse("dispatch:request", args=[row.number])
    for one, other in ((first, row), (row, first)):
        assert other.number in text(desk.get(reverse("dispatch:request", args=[one.number])))


def test_whoever_follows_joins_the_first_of_the_group_and_each_sees_all_others(t, first):
    second = another(t, booked_with=first)
    third = another(t, booked_with=second, patient=persons.patient(name="钱梅"))
    assert {second.booked_with_id, third.booked_with_id} == {first.pk}
    me = t.actor(Role.DISPATCHER)
    assert [list(groups.beside(row, me)) for row in (first, second, third)] == [
        [second, third], [first, third], [first, second],
    ]  # fmt: skip
    act = traces.events().filter(kind="act", action="orders.request_submitted", object_id=str(third.pk)).get()
    assert act.data["booked_with"] == second.number


def test_a_group_is_of_one_centre_of_different_people_and_bounded(t, first, monkeypatch):
    elsewhere = places.offering_centre(t.district, t.edition)
    with pytest.raises(Invalid) as told:
        another(t, booked_with=first, centre=elsewhere)
    assert told.value.field_errors == {"centre": ["一起预约的申请，请由同一个中心承接。"]}
    services.decline_request(request_id=first.pk, reason="改期再来", by=t.actor(Role.DISPATCHER), now=t.now)
    with pytest.raises(Invalid):
        another(t, booked_with=first, patient=t.patient)
    monkeypatch.setattr(groups, "MOST", 2)
    another(t, booked_with=first)
    with pytest.raises(Unmet) as told:
        another(t, booked_with=first, patient=persons.patient(name="钱梅"))
    assert [no.code for no in told.value.reasons] == ["request.group_full"]


def test_the_neighbours_address_is_the_desks_alone_and_opening_it_stands_in_the_trace(t, desk, first):
    looks = traces.events().filter(kind="look", action="orders.looked", object_id=str(first.pk))
    assert not looks.exists()

    desk.get(beside("register", first))
    assert looks.exists()

    elsewhere = places.offering_centre(t.district, t.edition)
    also = t.users[Role.DOCTOR]  # sees the request as its doctor, and is dispatcher of another centre
    places.post(elsewhere, Role.DISPATCHER, user=also)
    both = Client()
    both.force_login(also)
    assert both.get(beside("register", first)).status_code == 404
    assert both.get(beside("new", first)).status_code == 404


def test_who_lives_elsewhere_is_said_to_and_another_town_is_no_address_of_the_group(t, desk, first):
    spelt = persons.patient(name="吴阿宝", address="芦荻路１２弄3号401室")
    next_door = persons.patient(name="钱梅", address="芦荻路 12 弄 3 号 402 室")
    desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": "", "phone": privacy.phone(spelt)})
    desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": "", "phone": privacy.phone(next_door)})
    assert "同一地址、一起预约" in text(desk.get(beside("apply", first, spelt.pk)))
    assert "两位登记的地址不同" in text(desk.get(beside("apply", first, next_door.pk)))
    another(t, booked_with=first, patient=spelt)
    another(t, booked_with=first, patient=next_door)
    page = text(desk.get(reverse("dispatch:request", args=[first.number])))
    assert page.count("登记的地址不同") == 1

    with pytest.raises(Invalid) as told:
        another(t, booked_with=first, patient=persons.patient(town=places.LUJIAZUI))
    assert "request.group_town" in [no.code for no in told.value.reasons]


def test_an_afternoon_that_a_family_asked_for_stays_an_afternoon(t, desk):
    at = timezone.localtime(t.now + timedelta(days=1)).replace(hour=13, minute=30)
    first = world.request(t, wished_from=at, wished_to=at + timedelta(hours=3))
    neighbour = persons.patient(name="吴阿宝")

    form = desk.get(beside("apply", first, neighbour.pk)).context["form"]

    assert form["part"].value() == "13:00-16:30"
    assert form["channel"].value() == "phone"  # not how the first one came in


@pytest.mark.parametrize("address", ["new", "register"])
def test_a_character_that_no_keyboard_types_is_refused_and_no_fault(desk, address):
    answer = desk.get(reverse(f"dispatch:{address}") + "?with=%00")

    assert answer.status_code == 400
    assert "没有被读懂" in text(answer)


def test_nobody_registers_beside_a_request_of_another_centre(t, desk, first):
    other = places.offering_centre(t.district, t.edition)
    stranger = places.staff(other, Role.DISPATCHER)
    with pytest.raises(Hidden):
        another(t, booked_with=first, by=stranger, centre=other)
    client = Client()
    client.force_login(User.objects.get(pk=stranger.user_id))
    assert client.get(beside("new", first)).status_code == 404
    assert client.get(beside("register", first)).status_code == 404
    assert list(groups.beside(first, stranger)) == []
