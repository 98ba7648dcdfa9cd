"""What the worker does for the orders."""

from celery import shared_task

from kernel.refusals import Refused


# Not acks_late: a computation that dies is found by its due row and said to have failed; it begins again when asked.
@shared_task(acks_late=False, ignore_result=True)
def plan_day(*, plan_id, **_):
    """Compute a proposal for a day, once."""
    from orders.services import planner

    try:
        planner.compute(plan_id)
    except Refused as no:
        return {"outcome": no.code}
    return {"outcome": "done"}
