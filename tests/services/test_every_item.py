"""Each item of the list, from the door to the end of the visit; and stopped by each result that it requires."""

import pytest

from accounts.roles import Role
from catalog import loading
from catalog.models import Item
from clinical import services as clinical
from clinical.models import Reading, StepEntry, VisitRecord
from kernel.refusals import Unmet
from orders import services
from orders.lifecycle import TO_CONFIRM, OrderStatus
from orders.models import Order
from tests import world
from tests.world.chain import complete_record, value_for

pytestmark = pytest.mark.django_db
DATA = {row["no"]: row for row in loading.read()["items"]}
every_item = pytest.mark.parametrize("number", sorted(DATA), ids=lambda number: DATA[number]["name"])


def at_the_bedside(number: int):
    t = world.town()
    order = world.order(t, at=OrderStatus.IN_SERVICE, numbers=(number,), times=1)
    return t, order


def leave(t, order: Order):
    return services.finish(order_id=order.pk, by=t.actor(Role.NURSE), now=order.arrived_at)


@every_item
def test_an_item_is_done_as_its_page_says(number):
    t, order = at_the_bedside(number)
    complete_record(t, order, order.arrived_at)

    done = leave(t, order)

    record = VisitRecord.objects.get(pk=order.visit_record_id)
    assert done.status in TO_CONFIRM
    assert record.closed_at == order.arrived_at
    assert record.content_sha256
    steps = StepEntry.objects.filter(record=record).select_related("step")
    assert [one.step.text for one in steps.order_by("step__number")] == [step["text"] for step in DATA[number]["steps"]]
    assert all(one.at and one.recorded_at and one.done for one in steps)
    assert record.nurse == t.users[Role.NURSE]
    readings = {row.measurement_id: row for row in record.readings.all()}
    assert set(DATA[number]["required_ours"]) <= set(readings)


@every_item
def test_an_item_cannot_be_left_without_any_of_its_results_or_steps(number):
    t, order = at_the_bedside(number)
    complete_record(t, order, order.arrived_at)
    act = {"record_id": order.visit_record_id, "by": t.actor(Role.NURSE), "now": order.arrived_at}

    for key in DATA[number]["required_ours"]:
        reading = Reading.objects.select_related("measurement").get(record=order.visit_record_id, measurement=key)
        clinical.take_reading(key=key, raw="", **act)

        left = VisitRecord.objects.get(pk=order.visit_record_id).missing

        assert [one["field"] for one in left] == [f"reading-{key}"]
        assert left[0]["sentence"] == f"「{DATA[number]['name']}」请填写{reading.measurement.label}。"
        assert left[0]["clause"].startswith("002 附件")
        with pytest.raises(Unmet) as no:
            leave(t, order)
        assert no.value.reasons[0].code == "record.incomplete"
        clinical.take_reading(key=key, raw=value_for(reading.measurement), **act)
    first = StepEntry.objects.filter(record=order.visit_record_id).order_by("step__number").first()
    StepEntry.objects.filter(pk=first.pk).delete()
    with pytest.raises(Unmet) as no:
        clinical.close_record(**act)
    assert [reason.field for reason in no.value.reasons] == [f"item-{first.step.item_id}"]
    clinical.answer_step(step_id=first.step_id, done=False, reason="服务对象要求暂不做", **act)
    assert leave(t, order).status in TO_CONFIRM


@pytest.mark.clause("002 附件-19")
def test_a_visit_to_a_family_after_the_death_invents_no_findings_and_no_waste():
    t, order = at_the_bedside(19)
    complete_record(t, order, order.arrived_at)
    act = {"record_id": order.visit_record_id, "by": t.actor(Role.NURSE), "now": order.arrived_at}
    clinical.take_reading(key="hospice_occasion", raw="患者已离世", **act)
    for key in ("kps", "pain_nrs", "consciousness", "wishes"):
        clinical.take_reading(key=key, raw="", **act)
    clinical.declare_waste(waste="none", bags=0, **act)

    assert VisitRecord.objects.get(pk=order.visit_record_id).missing == []
    assert leave(t, order).status in TO_CONFIRM


def test_the_templates_are_those_of_the_document():
    world.town()

    for number, row in DATA.items():
        item = Item.objects.get(number=number)
        assert item.name == row["name"]
        assert "".join(step["source_text"] for step in row["steps"]) == item.source_text
        assert [step.text for step in item.steps.order_by("number")] == [step["text"] for step in row["steps"]]
        assert set(item.asks.filter(required=True).values_list("measurement", flat=True)) == set(row["required_ours"])
