"""How good the records are: complete, in step with the order, in time and joined to what came before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from clinical import services as clinical
from clinical.models import Prescription, Reading, StepEntry, VisitRecord
from orders.lifecycle import OrderStatus as S
from reporting import recordquality, services
from tests import world
from tests.services.test_exports import asked, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("001 二(四)20")]
DAY = timedelta(days=1)


@pytest.fixture
def t():
    t = world.town()
    t.late = t.now + 3 * DAY
    t.today = timezone.localdate(t.late)
    t.head = t.actor(Role.SUPERVISOR)
    return t


def counts(t):
    (row,) = recordquality.counted([t.centre.pk], t.today - 30 * DAY, t.today + 5 * DAY, t.centre, 10)
    return {key: row[key] for key in ("n", *recordquality.MEASURES)}


def test_a_visit_through_the_doors_is_complete_in_step_in_time_and_joined(t):
    assert recordquality.counted([t.centre.pk], t.today - 30 * DAY, t.today + 5 * DAY, t.centre, 10) == []
    world.order(t, S.COMPLETED)
    assert counts(t) == {"n": 1, "complete": 1, "agrees": 1, "timely": 1, "joined": 1}


def test_each_measure_falls_by_what_it_is_about_and_by_nothing_else(t):
    order, begun = world.order(t, S.COMPLETED), world.order(t, S.IN_SERVICE)
    # Nothing is written yet in the second one: it is neither in time nor late.
    assert counts(t) == {"n": 2, "complete": 1, "agrees": 2, "timely": 1, "joined": 2}, "what is still being written"

    item = begun.visit_record.items.prefetch_related("steps").get()
    clinical.answer_step(
        record_id=begun.visit_record_id, step_id=item.steps.all()[0].pk, done=True, by=t.actor(Role.NURSE),
        now=begun.arrived_at,
    )  # fmt: skip
    assert counts(t)["timely"] == 2
    StepEntry.objects.filter(record=begun.visit_record).delete()

    # Facts as another program or a past of before these rules might have left them.
    StepEntry.objects.filter(record=order.visit_record).update(at=order.arrived_at - timedelta(hours=3))
    assert counts(t) == {"n": 2, "complete": 1, "agrees": 2, "timely": 0, "joined": 2}
    assert Reading.objects.filter(record=begun.visit_record).count() == 0

    VisitRecord.objects.filter(pk=begun.visit_record_id).update(started_at=begun.departed_at - timedelta(minutes=1))
    assert counts(t) == {"n": 2, "complete": 1, "agrees": 1, "timely": 0, "joined": 2}

    Prescription.objects.filter(pk=begun.prescription_id).update(signed_at=t.now + 2 * DAY)
    assert counts(t) == {"n": 2, "complete": 1, "agrees": 1, "timely": 0, "joined": 1}


def test_the_commission_takes_the_measures_away_as_a_table_with_what_they_mean(t):
    world.order(t, S.COMPLETED)
    row = asked(t, "records")
    head, line, *_ = table_of(services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late))
    assert line == [t.centre.short_name, "1", "1", "100.0", "1", "100.0", "1", "100.0", "1", "100.0"]
    assert [words.split("：")[0] for words in head[2::2]] == ["完整性", "一致性", "及时性", "整合性"]


def test_it_is_one_question_whatever_the_number_of_records(t, django_assert_num_queries):
    world.order(t, S.COMPLETED)
    world.order(t, S.COMPLETED)
    recordquality.counted([t.centre.pk], t.today, t.today, t.centre, 10)
    with django_assert_num_queries(2):
        recordquality.counted([t.centre.pk], t.today - 30 * DAY, t.today, t.centre, 10)
