"""A nurse's call for help: once for each press, carried on while nobody answers, ended by a person with an outcome."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from notifications.models import Message
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from safety import access, needs, selectors, services
from safety.lifecycle import AlarmStatus
from safety.models import Alarm, AlarmPlace, Incident
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_companions import another_order
from tests.services.test_notifications import deliver_all, told
from tests.world import persons, places
from tests.world.chain import fresh

pytestmark = pytest.mark.django_db

HERE = {"lon": 121.5236, "lat": 31.2215, "accuracy_m": 35}
START = world.NOW + timedelta(days=1, hours=1)
PRESSED = START + timedelta(minutes=10)


def press(t, *, now=PRESSED, **more):
    return services.raise_alarm(kind="sos", by=t.actor(Role.NURSE), now=now, receipt=uuid4(), **more)


@pytest.fixture
def t():
    return world.town()


@pytest.mark.clause("004 三(八)", "002 五(九)2")
def test_a_press_belongs_to_the_visit_she_is_on_with_the_place_that_is_known(t):
    order = world.order(t, at=S.IN_SERVICE)

    alarm = press(t, place={**HERE, "located_at": PRESSED - timedelta(seconds=20)})

    assert (alarm.order, alarm.patient, alarm.centre, alarm.nurse) == (order, t.patient, t.centre, t.nurse)
    assert (alarm.kind, alarm.status, alarm.level) == ("sos", AlarmStatus.RAISED, 1)
    fix = alarm.places.get()
    assert (fix.lon, fix.lat, fix.accuracy_m, fix.located_at) == (
        121.5236,
        31.2215,
        35,
        PRESSED - timedelta(seconds=20),
    )
    assert "求助" in [line.label for line in trace.order_trace(order)]


@pytest.mark.parametrize("at", [S.ACCEPTED, S.COMPLETED])
def test_off_a_visit_a_press_belongs_to_none_and_still_calls_her_centre(t, at):
    world.order(t, at=at)

    alarm = press(t, now=START + timedelta(hours=5))

    assert (alarm.order, alarm.patient, alarm.centre) == (None, None, t.centre)


@pytest.mark.clause("004 三(八)", "002 五(九)2")
@pytest.mark.parametrize("minutes", [-110, -40, 0, 30, 110])
def test_before_she_set_out_a_press_names_the_accepted_visit_of_that_hour_as_expected(t, minutes):
    order = world.order(t, at=S.ACCEPTED)

    alarm = press(t, now=START + timedelta(minutes=minutes))

    assert (alarm.order, alarm.patient, alarm.centre) == (order, t.patient, t.centre)
    assert needs.is_expected(alarm)


@pytest.mark.parametrize(
    ("at", "minutes"), [(S.ACCEPTED, -121), (S.ACCEPTED, 121), (S.OFFERED, -10), (S.COMPLETED, 100)]
)
def test_a_visit_of_another_hour_or_not_accepted_or_over_is_not_expected(t, at, minutes):
    world.order(t, at=at)

    assert press(t, now=START + timedelta(minutes=minutes)).order is None


def test_of_two_visits_ahead_the_nearer_is_expected_and_the_one_she_set_out_for_goes_before_both(t):
    first, second = world.order(t, at=S.ACCEPTED), another_order(t)
    then = START + timedelta(hours=2)
    orders.offer(order_id=second.pk, nurse_id=t.nurse.pk, planned_start=then, by=t.actor(Role.DISPATCHER), now=t.now)
    orders.accept(order_id=second.pk, by=t.actor(Role.NURSE), now=t.now)

    assert press(t, now=START + timedelta(minutes=50)).order == first
    assert press(t, now=START + timedelta(minutes=70)).order == second
    orders.depart(order_id=first.pk, by=t.actor(Role.NURSE), now=START + timedelta(minutes=75))
    on_the_way = press(t, now=START + timedelta(minutes=80))
    assert (on_the_way.order, needs.is_expected(on_the_way)) == (first, False)
    late = press(t, pressed_at=START + timedelta(minutes=50), now=START + timedelta(minutes=80))
    assert (late.order, needs.is_expected(late)) == (first, True)


def test_what_happened_before_she_set_out_is_no_incident_of_the_visit_ahead(t):
    world.order(t, at=S.ACCEPTED)
    alarm, by = press(t, now=START), t.actor(Role.DISPATCHER)
    services.acknowledge(alarm_id=alarm.pk, by=by, now=START)

    ended = {"outcome": "police", "words": "路上被人尾随", "violence": "harass", "by": by, "now": START}
    closed = services.close_alarm(alarm_id=alarm.pk, **ended)

    assert (closed.incident.kind, closed.incident.order) == ("violence", None)


def test_one_press_is_one_alarm_however_often_it_arrives(t):
    world.order(t, at=S.EN_ROUTE)
    receipt, by = uuid4(), t.actor(Role.NURSE)
    first = services.raise_alarm(kind="sos", by=by, now=PRESSED, receipt=receipt)

    again = services.raise_alarm(kind="sos", place=HERE, by=by, now=PRESSED + timedelta(seconds=9), receipt=receipt)

    assert again == first
    assert Alarm.objects.count() == 1


def test_a_press_kept_without_network_keeps_its_own_time_and_its_own_visit(t):
    order = world.order(t, at=S.COMPLETED)
    pressed = order.arrived_at + timedelta(minutes=5)
    heard = order.finished_at + timedelta(hours=2)

    alarm = press(t, pressed_at=pressed, now=heard)
    ahead = press(t, pressed_at=heard + timedelta(hours=3), now=heard)

    assert (alarm.order, alarm.pressed_at, alarm.raised_at) == (order, pressed, heard)
    assert ahead.pressed_at == heard  # a phone whose clock runs ahead does not call from the future


def test_a_later_fix_is_added_and_the_same_one_once(t):
    world.order(t, at=S.IN_SERVICE)
    alarm, nurse = press(t), t.actor(Role.NURSE)
    fix = {**HERE, "located_at": PRESSED + timedelta(seconds=7)}
    late = {"alarm_id": alarm.pk, "by": nurse, "now": PRESSED + timedelta(seconds=8)}

    services.add_place(place=fix, **late)
    services.add_place(place=fix, **late)
    services.add_place(place={**fix, "located_at": PRESSED + timedelta(seconds=12), "accuracy_m": 8}, **late)

    assert AlarmPlace.objects.filter(alarm=alarm).count() == 2
    assert selectors.alarm(actor=nurse, pk=alarm.pk).places.all()[0].accuracy_m == 8
    for nowhere in ({}, {"lon": 999, "lat": 31}):
        with pytest.raises(Invalid):
            services.add_place(place=nowhere, **late)
    with pytest.raises(Hidden):
        services.add_place(alarm_id=alarm.pk, place=fix, by=t.actor(Role.DISPATCHER), now=PRESSED)


def test_only_a_nurse_in_post_can_press(t):
    for role in (Role.DISPATCHER, Role.DOCTOR, Role.PROXY):
        with pytest.raises(NotYours):
            services.raise_alarm(kind="sos", by=t.actor(role), now=PRESSED)


@pytest.mark.clause("004 三(八)")
def test_a_dispatcher_answers_and_ends_it_and_the_nurse_is_told_who(t):
    world.order(t, at=S.IN_SERVICE)
    alarm, desk = press(t), t.actor(Role.DISPATCHER)
    with pytest.raises(NotNow):
        services.close_alarm(alarm_id=alarm.pk, outcome="safe", words="已联系", violence="none", by=desk, now=PRESSED)

    answered = services.acknowledge(alarm_id=alarm.pk, by=desk, now=PRESSED + timedelta(seconds=20))

    assert (answered.acknowledged_at, answered.acknowledged_by) == (
        PRESSED + timedelta(seconds=20), t.users[Role.DISPATCHER],
    )  # fmt: skip
    assert told(Role.NURSE, t)[-1] == "nurse.alarm_answered"
    with pytest.raises(NotNow):
        services.acknowledge(alarm_id=alarm.pk, by=t.actor(Role.CENTRE_ADMIN), now=PRESSED)
    later = PRESSED + timedelta(minutes=9)
    end = {"alarm_id": alarm.pk, "by": desk, "now": later}
    whole = {"outcome": "safe", "words": "已联系", "violence": "none"}
    for missing in ({"outcome": ""}, {"words": " "}, {"violence": ""}):
        with pytest.raises(Invalid):
            services.close_alarm(**{**whole, **missing}, **end)
    closed = services.close_alarm(outcome="safe", words="已电话确认平安", violence="none", **end)
    assert (closed.status, closed.closed_at, closed.outcome) == (AlarmStatus.CLOSED, later, "safe")
    assert closed.incident is None


@pytest.mark.clause("003 四(三)", "002 五(九)2")
@pytest.mark.parametrize(
    ("outcome", "violence", "kind"),
    [("safe", "threat", "violence"), ("support", "assault", "violence"), ("police", "none", "other"),
     ("hospital", "none", "other"), ("false", "none", None)],
)  # fmt: skip
def test_violence_and_grave_ends_become_incidents_that_the_centre_can_count(t, outcome, violence, kind):
    order = world.order(t, at=S.IN_SERVICE)
    for _ in range(2):  # the second of one visit finds the incident of the first
        alarm, by = press(t), t.actor(Role.DISPATCHER)
        services.acknowledge(alarm_id=alarm.pk, by=by, now=PRESSED)
        services.close_alarm(
            alarm_id=alarm.pk, outcome=outcome, words="家属推搡护士", violence=violence, by=by, now=PRESSED
        )

    found = list(Incident.objects.values_list("kind", "order", "text"))
    assert found == ([(kind, order.pk, "家属推搡护士")] if kind else [])
    assert Alarm.objects.filter(incident__isnull=False).count() == (2 if kind else 0)


def test_a_slip_of_the_finger_is_taken_back_soon_and_stays_on_record(t):
    world.order(t, at=S.EN_ROUTE)
    alarm, late, nurse = press(t), press(t), t.actor(Role.NURSE)

    gone = services.cancel_alarm(alarm_id=alarm.pk, by=nurse, now=PRESSED + timedelta(seconds=59))

    assert gone.status == AlarmStatus.CANCELLED
    assert selectors.open_alarms(actor=t.actor(Role.DISPATCHER)).count() == 1
    assert selectors.alarms(actor=t.actor(Role.DISPATCHER)).count() == 2
    with pytest.raises(NotNow):
        services.cancel_alarm(alarm_id=late.pk, by=nurse, now=PRESSED + timedelta(seconds=61))
    with pytest.raises(NotYours):
        services.cancel_alarm(alarm_id=late.pk, by=t.actor(Role.DISPATCHER), now=PRESSED)


@pytest.mark.clause("004 三(八)")
def test_an_alarm_that_nobody_answers_is_carried_further_once_each(t):
    world.order(t, at=S.IN_SERVICE)
    deliver_all()
    Message.objects.all().delete()
    alarm = press(t)

    assert told(Role.DISPATCHER, t) == ["desk.alarm"]
    for seconds in (59, 60, 61, 179, 180, 500):
        delivery.run_due(now=PRESSED + timedelta(seconds=seconds))
        deliver_all()

    assert told(Role.DISPATCHER, t) == ["desk.alarm", "desk.alarm_again"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.alarm"]
    assert told(Role.REVIEWER, t) == ["review.alarm"]
    assert told(Role.SUPERVISOR, t) == ["oversight.alarm"]
    assert told(Role.PROXY, t) == []
    alarm.refresh_from_db()
    assert (alarm.level, alarm.status) == (3, AlarmStatus.RAISED)
    assert set(Due.objects.filter(kind="alarm.escalate").values_list("outcome", flat=True)) == {"done"}


@pytest.mark.clause("004 三(八)")
def test_a_level_that_was_held_up_is_made_up_for_by_the_next_and_comes_no_second_time(t):
    world.order(t, at=S.IN_SERVICE)
    deliver_all()
    Message.objects.all().delete()
    alarm = press(t)
    late = PRESSED + timedelta(seconds=500)

    services.escalate(alarm_id=alarm.pk, level=3, now=late)
    deliver_all()
    with pytest.raises(NotNow):
        services.escalate(alarm_id=alarm.pk, level=2, now=late)
    deliver_all()

    assert told(Role.DISPATCHER, t) == ["desk.alarm", "desk.alarm_again"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.alarm"]
    assert told(Role.SUPERVISOR, t) == ["oversight.alarm"]


def test_an_answered_alarm_is_carried_no_further(t):
    world.order(t, at=S.IN_SERVICE)
    alarm = press(t)
    delivery.run_due(now=PRESSED + timedelta(seconds=60))
    services.acknowledge(alarm_id=alarm.pk, by=t.actor(Role.CENTRE_ADMIN), now=PRESSED + timedelta(seconds=100))
    delivery.run_due(now=PRESSED + timedelta(seconds=200))
    deliver_all()

    alarm.refresh_from_db()
    assert alarm.level == 2
    assert "oversight.alarm" not in Message.objects.values_list("template", flat=True)
    assert Due.objects.get(key=f"alarm.escalate:{alarm.pk}:3").outcome == "alarm.answered"


@pytest.mark.clause("002 五(八)")
def test_an_alarm_is_seen_by_its_centre_by_those_who_oversee_it_and_by_the_nurse_alone(t):
    world.order(t, at=S.IN_SERVICE)
    alarm = press(t)
    colleague = persons.nurse(t.centre, name="陈洁")
    stranger = places.staff(places.bare_centre(t.hospital, name="塘桥"), Role.DISPATCHER)

    for actor in [*everybody(t), persons.family(colleague.user), stranger]:
        seen = access.alarms_visible_to(actor).filter(pk=alarm.pk).exists()
        assert seen == bool(access.alarm_hats(actor, Alarm.objects.select_related("nurse").get(pk=alarm.pk)))
    assert not access.alarms_visible_to(persons.family(colleague.user)).exists()
    assert not access.alarms_visible_to(t.actor(Role.PROXY)).exists()
    with pytest.raises(Hidden):
        services.acknowledge(alarm_id=alarm.pk, by=stranger, now=PRESSED)
    with pytest.raises(NotYours):
        services.acknowledge(alarm_id=alarm.pk, by=t.actor(Role.SUPERVISOR), now=PRESSED)


@pytest.mark.clause("002 五(九)2")
def test_feeling_unsafe_ends_the_visit_without_blame_and_calls_the_desk(t):
    order = world.order(t, at=S.IN_SERVICE)
    receipt, act = uuid4(), {"order_id": order.pk, "by": t.actor(Role.NURSE), "now": PRESSED}

    alarm = services.leave_unsafe(words="家属酒后骂人，拿起凳子", place=HERE, receipt=receipt, **act)
    again = services.leave_unsafe(words="家属酒后骂人，拿起凳子", receipt=receipt, **act)
    deliver_all()

    order.refresh_from_db()
    assert (alarm, again.kind, alarm.order) == (again, "unsafe", order)
    assert (order.status, order.failed_by) == (S.ABORTED, "")
    assert "酒" not in order.last_reason + order.steps.last().reason
    assert Incident.objects.get(order=order).kind == Incident.Kind.ABORTED
    assert "desk.alarm" in told(Role.DISPATCHER, t)
    family = Message.objects.filter(person=t.users[Role.PROXY]).last()
    assert family.template == "family.aborted"
    assert "安全" not in family.text
    with pytest.raises(NotNow):
        services.cancel_alarm(alarm_id=alarm.pk, by=t.actor(Role.NURSE), now=PRESSED)


def test_who_cannot_end_the_visit_any_more_is_heard_all_the_same(t):
    order = world.order(t, at=S.COMPLETED)

    alarm = services.leave_unsafe(order_id=order.pk, by=t.actor(Role.NURSE), now=order.finished_at)

    assert (alarm.kind, alarm.order, alarm.status) == ("unsafe", order, "raised")
    assert fresh(order).status == S.COMPLETED


def test_who_is_afraid_at_a_visit_that_was_given_to_another_is_heard_without_it(t):
    order = world.order(t, at=S.ACCEPTED)
    other = persons.nurse(t.centre, now=t.now)

    alarm = services.leave_unsafe(order_id=order.pk, by=places.actor(other.user, t.now.date()), now=t.now)

    assert (alarm.order, alarm.nurse) == (None, other)
    assert fresh(order).status == S.ACCEPTED


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"status": "gone"}, "alarm_status_known"),
        ({"level": 4}, "alarm_level_between_one_and_three"),
        ({"pressed_at": PRESSED + timedelta(hours=1)}, "alarm_pressed_before_it_was_heard"),
        ({"status": "acknowledged"}, "alarm_answered_by_somebody"),
        ({"outcome": "safe"}, "alarm_closed_with_an_outcome"),
    ],
)
def test_what_must_never_be_false_of_an_alarm(t, changed, name):
    world.order(t, at=S.IN_SERVICE)
    alarm = press(t)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Alarm.objects.filter(pk=alarm.pk).update(**changed)


def test_a_cancelled_visit_leaves_no_alarm_behind(t):
    order = world.order(t, at=S.EN_ROUTE)
    orders.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=START)

    assert press(t, now=START + timedelta(minutes=1)).order is None
