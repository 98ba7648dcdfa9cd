"""Calls to browsers: to services that are known, locked for one browser, saying nothing, ended when nobody is there."""

import json
import time as clock
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow
from notifications import push, rules, selectors
from notifications import services as messages
from notifications.gateways import Fate, Parcel
from notifications.models import Call, Delivery, Device, Posted
from tests import world
from tests.services.test_channels import NIGHT, NOON, choose, tell
from tests.world import traces
from tests.world.browsers import Browser, PushService, plain, read, signed

pytestmark = pytest.mark.django_db

KNOWN = ("fcm.googleapis.com", "*.notify.windows.com")


@pytest.fixture
def t():
    return world.town()


def allow(t, browser, role=Role.PROXY, name="安卓手机，Chrome"):
    return messages.open_device(**browser.given, name=name, by=t.actor(role), now=t.now)


# --- what is said, and to whom ----------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(四)", "002 五(八)")
def test_a_browser_hears_that_there_is_news_and_nothing_else(t):
    with PushService(201) as service:
        one, other = service.browser("one"), service.browser("other")
        allow(t, one)
        allow(t, other)
        tell(t)
        tell(t, "desk.alarm", now=NIGHT)

        assert messages.carry(NIGHT) == 4

    assert not Posted.objects.exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.HANDED}
    for row in Delivery.objects.select_related("message", "device"):
        browser = one if row.device.endpoint == one.endpoint else other
        topic = plain(row.key.bytes)
        [heard] = [request for request in service.heard if request.headers["Topic"] == topic]
        assert f"{service.origin}{heard.path}" == browser.endpoint
        assert json.loads(browser.opened(heard.body)) == {"text": "您有一条新消息", "key": str(row.key)}
        urgent = row.message.template == "desk.alarm"
        assert (heard.headers["Urgency"], heard.headers["Content-Encoding"]) == (
            "high" if urgent else "normal", "aes128gcm",
        )  # fmt: skip
        claims = signed(heard.headers["Authorization"], push.public_key())
        assert claims["aud"] == service.origin
        assert claims["sub"].startswith("mailto:")
        assert 0 < claims["exp"] - clock.time() <= 24 * 3600


def test_what_the_rfc_has_locked_is_opened_and_its_key_locks_ours():
    """RFC 8291, appendix A: the suite's own browser can be believed."""
    browser = Browser(
        "https://push.example.net/",
        scalar=read("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), auth=read("BTBZMqHH6r4Tts7J_aSIgg"),
    )  # fmt: skip
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
        "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )

    assert browser.opened(read(body)) == b"When I grow up, I want to be a watermelon"
    parcel = Parcel(str(uuid4()), "push", browser.endpoint, "测试", (browser.given["p256dh"], browser.given["auth"]))
    assert json.loads(browser.opened(push.locked(parcel)))["text"] == "测试"


def test_at_night_a_browser_is_quiet_by_itself_and_by_the_person_s_own_hours(t):
    with PushService(201) as service:
        allow(t, service.browser())
        tell(t, now=NIGHT)
        assert messages.carry(NIGHT) == 0
        assert messages.carry(NIGHT.replace(hour=8) + timedelta(days=1)) == 1

        choose(t, by_sms=False, quiet_from=time(12), quiet_until=time(14))
        tell(t)
        assert messages.carry(NOON) == 0
        assert messages.carry(NOON.replace(hour=14)) == 1


# --- what the service answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fate"),
    [(201, Fate.HANDED), (404, Fate.GONE), (410, Fate.GONE), (429, Fate.LATER), (503, Fate.LATER), (302, Fate.LATER),
     (400, Fate.NEVER), (413, Fate.NEVER)],
)  # fmt: skip
def test_each_answer_of_a_service_is_read_and_no_redirect_is_followed(status, fate):
    with PushService(201) as elsewhere, PushService(status, elsewhere=f"{elsewhere.origin}/") as service:
        browser = service.browser()
        given = browser.given
        [said] = push.WebPush().send(
            [Parcel(str(uuid4()), "push", browser.endpoint, push.WORDS, (given["p256dh"], given["auth"]))]
        )

    assert said.fate is fate
    assert (len(service.heard), elsewhere.heard) == (1, [])


