"""The clock of a visit: armed by the check-in, put off by a sign of life, and calling for a nurse who cannot."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from audit.models import Due, Outbox
from kernel.refusals import Hidden, NotNow
from notifications.models import Message
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from safety import selectors, services
from safety.lifecycle import AlarmStatus
from safety.models import Alarm, Incident, SafeSign, SafetyTimer
from tests import world
from tests.services.test_notifications import deliver_all, told
from tests.world import persons
from tests.world.chain import complete_record

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SPARE, ANSWER = 30 * MINUTE, 10 * MINUTE  # what the district has not chosen otherwise


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def order(t):
    row = world.order(t, at=S.IN_SERVICE)
    deliver_all()
    Message.objects.all().delete()
    return row


@pytest.fixture
def timer(order):
    return SafetyTimer.objects.get(order=order)


def tick(now):
    delivery.run_due(now=now)
    deliver_all()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.mark.clause("002 五(九)2")
def test_a_check_in_arms_the_clock_once_for_the_expected_time_and_a_grace(order, timer):
    assert (timer.armed_at, timer.until) == (order.arrived_at, order.arrived_at + order.minutes * MINUTE + SPARE)
    Outbox.objects.filter(event_type="orders.checked_in").update(done_at=None)
    deliver_all()

    assert SafetyTimer.objects.get() == timer
    assert "平安计时开始" in [line.label for line in trace.order_trace(order)]


def test_no_clock_is_armed_for_a_visit_that_is_over_when_the_news_arrives(t):
    world.order(t, at=S.COMPLETED)  # check-in and end are delivered together
    deliver_all()

    assert not SafetyTimer.objects.exists()


@pytest.mark.clause("002 五(九)2", "004 三(八)")
def test_her_phone_is_asked_first_and_only_silence_calls_for_help(t, order, timer):
    tick(timer.until - MINUTE)
    assert told(Role.NURSE, t) == []
    tick(timer.until)
    tick(timer.until + MINUTE)
    assert told(Role.NURSE, t) == ["nurse.are_you_safe"]
    assert Message.objects.get().link == f"/nurse/visit/{order.number}/"
    tick(timer.until + ANSWER - MINUTE)
    assert not Alarm.objects.exists()

    for late in (ANSWER, ANSWER + MINUTE):
        tick(timer.until + late)

    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.order, alarm.nurse, alarm.patient) == ("timer", order, t.nurse, t.patient)
    assert alarm.steps.get().role == "system"
    assert told(Role.NURSE, t) == ["nurse.are_you_safe", "nurse.called_for"]
    assert "desk.alarm" in told(Role.DISPATCHER, t)


@pytest.mark.parametrize("asked", [False, True])
def test_a_sign_of_life_puts_the_clock_off_by_half_an_hour_once_for_each_press(t, order, timer, asked):
    said_at, receipt = timer.until - 2 * MINUTE, uuid4()
    if asked:
        tick(timer.until)
        said_at = timer.until + 3 * MINUTE
    sign = {"order_id": order.pk, "receipt": receipt, "by": t.actor(Role.NURSE), "now": said_at}

    for _ in range(3):
        services.extend(**sign)

    wanted = max(timer.until, said_at) + 30 * MINUTE
    assert (fresh(timer).until, fresh(timer).asked_at) == (wanted, None)
    assert SafeSign.objects.count() == 1
    tick(timer.until + ANSWER)
    assert not Alarm.objects.exists()  # the silence that was feared before counts no more
    tick(wanted)
    assert told(Role.NURSE, t)[-1] == "nurse.are_you_safe"


def test_the_same_sign_without_a_receipt_is_one_for_its_moment(t, order, timer):
    at = timer.until - 5 * MINUTE
    for _ in range(2):
        services.extend(order_id=order.pk, at=at, by=t.actor(Role.NURSE), now=at + MINUTE)

    assert fresh(timer).until == timer.until + 30 * MINUTE


def test_a_sign_that_was_kept_without_network_stands_beside_the_alarm_that_came_before_it(t, order, timer):
    tick(timer.until)
    tick(timer.until + ANSWER)
    heard = timer.until + 25 * MINUTE

    services.extend(order_id=order.pk, at=timer.until + MINUTE, by=t.actor(Role.NURSE), now=heard)

    assert Alarm.objects.get().status == AlarmStatus.RAISED  # a person has to make sure
    assert fresh(timer).until == timer.until + 31 * MINUTE
    assert SafeSign.objects.get().said_at == timer.until + MINUTE


def test_an_open_alarm_of_the_clock_is_not_doubled_by_the_next_silence(t, order, timer):
    tick(timer.until)
    tick(timer.until + ANSWER)
    services.extend(order_id=order.pk, by=t.actor(Role.NURSE), now=timer.until + ANSWER + MINUTE)
    again = fresh(timer).until

    tick(again)
    tick(again + ANSWER)

    assert Alarm.objects.count() == 1
    assert Due.objects.filter(kind="safety.silent").latest("pk").outcome == "alarm.already"


def test_a_silence_after_somebody_looked_into_the_last_one_calls_again(t, order, timer):
    tick(timer.until)
    tick(timer.until + ANSWER)
    first = Alarm.objects.get()
    services.acknowledge(alarm_id=first.pk, by=t.actor(Role.DISPATCHER), now=timer.until + ANSWER)
    services.extend(order_id=order.pk, by=t.actor(Role.NURSE), now=timer.until + ANSWER + MINUTE)
    again = fresh(timer).until

    tick(again)
    tick(again + ANSWER)

    assert [one.status for one in Alarm.objects.order_by("pk")] == ["acknowledged", "raised"]


def end(t, alarm, outcome, now):
    desk = t.actor(Role.DISPATCHER)
    services.acknowledge(alarm_id=alarm.pk, by=desk, now=now)
    words = {"outcome": outcome, "words": "已电话联系护士", "violence": "none"}
    services.close_alarm(alarm_id=alarm.pk, by=desk, now=now, **words)
    deliver_all()


@pytest.mark.clause("002 五(九)2")
@pytest.mark.parametrize("outcome", ["safe", "false", "support"])
def test_a_visit_that_goes_on_after_its_alarm_was_ended_is_watched_again_from_then(t, order, timer, outcome):
    tick(timer.until)
    tick(timer.until + ANSWER)
    ended = timer.until + 2 * ANSWER

    end(t, Alarm.objects.get(), outcome, ended)

    assert (fresh(timer).until, fresh(timer).asked_at, fresh(timer).ended_at) == (ended + 30 * MINUTE, None, None)
    assert "求助处置后重新开始平安计时" in [line.label for line in trace.order_trace(order)]
    Outbox.objects.filter(event_type="safety.alarm_closed").update(done_at=None)
    deliver_all()  # the news may be told twice
    assert fresh(timer).until == ended + 30 * MINUTE
    tick(ended + 30 * MINUTE)
    assert told(Role.NURSE, t)[-1] == "nurse.are_you_safe"
    tick(ended + 30 * MINUTE + ANSWER)
    assert [one.status for one in Alarm.objects.order_by("pk")] == ["closed", "raised"]


def test_a_clock_that_has_time_left_goes_on_as_it_was_when_a_press_was_ended(t, order, timer):
    pressed = timer.until - 10 * MINUTE
    press = services.raise_alarm(kind="sos", by=t.actor(Role.NURSE), now=pressed)

    end(t, press, "safe", pressed + MINUTE)

    assert fresh(timer).until == timer.until


@pytest.mark.parametrize("how", ["police", "hospital", "left", "finished"])
def test_who_is_not_at_the_visit_any_more_is_not_watched_again(t, order, timer, how):
    tick(timer.until)
    tick(timer.until + ANSWER)
    ended, by = timer.until + 2 * ANSWER, t.actor(Role.NURSE)
    if how == "left":
        services.leave(order_id=order.pk, by=by, now=ended)
    elif how == "finished":
        complete_record(t, order, ended)
        orders.finish(order_id=order.pk, by=by, now=ended)
    deliver_all()

    end(t, Alarm.objects.get(), how if how in ("police", "hospital") else "safe", ended)

    assert fresh(timer).until == timer.until


@pytest.mark.parametrize("how", ["left", "finished", "aborted"])
def test_whoever_is_out_of_the_door_is_asked_no_more(t, order, timer, how):
    now, by = timer.until - 10 * MINUTE, t.actor(Role.NURSE)
    if how == "left":
        services.leave(order_id=order.pk, by=by, now=now)
    elif how == "finished":
        complete_record(t, order, now)
        orders.finish(order_id=order.pk, by=by, now=now)
    else:
        orders.abort(order_id=order.pk, reason="服务对象突发不适", by=by, now=now)
    deliver_all()
    Message.objects.all().delete()

    tick(timer.until)
    tick(timer.until + ANSWER)

    assert fresh(timer).ended == how
    assert selectors.timer_of(order) is None
    assert "nurse.are_you_safe" not in told(Role.NURSE, t)
    assert not Alarm.objects.exists()


def test_the_report_of_a_visit_that_lasts_too_long_stands_beside_the_clock(t, order, timer):
    overrun = Due.objects.get(kind="visit.overrun")
    services.extend(order_id=order.pk, by=t.actor(Role.NURSE), now=timer.until)

    tick(overrun.due_at)

    assert Incident.objects.get(order=order).kind == Incident.Kind.OVERRUN
    assert not Alarm.objects.exists()


def test_only_the_nurse_of_the_visit_gives_a_sign_and_only_once_she_has_arrived(t, order):
    other = persons.family(persons.nurse(t.centre, name="陈洁").user)
    for stranger in (other, t.actor(Role.DISPATCHER), t.actor(Role.PROXY)):
        with pytest.raises(Hidden):
            services.extend(order_id=order.pk, by=stranger, now=order.arrived_at)


def test_before_the_check_in_there_is_no_clock(t):
    order = world.order(t, at=S.EN_ROUTE)

    with pytest.raises(NotNow):
        services.extend(order_id=order.pk, by=t.actor(Role.NURSE), now=order.departed_at)


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"until": world.NOW}, "safety_timer_runs_forward"), ({"ended": "left"}, "safety_timer_ends_for_a_reason")],
)
def test_what_must_never_be_false_of_a_clock(timer, changed, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SafetyTimer.objects.filter(pk=timer.pk).update(**changed)
