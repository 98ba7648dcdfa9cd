"""
What can be taken away as a table: which rows, for whose places, under which head. Reads only, a few queries each.

Names are masked and free text is left out unless the asker wants it plain, which another person has to agree to.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Avg, Count, Min
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from indicators import workload
from indicators.definitions import DEFINITIONS
from indicators.models import Snapshot
from kernel.actors import Actor
from kernel.identity import mask_name
from orders.days import beginning
from orders.models import Order
from reporting import recordquality
from supervision.checks import CHECKS
from supervision.models import Finding, ScoreSheet

Table = list[list[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose rows, of which days, with names or without; one row beyond ``most`` shows that there are more."""

    organisation: Organization
    places: Collection[int]
    first: date
    last: date
    plain: bool
    most: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """``by_day`` says which day of a row is meant; ``hides`` what is masked or left out, nothing where nothing is."""

    label: str
    by_day: str
    hides: str
    table: Callable[[Asked], Table]
    for_centres: bool = True


def orders(asked: Asked) -> Table:
    """Visits by the day for which they were wished."""
    head = [
        "订单编号", "机构", "街镇", "服务对象", "性别", "出生年", "护理项目", "服务地点", "状态", "希望时间",
        "约定时间", "护士", "到达时间", "结束时间",
    ]  # fmt: skip
    rows = (
        Order.objects.filter(centre__in=asked.places, **_days("window_start", asked))
        .select_related("centre", "address__town", "patient", "nurse__user")
        .prefetch_related("lines__item")
        .order_by("window_start", "pk")
    )
    return [head, *(_order(row, asked.plain) for row in rows[: asked.most + 1])]


def workloads(asked: Asked) -> Table:
    """What each nurse did, visits and hours beside the score, by the day on which a visit ended."""
    district = district_of(asked.organisation)
    reader = Actor(
        kind="system", id="reporting.workload", name="", orgs={Role.SUPERVISOR: frozenset(asked.places)}
    )  # fmt: skip
    rows = workload.lines(actor=reader, by="nurse", start=asked.first, end=asked.last, district_id=district.pk)
    head, *lines = workload.table(rows, "nurse")
    return [head, *([line[0], _name(line[1], asked.plain), *line[2:]] for line in lines[: asked.most + 1])]


def indicators(asked: Asked) -> Table:
    """Monthly values with their parts, their formula and where they come from."""
    head = ["机构", "指标代码", "指标", "月份", "分子", "分母", "指标值", "单位", "算法", "来源", "登记时间"]
    rows = (
        Snapshot.objects.filter(organisation__in=asked.places, month__gte=asked.first.replace(day=1))
        .filter(month__lte=asked.last, code__in=list(DEFINITIONS))
        .select_related("organisation")
        .order_by("month", "organisation", "code")
    )
    return [head, *(_value(row) for row in rows[: asked.most + 1])]


def findings(asked: Asked) -> Table:
    """What was found, by the day of finding, and how far it is put right."""
    head = ["编号", "机构", "来源", "检查", "依据", "发生时间", "发现时间", "整改期限", "状态", "结案时间", "订单编号"]
    rows = (
        Finding.objects.filter(organisation__in=asked.places, **_days("opened_at", asked))
        .select_related("organisation", "order")
        .order_by("opened_at", "pk")
    )
    more = ["情况", "整改情况"] if asked.plain else []
    return [[*head, *more], *(_finding(row, asked.plain) for row in rows[: asked.most + 1])]


def score_sheets(asked: Asked) -> Table:
    """Filled sheets by institution and kind, by the day of scoring: how many, and the points on average."""
    rows = (
        ScoreSheet.objects.filter(organisation__in=asked.places, **_days("scored_at", asked))
        .values("organisation__short_name", "kind")
        .annotate(n=Count("pk"), mean=Avg("total"), lowest=Min("total"))
        .order_by("organisation__short_name", "kind")
    )
    head = ["机构", "评分表", "份数", "平均分", "最低分"]
    return [
        head,
        *(
            [
                row["organisation__short_name"], ScoreSheet.Kind(row["kind"]).label, str(row["n"]),
                f"{row['mean']:.1f}", str(row["lowest"]),
            ]
            for row in rows[: asked.most + 1]
        ),
    ]  # fmt: skip


def records(asked: Asked) -> Table:
    """How good the records of visits are, by institution: for the grading of electronic records (001 二(四)20)."""
    rows = recordquality.counted(asked.places, asked.first, asked.last, asked.organisation, asked.most)
    head = ["机构", "上门记录"]
    for label, meaning in recordquality.MEASURES.values():
        head += [f"{label}：{meaning}（份）", f"{label}（%）"]
    return [head, *(_measured(row) for row in rows)]


DATASETS: dict[str, Dataset] = {
    "orders": Dataset("服务订单", "希望上门日期", "服务对象和护士的姓名", orders),
    "workload": Dataset("工作量", "结束服务日期", "护士的姓名", workloads, for_centres=False),
    "indicators": Dataset("质量指标月值", "月份", "", indicators),
    "records": Dataset("病历数据质量", "到达日期", "", records),
    "findings": Dataset("监管问题", "发现日期", "情况和整改情况的文字", findings),
}


def _days(column: str, asked: Asked) -> dict:
    return {f"{column}__gte": beginning(asked.first), f"{column}__lt": beginning(asked.last + timedelta(days=1))}


def _order(row: Order, plain: bool) -> list[str]:
    return [
        row.number, row.centre.short_name, row.address.town.name, _name(row.patient.name, plain),
        row.patient.get_sex_display(), str(row.patient.birth_date.year),
        "、".join(line.item.name for line in row.lines.all()), row.get_place_display(), row.get_status_display(),
        _at(row.window_start), _at(row.planned_start), _name(row.nurse.user.display_name, plain) if row.nurse else "",
        _at(row.arrived_at), _at(row.finished_at),
    ]  # fmt: skip


def _measured(row: dict) -> list[str]:
    parts = [(row[key], 100 * row[key] / row["n"]) for key in recordquality.MEASURES]
    return [row["name"], str(row["n"]), *(said for n, share in parts for said in (str(n), f"{share:.1f}"))]


def _value(row: Snapshot) -> list[str]:
    meant = DEFINITIONS[row.code]
    return [
        row.organisation.short_name, row.code, meant.name, f"{row.month:%Y-%m}", _number(row.numerator),
        _number(row.denominator), _number(row.value), meant.unit, meant.formula, row.get_source_display(),
        _at(row.recorded_at),
    ]  # fmt: skip


def _finding(row: Finding, plain: bool) -> list[str]:
    check = CHECKS.get(row.source)
    return [
        str(row.pk), row.organisation.short_name, row.get_kind_display(), check.title if check else "", row.clause,
        _at(row.since), _at(row.opened_at), f"{row.due_on:%Y-%m-%d}", row.get_status_display(), _at(row.closed_at),
        row.order.number if row.order else "", *([row.words, row.measures] if plain else []),
    ]  # fmt: skip


def _name(text: str, plain: bool) -> str:
    return text if plain else mask_name(text)


def _at(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _number(value) -> str:
    return "" if value is None else f"{value.normalize():f}"
