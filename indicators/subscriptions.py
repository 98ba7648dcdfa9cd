"""What this app does when something is due or has happened, and what the trace learns of it."""

from datetime import date, time

from indicators.lifecycle import TASK, TaskStatus

BEFORE_DAWN = time(3)
SIGNALS = ("safety.incident_opened", "clinical.call_back_opened", "followups.green_opened")


def subscribe_all() -> None:
    from audit.subscribers import every_day, on_each_tick, subscribe, when_due

    subscribe("orders.request_submitted", month_begins)
    subscribe("*", day_moved)
    for event in SIGNALS:
        subscribe(event, signal_seen)
    on_each_tick(make_anew)
    every_day("rollups.prove", BEFORE_DAWN)
    when_due("rollups.prove", prove)
    when_due("indicators.month", month_over)
    when_due("task.soon", task_soon)
    when_due("task.late", task_late)
    when_due("tasks.review", review_due)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what our steps mean."""
    from orders import rowwords

    rowwords.learn("indicators.taskstep", TASK, TaskStatus)


def month_begins(event) -> None:
    """With the first application of a month it is promised that the month will be reckoned."""
    from accounts.models import Organization
    from indicators import services

    place = event.payload.get("organisation")
    if place and (centre := Organization.objects.filter(pk=place).first()):
        services.expect_month(organisation=centre, now=event.created_at)


def day_moved(event) -> None:
    """Something happened to an order or a request: the days that it touches are counted anew."""
    from indicators import counting, services

    for centre_id, days in counting.touched([(event.object_type, event.object_id)]).items():
        services.mark(centre_id=centre_id, days=days, now=event.created_at)


def signal_seen(event) -> None:
    """Something went wrong at or after a visit: the month of its centre is counted anew at once."""
    from django.utils import timezone

    from indicators import months, services

    if place := event.payload.get("organisation"):
        services.count_signals(centres=[place], month=months.month_of(timezone.localdate(event.created_at)))


def make_anew(now) -> int:
    """What the worker was not woken for, or did not finish. Nothing leaves the house by it."""
    from indicators import services

    services.freshen(now=now)
    return 0


def prove(due, now) -> None:
    from indicators import services

    services.prove_lately(now=now)


def month_over(due, now) -> None:
    from accounts.models import Organization
    from indicators import services
    from kernel.actors import system

    services.compute_months(
        district=Organization.objects.get(pk=due.object_id), last=date.fromisoformat(f"{due.payload['month']}-01"),
        by=system("indicators.month"), now=now,
    )  # fmt: skip


def task_soon(due, now) -> None:
    from indicators import services

    services.note_soon(task_id=due.object_id, due_on=date.fromisoformat(due.payload["due_on"]), now=now)


def task_late(due, now) -> None:
    from indicators import services

    services.note_late(task_id=due.object_id, due_on=date.fromisoformat(due.payload["due_on"]), now=now)


def review_due(due, now) -> None:
    from indicators import services

    services.note_review_due(district_id=int(due.object_id), now=now)
