"""What a phone kept in a basement arrives once, in order, with both times; no phone overwrites another silently."""

import re
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from bedside.models import PhoneEntry
from clinical.models import Reading, VisitRecord
from desks.nurse.entries import KINDS
from orders import services
from orders.lifecycle import OrderStatus as S
from safety.models import Alarm
from tests import world
from tests.desks.phones import Phone
from tests.world import persons

pytestmark = pytest.mark.django_db

START = world.NOW + timedelta(days=1, hours=1)
THERE = START + timedelta(minutes=5)
TEMPERATURE = "temp_c"


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def app(t):
    return Phone(t.users[Role.NURSE])


def temperature(value):
    return {f"reading-{TEMPERATURE}": value}


def kept(order):
    return Reading.objects.filter(record=order.visit_record_id, measurement=TEMPERATURE)


def recall(t, order, **how):
    """The desk takes the visit away while the nurse has no network."""
    services.recall(order_id=order.pk, reason="护士失联，改派", by=t.actor(Role.DISPATCHER), now=timezone.now(), **how)


def test_a_call_for_help_is_heard_though_the_visit_went_elsewhere(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    recall(t, order)

    answer = app.hand_in(order, "unsafe", fields={"words": "楼道里有人跟着我"})

    assert answer["result"] == "taken"
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.order, alarm.nurse) == ("unsafe", None, t.nurse)


def test_what_took_the_visit_off_her_hands_is_answered_again_as_taken(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    receipt = uuid.uuid4()
    said = {"why": "其他", "words": "孩子发烧"}

    first = app.hand_in(order, "take", "give_back", said, receipt=receipt)
    again = app.hand_in(order, "take", "give_back", said, receipt=receipt)

    assert (first["result"], again["result"]) == ("taken", "taken")
    assert world.fresh(order).status == S.AWAITING_DISPATCH


@pytest.mark.parametrize(("typed", "result"), [("full", "taken"), ("words", "refused")])
def test_a_visit_code_in_whatever_signs_is_judged_and_no_fault(t, app, clock, typed, result):
    order = world.order(t, S.AWAITING_CONFIRMATION)
    clock(order.finished_at + timedelta(minutes=1))
    full = "".join(chr(ord(sign) + 0xFEE0) for sign in order.visit_code)

    answer = app.hand_in(order, "take", "confirm", {"code": full if typed == "full" else "上门码"})

    assert answer["result"] == result


# --- what comes after the visit was stopped ---------------------------------------------------------------------------


def test_what_was_written_before_the_desk_stopped_the_visit_and_comes_late_is_refused_in_words(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    services.abort(order_id=order.pk, reason="服务对象突发不适", by=t.actor(Role.DISPATCHER), now=timezone.now())
    receipt = uuid.uuid4()

    late = app.hand_in(
        order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt, offline_for=timedelta(minutes=2)
    )
    again = app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt)

    assert late["result"] == again["result"] == "refused"
    assert [one["code"] for one in late["reasons"]] == ["record.stopped"]
    assert not kept(order).exists()


def test_what_she_wrote_before_she_stopped_the_visit_herself_comes_before_it(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    written = app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), offline_for=timedelta(minutes=3))
    left = app.hand_in(order, "unsafe", fields={"words": "家属有过激言行"}, offline_for=timedelta(minutes=2))

    assert (written["result"], left["result"]) == ("taken", "taken")
    assert kept(order).get().value == "36.8"
    assert VisitRecord.objects.get(pk=order.visit_record_id).stopped_at


def test_the_page_of_a_stopped_visit_offers_no_writing(t, app, clock):
    order = world.order(t, S.ABORTED)
    clock(THERE)

    page = app.client.get(reverse("nurse:visit", args=[order.number])).content.decode()

    assert "服务对象突发不适" in page
    assert f"reading-{TEMPERATURE}" not in page


# --- once, and in time ------------------------------------------------------------------------------------------------


