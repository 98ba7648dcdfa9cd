"""Reads of who applies for how many people online, by account and by telephone, in two queries whatever the number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from institutions import selectors as institutions
from kernel.refusals import Refusal
from orders import touting
from orders.lifecycle import REQUEST
from orders.models import BookingCheck, ServiceRequest
from orders.touting import Applied, Figures
from patients.models import Patient, Proxy

MOST = 500  # whoever applied for more than this is beyond every limit a district can set


@dataclass(frozen=True, slots=True)
class Booking:
    """What is known about the account and the telephone behind a request; ``sentences`` where the desk is to look."""

    account: Figures
    phone: Figures
    sentences: tuple[str, ...]


def figures(
    *, account: int | None, patient: Patient, settings: Mapping[str, Any], now: datetime
) -> tuple[Figures, Figures]:
    """Count by account and by the patient's telephone."""
    by_account, by_phone = _counted(account, patient, settings["booking.days"], now)
    return touting.measure(by_account, settings["booking.days"]), touting.measure(by_phone, settings["booking.days"])


def figures_with(
    *, account: int, patient: Patient, settings: Mapping[str, Any], now: datetime
) -> tuple[tuple[Figures, Figures], tuple[Figures, Figures]]:
    """The same before and after this patient is applied for."""
    days, mine = settings["booking.days"], _tied(patient, account)
    counted = _counted(account, patient, days, now)
    by_account, by_phone = ((touting.measure(one, days), touting.measure([*one, mine], days)) for one in counted)
    return (by_account[0], by_phone[0]), (by_account[1], by_phone[1])


def _counted(account: int | None, patient: Patient, days: int, now: datetime) -> tuple[list[Applied], list[Applied]]:
    online = ServiceRequest.objects.filter(
        channel=ServiceRequest.Channel.ONLINE, submitted_at__gt=now - timedelta(days=days)
    )
    by_account = _applied(online.filter(submitted_by=account)) if account else []
    return by_account, _applied(online.filter(patient__phone_index=patient.phone_index))


def of_request(row: ServiceRequest, now: datetime) -> Booking | None:
    """What the desk is to know before it receives this request; nothing where a family or the desk itself applied."""
    if row.channel != ServiceRequest.Channel.ONLINE or row.status not in REQUEST["receive"].from_:
        return None
    settings = institutions.settings_of(row.centre, timezone.localdate(now))
    account, phone = figures(account=row.submitted_by_id, patient=row.patient, settings=settings, now=now)
    said = [touting.sentence(account)] if touting.asks(account, settings) else []
    if touting.asks(phone, settings) and phone != account:
        said.append(touting.sentence_of_phone(phone))
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
    vouched = proxies.annotate(vouched=Q(given=True) | Q(proof__isnull=False)).values("vouched")
    found = (
        rows.annotate(
            person=Coalesce("patient__merged_into", "patient"),
            himself=Coalesce(Q(patient__user=F("submitted_by")), False),
            relation=Coalesce(Subquery(proxies.values("relation")[:1]), Value("")),
            vouched=Coalesce(Subquery(vouched[:1]), False),
        )
        .order_by("person")
        .values_list("person", "himself", "relation", "vouched")
        .distinct()[:MOST]
    )
    return [
        Applied(person, touting.tie(himself=himself, relation=relation, vouched=vouched))
        for person, himself, relation, vouched in found
    ]


def _tied(patient: Patient, account: int | None) -> Applied:
    """The same of an application that is not written yet."""
    proxy = Proxy.objects.filter(patient=patient, user=account).order_by("-pk").first() if account else None
    vouched = proxy is not None and (proxy.given or proxy.proof_id is not None)
    himself = patient.user_id is not None and patient.user_id == account
    tied = touting.tie(himself=himself, relation=proxy.relation if proxy else "", vouched=vouched)
    return Applied(patient.merged_into_id or patient.pk, tied)
