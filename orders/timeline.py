"""
A page of the trace: acts in words, with the rows that each of them changed beneath, and what is sealed.

Pages go by key, so the last costs what the first costs, and every page costs the same number of queries. A row that
nobody's act explains stands as a line of its own: somebody wrote to the database past the platform.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from audit import proofs
from audit.models import Event
from nurses.models import Nurse
from orders import rowwords, trace
from orders.models import Order
from orders.rowwords import Row
from orders.trace import Line
from patients.models import Patient

PAGE = 50
ROWS = 30  # per act; an act over the whole catalogue changes thousands
ACTED = (Event.Kind.ACT, Event.Kind.LOOK, Event.Kind.REFUSAL, Event.Kind.LOGIN)
UNEXPLAINED = Q(kind=Event.Kind.ROW, act_id__isnull=True) | Q(kind=Event.Kind.DDL)
LINES = Q(kind__in=ACTED) | UNEXPLAINED
PAPERS = (
    Q(object_type__startswith="orders.") | Q(object_type__startswith="clinical.") | Q(object_type="patients.consent")
)
OWNED_BY = ("patient", "nurse", "user")
HANGING = 500  # newest rows of one kind that hang on one record

# What a reader may ask for alone: name, words, condition.
ONLY: dict[str, tuple[str, Q]] = {
    "act": ("办理", Q(kind=Event.Kind.ACT)),
    "look": ("查看", Q(kind=Event.Kind.LOOK)),
    "refusal": ("拒绝", Q(kind=Event.Kind.REFUSAL)),
    "login": ("登录", Q(kind=Event.Kind.LOGIN)),
    "direct": ("直接修改数据库", Q(kind__in=[Event.Kind.ROW, Event.Kind.DDL])),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line with what it changed; ``head`` is the number of the seal above it, None while it waits."""

    line: Line
    head: int | None
    rows: tuple[Row, ...]
    changed: int

    @property
    def direct(self) -> bool:
        """Written past the platform, by somebody with a database account."""
        return self.line.kind in (Event.Kind.ROW, Event.Kind.DDL)

    @property
    def left_out(self) -> int:
        return self.changed - len(self.rows)


@dataclass(frozen=True, slots=True)
class Events:
    """
    A trace as the union of what each index finds by itself.

    One query with OR would make the database read the whole trace backwards for somebody who has been quiet for long.
    """

    branches: tuple[QuerySet[Event], ...]

    @classmethod
    def of(cls, *conditions: Q) -> "Events":
        return cls(tuple(Event.objects.filter(condition) for condition in conditions))

    def filter(self, condition: Q) -> "Events":
        return Events(tuple(branch.filter(condition) for branch in self.branches))

    def exclude(self, condition: Q) -> "Events":
        return Events(tuple(branch.exclude(condition) for branch in self.branches))

    def exists(self) -> bool:
        return any(branch.exists() for branch in self.branches)

    def first(self, count: int, order: str) -> list[Event]:
        """The first events in this order of the key: by every index the first ids, then the rows."""
        if len(self.branches) == 1:
            return list(self.branches[0].order_by(order)[:count])
        ids = [branch.order_by(order).values_list("id", flat=True)[:count] for branch in self.branches]
        chosen = ids[0].union(*ids[1:]).order_by(order)[:count]
        return list(Event.objects.filter(pk__in=list(chosen)).order_by(order))


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in the asked order; ``earlier`` and ``later`` are the keys of the neighbouring pages."""

    entries: list[Entry]
    earlier: int | None = None
    later: int | None = None


def page(
    events: Events,
    *,
    before: int | None = None,
    after: int | None = None,
    oldest_first: bool = False,
    size: int = PAGE,
) -> Page:
    """One page of these events, in at most seven queries, whatever it holds."""
    backwards = before is not None or (after is None and not oldest_first)
    if before is not None:
        events = events.filter(Q(id__lt=before))
    elif after is not None:
        events = events.filter(Q(id__gt=after))
    found = events.first(size + 1, "-id" if backwards else "id")
    more, found = len(found) > size, found[:size]
    if backwards == oldest_first:
        found.reverse()
    if not found:
        return Page(entries=[])
    low, high = min(event.pk for event in found), max(event.pk for event in found)
    return Page(
        entries=entries(found),
        earlier=low if (more if backwards else after is not None) else None,
        later=high if (not backwards and more) or (backwards and before is not None) else None,
    )


def entries(events: list[Event]) -> list[Entry]:
    """These events in words, each with its rows and its seal: people, places, rows and seals, a query each."""
    beneath = _rows_of([event for event in events if event.kind == Event.Kind.ACT])
    heads = proofs.sealed(events)
    made = []
    for event, line in zip(events, trace.lines(events), strict=True):
        rows = beneath.get(event.act_id, []) if event.kind == Event.Kind.ACT else []
        if event.kind == Event.Kind.ROW:
            rows = [event]
        changed = getattr(rows[0], "changed", 1) if rows else 0
        made.append(Entry(line, heads.get(event.pk), tuple(rowwords.row(row) for row in rows), changed))
    return made


def _rows_of(acts: list[Event]) -> dict[Any, list[Event]]:
    """The first rows of each act, and how many there are."""
    if not acts:
        return {}
    rows = (
        _beneath({act.act_id: act.xid for act in acts})
        .annotate(
            place=Window(RowNumber(), partition_by=F("act_id"), order_by="id"),
            changed=Window(Count("id"), partition_by=F("act_id")),
        )
        .filter(place__lte=ROWS)
        .order_by("id")
    )
    found = defaultdict(list)
    for row in rows:
        found[row.act_id].append(row)
    return found


def _beneath(acts: Mapping[UUID, int]) -> QuerySet[Event]:
    """The rows of these acts (act id to transaction); an act and its rows share their transaction, so it finds them."""
    return Event.objects.filter(kind=Event.Kind.ROW, xid__in=set(acts.values()), act_id__in=list(acts))


# --- whose trace ------------------------------------------------------------------------------------------------------


def of_order(order: Order) -> Events:
    """
    Everything about one order: acts, looks and refusals on it and on what it grew from and left behind.

    Acts on something else that changed its rows belong to it, and so does every row that no act explains.
    """
    # All ids first: asked for the first page of a condition, the database walks whole partitions until it is full.
    own = Event.objects.filter(trace.concerning(order), kind__in=ACTED).values_list("id", flat=True)
    acts, strays = _behind(order)
    return Events.of(Q(pk__in={*own, *acts, *strays}))


def whole(order: Order, *, more: Mapping[str, list[str]]) -> tuple[list[Event], list[Event]]:
    """The same lines, and all of it with every row beneath, in order: what leaves the house as evidence."""
    about = [*of_order(order).branches, Event.objects.filter(trace.about(more), LINES)]
    lines = sorted({event.pk: event for found in about for event in found}.values(), key=lambda event: event.pk)
    acts = [event for event in lines if event.kind == Event.Kind.ACT]
    rows = _beneath({act.act_id: act.xid for act in acts})
    return lines, sorted({event.pk: event for event in [*lines, *rows]}.values(), key=lambda event: event.pk)


def _behind(order: Order) -> tuple[list[int], list[int]]:
    """Ids of the acts that changed the order's rows, and of the rows that no act explains; four queries."""
    own = Event.objects.filter(trace.concerning(order), kind=Event.Kind.ACT).values_list("act_id", "xid")
    objects = _touched_by(dict(own))
    for kind, ids in trace.objects_of(order).items():
        objects[kind] |= set(ids)
    rows = list(Event.objects.filter(trace.about(objects), kind=Event.Kind.ROW).values_list("id", "act_id", "xid"))
    named = {act_id: xid for _, act_id, xid in rows if act_id}
    acts = list(
        Event.objects.filter(
            kind=Event.Kind.ACT, xid__in=set(named.values()), act_id__in=list(named)
        ).values_list("id", "act_id", "object_type", "object_id")
    )  # fmt: skip
    known = {act_id for _, act_id, *_ in acts}
    # Orders of one request share its papers: what was done to a sister belongs to the sister.
    mine = [pk for pk, _, kind, key in acts if kind != "orders.order" or key == str(order.pk)]
    return mine, [pk for pk, act_id, _ in rows if act_id not in known]


