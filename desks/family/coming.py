"""Who comes, when about, and how the family knows that it is really her."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from desks import qr
from institutions import selectors as institutions
from nurses import selectors as nurses
from orders import arrival, geo, whereabouts
from orders.lifecycle import EXPECTED
from orders.models import ArrivalProof, Order


def card(request: HttpRequest, row: Order, now: datetime) -> dict | None:
    """None until a nurse has agreed to come, and once she has left."""
    if row.status not in EXPECTED:
        return None
    shown = {"nurse": row.nurse, "number": row.number, "on_the_way": False, "here": row.arrived_at is not None}
    shown["face"] = nurses.face_of(row.nurse_id) if row.nurse_id else ""
    if not whereabouts.is_under_way(row):
        return shown
    code = arrival.door_code(row)
    said = row.arrival_proofs.filter(kind=ArrivalProof.Kind.FAMILY).exists()
    shown |= {"url": reverse("family:arrived", args=[row.number]), "said": said}
    if shown["here"]:
        return shown
    address = f"{request.build_absolute_uri(reverse('nurse:visit', args=[row.number]))}?door={code}"
    last = whereabouts.last(row)
    shown |= {
        "on_the_way": True,
        "door_code": " ".join(code),
        "qr": qr.svg(address, "到门码的二维码"),
        "minutes": whereabouts.minutes_left(last, row.address),
        "seen_at": last.at if last else None,
        "map": "",
    }
    if last and institutions.settings_of(row.centre, timezone.localdate(now))["place.family_sees"] == "yes":
        lon, lat = geo.to_gcj02(last.lon, last.lat)
        shown["map"] = f"https://uri.amap.com/marker?position={lon:.6f},{lat:.6f}&coordinate=gaode&callnative=1"
    return shown
