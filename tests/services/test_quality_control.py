"""Quality control: on file before acting, a sample that anybody draws again, sheets whose low items are followed up."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from desks import compliance
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from orders.lifecycle import OrderStatus as S
from orders.management.documents import DOCS
from supervision import access, scoring, services
from supervision.models import Finding, Inspector, Sample, ScoreSheet
from supervision.services import quality
from tests import world
from tests.desks import offices
from tests.services.test_access_twins import everybody
from tests.world import persons

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    t = world.town()
    t.orders = []
    for _ in range(3):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        t.orders.append(world.order(t, S.COMPLETED))
    t.late = t.now + 3 * DAY
    return t


def filed(t) -> Inspector:
    return services.file_inspector(
        district=t.district, user_id=t.users[Role.QC_INSPECTOR].pk, kind="member", expertise="护理管理，副主任护师",
        paper="浦卫质控〔2026〕1号", starts_on=timezone.localdate(t.late), by=t.actor(Role.SUPERVISOR), now=t.late,
    )  # fmt: skip


def drawn(t, seed="20260303-0815", size=2, **changed) -> Sample:
    given = {
        "district": t.district, "title": "三月抽查", "seed": seed, "size": size,
        "starts_on": timezone.localdate(t.now), "ends_on": timezone.localdate(t.now) + DAY,
        "by": t.actor(Role.QC_INSPECTOR), "now": t.late, **changed,
    }  # fmt: skip
    return services.draw_sample(**given)


def full(kind, **changed) -> dict:
    return {item.code: item.points for item in scoring.SHEETS[kind].items} | changed


@pytest.mark.clause("002 七(三)")
def test_the_same_seed_draws_the_same_visits_with_no_program_of_ours(t):
    sample = drawn(t)

    numbers = sorted(order.number for order in t.orders)
    by_hand = sorted(numbers, key=lambda n: hashlib.sha256(f"20260303-0815:{n}".encode()).hexdigest())[:2]
    assert sample.pool == numbers
    assert set(sample.sheets.values_list("order__number", flat=True)) == set(by_hand)
    assert scoring.draw(sample.seed, reversed(sample.pool), 2) == by_hand
    assert sample.pool_sha256 == hashlib.sha256("\n".join(numbers).encode()).hexdigest()
    many = [f"D{n:011}" for n in range(60)]
    assert scoring.draw("another", many, 5) != scoring.draw("20260303-0815", many, 5)


def test_a_seed_is_used_once_and_days_are_over(t):
    drawn(t)

    today = timezone.localdate(t.late)
    for changed, field in (
        ({}, "seed"),
        ({"seed": "12"}, "seed"),
        ({"seed": "another", "ends_on": today}, "ends_on"),
        ({"seed": "another", "size": 0}, "size"),
        ({"seed": "another", "title": " "}, "title"),
    ):
        with pytest.raises(Invalid) as no:
            drawn(t, **changed)
        assert field in no.value.field_errors
    with pytest.raises(Unmet):
        drawn(t, seed="empty-days", starts_on=today - 40 * DAY, ends_on=today - 39 * DAY)
    with pytest.raises(Hidden):
        drawn(t, seed="not-mine", by=t.actor(Role.REVIEWER))


def test_more_visits_than_one_sample_can_stand_for_ask_for_fewer_days_and_none_is_left_out(t, monkeypatch):
    monkeypatch.setattr(quality, "LARGEST_POOL", 2)

    with pytest.raises(Invalid) as no:
        drawn(t)

    assert no.value.field_errors["ends_on"] == ["备抽订单超过 2 单，请缩短服务日期的范围。"]
    assert not Sample.objects.exists()
    monkeypatch.setattr(quality, "LARGEST_POOL", 3)
    assert drawn(t).pool == sorted(order.number for order in t.orders)


@pytest.mark.clause("001 二(四)18")
def test_nobody_scores_before_being_on_file(t):
    sheet = drawn(t).sheets.first()
    act = {"sheet_id": sheet.pk, "scores": full("visit"), "by": t.actor(Role.QC_INSPECTOR), "now": t.late}

    with pytest.raises(Unmet) as no:
        services.score(**act)
    assert no.value.code == "sheet.not_on_file"

    inspector = filed(t)
    with pytest.raises(Invalid):
        filed(t)
    assert services.score(**act).total == 100
    with pytest.raises(NotNow):
        services.score(**act)
    services.end_inspector(inspector_id=inspector.pk, by=t.actor(Role.SUPERVISOR), now=t.late)
    later = {**act, "sheet_id": ScoreSheet.objects.exclude(pk=sheet.pk).first().pk, "now": t.late + DAY}
    with pytest.raises(Unmet):
        services.score(**later)


@pytest.mark.clause("001 二(四)18", "002 七(三)")
def test_a_low_item_becomes_a_finding_with_a_deadline_and_is_put_right(t):
    filed(t)
    sheet = drawn(t).sheets.first()

    done = services.score(
        sheet_id=sheet.pk, scores=full("visit", technique=11, waste=6), by=t.actor(Role.QC_INSPECTOR), now=t.late
    )

    assert done.total == 100 - 9 - 4
    finding = Finding.objects.get()
    assert (finding.kind, finding.order_id, finding.organisation_id) == ("sample", sheet.order_id, t.centre.pk)
    assert finding.words == "按项目步骤规范操作：11 分，满分 20 分"
    assert finding.due_on == timezone.localdate(t.late) + 14 * DAY
    services.assign(
        finding_id=finding.pk, owner_id=t.users[Role.NURSE].pk, due_on=finding.due_on, by=t.actor(Role.CENTRE_ADMIN),
        now=t.late,
    )  # fmt: skip
    services.rectify(finding_id=finding.pk, measures="重新培训并考核", by=t.actor(Role.CENTRE_ADMIN), now=t.late)
    closed = services.pass_finding(finding_id=finding.pk, by=t.actor(Role.QC_INSPECTOR), now=t.late)
    assert closed.closed_at == t.late


def test_points_lie_between_nothing_and_the_items_own(t):
    filed(t)
    sheet = drawn(t).sheets.first()

    for wrong in (None, -1, 21):
        with pytest.raises(Invalid) as no:
            services.score(
                sheet_id=sheet.pk, scores=full("visit", technique=wrong), by=t.actor(Role.QC_INSPECTOR), now=t.late
            )
        assert list(no.value.field_errors) == ["technique"]
    assert ScoreSheet.objects.filter(scored_at__isnull=False).count() == 0


@pytest.mark.clause("002 七(三)")
def test_the_lead_hospital_plans_and_scores_visits_to_its_own_centres(t):
    reviewer = t.actor(Role.REVIEWER)
    tour = services.plan_tour(centre=t.centre, planned_on=timezone.localdate(t.late), by=reviewer, now=t.late)

    with pytest.raises(NotYours):
        services.score(sheet_id=tour.pk, scores=full("tour"), by=t.actor(Role.SUPERVISOR), now=t.late)
    services.score(sheet_id=tour.pk, scores=full("tour", rules=0), note="制度没有上墙", by=reviewer, now=t.late)

    assert Finding.objects.get().kind == "visit"
    with pytest.raises(Hidden):
        services.plan_tour(centre=t.hospital.parent, planned_on=timezone.localdate(t.late), by=reviewer, now=t.late)
    with pytest.raises(Invalid):
        services.plan_tour(centre=t.centre, planned_on=timezone.localdate(t.late) - DAY, by=reviewer, now=t.late)


@pytest.mark.clause("003 四(四)")
def test_whoever_walks_the_way_fills_the_sheet(t):
    walk = services.begin_walk(centre=t.centre, by=t.actor(Role.SUPERVISOR), now=t.late)

    with pytest.raises(NotYours):
        services.score(sheet_id=walk.pk, scores=full("walk"), by=t.actor(Role.REVIEWER), now=t.late)
    services.score(sheet_id=walk.pk, scores=full("walk", told=5), by=t.actor(Role.SUPERVISOR), now=t.late)

    assert Finding.objects.get().clause == "003 四(四)"
    with pytest.raises(Hidden):
        services.begin_walk(centre=t.centre, by=t.actor(Role.CENTRE_ADMIN), now=t.late)


def test_sheets_add_up_to_a_hundred_and_cite_what_exists():
    known = {row.clause for row in compliance.rows(DOCS)}

    for sheet in scoring.SHEETS.values():
        assert sum(item.points for item in sheet.items) == 100
        assert {sheet.clause, *(item.clause for item in sheet.items)} <= known


def test_the_twins_of_sheets_agree(t):
    filed(t)
    sheet = drawn(t).sheets.first()

    def agree():
        row = ScoreSheet.objects.get(pk=sheet.pk)
        for actor in everybody(t):
            seen = access.sheets_visible_to(actor).filter(pk=row.pk).exists()
            assert seen == bool(access.sheet_hats(actor, row)), actor.orgs

    agree()
    assert not access.sheets_visible_to(t.actor(Role.CENTRE_ADMIN)).exists()
    services.score(sheet_id=sheet.pk, scores=full("visit"), by=t.actor(Role.QC_INSPECTOR), now=t.late)
    agree()
    assert access.sheets_visible_to(t.actor(Role.CENTRE_ADMIN)).exists()
