"""A finding's way: opened once, given to somebody, put right, looked at again; closed only when it is gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Due, Event
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from orders.lifecycle import OrderStatus as S
from supervision import access, services
from supervision.access import OVERSEEING
from supervision.checks import CHECKS
from supervision.doors import FINDINGS
from supervision.lifecycle import FINDING, FindingStatus
from supervision.models import CheckRun, Finding
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_compliance_checks import rules_in_force
from tests.world import places, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    t = world.town()
    rules_in_force(t)
    t.order = world.order(t, S.COMPLETED)
    t.late = t.now + 2 * DAY
    return t


def with_no_title(t, title="nurse"):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE nurses_nurse SET title = %s WHERE id = %s", [title, t.order.nurse_id])


def found(t, now=None) -> Finding:
    services.run_checks(district_id=t.district.pk, now=now or t.late)
    return Finding.objects.get(source="nurse_title")


def given(t, finding, now=None):
    now = now or t.late
    return services.assign(
        finding_id=finding.pk, owner_id=t.users[Role.CENTRE_ADMIN].pk, due_on=timezone.localdate(now) + 5 * DAY,
        by=t.actor(Role.CENTRE_ADMIN), now=now,
    )  # fmt: skip


def rectified(t):
    with_no_title(t)
    finding = given(t, found(t))
    return services.rectify(
        finding_id=finding.pk, measures="已停止派出，补办职称登记", by=t.actor(Role.CENTRE_ADMIN), now=t.late
    )


@pytest.mark.clause("002 六(二)2")
def test_the_same_thing_is_found_once_however_often_it_is_looked_for(t):
    with_no_title(t)

    first = found(t)
    again = found(t, t.late + DAY)

    assert first.pk == again.pk
    assert Finding.objects.count() == 1
    assert [run.total for run in CheckRun.objects.filter(code="nurse_title").order_by("at")] == [1, 1]
    assert again.due_on == timezone.localdate(t.late) + 7 * DAY
    assert again.order_id == t.order.pk


@pytest.mark.clause("002 六(二)2")
def test_what_is_put_right_is_closed_by_looking_again(t):
    finding = rectified(t)

    with pytest.raises(Unmet) as still:
        services.pass_finding(finding_id=finding.pk, by=t.actor(Role.SUPERVISOR), now=t.late)
    assert still.value.code == "finding.still_there"

    with_no_title(t, "supervisor")
    done = services.pass_finding(finding_id=finding.pk, reason="已看过登记", by=t.actor(Role.SUPERVISOR), now=t.late)
    assert done.status == FindingStatus.CLOSED
    assert done.closed_at == t.late
    assert [step.name for step in done.steps.order_by("pk")] == ["open", "assign", "rectify", "pass"]


def test_the_nightly_look_closes_what_is_gone_and_opens_what_came_back(t):
    with_no_title(t)
    found(t)

    with_no_title(t, "supervisor")
    assert found(t, t.late + DAY).status == FindingStatus.CLOSED

    with_no_title(t)
    back = found(t, t.late + 2 * DAY)
    assert back.status == FindingStatus.OPENED
    assert back.closed_at is None
    assert back.owner_id is None


@pytest.mark.clause("002 六(二)2")
def test_what_cannot_be_undone_is_closed_with_the_commissions_reason_and_stays_so(t):
    with_no_title(t)
    finding = found(t)

    with pytest.raises(Invalid):
        services.excuse(finding_id=finding.pk, reason="  ", by=t.actor(Role.SUPERVISOR), now=t.late)
    with pytest.raises(NotYours):
        services.excuse(finding_id=finding.pk, reason="历史数据", by=t.actor(Role.CENTRE_ADMIN), now=t.late)
    services.excuse(finding_id=finding.pk, reason="登记差错，已书面说明", by=t.actor(Role.SUPERVISOR), now=t.late)

    assert found(t, t.late + DAY).status == FindingStatus.EXCUSED
    event = traces.events().filter(kind=Event.Kind.ACT, action="supervision.finding_excused").get()
    assert event.reason == "登记差错，已书面说明"
    assert event.role == "supervisor"


@pytest.mark.clause("002 六(二)2")
def test_an_excuse_covers_a_present_state_until_the_check_has_stopped_finding_it(t):
    phone = "UPDATE institutions_profile SET supervision_phone = %s"

    def look(days, number):
        with connection.cursor() as cursor:
            cursor.execute(phone, [number])
        services.run_checks(district_id=t.district.pk, now=t.late + days * DAY)
        return Finding.objects.get(source="supervision_phone")

    finding = look(0, "")
    assert finding.key == f"centre:{t.centre.pk}"
    services.excuse(finding_id=finding.pk, reason="号码更换中", by=t.actor(Role.SUPERVISOR), now=t.late)
    assert look(1, "").status == FindingStatus.EXCUSED
    gone = look(2, "021-58880000")
    assert (gone.status, gone.unfound_at) == (FindingStatus.EXCUSED, t.late + 2 * DAY)
    assert look(3, "021-58880000").unfound_at == t.late + 2 * DAY

    back = look(400, "")
    assert back.status == FindingStatus.OPENED
    assert (back.closed_at, back.unfound_at) == (None, None)
    assert back.due_on == timezone.localdate(t.late + 400 * DAY) + 7 * DAY
    assert back.steps.latest("pk").name == "return"
    later = t.late + 400 * DAY
    services.excuse(finding_id=back.pk, reason="号码又在更换", by=t.actor(Role.SUPERVISOR), now=later)
    assert look(401, "").status == FindingStatus.EXCUSED


def test_what_was_excused_of_one_visit_stays_excused_though_the_check_loses_it_for_a_while(t):
    with_no_title(t)
    finding = found(t)
    services.excuse(finding_id=finding.pk, reason="登记差错，已书面说明", by=t.actor(Role.SUPERVISOR), now=t.late)

    with_no_title(t, "supervisor")
    assert found(t, t.late + DAY).unfound_at is None
    with_no_title(t)
    assert found(t, t.late + 2 * DAY).status == FindingStatus.EXCUSED


def test_only_checks_whose_key_names_no_visit_speak_of_a_present_state():
    present = {code for code, check in CHECKS.items() if check.present}

    assert present == {"rule_sets", "supervision_phone", "access_left", "registry_overdue"}
    assert all("'order:'" not in CHECKS[code].sql for code in present)


def test_a_report_may_be_sent_back_with_a_reason(t):
    finding = rectified(t)

    with pytest.raises(Invalid):
        services.send_back(finding_id=finding.pk, reason="", by=t.actor(Role.QC_INSPECTOR), now=t.late)
    back = services.send_back(finding_id=finding.pk, reason="没有凭据", by=t.actor(Role.QC_INSPECTOR), now=t.late)

    assert back.status == FindingStatus.ASSIGNED


def test_an_owner_works_at_the_institution_and_the_deadline_lies_ahead(t):
    with_no_title(t)
    finding = found(t)
    act = {"finding_id": finding.pk, "by": t.actor(Role.CENTRE_ADMIN), "now": t.late}
    soon, today = timezone.localdate(t.late) + DAY, timezone.localdate(t.late)

    for owner, due_on, field in (
        (t.users[Role.SUPERVISOR].pk, soon, "owner"),
        (None, soon, "owner"),
        (t.users[Role.CENTRE_ADMIN].pk, today - DAY, "due_on"),
        (t.users[Role.CENTRE_ADMIN].pk, today + 91 * DAY, "due_on"),
        (t.users[Role.CENTRE_ADMIN].pk, None, "due_on"),
    ):
        with pytest.raises(Invalid) as no:
            services.assign(owner_id=owner, due_on=due_on, **act)
        assert field in no.value.field_errors


def test_a_report_says_what_was_done(t):
    with_no_title(t)
    finding = given(t, found(t))

    for measures in ("", "长" * 301):
        with pytest.raises(Invalid) as no:
            services.rectify(finding_id=finding.pk, measures=measures, by=t.actor(Role.CENTRE_ADMIN), now=t.late)
        assert "measures" in no.value.field_errors


def test_steps_follow_the_table(t):
    with_no_title(t)
    finding = found(t)

    with pytest.raises(NotNow):
        services.pass_finding(finding_id=finding.pk, by=t.actor(Role.SUPERVISOR), now=t.late)
    with pytest.raises(NotYours):
        services.rectify(finding_id=finding.pk, measures="已改", by=t.actor(Role.SUPERVISOR), now=t.late)
    with pytest.raises(Hidden):
        services.rectify(finding_id=finding.pk, measures="已改", by=t.actor(Role.NURSE), now=t.late)
    assert {step.name for step in FINDING.steps if step.creates} == {"open"}


@pytest.mark.clause("004 五(三)")
def test_the_twins_of_findings_agree(t):
    with_no_title(t)
    finding = found(t)

    for actor in everybody(t):
        seen = access.visible_to(actor).filter(pk=finding.pk).exists()
        assert seen == bool(access.hats(actor, finding)), actor.orgs
        if not actor.orgs_as(Role.CENTRE_ADMIN, *OVERSEEING) & {t.centre.pk}:
            assert not seen
            assert FINDINGS.chances(finding, actor) == []


@pytest.mark.clause("002 四")
def test_every_night_and_at_one_press_the_checks_fall_due_as_rows(t):
    with_no_title(t)

    services.plan_nightly(by=places.SETUP, now=t.late)
    services.plan_nightly(by=places.SETUP, now=t.late)
    assert Due.objects.filter(kind="supervision.check").count() == 1
    delivery.run_due(now=t.late)
    assert Finding.objects.count() == 1

    services.ask_for_checks(district_id=t.district.pk, by=t.actor(Role.SUPERVISOR), now=t.late + DAY)
    delivery.run_due(now=t.late + DAY)
    assert CheckRun.objects.filter(code="nurse_title").count() == 2
    with pytest.raises(Hidden):
        services.ask_for_checks(district_id=t.district.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.late)
