"""What this app does when something is due, when a lower floor reports an act, and what the trace learns of it."""

from datetime import datetime

from consults.lifecycle import CONSULT, ConsultStatus


def subscribe_all() -> None:
    from audit.subscribers import subscribe, when_due

    when_due("consult.overdue", note_overdue)
    subscribe("orders.request_submitted", turn)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what our steps mean."""
    from orders import rowwords

    rowwords.learn("consults.consultstep", CONSULT, ConsultStatus)


def note_overdue(due, now):
    from consults import services

    answer_by = datetime.fromisoformat(due.payload["answer_by"])
    services.note_overdue(consult_id=int(due.object_id), answer_by=answer_by, now=now)


def turn(row):
    from consults import services

    services.turn(request_id=int(row.object_id), now=row.created_at)
