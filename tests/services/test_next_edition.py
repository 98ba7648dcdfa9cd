"""A new list of items comes into force while people wait and courses run: each goes on under the same name."""

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from catalog import loading
from catalog import services as catalog
from clinical.services.prescriptions import Wanted
from kernel.refusals import Unmet
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.world.places import SETUP

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(五)")]
DAY = timedelta(days=1)
HOSPICE, VITAL_SIGNS = 19, 14


def publish(t, without=()):
    """The next edition, with one number shifted so that nothing may go by it; from tomorrow on."""
    data = copy.deepcopy(loading.read())
    data["edition"] |= {"title": "浦东新区项目清单（第二批）", "issued": "2026-03-02"}
    data["items"] = [row for row in data["items"] if row["no"] not in without]
    for row in data["items"]:
        row["no"] += 100
    return catalog.publish_edition(
        district=t.district, data=data, effective_from=timezone.localdate(t.now) + DAY, by=SETUP, now=t.now
    )


def next_visit(t, order, now):
    return services.create(
        request=order.request, prescription=order.prescription,
        line_ids=list(order.prescription.lines.values_list("pk", flat=True)), window_start=now + DAY,
        window_end=now + DAY + timedelta(hours=3), by=t.actor(Role.DISPATCHER), now=now,
    )  # fmt: skip


def test_who_applied_before_is_received_afterwards_for_the_item_as_it_is_listed_now():
    t = world.town()
    row = world.request(t, Q.SUBMITTED)
    new = publish(t)

    services.receive(request_id=row.pk, by=t.actor(Role.DISPATCHER), now=t.now + DAY)

    (wished,) = world.fresh(row).wished_items.all()
    assert (wished.edition_id, wished.name) == (new.pk, t.item(VITAL_SIGNS).name)


def test_what_is_listed_no_more_is_refused_with_the_clause_and_stays_as_it_was_wished():
    t = world.town()
    row = world.request(t, Q.SUBMITTED, numbers=(HOSPICE,))
    publish(t, without=(HOSPICE,))

    with pytest.raises(Unmet) as no:
        services.receive(request_id=row.pk, by=t.actor(Role.DISPATCHER), now=t.now + DAY)

    assert [(reason.code, reason.clause) for reason in no.value.reasons] == [("catalog.edition", "002 五(五)")]
    assert list(world.fresh(row).wished_items.all()) == [t.item(HOSPICE)]


def test_a_course_that_runs_goes_on_and_its_next_visit_is_made_under_the_new_edition():
    t = world.town()
    order = world.order(t, at=S.COMPLETED, times=3)
    new = publish(t)

    later = next_visit(t, order, t.now + 3 * DAY)

    (line,) = later.lines.select_related("item", "prescription_line")
    assert (later.edition_id, line.item.edition_id, line.item.name) == (new.pk, new.pk, t.item(VITAL_SIGNS).name)
    assert (line.prescription_line.item, line.prescription_line.times_used) == (t.item(VITAL_SIGNS), 2)
    assert world.fresh(order).edition_id == t.edition.pk


def test_a_course_of_what_is_listed_no_more_ends_at_the_day_of_the_new_edition():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH, times=3)
    publish(t, without=(VITAL_SIGNS,))
    today = timezone.localdate(t.now)

    assert next_visit(t, order, t.now).edition_id == t.edition.pk
    with pytest.raises(Unmet) as no:
        next_visit(t, order, t.now + DAY)

    assert "catalog.edition" in {reason.code for reason in no.value.reasons}
    assert order.prescription.valid_until > today + DAY


def test_a_doctor_signs_only_what_is_listed_on_the_day():
    t = world.town()
    row = world.request(t, Q.ASSESSING)
    world.chain.assess(t, row)
    publish(t)
    old = [Wanted(item=t.item(VITAL_SIGNS), times=1, frequency="once")]

    with pytest.raises(Unmet) as no:
        services.prescribe(
            request_id=row.pk, lines=old, valid_until=timezone.localdate(t.now) + 9 * DAY, by=t.actor(Role.DOCTOR),
            now=t.now + DAY,
        )  # fmt: skip

    assert "catalog.edition" in {reason.code for reason in no.value.reasons}
