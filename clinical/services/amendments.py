"""
A closed record is amended by a new version: what was added or corrected, why, and both times (002 五(七)1(1)).

The old value stays readable in the version; each version covers the one before it, so that none can be taken out.
"""

from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from catalog import measurements
from catalog.models import ItemMeasurement
from clinical import versions
from clinical.models import AmendmentRelease, RecordVersion, VisitRecord
from clinical.services import call_backs
from clinical.services.records import _compute, _keep, content_hash
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden

CLAUSE = versions.CLAUSE
RELEASED_FOR = timedelta(hours=24)


def amend_record(
    *, record_id, field: str, value: str, reason: str, happened_at: datetime, by: Actor, now: datetime
) -> RecordVersion:
    """
    Add what was forgotten, or correct what was wrong: ``field`` is ``note`` or ``reading-<key>``.

    The nurse herself within the district's hours after closing; later only while the centre's administrator lets her.
    The record of a visit that was stopped is amended in the same way.

    :raises kernel.refusals.Refused: not her record, not closed, too late, nothing changes, or the value is impossible
    """
    _demand_words(reason)
    with _closed(record_id, by, now, action="clinical.amended", nurse=True) as (record, entry):
        release = _demand_time(record, now)
        if not record.started_at - timedelta(minutes=1) <= happened_at <= now:
            said = "事情发生的时间应在这次上门开始以后、现在以前。"
            raise Invalid(Refusal("amend.happened_at", said, CLAUSE, field="happened_at"))
        last = record.versions.order_by("-number").first()
        if content_hash(record) != (last.content_sha256 if last else record.content_sha256):
            raise NotNow(Refusal("amend.chain", "这份记录的内容与摘要不符，请联系管理员核查后再更正。", CLAUSE))
        changes = _change(record, field, value, reason, happened_at, by, now)
        row = RecordVersion(
            record=record,
            number=last.number + 1 if last else 2,
            kind=RecordVersion.Kind.CORRECTION if changes[0]["old"] else RecordVersion.Kind.LATE,
            fields=[change["field"] for change in changes],
            changes=changes,
            reason=reason.strip(),
            written_by_id=by.account,
            happened_at=happened_at,
            recorded_at=now,
            release=release,
            previous_sha256=last.sha256 if last else record.content_sha256,
            content_sha256=content_hash(record),
        )
        row.sha256 = versions.digest(row)
        row.save(force_insert=True)
        entry.data.update({"version": row.number, "field": field, "sha256": row.sha256})
    return row


def release_amendment(*, record_id, reason: str, by: Actor, now: datetime) -> AmendmentRelease:
    """Let the nurse amend a record although the usual hours are over: the centre's administrator, for one day."""
    _demand_words(reason)
    with _closed(record_id, by, now, action="clinical.amendment_released", nurse=False) as (record, entry):
        row = AmendmentRelease.objects.create(
            record=record, released_by_id=by.account, released_at=now, until=now + RELEASED_FOR, reason=reason.strip()
        )
        entry.payload["nurse"] = record.nurse_id
    return row


@contextmanager
def _closed(record_id, by, now, *, action, nurse):
    """Lock a record of this nurse, or of this administrator's centre, that is closed or stopped; record the act."""
    with transaction.atomic():
        record = (
            VisitRecord.objects.select_for_update(of=("self",)).select_related("patient", "centre").filter(pk=record_id)
        ).first()
        if record is None:
            raise hidden("这份护理记录")
        if not (record.nurse_id == by.user_id if nurse else record.centre_id in by.orgs_as(Role.CENTRE_ADMIN)):
            raise hidden("这份护理记录")
        if record.ended_at is None:
            raise NotNow(Refusal("amend.open", "护理记录还没有提交，可以直接修改。", CLAUSE))
        role = Role.NURSE if nurse else Role.CENTRE_ADMIN
        with recording(action, target=record, by=by, now=now, role=role) as entry:
            yield record, entry


def _demand_words(reason):
    if not 1 <= len(reason.strip()) <= 200:
        raise Invalid(Refusal("amend.reason", "请用 200 字以内写明原因。", CLAUSE, field="reason"))


def _demand_time(record, now) -> AmendmentRelease | None:
    hours = institutions.settings_of(record.centre, timezone.localdate(now))["record.amend_hours"]
    if now <= record.ended_at + timedelta(hours=hours):
        return None
    release = record.releases.filter(released_at__lte=now, until__gte=now).order_by("-pk").first()
    if release is None:
        said = f"记录提交已超过 {hours} 小时，需要中心管理员放行后才能补记或更正。"
        raise Unmet(Refusal("amend.late", said, CLAUSE))
    return release


def _change(record, field, value, reason, at, by, now) -> list[dict]:
    """Write the new value and return what it was and what it is, in words; then each sum that it moved."""
    if field == "note":
        old, new = record.note, value.strip()
        if not 1 <= len(new) <= 1000:
            raise Invalid(Refusal("amend.value", "请填写 1 到 1000 字的护理记录。", CLAUSE, field="value"))
        _demand_difference(old, new)
        record.note = new
        record.save(update_fields=["note"])
        return [{"field": field, "label": "护理记录", "unit": "", "old": old, "new": new}]
    key = field.removeprefix("reading-")
    ask = (
        ItemMeasurement.objects.filter(item__in=record.items.all(), measurement=key).select_related("measurement")
    ).first()
    if ask is None or field == key:
        raise hidden("这项内容")
    known = record.readings.filter(measurement=key).first()
    found = measurements.clean(ask.measurement, value)
    if found is None:
        raise Invalid(Refusal("amend.value", "请填写更正后的内容。", CLAUSE, field="value"))
    if isinstance(found, Refusal):
        raise Invalid(Refusal(found.code, found.sentence, found.clause or CLAUSE, field="value"))
    old, new = known.value if known else "", measurements.kept(found)
    _demand_difference(old, new)
    _demand_harmony(record, key, found)
    kept = _keep(record, ask.measurement, found, at, now, explanation=reason.strip())
    call_backs.follow_reading(record=record, measurement=ask.measurement, reading=kept, by=by, now=now)
    # Nobody types a sum, so nobody could correct it: it goes with the number that it rests on.
    sums = _compute(record, now, at=at, explanation=reason.strip())
    return [_moved(ask.measurement, old, new), *(_moved(*one) for one in sums)]


def _moved(measurement, old, new) -> dict:
    return {
        "field": f"reading-{measurement.pk}", "label": measurement.label, "unit": measurement.unit, "old": old,
        "new": new,
    }  # fmt: skip


def _demand_difference(old, new):
    if old == new:
        raise Invalid(Refusal("amend.same", "内容与原来相同，没有需要更正的。", CLAUSE, field="value"))


def _demand_harmony(record, key, found):
    values = {
        row.measurement_id: measurements.clean(row.measurement, row.value)
        for row in record.readings.select_related("measurement")
    }
    if broken := measurements.cross({**values, key: found}):
        raise Invalid(*(Refusal(r.code, r.sentence, r.clause or CLAUSE, field="value") for r in broken))
