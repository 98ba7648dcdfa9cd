"""The commission's desk: figures equal their lists, every look is recorded, decisions are the supervisor's alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from catalog.models import NegativeEntry
from institutions import services as institutions
from institutions.models import Filing, Setting, Suspension
from orders.lifecycle import OrderStatus as S
from supervision.models import SettingChange
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

PAGES = (
    "overview", "overview_live", "orders", "requests", "institutions", "filings", "catalogue", "catalogue_negative",
    "settings", "replication",
)  # fmt: skip
TODAY = timezone.localdate


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.SUPERVISOR)


def test_each_page_answers_supervisor_and_inspector_and_nobody_else(t, desk):
    inspector = client(t, Role.QC_INSPECTOR)
    others = [client(t, role) for role in (Role.AUDITOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.NURSE, Role.PROXY)]

    for name in PAGES:
        url = reverse(f"oversight:{name}")
        assert desk.get(url).status_code == 200, name
        assert inspector.get(url).status_code == 200, name
        assert {other.get(url).status_code for other in others} == {403}, name


def test_each_figure_is_the_length_of_the_list_behind_it(t, desk):
    for status in (S.AWAITING_DISPATCH, S.DISPUTED, S.NO_SHOW, S.COMPLETED, S.IN_SERVICE, S.AWAITING_CONSENT):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, at=status)

    figures = desk.get(reverse("oversight:overview")).context["state"]["figures"]

    for figure in figures:
        listed = desk.get(figure["url"]).context["page"].paginator.count
        assert listed == figure["value"], figure["label"]
    assert sum(figure["value"] for figure in figures) > 6


def test_towns_and_attention_show_todays_visits(t, desk):
    world.order(t, at=S.DISPUTED)

    state = desk.get(reverse("oversight:overview")).context["state"]

    tile = next(tile for tile in state["tiles"] if tile["short"] == "潍坊新村")
    assert len(state["tiles"]) == 36
    assert tile["visits"] == 1
    assert tile["alert"]
    assert state["attention"]["total"] == 1


def test_filters_narrow_the_list_and_nonsense_is_left_out(t, desk):
    offices.orders(t, 2)
    url = reverse("oversight:orders")

    def found(**asked):
        return desk.get(url, asked).context["page"].paginator.count

    assert found() == 2
    assert found(status="awaiting_consent") == 2
    assert found(status="completed") == 0
    assert found(town=places.WEIFANG) == 2
    assert found(town=places.LUJIAZUI) == 0
    assert found(by="created", on=(TODAY() - timedelta(days=1)).isoformat()) == 2
    assert found(status="nonsense", on="gestern", page="99") == 2


@pytest.mark.clause("002 五(八)", "002 五(七)2(2)")
def test_the_trace_of_an_order_says_who_when_why_and_shows_refusals(t, desk):
    order = world.order(t, at=S.COMPLETED)

    page = text(desk.get(reverse("oversight:orders_trace", args=[order.number])))

    for label in (
        "提交申请",
        "受理",
        "首诊签名",
        "生成订单",
        "签署同意书",
        "派单",
        "接单",
        "到达签到",
        "服务结束",
        "确认完成",
    ):
        assert label in page
    assert "家属（代办人）" in page
    assert "追溯订单全程" in page
    looks = traces.events().filter(kind=Event.Kind.LOOK, object_id=str(order.pk), role="supervisor")
    assert looks.count() == 1


def test_a_look_at_one_order_and_one_request_is_recorded_and_lists_mask_names(t, desk):
    order = world.order(t)

    listed = text(desk.get(reverse("oversight:orders")))
    opened = text(desk.get(reverse("oversight:orders_one", args=[order.number])))
    desk.get(reverse("oversight:requests_one", args=[order.request.number]))

    assert t.patient.name not in listed
    assert t.patient.name in opened
    assert traces.events().filter(kind=Event.Kind.LOOK, role="supervisor").count() == 2
    assert desk.get(reverse("oversight:orders_one", args=["D00000000"])).status_code == 404


@pytest.mark.clause("002 五(二)1")
def test_a_filing_is_decided_by_the_supervisor_alone(t, desk):
    bare = places.bare_centre(t.hospital, name="老港", now=t.now)
    filing = institutions.file_mode(organisation=bare, mode="rounds", by=places.SETUP, now=t.now)
    refuse, approve = (reverse("oversight:filings_decide", args=[filing.pk, verb]) for verb in ("refuse", "approve"))

    inspector = client(t, Role.QC_INSPECTOR).post(approve, {})
    silent = desk.post(refuse, {"note": ""})
    approved = desk.post(approve, {"note": "材料齐全"})
    again = desk.post(refuse, {"note": "改主意"})

    assert inspector.status_code == 403
    assert silent.status_code == 422
    assert approved.status_code == 302
    assert Filing.objects.get(pk=filing.pk).approved is True
    assert again.status_code == 422
    assert "依据 002 五(二)1" in text(again)


def test_an_institution_is_suspended_with_reason_and_clause_and_the_stop_is_lifted(t, desk):
    url = reverse("oversight:institutions_suspend", args=[t.centre.pk])

    wrong = desk.post(url, {"starts_on": TODAY() - timedelta(days=2), "reason": "整改", "clause": "002 五(二)1"})
    right = desk.post(url, {"starts_on": TODAY(), "reason": "整改", "clause": "002 五(二)1"})
    page = text(desk.get(reverse("oversight:institutions_one", args=[t.centre.pk])))
    stop = Suspension.objects.get()
    lifted = desk.post(reverse("oversight:institutions_lift", args=[stop.pk]), {"reason": "整改完成"})

    assert wrong.status_code == 422
    assert "整改" in text(wrong)
    assert right.status_code == 302
    assert "今天不能提供上门护理服务" in page
    assert lifted.status_code == 302
    assert desk.get(reverse("oversight:institutions_one", args=[t.hospital.pk])).status_code == 404


def test_a_town_is_assigned_and_released(t, desk):
    url = reverse("oversight:institutions_assign", args=[t.centre.pk])

    assigned = desk.post(url, {"town": places.LUJIAZUI, "starts_on": TODAY()})
    twice = desk.post(url, {"town": places.LUJIAZUI, "starts_on": TODAY()})
    row = t.centre.jurisdictions.get(town=places.LUJIAZUI)
    released = desk.post(
        reverse("oversight:institutions_release", args=[row.pk]), {"ends_on": TODAY(), "reason": "调整辖区"}
    )

    assert assigned.status_code == 302
    assert twice.status_code == 422
    assert released.status_code == 302


def test_a_setting_is_proposed_for_a_later_day_with_a_reason_and_chosen_by_another(t, desk):
    url = reverse("oversight:settings_one", args=["nurse.daily_cap"])
    tomorrow = TODAY() + timedelta(days=1)

    wrong = desk.post(url, {"value": 99, "effective_on": tomorrow, "reason": "试行"})
    right = desk.post(url, {"value": 6, "effective_on": tomorrow, "reason": "试行"})
    words = desk.post(
        reverse("oversight:settings_one", args=["request.emergency_words"]),
        {"value": "胸痛\n呼吸困难\n", "effective_on": tomorrow, "reason": "试行"},
    )

    assert wrong.status_code == 422
    assert "1 到 20 之间" in text(wrong)
    assert right.status_code == 302
    assert words.status_code == 302
    assert not Setting.objects.exists()
    colleague = Client()
    colleague.force_login(places.post(t.district, Role.SUPERVISOR, now=t.now).user)
    for change in SettingChange.objects.all():
        approve = reverse("oversight:settings_decide", args=[change.pk, "approve"])
        assert desk.post(approve, {}).status_code == 422
        assert colleague.post(approve, {"answer": "同意"}).status_code == 302
    assert Setting.objects.get(key="request.emergency_words").value == ["胸痛", "呼吸困难"]
    assert "6 次" in text(desk.get(reverse("oversight:settings")))
    assert client(t, Role.QC_INSPECTOR).post(url, {}).status_code == 403
    assert desk.get(reverse("oversight:settings_one", args=["nothing"])).status_code == 404


@pytest.mark.clause("004 三(三)")
def test_the_negative_list_grows_and_an_entry_ends(t, desk):
    url = reverse("oversight:catalogue_negative")
    sent = {
        "kind": "service", "text": "静脉输液", "reason": "风险高", "advice": "请到医院", "clause": "004 三(三)",
        "starts_on": TODAY(),
    }  # fmt: skip

    short = desk.post(url, {**sent, "text": "液"})
    added = desk.post(url, sent)
    entry = NegativeEntry.objects.get(text="静脉输液")
    ended = desk.post(
        reverse("oversight:catalogue_negative_end", args=[entry.pk]), {"ends_on": TODAY(), "reason": "改列目录"}
    )

    assert short.status_code == 422
    assert added.status_code == 302
    assert ended.status_code == 302
    assert desk.get(reverse("oversight:catalogue_item", args=[t.item(9).pk])).status_code == 200


@pytest.mark.clause("002 五(八)")
def test_the_auditor_searches_without_clinical_content_and_the_search_is_recorded(t):
    order = world.order(t, at=S.ABORTED)
    desk = client(t, Role.AUDITOR)
    url = reverse("oversight:trace")

    covered = text(desk.get(url, {"number": order.number}))
    sent = desk.post(url, {"number": order.number, "purpose": "核查投诉"})
    opened = text(desk.get(sent.url))

    assert "中止服务" in covered
    assert "服务对象突发不适" not in covered
    assert "服务对象突发不适" in opened
    assert sent.url == f"{url}?number={order.number}"
    looks = traces.events().filter(action="accounts.looked", role="auditor").order_by("id")
    assert [order.number in look.reason for look in looks] == [True, True]
    assert "用途：核查投诉" in looks[1].reason
    assert client(t, Role.SUPERVISOR).get(url).status_code == 403


def test_the_auditor_finds_by_person_act_and_time(t):
    world.order(t)
    desk = client(t, Role.AUDITOR)

    def found(**asked):  # events stay: those of other stories are of other centres
        return desk.get(reverse("oversight:trace"), {"organisation": t.centre.pk, **asked}).context["entries"]

    today = timezone.localdate(Event.objects.latest("id").at).isoformat()  # the database's, which stamps the events
    assert {row["line"].label for row in found(action="orders.request_received")} == {"受理"}
    assert found(number="D00000000") == []
    assert found(since=today, until=today)
    assert found(only="refusal") == []
    assert {row["line"].label for row in found(only="act", outcome="ok")} >= {"受理", "提交申请"}
    asked = found(action="orders.request_received")[0]["line"]
    assert [row["line"].id for row in found(request=asked.request_id or "nothing")] == []


def test_lists_ask_as_many_queries_for_ten_rows_as_for_one(t, desk):
    offices.orders(t, 1)
    names = ("overview", "orders", "requests", "institutions")
    urls = [reverse(f"oversight:{name}") for name in names]
    one = [count(desk, url) for url in urls]

    offices.orders(t, 9)
    for n in range(9):
        places.bare_centre(t.hospital, name=f"中心{n}", now=t.now)

    assert [count(desk, url) for url in urls] == one
