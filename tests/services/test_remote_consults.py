"""A question to the lead hospital: one expert takes it, reads what is open to him alone, and answers in writing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from notifications.models import Message
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from referrals import access, rules, selectors, services
from referrals.doors import REMOTES
from referrals.lifecycle import RemoteStatus as C
from referrals.models import RemoteConsult
from tests import world
from tests.services.test_notifications import deliver_all
from tests.services.test_photos import agree, keep
from tests.world import alliance, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 四(十三)")]

ADVICE = "先用造口护肤粉，再用防漏膏，三天换一次底盘。"
WOUND, HARD_STOMA, MINUTE = 2, 4, timedelta(minutes=1)


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def order(t):
    return world.order(t, at=S.IN_SERVICE, numbers=(WOUND,))


def told(t, role):
    deliver_all()
    rows = Message.objects.filter(person=t.users[role], event__startswith="referrals.").order_by("pk")
    return [(row.template, row.link) for row in rows]


@pytest.mark.clause("002 五(四)")
def test_one_expert_answers_in_writing_and_only_he_reads_the_record_meanwhile(t, order):
    agree(t, order)
    picture = keep(t, order)
    row = alliance.asked(t, order, pictures=[picture.pk], urgency="urgent")
    expert, colleague = t.actor(Role.REVIEWER), places.staff(t.hospital, Role.REVIEWER)
    act = {"consult_id": row.pk, "now": t.now + MINUTE}
    assert row.answer_by == t.now + timedelta(minutes=60)
    assert selectors.attached(row) == [picture]
    look = {"consult_id": row.pk, "picture_id": picture.pk, "now": t.now}

    assert not access.may_read_record(expert, row)
    with pytest.raises(Hidden):
        services.show_picture(by=expert, **look)
    row = services.take(by=expert, **act)
    with pytest.raises(NotYours) as no:
        services.answer(advice=ADVICE, by=colleague, **act)
    assert no.value.code == "remote.not_yours"
    with pytest.raises(Hidden):
        services.show_picture(by=colleague, **look)
    services.show_picture(by=expert, **look)[1].close()
    assert traces.events().filter(action="referrals.consult_picture_shown", actor_id=expert.id).count() == 1
    with pytest.raises(Invalid):
        services.answer(advice=" ", by=expert, **act)
    row = services.answer(advice=ADVICE, by=expert, **act)

    assert (row.status, row.expert_id, row.advice) == (C.ANSWERED, expert.user_id, ADVICE)
    assert not access.may_read_record(expert, row)
    with pytest.raises(Hidden):
        services.show_picture(by=expert, **look)
    assert told(t, Role.REVIEWER) == [("review.remote_urgent", f"/review/consults/{row.number}/")]
    assert told(t, Role.NURSE) == [("nurse.remote_answered", f"/nurse/remote/{row.number}/")]
    assert "护肤粉" not in Message.objects.get(template="nurse.remote_answered").text
    assert services.close_consult(by=t.actor(Role.NURSE), **act).status == C.CLOSED
    labels = [line.label for line in trace.order_trace(order)]
    assert {"请求会诊", "接手", "出具意见", "已按意见处理"} <= set(labels)
    assert not delivery.run_due(now=t.now + timedelta(hours=2)) or RemoteConsult.objects.get().late_at is None


def test_a_promise_that_is_not_kept_is_told_once_and_an_answer_ends_the_clock(t, order):
    late, kept = alliance.asked(t, order), alliance.asked(t, order, question="第二个问题：怎样固定管路？")
    act = {"consult_id": kept.pk, "by": t.actor(Role.REVIEWER), "now": t.now}
    services.take(**act)
    services.answer(advice=ADVICE, **act)

    delivery.run_due(now=t.now + timedelta(days=1, minutes=1))

    late.refresh_from_db()
    kept.refresh_from_db()
    assert late.late_at
    assert kept.late_at is None
    assert Due.objects.get(kind="remote.late", object_id=str(kept.pk)).outcome == "timer.moved_on"
    assert ("nurse.remote_late", f"/nurse/remote/{late.number}/") in told(t, Role.NURSE)
    with pytest.raises(NotNow):
        services.note_late(consult_id=late.pk, now=t.now + timedelta(days=2))


def test_whoever_is_not_of_this_visit_or_this_hospital_asks_and_answers_nothing(t, order):
    other = alliance.another(t)
    for stranger in (other.actor(Role.DOCTOR), t.actor(Role.PROXY), t.actor(Role.REVIEWER)):
        with pytest.raises(Hidden):
            alliance.asked(t, order, by=stranger)
    with pytest.raises(Invalid) as no:
        alliance.asked(t, order, question="", summary=" ", urgency="soon", pictures=["nothing"])
    assert [one.field for one in no.value.reasons] == ["question", "summary", "urgency", "pictures"]
    row = alliance.asked(t, order)

    for role in (Role.REVIEWER, Role.NURSE, Role.DOCTOR):
        with pytest.raises(Hidden):
            services.take(consult_id=row.pk, by=other.actor(role), now=t.now)
        with pytest.raises(Hidden):
            selectors.consult(actor=other.actor(role), number=row.number)
    with pytest.raises(Invalid):
        services.withdraw_consult(consult_id=row.pk, reason="", by=t.actor(Role.NURSE), now=t.now)
    services.take(consult_id=row.pk, by=t.actor(Role.REVIEWER), now=t.now)
    back = services.release(consult_id=row.pk, by=t.actor(Role.REVIEWER), now=t.now)
    assert (back.status, back.expert_id) == (C.ASKED, None)
    gone = services.withdraw_consult(consult_id=row.pk, reason="已电话请教", by=t.actor(Role.DOCTOR), now=t.now)
    assert gone.status == C.WITHDRAWN


def test_the_twins_agree_and_the_table_refuses_what_may_not_be(t, order):
    other = alliance.another(t)
    colleague = places.staff(t.centre, Role.NURSE)
    row = alliance.asked(t, order)
    people = [t.actor(role) for role in t.users] + [other.actor(role) for role in other.users] + [colleague]
    for actor in people:
        seen = access.consults_visible_to(actor).filter(pk=row.pk).exists()
        assert seen == bool(access.consult_hats(actor, row)), actor.orgs
    assert not access.consult_hats(colleague, row)

    for breach in ({"status": "answered"}, {"status": "taken"}, {"advice": "没有答复的意见"}, {"status": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RemoteConsult.objects.filter(pk=row.pk).update(**breach)
    steps = {chance.name for chance in REMOTES.chances(row, t.actor(Role.REVIEWER))}
    assert steps == {"take"}


@pytest.mark.clause("002 五(四)")
def test_a_hard_item_should_have_guidance_first_and_which_are_hard_is_data(t):
    order = world.order(t, at=S.AWAITING_DISPATCH, numbers=(HARD_STOMA,))
    missing = selectors.guidance(order, t.now)
    assert (missing.code, missing.clause) == ("remote.guidance", "002 五(四)")
    assert "疑难造口护理" in missing.sentence

    row = alliance.asked(t, order, by=t.actor(Role.DISPATCHER))
    assert selectors.guidance(order, t.now)
    act = {"consult_id": row.pk, "by": t.actor(Role.REVIEWER), "now": t.now}
    services.take(**act)
    services.answer(advice=ADVICE, **act)
    assert selectors.guidance(order, t.now) is None
    assert selectors.guidance(order, t.now + timedelta(days=91))

    block = {"effective_on": t.now.date(), "by": t.actor(Role.SUPERVISOR), "now": t.now, "reason": "本区调整"}
    offer = {
        "order_id": order.pk, "nurse_id": t.nurse.pk, "planned_start": t.now + timedelta(days=1, hours=1),
        "by": t.actor(Role.DISPATCHER), "now": t.now,
    }  # fmt: skip
    RemoteConsult.objects.update(answered_at=t.now - timedelta(days=91))
    assert orders.offer(**offer).status == S.OFFERED
    orders.recall(order_id=order.pk, reason="先请教专家", by=t.actor(Role.DISPATCHER), now=t.now)
    institutions.choose_setting(district=t.district, key="remote.guidance", value="block", **block)
    with pytest.raises(Unmet) as no:
        orders.offer(**offer)
    assert no.value.code == "remote.guidance"

    institutions.choose_setting(district=t.district, key="remote.guided_items", value=["腹透管"], **block)
    assert selectors.guidance(order, t.now + timedelta(days=91)) is None
    assert rules.guidance_missing(["吸氧"], ["疑难"], has_guidance=False) is None
    assert not RemoteConsult.objects.filter(~Q(order=order)).exists()
