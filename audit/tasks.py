from celery import shared_task
from django.utils import timezone

from audit import delivery, hardening


@shared_task(acks_late=True, max_retries=8, retry_backoff=True, autoretry_for=(OSError,), ignore_result=True)
def deliver(*, outbox_id, **_):
    """Hand one committed event to its subscribers, once."""
    return delivery.deliver(outbox_id=outbox_id)


@shared_task(ignore_result=True)
def tick(**_):
    """Do what is due and sweep what was left behind; beat calls this every few seconds."""
    return {"due": delivery.run_due(now=timezone.now()), "swept": delivery.sweep()}


@shared_task(ignore_result=True)
def make_partitions(**_):
    delivery.make_partitions_ahead()


@shared_task(ignore_result=True)
def check_manifest(**_):
    """Compare the trace's protection with what it should be, every night, and record the answer."""
    return {"problems": len(hardening.check(now=timezone.now()))}
