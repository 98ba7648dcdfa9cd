"""What she brought back from her visits and still has with her: tubes for the laboratory, bags for the store."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import office, stepforms
from desks.nurse import frame, goods
from desks.nurse.forms import HandForm, HandOverForm, LoseForm
from desks.stepforms import number_of
from desks.steps import Outcome, attempt, take
from kernel.refusals import Refusal
from logistics import selectors, services

WEIGHT = "weight-"


@require_safe
def carried(request):
    return _page(request)


@require_POST
def hand_over(request):
    """Give the chosen tubes to the laboratory together: one pair of names, one thermometer."""
    chosen = {pk for text in request.POST.getlist("tubes") if (pk := number_of(text))}
    rows = [row for row in selectors.carried_specimens(user_id=request.user.pk) if row.pk in chosen]
    if not rows:
        no = Refusal("specimen.none", "请选择要交给检验科的标本。", "000 五(十五)", "tubes")
        return _page(request, tubes=Outcome(reasons=(no,), errors={"tubes": [no.sentence]}, typed=request.POST))
    done = 0
    for row in rows:
        given = {name: request.POST.get(name, "") for name in ("giver", "receiver", "temperature", "words")}
        outcome = take(request, "specimen", "hand_over", row.pk, given)
        if not outcome.done:
            _say(request, done, "管标本交给检验科")
            return _page(request, tubes=_typed(outcome, request))
        done += 1
    _say(request, done, "管标本交给检验科")
    return redirect("nurse:carried")


@require_POST
def hand_in(request):
    """Bring bags into the store: each that was weighed, the others stay on her list."""
    weights = {
        row.pk: request.POST.get(f"{WEIGHT}{row.pk}", "").strip()
        for row in selectors.carried_bags(user_id=request.user.pk)
    }
    weighed = {pk: text for pk, text in weights.items() if text}
    if not weighed:
        no = Refusal("waste.weight", "请填写要交回的每一袋（盒）的重量。", "002 五(七)1(1)")
        return _page(request, bags=Outcome(reasons=(no,), typed=request.POST))
    names = {name: request.POST.get(name, "") for name in ("giver", "receiver", "words")}
    done, faults = 0, []
    for pk, text in weighed.items():
        outcome = attempt(services.hand_in, bag_id=pk, weight_g=number_of(text), **names, **office.act(request))
        done += outcome.done
        faults += [(pk, reason) for reason in outcome.reasons]
    _say(request, done, "袋（盒）医疗废物交回机构")
    if not faults:
        return redirect("nurse:carried")
    return _page(request, bags=_by_bag(faults, request))


@require_POST
def lose(request, pk):
    """A tube that will not reach the laboratory."""
    outcome = take(request, "specimen", "lose", pk)
    if outcome.done:
        messages.success(request, "已登记，专员会收到提醒。")
        return redirect("nurse:carried")
    return _page(request, lost=(pk, outcome))


def _page(request, *, tubes=None, bags=None, lost=None):
    now = timezone.now()
    shown = goods.carried(request.actor, now)
    for one in [*shown["tubes"], *shown["bags"]]:
        audit.looked(target=one["row"], by=request.actor, now=now, why="我带回的标本和废物")
    for one in shown["tubes"]:
        mine = lost[1] if lost and lost[0] == one["row"].pk else None
        one["form"] = stepforms.asking(LoseForm, mine)
    typed = bags.typed if bags else {}
    for one in shown["bags"]:
        name = f"{WEIGHT}{one['row'].pk}"
        one |= {"name": name, "weight": typed.get(name, ""), "errors": bags.errors.get(name, []) if bags else []}
    me = {"giver": request.user.display_name}
    over = HandOverForm(initial=me) if tubes is None else HandOverForm(tubes.typed).hear(tubes)
    into = HandForm(initial=me) if bags is None else HandForm(bags.typed).hear(bags)
    chosen = set(tubes.typed.getlist("tubes")) if tubes else None
    for one in shown["tubes"]:
        one["chosen"] = chosen is None or str(one["row"].pk) in chosen
    context = {
        **shown,
        "over": over,
        "into": into,
        "over_refused": over.page_reasons,
        "into_refused": _unplaced(into, shown["bags"]),
    }
    refused = tubes or bags or lost
    return frame.page(request, "nurse/carried.html", context, status=422 if refused else 200)


def _typed(outcome, request):
    outcome.typed = request.POST
    return outcome


def _by_bag(faults, request):
    """Reasons about one bag stand at that bag; those about the names are said once."""
    errors: dict[str, list[str]] = {}
    reasons: list[Refusal] = []
    for pk, reason in faults:
        field = f"{WEIGHT}{pk}" if reason.field == "weight_g" else reason.field
        said = office.said(reason) if field.startswith(WEIGHT) else reason.sentence
        if said not in errors.setdefault(field or "main", []):
            errors[field or "main"].append(said)
            reasons.append(reason)
    return Outcome(reasons=tuple(reasons), errors=errors, typed=request.POST)


def _unplaced(form, bags) -> list[Refusal]:
    return [reason for reason in form.page_reasons if reason.field != "weight_g" or not bags]


def _say(request, done, what):
    if done:
        messages.success(request, f"已登记 {done} {what}。")
