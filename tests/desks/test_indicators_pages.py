"""Pages of indicators, key tasks and workload: whose they are, what they say and cost, what nobody reaches."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from indicators import files, months, services
from indicators.definitions import DEFINITIONS
from indicators.models import ImportBatch, Snapshot, Task
from orders.lifecycle import OrderStatus as S
from referrals import services as referrals
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import alliance, persons, places, traces

pytestmark = pytest.mark.django_db

MONTH = months.before(months.month_of(timezone.localdate()))


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.SUPERVISOR)


def url(name, *args, **asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return reverse(f"oversight:{name}", args=args) + (f"?{query}" if query else "")


def this_month() -> str:
    return f"{timezone.localdate():%Y-%m}"


def finished(t, n=1):
    """Visits that ended today, each of another patient and nurse."""
    for _ in range(n):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, at=S.COMPLETED, times=1)


def compute(t, month=None, now=None):
    now = now or timezone.now() + timedelta(days=2)
    return services.compute_month(
        district=t.district, month=month or months.month_of(timezone.localdate()), by=t.actor(Role.SUPERVISOR), now=now
    )


def task(t, **changed):
    given = {"area": "提高护理质量", "name": "准时到达率达到 95%", "lead": "区护理质控组", **changed}
    return services.add_task(district=t.district, by=t.actor(Role.SUPERVISOR), now=timezone.now(), **given)


PAGES = [
    ("indicators", ()), ("indicators_one", ("on_time",)), ("indicators_one", ("annex_3",)), ("indicators_import", ()),
    ("indicators_pattern", ()), ("tasks", ()), ("workload", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_each_page_answers_supervisor_and_inspector_and_nobody_else(t, desk, name, args):
    inspector = client(t, Role.QC_INSPECTOR)
    others = [client(t, role) for role in (Role.AUDITOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.NURSE, Role.PROXY)]

    assert desk.get(url(name, *args)).status_code == 200
    assert inspector.get(url(name, *args)).status_code == 200
    assert {other.get(url(name, *args)).status_code for other in others} == {403}


@pytest.mark.clause("001 二(四)20", "003 附件-27")
def test_every_indicator_stands_on_the_page_and_has_a_page_of_its_own(t, desk):
    page = text(desk.get(url("indicators")))

    for meant in DEFINITIONS.values():
        assert meant.name in page, meant.code
        own = desk.get(url("indicators_one", meant.code))
        assert own.status_code == 200, meant.code
        assert meant.clause in text(own)


@pytest.mark.clause("003 四(四)", "001 二(四)20")
def test_a_figure_leads_to_the_rows_behind_it_and_each_row_to_its_order(t, desk):
    finished(t)
    desk.post(url("indicators_compute"), {"month": this_month()})
    listed = text(desk.get(url("indicators", month=this_month())))
    one = desk.get(url("indicators_one", "annex_23", month=this_month()))

    assert "是" in listed
    (row,) = one.context["page"].object_list
    order = t.centre.orders.get()
    assert row["number"] == order.number
    assert desk.get(row["url"]).status_code == 200


def test_a_referral_behind_a_figure_shows_its_number_and_promises_no_page(t, desk):
    row = alliance.downward(t)
    tomorrow = timezone.now() + timedelta(days=1)
    referrals.accept_down(
        referral_id=row.pk, wish="带胃管，请上门护理", wished_from=tomorrow, wished_to=tomorrow + timedelta(hours=3),
        by=t.actor(Role.DISPATCHER), now=timezone.now(),
    )  # fmt: skip

    one = desk.get(url("indicators_one", "annex_20", month=this_month()))

    (shown,) = one.context["page"].object_list
    assert (shown["number"], shown["url"]) == (row.number, "")
    assert f'<th scope="row">{row.number}</th>' in text(one)


@pytest.mark.clause("001 二(四)19")
def test_a_missed_target_says_by_how_much_and_leads_to_a_task(t, desk):
    finished(t)
    order = t.centre.orders.get()
    type(order).objects.filter(pk=order.pk).update(arrived_at=order.planned_start + timedelta(minutes=16))
    compute(t)
    page = text(desk.get(url("indicators", month=this_month())))

    assert "低于目标 95 个百分点" in page
    assert url("tasks_new", indicator="on_time") in page
    form = desk.get(url("tasks_new", indicator="on_time")).context["form"]
    assert form.initial["indicator"] == "on_time"


@pytest.mark.clause("003 附件-3")
def test_a_value_by_hand_is_registered_and_a_bad_one_keeps_what_was_typed(t, desk):
    place = {"month": f"{MONTH:%Y-%m}", "centre": t.hospital.pk}
    address = url("indicators_record", "annex_1")
    bad = desk.post(address, {**place, "numerator": "9", "denominator": "5", "evidence": "三月报表"})

    assert bad.status_code == 422
    assert "不应大于" in text(bad)
    assert 'value="9"' in text(bad)
    assert "三月报表" in text(bad)
    assert Snapshot.objects.count() == 0
    good = desk.post(address, {**place, "numerator": "4", "denominator": "5", "evidence": "三月报表"}, follow=True)
    assert "80.0%" in text(good)
    assert "三月报表" in text(good)


def sheet(t, *lines):
    body = "\r\n".join([",".join(files.HEAD), *lines]).encode()
    return {"file": SimpleUploadedFile("values.csv", body, content_type="text/csv")}


@pytest.mark.clause("001 二(四)20")
def test_a_file_is_looked_through_first_and_taken_over_as_it_was_seen(t, desk):
    line = f"{t.hospital.short_name},annex_1,{MONTH:%Y-%m},800,1000"
    seen = desk.post(url("indicators_import"), sheet(t, line))

    assert "可以导入 1 行，有问题 0 行" in text(seen)
    assert ImportBatch.objects.count() == 0
    sent = dict(seen.context["taking"].initial)
    empty = desk.post(url("indicators_import_apply"), {**sent, "evidence": ""})
    assert empty.status_code == 422
    assert "请填写数据来源。" in text(empty)
    desk.post(url("indicators_import_apply"), {**sent, "evidence": "医院信息系统"})
    assert Snapshot.objects.get().value == 80
    twice = desk.post(url("indicators_import_apply"), {**sent, "evidence": "医院信息系统"})
    assert "已经导入过" in text(twice)


def test_a_file_with_a_bad_line_cannot_be_taken_over(t, desk):
    seen = desk.post(url("indicators_import"), sheet(t, f"无此机构,annex_1,{MONTH:%Y-%m},1,2"))

    assert seen.status_code == 422
    assert "第 2 行" in text(seen)
    assert "没有找到机构" in text(seen)
    assert "taking" not in seen.context
    rubbish = desk.post(url("indicators_import_apply"), {"content": "???", "name": "x", "evidence": "某处"})
    assert rubbish.status_code == 422
    assert ImportBatch.objects.count() == 0


def test_the_empty_file_names_only_what_may_be_brought(t, desk):
    lines = desk.get(url("indicators_pattern")).content.decode("utf-8-sig").splitlines()

    assert lines[0] == ",".join(files.HEAD)
    assert any(",annex_1," in line for line in lines)
    assert not any(",on_time," in line for line in lines)


@pytest.mark.parametrize("asked", ["month=nonsense", "month=2099-01", "centre=999999999", "centre=x", "page=99"])
def test_nonsense_in_the_address_is_never_an_error(t, desk, asked):
    for name, args in PAGES:
        assert desk.get(f"{url(name, *args)}?{asked}").status_code in (200, 404), name
    assert desk.get(url("indicators_one", "nonsense")).status_code == 404
    assert desk.get(f"{url('workload')}?start=2026-99-99&by=nothing").status_code == 200


def test_pages_cost_the_same_with_one_row_and_with_many(t, desk):
    finished(t)
    compute(t)
    task(t)
    asked = {"month": this_month()}
    addresses = [
        url("indicators", **asked), url("indicators_one", "annex_23", **asked), url("tasks"),
        url("tasks_one", Task.objects.get().pk),
        *(url("workload", by=by) for by in ("nurse", "centre", "item", "town")),
    ]  # fmt: skip
    before = [count(desk, address) for address in addresses]
    finished(t, 4)
    places.offering_centre(t.hospital, t.edition, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    compute(t)
    for n in range(9):
        row = task(t, name=f"任务 {n}")
        services.report(task_id=row.pk, reason="进展", by=t.actor(Role.SUPERVISOR), now=timezone.now())
    for n in range(5):
        services.report(
            task_id=Task.objects.earliest("pk").pk, reason=f"{n}", by=t.actor(Role.SUPERVISOR), now=timezone.now()
        )

    assert [count(desk, address) for address in addresses] == before


@pytest.mark.clause("001 附件 1-32")
def test_the_32_rows_are_put_on_the_board_by_one_press_and_each_can_be_opened(t, desk):
    assert "还没有任务" in text(desk.get(url("tasks")))
    page = text(desk.post(url("tasks_adopt"), follow=True))

    assert "第 1 到 32 条，共 32 条" in page
    assert "已过" in page
    assert url("tasks_adopt") not in page
    for row in Task.objects.all():
        assert desk.get(url("tasks_one", row.pk)).status_code == 200
    late = text(desk.get(url("tasks", state="late")))
    assert "加强护士培训" in late
    assert "落实责任制整体护理" not in late


@pytest.mark.clause("001 三(三)")
def test_a_task_is_reported_reviewed_and_finished_with_evidence(t, desk):
    row = task(t)
    refused = desk.post(url("tasks_step", row.pk, "finish"), {"reason": " ", "version": row.version})
    assert refused.status_code == 422
    assert "请填写完成凭据。" in text(refused)
    desk.post(url("tasks_step", row.pk, "report"), {"reason": "已培训 30 人", "version": row.version})
    stale = desk.post(url("tasks_step", row.pk, "report"), {"reason": "又一条", "version": row.version})
    assert "刚被他人更新" in text(stale)
    assert "又一条" in text(stale)
    row.refresh_from_db()
    desk.post(url("tasks_step", row.pk, "finish"), {"reason": "浦卫护〔2026〕3号", "version": row.version})
    page = text(desk.get(url("tasks_one", row.pk)))
    for words in ("已培训 30 人", "浦卫护〔2026〕3号", "已完成", "重新推进"):
        assert words in page


def test_an_inspector_reports_and_does_not_decide(t):
    row, inspector = task(t), client(t, Role.QC_INSPECTOR)

    page = text(inspector.get(url("tasks_one", row.pk)))
    assert "登记进展" in page
    assert "撤销任务" not in page
    assert inspector.post(url("tasks_step", row.pk, "finish"), {"reason": "完成了"}).status_code == 422
    assert Task.objects.get().evidence == ""
    assert inspector.get(url("tasks_new")).status_code == 403


def test_a_new_task_without_a_lead_keeps_what_was_typed(t, desk):
    yesterday = timezone.localdate() - timedelta(days=1)
    sent = {"name": "提高接单率", "area": "质量", "lead": "", "due_on": yesterday.isoformat()}
    bad = desk.post(url("tasks_new"), sent)

    assert bad.status_code == 422
    assert "请填写牵头单位。" in text(bad)
    assert "提高接单率" in text(bad)
    past = desk.post(url("tasks_new"), {**sent, "lead": "质控组"})
    assert "完成时限不应早于今天" in text(past)
    desk.post(url("tasks_new"), {**sent, "lead": "质控组", "due_on": ""})
    assert Task.objects.get().deadline_text == "持续推进"


@pytest.mark.clause("002 五(八)", "000 五(十七)")
def test_workload_stands_beside_hours_and_shows_its_formula(t, desk):
    finished(t)
    page = text(desk.get(url("workload")))

    for words in ("难度积分", "合计小时", "人均工时", "积分怎么算", "160%", t.nurse.user.display_name):
        assert words in page
    for by in ("centre", "item", "town"):
        assert desk.get(url("workload", by=by)).context["page"].paginator.count == 1, by


@pytest.mark.clause("002 三(一)")
def test_workload_leaves_as_a_file_for_a_reason_only(t, desk):
    finished(t)
    refused = desk.post(url("workload_export"), {"by": "nurse", "reason": ""})
    assert refused.status_code == 422
    assert "请写明导出的原因" in text(refused)
    file = desk.post(url("workload_export"), {"by": "nurse", "reason": "年度绩效评审"})

    assert file["Content-Type"].startswith("text/csv")
    assert t.nurse.user.display_name in file.content.decode("utf-8-sig")
    assert traces.act("indicators.workload_exported").reason == "年度绩效评审"


# --- nobody reaches what is another's ---


@pytest.fixture
def strangers(t):
    """A supervisor of another district, a reviewer of another alliance, an administrator of another centre."""
    said = {"by": places.SETUP, "now": t.now}
    next_door = create_organisation(kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", **said)
    alliance = create_organisation(
        kind=Organization.Kind.HOSPITAL, name="邻区中心医院", short_name="邻区医院", parent=t.district, **said
    )
    centre = places.bare_centre(alliance, name="洋泾", now=t.now)
    posts = {Role.SUPERVISOR: next_door, Role.REVIEWER: alliance, Role.CENTRE_ADMIN: centre}
    for role, place in posts.items():
        t.users[f"other_{role}"] = places.post(place, role, now=t.now).user
    return {role: client(t, f"other_{role}") for role in posts}


@pytest.mark.clause("002 五(八)")
def test_strangers_see_nothing_by_any_address_or_export(t, strangers):
    finished(t)
    compute(t)
    row = task(t, name="只有本区能看的任务")
    asked = {"month": this_month(), "centre": t.centre.pk}
    order = t.centre.orders.get()
    secrets = (order.number, t.nurse.user.display_name, row.name, t.centre.short_name, t.hospital.short_name)
    addresses = [
        url("indicators", **asked), url("indicators", month=this_month()),
        url("indicators_one", "annex_23", **asked), url("indicators_one", "annex_23", month=this_month()),
        url("indicators_import"), url("indicators_pattern"), url("tasks"), url("tasks_one", row.pk),
        *(url("workload", by=by, centre=t.centre.pk) for by in ("nurse", "centre", "item", "town")), url("workload"),
    ]  # fmt: skip
    for role, browser in strangers.items():
        for address in addresses:
            answer = browser.get(address)
            assert answer.status_code in ((200, 404) if role == Role.SUPERVISOR else (403,)), (role, address)
            found = [word for word in secrets if word in text(answer)]
            assert found == [], (role, address)


@pytest.mark.clause("002 五(八)")
def test_strangers_write_nothing_by_any_address(t, strangers):
    finished(t)
    compute(t)
    row = task(t)
    before = (Snapshot.objects.count(), Task.objects.get().version)
    own = f"{t.hospital.short_name},annex_1,{MONTH:%Y-%m},800,1000"
    for role, browser in strangers.items():
        posted = {
            url("indicators_record", "annex_3"): {
                "month": f"{MONTH:%Y-%m}", "centre": t.hospital.pk, "numerator": "1", "evidence": "某处",
            },
            url("tasks_step", row.pk, "report"): {"reason": "别人的任务"},
            url("tasks_step", row.pk, "drop"): {"reason": "别人的任务"},
            url("workload_export"): {"by": "nurse", "centre": t.centre.pk, "reason": "看看别区"},
            url("indicators_import"): sheet(t, own),
        }  # fmt: skip
        for address, data in posted.items():
            answer = browser.post(address, data)
            assert answer.status_code in (403, 404, 422), (role, address)
            assert t.nurse.user.display_name not in text(answer)
    assert (Snapshot.objects.count(), Task.objects.get().version) == before