def _touched_by(acts: dict[UUID, int]) -> dict[str, set[str]]:
    """What these acts wrote on the chain's own floors: steps, lines, entries and readings have ids of their own."""
    touched = defaultdict(set)
    for kind, key in _beneath(acts).filter(PAPERS).values_list("object_type", "object_id").distinct():
        touched[kind].add(key)
    return touched


def of_patient(patient: Patient) -> Events:
    """Everything about one person, and direct changes of what is on file."""
    return Events.of(
        Q(subject_id=str(patient.pk), kind__in=ACTED), trace.about(_hanging_on(patient)) & UNEXPLAINED
    )  # fmt: skip


def of_nurse(nurse: Nurse) -> Events:
    """Everything done to a nurse's file, and everything her account did."""
    return Events.of(trace.about(_hanging_on(nurse)) & LINES, Q(actor_kind="user", actor_id=str(nurse.user_id)))


def of_account(user: User) -> Events:
    """Everything an account did, log-ins among it, and everything done to it and to its posts."""
    return Events.of(trace.about(_hanging_on(user)) & LINES, Q(actor_kind="user", actor_id=str(user.pk)))


def of_record(kind: str, key: str) -> Events:
    """Everything done to one record of any kind."""
    return Events.of(Q(object_type=kind, object_id=key) & LINES)


def _hanging_on(row: Model) -> dict[str, list[str]]:
    """The record and the rows of its own app that point to it: a query for each kind, however many there are."""
    objects = {row._meta.label_lower: [str(row.pk)]}
    for relation in row._meta.related_objects:
        other = relation.related_model
        if other._meta.app_label == row._meta.app_label and relation.field.name in OWNED_BY:
            keys = other._base_manager.filter(**{relation.field.name: row}).order_by("-pk").values_list("pk", flat=True)
            objects[other._meta.label_lower] = [str(key) for key in keys[:HANGING]]
    return objects


def counts(events: Events) -> dict[str, int]:
    """How many lines of one order there are, how many were refused, and how many were written past the platform."""
    (lines,) = events.branches
    return lines.aggregate(
        total=Count("id"),
        refused=Count("id", filter=Q(outcome="refused")),
        direct=Count("id", filter=Q(kind__in=[Event.Kind.ROW, Event.Kind.DDL])),
    )
