"""Proofs for those outside: under which head an event is sealed, and the receipt by which anybody can check it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from audit.models import Cosignature, Era, Event, Head
from audit.sealing import eras, leaves, tree
from audit.sealing.snapshots import BEGINNING, Snapshot, growing, opening
from audit.standalone import verify
from kernel.refusals import Refusal, Refused

CLAUSE = "002 五(七)2(2)"


@dataclass(frozen=True, slots=True)
class Proven:
    """One event as it stands in a tree: its bytes, its place, and the path to the root of the tree at some size."""

    event_id: int
    leaf: bytes
    index: int
    proof: tuple[bytes, ...]


def sealed(events: Iterable[Event]) -> dict[int, int]:
    """Return the number of the head that sealed each event; an event that waits to be sealed is left out."""
    wanted = [(event.pk, event.xid) for event in events]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.id, found.n
            FROM unnest(%s::bigint[], %s::bigint[]) AS asked (id, xid)
            CROSS JOIN LATERAL (
                SELECT era FROM audit.era
                WHERE boundary_id < asked.id ORDER BY era DESC LIMIT 1
            ) AS newest
            CROSS JOIN LATERAL (
                -- The era after whose edge the event was written; or the next one's opening, where it was left over.
                (SELECT h.n FROM audit.head h
                 WHERE h.era = newest.era AND h.snap_max > asked.xid AND asked.xid <> ALL (h.snap_open)
                   AND h.max_id >= asked.id
                 ORDER BY h.snap_max, h.n LIMIT 1)
                UNION ALL
                (SELECT h.n FROM audit.head h WHERE h.era = newest.era + 1 ORDER BY h.n LIMIT 1)
                LIMIT 1
            ) AS found
            """,
            [[pk for pk, _ in wanted], [xid for _, xid in wanted]],
        )
        return dict(cursor.fetchall())


def proven(event_ids: Sequence[int], *, head: Head | None = None) -> tuple[Head | None, list[Proven]]:
    """
    Return the newest head of the events' era (or the one given), and each event's path to its root.

    All must be of one era; events that are not sealed under that head are left out.
    """
    events = list(Event.objects.filter(pk__in=event_ids).only("id", "xid"))
    under = sealed(events)
    if not under:
        return None, []
    era_of = dict(Head.objects.filter(n__in=set(under.values())).values_list("n", "era_id"))
    era = max(era_of.values()) if head is None else head.era_id
    head = head or Head.objects.filter(era=era).order_by("-n").select_related("era").first()
    assert head is not None
    batches: dict[int, set[int]] = {}
    for pk, n in under.items():
        if era_of[n] == era and n <= head.n:
            batches.setdefault(n, set()).add(pk)
    found = []
    with connection.cursor() as cursor:
        stored = tree.stored(cursor, era)
        for n, wanted in sorted(batches.items()):
            for index, leaf in _places(cursor, n, wanted):
                path = tuple(stored.inclusion(index, head.tree_size))
                found.append(Proven(event_id=leaves.id_of(leaf), leaf=leaf, index=index, proof=path))
    return head, sorted(found, key=lambda one: one.event_id)


def receipt(event_id: int) -> dict:
    """
    Return what proves one event offline (``hudaojia-receipt/1``): its bytes, its path, a signed head.

    :raises kernel.refusals.Refused: the event is not sealed yet
    """
    head, found = proven([event_id])
    if head is None or not found:
        raise Refused(Refusal("audit.not_sealed", "这条记录还没有封存，请过一分钟再下载凭证。", CLAUSE))
    (one,) = found
    return {"format": "hudaojia-receipt/1", **plain(one), **signed(head)}


def plain(one: Proven) -> dict:
    """Return one event's bytes, place and path as receipts and packs hold them."""
    return {"leaf": verify.b64(one.leaf), "index": one.index, "proof": [verify.b64(step) for step in one.proof]}


def signed(head: Head) -> dict:
    """Return a head with all by which its signatures are checked, as receipts and packs hold it."""
    return {
        "note": head.note,
        "cosignatures": list(Cosignature.objects.filter(n=head.n).order_by("name").values_list("line", flat=True)),
        "verifier": head.era.verifier,
        "witnesses": list(settings.AUDIT_WITNESS_KEYS),
    }


def unsealed_leaves(event_ids: Sequence[int]) -> list[bytes]:
    """Return the bytes of events that no head has sealed yet, as they stand now."""
    if not event_ids:
        return []
    found: list[bytes] = []
    listed = ",".join(str(int(pk)) for pk in event_ids)
    with connection.cursor() as cursor:
        leaves.each(cursor, f"id IN ({listed})", found.append)
    return found


def _condition(cursor, head: Head) -> str:
    """Return the SQL condition for the events that this head added to its tree."""
    era = Era.objects.get(pk=head.era_id)
    earlier = Head.objects.filter(era=era, n__lt=head.n).order_by("-n").first()
    before = eras.last(cursor, era.era - 1) if earlier is None and era.era > 1 else None
    if before:
        return opening(era.boundary_id, before.boundary, before.snapshot, before.max_id)
    since = Snapshot.parse(earlier.snapshot) if earlier else BEGINNING
    return f"id <= {head.max_id} AND {growing(era.boundary_id, since, Snapshot.parse(head.snapshot))}"


def _places(cursor, n, wanted):
    """
    Find the wanted events among the leaves that one head added: where its hash stands, there it was sealed.

    An event that was altered stands nowhere: its place is then counted among its neighbours, and no proof will hold.
    """
    head = Head.objects.get(pk=n)
    here: list[bytes] = []
    listed = ",".join(str(int(pk)) for pk in wanted)
    leaves.each(cursor, f"id IN ({listed})", here.append)
    sealed_here = tree.leaf_hashes(cursor, head.era_id, head.first_leaf, head.tree_size)
    place_of = {
        sealed_here[at : at + tree.HASH]: head.first_leaf + at // tree.HASH
        for at in range(0, len(sealed_here), tree.HASH)
    }
    found = [(place_of.get(verify.leaf_hash(leaf)), leaf) for leaf in here]
    return found if all(place is not None for place, _ in found) else _counted(cursor, head, wanted)


def _counted(cursor, head, wanted):
    found = []
    place = head.first_leaf - 1

    def take(leaf):
        nonlocal place
        place += 1
        if leaves.id_of(leaf) in wanted:
            found.append((place, leaf))

    leaves.each(cursor, _condition(cursor, head), take)
    return found
