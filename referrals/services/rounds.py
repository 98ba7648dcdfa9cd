"""Joint rounds: signed once by whoever led it, and corrected only as a further version (000 三(七), 002 五(七)1(3))."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.numbers import next_number
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, hidden
from orders.models import Order
from patients.models import Patient
from referrals import access, rules, selectors
from referrals.lifecycle import TOGETHER
from referrals.models import JointRound, RoundMember, RoundTodo
from referrals.rules import Todo

Part = RoundMember.Part
SIGNED = "002 五(七)1(3)"


@dataclass(frozen=True)
class Said:
    """What a round's record says, as it was typed; judged as a whole, for a first version and for a correction."""

    kind: str = ""
    held_on: date | None = None
    doctors: Iterable[int] = ()
    nurses: Iterable[int] = ()
    experts: Iterable[int] = ()
    findings: str = ""
    advice: str = ""
    todos: tuple[Todo, ...] = ()


def sign_round(
    *, patient: Patient, centre: Organization, said: Said, order: Order | None = None, receipt: UUID | None = None,
    by: Actor, now: datetime,
) -> JointRound:  # fmt: skip
    """
    Sign the record of a round; who signs has led it. The same receipt is answered with the record that it made.

    ``order`` is the visit at which it is written. The record is tied to a visit only if one took place that day.

    :raises kernel.refusals.Refused: not this actor's patient, nobody of the centre, no doctor or no nurse among those
        who took part, something is missing, or this receipt stands for other words
    """
    if not access.may_record_round(by, patient_id=patient.pk, centre_id=centre.pk, order=order):
        raise hidden("这位服务对象")
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)  # two presses of one form would meet here
        if known := _answered(receipt, by, said, patient_id=patient.pk, centre_id=centre.pk, version=1):
            return known
        members, todos = _judged(said, centre, by, now)
        row = JointRound(
            number=next_number("L", now=now), patient=patient, centre=centre, led_by_id=by.account, signed_at=now,
            receipt=receipt, order=_visit(said, patient.pk, centre.pk, order.pk if order else None), **_facts(said),
        )  # fmt: skip
        with recording("referrals.round_signed", target=row, by=by, now=now) as entry:
            _keep(row, members, todos, entry)
    return row


def amend_round(
    *, round_id: int, said: Said, reason: str, receipt: UUID | None = None, by: Actor, now: datetime
) -> JointRound:
    """
    Correct a record as its next version, by the one who signed it; what it was stays readable.

    Who took part by the version before is taken at its word, also where their posts have ended since.

    :raises kernel.refusals.Refused: somebody else's, corrected meanwhile, no reason, or whatever a first version is
        refused for
    """
    with transaction.atomic():
        old = JointRound.objects.select_for_update(of=("self",)).select_related("centre").filter(pk=round_id).first()
        if old is None or not access.round_hats(by, old):
            raise hidden("这份查房记录")
        if known := _answered(receipt, by, said, number=old.number, reason=reason.strip()):
            return known
        if old.led_by_id != by.user_id or not _in_post(by, old.centre_id):
            raise NotYours(Refusal("round.led", "联合查房记录由签名的主持人更正。", SIGNED))
        if JointRound.objects.filter(replaces=old).exists():
            raise NotNow(Refusal("round.replaced", "这份记录刚有新的一版，请看过最新内容后再更正。", SIGNED))
        if fault := rules.words(reason, field="reason", what="更正的原因", most=200, clause=SIGNED):
            raise Invalid(fault)
        members, todos = _judged(said, old.centre, by, now, corrects=old)
        row = JointRound(
            number=old.number, version=old.version + 1, replaces=old, reason=reason.strip(), patient_id=old.patient_id,
            centre_id=old.centre_id, led_by_id=by.account, signed_at=now, receipt=receipt,
            order=_visit(said, old.patient_id, old.centre_id, old.order_id), **_facts(said),
        )  # fmt: skip
        with recording("referrals.round_amended", target=row, by=by, now=now) as entry:
            _keep(row, members, todos, entry)
    return row


