"""A district's rules for another district: written as a file, and taken over as proposals and drafts (004 一(二))."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording, refused
from education import services as education
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Refused, demand_words, hidden
from supervision import comparing, package, packing
from supervision.models import EditionDraft
from supervision.services.changes import propose_setting
from supervision.services.drafts import begin_draft

REASON = 200  # the rest of the column says which file it came with


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of a file: proposals that wait, the draft of the list, drafts of articles, and what was left."""

    settings: int
    items: int
    articles: int
    left: int
    draft: EditionDraft | None


def export_package(*, district: Organization, by: Actor, now: datetime) -> File:
    """
    Write what holds in the district today as one file; the act holds the file's digest.

    :raises kernel.refusals.Refused: not this actor's district, more in it than another district could read
    """
    _demand(district, by)
    today = timezone.localdate(now)
    content = packing.content_of(district, today)
    sent = package.written(content, district=district.name, day=today)
    _demand_readable(sent, content)
    with recording(
        "supervision.package_exported", target=district, by=by, now=now, organisation_id=district.pk
    ) as entry:
        entry.data.update(
            file_sha256=hashlib.sha256(sent).hexdigest(), sha256=package.digest(content),
            holds=comparing.counts(content), left_out=package.left_out(content),
        )  # fmt: skip
    return File(f"district-package-{today:%Y%m%d}.json", sent)


def take_package_over(
    *, district: Organization, content: bytes, picks: Sequence[str], effective_on: date, reason: str, by: Actor,
    now: datetime,
) -> TakenOver:  # fmt: skip
    """
    Turn what was picked from another district's file into proposals and drafts, which hold once others have agreed.

    What is the same by now, or waits already, is left: the same file taken over twice changes nothing twice.

    :raises kernel.refusals.Refused: not this actor's district, a file not in order, no reason, nothing (left) to take
    """
    _demand(district, by)
    read = package.read(content)
    demand_words(reason, "请写明为什么带入这些内容，理由会写入留痕。", package.CLAUSE)
    if len(reason.strip()) > REASON:
        raise Invalid(Refusal("package.reason", f"理由请不要超过 {REASON} 个字。", package.CLAUSE, "reason"))
    if effective_on <= timezone.localdate(now):
        said = "生效日期请选择明天或以后，好让另一位监管员先复核。"
        raise Invalid(Refusal("package.effective", said, package.CLAUSE, "effective_on"))
    why = f"{reason.strip()}（参照{read.district[:40]} {read.day:%Y-%m-%d} 的配置包）"
    try:
        with recording(
            "supervision.package_taken_over", target=district, by=by, now=now, organisation_id=district.pk,
            reason=why[:300],
        ) as entry:  # fmt: skip
            Organization.objects.select_for_update(no_key=True).get(pk=district.pk)  # two who press at once take turns
            today = timezone.localdate(now)
            standing = packing.standing_of(district, today)
            parts = comparing.compared(read.content, packing.decided_of(district, today), standing)
            chosen = _chosen(parts, picks)
            act: dict[str, Any] = {"by": by, "now": now}
            for row in chosen["settings"]:
                value = _of(read.content["settings"], "key", row.key)["value"]
                propose_setting(
                    district=district, key=row.key, value=value, effective_on=effective_on, reason=why, **act
                )
            draft = None
            if chosen["catalogue"]:
                draft = _draft(district, read, chosen["catalogue"], standing.base, effective_on, act)
            for row in chosen["articles"]:
                facts = comparing.article_of(_of(read.content["articles"], "code", row.key), standing.numbers)
                education.write_article(district=district, **facts, **act)
            taken = {part: [row.key for row in rows] for part, rows in chosen.items() if rows}
            left = len(set(picks)) - sum(map(len, taken.values()))
            entry.data.update(
                file_sha256=read.file_sha256, sha256=read.sha256, district=read.district, day=read.day, taken=taken,
                left=left, draft=draft.pk if draft else None,
            )  # fmt: skip
    except Refused as no:
        no.recorded = False  # what a door wrote of it went with the transaction
        refused(action="supervision.package_taken_over", no=no, by=by, now=now, target=district)
        raise
    held = {part: len(chosen[part]) for part in comparing.TAKEN}
    return TakenOver(held["settings"], held["catalogue"], held["articles"], left, draft)


def _demand_readable(sent: bytes, content: dict[str, Any]) -> None:
    """A file that no district can read would be found out only there, by people who cannot mend it."""
    try:
        package.read(sent)
    except Invalid as no:
        said = package.too_much(content, len(sent)) or no.sentence
        raise Invalid(Refusal("package.too_much", said, package.CLAUSE)) from no


def _chosen(parts, picks: Iterable[str]) -> dict[str, list[comparing.Row]]:
    """The picked rows that can be had now, by part."""
    picked, known = set(picks), {row.name for rows in parts.values() for row in rows}
    if not picked or picked - known:
        said = "选择的内容不在这份文件里，请重新检查文件。" if picked else "请至少选择一项要带入的内容。"
        raise Invalid(Refusal("package.picks", said, package.CLAUSE, "picks"))
    chosen = {part: [row for row in parts[part] if row.takes and row.name in picked] for part in comparing.TAKEN}
    if not any(chosen.values()):
        said = "选择的内容都已带入、与本区相同或本区不能接受，没有再带入一次。"
        raise NotNow(Refusal("package.nothing", said, package.CLAUSE, "picks"))
    return chosen


def _draft(district, read, rows, base, effective_on, act) -> EditionDraft:
    names = {row.key for row in rows}
    items = [item for item in read.content["catalogue"]["items"] if item["name"] in names]
    common = read.content["catalogue"]["common"] if comparing.COMMON in names else None
    where = read.district[:30]
    return begin_draft(
        district=district, title=f"参照{where}经验的目录草稿", source=f"{where} {read.day:%Y-%m-%d} 的配置包",
        issued_on=timezone.localdate(act["now"]), effective_on=effective_on,
        data=comparing.merged(base, items, common), **act,
    )  # fmt: skip


def _of(rows, name, key) -> dict:
    return next(row for row in rows if row[name] == key)


def _demand(district, by):
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区")
