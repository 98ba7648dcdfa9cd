"""What follows a committed act: delivered once, also after a crash, without Redis, and with two ticks running."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

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


@pytest.fixture
def repaired_after():
    """Hear one kind of due row and one kind of event, each time in vain until so many tries have failed."""

    def hear(monkeypatch, failures):
        tried = []

        def handle(*_):
            tried.append(1)
            if len(tried) <= failures:
                raise ValueError("not yet")

        monkeypatch.setitem(subscribers._due, "tests.due", handle)
        monkeypatch.setitem(subscribers._subscribers, "tests.told", [handle])
        return tried

    return hear


def look_on(tries, look):
    """Look every five seconds for an hour and a half; the moment of each try."""
    at, begun = [], delivery.clock()
    for n in range(1000):
        now = begun + timedelta(seconds=5 * n)
        before = len(tries)
        look(now)
        at += [now] * (len(tries) - before)
    return at


@pytest.mark.django_db
def test_what_failed_twelve_times_is_done_once_it_is_repaired(monkeypatch, repaired_after):
    tries = repaired_after(monkeypatch, 15)
    promise(kind="tests.due", key="tests.due:1", object_id=1, due_at=world.NOW)

    at = look_on(tries, lambda now: delivery.run_due(now=now))

    row = Due.objects.get(key="tests.due:1")
    assert (row.attempts, row.outcome) == (15, "done")
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert waits[:4] == [timedelta(seconds=s) for s in (5, 5, 10, 20)]
    assert max(waits) == waits[-1] == delivery.LONGEST_WAIT


@pytest.mark.django_db
def test_an_event_that_could_not_be_delivered_twelve_times_is_delivered_in_the_end(monkeypatch, repaired_after):
    tries = repaired_after(monkeypatch, 13)
    row = tell()

    def look(now):
        monkeypatch.setattr(delivery, "clock", lambda: now)
        delivery.sweep(older_than=ALL)

    look_on(tries, look)

    row.refresh_from_db()
    assert (row.attempts, row.done_at is None, len(tries)) == (13, False, 14)


@pytest.mark.django_db
def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does(monkeypatch):
    promise(kind="tests.due", key="tests.due:1", object_id=1, due_at=world.NOW)
    Due.objects.filter(key="tests.due:1").update(attempts=delivery.COUNTED)
    told = []

    delivery.run_due(now=world.NOW)
    monkeypatch.setitem(subscribers._due, "tests.due", lambda row, now: told.append(row.key))
    too_early = delivery.run_due(now=world.NOW + timedelta(minutes=9))
    delivery.run_due(now=world.NOW + timedelta(minutes=10))

    assert (too_early, told) == (0, ["tests.due:1"])
    assert Due.objects.get(key="tests.due:1").attempts == delivery.COUNTED


@pytest.mark.django_db(transaction=True)
def test_two_ticks_do_once_what_had_failed_twelve_times(monkeypatch):
    told = []
    monkeypatch.setitem(subscribers._due, "tests.due", lambda row, now: told.append(row.key))
    promise(kind="tests.due", key="tests.due:1", object_id=1, due_at=world.NOW)
    Due.objects.filter(key="tests.due:1").update(attempts=12, try_after=world.NOW)

    def tick(_):
        try:
            return delivery.run_due(now=world.NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(tick, range(4)))

    assert (done, told) == (1, ["tests.due:1"])


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
