"""A referral there and back, and a question to the hospital, in real browsers: each side sees what is its own."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from orders.trace import order_trace as whole_trace
from referrals.models import Referral, RemoteConsult
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE
from tests.services.test_photos import agree, keep
from tests.world import alliance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

REASON, OUTCOME = "左下肢伤口久不愈合，需专科清创。", "已清创，伤口缩小，回社区隔天换药。"
QUESTION, ADVICE = "伤口渗液多，边缘发白，用哪种敷料？", "用藻酸盐敷料，外敷泡沫敷料，隔天换一次，一周后拍照复查。"


@pytest.fixture
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path


@pytest.mark.clause("003 二(五)13", "004 二(二)", "000 四(十三)")
def test_there_and_back_and_a_question_in_between(shelf, somebody):
    town = offices.town()
    order = world.order(town, at=S.IN_SERVICE, numbers=(2,))
    agree(town, order)
    keep(town, order)

    # --- the nurse asks, the expert answers, she reads it at the bedside ---
    nurse = somebody(town.users[Role.NURSE], PHONE, "referral-nurse")
    hospital = somebody(town.users[Role.REVIEWER], DESK, "referral-hospital")
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.follow("请教牵头医院专家")
    nurse.press("请求会诊")
    nurse.sees("请写明想问专家的问题")
    nurse.look("ask-refused")
    nurse.fill("question", QUESTION)
    nurse.tick("紧急")
    nurse.page.locator('[name="pictures"]').first.check()
    nurse.look("asking")
    nurse.press("请求会诊")
    nurse.sees("已请求会诊")
    nurse.look("asked")
    hospital.open("/review/consults/")
    hospital.look("consults")
    consult = RemoteConsult.objects.get()
    hospital.follow(consult.number)
    hospital.look("consult-closed-record")
    hospital.press("接手")
    hospital.sees("摘要和照片现在只对您开放")
    hospital.page.locator("summary", has_text="出具意见").click()
    hospital.press("出具意见")
    hospital.sees("请写明会诊意见")
    hospital.fill("advice", ADVICE)
    hospital.look("advising")
    hospital.press("出具意见")
    hospital.sees("意见已发给中心")
    offices.deliver_all()
    nurse.open("/nurse/messages/")
    nurse.follow("专家给出了会诊意见")
    nurse.sees(ADVICE)
    nurse.look("advice")
    nurse.press("已按意见处理")
    nurse.open(f"/nurse/visit/{order.number}/", kept=False)
    nurse.sees(ADVICE)
    nurse.look("visit-with-advice")

    # --- the doctor refers, the hospital accepts and feeds back, the family reads it ---
    doctor = somebody(town.users[Role.DOCTOR], DESK, "referral-doctor")
    doctor.open(f"/doctor/requests/{order.request.number}/")
    doctor.follow("提出转诊")
    doctor.press("提出转诊")
    doctor.sees("请先征得服务对象或家属同意")
    doctor.look("refer-refused")
    doctor.fill("reason", REASON)
    doctor.tick("家属同意")
    doctor.press("提出转诊")
    doctor.sees("已提出转诊")
    doctor.look("referred")
    row = Referral.objects.get()
    offices.deliver_all()
    hospital.open("/review/referrals/")
    hospital.look("referrals")
    hospital.follow(row.number)
    hospital.page.locator("summary", has_text="接收").first.click()
    hospital.fill("arrangement", "明天上午伤口护理门诊，找造口师。", '[data-step="accept"]')
    hospital.look("referral")
    hospital.page.locator('[data-step="accept"]').get_by_role("button", name="接收").click()
    hospital.sees("已接收")
    hospital.press("登记到达")
    hospital.sees("已登记到达")
    hospital.page.locator("summary", has_text="反馈结果").click()
    hospital.fill("outcome", OUTCOME)
    hospital.press("反馈结果")
    hospital.sees("结果已反馈")
    hospital.look("fed-back")
    offices.deliver_all()
    doctor.open("/dispatch/referrals/?state=fed_back")
    doctor.look("referrals-fed-back")
    doctor.open(f"/dispatch/referrals/{row.number}/")
    doctor.sees(OUTCOME)
    doctor.press("结束转诊")
    doctor.look("closed")
    family = somebody(town.users[Role.PROXY], PHONE, "referral-family")
    family.open("/messages/")
    family.sees("转诊有了结果")
    family.follow("查看详情")
    family.sees(OUTCOME)
    family.look("outcome")
    family.open("/family/referrals/")
    family.look("list")

    # --- the hospital hands somebody down, the desk takes her into care; teams ---
    hospital.open("/review/referrals/new/")
    hospital.look("down")
    town.now = timezone.now()
    down = alliance.downward(town)
    desk = somebody(town.users[Role.DISPATCHER], DESK, "referral-desk")
    desk.open(f"/dispatch/referrals/{down.number}/")
    desk.page.locator("summary", has_text="接收").first.click()
    desk.look("down")
    desk.page.locator('[data-step="accept"]').get_by_role("button", name="接收").click()
    desk.sees("已接收")
    desk.look("into-care")
    desk.open(f"/dispatch/orders/{order.number}/")
    desk.look("order-with-advice")
    hospital.open("/review/teams/")
    hospital.page.locator("#found_specialty").select_option("wound")
    hospital.fill("name", "伤口造口联合护理小组")
    hospital.press("成立小组")
    hospital.sees("小组已成立")
    hospital.look("teams")
    desk.open("/dispatch/referrals/teams/")
    desk.look("teams")
    trace = somebody(town.users[Role.SUPERVISOR], DESK, "referral-trace")
    trace.open(f"/oversight/orders/{order.number}/trace/")
    for words in ("请求会诊", "出具意见", "已按意见处理", "提出转诊"):
        trace.sees(words)
    told = {line.label for line in whole_trace(order)}  # the page holds fifty lines, the rest follows
    assert {"接收", "登记到达", "反馈结果", "结束转诊"} <= told
