"""A nurse presses for help on her phone; the desk sees who and where, answers by name and says how it ended."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from orders.lifecycle import OrderStatus as S
from safety import services
from safety.models import Alarm, Carrying, Incident, Recorder, RiskFlag, SafetyTimer
from tests import world
from tests.desks import offices
from tests.desks.phones import Phone
from tests.services.test_notifications import deliver_all
from tests.world import persons

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
THERE = world.NOW + timedelta(days=1, hours=1, minutes=17)  # world.order() has its nurse arrive two minutes past ten
HERE = {"lon": "121.523600", "lat": "31.221500", "accuracy": "35"}


@pytest.fixture
def t(clock):
    """A town whose clock stands a quarter of an hour after its nurse has arrived; nobody is logged out meanwhile."""
    clock(THERE)
    return world.town()


@pytest.fixture
def order(t):
    row = world.order(t, at=S.IN_SERVICE)
    deliver_all()
    return row


def page_of(client, name, *args, **how):
    answer = client.get(reverse(name, args=args), **how)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def press(t, **fields):
    """What the phone's script sends."""
    sent = {"receipt": str(uuid.uuid4()), **HERE, **fields}
    return offices.client(t, Role.NURSE).post(reverse("nurse:sos"), sent, headers=HTMX)


@pytest.mark.clause("004 三(八)")
def test_a_press_by_script_says_what_became_of_it(t, order):
    answer = press(t)

    alarm = Alarm.objects.get()
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "求助已发出，正在等值班台响应" in said
    assert "精度约 35 米" in said
    assert reverse("nurse:sos_place", args=[alarm.pk]) in said
    assert (alarm.order, alarm.places.count()) == (order, 1)


def test_a_press_without_script_has_a_page_of_its_own(t, order):
    nurse = offices.client(t, Role.NURSE)
    assert "马上发出求助" in page_of(nurse, "nurse:sos")

    answer = nurse.post(reverse("nurse:sos"), {"receipt": str(uuid.uuid4())}, follow=True)

    assert "求助已发出，正在等值班台响应" in answer.content.decode()
    assert "还没有读到位置" in answer.content.decode()
    assert "求助已发出" in page_of(nurse, "nurse:today")  # and every page of hers says that it goes on


@pytest.mark.parametrize(
    "rubbish", [{"lon": "x", "lat": "y"}, {"lon": "nan", "lat": "31"}, {"lon": "1e9", "lat": "31"},
                {"pressed_at": "2026-13-45T99:00", "sent_at": "?"}, {"receipt": "nicht"}, {"accuracy": "inf"}],
)  # fmt: skip
def test_nothing_that_a_phone_sends_wrongly_keeps_a_call_from_being_heard(t, order, rubbish):
    assert press(t, **rubbish).status_code == 200
    assert Alarm.objects.count() == 1


def test_a_late_press_is_dated_by_how_long_ago_the_phone_says_it_was(t, order):
    """The phone's clock is four hours wrong: only the span between press and sending counts."""
    wrong = timezone.now() - timedelta(hours=4)

    press(t, pressed_at=(wrong - timedelta(minutes=10)).isoformat(), sent_at=wrong.isoformat())

    alarm = Alarm.objects.get()
    assert timedelta(minutes=9, seconds=50) < alarm.raised_at - alarm.pressed_at < timedelta(minutes=10, seconds=10)


