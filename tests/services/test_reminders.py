"""Reminders: the evening before a visit, before papers end, and what the doctor wrote to be heeded. Each once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.roles import Role
from audit import delivery, tasks
from audit.models import Due
from clinical.models import Prescription
from notifications import services as notifications
from notifications.models import Message
from nurses import services as nurses
from nurses.models import Certificate, Insurance
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from patients.models import Consent
from tests import world
from tests.world import places, traces

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def t():
    made = world.town()
    made.users["head"] = made.users[Role.CENTRE_ADMIN]
    return made


def pass_time(moment):
    """Everything due by then is done, and what it caused is handed over."""
    while delivery.sweep(older_than=-DAY):
        pass
    delivery.run_due(now=moment)
    while delivery.sweep(older_than=-DAY):
        pass


def told(user, *templates):
    rows = Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True)
    return [template for template in rows if template in templates]


def evening_before(order):
    day = order.planned_start.astimezone(ZONE).date() - DAY
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=18)


def accepted_for_later(t, days=2):
    """A visit two days on, which a nurse has agreed to today."""
    order = world.order(t, at=S.AWAITING_DISPATCH)
    start = t.now.replace(hour=10) + timedelta(days=days)
    services.offer(
        order_id=order.pk, nurse_id=t.nurse.pk, planned_start=start, override="家属同意", by=t.actor(Role.DISPATCHER),
        now=t.now,
    )  # fmt: skip
    return services.accept(order_id=order.pk, by=t.actor(Role.NURSE), now=t.now)


# --- the visit --------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(四)")
def test_family_and_nurse_are_reminded_once_at_six_the_evening_before(t):
    order = accepted_for_later(t)
    evening = evening_before(order)

    pass_time(evening - MINUTE)
    assert told(t.users[Role.PROXY], "family.visit_tomorrow") == []
    pass_time(evening)
    pass_time(evening + MINUTE)

    assert told(t.users[Role.PROXY], "family.visit_tomorrow") == ["family.visit_tomorrow"]
    assert told(t.users[Role.NURSE], "nurse.visit_tomorrow") == ["nurse.visit_tomorrow"]
    assert traces.events().filter(action="notifications.visit_reminded").count() == 1


def test_a_visit_that_was_called_off_is_not_reminded_of(t):
    order = accepted_for_later(t)
    services.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)

    pass_time(evening_before(order))

    assert told(t.users[Role.PROXY], "family.visit_tomorrow") == []
    assert Due.objects.get(kind="reminder.visit").outcome == "reminder.moved_on"


def test_who_agrees_after_the_evening_has_just_been_told(t):
    order = world.order(t, at=S.ACCEPTED)
    Due.objects.filter(kind="reminder.visit").delete()

    notifications.promise_visit_reminder(order_id=order.pk, now=evening_before(order))

    assert not Due.objects.filter(kind="reminder.visit").exists()


# --- papers that end --------------------------------------------------------------------------------------------------


def renew_everything(t):
    """The nurse's papers last for years, except for what a story is about."""
    far = timezone.localdate() + timedelta(days=2000)
    Certificate.objects.update(expires_on=far)
    Insurance.objects.update(expires_on=far)
    t.nurse.trainings.update(expires_on=far)
    t.nurse.registry_checks.update(recheck_due=far)
    type(t.nurse).objects.update(certificate_expires_on=far)


def morning(day):
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=6)


@pytest.mark.clause("002 五(二)2")
def test_a_nurse_s_paper_is_reminded_of_at_ninety_sixty_and_thirty_days_each_once(t):
    renew_everything(t)
    ends = t.now.date() + timedelta(days=100)
    Insurance.objects.filter(kind="liability").update(expires_on=ends)

    for days in range(101):
        now = morning(t.now.date() + timedelta(days=days))
        notifications.look_ahead(now=now)
        notifications.look_ahead(now=now)
        if days in (10, 11, 40, 70, 100):
            pass_time(now)

    said = Due.objects.filter(kind="reminder.expiry").order_by("due_at")
    assert [row.payload["days"] for row in said] == [90, 60, 30]
    assert [row.outcome for row in said] == ["done"] * 3
    assert told(t.nurse.user, "nurse.expiring") == ["nurse.expiring"] * 3
    assert told(t.users["head"], "centre.expiring") == ["centre.expiring"] * 3
    message = Message.objects.filter(template="nurse.expiring").first()
    assert "责任险" in message.text
    assert message.link == "/nurse/me/"


