"""A referral on the page of the side that refers and of the side that receives: the same card, each with its steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from desks import office, patientcard
from desks.dispatch.forms import HALF_DAYS, span
from desks.looks import looked
from desks.stepforms import AskForm, Day, asking, long_text, number_of, reasons_for_page, receipt_of
from desks.steps import Outcome, attempt
from desks.timelines import timeline
from kernel.actors import Actor
from patients import selectors as patients
from referrals import access, faces, selectors, services
from referrals.doors import door_of
from referrals.models import Referral

SAID = {
    "accept": "已接收，对方和家属会收到消息。",
    "decline": "已答复不接收，对方会看到原因。",
    "withdraw": "已撤回这份转诊。",
    "arrive": "已登记到达。",
    "feed_back": "结果已反馈，对方和家属会收到消息。",
    "close": "这份转诊已结束。",
    "consent": "已登记同意，对方能看到共享的病情。",
    "transfer": "已登记转运安排。",
}


AGAINST = ("decline", "withdraw")


class Arrangement(AskForm):
    arrangement = forms.CharField(
        label="接收安排", max_length=200, widget=long_text(2), help_text="什么时间、哪个科室、找谁。中心和家属会看到。"
    )


class IntoCare(AskForm):
    wish = forms.CharField(label="希望上门解决的问题", max_length=500, widget=long_text(3))
    day = forms.DateField(label="希望日期", widget=Day())
    part = forms.ChoiceField(label="时段", choices=HALF_DAYS, widget=forms.RadioSelect)


class Why(AskForm):
    reason = forms.CharField(label="原因", max_length=300, widget=long_text(2), help_text="对方会看到。")


class Result(AskForm):
    outcome = forms.CharField(
        label="转诊结果",
        max_length=300,
        widget=long_text(3),
        help_text="对方和家属会看到，请写明诊治情况和建议。",
    )


class Consent(AskForm):
    consent_by = forms.ChoiceField(
        label="谁同意把病情告诉对方", choices=Referral.ConsentBy.choices, widget=forms.RadioSelect
    )


class Transport(AskForm):
    words = forms.CharField(
        label="转运安排", max_length=200, widget=long_text(2),
        help_text="联系的单位和电话、车辆、时间。急症请直接拨打 120，不在这里登记。",
    )  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One side's pages: where a referral and its steps are, and which hats count here."""

    one: str
    step: str
    roles: tuple[str, ...]

    def actor(self, request: HttpRequest) -> Actor:
        return office.only(request.actor, self.roles)


def listing(request: HttpRequest, side: Side) -> dict:
    """The groups as tabs, each with its size, and the rows of the one that is asked for."""
    actor = side.actor(request)
    sizes = selectors.sizes(actor=actor)
    shown = request.GET.get("state", "")
    shown = shown if shown in selectors.GROUPS else next((key for key in selectors.GROUPS if sizes[key]), "to_accept")
    page = office.page_of(selectors.referrals(actor=actor, group=shown), request)
    page.object_list = [line(row, side) for row in page.object_list]
    tabs = [
        {"name": name, "label": words, "size": sizes[name], "current": name == shown}
        for name, (words, _) in selectors.GROUPS.items()
    ]
    return {"page": page, "tabs": tabs, "shown": selectors.GROUPS[shown][0]}


def line(row: Referral, side: Side) -> dict:
    return {
        "row": row,
        "face": faces.REFERRAL[row.status],
        "age": office.age(row.patient.birth_date),
        "url": reverse(side.one, args=[row.number]),
    }


def take(request: HttpRequest, side: Side, row: Referral, name: str) -> Outcome:
    """Take a step with what was typed. :raises Http404: there is no such step"""
    typed, given = request.POST, {"referral_id": row.pk, "by": request.actor, "now": timezone.now()}
    if name == "consent":
        return attempt(services.note_consent, typed=typed, consent_by=typed.get("consent_by", ""), **given)
    if name == "transfer":
        return attempt(services.arrange_transfer, typed=typed, words=typed.get("words", ""), **given)
    if name not in SAID:
        raise Http404
    given |= {"receipt": receipt_of(typed), "version": number_of(typed.get("version"))}
    verb, asked = _verb(row, name, typed)
    return attempt(verb, typed=typed, **asked, **given)


