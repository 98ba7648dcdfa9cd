"""A patient has moved: the desk writes the new address down, and whoever goes there next goes to the right door."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from institutions import services as institutions
from institutions.models import Town
from kernel.refusals import Unmet
from orders import course, services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import ServiceRequest
from patients import privacy, selectors
from patients import services as patient_services
from patients.models import Address
from tests import world
from tests.desks.offices import client, text
from tests.world import persons, places

pytestmark = pytest.mark.django_db
OLD = "芦荻路 12 弄 3 号 401 室"
NEW = {"town": places.WEIFANG, "address": "南泉路 8 弄 2 号 101 室", "access_note": "电梯在后门"}
AWAY = {**NEW, "town": places.LUJIAZUI, "address": "梧桐里 5 号"}
WARNING = "服务对象的地址已变更，请核对上门地址；需要时取消后重新安排。"


@pytest.fixture
def town():
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    return client(town, Role.DISPATCHER)


def application(t, **changed):
    day = timezone.localdate() + timedelta(days=2)
    return {
        "centre": t.centre.pk, "channel": "phone", "wish": "想请护士上门量血压", "items": [t.item(14).pk],
        "day": day.isoformat(), "part": "08:30-11:30", "place": "home", **changed,
    }  # fmt: skip


def apply(desk, patient, given):
    return desk.post(reverse("dispatch:apply", args=[patient.pk]), given)


def move(desk, request, given):
    return desk.post(reverse("dispatch:address", args=[request.number]), given)


def next_visit(desk, request):
    day = timezone.localdate() + timedelta(days=3)
    lines = [line.pk for line in request.prescription.lines.all()]
    given = {"lines": lines, "day": day.isoformat(), "part": "08:30-11:30"}
    return desk.post(reverse("dispatch:next_visit", args=[request.number]), given)


def page(desk, row):
    name = "request" if isinstance(row, ServiceRequest) else "order"
    return desk.get(reverse(f"dispatch:{name}", args=[row.number]))


def line(address):
    return privacy.address_line(Address.objects.get(pk=address.pk))


def home(patient):
    return line(selectors.current_address(patient.pk))


def moves(patient):
    return Event.objects.filter(action="patients.address_changed", object_id=str(patient.pk)).count()


# --- the application by telephone -------------------------------------------------------------------------------------


def test_who_has_moved_and_applies_by_telephone_is_visited_at_the_new_door(town, desk):
    answer = apply(desk, town.patient, application(town, **NEW))

    row = ServiceRequest.objects.get()
    assert answer.status_code == 302
    assert line(row.address) == home(town.patient) == NEW["address"]
    assert row.address.access_note == NEW["access_note"]
    assert moves(town.patient) == 1


def test_who_has_not_moved_leaves_the_new_address_empty(town, desk):
    shown = text(desk.get(reverse("dispatch:apply", args=[town.patient.pk])))
    answer = apply(desk, town.patient, application(town, town="", address=" ", access_note=""))

    assert "服务对象已搬家，填写新地址" in shown
    assert answer.status_code == 302
    assert line(ServiceRequest.objects.get().address) == OLD
    assert moves(town.patient) == 0


def test_half_an_address_is_told_beside_the_field_and_what_was_typed_stays(town, desk):
    no_town = apply(desk, town.patient, application(town, address=NEW["address"]))
    no_door = apply(desk, town.patient, application(town, town=places.WEIFANG))
    rubbish = apply(desk, town.patient, application(town, **{**NEW, "town": "x"}))
    long = apply(desk, town.patient, application(town, **{**NEW, "address": "弄" * 121}))

    assert {a.status_code for a in (no_town, no_door, rubbish, long)} == {422}
    assert no_town.context["form"].errors == {"town": ["请选择现住街镇。"]}
    assert NEW["address"] in text(no_town)
    assert no_door.context["form"].errors == {"address": ["请填写详细地址。"]}
    assert rubbish.context["form"].errors == {"town": ["请从列表中选择现住街镇。"]}
    assert long.context["form"].errors == {"address": ["详细地址请不要超过 120 个字。"]}
    assert not ServiceRequest.objects.exists()


@pytest.mark.clause("002 五(二)1")
def test_an_application_that_is_refused_moves_nobody(town, desk):
    emergency = apply(desk, town.patient, application(town, wish="突然胸痛，喘不上气", **NEW))
    away = apply(desk, town.patient, application(town, **AWAY))

    assert "依据 002 五(五)" in text(emergency)
    assert NEW["address"] in text(emergency)
    assert away.status_code == 422
    assert "依据 002 五(二)1" in text(away)
    assert home(town.patient) == OLD
    assert moves(town.patient) == 0


def test_who_has_moved_here_from_another_centres_town_is_served_here(town, desk):
    number = persons.citizen_number(333)
    far = persons.patient(by=world.SETUP, now=town.now, town=places.LUJIAZUI, identity_number=number)
    unasked = apply(desk, far, application(town, **NEW))
    desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": number})

    answer = apply(desk, far, application(town, **NEW))

    assert unasked.status_code == 404
    assert answer.status_code == 302
    assert line(ServiceRequest.objects.get().address) == NEW["address"]


# --- the page of a request --------------------------------------------------------------------------------------------


def test_the_desk_changes_the_address_and_the_first_visit_goes_there(town, desk):
    row = world.request(town, Q.RECEIVED)

    assert "变更地址" in text(page(desk, row))
    answer = move(desk, row, NEW)

    assert answer.url == reverse("dispatch:request", args=[row.number])
    assert line(world.fresh(row).address) == NEW["address"]
    assert "地址已变更" in text(page(desk, row))
    assert page(desk, row).context["patient"]["address"] == NEW["address"]
    assert Event.objects.filter(action="orders.request_moved", object_id=str(row.pk)).count() == 1
    move(desk, row, NEW)  # pressed twice
    assert moves(town.patient) == 1


def test_what_is_wrong_with_the_address_is_told_beside_the_field_and_what_was_typed_stays(town, desk):
    row = world.request(town)

    empty = move(desk, row, {"town": "", "address": " "})
    unreadable = move(desk, row, {**NEW, "address": "南泉路\u200b8 弄", "access_note": "电梯在后门"})
    long = move(desk, row, {**NEW, "access_note": "门" * 121})

    assert {a.status_code for a in (empty, unreadable, long)} == {422}
    assert empty.context["moving"]["form"].errors == {"town": ["请选择现住街镇。"], "address": ["请填写详细地址。"]}
    assert "详细地址中有无法显示的字符，请重新填写。" in text(unreadable)
    assert "电梯在后门" in text(unreadable)
    assert long.context["moving"]["form"].errors == {"access_note": ["上门提示请不要超过 120 个字。"]}
    assert home(town.patient) == OLD


def test_a_town_that_was_mistaken_is_put_right_again(town, desk):
    row = world.request(town)

    move(desk, row, AWAY)
    assert "依据 002 五(二)1" in text(desk.post(reverse("dispatch:request_step", args=[row.number, "receive"])))
    assert move(desk, row, NEW).status_code == 302

    assert home(town.patient) == NEW["address"]


def test_a_family_that_moved_after_it_applied_is_pointed_out(town, desk):
    row = world.request(town)
    weifang = Town.objects.get(pk=places.WEIFANG)
    by = town.actor(Role.PROXY)
    patient_services.change_address(
        patient_id=town.patient.pk, town=weifang, address=NEW["address"], by=by, now=timezone.now()
    )

    assert "首诊仍按申请时的地址上门" in text(page(desk, row))
    move(desk, row, NEW)

    assert "首诊仍按申请时的地址上门" not in text(page(desk, row))
    assert line(world.fresh(row).address) == NEW["address"]


def test_another_centres_desk_and_other_roles_move_nobody(town):
    row = world.request(town)
    elsewhere = places.centre(town.district, towns=(places.LUJIAZUI,), name="陆家嘴", now=town.now)
    stranger, doctor = Client(), Client()
    stranger.force_login(places.post(elsewhere, Role.DISPATCHER, now=town.now).user)
    doctor.force_login(town.users[Role.DOCTOR])

    assert move(stranger, row, AWAY).status_code == 404
    assert apply(stranger, town.patient, application(town, **AWAY)).status_code == 404
    assert move(doctor, row, NEW).status_code == 403
    assert home(town.patient) == OLD


def test_a_request_that_is_over_keeps_its_address(town, desk):
    row = world.request(town, Q.WITHDRAWN)

    assert "变更地址" not in text(page(desk, row))
    assert "这份申请已经结束" in text(move(desk, row, NEW))
    assert home(town.patient) == OLD


# --- orders -----------------------------------------------------------------------------------------------------------


def test_an_order_made_after_the_move_goes_to_the_new_door_and_the_older_one_warns(town, desk):
    older = world.order(town, at=S.AWAITING_DISPATCH)
    assert WARNING not in text(page(desk, older))

    move(desk, older.request, NEW)
    assert next_visit(desk, older.request).status_code == 302

    newer = older.request.orders.latest("pk")
    assert newer.pk != older.pk
    assert (line(older.address), line(newer.address)) == (OLD, NEW["address"])
    assert WARNING in text(page(desk, older))
    assert WARNING not in text(page(desk, newer))
    services.cancel(order_id=older.pk, reason="搬家了", by=town.actor(Role.DISPATCHER), now=timezone.now())
    assert WARNING not in text(page(desk, older))


def test_the_visits_of_a_course_go_to_the_new_door(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    move(desk, row.request, NEW)
    days = [visit.day.isoformat() for visit in course.proposal(world.fresh(row.prescription), timezone.now())]

    answer = desk.post(reverse("dispatch:order_course", args=[row.number]), {"days": days, "part": "08:30-11:30"})

    assert answer.status_code == 302
    made = row.request.orders.exclude(pk=row.pk)
    assert [line(one.address) for one in made] == [NEW["address"]] * len(days)


@pytest.mark.clause("002 五(二)1")
def test_who_moved_out_of_the_jurisdiction_is_refused_with_the_clause_when_the_next_visit_is_made(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    left = world.fresh(row.prescription).times_left
    move(desk, row.request, AWAY)
    days = [visit.day for visit in course.proposal(world.fresh(row.prescription), timezone.now())]

    single = next_visit(desk, row.request)
    several = desk.post(
        reverse("dispatch:order_course", args=[row.number]), {"days": [str(days[0])], "part": "08:30-11:30"}
    )

    assert {single.status_code, several.status_code} == {422}
    for answer in (single, several):
        assert "这个地址不在潍坊社区卫生服务中心的服务辖区内" in text(answer)
        assert "依据 002 五(二)1" in text(answer)
    assert row.request.orders.count() == 1
    assert world.fresh(row.prescription).times_left == left


@pytest.mark.clause("002 五(二)1")
def test_the_jurisdiction_is_asked_for_the_day_of_the_visit(town, desk):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    days = [visit.day for visit in course.proposal(world.fresh(row.prescription), timezone.now())]
    institutions.assign_town(
        organisation=town.centre, town=Town.objects.get(pk=places.LUJIAZUI), starts_on=days[1], by=world.SETUP,
        now=timezone.now(),
    )  # fmt: skip
    move(desk, row.request, AWAY)
    book = {"request_id": row.request_id, "part": (time(8, 30), time(11, 30)), "by": town.actor(Role.DISPATCHER)}

    with pytest.raises(Unmet) as no:
        services.book_course(days=days, now=timezone.now(), **book)
    made = services.book_course(days=days[1:], now=timezone.now(), **book)

    assert no.value.code == "centre.jurisdiction"
    assert {line(one.address) for one in made} == {AWAY["address"]}
