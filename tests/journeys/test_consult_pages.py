"""A question to a nurse in real browsers: asked, answered, turned into a request; then the desk's calls and choices."""

import re
from datetime import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from consults.lifecycle import ConsultStatus
from consults.models import Consult
from notifications import services as messages
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

WORDS = "换药后伤口周围有点红，要紧吗？"


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.clause("000 四(十一)", "004 二(二)")
def test_a_question_becomes_a_request(town, somebody):
    family = somebody(town.users[Role.PROXY], PHONE, "consult-family")
    nurse = somebody(town.users[Role.NURSE], PHONE, "consult-nurse")
    nurse.open("/nurse/consults/")
    nurse.look("none")
    family.open("/family/consults/")
    family.look("none")
    family.follow("提出新的咨询")
    family.press("提交咨询")
    family.look("refused")
    family.fill("words", "突然胸痛得厉害")
    family.press("提交咨询")
    family.sees("请先拨打 120")
    family.look("emergency")
    family.follow("情况不急")
    family.fill("words", WORDS)
    family.look("asking")
    family.press("提交咨询")
    family.sees("已提交")
    family.look("asked")

    nurse.open("/nurse/consults/")
    nurse.look("waiting")
    nurse.page.get_by_role("link", name=re.compile(town.patient.name)).first.click()
    nurse.page.locator("summary", has_text="建议上门").click()
    nurse.look("answering")
    nurse.page.locator('[data-step="advise"] textarea').fill("听起来需要看看伤口，建议申请护士上门。")
    nurse.page.locator('[data-step="advise"]').get_by_role("button", name="发给家属").click()
    nurse.sees("已建议上门")
    nurse.look("answered")

    family.open(f"/family/consults/{Consult.objects.get().number}/")
    family.sees("听起来需要看看伤口")
    family.look("read")
    family.press("申请护士上门")
    expect(family.page.locator('[name="wish"]')).to_have_value(WORDS)
    family.look("request-prefilled")
    family.press("下一步")
    family.page.locator("label.choice").first.click()
    family.press("下一步")
    family.press("提交申请")
    family.sees("申请已经提交")
    offices.deliver_all()

    assert Consult.objects.get().status == ConsultStatus.APPLIED
    family.open(f"/family/consults/{Consult.objects.get().number}/")
    family.look("applied")
    here, origin = family.page.url, family.page.evaluate("() => location.origin")
    for size in ("large", "xlarge"):
        family.context.add_cookies([{"name": "size", "value": size, "url": origin}])
        family.open(here)
        expect(family.page.locator("html")).to_have_attribute("data-size", size)
        family.look(f"applied-{size}")
        family.open("/family/consults/")
        family.follow("提出新的咨询")
        family.look(f"asking-{size}")


@pytest.mark.clause("002 五(四)")
def test_who_takes_no_messages_is_called_by_the_desk(town, somebody):
    family = somebody(town.users[Role.PROXY], PHONE, "reach-family")
    family.open("/me/reach/")
    family.tick("请中心打电话告诉我")
    family.press("保存")
    family.look("refused")
    family.fill("phone", "15400000001")
    family.press("保存")
    family.sees("已保存")
    family.look("saved")
    desk = somebody(town.users[Role.DISPATCHER], DESK, "reach-desk")
    desk.open("/dispatch/calls/")
    desk.look("none")
    letters = [messages.Letter(town.users[Role.PROXY].pk, "family.accepted", "护士已约好上门时间", "护士将上门服务。")]
    for event in (1, 2):
        messages.tell(
            event="orders.accepted", event_id=event, letters=letters, organisation_id=town.centre.pk,
            patient_id=town.patient.pk, now=timezone.now(),
        )  # fmt: skip
    desk.open("/dispatch/calls/")
    desk.look("waiting")
    desk.page.locator("tbody a").first.click()
    desk.page.locator("summary", has_text="联系不上").click()
    desk.press("登记联系不上")
    desk.sees("请写明联系不上的经过")
    desk.look("refused")
    desk.page.locator("summary", has_text="已告知").click()
    desk.press("登记已告知")
    desk.sees("已登记告知")
    desk.look("told")

    messages.choose_reach(
        phone="15400000001", by_sms=True, by_voice=False, quiet_from=time(8), quiet_until=time(8),
        by=town.actor(Role.PROXY), now=timezone.now(),
    )  # fmt: skip
    messages.tell(
        event="orders.accepted", event_id=3, letters=letters, organisation_id=town.centre.pk,
        patient_id=town.patient.pk, now=timezone.now(),
    )  # fmt: skip
    messages.carry(timezone.now())
    district = somebody(town.users[Role.SUPERVISOR], DESK, "reach-district")
    district.open("/oversight/deliveries/")
    district.look("delivered")
    district.open("/oversight/deliveries/?state=dead")
    district.look("none")
