"""The workload table as a file: who took it away, what for, and the digest of what was taken."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Organization
from audit.services import recording
from indicators import access
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, demand_words

CLAUSE = "002 三(一)"


@dataclass(frozen=True, slots=True)
class File:
    """What was exported: a name for it, and its bytes."""

    name: str
    content: bytes


def export_workload(
    *, rows: list[list[str]], asked: str, reason: str, place: Organization, by: Actor, now: datetime
) -> File:
    """
    Write the table of workload for a spreadsheet; its last line says who took it away and when.

    :raises kernel.refusals.Refused: not this actor's district, nothing or too much to take, or nobody said what for
    """
    demand_words(reason, "请写明导出的原因，原因会与您的姓名一起留痕。", CLAUSE)
    access.demand_over(by, place, what="这个区的工作量")
    lines = len(rows) - 1
    most = institutions.settings_of(place, timezone.localdate(now))["export.alone_lines"]
    if not 1 <= lines <= most:
        said = f"在这里一次可以导出 1 到 {most} 行；更多的请在「数据导出」中申请，由另一个人同意。"
        raise Invalid(Refusal("export.lines", said, CLAUSE))
    at = timezone.localtime(now)
    page = io.StringIO()
    end = f"工作量统计 {asked}，由{by.name}于 {at:%Y-%m-%d %H:%M} 导出，共 {lines} 行"
    csv.writer(page).writerows([*([_safe(cell) for cell in row] for row in rows), [end]])
    content = page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
    with recording(
        "indicators.workload_exported", target=place, by=by, now=now, organisation_id=place.pk,
        reason=reason.strip()[:200],
    ) as entry:  # fmt: skip
        entry.data.update(sha256=hashlib.sha256(content).hexdigest(), lines=lines, asked=asked)
    return File(f"workload-{at:%Y%m%d-%H%M}.csv", content)


def _safe(text: str) -> str:
    """A spreadsheet takes a cell that begins with one of these for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
