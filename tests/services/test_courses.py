"""The next visits in one go: as proposed, all or none, and never more than the doctor has prescribed."""

import random
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from clinical import services as clinical
from kernel.refusals import Hidden, NotYours, Refused, Stale, Unmet
from orders import course, services
from orders.lifecycle import NEVER_BEGUN
from orders.lifecycle import OrderStatus as S
from orders.models import Order, OrderLine
from tests import world
from tests.services.test_races import at_once, refusals
from tests.world import places

MORNING = (time(8, 30), time(11, 30))


def proposed(t, row):
    return [visit.day for visit in course.proposal(world.fresh(row.prescription), t.now)]


def book(t, row, days, *, role=Role.DISPATCHER, **more):
    return services.book_course(request_id=row.request_id, days=days, part=MORNING, by=t.actor(role), now=t.now, **more)


def live(row):
    return Order.objects.filter(prescription=row.prescription_id).exclude(status__in=sorted(NEVER_BEGUN))


@pytest.mark.django_db
@pytest.mark.clause("002 五(六)1")
def test_the_visits_left_are_booked_in_one_go_and_wait_for_dispatch_under_the_same_consent():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=4)
    days = proposed(t, row)
    first = timezone.localdate(row.window_start)

    made = book(t, row, days)

    assert days == [first + timedelta(days=7 * n) for n in (1, 2, 3)]
    assert [timezone.localtime(one.window_start).time() for one in made] == [time(8, 30)] * 3
    assert {one.status for one in made} == {S.AWAITING_DISPATCH}
    assert world.fresh(row.prescription).times_left == 0
    assert proposed(t, row) == []
    (act,) = Event.objects.filter(action="orders.course_booked", object_id=str(row.request_id))
    assert act.data["orders"] == [one.number for one in made]


@pytest.mark.django_db
@pytest.mark.clause("002 五(四)")
def test_beyond_the_times_left_or_the_validity_it_is_refused_with_the_clause_and_nothing_is_booked():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=3)
    days = proposed(t, row)
    too_many = [*days, days[-1] + timedelta(days=7)]
    too_late = [row.prescription.valid_until + timedelta(days=1)]

    for wanted, code in ((too_many, "course.times"), (too_late, "course.not_valid")):
        with pytest.raises(Unmet) as no:
            book(t, row, wanted)
        assert (no.value.code, no.value.clause) == (code, "002 五(四)")
    assert live(row).count() == 1

    assert len(book(t, row, days)) == 2
    with pytest.raises(Unmet) as no:
        book(t, row, [days[-1] + timedelta(days=7)])
    assert no.value.code == "course.times"


@pytest.mark.django_db
@pytest.mark.clause("002 五(四)")
def test_a_stopped_prescription_carries_no_further_visit():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH)
    days = proposed(t, row)
    clinical.stop_prescription(
        prescription_id=row.prescription_id, reason="病情变化", by=t.actor(Role.DOCTOR), now=t.now
    )

    with pytest.raises(Unmet) as no:
        book(t, row, days)
    assert no.value.code == "prescription.not_valid"


@pytest.mark.django_db
def test_the_same_sending_is_answered_with_the_same_orders_and_an_older_page_hears_that_it_is_old():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=5)
    days, receipt = proposed(t, row)[:2], uuid4()

    first = book(t, row, days, receipt=receipt)
    again = book(t, row, days, receipt=receipt)

    assert again == first
    with pytest.raises(Stale):
        book(t, row, days, receipt=uuid4())
    assert live(row).count() == 3


@pytest.mark.django_db
def test_only_the_centres_desk_books():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH)
    days = proposed(t, row)

    for role in (Role.DOCTOR, Role.PROXY, Role.CENTRE_ADMIN):
        with pytest.raises(NotYours):
            book(t, row, days, role=role)
    stranger = places.staff(places.bare_centre(t.district, name="花木"), Role.DISPATCHER)
    with pytest.raises(Hidden):
        services.book_course(request_id=row.request_id, days=days, part=MORNING, by=stranger, now=t.now)


@pytest.mark.django_db
def test_a_visit_that_was_called_off_gives_its_day_back_to_the_course():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=3)
    made = book(t, row, proposed(t, row))

    services.cancel(order_id=made[-1].pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)

    assert proposed(t, row) == [timezone.localdate(made[-1].window_start)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("002 五(四)")
@pytest.mark.parametrize("same", [True, False], ids=["the same sending", "two screens"])
def test_pressed_at_once_there_are_never_more_orders_than_times(same):
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=4)
    days, receipt = proposed(t, row), uuid4()

    outcomes = at_once(*(lambda: book(t, row, days, receipt=receipt if same else uuid4()) for _ in range(3)))

    assert live(row).count() == 4
    assert OrderLine.objects.filter(order__in=live(row)).count() == 4
    assert world.fresh(row.prescription).times_left == 0
    assert len(refusals(outcomes)) == (0 if same else 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("002 五(四)")
def test_the_course_and_a_single_next_visit_pressed_at_once_share_what_is_left():
    t = world.town()
    row = world.order(t, at=S.AWAITING_DISPATCH, times=2)
    days, by = proposed(t, row), t.actor(Role.DISPATCHER)
    start = t.now + timedelta(days=3)
    line_ids = list(row.prescription.lines.values_list("pk", flat=True))

    outcomes = at_once(
        lambda: book(t, row, days),
        lambda: services.create(
            request=row.request, prescription=row.prescription, line_ids=line_ids, window_start=start,
            window_end=start + timedelta(hours=2), by=by, now=t.now,
        ),
    )  # fmt: skip

    assert len(refusals(outcomes)) == 1
    assert live(row).count() == 2


@pytest.mark.django_db
def test_whatever_is_pressed_in_whatever_order_never_oversteps_what_was_prescribed():
    t = world.town()
    dice = random.Random(20260302)
    row = world.order(t, at=S.AWAITING_DISPATCH, times=6)
    for _ in range(40):
        days = proposed(t, row)
        act = dice.choice(["book", "book", "too many", "cancel", "again"])
        try:
            if act == "book":
                book(t, row, dice.sample(days, dice.randint(0, len(days))), receipt=uuid4())
            elif act == "too many":
                book(t, row, [*days, *(t.now.date() + timedelta(days=n) for n in range(30, 40))])
            elif act == "again":
                book(t, row, days[:1])
                book(t, row, days[:1])
            else:
                one = dice.choice(list(live(row).exclude(pk=row.pk)) or [None])
                if one:
                    services.cancel(order_id=one.pk, reason="改主意了", by=t.actor(Role.PROXY), now=t.now)
        except Refused:
            pass
        prescription = world.fresh(row.prescription)
        assert live(row).count() + prescription.times_left == 6
        assert prescription.times_left >= 0
