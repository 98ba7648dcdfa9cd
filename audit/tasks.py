import logging

from celery import shared_task

from audit import delivery, hardening
from audit.verification.run import verify_trace
from kernel.actors import system

log = logging.getLogger(__name__)
HOURS = 3600


@shared_task(acks_late=True, max_retries=8, retry_backoff=True, autoretry_for=(OSError,), ignore_result=True)
def deliver(*, outbox_id, **_):
    """Hand one committed event to its subscribers, once."""
    return delivery.deliver(outbox_id=outbox_id)


@shared_task(ignore_result=True)
def tick(**_):
    """Do what is due and sweep what was left behind; beat calls this every few seconds."""
    return delivery.tick()


@shared_task(ignore_result=True)
def make_partitions(**_):
    delivery.make_partitions_ahead()


@shared_task(ignore_result=True)
def check_manifest(**_):
    """Compare the trace's protection with what it should be, every night, and record the answer."""
    return {"problems": len(hardening.check(now=delivery.clock()))}


# Not acks_late: the broker would hand a run that takes longer than its patience to a second worker.
@shared_task(acks_late=False, ignore_result=True, soft_time_limit=2 * HOURS, time_limit=2 * HOURS + 60)
def verify_new(**_):
    """Check what was sealed since the last run that found nothing; every night."""
    return _verify(full=False)


@shared_task(acks_late=False, ignore_result=True, soft_time_limit=12 * HOURS, time_limit=12 * HOURS + 60)
def verify_all(**_):
    """Check the whole trace from its first event; every week."""
    return _verify(full=True)


def _verify(*, full):
    # A worker's process may have no children, so this takes one core however many there are.
    report, _ = verify_trace(full=full, by=system("audit_verify"))
    if report.findings:
        log.error(
            "the trace is not what was sealed",
            extra={
                "findings": [found.plain() for found in report.findings],
                "first_bad_event": report.first_bad_event,
            },
        )
    return {"findings": len(report.findings)}
