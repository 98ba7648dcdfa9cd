"""Ways out of the house: chosen by the person, quiet at night, never doubled, never lost, and a call when all fails."""

import json
import threading
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, Refused
from notifications import gateways, rules
from notifications import services as messages
from notifications.gateways import Answer, ByPost, Fate, Parcel
from notifications.lifecycle import CallStatus
from notifications.models import Call, Delivery, Message, Posted
from notifications.services import sending
from notifications.services.outbox import Outbox
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NIGHT = NOON.replace(hour=22)
ILLNESS = ("压疮", "糖尿", "肿瘤", "造口", "导尿", "血", "病", "药", "危急")


@pytest.fixture
def t():
    return world.town()


def choose(t, role=Role.PROXY, **changed):
    given = {
        "phone": "154 0000 0001", "by_sms": True, "by_voice": False, "quiet_from": time(21), "quiet_until": time(8),
        **changed,
    }  # fmt: skip
    return messages.choose_reach(**given, by=t.actor(role), now=t.now)


def tell(t, template="family.accepted", *, now=NOON, role=Role.PROXY):
    letter = messages.Letter(t.users[role].pk, template, "护士已约好上门时间", "护士将为沈玉兰上门。")
    return messages.tell(
        event="orders.accepted", event_id=uuid4().int % 10**9, letters=[letter], organisation_id=t.centre.pk,
        patient_id=t.patient.pk, now=now,
    )  # fmt: skip


def answering(monkeypatch, answer):
    """Put a gateway in the place that says this to every parcel."""
    told = []

    class Gateway:
        def send(self, parcels):
            told.extend(parcels)
            return [answer] * len(parcels)

    monkeypatch.setattr(gateways, "gateway", Gateway)
    return told


# --- which way --------------------------------------------------------------------------------------------------------


def test_who_has_chosen_nothing_is_told_in_the_house_alone(t):
    tell(t)

    assert Message.objects.count() == 1
    assert not Delivery.objects.exists()
    assert not Call.objects.exists()


@pytest.mark.clause("002 五(八)")
def test_a_text_message_names_nobody_and_no_illness(t):
    choose(t)
    tell(t)
    messages.carry(NOON)

    posted = Posted.objects.get()
    assert posted.to == "15400000001"
    assert posted.text == "【护到家】护士已约好上门时间，请登录护到家查看。"
    assert "沈玉兰" not in posted.text
    assert Delivery.objects.get().state == Delivery.State.DELIVERED


def test_no_title_of_any_message_says_what_somebody_suffers_from():
    from notifications.texts import TEXTS

    assert [words.title for words in TEXTS.values() if any(word in words.title for word in ILLNESS)] == []


def test_at_night_what_can_wait_waits_and_an_alarm_does_not(t):
    choose(t)
    choose(t, Role.DISPATCHER)
    tell(t, now=NIGHT)
    tell(t, "desk.alarm", now=NIGHT, role=Role.DISPATCHER)

    assert messages.carry(NIGHT) == 1
    assert messages.carry(NIGHT.replace(hour=8) + timedelta(days=1)) == 1
    assert Posted.objects.count() == 2


def test_a_way_without_a_number_is_refused(t):
    with pytest.raises(Invalid) as refused:
        choose(t, phone="")

    assert refused.value.reasons[0].field == "phone"


# --- handed over once -------------------------------------------------------------------------------------------------


def test_what_was_handed_over_is_not_handed_over_again(t, monkeypatch):
    told = answering(monkeypatch, Answer(Fate.HANDED))
    choose(t)
    tell(t)

    assert messages.carry(NOON) == 1
    assert messages.carry(NOON) == 0
    assert len(told) == 1
    assert traces.events().filter(action="notifications.handed_over").count() == 1


def test_a_process_that_dies_between_claim_and_answer_loses_nothing_and_repeats_the_key(t, monkeypatch):
    choose(t)
    tell(t)
    first = sending._claim(NOON)  # and then the lights go out
    told = answering(monkeypatch, Answer(Fate.DELIVERED))

    assert messages.carry(NOON + timedelta(seconds=59)) == 0
    assert messages.carry(NOON + timedelta(seconds=61)) == 1
    assert [parcel.key for parcel in told] == [str(first[0].key)]


