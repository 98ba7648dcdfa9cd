"""Joint rounds on the pages of the centre and on the nurse's phone: recorded, read, corrected (000 三(七))."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from desks import office
from desks.doctor.forms import Proving
from desks.looks import looked
from desks.stepforms import Day, asking, long_text, number_of, receipt_of
from desks.steps import Outcome, attempt, proved
from institutions import proving
from kernel.actors import Actor
from kernel.refusals import hidden
from orders.models import Order
from patients.models import Patient
from referrals import access, rules, selectors, services
from referrals.models import JointRound, RoundMember
from referrals.rules import Todo
from referrals.services.rounds import Said

Part = RoundMember.Part
LATELY = timedelta(days=30)  # whoever left since may still have been there
LINES = range(1, rules.MOST_TODOS + 1)
PARTS = ((Part.DOCTOR, "doctors"), (Part.NURSE, "nurses"), (Part.EXPERT, "experts"))


class RoundForm(Proving):
    """
    The record as it is typed. A line for each thing that may be agreed; one is asked for.

    ``shown`` is the version that a correction started from, ``newer`` the one that came between, to be read first.
    """

    shown: int | None = None
    newer: dict | None = None

    held_on = forms.DateField(label="查房日期", widget=Day())
    kind = forms.ChoiceField(label="查房方式", choices=JointRound.Kind.choices, widget=forms.RadioSelect)
    doctors = forms.MultipleChoiceField(label="参加的医生", widget=forms.CheckboxSelectMultiple)
    nurses = forms.MultipleChoiceField(label="参加的护士", widget=forms.CheckboxSelectMultiple)
    experts = forms.MultipleChoiceField(
        label="参加的专科小组成员", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="牵头医院专科联合小组的成员，没有可以不选。",
    )  # fmt: skip
    findings = forms.CharField(label="查房所见", max_length=1000, widget=long_text(5))
    advice = forms.CharField(label="商定的意见", max_length=1000, widget=long_text(4))
    reason = forms.CharField(
        label="更正的原因", max_length=200, widget=long_text(2), help_text="原来的内容会保留，和更正一起可查。"
    )

    def __init__(self, data=None, *, people, asks: bool, corrects: bool, **options):
        super().__init__(data, asks=asks, **options)
        for part, name in PARTS:
            self.fields[name].choices = [(str(one), person.display_name) for one, (person, *_) in people[part].items()]
        if not people[Part.EXPERT]:
            del self.fields["experts"]
        if not corrects:
            del self.fields["reason"]
        everybody = [(str(one), row[0].display_name) for part, _ in PARTS for one, row in people[part].items()]
        for n in LINES:
            rest = {"required": n == 1}
            self.fields[f"what_{n}"] = forms.CharField(label=f"第 {n} 件要做的事", max_length=100, **rest)
            whom = [("", "请选择"), *everybody]
            self.fields[f"who_{n}"] = forms.ChoiceField(label=f"第 {n} 件由谁做", choices=whom, **rest)
            self.fields[f"until_{n}"] = forms.DateField(label=f"第 {n} 件最晚哪天", widget=Day(), **rest)

    @property
    def lines(self) -> list[dict]:
        """The fields of what was agreed, line by line; a line that says something is shown open."""
        found = []
        for n in LINES:
            line = {name: self[f"{name}_{n}"] for name in ("what", "who", "until")}
            found.append({**line, "begun": any(bound.value() or bound.errors for bound in line.values())})
        return found


@dataclass(frozen=True)
class Side:
    """One side's pages: where a round is, which hats count here, and where whoever ``writes`` may correct it."""

    one: str
    roles: tuple[str, ...]
    amend: str = ""
    writes: str = ""

    def actor(self, request: HttpRequest) -> Actor:
        return office.only(request.actor, self.roles)


def listing(request: HttpRequest, side: Side) -> dict:
    page = office.page_of(selectors.rounds(actor=side.actor(request)), request)
    page.object_list = [line(row, side) for row in page.object_list]
    return {"page": page}


def line(row: JointRound, side: Side) -> dict:
    return {
        **_words(row),
        "age": office.age(row.patient.birth_date),
        "people": "、".join(one.person.display_name for one in row.members.all()),
        "url": reverse(side.one, args=[row.number]),
    }


def about(request: HttpRequest, side: Side, patient_id) -> list[dict]:
    """The last rounds about one patient, for the pages of an order, a request and the follow-up file."""
    return [line(row, side) for row in selectors.rounds_of(actor=side.actor(request), patient_id=patient_id)]


def context(request: HttpRequest, side: Side, row: JointRound) -> dict:
    """Everything one round's page shows, with what it said before it was corrected; the look is recorded."""
    looked(request, target=row, why="医护联合查房")
    here = row.led_by_id == request.user.pk and side.writes in access.round_hats(side.actor(request), row)
    return {
        **line(row, side),
        "earlier": [line(one, side) for one in selectors.replaced_rounds(row)],
        "amend_url": reverse(side.amend, args=[row.number]) if here else "",
    }


def row_of(request: HttpRequest, side: Side, number: str) -> JointRound:
    return selectors.joint_round(actor=side.actor(request), number=number)


