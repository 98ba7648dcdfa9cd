"""
Which nurse may be sent to which visit: one pure function per rule, each with its sentence and its clause.

Asked at offer, at accept and at check-in, for the day of the visit. :func:`why_not` lists everything that fails, so
that a dispatcher can explain it and a planner can work with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from kernel.refusals import Refusal
from nurses.models import Affiliation, Insurance, Title, Training

STANDING_CLAUSE = "002 五(二)2"
POST_CLAUSE = "002 五(二)2；004 三(一)"
ASSISTANT_CLAUSE = "000 五(十九)"
LICENCE_CLAUSE = "护士条例"
TRAINING_CLAUSE = "002 五(七)1(2)"
INSURANCE_CLAUSE = "002 五(九)2；004 三(八)"
SEX_CLAUSE = "002 附件6"
WORKLOAD_CLAUSE = "000 五(十六)"

TITLES = tuple(Title.values)


@dataclass(frozen=True, slots=True)
class Registry:
    """The newest look-up in the national nurse registration system."""

    found: bool
    checked_on: date
    recheck_due: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A nurse's standing for one day.

    ``affiliations`` are (organisation id, kind, starts, ends); ``exclusions`` are (kind, starts), not lifted;
    ``certificates`` map a kind to (issued, expires), ``insurances`` to (starts, expires), ``trainings`` to the last
    day; ``shifts`` and ``leaves`` are (start, end), ``bookings`` (start, end, key); ``made`` visits are over.
    """

    user_id: int
    nurse_id: int
    name: str
    clinical_since: date
    title: str
    certificate_expires_on: date
    affiliations: tuple[tuple[int, str, date, date | None], ...] = ()
    care_assistant: bool = False
    registry: Registry | None = None
    exclusions: tuple[tuple[str, date], ...] = ()
    certificates: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    trainings: Mapping[str, date] = field(default_factory=dict)
    insurances: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    shifts: tuple[tuple[datetime, datetime], ...] = ()
    leaves: tuple[tuple[datetime, datetime], ...] = ()
    bookings: tuple[tuple[datetime, datetime, Any], ...] = ()
    made: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """What an item of the catalogue asks: ``certificates`` are (kind, name, clause)."""

    code: str
    name: str
    certificates: tuple[tuple[str, str, str], ...] = ()
    patient_sex: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit as far as a nurse's eligibility depends on it; ``key`` tells its own booking from the others."""

    organisation_id: int
    starts_at: datetime
    ends_at: datetime
    items: tuple[Item, ...]
    patient_sex: str
    settings: Mapping[str, Any]
    key: Any = None
    day: date = field(init=False)  # every rule asks for it, of every nurse

    def __post_init__(self):
        object.__setattr__(self, "day", timezone.localdate(self.starts_at))


Rule = Callable[[Candidate, Visit], Refusal | None]


def post(nurse: Candidate, visit: Visit) -> Refusal | None:
    if nurse.care_assistant:
        return Refusal("nurse.post", "医疗护理员不能承担护理项目。", ASSISTANT_CLAUSE)
    kinds = {
        kind
        for organisation_id, kind, starts_on, ends_on in nurse.affiliations
        if organisation_id == visit.organisation_id
        and starts_on <= visit.day
        and (ends_on is None or visit.day <= ends_on)
    }
    if not kinds:
        return Refusal("nurse.post", f"{_on(visit.day)}不是本中心注册或备案的在岗护士。", POST_CLAUSE)
    if visit.settings["nurse.affiliation"] == "registered_only" and Affiliation.Kind.REGISTERED not in kinds:
        return Refusal("nurse.post", "在本中心备案而非注册，本区只允许派出注册护士。", POST_CLAUSE)
    return None


def years(nurse: Candidate, visit: Visit) -> Refusal | None:
    asked = visit.settings["nurse.min_years"]
    since, day = nurse.clinical_since, visit.day
    worked = max(0, day.year - since.year - ((day.month, day.day) < (since.month, since.day)))
    if worked >= asked:
        return None
    return Refusal("nurse.years", f"临床护理工作 {worked} 年，未满 {asked} 年。", STANDING_CLAUSE)


def title(nurse: Candidate, visit: Visit) -> Refusal | None:
    asked = visit.settings["nurse.min_title"]
    if TITLES.index(nurse.title) >= TITLES.index(asked):
        return None
    return Refusal("nurse.title", f"职称为{Title(nurse.title).label}，未达到{Title(asked).label}。", STANDING_CLAUSE)


def registry(nurse: Candidate, visit: Visit) -> Refusal | None:
    known = nurse.registry
    if known is None:
        sentence = "尚未在国家护士电子注册系统查询。"
    elif not known.found:
        sentence = f"{_on(known.checked_on)}在国家护士电子注册系统查询不到。"
    elif known.recheck_due < visit.day:
        sentence = f"国家护士电子注册系统的查询应在{_on(known.recheck_due)}前复核，已过期。"
    else:
        return None
    return Refusal("nurse.registry", sentence, STANDING_CLAUSE)


def licence(nurse: Candidate, visit: Visit) -> Refusal | None:
    if nurse.certificate_expires_on >= visit.day:
        return None
    return Refusal("nurse.licence", f"护士执业证书于{_on(nurse.certificate_expires_on)}到期。", LICENCE_CLAUSE)


def exclusion(nurse: Candidate, visit: Visit) -> Refusal | None:
    """Whichever centre recorded it: a record in force closes the whole district."""
    for kind, starts_on in sorted(nurse.exclusions, key=lambda record: record[1]):
        if starts_on <= visit.day:
            return Refusal("nurse.exclusion", f"自{_on(starts_on)}起有「{kind}」记录在案，未撤销。", POST_CLAUSE)
    return None


