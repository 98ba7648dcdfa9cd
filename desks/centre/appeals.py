"""Objections to no-shows: the centre's administrator decides, unless it is her own matter."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from audit import services as audit
from desks import downloads, office, stepforms
from desks.centre import forms
from desks.centre.desk import reader, show
from desks.steps import take
from kernel.refusals import hidden
from orders import selectors
from orders.doors import APPEALS
from orders.offers import FailedBy
from patients import services as patients

FORMS = {"uphold": forms.Uphold, "reject": forms.Reject}
SAID = {"uphold": "申诉成立，失约登记已更正。", "reject": "申诉不成立，理由已告诉双方。"}


@require_safe
def listing(request):
    return _page(request)


@require_POST
def decide(request, pk, verb):
    if verb not in FORMS:
        raise Http404
    outcome = take(request, "appeal", verb, pk)
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect("centre:appeals")
    return _page(request, refused=(pk, verb, outcome), status=422)


@require_safe
def paper(request, pk):
    row = _found(request, pk)
    if row.order.no_show.paper_id is None:
        raise hidden("这份凭据")
    upload, content = patients.show_upload(
        upload_id=row.order.no_show.paper_id, reason="裁定失约申诉：查看凭据", **office.act(request)
    )
    return downloads.shown(content, kind=upload.content_type)


def _found(request, pk):
    row = selectors.appeals(actor=reader(request)).filter(pk=pk).first()
    if row is None:
        raise hidden("这份申诉")
    return row


def _page(request, *, refused=None, status=200):
    page = office.page_of(selectors.appeals(actor=reader(request)), request)
    now = timezone.now()
    for row in page.object_list:
        audit.looked(target=row, by=request.actor, now=now, why="裁定失约申诉", role=Role.CENTRE_ADMIN)
    page.object_list = [_row(request, row, refused) for row in page.object_list]
    return show(request, "appeals", {"page": page}, status=status)


def _row(request, row, refused):
    known = row.order.no_show
    return {
        "row": row,
        "no_show": known,
        "by": Role(known.registered_as).label if known.registered_as else "平台",
        "failed_by": FailedBy(row.order.failed_by).label,
        "paper_url": reverse("centre:appeals_paper", args=[row.pk]) if known.paper_id else "",
        "steps": [
            {
                "chance": chance,
                "url": reverse("centre:appeals_decide", args=[row.pk, chance.name]),
                "form": stepforms.asking(
                    FORMS[chance.name], refused[2] if refused and refused[:2] == (row.pk, chance.name) else None
                ),
            }
            for chance in APPEALS.chances(row, request.actor)
        ],
        "refused": refused[2].reasons if refused and refused[0] == row.pk else (),
    }
