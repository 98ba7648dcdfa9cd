"""People who want their record gone: answered once, with the reason and the rule that says what must stay."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from desks import office
from desks.centre.desk import reader, show
from desks.looks import looked
from desks.office import TextField
from desks.stepforms import AskForm, asking
from desks.steps import attempt
from kernel.refusals import hidden
from patients import selectors, services


class Decide(AskForm):
    reason = TextField(label="答复的理由", max_length=300, help_text="申请人会看到。")


CHANCES = (("grant", "同意删除"), ("refuse", "不同意"))


@require_safe
def listing(request):
    return _page(request)


@require_POST
def decide(request, pk, verb):
    if verb not in dict(CHANCES):
        raise hidden("这一步")
    outcome = attempt(
        services.decide_erasure, typed=request.POST, erasure_id=pk, granted=verb == "grant",
        reason=request.POST.get("reason", ""), **office.act(request),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, "已答复，申请人会看到。")
        return redirect("centre:erasures")
    return _page(request, refused=(pk, verb, outcome), status=422)


def _page(request, *, refused=None, status=200):
    page = office.page_of(selectors.erasures(actor=reader(request)), request)
    page.object_list = [_row(request, row, refused) for row in page.object_list]
    return show(request, "erasures", {"page": page}, status=status)


def _row(request, row, refused):
    looked(request, target=row, why="答复删除申请")
    asked = refused and refused[0] == row.pk
    return {
        "row": row,
        "refused": refused[2].reasons if asked else (),
        "steps": [
            {
                "chance": {"name": verb, "label": label, "blocked_by": None},
                "url": reverse("centre:erasures_decide", args=[row.pk, verb]),
                "form": asking(Decide, refused[2] if asked and refused[1] == verb else None),
            }
            for verb, label in CHANCES
        ]
        if row.decided_at is None
        else [],
    }
