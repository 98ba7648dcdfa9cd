"""
Somebody who has never been here applies on a telephone: six questions in the largest letters and a last look, with
scripts or without. Whoever is known is asked four things at most.
"""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from orders.models import ServiceRequest
from tests import world
from tests.journeys.people import PASSWORD, PHONE, Album, Person
from tests.world import persons, places

pytestmark = pytest.mark.django_db(transaction=True)

MOST_NEW, MOST_KNOWN = 6, 4
WIDE = "() => [document.documentElement.scrollWidth, window.innerWidth]"
CHECK = reverse("family:apply_check")


@pytest.fixture
def t(monkeypatch, settings):
    """A town whose pages read the town's own clock."""
    settings.SESSION_COOKIE_AGE = 400 * 24 * 3600
    monkeypatch.setattr(timezone, "now", lambda: world.NOW)
    return world.town()


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def enter(request, browser, asgi_server, t):
    """A telephone in somebody's hand; faults on any page fail the test."""
    people = []

    def hand_to(user, album, size="xlarge"):
        user.set_password(PASSWORD)
        user.text_size = size
        user.save(update_fields=["password", "text_size"])
        name = f"family/{album}-{'js' if request.param else 'plain'}"
        person = Person(browser, Album(name), asgi_server, PHONE, user.username, java_script_enabled=request.param)
        person.context.add_cookies([{"name": "size", "value": size, "url": asgi_server}])
        people.append(person)
        person.sign_in()
        return person

    yield hand_to
    faults = [fault for person in people for fault in person.wrong]
    for person in people:
        person.context.close()
    assert faults == []


class Way:
    """The question pages that one application takes, each measured."""

    def __init__(self, person):
        self.person, self.steps = person, []

    def on(self, step):
        self.person.at(f"/apply/{step}/$")
        self.steps.append(step)
        self.measured(step)
        return self.person

    def measured(self, step):
        self.person.page.wait_for_load_state()
        wide, window = self.person.page.evaluate(WIDE)
        assert wide <= window, f"{step} is {wide} px wide in a window of {window}"
        for words in ("打电话办理", "请家人代办", "投诉与建议"):
            assert self.person.page.get_by_role("link", name=re.compile(words)).count(), f"{step} lacks {words}"
        self.person.photograph(self.person.album.path(step), full_page=True)


@pytest.mark.clause("003 二(二)6", "002 五(六)1")
def test_the_first_time_takes_six_questions_and_a_last_look(t, enter):
    person = enter(places.person("林晓"), "first-time")
    way = Way(person)
    person.open(reverse("family:begin"))

    way.on("whom").tick("家人或其他人")
    person.press("下一步")
    way.on("person").choose("relation", "女儿")
    person.fill("name", "林秀英")
    person.fill("identity_number", persons.citizen_number(401))
    person.press("下一步")
    way.on("contact")
    assert person.page.locator('[name="contact_name"]').input_value() == "林晓"  # known, so not asked again
    person.fill("phone", "15400001111")
    person.press("下一步")
    way.on("address").choose("town", "潍坊新村街道")
    person.fill("address", "芦荻路 12 弄 3 号 401 室")
    person.press("下一步")
    way.on("wish").tick("刚出院")
    person.fill("wish", "腿上的伤口要换药")
    person.press("下一步")
    way.on("when").page.locator("label.choice").nth(2).click()
    person.press("下一步")
    person.at(f"{CHECK}$")
    way.measured("check")
    assert len(way.steps) <= MOST_NEW

    person.page.locator(f'a[href="{reverse("family:apply", args=["contact"])}"]').first.click()
    person.at("/apply/contact/$")
    person.fill("phone", "15400003333")
    person.press("下一步")
    person.at(f"{CHECK}$")
    person.sees("154****3333")
    person.press("提交申请")
    person.sees("申请已经提交")
    assert ServiceRequest.objects.get().wish == "腿上的伤口要换药"


@pytest.mark.clause("003 二(二)6")
def test_whoever_is_known_is_asked_four_things_at_most_and_sees_what_is_known(t, enter):
    person = enter(t.users[Role.PROXY], "known")
    way = Way(person)
    person.open(reverse("family:begin"))

    way.on("whom").tick(t.patient.name)
    person.press("下一步")
    way.on("wish").fill("wish", "腿上的伤口要换药")
    person.press("下一步")
    way.on("when").page.locator("label.choice").nth(2).click()
    person.press("下一步")
    person.at(f"{CHECK}$")
    way.measured("check")
    person.sees("芦荻路 12 弄 3 号 401 室")
    person.press("提交申请")

    person.sees("申请已经提交")
    assert len(way.steps) <= MOST_KNOWN
    assert ServiceRequest.objects.get().patient == t.patient
    assert ServiceRequest.objects.get().wished_from > world.NOW + timedelta(hours=1)


@pytest.mark.parametrize("width", [320])
@pytest.mark.parametrize("size", ["std", "large", "xlarge"])
def test_nothing_sticks_out_of_the_narrowest_telephone(t, browser, asgi_server, width, size):
    user = t.users[Role.PROXY]
    user.set_password(PASSWORD)
    user.text_size = size
    user.save(update_fields=["password", "text_size"])
    order = world.order(t)
    shape = {**PHONE, "viewport": {"width": width, "height": 640}}
    person = Person(browser, Album(f"family/narrow-{size}"), asgi_server, shape, user.username)
    person.context.add_cookies([{"name": "size", "value": size, "url": asgi_server}])
    person.sign_in()
    routes = ["home", "people", "join", "reports", "report_new", "orders", "begin"]
    pages = [reverse(f"family:{name}") for name in routes]
    pages += [reverse(f"family:{name}", args=[t.patient.pk]) for name in ("data", "copy", "erase", "invite", "looks")]
    pages += [reverse(f"family:{name}", args=[order.number]) for name in ("order", "consent", "cancel")]
    pages += ["/", reverse("public:complain")]

    wide = {}
    for page in pages:
        person.open(page)
        measured, window = person.page.evaluate(WIDE)
        if measured > window:
            wide[page] = measured
            person.photograph(person.album.path(page.strip("/").replace("/", "-") or "public"))
    person.context.close()

    assert wide == {}
    assert person.wrong == []
