"""
The figures of a report: what they were at one moment, each with the place it was read from, so that they can be read
again and compared. A constant number of queries, whatever the size of the district.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Organization, Post
from accounts.roles import Role
from accounts.selectors import district_of
from catalog.models import Offering
from indicators import months, overview, selectors, workload
from indicators.definitions import DEFINITIONS, OVER_SOMETHING, SHARE
from indicators.models import Snapshot
from institutions.models import Filing, Jurisdiction
from kernel.actors import Actor
from nurses.models import Nurse, Title
from orders.days import beginning
from orders.models import Order, OrderLine, Place
from reporting import trends
from safety.models import Alarm, Incident
from safety.reports import Report
from supervision.lifecycle import OVER
from supervision.models import CheckRun, Finding

SENIOR, OLD = 60, 80  # years of age
ABOVE_MIDDLE = (Title.SUPERVISOR, Title.ASSOCIATE, Title.CHIEF)
SHOWN_INDICATORS = (
    "first_contact", "to_assessment", "on_time", "same_nurse", "acceptance", "unmet", "record_24h", "corrected",
    "rated_on_time", "rated_explained", "rated_asked", "rated_observed", "sos_answer", "follow_up",
)  # fmt: skip
VOLUME = (
    ("requests", "提交申请", "份"),
    ("assessed", "首诊评估", "次"),
    ("visits", "约定上门", "次"),
    ("finished", "完成上门", "次"),
    ("stopped", "失约和中止", "次"),
)
MOST_ITEMS = 30


@dataclass(frozen=True, slots=True)
class Span:
    """Whose figures, and of which days; and what to compare them with."""

    organisation: Organization
    places: tuple[int, ...]
    first: date
    last: date

    @property
    def before(self) -> "Span":
        """As many whole months before whole months, which differ in length; else as many days before."""
        eve = self.first - timedelta(days=1)
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            many = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1
            return Span(self.organisation, self.places, months.before(self.first, many), eve)
        return Span(self.organisation, self.places, eve - (self.last - self.first), eve)

    def within(self, column: str) -> dict:
        return {
            f"{column}__gte": beginning(self.first),
            f"{column}__lt": beginning(self.last + timedelta(days=1)),
        }


def reckoned(*, organisation: Organization, first: date, last: date, now: datetime) -> dict[str, Any]:
    """Everything a report shows, ready to be kept as JSON: groups of figures, items of care, and the months."""
    asked = Span(organisation, tuple(selectors.centres_below(organisation)), first, last)
    return {
        "at": now.isoformat(),
        "groups": [
            {"name": "服务能力", "rows": _capacity(asked)},
            {"name": "服务量", "rows": [*_volume(asked), *_people(asked)]},
            {"name": "质量指标", "rows": _indicators(asked)},
            {"name": "安全与监管", "rows": _safety(asked)},
            {"name": "工作量", "rows": _workload(asked)},
        ],
        "items": _items(asked),
        "months": trends.months(places=asked.places, first=first, last=last),
    }


def said(figures: Mapping[str, Any], last: date) -> dict[str, str]:
    """The figures by key as words, for the beginnings of a text."""
    found = {"last": f"{last.year}年{last.month}月{last.day}日"}
    for group in figures["groups"]:
        for row in group["rows"]:
            if row["value"] != "":
                found[row["key"]] = row["value"] + (row["unit"] if row["unit"] in ("%", "分", "小时") else "")
    return found


def differences(kept: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[dict[str, str]]:
    """Figures that are others now than when the report was reckoned: corrected, entered late, settled since."""
    now = {row["key"]: row for group in fresh["groups"] for row in group["rows"]}
    return [
        {"label": row["label"], "kept": row["value"], "now": now[row["key"]]["value"], "unit": row["unit"]}
        for group in kept.get("groups", ())
        for row in group["rows"]
        if row["key"] in now and now[row["key"]]["value"] != row["value"]
    ]


def row(
    key: str, label: str, value: Any, unit: str, source: str, clause: str = "", before: Any = None, note: str = ""
) -> dict[str, str]:
    """One figure: words and unit, where it was read, and what it was before."""
    return {
        "key": key, "label": label, "value": _plain(value), "unit": unit, "source": source, "clause": clause,
        "before": _plain(before), "note": note,
    }  # fmt: skip


# --- what there is ----------------------------------------------------------------------------------------------------


def standing(rows: QuerySet, on: date, start: str = "starts_on", end: str = "ends_on") -> QuerySet:
    """Rows that hold on a day."""
    return rows.filter(Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": on}), **{f"{start}__lte": on})


def _capacity(asked: Span) -> list[dict[str, str]]:
    def counted(on: date) -> dict[str, int]:
        filings = Filing.objects.filter(organisation__in=asked.places, approved=True, approved_from__lte=on)
        filings = filings.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=on))
        offered = standing(Offering.objects.filter(organisation__in=asked.places, offered=True), on)
        held = Post.objects.filter(organisation__in=asked.places, role=Role.NURSE.value)
        held = standing(held, on).filter(Q(ended_at__isnull=True) | Q(ended_at__gte=beginning(on)))
        nurses = Nurse.objects.filter(user__in=held.values("user"))
        towns = standing(Jurisdiction.objects.filter(organisation__in=asked.places), on)
        return {
            "institutions": filings.values("organisation").distinct().count(),
            "towns": towns.values("town").distinct().count(),
            "items": offered.values("item__code").distinct().count(),
            "nurses": nurses.count(),
            "nurses_above": nurses.filter(title__in=ABOVE_MIDDLE).count(),
        }

    now, before = counted(asked.last), counted(asked.first - timedelta(days=1))
    return [
        row(key, label, now[key], unit, source, clause, before[key])
        for key, label, unit, source, clause in (
            ("institutions", "已备案开展服务的机构", "家", "机构登记", "000 四(十二)"),
            ("towns", "覆盖街镇", "个", "服务区域登记", "000 四(十二)"),
            ("items", "开展的护理项目", "项", "项目目录和开展登记", "000 四(十二)"),
            ("nurses", "在岗护士", "人", "岗位和护士档案", "000 五(十五)"),
            ("nurses_above", "其中主管护师及以上", "人", "护士档案", "000 五(十八)"),
        )
    ]


def _volume(asked: Span) -> list[dict[str, str]]:
    before = asked.before
    now = overview.counts(centres=asked.places, first=asked.first, last=asked.last)
    then = overview.counts(centres=asked.places, first=before.first, last=before.last)
    return [row(key, label, now[key], unit, "日汇总", "002 五(八)", then[key]) for key, label, unit in VOLUME]


def _people(asked: Span) -> list[dict[str, str]]:
    def counted(span: Span) -> dict[str, int]:
        rows = Order.objects.filter(centre__in=asked.places, **span.within("finished_at"))
        person = Coalesce("patient__merged_into", "patient")  # on record twice, and one person all the same
        return rows.aggregate(
            people=Count(person, distinct=True),
            people_60=Count(person, distinct=True, filter=Q(patient__birth_date__lte=_born(span.last, SENIOR))),
            people_80=Count(person, distinct=True, filter=Q(patient__birth_date__lte=_born(span.last, OLD))),
            at_institutions=Count("pk", filter=Q(place=Place.INSTITUTION)),
        )

    now, before = counted(asked), counted(asked.before)
    return [
        row(key, label, now[key], unit, "服务订单", clause, before[key])
        for key, label, unit, clause in (
            ("people", "服务对象", "人", "002 三(二)"),
            ("people_60", "其中 60 岁及以上", "人", "000 四(十四)"),
            ("people_80", "其中 80 岁及以上", "人", "000 四(十四)"),
            ("at_institutions", "在养老等机构内上门", "次", "000 四(十四)"),
        )
    ]


def _born(day: date, years: int) -> date:
    """Whoever is so old on the day was born then at the latest."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


