"""
After the whole chain with marked people, their names, numbers and addresses lie nowhere in clear.

Looked through: every column of every table, Redis with every command to it (a task's arguments among them), the logs of
the web and of the worker at their most talkative, and every address that a browser asked for.
"""

import base64
import logging
from urllib.parse import quote

import pytest

from orders.models import Order
from patients.models import Patient
from tests.api.callers import caller
from tests.journeys import canary
from tests.journeys import test_the_whole_chain as chain
from tests.journeys.people import Person
from tests.journeys.test_the_whole_chain import people  # noqa: F401 - a fixture
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)

MARKED = {
    "PATIENT": "甄金雀",
    "PHONE_NUMBER": "15498761234",
    "IDENTITY_NUMBER": persons.citizen_number(431),
    "STREET": "金丝雀弄 98 支弄 76 号 5432 室",
    "ACCESS_NOTE": "门卫姓金丝，暗号五四三二",
    "CONTACT": "甄黄莺",
    "CONTACT_PHONE": "15487659876",
}
ACCOUNT, NEIGHBOUR = "甄百灵", "甄画眉"
# What the family wrote about its trouble is clinical content: it rests in clear, which shows that the search can find.
KNOWN_TO_REST = "金丝雀试唱：想请护士上门量血压"


@pytest.fixture
def town(monkeypatch):
    for name, word in {**MARKED, "WISH": KNOWN_TO_REST}.items():
        monkeypatch.setattr(chain, name, word)
    monkeypatch.setitem(chain.NAMES, "jiaming", ACCOUNT)
    monkeypatch.setattr(Person, "look", lambda self, name: None)
    return chain.everybody()


@pytest.mark.clause("002 五(八)")
def test_nobody_s_name_number_or_address_lies_anywhere_in_clear(people, town, redis_now, tmp_path, settings):  # noqa: F811
    settings.AXES_ENABLED = True
    words = [*MARKED.values(), ACCOUNT, NEIGHBOUR]
    with canary.Log() as log, canary.Redis(redis_now) as store:
        go_through_the_chain(people, town)
        patient = Patient.objects.get()
        assert (patient.name, patient.contact_name) == (MARKED["PATIENT"], MARKED["CONTACT"])
        look_for_her(people.dispatcher)
        call_the_api(town, patient)
        fail_to_sign_in(people.family)
        asked = [address for person in vars(people).values() for address in person.asked]

        leaks = canary.found_in(canary.columns(), words)
        leaks += canary.found_in(store.places(), words)
        leaks += canary.found_in([("an address", "\n".join(asked).encode())], words)
        leaks += canary.found_in([("the worker's log", (tmp_path / "worker.log").read_bytes())], words)
        leaks += canary.found_in((("the log", line.encode()) for line in log.lines), words)

        assert len(asked) > 100
        assert any(b"deliver" in said for said in store.heard)
        assert b"audit.tasks.deliver" in (tmp_path / "worker.log").read_bytes()
    assert leaks == []
    assert canary.found_in(canary.columns(), [KNOWN_TO_REST]) == [
        f"{KNOWN_TO_REST} in public.orders_servicerequest.wish"
    ]


def test_a_leak_is_found_wherever_it_is_planted(town, redis_now):
    word = ACCOUNT
    town.centre.address = f"{word}家"
    town.centre.save()
    with canary.Log() as log, canary.Redis(redis_now) as store:
        logging.getLogger("planted").info("%s", quote(word))
        redis_now.set("planted", base64.b64encode(f'{{"name": "{word}"}}'.encode()))
        redis_now.rpush("queue", '{"body": "' + base64.b64encode(f'{{"who": "{word}"}}'.encode()).decode() + '"}')
        redis_now.delete("queue")

    assert f"{word} in public.accounts_organization.address" in canary.found_in(canary.columns(), [word])
    assert canary.found_in(store.places(), [word]) == [
        f"{word} in Redis dump of b'planted'",
        f"{word} in Redis key b'planted'",
        f"{word} in a command to Redis",
    ]
    assert canary.found_in([("the log", line.encode()) for line in log.lines], [word]) == [f"{word} in the log"]


def go_through_the_chain(five, town):
    family, desk, doctor, nurse = five.family, five.dispatcher, five.doctor, five.nurse
    for person in (family, desk, doctor, nurse):
        person.sign_in()
    chain.answer_every_question(family)
    desk.at("/dispatch/queue/")
    family.press("提交申请")
    family.at("/family/requests/")
    desk.open("/dispatch/queue/")
    chain.plan_the_first_visit(desk, doctor, family)
    chain.assess(doctor)
    chain.prescribe(doctor, town.item(chain.VITAL_SIGNS))
    order = Order.objects.get()
    desk.open(f"/dispatch/orders/{order.number}/")
    family.open(f"/family/requests/{order.request.number}/")
    chain.sign_on_glass(family, desk)
    chain.offer(desk, nurse)
    chain.visit(nurse, desk, family)
    chain.confirm_and_rate(family, nurse)
    chain.read_the_trace(five.supervisor, order)


def look_for_her(desk):
    """A name and a telephone are typed into a search, and found."""
    for words in (MARKED["PATIENT"], MARKED["PHONE_NUMBER"]):
        desk.open("/dispatch/orders/")
        desk.fill("text", words)
        desk.press("筛选")
        desk.at("text=")
        desk.sees(MARKED["PATIENT"])


def call_the_api(town, patient):
    """Programs find, reveal and are refused; a second registration of the same number is refused aloud."""
    desk, family = caller(town.users["lumin"]), caller(town.users["jiaming"])
    assert desk.send("patients/find/", {"phone": MARKED["PHONE_NUMBER"]}).json()[0]["id"] == str(patient.pk)
    shown = desk.send(f"patients/{patient.pk}/reveal/", {"field": "identity", "reason": "核对证件号码"})
    assert shown.json()["value"] == MARKED["IDENTITY_NUMBER"]
    again = {
        **persons.facts(name=NEIGHBOUR, identity_number=MARKED["IDENTITY_NUMBER"], phone=MARKED["PHONE_NUMBER"]),
        "relation": "邻居",
    }
    assert family.send("patients/", {**again, "town": again["town"].pk}).status_code == 409
    changed = {"contact_name": NEIGHBOUR, "contact_phone": MARKED["CONTACT_PHONE"]}
    assert family.send(f"patients/{patient.pk}/", changed, method="patch").status_code == 200


def fail_to_sign_in(person):
    """What is typed into the wrong box is somebody's name as well."""
    person.context.clear_cookies()
    person.open("/login/")
    person.fill("username", MARKED["CONTACT"])
    person.fill("password", MARKED["PHONE_NUMBER"])
    person.press("登录")
    person.sees("账号名或密码不对")
