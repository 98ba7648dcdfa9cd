"""A text that changed is signed anew; a signature taken back stops what has not begun; what was read can be proved."""

import hashlib
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from kernel.refusals import Refused, Stale, Unmet
from notifications.models import Message
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.models import Order, OrderStep
from orders.services import consequences
from patients import selectors as patients
from patients import services as patient_services
from patients.models import Consent, PaperText
from tests import world
from tests.services.test_courses import book, proposed
from tests.services.test_notifications import deliver_all
from tests.world import persons

pytestmark = pytest.mark.django_db
ANY = pytest.mark.clause("002 五(七)1(4)")


@pytest.fixture
def t():
    return world.town()


def change_one_character(t, kind="consent", *, days=0):
    on = timezone.localdate(t.now)
    now = patients.text_in_force(district_id=t.district.pk, kind=kind, on=on)
    changed = now.text.replace("。", "；", 1)
    assert sum(a != b for a, b in zip(now.text, changed, strict=True)) == 1
    text = patient_services.publish_text(
        district=t.district, kind=kind, text=changed, effective_on=on + timedelta(days=days), by=world.SETUP, now=t.now
    )
    deliver_all()
    return text


@ANY
@pytest.mark.parametrize("kind", ["consent", "agreement"])
@pytest.mark.parametrize("at", [S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED])
def test_one_character_makes_a_new_version_and_asks_again_for_what_was_not_served(t, kind, at):
    order = world.order(t, at=at)
    before = getattr(order, kind).text

    text = change_one_character(t, kind)
    assert (text.version, text.sha256 != before.sha256) == (before.version + 1, True)
    delivery.run_due(now=t.now)

    order = world.fresh(order)
    assert (order.status, order.consent, order.agreement, order.nurse) == (S.AWAITING_CONSENT, None, None, None)
    assert f"第 {text.version} 版" in order.last_reason
    deliver_all()
    assert Message.objects.filter(template="family.sign", person=t.users[Role.PROXY]).count() == 2
    order = world.sign(t, order.pk)
    assert getattr(order, kind).text == text
    assert order.status == S.AWAITING_DISPATCH


@ANY
@pytest.mark.parametrize("at", [S.IN_SERVICE, S.AWAITING_CONFIRMATION, S.COMPLETED])
def test_what_was_served_or_is_being_served_keeps_its_signature(t, at):
    order = world.order(t, at=at)

    change_one_character(t)
    delivery.run_due(now=t.now)

    assert world.fresh(order).status == at
    assert world.fresh(order).consent == order.consent


@ANY
def test_a_text_of_a_later_day_is_asked_for_from_that_day_on(t):
    order = world.order(t, at=S.AWAITING_DISPATCH, times=4)
    change_one_character(t, days=10)

    delivery.run_due(now=t.now + timedelta(days=9))
    assert world.fresh(order).status == S.AWAITING_DISPATCH
    book(t, order, proposed(t, order)[:1])

    delivery.run_due(now=t.now + timedelta(days=10))
    assert set(order.request.orders.values_list("status", flat=True)) == {S.AWAITING_CONSENT}


