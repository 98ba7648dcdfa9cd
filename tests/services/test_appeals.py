"""A visit that did not happen: who failed is registered with what shows it, the other side may object."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from notifications.models import Message
from orders import access, services
from orders.lifecycle import AppealStatus
from orders.lifecycle import OrderStatus as S
from orders.models import Appeal, NoShow
from patients import services as patients
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def t():
    return world.town()


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def missed(t, *, by=Role.DISPATCHER, failed_by="nurse", **more):
    order = world.order(t, at=S.ACCEPTED)
    after = order.planned_start + HOUR
    return services.miss(
        order_id=order.pk, failed_by=failed_by, reason="电话联系三次无人接听", by=t.actor(by), now=after, **more
    ), after  # fmt: skip


@pytest.mark.clause("003 二(一)1四")
def test_a_no_show_says_who_failed_with_words_the_hour_of_the_call_and_a_photograph(t):
    order = world.order(t, at=S.ACCEPTED)
    after = order.planned_start + HOUR
    paper = patients.upload(
        patient_id=order.patient_id, kind="evidence", by=t.actor(Role.NURSE), now=after,
        file=SimpleUploadedFile("door.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf"),
    )  # fmt: skip

    with pytest.raises(Invalid):
        services.miss(order_id=order.pk, failed_by="patient", reason=" ", by=t.actor(Role.NURSE), now=after)
    with pytest.raises(Invalid):
        services.miss(order_id=order.pk, failed_by="", reason="无人应门", by=t.actor(Role.NURSE), now=after)
    with pytest.raises(Invalid):
        services.miss(
            order_id=order.pk, failed_by="patient", reason="无人应门", called_at=after + HOUR, by=t.actor(Role.NURSE),
            now=after,
        )  # fmt: skip
    services.miss(
        order_id=order.pk, failed_by="patient", reason="无人应门", called_at=after, paper=paper, by=t.actor(Role.NURSE),
        now=after,
    )  # fmt: skip

    known = NoShow.objects.get(order=order)
    assert (known.failed_by, known.registered_as, known.called_at, known.paper) == ("patient", "nurse", after, paper)
    assert known.appeal_until == after + timedelta(days=7)
    assert "family.missed" in told(t.users[Role.PROXY])


def test_a_paper_of_another_kind_is_no_evidence(t):
    order = world.order(t, at=S.ACCEPTED)
    after = order.planned_start + HOUR
    paper = patients.upload(
        patient_id=order.patient_id, kind="record", by=t.actor(Role.NURSE), now=after,
        file=SimpleUploadedFile("door.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf"),
    )  # fmt: skip

    with pytest.raises(Invalid):
        services.miss(
            order_id=order.pk, failed_by="patient", reason="无人应门", paper=paper, by=t.actor(Role.NURSE), now=after
        )
    assert not NoShow.objects.exists()


@pytest.mark.clause("003 二(一)1四")
def test_a_nurse_whom_the_desk_blames_objects_once_and_an_upheld_objection_corrects_the_order(t):
    order, after = missed(t)
    nurse, head = t.actor(Role.NURSE), t.actor(Role.CENTRE_ADMIN)
    assert "nurse.missed" in told(t.users[Role.NURSE])

    appeal = services.file_appeal(order_id=order.pk, words="我按时到达，家中无人", by=nurse, now=after + HOUR)
    with pytest.raises(Refused):
        services.file_appeal(order_id=order.pk, words="再说一次", by=nurse, now=after + 2 * HOUR)
    assert "centre.appeal" in told(t.users[Role.CENTRE_ADMIN])
    services.uphold_appeal(
        appeal_id=appeal.pk, decision="门禁记录显示护士按时到达", corrected_to="patient", by=head, now=after + 3 * HOUR
    )

    order.refresh_from_db()
    appeal.refresh_from_db()
    assert (order.failed_by, appeal.status, appeal.decided_by) == (
        "patient",
        AppealStatus.UPHELD,
        t.users["centre_admin"],
    )
    assert order.no_show.failed_by == "nurse"  # what was said stays what was said
    corrected = traces.events().get(action="orders.failure_corrected")
    assert (corrected.object_id, corrected.data["from"], corrected.data["to"]) == (str(order.pk), "nurse", "patient")
    assert "nurse.appeal_upheld" in told(t.users[Role.NURSE])
    assert "family.appeal_upheld" in told(t.users[Role.PROXY])
    with pytest.raises(NotNow):
        services.reject_appeal(appeal_id=appeal.pk, decision="改判", by=head, now=after + 4 * HOUR)


def test_a_rejected_objection_changes_nothing_and_says_why(t):
    order, after = missed(t, by=Role.NURSE, failed_by="patient")
    appeal = services.file_appeal(order_id=order.pk, words="家里一直有人", by=t.actor(Role.PROXY), now=after + HOUR)

    with pytest.raises(Invalid):
        services.reject_appeal(appeal_id=appeal.pk, decision="", by=t.actor(Role.CENTRE_ADMIN), now=after + HOUR)
    services.reject_appeal(
        appeal_id=appeal.pk, decision="通话记录显示三次未接", by=t.actor(Role.CENTRE_ADMIN), now=after + 2 * HOUR
    )

    order.refresh_from_db()
    assert order.failed_by == "patient"
    assert "family.appeal_rejected" in told(t.users[Role.PROXY])


def test_nobody_objects_to_their_own_word_nor_too_late_nor_without_a_no_show(t):
    order, after = missed(t, by=Role.NURSE, failed_by="patient")

    with pytest.raises(NotNow):
        services.file_appeal(order_id=order.pk, words="我改主意了", by=t.actor(Role.NURSE), now=after + HOUR)
    with pytest.raises(NotNow):
        services.file_appeal(
            order_id=order.pk, words="家里有人", by=t.actor(Role.PROXY), now=after + timedelta(days=7, minutes=1)
        )
    with pytest.raises(NotYours):
        services.file_appeal(order_id=order.pk, words="不同意", by=t.actor(Role.DISPATCHER), now=after + HOUR)
    stranger = persons.family(places.person("路人"))
    with pytest.raises(Hidden):
        services.file_appeal(order_id=order.pk, words="不同意", by=stranger, now=after + HOUR)
    assert not Appeal.objects.exists()


def test_whoever_registered_it_judges_nothing_of_it(t):
    order = world.order(t, at=S.ACCEPTED)
    after = order.planned_start + HOUR
    both = places.post(t.centre, Role.DISPATCHER, now=t.now).user
    places.post(t.centre, Role.CENTRE_ADMIN, user=both, now=t.now)
    t.users["both"] = both
    services.miss(order_id=order.pk, failed_by="nurse", reason="护士未到", by=t.actor("both"), now=after)
    appeal = services.file_appeal(order_id=order.pk, words="我到了", by=t.actor(Role.NURSE), now=after)

    with pytest.raises(NotYours):
        services.reject_appeal(appeal_id=appeal.pk, decision="不成立", by=t.actor("both"), now=after)
    with pytest.raises(Unmet):
        services.uphold_appeal(
            appeal_id=appeal.pk, decision="属实", corrected_to="nurse", by=t.actor(Role.CENTRE_ADMIN), now=after
        )
    appeal.refresh_from_db()
    assert appeal.status == AppealStatus.FILED


def test_a_repeated_filing_is_answered_as_the_first(t):
    order, after = missed(t)
    receipt = "0d8f5b57-9f3e-4a55-9a3a-1f1d2c3b4a59"
    act = {"order_id": order.pk, "words": "我到了", "by": t.actor(Role.NURSE), "now": after, "receipt": receipt}

    assert services.file_appeal(**act).pk == services.file_appeal(**act).pk
    assert Appeal.objects.count() == 1


def test_hats_and_visibility_of_an_appeal_are_twins(t):
    order, after = missed(t)
    appeal = services.file_appeal(order_id=order.pk, words="我到了", by=t.actor(Role.NURSE), now=after)

    for role in t.users:
        seen = access.appeals_visible_to(t.actor(role)).filter(pk=appeal.pk).exists()
        assert seen == bool(access.appeal_hats(t.actor(role), appeal)), role


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"status": "gone", "decision": "成立", "decided_at": world.NOW}, "appeal_status_known"),
        ({"words": ""}, "appeal_says_why"),
        ({"status": "rejected"}, "appeal_decided_with_reason"),
        ({"corrected_to": "nurse"}, "appeal_upheld_means_corrected"),
    ],
)
def test_the_database_holds_what_an_appeal_is(t, changed, constraint):
    order, after = missed(t)
    appeal = services.file_appeal(order_id=order.pk, words="我到了", by=t.actor(Role.NURSE), now=after)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(**changed)
