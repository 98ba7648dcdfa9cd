"""The second nurse goes where the visit goes: what ends the first seat ends the second, in one transaction."""

from datetime import datetime

from django.db.models import QuerySet

from kernel.actors import system
from orders.doors import COMPANIONS
from orders.lifecycle import COMPANION_COMING, COMPANION_LIVE
from orders.models import Companion, Order

FOLLOWS = "orders.companion_follows"


def let_go(row: Order, reason: str, now: datetime) -> None:
    """Free the second nurse of a visit that is moved, taken back or called off. Called under the order's lock."""
    for companion in seats(row):
        end(companion.pk, reason, now)


def come_home(row: Order, now: datetime) -> None:
    """The visit is over: whoever went along has been there, and whoever never answered is free."""
    for companion in seats(row):
        if companion.status in COMPANION_COMING:
            COMPANIONS.take("serve", companion.pk, by=system(FOLLOWS), now=now, change=name_both)
        else:
            end(companion.pk, "上门已结束", now)


def end(companion_id: int, reason: str, now: datetime) -> None:
    def change(companion, entry):
        companion.released_at, companion.reason = now, reason.strip()[:300]
        name_both(companion, entry)

    by = system(FOLLOWS)
    COMPANIONS.take("release", companion_id, by=by, now=now, change=change, reason=reason.strip()[:300])


def seats(row: Order) -> QuerySet[Companion]:
    """The live second seat, locked: an answer on its way is waited for."""
    return Companion.objects.select_for_update(no_key=True).filter(order=row, status__in=COMPANION_LIVE)


def name_both(companion, entry) -> None:
    """Both nurses hear of whatever becomes of the second seat."""
    entry.payload["nurse"] = companion.nurse.user_id
    entry.payload["lead"] = companion.lead.user_id
    entry.data["nurse"] = companion.nurse.user_id