@pytest.mark.clause("004 三(八)", "002 五(九)2")
def test_the_desk_sees_who_where_and_whom_to_ring_and_answers(t, order):
    press(t)
    alarm, desk = Alarm.objects.get(), offices.client(t, Role.DISPATCHER)
    here = reverse("dispatch:alert", args=[alarm.pk])

    for name in ("queue", "orders", "requests", "alerts", "risks", "new"):
        assert here in page_of(desk, f"dispatch:{name}"), name  # the banner stands on every page
    shown = page_of(desk, "dispatch:alert", alarm.pk)
    for words in (str(t.nurse), order.number, "uri.amap.com", "精度约 35 米", "打电话", 'href="tel:110"', "我来响应"):
        assert words in shown, words
    assert t.patient.name not in page_of(desk, "dispatch:alerts_banner", headers=HTMX)
    step = reverse("dispatch:alert_step", args=[alarm.pk, "acknowledge"])
    answer = desk.post(step, {"version": alarm.version, "receipt": str(uuid.uuid4())}, headers=HTMX)
    assert "已响应" in answer.content.decode()
    assert t.users[Role.DISPATCHER].display_name in page_of(
        offices.client(t, Role.NURSE), "nurse:sos_one", alarm.pk, headers=HTMX
    )

    close = reverse("dispatch:alert_step", args=[alarm.pk, "close"])
    nothing = desk.post(close, {"outcome": "", "violence": "", "words": ""}, headers=HTMX)
    assert nothing.status_code == 422
    assert "请选择处置结果" in nothing.content.decode()
    done = desk.post(close, {"outcome": "support", "violence": "threat", "words": "派车接回，安抚护士"}, follow=True)
    assert "已建立不良事件" in done.content.decode()
    assert Incident.objects.get(order=order).kind == Incident.Kind.VIOLENCE
    assert here not in page_of(desk, "dispatch:queue")


@pytest.mark.clause("004 三(八)", "002 五(九)2")
def test_a_press_before_she_set_out_names_the_visit_and_address_as_expected_only(t):
    order = world.order(t, at=S.ACCEPTED)
    press(t)
    alarm, desk = Alarm.objects.get(), offices.client(t, Role.DISPATCHER)

    assert alarm.order == order
    banner = page_of(desk, "dispatch:alerts_banner", headers=HTMX)
    assert "预计前往潍坊新村街道" in banner
    assert "还没有登记出发" in banner
    shown = page_of(desk, "dispatch:alert", alarm.pk)
    for words in ("预计的上门", "预计上门地址", "芦荻路", order.number, "请先向她核实现在在哪里"):
        assert words in shown, words
    assert "这次上门" not in shown
    above = page_of(offices.client(t, Role.SUPERVISOR), "dispatch:alert", alarm.pk)
    assert "预计的上门" in above
    assert "芦荻路" not in above


def test_those_who_oversee_see_that_a_nurse_calls_and_nothing_of_the_household(t, order):
    press(t)
    alarm = Alarm.objects.get()

    for role in (Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR):
        shown = page_of(offices.client(t, role), "dispatch:alert", alarm.pk)
        near = role == Role.CENTRE_ADMIN
        assert str(t.nurse) in shown
        assert ("我来响应" in shown) is near
        assert ("马上打电话" in shown) is near
        assert page_of(offices.client(t, role), "dispatch:alerts")
        refused = offices.client(t, role).post(reverse("dispatch:alert_step", args=[alarm.pk, "acknowledge"]))
        assert (refused.status_code == 403) is not near
    for role in (Role.DOCTOR, Role.NURSE, Role.PROXY):
        assert offices.client(t, role).get(reverse("dispatch:alert", args=[alarm.pk])).status_code == 403


def test_a_look_at_a_call_is_on_record(t, order):
    press(t)
    page_of(offices.client(t, Role.SUPERVISOR), "dispatch:alert", Alarm.objects.get().pk)

    look = Event.objects.filter(kind=Event.Kind.LOOK, action="safety.looked").latest("id")
    assert (look.subject_id, look.reason) == (str(t.patient.pk), "处置护士求助")


def test_another_nurse_neither_reads_nor_moves_a_call(t, order):
    press(t)
    alarm = Alarm.objects.get()
    other = Client()
    other.force_login(persons.nurse(t.centre, name="陈洁", now=t.now).user)

    assert other.get(reverse("nurse:sos_one", args=[alarm.pk])).status_code == 404
    assert other.post(reverse("nurse:sos_place", args=[alarm.pk]), HERE).status_code == 404
    assert other.post(reverse("nurse:sos_cancel", args=[alarm.pk])).status_code == 404


