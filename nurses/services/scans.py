"""Scans of a nurse's papers: handed in by her centre, drawn anew, kept privately, looks on record (002 五(二)2)."""

import uuid
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, hidden
from nurses import access, wallet
from nurses.scans import PaperScan
from nurses.services import _forms
from patients import vault

CLAUSE = "002 五(二)2"
MOST = 6  # sides of one paper


def keep_scan(*, nurse_id: int, kind: str, number: int, file: Any, by: Actor, now: datetime) -> PaperScan:
    """
    Keep one scan of a paper; the same file again is kept once.

    :raises kernel.refusals.Refused: no such paper, neither picture nor PDF, or too many
    """
    if file is None:
        raise Invalid(Refusal("scan.none", "请选择扫描件或照片。", CLAUSE, field="file"))
    sound = vault.judge(file)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=timezone.localdate(now))
        paper = wallet.paper(nurse, kind, number)
        present = wallet.scans_of(paper)
        if same := next((row for row in present if row.sha256 == sound.sha256), None):
            return same
        if len(present) >= MOST:
            said = f"一份资质最多保存 {MOST} 份扫描件，请先移除不需要的。"
            raise NotNow(Refusal("scan.many", said, CLAUSE, field="file"))
        row = PaperScan(
            pk=uuid.uuid4(), **paper.columns, content_type=sound.content_type, size=len(sound.data),
            sha256=sound.sha256, added_by_id=by.account, added_at=now,
        )  # fmt: skip
        with recording("nurses.scan_kept", target=nurse, by=by, now=now) as entry:
            vault.keep(row.pk, sound.data)
            row.save(force_insert=True)
            entry.data.update({"paper": kind, "number": number, "sha256": sound.sha256})
    return row


def remove_scan(*, scan_id: UUID, reason: str, by: Actor, now: datetime) -> PaperScan:
    """Take a scan out with the reason; its row stays, and nobody sees it any more."""
    problems: list[Refusal] = []
    reason = _forms.text("reason", "移除原因", reason, 200, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        row = PaperScan.objects.select_for_update().filter(pk=scan_id, removed_at__isnull=True).first()
        if row is None:
            raise hidden("这份扫描件")
        access.demand(by, row.nurse, Role.CENTRE_ADMIN, on=timezone.localdate(now))
        with recording("nurses.scan_removed", target=row.nurse, by=by, now=now, reason=reason) as entry:
            row.removed_at, row.removed_by_id, row.removed_reason = now, by.account, reason
            row.save(update_fields=["removed_at", "removed_by", "removed_reason"])
            entry.data["sha256"] = row.sha256
    return row


def show_scan(*, scan_id: UUID, reason: str, by: Actor, now: datetime) -> tuple[PaperScan, IO[bytes]]:
    """
    Open a scan for her centre, the commission or the nurse herself; the look is on record before the first byte leaves.

    :raises kernel.refusals.Refused: not there, taken out, or not for this person
    """
    row = wallet.scan(scan_id)
    who = (Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.NURSE)
    access.demand(by, row.nurse, *who, on=timezone.localdate(now))
    with recording("nurses.scan_shown", target=row.nurse, by=by, now=now, reason=reason) as entry:
        content = vault.opened(row.pk)
        entry.data["sha256"] = row.sha256
    return row, content
