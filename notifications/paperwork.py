"""Reports that wait for a judge, exports that wait for a yes: who hears of them. What they say stands on their page."""

from accounts.models import Organization
from accounts.roles import Role
from notifications.subjects import in_post
from notifications.words import Word
from reporting.lifecycle import TO_DECIDE
from reporting.models import Export, Summary

Row = Summary | Export


def _is_centres(row: Row) -> bool:
    return row.organisation.kind != Organization.Kind.COMMISSION


def _above(row: Row) -> set[int]:
    """Whoever supervises at the commission of this institution, which may be itself."""
    place = row.organisation
    line = {place.pk, place.parent_id, place.parent.parent_id if place.parent else None}
    return {user for one in line for user in in_post(one, Role.SUPERVISOR)}


def judges(row: Summary) -> set[int]:
    return _above(row)


def writer_at_centre(row: Summary) -> set[int]:
    return {row.submitted_by_id} if _is_centres(row) else set()


def writer_above(row: Summary) -> set[int]:
    return set() if _is_centres(row) else {row.submitted_by_id}


def deciders_at_centre(row: Export) -> set[int]:
    """Who may say yes where the table is from; of one that needs no yes nobody is told."""
    if row.status not in TO_DECIDE or not _is_centres(row):
        return set()
    return in_post(row.organisation_id, Role.CENTRE_ADMIN) - {row.asked_by_id}


def deciders_above(row: Export) -> set[int]:
    """The commission, for its own tables and where a centre has nobody else."""
    return set() if row.status not in TO_DECIDE or deciders_at_centre(row) else _above(row)


def asker_at_centre(row: Export) -> set[int]:
    return {row.asked_by_id} if _is_centres(row) else set()


def asker_above(row: Export) -> set[int]:
    return set() if _is_centres(row) else {row.asked_by_id}


CENTRE, OVER = "/centre/summaries/{row}/", "/oversight/summaries/{row}/"
CENTRE_TABLE, OVER_TABLE = "/centre/exports/{row}/", "/oversight/exports/{row}/"

WORDS: dict[str, tuple[Word, ...]] = {
    "reporting.summary_submitted": (
        Word(judges, "oversight.summary_submitted", "有工作报告待审核", "{place}提交了「{title}」，请打开审核。", OVER),
    ),
    "reporting.summary_accepted": (
        Word(writer_at_centre, "centre.summary_accepted", "工作报告已通过", "您提交的「{title}」已审核通过。", CENTRE),
        Word(writer_above, "oversight.summary_accepted", "工作报告已通过", "您提交的「{title}」已审核通过。", OVER),
    ),
    "reporting.summary_returned": (
        Word(writer_at_centre, "centre.summary_returned", "工作报告退回修改",
             "您提交的「{title}」退回修改，请打开查看原因。", CENTRE),
        Word(writer_above, "oversight.summary_returned", "工作报告退回修改",
             "您提交的「{title}」退回修改，请打开查看原因。", OVER),
    ),
    "reporting.export_asked": (
        Word(deciders_at_centre, "centre.export_asked", "有数据导出待同意",
             "有人申请导出「{title}」，请打开核对用途后答复。", CENTRE_TABLE),
        Word(deciders_above, "oversight.export_asked", "有数据导出待同意",
             "{place}有人申请导出「{title}」，请打开核对用途后答复。", OVER_TABLE),
    ),
    "reporting.export_approved": (
        Word(asker_at_centre, "centre.export_approved", "可以下载了",
             "您申请导出的「{title}」已同意，请按期下载。", CENTRE_TABLE),
        Word(asker_above, "oversight.export_approved", "可以下载了",
             "您申请导出的「{title}」已同意，请按期下载。", OVER_TABLE),
    ),
    "reporting.export_refused": (
        Word(asker_at_centre, "centre.export_refused", "导出未同意",
             "您申请导出的「{title}」未获同意，请打开查看原因。", CENTRE_TABLE),
        Word(asker_above, "oversight.export_refused", "导出未同意",
             "您申请导出的「{title}」未获同意，请打开查看原因。", OVER_TABLE),
    ),
}  # fmt: skip
