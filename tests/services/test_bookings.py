"""Who applies for many: looked into before it is received, refused beyond the limit, and never in a family's way."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps

from accounts.roles import Role
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, Refused, Unmet
from orders import bookings, services
from orders.lifecycle import RequestStatus as Q
from orders.models import BookingCheck, ServiceRequest
from patients import services as patients
from patients.models import Proxy
from tests import world
from tests.services.test_races import at_once
from tests.world import persons, places, traces
from tests.world.chain import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(一)1四")]
DAY = timedelta(days=1)


@pytest.fixture
def t():
    return world.town()


def stranger(t, user, relation="朋友或邻居", **facts):
    """Somebody whom this account put on record and now applies for."""
    return patients.register_for_family(
        relation=relation, **persons.facts(**facts), by=persons.family(user, on=t.now.date()), now=t.now
    )


def apply(t, user, patient, *, now=None, **changed):
    now = now or t.now
    wish = {
        "patient": patient, "centre": t.centre, "wish": "想请护士上门量血压", "wished_from": now + DAY,
        "wished_to": now + DAY + timedelta(hours=3), **changed,
    }  # fmt: skip
    return services.submit(**wish, by=persons.family(user, on=now.date()), now=now)


def tout(t, n=5, **facts):
    """An account that has applied for ``n`` people it is nothing to; the last request."""
    user = places.person("倪三")
    for _ in range(n):
        row = apply(t, user, stranger(t, user, **facts))
    return user, row


def choose(t, **values):
    for key, value in values.items():
        institutions.choose_setting(
            district=t.district, key=f"booking.{key}", value=value, effective_on=t.now.date(), reason="区里定的",
            by=t.actor(Role.SUPERVISOR), now=t.now,
        )  # fmt: skip


def receive(t, row):
    return services.receive(request_id=row.pk, by=t.actor(Role.DISPATCHER), now=t.now)


def check(t, row, words="打电话问过本人，是自己请邻居代填的", how="phone", **changed):
    given = {"by": t.actor(Role.DISPATCHER), "now": t.now, **changed}
    return services.check_booking(request_id=row.pk, how=how, words=words, **given)


# --- looked into ------------------------------------------------------------------------------------------------------


def test_an_account_of_many_strangers_is_received_only_after_somebody_asked_the_patient(t):
    _, row = tout(t)

    with pytest.raises(Unmet) as refused:
        receive(t, row)
    no = refused.value.reasons[0]
    assert (no.code, no.clause) == ("request.touting", "003 二(一)1四")
    assert "该账号近 30 天为 5 位服务对象提交申请，请核实是否代人抢号" in no.sentence

    kept = check(t, row)

    assert (kept.account_patients, kept.days, kept.checked_by) == (5, 30, t.users[Role.DISPATCHER])
    assert receive(t, row).status == Q.RECEIVED
    seen = traces.events().get(action="orders.booking_checked")
    assert seen.data["patients"] == 5
    assert "邻居" not in str(seen.data)


def test_what_was_sent_before_the_fifth_is_looked_into_as_well(t):
    user, _ = tout(t)
    first = ServiceRequest.objects.filter(submitted_by=user).earliest("pk")

    assert bookings.of_request(first, t.now).account.unrelated == 5


def test_the_desk_refuses_a_tout_with_that_reason(t):
    _, row = tout(t)

    services.decline_request(
        request_id=row.pk, reason="本人说没有申请，查实为代人抢号。", clause="003 二(一)1四",
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip

    assert fresh(row).status == Q.DECLINED
    assert not BookingCheck.objects.exists()


def test_a_family_with_many_old_people_is_not_bothered(t):
    user = places.person("沈家和")
    himself = patients.register_for_family(
        relation="本人", **persons.facts(), by=persons.family(user, on=t.now.date()), now=t.now
    )
    apply(t, user, himself)
    for relation in ("儿子", "儿子", "儿子", "儿子", "配偶", "兄弟姐妹", "孙辈"):
        row = apply(t, user, stranger(t, user, relation))

    assert bookings.of_request(row, t.now) is None
    assert receive(t, row).status == Q.RECEIVED


def test_a_relation_covers_no_more_people_than_one_can_have(t):
    _, row = tout(t, 8, relation="儿子")
    assert bookings.of_request(row, t.now) is None  # four are covered, four are not

    _, row = tout(t, 9, relation="儿子")
    assert bookings.of_request(row, t.now).account.unrelated == 5


def test_an_invited_volunteer_helps_a_whole_street(t):
    volunteer = places.person("何志愿")
    for _ in range(6):
        patient = persons.patient(by=world.SETUP, now=t.now)
        _, code = patients.invite_proxy(
            patient_id=patient.pk, relation="志愿者", scopes=["apply"], lasting=timedelta(days=60),
            by=t.actor(Role.DISPATCHER), now=t.now,
        )  # fmt: skip
        patients.take_invitation(code=code, by=persons.family(volunteer, on=t.now.date()), now=t.now)
        row = apply(t, volunteer, patient)

    assert bookings.of_request(row, t.now) is None
    counted, _ = bookings.figures(account=volunteer.pk, patient=patient, settings={"booking.days": 30}, now=t.now)
    assert (counted.patients, counted.unrelated, counted.vouched) == (6, 0, 6)


def test_who_took_an_invitation_earlier_counts_as_let_act(t):
    volunteer, neighbour = places.person("何志愿"), places.person("何邻居")
    patient, himself = persons.with_account()
    _, code = patients.invite_proxy(
        patient_id=patient.pk, relation="志愿者", scopes=["apply"], lasting=timedelta(days=60), by=himself, now=t.now,
    )  # fmt: skip
    patients.take_invitation(code=code, by=persons.family(volunteer, on=t.now.date()), now=t.now)
    persons.proxy_of(patient, himself, neighbour, relation="邻居", scopes=["apply"])
    Proxy.objects.update(given=False)  # nobody had asked yet who let them act

    import_module("patients.migrations.0004_who_lets_somebody_act").who_took_an_invitation_was_given_it(apps, None)

    rows = Proxy.objects.filter(patient=patient)
    assert dict(rows.values_list("user", "given")) == {volunteer.pk: True, neighbour.pk: False}


def test_whom_the_patients_themselves_let_act_counts_as_an_invited_volunteer(t):
    volunteer = places.person("何志愿")
    for _ in range(6):
        patient, himself = persons.with_account()
        persons.proxy_of(patient, himself, volunteer, relation="志愿者", scopes=["apply"])
        row = apply(t, volunteer, patient)

    assert bookings.of_request(row, t.now) is None


def test_what_the_desk_takes_down_is_nobodys_queue_for_sale(t):
    for _ in range(7):
        row = services.submit(
            patient=persons.patient(by=world.SETUP, now=t.now), centre=t.centre, wish="想请护士上门量血压",
            wished_from=t.now + DAY, wished_to=t.now + DAY * 2, channel="phone", by=t.actor(Role.DISPATCHER),
            now=t.now,
        )  # fmt: skip

    assert bookings.of_request(row, t.now) is None
    assert receive(t, row).status == Q.RECEIVED


def test_many_accounts_behind_one_telephone_are_seen_as_one(t):
    for n in range(5):
        user = places.person(f"倪{n}")
        row = apply(t, user, stranger(t, user, phone="15499990000"))

    known = bookings.of_request(row, t.now)

    assert known.account.patients == 1
    assert known.sentences == ("登记了同一个电话的，近 30 天共有 5 位服务对象在线申请，请核实是否代人抢号。",)


def test_what_was_long_ago_is_forgotten_and_the_district_says_how_long(t):
    user, _ = tout(t, 4)
    later = t.now + timedelta(days=31)
    assert bookings.of_request(apply(t, user, stranger(t, user), now=later), later) is None

    choose(t, days=60)

    assert bookings.of_request(ServiceRequest.objects.latest("pk"), later).account.days == 60


def test_the_verification_says_how_and_with_whom(t):
    _, row = tout(t)

    with pytest.raises(Invalid) as refused:
        check(t, row, words="  ", how="guess")

    assert {no.field for no in refused.value.reasons} == {"how", "words"}
    assert not BookingCheck.objects.exists()


def test_the_same_words_sent_twice_are_kept_once_and_others_are_told(t):
    _, row = tout(t)

    assert check(t, row) == check(t, row)
    with pytest.raises(NotNow):
        check(t, row, words="是代人抢号")

    assert traces.events().filter(action="orders.booking_checked", kind="act").count() == 1


def test_nothing_is_written_down_where_nothing_was_asked(t):
    row = world.request(t)

    with pytest.raises(NotNow):
        check(t, row)


def test_nobody_but_this_centres_desk_verifies(t):
    _, row = tout(t)
    other = places.staff(places.centre(t.district, towns=(), name="洋泾", now=t.now), Role.DISPATCHER, t.now)

    with pytest.raises(Hidden):
        check(t, row, by=other)
    with pytest.raises(Refused) as refused:
        check(t, row, by=t.actor(Role.DOCTOR))
    assert refused.value.http_status == 403


# --- refused ----------------------------------------------------------------------------------------------------------


def test_beyond_the_districts_limit_nothing_more_is_taken_online(t):
    choose(t, most_patients=3)
    user, _ = tout(t, 3)

    with pytest.raises(Unmet) as refused:
        apply(t, user, stranger(t, user))

    no = refused.value.reasons[0]
    assert (no.code, no.clause) == ("request.too_many", "003 二(一)1四")
    assert t.centre.phone in no.sentence
    assert traces.events().filter(kind="refusal", action="orders.request_submitted").exists()
    own = stranger(t, user, "儿子")
    assert apply(t, user, own).status == Q.SUBMITTED  # the own mother is not in the way


def test_whom_a_lowered_limit_finds_beyond_it_still_applies_for_the_own_mother(t):
    user, _ = tout(t, 4)
    choose(t, most_patients=3)

    assert apply(t, user, stranger(t, user, "儿子")).status == Q.SUBMITTED
    with pytest.raises(Unmet):
        apply(t, user, stranger(t, user))


@pytest.mark.django_db(transaction=True)
def test_several_sent_at_one_moment_do_not_slip_past_the_limit():
    t = world.town()
    choose(t, most_patients=3)
    user, _ = tout(t, 2)
    people = [stranger(t, user) for _ in range(4)]

    outcomes = at_once(*(lambda p=p: apply(t, user, p) for p in people))

    assert sum(isinstance(one, ServiceRequest) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, Refused)} == {"request.too_many"}


@pytest.mark.django_db(transaction=True)
def test_an_application_that_is_sent_twice_at_one_moment_is_one():
    t = world.town()
    choose(t, most_patients=3)
    user, _ = tout(t, 2)
    last, receipt = stranger(t, user), uuid4()

    outcomes = at_once(*[lambda: apply(t, user, last, receipt=receipt)] * 3)

    assert {one.pk for one in outcomes} == {ServiceRequest.objects.get(patient=last).pk}


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_who_write_down_at_once_leave_one_verification():
    t = world.town()
    _, row = tout(t)

    outcomes = at_once(*(lambda n=n: check(t, row, words=f"本人在电话里这样说{n}") for n in range(2)))

    assert sum(isinstance(one, BookingCheck) for one in outcomes) == 1
    assert sum(isinstance(one, NotNow) for one in outcomes) == 1