def test_who_outlived_the_lease_may_not_write_down_an_answer(t):
    choose(t)
    tell(t)
    slow = sending._claim(NOON)
    quick = sending._claim(NOON + timedelta(seconds=61))

    assert sending._settle(slow, [Answer(Fate.NEVER, "http 400")], NOON) == 0
    assert sending._settle(quick, [Answer(Fate.DELIVERED)], NOON) == 1
    assert Delivery.objects.get().state == Delivery.State.DELIVERED


def test_the_built_in_outbox_keeps_one_copy_of_a_key():
    parcel = Parcel(str(uuid4()), "sms", "15400000001", "【护到家】测试，请登录护到家查看。")

    assert Outbox().send([parcel]) == Outbox().send([parcel]) == [Answer(Fate.DELIVERED)]
    assert Posted.objects.count() == 1


# --- a gateway over the network ---------------------------------------------------------------------------------------


@contextmanager
def far_side(settings, answer):
    """A real server; ``answer(key, n)`` says what the n-th request under this key gets: (status, body, seconds)."""
    heard: list[dict] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append(said | {"header": self.headers["Idempotency-Key"]})
            nth = sum(one["key"] == said["key"] for one in heard)
            status, body, seconds = answer(said["key"], nth)
            ended.wait(seconds)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.MESSAGE_GATEWAY = "notifications.gateways.ByPost"
    settings.MESSAGE_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/send"
    try:
        yield heard
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def accepted(key, state="accepted"):
    return json.dumps({"key": key, "state": state}).encode()


def one(settings, answer):
    """What the gateway makes of one parcel under this answer."""
    parcel = Parcel(str(uuid4()), "sms", "15400000001", "【护到家】测试，请登录护到家查看。")
    with far_side(settings, answer) as heard:
        [said] = ByPost().send([parcel])
    assert heard[0]["header"] == heard[0]["key"] == parcel.key
    return said.fate


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (lambda key, n: (200, accepted(key), 0), Fate.HANDED),
        (lambda key, n: (200, accepted(key, "delivered"), 0), Fate.DELIVERED),
        (lambda key, n: (200, accepted(key, "rejected"), 0), Fate.NEVER),
        (lambda key, n: (200, accepted(key) * 2, 0), Fate.LATER),
        (lambda key, n: (200, accepted("another"), 0), Fate.LATER),
        (lambda key, n: (200, "<html>维护中</html>".encode(), 0), Fate.LATER),
        (lambda key, n: (200, b"", 0), Fate.LATER),
        (lambda key, n: (503, b"", 0), Fate.LATER),
        (lambda key, n: (429, b"", 0), Fate.LATER),
        (lambda key, n: (400, b"", 0), Fate.NEVER),
    ],
    ids=["takes", "delivers", "rejects", "twice in one", "of another", "garbage", "nothing", "broken", "busy", "no"],
)
def test_what_the_far_side_says_is_believed_only_when_it_names_the_parcel(settings, answer, fate):
    assert one(settings, answer) == fate


def test_a_far_side_that_is_slow_or_down_leaves_the_parcel_for_later(settings, monkeypatch):
    monkeypatch.setattr(gateways, "SECONDS", 0.3)
    assert one(settings, lambda key, n: (200, accepted(key), 5)) == Fate.LATER

    settings.MESSAGE_GATEWAY_URL = "http://127.0.0.1:9/"
    parcels = [Parcel(str(uuid4()), "sms", "15400000001", "测试") for _ in range(3)]
    assert [said.fate for said in ByPost().send(parcels)] == [Fate.LATER] * 3


@pytest.mark.clause("002 五(四)")
def test_an_answer_that_was_lost_costs_no_message_and_doubles_none(t, settings):
    """The far side has taken it and its answer is garbage; the second request under the same key is answered well."""
    choose(t)
    tell(t)
    with far_side(settings, lambda key, n: (200, b"?" if n == 1 else accepted(key), 0)) as heard:
        assert messages.carry(NOON) == 0
        row = Delivery.objects.get()
        assert (row.state, row.attempts, row.last_error) == (Delivery.State.QUEUED, 1, "garbled")
        assert messages.carry(NOON) == 0  # not before its pause is over
        assert messages.carry(row.due_at) == 1

    assert len(heard) == 2
    assert len({said["key"] for said in heard}) == 1


# --- when all fails, and who has no telephone that shows messages -----------------------------------------------------


