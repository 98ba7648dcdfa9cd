"""Reads of consults, referrals, teams and coaching, complete: no query per row."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, FloatField, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import AT_HOSPITAL, Role
from accounts.selectors import people, posts_held, posts_in_force
from clinical import access as clinical
from clinical import pictures
from clinical.lifecycle import SIGNED
from clinical.models import Assessment, Picture
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Refusal, hidden
from orders.models import Order
from patients import access as patients
from referrals import access, rules
from referrals.lifecycle import LIVE, REFERRAL_OPEN, REMOTE_GUIDES, REMOTE_OPEN, TO_ACCEPT, UNDER_WAY
from referrals.models import Coaching, JointRound, Referral, RemoteConsult, RoundMember, RoundTodo, Team, TeamMember

Candidate = tuple[User, Organization]
Present = tuple[User, int, int | None]  # who, the organisation, the team
VISITS = 5
GUIDES_FOR = timedelta(days=90)  # ours: advice about this patient is followed for a quarter of a year

# --- remote consults ---


def consults(*, actor: Actor, is_open: bool) -> QuerySet[RemoteConsult]:
    """Those that wait for an answer, the nearest promise first; or those that have one, the newest first."""
    rows = access.consults_visible_to(actor).select_related("patient", "centre", "hospital", "expert", "asked_by")
    if is_open:
        return rows.filter(status__in=sorted(REMOTE_OPEN)).order_by("answer_by", "pk")
    return rows.exclude(status__in=sorted(REMOTE_OPEN)).order_by("-status_since", "-pk")


def consult(*, actor: Actor, number: str) -> RemoteConsult:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    related = ("patient", "centre", "hospital", "expert", "asked_by", "order__nurse")
    row = access.consults_visible_to(actor).select_related(*related).filter(number=number).first()
    if row is None:
        raise hidden("这次会诊")
    return row


def consults_about(*, actor: Actor, order: Order) -> list[RemoteConsult]:
    """Everything that was asked about one visit, the newest first, as far as this actor may know of it."""
    rows = access.consults_visible_to(actor).filter(order=order).select_related("expert", "hospital", "order__nurse")
    return list(rows.order_by("-pk")[:VISITS])


def attached(row: RemoteConsult) -> list[Picture]:
    """Pictures that still may be shown: not removed, and nobody has taken the consent back."""
    rows = row.pictures.filter(removed_at__isnull=True, consent__withdrawn_at__isnull=True)
    return list(rows.select_related("measurement").order_by("-at", "-recorded_at"))


def pictures_for(by: Actor, order: Order) -> list[Picture]:
    """Pictures of this patient that this person may see, and so may hand on."""
    here = pictures.at_the_bedside(by, order.patient_id)
    return [row for row in pictures.of_patient(order.patient_id) if clinical.may_see_picture(by, row, here)]


def summary_of(order: Order) -> str:
    """What a specialist asks first, as far as it is on record: illness, allergies, the doctor's opinion, this visit."""
    patient = order.patient
    lines = [f"{patient.get_sex_display()}，{patient.get_group_display()}"]
    lines += [f"主要疾病：{patient.conditions}"] if patient.conditions else []
    lines += [f"过敏：{patient.allergies}"] if patient.allergies else []
    if (last := last_assessment(order.patient_id, order.centre_id)) and last.opinion:
        lines.append(f"首诊意见：{last.opinion}")
    lines.append("护理项目：" + "、".join(line.item.name for line in order.lines.all()))
    if order.visit_record_id and (record := order.visit_record):
        said = [
            f"{one.measurement.label} {one.value}{one.measurement.unit}"
            for one in record.readings.select_related("measurement").order_by("pk")
        ]
        lines += ["测量：" + "，".join(said)] if said else []
        lines += [f"护理记录：{record.note}"] if record.note else []
    return "\n".join(lines)[:1000]


def guidance(order: Order, now: datetime, settings: dict[str, Any] | None = None) -> Refusal | None:
    """Whether a hard item of this visit still lacks the lead hospital's guidance (002 五(四))."""
    settings = settings or institutions.settings_of(order.centre, timezone.localdate(now))
    names = [line.item.name for line in order.lines.all()]
    if rules.guidance_missing(names, settings["remote.guided_items"], has_guidance=False) is None:
        return None
    known = RemoteConsult.objects.filter(
        patient=order.patient_id, centre=order.centre_id, status__in=sorted(REMOTE_GUIDES),
        answered_at__gte=now - GUIDES_FOR,
    )  # fmt: skip
    return rules.guidance_missing(names, settings["remote.guided_items"], has_guidance=known.exists())


# --- referrals ---

