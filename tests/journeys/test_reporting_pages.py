"""Reports and exports in a real browser: written, judged, on paper, for everybody; asked for, agreed to, taken."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from indicators import services as indicators
from orders.lifecycle import OrderStatus as S
from reporting import services
from reporting.kinds import OUTLINES
from reporting.models import Export, Summary
from supervision import services as supervision
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person
from tests.world import places

TEXT = "按照试点方案，明确责任部门和责任人，建立派单、随访和应急制度，护士全部经过安全教育和技能考核。"


@pytest.fixture
def town(transactional_db):
    t = offices.town()
    world.order(t, S.COMPLETED)
    t.head, t.today, now = t.actor(Role.SUPERVISOR), timezone.localdate(), timezone.now()
    user = places.person("顾文秀")
    user.set_password(PASSWORD)
    user.save()
    t.other = places.actor(places.post(t.district, Role.SUPERVISOR, user=user).user, on=t.today)
    first = t.today - timedelta(days=70)
    indicators.reconcile(district=t.district, first=first, last=t.today + timedelta(days=1), by=t.head, now=now)
    indicators.compute_month(district=t.district, month=t.today.replace(day=1), by=t.head, now=now)
    supervision.run_checks(district_id=t.district.pk, now=now)
    return t


def someone(browser, server, album, user):
    person = Person(browser, album, server, DESK, user.username)
    person.sign_in()
    return person


@pytest.mark.browser
@pytest.mark.clause("002 六(三)", "003 三(二)")
def test_a_report_is_written_judged_printed_and_published(browser, asgi_server, town):
    album = Album("reporting")
    desk = someone(browser, asgi_server, album, town.users[Role.SUPERVISOR])
    desk.open("/oversight/summaries/")
    desk.look("reports-empty")
    desk.page.locator("main").get_by_role("link", name="起草报告").first.click()
    desk.press("起草报告")
    desk.sees("请选择报告类别。")
    desk.look("new-refused")
    desk.choose("kind", "试点工作总结")
    desk.fill("first", (town.today - timedelta(days=70)).isoformat())
    desk.fill("last", town.today.isoformat())
    desk.press("起草报告")
    desk.sees("报告已起草")
    desk.look("begun")
    row = Summary.objects.get()
    desk.press("提交报告")
    desk.sees("请填写「组织实施」")
    desk.look("submit-refused")
    for one in OUTLINES[row.kind].sections:
        field = desk.page.locator(f'[name="{one.key}"]')
        if not field.input_value():
            field.fill("\n".join([TEXT] * 3))
    desk.press("提交报告")
    desk.sees("报告已提交，等待审核。")
    services.return_for_changes(summary_id=row.pk, reason="请补充随访的数据", by=town.other, now=timezone.now())
    desk.open(f"/oversight/summaries/{row.pk}/")
    desk.look("returned")
    desk.press("提交报告")
    services.accept(summary_id=row.pk, by=town.other, now=timezone.now())
    desk.open(f"/oversight/summaries/{row.pk}/?compare=1")
    desk.press("向社会公布")
    desk.sees("已向社会公布。")
    desk.look("published")
    desk.open("/oversight/summaries/")
    desk.look("reports")

    desk.open(f"/oversight/summaries/{row.pk}/print/")
    desk.look("paper")
    printed = desk.page.pdf(prefer_css_page_size=True, print_background=True)
    (album.folder / "paper.pdf").write_bytes(printed)
    boxes = {tuple(round(float(n)) for n in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", printed)}
    assert {box[2:] for box in boxes} <= {(595, 842), (596, 842), (595, 841)}  # A4 in points
    assert desk.faults() == []

    anybody = Person(browser, album, asgi_server, PHONE, "")
    anybody.open("/results/")
    anybody.look("public-list")
    anybody.follow(row.title)
    anybody.look("public")
    assert anybody.wrong == []


@pytest.mark.browser
@pytest.mark.clause("002 五(八)")
def test_a_table_is_asked_for_agreed_to_and_taken(browser, asgi_server, town):
    album = Album("exporting")
    desk = someone(browser, asgi_server, album, town.users[Role.CENTRE_ADMIN])
    desk.open("/centre/exports/")
    desk.look("exports-empty")
    desk.page.locator("main").get_by_role("link", name="申请导出").first.click()
    desk.tick(re.compile("服务订单"))
    desk.tick(re.compile("不打码"))
    desk.fill("first", (town.today - timedelta(days=30)).isoformat())
    desk.fill("last", (town.today + timedelta(days=7)).isoformat())
    desk.press("申请导出")
    desk.sees("请写明用途")
    desk.look("ask-refused")
    desk.fill("purpose", "配合医疗纠纷鉴定，提供给区医调委")
    desk.press("申请导出")
    desk.sees("须由另一个人同意")
    desk.look("waiting")
    row = Export.objects.get()

    judge = Person(browser, album, asgi_server, DESK, "")
    judge.username = town.users[Role.SUPERVISOR].username
    judge.sign_in()
    judge.open("/oversight/exports/")
    judge.look("to-decide")
    judge.follow(row.number)
    judge.page.locator("summary", has_text="同意导出").click()
    judge.look("deciding")
    judge.page.locator("details[open] button[type=submit]").click()
    judge.sees("已同意，申请人可以在有效期内下载。")

    desk.open(f"/centre/exports/{row.pk}/")
    desk.look("ready")
    with desk.page.expect_download() as taken:
        desk.press("下载 Excel")
    assert taken.value.suggested_filename == f"{row.number}.xlsx"
    desk.open("/centre/summaries/")
    desk.look("centre-reports")
    row.refresh_from_db()
    assert row.fetched == 1
    assert desk.faults() + judge.faults() == []


@pytest.mark.browser
@pytest.mark.clause("001 二(四)17")
def test_a_pack_for_the_city_is_prepared_downloaded_handed_over_and_acknowledged(browser, asgi_server, town):
    desk = someone(browser, asgi_server, Album("city"), town.users[Role.SUPERVISOR])
    desk.open("/oversight/quality/groups/")
    desk.page.get_by_role("link", name="市质控报送").click()
    desk.look("empty")
    desk.fill("first", (town.today - timedelta(days=70)).isoformat())
    desk.fill("last", town.today.isoformat())
    desk.press("准备报送文件")
    desk.sees("请先下载文件")
    desk.look("prepared")
    with desk.page.expect_download() as taken:
        desk.press("下载报送文件")
    assert taken.value.suggested_filename.endswith(".xlsx")
    desk.page.locator("summary", has_text="登记递交").click()  # on the page as it was opened
    desk.page.get_by_text("专人送达", exact=True).click()
    desk.fill("carried_by", "高敏")
    desk.page.locator("details[open]").get_by_role("button", name="登记递交").click()
    desk.sees("请选择日期")
    desk.look("hand-over-refused")
    desk.fill("handed_on", town.today.isoformat())
    desk.page.locator("details[open]").get_by_role("button", name="登记递交").click()
    desk.sees("已登记递交")
    desk.page.locator("summary", has_text="登记签收").click()
    desk.page.locator("details[open] [name=receipt_number]").fill("沪质控〔2026〕12号")
    desk.page.locator("details[open] [name=answered_on]").fill(town.today.isoformat())
    desk.page.locator("details[open]").get_by_role("button", name="登记签收").click()
    desk.sees("已凭回执登记签收")
    desk.look("acknowledged")
    desk.open("/oversight/quality/city/")
    desk.look("list")

    assert desk.faults() == []