def _judged(
    said: Said, centre: Organization, by: Actor, now: datetime, corrects: JointRound | None = None
) -> tuple[list[RoundMember], list[RoundTodo]]:
    """Who took part and what was agreed, with everybody's post or team on the day of the round."""
    today = timezone.localdate(now)
    there = selectors.round_people(centre=centre, on=said.held_on or today, corrects=corrects)
    chosen = _chosen(said)
    known = {part: [there[part][one] for one in people if one in there[part]] for part, people in chosen.items()}
    found = rules.joint_round(
        kind_known=said.kind in JointRound.Kind.values, held_on=said.held_on, today=today, findings=said.findings,
        advice=said.advice, doctors=len(known[Part.DOCTOR]), nurses=len(known[Part.NURSE]),
    )  # fmt: skip
    fields = {one.field for one in found}
    for part, field in ((Part.DOCTOR, "doctors"), (Part.NURSE, "nurses"), (Part.EXPERT, "experts")):
        if len(known[part]) < len(chosen[part]) and field not in fields:
            words = "有人在查房那天不在岗，或不是牵头医院专科小组的成员，请重新选择。"
            found.append(Refusal("round.people", words, TOGETHER, field=field))
    everybody = [one.pk for people in known.values() for one, _, _ in people]
    if len(everybody) > len(set(everybody)):
        found.append(Refusal("round.twice", "同一个人只能选一次。", TOGETHER, field="experts"))
    if by.user_id not in chosen[Part.DOCTOR] + chosen[Part.NURSE] and not fields & {"doctors", "nurses"}:
        found.append(Refusal("round.leader", "签名的主持人要在参加人里，请勾选您自己。", SIGNED, field="doctors"))
    may_do = frozenset(there[Part.DOCTOR]) | frozenset(there[Part.NURSE]) | frozenset(chosen[Part.EXPERT])
    found += rules.todos(said.todos, may_do=may_do, held_on=said.held_on)
    if found:
        raise Invalid(*found)
    members = [
        RoundMember(person=person, part=part, organisation_id=place, team_id=team)
        for part, people in known.items()
        for person, place, team in people
    ]
    agreed = [
        RoundTodo(what=one.what.strip(), person_id=one.who, due_on=one.until)
        for one in said.todos
        if one.who is not None and one.until is not None
    ]
    return members, agreed


def _chosen(said: Said) -> dict[str, list[int]]:
    parts = ((Part.DOCTOR, said.doctors), (Part.NURSE, said.nurses), (Part.EXPERT, said.experts))
    return {part: list(dict.fromkeys(people)) for part, people in parts}


def _facts(said: Said) -> dict:
    return {
        "kind": said.kind, "held_on": said.held_on, "findings": said.findings.strip(), "advice": said.advice.strip()
    }  # fmt: skip


def _keep(row: JointRound, members: list[RoundMember], todos: list[RoundTodo], entry) -> None:
    row.save(force_insert=True)
    for member in members:
        member.round = row
        member.save(force_insert=True)
    for todo in todos:
        todo.round = row
        todo.save(force_insert=True)
    entry.data.update({"version": row.version, "people": len(members), "todos": len(todos)})


def _visit(said: Said, patient_id, centre_id: int, likely: int | None) -> Order | None:
    """The visit at which it was held: where it was written, if that was the day, else the only one of the day."""
    if said.held_on is None:
        return None
    there = selectors.visits_on(patient_id=patient_id, centre_id=centre_id, day=said.held_on)
    return next((one for one in there if one.pk == likely), there[0] if len(there) == 1 else None)


def _answered(receipt: UUID | None, by: Actor, said: Said, **stands) -> JointRound | None:
    """
    Return what this showing of the form has made already: pressed twice, it is one record.

    Gone back to and changed, it is other words: they are refused, for nobody may believe that they were signed.
    """
    known = JointRound.objects.filter(receipt=receipt).first() if receipt else None
    if known is None:
        return None
    if known.led_by_id != by.user_id:
        raise Invalid(Refusal("receipt.reused", "这个回执编号已用于另一次提交，请刷新后重新提交。"))
    stands |= _facts(said)
    chosen = {(one, part) for part, people in _chosen(said).items() for one in people}
    agreed = [(one.what.strip(), one.who, one.until) for one in said.todos if one.begun]
    same = (
        all(getattr(known, name) == value for name, value in stands.items())
        and set(known.members.values_list("person", "part")) == chosen
        and list(known.todos.order_by("pk").values_list("what", "person", "due_on")) == agreed
    )
    if not same:
        words = f"这张表单已签名保存为 {known.number}，这次写的与它不同，没有保存；需要改动的，请打开那份记录更正。"
        raise Invalid(Refusal("receipt.reused", words, SIGNED))
    return known


def _in_post(by: Actor, centre_id: int) -> bool:
    return centre_id in by.orgs_as(Role.DOCTOR, Role.NURSE)
