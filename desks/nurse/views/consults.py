"""Questions of families that wait for a nurse of the centre, and her answers."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from audit import services as audit
from consults import faces, selectors, services
from consults.doors import CONSULTS
from desks import downloads, office
from desks.nurse import frame
from desks.nurse.forms import ConsultAnswer
from desks.stepforms import asking, number_of, reasons_for_page, receipt_of
from desks.steps import attempt
from kernel.refusals import hidden
from patients import services as patients

LATELY = 20
VERBS = {"answer": services.answer, "advise": services.advise, "close": services.close}
SAID = {"answer": "已答复，家属会收到消息。", "advise": "已建议上门，家属可以直接申请。", "close": "这次咨询已结束。"}


@require_safe
def listing(request):
    actor, now = office.only(request.actor, (Role.NURSE,)), timezone.now()
    page = office.page_of(selectors.to_answer(actor=actor), request)
    page.object_list = [_row(row, now) for row in page.object_list]
    over = [_row(row, now) for row in selectors.answered(actor=actor)[:LATELY]]
    context = {"page": page, "over": over, "back_url": reverse("nurse:me")}
    return frame.page(request, "nurse/consults.html", context)


@require_safe
def one(request, number):
    return _page(request, _consult(request, number))


@require_POST
def step(request, number, name):
    if name not in VERBS:
        raise Http404
    row = _consult(request, number)
    given = {
        "consult_id": row.pk, "by": request.actor, "now": timezone.now(), "typed": request.POST,
        "version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST),
    }  # fmt: skip
    if name != "close":
        given["words"] = request.POST.get("words", "")
    outcome = attempt(VERBS[name], **given)
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect("nurse:consults")
    return _page(request, row, name, outcome)


@require_safe
def picture(request, number, pk):
    row = _consult(request, number)
    said = next((one for one in row.sayings.all() if one.pk == pk and one.picture), None)
    if said is None:
        raise hidden("这张照片")
    paper, content = patients.show_upload(
        upload_id=said.picture.pk, reason="护士查看咨询照片", by=request.actor, now=timezone.now()
    )
    return downloads.shown(content, kind=paper.content_type)


def _consult(request, number):
    return selectors.consult(actor=office.only(request.actor, (Role.NURSE,)), number=number)


def _page(request, row, name="", outcome=None):
    audit.looked(target=row, by=request.actor, now=timezone.now(), why="护士答复咨询")
    steps = [
        {
            "chance": chance,
            "form": asking(ConsultAnswer, outcome if chance.name == name else None) if chance.name != "close" else None,
            "url": reverse("nurse:consult_step", args=[row.number, chance.name]),
        }
        for chance in CONSULTS.chances(row, request.actor)
        if chance.name in VERBS
    ]
    forms = [one["form"] for one in steps if one["form"]]
    context = {
        "c": _row(row, timezone.now()),
        "age": office.age(row.patient.birth_date),
        "sayings": sorted(row.sayings.all(), key=lambda said: said.pk),
        "steps": steps,
        "refused": reasons_for_page(outcome, *forms),
        "centre": row.centre,
        "back_url": reverse("nurse:consults"),
    }
    return frame.page(request, "nurse/consult.html", context, status=outcome.status if outcome else 200)


def _row(row, now):
    late = row.answered_at is None and row.answer_by <= now
    return {"row": row, "face": faces.CONSULT[row.status], "late": late}
