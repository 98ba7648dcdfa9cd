"""A first visit that its doctor can finish no more: the desk ends the request, and the patient may apply again."""

from datetime import timedelta

import pytest

from accounts import services as accounts
from accounts.models import Post
from accounts.roles import Role
from clinical import services as clinical
from clinical.lifecycle import AssessmentStatus as A
from clinical.models import AssessmentStep
from kernel.refusals import NotNow, NotYours, Refused
from notifications.models import Message
from orders import services
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.services.test_notifications import deliver_all

pytestmark = pytest.mark.django_db
REASON = "首诊医生已离岗，请重新申请，我们会另约医生。"


@pytest.fixture
def t():
    return world.town()


def leave(t):
    post = Post.objects.get(user=t.users[Role.DOCTOR], role=Role.DOCTOR)
    accounts.end_post(post_id=post.pk, reason="离职", by=world.SETUP, now=t.now)


def decline(t, row, **changed):
    given = {"reason": REASON, "clause": "002 五(六)1", "by": t.actor(Role.DISPATCHER), "now": t.now, **changed}
    return services.decline_request(request_id=row.pk, **given)


@pytest.mark.parametrize("arrived", [False, True])
def test_a_doctor_who_set_out_and_left_the_post_holds_nobody_up(t, arrived):
    row = world.request(t, at=Q.ASSESSING)
    doctor = t.actor(Role.DOCTOR)
    clinical.depart(assessment_id=row.assessment_id, by=doctor, now=t.now)
    if arrived:
        clinical.arrive(assessment_id=row.assessment_id, by=doctor, now=t.now)
    leave(t)
    deliver_all()
    Message.objects.all().delete()

    row = decline(t, row)

    assert (row.status, row.outcome_reason, row.outcome_clause) == (Q.DECLINED, REASON, "002 五(六)1")
    assert world.fresh(row.assessment).status == A.CANCELLED
    off = AssessmentStep.objects.get(assessment=row.assessment, name="cancel")
    assert (off.role, off.reason) == ("system", f"申请不予受理：{REASON}")
    deliver_all()
    assert list(Message.objects.values_list("template", "person")) == [("family.declined", t.users[Role.PROXY].pk)]
    assert world.request(t, at=Q.SUBMITTED).status == Q.SUBMITTED


def test_a_signed_assessment_that_nobody_can_use_any_more_stays_as_it_was_signed(t):
    row = world.request(t, at=Q.ASSESSING)
    world.chain.assess(t, row)
    leave(t)

    decline(t, row)

    assert world.fresh(row).status == Q.DECLINED
    assert world.fresh(row.assessment).status == A.SIGNED
    assert world.request(t, at=Q.SUBMITTED).status == Q.SUBMITTED


def test_a_doctor_in_post_hears_that_nobody_waits_any_more(t):
    row = world.request(t, at=Q.ASSESSING)

    decline(t, row, reason="服务对象已住院")

    deliver_all()
    told = Message.objects.get(template="doctor.assessment_off")
    assert (told.person_id, told.link) == (t.users[Role.DOCTOR].pk, f"/doctor/assess/{row.assessment_id}/")


def test_only_the_desk_ends_it_and_only_until_there_is_a_prescription(t):
    row = world.request(t, at=Q.ASSESSING)
    for role in (Role.DOCTOR, Role.PROXY):
        with pytest.raises(NotYours):
            decline(t, row, by=t.actor(role))
    with pytest.raises(Refused):
        decline(t, row, reason="  ")
    assert world.fresh(row.assessment).status == A.PLANNED

    services.withdraw(request_id=row.pk, by=t.actor(Role.PROXY), now=t.now)
    prescribed = world.order(t).request
    with pytest.raises(NotNow):
        decline(t, prescribed, now=t.now + timedelta(minutes=1))
