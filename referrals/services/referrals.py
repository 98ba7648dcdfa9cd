"""Referral both ways: proposed, accepted or declined, arrived, fed back, closed (003 二(五)13)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.numbers import next_number
from audit.services import recording
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, demand, demand_words, hidden
from orders import gates
from orders import services as orders
from orders.lifecycle import WAITING
from orders.models import Order, ServiceRequest
from patients import access as patients
from patients.models import Patient
from patients.selectors import current_address
from referrals import access, rules
from referrals.doors import DOWNWARD, REMOTES, UPWARD, door_of
from referrals.lifecycle import BOTH_WAYS, LIVE, REFERRAL_OPEN, REMOTE_OPEN, TRANSFER
from referrals.models import Referral, RemoteConsult

Direction, Transfer = Referral.Direction, Referral.Transfer


def refer_up(
    *, patient: Patient, centre: Organization, reason: str, summary: str, consent_by: str, department: str = "",
    transfer: str = Transfer.OWN, order: Order | None = None, by: Actor, now: datetime, **seen,
) -> Referral:  # fmt: skip
    """
    Refer a patient of the centre to its lead hospital, with what it has to know.

    :raises kernel.refusals.Refused: not this doctor's centre or patient, no lead hospital, something is missing, an
        emergency that is no transfer, or one is under way
    """
    served = patients.serving_posts(by, patient, on=timezone.localdate(now))
    cared_for = ServiceRequest.objects.filter(patient=patient, centre=centre).exists()
    if centre.pk not in by.orgs_as(Role.DOCTOR) or not (Role.DOCTOR in served or cared_for):
        raise hidden("这位服务对象")
    hospital = _lead_of(centre)
    found = rules.proposal(reason, summary, consent_by, Referral.ConsentBy.values)
    if transfer not in Transfer.values:
        found.append(Refusal("referral.transfer", "请选择前往方式。", TRANSFER, field="transfer"))
    if found:
        raise Invalid(*found)
    if transfer == Transfer.VEHICLE:
        _no_emergency(centre, reason, now)
    row = _new(Direction.UP, patient, centre, hospital, reason, summary, consent_by, department, transfer, by, now)
    row.order = order if order and order.patient_id == patient.pk and order.centre_id == centre.pk else None
    return UPWARD.create("propose", row, by=by, now=now, inputs=_inputs(row), **seen)


def refer_down(
    *, patient: Patient | None, centre: Organization, reason: str, summary: str, consent_by: str, department: str = "",
    by: Actor, now: datetime, **seen,
) -> Referral:  # fmt: skip
    """
    Hand a patient who leaves hospital over to the home nursing of a centre of the alliance.

    :raises kernel.refusals.Refused: another alliance's centre, nobody found, something missing, a centre that may not
        serve there, or one is under way
    """
    if centre.pk not in by.orgs_as(Role.REVIEWER):
        raise hidden("这家中心")
    hospital = _lead_of(centre)
    found = rules.proposal(reason, summary, consent_by, Referral.ConsentBy.values)
    if patient is None:
        said = "没有找到这位服务对象，请核对证件号码；还没有登记的，请先请中心代为登记。"
        found.insert(0, Refusal("referral.patient", said, BOTH_WAYS, field="number"))
    address = current_address(patient_id=patient.pk) if patient else None
    if patient and address is None:
        found.append(Refusal("referral.address", "这位服务对象还没有登记地址，请先登记。", BOTH_WAYS, field="number"))
    if found or patient is None or address is None:
        raise Invalid(*found)
    demand(gates.centre_serves(centre, address.town_id, timezone.localdate(now)))
    row = _new(
        Direction.DOWN, patient, centre, hospital, reason, summary, consent_by, department, Transfer.OWN, by, now
    )
    return DOWNWARD.create("propose", row, by=by, now=now, inputs=_inputs(row), **seen)


def accept_up(*, referral_id: int, arrangement: str, by: Actor, now: datetime, **seen) -> Referral:
    """Accept at the hospital: when, where and with whom. :raises kernel.refusals.Invalid: nothing is arranged"""
    if fault := rules.words(arrangement, field="arrangement", what="接收安排", most=200, clause=BOTH_WAYS):
        raise Invalid(fault)

    def change(row, entry):
        row.accepted_at, row.arrangement = now, arrangement.strip()

    inputs = {"arrangement": arrangement}
    return UPWARD.take("accept", referral_id, by=by, now=now, change=change, inputs=inputs, **seen)


def accept_down(
    *, referral_id: int, wish: str, wished_from: datetime | None, wished_to: datetime | None, by: Actor, now: datetime,
    **seen,
) -> Referral:  # fmt: skip
    """
    Accept at the centre: an application is made through the same gates as any other, or the waiting one is taken.

    :raises kernel.refusals.Refused: no wish, no time, or whatever an application is refused for
    """
    fault = rules.words(wish, field="wish", what="希望上门解决的问题", most=500, clause=BOTH_WAYS)
    found = [fault] if fault else []
    if wished_from is None or wished_to is None:
        found.append(Refusal("request.window", "请选择希望上门的日期。", "002 五(六)1", field="day"))
    if found or wished_from is None or wished_to is None:
        raise Invalid(*found)

    def change(row, entry):
        waiting = ServiceRequest.objects.filter(
            patient=row.patient, centre=row.centre, status__in=sorted(WAITING), referral__isnull=True
        ).first()
        row.request = waiting or orders.submit(
            patient=row.patient, centre=row.centre, wish=wish, wished_from=wished_from, wished_to=wished_to,
            channel=ServiceRequest.Channel.PHONE, by=by, now=now,
        )  # fmt: skip
        row.accepted_at, row.arrangement = now, f"已转为服务申请 {row.request.number}"
        entry.data["request"] = row.request.number

    inputs = {"wish": wish, "from": wished_from, "to": wished_to}
    return DOWNWARD.take("accept", referral_id, by=by, now=now, change=change, inputs=inputs, **seen)


def decline(*, referral_id: int, reason: str, by: Actor, now: datetime, **seen) -> Referral:
    """Say no, and why: the other side sees it. :raises kernel.refusals.Invalid: nobody says why"""
    demand_words(reason, "请写明不接收的原因，对方会看到。", BOTH_WAYS)
    return _take("decline", referral_id, by, now, reason=reason.strip(), inputs={"reason": reason}, **seen)


def withdraw(*, referral_id: int, reason: str, by: Actor, now: datetime, **seen) -> Referral:
    """Take a referral back. :raises kernel.refusals.Invalid: nobody says why"""
    demand_words(reason, "请写明撤回的原因，对方会看到。", BOTH_WAYS)
    return _take("withdraw", referral_id, by, now, reason=reason.strip(), inputs={"reason": reason}, **seen)


def arrive(*, referral_id: int, by: Actor, now: datetime, **seen) -> Referral:
    """Note that the patient is there: at the hospital, or at home in the centre's care."""

    def change(row, entry):
        row.arrived_at = now

    return _take("arrive", referral_id, by, now, change=change, **seen)


