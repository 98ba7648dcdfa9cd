"""Plans for emergencies, working group, work plan, log of problems and experience, trial run: their only writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import AT_CENTRE, Role
from accounts.selectors import posts_in_force
from audit.services import recording
from institutions import access
from institutions.models import (
    EmergencyPlan,
    GroupMember,
    LogEntry,
    PlanContact,
    PlanStep,
    TrialRun,
    WorkTask,
)
from institutions.services._common import digest, lock, no_past, take
from kernel import identity
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal

EMERGENCY_CLAUSE = "002 五(九)1；004 三(八)"
PLAN_CLAUSE = "002 七(二)"
LOG_CLAUSE = "002 七(四)"
TRIAL_CLAUSE = "002 六(二)1"
MOST = 20  # contacts or steps of one plan


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of a call tree, in the order of the list."""

    duty: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One step of a plan, and its limit in minutes if it has one."""

    text: str
    within_minutes: int | None = None


def publish_emergency_plan(
    *, organisation: Organization, kind: str, text: str, contacts: Sequence[Contact], steps: Sequence[Measure],
    effective_on: date, by: Actor, now: datetime,
) -> EmergencyPlan:  # fmt: skip
    """
    Put the next version of a plan on file, with whom to call and what to do; earlier versions stay to be read.

    :raises Invalid: a plan without words, people or steps, or with a telephone that is none
    """
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=EMERGENCY_CLAUSE)
    reasons = _why_no_plan(kind, text, contacts, steps, timezone.localdate(now))
    if reasons:
        raise Invalid(*reasons)
    with transaction.atomic():
        lock(organisation)
        last = EmergencyPlan.objects.filter(organisation=organisation, kind=kind).aggregate(last=Max("version"))["last"]
        row = EmergencyPlan(
            organisation=organisation, kind=kind, version=(last or 0) + 1, text=text.strip(), sha256=digest(text),
            effective_on=effective_on, published_by_id=by.user_id, published_at=now,
        )  # fmt: skip
        with recording("institutions.emergency_plan_published", target=row, by=by, now=now) as entry:
            row.save()
            PlanContact.objects.bulk_create(
                PlanContact(plan=row, position=place, duty=one.duty.strip(), name=one.name.strip(), phone=one.phone)
                for place, one in enumerate(contacts, start=1)
            )
            PlanStep.objects.bulk_create(
                PlanStep(plan=row, position=place, text=one.text.strip(), within_minutes=one.within_minutes)
                for place, one in enumerate(steps, start=1)
            )
            entry.data.update(kind=kind, version=row.version, contacts=len(contacts), steps=len(steps))
    return row


def _why_no_plan(kind, text, contacts, steps, today) -> list[Refusal]:
    clause, found = EMERGENCY_CLAUSE, []
    if kind not in EmergencyPlan.Kind.values:
        found.append(Refusal("emergency.kind", "请在五类预案中选择一类。", clause, "kind"))
    if not text.strip():
        found.append(Refusal("emergency.text", "请填写预案正文。", clause, "text"))
    if not contacts:
        found.append(Refusal("emergency.contacts", "请至少填写一位联系人，按联系的先后排列。", clause, "contacts"))
    if not steps:
        found.append(Refusal("emergency.steps", "请至少填写一个处置步骤。", clause, "steps"))
    if len(contacts) > MOST or len(steps) > MOST:
        found.append(Refusal("emergency.long", f"联系人和步骤各不超过 {MOST} 条。", clause, "steps"))
    for place, one in enumerate(contacts, start=1):
        if not one.name.strip() or not one.duty.strip() or len(one.name) > 40 or len(one.duty) > 40:
            said = f"第 {place} 位联系人请写明职责和姓名，各不超过 40 个字。"
            found.append(Refusal("emergency.contact", said, clause, "contacts"))
        elif not any(identity.check(sort, one.phone, today=today).ok for sort in ("mobile", "landline")) and (
            one.phone not in {"120", "110", "119"}
        ):
            said = f"第 {place} 位联系人「{one.name}」的电话不正确，请核对。"
            found.append(Refusal("emergency.phone", said, clause, "contacts"))
    for place, step in enumerate(steps, start=1):
        limit = step.within_minutes
        if not step.text.strip() or len(step.text) > 120 or (limit is not None and not 1 <= limit <= 1440):
            said = f"第 {place} 个步骤请写明做什么，不超过 120 个字，时限在 1 到 1440 分钟之间。"
            found.append(Refusal("emergency.step", said, clause, "steps"))
    return found


def join_group(*, organisation: Organization, user: User, duty: str, by: Actor, now: datetime) -> GroupMember:
    """Put somebody of the staff into the working group, with a duty (002 七(二))."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=PLAN_CLAUSE)
    today = timezone.localdate(now)
    duty = _words(duty, 60, "duty", "请写明分工，不超过 60 个字。", PLAN_CLAUSE)
    _demand_staff(organisation, user, today, "user")
    row = GroupMember(organisation=organisation, user=user, duty=duty, since=today)
    try:
        with recording("institutions.group_joined", target=row, by=by, now=now):
            row.save()
    except IntegrityError as broken:
        raise NotNow(Refusal("group.there", f"{user}已在工作小组中。", PLAN_CLAUSE, "user")) from broken
    return row