# --- how good it was --------------------------------------------------------------------------------------------------


def _indicators(asked: Span) -> list[dict[str, str]]:
    """The monthly values of the whole months that the days touch: parts are added up, never values."""
    now = _parts(asked)
    before = _parts(asked.before)
    found = []
    for code in SHOWN_INDICATORS:
        meant = DEFINITIONS[code]
        value, missing = _value(meant, now.get(code)), None
        if value is not None:
            missing = meant.short_of_target(value)
        note = f"目标 {_plain(meant.target)}{meant.unit}，" if meant.target is not None else ""
        note += "" if not note else ("未达到" if missing else "已达到" if value is not None else "还没有月值")
        label = meant.name
        source = f"指标月值：{meant.formula}"
        found.append(row(code, label, value, meant.unit, source, meant.clause, _value(meant, before.get(code)), note))
    return found


def _parts(asked: Span) -> dict[str, tuple[Decimal, Decimal]]:
    rows = Snapshot.objects.filter(
        organisation=asked.organisation, code__in=SHOWN_INDICATORS, month__gte=months.month_of(asked.first),
        month__lte=asked.last,
    )  # fmt: skip
    summed = rows.order_by().values("code").annotate(up=Sum("numerator"), down=Sum("denominator"))
    return {one["code"]: (one["up"], one["down"]) for one in summed}


