"""
Findings, the lead hospital's visits, key tasks, reports and exports as the subject of messages: whoever has to put
something right, to judge or to agree hears of it, and of its deadline.

What was found is read on its page alone; a message names the place and the day.
"""

from datetime import datetime

from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Organization
from accounts.roles import Role
from audit.models import Outbox
from indicators.models import Task
from notifications import paperwork, services
from notifications.services import Letter
from notifications.subjects import in_post, said_day, taker
from notifications.words import Word
from reporting.models import Export, Summary
from supervision.lifecycle import UNGIVEN
from supervision.models import Finding, FindingStep, Tour

Row = Finding | Tour | Task | Summary | Export | Organization


def heads(row: Row) -> set[int]:
    """Whoever administers the institution that the finding is about."""
    return in_post(row.organisation_id, Role.CENTRE_ADMIN)


def owner_at_the_desk(row: Row) -> set[int]:
    """Whom the finding was given to, where that person has the page of findings."""
    return {row.owner_id} & heads(row)


def owner_elsewhere(row: Row) -> set[int]:
    """Whom it was given to and who has no such page: the centre's administrator reports what was done."""
    return {row.owner_id} - heads(row) - {None}


def heads_once(row: Row) -> set[int]:
    """Whoever administers the institution, once for all that one sheet has led to; checks have their own word."""
    if row.kind == Finding.Kind.CHECK:
        return set()
    at_once = Finding.objects.filter(organisation=row.organisation_id, source=row.source, opened_at=row.opened_at)
    return set() if at_once.filter(pk__lt=row.pk).exists() else heads(row)


def watchers(row: Row) -> set[int]:
    """Whoever supervises at the commission above."""
    return accounts.in_post(Role.SUPERVISOR, at=_above(row), on=timezone.localdate())


def recheckers(row: Row) -> set[int]:
    """Whoever supervises above, and the quality inspector who has found it: they look again."""
    inspectors = accounts.in_post(Role.QC_INSPECTOR, at=_above(row), on=timezone.localdate())
    return watchers(row) | ({_opening(row).taken_by_id} & inspectors)


def recheckers_of_the_lead(row: Row) -> set[int]:
    """The lead hospital's reviewers look again where it is they who have found it."""
    if _opening(row).role != Role.REVIEWER:
        return set()
    return accounts.in_post(Role.REVIEWER, at=_above(row), on=timezone.localdate())


def _opening(row: Row) -> FindingStep:
    return FindingStep.objects.filter(finding=row.pk).earliest("pk")


def _above(row: Row) -> set[int]:
    line = Organization.objects.filter(pk=row.organisation_id).values_list("parent", "parent__parent")
    return {pk for places in line for pk in places if pk}


def visitors(row: Row) -> set[int]:
    """Whoever reviews at the hospital that planned the visit."""
    return in_post(row.hospital_id, Role.REVIEWER)


def board(row: Row) -> set[int]:
    """Whoever keeps the task board of the district."""
    place = row.pk if isinstance(row, Organization) else row.organisation_id
    return in_post(place, Role.SUPERVISOR, Role.QC_INSPECTOR)


CENTRE, OVER, TASKS = "/centre/findings/{row}/", "/oversight/findings/{row}/", "/oversight/tasks/{row}/"
LEAD, TO_GIVE, TOURS = "/review/findings/{row}/", "/centre/findings/?state=opened", "/review/quality/tours/{row}/"
TO_REPORT = "请落实整改并告知中心管理员。"

WORDS: dict[str, tuple[Word, ...]] = {
    "supervision.finding_opened": (
        Word(heads_once, "centre.finding_opened", "有监管问题请您安排整改",
             "督导、质控或走查登记了需要整改的问题，整改期限{day}，请您打开查看并安排整改。", TO_GIVE),
    ),
    "supervision.finding_assigned": (
        Word(owner_at_the_desk, "centre.finding_given", "有监管问题请您整改",
             "一个监管问题分派给您整改，期限{day}，请打开查看。", CENTRE),
        Word(owner_elsewhere, "staff.finding_given", "有监管问题请您整改",
             f"一个监管问题分派给您整改，期限{{day}}，{TO_REPORT}", "/messages/"),
    ),
    "supervision.finding_rectified": (
        Word(recheckers, "oversight.finding_reported", "有监管问题待复核",
             "{place}报告了一个监管问题的整改，整改期限{day}，请打开复核。", OVER),
        Word(recheckers_of_the_lead, "review.finding_reported", "有监管问题待复核",
             "{place}报告了一个监管问题的整改，整改期限{day}，请打开复核。", LEAD),
    ),
    "supervision.finding_waits": (
        Word(recheckers, "oversight.finding_waits", "有监管问题还在待复核",
             "{place}已报告一个监管问题的整改，整改期限{day}，还在待复核，请尽快打开复核。", OVER),
        Word(recheckers_of_the_lead, "review.finding_waits", "有监管问题还在待复核",
             "{place}已报告一个监管问题的整改，整改期限{day}，还在待复核，请尽快打开复核。", LEAD),
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
    "supervision.tour_due_soon": (
        Word(visitors, "review.tour_soon", "督导日期快到了", "对{place}的督导计划在{day}，请您做好准备。", TOURS),
    ),
    "supervision.tour_late": (
        Word(visitors, "review.tour_late", "督导超过计划日期",
             "对{place}的督导计划日期{day}已过，请您登记督导记录或者改期。", TOURS),
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

BY_CHECKS = Word(
    heads, "centre.findings_by_checks", "合规检查发现新的问题",
    "合规检查发现了需要整改的问题，请您打开查看，按期限安排整改。", TO_GIVE,
)  # fmt: skip


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


def tell_of_run(event: Outbox) -> None:
    """Tell each administrator once that the checks have found something new, however much one run has found."""
    if "at" not in event.payload:
        return
    news = FindingStep.objects.filter(
        taken_at=datetime.fromisoformat(event.payload["at"]), to_status__in=sorted(UNGIVEN),
        finding__kind=Finding.Kind.CHECK,
        finding__organisation__in=accounts.members_of_district(root_id=event.object_id).values("pk"),
    )  # fmt: skip
    places = set(news.values_list("finding__organisation", flat=True))
    services.tell(
        event=event.event_type, event_id=event.pk,
        letters=[
            Letter(person, BY_CHECKS.template, BY_CHECKS.title, BY_CHECKS.text, BY_CHECKS.link)
            for person in sorted(accounts.in_post(Role.CENTRE_ADMIN, at=places, on=timezone.localdate()))
        ],
        organisation_id=int(event.object_id), patient_id=None, now=timezone.now(),
    )  # fmt: skip


def _row(event: Outbox) -> Row | None:
    for model in (Finding, Tour, Task, Summary, Export, Organization):
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
    on = row.planned_on if isinstance(row, Tour) else row.due_on
    day = said_day(on.isoformat()) if on else "还没有定"
    return {"day": day, "place": row.organisation.short_name, "number": str(getattr(row, "number", ""))}


def _doer(row: Row, event: Outbox) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    if isinstance(row, Organization):
        return None
    steps = FindingStep.objects.filter(finding=row) if isinstance(row, Finding) else row.steps.all()
    return taker(steps, event.payload)