@ANY
def test_every_gate_before_the_bedside_stops_at_an_old_text(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    start = t.now + timedelta(days=1, hours=1)
    offer = {"order_id": order.pk, "nurse_id": t.nurse.pk, "planned_start": start, "by": t.actor(Role.DISPATCHER)}
    patient_services.publish_text(
        district=t.district, kind="consent", text="全新的同意书", effective_on=timezone.localdate(t.now),
        by=world.SETUP, now=t.now,
    )  # fmt: skip

    with pytest.raises(Unmet) as no:
        services.offer(now=t.now, **offer)

    assert no.value.code == "order.consent"
    assert no.value.clause == "002 五(七)1(4)"


@ANY
def test_the_desk_asks_again_only_where_the_signature_holds_no_more(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    desk = t.actor(Role.DISPATCHER)

    with pytest.raises(Refused) as no:
        services.ask_again(order_id=order.pk, by=desk, now=t.now)
    assert no.value.code == "consent.holds"

    Consent.objects.filter(pk=order.consent_id).update(valid_until=timezone.localdate(t.now))
    order = services.ask_again(order_id=order.pk, by=desk, now=t.now)
    assert order.status == S.AWAITING_CONSENT


@ANY
def test_what_was_read_is_proved_by_the_hash_that_was_kept(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)

    for held in (order.consent, order.agreement):
        again = hashlib.sha256(held.text.text.encode()).hexdigest()
        assert held.shown_sha256 == held.text.sha256 == again

    PaperText.objects.filter(pk=order.consent.text_id).update(text=order.consent.text.text + "。")
    stored = PaperText.objects.get(pk=order.consent.text_id)
    assert hashlib.sha256(stored.text.encode()).hexdigest() != order.consent.shown_sha256


@ANY
def test_a_text_that_changed_while_it_was_read_is_not_signed_for_an_order(t):
    order = world.order(t)
    old = {kind: patients.text_in_force(t.district.pk, kind, timezone.localdate(t.now)).sha256
           for kind in ("consent", "agreement")}  # fmt: skip
    change_one_character(t)

    with pytest.raises(Stale) as no:
        world.sign(t, order.pk, shown=old)

    assert no.value.code == "consent.stale_text"
    assert not Consent.objects.filter(patient=t.patient).exists()


@ANY
def test_a_signature_taken_back_stops_every_undone_order_in_one_transaction(t, monkeypatch):
    order = world.order(t, at=S.ACCEPTED, times=3)
    made = book(t, order, proposed(t, order))
    resting = [order.pk, *(one.pk for one in made)]
    calls = []

    def breaks_at_the_second(**given):
        calls.append(given["order_id"])
        if len(calls) == 2:
            raise RuntimeError("the machine stops here")
        return services.cancel(**given)

    monkeypatch.setattr(consequences, "cancel", breaks_at_the_second)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.withdraw_consent(consent_id=order.consent_id, reason="暂时不需要了", by=t.actor(Role.PROXY), now=t.now)
    assert Consent.objects.get(pk=order.consent_id).withdrawn_at is None
    assert not Order.objects.filter(pk__in=resting, status=S.CANCELLED).exists()

    monkeypatch.undo()
    services.withdraw_consent(consent_id=order.consent_id, reason="暂时不需要了", by=t.actor(Role.PROXY), now=t.now)
    assert set(Order.objects.filter(pk__in=resting).values_list("status", flat=True)) == {S.CANCELLED}
    assert world.fresh(order.prescription).times_left == 3


@ANY
@pytest.mark.parametrize("at", [S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED, S.EN_ROUTE])
def test_whoever_may_sign_for_the_patient_stops_the_visits_by_withdrawing(t, at):
    order = world.order(t, at=at)
    daughter = persons.proxy_of(t.patient, t.actor(Role.DISPATCHER), scopes=["apply", "sign"]).user
    deliver_all()

    services.withdraw_consent(
        consent_id=order.consent_id, reason="暂时不需要了", by=persons.family(daughter, on=t.now.date()), now=t.now
    )

    order = world.fresh(order)
    assert (order.status, order.last_reason) == (S.CANCELLED, "签署已撤回，服务停止")
    assert Consent.objects.get(pk=order.consent_id).withdrawn_by == daughter
    assert OrderStep.objects.get(order=order, name="cancel").role == "system"
    deliver_all()
    assert Message.objects.filter(template="desk.cancelled", person=t.users[Role.DISPATCHER]).count() == 1
    assert Message.objects.filter(template="nurse.cancelled").exists() == (at != S.AWAITING_DISPATCH)


@ANY
@pytest.mark.parametrize("role", [Role.NURSE, Role.CENTRE_ADMIN])
def test_whoever_takes_a_withdrawal_down_at_the_centre_stops_the_visits(t, role):
    order = world.order(t, at=S.ACCEPTED)

    services.withdraw_consent(consent_id=order.consent_id, reason="家属当面撤回", by=t.actor(role), now=t.now)

    assert world.fresh(order).status == S.CANCELLED


@ANY
def test_a_visit_that_moved_on_meanwhile_does_not_keep_a_signature_from_being_taken_back(t, monkeypatch):
    order = world.order(t, at=S.EN_ROUTE)
    real = consequences.cancel

    def turns_back_first(**given):
        services.abort(order_id=order.pk, reason="路上接到家属电话", by=t.actor(Role.NURSE), now=order.planned_start)
        return real(**given)

    monkeypatch.setattr(consequences, "cancel", turns_back_first)
    services.withdraw_consent(consent_id=order.consent_id, reason="暂时不需要了", by=t.actor(Role.PROXY), now=t.now)

    assert world.fresh(order).status == S.ABORTED
    assert Consent.objects.get(pk=order.consent_id).withdrawn_at == t.now
