"""The registers as a file: who took it away, what for, and the digest of what was taken."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, demand_words, hidden
from kernel.spreadsheets import harmless_rows

AT_ONCE = 5000
CLAUSE = "002 三(一)"


@dataclass(frozen=True, slots=True)
class File:
    """What was exported: a name for it, and its bytes."""

    name: str
    content: bytes


def export_register(
    *, name: str, title: str, rows: list[list[str]], asked: str, reason: str, place: Organization, by: Actor,
    now: datetime,
) -> File:  # fmt: skip
    """
    Write one register for a spreadsheet; its last line says who took it away and when.

    :raises kernel.refusals.Refused: not this actor's place, nothing or too much to take, or nobody said what for
    """
    demand_words(reason, "请写明导出的原因，原因会与您的姓名一起留痕。", CLAUSE)
    if place.pk not in by.orgs_as(Role.CENTRE_ADMIN, Role.DISPATCHER):
        raise hidden(f"这份{title}")
    lines = len(rows) - 1
    if not 1 <= lines <= AT_ONCE:
        said = f"一次可以导出 1 到 {AT_ONCE} 条，请调整筛选条件后再导出。"
        raise Invalid(Refusal("export.lines", said, CLAUSE))
    at = timezone.localtime(now)
    page = io.StringIO()
    end = [f"{title}，由{by.name}于 {at:%Y-%m-%d %H:%M} 导出，共 {lines} 条"]
    csv.writer(page).writerows(harmless_rows([*rows, end]))
    content = page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
    with recording(
        "logistics.register_exported", target=place, by=by, now=now, organisation_id=place.pk,
        reason=f"{reason.strip()[:200]}；{title}，范围：{asked}",
    ) as entry:  # fmt: skip
        entry.data.update(sha256=hashlib.sha256(content).hexdigest(), lines=lines, register=name)
    return File(f"{name}-{at:%Y%m%d-%H%M}.csv", content)
