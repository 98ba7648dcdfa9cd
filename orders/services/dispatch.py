"""The offer and what becomes of it (专员派单, 护理人员接单, 002 五(六)2)."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from clinical.lifecycle import OVER
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Refused, Unmet, demand, demand_words
from nurses.models import Nurse
from orders import eligibility, gates
from orders.doors import ORDERS
from orders.models import EligibilityAnswer, Order
from orders.offers import Offer, Wait
from orders.services import in_step, offers, timers
from orders.services.orders import demand_consent
from orders.services.returns import demand_before_return

ENDED = {
    "decline": Offer.Ended.DECLINED,
    "expire": Offer.Ended.EXPIRED,
    "give_back": Offer.Ended.GIVEN_BACK,
    "recall": Offer.Ended.RECALLED,
}


def offer(
    *, order_id, nurse_id: int, planned_start: datetime, by: Actor, now: datetime, accept_by: datetime | None = None,
    override: str = "", **seen,
) -> Order:  # fmt: skip
    """
    Offer the visit to one nurse who passes every legal rule and is free, travel included.

    Soft objections (late by the way there, outside the wished time) are overruled by a reason in ``override``, which
    stands in the trace; what the law demands is overruled by nothing.

    :raises kernel.refusals.Unmet: with every rule that fails, each with its clause; or the soft objections, unanswered
    """
    today = timezone.localdate(now)

    def change(row, entry):
        settings = institutions.settings_of(row.centre, today)
        planned_end = planned_start + timedelta(minutes=row.minutes)
        if planned_start <= now:
            raise Invalid(Refusal("offer.past", "上门时间已经过去，请另选时间。", field="planned_start"))
        deadline = accept_by or min(
            now + timedelta(minutes=settings["order.accept_by_minutes"]), planned_start - timedelta(minutes=1)
        )
        if deadline <= now:
            raise Invalid(Refusal("offer.deadline", "接单期限应在现在以后。", field="accept_by"))
        day = timezone.localdate(planned_start)
        demand(gates.may_be_visited(row, day))
        demand([r for r in [gates.original_seen(row.patient)] if r])
        demand_consent(row, day)
        demand_prescription(row, day)
        demand(gates.from_above(row, settings, now))
        nurse = locked_nurse(nurse_id)
        judge(row, nurse.pk, "offer", planned_start, planned_end, now)
        if soft := eligibility.objections(row, nurse.pk, planned_start, planned_end):
            if not override.strip():
                raise Unmet(*soft)
            entry.data["overruled"] = [objection.code for objection in soft]
        row.nurse, row.planned_start, row.planned_end, row.accept_by = nurse, planned_start, planned_end, deadline
        offers.hold_out(row, offered_by_id=by.user_id, now=now)
        entry.data["nurse"] = nurse.user_id
        entry.payload["nurse"] = nurse.user_id
        timers.watch_offer(row, version=row.version + 1, deadline=deadline, now=now)

    inputs = {"nurse": nurse_id, "start": planned_start}
    with keeping_a_no(order_id, now):
        return ORDERS.take(
            "offer", order_id, by=by, now=now, change=change, reason=override.strip(), inputs=inputs, **seen
        )


def accept(*, order_id, by: Actor, now: datetime, **seen) -> Order:
    """The nurse says yes, in time, and is judged again for the day of the visit."""

    def change(row, entry):
        if row.accept_by and row.accept_by <= now:
            raise NotNow(Refusal("offer.expired", "接单期限已过，这张订单将由专员重新安排。", "002 五(六)2"))
        day = timezone.localdate(row.planned_start)
        demand(gates.may_be_visited(row, day))
        demand_consent(row, day)
        demand_prescription(row, day)
        judge(row, row.nurse_id, "accept", row.planned_start, row.planned_end, now)
        row.accepted_at = now
        entry.payload["nurse"] = row.nurse.user_id
        before = offers.taken(row, now)
        if before is not None and (before.planned_start, before.nurse_id) != (row.planned_start, row.nurse_id):
            entry.payload["before"] = before.planned_start.isoformat()
        timers.watch_visit(row, institutions.settings_of(row.centre, timezone.localdate(now)))

    with keeping_a_no(order_id, now):
        return ORDERS.take("accept", order_id, by=by, now=now, change=change, **seen)


def decline(*, order_id, reason: str = "", cause: str = Offer.Cause.OTHER, by: Actor, now: datetime, **seen) -> Order:
    """Say no, for one of a few causes that the centre counts, or for another in one's own words."""
    if cause not in Offer.Cause.values:
        raise Invalid(Refusal("decline.cause", "请从列表中选择不能接单的原因。", field="cause"))
    usual = "" if cause == Offer.Cause.OTHER else Offer.Cause(cause).label
    said = "：".join(part for part in (usual, reason.strip()) if part)
    return _unseat("decline", order_id, said, by, now, "请写明不能接单的原因，专员会看到。", cause=cause, **seen)


