"""The verbs of the task board. What a step says is its reason, so that the history reads by itself (001 附件 1-32)."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Organization
from audit import services as audit
from audit.services import promise
from indicators import months
from indicators.definitions import DEFINITIONS, model_tasks
from indicators.doors import TASKS
from indicators.lifecycle import HALF_YEARLY, NODES, OPEN, ROWS
from indicators.models import Task
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, demand_words

SOON = timedelta(days=30)
MORNING = time(9)
MOST = 400  # numbers of a board


def add_task(
    *, district: Organization, area: str, name: str, lead: str, partners: str = "", due_on: date | None = None,
    indicator: str = "", by: Actor, now: datetime, **seen,
) -> Task:  # fmt: skip
    """
    Put a task of one's own on the board; one that answers a weak indicator names it.

    :raises kernel.refusals.Refused: no name, nobody in the lead, a deadline that has passed, no such indicator
    """
    found = [
        Refusal(f"task.{field}", sentence, ROWS, field)
        for field, text, sentence in (
            ("name", name, "请填写评估指标，说明要做成什么。"),
            ("area", area, "请填写评估内容，说明属于哪一方面。"),
            ("lead", lead, "请填写牵头单位。"),
        )
        if not text.strip()
    ]
    if due_on and due_on < timezone.localdate(now):
        found.append(Refusal("task.due_on", "完成时限不应早于今天，请核对。", NODES, "due_on"))
    if indicator and indicator not in DEFINITIONS:
        found.append(Refusal("task.indicator", "没有这项指标，请从列表中选择。", ROWS, "indicator"))
    if found:
        raise Invalid(*found)
    row = Task(
        organisation=district, origin=Task.Origin.OWN, area=area.strip()[:60], name=name.strip()[:100],
        lead=lead.strip()[:200], partners=partners.strip()[:200], due_on=due_on,
        deadline_text=f"{due_on.year}年{due_on.month}月{due_on.day}日" if due_on else "持续推进", indicator=indicator,
        added_on=timezone.localdate(now),
    )  # fmt: skip
    inputs = {"name": name, "lead": lead, "due_on": due_on}
    return _add(row, district, by, now, inputs=inputs, **seen)


def adopt_model(*, district: Organization, by: Actor, now: datetime) -> list[Task]:
    """
    Take the 32 rows of the model plan onto the board, once. What was done before its deadline is not known here.

    :raises kernel.refusals.Refused: not this actor's board, or it stands there already
    """
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        if Task.objects.filter(organisation=district, origin=Task.Origin.MODEL).exists():
            raise NotNow(Refusal("task.adopted", "任务分工表已经在任务板上了。", ROWS))
        return [_add(_from_model(line, district, now), district, by, now) for line in model_tasks()]


def report(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Note how far a task is. :raises kernel.refusals.Refused: nothing is said"""
    demand_words(reason, "请写明任务的进展。", ROWS)
    return TASKS.take("report", task_id, by=by, now=now, reason=reason.strip()[:300], **seen)


