"""What this app does when something is due."""


def subscribe_all() -> None:
    from audit.subscribers import when_due

    when_due("call_back.remind", remind)
    when_due("call_back.overdue", report)


def remind(due, now):
    from clinical import services

    services.remind_of_call_back(call_back_id=int(due.object_id), version=_version(due), now=now)


def report(due, now):
    from clinical import services

    services.report_call_back(call_back_id=int(due.object_id), version=_version(due), now=now)


def _version(due) -> int:
    """Promises from before calls were given back name no version: they were made when the call was opened."""
    return due.payload.get("version", 1)