def test_a_later_place_and_a_slip_of_the_finger(t, order):
    press(t, lon="", lat="")
    alarm, nurse = Alarm.objects.get(), offices.client(t, Role.NURSE)
    assert "还没有读到位置" in page_of(nurse, "nurse:sos_one", alarm.pk, headers=HTMX)

    moved = nurse.post(reverse("nurse:sos_place", args=[alarm.pk]), HERE, headers=HTMX)
    gone = nurse.post(reverse("nurse:sos_cancel", args=[alarm.pk]), {"receipt": str(uuid.uuid4())}, headers=HTMX)

    assert "精度约 35 米" in moved.content.decode()
    assert "已登记为误触" in gone.content.decode()
    assert "误触" in page_of(offices.client(t, Role.DISPATCHER), "dispatch:alerts")


# --- the safety part of a visit ---------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(九)2")
def test_the_clock_stands_on_the_visit_and_is_put_off_with_one_press(t, order):
    nurse, timer = offices.client(t, Role.NURSE), SafetyTimer.objects.get()
    shown = page_of(nurse, "nurse:visit", order.number)
    assert "我很安全，再加 30 分钟" in shown
    assert "我已离开" in shown

    form = {"sign": "longer", "receipt": str(uuid.uuid4())}
    for _ in range(2):  # pressed twice, done once
        nurse.post(reverse("nurse:safe", args=[order.number]), form)
    assert SafetyTimer.objects.get().until == timer.until + timedelta(minutes=30)

    nurse.post(reverse("nurse:safe", args=[order.number]), {"sign": "left", "receipt": str(uuid.uuid4())})
    assert SafetyTimer.objects.get().ended == "left"
    assert "我很安全" not in page_of(nurse, "nurse:safe", order.number)


def test_a_sign_kept_without_network_counts_from_when_it_was_given(t, order):
    timer, phone = SafetyTimer.objects.get(), Phone(t.users[Role.NURSE])

    answer = phone.hand_in(order, "safe", "longer", offline_for=timedelta(minutes=12))

    sign = timer.signs.get()
    assert answer["result"] == "taken"
    assert 'id="clock"' in answer["html"]
    assert timedelta(minutes=11) < sign.recorded_at - sign.said_at < timedelta(minutes=13)


@pytest.mark.clause("004 三(一)", "004 三(八)")
def test_a_recorder_is_entered_by_the_centre_carried_on_the_visit_and_shown_on_the_order(t, order):
    admin, nurse = offices.client(t, Role.CENTRE_ADMIN), offices.client(t, Role.NURSE)
    assert "还没有登记记录仪" in page_of(admin, "centre:recorders")
    admin.post(reverse("centre:recorders"), {"number": "JL-07"})
    assert admin.post(reverse("centre:recorders"), {"number": "JL-07"}).status_code == 422
    device = Recorder.objects.get()
    assert "JL-07" in page_of(nurse, "nurse:visit", order.number)

    without = nurse.post(reverse("nurse:recorder", args=[order.number]), {"recorder": "", "reason": ""})
    assert without.status_code == 422
    answer = Phone(t.users[Role.NURSE]).hand_in(order, "recorder", fields={"recorder": str(device.pk), "reason": ""})

    assert answer["result"] == "taken"
    assert Carrying.objects.get().recorder == device
    assert "使用中" in page_of(admin, "centre:recorders")
    for role, name in ((Role.DISPATCHER, "dispatch:order"), (Role.CENTRE_ADMIN, "centre:orders_one")):
        assert "携带 JL-07" in page_of(offices.client(t, role), name, order.number)
    refused = admin.post(reverse("centre:recorders_change", args=[device.pk]), {"state": "repair"})
    assert "正在上门使用" in refused.content.decode()


