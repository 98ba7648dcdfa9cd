"""Offers and the visit: one page for each stage, and one door for every step."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import noshow, office, steps
from desks.nurse import calls, frame, presence, rows, sheet, signing
from desks.nurse.forms import (
    STEP_FORMS,
    AbortForm,
    AppealForm,
    CheckInForm,
    ConfirmForm,
    DeclineForm,
    GiveBackForm,
    MissForm,
)
from desks.nurse.views.remote import asked_remotely
from desks.nurse.views.rounds import held_before
from desks.templatetags.wording import moment
from kernel.refusals import Hidden
from kernel.workflow import Chance
from orders import selectors
from orders.lifecycle import ORDER


@dataclass(frozen=True)
class Section:
    """One stage of a visit as a part of the page: which form its one button sends."""

    stage: str
    label: str
    template: str
    form: str = ""
    button: str = ""


# The stage of a visit is told by what the nurse may do next.
STAGES = {"depart": "depart", "check_in": "check_in", "finish": "record", "confirm": "confirm"}
ORDER_OF_STAGES = list(STAGES.values())
SECTIONS = {
    "depart": Section("depart", "出发", "nurse/visit/_depart.html", "depart", "出发前往"),
    "check_in": Section("check_in", "签到", "nurse/visit/_check_in.html", "check-in", "到达签到"),
    "record": Section("record", "护理记录", "nurse/visit/_record.html", "record", "下一步：签字确认"),
    "confirm": Section("confirm", "确认", "nurse/visit/_confirm.html", "sign", "签字并确认"),
    "over": Section("over", "这次上门", "nurse/visit/_over.html"),
}
SAID = {
    "accept": "已接单，{when} 上门。",
    "decline": "已告诉专员您不能接这一单。",
    "depart": "已登记出发，路上注意安全。",
    "check_in": "已签到，可以开始服务。",
    "finish": "服务记录已提交，请服务对象或家属确认。",
    "confirm": "服务对象已确认，这一单完成了。",
    "give_back": "已退单，专员会另行安排护士。",
    "miss": "已登记失约，专员会与服务对象联系。",
    "abort": "已登记中止，专员会尽快与您联系。",
}
LEAVES = {"decline", "give_back"}  # after these the order is no longer hers


@require_safe
def offer(request, number):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    if "accept" not in rows.chances(order, request.actor):
        return redirect("nurse:visit", number=number)
    return show_offer(request, order)


@require_safe
def visit(request, number):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    if "accept" in rows.chances(order, request.actor):
        return redirect("nurse:offer", number=number)
    return show_visit(request, order)


@require_safe
def state(request, number, stage):
    """What an open visit page asks when something happened elsewhere: is this page still the right one?"""
    try:
        order = selectors.nurse_visit(actor=request.actor, number=number)
    except Hidden:
        return render(request, "nurse/visit/_state.html", {"gone": True})
    moved = stage_of(rows.chances(order, request.actor)) != stage
    return render(request, "nurse/visit/_state.html", {"moved": moved, "order": order, "face": rows.face(order)})


@require_POST
def take(request, number, name):
    """Take one step. The door judges who may, so that a repeated press is answered as the first."""
    if name not in SAID:
        raise Http404
    form = STEP_FORMS[name](request.POST, request.FILES) if name in STEP_FORMS else None
    if isinstance(form, CheckInForm):
        form = CheckInForm(request.POST, patient=selectors.nurse_visit(actor=request.actor, number=number).patient)
    if form is not None and not form.is_valid():
        return _again(request, number, name, form)
    data = {**(form.inputs() if form else {}), "receipt": request.POST.get("receipt", "")}
    if name == "miss" and request.FILES:
        outcome = noshow.with_paper(request, selectors.nurse_visit(actor=request.actor, number=number), data)
    else:
        outcome = steps.take(request, "order", name, selectors.order_key(number=number), data)
    if not outcome.done:
        for field, sentences in outcome.errors.items():
            if form is not None:
                form.add_error(field if field in form.fields else None, sentences)
        return _again(request, number, name, form, outcome)
    when = moment(outcome.row.planned_start) if outcome.row.planned_start else ""
    messages.success(request, SAID[name].format(when=when))
    return redirect("nurse:today") if name in LEAVES else redirect("nurse:visit", number=number)


def stage_of(chances) -> str:
    return next((stage for name, stage in STAGES.items() if name in chances), "over")


def show_offer(request, order, *, form=None, outcome=None, status=200):
    now = timezone.now()
    audit.looked(target=order, by=request.actor, now=now, why="答复派单：护理风险")
    chances = rows.chances(order, request.actor)
    context = {
        "centre": order.centre,
        "order": order,
        "line": rows.line(order, now, offered=True),
        "person": rows.person(order, now, masked=True),
        "risks": calls.flags(order, request.actor, now) + rows.risks(order),
        "told": rows.told(order),
        "accept": chances.get("accept"),
        "decline": chances.get("decline"),
        "accept_url": rows.step_url(order, "accept"),
        "decline_url": rows.step_url(order, "decline"),
        "form": form or DeclineForm(),
        "refused": _reasons(outcome),
    }
    return frame.page(request, "nurse/offer.html", context, status=status)


def show_visit(request, order, *, name="", form=None, outcome=None, status=200, extra=None):
    """
    The page of a visit: its present stage, and hidden behind it those that come, so that a phone without network can
    go on. A refused step comes back with what was typed.
    """
    now = timezone.now()
    chances = rows.chances(order, request.actor)
    stage = stage_of(chances)
    audit.looked(target=order, by=request.actor, now=now, why=_WHY[stage])
    context = {
        "centre": order.centre,
        "order": order,
        "stage": stage,
        "sections": [SECTIONS[one] for one in _ahead(stage)],
        "urls": {key: rows.step_url(order, key) for key in ("depart", "check_in", "confirm")},
        "face": rows.face(order),
        "person": rows.person(order, now),
        "items": rows.items_of(order),
        "risks": calls.flags(order, request.actor, now) + rows.risks(order),
        "safety": calls.safety(order, request.actor, now),
        "told": rows.told(order),
        "beside": rows.beside(order),
        "contact": rows.contact(order),
        "rail": rows.rail(order),
        "special": _special(order, chances, stage, name, form),
        "refused": _reasons(outcome),
        "presence": presence.card(order),
        "remote": asked_remotely(request, order),
        "rounds": held_before(request, order),
        **_written(order, stage, request, now, form if name in ("check_in", "confirm") else None, name),
        **(extra or {}),
    }
    return frame.page(request, "nurse/visit/visit.html", context, status=status, keep=stage in ORDER_OF_STAGES)


def _ahead(stage) -> list[str]:
    """The present stage, and those that a phone may have to show before the network is back."""
    return ORDER_OF_STAGES[ORDER_OF_STAGES.index(stage) :] if stage in ORDER_OF_STAGES else [stage]


def _written(order, stage, request, now, form, name):
    """What the sections show beside the facts that all of them share."""
    ahead = _ahead(stage)
    shown = {}
    if "check_in" in ahead:
        shown |= {
            "place": rows.place(order),
            "check_in": form if name == "check_in" and form else presence.check_in(order, request),
            "scanned": "1" if request.GET.get("door") else "",
        }
    if "record" in ahead:
        shown["page"] = sheet.page(order)
    if "confirm" in ahead:
        shown["confirm"] = form if name == "confirm" and form else ConfirmForm()
        shown |= {"sign_url": reverse("nurse:sign", args=[order.number]), **signing.page(order)}
    if stage in ("confirm", "over") and order.visit_record_id:
        shown["done"] = sheet.summary(order)
    if stage == "over":
        shown |= {
            "no_show": noshow.card(order, request.actor, now),
            "appeal_form": AppealForm(),
            "appeal_step": office.step("appeal", "对失约登记提出申诉"),
            "appeal_url": reverse("nurse:appeal", args=[order.number]),
        }
    return shown


def _again(request, number, name, form, outcome=None):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    asked = {"form": form, "outcome": outcome, "status": outcome.status if outcome else 422}
    if "accept" in rows.chances(order, request.actor):
        return show_offer(request, order, **asked)
    return show_visit(request, order, name=name, **asked)


def _reasons(outcome):
    return list(outcome.reasons) if outcome else []


def _special(order, chances, stage, name, form):
    """The quiet menu: steps that nobody hopes for, each with its own form, each in the stages where it may be taken."""
    menu = (
        ("abort", "需要中止服务", "提交并中止服务", AbortForm),
        ("miss", "登记失约", "提交失约登记", MissForm),
        ("give_back", "退单", "提交退单", GiveBackForm),
    )
    ahead = _ahead(stage)
    return [
        {
            "chance": chances.get(key) or Chance(ORDER[key]),
            "stages": stages,
            "label": label,
            "send": send,
            "url": rows.step_url(order, key),
            "form": form if key == name and form is not None else form_class(),
            "opened": key == name,
        }
        for key, label, send, form_class in menu
        if (stages := [one for one in ahead if key in chances and one == stage or _starts_in(key, one, stage)])
    ]


def _starts_in(step, stage, present) -> bool:
    """Whether this step may be taken in a stage that is still to come."""
    main = next((name for name, one in STAGES.items() if one == stage), None)
    return stage != present and main is not None and bool(ORDER[step].from_ & ORDER[main].from_)


_WHY = {
    "depart": "上门前：地址、联系电话和护理风险",
    "check_in": "到达签到：核对身份",
    "record": "填写护理记录",
    "confirm": "请服务对象确认",
    "over": "查看自己的护理记录",
}
