"""The lead hospital's visits: planned for its own alliance, held and recorded, assessed (002 四)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, demand_words, hidden
from supervision.doors import TOURS
from supervision.lifecycle import LED, TO_HOLD
from supervision.models import QualityGroup, ScoreSheet, Tour
from supervision.scoring import GUIDED

WEEK = timedelta(days=7)
MOST_IN_A_ROUND = 60
GROUPS = "001 二(四)17"
GRADES = ((90, Tour.Grade.EXCELLENT), (80, Tour.Grade.GOOD), (60, Tour.Grade.FAIR), (0, Tour.Grade.POOR))


def plan_tour(*, centre: Organization, planned_on: date, focus: str = "", by: Actor, now: datetime) -> ScoreSheet:
    """
    Plan the lead hospital's visit to one of its centres, and lay out the sheet to be filled there (002 七(三)).

    :raises kernel.refusals.Refused: not a centre of this hospital, a day that has gone by
    """
    if centre.pk not in by.orgs_as(Role.REVIEWER):
        raise hidden("这家中心")
    _demand_coming(planned_on, now, "planned_on")
    with transaction.atomic():
        return _plan(centre, planned_on, focus.strip(), by, now).sheet


def plan_round(
    *, centres: Sequence[Organization], planned_on: date, times: int, months: int, focus: str = "", by: Actor,
    now: datetime,
) -> list[Tour]:  # fmt: skip
    """
    Plan a year's visits to these centres: one a week, and the whole round again every so many months.

    :raises kernel.refusals.Refused: somebody else's centre, too many at once, a day that has gone by
    """
    mine = by.orgs_as(Role.REVIEWER)
    if not centres or any(one.pk not in mine for one in centres):
        raise hidden("这家中心")
    _demand_coming(planned_on, now, "planned_on")
    if not 1 <= times <= 12 or not 1 <= months <= 12 or times * len(centres) > MOST_IN_A_ROUND:
        sentence = f"一次最多列入 {MOST_IN_A_ROUND} 次督导，请减少次数后再试。"
        raise Invalid(Refusal("tour.times", sentence, LED, "times"))
    days = [_later(planned_on, months * again) + WEEK * n for again in range(times) for n in range(len(centres))]
    with transaction.atomic():
        rounds = zip(days, [*centres] * times, strict=True)
        return [_plan(centre, day, focus.strip(), by, now) for day, centre in rounds]


def move_tour(*, tour_id: int, planned_on: date, reason: str, by: Actor, now: datetime, **seen) -> Tour:
    """Hold the visit on another day. :raises kernel.refusals.Refused: no reason, a day that has gone by"""
    demand_words(reason, "请写明改期的原因。", LED)
    _demand_coming(planned_on, now, "planned_on")

    def change(row, entry):
        entry.data.update({"was": row.planned_on, "planned_on": planned_on})
        row.planned_on = row.sheet.planned_on = planned_on
        row.sheet.save(update_fields=["planned_on"])

    inputs = {"planned_on": planned_on}
    return TOURS.take("move", tour_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


def record_tour(
    *, tour_id: int, visited_on: date, visitors: str, met: str, guidance: str, by: Actor, now: datetime, **seen
) -> Tour:
    """
    Record that the visit was held: when, by whom, with whom, and what was shown and advised. Until the assessment it
    may be written anew.

    :raises kernel.refusals.Refused: a day to come, something is missing
    """
    found = []
    if visited_on > timezone.localdate(now):
        found.append(Refusal("tour.visited", "督导日期请选择今天或以前。", LED, "visited_on"))
    said = {"visitors": (visitors, "督导人员"), "met": (met, "中心参加人员"), "guidance": (guidance, "现场指导的内容")}
    found += [
        Refusal("tour.words", f"请填写{label}。", LED, name)
        for name, (words, label) in said.items()
        if not words.strip()
    ]
    if found:
        raise Invalid(*found)

    def change(row, entry):
        row.visited_on = visited_on
        row.visitors, row.met, row.guidance = visitors.strip(), met.strip(), guidance.strip()
        entry.data["visited_on"] = visited_on

    inputs = {"visited_on": visited_on, "guidance": guidance}
    return TOURS.take("record", tour_id, by=by, now=now, change=change, inputs=inputs, **seen)


def evaluate_tour(
    *, tour_id: int, conclusion: str, next_on: date | None = None, by: Actor, now: datetime, **seen
) -> Tour:
    """
    Assess the centre after the visit. The grade follows from the sheet, so nobody is graded by favour. The next visit,
    where a day is named, is planned with it, unless one is planned for that day.

    :raises kernel.refusals.Refused: the sheet is not filled, no words, a next day that has gone by
    """
    if not conclusion.strip():
        raise Invalid(Refusal("tour.conclusion", "请填写评估意见。", LED, "conclusion"))
    if next_on is not None and next_on <= timezone.localdate(now):
        raise Invalid(Refusal("tour.next", "下次督导日期请选择明天或以后。", LED, "next_on"))

    def change(row, entry):
        row.grade, row.conclusion, row.next_on = grade_of(row.sheet.total), conclusion.strip(), next_on
        entry.data.update({"grade": row.grade, "total": row.sheet.total, "next_on": next_on})
        if next_on is not None and not _planned(row.organisation, next_on).exists():
            _plan(row.organisation, next_on, "", by, now)

    inputs = {"conclusion": conclusion, "next_on": next_on}
    return TOURS.take("evaluate", tour_id, by=by, now=now, change=change, inputs=inputs, **seen)


def cancel_tour(*, tour_id: int, reason: str, by: Actor, now: datetime, **seen) -> Tour:
    """Call a visit off; its sheet is no longer to be filled. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明取消的原因。", LED)
    return TOURS.take("cancel", tour_id, by=by, now=now, reason=reason, **seen)


