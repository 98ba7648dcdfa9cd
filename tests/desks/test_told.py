"""Whoever works at a desk sees on every page of it what is addressed to them: messages, and nurses calling for help."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from audit import delivery
from desks.pages import SIGNED_IN
from desks.told import ON_THE_BAR
from notifications import services as notifications
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from safety import services
from safety.models import Alarm
from tests import world
from tests.desks import offices
from tests.desks.test_everything_leaves_a_trace import pages, place, town, where  # noqa: F401 fixtures
from tests.desks.test_oversight_idor import elsewhere
from tests.services.test_notifications import deliver_all
from tests.world import persons, places

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
THERE = world.NOW + timedelta(days=1, hours=1, minutes=17)  # world.order() has its nurse arrive two minutes past ten
FIRST_PAGES = {
    Role.DISPATCHER: "dispatch:queue", Role.DOCTOR: "doctor:todo", Role.CENTRE_ADMIN: "centre:home",
    Role.REVIEWER: "review:centres", Role.SUPERVISOR: "oversight:overview", Role.QC_INSPECTOR: "oversight:overview",
}  # fmt: skip
ALARMED = (Role.DISPATCHER, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR)


@pytest.fixture
def t(clock):
    """A town whose clock stands a quarter of an hour after its nurse has arrived; nobody is logged out meanwhile."""
    clock(THERE)
    return world.town()


@pytest.fixture
def order(t):
    row = world.order(t, at=S.IN_SERVICE)
    deliver_all()
    Message.objects.all().delete()
    return row


def write_to(user, *, texts=("监管问题等您整改。",), event_id=1):
    letters = [notifications.Letter(user.pk, f"test.{n}", "测试", text) for n, text in enumerate(texts)]
    notifications.tell(
        event="orders.rated", event_id=event_id, letters=letters, organisation_id=None, patient_id=None, now=THERE
    )


def press(t) -> Alarm:
    return services.raise_alarm(kind="sos", by=t.actor(Role.NURSE), now=THERE, receipt=uuid4())


def nobody_answers(alarm, seconds):
    delivery.run_due(now=alarm.raised_at + timedelta(seconds=seconds))
    deliver_all()


def first_page(t, role) -> str:
    return offices.text(offices.client(t, role).get(reverse(FIRST_PAGES[role])))


def sees(t, alarm) -> set[Role]:
    """At whose desk this call stands on the bar, by the first page and by what the bar fetches for itself."""
    link, found = f'href="{reverse("dispatch:alert", args=[alarm.pk])}"', set()
    for role in FIRST_PAGES:
        page = first_page(t, role)
        bar = page.partition('id="alarm-bar"')[2].partition("data-alarm-sound")[0]
        again = offices.client(t, role).get(reverse("dispatch:alerts_banner"), headers=HTMX)
        assert again.status_code == (200 if role in ALARMED else 403)
        assert (link in bar) == (again.status_code == 200 and link in offices.text(again)), role
        found |= {role} if link in bar else set()
    return found


# --- messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(四)")
@pytest.mark.parametrize("role", FIRST_PAGES)
def test_every_desk_says_how_many_messages_wait_until_they_are_read(t, role):
    browser, inbox = offices.client(t, role), reverse("account:messages")
    assert f'href="{inbox}"' in first_page(t, role)
    assert "条未读" not in first_page(t, role)
    write_to(t.users[role], texts=("监管问题等您整改。", "工作报告已通过。"))

    assert '2<span class="sr"> 条未读' in first_page(t, role)
    shown = offices.text(browser.get(inbox))
    assert "有 2 条未读" in shown
    assert "监管问题等您整改。" in shown
    assert f'href="{reverse(FIRST_PAGES[role])}"' in shown  # and the way back to the desk

    assert "都已读过" in offices.text(browser.post(inbox, follow=True))
    assert "条未读" not in first_page(t, role)


def test_what_is_told_to_one_administrator_is_not_counted_for_another(t):
    write_to(t.users[Role.CENTRE_ADMIN])

    assert "条未读" in first_page(t, Role.CENTRE_ADMIN)
    for role in (Role.SUPERVISOR, Role.REVIEWER, Role.DISPATCHER):
        assert "条未读" not in first_page(t, role)


def test_an_auditor_finds_the_messages_beside_the_trail(t):
    write_to(t.users[Role.AUDITOR])

    assert "条未读" in offices.text(offices.client(t, Role.AUDITOR).get(reverse("oversight:heads")))


@pytest.mark.parametrize("role", FIRST_PAGES)
def test_messages_and_calls_cost_a_desk_as_many_queries_as_none(t, order, role):
    browser, address = offices.client(t, role), reverse(FIRST_PAGES[role])
    none = offices.count(browser, address)
    write_to(t.users[role], texts=[f"第 {n} 条。" for n in range(9)])
    more = offices.count(browser, address)
    for _ in range(3):
        Alarm.objects.filter(pk=press(t).pk).update(level=3)

    assert more == none
    assert offices.count(browser, address) == none


# --- calls for help ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("004 三(八)")
def test_a_call_stands_on_the_desks_of_those_who_were_told_and_climbs_with_the_messages(t, order):
    """Whoever got the message has it on every page until it is ended, and nobody else has."""
    told = {"desk.alarm": Role.DISPATCHER, "centre.alarm": Role.CENTRE_ADMIN, "review.alarm": Role.REVIEWER,
            "oversight.alarm": Role.SUPERVISOR}  # fmt: skip
    alarm = press(t)
    deliver_all()

    for seconds, expected in (
        (0, {Role.DISPATCHER}), (60, {Role.DISPATCHER, Role.CENTRE_ADMIN}), (180, set(ALARMED))
    ):  # fmt: skip
        nobody_answers(alarm, seconds)
        templates = Message.objects.values_list("template", flat=True)
        assert {told[template] for template in templates if template in told} == expected
        assert sees(t, alarm) == expected

    alarm.refresh_from_db()
    services.acknowledge(alarm_id=alarm.pk, by=t.actor(Role.CENTRE_ADMIN), now=THERE + timedelta(minutes=5))
    assert sees(t, alarm) == set(ALARMED)  # somebody looks after it: those who were told see it to its end
    assert "处置中" in first_page(t, Role.SUPERVISOR)
    services.close_alarm(
        alarm_id=alarm.pk, outcome="safe", words="电话确认平安", violence="none", by=t.actor(Role.CENTRE_ADMIN),
        now=THERE + timedelta(minutes=9),
    )  # fmt: skip
    assert sees(t, alarm) == set()


def test_a_call_that_the_desk_answers_at_once_never_comes_to_the_others(t, order):
    alarm = press(t)
    services.acknowledge(alarm_id=alarm.pk, by=t.actor(Role.DISPATCHER), now=THERE)
    nobody_answers(alarm, 500)

    assert sees(t, alarm) == {Role.DISPATCHER}


def test_who_may_answer_is_asked_to_and_who_oversees_is_told_whose_call_it_is(t, order):
    alarm = press(t)
    nobody_answers(alarm, 60)
    nobody_answers(alarm, 180)

    for role in ALARMED:
        bar = offices.text(offices.client(t, role).get(reverse("dispatch:alerts_banner"), headers=HTMX))
        near = role in (Role.DISPATCHER, Role.CENTRE_ADMIN)
        assert ("打开并响应" in bar) is near
        assert (f"{t.centre.short_name}的{t.nurse}" in bar) is not near
        assert 'role="alert"' in bar
        assert str(t.nurse) in bar
        assert t.patient.name not in bar
        assert offices.client(t, role).get(reverse("dispatch:alert", args=[alarm.pk])).status_code == 200


def test_a_call_comes_to_no_other_centre_alliance_or_district(t, order):
    press(t)
    Alarm.objects.update(level=3)
    neighbour = places.person("邻", now=t.now)
    places.post(places.bare_centre(t.hospital, name="塘桥"), Role.CENTRE_ADMIN, user=neighbour, now=t.now)

    for user in [*elsewhere(t.now).users.values(), neighbour]:
        browser = Client()
        browser.force_login(user)
        assert offices.text(browser.get(reverse("dispatch:alerts_banner"), headers=HTMX)).strip() == ""
        assert str(t.nurse) not in offices.text(browser.get(reverse("account:start"), follow=True))


def test_a_dispatcher_who_administers_another_centre_has_its_calls_when_they_have_climbed(t, order):
    other = places.bare_centre(t.hospital, name="塘桥")
    places.post(other, Role.CENTRE_ADMIN, user=t.users[Role.DISPATCHER], now=t.now)
    here = press(t)
    there = services.raise_alarm(kind="sos", by=persons.family(persons.nurse(other, now=t.now).user), now=THERE)
    desk = offices.client(t, Role.DISPATCHER)

    def on_the_bar():
        bar = offices.text(desk.get(reverse("dispatch:alerts_banner"), headers=HTMX))
        return {row for row in (here, there) if reverse("dispatch:alert", args=[row.pk]) in bar}

    assert on_the_bar() == {here}
    nobody_answers(there, 60)
    assert on_the_bar() == {here, there}


def test_many_calls_leave_room_for_the_page_and_lead_to_the_list(t, order):
    for _ in range(ON_THE_BAR + 1):
        Alarm.objects.filter(pk=press(t).pk).update(level=3)

    bar = offices.text(offices.client(t, Role.SUPERVISOR).get(reverse("dispatch:alerts_banner"), headers=HTMX))

    assert bar.count("alarms__one--new") == ON_THE_BAR
    assert f'href="{reverse("dispatch:alerts")}"' in bar


@pytest.mark.clause("004 三(八)")
@pytest.mark.parametrize("role", ALARMED)
def test_the_bar_stands_on_every_page_that_whoever_was_told_can_open(place, role):  # noqa: F811
    """The pages come from the URL configuration itself, so a new page of a desk that forgets the bar fails here."""
    Alarm.objects.filter(pk=place.alarm.pk).update(level=3)
    browser, link = offices.client(place, role), reverse("dispatch:alert", args=[place.alarm.pk])
    looked_at, without = 0, []
    for name, app, page in pages():
        roles = getattr(page.callback, "roles", SIGNED_IN)
        if app in ("public", "family", "nurse") or not (roles == SIGNED_IN or role in roles):
            continue
        answer = browser.get(where(place, name, page))
        if answer.status_code != 200 or answer.streaming or b'class="side"' not in answer.content:
            continue  # a part of a page, a paper, a file, or about a row that is not here
        looked_at += 1
        bar = offices.text(answer).partition('id="alarm-bar"')[2].partition("data-alarm-sound")[0]
        without += [] if link in bar else [name]

    assert without == []
    assert looked_at > 15
