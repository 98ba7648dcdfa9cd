"""A finding's way: given to somebody with a deadline, put right, looked at again, closed (002 六(二)2)."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.selectors import district_of, posts_in_force
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Unmet, demand_words
from supervision import asking
from supervision.checks import CHECKS
from supervision.doors import FINDINGS
from supervision.lifecycle import CLOSURE
from supervision.models import Finding

LONGEST = timedelta(days=90)


def register(
    *, kind: str, source: str, key: str, organisation, words: str, clause: str, due_on: date, order=None, by: Actor,
    now: datetime, **seen,
) -> Finding:  # fmt: skip
    """
    Register what a person has found: at a sample, a visit, a walk.

    :raises kernel.refusals.Refused: no words, an impossible deadline, not this actor's institution
    """
    _demand_text(words, "请写明发现的问题。", "words")
    _demand_deadline(due_on, now)
    row = Finding(
        kind=kind, source=source, key=key, organisation=organisation, order=order, words=words.strip(), clause=clause,
        since=now, opened_at=now, due_on=due_on,
    )  # fmt: skip
    return FINDINGS.create("open", row, by=by, now=now, inputs={"key": key, "words": words}, **seen)


def assign(*, finding_id: int, owner_id: int | None, due_on: date | None, by: Actor, now: datetime, **seen) -> Finding:
    """
    Give a finding to somebody of its institution, until when.

    :raises kernel.refusals.Refused: nobody chosen, not of this institution, an impossible deadline
    """
    _demand_deadline(due_on, now)

    def change(row, entry):
        held = posts_in_force(on=timezone.localdate(now)).filter(organisation=row.organisation_id, user=owner_id)
        if owner_id is None or not held.exists():
            raise Invalid(Refusal("finding.owner", "请在本机构在岗人员中选择整改责任人。", CLOSURE, field="owner"))
        row.owner = User.objects.get(pk=owner_id)
        row.due_on = due_on
        entry.data.update({"owner": owner_id, "due_on": due_on})

    inputs = {"owner": owner_id, "due_on": due_on}
    return FINDINGS.take("assign", finding_id, by=by, now=now, change=change, inputs=inputs, **seen)


def rectify(*, finding_id: int, measures: str, by: Actor, now: datetime, **seen) -> Finding:
    """Report what was done about it. :raises kernel.refusals.Refused: no words"""
    _demand_text(measures, "请写明采取的整改措施。", "measures")

    def change(row, entry):
        row.measures = measures.strip()

    return FINDINGS.take("rectify", finding_id, by=by, now=now, change=change, inputs={"measures": measures}, **seen)


def pass_finding(*, finding_id: int, reason: str = "", by: Actor, now: datetime, **seen) -> Finding:
    """
    Close a finding after looking again.

    :raises kernel.refusals.Unmet: the check that found it finds it still
    """

    def change(row, entry):
        if still := still_found(row, now):
            raise Unmet(Refusal("finding.still_there", f"检查仍然发现这个问题：{still}。", row.clause))
        row.closed_at = now

    return FINDINGS.take("pass", finding_id, by=by, now=now, change=change, reason=reason.strip(), **seen)


def send_back(*, finding_id: int, reason: str, by: Actor, now: datetime, **seen) -> Finding:
    """Ask for more. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明退回的原因，机构会看到。", CLOSURE)
    return FINDINGS.take(
        "send_back", finding_id, by=by, now=now, reason=reason.strip(), inputs={"reason": reason}, **seen
    )


def excuse(*, finding_id: int, reason: str, by: Actor, now: datetime, **seen) -> Finding:
    """Close what cannot be undone, with the commission's reason. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明结案的理由，机构会看到。", CLOSURE)

    def change(row, entry):
        row.closed_at = now

    return FINDINGS.take(
        "excuse", finding_id, by=by, now=now, change=change, reason=reason.strip(), inputs={"reason": reason}, **seen
    )


def still_found(row: Finding, now: datetime) -> str:
    """What the check says of this finding's thing now; nothing where it says nothing, or where people found it."""
    check = CHECKS.get(row.source)
    if check is None:
        return ""
    found = asking.rows(check, district_of(row.organisation), now)
    return next((one.words for one in found if one.key == row.key), "")


def _demand_text(text: str, sentence: str, field: str) -> None:
    if not text.strip():
        raise Invalid(Refusal(f"finding.{field}", sentence, CLOSURE, field=field))
    if len(text.strip()) > 300:
        raise Invalid(Refusal(f"finding.{field}", "请控制在 300 字以内。", CLOSURE, field=field))


def _demand_deadline(due_on: date | None, now: datetime) -> None:
    today = timezone.localdate(now)
    if due_on is None or not today <= due_on <= today + LONGEST:
        said = f"整改期限请在今天以后、{LONGEST.days} 天以内选择。"
        raise Invalid(Refusal("finding.due_on", said, CLOSURE, field="due_on"))
