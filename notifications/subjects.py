"""What an event is about: the request or the order behind it, its people, and the facts that a text may name."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts import selectors as accounts
from accounts.roles import Role
from audit.models import Outbox, StepBase
from clinical.models import Assessment, CallBack
from consults.models import Consult, ConsultStep
from logistics.models import Specimen, SpecimenStep, WasteBag, WasteStep
from orders import ladder
from orders.models import Appeal, Companion, CompanionStep, Order, OrderStep, RequestStep, ServiceRequest
from patients.access import READING
from patients.models import Patient
from patients.selectors import proxies_in_force

NOT_TAKEN = ("decline", "expire", "give_back")
GOODS = {"specimen": (Specimen, SpecimenStep, "specimen"), "wastebag": (WasteBag, WasteStep, "bag")}
OF_AN_ORDER = ("patient", "centre__parent__parent", "address__town", "nurse__user", "prescription")


@dataclass(frozen=True)
class Subject:
    """One order or one request, and what the event itself carried."""

    row: Order | ServiceRequest
    payload: dict
    at: datetime | None  # the hour that the event is about: of the doctor's or of the nurse's visit
    kind: str
    next: ladder.Next | None = None  # who should be asked next, when a nurse has not taken the visit
    seat: Companion | None = None  # the second nurse's, when the event is about her

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
            "time": said_moment(self.at),
            "second": str(self.seat.nurse) if self.seat else "",
            "accept_by": said_moment(getattr(self.seat or self.row, "accept_by", None)),
            "window": _span(self.row),
            "before": said_moment(_moment(self.payload.get("before"))),
            "day": said_day(self.payload.get("day")),
            "what": self.payload.get("what", ""),
            "next": self.next.name if self.next else "",
            "call": f"可拨打{self.row.centre.phone}询问" if self.row.centre.phone else "中心会与您联系",
        }


def subject_of(event: Outbox) -> Subject | None:
    """Find what the event is about; None for events that concern neither an order nor a request."""
    kind = event.object_type.rpartition(".")[2]
    if kind in (Order._meta.model_name, Appeal._meta.model_name):
        which = {"pk": event.object_id} if kind == Order._meta.model_name else {"appeals": event.object_id}
        order = Order.objects.select_related(*OF_AN_ORDER).filter(**which).first()
        if order is None:
            return None
        not_taken = event.payload.get("step") in NOT_TAKEN
        following = ladder.next_up(order, event.created_at) if not_taken else None
        return Subject(order, event.payload, order.planned_start, "order", following)
    if kind == Companion._meta.model_name:
        return _of_seat(event)
    if kind == CallBack._meta.model_name:
        return _of_call_back(event)
    if kind in GOODS:
        return _of_goods(event, kind)
    if kind == Consult._meta.model_name:
        consult = Consult.objects.select_related("patient", "centre", "nurse").filter(pk=event.object_id).first()
        return Subject(consult, event.payload, consult.answer_by, "consult") if consult else None
    key = {ServiceRequest._meta.model_name: "pk", Assessment._meta.model_name: "assessment"}.get(kind)
    if key is None:
        return None
    requests = ServiceRequest.objects.select_related("patient", "assessment", "centre")
    request = requests.filter(**{key: event.object_id}).first()
    if request is None:
        return None
    start = request.assessment.planned_start if request.assessment else None
    return Subject(request, event.payload, start, "request")


def _of_seat(event: Outbox) -> Subject | None:
    rows = Companion.objects.select_related("order__patient", "order__centre", "order__nurse__user", "nurse__user")
    seat = rows.filter(pk=event.object_id).first()
    return Subject(seat.order, event.payload, seat.starts_at, "companion", seat=seat) if seat else None


def _of_call_back(event: Outbox) -> Subject | None:
    order = Order.objects.select_related(*OF_AN_ORDER).filter(visit_record__call_backs=event.object_id).first()
    if order is None:
        return None
    return Subject(order, {**event.payload, "call_back": event.object_id}, order.planned_start, "call_back")


def _of_goods(event: Outbox, kind: str) -> Subject | None:
    row = GOODS[kind][0]._default_manager.filter(pk=event.object_id).first()
    order = Order.objects.select_related(*OF_AN_ORDER).filter(pk=row.order_id).first() if row else None
    return Subject(order, {**event.payload, "goods": event.object_id}, order.planned_start, kind) if order else None


def family(subject: Subject) -> set[int]:
    """The patient's own account and everybody who acts for the patient today."""
    proxies = proxies_in_force(on=timezone.localdate()).filter(patient=subject.patient.pk)
    return {subject.patient.user_id, *proxies.values_list("user", flat=True)} - {None}


