"""The trace's only writers. ``recording`` wraps an act; ``looked``, ``refused`` and ``signed_in`` stand alone."""

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from audit import wake
from audit.models import Due, Event
from kernel.actors import Actor
from kernel.refusals import Refused


@dataclass
class Entry:
    """What an act adds to its own record: ``data`` for the trace, ``payload`` for those who follow it."""

    act_id: uuid.UUID
    data: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recording(
    action: str,
    *,
    target: Model,
    by: Actor,
    now: datetime,
    role: str = "",
    reason: str = "",
    organisation_id: int | None = None,
    subject_id: object = None,
    savepoint: bool = True,
) -> Iterator[Entry]:
    """
    Change ``target`` inside; one trace event and one outbox row commit with it, or nothing does.

    Without ``savepoint`` the transaction around must end when this act fails: a caller that has just begun one says so,
    because each savepoint is two more statements.

    The organisation and the patient concerned are read off the target (``centre_id`` or ``organisation_id``,
    ``patient_id``) unless given. Source: 002 五(七)2(2), 五(八), 全程留痕.
    """
    with transaction.atomic(savepoint=savepoint):
        entry = Entry(act_id=_act_id())
        around = _begin(entry.act_id)
        yield entry
        organisation_id = organisation_id or _organisation_of(target)
        outbox_id = _append(
            kind=Event.Kind.ACT,
            action=action,
            by=by,
            now=now,
            target=target,
            act_id=entry.act_id,
            role=role or _only_role(by, organisation_id, subject_id or _subject_of(target)),
            organisation_id=organisation_id,
            subject_id=subject_id or _subject_of(target),
            reason=reason,
            data=entry.data,
            ends=Ending(around, {"organisation": organisation_id, **entry.payload}),
        )
        transaction.on_commit(lambda: wake.deliver(outbox_id), robust=True)


def looked(*, target: Model, by: Actor, now: datetime, why: str, role: str = "") -> None:
    """Record that a person was looked at: every look at identity or clinical content is an event as well."""
    _append(
        kind=Event.Kind.LOOK,
        action=f"{target._meta.app_label}.looked",
        by=by,
        now=now,
        target=target,
        role=role or _only_role(by, _organisation_of(target), _subject_of(target)),
        organisation_id=_organisation_of(target),
        subject_id=_subject_of(target),
        reason=why,
    )


def refused(
    *, action: str, no: Refused, by: Actor, now: datetime, target: Model | None = None, data: dict | None = None
) -> None:
    """Record a refusal with all its reasons, once. Called after the refused act was rolled back."""
    if no.recorded:
        return
    no.recorded = True
    organisation_id = _organisation_of(target) if target is not None else None
    subject_id = _subject_of(target) if target is not None else ""
    _append(
        kind=Event.Kind.REFUSAL,
        action=action,
        by=by,
        now=now,
        target=target,
        outcome="refused",
        role=_only_role(by, organisation_id, subject_id),
        organisation_id=organisation_id,
        subject_id=subject_id,
        reason=no.sentence,
        data={"reasons": [{"code": r.code, "clause": r.clause} for r in no.reasons], **(data or {})},
    )


def turned_away(*, no: Refused, by: Actor, now: datetime, data: dict) -> None:
    """Record a refusal that came before any lifecycle was asked; what a door has recorded is not repeated."""
    refused(action="audit.turned_away", no=no, by=by, now=now, data=data)


def signed_in(*, action: str, by: Actor, now: datetime, outcome: str = "ok", data: dict | None = None) -> None:
    """Record a log-in, a log-out or a failed try; a failed name is kept as a digest by the caller, never in clear."""
    _append(
        kind=Event.Kind.LOGIN,
        action=action,
        by=by,
        now=now,
        outcome=outcome,
        role=_only_role(by, None),
        data=data or {},
    )


def noted(*, action: str, by: Actor, now: datetime, outcome: str = "ok", data: dict | None = None) -> None:
    """Record what the platform has found out about itself: an act without an object."""
    _append(kind=Event.Kind.ACT, action=action, by=by, now=now, outcome=outcome, data=data or {})


