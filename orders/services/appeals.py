"""An objection to a registered no-show, and its one decision (003 二(一)1四)."""

from datetime import datetime

from django.utils import timezone

from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, demand_words, hidden
from orders import access
from orders.appeals import CLAUSE, side_of, why_no_appeal
from orders.doors import APPEALS
from orders.models import Order
from orders.offers import Appeal, FailedBy, NoShow
from patients.selectors import proxies_in_force


def file_appeal(*, order_id, words: str, by: Actor, now: datetime, **seen) -> Appeal:
    """
    Object, once for each side and in time, to what was registered about a visit that did not happen.

    :raises kernel.refusals.Refused: nothing registered, one's own word, too late, or the second time
    """
    demand_words(words, "请写明您的理由和经过。")
    order = Order.objects.select_related("nurse", "patient", "centre").filter(pk=order_id).first()
    if order is None or not access.order_hats(by, order):
        raise hidden("这份订单")
    row = Appeal(
        order=order,
        centre_id=order.centre_id,
        patient_id=order.patient_id,
        side=side_of(order, by),
        words=words.strip()[:300],
        filed_at=now,
        filed_by_id=by.user_id,
    )

    def change(row, entry):
        # Inside the door: a repeated request is answered by its receipt before it could be too late or the second.
        if reason := why_no_appeal(order, by, now, but=row.pk):
            raise NotNow(reason)
        entry.data["side"] = row.side

    inputs = {"order": order_id, "words": words}
    return APPEALS.create("file", row, by=by, now=now, change=change, inputs=inputs, **seen)


def uphold_appeal(*, appeal_id, decision: str, corrected_to: str, by: Actor, now: datetime, **seen) -> Appeal:
    """
    Say that the objection is right and who failed instead; the order says so from here on.

    :raises kernel.refusals.Refused: a party decides, no reason, or the same side as before
    """
    if corrected_to not in FailedBy.values:
        raise Invalid(Refusal("appeal.corrected_to", "请选择更正后的失约方。", CLAUSE, field="corrected_to"))

    def change(row, entry):
        order = _decide(row, decision, by, now, entry)
        if order.failed_by == corrected_to:
            raise Unmet(Refusal("appeal.same", "更正后的失约方与登记的相同，请重新选择。", CLAUSE, "corrected_to"))
        row.corrected_to = corrected_to
        entry.data["corrected_to"] = corrected_to
        with recording("orders.failure_corrected", target=order, by=by, now=now, reason=decision) as correction:
            correction.data.update({"from": order.failed_by, "to": corrected_to})
            order.failed_by = corrected_to
            order.version += 1
            order.save(update_fields=["failed_by", "version"])

    inputs = {"decision": decision, "corrected_to": corrected_to}
    return APPEALS.take("uphold", appeal_id, by=by, now=now, change=change, reason=decision, inputs=inputs, **seen)


def reject_appeal(*, appeal_id, decision: str, by: Actor, now: datetime, **seen) -> Appeal:
    """Say, with the reason, that what was registered stands."""

    def change(row, entry):
        _decide(row, decision, by, now, entry)

    inputs = {"decision": decision}
    return APPEALS.take("reject", appeal_id, by=by, now=now, change=change, reason=decision, inputs=inputs, **seen)


def _decide(row: Appeal, decision: str, by: Actor, now: datetime, entry) -> Order:
    demand_words(decision, "请写明裁定的理由，双方都会看到。")
    order = Order.objects.select_for_update(of=("self",)).select_related("nurse", "patient").get(pk=row.order_id)
    _demand_no_party(order, by, now)
    row.decision, row.decided_by_id, row.decided_at = decision.strip()[:300], by.user_id, now
    entry.payload["nurse"] = order.nurse.user_id if order.nurse else None
    return order


def _demand_no_party(order: Order, by: Actor, now: datetime) -> None:
    """Nobody judges in their own matter: not the nurse, not the family, not whoever registered it."""
    parties = {order.nurse.user_id if order.nurse else None, order.patient.user_id}
    parties |= set(NoShow.objects.filter(order=order).values_list("registered_by", flat=True))
    parties |= set(Appeal.objects.filter(order=order).values_list("filed_by", flat=True))
    acting = proxies_in_force(on=timezone.localdate(now)).filter(patient=order.patient_id)
    parties |= set(acting.values_list("user", flat=True))
    if by.user_id in parties:
        raise NotYours(Refusal("appeal.party", "您与这次失约有关，请由其他中心管理员裁定。", CLAUSE))
