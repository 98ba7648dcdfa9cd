"""Visits to which she goes along with another nurse: prepared rows for her templates."""

from datetime import datetime

from django.urls import reverse

from desks.nurse import rows
from orders import faces, second_seat
from orders.lifecycle import COMPANION, COMPANION_COMING


def url(seat) -> str:
    return reverse("nurse:along", args=[seat.pk])


def step_url(seat, name: str) -> str:
    return reverse("nurse:along_take", args=[seat.pk, name])


def line(seat, now: datetime) -> dict:
    """One seat on the rail of a day, beside the visits of her own."""
    face = faces.COMPANION[seat.status]
    offered = seat.status in COMPANION["accept"].from_
    return {
        **rows.line(seat.order, now, offered=offered),
        "face": face,
        "items": f"与{seat.lead.user.display_name}同行，{rows.items_of(seat.order)}",
        "at": seat.starts_at,
        "url": url(seat),
        "state": "done" if seat.status in COMPANION.final else "todo",
    }


def card(seat, now: datetime, actor) -> dict:
    """What she reads before she answers; address, contact and the first nurse's telephone once she has agreed."""
    order = seat.order
    coming = seat.status in COMPANION_COMING
    return {
        "seat": seat,
        "face": faces.COMPANION[seat.status],
        "line": line(seat, now),
        "items": rows.items_of(order),
        "person": rows.person(order, now, masked=not coming),
        "risks": rows.risks(order),
        "told": rows.told(order),
        "why": order.two_reason,
        "lead": seat.lead.user.display_name,
        "lead_phone": seat.lead.phone if coming else "",
        "place": rows.place(order) if coming else None,
        "contact": rows.contact(order) if coming else None,
        "chances": second_seat.chances(row=seat, actor=actor),
        "accept_url": step_url(seat, "accept"),
        "decline_url": step_url(seat, "decline"),
        "give_back_url": step_url(seat, "give_back"),
        "url": url(seat),
    }