GROUPS = {
    "to_accept": ("等接收", Q(status__in=sorted(TO_ACCEPT))),
    "under_way": ("进行中", Q(status__in=sorted(UNDER_WAY))),
    "fed_back": ("已反馈结果", Q(status__in=sorted(REFERRAL_OPEN - LIVE))),
    "over": ("已结束", ~Q(status__in=sorted(REFERRAL_OPEN))),
}


def referrals(*, actor: Actor, group: str) -> QuerySet[Referral]:
    """One group of referrals: what waits stands longest first, the rest newest first."""
    rows = access.referrals_visible_to(actor).filter(GROUPS[group][1])
    rows = rows.select_related("patient", "centre", "hospital")
    waits = ("status_since", "pk") if group == "to_accept" else ("-status_since", "-pk")
    return rows.order_by(*waits)


def sizes(*, actor: Actor) -> dict[str, int]:
    """How many stand in each group."""
    counted = access.referrals_visible_to(actor).aggregate(
        **{name: Count("pk", filter=meant) for name, (_, meant) in GROUPS.items()}
    )
    return dict(counted)


def referral(*, actor: Actor, number: str) -> Referral:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    related = ("patient", "centre", "hospital", "request", "proposed_by", "order")
    row = access.referrals_visible_to(actor).select_related(*related).filter(number=number).first()
    if row is None:
        raise patients.out_of_sight(actor, Referral.objects.filter(number=number), "这份转诊单")
    return row


def of_family(*, actor: Actor) -> QuerySet[Referral]:
    """The family's referrals: what still runs first, then the newest."""
    running = Case(When(status__in=sorted(REFERRAL_OPEN), then=Value(0)), default=Value(1))
    rows = Referral.objects.filter(patient__in=patients.read_by_family(actor))
    return rows.select_related("patient", "centre", "hospital").alias(turn=running).order_by("turn", "-pk")


def live_of(*, patient_id, direction: str) -> Referral | None:
    return Referral.objects.filter(patient=patient_id, direction=direction, status__in=sorted(LIVE)).first()


def shared(*, actor: Actor, row: Referral) -> dict[str, Any] | None:
    """
    The part of the record that travels along: the last assessment and the last visits; nothing without consent.
    """
    if not access.may_read_shared(actor, row):
        return None
    done = Order.objects.filter(patient=row.patient_id, centre=row.centre_id, visit_record__closed_at__isnull=False)
    done = done.select_related("visit_record").prefetch_related(
        "lines__item", "visit_record__readings__measurement"
    )  # fmt: skip
    return {
        "assessment": last_assessment(row.patient_id, row.centre_id),
        "visits": [_visit(order) for order in done.order_by("-finished_at", "-pk")[:VISITS]],
    }


def _visit(order: Order) -> dict[str, Any]:
    record = order.visit_record
    readings = sorted(record.readings.all(), key=lambda one: one.pk) if record else []
    return {
        "order": order,
        "items": "、".join(line.item.name for line in order.lines.all()),
        "note": record.note if record else "",
        "readings": "，".join(f"{one.measurement.label} {one.value}{one.measurement.unit}" for one in readings),
    }


def last_assessment(patient_id, centre_id: int) -> Assessment | None:
    signed = Assessment.objects.filter(patient=patient_id, centre=centre_id, status__in=sorted(SIGNED))
    return signed.select_related("doctor").order_by("-signed_at", "-pk").first()


def referred_down_indicator_rows(start: datetime, end: datetime, now: datetime) -> QuerySet[Referral]:
    """Patients handed down and accepted by a centre in this span (003 附件-20), as indicators count them."""
    rows = Referral.objects.filter(
        direction=Referral.Direction.DOWN, accepted_at__gte=start, accepted_at__lt=end
    )  # fmt: skip
    return rows.annotate(
        site=F("centre"), at=F("accepted_at"), about=F("number"), amount=Value(1.0, FloatField())
    )  # fmt: skip


# --- teams and coaching ---


def teams(*, hospital_ids) -> QuerySet[Team]:
    """Teams of these hospitals that are there today, with who is in them."""
    rows = Team.objects.filter(hospital__in=hospital_ids, ends_on__isnull=True).select_related("hospital")
    return rows.prefetch_related("members__person", "members__organisation").order_by("specialty", "pk")


def coachings(*, hospital_ids) -> QuerySet[Coaching]:
    """Pairs of these hospitals: those that run first, then the newest."""
    rows = Coaching.objects.filter(hospital__in=hospital_ids).select_related("nurse", "mentor", "centre")
    return rows.alias(over=Case(When(ended_at__isnull=True, then=Value(0)), default=Value(1))).order_by("over", "-pk")