def leave_group(*, member_id: int, by: Actor, now: datetime) -> GroupMember:
    """End somebody's place in the working group from today on."""
    with transaction.atomic():
        row = take(GroupMember, member_id, "这位小组成员")
        access.demand(by, row.organisation_id, Role.CENTRE_ADMIN, clause=PLAN_CLAUSE)
        if row.until:
            raise NotNow(Refusal("group.left", "这位成员已经退出工作小组。", PLAN_CLAUSE))
        with recording("institutions.group_left", target=row, by=by, now=now):
            row.until = timezone.localdate(now)
            row.save(update_fields=["until"])
    return row


def plan_task(
    *, organisation: Organization, title: str, steps: str, person: User, due_on: date, by: Actor, now: datetime
) -> WorkTask:
    """Write a task into the work plan: what, how, who, until when; the person must be of the staff."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=PLAN_CLAUSE)
    today = timezone.localdate(now)
    title = _words(title, 80, "title", "请写明工作内容，不超过 80 个字。", PLAN_CLAUSE)
    steps = _words(steps, 1000, "steps", "请写明步骤，不超过 1000 个字。", PLAN_CLAUSE)
    if due_on < today:
        raise Invalid(no_past("due_on"))
    _demand_staff(organisation, person, today, "person")
    row = WorkTask(
        organisation=organisation, title=title, steps=steps, person=person, due_on=due_on,
        planned_by_id=by.user_id, planned_at=now,
    )  # fmt: skip
    with recording("institutions.task_planned", target=row, by=by, now=now) as entry:
        row.save()
        entry.payload["user"] = person.pk
    return row


def finish_task(*, task_id: int, outcome: str, by: Actor, now: datetime) -> WorkTask:
    """Say that a task is done and what came of it: by the person named, or by the administrator."""
    with transaction.atomic():
        row = take(WorkTask, task_id, "这项任务")
        if by.user_id != row.person_id or row.organisation_id not in by.orgs_as(*AT_CENTRE):
            access.demand(by, row.organisation_id, Role.CENTRE_ADMIN, clause=PLAN_CLAUSE)
        if row.done_at:
            raise NotNow(Refusal("task.done", "这项任务已经完成，不需要再登记。", PLAN_CLAUSE))
        outcome = _words(outcome, 300, "outcome", "请写明完成情况，不超过 300 个字。", PLAN_CLAUSE)
        with recording("institutions.task_finished", target=row, by=by, now=now):
            row.done_at, row.done_by_id, row.outcome = now, by.user_id, outcome
            row.save(update_fields=["done_at", "done_by", "outcome"])
    return row


def write_log(*, organisation: Organization, kind: str, text: str, by: Actor, now: datetime) -> LogEntry:
    """Write down a problem or an experience; the commission reads it and answers problems."""
    access.demand_post(by, organisation.pk)
    if kind not in LogEntry.Kind.values:
        raise Invalid(Refusal("log.kind", "请选择问题或经验。", LOG_CLAUSE, "kind"))
    text = _words(text, 500, "text", "请写明内容，不超过 500 个字。", LOG_CLAUSE)
    row = LogEntry(organisation=organisation, kind=kind, text=text, written_by_id=by.user_id, written_at=now)
    with recording("institutions.log_written", target=row, by=by, now=now) as entry:
        row.save()
        entry.data["kind"] = kind
    return row


def answer_log(*, entry_id: int, answer: str, by: Actor, now: datetime) -> LogEntry:
    """Answer an entry once: the centre's administrator what was done, or the commission what is advised."""
    with transaction.atomic():
        row = take(LogEntry, entry_id, "这条记录")
        access.demand(by, row.organisation_id, Role.CENTRE_ADMIN, Role.SUPERVISOR, clause=LOG_CLAUSE)
        if row.answered_at:
            raise NotNow(Refusal("log.answered", "这条记录已经答复。", LOG_CLAUSE))
        answer = _words(answer, 500, "answer", "请写明答复，不超过 500 个字。", LOG_CLAUSE)
        with recording("institutions.log_answered", target=row, by=by, now=now):
            row.answer, row.answered_at, row.answered_by_id = answer, now, by.user_id
            row.save(update_fields=["answer", "answered_at", "answered_by"])
    return row


