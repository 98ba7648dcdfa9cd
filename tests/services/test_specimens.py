"""A tube's way: labelled at the bedside, cool and in time to the laboratory, its result told to the patient."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from clinical.models import VisitRecord
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from logistics import access, services
from logistics.doors import SPECIMENS
from logistics.kinds import SPECIMENS as KINDS
from logistics.lifecycle import SPECIMEN, SpecimenStatus
from logistics.models import Specimen, SpecimenStep
from notifications.models import Message
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from orders.models import Order
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_lifecycle_product import expected, tried
from tests.services.test_races import at_once, refusals
from tests.world import places, traces

pytestmark = pytest.mark.django_db(transaction=True)

BLOOD, VITALS = 11, 14
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GONE = {"because": "broken", "reason": "试管在途中破裂"}


@pytest.fixture
def t():
    town = world.town()
    town.users["head"] = places.post(town.centre, Role.CENTRE_ADMIN, now=town.now).user
    return town


@pytest.fixture
def visit(t):
    order = world.order(t, at=S.IN_SERVICE, numbers=(BLOOD,))
    t.there = order.arrived_at + 10 * MINUTE
    return order


def drawn(t, order, label="B-0007", *, kind="chemistry", by=Role.NURSE, now=None, **more):
    return services.collect(
        order_id=order.pk, kind=kind, label=label, destination="中心检验科", by=t.actor(by), now=now or t.there, **more
    )


def handed(t, row, *, by=Role.NURSE, now=None, **more):
    names = {"giver": "李敏", "receiver": "检验科王工", **more}
    return services.hand_over(specimen_id=row.pk, by=t.actor(by), now=now or t.there + HOUR, **names)


def received(t, order, **more):
    row = handed(t, drawn(t, order, **more))
    return services.receive(
        specimen_id=row.pk, receiver="检验科王工", by=t.actor(Role.CENTRE_ADMIN), now=t.there + 2 * HOUR
    )


def resulted(t, order, flag="normal"):
    row = received(t, order)
    return services.result(
        specimen_id=row.pk, text="血钾 6.9 mmol/L", flag=flag, by=t.actor(Role.CENTRE_ADMIN), now=t.there + 3 * HOUR
    )


def pass_time(moment):
    delivery.run_due(now=moment)
    delivery.sweep(older_than=timedelta(0))


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def fields_of(no):
    return {reason.field for reason in no.reasons}


@pytest.mark.clause("002 附件-11", "000 五(十五)")
def test_a_tube_goes_from_the_bedside_to_the_result_that_the_patient_was_told(t, visit):
    row = resulted(t, visit)
    services.tell(specimen_id=row.pk, words="电话告知女儿，按医嘱服药", by=t.actor(Role.DOCTOR), now=t.there + 4 * HOUR)

    row.refresh_from_db()
    assert row.status == SpecimenStatus.TOLD
    assert (row.handed_by, row.handed_to, row.received_by) == ("李敏", "检验科王工", "检验科王工")
    assert list(SpecimenStep.objects.filter(specimen=row).order_by("pk").values_list("name", flat=True)) == [
        "collect", "hand_over", "receive", "result", "tell",
    ]  # fmt: skip
    assert row.due_at == row.collected_at + timedelta(hours=KINDS["chemistry"].hours)
    acts = [line.action for line in trace.order_trace(Order.objects.select_related("request").get(pk=visit.pk))]
    assert {step.event for step in SPECIMEN.steps if step.name not in ("reject", "lose")} <= set(acts)


@pytest.mark.clause("002 附件-11")
def test_a_visit_with_a_blood_draw_cannot_end_without_a_labelled_tube(t, visit):
    record = VisitRecord.objects.get(pk=visit.visit_record_id)
    assert "specimen" in {one["field"] for one in record.missing}
    with pytest.raises(Unmet):
        orders.finish(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    drawn(t, visit, "B-0007")
    drawn(t, visit, "B-0008", kind="blood_count")

    record.refresh_from_db()
    assert "specimen" not in {one["field"] for one in record.missing}
    assert (record.specimen_label, record.specimen_handed_to) == ("B-0007、B-0008", "中心检验科")


def test_many_tubes_are_one_line_of_the_record(t, visit):
    for n in range(8):
        drawn(t, visit, f"LAB-2026-{n:04}")

    record = VisitRecord.objects.get(pk=visit.visit_record_id)
    assert record.specimen_label == "LAB-2026-0000 等 8 管"
    assert record.specimens.count() == 8


@pytest.mark.clause("002 附件-11")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "标本一"}, "label"),
        ({"label": "A" * 21}, "label"),
        ({"destination": " "}, "destination"),
        ({"kind": "spinal"}, "kind"),
        ({"kind": "urine"}, "box_number"),
        ({"at": MINUTE}, "at"),
        ({"at": -3 * HOUR}, "at"),
    ],
)
def test_what_is_wrong_with_a_tube_is_said_beside_its_field_with_the_clause(t, visit, changed, field):
    given = {"kind": "chemistry", "label": "B-1", "destination": "检验科", **changed}
    if "at" in given:
        given["at"] = t.there + given["at"]

    with pytest.raises(Invalid) as no:
        services.collect(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there, **given)

    assert fields_of(no.value) == {field}
    assert all(reason.clause for reason in no.value.reasons)
    assert not Specimen.objects.exists()


def test_a_cooled_kind_rides_in_the_box_or_says_why_not(t, visit):
    cool = drawn(t, visit, "U-1", kind="urine", box_number="ＬＣ－0３")
    warm = drawn(t, visit, "U-2", kind="urine", note="冷藏箱已满，一小时内送达")

    assert cool.box_number == "LC-03"
    assert warm.box_number == ""


def test_when_it_was_drawn_stands_beside_when_the_platform_heard_of_it(t, visit):
    row = drawn(t, visit, at=t.there - 5 * MINUTE, now=t.there + HOUR)

    assert (row.collected_at, row.recorded_at) == (t.there - 5 * MINUTE, t.there + HOUR)
    assert row.due_at == t.there - 5 * MINUTE + 4 * HOUR


@pytest.mark.clause("002 附件-11")
def test_a_label_stands_for_one_tube_as_long_as_it_is_under_way(t, visit):
    first = drawn(t, visit, "B-0007")
    with pytest.raises(Refused) as no:
        drawn(t, visit, "B-0007", kind="urine", box_number="1")
    assert fields_of(no.value) == {"label"}
    assert VisitRecord.objects.get(pk=visit.visit_record_id).specimen_label == "B-0007"

    services.lose_specimen(specimen_id=first.pk, by=t.actor(Role.NURSE), now=t.there, **GONE)
    again = drawn(t, visit, "B-0007")

    assert again.pk != first.pk


def test_two_tubes_of_one_label_at_the_same_moment_are_one(t, visit):
    outcomes = at_once(lambda: drawn(t, visit, "B-1"), lambda: drawn(t, visit, "B-1", kind="clotting"))

    assert len(refusals(outcomes)) == 1
    assert Specimen.objects.filter(label="B-1").count() == 1


def test_only_the_nurse_who_is_there_draws(t, visit):
    with pytest.raises(NotYours):
        drawn(t, visit, by=Role.DISPATCHER)
    with pytest.raises(Hidden):
        services.collect(
            order_id=0, kind="urine", label="B-1", destination="检验科", by=t.actor(Role.NURSE), now=t.there
        )


def test_nothing_is_drawn_before_the_nurse_has_arrived(t):
    order = world.order(t, at=S.EN_ROUTE, numbers=(BLOOD,))
    t.there = order.planned_start

    with pytest.raises(NotNow):
        drawn(t, order)


def test_nothing_is_drawn_after_the_visit_is_over(t, visit):
    drawn(t, visit)
    world.complete_record(t, world.fresh(visit), t.there)
    orders.finish(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    with pytest.raises(NotNow):
        drawn(t, visit, "B-2", now=t.there + MINUTE)


@pytest.mark.clause("000 五(十五)")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"giver": ""}, "giver"),
        ({"receiver": " "}, "receiver"),
        ({"receiver": "李敏"}, "receiver"),
        ({"temperature": None}, "temperature"),
        ({"temperature": Decimal("-20.1")}, "temperature"),
        ({"temperature": Decimal("40.1")}, "temperature"),
        ({"temperature": Decimal("1.9")}, "words"),
        ({"temperature": Decimal("8.1")}, "words"),
    ],
)
def test_handing_over_asks_for_two_names_and_a_cool_box(t, visit, given, field):
    row = drawn(t, visit, kind="urine", box_number="LC-03")

    with pytest.raises(Invalid) as no:
        handed(t, row, **{"temperature": Decimal("4.0"), **given})

    assert fields_of(no.value) == {field}
    assert all(reason.clause for reason in no.value.reasons)
    row.refresh_from_db()
    assert row.status == SpecimenStatus.COLLECTED


@pytest.mark.parametrize("temperature", ["2.0", "8.0", "12.5"])
def test_a_warm_box_is_explained_and_a_cool_one_needs_no_word(t, visit, temperature):
    row = drawn(t, visit, kind="urine", box_number="LC-03")
    words = "冰排融化，已更换" if temperature == "12.5" else ""

    row = handed(t, row, temperature=Decimal(temperature), words=words)

    assert (row.box_temp, row.handover_note) == (Decimal(temperature), words)


def test_a_time_of_handing_over_lies_between_the_draw_and_now(t, visit):
    row = drawn(t, visit)

    for at in (t.there - MINUTE, t.there + 2 * HOUR):
        with pytest.raises(Invalid) as no:
            handed(t, row, at=at)
        assert fields_of(no.value) == {"at"}
    assert handed(t, row, at=t.there + MINUTE).handed_at == t.there + MINUTE


def test_two_people_who_hand_over_the_same_tube_at_once_have_done_it_once(t, visit):
    row = drawn(t, visit)

    outcomes = at_once(
        lambda: handed(t, row, receiver="王工"), lambda: handed(t, row, receiver="赵工", by=Role.DISPATCHER)
    )

    assert len(refusals(outcomes)) == 1
    assert SpecimenStep.objects.filter(specimen=row, name="hand_over").count() == 1


@pytest.mark.clause("000 五(十五)")
def test_a_tube_past_its_hours_is_told_to_nurse_and_desk_once(t, visit):
    row = drawn(t, visit)

    pass_time(row.due_at - MINUTE)
    assert "desk.specimen_late" not in told(t.users[Role.DISPATCHER])
    pass_time(row.due_at)
    pass_time(row.due_at + HOUR)

    assert told(t.users[Role.DISPATCHER]).count("desk.specimen_late") == 1
    assert told(t.users[Role.NURSE]).count("nurse.specimen_late") == 1
    assert traces.events().filter(action="logistics.specimen_overdue").count() == 1


def test_two_beats_at_once_tell_once(t, visit):
    row = drawn(t, visit)

    at_once(lambda: delivery.run_due(now=row.due_at), lambda: delivery.run_due(now=row.due_at))

    assert traces.events().filter(action="logistics.specimen_overdue").count() == 1
    assert told(t.users[Role.DISPATCHER]).count("desk.specimen_late") == 1


def test_a_tube_handed_over_in_time_is_no_news(t, visit):
    row = handed(t, drawn(t, visit))

    pass_time(row.due_at + HOUR)

    assert "desk.specimen_late" not in told(t.users[Role.DISPATCHER])


@pytest.mark.clause("002 附件-11")
def test_a_critical_result_goes_to_desk_and_doctor_at_once_and_again_until_somebody_is_told(t, visit):
    row = resulted(t, visit, "critical")
    assert "desk.specimen_critical" in told(t.users[Role.DISPATCHER])
    assert "doctor.specimen_critical" in told(t.users[Role.DOCTOR])

    pass_time(row.resulted_at + 30 * MINUTE)
    pass_time(row.resulted_at + HOUR)

    assert told(t.users["head"]).count("centre.specimen_untold") == 1
    assert told(t.users[Role.DOCTOR]).count("doctor.specimen_untold") == 1


def test_a_critical_result_that_was_told_in_time_is_not_repeated(t, visit):
    row = resulted(t, visit, "critical")
    with pytest.raises(Invalid) as no:
        services.tell(specimen_id=row.pk, words=" ", by=t.actor(Role.DISPATCHER), now=row.resulted_at)
    assert fields_of(no.value) == {"words"}
    services.tell(specimen_id=row.pk, words="电话告知本人，立即就医", by=t.actor(Role.DISPATCHER), now=row.resulted_at)

    pass_time(row.resulted_at + HOUR)

    assert "centre.specimen_untold" not in told(t.users["head"])


def test_a_usual_result_alarms_nobody(t, visit):
    resulted(t, visit, "abnormal")

    assert "desk.specimen_critical" not in told(t.users[Role.DISPATCHER])
    assert "doctor.specimen_critical" not in told(t.users[Role.DOCTOR])


@pytest.mark.parametrize(("text", "flag", "field"), [("", "normal", "text"), ("4.1", "", "flag"), ("4.1", "x", "flag")])
def test_a_result_says_what_and_how_to_read_it(t, visit, text, flag, field):
    row = received(t, visit)

    with pytest.raises(Invalid) as no:
        services.result(specimen_id=row.pk, text=text, flag=flag, by=t.actor(Role.DOCTOR), now=t.there + 3 * HOUR)

    assert fields_of(no.value) == {field}


def test_a_tube_that_the_laboratory_does_not_take_is_told_to_the_desk_with_its_reason_kept(t, visit):
    row = handed(t, drawn(t, visit))
    admin = t.actor(Role.CENTRE_ADMIN)
    with pytest.raises(Invalid) as no:
        services.reject(specimen_id=row.pk, because="", reason="", by=admin, now=t.there + 2 * HOUR)
    assert fields_of(no.value) == {"because", "reason"}

    row = services.reject(specimen_id=row.pk, because="haemolysed", reason="重度溶血", by=admin, now=t.there + 2 * HOUR)

    assert (row.status, row.gone_because) == (SpecimenStatus.REJECTED, "haemolysed")
    assert "desk.specimen_rejected" in told(t.users[Role.DISPATCHER])
    assert "nurse.specimen_rejected" in told(t.users[Role.NURSE])
    with pytest.raises(NotNow):
        services.receive(specimen_id=row.pk, receiver="王工", by=admin, now=t.there + 3 * HOUR)


def test_a_broken_tube_is_told_and_does_not_hold_the_nurse_at_the_bedside(t, visit):
    row = drawn(t, visit)
    services.lose_specimen(specimen_id=row.pk, by=t.actor(Role.NURSE), now=t.there, **GONE)

    assert "desk.specimen_lost" in told(t.users[Role.DISPATCHER])
    record = VisitRecord.objects.get(pk=visit.visit_record_id)
    assert "specimen" not in {one["field"] for one in record.missing}


@pytest.mark.parametrize("broken", ["status", "handed_by", "label", "flag"])
def test_the_database_holds_what_must_never_be_false(t, visit, broken):
    row = drawn(t, visit)

    change = {"status": "received", "handed_by": "李敏", "label": "", "flag": "critical"}[broken]
    with pytest.raises(IntegrityError), transaction.atomic():
        Specimen.objects.filter(pk=row.pk).update(**{broken: change})


def test_hats_and_sight_agree_for_everybody(t, visit):
    row = drawn(t, visit)

    for actor in everybody(t):
        seen = access.specimens_visible_to(actor).filter(pk=row.pk).exists()
        assert seen == bool(access.hats(actor, row)), (actor.name, actor.orgs)


@pytest.mark.parametrize("status", list(SpecimenStatus))
def test_tubes_obey_their_table_for_every_role(t, visit, status):
    row = walked(t, visit, status)

    for role in (Role.NURSE, Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.PROXY):
        by = t.actor(role)
        for step in SPECIMEN.steps:
            if not step.creates:
                fresh = Specimen.objects.get(pk=row.pk)
                taken = tried(SPECIMENS, fresh, step, by, t.now)
                assert taken in expected(SPECIMENS, fresh, step, by), (role, step.name)


def walked(t, order, status):
    """One tube brought to a status by the shortest honest path."""
    admin, later = t.actor(Role.CENTRE_ADMIN), t.there + 3 * HOUR
    row = drawn(t, order)
    if status == SpecimenStatus.LOST:
        return services.lose_specimen(specimen_id=row.pk, by=t.actor(Role.NURSE), now=t.there, **GONE)
    if status == SpecimenStatus.COLLECTED:
        return row
    row = handed(t, row)
    if status == SpecimenStatus.REJECTED:
        return services.reject(specimen_id=row.pk, by=admin, now=later, **GONE)
    if status == SpecimenStatus.HANDED_OVER:
        return row
    row = services.receive(specimen_id=row.pk, receiver="王工", by=admin, now=later)
    if status == SpecimenStatus.RECEIVED:
        return row
    row = services.result(specimen_id=row.pk, text="4.1", flag="normal", by=admin, now=later)
    if status == SpecimenStatus.RESULTED:
        return row
    return services.tell(specimen_id=row.pk, words="已电话告知", by=admin, now=later)
