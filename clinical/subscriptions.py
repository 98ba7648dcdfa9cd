"""What this app does when something is due."""


def subscribe_all() -> None:
    from audit.subscribers import when_due

    when_due("call_back.remind", remind)
    when_due("call_back.overdue", report)


def remind(due, now):
    from clinical import services

    services.remind_of_call_back(call_back_id=int(due.object_id), now=now)


def report(due, now):
    from clinical import services

    services.report_call_back(call_back_id=int(due.object_id), now=now)