def begin_trial(*, organisation: Organization, by: Actor, now: datetime) -> TrialRun:
    """Let an institution serve on trial from today on: it takes on no more than the district's setting allows."""
    access.demand(by, organisation.pk, Role.SUPERVISOR, clause=TRIAL_CLAUSE)
    row = TrialRun(organisation=organisation, starts_on=timezone.localdate(now), begun_by_id=by.user_id, begun_at=now)
    try:
        with recording("institutions.trial_begun", target=row, by=by, now=now):
            row.save()
    except IntegrityError as broken:
        raise NotNow(Refusal("trial.running", f"{organisation}正在试运行。", TRIAL_CLAUSE)) from broken
    return row


def end_trial(*, organisation: Organization, verdict: str, by: Actor, now: datetime) -> TrialRun:
    """End the trial with a verdict: from now on the institution serves without that limit."""
    access.demand(by, organisation.pk, Role.SUPERVISOR, clause=TRIAL_CLAUSE)
    verdict = _words(verdict, 300, "verdict", "请写明转正意见，不超过 300 个字。", TRIAL_CLAUSE)
    with transaction.atomic():
        row = TrialRun.objects.select_for_update().filter(organisation=organisation, ended_at__isnull=True).first()
        if row is None:
            raise NotNow(Refusal("trial.none", f"{organisation}没有在试运行。", TRIAL_CLAUSE))
        with recording("institutions.trial_ended", target=row, by=by, now=now, reason=verdict):
            row.ends_on = max(timezone.localdate(now), row.starts_on)
            row.ended_at, row.ended_by_id, row.verdict = now, by.user_id, verdict
            row.save(update_fields=["ends_on", "ended_at", "ended_by", "verdict"])
    return row


def _words(text: str, limit: int, field: str, sentence: str, clause: str) -> str:
    text = text.strip()
    if not text or len(text) > limit:
        raise Invalid(Refusal(f"{field}.words", sentence, clause, field))
    return text


def _demand_staff(organisation: Organization, user: User, today: date, field: str) -> None:
    if not posts_in_force(on=today).filter(user=user, organisation=organisation).exists():
        raise Invalid(Refusal("staff.not_here", f"{user}不是本机构在岗人员，请另选一位。", PLAN_CLAUSE, field))
