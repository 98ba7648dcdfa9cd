"""The trace of one order or one patient, in words: who did what, under which post, when, why, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.models import Organization, User
from accounts.roles import SYSTEM, Role
from audit.models import Event
from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from kernel.refusals import hidden
from orders import rowwords
from orders.actwords import ACTIONS
from orders.lifecycle import ORDER, REQUEST
from orders.models import Order

CLAUSES = {step.event: step.clause for table in (REQUEST, ASSESSMENT, PRESCRIPTION, ORDER) for step in table.steps}
OUTCOMES = {"ok": "成功", "refused": "被拒绝", "failed": "失败"}
READERS = frozenset(
    {Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR}
)
_ROLES = {**dict(Role.choices), SYSTEM: "平台"}
_BELONGING: list[type[Model]] = []
_NOBODY = {"system": "平台自动处理", "anonymous": "未登录"}
_SHOWN = [Event.Kind.ACT, Event.Kind.LOOK, Event.Kind.REFUSAL]


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words; ``happened_at`` is when it is said to have happened, ``at`` when it was written down."""

    id: int
    kind: str
    kind_label: str
    action: str
    label: str
    who: str
    role: str
    role_label: str
    organisation: str
    reason: str
    outcome: str
    outcome_label: str
    happened_at: datetime
    at: datetime
    request_id: str
    clause: str = ""  # where the documents ask for this act; what it rests on when nobody had to give a reason
    data: dict[str, Any] = field(default_factory=dict)
    ip: str = ""
    account_id: int | None = None
    object_type: str = ""
    object_id: str = ""
    object_label: str = ""
    subject_id: str = ""  # the person whom it is about
    act_id: UUID | None = None
    db_user: str = ""


def order_trace(order: Order) -> list[Line]:
    """Every event of the order and of what it grew from and left behind, in order, in three queries."""
    return lines(_events().filter(concerning(order)))


def concerning(order: Order) -> Q:
    """The events of one order, of its request, assessment, prescription, record and signatures."""
    return about(objects_of(order))


def objects_of(order: Order) -> dict[str, list[str]]:
    """The order and the papers it rests on, by kind of object."""
    papers = {
        "orders.order": [order.pk],
        "orders.companion": order.companions.values_list("pk", flat=True),
        "orders.servicerequest": [order.request_id],
        "clinical.assessment": [order.request.assessment_id],
        "clinical.prescription": [order.prescription_id],
        "clinical.visitrecord": [order.visit_record_id],
        "patients.consent": [order.consent_id, order.agreement_id],
    }
    for kind, key in _hanging(order):
        papers.setdefault(kind, []).append(key)
    return {kind: [str(pk) for pk in ids if pk is not None] for kind, ids in papers.items()}


def _hanging(order: Order) -> Iterable[tuple[str, str]]:
    """The rows of upper floors that are part of this order's trace, by kind and id, in one query however many kinds."""
    found = [
        model._default_manager.filter(order=order)
        .annotate(row_kind=Value(model._meta.label_lower), row_key=Cast("pk", TextField()))
        .values_list("row_kind", "row_key")
        for model in _BELONGING
    ]
    return found[0].union(*found[1:], all=True) if found else ()


def belongs(model: type[Model]) -> None:
    """Count the rows of a floor above that name an order among its papers; told by that floor when it starts."""
    if model not in _BELONGING:
        _BELONGING.append(model)


def about(objects: Mapping[str, Iterable[str]]) -> Q:
    """The events of these objects, by kind of object and id; of none, none."""
    concerned = Q(pk__in=[])
    for kind, ids in objects.items():
        if ids:
            concerned |= Q(object_type=kind, object_id__in=ids)
    return concerned


def readable_order(*, actor, number: str) -> Order:
    """
    Return the order whose trace this actor may read: staff of its centre, and those who oversee or audit it.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    """
    row = (
        Order.objects.filter(number=number, centre__in=actor.orgs_as(*READERS))
        .select_related("request", "centre", "patient")
        .first()
    )
    if row is None:
        raise hidden("这份订单的留痕")
    return row


def _events() -> QuerySet[Event]:
    return Event.objects.filter(kind__in=_SHOWN).order_by("id")


def lines(events: Iterable[Event]) -> list[Line]:
    """Put events into words, in two queries; for the auditor's search as well as for the traces above."""
    events = list(events)
    people = User.objects.in_bulk({int(e.actor_id) for e in events if e.actor_kind == "user"})
    places = Organization.objects.in_bulk({e.organisation_id for e in events if e.organisation_id})
    return [
        Line(
            id=event.pk,
            kind=event.kind,
            kind_label=event.get_kind_display(),
            action=event.action,
            label=_label(event),
            who=_who(event, people),
            role=event.role,
            role_label="、".join(_ROLES.get(role, role) for role in event.role.split(",") if role),
            organisation=str(places.get(event.organisation_id, "")),
            reason=event.reason,
            clause=CLAUSES.get(event.action, ""),
            outcome=event.outcome,
            outcome_label=OUTCOMES.get(event.outcome, event.outcome),
            happened_at=event.happened_at,
            at=event.at,
            request_id=event.request_id,
            data=event.data,
            ip=event.ip,
            account_id=int(event.actor_id) if event.actor_kind == "user" else None,
            object_type=event.object_type,
            object_id=event.object_id,
            object_label=rowwords.table(event.object_type) if event.object_type else "",
            subject_id=event.subject_id,
            act_id=event.act_id,
            db_user=event.db_user,
        )
        for event in events
    ]


def _label(event) -> str:
    if event.kind == Event.Kind.ROW:
        return f"直接修改数据库：{rowwords.ACTIONS.get(event.action, event.action)}{rowwords.table(event.object_type)}"
    if event.kind == Event.Kind.DDL:
        return ACTIONS.get(event.action) or f"修改数据库结构：{event.action}"
    return ACTIONS.get(event.action, event.action)


def _who(event, people) -> str:
    if event.actor_kind == "user":
        return str(people.get(int(event.actor_id), "账号已注销"))
    if event.kind in (Event.Kind.ROW, Event.Kind.DDL):
        return f"数据库账号 {event.db_user}"
    return _NOBODY.get(event.actor_kind, event.actor_kind)
