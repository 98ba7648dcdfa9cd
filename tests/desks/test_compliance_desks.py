"""Compliance, findings, quality, policy at three desks: each its own institutions, bad input kept, looks recorded."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Event
from orders.lifecycle import OrderStatus as S
from supervision import services
from supervision.checks import CHECKS
from supervision.lifecycle import FindingStatus
from supervision.models import Finding, Inspector, Sample, ScoreSheet
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.services.test_access_twins import another_district
from tests.services.test_compliance_checks import sql
from tests.world import places, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DESKS = {"oversight": Role.SUPERVISOR, "review": Role.REVIEWER, "centre": Role.CENTRE_ADMIN}


@pytest.fixture
def t():
    t = offices.town()
    t.order = world.order(t, S.IN_SERVICE)
    sql("UPDATE nurses_nurse SET title = 'nurse' WHERE id = %s", t.order.nurse_id)
    return t


@pytest.fixture
def finding(t):
    services.run_checks(district_id=t.district.pk, now=timezone.now())
    return Finding.objects.get(source="nurse_title")


def strangers(t):
    """Holders of the same three posts in another district."""
    elsewhere = another_district(t)
    centre = places.bare_centre(elsewhere, name="陆家嘴", now=t.now)
    hospital = create_organisation(
        kind=Organization.Kind.HOSPITAL,
        name="他区医院",
        short_name="他院",
        parent=elsewhere,
        by=places.SETUP,
        now=t.now,
    )
    return {
        "oversight": places.post(elsewhere, Role.SUPERVISOR, now=t.now).user,
        "review": places.post(hospital, Role.REVIEWER, now=t.now).user,
        "centre": places.post(centre, Role.CENTRE_ADMIN, now=t.now).user,
    }


@pytest.mark.clause("002 四", "002 三(三)")
@pytest.mark.parametrize("desk", DESKS)
def test_each_desk_reads_checks_rows_and_findings(t, finding, desk):
    browser = client(t, DESKS[desk])

    page = text(browser.get(reverse(f"{desk}:compliance")))
    rows = text(browser.get(reverse(f"{desk}:compliance_one", args=["nurse_title"])))
    one = text(browser.get(reverse(f"{desk}:findings_one", args=[finding.pk])))

    assert all(check.title in page for check in CHECKS.values())
    assert t.order.number in rows
    assert CHECKS["nurse_title"].sentence in one
    assert text(browser.get(reverse(f"{desk}:findings"))).count(f"/findings/{finding.pk}/") == 1
    looks = traces.events().filter(kind=Event.Kind.LOOK, role=DESKS[desk].value)
    assert {event.action for event in looks} == {"accounts.looked", "supervision.looked"}


@pytest.mark.clause("002 五(八)", "004 五(三)")
@pytest.mark.parametrize("desk", DESKS)
def test_strangers_reach_nothing_by_guessing_addresses(t, finding, desk):
    sheet = services.begin_walk(centre=t.centre, by=t.actor(Role.SUPERVISOR), now=timezone.now())
    stranger = offices.Client()
    stranger.force_login(strangers(t)[desk], backend="django.contrib.auth.backends.ModelBackend")

    assert stranger.get(reverse(f"{desk}:findings_one", args=[finding.pk])).status_code == 404
    assert stranger.get(reverse(f"{desk}:quality_sheet", args=[sheet.pk])).status_code == 404
    for verb in ("assign", "rectify", "pass", "excuse"):
        answer = stranger.post(reverse(f"{desk}:findings_step", args=[finding.pk, verb]), {"reason": "不相干"})
        assert answer.status_code == 404, verb
    assert t.order.number not in text(stranger.get(reverse(f"{desk}:compliance_one", args=["nurse_title"])))
    assert f"/findings/{finding.pk}/" not in text(stranger.get(reverse(f"{desk}:findings")))
    assert Finding.objects.get(pk=finding.pk).version == finding.version


@pytest.mark.parametrize("desk", DESKS)
def test_the_wrong_role_is_refused(t, finding, desk):
    for role in (Role.NURSE, Role.PROXY, Role.DISPATCHER, Role.AUDITOR):
        assert client(t, role).get(reverse(f"{desk}:compliance")).status_code == 403


def test_the_figure_of_a_check_equals_the_rows_behind_it(t, finding):
    browser = client(t, Role.SUPERVISOR)

    rows = browser.get(reverse("oversight:compliance")).context["rows"]

    for row in rows:
        page = browser.get(row["url"]).context["page"]
        assert page.paginator.count == row["last"]["n"], row["check"].code
    assert sum(row["last"]["n"] for row in rows) >= 1


def test_before_the_first_run_the_page_says_so_and_one_press_asks_for_it(t):
    browser = client(t, Role.SUPERVISOR)

    assert "还没有检查过" in text(browser.get(reverse("oversight:compliance")))
    answer = browser.post(reverse("oversight:compliance_run"), follow=True)
    assert "已安排检查" in text(answer)
    assert browser.get(reverse("oversight:compliance_one", args=["nonsense"])).status_code == 404


@pytest.mark.clause("002 六(二)2")
def test_a_finding_is_walked_to_its_end_by_the_buttons(t, finding):
    centre, hospital = client(t, Role.CENTRE_ADMIN), client(t, Role.REVIEWER)

    def press(browser, desk, verb, **typed):
        return browser.post(reverse(f"{desk}:findings_step", args=[finding.pk, verb]), typed)

    wrong = press(centre, "centre", "assign", owner="", due_on="gestern")
    assert wrong.status_code == 422
    assert "整改期限请在今天以后" in text(wrong)
    due = (timezone.localdate() + 3 * DAY).isoformat()
    wrong = press(centre, "centre", "assign", owner="", due_on=due)
    assert wrong.status_code == 422
    assert due in text(wrong)
    assert press(centre, "centre", "assign", owner=t.users[Role.DISPATCHER].pk, due_on=due).status_code == 302
    kept = press(centre, "centre", "rectify", measures="")
    assert kept.status_code == 422
    assert "请写明采取的整改措施" in text(kept)
    assert press(centre, "centre", "rectify", measures="已停止派出").status_code == 302
    still = press(hospital, "review", "pass", reason="")
    assert still.status_code == 422
    assert "检查仍然发现这个问题" in text(still)
    sql("UPDATE nurses_nurse SET title = 'supervisor' WHERE id = %s", t.order.nurse_id)
    assert press(hospital, "review", "pass", reason="已核对").status_code == 302
    assert Finding.objects.get(pk=finding.pk).status == FindingStatus.CLOSED
    assert press(hospital, "review", "nonsense").status_code == 404


def test_a_report_that_waits_asks_the_centre_for_nothing_and_those_who_look_again_for_their_look(t):
    now = timezone.now()
    row = services.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="没有引导", clause="003 四(四)",
        due_on=timezone.localdate(), by=t.actor(Role.SUPERVISOR), now=now,
    )  # fmt: skip
    act = {"finding_id": row.pk, "by": t.actor(Role.CENTRE_ADMIN), "now": now}

    def page(desk):
        return text(client(t, DESKS[desk]).get(reverse(f"{desk}:findings_one", args=[row.pk])))

    services.assign(owner_id=t.users[Role.CENTRE_ADMIN].pk, due_on=timezone.localdate(), **act)
    sql("UPDATE supervision_finding SET due_on = %s", timezone.localdate() - DAY)
    assert "已过整改期限，请马上处理" in page("centre")
    services.rectify(measures="已安排引导员", **act)
    assert "等待复核，您暂时不用办理" in page("centre")
    assert "请马上处理" not in page("centre")
    for desk in ("oversight", "review"):
        assert "等待复核，整改期限已过，请您核对后办理" in page(desk)


@pytest.mark.parametrize("desk", DESKS)
def test_lists_make_as_many_queries_for_one_as_for_many(t, finding, desk):
    browser = client(t, DESKS[desk])
    urls = [
        reverse(f"{desk}:findings"),
        reverse(f"{desk}:compliance"),
        reverse(f"{desk}:compliance_one", args=["nurse_title"]),
        reverse(f"{desk}:quality"),
    ]
    services.begin_walk(centre=t.centre, by=t.actor(Role.SUPERVISOR), now=timezone.now())
    few = [count(browser, url) for url in urls]

    for n in range(9):
        services.register(
            kind="walk", source="walk", key=f"walk:{n}", organisation=t.centre, words="没有引导", clause="003 四(四)",
            due_on=timezone.localdate(), by=t.actor(Role.SUPERVISOR), now=timezone.now(),
        )  # fmt: skip
        services.begin_walk(centre=t.centre, by=t.actor(Role.SUPERVISOR), now=timezone.now())
    assert [count(browser, url) for url in urls] == few


@pytest.mark.clause("002 引言")
def test_the_policy_library_links_rules_to_clauses(t):
    browser = client(t, Role.SUPERVISOR)

    page = text(browser.get(reverse("oversight:policy")))
    for parent in ("沪卫医〔2022〕95号", "沪卫医发〔2019〕29号", "浦卫医政〔2023〕10号"):
        assert parent in page
    document = browser.get(reverse("oversight:policy_one", args=["002"]))
    rows = {row["clause"]: row for row in document.context["rows"]}
    linked = {rule["words"] for rule in rows["五(二)2"]["rules"]}
    assert {"临床年限不足", "临床护理工作年限"} <= linked
    assert browser.get(reverse("oversight:policy_one", args=["999"])).status_code == 404


def test_every_rule_of_the_library_names_a_clause_of_the_matrix():
    from desks import compliance
    from desks.oversight import policy
    from orders.management.documents import DOCS

    known = {row.clause for row in compliance.rows(DOCS)} | set(compliance.ALIASES)
    cited = {clause for clause, *_ in policy.linked()}
    assert cited <= known


@pytest.mark.clause("002 五(二)2")
def test_the_what_if_page_answers_and_keeps_what_was_typed(t):
    browser, url = client(t, Role.SUPERVISOR), reverse("oversight:whatif")

    assert "可以测算的设置项" in text(browser.get(url))
    page = browser.get(url, {"key": "nurse.min_years", "value": "20"})
    assert page.context["refused_then"] == page.context["asked"] == 1
    assert "去调整这项设置" in text(page)
    assert browser.get(url, {"key": "nurse.min_title", "value": "主任护师"}).context["refused_then"] == 1
    wrong = browser.get(url, {"key": "nurse.min_years", "value": "很多"})
    assert wrong.status_code == 422
    assert "5 到 40 之间的整数" in text(wrong)
    assert "很多" in text(wrong)
    assert browser.get(url, {"key": "nonsense", "value": "1"}).status_code == 422


@pytest.mark.clause("001 二(四)18", "002 七(三)")
def test_quality_control_by_its_pages(t):
    head, inspector = client(t, Role.SUPERVISOR), client(t, Role.QC_INSPECTOR)
    sql("UPDATE orders_order SET finished_at = %s WHERE id = %s", timezone.now() - DAY, t.order.pk)
    yesterday = timezone.localdate() - DAY
    ask = {"title": "周抽查", "seed": "彩票 0815", "starts_on": yesterday - DAY, "ends_on": yesterday, "size": "5"}

    wrong = inspector.post(reverse("oversight:quality_draw"), {**ask, "seed": "1"})
    assert wrong.status_code == 422
    assert "种子请填写至少 4 个字符" in text(wrong)
    assert "周抽查" in text(wrong)
    assert inspector.post(reverse("oversight:quality_draw"), ask).status_code == 302
    sample = Sample.objects.get()
    assert "结果相同" in text(inspector.get(reverse("oversight:quality_sample", args=[sample.pk])))

    form = {
        "user_id": t.users[Role.QC_INSPECTOR].pk, "kind": "expert", "expertise": "护理", "paper": "备 1 号",
        "starts_on": yesterday,
    }  # fmt: skip
    empty = head.post(reverse("oversight:quality_inspectors"), {})
    assert empty.status_code == 422
    assert head.post(reverse("oversight:quality_inspectors"), form).status_code == 302
    url = reverse("oversight:quality_sheet", args=[ScoreSheet.objects.get().pk])
    bad = inspector.post(url, {"identity": "99", "note": "记一句"})
    assert bad.status_code == 422
    assert "请填写 0 到 10 之间的整数" in text(bad)
    assert "记一句" in text(bad)
    points = {"identity": 10, "consent": 10, "explained": 2, "asked": 10, "technique": 20, "observed": 10,
              "record": 20, "waste": 10}  # fmt: skip
    assert inspector.post(url, points).status_code == 302
    assert "操作前解释清楚：2 分" in text(inspector.get(url))
    assert "2" in text(client(t, Role.CENTRE_ADMIN).get(reverse("centre:quality_sheet", args=[sample.sheets.get().pk])))
    assert head.post(reverse("oversight:quality_inspectors_end", args=[Inspector.objects.get().pk])).status_code == 302
    assert Inspector.objects.get().ends_on == timezone.localdate()


@pytest.mark.clause("002 七(三)", "003 四(四)")
def test_the_lead_hospital_plans_a_visit_and_anybody_overseeing_walks(t):
    browser = client(t, Role.REVIEWER)

    assert browser.post(reverse("review:tours"), {"centre": "", "planned_on": ""}).status_code == 422
    asked = {"centre": t.centre.pk, "planned_on": timezone.localdate().isoformat(), "rounds": "once"}
    assert browser.post(reverse("review:tours"), asked).status_code == 302
    assert ScoreSheet.objects.get().kind == "tour"
    answer = client(t, Role.SUPERVISOR).post(reverse("oversight:quality_walk"), {"centre": t.centre.pk}, follow=True)
    assert "体验走查表" in text(answer)
