"""
Messages on their way out of the house: queued with the message, claimed, handed over, settled.

Each claim is a transaction of its own with a lease, then the gateway is spoken to outside any transaction, then what it
answered is written down, by whoever still holds the claim. A process that dies in between loses nothing: the lease ends
and the same key goes again. 002 五(四).
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.services import recording
from kernel.actors import system
from notifications import gateways, rules
from notifications.gateways import Answer, Fate, Parcel
from notifications.models import Call, Delivery, Message, Reach
from notifications.services import calls

BATCH = 200
LEASE = timedelta(seconds=60)  # longer than any gateway may take for one batch
PATIENCE = 20.0  # seconds that one look may spend here
SETTLED = {Fate.HANDED: Delivery.State.HANDED, Fate.DELIVERED: Delivery.State.DELIVERED}


def queue(messages: Sequence[Message], *, organisation_id: int | None, patient_id: UUID | None, now: datetime) -> None:
    """Write down the ways out of each new message, inside the act that wrote the message."""
    reach = Reach.objects.in_bulk({message.person_id for message in messages}, field_name="person_id")
    zone, new = timezone.get_default_timezone(), []
    for message in messages:
        known = reach.get(message.person_id)
        if known is None:
            continue
        urgent = message.template in rules.URGENT
        quiet = {"quiet_from": known.quiet_from, "quiet_until": known.quiet_until}
        for channel in rules.channels(ways_of(known), message.template):
            if channel == Call.Why.VOICE:
                calls.open_for(message, why=Call.Why.VOICE, centre_id=organisation_id, patient_id=patient_id, now=now)
                continue
            new.append(
                Delivery(
                    message=message,
                    channel=channel,
                    organisation_id=organisation_id,
                    patient_id=patient_id,
                    due_at=rules.not_before(now, urgent=urgent, zone=zone, **quiet),
                )
            )
    Delivery.objects.bulk_create(new)


def ways_of(reach: Reach) -> rules.Ways:
    return rules.Ways(
        sms=reach.by_sms, wechat=reach.by_wechat, voice=reach.by_voice,
        quiet_from=reach.quiet_from, quiet_until=reach.quiet_until,
    )  # fmt: skip


def carry(now: datetime) -> int:
    """Hand over everything that may go now. Returns how many parcels the gateway took."""
    began, taken = time.monotonic(), 0
    moment = now
    while batch := _claim(moment):
        answers = gateways.gateway().send([_parcel(row) for row in batch])
        taken += _settle(batch, answers, moment)
        gone = time.monotonic() - began
        if gone > PATIENCE or all(answer.fate is Fate.LATER for answer in answers):
            break
        moment = now + timedelta(seconds=gone)
    return taken


def _claim(now: datetime) -> list[Delivery]:
    """Take the oldest that wait, for as long as the lease says; what another process has just taken is skipped."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = Delivery.objects.filter(free, state=Delivery.State.QUEUED, due_at__lte=now).order_by("due_at", "pk")
    with transaction.atomic():
        mine = list(waiting.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH])
        if not mine:
            return []
        lease = now + LEASE
        Delivery.objects.filter(pk__in=mine).update(lease_until=lease, attempts=F("attempts") + 1)
    rows = Delivery.objects.filter(pk__in=mine, lease_until=lease).select_related("message__person__reach")
    return list(rows.order_by("due_at", "pk"))


def _parcel(row: Delivery) -> Parcel:
    """What stands on a locked screen: what kind of news it is, and where to read it."""
    reach = row.message.person.reach
    to = reach.phone if row.channel == Delivery.Channel.SMS else reach.wechat_id
    return Parcel(str(row.key), row.channel, to, f"【护到家】{row.message.title}，请登录护到家查看。")


def _settle(batch: list[Delivery], answers: Sequence[Answer], now: datetime) -> int:
    """Write down what became of each, if the claim is still ours."""
    fates = dict(zip((row.pk for row in batch), answers, strict=True))
    with transaction.atomic():
        # Whoever outlived the lease has lost the row to another, whose answer counts.
        held = {row.pk: row.lease_until for row in batch}
        ours = [
            row
            for row in Delivery.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=held, state=Delivery.State.QUEUED)
            .select_related("message")
            .order_by("pk")
            if row.lease_until == held[row.pk]
        ]
        if not ours:
            return 0
        lost = [row for row in ours if not _note(row, fates[row.pk], now)]
        taken = [row for row in ours if row.state in SETTLED.values()]
        Delivery.objects.bulk_update(ours, ["state", "settled_at", "due_at", "lease_until", "last_error"])
        if taken:
            with recording("notifications.handed_over", target=taken[0], by=system("notifications"), now=now) as entry:
                entry.data["deliveries"] = [row.pk for row in taken]
        for row in lost:
            with recording("notifications.undeliverable", target=row, by=system("notifications"), now=now) as entry:
                entry.data["because"] = row.last_error
                calls.open_for(
                    row.message, why=Call.Why.UNDELIVERED, centre_id=row.organisation_id, patient_id=row.patient_id,
                    now=now,
                )  # fmt: skip
    return len(taken)


def _note(row: Delivery, answer: Answer, now: datetime) -> bool:
    """Put the answer into the row; False when a person has to take over."""
    row.lease_until, row.last_error = None, answer.why[:40]
    again = rules.again_at(now, row.attempts) if answer.fate is Fate.LATER else None
    if again:
        row.due_at = again
        return True
    row.state, row.settled_at = SETTLED.get(answer.fate, Delivery.State.DEAD), now
    return row.state != Delivery.State.DEAD