def _verb(row, name, typed) -> tuple[Callable, dict]:
    if name == "accept" and row.direction == Referral.Direction.UP:
        return services.accept_up, {"arrangement": typed.get("arrangement", "")}
    if name == "accept":
        day, part = office.day_in(typed, "day"), typed.get("part", "")
        start, end = span(day, part if part in dict(HALF_DAYS) else HALF_DAYS[0][0]) if day else (None, None)
        return services.accept_down, {"wish": typed.get("wish", ""), "wished_from": start, "wished_to": end}
    if name in ("decline", "withdraw"):
        return getattr(services, name), {"reason": typed.get("reason", "")}
    if name == "feed_back":
        return services.feed_back, {"outcome": typed.get("outcome", "")}
    return getattr(services, name), {}


def context(request: HttpRequest, side: Side, row: Referral, name: str = "", outcome: Outcome | None = None) -> dict:
    """Everything one referral's page shows; the look is recorded."""
    looked(request, target=row, why="办理转诊")
    actor, today = side.actor(request), timezone.localdate()
    forms_of = _forms(row, today)
    steps = [
        {
            "chance": chance,
            "form": _asked(forms_of, chance.name, outcome if chance.name == name else None),
            "url": reverse(side.step, args=[row.number, chance.name]),
            "look": "grave" if chance.name in AGAINST else "main",
        }
        for chance in door_of(row).chances(row, actor)
    ]
    extra = [
        {
            "chance": office.step(key, label),
            "form": asking(form, outcome if key == name else None),
            "url": reverse(side.step, args=[row.number, key]),
        }
        for key, label, form, may in (
            ("consent", "登记共享病情的同意", Consent, _may_note_consent(actor, row)),
            ("transfer", "登记非急救转运", Transport, _may_arrange(actor, row)),
        )
        if may
    ]
    shown = [one["form"] for one in (*steps, *extra) if one["form"]]
    return {
        "row": row,
        "face": faces.REFERRAL[row.status],
        "up": row.direction == Referral.Direction.UP,
        "age": office.age(row.patient.birth_date, today),
        "patient": patientcard.card(row.patient, patients.current_address(row.patient_id), today),
        "shared": selectors.shared(actor=actor, row=row),
        "steps": steps,
        "extra": extra,
        "refused": reasons_for_page(outcome, *shown),
        "events": timeline(row.steps.select_related("taken_by").order_by("pk"), door_of(row).workflow, faces.REFERRAL),
    }


def _forms(row, today) -> dict:
    into = {"wish": f"{row.hospital.short_name}转回：{row.reason}"[:500], "day": today + timedelta(days=1),
            "part": HALF_DAYS[0][0]}  # fmt: skip
    up = row.direction == Referral.Direction.UP
    return {
        "accept": (Arrangement, {}) if up else (IntoCare, into),
        "decline": (Why, {}),
        "withdraw": (Why, {}),
        "feed_back": (Result, {}),
    }


def _asked(forms_of, name, outcome):
    if name not in forms_of:
        return None
    form, initial = forms_of[name]
    return asking(form, outcome, initial=initial)


def _may_note_consent(actor, row) -> bool:
    ours = Role.DOCTOR in access.referral_hats(actor, row)
    return ours and not row.consent_by and row.status in selectors.REFERRAL_OPEN


def _may_arrange(actor, row) -> bool:
    ours = access.referral_hats(actor, row) & {Role.DOCTOR, Role.DISPATCHER}
    return bool(ours) and row.direction == Referral.Direction.UP and row.status in selectors.LIVE
