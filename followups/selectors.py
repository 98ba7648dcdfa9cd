"""Reads of follow-ups, complete: no query per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    FloatField,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of
from clinical.models import VisitRecord
from followups import access, rules, starting
from followups.admission import HEAVY, HELPLESS, RISKS
from followups.lifecycle import (
    GREEN_OPEN,
    GREEN_WAITS,
    PLAN_LIVE,
    TASK_AHEAD,
    TASK_COUNTED,
    TASK_DONE,
    TASK_DUE,
    TASK_MISSED,
    TASK_OPEN,
)
from followups.models import (
    Answer,
    Discharge,
    FollowUp,
    FollowUpPlan,
    GreenCase,
    PlanTemplate,
    Questionnaire,
    WorkCalendarDay,
)
from kernel.actors import Actor
from kernel.refusals import hidden
from orders.access import orders_visible_to
from orders.models import Order
from patients import access as patients

GENERAL = "general"
# What the dispatcher's list may be narrowed to: its words, and which rows.
GROUPS: dict[str, tuple[str, frozenset]] = {
    "due": ("今日待随访", TASK_DUE),
    "overdue": ("逾期未做", TASK_MISSED),
    "coming": ("以后的", TASK_AHEAD),
    "done": ("已完成", TASK_DONE),
}
MOST_POINTS = 60
LATE_HOME = timedelta(days=90)
# Who is followed up before the others of the same day: what the hospital said, as ``admission.watched_for`` reads it.
WATCHED = Q(plan__discharge__grade_out__in=HEAVY) | Q(plan__discharge__self_care__lte=HELPLESS)
for _risk in RISKS:
    WATCHED |= Q(**{f"plan__discharge__{_risk}": True})


def tasks(*, actor: Actor, group: str) -> QuerySet[FollowUp]:
    """
    The follow-ups of one group of the list; what was done last comes first, else what is due first, and of one day
    those first of whom the hospital said that they need a closer watch.
    """
    rows = access.tasks_visible_to(actor).filter(status__in=sorted(GROUPS[group][1]))
    rows = rows.select_related("patient", "centre", "plan__template", "plan__discharge", "answer")
    if group == "done":
        return rows.order_by("-done_at", "pk")
    return rows.alias(later=Case(When(WATCHED, then=Value(0)), default=Value(1))).order_by("due_on", "later", "pk")


def home_from_hospital(*, actor: Actor, patient_id: UUID, on: date) -> list[Discharge]:
    """The last discharges of a patient, the latest first: what a doctor should know who assesses at home."""
    rows = access.discharges_visible_to(actor).filter(patient=patient_id, discharged_on__gt=on - LATE_HOME)
    return list(rows.order_by("-discharged_on", "-pk")[:2])


def sizes(*, actor: Actor) -> dict[str, int]:
    """How much stands in each group of the list."""
    counted = dict(access.tasks_visible_to(actor).values_list("status").annotate(n=Count("pk")).order_by())
    return {name: sum(counted.get(status, 0) for status in statuses) for name, (_, statuses) in GROUPS.items()}


@dataclass(frozen=True, slots=True)
class Rate:
    """How many follow-ups were due in a span of days, how many of them were done, how many in time."""

    due: int
    done: int
    in_time: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.done / self.due) if self.due else None


def rate(*, actor: Actor, first: date, last: date) -> Rate:
    """
    The follow-up rate: of what was due in these days, how much was done. Cancelled ones count in neither.

    A follow-up done on a later day than the last allowed one counts as done and not as in time.
    """
    rows = access.tasks_visible_to(actor).filter(due_on__range=(first, last), status__in=sorted(TASK_COUNTED))
    done = Q(status__in=sorted(TASK_DONE))
    return Rate(**rows.aggregate(
        due=Count("pk"), done=Count("pk", filter=done),
        in_time=Count("pk", filter=done & Q(done_at__date__lte=F("late_after"))),
    ))  # fmt: skip


def indicator_rows(start: datetime, end: datetime, now: datetime) -> QuerySet[FollowUp]:
    """
    The rows of the follow-up rate, as indicators list them: each follow-up that fell due in the span, by its centre,
    with the visit that it follows; it counts when it was done.
    """
    rows = FollowUp.objects.filter(due_on__range=_days(start, end), status__in=sorted(TASK_COUNTED))
    done = Case(When(status__in=sorted(TASK_DONE), then=Value(1.0)), default=Value(0.0), output_field=FloatField())
    visit = Coalesce("order__number", "plan__order__number")
    return rows.annotate(site=F("centre"), at=_midnight(F("due_on")), about=visit, amount=done)


def discharged_indicator_rows(start: datetime, end: datetime, now: datetime) -> QuerySet[FollowUpPlan]:
    """
    Plans of people who had come home from hospital with a follow-up that fell due in the span (003 附件-21); such a
    person counts when all that was due until its end was done.
    """
    first, last = _days(start, end)
    due = FollowUp.objects.filter(plan=OuterRef("pk"), due_on__lte=last, status__in=sorted(TASK_COUNTED)).order_by()
    here = due.filter(due_on__gte=first)
    begins = Subquery(here.values("plan").annotate(begins=Min("due_on")).values("begins"))
    left = Exists(due.exclude(status__in=sorted(TASK_DONE)))
    done = Case(When(left, then=Value(0.0)), default=Value(1.0), output_field=FloatField())
    rows = FollowUpPlan.objects.filter(Exists(here), discharge__isnull=False)
    return rows.annotate(site=F("centre"), at=_midnight(begins), about=F("order__number"), amount=done)


def _days(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last day of a half-open span."""
    return timezone.localdate(start), timezone.localdate(end) - timedelta(days=1)


