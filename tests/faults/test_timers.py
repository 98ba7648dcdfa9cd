"""What is promised for a time happens once: with two beats, without Redis, after a flush, with killed workers."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Max
from django.utils import timezone

from accounts.roles import Role
from audit.models import Due, Event, Outbox
from notifications.models import Message
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.desks import offices
from tests.faults.running import Platform, wait_until
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 4  # orders that wait for each kind
SPREAD = 6.0  # seconds in which everything falls due
# What a kind does, once for each row that waits for it: the act in the trace, and the message that somebody gets.
DOES = {
    "order.expire": ("orders.expired", "desk.expired"),
    "order.remind": ("orders.offer_reminded", "nurse.reminded"),
    "visit.late": ("orders.visit_late", "nurse.late"),
    "visit.missed": ("orders.visit_missed", "desk.nobody_came"),
    "visit.overrun": ("orders.visit_overran", None),
    "order.silent_confirm": ("orders.confirmed", None),
    "prescription.expire": ("clinical.prescription_expired", None),
}
STATES = {
    S.OFFERED: ["order.expire"],
    S.ACCEPTED: ["visit.late", "visit.missed"],
    S.IN_SERVICE: ["visit.overrun"],
    S.AWAITING_CONFIRMATION: ["order.silent_confirm"],
}


@pytest.fixture
def promised(transactional_db):
    """A town of five days ago in which every kind has rows to do, and as many that the world has moved on from."""
    t = world.town(now=timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=5))
    for at in STATES:
        for _ in range(EACH):
            _somebody_else(t)
            world.order(t, at=at)
    for _ in range(EACH):
        _somebody_else(t)
        world.request(t, Q.PRESCRIBED)
        _offer_of_an_hour_ago(t)
    Outbox.objects.filter(done_at__isnull=True).update(done_at=timezone.now())  # what led here was told long ago
    Message.objects.all().delete()
    Due.objects.filter(kind="prescription.expire").exclude(object_id__in=_prescriptions_alone()).delete()
    return Event.objects.aggregate(newest=Max("id"))["newest"]


def _somebody_else(t):
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
    t.users[Role.NURSE] = t.nurse.user


def _offer_of_an_hour_ago(t):
    """Half its time to answer is over, and not all of it."""
    _somebody_else(t)
    row, now = world.order(t, at=S.AWAITING_DISPATCH), timezone.now()
    tomorrow = timezone.localtime(now).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    services.offer(
        order_id=row.pk, nurse_id=t.nurse.pk, planned_start=tomorrow, accept_by=now + timedelta(minutes=50),
        override="家属同意改到明天", by=t.actor(Role.DISPATCHER), now=now - timedelta(hours=1),
    )  # fmt: skip
    Due.objects.filter(kind="order.expire", object_id=row.pk).delete()  # its time is not over in this story


def _prescriptions_alone():
    """Those of which no visit was made: their last day has passed in this story."""
    from orders.models import Order

    rows = Order.objects.filter(status=S.AWAITING_CONSENT).values_list("prescription", flat=True)
    return [str(pk) for pk in rows]


def fall_due():
    """From now on something falls due every moment, for some seconds; returns when the last of it does."""
    rows = list(Due.objects.filter(done_at__isnull=True))
    random.Random(20261122).shuffle(rows)
    now = timezone.now()
    for n, row in enumerate(rows):
        Due.objects.filter(pk=row.pk).update(due_at=now + timedelta(seconds=SPREAD * n / len(rows)))
    return now + timedelta(seconds=SPREAD)


def waiting(last):
    """What falls due in this story and is not done. What the acts promise for later days does not count."""
    return Due.objects.filter(done_at__isnull=True, due_at__lte=last)


def wait_for_some(last):
    """Until something more is done, or nothing is left to be done."""
    before = waiting(last).count()
    if before:
        wait_until(lambda: waiting(last).count() < before, "some of the promises", seconds=30)


def did_each_once(since, last):
    def everything_is_done():
        return not (waiting(last).exists() or Outbox.objects.filter(done_at__isnull=True).exists())

    wait_until(everything_is_done, "every promise", seconds=90)
    acts = Event.objects.filter(kind=Event.Kind.ACT, id__gt=since, actor_kind="system")
    done = Counter(acts.values_list("action", "object_id"))
    for kind, (action, template) in DOES.items():
        mine = {pk: n for (name, pk), n in done.items() if name == action}
        assert sorted(mine.values()) == [1] * EACH, (kind, mine)
        if template:
            assert Message.objects.filter(template=template).count() == EACH, (kind, template)
    assert max(done.values()) == 1, done.most_common(3)  # of whatever else fell due
    assert not Due.objects.filter(attempts__gt=0).exists()


def test_two_beats_and_two_workers_do_each_promise_once(promised):
    with Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_worker()
        running.start_beat()
        running.start_beat()
        last = fall_due()

        did_each_once(promised, last)


def test_a_flushed_broker_costs_no_promise(promised):
    with Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_beat()
        last = fall_due()
        for _ in range(4):
            wait_for_some(last)
            running.flush_redis()

        did_each_once(promised, last)


def test_killed_workers_cost_no_promise_and_repeat_none(promised):
    with Platform() as running:
        running.start_redis()
        worker = running.start_worker()
        running.start_beat()
        running.start_beat()
        last = fall_due()
        for _ in range(3):
            wait_for_some(last)
            running.kill(worker)
            worker = running.start_worker()

        did_each_once(promised, last)


def test_without_any_broker_the_second_tick_does_everything(promised):
    with Platform() as running:
        running.start_tick()
        running.start_tick()
        last = fall_due()

        did_each_once(promised, last)
