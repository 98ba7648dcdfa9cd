"""What a nurse measures at the bedside: judged, explained where it is unusual, offered again at the next visit."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from catalog import measurements
from clinical import carrying
from clinical import services as clinical
from clinical.models import VisitRecord
from clinical.services.records import content_hash
from kernel.refusals import Invalid, NotNow, Unmet
from orders import services
from orders.lifecycle import TO_CONFIRM, OrderStatus
from tests import world
from tests.world.chain import complete_record, fresh, walk

pytestmark = pytest.mark.django_db
VITAL_SIGNS, WOUND, CATHETER = 14, 2, 6


@pytest.fixture
def town():
    return world.town()


def visit(town, *numbers, **changed):
    return world.order(town, at=OrderStatus.IN_SERVICE, numbers=numbers or (VITAL_SIGNS,), **changed)


def act(town, order, **more):
    return {"record_id": order.visit_record_id, "by": town.actor(Role.NURSE), "now": order.arrived_at, **more}


def missing(order):
    return [one["field"] for one in VisitRecord.objects.get(pk=order.visit_record_id).missing]


def reading(order, key):
    return VisitRecord.objects.get(pk=order.visit_record_id).readings.get(measurement=key)


@pytest.mark.clause("000 三(六)")
def test_an_unusual_value_is_kept_and_asks_for_a_word_before_the_visit_can_end(town):
    order = visit(town)
    complete_record(town, order, order.arrived_at)

    clinical.take_reading(key="temp_c", raw="38.0", **act(town, order))

    assert reading(order, "temp_c").alert == "体温 38 ℃，达到报警值 37.3 ℃，请关注。"
    assert missing(order) == ["why-temp_c"]
    with pytest.raises(Unmet):
        clinical.close_record(**act(town, order))
    clinical.take_reading(key="temp_c", raw="38.0", explanation=" 刚喝过热水，十分钟后复测 37.0 ", **act(town, order))
    assert reading(order, "temp_c").explanation == "刚喝过热水，十分钟后复测 37.0"
    assert missing(order) == []


def test_a_word_goes_with_the_unusual_value_and_not_with_the_usual_one(town):
    order = visit(town)
    clinical.take_reading(key="temp_c", raw="38.0", explanation="受凉后发热", **act(town, order))

    clinical.take_reading(key="temp_c", raw="36.6", explanation="受凉后发热", **act(town, order))

    assert (reading(order, "temp_c").alert, reading(order, "temp_c").explanation) == ("", "")
    with pytest.raises(Invalid) as no:
        clinical.take_reading(key="temp_c", raw="38.0", explanation="热" * 201, **act(town, order))
    assert no.value.reasons[0].field == "why-temp_c"


def test_answers_that_contradict_each_other_keep_the_record_open(town):
    order = visit(town, WOUND)
    complete_record(town, order, order.arrived_at)
    clinical.take_reading(key="wound_len_cm", raw="2.0", **act(town, order))
    clinical.take_reading(key="wound_wid_cm", raw="3.0", **act(town, order))

    with pytest.raises(Unmet) as no:
        clinical.close_record(**act(town, order))

    assert [(r.field, r.sentence) for r in no.value.reasons] == [
        ("reading-wound_wid_cm", "伤口宽不应大于长（最长的一边记为长），请核对后再填写。")
    ]
    clinical.take_reading(key="wound_wid_cm", raw="1.5", **act(town, order))
    clinical.close_record(**act(town, order))
    assert reading(order, "wound_area_cm2").value == "3"


def test_the_explanations_are_covered_by_the_hash_of_the_record(town):
    order = visit(town)
    complete_record(town, order, order.arrived_at)
    clinical.take_reading(key="temp_c", raw="38.0", explanation="受凉后发热", **act(town, order))
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    before = content_hash(record)

    clinical.take_reading(key="temp_c", raw="38.0", explanation="原因不明", **act(town, order))

    assert content_hash(record) != before


def second_visit(town, number):
    """The next visit of the same prescription, begun; the first one is closed."""
    first = world.order(town, at=OrderStatus.COMPLETED, numbers=(number,))
    town.now += timedelta(hours=3)
    paper = first.prescription
    following = services.create(
        request=first.request, prescription=paper, line_ids=list(paper.lines.values_list("pk", flat=True)),
        window_start=town.now + timedelta(days=1), window_end=town.now + timedelta(days=1, hours=4),
        by=town.actor(Role.DISPATCHER), now=town.now,
    )  # fmt: skip
    return first, walk(town, fresh(following), OrderStatus.IN_SERVICE)


@pytest.mark.clause("000 三(十)")
def test_what_rarely_changes_is_offered_again_and_taken_over_by_one_tap(town):
    first, order = second_visit(town, CATHETER)
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    carried = {key for key in carrying.offered(record)}
    assert carried == {"cath_fr", "balloon_ml"}
    assert not record.readings.exists()

    clinical.carry_over(**act(town, order))

    kept = {row.measurement_id: row for row in record.readings.all()}
    assert set(kept) == carried
    for key, row in kept.items():
        assert row.value == reading(first, key).value
        assert row.copied_from == reading(first, key)
        assert row.recorded_at == order.arrived_at
    assert carrying.saved(kept.values()) == 2
    with pytest.raises(NotNow):
        clinical.carry_over(**act(town, order))


def test_what_was_taken_over_and_then_written_is_no_copy_any_more(town):
    _, order = second_visit(town, CATHETER)
    clinical.carry_over(keys=["cath_fr"], **act(town, order))
    assert reading(order, "cath_fr").copied_from is not None

    clinical.take_reading(key="cath_fr", raw="16", **act(town, order))

    assert (reading(order, "cath_fr").value, reading(order, "cath_fr").copied_from) == ("16", None)
    assert set(carrying.offered(VisitRecord.objects.get(pk=order.visit_record_id))) == {"balloon_ml"}


def test_vital_signs_are_never_offered_again_and_are_shown_beside_the_last_ones(town):
    _, order = second_visit(town, VITAL_SIGNS)
    record = VisitRecord.objects.get(pk=order.visit_record_id)

    assert carrying.offered(record) == {}
    trend = carrying.trends(record)
    assert {"temp_c", "sbp_mmhg", "dbp_mmhg"} <= set(trend)
    assert (trend["temp_c"][0].value, trend["temp_c"][0].unit) == ("36.6", "℃")
    with pytest.raises(NotNow):
        clinical.carry_over(keys=["temp_c"], **act(town, order))


def test_another_patients_values_are_never_offered(town):
    world.order(town, at=OrderStatus.COMPLETED, numbers=(CATHETER,), times=1)
    other = world.neighbour(town, name="李国强")
    town.now = other.now = town.now + timedelta(days=3)
    order = world.order(other, at=OrderStatus.IN_SERVICE, numbers=(CATHETER,), times=1)
    record = VisitRecord.objects.get(pk=order.visit_record_id)

    assert carrying.offered(record) == {}
    assert carrying.trends(record) == {}
    assert carrying.earlier_values(record) == {}


def test_a_wound_that_grew_is_remarked_beside_the_visit_before(town):
    first, order = second_visit(town, WOUND)
    record = VisitRecord.objects.get(pk=order.visit_record_id)

    trend = carrying.trends(record)

    assert trend["wound_len_cm"][0].value == reading(first, "wound_len_cm").value
    assert trend["wound_area_cm2"][0].value == reading(first, "wound_area_cm2").value
    before = carrying.earlier_values(record)
    assert before["wound_area_cm2"] == before["wound_len_cm"] * before["wound_wid_cm"]
    assert measurements.cautions({"wound_area_cm2": before["wound_area_cm2"] * 2}, before) == [
        "伤口面积比上次增大两成以上，请写明情况，必要时请医生查看。"
    ]


def test_the_whole_record_can_still_be_left_when_everything_is_said(town):
    order = visit(town)
    complete_record(town, order, order.arrived_at)
    clinical.take_reading(key="sbp_mmhg", raw="186", explanation="未服降压药，已请家属给药", **act(town, order))

    done = services.finish(order_id=order.pk, by=town.actor(Role.NURSE), now=order.arrived_at)

    assert done.status in TO_CONFIRM
