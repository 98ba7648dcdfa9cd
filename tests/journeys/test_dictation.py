"""A family says what it would have to type: the browser's own recogniser fills the field, and nothing is sent by it."""

import pytest
from django.conf import settings

from accounts.roles import Role
from tests.desks.offices import signed_in
from tests.journeys import offices
from tests.journeys.people import PHONE, Album, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.clause("003 二(六)19一")]

# A recogniser that hears what a test tells it; this machine has no microphone.
EAR = """() => {
  class Ear {
    start() { window.ear = this; }
    stop() { this.onend(); }
    abort() { this.onerror({ error: 'aborted' }); this.onend(); }
    hear(words) {
      this.onresult({ resultIndex: 0, results: [Object.assign([{ transcript: words }], { isFinal: true })] });
      this.onend();
    }
    fail(error) { this.onerror({ error }); this.onend(); }
  }
  window.SpeechRecognition = Ear;
}"""
DEAF = "() => { delete window.SpeechRecognition; delete window.webkitSpeechRecognition; }"


@pytest.fixture
def town(transactional_db):
    return offices.town()


def on_the_form(browser, server, town, script, name) -> Person:
    person = Person(browser, Album(f"dictation-{name}"), server, PHONE, town.users[Role.PROXY].username)
    person.context.add_init_script(f"({script})()")
    client = signed_in(town.users[Role.PROXY])
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    person.context.add_cookies([{**session, "url": server}])
    person.open("/family/reports/new/")
    return person


def test_what_is_said_goes_into_the_field_and_may_be_changed_before_it_is_sent(browser, asgi_server, town):
    family = on_the_form(browser, asgi_server, town, EAR, "heard")
    field = family.page.locator("main textarea").first
    button = family.page.get_by_role("button", name="说话输入").first
    field.fill("你好，")
    family.look("offered")

    button.click()
    family.sees("请说话。")
    assert family.page.evaluate("() => window.ear.lang") == "zh-CN"
    family.page.evaluate("() => window.ear.hear('护士来得很准时')")
    family.sees("已写进上面的框里，请核对，可以再改。")
    assert field.input_value() == "你好，护士来得很准时"
    button.click()
    family.page.evaluate("() => window.ear.hear('  ')")
    family.sees("没有听到声音")
    assert field.input_value() == "你好，护士来得很准时"
    assert family.page.url.endswith("/family/reports/new/")
    field.press_sequentially("，谢谢")

    longest = int(field.get_attribute("maxlength"))
    button.click()
    family.page.evaluate("n => window.ear.hear('长'.repeat(n))", longest)
    family.sees("框里写满了")
    assert len(field.input_value()) == longest
    for error, sentence in (("not-allowed", "没有使用麦克风的许可"), ("network", "现在连不上"), ("odd", "没有听清")):
        button.click()
        family.page.evaluate("error => window.ear.fail(error)", error)
        family.sees(sentence)
    assert button.get_attribute("aria-pressed") == "false"
    family.look("refused")

    assert family.wrong == []


def test_a_browser_that_cannot_hear_offers_nothing(browser, asgi_server, town):
    family = on_the_form(browser, asgi_server, town, DEAF, "deaf")

    assert family.page.locator("main textarea").count() >= 1
    assert family.page.get_by_role("button", name="说话输入").count() == 0
    assert family.wrong == []
