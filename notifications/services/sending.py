"""
Messages on their way out of the house: queued with the message, claimed, handed over, settled.

Each claim is a transaction of its own with a lease, then the gateway is spoken to outside any transaction, then what it
answered is written down, by whoever still holds the claim. A process that dies in between loses nothing: the lease ends
and the same key goes again. 002 五(四).
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.services import recording
from kernel.actors import system
from notifications import gateways, push, rules
from notifications.gateways import Answer, Fate, Parcel
from notifications.models import Call, Delivery, Device, Message, Reach
from notifications.services import calls, devices

BATCH = 200
LEASE = timedelta(seconds=60)  # longer than any gateway may take for one batch
PATIENCE = 5.0  # seconds that one look may spend here: as often comes the next, and an alarm is not to wait for longer
SETTLED = {Fate.HANDED: Delivery.State.HANDED, Fate.DELIVERED: Delivery.State.DELIVERED}
PUSH = Delivery.Channel.PUSH
TAKEN_BACK = Answer(Fate.GONE, "taken back")


def queue(messages: Sequence[Message], *, organisation_id: int | None, patient_id: UUID | None, now: datetime) -> None:
    """Write down the ways out of each new message, inside the act that wrote the message."""
    people = {message.person_id for message in messages}
    reach = Reach.objects.in_bulk(people, field_name="person_id")
    open_on = _devices_of(people)
    zone, new = timezone.get_default_timezone(), []
    for message in messages:
        mine = open_on[message.person_id]
        ways = ways_of(reach.get(message.person_id), mine)
        urgent = message.template in rules.URGENT
        quiet = {"quiet_from": ways.quiet_from, "quiet_until": ways.quiet_until}
        for channel in rules.channels(ways, message.template):
            if channel == Call.Why.VOICE:
                calls.open_for(message, why=Call.Why.VOICE, centre_id=organisation_id, patient_id=patient_id, now=now)
                continue
            new += [
                Delivery(
                    message=message,
                    channel=channel,
                    device=device,
                    organisation_id=organisation_id,
                    patient_id=patient_id,
                    due_at=rules.not_before(now, urgent=urgent, zone=zone, **quiet),
                )
                for device in (mine if channel == PUSH else (None,))
            ]
    Delivery.objects.bulk_create(new)


def ways_of(reach: Reach | None, open_on: Sequence[Device] = ()) -> rules.Ways:
    """Return the ways out for one person; who has chosen nothing is disturbed at no hour that is quiet by itself."""
    if reach is None:
        return rules.Ways(push=bool(open_on))
    return rules.Ways(
        sms=reach.by_sms, wechat=reach.by_wechat, voice=reach.by_voice, push=bool(open_on),
        quiet_from=reach.quiet_from, quiet_until=reach.quiet_until,
    )  # fmt: skip


def _devices_of(people: Iterable[int]) -> dict[int, list[Device]]:
    found: dict[int, list[Device]] = defaultdict(list)
    for device in Device.objects.filter(person__in=people, ended_at__isnull=True).only("person").order_by("pk"):
        found[device.person_id].append(device)
    return found


def carry(now: datetime) -> int:
    """Hand over everything that may go now. Returns how many parcels the gateway took."""
    began, taken = time.monotonic(), 0
    moment = now
    while batch := _claim(moment):
        answers = _handed_over(batch)
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
    rows = Delivery.objects.filter(pk__in=mine, lease_until=lease).select_related("message__person__reach", "device")
    return list(rows.order_by("due_at", "pk"))


def _handed_over(batch: Sequence[Delivery]) -> list[Answer]:
    """Give each to the gateway of its channel; what was to go to a browser that was taken back goes nowhere."""
    answers = {row.pk: TAKEN_BACK for row in batch if row.device and row.device.ended_at}
    left = [row for row in batch if row.pk not in answers]
    for make, rows in (
        (gateways.gateway, [row for row in left if row.channel != PUSH]),
        (push.WebPush, [row for row in left if row.channel == PUSH]),
    ):
        if rows:
            sent = make().send([_parcel(row) for row in rows])
            answers.update(zip((row.pk for row in rows), sent, strict=True))
    return [answers[row.pk] for row in batch]


def _parcel(row: Delivery) -> Parcel:
    """What stands on a locked screen: what kind of news it is, and where to read it; on a browser not even the kind."""
    if row.device is not None:
        lock, urgent = (row.device.p256dh, row.device.auth), row.message.template in rules.URGENT
        return Parcel(str(row.key), row.channel, row.device.endpoint, push.WORDS, lock, urgent)
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
        gone = {
            row.device_id
            for row in lost
            if row.device_id and fates[row.pk].fate is Fate.GONE and fates[row.pk] != TAKEN_BACK
        }
        for state in SETTLED.values():
            done = [row.pk for row in taken if row.state == state]
            Delivery.objects.filter(pk__in=done).update(state=state, settled_at=now, lease_until=None, last_error="")
        others = [row for row in ours if row.state not in SETTLED.values()]
        Delivery.objects.bulk_update(others, ["state", "settled_at", "due_at", "lease_until", "last_error"])
        if taken:
            with recording("notifications.handed_over", target=taken[0], by=system("notifications"), now=now) as entry:
                entry.data["deliveries"] = [row.pk for row in taken]
        for device_id in sorted(gone):
            devices.end_device(device_id=device_id, now=now)
        for row in lost:
            if row.device_id and not _misses_it(row, fates[row.pk]):
                continue
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
    lost = Delivery.State.GONE if answer.fate is Fate.GONE else Delivery.State.DEAD
    row.state, row.settled_at = SETTLED.get(answer.fate, lost), now
    return row.state != lost


def _misses_it(row: Delivery, answer: Answer) -> bool:
    """Whether somebody has to be called because a browser is out of reach: it was its only way, and it cannot wait."""
    if answer == TAKEN_BACK or row.message.template not in rules.URGENT | rules.BY_VOICE:
        return False
    lost = (Delivery.State.DEAD, Delivery.State.GONE)
    return not Delivery.objects.filter(message=row.message_id).exclude(state__in=lost).exists()
