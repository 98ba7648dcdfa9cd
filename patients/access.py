"""
Who a person is towards a patient: the patient, someone acting for the patient, or staff of a centre serving the town.

``hats`` and ``visible_to`` are twins. Staff see patients through requests and orders, which live on a higher floor;
what staff may do on this floor (compare papers, correct a record) follows from the centre's jurisdiction.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from accounts.roles import Role
from institutions.models import Jurisdiction, Town
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, Refused, hidden
from patients.models import Patient, Proxy, Upload

CARERS = (Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN)
CLAUSE = "002 五(八)"
# Who signs has to understand what for, who confirms and moves visits what was done; who hands in applications neither.
READING = frozenset({Proxy.Scope.SIGN.value, Proxy.Scope.MANAGE.value})
BEYOND = Refusal(
    "proxy.scope", "您的代办授权不包含「查看病情和护理内容」，请本人办理，或打电话请中心调整授权。", CLAUSE
)


def hats(actor: Actor, patient: Patient) -> frozenset:
    return frozenset(role for role in (Role.PATIENT, Role.PROXY) if patient.pk in actor.patients_as(role))


def visible_to(actor: Actor) -> QuerySet[Patient]:
    return Patient.objects.filter(pk__in=actor.patients_as(Role.PATIENT, Role.PROXY))


def read_by_family(actor: Actor) -> frozenset:
    """
    The patients of whose care the actor may read as family: the own record, and those for whom one signs or decides.

    A proxy who only hands in applications sees how far they are, and nothing that was written about the care itself.
    """
    acts_for = actor.patients_as(Role.PROXY)
    return actor.patients_as(Role.PATIENT) | {pk for pk in acts_for if READING & actor.scopes_for(pk)}


def reading_hats(actor: Actor, patient_id: object) -> frozenset:
    """The twin of ``read_by_family``: the family's hats under which the actor reads of this patient's care."""
    if patient_id not in read_by_family(actor):
        return frozenset()
    return frozenset(role for role in (Role.PATIENT, Role.PROXY) if patient_id in actor.patients_as(role))


def only_applies(actor: Actor, patient_id: object) -> bool:
    """Whether the actor acts for this patient, and in nothing but applications."""
    return patient_id in actor.patients_as(Role.PROXY) and patient_id not in read_by_family(actor)


def may_read(actor: Actor, patient_id: object, *, worn: Iterable = ()) -> bool:
    """False for a proxy who only applies; a post among the hats ``worn`` towards the row reads as posts do."""
    return not only_applies(actor, patient_id) or bool(set(worn) - {Role.PROXY})


def demand_reading(actor: Actor, patient_id: object, *, worn: Iterable = ()) -> None:
    """
    Stop a proxy who only applies before what was written about the care.

    :raises kernel.refusals.NotYours: the authorisation does not reach that far
    """
    if not may_read(actor, patient_id, worn=worn):
        raise NotYours(BEYOND)


def out_of_sight(actor: Actor, rows: QuerySet, what: str) -> Refused:
    """Answer for a row that was not found: a proxy who only applies knows the patient, and hears why it stays shut."""
    patient_id = rows.values_list("patient", flat=True).first()
    return NotYours(BEYOND) if patient_id and only_applies(actor, patient_id) else hidden(what)


def serving_posts(actor: Actor, patient: Patient, *, on: date) -> frozenset:
    """Return the roles under which the actor works at a centre whose jurisdiction holds the patient's town today."""
    serving = _serving(actor, _towns(patient), on)
    return frozenset(role for role in CARERS if actor.orgs_as(role) & serving)


def serving_place(actor: Actor, patient: Patient, *, on: date) -> int | None:
    """The centre for which the actor serves the patient, so that an act says where it was done."""
    return min(_serving(actor, _towns(patient), on), default=None)


def serves_town(actor: Actor, town: Town, *, on: date) -> bool:
    """Whether the actor works at a centre whose jurisdiction holds this town today."""
    return bool(_serving(actor, [town.pk], on))


def _towns(patient):
    return patient.addresses.filter(is_current=True).values("town")


def _serving(actor, towns, on) -> set[int]:
    places = actor.orgs_as(*CARERS)
    if not places:
        return set()
    return set(
        Jurisdiction.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on), organisation__in=places, starts_on__lte=on, town__in=towns
        ).values_list("organisation", flat=True)
    )


def served_towns(actor: Actor, *, on: date) -> QuerySet:
    """Return the towns of the centres that the actor administers, as they are assigned today."""
    return Jurisdiction.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        organisation__in=actor.orgs_as(Role.CENTRE_ADMIN),
        starts_on__lte=on,
    ).values("town")


def demand_family_or_carer(actor: Actor, patient: Patient, *, on: date, scope: str) -> None:
    """
    Let through the patient, a proxy with the scope, staff serving the patient, and the platform itself.

    :raises kernel.refusals.Hidden: the patient is outside the actor's world
    :raises kernel.refusals.NotYours: the proxy's authorisation does not reach that far
    """
    if actor.kind == "system":
        return
    worn = hats(actor, patient)
    if Role.PATIENT in worn or serving_posts(actor, patient, on=on):
        return
    if Role.PROXY not in worn:
        raise hidden("这位服务对象")
    if scope not in actor.scopes_for(patient.pk):
        label = Proxy.Scope(scope).label
        raise NotYours(Refusal("proxy.scope", f"您的代办授权不包含「{label}」。", CLAUSE))


def demand_carer(actor: Actor, patient: Patient, *, on: date) -> None:
    """
    Let through staff serving the patient, and the platform itself.

    :raises kernel.refusals.Hidden: the patient is outside the actor's world
    :raises kernel.refusals.NotYours: the patient or a proxy asks for what only staff may do
    """
    if actor.kind == "system" or serving_posts(actor, patient, on=on):
        return
    if hats(actor, patient):
        raise NotYours(Refusal("patient.staff_only", "这项内容需要由中心工作人员核对后办理，请联系所在中心。", CLAUSE))
    raise hidden("这位服务对象")


def demand_known(actor: Actor, patient: Patient, *, on: date) -> None:
    """
    Let through everybody with any hat here; for looks, which are recorded each.

    :raises kernel.refusals.Hidden: the patient is outside the actor's world
    """
    if actor.kind != "system" and not hats(actor, patient) and not serving_posts(actor, patient, on=on):
        raise hidden("这位服务对象")


def demand_paper(actor: Actor, paper: Upload, *, on: date) -> None:
    """
    Let through whoever may know the patient; a proxy who only applies opens what that person handed in, and no more.

    :raises kernel.refusals.Hidden: the patient is outside the actor's world
    :raises kernel.refusals.NotYours: the proxy's authorisation does not reach that far
    """
    demand_known(actor, paper.patient, on=on)
    if paper.uploaded_by_id != actor.user_id:
        demand_reading(actor, paper.patient_id, worn=serving_posts(actor, paper.patient, on=on))


def papers_open_to(actor: Actor, papers: QuerySet[Upload]) -> QuerySet[Upload]:
    """The twin of ``demand_paper``, for the papers that a family is shown."""
    return papers.filter(Q(patient__in=read_by_family(actor)) | Q(uploaded_by=actor.user_id))
