"""Who did what to the order: its steps as Provenance, and the trace as AuditEvents that point into the bundle."""

from collections.abc import Iterable

from accounts.models import Organization
from accounts.roles import Role
from audit.fhir import OURS
from orders.bundle import codes
from orders.bundle.people import People
from orders.bundle.shelf import Shelf, instant
from orders.lifecycle import ORDER
from orders.models import OrderStep

FAMILY = (Role.PATIENT, Role.PROXY)
AGENT = f"{codes.TERMS}provenance-participant-type"
LABELS = {step.name: step.label for step in ORDER.steps}
# How the trace calls what stands in the bundle under another name.
KINDS = {
    "patients.patient": (("Patient", "{}"),),
    "orders.order": (("Task", "{}"),),
    "orders.servicerequest": (("ServiceRequest", "request:{}"),),
    "patients.consent": (("Consent", "{}"),),
    "user": (("Practitioner", "{}"), ("RelatedPerson", "{}")),
}


def steps(shelf: Shelf, people: People, rows: Iterable[OrderStep], *, task: dict, centre: Organization) -> None:
    """One Provenance for each step of the order's lifecycle."""
    for row in rows:
        shelf.put(
            "Provenance",
            f"step:{row.pk}",
            {
                "target": [task],
                "occurredDateTime": instant(row.taken_at),
                "recorded": instant(row.taken_at),
                "activity": {
                    "coding": [codes.ours("order-step", row.name, LABELS[row.name])], "text": LABELS[row.name],
                },
                "agent": [
                    {
                        "type": {"coding": [{"system": AGENT, "code": "performer", "display": "Performer"}]},
                        "who": _who(people, row),
                        "onBehalfOf": people.place(centre) if row.taken_by and row.role not in FAMILY else {},
                    }
                ],
            },
        )  # fmt: skip


def record(shelf: Shelf, people: People, order, targets: list[dict]) -> None:
    """Who wrote what was done and measured at the visit."""
    if not targets or order.nurse is None:
        return
    written = order.visit_record.closed_at or order.visit_record.started_at
    shelf.put(
        "Provenance",
        f"record:{order.visit_record_id}",
        {
            "target": targets,
            "occurredPeriod": {"start": instant(order.visit_record.started_at), "end": instant(order.finished_at)},
            "recorded": instant(written),
            "activity": {"text": "书写护理记录"},
            "agent": [
                {
                    "type": {"coding": [{"system": AGENT, "code": "author", "display": "Author"}]},
                    "who": people.staff(order.nurse.user, nurse=order.nurse),
                    "onBehalfOf": people.place(order.centre),
                }
            ],
        },
    )


def audited(shelf: Shelf, resources: Iterable[dict]) -> None:
    """The trace's own resources; what they name by its number is pointed to where it stands in the bundle."""
    for resource in resources:
        for agent in resource["agent"]:
            _point(shelf, agent.get("who", {}))
        for entity in resource.get("entity", ()):
            _point(shelf, entity.get("what", {}))
        shelf.put("AuditEvent", resource["id"], {**resource, "id": resource["id"]})


def _point(shelf, reference) -> None:
    named = reference.get("identifier", {})
    for kind, key in KINDS.get(named.get("system", "").removeprefix(OURS), ()):
        if found := shelf.find(kind, key.format(named.get("value", ""))):
            reference.update(found)


def _who(people, row) -> dict:
    if row.taken_by is None:
        return {"identifier": {"system": f"{OURS}system", "value": "platform"}, "display": "平台自动处理"}
    return people.relative(row.taken_by) if row.role in FAMILY else people.staff(row.taken_by)
