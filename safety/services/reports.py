"""
Complaints, reports and suggestions: taken in within hours, answered within days, closed by whoever was not content.

To the centre, or past it to the commission; from the centre's answer, too, the way leads up (004 五(三)).
"""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of
from audit.numbers import next_number
from audit.services import Entry, promise
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, demand_words
from orders.models import Order
from safety.doors import REPORTS
from safety.lifecycle import LAWFUL, WATCH
from safety.models import Report


def file_report(
    *, to_commission: bool, accused: Organization | None, kind: str, words: str, order: Order | None = None, by: Actor,
    now: datetime, **seen,
) -> Report:  # fmt: skip
    """
    Say what was wrong, or what could be better.

    :raises kernel.refusals.Invalid: nothing said, or nobody to say it to
    """
    faults = []
    if kind not in Report.Kind.values:
        faults.append(Refusal("report.kind", "请选择类别。", WATCH, field="kind"))
    if len(words.strip()) < 4:
        faults.append(Refusal("report.words", "请写明情况：什么时候、谁、做了什么。", WATCH, field="words"))
    handler = _commission(accused) if to_commission or accused is None else accused
    if handler is None:
        faults.append(Refusal("report.nobody", "目前没有可以受理的机构，请拨打 12345 反映。", WATCH))
    if faults or handler is None:
        raise Invalid(*faults)
    row = Report(
        number=next_number("J", now=now), organisation=handler, accused=accused, order=order,
        filed_by_id=by.account, filed_at=now, kind=kind, words=words.strip()[:500],
    )  # fmt: skip
    _set_clocks(row, now)

    def prepare(row: Report, entry: Entry) -> None:
        entry.data["kind"] = kind

    inputs = {"kind": kind, "words": words, "to": handler.pk}
    return REPORTS.create("file", row, by=by, now=now, prepare=prepare, inputs=inputs, **seen)


def accept_report(*, report_id: int, by: Actor, now: datetime, **seen) -> Report:
    """Say that one looks into it."""

    def change(row: Report, entry: Entry) -> None:
        _demand_no_party(row, by)
        row.accepted_at = now

    return REPORTS.take("accept", report_id, by=by, now=now, change=change, **seen)


def answer_report(*, report_id: int, answer: str, by: Actor, now: datetime, **seen) -> Report:
    """Say what was found and what was done about it."""
    demand_words(answer, "请写明调查结果和处理情况，反映人会看到。", LAWFUL)

    def change(row: Report, entry: Entry) -> None:
        _demand_no_party(row, by)
        row.answer, row.answered_at, row.answered_by_id = answer.strip()[:500], now, by.user_id
        days = institutions.settings_of(row.organisation, timezone.localdate(now))["report.agree_days"]
        version = row.version + 1
        promise(
            kind="report.close", key=f"report.close:{row.pk}:{version}", object_id=row.pk,
            due_at=now + timedelta(days=days), payload={"version": version},
        )  # fmt: skip

    return REPORTS.take("answer", report_id, by=by, now=now, change=change, inputs={"answer": answer}, **seen)


def agree_report(*, report_id: int, by: Actor, now: datetime, **seen) -> Report:
    """Be content with the answer."""
    return REPORTS.take("agree", report_id, by=by, now=now, **seen)


def carry_report_up(*, report_id: int, words: str, by: Actor, now: datetime, **seen) -> Report:
    """Take it past the centre to the commission, with the centre's answer and why it does not do."""
    demand_words(words, "请写明对答复哪里不满意。", WATCH)

    def change(row: Report, entry: Entry) -> None:
        row.organisation = _commission(row.accused) or row.organisation
        row.why_unsatisfied, row.accepted_at = words.strip()[:300], None
        _set_clocks(row, now)

    return REPORTS.take("carry_up", report_id, by=by, now=now, change=change, inputs={"words": words}, **seen)


def withdraw_report(*, report_id: int, by: Actor, now: datetime, **seen) -> Report:
    """Take back what was said."""
    return REPORTS.take("withdraw", report_id, by=by, now=now, **seen)


def close_report(*, report_id: int, version: int, now: datetime) -> Report:
    """Let it end when nobody has objected to the answer for its time."""
    return REPORTS.take(
        "close", report_id, by=system("report.close"), now=now, version=version, reason="期限内没有异议"
    )


def _commission(accused: Organization | None) -> Organization | None:
    if accused is not None:
        return district_of(accused)
    return Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk").first()


def _set_clocks(row: Report, now: datetime) -> None:
    settings = institutions.settings_of(row.organisation, timezone.localdate(now))
    row.accept_by = now + timedelta(hours=settings["report.accept_hours"])
    row.answer_by = now + timedelta(days=settings["report.answer_days"])


def _demand_no_party(row: Report, by: Actor) -> None:
    if row.filed_by_id == by.user_id:
        raise Invalid(Refusal("report.party", "这件事由您提出，请由另一位同事办理。", LAWFUL))
