"""Logging in, the own account, the public page: what everybody meets first."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts import services as accounts
from accounts.roles import Role
from tests import world
from tests.world import places, traces

pytestmark = pytest.mark.django_db
PASSWORD = "yizhi-anquan-2026"


def account(name="周建国"):
    traces.begin()
    return accounts.create_user(
        username="zhoujianguo", display_name=name, password=PASSWORD, by=world.SETUP, now=world.NOW
    )


def test_the_public_page_names_institutions_items_and_the_supervision_phone(client):
    t = world.town()

    page = client.get("/").content.decode()

    assert t.centre.name in page
    assert page.count("护理") > 10
    assert "PICC" in page


def test_an_empty_platform_still_has_a_public_page(client):
    assert client.get("/").status_code == 200


def test_logging_in_leads_to_the_own_desk_and_is_recorded(client):
    t = world.town()
    user = t.users[Role.DISPATCHER]
    user.set_password(PASSWORD)
    user.save()

    answer = client.post(reverse("account:login"), {"username": user.username, "password": PASSWORD}, follow=True)

    assert answer.request["PATH_INFO"] == reverse("dispatch:queue")
    assert traces.events().filter(kind="login", action="accounts.logged_in", actor_id=str(user.pk)).count() == 1


@pytest.mark.clause("002 五(八)")
def test_a_wrong_password_is_told_kindly_and_recorded_without_the_name(client):
    account()

    answer = client.post(reverse("account:login"), {"username": "zhoujianguo", "password": "wrong"})

    assert answer.status_code == 422
    assert "账号名或密码不对" in answer.content.decode()
    failed = traces.events().get(action="accounts.login_failed")
    assert "zhoujianguo" not in str(failed.data)


def test_after_logging_in_nobody_is_sent_to_a_foreign_address(client):
    account()

    answer = client.post(
        reverse("account:login"), {"username": "zhoujianguo", "password": PASSWORD, "next": "https://evil.example/"}
    )

    assert answer.url == reverse("account:start")


def test_demo_people_exist_only_in_demo_mode(client):
    accounts.create_user(username="demo-x", display_name="演示", is_demo=True, by=world.SETUP, now=world.NOW)

    assert client.post(reverse("account:login_demo"), {"username": "demo-x"}).status_code == 404
    with override_settings(DEMO=True):
        assert client.post(reverse("account:login_demo"), {"username": "demo-x"}).status_code == 302
        assert Client().post(reverse("account:login_demo"), {"username": "zhoujianguo"}).status_code == 404


@pytest.mark.clause("002 五(八)")
def test_ending_a_post_ends_the_open_session_on_its_next_request(client):
    t = world.town()
    user = t.users[Role.DISPATCHER]
    user.set_password(PASSWORD)
    user.save()
    client.post(reverse("account:login"), {"username": user.username, "password": PASSWORD})
    assert client.get(reverse("account:me")).status_code == 200

    accounts.end_post(post_id=user.posts.get().pk, reason="离职", by=world.SETUP, now=t.now)

    answer = client.get(reverse("account:me"))
    assert answer.status_code == 302
    assert answer.url.startswith("/login/")


def test_the_size_of_text_is_remembered_by_the_account(client):
    user = account()
    client.force_login(user)

    answer = client.post(reverse("account:size"), {"size": "xlarge"})
    elsewhere = Client()
    again = elsewhere.post(reverse("account:login"), {"username": "zhoujianguo", "password": PASSWORD})

    assert answer.cookies["size"].value == "xlarge"
    assert again.cookies["size"].value == "xlarge"
    assert 'data-size="xlarge"' in elsewhere.get(reverse("account:me")).content.decode()


def test_a_page_that_is_not_yours_says_who_can_help_and_leaves_a_trace(client):
    t = world.town()
    client.force_login(t.users[Role.NURSE])

    answer = client.get(reverse("dispatch:queue"))

    assert answer.status_code == 403
    assert "没有查看" in answer.content.decode()
    assert traces.events().filter(kind="refusal", action="desks.page_refused").count() == 1


def test_messages_and_account_pages_open_for_staff_and_family(client):
    t = world.town()
    world.order(t, at="accepted")

    for role in (Role.DISPATCHER, Role.PROXY, Role.NURSE):
        visitor = Client()
        visitor.force_login(t.users[role])
        assert visitor.get(reverse("account:me")).status_code == 200
        assert visitor.get(reverse("account:messages")).status_code == 200


@pytest.mark.parametrize(("role", "bare"), [(Role.DISPATCHER, "/dispatch/"), (Role.DOCTOR, "/doctor/")])
def test_the_bare_address_of_a_desk_leads_to_its_first_page(client, role, bare):
    client.force_login(world.town().users[role])

    assert client.get(bare, follow=True).status_code == 200


def test_someone_without_any_post_starts_at_the_family_page(client):
    client.force_login(places.person("路人"))

    assert client.get(reverse("account:start")).url == reverse("family:home")
