"""
Findings, key tasks, reports and exports as the subject of messages: whoever has to put something right, to judge or to
agree hears of it, and of its deadline.

What was found is read on its page alone; a message names the place and the day.
"""

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.models import Outbox
from indicators.models import Task
from notifications import paperwork, services
from notifications.services import Letter
from notifications.subjects import in_post, said_day, taker
from notifications.words import Word
from reporting.models import Export, Summary
from supervision.models import Finding, FindingStep

Row = Finding | Task | Summary | Export | Organization


def heads(row: Row) -> set[int]:
    """Whoever administers the institution that the finding is about."""
    return in_post(row.organisation_id, Role.CENTRE_ADMIN)


def owner_at_the_desk(row: Row) -> set[int]:
    """Whom the finding was given to, where that person has the page of findings."""
    return {row.owner_id} & heads(row)


def owner_elsewhere(row: Row) -> set[int]:
    """Whom it was given to and who has no such page: the centre's administrator reports what was done."""
    return {row.owner_id} - heads(row) - {None}


def watchers(row: Row) -> set[int]:
    """Whoever supervises at the commission above."""
    line = Organization.objects.filter(pk=row.organisation_id).values_list("parent", "parent__parent")
    above = {pk for places in line for pk in places if pk}
    return {user for place in above for user in in_post(place, Role.SUPERVISOR)}


def board(row: Row) -> set[int]:
    """Whoever keeps the task board of the district."""
    place = row.pk if isinstance(row, Organization) else row.organisation_id
    return in_post(place, Role.SUPERVISOR, Role.QC_INSPECTOR)


CENTRE, OVER, TASKS = "/centre/findings/{row}/", "/oversight/findings/{row}/", "/oversight/tasks/{row}/"
TO_REPORT = "请落实整改并告知中心管理员。"

WORDS: dict[str, tuple[Word, ...]] = {
    "supervision.finding_assigned": (
        Word(owner_at_the_desk, "centre.finding_given", "有监管问题请您整改",
             "一个监管问题分派给您整改，期限{day}，请打开查看。", CENTRE),
        Word(owner_elsewhere, "staff.finding_given", "有监管问题请您整改",
             f"一个监管问题分派给您整改，期限{{day}}，{TO_REPORT}", "/messages/"),
    ),
    "supervision.finding_sent_back": (
        Word(heads, "centre.finding_sent_back", "整改被退回",
             "一个监管问题的整改被退回，期限{day}，请打开查看原因。", CENTRE),
        Word(owner_elsewhere, "staff.finding_sent_back", "整改被退回",
             f"分派给您的监管问题整改被退回，期限{{day}}，{TO_REPORT}", "/messages/"),
    ),
    "supervision.finding_due_soon": (
        Word(heads, "centre.finding_soon", "整改期限快到了",
             "一个监管问题的整改期限是{day}，请按期整改并报告。", CENTRE),
        Word(owner_elsewhere, "staff.finding_soon", "整改期限快到了",
             f"分派给您的监管问题整改期限是{{day}}，{TO_REPORT}", "/messages/"),
    ),
    "supervision.finding_late": (
        Word(heads, "centre.finding_late", "整改超过期限",
             "一个监管问题的整改期限{day}已过，请马上整改并报告。", CENTRE),
        Word(owner_elsewhere, "staff.finding_late", "整改超过期限",
             f"分派给您的监管问题整改期限{{day}}已过，{TO_REPORT}", "/messages/"),
        Word(watchers, "oversight.finding_late", "有监管问题超过整改期限",
             "{place}有一个监管问题的整改期限{day}已过，请督促。", OVER),
    ),
    "indicators.task_due_soon": (
        Word(board, "oversight.task_soon", "重点任务快到时限",
             "重点任务第 {number} 项的时限是{day}，请督促牵头单位。", TASKS),
    ),
    "indicators.task_late": (
        Word(board, "oversight.task_late", "重点任务超过时限",
             "重点任务第 {number} 项的时限{day}已过，请督促牵头单位或调整时限。", TASKS),
    ),
    "indicators.task_moved": (
        Word(board, "oversight.task_moved", "重点任务调整了时限",
             "重点任务第 {number} 项的时限调整为{day}，请打开查看原因。", TASKS),
    ),
    "indicators.review_due": (
        Word(board, "oversight.task_review", "半年评估到期",
             "上半年或下半年已经结束，请在任务板上登记各项任务的半年评估。", "/oversight/tasks/"),
    ),
    **paperwork.WORDS,
}  # fmt: skip


def tell(event: Outbox) -> None:
    """Write one message to each person concerned, except to the one who acted; again does no harm."""
    row = _row(event)
    if row is None:
        return
    himself, facts = _doer(row, event), _facts(row)
    letters = [
        Letter(person, word.template, word.title, word.text.format(**facts), word.link.format(row=row.pk))
        for word in WORDS[event.event_type]
        for person in sorted(word.to(row) - {himself})
    ]
    services.tell(
        event=event.event_type, event_id=event.pk, letters=letters,
        organisation_id=row.pk if isinstance(row, Organization) else row.organisation_id, patient_id=None,
        now=timezone.now(),
    )  # fmt: skip


def _row(event: Outbox) -> Row | None:
    for model in (Finding, Task, Summary, Export, Organization):
        if event.object_type == model._meta.label_lower:
            rows = model._default_manager.filter(pk=event.object_id)
            return rows.first() if model is Organization else rows.select_related("organisation__parent").first()
    return None


def _facts(row: Row) -> dict[str, str]:
    if isinstance(row, Organization):
        return {}
    if isinstance(row, Summary | Export):
        title = row.title if isinstance(row, Summary) else row.get_dataset_display()
        return {"title": title, "place": row.organisation.short_name}
    day = said_day(row.due_on.isoformat()) if row.due_on else "还没有定"
    return {"day": day, "place": row.organisation.short_name, "number": str(getattr(row, "number", ""))}


def _doer(row: Row, event: Outbox) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    if isinstance(row, Organization):
        return None
    steps = FindingStep.objects.filter(finding=row) if isinstance(row, Finding) else row.steps.all()
    return taker(steps, event.payload)
