"""Event → people → text: who is told what, once, and nothing that a locked screen should not show."""

import re
from datetime import timedelta
from string import Formatter
from types import SimpleNamespace

import pytest
from django.urls import resolve

from accounts.roles import Role
from audit import delivery
from audit.models import Outbox
from kernel.refusals import Hidden
from notifications import selectors
from notifications import services as messages
from notifications.models import Message
from notifications.routes import LINKS, ROUTES, link
from notifications.subjects import Subject
from notifications.texts import TEXTS
from orders import services
from orders.lifecycle import ORDER, OrderStatus, RequestStatus
from orders.models import Order
from patients import services as patients
from tests import world
from tests.services.test_trace import events_in_the_code
from tests.world import persons

FACTS = {
    "second", "number", "patient", "nurse", "time", "accept_by", "window", "before", "day", "next", "call", "desk",
    "what", "hospital", "centre", "title",
}  # fmt: skip


def told(role_of, t) -> list[str]:
    """Templates of the messages that this person got, in order, after everything was delivered."""
    deliver_all()
    return list(Message.objects.filter(person=t.users[role_of]).order_by("pk").values_list("template", flat=True))


def deliver_all() -> None:
    while waiting := list(Outbox.objects.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True)):
        for pk in waiting:
            delivery.deliver(outbox_id=pk)


def test_every_route_has_its_words_its_event_and_its_page():
    templates = {route.template for routes in ROUTES.values() for route in routes}

    assert templates == set(TEXTS)
    assert set(ROUTES) <= events_in_the_code()
    assert {template.partition(".")[0] for template in templates} == {audience for audience, _ in LINKS}


@pytest.mark.parametrize("key", TEXTS)
def test_words_are_whole_sentences_without_secrets(key):
    words = TEXTS[key]

    assert words.text.endswith("。")
    assert len(words.text.format(**dict.fromkeys(FACTS, "十二个字以内的内容填在这"))) <= 200
    assert {name for _, name, _, _ in Formatter().parse(words.text) if name} <= FACTS
    assert not re.search("电话号码|身份证|诊断|病情|血压", words.title + words.text)


@pytest.mark.django_db
def test_the_family_hears_of_every_turn():
    t = world.town()
    world.order(t, at=OrderStatus.COMPLETED)

    assert told(Role.PROXY, t) == [
        "family.received",
        "family.assessment",
        "family.sign",
        "family.accepted",
        "family.departed",
        "family.finished",
    ]
    accepted = Message.objects.get(template="family.accepted")
    assert accepted.text == "护士顾晓雯将于3月3日 10:00上门为沈玉兰服务，请在家中等候。"
    assert accepted.link == f"/family/orders/{Order.objects.get().number}/"


@pytest.mark.django_db
def test_the_desk_the_doctor_and_the_nurse_hear_what_is_theirs():
    t = world.town()
    order = world.order(t, at=OrderStatus.OFFERED)

    assert told(Role.DISPATCHER, t) == ["desk.submitted"]
    assert told(Role.DOCTOR, t) == ["doctor.assessment"]
    assert told(Role.NURSE, t) == ["nurse.offered"]

    services.decline(order_id=order.pk, reason="身体不适", by=t.actor(Role.NURSE), now=t.now)

    assert told(Role.DISPATCHER, t) == ["desk.submitted", "desk.declined"]
    assert told(Role.NURSE, t) == ["nurse.offered"]
    assert "family.reseating" not in told(Role.PROXY, t)


@pytest.mark.django_db
def test_a_refused_application_says_where_the_reason_is_but_not_the_reason():
    t = world.town()
    world.request(t, RequestStatus.DECLINED)

    assert told(Role.PROXY, t) == ["family.declined"]
    assert "不在服务范围" not in Message.objects.get(template="family.declined").text


@pytest.mark.django_db
@pytest.mark.clause("002 五(二)2")
def test_a_visit_that_is_pulled_back_is_told_to_nurse_and_family():
    t = world.town()
    world.order(t, at=OrderStatus.ACCEPTED)
    services.pull_back(user_id=t.nurse.user_id, reason="退出上门服务", now=t.now)

    assert told(Role.NURSE, t)[-1] == "nurse.recalled"
    assert told(Role.PROXY, t)[-1] == "family.reseating"
    assert "正在为您重新安排护士" in Message.objects.get(template="family.reseating").text
    assert "退出" not in Message.objects.get(template="family.reseating").text


@pytest.mark.django_db
def test_an_offer_taken_back_before_the_answer_is_no_news_for_the_family():
    t = world.town()
    order = world.order(t, at=OrderStatus.OFFERED)
    before = told(Role.PROXY, t)
    services.recall(order_id=order.pk, reason="另有安排", by=t.actor(Role.DISPATCHER), now=t.now)

    assert told(Role.PROXY, t) == before
    assert told(Role.NURSE, t)[-1] == "nurse.recalled"