def readers(subject: Subject) -> set[int]:
    """Who of the family may read of the care: who only hands in applications is sent to no page that stays shut."""
    acts_for = proxies_in_force(on=timezone.localdate()).filter(patient=subject.patient.pk)
    proxies = acts_for.filter(scopes__overlap=sorted(READING))
    return {subject.patient.user_id, *proxies.values_list("user", flat=True)} - {None}


def nurse(subject: Subject) -> set[int]:
    """The nurse whom the event names: when a visit is taken away, the order does not know her any more."""
    return {subject.payload.get("nurse")} - {None}


def lead(subject: Subject) -> set[int]:
    """The first nurse, where the event is about the second."""
    return {subject.payload.get("lead")} - {None}


def doctor(subject: Subject) -> set[int]:
    assessment = getattr(subject.row, "assessment", None)
    return {assessment.doctor_id} if assessment else set()


def family_doctor(subject: Subject) -> set[int]:
    """Who signed the items that this visit rests on, while in post; else every doctor of the centre."""
    here = doctors(subject)
    return {subject.row.prescription.doctor_id} & here or here


def doctors(subject: Subject) -> set[int]:
    """Whoever is doctor of the centre today."""
    return in_post(subject.organisation_id, Role.DOCTOR)


def nurses_here(subject: Subject) -> set[int]:
    """Who answers the family: the nurse who has answered before, while in post; else every nurse of the centre."""
    here = in_post(subject.organisation_id, Role.NURSE)
    return {getattr(subject.row, "nurse_id", None)} & here or here


def desk(subject: Subject) -> set[int]:
    """Whoever is dispatcher of the centre today."""
    return in_post(subject.organisation_id, Role.DISPATCHER)


def head(subject: Subject) -> set[int]:
    """Whoever administers the centre today."""
    return in_post(subject.organisation_id, Role.CENTRE_ADMIN)


def times_unseated(subject: Subject) -> int:
    """How often a nurse has said no to this order, or nothing."""
    return OrderStep.objects.filter(order=subject.row, name__in=NOT_TAKEN).count()


def doer(subject: Subject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    if subject.kind in GOODS:
        _, goods_steps, owner = GOODS[subject.kind]
        return taker(goods_steps._default_manager.filter(**{owner: subject.payload["goods"]}), subject.payload)
    if subject.kind == "consult":
        return taker(ConsultStep.objects.filter(consult=subject.row), subject.payload)
    if subject.kind == "call_back":
        return None  # nurse and doctor only ever tell each other
    if subject.seat:
        return taker(CompanionStep.objects.filter(companion=subject.seat), subject.payload)
    steps: type[StepBase] = OrderStep if subject.kind == "order" else RequestStep
    return taker(steps._default_manager.filter(**{subject.kind: subject.row}), subject.payload)


def in_post(place: int | None, *roles: Role) -> set[int]:
    """Whoever holds one of these roles at the place today."""
    return accounts.in_post(*roles, at={place} - {None}, on=timezone.localdate())


def taker(steps: QuerySet, payload: dict) -> int | None:
    """Who took the step that an event tells of, the last time that it was taken."""
    taken = steps.filter(name=payload.get("step", ""))
    return taken.order_by("-pk").values_list("taken_by", flat=True).first()


def said_moment(moment: datetime | None) -> str:
    """Say a day and an hour as a sentence names them."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _span(row) -> str:
    """The wished time of an order, as a sentence says it."""
    if not isinstance(row, Order):
        return ""
    return f"{said_moment(row.window_start)}到{timezone.localtime(row.window_end):%H:%M}"


def said_day(text: str | None) -> str:
    """Say a day as a sentence names it."""
    if not text:
        return ""
    day = date.fromisoformat(text)
    return f"{day.month}月{day.day}日"