def hospitals_of(*, actor: Actor) -> set[int]:
    """Lead hospitals of the actor: their own, or the one above their centre."""
    places = frozenset().union(*actor.orgs.values()) if actor.orgs else frozenset()
    own = Organization.objects.filter(
        Q(pk__in=actor.orgs_as(Role.REVIEWER)) | Q(children__in=places), kind=Organization.Kind.HOSPITAL
    )
    return set(own.values_list("pk", flat=True))


def candidates(*, hospital_id: int, on: date) -> tuple[list[Candidate], list[Candidate]]:
    """(nurses of the centres, experts of the hospital) who are in post today, each once, by name."""
    places = Organization.objects.filter(Q(pk=hospital_id) | Q(parent=hospital_id)).values("pk")
    nurses = people(organisation_ids=places, role=Role.NURSE, on=on)
    experts = posts_in_force(on=on).filter(organisation__in=places, role__in=sorted(AT_HOSPITAL))
    return _once(nurses), _once(experts.select_related("user", "organisation").order_by("pk"))


def _once(posts) -> list[Candidate]:
    found = {post.user_id: (post.user, post.organisation) for post in posts}
    return sorted(found.values(), key=lambda one: one[0].display_name)


# --- joint rounds ---


def rounds(*, actor: Actor) -> QuerySet[JointRound]:
    """The last version of every round that this actor may read, the newest first."""
    rows = access.rounds_visible_to(actor).filter(next__isnull=True).select_related("patient", "centre", "led_by")
    return rows.prefetch_related(*_round_parts()).order_by("-held_on", "-pk")


def joint_round(*, actor: Actor, number: str) -> JointRound:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = rounds(actor=actor).select_related("order").filter(number=number).first()
    if row is None:
        raise hidden("这份查房记录")
    return row


def rounds_of(*, actor: Actor, patient_id) -> list[JointRound]:
    """The last rounds about one patient, as far as this actor may read them."""
    return list(rounds(actor=actor).filter(patient=patient_id)[:VISITS])


def replaced_rounds(row: JointRound) -> list[JointRound]:
    """What the record was before it was corrected, the latest first."""
    rows = JointRound.objects.filter(number=row.number, version__lt=row.version).select_related("led_by")
    return list(rows.prefetch_related(*_round_parts()).order_by("-version"))


def round_version(row: JointRound, pk: int) -> int:
    """
    The id of one version of this round, of which only the id came back from a page.

    :raises kernel.refusals.Hidden: that is no version of this round
    """
    if not JointRound.objects.filter(pk=pk, number=row.number).exists():
        raise hidden("这份查房记录")
    return pk


def visits_on(*, patient_id, centre_id: int, day: date) -> list[Order]:
    """The visits of a day at which a nurse of the centre was with this patient."""
    there = Q(arrived_at__date=day) | Q(finished_at__date=day)
    return list(Order.objects.filter(there, patient=patient_id, centre=centre_id).order_by("pk"))


def round_people(
    *, centre: Organization, on: date, since: date | None = None, corrects: JointRound | None = None
) -> dict[str, dict[int, Present]]:
    """
    Who could take part that day: doctors and nurses of the centre, and members of its lead hospital's teams.

    Posts and teams count by their dates alone: whoever has left since then was there. ``since`` widens the day to a
    span, for choices. Whom a record names that is being corrected stays as it names them.
    """
    part = RoundMember.Part
    parts = {Role.DOCTOR.value: part.DOCTOR, Role.NURSE.value: part.NURSE}
    found: dict[str, dict[int, Present]] = {part.DOCTOR: {}, part.NURSE: {}, part.EXPERT: {}}
    for one in corrects.members.select_related("person").order_by("pk") if corrects else ():
        found[one.part][one.person_id] = (one.person, one.organisation_id, one.team_id)
    first = since or on
    held = posts_held(first=first, last=on).filter(organisation=centre, role__in=sorted(parts))
    for post in held.select_related("user").order_by("pk"):
        found[parts[post.role]].setdefault(post.user_id, (post.user, centre.pk, None))
    ours = set(found[part.DOCTOR]) | set(found[part.NURSE])
    members = TeamMember.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=first), team__hospital=centre.parent_id, starts_on__lte=on
    ).exclude(person__in=ours)
    for one in members.select_related("person").order_by("pk"):
        found[part.EXPERT].setdefault(one.person_id, (one.person, one.organisation_id, one.team_id))
    return found


def _round_parts():
    members = RoundMember.objects.select_related("person", "organisation", "team").order_by("pk")
    return Prefetch("members", members), Prefetch("todos", RoundTodo.objects.select_related("person").order_by("pk"))