def give_back(*, order_id, reason: str, by: Actor, now: datetime, **seen) -> Order:
    return _unseat("give_back", order_id, reason, by, now, "请写明退单的原因，专员会看到。", **seen)


def recall(*, order_id, reason: str, by: Actor, now: datetime, **seen) -> Order:
    """Take the visit away from the nurse again, by the dispatcher or because the nurse became ineligible."""
    return _unseat("recall", order_id, reason, by, now, "请写明改派的原因，护士会看到。", **seen)


def move(
    *, order_id, nurse_id: int, planned_start: datetime, reason: str, by: Actor, now: datetime, override: str = "",
    version: int | None = None, receipt: UUID | None = None,
) -> Order:  # fmt: skip
    """
    Take a visit from its nurse and offer it to another, or to her at another time: both in one transaction, or neither.

    :raises kernel.refusals.Refused: it cannot be taken back any more, or cannot be offered like this
    """
    # Each half keeps a receipt of its own, so that a repeated request finds both done.
    halves = {"recall": receipt and uuid5(receipt, "recall"), "offer": receipt}
    try:
        with keeping_a_no(order_id, now), transaction.atomic():
            recall(order_id=order_id, reason=reason, by=by, now=now, version=version, receipt=halves["recall"])
            return offer(
                order_id=order_id, nurse_id=nurse_id, planned_start=planned_start, override=override, by=by, now=now,
                receipt=halves["offer"],
            )  # fmt: skip
    except Refused as no:
        no.recorded = False  # what was written inside went with the transaction
        audit.refused(
            action="orders.offered", no=no, by=by, now=now, target=Order.objects.filter(pk=order_id).first()
        )  # fmt: skip
        raise


def expire(*, order_id, version: int, now: datetime) -> Order:
    """Taken by the due row at the accept-by time; an offer that moved on meanwhile is left alone."""
    with transaction.atomic():
        row = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        if row.version != version or row.accept_by is None or row.accept_by > now:
            raise NotNow(Refusal("offer.moved_on", "这次派单已有结果。"))
        return _unseat("expire", order_id, "接单期限已过", system("order.expire"), now, "")


