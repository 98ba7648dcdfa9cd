"""What this app does when something is due, and what the trace learns of it."""

from datetime import date, time

from supervision.lifecycle import (
    CHANGE,
    DRAFT,
    FINDING,
    TOUR,
    ChangeStatus,
    DraftStatus,
    FindingStatus,
    TourStatus,
)

MORNING = time(9)


def subscribe_all() -> None:
    from audit.subscribers import every_day, when_due

    when_due("supervision.check", run_checks)
    every_day("findings.look", MORNING)
    when_due("findings.look", look_at_deadlines)
    when_due("finding.soon", finding_soon)
    when_due("finding.late", finding_late)
    when_due("finding.waits", finding_waits)
    every_day("tours.look", MORNING)
    when_due("tours.look", look_at_tours)
    when_due("tour.soon", tour_soon)
    when_due("tour.late", tour_late)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what our steps mean, and which of our rows belong to an order."""
    from orders import rowwords, trace
    from supervision.models import Finding

    rowwords.learn("supervision.findingstep", FINDING, FindingStatus)
    rowwords.COLUMNS.setdefault("opened_at", "发现时间")
    trace.ACTIONS.update({step.event: f"{step.label}（监管问题）" for step in FINDING.steps})
    for model, table, statuses, what in (
        ("supervision.tourstep", TOUR, TourStatus, "督导"),
        ("supervision.settingchangestep", CHANGE, ChangeStatus, "区级设置"),
        ("supervision.editiondraftstep", DRAFT, DraftStatus, "项目目录"),
    ):
        rowwords.learn(model, table, statuses)
        trace.ACTIONS.update({step.event: f"{step.label}（{what}）" for step in table.steps})
    trace.ACTIONS.update(ACTIONS)
    trace.belongs(Finding)


ACTIONS = {
    "supervision.checks_asked": "要求立即合规检查",
    "supervision.checks_run": "合规检查",
    "supervision.finding_due_soon": "提醒整改期限快到",
    "supervision.finding_late": "整改超过期限",
    "supervision.finding_waits": "提醒复核整改",
    "supervision.tour_due_soon": "提醒督导日期快到",
    "supervision.tour_late": "督导超过计划日期",
    "supervision.inspector_ended": "结束质控备案",
    "supervision.inspector_filed": "质控备案",
    "supervision.package_exported": "导出配置包",
    "supervision.package_taken_over": "带入其他区的配置包",
    "supervision.sample_drawn": "质控抽样",
    "supervision.sheet_scored": "提交评分表",
    "supervision.quality_group_ended": "撤销质控组织登记",
    "supervision.quality_group_filed": "登记质控组织",
    "supervision.walk_begun": "开始走查",
    "supervision.looked": "查看监管问题或评分表",
}


def run_checks(due, now):
    from supervision import services

    services.run_checks(district_id=int(due.object_id), now=now)


def look_at_deadlines(due, now):
    from supervision.services import deadlines

    deadlines.look_at_deadlines(now=now)


def finding_soon(due, now):
    from supervision.services import deadlines

    deadlines.note_finding_soon(finding_id=int(due.object_id), due_on=_day(due, "due_on"), now=now)


def finding_late(due, now):
    from supervision.services import deadlines

    deadlines.note_finding_late(finding_id=int(due.object_id), due_on=_day(due, "due_on"), now=now)


def finding_waits(due, now):
    from supervision.services import deadlines

    deadlines.note_finding_waits(finding_id=int(due.object_id), version=due.payload["version"], now=now)


def look_at_tours(due, now):
    from supervision.services import deadlines

    deadlines.look_at_tours(now=now)


def tour_soon(due, now):
    from supervision.services import deadlines

    deadlines.note_tour_soon(tour_id=int(due.object_id), planned_on=_day(due, "planned_on"), now=now)


def tour_late(due, now):
    from supervision.services import deadlines

    deadlines.note_tour_late(tour_id=int(due.object_id), planned_on=_day(due, "planned_on"), now=now)


def _day(due, name) -> date:
    return date.fromisoformat(due.payload[name])
