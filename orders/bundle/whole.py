"""The whole bundle of one order, read once: the same number of queries however much hangs on it."""

from datetime import datetime
from typing import Any

from audit.models import Event
from clinical.models import Prescription, Reading, StepEntry
from kernel.actors import Actor
from orders import fhir, timeline, trace
from orders.bundle import trail
from orders.bundle.care import Care
from orders.bundle.people import People, Shown
from orders.bundle.shelf import Shelf
from orders.models import Order, OrderStep
from patients.models import Proxy

MOST_EVENTS = 2000
TOO_MANY = {
    "issue": [
        {
            "severity": "information",
            "code": "incomplete",
            "diagnostics": f"这份订单的留痕超过 {MOST_EVENTS} 条，这里是最早的 {MOST_EVENTS} 条，"
            "其余请在留痕接口按时间读取。",
        }
    ]
}


def of_order(order: Order, *, actor: Actor, shown: Shown, now: datetime) -> dict[str, Any]:
    """
    Return the order as a collection whose references lead to resources of the same bundle.

    ``order`` comes from :func:`orders.selectors.order`, which judges whether this actor may see it. The trace stands in
    it only for those who may read the order's trace.
    """
    shelf = Shelf()
    relations = dict(Proxy.objects.filter(patient=order.patient_id).values_list("user", "relation"))
    people = People(shelf, order.patient, shown, relations)
    order.prescription = Prescription.objects.select_related("doctor").get(pk=order.prescription_id)
    people.subject()
    people.place(order.centre)
    care = Care(shelf, people, order, *_record(order))
    care.prescribed(care.application())
    care.consents()
    encounter = care.encounter()
    task = care.task(encounter)
    targets = [*care.done(encounter), *care.measured(encounter)]
    trail.steps(
        shelf, people, OrderStep.objects.filter(order=order).select_related("taken_by").order_by("pk"), task=task,
        centre=order.centre,
    )  # fmt: skip
    trail.record(shelf, people, order, targets)
    if order.centre_id in actor.orgs_as(*trace.READERS):
        _audited(shelf, order)
    return shelf.bundle(number=order.number, now=now)


def _record(order) -> tuple[list[Reading], list[StepEntry]]:
    readings = Reading.objects.filter(record=order.visit_record_id).select_related("measurement")
    left_out = StepEntry.objects.filter(record=order.visit_record_id, done=False).select_related("step")
    return list(readings.order_by("pk")), list(left_out.order_by("step__item", "step__number"))


def _audited(shelf, order) -> None:
    events = Event.objects.filter(timeline.LINES, trace.concerning(order)).order_by("id")
    found = list(events[: MOST_EVENTS + 1])
    trail.audited(shelf, fhir.resources(found[:MOST_EVENTS], covered=False))
    if len(found) > MOST_EVENTS:
        shelf.put("OperationOutcome", f"events:{order.pk}", TOO_MANY)
