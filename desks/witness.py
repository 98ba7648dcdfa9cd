"""Signing on glass in front of staff: both texts in full, who signs, the strokes; whoever is at the desk is witness."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.selectors import district_of
from desks import patientcard
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page
from desks.steps import take
from orders import selectors
from patients import selectors as patients
from patients.models import Consent, PaperText


@never_cache
@require_http_methods(["GET", "POST"])
def page(request, row, *, form, back, around):
    """The page on which an order's papers are signed; answers GET and POST."""
    chance = next((c for c in selectors.order_chances(row=row, actor=request.actor) if c.name == "consent"), None)
    if request.method == "GET" and chance is None:
        return redirect(back)
    outcome = None
    if request.method == "POST":
        outcome = take(request, "order", "consent", row.pk, _signing(request))
        if outcome.done:
            messages.success(request, "已签署，订单进入待派单。")
            return redirect(back)
    today = timezone.localdate()
    looked(request, target=row, why="当面签署同意书和协议")
    asked = asking(form, outcome, initial={"signer_name": row.patient.name, "capacity": Consent.Capacity.SELF})
    context = {
        **around(),
        "row": row,
        "patient": patientcard.card(row.patient, row.address, today),
        "items": [line.item for line in row.lines.all()],
        "texts": _texts(row, today),
        "form": asked,
        "refused": reasons_for_page(outcome, asked),
        "back": back,
        "chance": chance,
    }
    return render(request, "desks/witness.html", context, status=outcome.status if outcome else 200)


def _texts(row, today):
    district = district_of(row.centre).pk
    found = []
    for kind in PaperText.Kind:
        text = patients.text_in_force(district_id=district, kind=kind, on=today)
        if text is None:
            raise Http404("区级文本尚未发布。")
        found.append(
            {
                "kind": kind.value,
                "label": kind.label,
                "text": text,
                "version_text": str(text.version),
                "parts": _parts(text.text),
            }
        )
    return found


def _parts(text):
    """A text's sections as (heading, lines): the file marks them with #."""
    parts = []
    for line in text.splitlines():
        if line.startswith("#"):
            parts.append((line.lstrip("# ").strip(), []))
        elif line.strip():
            if not parts:
                parts.append(("", []))
            parts[-1][1].append(line.strip())
    return [part for part in parts if part[1]]


def _signing(request):
    posted = request.POST
    try:
        strokes = json.loads(posted.get("consent_strokes") or "[]")
    except ValueError:
        strokes = []
    return {
        **{key: posted[key] for key in ("signer_name", "capacity", "version", "receipt") if key in posted},
        "shown": {"consent": posted.get("shown_consent", ""), "agreement": posted.get("shown_agreement", "")},
        "method": Consent.Method.GLASS,
        "strokes": strokes,
        "device": request.headers.get("User-Agent", "")[:120],
    }
