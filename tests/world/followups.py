"""Follow-ups by real verbs: a visit whose nurse asks for one, a plan, a follow-up that has fallen due, an answer."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.roles import Role
from clinical import services as clinical
from followups import services
from followups.models import FollowUp
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from orders.models import Order
from tests.world import chain
from tests.world.places import SETUP

WOUND = 2  # 慢性伤口护理
FINE = {"look": "better", "pus": "no", "redness": "no", "pain": "1"}
BAD = {**FINE, "pus": "yes", "temp": "38.9", "words": "昨天晚上开始的"}


def visit(t, numbers=(WOUND,)) -> Order:
    """A visit that is over, and whose nurse has asked for a follow-up."""
    row = chain.order(t, at=S.IN_SERVICE, numbers=numbers)
    later = t.now + timedelta(days=1, hours=1, minutes=40)
    nurse = t.actor(Role.NURSE)
    chain.complete_record(t, row, later)
    clinical.write_note(
        record_id=row.visit_record_id, note="伤口清洁，已换药。", next_step="follow_up", by=nurse, now=later
    )
    return orders.finish(order_id=row.pk, by=nurse, now=later)


def plan(t, order: Order | None = None):
    """The plan of such a visit."""
    order = order or visit(t)
    return services.plan_after_visit(order_id=order.pk, by=SETUP, now=order.finished_at)[0]


def morning(row: FollowUp) -> datetime:
    return timezone.make_aware(datetime.combine(row.due_on, time(9)))


def due(t, order: Order | None = None) -> FollowUp:
    """The first follow-up of a plan, on the morning of its day."""
    row = plan(t, order).tasks.order_by("number").first()
    return services.fall_due(follow_up_id=row.pk, now=morning(row))


def answered(t, answers=None, *, row: FollowUp | None = None, now: datetime | None = None) -> FollowUp:
    """A follow-up that the family has answered."""
    row = row or due(t)
    return services.answer(
        follow_up_id=row.pk, answers=answers or FINE, by=t.actor(Role.PROXY), now=now or morning(row)
    )
