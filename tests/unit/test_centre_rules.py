"""When a centre may serve: each rule passes, fails alone, and turns on the right day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from institutions import rules
from institutions.rules import FilingFact, LicenceFact, Standing, SuspensionFact, TownFact

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
HELD = LicenceFact("PDY1", date(2023, 1, 1), date(2026, 12, 31))
FILED = FilingFact("home_bed", True, date(2024, 2, 1))
GOOD = Standing(
    organisation_id=1,
    name="潍坊社区卫生服务中心",
    licences=(HELD,),
    filings=(FILED,),
    towns=(TownFact("310115004", date(2024, 2, 1)),),
)
STOPPED = SuspensionFact(TODAY, TODAY + 9 * DAY, "消毒隔离不合格。", "002 五(七)2(2)")


def codes(standing, on=TODAY, town="310115004"):
    return [reason.code for reason in rules.why_not_serve(standing, on, town)]


@pytest.mark.clause("002 五(二)1")
def test_a_centre_with_every_paper_may_serve_in_its_town():
    assert codes(GOOD) == []


@pytest.mark.clause("002 五(二)1")
@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (replace(GOOD, licences=()), "centre.licence"),
        (replace(GOOD, licences=(replace(HELD, expires_on=TODAY - DAY),)), "centre.licence"),
        (replace(GOOD, licences=(replace(HELD, issued_on=TODAY + DAY),)), "centre.licence"),
        (replace(GOOD, filings=()), "centre.filing"),
        (replace(GOOD, filings=(FilingFact("rounds", None),)), "centre.filing"),
        (replace(GOOD, filings=(FilingFact("rounds", False),)), "centre.filing"),
        (replace(GOOD, filings=(replace(FILED, approved_from=TODAY + DAY),)), "centre.filing"),
        (replace(GOOD, filings=(replace(FILED, withdrawn_on=TODAY),)), "centre.filing"),
        (replace(GOOD, suspensions=(STOPPED,)), "centre.suspended"),
        (replace(GOOD, towns=()), "centre.jurisdiction"),
        (replace(GOOD, towns=(TownFact("310115005", date(2024, 2, 1)),)), "centre.jurisdiction"),
        (replace(GOOD, towns=(TownFact("310115004", date(2024, 2, 1), TODAY - DAY),)), "centre.jurisdiction"),
    ],
)
def test_each_missing_fact_is_told_alone_with_its_clause(standing, code):
    (reason,) = rules.why_not_serve(standing, TODAY, "310115004")

    assert reason.code == code
    assert reason.clause.startswith("002 五(")
    assert reason.sentence.endswith("。")
    assert standing.name in reason.sentence


@pytest.mark.clause("002 五(二)1")
def test_all_failing_rules_are_listed():
    nothing = Standing(organisation_id=1, name="空白中心", suspensions=(STOPPED,))

    assert codes(nothing) == ["centre.licence", "centre.filing", "centre.suspended", "centre.jurisdiction"]
    assert codes(nothing, town=None) == ["centre.licence", "centre.filing", "centre.suspended"]


def test_a_licence_counts_on_its_last_day_and_not_after():
    standing = replace(GOOD, licences=(replace(HELD, expires_on=TODAY),))

    assert codes(standing, TODAY) == []
    assert codes(standing, TODAY + DAY) == ["centre.licence"]
    assert "2026年3月2日" in rules.licence(standing, TODAY + DAY).sentence


def test_a_renewed_licence_takes_over_from_the_expired_one():
    renewed = LicenceFact("PDY1", TODAY + DAY, TODAY + 900 * DAY)
    standing = replace(GOOD, licences=(replace(HELD, expires_on=TODAY), renewed))

    assert codes(standing, TODAY) == codes(standing, TODAY + DAY) == []


def test_one_approved_mode_is_enough():
    standing = replace(GOOD, filings=(FilingFact("rounds", None), FILED))

    assert codes(standing) == []
    assert standing.modes_on(TODAY) == ("home_bed",)


def test_a_filing_counts_until_the_day_before_it_is_withdrawn():
    standing = replace(GOOD, filings=(replace(FILED, withdrawn_on=TODAY),))

    assert codes(standing, TODAY - DAY) == []
    assert codes(standing, TODAY) == ["centre.filing"]
    assert "撤销" in rules.filing(standing, TODAY).sentence


def test_a_suspension_holds_on_its_first_and_its_last_day():
    standing = replace(GOOD, suspensions=(STOPPED,))

    assert codes(standing, TODAY - DAY) == []
    assert codes(standing, STOPPED.ends_on) == ["centre.suspended"]
    assert codes(standing, STOPPED.ends_on + DAY) == []


def test_a_lifted_suspension_ends_on_the_day_of_lifting_and_the_past_stays_true():
    lifted = replace(STOPPED, ends_on=None, lifted_on=TODAY + 2 * DAY)
    standing = replace(GOOD, suspensions=(lifted,))

    assert codes(standing, TODAY + DAY) == ["centre.suspended"]
    assert codes(standing, TODAY + 2 * DAY) == []


def test_a_suspension_tells_its_reason_and_clause():
    reason = rules.not_suspended(replace(GOOD, suspensions=(STOPPED,)), TODAY)

    assert reason.clause == "002 五(七)2(2)"
    assert reason.sentence == (
        "潍坊社区卫生服务中心自2026年3月2日至2026年3月11日暂停上门护理服务，原因：消毒隔离不合格。"
    )


def test_a_town_counts_between_its_days():
    standing = replace(GOOD, towns=(TownFact("310115004", TODAY, TODAY + DAY),))

    assert codes(standing, TODAY - DAY) == ["centre.jurisdiction"]
    assert codes(standing, TODAY) == codes(standing, TODAY + DAY) == []
    assert codes(standing, TODAY + 2 * DAY) == ["centre.jurisdiction"]