def reschedule(
    *, order_id, window_start: datetime, window_end: datetime, reason: str, by: Actor, now: datetime, **seen
) -> Order:
    """Move the visit to another window; whoever held it is freed and told."""
    demand_words(reason, "请写明改期的原因。")
    if window_end <= window_start or window_end <= now:
        raise Invalid(Refusal("order.window", "新的上门时间应在以后，且结束晚于开始。", field="window_start"))

    def change(row, entry):
        if timezone.localdate(window_start) > row.prescription.valid_until:
            raise Unmet(
                Refusal("prescription.not_valid", "新的时间超过了项目单的有效期，需要医生重新开具。", "002 五(四)")
            )
        items = [line.item for line in row.lines.select_related("item")]
        demand_before_return(row.request, items, window_end, now, besides=row.pk)
        if row.planned_start:
            entry.data["hours_before"] = round((row.planned_start - now).total_seconds() / 3600, 1)
        offers.end(row, Offer.Ended.MOVED, now)
        offers.leave_the_list(row, Wait.Left.MOVED, now)
        free(row, entry)
        in_step.let_go(row, reason, now)
        row.window_start, row.window_end, row.last_reason = window_start, window_end, reason.strip()
        timers.watch_window(row, institutions.settings_of(row.centre, timezone.localdate(now)), now)

    inputs = {"start": window_start, "end": window_end, "reason": reason}
    return ORDERS.take("reschedule", order_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


def locked_nurse(nurse_id: int) -> Nurse:
    """One nurse's offers are judged one after the other, so that the daily cap holds under concurrency."""
    nurse = (
        Nurse.objects.select_for_update(of=("self",), no_key=True).select_related("user").filter(pk=nurse_id).first()
    )
    if nurse is None:
        raise Invalid(Refusal("nurse.unknown", "没有找到这位护士，请重新选择。", field="nurse"))
    return nurse


def judge(row: Order, nurse_id: int, step: str, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Ask every eligibility rule and keep a yes; a no is kept by :func:`keeping_a_no` after the roll-back."""
    refusals, warnings = eligibility.why_not(row, nurse_id, starts_at, ends_at)
    if refusals:
        raise Ineligible(nurse_id, step, timezone.localdate(starts_at), refusals)
    EligibilityAnswer.objects.create(
        order=row,
        nurse_id=nurse_id,
        asked_at_step=step,
        visit_on=timezone.localdate(starts_at),
        eligible=True,
        refusals=[],
        warnings=[plain(r) for r in warnings],
        at=now,
    )


class Ineligible(Unmet):
    """The nurse fails at least one rule; carries what must be remembered about the question."""

    def __init__(self, nurse_id, step, day, refusals):
        self.nurse_id, self.step, self.day = nurse_id, step, day
        super().__init__(*refusals)


@contextmanager
def keeping_a_no(order_id, now: datetime):
    """When the rules say no, keep their answer although the act itself is rolled back."""
    try:
        yield
    except Ineligible as no:
        EligibilityAnswer.objects.create(
            order_id=order_id,
            nurse_id=no.nurse_id,
            asked_at_step=no.step,
            visit_on=no.day,
            eligible=False,
            refusals=[plain(r) for r in no.reasons],
            warnings=[],
            at=now,
        )
        raise


def _unseat(name, order_id, reason, by, now, sentence, *, cause="", **seen):
    demand_words(reason, sentence)

    def change(row, entry):
        offers.end(row, ENDED[name], now, cause=cause, words=reason)
        free(row, entry)
        in_step.let_go(row, reason, now)
        row.last_reason = reason.strip()

    return ORDERS.take(name, order_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen)


def free(row: Order, entry) -> None:
    """Take the nurse, the hour and the offer's deadline off an order; its record says whose they were."""
    entry.payload["nurse"] = row.nurse.user_id if row.nurse else None
    entry.data["nurse"] = row.nurse.user_id if row.nurse else None
    row.nurse = row.planned_start = row.planned_end = row.accept_by = row.accepted_at = None


def day_of(row: Order, now: datetime) -> date:
    """Return the day of a visit: as planned, else as wished, and never a day that is over."""
    return timezone.localdate(max(row.planned_start or row.window_start, now))


def demand_prescription(row: Order, day) -> None:
    """:raises kernel.refusals.Unmet: the doctor's prescription is over, or will be on the day"""
    prescription = row.prescription
    if prescription.status in OVER or prescription.valid_until < day:
        raise Unmet(Refusal("prescription.not_valid", "服务项目单已过期或停用，需要医生重新评估和开具。", "002 五(四)"))


def plain(refusal: Refusal) -> dict:
    """A reason as it is kept beside what was refused."""
    return {"code": refusal.code, "sentence": refusal.sentence, "clause": refusal.clause}
