"""What the worker does for the figures."""

from celery import shared_task

from audit import delivery
from indicators import services


@shared_task(acks_late=True, ignore_result=True)
def freshen(**_):
    """Make the counts of the days that wait anew."""
    return {"days": services.freshen(now=delivery.clock())}
