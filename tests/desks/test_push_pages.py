"""The page on which a browser is opened to calls and taken back, and the workers that show them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from notifications import push
from notifications.models import Device
from tests.desks import offices
from tests.desks.offices import client, text
from tests.world.browsers import Browser

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
PAGE, ADD = "account:reach", "account:devices_add"


@pytest.fixture
def t():
    return offices.town()


def test_a_person_opens_a_browser_sees_it_in_plain_words_and_takes_it_back(t):
    browser, given = client(t, Role.PROXY), Browser("https://fcm.googleapis.com/fcm/send/a").given
    assert "还没有打开的设备" in text(browser.get(reverse(PAGE)))

    assert browser.post(reverse(ADD), given, HTTP_USER_AGENT=PHONE).status_code == 302
    page = text(browser.get(reverse(PAGE)))
    device = Device.objects.get(person=t.users[Role.PROXY])
    assert "安卓手机，Chrome" in page
    assert given["endpoint"] not in page
    assert client(t, Role.NURSE).post(reverse("account:device_off", args=[device.pk])).status_code == 404
    assert browser.post(reverse("account:device_off", args=[device.pk])).status_code == 302

    device.refresh_from_db()
    assert device.ended_because == Device.Ended.OFF
    assert "还没有打开的设备" in text(browser.get(reverse(PAGE)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"endpoint": "https://10.0.0.1/"}, "不在平台允许的名单里"),
        ({"endpoint": "https://fcm.googleapis.com/" + "x" * 600}, "不在平台允许的名单里"),
        ({"auth": ""}, "密钥不完整"),
        ({"p256dh": "\x00"}, "密钥不完整"),
    ],
)
def test_what_cannot_be_called_is_refused_with_a_sentence(t, changed, said):
    given = {**Browser("https://fcm.googleapis.com/fcm/send/a").given, **changed}

    answer = client(t, Role.PROXY).post(reverse(ADD), given)

    assert answer.status_code == 422
    assert said in text(answer)
    assert not Device.objects.exists()


def test_each_person_s_page_names_the_worker_of_their_pages_and_the_browser_may_run_it(t):
    for role, script in ((Role.PROXY, "/me/sw.js"), (Role.DISPATCHER, "/me/sw.js"), (Role.NURSE, "/nurse/sw.js")):
        page = client(t, role).get(reverse(PAGE))
        assert f'data-worker="{script}"' in text(page)
        assert f'data-push="{push.public_key()}"' in text(page)
        worker = Client().get(script)
        assert worker.headers["Content-Type"].startswith("text/javascript")
        assert {"addEventListener('push'", "addEventListener('notificationclick'"} <= {
            line.partition(", (event)")[0].removeprefix("self.") for line in text(worker).splitlines()
        }
        rules = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
        assert "'self'" in rules.get("worker-src", rules["script-src"])


def test_where_no_key_is_set_nobody_is_offered_any(t, settings):
    settings.PUSH_KEY = ""

    assert "浏览器通知</h2>" not in text(client(t, Role.PROXY).get(reverse(PAGE)))
