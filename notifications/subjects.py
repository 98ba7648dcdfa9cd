"""What an event is about: the request or the order behind it, its people, and the facts that a text may name."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import posts_in_force
from audit.models import Outbox, StepBase
from clinical.models import Assessment
from orders.models import Order, OrderStep, RequestStep, ServiceRequest
from patients.models import Patient
from patients.selectors import proxies_in_force


@dataclass(frozen=True)
class Subject:
    """One order or one request, and what the event itself carried."""

    row: Order | ServiceRequest
    payload: dict
    at: datetime | None  # the hour that the event is about: of the doctor's or of the nurse's visit
    kind: str

    @property
    def patient(self) -> Patient:
        return self.row.patient

    @property
    def organisation_id(self) -> int:
        return self.row.centre_id

    def facts(self) -> dict[str, str]:
        nurse = getattr(self.row, "nurse", None)
        return {
            "number": self.row.number,
            "patient": self.patient.name,
            "nurse": str(nurse) if nurse else "",
            "time": _said(self.at),
            "accept_by": _said(getattr(self.row, "accept_by", None)),
        }


def subject_of(event: Outbox) -> Subject | None:
    """Find what the event is about; None for events that concern neither an order nor a request."""
    kind = event.object_type.rpartition(".")[2]
    if kind == Order._meta.model_name:
        order = Order.objects.select_related("patient", "nurse__user").filter(pk=event.object_id).first()
        return Subject(order, event.payload, order.planned_start, "order") if order else None
    key = {ServiceRequest._meta.model_name: "pk", Assessment._meta.model_name: "assessment"}.get(kind)
    if key is None:
        return None
    request = ServiceRequest.objects.select_related("patient", "assessment").filter(**{key: event.object_id}).first()
    if request is None:
        return None
    start = request.assessment.planned_start if request.assessment else None
    return Subject(request, event.payload, start, "request")


def family(subject: Subject) -> set[int]:
    """The patient's own account and everybody who acts for the patient today."""
    proxies = proxies_in_force(on=timezone.localdate()).filter(patient=subject.patient.pk)
    return {subject.patient.user_id, *proxies.values_list("user", flat=True)} - {None}


def nurse(subject: Subject) -> set[int]:
    """The nurse whom the event names: when a visit is taken away, the order does not know her any more."""
    return {subject.payload.get("nurse")} - {None}


def doctor(subject: Subject) -> set[int]:
    assessment = getattr(subject.row, "assessment", None)
    return {assessment.doctor_id} if assessment else set()


def desk(subject: Subject) -> set[int]:
    """Whoever is dispatcher of the centre today."""
    return _in_post(subject, Role.DISPATCHER)


def head(subject: Subject) -> set[int]:
    """Whoever administers the centre today."""
    return _in_post(subject, Role.CENTRE_ADMIN)


def times_unseated(subject: Subject) -> int:
    """How often a nurse has said no to this order, or nothing."""
    return OrderStep.objects.filter(order=subject.row, name__in=["decline", "expire", "give_back"]).count()


def doer(subject: Subject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    steps: type[StepBase] = OrderStep if subject.kind == "order" else RequestStep
    taken = steps._default_manager.filter(**{subject.kind: subject.row}, name=subject.payload.get("step", ""))
    return taken.order_by("-pk").values_list("taken_by", flat=True).first()


def _in_post(subject: Subject, role: Role) -> set[int]:
    posts = posts_in_force(on=timezone.localdate()).filter(organisation=subject.organisation_id, role=role.value)
    return set(posts.values_list("user", flat=True))


def _said(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
