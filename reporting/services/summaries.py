"""A report's way: begun with the figures of the moment, written, handed in, judged by another, shown to everybody."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone

from accounts.models import Organization
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Unmet, demand_words
from reporting import access, figures, kinds, rules
from reporting.doors import SUMMARIES
from reporting.lifecycle import RESULTS, SUMMARY, SUMMING_UP
from reporting.models import Summary, SummaryVersion


def begin(
    *, organisation: Organization, kind: str, first: date | None, last: date | None = None, by: Actor, now: datetime,
    **seen,
) -> Summary:  # fmt: skip
    """
    Begin a report: its figures are reckoned, and its text begins with words that hold them.

    :raises kernel.refusals.Refused: not in this institution's name, no such report, impossible days, begun before
    """
    access.demand_author(by, organisation, what="这家机构的工作报告")
    at_commission = organisation.kind == Organization.Kind.COMMISSION
    today = timezone.localdate(now)
    found = rules.report(kind, by_commission=at_commission, first=first, last=last, today=today)
    if found or first is None:
        raise Invalid(*found)
    first, last = kinds.span(kind, first, last or first)
    counted = figures.reckoned(organisation=organisation, first=first, last=last, now=now)
    row = Summary(
        organisation=organisation, kind=kind, first=first, last=last, begun_by_id=by.account, figures=counted,
        title=kinds.called(kind, organisation.name, first, last), reckoned_at=now,
        sections=kinds.beginnings(kind, figures.said(counted, min(last, today))),
    )  # fmt: skip
    inputs = {"organisation": organisation.pk, "kind": kind, "first": first, "last": last}
    return SUMMARIES.create("begin", row, by=by, now=now, inputs=inputs, **seen)


def write(*, summary_id: int, sections: Mapping[str, str], by: Actor, now: datetime, **seen) -> Summary:
    """Keep the text as it is so far. :raises kernel.refusals.Refused: not this actor's, or a part is too long"""

    def change(row, entry):
        _demand_writer(row, by, "write")
        _put(row, sections)

    return SUMMARIES.take("write", summary_id, by=by, now=now, change=change, inputs={"sections": sections}, **seen)


def reckon(*, summary_id: int, by: Actor, now: datetime, **seen) -> Summary:
    """Take the figures anew, as they stand now. The text is left as it is."""

    def change(row, entry):
        _demand_writer(row, by, "reckon")
        fresh = figures.reckoned(organisation=row.organisation, first=row.first, last=row.last, now=now)
        entry.data["differences"] = len(figures.differences(row.figures, fresh))
        row.figures, row.reckoned_at = fresh, now

    return SUMMARIES.take("reckon", summary_id, by=by, now=now, change=change, **seen)


def submit(*, summary_id: int, sections: Mapping[str, str] | None = None, by: Actor, now: datetime, **seen) -> Summary:
    """
    Hand a report in: from here on this text and these figures stand as a version of their own.

    :raises kernel.refusals.Refused: not this actor's, or a part is not written
    """

    def change(row, entry):
        _demand_writer(row, by, "submit")
        if sections is not None:
            _put(row, sections)
        if found := rules.unwritten(row.kind, row.sections):
            raise Invalid(*found)
        row.edition += 1
        row.submitted_by_id, row.submitted_at = by.account, now
        row.decided_by, row.decided_at, row.opinion = None, None, ""
        kept = SummaryVersion.objects.create(
            summary=row, number=row.edition, figures=row.figures, reckoned_at=row.reckoned_at, sections=row.sections,
            sha256=_digest(row), submitted_by_id=by.account, submitted_at=now,
        )  # fmt: skip
        entry.data.update({"edition": kept.number, "sha256": kept.sha256})

    inputs = {"sections": sections}
    return SUMMARIES.take("submit", summary_id, by=by, now=now, change=change, inputs=inputs, **seen)


def take_back(*, summary_id: int, by: Actor, now: datetime, **seen) -> Summary:
    """Go on writing what nobody has judged yet. The version that was handed in stays."""

    def change(row, entry):
        _demand_writer(row, by, "take_back")

    return SUMMARIES.take("take_back", summary_id, by=by, now=now, change=change, **seen)


def accept(*, summary_id: int, reason: str = "", by: Actor, now: datetime, **seen) -> Summary:
    """Agree to a report. :raises kernel.refusals.Unmet: whoever handed it in does not judge it"""
    change = _judged(reason, by, now)
    return SUMMARIES.take("accept", summary_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def return_for_changes(*, summary_id: int, reason: str, by: Actor, now: datetime, **seen) -> Summary:
    """Send a report back with what is to be changed. :raises kernel.refusals.Refused: nobody says what"""
    demand_words(reason, "请写明需要修改的地方，编写单位会看到。", SUMMING_UP)
    change = _judged(reason, by, now)
    return SUMMARIES.take("return", summary_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def revise(*, summary_id: int, reason: str, by: Actor, now: datetime, **seen) -> Summary:
    """Write a report that was agreed to once more; it is handed in and judged as a new version."""
    demand_words(reason, "请写明为什么修订。", SUMMING_UP)

    def change(row, entry):
        _demand_writer(row, by, "revise")

    return SUMMARIES.take("revise", summary_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def publish(*, summary_id: int, by: Actor, now: datetime, **seen) -> Summary:
    """Show a report to everybody. :raises kernel.refusals.Unmet: it is of no kind that is shown"""

    def change(row, entry):
        at_commission = row.organisation.kind == Organization.Kind.COMMISSION
        if no := rules.may_be_public(row.kind, at_commission):
            raise Unmet(no)
        row.published_at = now
        entry.data["edition"] = row.edition

    return SUMMARIES.take("publish", summary_id, by=by, now=now, change=change, **seen)


def retract(*, summary_id: int, reason: str, by: Actor, now: datetime, **seen) -> Summary:
    """Take a report off the public page, with the reason."""
    demand_words(reason, "请写明为什么撤下。", RESULTS)

    def change(row, entry):
        row.published_at = None

    return SUMMARIES.take("retract", summary_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def _demand_writer(row: Summary, by: Actor, verb: str) -> None:
    """Whoever oversees a centre sees its report, and changes nothing of it."""
    if row.organisation_id not in by.orgs_as(*access.authors(row.organisation)):
        said = f"「{SUMMARY[verb].label}」由编写单位办理，不在您的权限内。"
        raise NotYours(Refusal("summary.not_author", said, SUMMING_UP))


def _put(row: Summary, sections: Mapping[str, str]) -> None:
    said = {one.key: sections.get(one.key, row.sections.get(one.key, "")).strip()
            for one in kinds.OUTLINES[row.kind].sections}  # fmt: skip
    if found := rules.texts(row.kind, said):
        raise Invalid(*found)
    row.sections = said


def _judged(reason: str, by: Actor, now: datetime):
    def change(row, entry):
        if no := rules.judge_is_another(row.submitted_by_id, by.user_id):
            raise Unmet(no)
        row.decided_by_id, row.decided_at, row.opinion = by.account, now, reason.strip()[:300]
        entry.data["edition"] = row.edition

    return change


def _digest(row: Summary) -> str:
    """Of what a reader sees: title, figures and text."""
    said = {"title": row.title, "figures": row.figures, "sections": row.sections}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
