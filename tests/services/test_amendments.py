"""A closed record changes only by a new version: what was, what is, why, when it happened and when it was written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit.models import Event
from clinical import services as clinical
from clinical import versions
from clinical.models import CallBack, Reading, RecordVersion, VisitRecord
from clinical.services.records import content_hash
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, Unmet
from orders import services as orders
from orders.lifecycle import OrderStatus
from tests import world
from tests.world import persons, places, traces
from tests.world.chain import complete_record

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(七)1(1)")]
HOUR = timedelta(hours=1)
WOUND = 2  # 慢性伤口护理


@pytest.fixture
def town():
    return world.town()


@pytest.fixture
def record(town):
    order = world.order(town, at=OrderStatus.AWAITING_CONFIRMATION)
    return VisitRecord.objects.get(pk=order.visit_record_id)


def amend(town, record, field="reading-temp_c", value="36.9", *, by=None, after=HOUR, **changed):
    now = record.closed_at + after
    given = {"reason": "抄写时看错了一位", "happened_at": record.started_at, **changed}
    return clinical.amend_record(
        record_id=record.pk, field=field, value=value, by=by or town.actor(Role.NURSE), now=now, **given
    )


def sound(record):
    record = VisitRecord.objects.get(pk=record.pk)
    return versions.broken_at(record, versions.of_record(record), content_hash(record))


def test_a_correction_keeps_the_old_value_readable_and_continues_the_chain(town, record):
    first = amend(town, record)
    second = amend(town, record, value="37.0", after=2 * HOUR)
    third = amend(town, record, "note", "补充：家属已学会量血压。", after=3 * HOUR)

    assert [row.number for row in versions.of_record(record)] == [2, 3, 4]
    assert first.changes == [{"field": "reading-temp_c", "label": "体温", "unit": "℃", "old": "36.6", "new": "36.9"}]
    assert (second.changes[0]["old"], second.changes[0]["new"]) == ("36.9", "37")
    assert first.previous_sha256 == record.content_sha256
    assert (second.previous_sha256, third.previous_sha256) == (first.sha256, second.sha256)
    assert (first.happened_at, first.recorded_at) == (record.started_at, record.closed_at + HOUR)
    assert Reading.objects.get(record=record, measurement="temp_c").value == "37"
    assert VisitRecord.objects.get(pk=record.pk).content_sha256 == record.content_sha256
    assert sound(record) is None


def test_what_was_forgotten_is_a_late_entry_and_what_was_wrong_a_correction(town, record):
    late = amend(town, record, "reading-spo2_pct", "97")
    wrong = amend(town, record, "reading-spo2_pct", "96", after=2 * HOUR)

    assert (late.get_kind_display(), wrong.get_kind_display()) == ("补记", "更正")
    assert late.changes[0]["old"] == ""


@pytest.fixture
def wound(town):
    """The closed record of a wound of 5 by 4 cm."""
    order = world.order(town, at=OrderStatus.IN_SERVICE, numbers=(WOUND,))
    complete_record(town, order, order.arrived_at)
    act = {"by": town.actor(Role.NURSE), "now": order.arrived_at}
    for key, raw in (("wound_len_cm", "5"), ("wound_wid_cm", "4")):
        clinical.take_reading(record_id=order.visit_record_id, key=key, raw=raw, **act)
    orders.finish(order_id=order.pk, **act)
    return VisitRecord.objects.get(pk=order.visit_record_id)


def area(record):
    return Reading.objects.get(record=record, measurement="wound_area_cm2").value


def test_a_sum_goes_with_the_number_that_it_rests_on(town, wound):
    assert area(wound) == "20"

    row = amend(town, wound, "reading-wound_wid_cm", "2")

    assert area(wound) == "10"
    assert row.fields == ["reading-wound_wid_cm", "reading-wound_area_cm2"]
    label = Reading.objects.get(record=wound, measurement="wound_wid_cm").measurement.label
    assert [(one["label"], one["old"], one["new"], one["unit"]) for one in row.changes] == [
        (label, "4", "2", "cm"), ("伤口面积（长×宽）", "20", "10", "cm²"),
    ]  # fmt: skip
    assert sound(wound) is None


def test_a_sum_that_does_not_move_is_not_written_again(town, wound):
    before = Reading.objects.get(record=wound, measurement="wound_area_cm2")

    row = amend(town, wound, "note", "补充：家属已学会观察敷料。")

    assert row.fields == ["note"]
    assert Reading.objects.get(pk=before.pk).recorded_at == before.recorded_at


@pytest.mark.parametrize("tamper", ["changes", "reason", "previous", "content"])
def test_a_version_that_was_changed_is_found(town, record, tamper):
    amend(town, record)
    amend(town, record, value="37.0", after=2 * HOUR)
    row = RecordVersion.objects.filter(number=2)
    values = {
        "changes": {"changes": [{"old": "36.6", "new": "36.7"}]}, "reason": {"reason": "别的原因"},
        "previous": {"previous_sha256": "0" * 64},
    }  # fmt: skip
    if tamper == "content":
        Reading.objects.filter(record=record, measurement="temp_c").update(value="36.1")
    else:
        row.update(**values[tamper])

    assert sound(record) == (3 if tamper == "content" else 2)
    if tamper == "content":
        with pytest.raises(NotNow):
            amend(town, record, value="36.5", after=3 * HOUR)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"value": "88"}, "value"),
        ({"value": ""}, "value"),
        ({"value": "36.6"}, "value"),
        ({"field": "reading-sbp_mmhg", "value": "60"}, "value"),
        ({"field": "note", "value": " "}, "value"),
        ({"happened_at": world.NOW - timedelta(days=1)}, "happened_at"),
        ({"happened_at": world.NOW + timedelta(days=30)}, "happened_at"),
    ],
)
def test_an_amendment_that_says_nothing_or_cannot_be_is_refused_beside_its_field(town, record, changed, field):
    with pytest.raises(Invalid) as no:
        amend(town, record, **changed)

    assert {reason.field for reason in no.value.reasons} == {field}
    assert not RecordVersion.objects.exists()


def test_nobody_but_her_amends_and_only_what_the_record_asked(town, record):
    stranger = persons.family(places.post(town.centre, Role.DOCTOR).user)

    with pytest.raises(Hidden):
        amend(town, record, by=stranger)
    with pytest.raises(Hidden):
        amend(town, record, by=town.actor(Role.PROXY))
    with pytest.raises(Hidden):
        amend(town, record, "reading-wound_len_cm", "2")
    with pytest.raises(Hidden):
        amend(town, record, "closed_at", "2")


def test_an_open_record_is_written_and_not_amended(town):
    order = world.order(town, at=OrderStatus.IN_SERVICE)

    with pytest.raises(NotNow):
        clinical.amend_record(
            record_id=order.visit_record_id, field="note", value="x", reason="y", happened_at=order.arrived_at,
            by=town.actor(Role.NURSE), now=order.arrived_at,
        )  # fmt: skip


def test_after_the_hours_only_with_the_administrator_s_leave_for_a_day(town, record):
    with pytest.raises(Unmet) as no:
        amend(town, record, after=25 * HOUR)
    assert "24 小时" in no.value.sentence
    with pytest.raises(Hidden):
        clinical.release_amendment(
            record_id=record.pk, reason="x", by=town.actor(Role.DISPATCHER), now=record.closed_at + 25 * HOUR
        )

    release = clinical.release_amendment(
        record_id=record.pk, reason="护士说明漏记", by=town.actor(Role.CENTRE_ADMIN), now=record.closed_at + 25 * HOUR
    )

    assert amend(town, record, after=26 * HOUR).release == release
    with pytest.raises(Unmet):
        amend(town, record, value="37.1", after=50 * HOUR)


def test_the_hours_are_the_districts_choice(town, record):
    institutions.choose_setting(
        district=town.district, key="record.amend_hours", value=2, effective_on=town.now.date(), reason="从严",
        by=world.SETUP, now=town.now,
    )  # fmt: skip

    with pytest.raises(Unmet):
        amend(town, record, after=3 * HOUR)


def test_a_red_value_that_is_added_later_calls_a_doctor_as_well(town, record):
    amend(town, record, "reading-spo2_pct", "84", reason="漏记，当时已给氧")

    assert CallBack.objects.get().value == "84"
    assert Reading.objects.get(record=record, measurement="spo2_pct").explanation == "漏记，当时已给氧"


def test_an_amendment_stands_in_the_trace_without_its_content(town, record):
    amend(town, record, reason="家属说护士看错了")

    event = traces.events().get(action="clinical.amended")
    assert event.data["field"] == "reading-temp_c"
    told = str(list(Event.objects.filter(act_id=event.act_id).values_list("data", flat=True)))
    assert "36.9" not in told
    assert "看错" not in told


# --- a visit that was stopped -------------------------------------------------------------------------------------


@pytest.fixture
def stopped(town):
    """The record of a visit that ended before it was done: one temperature, and nothing else."""
    order = world.order(town, at=OrderStatus.IN_SERVICE)
    act = {"by": town.actor(Role.NURSE), "now": order.arrived_at + HOUR / 4}
    clinical.take_reading(record_id=order.visit_record_id, key="temp_c", raw="36.6", **act)
    orders.abort(order_id=order.pk, reason="服务对象突发不适", **act)
    return VisitRecord.objects.get(pk=order.visit_record_id)


def test_the_record_of_a_stopped_visit_ends_with_it_as_it_stands(town, stopped):
    assert stopped.closed_at is None
    assert stopped.stopped_at == stopped.started_at + HOUR / 4
    assert stopped.content_sha256 == content_hash(stopped)
    assert stopped.missing
    act = {"record_id": stopped.pk, "by": town.actor(Role.NURSE), "now": stopped.stopped_at + HOUR}

    with pytest.raises(NotNow) as no:
        clinical.take_reading(key="temp_c", raw="38.0", **act)
    with pytest.raises(NotNow):
        clinical.write_note(note="x", next_step="stop", **act)
    with pytest.raises(NotNow):
        clinical.close_record(**act)

    assert no.value.reasons[0].code == "record.stopped"
    assert Reading.objects.get(record=stopped).value == "36.6"


def test_also_the_desk_ends_the_record_with_the_visit_and_on_the_way_there_is_none(town):
    order = world.order(town, at=OrderStatus.IN_SERVICE)
    act = {"reason": "护士身体不适", "by": town.actor(Role.DISPATCHER)}

    orders.abort(order_id=order.pk, now=order.arrived_at + HOUR, **act)

    assert VisitRecord.objects.get(pk=order.visit_record_id).stopped_at == order.arrived_at + HOUR
    event = traces.events().get(action="orders.aborted")
    assert event.data["record_sha256"] == VisitRecord.objects.get(pk=order.visit_record_id).content_sha256


def test_what_a_stopped_record_lacks_is_added_as_a_version(town, stopped):
    now = stopped.stopped_at + HOUR
    given = {"reason": "送医后补记", "happened_at": stopped.started_at, "by": town.actor(Role.NURSE)}

    row = clinical.amend_record(
        record_id=stopped.pk, field="note", value="服务对象头晕，家属已拨打 120。", now=now, **given
    )

    assert (row.number, row.previous_sha256) == (2, stopped.content_sha256)
    assert sound(stopped) is None
    with pytest.raises(Unmet):
        clinical.amend_record(record_id=stopped.pk, field="note", value="x", now=now + 24 * HOUR, **given)


def test_a_nurse_whose_visit_was_stopped_is_at_the_bedside_no_more(town):
    order = world.order(town, at=OrderStatus.IN_SERVICE, numbers=(WOUND,))
    nurse, now = town.actor(Role.NURSE), order.arrived_at
    said = {"given": True, "said_by": "沈家明", "relation": "子女"}
    clinical.answer_picture_consent(record_id=order.visit_record_id, by=nurse, now=now, **said)
    orders.abort(order_id=order.pk, reason="服务对象突发不适", by=nurse, now=now)

    with pytest.raises(Hidden):
        clinical.withdraw_picture_consent(patient_id=town.patient.pk, reason="不想再拍", by=nurse, now=now + HOUR)


def test_a_record_is_closed_or_stopped_and_stopped_only_under_its_hash(record, stopped):
    with pytest.raises(IntegrityError, match="record_closed_or_stopped"), transaction.atomic():
        VisitRecord.objects.filter(pk=record.pk).update(stopped_at=record.closed_at)
    with pytest.raises(IntegrityError, match="record_stopped_under_its_hash"), transaction.atomic():
        VisitRecord.objects.filter(pk=stopped.pk).update(content_sha256="")
