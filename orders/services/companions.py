"""
The second nurse: asked, answering, taken back (工作量与风险, 000 五(十六); 护士安全, 002 五(九)2).

She passes the same rules as the first, both seats fill her day alike, and nobody sets out alone where two must go.
"""

from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from clinical.sections import demands_two
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Stale, Unmet, demand_words, hidden
from orders import access, eligibility
from orders.doors import COMPANIONS
from orders.lifecycle import COMPANION, NOT_BEGUN, ON_THE_WAY
from orders.models import Companion, Order
from orders.needs import TWO_TOGETHER
from orders.services import in_step
from orders.services.dispatch import judge, keeping_a_no, locked_nurse
from orders.services.timers import watch_answer

SHORTEST_ANSWER = timedelta(minutes=5)  # for a second nurse who is asked while the first is on her way


def require_two(*, order_id, reason: str, by: Actor, now: datetime) -> Order:
    """Decide that two must go, for a reason that both of them read."""
    demand_words(reason, "请写明为什么须两人上门，护士会看到。")
    with _undecided(order_id, by) as row:
        if row.needs_two:
            raise NotNow(Refusal("two.required", "这次上门已要求两人同行。", TWO_TOGETHER))
        _decide(row, True, reason, by, now, event="orders.two_required")
    return row


def waive_two(*, order_id, reason: str, by: Actor, now: datetime) -> Order:
    """
    Take the demand back. What the doctor has signed is not the desk's to waive.

    :raises kernel.refusals.Unmet: the first assessment says that two must go
    """
    demand_words(reason, "请写明为什么不再需要两人上门。")
    with _undecided(order_id, by) as row:
        if not row.needs_two:
            raise NotNow(Refusal("two.not_required", "这次上门没有要求两人同行。", TWO_TOGETHER))
        if demanded_by_assessment(row.prescription):
            raise Unmet(
                Refusal("two.assessed", "首诊评估写明须两人上门，请先由医生重新评估。", TWO_TOGETHER, field="reason")
            )
        in_step.let_go(row, reason, now)
        _decide(row, False, reason, by, now, event="orders.two_waived")
    return row


def offer_companion(
    *, order_id, nurse_id: int, by: Actor, now: datetime, accept_by: datetime | None = None, override: str = "",
    version: int | None = None, **seen,
) -> Companion:  # fmt: skip
    """
    Ask a second nurse to go along with the first, at the first one's hours.

    ``version`` is the order's. Lateness by the way there is overruled by a reason, what the law demands by nothing.

    :raises kernel.refusals.Refused: nobody is seated yet, two are not required, or a rule fails
    """
    order = _readable(order_id, by)
    companion = Companion(order=order, centre_id=order.centre_id, patient_id=order.patient_id)

    def prepare(companion, entry):
        # The order first and the nurse's own row next, as every offer does: two seats are judged one after the other.
        row = _locked(order_id)
        if version not in (None, row.version):
            raise Stale(Refusal("stale", "这份订单刚被他人更新，请看过最新内容后再办理。"))
        _demand_open(row, now)
        nurse = locked_nurse(nurse_id)
        if nurse.pk == row.nurse_id:
            raise Unmet(Refusal("companion.same", "同行护士须是另一位护士，请重新选择。", TWO_TOGETHER, field="nurse"))
        judge(row, nurse.pk, "with_offer", row.planned_start, row.planned_end, now)
        if soft := _late_by_the_way(row, nurse.pk):
            if not override.strip():
                raise Unmet(*soft)
            entry.data["overruled"] = [objection.code for objection in soft]
        companion.order, companion.nurse, companion.lead = row, nurse, row.nurse
        companion.starts_at, companion.ends_at = row.planned_start, row.planned_end
        companion.accept_by = accept_by or _deadline(row, now)
        if companion.accept_by <= now:
            raise Invalid(Refusal("offer.deadline", "答复期限应在现在以后。", field="accept_by"))
        in_step.name_both(companion, entry)

    def change(companion, entry):
        _watch(companion, now)

    with keeping_a_no(order_id, now):
        return COMPANIONS.create(
            "offer", companion, by=by, now=now, prepare=prepare, change=change, reason=override.strip(),
            inputs={"order": str(order_id), "nurse": nurse_id}, **seen,
        )  # fmt: skip


def accept(*, companion_id, by: Actor, now: datetime, **seen) -> Companion:
    """The second nurse says yes, in time, and is judged again."""

    def change(companion, entry):
        if companion.accept_by <= now:
            raise NotNow(Refusal("offer.expired", "答复期限已过，专员会重新安排同行护士。", "002 五(六)2"))
        judge(companion.order, companion.nurse_id, "with_accept", companion.starts_at, companion.ends_at, now)
        companion.accepted_at = now
        in_step.name_both(companion, entry)

    order_id = Companion.objects.filter(pk=companion_id).values_list("order", flat=True).first()
    with keeping_a_no(order_id, now):
        return COMPANIONS.take("accept", companion_id, by=by, now=now, change=change, **seen)


