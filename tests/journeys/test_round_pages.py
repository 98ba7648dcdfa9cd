"""A joint round and the training centre in real browsers: written, refused once, read, corrected."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from referrals import services
from referrals.models import JointRound
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE
from tests.world import alliance, teaching

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.clause("000 三(七)", "002 五(七)1(3)")
def test_a_round_is_recorded_at_the_bedside_corrected_and_read_at_the_desk(somebody):
    town = offices.town()
    order = world.order(town, at=S.IN_SERVICE)
    by = {"by": town.actor(Role.REVIEWER), "now": town.now}
    team = services.found_team(hospital=town.hospital, specialty="wound", name="伤口小组", **by)
    services.join_team(team_id=team.pk, person_id=town.users[Role.REVIEWER].pk, **by)

    nurse = somebody(town.users[Role.NURSE], PHONE, "round-nurse")
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.follow("记录联合查房")
    nurse.press("签名保存")
    nurse.sees("至少要有一位本中心的医生参加")
    nurse.look("refused")
    nurse.tick_value("doctors", town.users[Role.DOCTOR].pk)
    nurse.tick_value("experts", town.users[Role.REVIEWER].pk)
    nurse.fill("findings", alliance.FOUND)
    nurse.fill("advice", alliance.AGREED)
    nurse.fill("what_1", "翻身卡交给家属")
    nurse.choose("who_1", town.users[Role.NURSE].display_name)
    nurse.fill("until_1", timezone.localdate().isoformat())
    nurse.press("签名保存")
    nurse.sees("查房记录已签名")
    nurse.look("signed")
    nurse.follow("更正")
    nurse.fill("reason", "漏写了家属的意见")
    nurse.fill("advice", f"{alliance.AGREED}家属同意。")
    nurse.press("签名保存")
    nurse.sees("已更正为第 2 版")
    nurse.look("corrected")
    nurse.open("/nurse/rounds/")
    nurse.look("list")
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.sees("翻身卡交给家属")
    nurse.look("visit")

    doctor = somebody(town.users[Role.DOCTOR], DESK, "round-doctor")
    doctor.open("/dispatch/rounds/")
    doctor.look("list")
    doctor.follow(JointRound.objects.first().number)
    doctor.sees("家属同意")
    doctor.page.locator("summary", has_text="第 1 版").click()
    doctor.look("one")
    doctor.open(f"/doctor/requests/{order.request.number}/")
    doctor.look("request")
    doctor.follow("记录联合查房")
    doctor.look("form")
    desk = somebody(town.users[Role.DISPATCHER], DESK, "round-desk")
    desk.open(f"/dispatch/orders/{order.number}/")
    desk.sees("翻身卡交给家属")
    desk.look("order")


@pytest.mark.clause("001 二(二)6")
def test_the_commission_keeps_its_training_centre(somebody):
    town = offices.town()
    row = teaching.expert(town)
    editor = somebody(town.users[Role.SUPERVISOR], DESK, "training-centre")
    editor.open("/oversight/training/")
    editor.follow("组织架构")
    editor.press("登记任职")
    editor.look("seat-refused")
    editor.choose("expert_id", f"{row.name}（{row.field}，{row.organisation}）")
    editor.fill("duty", "主持培训中心")
    editor.press("登记任职")
    editor.sees("已登记任职")
    editor.look("seats")
    editor.follow("会议记录")
    editor.press("保存会议记录")
    editor.look("meeting-refused")
    editor.fill("topic", "下半年课程和考核安排")
    editor.tick_value("experts", row.pk)
    editor.fill("decisions", "造口课程增加一次实操考核，十月底前完成。")
    editor.press("保存会议记录")
    editor.sees("会议记录已保存")
    editor.look("meetings")
    editor.follow("下半年课程和考核安排")
    editor.look("meeting")
    editor.fill("reason", "日期记错了")
    editor.press("作废这份记录")
    editor.sees("已作废")
    editor.look("struck")