def promise(*, kind: str, key: str, object_id: object, due_at: datetime, payload: dict | None = None) -> None:
    """Make sure that ``kind`` happens at ``due_at``, once: a row in the caller's transaction."""
    Due.objects.get_or_create(
        key=key, defaults={"kind": kind, "object_id": str(object_id), "due_at": due_at, "payload": payload or {}}
    )


_EVENT = "audit.record(%s, %s, %s, %s::uuid, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::json)"
# An act's end is one statement, not three: what the trace costs is mostly its way to the database and back.
_EVENT_AND_OUTBOX = f"""
    WITH sent AS (
        INSERT INTO audit_outbox (event_type, object_type, object_id, payload, created_at, attempts, last_error)
        VALUES (%s, %s, %s, %s::jsonb, %s, 0, '') RETURNING id
    )
    SELECT id, {_EVENT}, set_config('app.act', %s, true) FROM sent
"""  # noqa: S608 both parts are constants


@dataclass(frozen=True, slots=True)
class Ending:
    """What an act leaves behind: the act that goes on, whose the rows are from here, and the row for its followers."""

    around: str
    payload: dict[str, Any]


def broken_constraint(broken: IntegrityError) -> str:
    """The name of the constraint that a write ran against; empty where the database names none."""
    return getattr(getattr(broken.__cause__, "diag", None), "constraint_name", "") or ""


def _append(
    *, kind, action, by, now, target=None, act_id=None, role="", organisation_id=None, subject_id="", reason="",
    outcome="ok", data=None, ends: Ending | None = None,
):  # fmt: skip
    """Write one event; at an act's end its outbox row as well, whose number is returned."""
    object_type = target._meta.label_lower if target is not None else ""
    object_id = str(target.pk) if target is not None and target.pk is not None else ""
    around = structlog.contextvars.get_contextvars()
    if "operator" in around:
        data = {**(data or {}), "operator": around["operator"]}
    event = [
        kind,
        action,
        outcome,
        str(act_id) if act_id else None,
        by.kind,
        by.id,
        role,
        organisation_id or _only_place(by),
        object_type,
        object_id,
        str(subject_id or ""),
        reason,
        by.request_id or around.get("request_id") or around.get("task_id") or "",
        by.ip or around.get("origin", ""),
        now,
        _json(data or {}),
    ]
    with connection.cursor() as cursor:
        if ends is None:
            cursor.execute(f"SELECT {_EVENT}", event)
            return None
        outbox = [action, object_type, object_id, _json(ends.payload), now]
        cursor.execute(_EVENT_AND_OUTBOX, [*outbox, *event, ends.around])
        return cursor.fetchone()[0]


def _json(value) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _act_id() -> uuid.UUID:
    """A random id that sorts by time (RFC 9562, version 7), so that whatever is indexed by it grows at one end."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    return uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))


def _begin(act_id: uuid.UUID) -> str:
    """Tie the rows that this transaction changes from here on to the act; return the act it stands within."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.act', true), ''), set_config('app.act', %s, true)", [str(act_id)]
        )
        return cursor.fetchone()[0]


def _organisation_of(target):
    return getattr(target, "centre_id", None) or getattr(target, "organisation_id", None)


def _subject_of(target):
    if target._meta.label_lower == "patients.patient":
        return target.pk
    return getattr(target, "patient_id", None) or ""


def _only_role(by, organisation_id, subject_id=""):
    """
    Say under which post someone acts where the verb has no lifecycle.

    The role held at the place concerned, else as patient or proxy of the person concerned, else whatever is held.
    """
    held = [role for role, places in by.orgs.items() if organisation_id in places]
    held = held or [role for role, people in by.patients.items() if subject_id in people]
    held = held or list(by.orgs) or list(by.patients)
    return held[0] if len(held) == 1 else ",".join(sorted(held))


def _only_place(by):
    """Where somebody works who works at one place only: for acts on what belongs to no institution by itself."""
    places = set().union(*by.orgs.values())
    return places.pop() if len(places) == 1 else None