@pytest.mark.clause("002 五(九)2")
def test_a_warning_goes_from_the_bedside_to_the_next_offer_and_through_an_appeal(t, order):
    phone, desk = Phone(t.users[Role.NURSE]), offices.client(t, Role.DISPATCHER)
    fields = {"risk_kind": "dog", "risk_facts": "院内有未拴的大狗，进门时扑人"}
    assert phone.hand_in(order, "risk", fields=fields)["result"] == "taken"
    assert phone.hand_in(order, "risk", fields=fields)["result"] == "refused"  # one of a kind at a time
    flag = RiskFlag.objects.get()

    assert "进门时扑人" in page_of(offices.client(t, Role.NURSE), "nurse:visit", order.number)
    assert "进门时扑人" in page_of(desk, "dispatch:order", order.number)
    family = offices.client(t, Role.PROXY)
    assert "进门时扑人" not in page_of(family, "family:risks")  # not told yet
    assert family.get(reverse("family:risk_appeal", args=[flag.pk])).status_code == 404

    desk.post(reverse("dispatch:risk_step", args=[flag.pk, "tell"]))
    assert "进门时扑人" in page_of(family, "family:risks")
    family.post(reverse("family:risk_appeal", args=[flag.pk]), {"words": "狗已经送到亲戚家"})
    admin = offices.client(t, Role.CENTRE_ADMIN)
    assert "狗已经送到亲戚家" in page_of(admin, "dispatch:risk", flag.pk)
    refused = desk.post(reverse("dispatch:risk_step", args=[flag.pk, "uphold"]), {"reason": "属实"})
    assert "不在您的权限内" in refused.content.decode()
    admin.post(reverse("dispatch:risk_step", args=[flag.pk, "uphold"]), {"reason": "已核实，狗不在家"})

    assert "已核实，狗不在家" in page_of(family, "family:risks")
    assert "进门时扑人" not in page_of(offices.client(t, Role.NURSE), "nurse:visit", order.number)


def test_the_desk_raises_a_warning_from_the_order(t, order):
    desk, where = offices.client(t, Role.DISPATCHER), reverse("dispatch:risk_new", args=[order.number])
    assert desk.post(where, {"kind": "weapon", "facts": ""}).status_code == 422

    desk.post(where, {"kind": "weapon", "facts": "上次上门时桌上有砍刀"})

    assert RiskFlag.objects.get().raised_as == Role.DISPATCHER
    assert "上次上门时桌上有砍刀" in page_of(desk, "dispatch:risks")


@pytest.mark.clause("002 五(九)2")
def test_feeling_unsafe_is_one_press_on_the_visit_and_the_family_reads_a_neutral_sentence(t, order):
    shown = page_of(offices.client(t, Role.NURSE), "nurse:visit", order.number)
    assert "我觉得不安全，马上离开" in shown

    answer = Phone(t.users[Role.NURSE]).hand_in(order, "unsafe", fields={"words": "家属动手推人"})
    deliver_all()

    assert answer["result"] == "taken"
    order.refresh_from_db()
    assert (order.status, Alarm.objects.get().kind) == (S.ABORTED, "unsafe")
    family = page_of(offices.client(t, Role.PROXY), "family:order", order.number)
    assert "护士提前结束了这次上门，中心会与您联系" in family
    assert "动手推人" not in family
    assert "不安全" not in family
    assert "家属动手推人" in page_of(offices.client(t, Role.DISPATCHER), "dispatch:alert", Alarm.objects.get().pk)


def test_who_is_still_afraid_after_the_visit_was_ended_is_heard_again(t, order):
    services.leave_unsafe(order_id=order.pk, by=t.actor(Role.NURSE), now=timezone.now())

    answer = Phone(t.users[Role.NURSE]).hand_in(order, "unsafe", fields={"words": "他跟下楼来了"})

    assert answer["result"] == "taken"
    assert [alarm.order for alarm in Alarm.objects.order_by("pk")] == [order, order]
