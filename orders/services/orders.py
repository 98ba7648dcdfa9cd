"""The order before dispatch: created, consented to, cancelled."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.numbers import next_number
from catalog import selectors as catalog
from clinical import services as clinical
from clinical.models import Prescription, PrescriptionLine
from clinical.sections import demands_two
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, Unmet, demand, demand_words
from orders import gates, homes
from orders.doors import ORDERS
from orders.lifecycle import OrderStatus
from orders.models import Order, OrderLine, ServiceRequest
from orders.offers import Offer, Wait
from orders.services import in_step, offers, timers
from orders.services.closing import close_request_if_done
from orders.services.returns import demand_before_return
from patients import selectors as patients
from patients import services as patient_services
from patients.models import Consent

CONSENT_CLAUSE, AGREEMENT_CLAUSE = "002 五(七)1(4)", "004 三(七)"


def create(
    *, request: ServiceRequest, prescription: Prescription, line_ids: Sequence[int], window_start: datetime,
    window_end: datetime, by: Actor, now: datetime, **seen,
) -> Order:  # fmt: skip
    """
    Create one visit from a prescription, taking one time of each line.

    It waits for dispatch at once when a valid consent and agreement already cover it, else for the signatures. The
    nurse goes to where the patient lives now, which may be elsewhere than at the application, and does what the edition
    in force lists under the name that was prescribed.

    :raises kernel.refusals.Refused: no time left, prescription over, item no longer allowed, an impossible window, or
        a patient who has moved to where the centre does not serve on that day
    """
    if window_end <= window_start or window_end <= now:
        raise Invalid(Refusal("order.window", "上门时间应在以后，且结束晚于开始。", field="window_start"))
    if not line_ids:
        raise Invalid(Refusal("order.empty", "请至少选择一个项目。", field="lines"))
    if timezone.localdate(window_start) > prescription.valid_until:
        raise Unmet(Refusal("prescription.not_valid", "上门时间超过了项目单的有效期，需要医生重新开具。", "002 五(四)"))
    today = timezone.localdate(now)
    lines = list(PrescriptionLine.objects.filter(prescription=prescription, pk__in=line_ids).select_related("item"))
    if len(lines) != len(line_ids):
        raise Invalid(Refusal("order.lines", "请从这份项目单中选择项目，每项只选一次。", field="lines"))
    items = catalog.as_listed(request.centre_id, [line.item for line in lines], today)
    address = homes.home_of(request.patient) or request.address
    demand(
        gates.centre_serves(request.centre, address.town_id, timezone.localdate(window_start))
        + gates.items_allowed(request.centre, items, request.patient, today)
    )
    if by.kind == "user":  # the first visit follows the doctor's signature, on whatever day that falls
        demand_before_return(request, items, window_end, now)
    codes = [item.code for item in items]
    consent = _valid(request, "consent", codes, today)
    agreement = _valid(request, "agreement", [], today)
    covered = consent is not None and agreement is not None
    row = Order(
        number=next_number("D", now=now),
        request=request,
        prescription=prescription,
        patient=request.patient,
        centre=request.centre,
        edition=items[0].edition,
        address=address,
        place=request.place,
        created_at=now,
        window_start=window_start,
        window_end=window_end,
        minutes=sum(item.duration_min for item in items),
        consent=consent if covered else None,
        agreement=agreement if covered else None,
        needs_two=bool(two := demands_two(prescription.assessment.sections)),
        two_reason=two,
        visit_code=f"{secrets.randbelow(10**6):06d}",
    )

    def change(row, entry):
        # Taken inside the door: a repeated request is answered by its receipt before it could take a second time.
        clinical.take_times(prescription_id=prescription.pk, line_ids=line_ids, by=by, now=now)
        OrderLine.objects.bulk_create(
            OrderLine(order=row, prescription_line=line, item=item) for line, item in zip(lines, items, strict=True)
        )
        entry.data["items"] = codes
        timers.watch_window(row, institutions.settings_of(row.centre, today), now)

    return ORDERS.create(
        "create",
        row,
        by=by,
        now=now,
        change=change,
        to=OrderStatus.AWAITING_DISPATCH if covered else None,
        inputs={"prescription": prescription.pk, "lines": sorted(line_ids), "start": window_start},
        **seen,
    )


def consent(
    *, order_id, shown: Mapping[str, str], signer_name: str, capacity: str, method: str, strokes: Sequence = (),
    picture=None, device: str = "", by: Actor, now: datetime, **seen,
) -> Order:  # fmt: skip
    """
    Sign what is still missing of consent (002 五(七)1(4)) and service agreement (004 三(七)), each its own record.

    ``shown`` holds the hash of each text as it was shown: ``{"consent": …, "agreement": …}``. A member of staff may
    only witness a signature made on glass or on paper, never sign by account.

    :raises kernel.refusals.Refused: the text changed meanwhile, the mark is missing, or the signer may not sign
    """
    today = timezone.localdate(now)

    def change(row, entry):
        family = row.patient_id in by.patients_as(Role.PATIENT, Role.PROXY)
        if not family and method == Consent.Method.TYPED:
            raise Unmet(Refusal("consent.witness", "工作人员只能见证手写或纸质签名，不能代为确认。", CONSENT_CLAUSE))
        codes = [line.item.code for line in row.lines.select_related("item")]
        common = {
            "patient_id": row.patient_id,
            "organisation_id": row.centre_id,
            "signer_name": signer_name,
            "capacity": capacity,
            "method": method,
            "strokes": strokes,
            "picture": picture,
            "witness": None if family else User.objects.get(pk=by.account),
            "device": device,
            "by": by,
            "now": now,
        }
        for kind, field, wanted in (("consent", "consent", codes), ("agreement", "agreement", [])):
            held = _valid(row, kind, wanted, today)
            if held is None:
                held = patient_services.sign(kind=kind, shown_sha256=shown.get(kind, ""), item_codes=wanted, **common)
            setattr(row, field, held)
            entry.data[kind] = str(held.pk)

    inputs = {"shown": dict(shown), "signer": signer_name, "method": method}
    return ORDERS.take("consent", order_id, by=by, now=now, change=change, inputs=inputs, **seen)


def cancel(*, order_id, reason: str, by: Actor, now: datetime, **seen) -> Order:
    """Call the visit off before care begins; its times go back to the prescription."""
    demand_words(reason, "请写明取消的原因。")

    def change(row, entry):
        row.last_reason = reason.strip()
        entry.payload["nurse"] = row.nurse.user_id if row.nurse else None
        offers.end(row, Offer.Ended.CANCELLED, now)
        offers.leave_the_list(row, Wait.Left.CANCELLED, now)
        in_step.let_go(row, reason, now)
        return_times(row, now)

    row = ORDERS.take(
        "cancel", order_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen
    )
    close_request_if_done(row, now)
    return row


def return_times(row: Order, now: datetime) -> None:
    """Give the times of a visit that never began back to its prescription."""
    line_ids = list(row.lines.values_list("prescription_line", flat=True))
    clinical.give_back_times(
        prescription_id=row.prescription_id, line_ids=line_ids, by=system("orders.return_times"), now=now
    )


def demand_consent(row: Order, on) -> None:
    """:raises Unmet: the consent or the agreement behind the order no longer holds on the day of the visit"""
    codes = [line.item.code for line in row.lines.select_related("item")]
    missing = []
    if _valid(row, "consent", codes, on) is None:
        missing.append(
            Refusal("order.consent", "没有覆盖本次项目的有效知情同意书，请先请服务对象签署。", CONSENT_CLAUSE)
        )
    if _valid(row, "agreement", [], on) is None:
        missing.append(Refusal("order.agreement", "没有有效的服务协议，请先请服务对象签署。", AGREEMENT_CLAUSE))
    demand(missing)


def _valid(row, kind, codes, on):
    return patients.valid_consent(
        patient_id=row.patient_id, organisation_id=row.centre_id, kind=kind, item_codes=codes, on=on
    )
