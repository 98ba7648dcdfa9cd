"""Drafts of the list, settings with four eyes, visits of the lead hospital and one's own password in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from supervision import services
from supervision.models import EditionDraft, Tour
from tests.journeys import offices
from tests.journeys.people import Album, Person

WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
EXPERT = {
    "expert": "方静", "standing": "示范医院，主任护师", "need": "出院患者需要", "risk": "低", "feasible": "一人可做",
    "setting": "家中桌面即可", "verdict": "for",
}  # fmt: skip


@pytest.fixture
def town(transactional_db):
    return offices.town()


def under_way(t) -> None:
    """A draft with a changed item and an opinion, a setting that waits, one visit held, one to come, a group."""
    now, day, head = timezone.now(), timezone.localdate(), t.actor(Role.SUPERVISOR)
    act = {"by": head, "now": now}
    draft = EditionDraft.objects.get()
    services.remove_draft_item(draft_id=draft.pk, code=draft.data["items"][3]["code"], reason="暂不具备条件", **act)
    services.review_draft(draft_id=draft.pk, said_on=day, **EXPERT, **act)
    services.propose_setting(
        district=t.district, key="nurse.daily_cap", value=6, effective_on=day + timedelta(days=9),
        reason="护士反映路途较远，先试行一个季度", **act,
    )  # fmt: skip
    services.file_quality_group(
        district=t.district, level="region", name="东片护理质控组", unit="示范医院", head="方静", phone="021-50000001",
        duties="东片十家中心的上门护理质量", paper="浦卫〔2025〕8号", starts_on=day, **act,
    )  # fmt: skip
    reviewer = {"by": t.actor(Role.REVIEWER), "now": now}
    for ahead, focus in ((0, "首诊评估和项目单规范"), (90, "")):
        services.plan_tour(centre=t.centre, planned_on=day + timedelta(days=ahead), focus=focus, **reviewer)
    services.record_tour(
        tour_id=Tour.objects.earliest("planned_on").pk, visited_on=day, visitors="许志远、方护士长", met="欧阳明月",
        guidance="现场示教 PICC 换药，查看制度上墙和急救箱。", **reviewer,
    )  # fmt: skip


@pytest.mark.browser
@pytest.mark.clause("002 五(五)", "002 四")
def test_what_the_commission_decides_and_the_hospital_plans_can_be_looked_at(browser, asgi_server, town):
    album = Album("catalogue-desk")
    desk = Person(browser, album, asgi_server, WIDE, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    desk.open("/oversight/catalogue/drafts/")
    desk.fill("title", "2027 年版目录")
    desk.fill("source", "浦卫〔2026〕9号")
    desk.look("drafts")
    desk.press("从现行目录复制")
    desk.sees("草稿已从现行目录复制")
    under_way(town)

    draft = EditionDraft.objects.get()
    for name, address in (
        ("draft", f"catalogue/drafts/{draft.pk}"),
        ("draft-item", f"catalogue/drafts/{draft.pk}/items/{draft.data['items'][0]['code']}"),
        ("settings", "settings"), ("setting", "settings/nurse.daily_cap"), ("exclusions", "exclusions"),
        ("institution", f"institutions/{town.centre.pk}"), ("groups", "quality/groups"), ("tours", "quality/tours"),
        ("tour", f"quality/tours/{Tour.objects.earliest('planned_on').pk}"),
    ):  # fmt: skip
        desk.open(f"/oversight/{address}/")
        desk.look(name)
    hospital = Person(browser, album, asgi_server, WIDE, town.users[Role.REVIEWER].username)
    hospital.sign_in()
    hospital.open("/review/quality/tours/")
    hospital.look("tours")
    hospital.open(f"/review/quality/tours/{Tour.objects.earliest('planned_on').pk}/")
    hospital.page.get_by_text("登记发现的问题", exact=True).first.click()
    hospital.look("tour")
    clerk = Person(browser, album, asgi_server, PHONE, town.users[Role.DISPATCHER].username)
    clerk.sign_in()
    clerk.open("/me/password/")
    clerk.fill("old", "bu-shi-zhe-ge")
    clerk.fill("new", "chunfeng-huayu-2027")
    clerk.fill("again", "chunfeng-huayu-2027")
    clerk.page.locator("form.form button").click()
    clerk.sees("现在的密码不对")
    clerk.look("password")

    assert desk.wrong == hospital.wrong == []
    assert clerk.faults() == []
