"""One person whom two papers put on record twice counts once, and keeps the nurse who has come before."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from accounts.roles import Role
from indicators import measures, months
from orders import eligibility
from orders.lifecycle import OrderStatus as S
from orders.models import Order
from patients import services as patients
from reporting import figures
from tests import world
from tests.world import persons

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    """A visit under the passport, then the two records become one, then a visit under the identity card."""
    t = world.town()
    card = t.patient
    passport = persons.patient(
        by=world.SETUP, now=t.now, identity_kind="passport", identity_number="E12345678", name=card.name,
        birth_date=card.birth_date, sex=card.sex,
    )  # fmt: skip
    persons.proxy_of(passport, world.SETUP, t.users[Role.PROXY], scopes=["apply", "sign", "manage"])
    t.patient = passport
    first = world.order(t, S.COMPLETED)
    Order.objects.filter(pk=first.pk).update(finished_at=first.finished_at - timedelta(hours=20))
    merge(t, passport, card)
    t.patient = card
    t.orders = SimpleNamespace(first=world.fresh(first), second=world.order(t, S.COMPLETED))
    t.card, t.passport = card, passport
    return t


def merge(t, record, into):
    for one in (record, into):
        patients.record_identity_check(
            patient_id=one.pk, kind="original", passed=True, source="窗口核对原件", by=world.SETUP, now=t.now
        )
    patients.merge(
        record_id=record.pk, into_id=into.pk, reason="核对了身份证和护照原件", by=t.actor(Role.CENTRE_ADMIN), now=t.now
    )


def test_the_nurse_who_came_under_the_other_record_is_still_the_person_s_own(t):
    known = eligibility.histories([t.card.pk, t.passport.pk])
    before = eligibility.histories([t.card.pk])

    assert t.orders.first.nurse_id == t.orders.second.nurse_id
    (history,) = before[t.card.pk].values()
    assert (history.visits, history.last_at) == (2, t.orders.second.finished_at)
    assert known == {t.card.pk: before[t.card.pk], t.passport.pk: before[t.card.pk]}
    assert not eligibility.histories([persons.patient(by=world.SETUP, now=t.now).pk])


def test_the_visit_under_the_other_record_is_the_one_before(t):
    month = months.month_of(t.orders.second.finished_at.date())

    found = measures.sums("same_nurse", month=month, now=t.now + timedelta(days=40))

    assert (found[t.centre.pk].numerator, found[t.centre.pk].denominator) == (1, 1)


def test_a_report_counts_the_person_once(t):
    reckoned = figures.reckoned(
        organisation=t.centre, first=date(2026, 1, 1), last=date(2026, 3, 31), now=t.now + timedelta(days=40)
    )

    said = {one["key"]: one["value"] for group in reckoned["groups"] for one in group["rows"]}
    assert (said["people"], said["people_60"], said["people_80"]) == ("1", "1", "1")