def _midnight(day) -> Func:
    """The moment at which a day begins here."""
    return Func(
        day, template="((%(expressions)s)::timestamp AT TIME ZONE %(zone)s)", output_field=DateTimeField(),
        zone=f"'{timezone.get_current_timezone_name()}'",
    )  # fmt: skip


def task(*, actor: Actor, pk: int) -> FollowUp:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.tasks_visible_to(actor).select_related(
        "patient", "centre", "plan__template", "plan__discharge", "questionnaire", "answer__answered_by", "order"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise patients.out_of_sight(actor, FollowUp.objects.filter(pk=pk), "这次随访")
    return row


def plan(*, actor: Actor, pk: int) -> FollowUpPlan:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = access.plans_visible_to(actor).select_related("patient", "template").filter(pk=pk).first()
    if row is None:
        raise hidden("这份随访计划")
    return row


def of_family(*, actor: Actor) -> QuerySet[FollowUp]:
    """What the family is asked now, and then what was asked; the latest first."""
    rows = FollowUp.objects.filter(patient__in=patients.read_by_family(actor), status__in=sorted(TASK_COUNTED))
    return rows.select_related("patient", "plan__template").order_by("-due_on", "-pk")


def file_of(*, actor: Actor, patient_id: UUID) -> list[FollowUpPlan]:
    """A patient's follow-up file: its plans, the latest first, each with its follow-ups, answers and cases."""
    rows = access.plans_visible_to(actor).filter(patient=patient_id)
    found = list(
        rows.select_related("patient", "template", "discharge", "order", "centre")
        .prefetch_related("tasks__answer__green", "tasks__questionnaire", "tasks__answer__answered_by")
        .order_by("-pk")[:20]
    )
    if not found:
        raise hidden("这份随访档案")
    return found


def trends(plans: Iterable[FollowUpPlan]) -> list[dict]:
    """Each number that was asked more than once, with its values from the first to the last."""
    found: dict[str, dict] = {}
    answered = [task for plan in plans for task in plan.tasks.all() if hasattr(task, "answer")]
    for row in sorted(answered, key=lambda task: task.answer.answered_at):
        for question in row.questionnaire.questions:
            said = row.answer.answers.get(question["key"])
            if question["kind"] != "number" or said is None:
                continue
            level, _ = rules.judge([question], row.answer.answers)
            line = found.setdefault(question["key"], {"text": question["text"], "unit": question["unit"], "points": []})
            line["points"].append({"at": row.answer.answered_at, "value": said, "level": level})
    return [{**line, "points": line["points"][-MOST_POINTS:]} for line in found.values() if len(line["points"]) > 1]


def answered(row: Answer, questions: Iterable[Mapping]) -> list[dict]:
    """The questions of an answer with what was said, and how it reads."""
    said = {finding["key"]: finding for finding in row.findings}
    return [
        {
            "text": question["text"],
            "said": rules.in_words(question, row.answers[question["key"]]) if question["key"] in row.answers else "",
            "level": said.get(question["key"], {}).get("level", ""),
        }
        for question in questions
    ]


def unplanned(*, actor: Actor, since: date) -> QuerySet[Order]:
    """Visits whose nurse asked for a follow-up, and which have no plan: nothing asked for is forgotten."""
    rows = orders_visible_to(actor).filter(
        visit_record__next_step=VisitRecord.Next.FOLLOW_UP, finished_at__date__gte=since, follow_up_plans=None
    )
    return rows.select_related("patient", "centre").order_by("-finished_at")


def running(patient_id: UUID) -> dict[str, FollowUpPlan]:
    """The plans that are under way for a patient, by the code of their template; there is one of a kind."""
    rows = FollowUpPlan.objects.filter(patient=patient_id, status__in=sorted(PLAN_LIVE)).select_related("template")
    return {row.code: row for row in rows.order_by("pk")}


def running_instead(order: Order) -> list[FollowUpPlan]:
    """The plans under way which another visit or a discharge began, and which stand for those this visit asks for."""
    live = running(order.patient_id)
    found = [live[template.code] for template in templates_for(order) if template.code in live]
    return [plan for plan in found if plan.order_id != order.pk]


def in_words(plan: FollowUpPlan) -> str:
    """A plan that is under way, as a sentence names it: its title, since when, and the next follow-up."""
    ahead = plan.tasks.filter(status__in=sorted(TASK_OPEN)).order_by("due_on", "pk").values_list("due_on", flat=True)
    following, since = ahead.first(), plan.starts_on
    said = f"，下一次随访在{following.month}月{following.day}日" if following else ""
    return f"「{plan.template.title}」随访计划从{since.month}月{since.day}日起正在进行{said}"


def templates_in_use(centre: Organization) -> list[PlanTemplate]:
    """The newest version of each template; a centre's own stands before its district's of the same code."""
    return [row for row in _newest(PlanTemplate, centre) if row.in_use]


def own_template(*, owner: Organization, pk: int) -> PlanTemplate:
    """:raises kernel.refusals.Hidden: not there, another place's, or no longer in use"""
    found = [row for row in templates_in_use(owner) if row.pk == pk and row.owner_id == owner.pk]
    if not found:
        raise hidden("这份随访模板")
    return found[0]


def questionnaires(centre: Organization) -> list[Questionnaire]:
    """The newest version of each questionnaire; a centre's own stands before its district's of the same code."""
    return _newest(Questionnaire, centre)


def offered_templates(centre: Organization) -> list[PlanTemplate]:
    """The templates in use; before anything is published, those that come with the platform (unsaved)."""
    names = ("code", "title", "condition", "items", "steps")
    return templates_in_use(centre) or [
        PlanTemplate(**{name: one[name] for name in names}) for one in starting.read()["templates"]
    ]


def _newest(model, centre):
    owners = {centre.pk, district_of(centre).pk}
    newest: dict[str, object] = {}
    for row in model.objects.filter(owner__in=owners).order_by("code", "version"):
        known = newest.get(row.code)
        if known is None or row.owner_id == known.owner_id or row.owner_id == centre.pk:
            newest[row.code] = row
    return list(newest.values())


def templates_for(order: Order) -> list[PlanTemplate]:
    """The templates of an order's items; where no template names one of them, the general one."""
    mine = set(order.lines.values_list("item__number", flat=True))
    known = templates_in_use(order.centre)
    return [row for row in known if mine & set(row.items)] or [row for row in known if row.code == GENERAL]


def green_cases(*, actor: Actor) -> QuerySet[GreenCase]:
    """The cases of the green channel, open ones first, the oldest of them on top."""
    rows = access.green_visible_to(actor).select_related("patient", "centre", "doctor", "answer__follow_up")
    return rows.annotate(closed=Q(closed_at__isnull=False)).order_by("closed", "due_at", "pk")


def green_case(*, actor: Actor, pk: int) -> GreenCase:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.green_visible_to(actor).select_related(
        "patient", "centre", "doctor", "answer__follow_up", "answer__questionnaire", "answer__answered_by", "request"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise hidden("这条绿色通道")
    return row


def green_open_count(*, actor: Actor) -> int:
    return access.green_visible_to(actor).filter(status__in=sorted(GREEN_OPEN)).count()


def green_is_late(row: GreenCase, now) -> bool:
    return row.status in GREEN_WAITS and row.due_at <= now


def calendar(district: Organization, first: date, last: date) -> QuerySet[WorkCalendarDay]:
    """The days that the commission has set in a span, with who set them."""
    rows = WorkCalendarDay.objects.filter(district=district, day__range=(first, last))
    return rows.select_related("set_by").order_by("day")


def calendar_day(*, district: Organization, pk: int) -> WorkCalendarDay:
    """:raises kernel.refusals.Hidden: not there, or another district's"""
    row = WorkCalendarDay.objects.filter(district=district, pk=pk).first()
    if row is None:
        raise hidden("这一天")
    return row
