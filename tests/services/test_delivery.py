"""What follows a committed act: delivered once, also after a crash, without Redis, and with two ticks running."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.roles import Role
from audit import delivery, subscribers, wake
from audit.models import Due, Event, Outbox
from audit.services import promise, recording
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.models import OrderStep
from tests import world
from tests.world import places

ALL = timedelta(days=-9999)


@pytest.fixture
def heard(monkeypatch):
    """Listen to one kind of event only for this test."""
    told = []
    monkeypatch.setattr(subscribers, "_subscribers", {**subscribers._subscribers, "tests.told": [told.append]})
    return told


def tell(now=world.NOW):
    user = places.person("周建国")
    with recording("tests.told", target=user, by=world.SETUP, now=now):
        pass
    return Outbox.objects.get(event_type="tests.told")


def tell_and_crash():
    tell()
    raise RuntimeError


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_neither_event_nor_outbox_row():
    before = Event.objects.count()

    with pytest.raises(RuntimeError), transaction.atomic():
        tell_and_crash()

    assert Event.objects.count() == before
    assert not Outbox.objects.filter(event_type="tests.told").exists()


@pytest.mark.django_db
def test_what_a_crash_left_behind_is_swept_once(heard):
    tell()

    first, second = delivery.sweep(older_than=ALL), delivery.sweep(older_than=ALL)

    assert first >= 1
    assert second == 0
    assert len(heard) == 1


@pytest.mark.django_db
def test_one_poisoned_row_does_not_stop_those_behind_it(monkeypatch, heard):
    def broken(row):
        raise ValueError("no")

    monkeypatch.setitem(subscribers._subscribers, "tests.poison", [broken])
    user = places.person("周建国")
    with recording("tests.poison", target=user, by=world.SETUP, now=world.NOW):
        pass
    tell()

    delivery.sweep(older_than=ALL)

    assert len(heard) == 1
    poisoned = Outbox.objects.get(event_type="tests.poison")
    assert (poisoned.attempts, poisoned.last_error, poisoned.done_at) == (1, "ValueError", None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_one_row_once(heard):
    row = tell()

    def deliver(_):
        try:
            return delivery.deliver(outbox_id=row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(deliver, range(8)))

    assert outcomes.count("delivered") == 1
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_take_one_offer_back_once():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    late = order.accept_by + timedelta(seconds=1)

    def tick(_):
        try:
            return delivery.run_due(now=late)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(tick, range(4)))

    assert done == 2  # the reminder, which comes too late to be one, and the end of the offer
    assert OrderStep.objects.filter(order=order, name="expire").count() == 1
    assert Due.objects.get(kind="order.remind").outcome == "timer.moved_on"


@pytest.mark.django_db
def test_a_promise_made_twice_is_one_row():
    for _ in range(2):
        promise(kind="order.expire", key="order.expire:1:1", object_id=1, due_at=world.NOW)

    assert Due.objects.filter(key="order.expire:1:1").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_act_is_done_although_the_broker_is_away(monkeypatch):
    def away(**_):
        raise ConnectionError("redis is away")

    monkeypatch.setattr("audit.tasks.deliver.apply_async", away)
    t = world.town()
    order = world.order(t, at=S.OFFERED)

    services.accept(order_id=order.pk, by=t.actor(Role.NURSE), now=t.now)

    assert wake.deliver(1) is None
    assert world.fresh(order).status == S.ACCEPTED
    assert Outbox.objects.filter(event_type="orders.accepted", done_at__isnull=True).count() == 1


@pytest.mark.django_db
@pytest.mark.clause("002 五(七)2(2)", "004 三(四)")
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit.event SET reason = 'x'",
        "DELETE FROM audit.event",
        "TRUNCATE audit.event",
        "TRUNCATE audit.event_default",
    ],
)
def test_the_trace_can_only_grow(attack):
    tell()

    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


@pytest.mark.django_db
def test_partitions_are_made_ahead_and_each_refuses_truncation():
    delivery.make_partitions_ahead(months=6)

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, count(t.tgname) FILTER (WHERE t.tgenabled = 'A')
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
            WHERE i.inhparent = 'audit.event'::regclass GROUP BY c.relname
            """
        )
        found = dict(cursor.fetchall())

    assert len(found) >= 8
    assert set(found.values()) == {2}