def test_a_browser_that_is_gone_is_called_no_more_and_a_service_that_is_busy_is_asked_again(t):
    with PushService(503, 410) as service:
        device = allow(t, service.browser())
        tell(t, "family.settled")
        messages.carry(NOON)
        row = Delivery.objects.get()
        assert (row.state, row.last_error) == (Delivery.State.QUEUED, "http 503")
        messages.carry(row.due_at)
        tell(t)

    device.refresh_from_db()
    assert (device.ended_because, selectors.devices(user_id=device.person_id)) == (Device.Ended.GONE, [])
    row = Delivery.objects.get()  # nothing new was queued
    assert (row.state, row.last_error, row.attempts) == (Delivery.State.GONE, "http 410", 2)
    assert UUID(bytes=read(service.heard[0].headers["Topic"])) == row.key
    assert len({request.headers["Topic"] for request in service.heard}) == 1
    assert not Call.objects.exists()
    assert traces.events().filter(action="notifications.device_closed").count() == 1


@pytest.mark.clause("002 五(四)")
def test_what_cannot_wait_becomes_a_call_when_the_browser_was_the_only_way(t):
    with PushService(410) as service:
        allow(t, service.browser("one"))
        tell(t)
        messages.carry(NOON)
        assert [call.why for call in Call.objects.all()] == [Call.Why.UNDELIVERED]

        choose(t)
        allow(t, service.browser("two"))
        tell(t)
        messages.carry(NOON)

    assert Call.objects.count() == 1
    assert Posted.objects.count() == 1


# --- whose a browser is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    ["https://evil.example/x", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com.evil.example/x",
     "https://evil.example#.notify.windows.com", "https://notify.windows.com@10.0.0.1/", "https://127.0.0.1/x",
     "https://[::1]/x", "https://169.254.169.254/latest", "https://fcm.googleapis.com:6379/", "http://127.0.0.1:6379/",
     "https://xnotify.windows.com/", "https://fcm.googleapis.com/ x", "https://fcm.googleapis.com/" + "x" * 500, "x"],
)  # fmt: skip
def test_no_address_is_called_that_the_deployment_does_not_know(endpoint):
    assert rules.judge_address(endpoint, hosts=KNOWN, loopback=False).code == "device.address"


def test_the_known_services_are_called_and_this_machine_only_where_the_suite_says_so(settings):
    for endpoint in ("https://fcm.googleapis.com/fcm/send/a", "https://db5.notify.windows.com:443/w/?token=a"):
        assert rules.judge_address(endpoint, hosts=KNOWN, loopback=False) is None
    settings.PUSH_LOOPBACK = False
    [said] = push.WebPush().send([Parcel(str(uuid4()), "push", "http://127.0.0.1:9/", push.WORDS)])
    assert (said.fate, said.why) == (Fate.NEVER, "not allowed")


def test_what_a_browser_gives_is_judged_with_a_sentence(t, settings):
    good = Browser("https://fcm.googleapis.com/fcm/send/a").given
    for changed, code in (
        ({"endpoint": "https://10.0.0.1/"}, "device.address"), ({"p256dh": "AAAA"}, "device.lock"),
        ({"auth": "x" * 22 + "é"}, "device.lock"), ({"auth": ""}, "device.lock"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as no:
            messages.open_device(**{**good, **changed}, name="", by=t.actor(Role.PROXY), now=t.now)
        assert [reason.code for reason in no.value.reasons] == [code]
    settings.PUSH_KEY = ""
    with pytest.raises(NotNow):
        messages.open_device(**good, name="", by=t.actor(Role.PROXY), now=t.now)
    assert not Device.objects.exists()


def test_a_browser_is_the_last_person_s_who_asked_and_asking_twice_is_once(t):
    browser = Browser("https://fcm.googleapis.com/fcm/send/a")
    first = allow(t, browser)
    assert allow(t, browser) == first
    second = allow(t, browser, Role.NURSE)

    first.refresh_from_db()
    assert first.ended_because == Device.Ended.REPLACED
    assert list(Device.objects.filter(ended_at__isnull=True)) == [second]
    for n in range(9):
        allow(t, Browser(f"https://fcm.googleapis.com/fcm/send/{n}"), Role.NURSE)
    with pytest.raises(Invalid) as no:
        allow(t, Browser("https://fcm.googleapis.com/fcm/send/z"), Role.NURSE)
    assert no.value.reasons[0].code == "device.most"


def test_what_was_taken_back_is_not_called_even_when_it_was_on_its_way(t):
    with PushService(201) as service:
        device = allow(t, service.browser())
        tell(t)
        with pytest.raises(Hidden):
            messages.close_device(device_id=device.pk, by=t.actor(Role.NURSE), now=t.now)
        messages.close_device(device_id=device.pk, by=t.actor(Role.PROXY), now=t.now)
        messages.close_device(device_id=device.pk, by=t.actor(Role.PROXY), now=t.now)
        messages.carry(NOON)

    assert service.heard == []
    assert Delivery.objects.get().state == Delivery.State.GONE
    assert not Call.objects.exists()
    assert traces.events().filter(action="notifications.device_closed").count() == 1
