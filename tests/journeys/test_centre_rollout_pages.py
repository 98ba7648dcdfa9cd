"""The list of nurses, readiness, plans, work plan, log and a started plan, each looked at in a real browser."""

import re

import pytest

from accounts.roles import Role
from institutions import services as institutions
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.services.test_import_nurses import line, workbook


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.browser
@pytest.mark.clause("002 五(二)2")
def test_a_list_is_checked_corrected_and_taken_over(browser, asgi_server, town):
    desk = Person(browser, Album("centre-import"), asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    desk.sign_in()

    desk.open("/centre/people/import/")
    desk.look("empty")
    bad = workbook(
        [line(i, **({"title": "护士长"} if i == 3 else {"clinical_since": "2012年7月1日"})) for i in range(6)]
    )
    desk.page.locator('[name="file"]').set_input_files(
        {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": bad}
    )
    desk.press("核对名单")
    desk.sees("有 1 行需要改正")
    desk.look("faults")
    good = workbook([line(i) for i in range(6)])
    desk.page.locator('[name="file"]').set_input_files(
        {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": good}
    )
    desk.press("核对名单")
    desk.look("sound")
    desk.press("导入这 6 名护士")
    desk.sees("这份名单已导入")
    desk.look("taken-over")
    desk.open("/centre/people/")
    desk.look("people")
    desk.page.get_by_role("link", name="发放初始密码").first.click()
    desk.look("first-password")

    assert desk.wrong == []


@pytest.mark.browser
@pytest.mark.clause("002 五(七)2(1)", "002 五(九)1")
def test_a_plan_is_filed_started_from_an_incident_and_ended(browser, asgi_server, town):
    album = Album("centre-emergency")
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    desk.sign_in()

    desk.open("/centre/emergencies/")
    desk.look("none")
    desk.open("/centre/emergencies/accident/")
    desk.page.get_by_text("编写预案", exact=True).click()
    desk.fill("text", "第一条 立即停止操作，评估生命体征。")
    desk.fill("contacts", "急救中心，急救调度，120\n中心值班，周建国，021-58880000")
    desk.fill("steps", "拨打 120 并说明地址，3\n通知家属，10\n封存用物和记录")
    desk.press("发布这一版")
    desk.sees("预案的新版本已在册")
    desk.look("filed")
    desk.open("/centre/incidents/")
    desk.look("incidents-empty")
    desk.page.get_by_text("登记不良事件", exact=True).first.click()
    desk.fill("text", "服务对象在治疗室跌倒，神志清楚。")
    desk.page.locator("details[open] button[type=submit]").click()
    desk.follow("其他")
    desk.look("incident")
    desk.page.get_by_text("启动应急预案", exact=True).click()
    desk.press("立即启动")
    desk.sees(re.compile(r"已启动 \d+ 分钟"))
    desk.look("started")
    desk.page.get_by_text("登记完成", exact=True).first.click()
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees("步骤已登记完成")
    desk.page.get_by_text("登记联系", exact=True).first.click()
    desk.tick("已联系上")
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees("联系结果已登记")
    desk.look("under-way")
    phone = Person(browser, album, asgi_server, PHONE, town.users[Role.CENTRE_ADMIN].username)
    phone.sign_in()
    phone.open(desk.page.url)
    phone.look("under-way-phone")
    desk.page.locator("summary").filter(has_text="终止预案").click()
    desk.fill("outcome", "已送医院，家属陪同")
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees(re.compile(r"已终止，历时 \d+ 分钟"))
    desk.look("ended")

    assert desk.wrong == []
    assert phone.wrong == []


@pytest.mark.browser
@pytest.mark.clause("002 六(二)1", "002 七(二)", "002 七(四)")
def test_readiness_work_plan_and_log_of_a_centre_and_of_the_district(browser, asgi_server, town):
    album = Album("centre-rollout")
    offices.busy(town)
    offices.papers(town)
    institutions.begin_trial(organisation=town.centre, by=town.actor(Role.SUPERVISOR), now=town.now)
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    desk.sign_in()

    desk.open("/centre/readiness/")
    desk.look("readiness")
    desk.open("/centre/work-plan/")
    desk.look("plan-empty")
    desk.page.get_by_text("写入任务", exact=True).click()
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees("请填写工作内容")
    desk.look("plan-refused")
    desk.fill("title", "全员培训")
    desk.fill("steps", "编写教材\n分批授课\n考核")
    desk.choose("person", "顾晓雯", within="details[open]")
    desk.fill("due_on", "2099-01-01")
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees("任务已写入工作计划")
    desk.look("plan")
    nurse = Person(browser, album, asgi_server, PHONE, town.staff_nurse.username)
    nurse.sign_in()
    nurse.open("/centre/work-plan/")
    nurse.sees("全员培训")
    nurse.look("plan-phone")
    nurse.open("/centre/log/")
    nurse.fill("text", "电梯停用时找不到家属，希望登记备用电话。")
    nurse.press("登记")
    nurse.sees("已登记，区卫生健康委可以看到")
    nurse.look("log-phone")
    desk.open("/centre/rulesets/nursing/")
    desk.press("提醒未读人员")
    desk.sees("已提醒还没有阅读的人员")
    desk.look("reminded")
    supervisor = Person(browser, album, asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    supervisor.sign_in()
    supervisor.open("/oversight/rollout/")
    supervisor.look("district")
    supervisor.open(f"/oversight/rollout/{town.centre.pk}/")
    supervisor.page.get_by_text("写答复", exact=True).click()
    supervisor.fill("answer", "请在申请时登记备用电话。")
    supervisor.page.locator("details[open] button[type=submit]").click()
    supervisor.sees("已答复，机构可以看到")
    supervisor.look("answered")

    assert desk.faults() == []
    assert nurse.wrong == []
    assert supervisor.wrong == []
