"""What did not go as agreed, on the pages: the next nurse, the waiting list, a no-show, its appeal, the shortfall."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from nurses.models import Shift
from orders import services, shortfall
from orders.lifecycle import OrderStatus as S
from orders.models import Appeal, NoShow, Offer, Wait
from patients.models import Upload
from tests import world
from tests.desks import offices
from tests.world import persons, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    """Now, so that what is agreed lies ahead on the real clock."""
    return world.town(timezone.localtime().replace(second=0, microsecond=0))


@pytest.fixture
def yesterday():
    return offices.town()


def text(answer):
    return answer.content.decode()


@pytest.mark.clause("002 五(六)2")
def test_after_a_no_one_button_offers_to_exactly_the_next_nurse(t):
    t.now = (t.now + DAY).replace(hour=8)  # her shifts begin at eight
    t.nurse = persons.nurse(t.centre, name="顾晓雯", now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    order = world.order(t, at=S.OFFERED)
    persons.nurse(t.centre, name="何小曼", now=t.now)
    services.decline(order_id=order.pk, cause="far", by=t.actor(Role.NURSE), now=t.now)
    desk = offices.client(t, Role.DISPATCHER)

    page = desk.get(f"/dispatch/orders/{order.number}/")

    following = page.context["offering"]["next"]
    assert f"改派给{following.name}" in text(page)
    assert following.nurse_id != t.nurse.pk
    answer = desk.post(
        f"/dispatch/orders/{order.number}/steps/offer/",
        {
            "nurse": following.nurse_id, "planned_start": following.starts_at.isoformat(), "override": "已与家属商定",
            "version": world.fresh(order).version,
        },
    )  # fmt: skip
    assert answer.status_code == 302
    assert Offer.objects.filter(order=order, ended="").get().nurse_id == following.nurse_id


def test_one_press_lists_an_order_and_the_family_reads_the_day(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    desk, family = offices.client(t, Role.DISPATCHER), offices.client(t, Role.PROXY)
    assert "记入排队并告诉家属" in text(desk.get(f"/dispatch/orders/{order.number}/"))

    answer = desk.post(f"/dispatch/orders/{order.number}/steps/wait/", {"version": order.version})

    assert answer.status_code == 302
    day = Wait.objects.get(order=order).promised_on
    assert f"{day.month}月{day.day}日" in text(family.get(f"/family/orders/{order.number}/"))
    assert "重新推算日期" in text(desk.get(f"/dispatch/orders/{order.number}/"))
    queue = desk.get("/dispatch/queue/?group=wait_listed")
    assert order.number in text(queue)
    assert "预计最早" in text(queue)


def test_nobody_within_two_weeks_is_read_as_it_is(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    Shift.objects.update(removed_at=t.now)
    offices.client(t, Role.DISPATCHER).post(f"/dispatch/orders/{order.number}/steps/wait/", {})

    assert "两周内没有合适的护士" in text(offices.client(t, Role.PROXY).get(f"/family/orders/{order.number}/"))


@pytest.mark.clause("003 二(一)1四")
def test_a_no_show_is_registered_with_a_photograph_objected_to_and_judged(yesterday):
    t = yesterday
    order = world.order(t, at=S.ACCEPTED)
    desk, nurse, head = (offices.client(t, role) for role in (Role.DISPATCHER, Role.NURSE, Role.CENTRE_ADMIN))
    if order.planned_start > timezone.now():
        pytest.fail("the visit of this story should lie behind")
    paper = SimpleUploadedFile("door.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")

    answer = desk.post(
        f"/dispatch/orders/{order.number}/steps/miss/",
        {"failed_by": "nurse", "reason": "护士没有到，电话三次无人接听", "called_at": "", "file": paper},
    )
    assert answer.status_code == 302, text(answer)
    assert NoShow.objects.get(order=order).paper == Upload.objects.get()
    page = text(nurse.get(f"/nurse/visit/{order.number}/"))
    assert "对失约登记提出申诉" in page
    assert nurse.post(f"/nurse/visit/{order.number}/appeal/", {"words": ""}).status_code == 422
    assert nurse.post(f"/nurse/visit/{order.number}/appeal/", {"words": "我按时到达"}).status_code == 302
    appeal = Appeal.objects.get()
    listed = head.get("/centre/appeals/")
    assert "我按时到达" in text(listed)
    assert head.get(f"/centre/appeals/{appeal.pk}/paper/").status_code == 200
    refused = head.post(f"/centre/appeals/{appeal.pk}/uphold/", {"decision": "", "corrected_to": "patient"})
    assert refused.status_code == 422
    answer = head.post(f"/centre/appeals/{appeal.pk}/uphold/", {"decision": "门禁有记录", "corrected_to": "patient"})

    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.failed_by == "patient"
    family = text(offices.client(t, Role.PROXY).get(f"/family/orders/{order.number}/"))
    assert "门禁有记录" in family
    assert "申诉成立后更正" in family


def test_a_family_objects_on_its_own_page_and_other_families_find_nothing(yesterday):
    t = yesterday
    order = world.order(t, at=S.NO_SHOW)
    family = offices.client(t, Role.PROXY)
    assert "对失约登记提出申诉" in text(family.get(f"/family/orders/{order.number}/"))

    assert family.post(f"/family/orders/{order.number}/appeal/", {"words": "家里一直有人"}).status_code == 302

    assert Appeal.objects.get().side == "family"
    assert family.get(f"/family/orders/{order.number}/appeal/").status_code == 302  # once
    offices.another_patient(t)
    t.users["stranger"] = persons.with_account()[0].user
    assert offices.client(t, "stranger").get(f"/family/orders/{order.number}/appeal/").status_code == 404


def test_the_nurse_names_a_cause_of_the_list(t):
    t.now = (t.now + DAY).replace(hour=8)
    t.nurse = persons.nurse(t.centre, now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    order = world.order(t, at=S.OFFERED)

    answer = offices.client(t, Role.NURSE).post(
        f"/nurse/visit/{order.number}/take/decline/", {"why": "不熟悉这项操作", "words": ""}
    )

    assert answer.status_code == 302
    assert Offer.objects.get(order=order).cause == "skill"
    assert dict(shortfall.causes(centre_id=t.centre.pk, now=timezone.now()))["不熟悉这项操作"] in (0, 1)


def test_the_shortfall_counts_each_visit_once_and_leaves_as_a_table_with_a_trace(yesterday):
    t = yesterday
    world.order(t, at=S.COMPLETED)
    offices.another_patient(t)
    waiting = world.order(t, at=S.AWAITING_DISPATCH)
    services.wait(order_id=waiting.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    offices.another_patient(t)
    cancelled = world.order(t, at=S.CANCELLED)
    day = timezone.localdate(cancelled.window_start)
    asked = {"actor": t.actor(Role.SUPERVISOR), "start": day, "end": day, "now": waiting.window_end + DAY}

    counts = shortfall.totals(**asked)

    assert (counts["wanted"], counts["served"], counts["in_time"]) == (2, 1, 1)
    assert (counts["unmet"], counts["waiting"]) == (1, 1)
    assert sum(counts[key] for key in shortfall.REASONS) == counts["unmet"]
    [line] = shortfall.by_centre(**asked)
    assert line.names == (t.hospital.short_name, t.centre.short_name)
    lines = shortfall.by_item_and_town(**asked)
    assert sum(one.counts["wanted"] for one in lines) == 2
    for role, desk in ((Role.SUPERVISOR, "oversight"), (Role.CENTRE_ADMIN, "centre")):
        person = offices.client(t, role)
        page = person.get(f"/{desk}/shortfall/?start={day}&end={day}")
        assert page.context["state"]["figures"][0] == ("希望上门", 2)
        said = {"start": day, "end": day, "reason": ""}
        assert person.post(f"/{desk}/shortfall/export/", said).status_code == 422
        answer = person.post(f"/{desk}/shortfall/export/", {**said, "reason": "月度供需分析"})
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0][:5] == ["医联体", "机构", "护理项目", "街镇", "希望上门"]
        assert traces.events().filter(action="orders.shortfall_exported", outcome="ok").last().reason.startswith("月度")


def test_the_shortfall_costs_the_same_for_one_visit_and_for_five(yesterday):
    t = yesterday
    supervisor = offices.client(t, Role.SUPERVISOR)
    offices.orders(t, 1, at=S.AWAITING_DISPATCH)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert supervisor.get("/oversight/shortfall/").status_code == 200
        return len(asked)

    cost()
    few = cost()
    offices.orders(t, 4, at=S.AWAITING_DISPATCH)

    assert cost() == few