def feed_back(*, referral_id: int, outcome: str, by: Actor, now: datetime, **seen) -> Referral:
    """Tell the side that referred what came of it; an application that was referred keeps the same words."""
    if fault := rules.words(outcome, field="outcome", what="转诊结果", most=300, clause=BOTH_WAYS):
        raise Invalid(fault)

    def change(row, entry):
        row.outcome, row.fed_back_at = outcome.strip(), now
        if row.direction == Direction.UP and row.request_id:
            orders.record_referral_outcome(request_id=row.request_id, outcome=outcome, by=by, now=now)

    return _take("feed_back", referral_id, by, now, change=change, inputs={"outcome": outcome}, **seen)


def close(*, referral_id: int, by: Actor, now: datetime, **seen) -> Referral:
    """Note that the outcome was read and acted on."""

    def change(row, entry):
        row.over_because = Referral.Over.DONE

    return _take("close", referral_id, by, now, change=change, **seen)


def note_consent(*, referral_id: int, consent_by: str, by: Actor, now: datetime) -> Referral:
    """
    Note who agreed that the record travels along, where a referral began without anybody being asked here.

    :raises kernel.refusals.Refused: not this doctor's, it is over, noted already, or nobody is named
    """
    if consent_by not in Referral.ConsentBy.values:
        raise Invalid(Refusal("referral.consent", "请选择是谁同意的。", "002 五(八)", field="consent_by"))
    with transaction.atomic():
        row = _locked(referral_id, by, {Role.DOCTOR})
        if row.consent_by or row.status not in REFERRAL_OPEN:
            raise NotNow(Refusal("referral.consent_known", "同意已经登记过，或这次转诊已经结束。", "002 五(八)"))
        with recording("referrals.consent_noted", target=row, by=by, now=now) as entry:
            row.consent_by, row.consent_at = consent_by, now
            row.save(update_fields=["consent_by", "consent_at"])
            entry.data["consent_by"] = consent_by
    return row


def arrange_transfer(*, referral_id: int, words: str, by: Actor, now: datetime) -> Referral:
    """
    Write down the transport that is no emergency: who was called, which vehicle, when (003 二(五)15).

    :raises kernel.refusals.Refused: not this centre's, it is over, no words, or words of an emergency, which is 120's
    """
    if fault := rules.words(words, field="words", what="转运安排", most=200, clause=TRANSFER):
        raise Invalid(fault)
    with transaction.atomic():
        row = _locked(referral_id, by, {Role.DOCTOR, Role.DISPATCHER})
        if row.direction != Direction.UP or row.status not in LIVE:
            raise NotNow(Refusal("referral.over", "这次转诊现在不需要安排转运。", TRANSFER))
        _no_emergency(row.centre, words, now, field="words")
        with recording("referrals.transfer_arranged", target=row, by=by, now=now):
            row.transfer, row.transfer_words = Transfer.VEHICLE, words.strip()
            row.save(update_fields=["transfer", "transfer_words"])
    return row


