"""
Whose accounts may act for a person, for the desk: who, until when, one more joined, one that ends let go on.

Somebody whom the desk put on record by telephone has no account, so that nobody but the desk can let the family in.
"""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from desks.dispatch.forms import Extend, Link
from desks.stepforms import asking
from desks.steps import Outcome, attempt
from patients import access, selectors, services
from patients import invitations as helpers
from patients.models import Patient
from patients.services.proxies import MAY_GO_ON

LINK, EXTEND = "link", "extend"
SAID = {
    LINK: "已关联家属账号，对方登录后就能看到这位服务对象。",
    EXTEND: "代办授权已延长一年。",
}
LINK_STEP = {"name": LINK, "label": "关联家属账号"}
EXTEND_STEP = {"name": EXTEND, "label": "延长一年"}


def link(request: HttpRequest, patient_id: UUID) -> Outcome:
    typed = request.POST
    return attempt(
        services.link_family,
        typed=typed,
        patient_id=selectors.goes_on(patient_id),
        username=typed.get("username", ""),
        relation=typed.get("relation", ""),
        evidence=typed.get("evidence", ""),
        file=request.FILES.get("file"),
        by=request.actor,
        now=timezone.now(),
    )


def extend(request: HttpRequest, patient_id: UUID, pk: int) -> Outcome:
    return attempt(
        services.extend_proxy,
        typed=request.POST,
        patient_id=selectors.goes_on(patient_id),
        proxy_id=pk,
        was=_day(request.POST.get("was", "")),
        evidence=request.POST.get("evidence", ""),
        by=request.actor,
        now=timezone.now(),
    )


def card(
    request: HttpRequest, patient: Patient, link_url: str, extend_url, now: datetime,
    name: str = "", outcome: Outcome | None = None,
) -> dict | None:  # fmt: skip
    """
    What the page shows; None where the desk's centre does not serve this person, who is then not its to decide about.

    ``extend_url`` makes the address for one authorisation's number.
    """
    today, person = timezone.localdate(now), served_here(request, patient, now)
    if person is None:
        return None
    pressed = request.resolver_match.kwargs.get("pk") if name == EXTEND else None
    return {
        "own": person.user_id is not None,
        "rows": [
            _row(row, extend_url, today, outcome if row.pk == pressed else None) for row in selectors.linked(person.pk)
        ],
        "step": LINK_STEP,
        "url": link_url,
        "form": asking(Link, outcome if name == LINK else None),
    }


def served_here(request: HttpRequest, patient: Patient, now: datetime) -> Patient | None:
    """The record that goes on of this person, where the desk's centre serves them today."""
    person = patient.merged_into if patient.merged_into_id else patient
    return person if access.serving_posts(request.actor, person, on=timezone.localdate(now)) else None


def forms_of(shown: dict | None) -> list:
    """The forms on the card, which hear their refusals themselves."""
    return [shown["form"], *(row["form"] for row in shown["rows"] if row["form"])] if shown else []


def _row(row, extend_url, today, outcome):
    may = row.expires_on - today <= MAY_GO_ON and row.relation not in helpers.HELPERS
    return {
        "name": row.user.display_name,
        "relation": row.relation,
        "until": row.expires_on,
        "over": row.expires_on < today,
        "proved": row.given or row.proof_id is not None,
        "step": EXTEND_STEP,
        "url": extend_url(row.pk),
        "form": asking(Extend, outcome, initial={"was": row.expires_on.isoformat()}) if may else None,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
