"""Orders as a nurse reads them: prepared rows for her templates."""

from datetime import date, datetime
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone

from clinical.sections import red_flags
from kernel import identity
from kernel.workflow import Chance
from orders import faces, geo, second_seat, selectors
from orders.lifecycle import ORDER, SEATED
from patients import privacy

RAIL = ("出发", "签到", "核对", "服务", "签字", "完成")


def chances(order, actor) -> dict[str, Chance]:
    """The steps that she may take now, by name."""
    return {chance.name: chance for chance in selectors.order_chances(row=order, actor=actor)}


def visit_url(order) -> str:
    return reverse("nurse:visit", args=[order.number])


def step_url(order, name: str) -> str:
    return reverse("nurse:take", args=[order.number, name])


def items_of(order) -> str:
    return "、".join(line.item.name for line in order.lines.all())


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def person(order, now: datetime, *, masked: bool = False) -> dict:
    patient = order.patient
    return {
        "name": identity.mask_name(patient.name) if masked else patient.name,
        "sex": patient.sex,
        "age": age(patient.birth_date, timezone.localdate(now)),
        "extra": "家庭病床" if patient.home_bed else "",
    }


def face(order) -> faces.Face:
    """How the order stands; whether its family has rated it is not for the nurse to see."""
    return faces.ORDER[order.status]


def told(order) -> list[str]:
    """What the doctor wrote for whoever goes there."""
    said = [order.prescription.cautions]
    said += [
        f"{one.item.name}：{one.prescription_line.cautions}"
        for one in order.lines.all()
        if one.prescription_line.cautions
    ]
    return [sentence for sentence in said if sentence]


def line(order, now: datetime, *, following: bool = False, offered: bool = False) -> dict:
    """One visit on the rail of a day."""
    done = order.finished_at is not None or order.status in ORDER.final
    return {
        "order": order,
        "face": face(order),
        "name": person(order, now, masked=offered)["name"],
        "items": items_of(order),
        "town": order.address.town.name,
        "at": order.planned_start,
        "url": reverse("nurse:order", args=[order.number]),
        "state": "done" if done else "now" if following else "todo",
    }


def following(visits) -> object | None:
    """The visit to think of next: the first that still takes her time."""
    return next((order for order in visits if order.status in SEATED), None)


def risks(order) -> list[dict]:
    """What must not be overlooked at the bedside, from the first assessment and the patient's own record."""
    assessment = order.request.assessment
    flags = red_flags(assessment.sections) if assessment else []
    known = order.patient.allergies.strip()
    if known and known not in ("无", "没有") and not any(known in flag for flag in flags):
        flags = [f"过敏：{known}", *flags]
    flags = sorted(flags, key=lambda flag: not flag.startswith("过敏"))
    return [{"text": flag, "icon": "dog" if "宠物" in flag else "alert-triangle"} for flag in flags]


def place(order) -> dict:
    """The opened address: only for the seated nurse, and only where the look is recorded."""
    address = order.address
    shown = privacy.address_line(address)
    if address.lon is not None and address.lat is not None:
        # Coordinates alone, no name and no address: the map is a third party. It draws GCJ-02.
        lon, lat = geo.to_gcj02(address.lon, address.lat)
        go = f"https://uri.amap.com/marker?position={lon:.6f},{lat:.6f}&coordinate=gaode&callnative=1"
    else:
        go = f"geo:0,0?q={quote(f'{address.town.name}{shown}')}"
    return {"town": address.town.name, "line": shown, "note": address.access_note, "go": go}


def contact(order) -> dict:
    """Whom to call before ringing the bell: the contact on record, or the patient."""
    patient = order.patient
    number = privacy.contact_phone(patient)
    if number:
        return {"label": "联系家属", "number": number, "who": f"{patient.contact_name}（{patient.contact_relation}）"}
    return {"label": "联系服务对象", "number": privacy.phone(patient), "who": patient.name}


def beside(order) -> dict | None:
    """Who goes along where two must go, with her telephone; or that nobody has said yes yet."""
    if not order.needs_two:
        return None
    seat = second_seat.beside(order)
    if seat is None:
        return {"name": "", "phone": "", "why": order.two_reason}
    return {
        "name": seat.nurse.user.display_name,
        "phone": seat.nurse.phone,
        "why": order.two_reason,
    }


def rail(order) -> list[dict]:
    """The six steps of a visit; what has a time has been done."""
    reached = [order.departed_at, order.arrived_at, order.arrived_at, order.finished_at, order.confirmed_at]
    done = next((i for i, at in enumerate(reached) if at is None), len(reached))
    over = order.status in ORDER.final
    if order.confirmed_at:
        done = len(RAIL)
    return [
        {"label": label, "state": "done" if i < done else "now" if i == done and not over else "todo"}
        for i, label in enumerate(RAIL)
    ]
