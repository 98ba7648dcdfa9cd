"""The training centre: its posts are held by experts of the pool from a day to a day, its meetings stay on record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from education import selectors, services
from education.models import Expert, TrainingMeeting, TrainingSeat
from kernel.refusals import Hidden, Invalid, NotNow
from orders.actwords import ACTIONS
from tests import world
from tests.services.test_races import at_once, refusals
from tests.world import places, teaching, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("001 二(二)6")]

DAY = timedelta(days=1)


@pytest.fixture
def t():
    return world.town()


def fields_of(no):
    return {reason.field for reason in no.reasons}


def second(t, name="林医"):
    return services.file_expert(
        district=t.district, name=name, field="静脉治疗", title="副主任护师", organisation="示范医院",
        starts_on=timezone.localdate(t.now), by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip


def test_there_is_one_director_at_a_time_and_an_expert_holds_one_post(t):
    today, by = timezone.localdate(t.now), t.actor(Role.SUPERVISOR)
    first, other = teaching.seat(t), second(t)

    with pytest.raises(Invalid) as no:
        teaching.seat(t, expert_id=other.pk)
    assert fields_of(no.value) == {"kind"}
    with pytest.raises(Invalid) as no:
        teaching.seat(t, kind="secretary")
    assert fields_of(no.value) == {"expert_id"}
    teaching.seat(t, kind="secretary", expert_id=other.pk)
    services.leave_seat(seat_id=first.pk, by=by, now=t.now + 2 * DAY)
    with pytest.raises(NotNow):
        services.leave_seat(seat_id=first.pk, by=by, now=t.now + 2 * DAY)
    # Who follows may begin on the very day.
    again = teaching.seat(t, starts_on=today + 2 * DAY, now=t.now + 2 * DAY)
    assert [row.pk for row in selectors.training_seats(t.district, today + 2 * DAY)][0] == again.pk
    assert [row.kind for row in selectors.training_seats(t.district, today + 2 * DAY)] == [
        "director", "secretary", "director"
    ]  # fmt: skip


def test_a_post_goes_to_somebody_of_the_pool_on_a_day_that_is_no_day_to_come(t):
    today, person = timezone.localdate(t.now), teaching.expert(t)

    for wrong, field in (
        ({"kind": "king"}, "kind"), ({"starts_on": today + DAY}, "starts_on"), ({"starts_on": None}, "starts_on"),
        ({"ends_on": today - DAY}, "ends_on"), ({"expert_id": 0}, "expert_id"),
        ({"starts_on": today - DAY}, "expert_id"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as no:
            teaching.seat(t, **wrong)
        assert fields_of(no.value) == {field}, wrong
    for role in (Role.QC_INSPECTOR, Role.CENTRE_ADMIN):
        with pytest.raises(Hidden):
            teaching.seat(t, by=t.actor(role))
    assert not TrainingSeat.objects.filter(expert=person).exists()


def test_whoever_leaves_the_pool_leaves_the_training_centre_too(t):
    row, by = teaching.seat(t), t.actor(Role.SUPERVISOR)
    services.end_expert(expert_id=row.expert_id, by=by, now=t.now + 3 * DAY)

    row.refresh_from_db()
    assert row.ends_on == timezone.localdate(t.now) + 3 * DAY
    acts = set(traces.events().filter(actor_id=by.id).values_list("action", flat=True))
    assert acts >= {"education.seat_taken", "education.seat_left", "education.expert_ended"}
    assert acts <= set(ACTIONS)


def test_whoever_leaves_the_pool_today_is_given_no_post_beyond_today(t):
    today, by, person = timezone.localdate(t.now), t.actor(Role.SUPERVISOR), teaching.expert(t)
    services.end_expert(expert_id=person.pk, by=by, now=t.now)

    for ends_on in (None, today + DAY):
        with pytest.raises(Invalid) as no:
            teaching.seat(t, expert_id=person.pk, ends_on=ends_on)
        assert fields_of(no.value) == {"ends_on"}
        assert f"{today:%Y-%m-%d} 出库" in no.value.sentence
    assert teaching.seat(t, expert_id=person.pk, ends_on=today).ends_on == today


def test_the_same_post_given_twice_is_one(t):
    row = teaching.seat(t)

    assert teaching.seat(t) == row
    assert traces.events().filter(action="education.seat_taken").count() == 1
    with pytest.raises(Invalid):
        teaching.seat(t, duty="另一种分工")


@pytest.mark.django_db(transaction=True)
def test_an_appointment_waits_for_the_one_before_it_with_nothing_in_hand():
    t = world.town()
    person = teaching.expert(t)

    def appoint():
        try:
            return teaching.seat(t, expert_id=person.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Organization.objects.select_for_update(no_key=True).get(pk=t.district.pk)  # as whoever comes first does
            next_one = pool.submit(appoint)
            with pytest.raises(TimeoutError):
                next_one.result(1)
            assert Expert.objects.select_for_update(nowait=True).get(pk=person.pk)
        assert next_one.result(30).expert == person


@pytest.mark.django_db(transaction=True)
def test_of_those_who_appoint_a_director_at_once_one_does_and_the_others_hear_why():
    t = world.town()
    people = [teaching.expert(t), *(second(t, name) for name in ("林医", "周医", "吴医"))]

    outcomes = at_once(*(partial(teaching.seat, t, expert_id=one.pk) for one in people))

    assert TrainingSeat.objects.count() == 1
    assert [no.code for no in refusals(outcomes)] == ["seat.director"] * 3


def test_a_meeting_is_recorded_once_with_who_was_there_and_what_was_decided(t):
    receipt, today = uuid4(), timezone.localdate(t.now)
    row = teaching.meeting(t, receipt=receipt)

    assert teaching.meeting(t, receipt=receipt) == row
    for changed in (
        {"topic": "明年课程"}, {"decisions": "暂不调整。"}, {"guests": ""}, {"experts": [second(t).pk]},
        {"by": places.staff(t.district, Role.SUPERVISOR)},
    ):  # fmt: skip
        with pytest.raises(Invalid) as no:
            teaching.meeting(t, receipt=receipt, **changed)
        assert no.value.code == "receipt.reused", changed
    assert [one.name for one in row.experts.all()] == ["顾医"]
    assert list(selectors.training_meetings(t.district)) == [row]
    event = traces.events().get(action="education.meeting_held")
    assert event.organisation_id == t.district.pk
    for wrong, field in (
        ({"held_on": today + DAY}, "held_on"), ({"topic": " "}, "topic"), ({"decisions": ""}, "decisions"),
        ({"experts": []}, "experts"), ({"experts": [0]}, "experts"), ({"held_on": today - DAY}, "experts"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as no:
            teaching.meeting(t, **wrong)
        assert fields_of(no.value) == {field}, wrong
    with pytest.raises(Hidden):
        teaching.meeting(t, by=t.actor(Role.QC_INSPECTOR))


def test_a_wrong_record_is_struck_out_with_a_reason_and_stays_readable(t):
    row, by = teaching.meeting(t), t.actor(Role.SUPERVISOR)
    act = {"meeting_id": row.pk, "by": by, "now": t.now}

    with pytest.raises(Invalid):
        services.strike_meeting(reason=" ", **act)
    services.strike_meeting(reason="日期记错了", **act)
    with pytest.raises(NotNow):
        services.strike_meeting(reason="再作废一次", **act)
    seen = selectors.training_meeting(district=t.district, pk=row.pk)
    assert (seen.struck_reason, seen.decisions) == ("日期记错了", row.decisions)
    elsewhere = places.district(name="另一个区")
    with pytest.raises(Hidden):
        selectors.training_meeting(district=elsewhere, pk=row.pk)
    stranger = places.staff(elsewhere, Role.SUPERVISOR)
    with pytest.raises(Hidden):
        services.strike_meeting(meeting_id=row.pk, reason="不是我们的", by=stranger, now=t.now)


def test_the_database_keeps_what_a_post_and_a_meeting_are(t):
    row, held = teaching.seat(t), teaching.meeting(t)
    for rows, breach in (
        (TrainingSeat.objects.filter(pk=row.pk), {"kind": "king"}),
        (TrainingSeat.objects.filter(pk=row.pk), {"ends_on": row.starts_on - DAY}),
        (TrainingMeeting.objects.filter(pk=held.pk), {"decisions": ""}),
        (TrainingMeeting.objects.filter(pk=held.pk), {"struck_reason": "没有时间"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**breach)
