"""
Eras: one tree each. A restore ends an era, and only two people together open the next.

After a restore the database counts its transactions anew, so "finished since the last head" would find nothing, for
months, silently. The sealer refuses instead; what the old era had not sealed begins the new one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from audit import services as audit
from audit.models import Era, EraProposal
from audit.sealing import signers
from audit.sealing.snapshots import BEGINNING, Snapshot
from audit.standalone import verify
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, Refused

CLAUSE = "002 五(七)2(2)"
KEEPERS = ("supervisor", "auditor")


@dataclass(frozen=True, slots=True)
class Last:
    """Where the history of an era stands. ``opening``: the era has no head yet. ``before``: the era that it follows."""

    era: int
    origin: str
    verifier: str
    system_id: str
    boundary: int
    n: int
    size: int
    snapshot: Snapshot
    max_id: int
    root: bytes
    opening: bool
    before: "Last | None" = None

    def followed_by(self, *, n: int, snapshot: Snapshot, max_id: int, size: int) -> "Last":
        return replace(self, n=n, snapshot=snapshot, max_id=max_id, size=size, opening=False, before=None)


def origin(era: int) -> str:
    """Return the name under which an era's heads are signed: a new tree is a new log (C2SP)."""
    return f"{settings.AUDIT_ORIGIN}/{era}"


def system_id(cursor) -> str:
    """Return what PostgreSQL calls this cluster; a restored dump has another one."""
    cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
    return cursor.fetchone()[0]


def last(cursor, era: int | None = None) -> Last | None:
    """Return where the newest era stands, or the one asked for; ``None`` before the first."""
    cursor.execute(
        "SELECT era, origin, verifier, system_id, boundary_id FROM audit.era"
        " WHERE %s::int IS NULL OR era = %s ORDER BY era DESC LIMIT 1",
        [era, era],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    number, name, verifier, system, boundary = row
    cursor.execute(
        "SELECT n, tree_size, snapshot, max_id, root FROM audit.head WHERE era = %s ORDER BY n DESC LIMIT 1", [number]
    )
    head = cursor.fetchone()
    base = {"era": number, "origin": name, "verifier": verifier, "system_id": system, "boundary": boundary}
    if head:
        n, size, snapshot, max_id, root = head
        return Last(
            **base, n=n, size=size, snapshot=Snapshot.parse(snapshot), max_id=max_id, root=bytes(root), opening=False
        )
    cursor.execute("SELECT coalesce(max(n), 0) FROM audit.head")
    (n,) = cursor.fetchone()
    before = last(cursor, number - 1) if number > 1 else None
    return Last(
        **base, n=n, size=0, snapshot=BEGINNING, max_id=boundary, root=verify.EMPTY, opening=number > 1, before=before
    )


def open_first(cursor, *, verifier: str) -> Last:
    """Open the first era. It needs no second pair of eyes: there is no history that it could leave behind."""
    cursor.execute(
        "INSERT INTO audit.era (era, origin, verifier, system_id, boundary_id) VALUES (1, %s, %s, %s, 0)",
        [origin(1), verifier, system_id(cursor)],
    )
    opened = last(cursor)
    assert opened is not None
    return opened


def propose(*, reason: str, by: Actor, now: datetime) -> EraProposal:
    """
    Ask for a new era; a second person has to agree.

    :raises kernel.refusals.Refused: no right, no reason, or another proposal is open
    """
    _require_keeper(by)
    if not reason.strip():
        raise Invalid(Refusal("audit.reason", "请写明为什么要开启新纪元。", CLAUSE, field="reason"))
    row = EraProposal(reason=reason.strip(), proposed_by=by.id, proposed_at=now)
    try:
        with audit.recording("audit.era_proposed", target=row, by=by, now=now, reason=row.reason):
            row.save(force_insert=True)
    except IntegrityError as twice:
        raise Refused(Refusal("audit.proposal_open", "已有一份新纪元申请在等待，请先处理。", CLAUSE)) from twice
    return row


def approve(*, proposal_id: int, by: Actor, now: datetime) -> EraProposal:
    """
    Agree to a new era. The sealer opens it within seconds.

    :raises kernel.refusals.Refused: no right, the same person, or nothing to agree to
    """
    _require_keeper(by)
    with transaction.atomic():
        row = _open_proposal(proposal_id)
        if row.proposed_by == by.id:
            raise Refused(Refusal("audit.four_eyes", "开启新纪元须由另一位工作人员批准，不能批准自己的申请。", CLAUSE))
        if row.approved_at:
            return row
        with audit.recording("audit.era_approved", target=row, by=by, now=now, reason=row.reason):
            row.approved_by, row.approved_at = by.id, now
            row.save(update_fields=["approved_by", "approved_at"])
    return row


def withdraw(*, proposal_id: int, reason: str, by: Actor, now: datetime) -> EraProposal:
    """Take a proposal back, or turn it down, as long as the era is not open."""
    _require_keeper(by)
    with transaction.atomic():
        row = _open_proposal(proposal_id)
        with audit.recording("audit.era_proposal_withdrawn", target=row, by=by, now=now, reason=reason):
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
    return row


def open_agreed(*, now: datetime) -> Era | None:
    """
    Open the era that two people have agreed on; ``None`` when they have not. Called by the sealer, which holds the key.

    Writers pause until this transaction ends, so that the edge between the eras is one number.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        proposal = (
            EraProposal.objects.select_for_update()
            .filter(approved_at__isnull=False, opened_era__isnull=True, withdrawn_at__isnull=True)
            .first()
        )
        if proposal is None:
            return None
        cursor.execute("SELECT audit.close_era()")
        (boundary,) = cursor.fetchone()
        ended = last(cursor)
        if ended is None:
            return None
        number = ended.era + 1
        row = Era(
            era=number,
            origin=origin(number),
            verifier=verify.make_vkey(origin(number), verify.public_bytes(signers.log_key())),
            system_id=system_id(cursor),
            boundary_id=boundary,
            opened_at=now,
            opened_by=proposal.proposed_by,
            approved_by=proposal.approved_by,
            reason=proposal.reason,
        )
        with audit.recording(
            "audit.era_opened", target=row, by=system("sealer"), now=now, reason=proposal.reason
        ) as entry:
            row.save(force_insert=True)
            proposal.opened_era = number
            proposal.save(update_fields=["opened_era"])
            entry.data.update(
                {"era": number, "opened_by": row.opened_by, "approved_by": row.approved_by, "left_at": ended.size,
                 "left_root": ended.root.hex(), "left_head": ended.n}
            )  # fmt: skip
    return row


def _open_proposal(proposal_id: int) -> EraProposal:
    row = EraProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None or row.opened_era or row.withdrawn_at:
        raise Refused(Refusal("audit.no_proposal", "这份新纪元申请已经处理过了。", CLAUSE))
    return row


def _require_keeper(by: Actor) -> None:
    if not by.holds(*KEEPERS):
        raise Refused(Refusal("audit.keeper", "只有区卫健委的监管人员和审计人员可以办理纪元。", CLAUSE))
