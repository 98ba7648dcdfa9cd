"""Who reports a wrong hears of every turn of it; who has to answer hears of it at once; nobody else does."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from notifications.models import Delivery, Message
from safety import services
from tests import world
from tests.services.test_notifications import told
from tests.world import places, traces

pytestmark = pytest.mark.django_db
WORDS = "3月2日上门，护士没有洗手"


def filed(t, *, to_commission=False):
    said = {"kind": "care", "words": WORDS, "by": t.actor(Role.PROXY), "now": t.now}
    return services.file_report(to_commission=to_commission, accused=t.centre, **said)


def answered(t, row, role):
    services.accept_report(report_id=row.pk, by=t.actor(role), now=t.now)
    return services.answer_report(report_id=row.pk, answer="已批评教育并重新培训", by=t.actor(role), now=t.now)


@pytest.mark.clause("002 五(九)2", "004 三(八)")
def test_the_centre_hears_of_a_new_report_and_the_reporter_of_its_turns():
    t = world.town()
    row = filed(t)

    assert told(Role.CENTRE_ADMIN, t) == ["centre.report"]
    assert told(Role.SUPERVISOR, t) == []
    row = answered(t, row, Role.CENTRE_ADMIN)
    services.close_report(report_id=row.pk, version=row.version, now=t.now + timedelta(days=15))
    assert told(Role.PROXY, t) == ["family.report_accepted", "family.report_answered", "family.report_closed"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.report"]
    accepted = Message.objects.get(template="family.report_accepted")
    assert accepted.text == f"您反映的情况（{row.number}）已受理，3月17日 09:00前会答复您，可以随时打开查看进展。"
    assert accepted.link == f"/family/reports/{row.pk}/"
    said = [message.text for message in Message.objects.all()]
    assert not any(word in text for word in ("洗手", "培训") for text in said)


@pytest.mark.clause("004 五(三)")
def test_what_goes_past_the_centre_is_told_to_the_commission_alone():
    t = world.town()
    other = places.staff(t.centre, Role.CENTRE_ADMIN)
    direct = filed(t, to_commission=True)

    assert told(Role.SUPERVISOR, t) == ["oversight.report"]
    up = filed(t)
    assert told(Role.CENTRE_ADMIN, t) == ["centre.report"]
    up = answered(t, up, Role.CENTRE_ADMIN)
    services.carry_report_up(report_id=up.pk, words="没有说明怎么改", by=t.actor(Role.PROXY), now=t.now)
    answered(t, direct, Role.SUPERVISOR)
    assert told(Role.SUPERVISOR, t) == ["oversight.report", "oversight.report_carried_up"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.report"]
    about = Message.objects.filter(link=f"/oversight/reports/{direct.pk}/")
    assert set(about.values_list("person", flat=True)) == {t.users[Role.SUPERVISOR].pk}
    assert not Message.objects.filter(person=other.user_id).exclude(template="centre.report").exists()
    places_of = {act.organisation_id for act in traces.acts("notifications.sent") if direct.number in str(act)}
    assert places_of <= {t.district.pk}
    assert not Delivery.objects.filter(organisation=t.centre, message__link__endswith=f"/reports/{direct.pk}/").exists()


def test_who_takes_it_back_hears_nothing_of_it_any_more():
    t = world.town()
    row = filed(t)

    services.withdraw_report(report_id=row.pk, by=t.actor(Role.PROXY), now=t.now)

    assert told(Role.PROXY, t) == []