def test_the_same_receipt_has_one_effect_and_one_answer(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    receipt = uuid.uuid4()

    first = app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt)
    app.hand_in(order, "reading", TEMPERATURE, temperature("37.2"))
    again = app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt)

    assert first["result"] == again["result"] == "taken"
    assert kept(order).get().value == "37.2"
    assert PhoneEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_receipt_sent_by_two_threads_at_once_has_one_effect(t, clock):
    order = world.order(t, S.ACCEPTED)
    clock(START - timedelta(minutes=20))
    app, receipt, answers = Phone(t.users[Role.NURSE]), uuid.uuid4(), []
    owner = app.hello()["owner"]

    def send():
        try:
            answers.append(app.hand_in(order, "take", "depart", receipt=receipt, owner=owner))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [answer["result"] for answer in answers] == ["taken"] * 4
    assert world.fresh(order).steps.filter(name="depart").count() == 1


def test_a_refusal_is_answered_again_in_the_same_words(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    receipt = uuid.uuid4()

    first = app.hand_in(order, "reading", TEMPERATURE, temperature("63"), receipt=receipt)
    again = app.hand_in(order, "reading", TEMPERATURE, temperature("63"), receipt=receipt)

    assert first["result"] == "refused"
    assert again["reasons"] == first["reasons"]
    assert not kept(order).exists()


@pytest.mark.clause("002 五(八)")
def test_a_whole_visit_without_network_keeps_the_hours_at_which_it_happened(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    arrived = START + timedelta(hours=3)
    clock(arrived)

    def ago(minutes):
        return {"offline_for": timedelta(minutes=minutes)}

    app.hand_in(order, "take", "depart", **ago(200))
    app.hand_in(order, "take", "check_in", {"identifiers": ["name", "face"], "location_problem": "timeout"}, **ago(180))
    app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), **ago(170))
    app.hand_in(order, "reading", TEMPERATURE, temperature("36.9"), **ago(160))

    order = world.fresh(order)
    assert (order.departed_at, order.arrived_at) == (arrived - timedelta(minutes=200), arrived - timedelta(minutes=180))
    assert order.visit_record.started_at == order.arrived_at
    reading = kept(order).get()
    assert (reading.value, reading.at, reading.recorded_at) == ("36.9", arrived - timedelta(minutes=160), arrived)
    assert [step.taken_at for step in order.steps.filter(name__in=["depart", "check_in"])] == [arrived, arrived]
    assert list(PhoneEntry.objects.order_by("happened_at").values_list("kind", "key")) == [
        ("take", "depart"), ("take", "check_in"), ("reading", TEMPERATURE), ("reading", TEMPERATURE),
    ]  # fmt: skip


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(hours=-5), timedelta(hours=9), timedelta(days=800)])
def test_a_phone_whose_clock_is_wrong_still_knows_how_long_ago_it_was(t, app, clock, skew):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), skew=skew, offline_for=timedelta(minutes=4))

    entry = PhoneEntry.objects.get()
    assert kept(order).get().at == entry.happened_at == THERE - timedelta(minutes=4)
    assert entry.device_at == THERE + skew - timedelta(minutes=4)
    assert entry.received_at == THERE


def test_a_clock_that_was_set_back_meanwhile_never_makes_a_future(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), offline_for=timedelta(minutes=-30))

    assert kept(order).get().at == THERE


