"""The rules of eligibility on real rows: what selectors hand to them, and what an exclusion does."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts
from accounts.roles import Role
from audit.models import Outbox
from catalog.models import Item
from institutions import selectors as institutions
from institutions import services as institution_services
from kernel.refusals import Invalid, NotYours, Refused
from nurses import rules, selectors, services
from nurses.models import Exclusion
from nurses.rules import Visit
from tests.world import persons, places, traces
from tests.world.places import NOW, SETUP, TODAY

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def edition(district):
    return places.edition(district)


@pytest.fixture
def centre(district, edition):
    return places.centre(district)


@pytest.fixture
def admin(centre):
    return places.staff(centre, Role.CENTRE_ADMIN)


@pytest.fixture
def supervisor(district):
    return places.staff(district, Role.SUPERVISOR)


def at(hour, day=TODAY):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def visit(centre, edition, *, hour=10, patient_sex="female"):
    """A visit with every item of the edition that asks for a special certificate, or for a woman."""
    items = tuple(
        rules.Item(
            code=item.code,
            name=item.name,
            certificates=tuple((d.kind_id, d.kind.name, d.clause) for d in item.demands.select_related("kind")),
            patient_sex=item.patient_sex,
        )
        for item in Item.objects.filter(edition=edition)
    )
    return Visit(
        organisation_id=centre.pk,
        starts_at=at(hour),
        ends_at=at(hour + 1),
        items=items,
        patient_sex=patient_sex,
        settings=institutions.settings_on(centre.parent_id, TODAY),
    )


def codes(refusals):
    return [refusal.code for refusal in refusals]


# --- the rules on real rows ---


@pytest.mark.clause("002 五(二)2")
def test_a_nurse_in_good_standing_may_be_sent_to_every_item(centre, edition):
    persons.nurse(centre)

    (candidate,) = selectors.candidates(centre.pk, TODAY)

    assert rules.why_not(candidate, visit(centre, edition)) == []


@pytest.mark.clause("002 五(二)2", "004 三(一)")
@pytest.mark.parametrize("flaw", persons.FLAWS)
def test_a_nurse_with_one_flaw_is_stopped_by_that_rule_alone(centre, edition, flaw):
    nurse = persons.nurse(centre, fails=flaw)

    candidate = selectors.candidate(nurse.pk, centre.pk, TODAY)

    assert codes(rules.why_not(candidate, visit(centre, edition))) == [f"nurse.{flaw}"]


@pytest.mark.clause("002 附件-6")
def test_no_nurse_catheterises_a_man(centre, edition):
    candidate = selectors.candidate(persons.nurse(centre).pk, centre.pk, TODAY)

    assert codes(rules.why_not(candidate, visit(centre, edition, patient_sex="male"))) == ["nurse.sex_of_patient"]


def test_bookings_are_handed_in_by_the_floor_above(centre, edition):
    nurse = persons.nurse(centre)
    busy = ((at(10), at(11), "another"),)

    (candidate,) = selectors.candidates(centre.pk, TODAY, {nurse.pk: busy})

    assert codes(rules.why_not(candidate, visit(centre, edition))) == ["nurse.overlap"]
    assert selectors.candidate(nurse.pk, centre.pk, TODAY, busy) == candidate


def test_candidates_cost_as_many_queries_for_ten_nurses_as_for_one(centre):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            found = selectors.candidates(centre.pk, TODAY)
            roster = selectors.roster(centre.pk, TODAY)
            soon = selectors.expiring(centre.pk, TODAY, 400)
        return len(found), len(roster), bool(soon), len(seen)

    persons.nurse(centre, days=1)
    one = queries()
    for _ in range(9):
        persons.nurse(centre, days=1)
    ten = queries()

    assert (one[:3], ten[:3]) == ((1, 1, True), (10, 10, True))
    assert one[3] == ten[3]


@pytest.mark.clause("002 五(八)")
def test_whose_post_has_ended_is_no_candidate_any_more(centre, admin):
    nurse = persons.nurse(centre)

    accounts.end_post(post_id=nurse.affiliations.get().post_id, reason="退休", by=admin, now=LATER)

    assert selectors.candidates(centre.pk, TODAY) == []
    assert selectors.roster(centre.pk, TODAY) == []


@pytest.mark.clause("000 五(十九)", "001 二(四)26")
def test_a_nurse_who_is_now_a_care_assistant_is_barred(centre, edition):
    nurse = persons.nurse(centre)
    places.post(centre, Role.CARE_ASSISTANT, user=nurse.user)

    (refusal,) = rules.why_not(selectors.candidate(nurse.pk, centre.pk, TODAY), visit(centre, edition))

    assert refusal.clause == "000 五(十九)"


@pytest.mark.clause("004 三(一)", "002 五(一)")
def test_a_filed_nurse_is_stopped_where_the_district_knows_only_registration(district, centre, edition):
    nurse = persons.nurse(centre, kind="filed")
    assert rules.why_not(selectors.candidate(nurse.pk, centre.pk, TODAY), visit(centre, edition)) == []

    institution_services.choose_setting(
        district=district, key="nurse.affiliation", value="registered_only", effective_on=TODAY, reason="国家试点口径",
        by=SETUP, now=NOW,
    )  # fmt: skip

    refused = rules.why_not(selectors.candidate(nurse.pk, centre.pk, TODAY), visit(centre, edition))
    assert codes(refused) == ["nurse.post"]


def test_the_paper_that_holds_today_counts_not_the_renewal_that_begins_later(centre, edition, admin):
    nurse = persons.nurse(centre, fails="insurance")
    for starts, expires in ((YESTERDAY, TODAY), (TOMORROW, TODAY + timedelta(days=365))):
        for kind in ("liability", "medical_accident", "personal_accident"):
            services.record_insurance(
                nurse_id=nurse.pk, kind=kind, insurer="示例保险", policy_number="BD-1", starts_on=starts,
                expires_on=expires, by=admin, now=NOW,
            )  # fmt: skip

    for day in (TODAY, TOMORROW):
        standing = selectors.candidate(nurse.pk, centre.pk, day)
        that_day = replace(visit(centre, edition), starts_at=at(10, day), ends_at=at(11, day))
        assert rules.why_not(standing, that_day) == []


def test_a_shift_counts_at_its_own_centre_and_leave_counts_everywhere(district, centre, edition, admin):
    other = places.centre(district, towns=(places.LUJIAZUI,), name="陆家嘴")
    nurse = persons.nurse(centre)
    services.affiliate(nurse=nurse, organisation=other, kind="filed", starts_on=TODAY, by=SETUP, now=NOW)

    def why_not(place):
        there = replace(visit(centre, edition), organisation_id=place.pk)
        return codes(rules.why_not(selectors.candidate(nurse.pk, place.pk, TODAY), there))

    assert (why_not(centre), why_not(other)) == ([], ["nurse.shift"])
    services.plan_leave(nurse_id=nurse.pk, organisation_id=other.pk, starts_at=at(9), ends_at=at(12), by=SETUP, now=NOW)
    assert why_not(centre) == ["nurse.shift"]


def test_the_roster_says_what_bars_whom_today(district, centre):
    persons.nurse(centre, fails=("title", "training"), name="甲")
    persons.nurse(centre, fails=("insurance", "shift", "certificate"), name="乙")
    institution_services.choose_setting(
        district=district, key="nurse.insurance", value="warn", effective_on=TODAY, reason="过渡期", by=SETUP, now=NOW
    )

    rows = {row.nurse.user.display_name: row for row in selectors.roster(centre.pk, TODAY)}

    assert codes(rows["甲"].barred_by) == ["nurse.title", "nurse.training"]
    assert (codes(rows["乙"].barred_by), codes(rows["乙"].warned_of)) == ([], ["nurse.insurance"])


@pytest.mark.clause("001 二(二)7", "004 五(三)")
def test_what_expires_is_listed_until_it_is_renewed(centre, admin):
    nurse = persons.nurse(centre, fails="licence")

    def soon(days):
        return [row.what for row in selectors.expiring(centre.pk, TODAY, days)]

    assert soon(30) == ["护士执业证书"]
    assert {"执业安全教育", "责任险", "注册系统查询复核"} <= set(soon(366))
    services.update_standing(
        nurse_id=nurse.pk, certificate_expires_on=TODAY + timedelta(days=1800), by=admin, now=LATER
    )
    assert soon(30) == []


# --- the exit mechanism ---


@pytest.mark.clause("002 五(二)2")
@pytest.mark.clause("004 三(一)")
def test_an_exclusion_closes_every_centre_of_the_district_and_is_announced(district, centre, edition, admin):
    other = places.centre(district, towns=(places.LUJIAZUI,), name="陆家嘴")
    nurse = persons.nurse(centre)
    services.affiliate(nurse=nurse, organisation=other, kind="filed", starts_on=TODAY, by=SETUP, now=NOW)

    exclusion = services.exclude(
        nurse_id=nurse.pk, kind="不良执业行为", reason="冒签记录", evidence="通报 3 号", by=admin, now=LATER
    )

    for place in (centre, other):
        there = replace(visit(centre, edition), organisation_id=place.pk)
        assert "nurse.exclusion" in codes(rules.why_not(selectors.candidate(nurse.pk, place.pk, TODAY), there))
    told = Outbox.objects.get(event_type="nurses.excluded").payload
    assert (told["nurse"], told["user"], told["exclusion"]) == (nurse.pk, nurse.user_id, exclusion.pk)


@pytest.mark.clause("004 三(一)")
def test_only_the_commission_lifts_an_exclusion_and_only_by_an_appeal(centre, edition, admin, supervisor):
    nurse = persons.nurse(centre, fails="exclusion")
    exclusion = Exclusion.objects.get(nurse=nurse)

    with pytest.raises(NotYours):
        services.lift_exclusion(exclusion_id=exclusion.pk, appeal="误报", by=admin, now=LATER)
    with pytest.raises(Invalid):
        services.lift_exclusion(exclusion_id=exclusion.pk, appeal=" ", by=supervisor, now=LATER)
    services.lift_exclusion(exclusion_id=exclusion.pk, appeal="经复核为误报", by=supervisor, now=LATER)

    assert rules.why_not(selectors.candidate(nurse.pk, centre.pk, TODAY), visit(centre, edition)) == []
    assert traces.act("nurses.exclusion_lifted").reason == "经复核为误报"
    with pytest.raises(Refused) as no:
        services.lift_exclusion(exclusion_id=exclusion.pk, appeal="再说一次", by=supervisor, now=LATER)
    assert no.value.code == "exclusion.lifted"


def test_an_exclusion_needs_a_fact_and_evidence(centre, supervisor):
    nurse = persons.nurse(centre)

    with pytest.raises(Invalid) as no:
        services.exclude(nurse_id=nurse.pk, kind="", reason="", evidence="", starts_on=TOMORROW, by=supervisor, now=NOW)

    assert set(no.value.field_errors) == {"kind", "reason", "evidence", "starts_on"}


def test_the_database_itself_keeps_an_exclusion_from_being_lifted_in_silence(centre):
    exclusion = Exclusion.objects.get(nurse=persons.nurse(centre, fails="exclusion"))

    with pytest.raises(IntegrityError, match="exclusion_lifted_only_by_appeal"):
        Exclusion.objects.filter(pk=exclusion.pk).update(lifted_at=LATER)
