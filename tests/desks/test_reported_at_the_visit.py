"""Something goes wrong at a visit: the nurse reports it from her phone, and the centre reads it at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from indicators.signals import KINDS
from kernel.refusals import Hidden, Invalid, NotNow
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from patients.actors import actor_for
from safety import services
from safety.models import Incident
from tests import world
from tests.desks import offices
from tests.desks.phones import Phone
from tests.services.test_notifications import deliver_all
from tests.world import persons

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(七)1(1)")]
THERE = world.NOW + timedelta(days=1, hours=1, minutes=17)  # world.order() has its nurse arrive two minutes past ten
FELL = {"incident_kind": "fall", "incident_text": "协助翻身时从床边滑坐到地上，神志清楚，已测血压。"}


@pytest.fixture
def t(clock):
    clock(THERE)
    return world.town()


@pytest.fixture
def order(t):
    row = world.order(t, at=S.IN_SERVICE)
    deliver_all()
    return row


def told(user):
    return [message.text for message in Message.objects.filter(person=user)]


def test_what_she_reports_without_network_reaches_desk_and_head_with_the_hour_it_happened(t, order):
    phone = Phone(t.users[Role.NURSE])

    answer = phone.hand_in(order, "incident", fields=FELL, offline_for=timedelta(minutes=10))
    again = phone.hand_in(order, "incident", fields=FELL)
    deliver_all()

    row = Incident.objects.get()
    assert (answer["result"], again["result"]) == ("taken", "taken")
    assert (row.order, row.kind, row.text) == (order, "fall", FELL["incident_text"])
    assert row.opened_at == THERE - timedelta(minutes=10)
    event = Event.objects.get(action="safety.incident_opened")
    assert (event.actor_id, event.role) == (str(t.users[Role.NURSE].pk), Role.NURSE)
    for role in (Role.DISPATCHER, Role.CENTRE_ADMIN):
        assert [said for said in told(t.users[role]) if "跌倒或坠床" in said and order.number in said], role
        listing = offices.client(t, role).get(reverse("centre:incidents")).content.decode()
        assert "跌倒或坠床" in listing
        page = offices.client(t, role).get(reverse("centre:incidents_one", args=[row.pk]))
        assert FELL["incident_text"] in page.content.decode()
    assert not [said for said in told(t.users[Role.PROXY]) if "跌倒" in said]


def test_a_report_without_script_keeps_what_was_typed_and_is_shown_on_her_page(t, order):
    nurse, where = offices.client(t, Role.NURSE), reverse("nurse:incident", args=[order.number])

    refused = nurse.post(where, {**FELL, "incident_kind": ""})
    taken = nurse.post(where, FELL, follow=True)

    assert refused.status_code == 422
    assert "请选择不良事件的类别" in refused.content.decode()
    assert FELL["incident_text"] in refused.content.decode()
    assert "已报告，专员和中心管理员马上会看到" in taken.content.decode()
    assert "已登记：跌倒或坠床" in taken.content.decode()


def test_a_second_report_of_one_kind_is_refused_and_another_kind_is_taken(t, order):
    nurse = t.actor(Role.NURSE)
    services.report_at_visit(order_id=order.pk, kind="fall", text="滑坐在地", by=nurse, now=THERE)

    with pytest.raises(NotNow, match="补充"):
        services.report_at_visit(order_id=order.pk, kind="fall", text="又一次滑倒", by=nurse, now=THERE)
    services.report_at_visit(order_id=order.pk, kind="sharp", text="拔针时刺破手指，已冲洗", by=nurse, now=THERE)

    assert sorted(Incident.objects.values_list("kind", flat=True)) == ["fall", "sharp"]


def test_only_her_own_visit_and_only_what_is_hers_to_report(t, order):
    said = {"text": "滑坐在地", "now": THERE}
    colleague = actor_for(persons.nurse(t.centre, name="高雅静").user, on=timezone.localdate())

    with pytest.raises(Invalid, match="类别"):
        services.report_at_visit(order_id=order.pk, kind="overrun", by=t.actor(Role.NURSE), **said)
    for stranger in (colleague, t.actor(Role.DISPATCHER), t.actor(Role.PROXY)):
        with pytest.raises(Hidden):
            services.report_at_visit(order_id=order.pk, kind="fall", by=stranger, **said)
    assert not Incident.objects.exists()


def test_nothing_goes_wrong_at_a_door_that_she_has_not_reached(t):
    coming = world.order(t, at=S.EN_ROUTE)

    with pytest.raises(NotNow, match="签到以后"):
        services.report_at_visit(order_id=coming.pk, kind="fall", text="滑倒", by=t.actor(Role.NURSE), now=THERE)

    assert not Incident.objects.exists()


def test_a_fall_counts_as_an_adverse_event_of_the_item_and_her_pricked_finger_does_not():
    assert "fall" in KINDS
    assert not {"sharp", "violence", "overrun"} & set(KINDS)
