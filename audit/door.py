"""
The one door for every change of status: lock, look, check, change, remember.

Each lifecycle makes one :class:`Door` from its table. Nothing else writes a status column.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model

from audit import services as audit
from audit.models import Receipt
from audit.turns import one_at_a_time
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, Stale, hidden
from kernel.workflow import NEW, Step, Workflow

DEADLOCK_TRIES = 3
PRECEDENCE = ("patient", "proxy", "nurse", "doctor", "dispatcher", "centre_admin", "reviewer", "supervisor", "system")


@dataclass(frozen=True)
class Door:
    """
    One lifecycle's way in.

    ``hats(actor, row)`` says which roles the actor wears towards the row; ``scopes(actor, row)`` what a proxy may do.
    ``conflicts`` turns a database constraint's name into the refusal that its breach means.
    """

    workflow: Workflow
    model: type[Model]
    step_model: type[Model]
    owner: str
    what: str
    hats: Callable[[Actor, Any], frozenset]
    scopes: Callable[[Actor, Any], frozenset] = lambda actor, row: frozenset()
    related: tuple[str, ...] = ()
    conflicts: Mapping[str, Refusal] = field(default_factory=dict)

    def create(
        self,
        name: str,
        row: Any,
        *,
        by: Actor,
        now: datetime,
        prepare: Callable[[Any, audit.Entry], None] | None = None,
        change: Callable[[Any, audit.Entry], None] | None = None,
        reason: str = "",
        receipt: UUID | None = None,
        inputs: Mapping | None = None,
        to: Any = None,
    ) -> Any:
        """
        Take a step that starts a life. ``row`` is unsaved; ``prepare`` may lock and judge before it is saved,
        ``change`` may add what hangs on it afterwards.

        :raises kernel.refusals.Refused: with the reason in the user's words
        """
        step = self.workflow[name]

        def act():
            if receipt:
                # A step on a row waits at the row's lock. Where nothing exists yet, one of several equal requests goes
                # first, so that the others find its receipt and do not meet a constraint that it has filled.
                one_at_a_time(str(receipt))
                if first := self._answered(receipt, name, by, inputs):
                    return first
            row.status = NEW
            worn = self._worn(step, row, by)
            self.workflow.check(name, row, worn, self.scopes(by, row))
            with self._recording(step, row, by, now, worn, reason) as entry:
                row.status = self._target(step, to)
                row.version = 1
                _note_since(row, now)
                if prepare:
                    prepare(row, entry)
                row.save(force_insert=True)
                if change:
                    change(row, entry)
                self._remember(step, row, NEW, by, now, worn, reason, receipt, inputs, entry)
            return row

        return self._attempt(act, step, by, now, [row])

    def take(
        self,
        name: str,
        pk: Any,
        *,
        by: Actor,
        now: datetime,
        change: Callable[[Any, audit.Entry], Any] | None = None,
        reason: str = "",
        version: int | None = None,
        receipt: UUID | None = None,
        inputs: Mapping | None = None,
        to: Any = None,
    ) -> Any:
        """
        Take one step of the lifecycle. ``change`` alters the locked row before the status moves; a ``to`` that depends
        on what it did is a function, asked afterwards.

        :raises kernel.refusals.Hidden: the row is outside the actor's world
        :raises kernel.refusals.Stale: ``version`` is given and is not the row's
        :raises kernel.refusals.Refused: role, status, need or rule says no
        """
        step = self.workflow[name]
        inputs = {**(inputs or {}), "row": str(pk)}
        known = [self.model(pk=pk)]

        def act():
            row = self._locked(pk)
            known[0] = row or known[0]
            if receipt and (first := self._answered(receipt, name, by, inputs)):
                return first
            if row is None or not (worn := self._worn(step, row, by)):
                raise hidden(f"这份{self.what}")
            if version not in (None, row.version):
                raise Stale(Refusal("stale", f"这份{self.what}刚被他人更新，请看过最新内容后再办理。"))
            self.workflow.check(name, row, worn, self.scopes(by, row))
            with self._recording(step, row, by, now, worn, reason) as entry:
                if change:
                    change(row, entry)
                before = row.status
                if not step.stays:
                    row.status = self._target(step, to)
                    row.version += 1
                    _note_since(row, now)
                row.save()
                self._remember(step, row, before, by, now, worn, reason, receipt, inputs, entry)
            return row

        return self._attempt(act, step, by, now, known)

    def chances(self, row: Any, by: Actor) -> list:
        """List the steps this actor may take on the row now, each with what blocks it."""
        return self.workflow.chances(row, self.hats(by, row), self.scopes(by, row))

    def _attempt(self, act, step, by, now, known):
        """``known`` holds the row as far as it was found, so that a refusal says where and about whom it was."""
        for left in reversed(range(DEADLOCK_TRIES)):
            try:
                with transaction.atomic():
                    return act()
            except IntegrityError as broken:
                name = audit.broken_constraint(broken)
                if name not in self.conflicts:
                    raise
                no = Refused(self.conflicts[name])
                audit.refused(action=step.event, no=no, by=by, now=now, target=known[0])
                raise no from broken
            except OperationalError as jam:
                if getattr(jam.__cause__, "pgcode", "") not in {"40P01", "40001"} or not left:
                    raise
                if connection.in_atomic_block:
                    raise  # only the outermost transaction can be tried again
            except Refused as no:
                audit.refused(action=step.event, no=no, by=by, now=now, target=known[0])
                raise
        raise AssertionError("unreachable")

    def _locked(self, pk):
        # No stronger than a change of the row needs: a foreign key that somebody else checks must not wait for it.
        # Two who each hold a row and check a key to the other's would otherwise wait for each other.
        return (
            self.model._default_manager.select_for_update(of=("self",), no_key=True)
            .select_related(*self.related)
            .filter(pk=pk)
            .first()
        )

    def _worn(self, step: Step, row, by) -> frozenset:
        if by.kind == "system":
            return frozenset({"system"})
        return frozenset(self.hats(by, row))

    def _recording(self, step, row, by, now, worn, reason):
        return audit.recording(
            step.event, target=row, by=by, now=now, role=_role(step, worn), reason=reason, savepoint=False
        )

    @staticmethod
    def _target(step, to):
        if callable(to):
            to = to()
        if to is None:
            return step.to
        if to not in step.targets:
            raise ValueError(f"{step.name} does not lead to {to}")
        return to

    def _remember(self, step, row, before, by, now, worn, reason, receipt, inputs, entry):
        self.step_model._default_manager.create(
            **{self.owner: row},
            name=step.name,
            from_status=before,
            to_status=row.status,
            taken_at=now,
            taken_by_id=by.user_id,
            role=_role(step, worn),
            reason=reason,
        )
        if receipt:
            Receipt.objects.create(
                pk=receipt,
                actor_id=by.id,
                verb=f"{self.workflow.name}.{step.name}",
                object_type=self.model._meta.label_lower,
                object_id=str(row.pk),
                digest=_digest(inputs),
                received_at=now,
            )
        entry.data.update({"from": before, "to": row.status, "version": row.version})
        entry.payload.update({"from": before, "to": row.status, "version": row.version, "step": step.name})

    def _answered(self, receipt, name, by, inputs):
        """
        Return what the receipt was first answered with.

        Asked before the hats: a nurse who gave an order back, and whose phone repeats the request, must hear "done".
        """
        known = Receipt.objects.filter(pk=receipt).first()
        if known is None:
            return None
        same = known.actor_id == by.id and known.verb == f"{self.workflow.name}.{name}"
        if not same or known.digest != _digest(inputs):
            raise Invalid(Refusal("receipt.reused", "这个回执编号已用于另一次提交，请刷新后重新提交。"))
        return self.model._default_manager.select_related(*self.related).get(pk=known.object_id)


def _role(step: Step, worn: frozenset) -> str:
    """The hat under which the step is taken, where several would do."""
    return next((role for role in PRECEDENCE if role in step.by & worn), "")


def _note_since(row, now):
    """Clocks on a desk run from the moment the status began."""
    if hasattr(row, "status_since"):
        row.status_since = now


def _digest(inputs: Mapping | None) -> str:
    text = json.dumps(inputs or {}, cls=_Plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class _Plain(DjangoJSONEncoder):
    def default(self, o):
        if isinstance(o, Model):
            return str(o.pk)
        if isinstance(o, set | frozenset):
            return sorted(o)
        try:
            return super().default(o)
        except TypeError:
            return str(o)
