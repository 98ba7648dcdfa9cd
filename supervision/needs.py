"""What must already hold before a step of supervision: nothing, or the reason in plain words."""

from catalog import publishing
from kernel.refusals import Refusal

EDITION, LED = "002 五(五)", "002 四"


def sheet_filled(tour) -> Refusal | None:
    if tour.sheet.scored_at:
        return None
    return Refusal("tour.sheet", "请先提交这次督导的评分表，再作出评估。", LED)


def experts_agree(draft) -> Refusal | None:
    """Needs, risk, feasibility and setting are appraised before an item is admitted, and not by one voice."""
    notes = [note for note in draft.notes.all() if note.recorded_at >= draft.edited_at]
    if not any(note.agrees for note in notes):
        sentence = "最近一次修改项目之后，还没有专家同意的论证意见，请先登记专家意见。"
        return Refusal("draft.experts", sentence, EDITION)
    if against := [note.expert for note in notes if note.verdict == note.Verdict.AGAINST]:
        return Refusal("draft.against", f"专家{'、'.join(against)}不同意，请修改后请其重新论证。", EDITION)
    return None


def data_fit(draft) -> Refusal | None:
    return next(iter(publishing.contradictions(draft.data)), None)
