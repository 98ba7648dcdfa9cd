"""When may an institution serve? Pure functions: nothing, or the reason in Chinese with its clause (002 五(二)1)."""

from dataclasses import dataclass
from datetime import date

from kernel.refusals import Refusal

CLAUSE = "002 五(二)1"


@dataclass(frozen=True, slots=True)
class LicenceFact:
    number: str
    issued_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class FilingFact:
    """``approved`` is nothing while the commission has not decided."""

    mode: str
    approved: bool | None
    approved_from: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class SuspensionFact:
    starts_on: date
    ends_on: date | None
    reason: str
    clause: str = ""
    lifted_on: date | None = None


@dataclass(frozen=True, slots=True)
class TownFact:
    code: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides whether an institution may serve, as dated facts."""

    organisation_id: int
    name: str
    licences: tuple[LicenceFact, ...] = ()
    filings: tuple[FilingFact, ...] = ()
    suspensions: tuple[SuspensionFact, ...] = ()
    towns: tuple[TownFact, ...] = ()

    def modes_on(self, on: date) -> tuple[str, ...]:
        """Service modes that count on the day."""
        return tuple(filing.mode for filing in self.filings if _filing_counts(filing, on))

    def towns_on(self, on: date) -> frozenset[str]:
        """Codes of the towns served on the day."""
        return frozenset(town.code for town in self.towns if _covers(town.starts_on, town.ends_on, on))


def licence(standing: Standing, on: date) -> Refusal | None:
    """The 《医疗机构执业许可证》 holds on the day, its last day included."""
    held = standing.licences
    if any(one.issued_on <= on <= one.expires_on for one in held):
        return None
    if not held:
        said = f"{standing.name}还没有登记《医疗机构执业许可证》，暂不能提供上门护理服务。"
    elif all(on < one.issued_on for one in held):
        first = min(one.issued_on for one in held)
        said = f"{standing.name}的《医疗机构执业许可证》自{_day(first)}起有效，在此之前不能提供上门护理服务。"
    else:
        last = max(one.expires_on for one in held if one.expires_on < on)
        said = f"{standing.name}的《医疗机构执业许可证》有效期至{_day(last)}，换证前不能提供上门护理服务。"
    return Refusal("centre.licence", said, CLAUSE)


def filing(standing: Standing, on: date) -> Refusal | None:
    """The commission has approved at least one of 家庭病床, 巡诊, 社区护理, and it is not withdrawn."""
    if standing.modes_on(on):
        return None
    approved = [one for one in standing.filings if one.approved]
    coming = [one.approved_from for one in approved if one.approved_from and on < one.approved_from]
    if coming:
        said = f"{standing.name}登记的服务方式自{_day(min(coming))}起有效，在此之前不能提供上门护理服务。"
    elif approved:
        said = f"{standing.name}登记的服务方式已经撤销，暂不能提供上门护理服务。"
    elif any(one.approved is None and one.withdrawn_on is None for one in standing.filings):
        said = f"{standing.name}申请登记的服务方式尚待区卫生健康委审核，暂不能提供上门护理服务。"
    else:
        said = f"{standing.name}没有经区卫生健康委审核同意的家庭病床、巡诊或社区护理服务方式，暂不能提供上门护理服务。"
    return Refusal("centre.filing", said, CLAUSE)


def not_suspended(standing: Standing, on: date) -> Refusal | None:
    """The commission has not stopped the institution on this day; a lifted stop ends on the day of lifting."""
    for one in standing.suspensions:
        if _covers(one.starts_on, one.ends_on, on) and not (one.lifted_on and one.lifted_on <= on):
            until = f"至{_day(one.ends_on)}" if one.ends_on else "起"
            said = f"{standing.name}自{_day(one.starts_on)}{until}暂停上门护理服务，原因：{_clean(one.reason)}。"
            return Refusal("centre.suspended", said, one.clause or CLAUSE)
    return None


def jurisdiction(standing: Standing, town_code: str, on: date) -> Refusal | None:
    """The address lies in one of the towns that the institution serves; coordinates alone decide nothing."""
    if town_code in standing.towns_on(on):
        return None
    said = f"这个地址不在{standing.name}的服务辖区内，请联系地址所在街镇的社区卫生服务中心。"
    return Refusal("centre.jurisdiction", said, CLAUSE)


def why_not_serve(standing: Standing, on: date, town_code: str | None = None) -> list[Refusal]:
    """All rules that fail on the day; without a town the address is not asked about."""
    answers = [licence(standing, on), filing(standing, on), not_suspended(standing, on)]
    if town_code is not None:
        answers.append(jurisdiction(standing, town_code, on))
    return [answer for answer in answers if answer]


def _filing_counts(filing, on):
    return bool(
        filing.approved
        and filing.approved_from
        and filing.approved_from <= on
        and (filing.withdrawn_on is None or on < filing.withdrawn_on)
    )


def _covers(starts_on, ends_on, on):
    return starts_on <= on and (ends_on is None or on <= ends_on)


def _day(day):
    return f"{day.year}年{day.month}月{day.day}日"


def _clean(reason):
    return reason.rstrip("。.；; ")
