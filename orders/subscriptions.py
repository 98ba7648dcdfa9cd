"""What this app does when something is due, or when a lower floor reports an act."""

from datetime import datetime

from django.utils import timezone

from orders.lifecycle import IN_CARE


def subscribe_all() -> None:
    from audit.subscribers import subscribe, when_due

    when_due("order.expire", expire_offer)
    when_due("order.silent_confirm", confirm_silently)
    when_due("prescription.expire", expire_prescription)
    when_due("order.remind", remind_of_offer)
    when_due("order.reckon", reckon_again)
    when_due("visit.unarranged", note_unarranged)
    when_due("companion.remind", remind_companion)
    when_due("companion.expire", expire_companion)
    when_due("visit.late", note_absence)
    when_due("visit.missed", note_absence)
    when_due("visit.overrun", note_overrun)
    when_due("plan.watch", look_after_plan)
    when_due("places.forget", forget_places)
    when_due("consent.ask_again", ask_to_sign_again)
    subscribe("patients.text_published", wait_for_text)
    subscribe("orders.plan_asked", wake_the_planner)
    subscribe("clinical.prescription_stopped", end_what_was_stopped)
    subscribe("nurses.excluded", pull_back_everywhere)
    subscribe("accounts.post_ended", pull_back_at_one_place)
    subscribe("nurses.leave_planned", pull_back_for_leave)
    subscribe("institutions.suspended", pull_back_when_suspended)
    subscribe("institutions.filing_withdrawn", pull_back_when_unfiled)
    subscribe("institutions.town_released", pull_back_outside_towns)
    subscribe("patients.corrected", pull_back_when_barred)


def expire_offer(due, now):
    from orders import services

    services.expire(order_id=due.object_id, version=due.payload["version"], now=now)


def remind_of_offer(due, now):
    from orders.services import timers

    timers.remind(order_id=due.object_id, version=due.payload["version"], now=now)


def remind_companion(due, now):
    from orders.services import companions

    companions.remind(companion_id=int(due.object_id), now=now)


def expire_companion(due, now):
    from orders.services import companions

    companions.expire(companion_id=int(due.object_id), now=now)


def note_absence(due, now):
    from orders.services import timers

    note = timers.note_late if due.kind == "visit.late" else timers.note_missed
    note(order_id=due.object_id, planned_start=datetime.fromisoformat(due.payload["planned_start"]), now=now)


def forget_places(due, now):
    from orders import services

    services.forget_places(order_id=due.object_id, now=now)


def look_after_plan(due, now):
    from orders.services import plans

    plans.look_after(plan_id=int(due.object_id), now=now)


def wait_for_text(row):
    """A new text is asked for from its day on, not from its publication."""
    from audit.services import promise
    from orders.days import beginning
    from patients.models import PaperText

    text = PaperText.objects.get(pk=row.object_id)
    promise(
        kind="consent.ask_again",
        key=f"consent.ask_again:{text.pk}",
        object_id=text.pk,
        due_at=beginning(text.effective_on),
    )


def ask_to_sign_again(due, now):
    from orders import services

    services.follow_text(text_id=int(due.object_id), now=now)


def wake_the_planner(row):
    from orders.services import plans

    plans.wake(int(row.object_id))


def note_unarranged(due, now):
    from orders.services import timers

    start = datetime.fromisoformat(due.payload["window_start"])
    timers.note_unarranged(order_id=due.object_id, window_start=start, now=now)


def reckon_again(due, now):
    from orders.services import waiting

    waiting.reckon(wait_id=int(due.object_id), now=now)


def confirm_silently(due, now):
    from orders import services

    services.confirm_silently(order_id=due.object_id, now=now)


def expire_prescription(due, now):
    from clinical import services as clinical
    from orders.services import closing

    clinical.expire_prescription(prescription_id=due.object_id, now=now)
    closing.close_request_of(prescription_id=due.object_id, now=now)


def end_what_was_stopped(row):
    """Nobody goes out on a prescription that the doctor has stopped; the request ends once nothing is open."""
    from orders import services
    from orders.services import closing

    now = timezone.now()
    services.stop_without_prescription(prescription_id=row.object_id, now=now)
    closing.close_request_of(prescription_id=row.object_id, now=now)


def note_overrun(due, now):
    """The safety timer: a visit that should long be over and is not is reported to the desk and to safety."""
    from audit.services import recording
    from kernel.actors import system
    from orders.models import Order

    order = Order.objects.select_for_update().get(pk=due.object_id)
    if order.status in IN_CARE:
        with recording("orders.visit_overran", target=order, by=system("visit.overrun"), now=now):
            pass


def pull_back_everywhere(row):
    from orders import services

    user_id = row.payload.get("user")
    if user_id:
        services.pull_back(user_id=user_id, reason="护士已退出上门护理服务", now=timezone.now())


def pull_back_when_suspended(row):
    _pull_back_where_not_served(row, "区卫健委已暂停本机构的上门护理服务")


def pull_back_when_unfiled(row):
    _pull_back_where_not_served(row, "本机构的上门服务登记已撤回")


def pull_back_outside_towns(row):
    _pull_back_where_not_served(row, "这个街镇不再由本机构服务")


def _pull_back_where_not_served(row, reason):
    from orders import services

    centre = row.payload["organisation"]
    services.pull_back_where_not_served(centre_id=centre, reason=reason, now=timezone.now())


def pull_back_when_barred(row):
    from orders import services

    services.pull_back_what_is_barred(patient_id=row.object_id, now=timezone.now())


def pull_back_for_leave(row):
    from orders import services

    during = tuple(datetime.fromisoformat(row.payload[key]) for key in ("starts_at", "ends_at"))
    services.pull_back(user_id=row.payload["nurse"], reason="护士请假", during=during, now=timezone.now())


def pull_back_at_one_place(row):
    from orders import services

    if row.payload.get("role") == "nurse":
        services.pull_back(
            user_id=row.payload["user"],
            organisation_id=row.payload["organisation"],
            reason="护士岗位已结束",
            now=timezone.now(),
        )
