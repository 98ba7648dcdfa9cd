"""A patient who moves while a request is under way (002 五(二)1)."""

from datetime import datetime

from django.db import transaction

from accounts.roles import Role
from audit.services import recording
from institutions.models import Town
from kernel.actors import Actor
from kernel.refusals import NotNow, Refusal
from orders.lifecycle import REQUEST, WAITING
from orders.models import ServiceRequest
from orders.services.inhand import request_in_hand
from patients import services as patient_services

CLAUSE = "002 五(二)1"


def move_home(
    *, request_id, town: Town, address: str, access_note: str = "", by: Actor, now: datetime
) -> ServiceRequest:  # fmt: skip
    """
    Write down where the patient lives now: the doctor of a first visit and every later order go there.

    Orders already made keep their address; the desk is told on each of them.

    :raises kernel.refusals.Refused: the request is over, or the new address cannot be read
    """
    with transaction.atomic():
        row = request_in_hand(
            request_id, by=by, role=Role.DISPATCHER, otherwise=Refusal("address.desk", "地址由中心专员变更。", CLAUSE),
            related=("patient", "centre", "address"),
        )  # fmt: skip
        if row.status in REQUEST.final:
            said = "这份申请已经结束，请在「代为申请」中找到这位服务对象，申请时填写新地址。"
            raise NotNow(Refusal("address.over", said, CLAUSE))
        home = patient_services.change_address(
            patient_id=row.patient.merged_into_id or row.patient_id, town=town, address=address,
            access_note=access_note, in_hand=True, by=by, now=now,
        )  # fmt: skip
        if row.status in WAITING and row.address_id != home.pk:
            with recording("orders.request_moved", target=row, by=by, now=now, role=Role.DISPATCHER) as entry:
                entry.payload["address"] = home.pk
                row.address = home
                row.save(update_fields=["address"])
    return row
