"""Changing one's own password: asked for the old one, said why not in words, every other way in is over."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from knox.models import AuthToken

from accounts import services as accounts
from accounts.models import User
from kernel.refusals import Hidden
from patients.actors import actor_for
from tests import world
from tests.world import traces

pytestmark = pytest.mark.django_db
OLD, NEW = "yizhi-anquan-2026", "chunfeng-huayu-2027"


def holder():
    traces.begin()
    return accounts.create_user(
        username="zhoujianguo", display_name="周建国", password=OLD, by=world.SETUP, now=world.NOW
    )


def inside(user, password=OLD):
    browser = Client(headers={"accept": "text/html"})
    assert browser.post(reverse("account:login"), {"username": user.username, "password": password}).status_code == 302
    return browser


@pytest.mark.clause("002 五(八)")
def test_a_changed_password_ends_every_other_way_in_and_leaves_the_one_who_changed_it(client):
    user = holder()
    mine, elsewhere = inside(user), inside(user)
    AuthToken.objects.create(user)
    asked = mine.get(reverse("account:password")).content.decode()
    wrong = {
        "old": ({"old": "bu-shi-zhe-ge", "new": NEW, "again": NEW}, "现在的密码不对"),
        "again": ({"old": OLD, "new": NEW, "again": NEW + "x"}, "两次输入的新密码不一样"),
        "same": ({"old": OLD, "new": OLD, "again": OLD}, "新密码和现在的一样"),
        "weak": ({"old": OLD, "new": "123456789", "again": "123456789"}, "密码太短"),
        "empty": ({"old": "", "new": "", "again": ""}, "请填写现在的密码"),
    }

    for case, (typed, sentence) in wrong.items():
        answer = mine.post(reverse("account:password"), typed)
        assert answer.status_code == 422, case
        assert sentence in answer.content.decode(), case
    assert User.objects.get(pk=user.pk).check_password(OLD)
    done = mine.post(reverse("account:password"), {"old": OLD, "new": NEW, "again": NEW}, follow=True)

    assert 'autocomplete="current-password"' in asked
    assert "密码已修改" in done.content.decode()
    assert mine.get(reverse("account:me")).status_code == 200
    assert elsewhere.get(reverse("account:me")).status_code == 302
    assert not AuthToken.objects.filter(user=user).exists()
    assert Client().post(reverse("account:login"), {"username": user.username, "password": OLD}).status_code == 422
    assert inside(user, NEW)
    changed = traces.events().get(kind="act", action="accounts.password_changed")
    assert changed.actor_id == str(user.pk)
    assert NEW not in str(list(traces.events().values_list("data", flat=True)))


@pytest.mark.clause("002 五(八)")
def test_nobody_changes_somebody_else_s_password_and_tries_count_towards_the_lock(client):
    user = holder()
    other = accounts.create_user(
        username="linxiaoyu", display_name="林小雨", password=NEW, by=world.SETUP, now=world.NOW
    )

    with pytest.raises(Hidden):
        accounts.change_password(user_id=user.pk, old=OLD, new=NEW, again=NEW, by=actor_for(other), now=world.NOW)
    mine = inside(user)
    with override_settings(AXES_ENABLED=True):
        for _ in range(5):
            mine.post(reverse("account:password"), {"old": "cai-yi-cai-kan", "new": NEW, "again": NEW})
        locked = mine.post(reverse("account:password"), {"old": OLD, "new": NEW, "again": NEW})

    assert locked.status_code != 302
    assert User.objects.get(pk=user.pk).check_password(OLD)
