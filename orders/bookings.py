"""Reads of who applies for how many people online, by account and by telephone, in two queries whatever the number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from institutions import selectors as institutions
from kernel.refusals import Refusal
from orders import touting
from orders.lifecycle import REQUEST
from orders.models import BookingCheck, ServiceRequest
from orders.touting import Applied, Figures
from patients.models import Invitation, Patient, Proxy

MOST = 500  # whoever applied for more than this is beyond every limit a district can set


@dataclass(frozen=True, slots=True)
class Booking:
    """What is known about the account and the telephone behind a request; ``sentences`` where the desk is to look."""

    account: Figures
    phone: Figures
    sentences: tuple[str, ...]


def figures(
    *, account: int | None, patient: Patient, settings: Mapping[str, Any], now: datetime, also: bool = False
) -> tuple[Figures, Figures]:
    """
    Count by account and by the patient's telephone; ``also`` counts the patient as if applied for now.
    """
    days = settings["booking.days"]
    online = ServiceRequest.objects.filter(
        channel=ServiceRequest.Channel.ONLINE, submitted_at__gt=now - timedelta(days=days)
    )
    mine = [_tied(patient, account)] if also else []
    by_account = _applied(online.filter(submitted_by=account)) if account else []
    by_phone = _applied(online.filter(patient__phone_index=patient.phone_index))
    return touting.measure([*by_account, *mine], days), touting.measure([*by_phone, *mine], days)


def of_request(row: ServiceRequest, now: datetime) -> Booking | None:
    """What the desk is to know before it receives this request; nothing where a family or the desk itself applied."""
    if row.channel != ServiceRequest.Channel.ONLINE or row.status not in REQUEST["receive"].from_:
        return None
    settings = institutions.settings_of(row.centre, timezone.localdate(now))
    account, phone = figures(account=row.submitted_by_id, patient=row.patient, settings=settings, now=now)
    said = [touting.sentence(account)] if touting.asks(account, settings) else []
    if touting.asks(phone, settings) and phone != account:
        said.append(touting.sentence(phone, "这位服务对象登记的电话"))
    return Booking(account, phone, tuple(said)) if said else None


def check_of(row: ServiceRequest) -> BookingCheck | None:
    return BookingCheck.objects.select_related("checked_by").filter(request=row).first()


def unverified(row: ServiceRequest, now: datetime) -> list[Refusal]:
    """Say what must be looked into before this request is received."""
    known = of_request(row, now)
    if known is None or check_of(row):
        return []
    said = f"{known.sentences[0]}请先登记核实结果，再受理；查实代人抢号的，请不予受理。"
    return [Refusal("request.touting", said, touting.CLAUSE)]


def _applied(rows) -> list[Applied]:
    """Each (patient, applicant) once; a record that was merged counts as the one it went into."""
    proxies = Proxy.objects.filter(patient=OuterRef("patient"), user=OuterRef("submitted_by")).order_by("-pk")
    found = (
        rows.annotate(
            person=Coalesce("patient__merged_into", "patient"),
            himself=Coalesce(Q(patient__user=F("submitted_by")), False),
            acts_by=Subquery(proxies.values("pk")[:1]),
            relation=Subquery(proxies.values("relation")[:1]),
            proof=Subquery(proxies.values("proof")[:1]),
        )
        .annotate(invited=Exists(Invitation.objects.filter(proxy=OuterRef("acts_by"))))
        .order_by("person")
        .values_list("person", "himself", "relation", "proof", "invited")
        .distinct()[:MOST]
    )
    return [
        Applied(
            person,
            touting.tie(himself=himself, relation=relation or "", vouched=invited or proof is not None),
        )
        for person, himself, relation, proof, invited in found
    ]


def _tied(patient: Patient, account: int | None) -> Applied:
    """The same of an application that is not written yet."""
    proxy = Proxy.objects.filter(patient=patient, user=account).order_by("-pk").first() if account else None
    vouched = proxy is not None and (proxy.proof_id is not None or Invitation.objects.filter(proxy=proxy).exists())
    himself = patient.user_id is not None and patient.user_id == account
    tied = touting.tie(himself=himself, relation=proxy.relation if proxy else "", vouched=vouched)
    return Applied(patient.merged_into_id or patient.pk, tied)
