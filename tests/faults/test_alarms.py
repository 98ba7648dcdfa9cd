"""A call that nobody answers is carried further once each: with two beats, after a flush, without any broker."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Max
from django.utils import timezone

from accounts.roles import Role
from audit.models import Due, Event, Outbox
from institutions.models import Setting
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from safety import services
from safety.models import Alarm, SafetyTimer
from tests import world
from tests.desks import offices
from tests.faults.running import Platform, wait_until
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 4
AGAIN, LEAD = 3, 6  # seconds, for the two levels of this story
OURS = ["alarm.escalate", "safety.timer", "safety.silent"]
TOLD = {
    "desk.alarm": EACH, "desk.alarm_again": EACH, "centre.alarm": EACH, "review.alarm": EACH, "oversight.alarm": EACH,
}  # fmt: skip


@pytest.fixture
def town(transactional_db):
    """A town of five days ago with a nurse at each of some bedsides; the district wants alarms carried on soon."""
    t = world.town(now=timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=5))
    for key, seconds in (("alarm.again_seconds", AGAIN), ("alarm.lead_seconds", LEAD)):
        Setting.objects.create(
            district=t.district, key=key, value=seconds, effective_on=timezone.localdate(t.now), set_at=t.now
        )
    t.nurses = []
    for _ in range(EACH):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, at=S.IN_SERVICE)
        t.nurses.append(t.actor(Role.NURSE))
    Outbox.objects.filter(done_at__isnull=True).update(done_at=timezone.now())  # what led here was told long ago
    Due.objects.exclude(kind__in=OURS).delete()
    Message.objects.all().delete()
    t.since = Event.objects.aggregate(newest=Max("id"))["newest"]
    return t


def everybody_presses(t):
    for by in t.nurses:
        services.raise_alarm(kind="sos", by=by, now=timezone.now(), receipt=uuid4())


def everything_is_done():
    ours = Due.objects.filter(kind__in=OURS, done_at__isnull=True)
    return not (ours.exists() or Outbox.objects.filter(done_at__isnull=True).exists())


def each_level_once(t, kind="sos"):
    wait_until(everything_is_done, "every level", seconds=60)
    assert list(Alarm.objects.values_list("kind", "level")) == [(kind, 3)] * EACH
    acts = Event.objects.filter(kind=Event.Kind.ACT, action="safety.alarm_escalated", id__gt=t.since)
    assert acts.count() == 2 * EACH
    levels = {(event.object_id, event.data["level"]) for event in acts}
    assert len(levels) == 2 * EACH
    told = {template: Message.objects.filter(template=template).count() for template in TOLD}
    assert told == TOLD
    assert not Due.objects.filter(attempts__gt=0).exists()


@pytest.mark.clause("004 三(八)")
def test_two_beats_and_two_workers_carry_each_alarm_further_once(town):
    with Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_worker()
        running.start_beat()
        running.start_beat()
        everybody_presses(town)

        each_level_once(town)


def test_a_flushed_broker_loses_no_level(town):
    with Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_beat()
        running.start_beat()
        everybody_presses(town)
        for level in (2, 3):
            running.flush_redis()
            wait_until(lambda at=level: Alarm.objects.filter(level__gte=at).exists(), f"level {level}")
        running.flush_redis()

        each_level_once(town)


def test_without_any_broker_the_second_tick_carries_everything_further(town):
    with Platform() as running:
        running.start_tick()
        running.start_tick()
        everybody_presses(town)

        each_level_once(town)


def test_a_silent_nurse_is_asked_and_called_for_once_without_any_broker(town):
    now = timezone.now()
    for order in town.centre.orders.all():
        services.arm(order=order, now=now)
    assert SafetyTimer.objects.count() == EACH
    Due.objects.filter(kind="safety.timer").update(due_at=now)
    with Platform() as running:
        running.start_tick()
        running.start_tick()
        wait_until(lambda: Due.objects.filter(kind="safety.silent").count() == EACH, "the questions")
        Due.objects.filter(kind="safety.silent").update(due_at=timezone.now())

        each_level_once(town, kind="timer")
        assert Message.objects.filter(template="nurse.are_you_safe").count() == EACH