def review(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Write the half-yearly review: what was found, what has to be pushed. Once for each half-year."""
    demand_words(reason, "请写明半年评估的结论、发现的问题和下一步要求。", HALF_YEARLY)
    half = months.last_half(timezone.localdate(now))

    def change(row, entry):
        if row.reviewed_half >= half:
            said = f"{months.half_in_words(half)}的评估已经登记，不用再登记一次。"
            raise NotNow(Refusal("task.reviewed", said, HALF_YEARLY, "reason"))
        row.reviewed_half = half
        entry.data["half"] = half

    return TASKS.take("review", task_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def reach(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Note that a stage is reached: the next deadline counts from here. The last one is reached by finishing."""
    demand_words(reason, "请写明这一阶段达成的凭据。", NODES)

    def change(row, entry):
        if not row.more_dates:
            said = "这项任务没有下一阶段，请直接「完成任务」。"
            raise NotNow(Refusal("task.last_stage", said, NODES, "reason"))
        entry.data["reached"] = row.due_on
        row.due_on, row.more_dates = row.more_dates[0], row.more_dates[1:]
        _remind(row)

    return TASKS.take("reach", task_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def move(*, task_id, due_on: date, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """
    Set another deadline, with the reason. It lies before the next stage that is still to come, if there is one.

    :raises kernel.refusals.Refused: it has passed, it reaches into the next stage, or nobody says why
    """
    demand_words(reason, "请写明为什么调整完成时限。", NODES)
    today = timezone.localdate(now)

    def change(row, entry):
        if due_on < today:
            raise Invalid(Refusal("task.due_on", "完成时限不应早于今天，请核对。", NODES, "due_on"))
        ahead = next((day for day in row.more_dates if day > today), None)
        if ahead and due_on >= ahead:
            said = f"下一阶段的时限是 {ahead:%Y-%m-%d}，请填写更早的日期。"
            raise Invalid(Refusal("task.due_on", said, NODES, "due_on"))
        entry.data.update({"from_day": row.due_on, "to_day": due_on})
        row.due_on = due_on
        _remind(row)

    return TASKS.take("move", task_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def finish(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Close a task with what shows that it is done (a document's number, a file's name, a figure)."""
    demand_words(reason, "请写明完成凭据：文件名称和文号、材料所在之处或数据。", ROWS)

    def change(row, entry):
        row.evidence, row.finished_on = reason.strip()[:300], timezone.localdate(now)

    return TASKS.take("finish", task_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def reopen(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Go on with a task that was called done; the history keeps what was shown for it."""
    demand_words(reason, "请写明为什么重新推进。", HALF_YEARLY)

    def change(row, entry):
        row.evidence, row.finished_on = "", None

    return TASKS.take("reopen", task_id, by=by, now=now, change=change, reason=reason.strip()[:300], **seen)


def drop(*, task_id, reason: str, by: Actor, now: datetime, **seen) -> Task:
    """Take a task off the board, with the reason."""
    demand_words(reason, "请写明为什么撤销这项任务。", NODES)
    return TASKS.take("drop", task_id, by=by, now=now, reason=reason.strip()[:300], **seen)


def note_soon(*, task_id, due_on: date, now: datetime) -> Task:
    """Say that a deadline is thirty days away. :raises kernel.refusals.NotNow: it has moved, or the task is over"""
    if due_on < timezone.localdate(now):
        raise NotNow(Refusal("task.moved_on", "这项任务的时限已过。", NODES))
    return _say(task_id, due_on, now, event="indicators.task_due_soon")


def note_late(*, task_id, due_on: date, now: datetime) -> Task:
    """Say that a deadline has passed. :raises kernel.refusals.NotNow: it has moved, or the task is over"""
    return _say(task_id, due_on, now, event="indicators.task_late")


def note_review_due(*, district_id: int, now: datetime) -> Organization:
    """Say that the half-year is over and its review is due (001 三(三)); the next one is promised."""
    district = Organization.objects.get(pk=district_id)
    half = months.last_half(timezone.localdate(now))
    with audit.recording(
        "indicators.review_due", target=district, by=system("tasks.review"), now=now, organisation_id=district.pk
    ) as entry:
        rows = Task.objects.filter(organisation=district, status__in=sorted(OPEN))
        entry.data.update({"half": half, "tasks": rows.exclude(reviewed_half__gte=half).count()})
        expect_review(district_id=district.pk, now=now)
    return district


def expect_review(*, district_id: int, now: datetime) -> None:
    """Promise the reminder of the morning after this half-year."""
    last = months.end_of_half(timezone.localdate(now))
    promise(
        kind="tasks.review", key=f"tasks.review:{district_id}:{months.half_of(last)}", object_id=district_id,
        due_at=_morning(last + timedelta(days=1)),
    )  # fmt: skip


def _add(row, district, by, now, **seen):
    """Let numbers be given one after another; the board begins to be reviewed with its first task."""

    def prepare(row, entry):
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        last = Task.objects.filter(organisation=district).aggregate(n=Max("number"))["n"] or 0
        row.number = row.number or last + 1
        if row.number > MOST:
            raise NotNow(Refusal("task.many", f"任务板最多 {MOST} 项，请先撤销不再需要的任务。", ROWS))

    def change(row, entry):
        _remind(row)
        expect_review(district_id=district.pk, now=now)

    return TASKS.create("add", row, by=by, now=now, prepare=prepare, change=change, **seen)


def _from_model(line, district, now):
    days = [_last_day(text) for text in line["due"]]
    return Task(
        organisation=district, number=0, origin=Task.Origin.MODEL, area=line["area"], name=line["name"],
        deadline_text=line["deadline"], due_on=days[0] if days else None, more_dates=days[1:], lead=line["lead"],
        partners=line["partners"], added_on=timezone.localdate(now),
    )  # fmt: skip


def _last_day(month: str) -> date:
    return months.after(date.fromisoformat(f"{month}-01")) - timedelta(days=1)


def _remind(row):
    if row.due_on is None:
        return
    seen = {"object_id": row.pk, "payload": {"due_on": row.due_on.isoformat()}}
    for kind, day in (("task.soon", row.due_on - SOON), ("task.late", row.due_on + timedelta(days=1))):
        promise(kind=kind, key=f"{kind}:{row.pk}:{row.due_on:%Y%m%d}", due_at=_morning(day), **seen)


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, MORNING))


def _say(task_id, due_on, now, *, event):
    with transaction.atomic():
        row = Task.objects.select_for_update(of=("self",), no_key=True).get(pk=task_id)
        if row.status not in OPEN or row.due_on != due_on:
            raise NotNow(Refusal("task.moved_on", "这项任务已有新的进展。", NODES))
        with audit.recording(event, target=row, by=system(event), now=now) as entry:
            entry.data["due_on"] = due_on
    return row