def decline(*, companion_id, reason: str, by: Actor, now: datetime, **seen) -> Companion:
    return _end("decline", companion_id, reason, by, now, "请写明不能同行的原因，专员会看到。", **seen)


def give_back(*, companion_id, reason: str, by: Actor, now: datetime, **seen) -> Companion:
    """Step back after having said yes: the first nurse must not go alone meanwhile."""
    return _end("give_back", companion_id, reason, by, now, "请写明不能同行的原因，专员会看到。", **seen)


def release(*, companion_id, reason: str, by: Actor, now: datetime, **seen) -> Companion:
    return _end("release", companion_id, reason, by, now, "请写明解除同行的原因，护士会看到。", **seen)


def expire(*, companion_id, now: datetime) -> Companion:
    """Taken by the due row at the accept-by time. :raises kernel.refusals.NotNow: it was answered meanwhile"""
    with transaction.atomic():
        companion = Companion.objects.select_for_update(no_key=True).get(pk=companion_id)
        if companion.status not in COMPANION["expire"].from_ or companion.accept_by > now:
            raise _answered()
        return _end("expire", companion_id, "答复期限已过", system("companion.expire"), now, "")


def remind(*, companion_id, now: datetime) -> Companion:
    """Tell the second nurse that she is still waited for. :raises kernel.refusals.NotNow: she has answered"""
    with transaction.atomic():
        rows = Companion.objects.select_for_update(of=("self",), no_key=True).select_related("nurse", "lead")
        companion = rows.get(pk=companion_id)
        if companion.status not in COMPANION["accept"].from_ or companion.accept_by <= now:
            raise _answered()
        by = system("companion.remind")
        with recording("orders.companion_reminded", target=companion, by=by, now=now) as entry:
            in_step.name_both(companion, entry)
    return companion


def demanded_by_assessment(prescription) -> str:
    """In which words the signed first assessment asks for two, if it does."""
    return demands_two(prescription.assessment.sections)


def _end(name, companion_id, reason, by, now, sentence, **seen):
    demand_words(reason, sentence)

    def change(companion, entry):
        companion.released_at, companion.reason = now, reason.strip()
        in_step.name_both(companion, entry)

    inputs = {"reason": reason}
    return COMPANIONS.take(name, companion_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


@contextmanager
def _undecided(order_id, by):
    """The locked order of a visit that has not begun, for the desk of its centre."""
    with transaction.atomic():
        row = _locked(order_id)
        worn = access.order_hats(by, row) if row else frozenset()
        if not worn:
            raise hidden("这份订单")
        if Role.DISPATCHER not in worn:
            raise NotYours(Refusal("step.not_yours", "是否两人上门由中心专员决定。", TWO_TOGETHER))
        if row.status not in NOT_BEGUN:
            raise NotNow(Refusal("two.too_late", "服务已经开始或结束，不能再改变上门人数。", TWO_TOGETHER))
        yield row


def _decide(row, wanted, reason, by, now, *, event):
    # The order's version stays: a dispatcher's remark about it must not undo an offer's own clock.
    with recording(event, target=row, by=by, now=now, role=Role.DISPATCHER, reason=reason.strip()) as entry:
        row.needs_two, row.two_reason = wanted, reason.strip() if wanted else ""
        row.save(update_fields=["needs_two", "two_reason"])
        entry.payload["nurse"] = row.nurse.user_id if row.nurse else None


def _readable(order_id, by):
    row = Order.objects.select_related("nurse").filter(pk=order_id).first()
    if row is None or not access.order_hats(by, row):
        raise hidden("这份订单")
    return row


def _locked(order_id):
    return (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient", "centre", "address__town", "nurse__user", "prescription__assessment")
        .filter(pk=order_id)
        .first()
    )


def _demand_open(row, now):
    if row.status not in ON_THE_WAY or row.planned_end <= now:
        raise NotNow(Refusal("companion.no_lead", "请先派出责任护士，再安排同行护士。", TWO_TOGETHER))
    if not row.needs_two:
        raise NotNow(Refusal("two.not_required", "这次上门没有要求两人同行，请先说明须两人上门的原因。", TWO_TOGETHER))


def _late_by_the_way(row, nurse_id):
    """The hours are the first nurse's and were settled with her; only the second one's way to them is asked about."""
    asked = eligibility.objections(row, nurse_id, row.planned_start, row.planned_end)
    return [objection for objection in asked if objection.code != "soft.window"]


def _deadline(row, now):
    minutes = institutions.settings_of(row.centre, timezone.localdate(now))["order.accept_by_minutes"]
    before = max(row.planned_start - timedelta(minutes=1), now + SHORTEST_ANSWER)
    return min(now + timedelta(minutes=minutes), before)


def _watch(companion, now):
    watch_answer("companion", str(companion.pk), companion.pk, deadline=companion.accept_by, now=now)


def _answered():
    return NotNow(Refusal("companion.answered", "这次同行安排已有结果。"))
