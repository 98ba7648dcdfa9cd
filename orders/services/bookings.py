"""Before a request of one who applies for many is received, the desk finds out whose wish it is (003 二(一)1四)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.roles import Role
from audit.services import recording
from audit.turns import one_at_a_time
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, demand
from orders import bookings, touting
from orders.models import BookingCheck, ServiceRequest
from orders.services.inhand import request_in_hand
from patients.models import Patient

LONGEST = 300


def check_booking(*, request_id, how: str, words: str, by: Actor, now: datetime) -> BookingCheck:
    """
    Write down how it was verified that the patient wants this visit. The same words sent twice are kept once.

    :raises kernel.refusals.Refused: nothing asks for it, it was written down already, or the request has moved on
    """
    words, faults = words.strip(), []
    if how not in BookingCheck.How.values:
        faults.append(Refusal("booking.how", "请选择怎样核实。", touting.CLAUSE, field="how"))
    if not 1 <= len(words) <= LONGEST:
        said = f"请写明和谁核实、对方怎么说，不超过 {LONGEST} 个字。"
        faults.append(Refusal("booking.words", said, touting.CLAUSE, field="words"))
    if faults:
        raise Invalid(*faults)
    with transaction.atomic():
        row = request_in_hand(
            request_id, by=by, role=Role.DISPATCHER,
            otherwise=Refusal("booking.desk", "代办情况由中心专员核实。", touting.CLAUSE),
            related=("patient", "centre"),
        )  # fmt: skip
        if known := bookings.check_of(row):
            if (known.how, known.words, known.checked_by_id) == (how, words, by.user_id):
                return known
            raise NotNow(Refusal("booking.checked", "这份申请已经登记过核实结果，请看过最新内容。", touting.CLAUSE))
        found = bookings.of_request(row, now)
        if found is None:
            raise NotNow(Refusal("booking.plain", "这份申请不需要核实代办情况。", touting.CLAUSE))
        with recording("orders.booking_checked", target=row, by=by, now=now, role=Role.DISPATCHER) as entry:
            check = BookingCheck.objects.create(
                request=row,
                how=how,
                words=words,
                days=found.account.days,
                account_patients=found.account.patients,
                phone_patients=found.phone.patients,
                checked_by_id=by.user_id,
                checked_at=now,
            )
            entry.data.update(
                {
                    "how": how,
                    "patients": found.account.patients,
                    "unrelated": found.account.unrelated,
                    "by_phone": found.phone.patients,
                }
            )
    return check


def demand_few(row: ServiceRequest, patient: Patient, settings: Mapping[str, Any], now: datetime) -> None:
    """
    Refuse what goes beyond the district's limit. Asked inside the door, one application of an account after another.

    :raises kernel.refusals.Unmet: this account, or this telephone, has applied for too many people
    """
    if row.channel != ServiceRequest.Channel.ONLINE or row.submitted_by_id is None:
        return
    one_at_a_time(f"orders.booking:account:{row.submitted_by_id}", f"orders.booking:phone:{patient.phone_index}")
    before, after = bookings.figures_with(account=row.submitted_by_id, patient=patient, settings=settings, now=now)
    # Whoever is beyond a limit that was lowered meanwhile may still apply for whom nothing is added by.
    added = [new for old, new in zip(before, after, strict=True) if new.unrelated > old.unrelated]
    refused = [touting.too_many(one, settings, row.centre.name, row.centre.phone) for one in added]
    demand([no for no in refused if no][:1])
