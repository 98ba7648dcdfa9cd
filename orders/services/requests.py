"""From the application to the prescription (线上申请流程, 002 五(六)1)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from audit.numbers import next_number
from audit.services import recording
from catalog import selectors as catalog
from catalog.models import Item
from clinical import services as clinical
from clinical.lifecycle import ASSESSMENT
from clinical.services.prescriptions import Wanted
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, demand, demand_words, hidden
from orders import access, bookings, gates, groups, returning
from orders.doors import REQUESTS
from orders.lifecycle import REFERRED_OUT
from orders.models import Place, ServiceRequest
from orders.services.bookings import demand_few
from orders.services.orders import create
from patients import services as patient_services
from patients.models import Patient
from patients.selectors import current_address

FIRST_VISIT = "002 五(七)1(3)"
SOONEST = timedelta(hours=2)


def submit(
    *, patient: Patient, centre: Organization, wish: str, wished_from: datetime, wished_to: datetime,
    wished_items: Sequence[Item] = (), channel: str = ServiceRequest.Channel.ONLINE, place: str = Place.HOME,
    return_on: date | None = None, booked_with: ServiceRequest | None = None,
    moved_to: Mapping[str, Any] | None = None, by: Actor, now: datetime, **seen,
) -> ServiceRequest:  # fmt: skip
    """
    Apply for care. Online, by phone or at the counter: the same gates (002 三(一)).

    ``booked_with`` is another request of the same address, whose day and place the desk took over (003 二(一)1一).
    ``moved_to`` is a new home (town, address, access_note), written down with the application or not at all.

    :raises kernel.refusals.Refused: emergency, no identity, no address, or a centre that may not serve there
    """
    today = timezone.localdate(now)
    wished_items = catalog.as_listed(centre.pk, wished_items, today)
    address = current_address(patient_id=patient.pk)
    settings = institutions.settings_of(centre, today)
    stop = gates.emergency(wish, settings["request.emergency_words"])
    if stop:
        raise Unmet(stop)
    faults = []
    if not wish.strip():
        faults.append(Refusal("request.wish", "请写下希望解决的问题。", "002 五(六)1", field="wish"))
    if wished_to <= wished_from or wished_to <= now:
        faults.append(Refusal("request.window", "希望上门的时间应在以后，且结束晚于开始。", field="wished_from"))
    family = patient.pk in by.patients_as(Role.PATIENT, Role.PROXY)
    if (channel == ServiceRequest.Channel.ONLINE) != family and by.kind == "user":
        faults.append(Refusal("request.channel", "线上申请由家属提交，电话和到中心的申请由专员登记。", field="channel"))
    if return_on:
        until = timezone.localdate(wished_to)
        no = returning.objection(until, return_on, wished_items, today, settings, "wished_from")
        faults += [no] if no else []
    town_id: str | None = address.town_id if address else None
    if moved_to:
        town_id = moved_to["town"].pk
    if town_id is None:
        faults.append(Refusal("request.address", "请先填写服务地址。", "002 五(二)1", field="address"))
    if booked_with is not None:
        if Role.DISPATCHER not in access.request_hats(by, booked_with):
            raise hidden("这份服务申请")
        faults += groups.objections(booked_with, patient_id=patient.pk, centre_id=centre.pk, town_id=town_id)
    if faults or town_id is None:
        raise Invalid(*faults)
    demand(
        [r for r in [gates.identity(patient)] if r]
        + gates.centre_serves(centre, town_id, today)
        + gates.wish_allowed(centre, wish, patient, today)
    )
    row = ServiceRequest(
        number=next_number("S", now=now),
        patient=patient,
        centre=centre,
        address=address,
        channel=channel,
        submitted_by_id=by.user_id,
        submitted_at=now,
        wish=wish.strip(),
        wished_from=wished_from,
        wished_to=wished_to,
        return_on=return_on,
        place=place,
        booked_with_id=groups.head_of(booked_with) if booked_with else None,
    )

    def prepare(row, entry):
        demand_few(row, patient, settings, now)
        if booked_with:
            demand(groups.full(booked_with))
        if moved_to:
            row.address = patient_services.change_address(
                patient_id=patient.pk, **moved_to, in_hand=True, by=by, now=now
            )

    def change(row, entry):
        row.wished_items.set(wished_items)
        entry.data["channel"] = channel
        if return_on:
            entry.data["return_on"] = return_on.isoformat()
        if booked_with:
            entry.data["booked_with"] = booked_with.number

    inputs = {
        "patient": patient.pk, "centre": centre.pk, "wish": wish, "from": wished_from, "return": return_on,
        "with": booked_with.number if booked_with else None,
    }  # fmt: skip
    return REQUESTS.create("submit", row, by=by, now=now, prepare=prepare, change=change, inputs=inputs, **seen)


def receive(*, request_id, by: Actor, now: datetime, **seen) -> ServiceRequest:
    """
    Take the request in, if the centre may serve it today. What was wished out of a list that is not in force any more
    is wished out of the one that is.

    :raises kernel.refusals.Unmet: with every rule of standing, jurisdiction, offering or negative list that fails, or
        while nobody has looked into an account that applies for many
    """
    today = timezone.localdate(now)

    def change(row, entry):
        wished = catalog.as_listed(row.centre_id, row.wished_items.all(), today)
        demand(
            gates.centre_serves(row.centre, row.address.town_id, today)
            + gates.within_trial(row.centre, now)
            + bookings.unverified(row, now)
            + gates.items_allowed(row.centre, wished, row.patient, today)
        )
        row.wished_items.set(wished)
        row.received_by_id = by.user_id

    return REQUESTS.take("receive", request_id, by=by, now=now, change=change, **seen)


def decline_request(
    *, request_id, reason: str, clause: str = "", advice: str = "", by: Actor, now: datetime, **seen
) -> ServiceRequest:
    """
    Refuse aloud: the reason with its clause and an advice, shown to the applicant.

    Also while the doctor is waited for: one who set out and left the post, or whose assessment ran out, would keep the
    patient from ever applying again. A first visit that is not signed is cancelled with it; what is signed stays.
    """
    demand_words(reason, "请写明不予受理的原因，申请人会看到。")

    def change(row, entry):
        _call_off_assessment(row, f"申请不予受理：{reason.strip()}", system("orders.decline"), now)
        row.outcome_reason, row.outcome_clause, row.outcome_advice = reason.strip(), clause, advice

    inputs = {"reason": reason, "clause": clause, "advice": advice}
    return REQUESTS.take("decline", request_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


def withdraw(*, request_id, reason: str = "", by: Actor, now: datetime, **seen) -> ServiceRequest:
    """The applicant takes the request back; a planned first visit is cancelled with it."""

    def change(row, entry):
        _call_off_assessment(row, "申请已撤回", system("orders.withdraw"), now)

    return REQUESTS.take("withdraw", request_id, by=by, now=now, change=change, reason=reason, **seen)


def plan_assessment(
    *, request_id, doctor: User, planned_start: datetime, planned_end: datetime, by: Actor, now: datetime, **seen
) -> ServiceRequest:
    """Send a family doctor of the centre to the home (家庭医生出诊专业评估)."""

    def change(row, entry):
        row.assessment = clinical.plan_assessment(
            patient=row.patient,
            centre=row.centre,
            doctor=doctor,
            planned_start=planned_start,
            planned_end=planned_end,
            by=by,
            now=now,
        )

    inputs = {"doctor": doctor.pk, "start": planned_start, "end": planned_end}
    return REQUESTS.take("plan_assessment", request_id, by=by, now=now, change=change, inputs=inputs, **seen)


def prescribe(
    *, request_id, lines: Sequence[Wanted], valid_until: date, cautions: str = "", by: Actor, now: datetime, **seen
) -> ServiceRequest:
    """
    Sign the prescription and, with it, create the first order (平台上订单创建).

    :raises kernel.refusals.Refused: an item outside the edition, not offered here, or on the negative list
    """
    today = timezone.localdate(now)

    def change(row, entry):
        demand(
            gates.centre_serves(row.centre, row.address.town_id, today)
            + gates.items_allowed(row.centre, [w.item for w in lines], row.patient, today)
        )
        if row.assessment.doctor_id != by.user_id:
            raise Unmet(Refusal("prescription.doctor", "项目单由完成首诊评估的医生开具。", "002 五(六)1"))
        settings = institutions.settings_of(row.centre, today)
        row.prescription = clinical.sign_prescription(
            assessment=row.assessment,
            lines=lines,
            valid_until=valid_until,
            longest_days=settings["prescription.max_days"],
            cautions=cautions,
            by=by,
            now=now,
        )
        entry.data["prescription"] = row.prescription.number
        row.save(update_fields=["prescription"])
        start, end = _first_window(row, now)
        create(
            request=row,
            prescription=row.prescription,
            line_ids=list(row.prescription.lines.order_by("pk").values_list("pk", flat=True)),
            window_start=start,
            window_end=end,
            by=system("orders.prescribe"),
            now=now,
        )

    inputs = {
        "lines": [[w.item.pk, w.times, w.frequency, w.cautions] for w in lines],
        "valid_until": valid_until,
        "cautions": cautions,
    }
    return REQUESTS.take("prescribe", request_id, by=by, now=now, change=change, inputs=inputs, **seen)


def find_unsuitable(*, request_id, reason: str, advice: str = "", by: Actor, now: datetime, **seen) -> ServiceRequest:
    """End the request after an unsuitable first assessment, with reason and advice for the family."""
    demand_words(reason, "请写明不宜上门的原因，家属会看到。", FIRST_VISIT)

    def change(row, entry):
        row.outcome_reason, row.outcome_clause, row.outcome_advice = reason.strip(), FIRST_VISIT, advice

    inputs = {"reason": reason, "advice": advice}
    return REQUESTS.take(
        "find_unsuitable", request_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen
    )


def refer(
    *, request_id, reason: str, hospital: Organization | None = None, advice: str = "", by: Actor, now: datetime, **seen
) -> ServiceRequest:
    """
    Refer to the lead hospital of the centre's alliance (002 五(四)); its answer comes back later.

    A provider that stands directly under the commission has no lead hospital: the advice says where to go.
    """
    demand_words(reason, "请写明转诊原因。", "002 五(四)")

    def change(row, entry):
        parent = row.centre.parent
        lead = parent if parent is not None and parent.kind == Organization.Kind.HOSPITAL else None
        target = hospital or lead
        if target != lead:
            raise Invalid(Refusal("referral.hospital", "请转往本医联体的牵头医院。", "002 五(四)", field="hospital"))
        if target is None and not advice.strip():
            said = "本机构没有牵头医院，请写明建议到哪里就诊，家属会看到。"
            raise Invalid(Refusal("referral.advice", said, "002 五(四)", field="advice"))
        row.referred_to = target
        row.outcome_reason, row.outcome_clause, row.outcome_advice = reason.strip(), "002 五(四)", advice

    inputs = {"reason": reason, "hospital": hospital.pk if hospital else None}
    return REQUESTS.take("refer", request_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


def record_referral_outcome(*, request_id, outcome: str, by: Actor, now: datetime) -> ServiceRequest:
    """Write down what the lead hospital answered."""
    demand_words(outcome, "请写明转诊结果。", "002 五(四)")
    with transaction.atomic():
        row = (
            ServiceRequest.objects.select_for_update(of=("self",))
            .select_related("centre")
            .filter(pk=request_id)
            .first()
        )
        places = by.orgs_as(Role.REVIEWER, Role.DOCTOR, Role.DISPATCHER)
        if row is None or row.centre_id not in places:
            raise hidden("这份服务申请")
        if row.status not in REFERRED_OUT:
            raise NotNow(Refusal("referral.none", "这份申请没有转诊。", "002 五(四)"))
        with recording("orders.referral_answered", target=row, by=by, now=now, reason=outcome):
            row.referral_outcome = outcome.strip()
            row.save(update_fields=["referral_outcome"])
    return row


def _call_off_assessment(row, reason, by, now):
    if row.assessment and row.assessment.status in ASSESSMENT["cancel"].from_:
        clinical.cancel_assessment(assessment_id=row.assessment_id, reason=reason[:300], by=by, now=now)


def _first_window(row, now) -> tuple[datetime, datetime]:
    """The family's wished time if it still lies ahead, else from tomorrow morning."""
    if row.wished_from >= now + SOONEST:
        return row.wished_from, row.wished_to
    start = timezone.localtime(now).replace(hour=8, minute=30, second=0, microsecond=0) + timedelta(days=1)
    return start, start + timedelta(hours=3)