def test_a_renewed_paper_is_not_reminded_of(t):
    renew_everything(t)
    today = t.now.date()
    Insurance.objects.filter(kind="liability").update(expires_on=today + timedelta(days=20))
    notifications.look_ahead(now=morning(today))
    nurses.record_insurance(
        nurse_id=t.nurse.pk, kind="liability", insurer="示范保险", policy_number="P-2", starts_on=today,
        expires_on=today + timedelta(days=365), by=places.SETUP, now=t.now,
    )  # fmt: skip

    pass_time(t.now)

    assert Due.objects.get(kind="reminder.expiry").outcome == "reminder.moved_on"
    assert told(t.nurse.user, "nurse.expiring") == []


@pytest.mark.clause("002 五(六)1")
def test_papers_under_a_running_care_are_told_to_family_doctor_and_desk(t):
    renew_everything(t)
    world.order(t, at=S.AWAITING_DISPATCH)
    today = t.now.date() + timedelta(days=200)
    Prescription.objects.update(valid_until=today + timedelta(days=30))
    Consent.objects.update(valid_until=today + timedelta(days=400))
    Consent.objects.filter(text__kind="consent").update(valid_until=today + timedelta(days=60))

    Due.objects.all().delete()  # else the paper's own last day, which this story has moved, comes first
    notifications.look_ahead(now=morning(today))
    pass_time(morning(today))

    said = Message.objects.filter(template="family.expiring").order_by("pk")
    assert {message.text.split("将于")[0] for message in said} == {"沈玉兰的服务项目单", "沈玉兰的知情同意书"}
    assert len(told(t.users[Role.DOCTOR], "doctor.expiring")) == 2
    assert len(told(t.users[Role.DISPATCHER], "desk.expiring")) == 2


# --- what is to be heeded ---------------------------------------------------------------------------------------------


def prescribed_with(t, cautions):
    """The world's doctor writes no cautions, so they are put on the signed paper before its event is heard."""
    request = world.request(t, Q.PRESCRIBED)
    Prescription.objects.filter(pk=request.prescription_id).update(cautions=cautions)
    return request


@pytest.mark.clause("003 二(六)17")
def test_what_the_doctor_wrote_to_be_heeded_is_sent_the_morning_after_and_says_nothing_itself(t):
    request = prescribed_with(t, "降压药早饭后服用，不可自行停药")

    pass_time(t.now + timedelta(hours=12))
    assert told(t.users[Role.PROXY], "family.guidance") == []
    pass_time(t.now + DAY)
    pass_time(t.now + DAY)

    message = Message.objects.get(template="family.guidance")
    assert message.person == t.users[Role.PROXY]
    assert "降压药" not in message.text
    assert message.link == f"/family/requests/{request.number}/"


def test_without_such_words_nothing_is_sent(t):
    prescribed_with(t, "")

    pass_time(t.now + DAY)

    assert not Due.objects.filter(kind="reminder.guidance").exists()


# --- the tick ---------------------------------------------------------------------------------------------------------


def test_the_day_s_look_is_promised_once_however_many_ticks_there_are(t, monkeypatch):
    monkeypatch.setattr(delivery, "clock", lambda: morning(t.now.date()))

    for _ in range(3):
        tasks.tick()

    assert Due.objects.filter(kind="reminder.look").count() == 1
    assert Due.objects.get(kind="reminder.look").outcome == "done"


def test_before_six_nothing_is_looked_for(t, monkeypatch):
    monkeypatch.setattr(delivery, "clock", lambda: morning(t.now.date()) - MINUTE)

    tasks.tick()

    assert not Due.objects.filter(kind="reminder.look").exists()


@pytest.mark.parametrize("wrong", [timedelta(hours=2), timedelta(hours=-2)], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_wrong_does_each_thing_at_its_time(t, monkeypatch, wrong):
    right = timezone.now()
    Due.objects.all().delete()
    for name, moment in (("past", right - MINUTE), ("soon", right + timedelta(hours=1))):
        Due.objects.create(kind="reminder.guidance", key=name, object_id="0", due_at=moment)
    monkeypatch.setattr(timezone, "now", lambda: right + wrong)

    tasks.tick()

    assert Due.objects.get(key="past").outcome == "reminder.moved_on"
    assert Due.objects.get(key="soon").done_at is None
