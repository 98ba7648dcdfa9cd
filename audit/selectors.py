"""Reads about the trace itself: is it sealed, how far behind, who outside has it, and what the last check said."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from audit import hardening
from audit.models import EraProposal, Head, Publication, Verification
from audit.sealing.publishing import OWN
from audit.verification.findings import Finding


@dataclass(frozen=True, slots=True)
class SealState:
    """
    How the seals stand now. ``lag_seconds`` is the age of the oldest event that waits, 0 when none does.

    ``stopped`` is what the sealer says hinders it, empty while it works.
    """

    head: Head | None
    at: datetime | None
    lag_seconds: float
    waiting: int
    stopped: str
    publications: list[Publication]
    verification: Verification | None
    proposal: EraProposal | None
    hardening: list[str]

    @property
    def findings(self) -> list[str]:
        """What the last check found, in sentences."""
        return [Finding(**found).sentence for found in self.verification.findings] if self.verification else []

    @property
    def era(self) -> int | None:
        return self.head.era_id if self.head else None


def seal_state(*, now: datetime) -> SealState:
    """Return the state of the seals and of the database's protection of the trace."""
    head = Head.objects.select_related("era").order_by("-n").first()
    waiting, oldest = _waiting()
    told = list(Publication.objects.filter(place__in=[OWN, *settings.AUDIT_PUBLISH_TO]).order_by("place"))
    return SealState(
        head=head,
        at=head.at if head else None,
        lag_seconds=max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
        waiting=waiting,
        stopped=next((row.error for row in told if row.place == OWN), ""),
        publications=[row for row in told if row.place != OWN],
        verification=Verification.objects.order_by("-ended_at").first(),
        proposal=open_proposal(),
        hardening=hardening.problems(),
    )


def open_proposal() -> EraProposal | None:
    """Return the request for a new era that is neither fulfilled nor taken back; the database allows one."""
    return EraProposal.objects.filter(opened_era__isnull=True, withdrawn_at__isnull=True).first()


def _waiting() -> tuple[int, datetime | None]:
    """Count the events that no head has sealed, up to a thousand, and say since when the oldest waits."""
    with connection.cursor() as cursor:
        # In a restored database the transactions of earlier eras bear higher numbers than those of today.
        cursor.execute(
            "SELECT snap_max, snap_open, boundary_id FROM audit.head JOIN audit.era USING (era) ORDER BY n DESC LIMIT 1"
        )
        ends, still, edge = cursor.fetchone() or (0, [], 0)
        cursor.execute(
            "SELECT count(*), min(at) FROM (SELECT at FROM audit.event"
            " WHERE id > %s AND (xid >= %s OR xid = ANY (%s::bigint[])) LIMIT 1000) AS waiting",
            [edge, ends, still],
        )
        return cursor.fetchone()