@pytest.mark.django_db
def test_who_cancels_is_not_told_and_the_others_are():
    t = world.town()
    order = world.order(t, at=OrderStatus.ACCEPTED)
    other = persons.person("沈家秀")
    patients.add_proxy(
        patient_id=t.patient.pk, user=other, relation="女儿", scopes=["manage"],
        expires_on=t.now.date() + timedelta(days=3000), by=world.SETUP, now=t.now,
    )  # fmt: skip
    services.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)

    assert told(Role.NURSE, t)[-1] == "nurse.cancelled"
    assert "family.cancelled" not in told(Role.PROXY, t)
    assert Message.objects.filter(person=other, template="family.cancelled").exists()


@pytest.mark.django_db
def test_a_new_time_is_told_to_the_nurse_who_loses_it():
    t = world.town()
    order = world.order(t, at=OrderStatus.ACCEPTED)
    start = t.now + timedelta(days=3)
    services.reschedule(
        order_id=order.pk, window_start=start, window_end=start + timedelta(hours=3), reason="家中有事",
        by=t.actor(Role.PROXY), now=t.now,
    )  # fmt: skip

    assert told(Role.NURSE, t)[-1] == "nurse.rescheduled"
    assert "family.rescheduled" not in told(Role.PROXY, t)


@pytest.mark.django_db
def test_what_goes_wrong_reaches_the_desk():
    t = world.town()
    world.order(t, at=OrderStatus.DISPUTED)
    world.order(t, at=OrderStatus.ABORTED)

    assert {"desk.objected", "desk.aborted"} <= set(told(Role.DISPATCHER, t))
    assert told(Role.PROXY, t)[-1] == "family.aborted"


@pytest.mark.django_db
def test_delivering_twice_tells_once():
    t = world.town()
    world.request(t, RequestStatus.RECEIVED)
    deliver_all()
    known = Message.objects.count()

    Outbox.objects.update(done_at=None)
    deliver_all()

    assert Message.objects.count() == known


@pytest.mark.django_db
def test_a_person_reads_only_the_own_messages():
    t = world.town()
    world.request(t, RequestStatus.RECEIVED)
    deliver_all()
    family, desk = t.actor(Role.PROXY), t.actor(Role.DISPATCHER)
    message = selectors.inbox(user_id=family.user_id).get()
    assert selectors.unread_count(user_id=family.user_id) == 1

    with pytest.raises(Hidden):
        messages.mark_read(message_id=message.pk, by=desk, now=t.now)
    messages.mark_read(message_id=message.pk, by=family, now=t.now)
    again = messages.mark_read(message_id=message.pk, by=family, now=t.now + timedelta(hours=1))

    assert again.read_at == t.now
    assert selectors.unread_count(user_id=family.user_id) == 0
    assert messages.mark_all_read(by=desk, now=t.now) == 1
    assert messages.mark_all_read(by=desk, now=t.now) == 0


def test_every_link_leads_to_a_page():
    """The desks' addresses stand as texts on the floor below them, so somebody has to follow them."""

    class Row:
        pk, number, assessment_id = 1, "D1", 1

    of_orders = {step.event for step in ORDER.steps} | {
        "orders.visit_overran", "orders.rating_replied", "orders.offer_reminded", "orders.visit_late",
        "orders.visit_missed",
    }  # fmt: skip
    for event, routes in ROUTES.items():
        seat = SimpleNamespace(pk=1) if event.startswith("orders.companion_") else None
        kind = "companion" if seat else "order" if event in of_orders else "request"
        if event.startswith(("safety.alarm_", "safety.flag_", "safety.report_", "safety.incident_")):
            kind = event.partition(".")[2].partition("_")[0]
        if event.startswith("clinical.call_back_"):
            kind = "call_back"
        if event.startswith("logistics."):
            kind = "wastebag" if "waste" in event else "specimen"
        if event.startswith("followups."):
            kind = "green" if "green" in event else "follow_up"
        if event.startswith("education."):
            kind = "learning" if "training" in event else "post" if "post" in event else "handout"
        if event.startswith("referrals."):
            kind = "remote" if "consult" in event else "referral"
        if event.startswith("consults."):
            kind = "consult"
        if event == "notifications.visit_reminded":
            kind = "order"
        payload = {"goods": 1} if event.startswith("logistics.") else {"call_back": 1}
        for route in routes:
            hers = event == "notifications.expiry_reminded" and route.template.startswith(("nurse.", "centre."))
            subject = Subject(Row(), payload, None, "standing" if hers else kind, seat=seat)
            assert resolve(link(route, subject)), route.template
