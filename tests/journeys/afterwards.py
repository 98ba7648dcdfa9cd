"""What must stand in the database when the whole chain has been walked: the steps, and every act in the trace."""

import pytest

from accounts.roles import Role
from audit.models import Event
from orders.trace import ACTIONS as LABELS

__all__ = ["ACTS", "LABELS", "the_record_is_in_order"]

FAMILY, DESK_POST, DOCTOR, NURSE = Role.PROXY, Role.DISPATCHER, Role.DOCTOR, Role.NURSE
ACTS = [
    ("orders.request_submitted", FAMILY, "jiaming"),
    ("orders.request_received", DESK_POST, "lumin"),
    ("orders.assessment_planned", DESK_POST, "lumin"),
    ("clinical.assessment_departed", DOCTOR, "zhouyi"),
    ("clinical.assessment_arrived", DOCTOR, "zhouyi"),
    ("clinical.assessment_concluded", DOCTOR, "zhouyi"),
    ("clinical.assessment_signed", DOCTOR, "zhouyi"),
    ("clinical.prescription_signed", DOCTOR, "zhouyi"),
    ("orders.prescribed", DOCTOR, "zhouyi"),
    ("orders.consented", FAMILY, "jiaming"),
    ("orders.offered", DESK_POST, "lumin"),
    ("orders.accepted", NURSE, "guxiaowen"),
    ("orders.departed", NURSE, "guxiaowen"),
    ("orders.checked_in", NURSE, "guxiaowen"),
    ("clinical.note_written", NURSE, "guxiaowen"),
    ("clinical.record_closed", NURSE, "guxiaowen"),
    ("orders.finished", NURSE, "guxiaowen"),
    ("orders.confirmed", FAMILY, "jiaming"),
    ("orders.rated", FAMILY, "jiaming"),
]


def the_record_is_in_order(town, order, latitude):
    order.refresh_from_db()
    assert order.status == "completed"
    assert (order.confirmed_how, order.nurse_id) == ("family", town.nurse.pk)
    assert order.visit_record.lat == pytest.approx(latitude, abs=1e-4)
    assert (order.rating.on_time, order.rating.comment) == (5, "护士很仔细，讲得很清楚。")

    steps = list(order.steps.order_by("pk").values_list("name", "from_status", "to_status", "role"))
    assert [(name, role) for name, _, _, role in steps] == [
        ("create", "system"), ("consent", FAMILY), ("offer", DESK_POST), ("accept", NURSE), ("depart", NURSE),
        ("check_in", NURSE), ("finish", NURSE), ("confirm", FAMILY),
    ]  # fmt: skip
    assert [after for _, _, after, _ in steps[:-1]] == [before for _, before, _, _ in steps[1:]]
    asked = list(order.request.steps.order_by("pk").values_list("name", "role"))
    assert asked == [("submit", FAMILY), ("receive", DESK_POST), ("plan_assessment", DESK_POST), ("prescribe", DOCTOR)]

    known = {action for action, _, _ in ACTS}
    hers = Event.objects.filter(kind=Event.Kind.ACT, subject_id=str(order.patient_id))
    events = hers.filter(action__in=known).order_by("id")
    who = {str(user.pk): name for name, user in town.users.items()}
    assert [(e.action, e.role, who[e.actor_id]) for e in dedupe(events)] == ACTS
    assert {e.organisation_id for e in events} == {town.centre.pk}
    assert {e.outcome for e in events} == {"ok"}
    assert all(e.request_id and e.act_id for e in events)


def dedupe(events):
    """A note is kept at every change of a field; the trace may hold it more than once in a row."""
    kept = []
    for event in events:
        if not kept or kept[-1].action != event.action:
            kept.append(event)
    return kept