def test_what_the_far_side_will_never_take_becomes_a_call(t, monkeypatch):
    answering(monkeypatch, Answer(Fate.NEVER, "http 400"))
    choose(t)
    tell(t)
    messages.carry(NOON)

    row, call = Delivery.objects.get(), Call.objects.get()
    assert (row.state, row.last_error) == (Delivery.State.DEAD, "http 400")
    assert (call.why, call.person, call.centre) == (Call.Why.UNDELIVERED, t.users[Role.PROXY], t.centre)
    assert call.text == "护士将为沈玉兰上门。"


def test_a_gateway_that_stays_away_becomes_a_call_after_the_last_try(t, monkeypatch):
    answering(monkeypatch, Answer(Fate.LATER, "unreachable"))
    choose(t)
    tell(t)

    for _ in range(rules.TRIES):
        messages.carry(Delivery.objects.get().due_at)

    assert Delivery.objects.get().state == Delivery.State.DEAD
    assert Call.objects.count() == 1


def test_who_uses_no_smartphone_is_called_and_the_call_is_one_however_often_it_is_asked_for(t):
    choose(t, by_sms=False, by_voice=True)
    [message] = tell(t)
    sending.queue([message], organisation_id=t.centre.pk, patient_id=t.patient.pk, now=NOON)
    tell(t, "family.settled")

    assert [call.why for call in Call.objects.all()] == [Call.Why.VOICE]


def test_a_family_without_any_account_is_called(t):
    from tests.services.test_notifications import deliver_all

    t.patient = persons.patient(by=places.SETUP, now=t.now)
    deliver_all()
    wish = {"wish": "想请护士上门量血压", "wished_from": t.now + timedelta(days=1)}
    from orders import services

    services.submit(
        patient=t.patient, centre=t.centre, wished_to=t.now + timedelta(days=1, hours=2), channel="phone",
        by=t.actor(Role.DISPATCHER), now=t.now, **wish,
    )  # fmt: skip
    request = t.patient.requests.get()
    services.receive(request_id=request.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    deliver_all()

    call = Call.objects.get()
    assert (call.why, call.patient, call.title) == (Call.Why.NO_ACCOUNT, t.patient, "申请已受理")
    assert messages.show_number(call_id=call.pk, by=t.actor(Role.DISPATCHER), now=t.now).startswith("154")
    assert traces.events().filter(action="notifications.looked").exists()


def test_the_desk_calls_and_notes_what_came_of_it(t):
    choose(t, by_sms=False, by_voice=True)
    tell(t)
    call, desk = Call.objects.get(), t.actor(Role.DISPATCHER)

    messages.call_unreached(call_id=call.pk, outcome="占线", by=desk, now=t.now)
    call.refresh_from_db()
    assert (call.status, call.tries) == (CallStatus.OPEN, 1)
    with pytest.raises(Invalid):
        messages.call_unreached(call_id=call.pk, final=True, by=desk, now=t.now)
    messages.call_done(call_id=call.pk, outcome="已告诉儿子", by=desk, now=t.now)

    call.refresh_from_db()
    assert (call.status, call.tries, call.closed_at) == (CallStatus.DONE, 2, t.now)
    with pytest.raises(Refused):
        messages.call_done(call_id=call.pk, by=desk, now=t.now)


def test_a_call_is_nobody_else_s(t):
    choose(t, by_sms=False, by_voice=True)
    tell(t)
    call = Call.objects.get()

    for role in (Role.DOCTOR, Role.NURSE, Role.SUPERVISOR, Role.PROXY):
        with pytest.raises(Hidden):
            messages.call_done(call_id=call.pk, by=t.actor(role), now=t.now)
        with pytest.raises(Hidden):
            messages.show_number(call_id=call.pk, by=t.actor(role), now=t.now)


def test_hats_and_the_table_agree_on_whose_a_call_is(t):
    from notifications import access

    choose(t, by_sms=False, by_voice=True)
    tell(t)
    call = Call.objects.get()

    for role in t.users:
        actor = t.actor(role)
        assert bool(access.hats(actor, call)) == access.visible_to(actor).filter(pk=call.pk).exists(), role


def test_messages_of_an_order_go_out_as_chosen(t):
    from tests.services.test_notifications import deliver_all

    choose(t)
    world.request(t, Q.RECEIVED)
    deliver_all()

    assert Delivery.objects.get().message.template == "family.received"
