"""Follow-ups fall due, are missed, and red answers are carried further: once each, with two beats and without Redis."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Max
from django.utils import timezone

from accounts.roles import Role
from audit.models import Due, Event, Outbox
from followups import services
from followups.lifecycle import TASK_DUE, TASK_MISSED
from followups.models import FollowUp, GreenCase
from notifications.models import Message
from tests import world
from tests.desks import offices
from tests.faults.running import Platform, wait_until
from tests.faults.test_timers import fall_due
from tests.world import followups as made
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 3
KINDS = ("followup.due", "followup.missed", "green.late")
DOES = {
    "followups.fell_due": "family.follow_up",
    "followups.missed": "desk.follow_up_missed",
    "followups.green_late": "doctor.green_waits",
}


@pytest.fixture
def promised(transactional_db):
    """For each of some patients: a questionnaire that falls due, a call that is missed, a red answer nobody takes."""
    t = world.town(now=timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=4))
    for _ in range(EACH):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        call, form, last = made.plan(t).tasks.order_by("number")
        services.fall_due(follow_up_id=call.pk, now=timezone.now())
        services.fall_due(follow_up_id=last.pk, now=timezone.now())
        made.answered(t, made.BAD, row=last, now=timezone.now())
    answered = [str(pk) for pk in GreenCase.objects.values_list("answer__follow_up", flat=True)]
    Due.objects.exclude(kind__in=KINDS).delete()
    Due.objects.filter(kind="followup.missed", object_id__in=answered).delete()
    Due.objects.filter(kind="followup.due").exclude(
        object_id__in=[str(pk) for pk in FollowUp.objects.filter(number=2).values_list("pk", flat=True)]
    ).delete()
    Outbox.objects.filter(done_at__isnull=True).update(done_at=timezone.now())  # what led here was told long ago
    Message.objects.all().delete()
    return Event.objects.aggregate(newest=Max("id"))["newest"]


def did_each_once(since):
    wait_until(lambda: _done(since) >= EACH * len(DOES), "every promise", seconds=90)
    wait_until(lambda: not Outbox.objects.filter(done_at__isnull=True).exists(), "every message", seconds=30)
    acts = Event.objects.filter(kind=Event.Kind.ACT, id__gt=since, actor_kind="system", action__in=DOES)
    counted = Counter(acts.values_list("action", "object_id"))
    assert sorted(Counter(action for action, _ in counted).items()) == sorted((action, EACH) for action in DOES)
    assert set(counted.values()) == {1}
    for template in DOES.values():
        assert Message.objects.filter(template=template).count() == EACH, template
    assert not Due.objects.filter(attempts__gt=0).exists()
    assert FollowUp.objects.filter(status__in=TASK_MISSED).count() == EACH
    assert FollowUp.objects.filter(status__in=TASK_DUE).count() == EACH


def _done(since):
    return Event.objects.filter(id__gt=since, action__in=DOES).count()


def test_two_beats_and_two_workers_do_each_once(promised):
    with Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_worker()
        running.start_beat()
        running.start_beat()
        fall_due()

        did_each_once(promised)


def test_without_redis_two_ticks_do_each_once(promised):
    with Platform() as running:
        running.start_tick()
        running.start_tick()
        fall_due()

        did_each_once(promised)
        assert Due.objects.filter(kind="green.late", done_at__isnull=True).exists()  # the next level waits for its time
