"""
One order step, written in each way: lock the order, change it, write it back, insert a step, commit.

``work`` seconds of other work lie between the change and the commit, as they do when a verb judges rules or reads.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable
from functools import partial

import pghistory
from auditlog.context import set_actor
from auditlog.registry import auditlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Outbox
from audit.services import recording
from bench import models
from kernel.actors import Actor

ORDERS = 2000  # rows of each table: enough that two writers hardly ever want the same one
STATUSES = ("offered", "accepted", "departed", "arrived")
SOMEBODY = User(pk=1, username="bench")
NURSE = Actor(
    kind="user",
    id="1",
    name="李护士",
    user_id=1,
    orgs={"nurse": frozenset({7})},
    ip="10.0.0.7",
    request_id="0f3c7d1e9b2a",
)

for tracked in (models.LoggedOrder, models.LoggedStep):
    auditlog.register(tracked)


def _write(order_model, step_model, work: float, before=lambda row: None, entry=None) -> None:
    """Change one order and add its step; the caller's transaction is open."""
    row = _locked(order_model)
    _change(row, step_model, work, before, entry)


def _locked(order_model):
    return order_model.objects.select_for_update().get(pk=random.randint(1, ORDERS))


def _change(row, step_model, work, before=lambda row: None, entry=None):
    now = timezone.now()
    was = row.status
    row.status = STATUSES[(STATUSES.index(was) + 1) % len(STATUSES)]
    row.status_since = row.accepted_at = now
    row.version += 1
    before(row)
    row.save()
    step_model.objects.create(
        order_id=row.pk, name="accept", from_status=was, to_status=row.status, taken_at=now, taken_by_id=1, role="nurse"
    )
    if entry is not None:
        said = {"from": was, "to": row.status, "version": row.version}
        entry.data.update(said)
        entry.payload.update({**said, "step": "accept"})
    if work:
        time.sleep(work)
    return was


def none(work: float) -> None:
    """No trace at all."""
    with transaction.atomic():
        _write(models.BareOrder, models.BareStep, work)


def outbox(work: float) -> None:
    """No trace, but the row by which messages and live pages learn of the step: the platform needs it anyhow."""
    with transaction.atomic():
        row = _locked(models.BareOrder)
        was = _change(row, models.BareStep, work)
        Outbox.objects.create(
            event_type="bench.accept",
            object_type="bench.order",
            object_id=str(row.pk),
            payload={"organisation": 7, "from": was, "to": row.status, "version": row.version, "step": "accept"},
            created_at=timezone.now(),
        )


def rows(work: float) -> None:
    """The generated row triggers alone, without an act."""
    with transaction.atomic():
        _write(models.TracedOrder, models.TracedStep, work)


def ours(work: float) -> None:
    """As the platform's own verbs do it (:meth:`audit.door.Door.take`): act, rows beneath it, outbox."""
    with transaction.atomic():
        row = _locked(models.TracedOrder)
        with recording(
            "bench.accept", target=row, by=NURSE, now=timezone.now(), role="nurse", savepoint=False
        ) as entry:
            _change(row, models.TracedStep, work, entry=entry)


def chain(work: float) -> None:
    """Each event hashes the one before it, so each writer waits until the one before it has committed."""
    with transaction.atomic():
        row = _locked(models.ChainedOrder)
        was = row.status
        _change(row, models.ChainedStep, 0)
        last = models.Chain.objects.select_for_update().get(pk=1)
        event = models.ChainEvent(
            at=timezone.now(),
            actor=NURSE.id,
            action="bench.accept",
            object_type="bench.order",
            object_id=str(row.pk),
            data={"status": [was, row.status], "version": [row.version - 1, row.version]},
        )
        said = [event.at, event.actor, event.action, event.object_type, event.object_id, event.data]
        text = json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True)
        event.digest = last.digest = hashlib.sha256(bytes(last.digest) + text.encode()).digest()
        event.save()
        last.save(update_fields=["digest"])
        if work:
            time.sleep(work)


def with_auditlog(work: float) -> None:
    with set_actor(SOMEBODY, remote_addr=NURSE.ip), transaction.atomic():
        _write(models.LoggedOrder, models.LoggedStep, work)


def with_history(work: float) -> None:
    def name(row):
        row._history_user = SOMEBODY

    with transaction.atomic():
        _write(models.HistoricOrder, models.HistoricStep, work, before=name)


def with_pghistory(work: float) -> None:
    with pghistory.context(user=1, url="/orders/"), transaction.atomic():
        _write(models.EventedOrder, models.EventedStep, work)


VARIANTS: dict[str, Callable[[float], None]] = {
    "none": none,
    "outbox": outbox,
    "rows": rows,
    "ours": ours,
    "unsealed": ours,
    "chain": chain,
    "auditlog": with_auditlog,
    "history": with_history,
    "pghistory": with_pghistory,
}


def prepare(name: str, work: float) -> Callable[[], None]:
    """Return the step that a writer repeats."""
    return partial(VARIANTS[name], work)