def certificate(nurse: Candidate, visit: Visit) -> Refusal | None:
    clause, faults = "", []
    for item in visit.items:
        for kind, name, asked_by in item.certificates:
            issued, expires = nurse.certificates.get(kind, (None, None))
            if issued is None or expires is None:
                fault = "没有取得"
            elif expires < visit.day:
                fault = f"于{_on(expires)}到期"
            elif issued > visit.day:
                fault = f"自{_on(issued)}起才生效"
            else:
                continue
            clause = clause or asked_by
            faults.append(f"「{item.name}」要求的「{name}」{fault}")
    return Refusal("nurse.certificate", "，".join(faults) + "。", clause) if faults else None


def training(nurse: Candidate, visit: Visit) -> Refusal | None:
    faults = []
    for kind in Training.Kind:
        expires = nurse.trainings.get(kind)
        if expires is None:
            faults.append(f"没有{kind.label}合格记录")
        elif expires < visit.day:
            faults.append(f"{kind.label}于{_on(expires)}到期")
    return Refusal("nurse.training", "，".join(faults) + "。", TRAINING_CLAUSE) if faults else None


def insurance(nurse: Candidate, visit: Visit) -> Refusal | None:
    faults = []
    for kind in Insurance.Kind:
        starts, expires = nurse.insurances.get(kind, (None, None))
        if starts is None or expires is None:
            faults.append(f"没有{kind.label}记录")
        elif expires < visit.day:
            faults.append(f"{kind.label}于{_on(expires)}到期")
        elif starts > visit.day:
            faults.append(f"{kind.label}自{_on(starts)}起生效")
    return Refusal("nurse.insurance", "，".join(faults) + "。", INSURANCE_CLAUSE) if faults else None


def sex_of_patient(nurse: Candidate, visit: Visit) -> Refusal | None:
    """The item limits the patient, not the nurse; asked here again because it is asked at every step."""
    for item in visit.items:
        if item.patient_sex and item.patient_sex != visit.patient_sex:
            whom = "女性" if item.patient_sex == "female" else "男性"
            return Refusal("nurse.sex_of_patient", f"「{item.name}」仅限{whom}服务对象。", SEX_CLAUSE)
    return None


def shift(nurse: Candidate, visit: Visit) -> Refusal | None:
    if any(start < visit.ends_at and visit.starts_at < end for start, end in nurse.leaves):
        return Refusal("nurse.shift", f"{_span(visit)}正在请假。", WORKLOAD_CLAUSE)
    for start, end in joined(nurse.shifts):
        if start <= visit.starts_at and visit.ends_at <= end:
            return None
    return Refusal("nurse.shift", f"{_span(visit)}不在班次内。", WORKLOAD_CLAUSE)


def overlap(nurse: Candidate, visit: Visit) -> Refusal | None:
    minutes = visit.settings["nurse.travel_minutes"]
    travel = timedelta(minutes=minutes)
    for start, end, key in sorted(nurse.bookings, key=lambda booking: booking[:2]):
        if key != visit.key and start < visit.ends_at + travel and visit.starts_at < end + travel:
            other = f"{_clock(start)} 到 {_clock(end)} 已有上门安排"
            return Refusal("nurse.overlap", f"{other}，与这次上门之间不足 {minutes} 分钟路途。", WORKLOAD_CLAUSE)
    return None


def daily_cap(nurse: Candidate, visit: Visit) -> Refusal | None:
    most = visit.settings["nurse.daily_cap"]
    planned = sum(key != visit.key and timezone.localdate(start) == visit.day for start, _end, key in nurse.bookings)
    planned += nurse.made
    if planned < most:
        return None
    return Refusal(
        "nurse.daily_cap", f"{_on(visit.day)}已安排 {planned} 次上门，达到每日 {most} 次的上限。", WORKLOAD_CLAUSE
    )


# Facts about the nurse alone: what the centre's own page and the exclusion sweep ask, without a visit in mind.
STANDING: tuple[Rule, ...] = (post, years, title, registry, licence, exclusion, training, insurance)
RULES: tuple[Rule, ...] = (
    post,
    years,
    title,
    registry,
    licence,
    exclusion,
    certificate,
    training,
    insurance,
    sex_of_patient,
    shift,
    overlap,
    daily_cap,
)


def why_not(nurse: Candidate, visit: Visit, *, rules: tuple[Rule, ...] = RULES) -> list[Refusal]:
    """List every rule that bars this nurse from this visit, in the order of the rules; empty means she may be sent."""
    return [no for rule in rules if not _only_warns(rule, visit) and (no := rule(nurse, visit))]


def warnings(nurse: Candidate, visit: Visit, *, rules: tuple[Rule, ...] = RULES) -> list[Refusal]:
    """List what the district chose to be told about without being stopped by it."""
    return [no for rule in rules if _only_warns(rule, visit) and (no := rule(nurse, visit))]


def _only_warns(rule: Rule, visit: Visit) -> bool:
    return rule is insurance and visit.settings["nurse.insurance"] == "warn"


def joined(spans: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Two shifts that touch are one stretch of work; a span is two moments, or two minutes of a day."""
    found: list[tuple[Any, Any]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _on(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _span(visit: Visit) -> str:
    return f"{_on(visit.day)} {_clock(visit.starts_at)} 到 {_clock(visit.ends_at)} "
