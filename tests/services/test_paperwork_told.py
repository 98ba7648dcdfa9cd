"""Whoever has to judge a report or to agree to an export hears of it, and whoever asked hears what came of it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import resolve

from accounts.roles import Role
from notifications.models import Message
from notifications.paperwork import WORDS
from orders.lifecycle import OrderStatus as S
from reporting import services
from reporting.kinds import OUTLINES
from tests import world
from tests.services.test_notifications import deliver_all, told
from tests.world import places

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


@pytest.fixture
def t():
    t = world.town()
    world.order(t, S.COMPLETED)
    deliver_all()
    Message.objects.all().delete()
    return t


def handed_in(t, organisation, by):
    row = services.begin(organisation=organisation, kind="pilot", first=FIRST, last=LAST, by=by, now=t.now)
    sections = {one.key: row.sections.get(one.key) or "没有。" for one in OUTLINES[row.kind].sections}
    return services.submit(summary_id=row.pk, sections=sections, by=by, now=t.now)


def asked(t, by, plain=True):
    return services.ask(
        organisation=t.centre, dataset="orders", first=FIRST, last=LAST, plain=plain, purpose="核对补贴", by=by,
        now=t.now,
    )  # fmt: skip


def opened(t, template, user):
    """The message opens a page that this person may open."""
    message = Message.objects.get(template=template)
    assert resolve(message.link)
    client = Client()
    client.force_login(user)
    assert client.get(message.link).status_code == 200
    return message


@pytest.mark.clause("002 六(三)")
def test_a_centres_report_reaches_the_commission_and_its_answer_the_writer(t):
    row = handed_in(t, t.centre, t.actor(Role.CENTRE_ADMIN))

    assert told(Role.SUPERVISOR, t) == ["oversight.summary_submitted"]
    assert told(Role.CENTRE_ADMIN, t) == []
    said = opened(t, "oversight.summary_submitted", t.users[Role.SUPERVISOR])
    assert said.text == f"{t.centre.short_name}提交了「{row.title}」，请打开审核。"

    services.return_for_changes(summary_id=row.pk, reason="请补充问题", by=t.actor(Role.SUPERVISOR), now=t.now)
    assert told(Role.CENTRE_ADMIN, t) == ["centre.summary_returned"]
    services.submit(summary_id=row.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    services.accept(summary_id=row.pk, by=t.actor(Role.SUPERVISOR), now=t.now)
    assert told(Role.CENTRE_ADMIN, t) == ["centre.summary_returned", "centre.summary_accepted"]
    opened(t, "centre.summary_accepted", t.users[Role.CENTRE_ADMIN])
    assert told(Role.REVIEWER, t) == []


@pytest.mark.clause("002 六(三)")
def test_the_commissions_own_report_waits_for_another_of_its_supervisors(t):
    other = places.post(t.district, Role.SUPERVISOR, now=t.now).user
    row = handed_in(t, t.district, t.actor(Role.SUPERVISOR))

    assert told(Role.SUPERVISOR, t) == []  # who handed it in knows
    assert list(Message.objects.filter(person=other).values_list("template", flat=True)) == [
        "oversight.summary_submitted"
    ]
    services.accept(summary_id=row.pk, by=places.actor(other, t.now.date()), now=t.now)
    assert told(Role.SUPERVISOR, t) == ["oversight.summary_accepted"]


@pytest.mark.clause("002 五(八)")
def test_an_export_with_names_waits_for_a_second_administrator_who_is_told(t):
    second = places.post(t.centre, Role.CENTRE_ADMIN, now=t.now).user
    row = asked(t, t.actor(Role.CENTRE_ADMIN))
    deliver_all()

    assert list(Message.objects.values_list("person", "template")) == [(second.pk, "centre.export_asked")]
    opened(t, "centre.export_asked", second)
    services.approve(export_id=row.pk, by=places.actor(second, t.now.date()), now=t.now)
    assert told(Role.CENTRE_ADMIN, t) == ["centre.export_approved"]


@pytest.mark.clause("002 五(八)")
def test_where_nobody_else_may_agree_the_commission_is_asked(t):
    row = asked(t, t.actor(Role.CENTRE_ADMIN))

    assert told(Role.SUPERVISOR, t) == ["oversight.export_asked"]
    opened(t, "oversight.export_asked", t.users[Role.SUPERVISOR])
    services.refuse(export_id=row.pk, reason="用途不清", by=t.actor(Role.SUPERVISOR), now=t.now)
    assert told(Role.CENTRE_ADMIN, t) == ["centre.export_refused"]


@pytest.mark.clause("002 五(八)")
def test_of_an_export_that_needs_no_yes_nobody_is_told(t):
    asked(t, t.actor(Role.CENTRE_ADMIN), plain=False)
    deliver_all()

    assert not Message.objects.exists()


def test_each_message_says_only_what_its_row_knows():
    for words in WORDS.values():
        for word in words:
            assert word.text.format(title="报告", place="中心")
            assert word.text.endswith("。")
            assert not word.title.endswith("。")