def grade_of(total: int) -> str:
    return next(grade for least, grade in GRADES if total >= least)


def file_quality_group(
    *, district: Organization, level: str, name: str, unit: str, head: str, phone: str, duties: str, paper: str,
    starts_on: date, by: Actor, now: datetime,
) -> QualityGroup:  # fmt: skip
    """
    Put one organisation of the three levels of quality control on file.

    :raises kernel.refusals.Refused: not this actor's district, something is missing, on file already
    """
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区")
    found = []
    if level not in QualityGroup.Level.values:
        found.append(Refusal("group.level", "请选择市级、片区级或区级。", GROUPS, "level"))
    texts = {"name": name, "unit": unit, "head": head, "phone": phone, "duties": duties, "paper": paper}
    labels = {column.name: column.verbose_name for column in QualityGroup._meta.concrete_fields}
    for column, words in texts.items():
        if not words.strip():
            label = labels[column]
            found.append(Refusal("group.words", f"请填写{label}。", GROUPS, column))
    if found:
        raise Invalid(*found)
    with transaction.atomic():
        # Two who file the same one wait for each other here.
        Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=district.pk)
        known = {"district": district, "level": level, "name": name.strip(), "ends_on__isnull": True}
        if QualityGroup.objects.filter(**known).exists():
            raise Invalid(Refusal("group.known", "这个质控组织已经登记。", GROUPS, "name"))
        row = QualityGroup(
            district=district, level=level, starts_on=starts_on, recorded_by_id=by.user_id, recorded_at=now,
            **{column: words.strip() for column, words in texts.items()},
        )  # fmt: skip
        with recording("supervision.quality_group_filed", target=row, by=by, now=now, organisation_id=district.pk):
            row.save(force_insert=True)
    return row


def end_quality_group(*, group_id: int, by: Actor, now: datetime) -> QualityGroup:
    """Take a group off the file today. :raises kernel.refusals.Refused: not there, not this actor's, ended before"""
    with transaction.atomic():
        row = QualityGroup.objects.select_for_update(of=("self",)).filter(pk=group_id).first()
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise hidden("这个质控组织")
        if row.ends_on is not None:
            raise NotNow(Refusal("group.ended", "这个质控组织已经撤销。", GROUPS))
        with recording("supervision.quality_group_ended", target=row, by=by, now=now, organisation_id=row.district_id):
            row.ends_on = max(row.starts_on, timezone.localdate(now))
            row.save(update_fields=["ends_on"])
    return row


def _planned(centre, day):
    return Tour.objects.filter(organisation=centre, planned_on=day, status__in=sorted(TO_HOLD))


def _plan(centre, planned_on, focus, by, now) -> Tour:
    sheet = ScoreSheet(
        kind=ScoreSheet.Kind.TOUR, organisation=centre, planned_on=planned_on, planned_by_id=by.user_id
    )  # fmt: skip
    row = Tour(organisation=centre, hospital_id=centre.parent_id, planned_on=planned_on, focus=focus)

    def prepare(row, entry):
        sheet.save(force_insert=True)
        row.sheet = sheet

    return TOURS.create("plan", row, by=by, now=now, prepare=prepare)


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def _demand_coming(day, now, field):
    if day < timezone.localdate(now):
        raise Invalid(Refusal("tour.day", "督导日期请选择今天或以后。", GUIDED, field))
