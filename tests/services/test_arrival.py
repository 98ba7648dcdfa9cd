"""At the door: how far the phone's place is believed, and what stands in for it; none of it keeps care waiting."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from orders import arrival, geo, services
from orders.lifecycle import OrderStatus as S
from orders.models import ArrivalProof
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(八)")]

START = world.NOW + timedelta(days=1, hours=1)
THERE = START + timedelta(minutes=2)
HOME = {"lon": 121.5201, "lat": 31.2203}
Kind, Grade = ArrivalProof.Kind, ArrivalProof.Grade


@pytest.fixture
def t():
    return world.town(**HOME)


def arrive(t, row, **said):
    nurse = t.actor(Role.NURSE)
    said = {"identifiers": ["name", "birth_date"], **said}
    return services.check_in(order_id=row.pk, by=nurse, now=THERE, **said)


def proofs(row) -> dict:
    return {proof.kind: proof for proof in row.arrival_proofs.all()}


@pytest.mark.parametrize(
    ("place", "grade"),
    [
        ({"lon": 121.5205, "lat": 31.2203, "accuracy_m": 20}, Grade.THERE),
        ({"lon": 121.5205, "lat": 31.2203, "accuracy_m": 1400}, Grade.DOUBTFUL),
        ({"lon": 121.5205, "lat": 31.2203}, Grade.DOUBTFUL),
        ({"lon": 121.6205, "lat": 31.2203, "accuracy_m": 20}, Grade.DOUBTFUL),
        ({}, Grade.UNKNOWN),
    ],
    ids=["at the door", "too coarse to tell", "no word on how exact", "far away", "nothing known"],
)
def test_a_place_has_one_of_three_grades_and_care_begins_with_each(t, place, grade):
    row = arrive(t, world.order(t, S.EN_ROUTE), **place)

    assert row.status == S.IN_SERVICE
    assert proofs(row)[Kind.PLACE].grade == grade


def test_a_place_in_the_datum_of_chinese_maps_is_understood(t):
    moved = arrival_gcj(HOME)
    row = arrive(t, world.order(t, S.EN_ROUTE), **moved, accuracy_m=10, datum="GCJ-02")

    assert row.visit_record.distance_m < 2
    assert proofs(row)[Kind.PLACE].grade == Grade.THERE


def arrival_gcj(place):
    return dict(zip(("lon", "lat"), geo.to_gcj02(place["lon"], place["lat"]), strict=True))


def test_a_home_without_coordinates_leaves_the_place_in_doubt():
    t = world.town()
    row = arrive(t, world.order(t, S.EN_ROUTE), **HOME, accuracy_m=10)

    assert proofs(row)[Kind.PLACE].grade == Grade.DOUBTFUL


@pytest.mark.parametrize(("scanned", "kind"), [(False, Kind.CODE), (True, Kind.SCAN)])
def test_the_code_of_the_door_stands_in_for_a_place(t, scanned, kind):
    row = world.order(t, S.EN_ROUTE)

    row = arrive(t, row, door_code=f" {arrival.door_code(row)} ", scanned=scanned)

    assert arrival.best(row.arrival_proofs.all()).kind == kind
    assert row.door_tries == 0


def test_a_wrong_code_costs_a_try_and_not_the_visit(t):
    row = world.order(t, S.EN_ROUTE)

    row = arrive(t, row, door_code=wrong(row))

    assert row.status == S.IN_SERVICE
    assert row.door_tries == 1
    assert arrival.best(row.arrival_proofs.all()) is None


def wrong(row):
    return f"{(int(arrival.door_code(row)) + 1) % 10_000:04d}"


def test_the_code_of_the_door_does_not_confirm_the_visit(t):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    for code in (arrival.door_code(row), f"00{arrival.door_code(row)}"):
        if code == row.visit_code:
            continue
        with pytest.raises(Unmet, match="上门码不对"):
            services.confirm(order_id=row.pk, code=code, by=t.actor(Role.NURSE), now=THERE + timedelta(hours=1))


def test_every_visit_has_a_code_of_its_own(t):
    row = world.order(t, S.EN_ROUTE)

    assert len(arrival.door_code(row)) == 4
    assert arrival.door_code(row) == arrival.door_code(world.fresh(row))
    assert arrival.opens(row, arrival.door_code(row))
    assert not arrival.opens(row, "")
    codes = {arrival.door_code(type(row)(pk=pk, visit_code=row.visit_code)) for pk in range(200)}
    assert len(codes) > 150


def test_words_stand_in_where_there_is_no_code(t):
    row = arrive(t, world.order(t, S.EN_ROUTE), words="  地下室没有信号，服务对象已在家中等候 ")

    best = arrival.best(row.arrival_proofs.all())
    assert (best.kind, best.words) == (Kind.WORDS, "地下室没有信号，服务对象已在家中等候")


def test_a_code_may_be_added_after_the_check_in_five_times_at_most(t):
    row = arrive(t, world.order(t, S.EN_ROUTE))
    say = {"order_id": row.pk, "by": t.actor(Role.NURSE), "now": THERE + timedelta(minutes=1)}

    for _ in range(arrival.DOOR_TRIES):
        with pytest.raises(Invalid, match="到门码不对"):
            services.prove_arrival(code=wrong(row), **say)
    with pytest.raises(Unmet, match="已输错五次"):
        services.prove_arrival(code=arrival.door_code(row), **say)
    services.prove_arrival(words="家属的手机没电", **say)

    assert set(proofs(row)) == {Kind.PLACE, Kind.WORDS}


def test_tries_at_the_door_and_at_the_end_are_counted_apart(t):
    row = arrive(t, world.order(t, S.EN_ROUTE))
    for _ in range(arrival.DOOR_TRIES):
        with pytest.raises(Invalid):
            services.prove_arrival(order_id=row.pk, code=wrong(row), by=t.actor(Role.NURSE), now=THERE)

    assert world.fresh(row).code_tries == 0


def test_neither_code_nor_words_is_no_proof(t):
    row = arrive(t, world.order(t, S.EN_ROUTE))
    with pytest.raises(Invalid):
        services.prove_arrival(order_id=row.pk, by=t.actor(Role.NURSE), now=THERE)


@pytest.mark.parametrize("status", [S.EN_ROUTE, S.IN_SERVICE])
def test_the_family_says_that_she_has_come(t, status):
    row = world.order(t, status)
    for _ in range(2):
        services.vouch_arrival(order_id=row.pk, by=t.actor(Role.PROXY), now=THERE)

    proof = row.arrival_proofs.get(kind=Kind.FAMILY)
    assert proof.recorded_by == t.users[Role.PROXY]
    assert arrival.best(row.arrival_proofs.all()) == proof


@pytest.mark.parametrize("status", [S.ACCEPTED, S.AWAITING_CONFIRMATION])
def test_nobody_vouches_before_she_set_out_or_after_she_left(t, status):
    row = world.order(t, status)
    with pytest.raises(NotNow):
        services.vouch_arrival(order_id=row.pk, by=t.actor(Role.PROXY), now=THERE)


def test_only_the_family_vouches_and_only_her_nurse_proves(t):
    row = arrive(t, world.order(t, S.EN_ROUTE))
    with pytest.raises(NotYours):
        services.vouch_arrival(order_id=row.pk, by=t.actor(Role.NURSE), now=THERE)
    with pytest.raises(NotYours):
        services.prove_arrival(order_id=row.pk, words="她来了", by=t.actor(Role.PROXY), now=THERE)
    stranger = world.persons.family()
    with pytest.raises(Hidden):
        services.vouch_arrival(order_id=row.pk, by=stranger, now=THERE)


def test_the_database_wants_a_grade_for_a_place_and_words_for_words(t):
    row = world.order(t, S.EN_ROUTE)
    for broken in ({"kind": Kind.PLACE}, {"kind": Kind.WORDS}, {"kind": Kind.CODE, "grade": Grade.THERE}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ArrivalProof.objects.create(order=row, at=THERE, recorded_at=THERE, **broken)


def test_a_phone_that_was_without_network_says_when_it_was_there(t):
    row = world.order(t, S.EN_ROUTE)
    before = THERE - timedelta(minutes=10)

    row = arrive(t, row, words="没有网络", happened_at=before)

    kept = proofs(row)[Kind.WORDS]
    assert (kept.at, kept.recorded_at) == (before, THERE)
