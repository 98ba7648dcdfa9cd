"""Receiving what a phone kept: once, in the order of its visit, and never silently over what another phone wrote."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from bedside.models import PhoneEntry
from kernel.actors import Actor
from kernel.refusals import Refusal, Stale, hidden
from orders.models import Order

CLAUSE = "002 五(八)"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a phone says about one entry; ``basis`` is the receipt of the entry that it had seen in this part."""

    receipt: UUID
    device: UUID
    kind: str
    key: str = ""
    basis: UUID | None = None
    device_at: datetime | None = None
    sent_at: datetime | None = None

    def happened_at(self, now: datetime) -> datetime:
        """
        Return the moment by the platform's clock: as long before now as the phone says it was before it sent this.

        A phone whose clock is wrong still knows how much time went by.
        """
        if self.device_at is None or self.sent_at is None:
            return now
        return now - max(self.sent_at - self.device_at, timedelta())


def receive(
    *, envelope: Envelope, order: Order | None, act: Callable[[], Iterable[Refusal]], by: Actor, now: datetime
) -> PhoneEntry:
    """
    Do what the entry says, unless it was done before; then the first answer stands.

    ``act`` does it in a transaction of its own within this one, and returns why not, if not.

    :raises kernel.refusals.Hidden: the receipt is somebody else's
    :raises kernel.refusals.Stale: the receipt was used for something else
    """
    with transaction.atomic():
        row, new = PhoneEntry.objects.get_or_create(
            receipt=envelope.receipt,
            defaults={
                "owner_id": by.account,
                "device": envelope.device,
                "order": order,
                "kind": envelope.kind,
                "key": envelope.key,
                "device_at": envelope.device_at or now,
                "happened_at": envelope.happened_at(now),
                "received_at": now,
            },
        )
        if not new:
            return _first_answer(row, envelope, order, by)
        found = list(_written_elsewhere(envelope, order)) or list(act())
        with recording("bedside.received", target=row, by=by, now=now, role=Role.NURSE, **_about(order)) as entry:
            row.taken, row.reasons = not found, [_plain(one) for one in found]
            row.save(update_fields=["taken", "reasons"])
            entry.data.update(
                {
                    "kind": row.kind,
                    "key": row.key,
                    "device_at": row.device_at.isoformat(),
                    "happened_at": row.happened_at.isoformat(),
                    "taken": row.taken,
                }
            )
    return row


def _about(order) -> dict:
    return {"organisation_id": order.centre_id, "subject_id": order.patient_id} if order else {}


def _first_answer(row, envelope, order, by):
    if row.owner_id != by.user_id:
        raise hidden("这条记录")
    # A visit that has left her hands meanwhile, perhaps by this very entry, is no longer found: the answer stands.
    if (row.kind, row.key) != (envelope.kind, envelope.key) or order and row.order_id != order.pk:
        raise Stale(Refusal("entry.receipt", "这个回执编号已用于另一条记录。"))
    return row


def _written_elsewhere(envelope, order) -> Iterable[Refusal]:
    """Another phone has written this part since this one last saw it: people decide, not the order of arrival."""
    if order is None:
        return
    last = (
        PhoneEntry.objects.filter(order=order, kind=envelope.kind, key=envelope.key, taken=True)
        .exclude(receipt=envelope.receipt)
        .order_by("-pk")
        .first()
    )
    if last and last.device != envelope.device and last.receipt != envelope.basis:
        when = timezone.localtime(last.happened_at)
        yield Refusal(
            "entry.elsewhere",
            f"您的另一台手机在 {when:%H:%M} 也写了这一项，没有直接覆盖。请看过后决定用哪一个。",
            CLAUSE,
        )


def _plain(reason):
    return {"code": reason.code, "sentence": reason.sentence, "clause": reason.clause, "field": reason.field}
