"""Who somebody is: one person whom two papers put on record twice."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from kernel.refusals import Hidden, NotYours, Refused, Unmet
from orders import selectors as orders
from orders import services as order_services
from orders.lifecycle import OrderStatus as S
from patients import selectors
from patients import services as patient_services
from patients.models import Consent, Patient, Proxy
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def text(answer):
    return answer.content.decode()


# --- one person, two papers -------------------------------------------------------------------------------------------


@pytest.fixture
def t():
    now = (timezone.localtime() - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return world.town(now)


def again(t, **changed):
    """The same person, put on record once more under a passport."""
    facts = {"identity_kind": "passport", "identity_number": "E12345678", "sex": t.patient.sex, **changed}
    facts = {"birth_date": t.patient.birth_date, "name": t.patient.name, **facts}
    return persons.patient(by=world.SETUP, now=t.now, **facts)


def both_seen(t, *records):
    for one in records:
        patient_services.record_identity_check(
            patient_id=one.pk, kind="original", passed=True, source="窗口核对原件", by=world.SETUP, now=t.now
        )


def merged(t, record, into, **changed):
    given = {"reason": "核对了身份证和护照原件", "by": t.actor(Role.CENTRE_ADMIN), "now": t.now, **changed}
    return patient_services.merge(record_id=record.pk, into_id=into.pk, **given)


@pytest.mark.clause("002 五(八)")
def test_a_second_record_is_found_across_papers_and_shown_side_by_side(t):
    other = again(t)
    persons.patient(by=world.SETUP, now=t.now, name=t.patient.name, born=date(1951, 1, 1))  # a namesake
    desk = signed_in(t.users[Role.CENTRE_ADMIN])

    listed = text(desk.get(reverse("centre:duplicates")))
    sides = text(desk.get(reverse("centre:duplicates_one", args=[other.pk])))

    assert "护照" in listed
    assert listed.count("<tr><th") == 2  # the head and one row
    assert t.patient.name not in listed
    assert other.identity_tail in sides
    assert t.patient.identity_tail in sides
    assert {look.subject_id for look in traces.events().filter(kind="look")} >= {str(other.pk), str(t.patient.pk)}


@pytest.mark.clause("002 五(八)")
def test_merging_keeps_what_was_made_and_leads_every_old_link_on(t):
    other = again(t)
    sister = places.person("沈家慧")
    persons.proxy_of(other, world.SETUP, sister, expires_on=t.now.date() + timedelta(days=90), scopes=["manage"])
    both_seen(t, other, t.patient)
    kept, t.patient = t.patient, other
    patient_services.add_proxy(
        patient_id=other.pk, user=t.users[Role.PROXY], relation="儿子", scopes=list(Proxy.Scope.values),
        expires_on=t.now.date() + timedelta(days=90), by=world.SETUP, now=t.now,
    )  # fmt: skip
    order = world.order(t, at=S.ACCEPTED)
    signed = set(Consent.objects.filter(patient=other).values_list("pk", flat=True))

    merged(t, other, kept)

    other.refresh_from_db()
    order.refresh_from_db()
    assert (other.merged_into, order.patient) == (kept, other)
    assert set(Consent.objects.filter(patient=other).values_list("pk", flat=True)) == signed
    assert signed <= {one.pk for one in selectors.consents_of(kept.pk)}
    family = persons.family(sister, on=t.now.date())
    assert kept.pk in family.patients_as(Role.PROXY)
    assert family.scopes_for(kept.pk) == {"manage"} == family.scopes_for(other.pk)
    assert orders.order(actor=family, number=order.number) == order
    assert selectors.find_by_identity("passport", "E12345678", t.now.date()) == kept
    page = signed_in(sister)
    assert kept.identity_tail in text(page.get(url("data", other.pk)))
    assert text(page.get(url("people"))).count("看登记资料") == 1
    event = traces.events().get(action="patients.merged")
    assert (event.object_id, event.subject_id, event.reason) == (
        str(other.pk),
        str(kept.pk),
        "核对了身份证和护照原件",
    )


def test_what_hangs_on_the_old_record_is_brought_to_its_end_and_nothing_new_begins(t):
    other = again(t)
    patient_services.add_proxy(
        patient_id=other.pk, user=t.users[Role.PROXY], relation="儿子", scopes=list(Proxy.Scope.values),
        expires_on=t.now.date() + timedelta(days=90), by=world.SETUP, now=t.now,
    )  # fmt: skip
    both_seen(t, other, t.patient)
    kept, t.patient = t.patient, other
    order = world.order(t)
    merged(t, other, kept)
    other.refresh_from_db()
    t.patient = kept

    world.chain.walk(t, order, S.COMPLETED)
    with pytest.raises(Refused) as no:
        order_services.submit(
            patient=other, centre=t.centre, wish="想请护士上门量血压", wished_items=[], wished_from=t.now,
            wished_to=t.now + timedelta(hours=30), by=persons.family(t.users[Role.PROXY], on=t.now.date()), now=t.now,
        )  # fmt: skip

    assert world.fresh(order).status == S.COMPLETED
    assert no.value.code == "patient.merged"


def test_the_account_goes_along_and_a_second_one_acts_for_the_person(t):
    mine, second = places.person("沈玉兰", username="first"), places.person("沈玉兰", username="second")
    patient_services.link_account(patient_id=t.patient.pk, user=mine, by=world.SETUP, now=t.now)
    other, third = again(t), again(t, identity_kind="passport", identity_number="E87654321")
    patient_services.link_account(patient_id=other.pk, user=second, by=world.SETUP, now=t.now)
    both_seen(t, t.patient, other, third)
    kept = t.patient

    merged(t, third, other)
    merged(t, other, kept)

    third.refresh_from_db()
    assert third.merged_into == kept  # one step leads to the end
    assert persons.family(mine, on=t.now.date()).patients_as(Role.PATIENT) == {kept.pk, other.pk, third.pk}
    assert kept.pk in persons.family(second, on=t.now.date()).patients_as(Role.PROXY)
    assert Patient.objects.get(pk=kept.pk).user == mine


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "沈玉兰之妹"}, "merge.name"),
        ({"birth_date": date(1944, 1, 1)}, "merge.birth"),
        ({}, "merge.seen"),
    ],
)
def test_two_persons_are_never_made_one(t, changed, code):
    other = again(t, **changed)

    with pytest.raises(Unmet) as no:
        merged(t, other, t.patient)

    assert code in {reason.code for reason in no.value.reasons}
    assert Patient.objects.get(pk=other.pk).merged_into is None


def test_only_the_administrator_who_serves_both_merges_and_says_why(t):
    other = again(t)
    both_seen(t, other, t.patient)
    elsewhere = places.staff(places.centre(t.district, towns=(places.LUJIAZUI,), name="陆家嘴"), Role.CENTRE_ADMIN)

    for actor, error in ((t.actor(Role.DISPATCHER), NotYours), (elsewhere, Hidden), (t.actor(Role.PROXY), Hidden)):
        with pytest.raises(error):
            merged(t, other, t.patient, by=actor)
    with pytest.raises(Refused):
        merged(t, other, t.patient, reason=" ")
    assert signed_in(t.users[Role.PROXY]).get(reverse("centre:duplicates")).status_code == 403


def test_the_page_merges_and_says_beside_the_form_what_is_missing(t):
    other = again(t)
    desk, page = signed_in(t.users[Role.CENTRE_ADMIN]), reverse("centre:duplicates_one", args=[other.pk])
    said = {"into_id": str(t.patient.pk), "reason": "核对了原件"}

    empty = desk.post(page, {})
    unseen = desk.post(page, said)
    both_seen(t, other, t.patient)
    done = desk.post(page, said, follow=True)

    assert "请选择继续使用哪一份登记" in text(empty)
    assert unseen.status_code == 422
    assert "请先核对两份登记的证件原件" in text(unseen)
    assert "核对了原件" in text(unseen)
    assert "没有发现重复登记" in text(done)
    assert desk.get(page).status_code == 404


def test_the_list_of_twins_costs_the_same_at_one_and_at_five(t, django_assert_max_num_queries):
    again(t)
    with django_assert_max_num_queries(8):
        selectors.duplicates(actor=t.actor(Role.CENTRE_ADMIN), on=t.now.date())
    for i in range(5):
        name = f"林秀{'甲乙丙丁戊'[i]}"
        for number in (f"E1111111{i}", f"E2222222{i}"):
            again(t, name=name, identity_number=number)
    with django_assert_max_num_queries(8):
        found = selectors.duplicates(actor=t.actor(Role.CENTRE_ADMIN), on=t.now.date())
    assert len(found) == 6
