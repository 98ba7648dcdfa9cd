"""Wake the worker after a commit. The broker may be down: the outbox row waits and the sweep finds it."""

import logging

log = logging.getLogger(__name__)


def deliver(outbox_id: int) -> None:
    from audit.tasks import deliver as task  # the task module is the worker's side; importing it here would be a cycle

    try:
        task.apply_async(kwargs={"outbox_id": outbox_id}, retry=False)
    except Exception as lost:  # any broker failure: the act is committed and must be answered as done
        log.warning("outbox row waits for the sweep", extra={"outbox_id": outbox_id, "cause": type(lost).__name__})
