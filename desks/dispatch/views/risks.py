"""Warnings about a household: raised, renewed, told to the family, objected to, decided by somebody else."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks.dispatch import callings, forms
from desks.dispatch.frame import answer
from desks.looks import looked
from desks.stepforms import asking, number_of, reasons_for_page, receipt_of, step_card
from desks.steps import attempt
from orders import selectors as orders
from safety import selectors, services
from safety.doors import FLAGS

PAGE = 50
HERE = "dispatch:risks"
SAID = {
    "renew": "已延长。",
    "appeal": "已记下家属的申诉，等中心管理员裁定。",
    "withdraw": "已撤销这条提示。",
    "uphold": "申诉成立，提示已撤销。",
    "reject": "申诉不成立，理由已告诉家属。",
    "tell": "已登记告知家属，家属在手机上也能看到。",
}
FORMS = {
    "renew": forms.RenewFlag,
    "appeal": forms.AppealFlag,
    "withdraw": forms.WithdrawFlag,
    "uphold": forms.DecideFlag,
    "reject": forms.DecideFlag,
}
VERBS = {
    "renew": services.renew_flag,
    "appeal": services.appeal_flag,
    "withdraw": services.withdraw_flag,
    "uphold": services.uphold_flag_appeal,
    "reject": services.reject_flag_appeal,
}


@require_safe
def listing(request):
    rows = selectors.flags(actor=request.actor)[:PAGE]
    context = {**callings.around(request, [], HERE), "flags": [callings.flag(row, request.actor) for row in rows]}
    return render(request, "dispatch/risks/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request, number):
    """Raise a warning about the household of one order."""
    order = orders.order(actor=request.actor, number=number)
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.raise_flag, typed=request.POST, patient=order.patient, centre=order.centre, order=order,
            kind=request.POST.get("kind", ""), facts=request.POST.get("facts", ""), receipt=receipt_of(request.POST),
            by=request.actor, now=timezone.now(),
        )  # fmt: skip
    form = asking(forms.RaiseFlag, outcome)
    back = reverse("dispatch:order", args=[number])
    crumbs = [{"label": number, "url": back}, {"label": "入户风险提示"}]
    context = {"order": order, "form": form, "refused": reasons_for_page(outcome, form), "back": back}
    return answer(
        request, "dispatch/risks/new.html", "dispatch/risks/new.html", context, outcome=outcome,
        said="已提出，上门的护士会看到。", back=back, around=lambda: callings.around(request, crumbs, HERE),
    )  # fmt: skip


@require_safe
def one(request, pk):
    return _page(request, selectors.flag(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = selectors.flag(actor=request.actor, pk=pk)
    given = {"by": request.actor, "now": timezone.now(), "typed": request.POST, "flag_id": row.pk}
    if name == "tell":
        return _page(request, row, name, attempt(services.tell_family, **given))
    if name not in VERBS:
        raise Http404
    words = "words" if name == "appeal" else "reason"
    given |= {"version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST)}
    return _page(request, row, name, attempt(VERBS[name], **{words: request.POST.get(words, "")}, **given))


def _page(request, row, name="", outcome=None):
    if outcome is not None and outcome.done:
        row = selectors.flag(actor=request.actor, pk=row.pk)
    looked(request, target=row, why="处理入户风险提示")
    crumbs = [{"label": "入户风险提示", "url": reverse("dispatch:risks")}, {"label": row.get_kind_display()}]
    return answer(
        request, "dispatch/risks/_one.html", "dispatch/risks/one.html", _context(request, row, name, outcome),
        outcome=outcome, said=SAID.get(name, ""), back=reverse("dispatch:risk", args=[row.pk]),
        around=lambda: callings.around(request, crumbs, HERE),
    )  # fmt: skip


def _context(request, row, name, outcome):
    steps = [
        step_card(
            chance, reverse("dispatch:risk_step", args=[row.pk, chance.name]), FORMS[chance.name], (name, outcome)
        )
        for chance in FLAGS.chances(row, request.actor)
        if chance.name in FORMS
    ]
    shown = callings.flag(row, request.actor)
    return {
        "flag": shown,
        "steps": steps,
        "tell_url": reverse("dispatch:risk_step", args=[row.pk, "tell"]) if shown["live"] and not row.told_at else "",
        "tell": {"name": "tell", "label": "登记已告知家属", "blocked_by": None},
        "live_url": reverse("dispatch:risk", args=[row.pk]),
        "refused": reasons_for_page(outcome, *(one["form"] for one in steps)),
    }