def open_upward(*, request_id: int, now: datetime) -> Referral | None:
    """Give an application that the doctor has referred its referral, or join it to the one that is under way."""
    by = system("referrals.open_upward")
    with transaction.atomic():
        request = ServiceRequest.objects.select_related("patient", "centre", "assessment").get(pk=request_id)
        Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=request.patient_id)
        if request.referred_to is None or Referral.objects.filter(request=request).exists():
            return None
        running = Referral.objects.filter(patient=request.patient, direction=Direction.UP, status__in=sorted(LIVE))
        row = running.select_for_update(of=("self",), no_key=True).first()
        if row is not None:
            if row.request_id is None and row.centre_id == request.centre_id:
                with recording("referrals.request_joined", target=row, by=by, now=now) as entry:
                    row.request = request
                    row.save(update_fields=["request"])
                    entry.data["request"] = request.number
            return row
        row = _new(Direction.UP, request.patient, request.centre, request.referred_to, request.outcome_reason, "", "",
                   "", Transfer.OWN, by, now)  # fmt: skip
        row.request, row.summary = request, request.outcome_advice
        row.proposed_by_id = request.assessment.doctor_id if request.assessment else None
        return UPWARD.create("propose", row, by=by, now=now)


def hear_answer(*, request_id: int, now: datetime) -> Referral | None:
    """Note on the referral what the centre has heard from the hospital by telephone and wrote on the application."""
    row = Referral.objects.filter(request=request_id, direction=Direction.UP, status__in=sorted(LIVE)).first()
    if row is None:
        return None

    def change(row, entry):
        row.outcome, row.fed_back_at = row.request.referral_outcome, now

    return UPWARD.take("hear", row.pk, by=system("referrals.hear_answer"), now=now, change=change)


def end_for_patient(*, patient_id, centre_id: int, because: str, by: Actor, now: datetime) -> list[Referral]:
    """
    Close what is under way for somebody who has died or moved away; open questions to the hospital are taken back.

    Called by whoever learns of it; ``by`` has been judged there.
    """
    acting = system("referrals.end_for_patient")
    said = Referral.Over(because).label

    def change(row, entry):
        row.over_because = because
        entry.data.update({"because": because, "told_by": by.id})

    here = {"patient": patient_id, "centre": centre_id}
    found = []
    for row in Referral.objects.filter(**here, status__in=sorted(REFERRAL_OPEN)).order_by("pk"):
        found.append(door_of(row).take("lapse", row.pk, by=acting, now=now, change=change, reason=said))
    _take_back_questions(here, said, acting, now)
    return found


def _take_back_questions(here, said, acting, now):
    rows = RemoteConsult.objects.filter(**here, status__in=sorted(REMOTE_OPEN)).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        REMOTES.take("withdraw", pk, by=acting, now=now, reason=said)


def _take(name, referral_id, by, now, **given) -> Referral:
    """Take the step at the door of the referral's direction. :raises kernel.refusals.Refused: no such step there"""
    row = access.referrals_visible_to(by).filter(pk=referral_id).first()
    if row is None:
        raise hidden("这份转诊单")
    return door_of(row).take(name, referral_id, by=by, now=now, **given)


def _locked(referral_id, by, roles) -> Referral:
    rows = Referral.objects.select_for_update(of=("self",), no_key=True).select_related("centre", "patient")
    row = rows.filter(pk=referral_id).first()
    worn = access.referral_hats(by, row) if row else frozenset()
    if row is None or not worn:
        raise hidden("这份转诊单")
    if not worn & roles:
        raise NotYours(Refusal("referral.not_yours", "这一步由中心的医生或专员办理。", BOTH_WAYS))
    return row


def _lead_of(centre: Organization) -> Organization:
    above = centre.parent
    if above is None or above.kind != Organization.Kind.HOSPITAL:
        raise Unmet(Refusal("referral.hospital", "本中心还没有医联体牵头医院，不能转诊。", "002 五(四)"))
    return above


def _no_emergency(centre: Organization, text: str, now: datetime, *, field: str = "reason") -> None:
    """What sounds like an emergency goes with 120, never with a transfer that is booked (003 二(五)15)."""
    settings = institutions.settings_of(centre, timezone.localdate(now))
    if stop := gates.emergency(text, settings["request.emergency_words"]):
        word = stop.sentence.partition("」")[0].partition("「")[2]
        said = f"您提到「{word}」，可能是急症，请立即拨打 120，不能预约非急救转运。"
        raise Unmet(Refusal("referral.emergency", said, TRANSFER, field=field))


def _new(
    direction, patient, centre, hospital, reason, summary, consent_by, department, transfer, by: Actor, now
) -> Referral:
    return Referral(
        number=next_number("Y", now=now), direction=direction, patient=patient, centre=centre, hospital=hospital,
        department=department.strip()[:40], reason=reason.strip(), summary=summary.strip(), consent_by=consent_by,
        consent_at=now if consent_by else None, transfer=transfer, proposed_by_id=by.user_id, proposed_at=now,
    )  # fmt: skip


def _inputs(row: Referral) -> dict:
    return {
        "patient": row.patient_id, "centre": row.centre_id, "reason": row.reason, "summary": row.summary,
        "consent_by": row.consent_by, "department": row.department, "transfer": row.transfer,
    }  # fmt: skip