def test_steps_never_happen_before_the_step_that_went_before(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    clock(START)
    app.hand_in(order, "take", "depart", offline_for=timedelta(minutes=10))

    app.hand_in(order, "take", "check_in", {"identifiers": ["name", "face"]}, offline_for=timedelta(hours=5))

    assert world.fresh(order).arrived_at == START - timedelta(minutes=10)


# --- who, and where it went -------------------------------------------------------------------------------------------


def test_a_visit_that_went_to_somebody_else_meanwhile_is_said_so_and_nothing_is_written(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    clock(START)
    recall(t, order)

    answer = app.hand_in(order, "take", "depart")

    assert answer["result"] == "refused"
    assert "已改派给其他护士或取消" in answer["reasons"][0]["sentence"]
    assert answer["reasons"][0]["clause"] == "002 五(六)2"
    assert world.fresh(order).departed_at is None


def test_an_order_that_was_never_hers_tells_her_no_more_than_one_that_is_not_there(t, clock):
    order = world.order(t, S.IN_SERVICE)
    stranger = Phone(persons.nurse(t.centre, name="陈小英").user)

    hers, none = stranger.hand_in(order, "note"), stranger.hand_in("D00000000000", "note")

    assert hers["reasons"] == none["reasons"]
    assert "没有找到这张订单" in hers["reasons"][0]["sentence"]


def test_what_one_nurse_wrote_is_not_sent_under_anothers_name(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    another = Phone(persons.nurse(t.centre, name="陈小英").user)

    answer = app.post(order, "reading", TEMPERATURE, temperature("36.8"), owner=another.hello()["owner"])

    assert answer.status_code == 409
    assert "另一位护士" in answer.json()["error"]
    assert not PhoneEntry.objects.exists()


def test_a_receipt_of_somebody_else_or_for_something_else_is_refused(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    receipt = uuid.uuid4()
    app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt)
    another = Phone(persons.nurse(t.centre, name="陈小英").user)

    elsewhere = app.post(order, "note", "", {"note": "x"}, receipt=receipt)
    stolen = another.post(order, "reading", TEMPERATURE, temperature("36.8"), receipt=receipt)

    assert (elsewhere.status_code, stolen.status_code) == (409, 409)
    assert VisitRecord.objects.get(pk=order.visit_record_id).note == ""


def test_two_phones_of_one_nurse_do_not_overwrite_each_other_silently(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    tablet = Phone(t.users[Role.NURSE])
    seen = app.hand_in(order, "reading", TEMPERATURE, temperature("36.8"))["base"]
    tablet.hand_in(order, "reading", TEMPERATURE, temperature("37.9"), basis=seen)

    blind = app.hand_in(order, "reading", TEMPERATURE, temperature("36.9"), basis=seen)

    assert blind["result"] == "refused"
    assert "另一台手机" in blind["reasons"][0]["sentence"]
    assert kept(order).get().value == "37.9"

    decided = app.hand_in(order, "reading", TEMPERATURE, temperature("36.9"), basis=blind["base"])

    assert decided["result"] == "taken"
    assert kept(order).get().value == "36.9"


def test_one_phone_may_write_the_same_part_again_and_again(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    answers = [app.hand_in(order, "reading", TEMPERATURE, temperature(f"36.{n}")) for n in range(4)]

    assert {answer["result"] for answer in answers} == {"taken"}
    assert kept(order).get().value == "36.3"


# --- strangers and nonsense -------------------------------------------------------------------------------------------


def test_only_nurses_reach_the_address_and_an_ended_post_closes_it(t, app, clock):
    desk = Client()
    desk.force_login(t.users[Role.DISPATCHER])

    assert desk.get(reverse("nurse:sync")).status_code == 403
    assert "/login/" in Client().get(reverse("nurse:sync"))["Location"]
    assert app.client.get(reverse("nurse:sync")).status_code == 200


def test_the_phone_may_keep_todays_and_tomorrows_visits_and_no_others(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    address = reverse("nurse:visit", args=[order.number])

    assert app.hello()["keep"] == [address]
    clock(START - timedelta(days=3))
    assert app.hello()["keep"] == []


def test_pages_that_a_phone_keeps_say_so_and_carry_no_identity_number(t, app, clock):
    order = world.order(t, S.ACCEPTED)
    clock(START - timedelta(hours=1))

    page = app.client.get(reverse("nurse:visit", args=[order.number]))
    week = app.client.get(reverse("nurse:schedule"))

    assert page["X-Keep"] == "1"
    assert "X-Keep" not in week
    assert not re.search(r"\d{17}[\dXx]", page.content.decode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"receipt": "x"}, {"device": None}, {"kind": "fly"}, {"at": "gestern"}, {"at": "2026-11-22T10:00:00"},
        {"sent": 5}, {"fields": "note"}, {"fields": [["only-a-name"]]}, {"basis": "zzz"}, {"fields": None},
    ],
)  # fmt: skip
def test_what_no_honest_phone_says_is_a_bad_request_and_never_a_fault(t, app, clock, wrong):
    order = world.order(t, S.IN_SERVICE)

    answer = app.post(order, "note", "", {"note": "x"}, wrong=wrong)

    assert answer.status_code == 400
    assert not PhoneEntry.objects.exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("key", ["", "0", "²", "99999999999999999999", "nothing", "../../x", "step-1"])
def test_an_entry_about_nothing_known_is_refused_and_never_a_fault(t, app, clock, kind, key):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    answer = app.post(order, kind, key, {"note": "", "x": "y"}, show=False)

    assert answer.status_code == 200
    if kind not in {"note", "unsafe"}:  # an empty note clears the note; who feels unsafe need not say why
        assert answer.json()["result"] == "refused"
