"""The nurse's phone: her day, the answer to an offer, and one visit from the front door to the confirmation."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from audit.models import Event
from clinical.models import VisitRecord
from clinical.services.records import content_hash
from orders import services
from orders.lifecycle import OrderStatus as S
from patients import services as patient_services
from safety.models import Alarm
from tests import world
from tests.desks.phones import Phone
from tests.world import persons

pytestmark = pytest.mark.django_db

START = world.NOW + timedelta(days=1, hours=1)  # when world.order() puts its visits
THERE = START + timedelta(minutes=5)
VITALS, PICC, BLOOD, BRADEN = 14, 9, 11, 1


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def phone(t):
    return signed_in(t.users[Role.NURSE])


@pytest.fixture
def app(t):
    return Phone(t.users[Role.NURSE])


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, order, *args):
    return reverse(f"nurse:{name}", args=[order.number, *args])


def take(phone, order, name, **fields):
    return phone.post(url("take", order, name), fields)


def text(answer):
    return answer.content.decode()


def asks_of(order):
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    return [ask for item in record.items.all() for ask in item.asks.select_related("measurement").order_by("position")]


def everything(order):
    """All that the record of an order asks for, as one form without script sends it."""
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    sent = {"step": [step.pk for item in record.items.all() for step in item.steps.all()]}
    for ask in asks_of(order):
        if ask.required:
            sent[f"reading-{ask.measurement_id}"] = world.chain.value_for(ask.measurement)
    waste = any(item.makes_waste for item in record.items.all())
    sent |= {"waste": "infectious" if waste else "none", "waste_bags": "1"}
    sent |= {"specimen_label": "B-0001", "specimen_handed_to": "检验科"}
    return sent | {"note": "按计划完成，服务对象无不适。", "next_step": "next_visit", "next_note": ""}


def another_visit(t, start, *, name="王桂芳"):
    """One more accepted visit of this nurse, with a patient of its own."""
    patient = persons.patient(by=world.SETUP, now=t.now, name=name)
    patient_services.add_proxy(
        patient_id=patient.pk,
        user=t.users[Role.PROXY],
        relation="女儿",
        scopes=["apply", "sign", "manage"],
        expires_on=world.TODAY + timedelta(days=300),
        by=world.SETUP,
        now=t.now,
    )
    row = world.order(t, S.AWAITING_DISPATCH, patient=patient)
    services.offer(
        order_id=row.pk, nurse_id=t.nurse.pk, planned_start=start, override="已与家属商定",
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip
    return services.accept(order_id=row.pk, by=t.actor(Role.NURSE), now=t.now)


# --- who may look -----------------------------------------------------------------------------------------------------


def test_her_own_pages_are_for_nurses_alone(t, phone):
    desk = signed_in(t.users[Role.DISPATCHER])
    for name in ("today", "today_head", "today_body", "schedule", "messages", "me"):
        address = reverse(f"nurse:{name}")
        assert phone.get(address).status_code == 200
        assert desk.get(address).status_code == 403
        assert "/login/" in Client().get(address)["Location"]


def test_each_stage_of_a_visit_has_a_page(t, phone, clock):
    order = world.order(t, S.OFFERED)
    clock(THERE)
    shows = {
        S.OFFERED: "您能接这一单吗",
        S.ACCEPTED: "出发前往",
        S.EN_ROUTE: "到达签到",
        S.IN_SERVICE: "下一步：签字确认",
        S.AWAITING_CONFIRMATION: "凭上门码确认",
        S.DISPUTED: "有异议",
    }

    for status, words in shows.items():
        world.chain.walk(t, order, status)
        answer = phone.get(url("order", order), follow=True)
        assert answer.status_code == 200
        assert words in text(answer), status


@pytest.mark.parametrize(
    ("end", "words"), [(S.COMPLETED, "已完成"), (S.NO_SHOW, "失约"), (S.ABORTED, "已中止"), (S.CANCELLED, "已取消")]
)
def test_a_visit_that_is_over_can_still_be_read(t, phone, clock, end, words):
    order = world.order(t, S.ACCEPTED)
    world.chain.walk(t, order, end)
    clock(THERE + timedelta(hours=2))

    page = text(phone.get(url("visit", order)))

    assert words in page
    assert "出发前往" not in page
    assert "待评价" not in page  # what the family says is not for the nurse


def test_another_nurses_visit_does_not_exist(t):
    order = world.order(t, S.ACCEPTED)
    other = signed_in(persons.nurse(t.centre, name="陈小英").user)

    assert other.get(url("visit", order)).status_code == 404
    assert take(other, order, "depart").status_code == 404
    assert world.fresh(order).status == S.ACCEPTED


def test_an_open_page_is_told_that_the_visit_went_elsewhere(t, phone):
    order = world.order(t, S.ACCEPTED)
    assert text(phone.get(url("visit_state", order, "depart"))).strip() == ""

    services.recall(order_id=order.pk, reason="护士请假", by=t.actor(Role.DISPATCHER), now=t.now)

    assert "不在您名下" in text(phone.get(url("visit_state", order, "depart")))


# --- the day ----------------------------------------------------------------------------------------------------------


def test_an_empty_day_says_so(phone):
    page = text(phone.get(reverse("nurse:today")))

    assert "今天没有安排" in page
    assert page.count('class="tabbar"') == 1
    assert [word in page for word in ("今天", "日程", "消息", "我的", "SOS")] == [True] * 5


@pytest.mark.clause("002 五(八)")
def test_the_next_visit_shows_address_and_risks_and_the_look_is_recorded(t, phone, clock):
    order = world.order(t, S.ACCEPTED)
    clock(START - timedelta(minutes=40))

    page = text(phone.get(reverse("nurse:today")))

    assert "芦荻路 12 弄 3 号 401 室" in page
    assert 'href="tel:1549' in page
    assert page.count("csrfmiddlewaretoken") == page.count('method="post"') == 2  # to set out, and to call for help
    assert url("take", order, "depart") in page
    assert Event.objects.filter(kind="look", object_id=str(order.pk), actor_id=str(t.nurse.user_id)).count() == 1


def test_a_visit_left_over_from_yesterday_is_still_the_next(t, phone, clock):
    world.order(t, S.IN_SERVICE)
    clock(START + timedelta(days=1))

    assert "继续记录" in text(phone.get(reverse("nurse:today")))


def test_an_offer_names_the_town_and_hides_who_lives_where(t, phone):
    order = world.order(t, S.OFFERED)

    for address in (reverse("nurse:today"), url("offer", order)):
        page = text(phone.get(address))
        assert "潍坊新村街道" in page
        assert "芦荻路" not in page
        assert t.patient.name not in page


def test_day_and_week_cost_the_same_at_one_and_at_ten_visits(t, phone, clock):
    morning = START.replace(hour=8, minute=30)
    clock(morning - timedelta(minutes=30))
    pages = [reverse("nurse:today"), reverse("nurse:schedule")]

    def costs():
        counted = []
        for address in pages:
            phone.get(address)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                phone.get(address)
            counted.append(len(queries))
        return counted

    another_visit(t, morning)
    at_one = costs()
    for number in range(1, 10):
        day, turn = divmod(number, 5)
        another_visit(t, morning + timedelta(days=day, minutes=60 * turn))

    assert costs() == at_one
    assert "今天 5 单" in text(phone.get(pages[0]))
    assert "已排 10 单" in text(phone.get(pages[1]))


# --- offers -----------------------------------------------------------------------------------------------------------


def test_one_press_accepts(t, phone):
    order = world.order(t, S.OFFERED)

    answer = phone.post(url("take", order, "accept"), follow=True)

    assert world.fresh(order).status == S.ACCEPTED
    assert "已接单" in text(answer)


def test_declining_wants_a_reason_and_keeps_it_for_the_desk(t, phone):
    order = world.order(t, S.OFFERED)

    empty = take(phone, order, "decline")
    other = take(phone, order, "decline", why="其他")
    done = take(phone, order, "decline", why="身体不适", words="发热")

    assert (empty.status_code, other.status_code) == (422, 422)
    assert "请选择不能接的原因。" in text(empty)
    assert "请写一句说明" in text(other)
    assert done["Location"] == reverse("nurse:today")
    assert world.fresh(order).last_reason == "身体不适：发热"


@pytest.mark.clause("002 五(六)2")
def test_an_offer_that_ran_out_is_refused_with_its_clause(t, phone, clock):
    order = world.order(t, S.OFFERED)
    clock(order.accept_by + timedelta(minutes=1))

    answer = take(phone, order, "accept")

    assert answer.status_code == 422
    assert "接单期限已过" in text(answer)
    assert "依据 002 五(六)2" in text(answer)


# --- the visit --------------------------------------------------------------------------------------------------------


def test_a_whole_visit_by_plain_forms(t, phone, clock):
    order = world.order(t, S.ACCEPTED, numbers=(VITALS, PICC, BLOOD))
    clock(START - timedelta(minutes=20))
    take(phone, order, "depart")
    clock(THERE)
    take(phone, order, "check_in", identifiers=["name", "birth_date"], lat="31.2", lon="121.5", accuracy="18")
    order.refresh_from_db()
    clock(THERE + timedelta(minutes=40))
    phone.post(url("finish", order), everything(order))
    family = world.fresh(order).visit_code
    page = text(phone.get(url("visit", order)))
    take(phone, order, "confirm", code=family)

    order.refresh_from_db()
    assert "今天为您做了" in page
    assert order.status == S.COMPLETED
    assert order.confirmed_how == "code"
    assert order.visit_record.missing == []
    assert order.visit_record.specimen_label == "B-0001"


@pytest.mark.clause("002 五(八)")
def test_check_in_wants_two_identifiers_and_never_a_place(t, phone, clock):
    order = world.order(t, S.EN_ROUTE)
    clock(THERE)

    one = take(phone, order, "check_in", identifiers=["name"], location_problem="refused", place_note="在弄堂口")
    two = take(phone, order, "check_in", identifiers=["name", "face"], lat="north", location_problem="refused")

    assert one.status_code == 422
    assert "请至少用两种方式核对服务对象身份。" in text(one)
    assert "依据 002 五(八)" in text(one)
    assert 'value="name" ' in text(one)
    assert "checked" in text(one)
    assert "在弄堂口" in text(one)
    assert two.status_code == 302
    assert world.fresh(order).visit_record.place_note == "手机没有允许定位"


def test_setting_out_too_early_is_refused_on_the_page(t, phone):
    order = world.order(t, S.ACCEPTED)

    answer = take(phone, order, "depart")

    assert answer.status_code == 422
    assert "最早可提前三小时" in text(answer)


def test_a_tick_is_kept_at_once_and_answered_with_its_row(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    step = order.visit_record.items.get().steps.order_by("number").first()

    ticked = app.hand_in(order, "step", step.pk, {"step": step.pk})
    unticked = app.hand_in(order, "step", step.pk, {})

    assert f'<li id="step-{step.pk}" hx-swap-oob' in ticked["html"]
    assert "<html" not in ticked["html"]
    assert "还差 3 步" in ticked["html"]
    assert "请写明原因" in unticked["html"]
    assert unticked["result"] == "refused"
    assert order.visit_record.step_entries.get().done


def test_a_step_left_out_wants_its_reason(t, phone, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    step = order.visit_record.items.get().steps.first()
    button = reverse("nurse:part", args=[order.number, "step", step.pk])

    without = app.hand_in(order, "step", step.pk, {f"reason-{step.pk}": " "})
    plain = phone.post(button, {f"reason-{step.pk}": " ", "note": "写了一半"})
    given = app.hand_in(order, "step", step.pk, {f"reason-{step.pk}": "家属要求暂缓"})

    assert without["reasons"][0]["sentence"] == "没有做这一步的话，请写明原因。"
    assert plain.status_code == 422
    assert "写了一半" in text(plain)
    assert "未做：家属要求暂缓" in given["html"]
    assert order.visit_record.step_entries.get().reason == "家属要求暂缓"


def test_a_reading_is_judged_beside_its_field(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    impossible = app.hand_in(order, "reading", "temp_c", {"reading-temp_c": "63"})
    high = app.hand_in(order, "reading", "temp_c", {"reading-temp_c": "38.6"})
    unknown = app.hand_in(order, "reading", "weight_kg", {"reading-weight_kg": "60"}, show=False)

    assert impossible["result"] == unknown["result"] == "refused"
    assert 'value="63"' in impossible["html"]
    assert "请填写 30 到 45 之间的体温" in impossible["html"]
    assert "达到报警值 37.3" in high["html"]
    assert order.visit_record.readings.get().value == "38.6"


def test_sums_are_worked_out_on_the_page(t, app, clock):
    order = world.order(t, S.IN_SERVICE, numbers=(BRADEN,))
    clock(THERE)
    parts = [ask.measurement_id for ask in asks_of(order) if ask.measurement_id.startswith("braden_") and ask.required]

    answers = [app.hand_in(order, "reading", key, {f"reading-{key}": "2"}) for key in parts]

    assert "12 分" in answers[-1]["html"]


def test_leaving_early_lists_what_is_missing_with_its_field(t, phone, clock):
    order = world.order(t, S.IN_SERVICE, numbers=(VITALS, PICC))
    clock(THERE)

    answer = phone.post(url("finish", order), {"note": "刚开始", "reading-temp_c": "36.8"})

    page = text(answer)
    assert answer.status_code == 422
    assert 'href="#reading-pulse_bpm"' in page
    assert 'id="reading-pulse_bpm"' in page
    assert 'href="#waste"' in page
    assert page.count('href="#reading-temp_c"') == 0
    assert "刚开始" in page
    assert VisitRecord.objects.get(pk=order.visit_record_id).note == "刚开始"
    assert world.fresh(order).status == S.IN_SERVICE


def test_answers_that_contradict_each_other_are_named(t, phone, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    sent = everything(order) | {"reading-sbp_mmhg": "70", "reading-dbp_mmhg": "90"}
    answer = phone.post(url("finish", order), sent)

    assert answer.status_code == 422
    assert "收缩压应大于舒张压" in text(answer)
    assert 'href="#reading-sbp_mmhg"' in text(answer)


def test_waste_wants_a_number_of_bags(t, app, clock):
    order = world.order(t, S.IN_SERVICE, numbers=(PICC,))
    clock(THERE)

    too_many = app.hand_in(order, "waste", fields={"waste": "sharps", "waste_bags": "99"})
    right = app.hand_in(order, "waste", fields={"waste": "sharps", "waste_bags": "2"})

    assert "请填写 1 到 50 之间的袋数。" in too_many["html"]
    assert right["result"] == "taken"
    assert VisitRecord.objects.get(pk=order.visit_record_id).waste_bags == 2


def test_specimen_and_note_are_kept_by_themselves(t, app, clock):
    order = world.order(t, S.IN_SERVICE, numbers=(BLOOD,))
    clock(THERE)

    empty = app.hand_in(order, "specimen")
    sent = app.hand_in(order, "specimen", fields={"specimen_label": "B-7", "specimen_handed_to": "检验科"})
    note = app.hand_in(order, "note", fields={"note": "配合良好", "next_step": "doctor"})

    assert "请填写标本编号。" in empty["html"]
    assert "已登记" in sent["html"]
    assert "已保存" in note["html"]
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    assert (record.specimen_label, record.note, record.next_step) == ("B-7", "配合良好", "doctor")


def test_a_closed_record_is_not_written_any_more(t, app, clock):
    order = world.order(t, S.AWAITING_CONFIRMATION)
    clock(THERE)
    before = VisitRecord.objects.get(pk=order.visit_record_id).content_sha256

    answer = app.hand_in(order, "note", fields={"note": "事后补写", "next_step": "stop"})

    assert "护理记录已提交" in answer["reasons"][0]["sentence"]
    assert content_hash(VisitRecord.objects.get(pk=order.visit_record_id)) == before


def test_a_wrong_code_is_refused_with_its_clause(t, phone, clock):
    order = world.order(t, S.AWAITING_CONFIRMATION)
    clock(THERE)
    wrong = "000000" if order.visit_code != "000000" else "111111"

    answer = take(phone, order, "confirm", code=wrong)

    assert answer.status_code == 422
    assert "上门码不对" in text(answer)
    assert "依据 002 五(六)2" in text(answer)


@pytest.mark.parametrize(
    ("name", "fields", "status"),
    [
        ("give_back", {"why": "身体不适"}, S.AWAITING_DISPATCH),
        ("miss", {"why": "按约定时间到达，家中无人应答", "failed_by": "patient"}, S.NO_SHOW),
    ],
)
def test_what_nobody_hopes_for_before_the_door(t, phone, clock, name, fields, status):
    order = world.order(t, S.ACCEPTED)
    clock(THERE)

    empty = take(phone, order, name)
    done = take(phone, order, name, **fields)

    assert empty.status_code == 422
    assert done.status_code == 302
    assert world.fresh(order).status == status


def test_feeling_unsafe_ends_the_visit_without_questions(t, phone, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    assert "先离开，其余以后再说" in text(phone.get(url("visit", order)))

    assert phone.post(url("take", order, "abort"), {"why": "我觉得不安全"}).status_code == 422  # nobody would be called

    phone.post(url("unsafe", order), {"words": "家属酒后骂人"}, follow=True)

    assert world.fresh(order).status == S.ABORTED
    assert Alarm.objects.get().kind == Alarm.Kind.UNSAFE
    family = signed_in(t.users[Role.PROXY])
    page = text(family.get(reverse("family:order", args=[order.number])))
    assert "护士提前结束了这次上门" in page
    assert "酒后" not in page


def test_pressing_twice_is_answered_as_once(t, phone, clock):
    order = world.order(t, S.ACCEPTED)
    clock(THERE)
    again = {"why": "身体不适", "receipt": "5b0f2a0e-6c53-4f0b-9d0e-2f3d8f9a1c11"}

    first, second = take(phone, order, "give_back", **again), take(phone, order, "give_back", **again)

    assert first["Location"] == second["Location"] == reverse("nurse:today")


def test_a_step_of_somebody_else_is_not_found(t, phone):
    order = world.order(t, S.ACCEPTED)

    assert take(phone, order, "recall", reason="x").status_code == 404
    assert take(phone, order, "fly").status_code == 404


# --- herself ----------------------------------------------------------------------------------------------------------


def test_her_papers_say_how_long_they_hold(t, phone, clock):
    clock(world.NOW + timedelta(days=300))

    page = text(phone.get(reverse("nurse:me")))

    assert "护士执业证书" in page
    assert "责任险" in page
    assert "还有 35 天" in page
    assert t.centre.name in page


def test_messages_lead_to_the_order_and_can_be_marked_read(t, phone):
    from notifications import services as notifications
    from notifications.services import Letter

    order = world.order(t, S.OFFERED)
    notifications.tell(
        event="orders.offered",
        event_id=1,
        letters=[Letter(t.nurse.user_id, "nurse.offered", "有新的派单", "请答复。", f"/nurse/orders/{order.number}/")],
        organisation_id=t.centre.pk,
        patient_id=t.patient.pk,
        now=t.now,
    )

    page = text(phone.get(reverse("nurse:messages")))
    phone.post(reverse("nurse:messages_read"))

    assert f"/nurse/orders/{order.number}/" in page
    assert "全部标为已读" in page
    assert "全部标为已读" not in text(phone.get(reverse("nurse:messages")))
