"""An export's way: asked for with a purpose, agreed to by another where it matters, fetched for some days, wiped."""

import hashlib
import json
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import Organization
from accounts.sealed import keyring
from accounts.selectors import members_of_district
from audit.numbers import next_number
from audit.services import promise
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, demand_words
from reporting import access, files, rules
from reporting.datasets import DATASETS, Asked
from reporting.doors import EXPORTS
from reporting.lifecycle import LEAKS, ExportStatus
from reporting.models import Export

TO_DECIDE_IN = timedelta(days=7)
CLEANER = system("reporting.expire")


def ask(
    *, organisation: Organization, dataset: str, first: date | None, last: date | None, plain: bool = False,
    purpose: str, by: Actor, now: datetime, **seen,
) -> Export:  # fmt: skip
    """
    Ask for a table. What shows nobody's name and is short may be fetched at once, all else waits for another person.

    :raises kernel.refusals.Refused: not this actor's data, no purpose, impossible days, nothing or too much to take
    """
    access.demand_author(by, organisation, what="这家机构的数据")
    found = _judged(organisation, dataset, first, last, purpose, now)
    if found or first is None or last is None:
        raise Invalid(*found)
    chosen = institutions.settings_of(organisation, timezone.localdate(now))
    table = _table(organisation, dataset, first, last, plain, chosen["export.most_lines"])
    lines, meant = len(table) - 1, DATASETS[dataset]
    plain = plain and bool(meant.hides)
    why = rules.why_another(plain=plain, hides=meant.hides, lines=lines, alone=chosen["export.alone_lines"])
    text = json.dumps(table, ensure_ascii=False)
    hours = timedelta(hours=chosen["export.hours"])
    row = Export(
        organisation=organisation, dataset=dataset, first=first, last=last, plain=plain,
        purpose=purpose.strip(), lines=lines, sha256=hashlib.sha256(text.encode()).hexdigest(), why_asked=why,
        asked_by_id=by.account, asked_at=now, until=now + (TO_DECIDE_IN if why else hours),
    )  # fmt: skip

    def prepare(row, entry):
        row.number = next_number("E", now=now)
        row.sealed = keyring().seal(text, about=_about(row))
        entry.data.update({"number": row.number, "dataset": dataset, "lines": lines, "plain": plain, "why": why})

    def change(row, entry):
        _promise_end(row)

    inputs = {"organisation": organisation.pk, "dataset": dataset, "first": first, "last": last, "plain": plain}
    return EXPORTS.create(
        "ask", row, by=by, now=now, prepare=prepare, change=change, reason=purpose.strip(), inputs=inputs,
        to=ExportStatus.ASKED if why else ExportStatus.READY, **seen,
    )  # fmt: skip


def approve(*, export_id: int, reason: str = "", by: Actor, now: datetime, **seen) -> Export:
    """Agree that somebody else takes the table away; from here its time runs. :raises Unmet: one's own asking"""

    def change(row, entry):
        _decide(row, reason, by, now)
        hours = institutions.settings_of(row.organisation, timezone.localdate(now))["export.hours"]
        row.until = now + timedelta(hours=hours)
        _promise_end(row)

    return EXPORTS.take("approve", export_id, by=by, now=now, change=change, reason=reason.strip()[:200], **seen)


def refuse(*, export_id: int, reason: str, by: Actor, now: datetime, **seen) -> Export:
    """Say no, and why; the table is wiped. :raises kernel.refusals.Refused: no reason, or one's own asking"""
    demand_words(reason, "请写明不同意的原因，申请人会看到。", LEAKS)

    def change(row, entry):
        _decide(row, reason, by, now)
        row.sealed = None

    return EXPORTS.take("refuse", export_id, by=by, now=now, change=change, reason=reason.strip()[:200], **seen)


def withdraw(*, export_id: int, by: Actor, now: datetime, **seen) -> Export:
    """Take an asking back, or end what is no longer needed; the table is wiped."""

    def change(row, entry):
        _demand_asker(row, by)
        row.sealed = None

    return EXPORTS.take("withdraw", export_id, by=by, now=now, change=change, **seen)