def _value(meant, parts) -> Decimal | None:
    if parts is None or meant.kind not in OVER_SOMETHING:
        return None
    value = meant.reckon(*parts)
    return None if value is None else value.quantize(Decimal("0.1" if meant.kind == SHARE else "0.01"))


def _safety(asked: Span) -> list[dict[str, str]]:
    def counted(span: Span) -> dict[str, int]:
        opened = Finding.objects.filter(organisation__in=span.places, **span.within("opened_at"))
        found = opened.aggregate(
            findings=Count("pk"), findings_over=Count("pk", filter=Q(status__in=sorted(OVER)))
        )  # fmt: skip
        complaints = Report.objects.filter(accused__in=span.places, **span.within("filed_at"))
        incidents = Incident.objects.filter(centre__in=span.places, **span.within("opened_at"))
        alarms = Alarm.objects.filter(centre__in=span.places, **span.within("raised_at"))
        return {
            **found, "complaints": complaints.count(), "incidents": incidents.count(), "alarms": alarms.count(),
        }  # fmt: skip

    now, before = counted(asked), counted(asked.before)
    rows = [
        row(key, label, now[key], unit, source, clause, before[key])
        for key, label, unit, source, clause in (
            ("findings", "新发现监管问题", "个", "监管问题", "002 六(二)2"),
            ("findings_over", "其中已结案", "个", "监管问题", "002 六(二)2"),
            ("incidents", "不良事件", "起", "不良事件登记", "004 三(五)"),
            ("complaints", "投诉举报", "件", "投诉举报登记", "004 三(五)"),
            ("alarms", "护士求助", "次", "护士求助", "004 三(八)"),
        )
    ]
    return [_checks(asked), *rows]


def _checks(asked: Span) -> dict[str, str]:
    """What the last run of all compliance checks up to the last day has found among these institutions."""
    runs = CheckRun.objects.filter(
        district=district_of(asked.organisation), at__lt=beginning(asked.last + timedelta(days=1))
    )
    at = runs.order_by("-at").values_list("at", flat=True).first()
    if at is None:
        return row("checks", "合规检查发现", None, "条", "合规检查", "002 四", note="还没有检查过")
    places = {str(pk) for pk in asked.places}
    total = sum(
        n for counts in runs.filter(at=at).values_list("counts", flat=True) for pk, n in counts.items() if pk in places
    )
    return row("checks", "合规检查发现", total, "条", "合规检查", "002 四", note="期末最近一次全部检查")


# --- how much was done ------------------------------------------------------------------------------------------------


def _workload(asked: Span) -> list[dict[str, str]]:
    reader = Actor(
        kind="system", id="reporting.figures", name="", orgs={Role.SUPERVISOR: frozenset(asked.places)}
    )  # fmt: skip
    lines = workload.lines(
        actor=reader, by="nurse", start=asked.first, end=asked.last, district_id=district_of(asked.organisation).pk
    )
    whole = workload.total(lines)
    people = len({line.names for line in lines})
    each = (whole.hours / people).quantize(Decimal("0.1")) if people else None
    source, clause = "工作量统计", "002 五(八)"
    return [
        row("hours", "护理和路途合计", whole.hours, "小时", source, clause),
        row("bedside", "其中护理", (Decimal(whole.bedside) / 60).quantize(Decimal("0.1")), "小时", source, clause),
        row("per_nurse", "参与护士人均", each, "小时", source, "000 五(十六)", note=f"参与上门的护士 {people} 人"),
        row("score", "难度积分", whole.score, "分", source, "000 五(十七)", note="1 分为低难度护理 1 小时"),
    ]


def _items(asked: Span) -> list[dict[str, Any]]:
    """How often each item of care was done, the most frequent first."""
    rows = OrderLine.objects.filter(order__centre__in=asked.places, **asked.within("order__finished_at"))
    counted = rows.order_by().values("item__name").annotate(n=Count("pk")).order_by("-n", "item__name")
    return [{"name": one["item__name"], "n": one["n"]} for one in counted[:MOST_ITEMS]]


def _plain(value: Any) -> str:
    """A number as text: JSON knows no decimals, and a report shows what was kept."""
    if value is None:
        return ""
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) and "." in f"{value:f}" else str(value)
