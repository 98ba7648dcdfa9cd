"""A family and a nurse open a browser to calls, are told that there is news and nothing more, and take it back."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from notifications import push
from notifications.models import Delivery, Device
from notifications.services import carry
from tests import world
from tests.journeys.people import PHONE, Album, Person
from tests.services.test_channels import tell
from tests.world.browsers import PushService

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A browser under test has no push service: it answers as the one on this machine would, once it was asked properly.
ANSWERS = """given => {
  const plain = text => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = text => Uint8Array.from(plain(text), one => one.charCodeAt(0)).buffer;
  const held = () => sessionStorage.held && {
    endpoint: given.endpoint, options: { applicationServerKey: bytes(sessionStorage.held) },
    getKey: name => bytes(given[name]), unsubscribe: async () => { delete sessionStorage.held; return true; },
  };
  PushManager.prototype.getSubscription = async () => held();
  PushManager.prototype.subscribe = async asked => {
    if (!asked.userVisibleOnly || asked.applicationServerKey.length !== 65) throw new Error('not asked properly');
    if (Notification.permission !== 'granted') throw new Error('not allowed');
    sessionStorage.held = btoa(String.fromCharCode(...asked.applicationServerKey));
    return held();
  };
}"""
SHOWN = """async scope => {
  const worker = await navigator.serviceWorker.getRegistration(scope);
  for (let left = 100; left; left -= 1) {
    const seen = await worker.getNotifications();
    if (seen.length) return seen.map(one => [one.title, one.body, one.tag]);
    await new Promise(resolve => { setTimeout(resolve, 100); });
  }
  return [];
}"""


@pytest.fixture
def town(transactional_db):
    now = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return world.town(now=now)


@pytest.mark.clause("002 五(四)", "002 五(八)")
@pytest.mark.parametrize(("role", "scope"), [(Role.PROXY, "/me/"), (Role.NURSE, "/nurse/")])
def test_a_browser_is_opened_called_and_taken_back(browser, asgi_server, town, role, scope):
    with PushService(201) as service:
        given = service.browser()
        person = _somebody(browser, asgi_server, town, role, given)
        try:
            page = person.page
            person.open("/me/reach/")
            person.look("closed")
            page.get_by_role("button", name="在这台设备上打开").click()
            expect(page.get_by_text("已打开，有新消息时会在这台设备上提醒您。")).to_be_visible()
            expect(page.get_by_text("这台设备", exact=True)).to_be_visible()
            expect(page.get_by_role("button", name="在这台设备上打开")).to_be_hidden()
            person.look("open")
            assert Device.objects.get(ended_at__isnull=True).person == town.users[role]

            tell(town, "desk.alarm", now=timezone.now(), role=role)
            assert carry(timezone.now()) == 1
            said = given.opened(service.heard[0].body).decode()
            _arrives(page, scope, said)
            key = str(Delivery.objects.get().key)
            assert json.loads(said) == {"text": push.WORDS, "key": key}
            assert page.evaluate(SHOWN, scope) == [["护到家", "您有一条新消息", key]]

            page.get_by_role("button", name="关闭").click()
            expect(page.get_by_text("还没有打开的设备")).to_be_visible()
            assert Device.objects.get().ended_because == Device.Ended.OFF
            assert person.wrong == []
        finally:
            person.context.close()


def _somebody(browser, address, town, role, given) -> Person:
    person = Person(browser, Album(f"push/{role}"), address, PHONE, str(role), permissions=["notifications"])
    client = Client()
    client.force_login(town.users[role], backend="django.contrib.auth.backends.ModelBackend")
    person.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": address,
            }
        ]
    )
    person.context.add_init_script(f"({ANSWERS})({json.dumps(given.given)})")
    return person


def _arrives(page, scope, said) -> None:
    """What the push service would hand to the browser's own worker."""
    tools = page.context.new_cdp_session(page)
    known: list[dict] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    tools.send("ServiceWorker.enable")
    for _ in range(100):  # ten seconds
        ours = next((one for one in known if one["scopeURL"].endswith(scope)), None)
        if ours:
            break
        page.wait_for_timeout(100)
    assert ours, f"the browser names no worker of {scope}"
    origin = ours["scopeURL"].removesuffix(scope)
    tools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": ours["registrationId"], "data": said},
    )