def fetch(*, export_id: int, form: str, by: Actor, now: datetime) -> files.File:
    """
    Take the table away as a file that names who, when and what for. Each time is an act of its own.

    :raises kernel.refusals.Refused: somebody else's, not agreed to, or its time is over
    """
    if form not in files.WRITERS:
        raise Invalid(Refusal("export.form", "请选择 CSV 或 Excel 格式。", LEAKS, "form"))
    made: list[files.File] = []

    def change(row, entry):
        _demand_asker(row, by)
        if row.until <= now:
            raise NotNow(Refusal("export.late", "这份导出已到期，请重新申请。", LEAKS))
        table = json.loads(keyring().open(row.sealed, about=_about(row)))
        row.fetched, row.fetched_at = row.fetched + 1, now
        file = files.WRITERS[form](table, _mark(row, by, now))
        made.append(file)
        digest = hashlib.sha256(file.content).hexdigest()
        entry.data.update({"number": row.number, "form": form, "sha256": digest, "lines": row.lines})

    EXPORTS.take("fetch", export_id, by=by, now=now, change=change)
    return made[0]


def expire(*, export_id: int, now: datetime) -> Export:
    """Wipe what nobody agreed to, or fetched, in time. :raises kernel.refusals.NotNow: time is left, or it is over"""

    def change(row, entry):
        if row.until > now:
            raise NotNow(Refusal("export.time_left", "这份导出还没有到期。", LEAKS))
        row.sealed = None

    return EXPORTS.take("expire", export_id, by=CLEANER, now=now, change=change)


def _judged(organisation, dataset, first, last, purpose, now) -> list[Refusal]:
    """Every reason why this cannot be asked for."""
    found = []
    meant = DATASETS.get(dataset)
    if meant is None or not (meant.for_centres or organisation.kind == Organization.Kind.COMMISSION):
        found.append(Refusal("export.dataset", "请选择要导出的数据。", LEAKS, "dataset"))
    today = timezone.localdate(now)
    found += rules.days(first, last, today, longest=rules.LONGEST_EXPORT, clause=LEAKS)
    if len(purpose.strip()) < 4:
        found.append(Refusal("export.purpose", "请写明用途，例如「向市质控中心报送三季度数据」。", LEAKS, "purpose"))
    elif len(purpose.strip()) > rules.PURPOSE:
        found.append(Refusal("export.purpose", f"用途请控制在 {rules.PURPOSE} 字以内。", LEAKS, "purpose"))
    return found


def _table(organisation, dataset, first, last, plain, most) -> list[list[str]]:
    places = [organisation.pk]
    if organisation.kind == Organization.Kind.COMMISSION:
        places = list(members_of_district(root_id=organisation.pk).values_list("pk", flat=True))
    table = DATASETS[dataset].table(Asked(organisation, places, first, last, plain, most))
    lines = len(table) - 1
    if lines < 1:
        raise Invalid(Refusal("export.empty", "这段时间没有数据，请调整日期。", LEAKS, "last"))
    if lines > most:
        said = f"超过一次导出的上限 {most} 行，请缩短日期后分几次申请。"
        raise Invalid(Refusal("export.too_many", said, LEAKS, "last"))
    return table


def _about(row: Export) -> str:
    return f"reporting_export:{row.number}:sealed"


def _promise_end(row: Export) -> None:
    key = f"export.expire:{row.pk}:{row.until:%Y%m%d%H%M%S}"
    promise(kind="export.expire", key=key, object_id=row.pk, due_at=row.until)


def _decide(row: Export, reason: str, by: Actor, now: datetime) -> None:
    if no := rules.decider_is_another(row.asked_by_id, by.user_id):
        raise Unmet(no)
    if row.until <= now:
        raise NotNow(Refusal("export.late", "这份申请已到期，请申请人重新申请。", LEAKS))
    row.decided_by_id, row.decided_at, row.opinion = by.account, now, reason.strip()[:200]


def _demand_asker(row: Export, by: Actor) -> None:
    if no := rules.fetched_by_asker(row.asked_by_id, by.user_id):
        raise NotYours(no)


def _mark(row: Export, by: Actor, now: datetime) -> files.Mark:
    meant = DATASETS[row.dataset]
    agreed = f"{row.decided_by.display_name}同意（{row.why_asked}）" if row.decided_by else "无需他人同意"
    hidden = "没有" if row.plain or not meant.hides else meant.hides
    span = f"{row.organisation.name}，{row.first} 至 {row.last}（{meant.by_day}）"
    return files.Mark(
        number=row.number, title=meant.label, span=span,
        who=by.name, at=now, purpose=row.purpose, agreed=agreed, hidden=hidden, lines=row.lines, sha256=row.sha256,
    )  # fmt: skip