Show = Callable[["RoundForm", Outcome | None], HttpResponse]


def record(
    request: HttpRequest, side: Side, show: Show, *, patient: Patient, centre: Organization,
    order: Order | None = None, nurse: int | None = None,
) -> HttpResponse:  # fmt: skip
    """
    Sign a round: on to its page when it is signed, else the side's own page with the form, by ``show``.

    :raises kernel.refusals.Hidden: not this person's to record; the page names the patient, so it is not shown either
    """
    if not access.may_record_round(side.actor(request), patient_id=patient.pk, centre_id=centre.pk, order=order):
        raise hidden("这位服务对象")
    form, outcome = sign(request, patient=patient, centre=centre, order=order, nurse=nurse)
    if outcome and outcome.done:
        messages.success(request, "查房记录已签名。")
        return redirect(side.one, outcome.row.number)
    return show(form, outcome)


def amend(request: HttpRequest, side: Side, row: JointRound, show: Show) -> HttpResponse:
    """The same for a correction."""
    looked(request, target=row, why="更正医护联合查房记录")
    form, outcome = correct(request, side, row)
    if outcome and outcome.done:
        messages.success(request, f"已更正为第 {outcome.row.version} 版，原来的内容保留可查。")
        return redirect(side.one, row.number)
    return show(form, outcome)


def sign(
    request: HttpRequest, *, patient: Patient, centre: Organization, order: Order | None, nurse: int | None
) -> tuple[RoundForm, Outcome | None]:
    """The empty form, filled with who likely took part (``nurse``); when posted, what came of it."""
    outcome = _posted(request, centre, services.sign_round, patient=patient, centre=centre, order=order)
    today = timezone.localdate()
    day = office.day_in(request.POST, "held_on") or today
    people = selectors.round_people(centre=centre, on=today, since=min(day, today - LATELY))
    likely = [str(nurse)] if nurse else []
    mine = {name: [str(request.user.pk)] if request.user.pk in people[part] else [] for part, name in PARTS}
    initial = {**mine, "held_on": today, "kind": JointRound.Kind.HOME, "nurses": mine["nurses"] or likely}
    return _form(request, centre, people, outcome, initial, corrects=False), outcome


def correct(request: HttpRequest, side: Side, row: JointRound) -> tuple[RoundForm, Outcome | None]:
    """
    The form with what the record says; when posted, what came of it.

    It corrects the version that it was drawn from. Where a newer one has come, that is shown beside what was typed.

    :raises kernel.refusals.Hidden: somebody else has signed it, and who only reads has no form
    """
    if row.led_by_id != request.user.pk:
        raise hidden("这份更正")
    reason = request.POST.get("reason", "")
    shown = row.pk
    if "shown" in request.POST:
        shown = selectors.round_version(row, number_of(request.POST["shown"]) or 0)
    outcome = _posted(request, row.centre, services.amend_round, round_id=shown, reason=reason)
    newer = None
    if outcome and any(one.code == "round.replaced" for one in outcome.reasons):
        row = row_of(request, side, row.number)
        newer, shown = _words(row), row.pk
    members, todos = list(row.members.all()), list(row.todos.all())
    initial = {name: [str(one.person_id) for one in members if one.part == part] for part, name in PARTS}
    initial |= {name: getattr(row, name) for name in ("held_on", "kind", "findings", "advice")}
    for n, one in enumerate(todos, 1):
        initial |= {f"what_{n}": one.what, f"who_{n}": str(one.person_id), f"until_{n}": one.due_on}
    days = (row.held_on, office.day_in(request.POST, "held_on") or row.held_on)
    people = selectors.round_people(centre=row.centre, on=max(days), since=min(days), corrects=row)
    form = _form(request, row.centre, people, outcome, initial, corrects=True)
    form.shown, form.newer = shown, newer
    return form, outcome


def _posted(request, where: Organization, verb, **given) -> Outcome | None:
    """What came of a signature: of the password first, where it is asked for. Nothing while the form is only shown."""
    if request.method != "POST":
        return None
    outcome = proved(request, where)
    if not outcome.done:
        return outcome
    return attempt(
        verb, typed=request.POST, said=_said(request.POST), receipt=receipt_of(request.POST), **given,
        **office.act(request),
    )  # fmt: skip


def _words(row: JointRound) -> dict:
    return {"row": row, "members": list(row.members.all()), "todos": list(row.todos.all())}


def _form(request, centre, people, outcome, initial, *, corrects) -> RoundForm:
    asks = proving.asks(request, centre)
    return asking(RoundForm, outcome, people=people, asks=asks, corrects=corrects, initial=initial)


def _said(typed) -> Said:
    chosen = {name: [n for one in typed.getlist(name) if (n := number_of(one))] for _, name in PARTS}
    todos = tuple(
        Todo(typed.get(f"what_{n}", ""), number_of(typed.get(f"who_{n}")), office.day_in(typed, f"until_{n}"))
        for n in LINES
    )
    words = {name: typed.get(name, "") for name in ("kind", "findings", "advice")}
    return Said(held_on=office.day_in(typed, "held_on"), todos=todos, **chosen, **words)
