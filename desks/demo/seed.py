"""Builds the whole demonstration in one transaction: it is there complete, or not at all."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Organization
from desks.demo import alliance, commission, goods, handover, nurses, reports, staff, stories, teaching
from desks.demo import district as places
from desks.demo.clock import Clock
from desks.demo.district import CENTRES, District
from desks.demo.people import People
from desks.demo.today import Today
from orders.lifecycle import OrderStatus, RequestStatus
from orders.models import Order, ServiceRequest
from patients.models import Patient

TODAYS = 27  # requests of today's work at the main centre
ONE_ELSEWHERE = 30  # of so many requests, one is about a visit of this hour at another centre
FEWEST = TODAYS + 1 + stories.FEWEST


class NotHere(Exception):
    """The demonstration may not be built here; the text says why."""


@dataclass(frozen=True)
class Census:
    """How many requests and orders stand in each status."""

    requests: dict[str, int]
    orders: dict[str, int]

    @classmethod
    def take(cls) -> "Census":
        return cls(_counted(ServiceRequest, RequestStatus), _counted(Order, OrderStatus))


def is_there() -> bool:
    return Patient.objects.filter(is_demo=True).exists()


def demand_allowed(*, requests: int, as_of: date | None, anywhere: bool = False) -> None:
    """
    Stop before anything is written where invented people must not be.

    :raises NotHere: not a demonstration, real people are on record, or the database is set up already
    """
    if not (settings.DEMO or anywhere):
        raise NotHere("演示数据只能写入演示环境（DEMO=true）。")
    if Patient.objects.filter(is_demo=False).exists():
        raise NotHere("数据库中已有真实的服务对象，不能写入演示数据。")
    if is_there():
        raise NotHere("演示数据已经写入，不需要重复。")
    if Organization.objects.exists():
        raise NotHere("数据库中已建有机构，请在空的数据库中写入演示数据。")
    if requests < FEWEST:
        raise NotHere(f"至少需要 {FEWEST} 份申请，才能出现每一种状态。")
    if as_of and as_of < date(2024, 9, 1):
        raise NotHere("日期太早：首批目录 2024 年 2 月起执行，请选择 2024-09-01 以后的日期。")


def build(
    *, seed: int, as_of: date | None, requests: int, now: datetime, say: Callable[[str], None], centres: int = CENTRES
) -> Census:
    """Build everything by the verbs that people use, and settle what those acts have left to be done."""
    clock = Clock.for_day(as_of, now)
    district = District(clock, People(seed, today=clock.today), seed, say)
    with transaction.atomic(), _whole(), _no_litter():
        _plan_in_haste()
        others = handover.calls_waiting()
        say("建立机构、目录、负面清单和文本")
        places.build(district, centres=centres)
        say("建立人员岗位")
        staff.hire(district)
        say("建立护士档案")
        nurses.hire(district)
        say("排班")
        nurses.plan_rosters(district)
        places.publish_rules(district)
        _let_the_planner_look()
        say("今天的工作")
        told = Today(district).tell(elsewhere=requests // ONE_ELSEWHERE)
        say("近两个月的申请和订单")
        stories.tell(district, requests - told)
        nurses.let_some_go(district)
        places.suspend_one(district)
        goods.fetch(district)
        say("科普文章、培训课程和风采展示")
        teaching.teach(district)
        say("线上咨询、会诊和转诊")
        alliance.work_together(district)
        say("指标、任务和合规检查")
        commission.reckon(district)
        say("办理到期事项")
        handover.drop_calls(since=others)
        with _in_parts():  # what moved on meanwhile is refused, and only that part is undone
            handover.do_what_fell_due(clock.now)
        say("投递事件和消息")
        handover.hand_over(clock.now)
        with _in_parts():  # what the delivered acts have promised, follow-ups and day counts, and what comes of that
            while handover.do_what_fell_due(clock.now):
                handover.hand_over(clock.now)
        say("工作报告和数据导出")
        reports.report(district)
        handover.hand_over(clock.now)
        handover.drop_calls(since=others)
        return Census.take()


@contextmanager
def _whole() -> Iterator[None]:
    """
    Let no verb set a savepoint of its own: nothing is refused while the past is written, and if it were, everything
    would be undone. Savepoints were four statements out of ten.
    """
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        connection.features.uses_savepoints = True


@contextmanager
def _in_parts() -> Iterator[None]:
    connection.features.uses_savepoints = True
    try:
        yield
    finally:
        connection.features.uses_savepoints = False


@contextmanager
def _no_litter() -> Iterator[None]:
    """Look for no unused memory meanwhile: everything that is made here goes at the end anyhow."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _plan_in_haste():
    """Join tables as they are written: to think of better orders took longer than to run the statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 1")


def _let_the_planner_look():
    """Tables filled in an open transaction have no statistics, and every plan would be a guess."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _counted(model, statuses) -> dict[str, int]:
    found = Counter(model.objects.order_by("pk").values_list("status", flat=True))
    return {status.label: found[status.value] for status in statuses}
