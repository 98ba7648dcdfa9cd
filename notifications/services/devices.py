"""Browsers that a person lets the platform call: opened and taken back by the person, ended when nobody is there."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.services import recording
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, hidden
from notifications import push, rules
from notifications.models import Device

MOST = 10


def open_device(*, endpoint: str, p256dh: str, auth: str, name: str, by: Actor, now: datetime) -> Device:
    """
    Call this person on this browser from now on. A browser is one person's: whoever asked last.

    :raises kernel.refusals.Refused: no calls are made, not an address that may be called, or ten browsers are open
    """
    if not push.public_key():
        raise NotNow(Refusal("device.off", "平台还没有开通浏览器通知，请先用短信或电话。"))
    problems = [rules.judge_address(endpoint, **push.allowed()), rules.judge_lock(p256dh, auth)]
    if wrong := [one for one in problems if one]:
        raise Invalid(*wrong)
    digest = sha256(endpoint.encode()).hexdigest()
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=by.account)
        known = Device.objects.select_for_update(of=("self",)).filter(digest=digest, ended_at__isnull=True).first()
        if known and (known.person_id, known.p256dh, known.auth) == (person.pk, p256dh, auth):
            return known
        if known:
            _end(known, Device.Ended.REPLACED, by=by, now=now)
        if Device.objects.filter(person=person, ended_at__isnull=True).count() >= MOST:
            raise Invalid(Refusal("device.most", f"最多打开 {MOST} 台设备，请先关闭不用的一台。"))
        row = Device(
            person=person, name=name[:40], digest=digest, endpoint=endpoint, p256dh=p256dh, auth=auth, opened_at=now
        )
        with recording("notifications.device_opened", target=row, by=by, now=now):
            row.save(force_insert=True)
    return row


def close_device(*, device_id: UUID, by: Actor, now: datetime) -> Device:
    """
    Call nobody there any more; what waits for it goes nowhere. Closing it again changes nothing.

    :raises kernel.refusals.Hidden: not this person's
    """
    with transaction.atomic():
        row = Device.objects.select_for_update(of=("self",)).filter(pk=device_id, person=by.user_id).first()
        if row is None:
            raise hidden("这台设备")
        if row.ended_at is None:
            _end(row, Device.Ended.OFF, by=by, now=now)
    return row


def end_device(*, device_id: UUID, now: datetime) -> None:
    """Note that the browser's service knows the address no more."""
    with transaction.atomic():
        row = Device.objects.select_for_update(of=("self",)).filter(pk=device_id, ended_at__isnull=True).first()
        if row is not None:
            _end(row, Device.Ended.GONE, by=system("notifications"), now=now)


def _end(row: Device, because: str, *, by: Actor, now: datetime) -> None:
    with recording("notifications.device_closed", target=row, by=by, now=now) as entry:
        row.ended_at, row.ended_because = now, because
        row.save(update_fields=["ended_at", "ended_because"])
        entry.data["because"] = because
