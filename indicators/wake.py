"""Wake the worker when a day waits to be counted. The broker may be down: the waiting row stays, each look finds it."""

import logging

log = logging.getLogger(__name__)
GATHER = 1  # seconds: what moves within them is counted once


def freshen() -> None:
    from indicators.tasks import freshen as task  # the worker's side; importing it here would be a cycle

    try:
        task.apply_async(countdown=GATHER, retry=False)
    except Exception as lost:  # any broker failure: the rows are committed and wait for the next look
        log.warning("days wait for the next look", extra={"cause": type(lost).__name__})
