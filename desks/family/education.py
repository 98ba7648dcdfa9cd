"""What nurse and doctor have handed out: read large, aloud, on paper; and whether it is clear."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import articles, office
from desks.family.frame import act, family_page, show
from desks.steps import attempt
from education import selectors, services
from education.lifecycle import READABLE

ANSWERS = {"yes": True, "no": False}


@require_safe
@family_page
def listing(request):
    page = office.page_of(selectors.handouts_of_family(actor=request.family), request)
    page.object_list = [{"row": row, "face": _face(row)} for row in page.object_list]
    return show(request, "family/learn.html", back=reverse("family:home"), page=page)


@require_safe
@family_page
def one(request, pk):
    row = selectors.handout(actor=request.family, pk=pk)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属阅读健康教育")
    context = {
        "row": row,
        "article": row.article,
        "parts": articles.parts(row.article.body),
        "replaced": row.article.status not in READABLE,
        "face": _face(row),
    }
    return show(request, "family/learn_one.html", back=reverse("family:learn"), centre=row.centre, **context)


@require_POST
@family_page
def answer(request, pk):
    clear = ANSWERS.get(request.POST.get("clear", ""))
    if clear is None:
        raise Http404
    outcome = attempt(services.note_read, handout_id=pk, clear=clear, **act(request))
    said = "已记下。" if clear else "已告诉护士，下次上门会再讲。也可以现在在线问护士。"
    messages.success(request, said if outcome.done else outcome.refused.sentence)
    return redirect("family:learn_one", pk)


def _face(row) -> dict:
    if row.read_at is None:
        return {"label": "还没有看", "family": "ask", "icon": "clock"}
    if row.clear:
        return {"label": "看明白了", "family": "done", "icon": "check"}
    return {"label": "还有不明白的", "family": "ask", "icon": "help-circle"}
