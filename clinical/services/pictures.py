"""Pictures of a wound or a stoma: asked first, drawn anew, kept privately, every look on record (002 五(八))."""

import uuid
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.db import transaction

from audit.services import recording
from catalog.models import ItemMeasurement, Measurement
from clinical import access
from clinical.models import Picture, PictureConsent
from clinical.pictures import at_the_bedside
from clinical.services.records import _writing
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden
from patients import access as patients
from patients import vault

CLAUSE = "002 五(八)"
MOST = 12  # pictures of one visit
RELATIONS = ("本人", "配偶", "子女", "父母", "其他家属", "监护人")


def answer_picture_consent(
    *, record_id, given: bool, said_by: str, relation: str, by: Actor, now: datetime
) -> PictureConsent:
    """
    Keep what the patient or the family said about pictures; asked once, until somebody takes it back.

    :raises kernel.refusals.Refused: nobody is named, or there is an answer already
    """
    said_by = said_by.strip()
    faults = []
    if not 1 <= len(said_by) <= 40:
        faults.append(Refusal("picture.said_by", "请填写表示意见的人的姓名。", CLAUSE, field="said_by"))
    if relation not in RELATIONS:
        faults.append(Refusal("picture.relation", "请选择与服务对象的关系。", CLAUSE, field="relation"))
    if faults:
        raise Invalid(*faults)
    with _writing(record_id, "clinical.picture_consent_asked", by, now) as (record, entry):
        if PictureConsent.objects.filter(patient=record.patient_id, withdrawn_at__isnull=True).exists():
            raise NotNow(Refusal("picture.asked", "已经问过拍照意见；改变主意的，请先撤回原来的意见。", CLAUSE))
        row = PictureConsent.objects.create(
            patient_id=record.patient_id, given=given, said_by=said_by, relation=relation, asked_by_id=by.account,
            asked_at=now, record=record,
        )  # fmt: skip
        entry.data["given"] = given
    return row


def withdraw_picture_consent(*, patient_id: UUID, reason: str, by: Actor, now: datetime) -> PictureConsent:
    """
    Take the answer back: no new pictures, and those that exist are shown to nobody any more.

    :raises kernel.refusals.Refused: not the family, and not the nurse who is there
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise Invalid(Refusal("picture.withdraw", "请用 200 字以内写明撤回的原因。", CLAUSE, field="reason"))
    with transaction.atomic():
        row = PictureConsent.objects.select_for_update().filter(patient=patient_id, withdrawn_at__isnull=True).first()
        if row is None or not access.may_withdraw_pictures(by, patient_id, at_the_bedside(by, patient_id)):
            raise hidden("这份拍照意见")
        with recording("clinical.picture_consent_withdrawn", target=row, by=by, now=now, reason=reason):
            row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = now, by.user_id, reason
            row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return row


def keep_picture(
    *, record_id, key: str, file: Any, caption: str = "", at: datetime | None = None, by: Actor, now: datetime
) -> Picture:
    """
    Keep one picture of this visit, redrawn without its place and device; the same one again is kept once.

    :raises kernel.refusals.Refused: nobody has agreed, it is no picture, or there are too many
    """
    if file is None:
        raise Invalid(Refusal("picture.none", "请拍一张照片，或从相册选择。", CLAUSE, field="file"))
    sound = vault.judge(file)
    if sound.content_type not in {vault.JPEG, vault.PNG}:
        raise Invalid(Refusal("picture.type", "这里只能保存照片（JPG 或 PNG）。", CLAUSE, field="file"))
    with _writing(record_id, "clinical.picture_kept", by, now) as (record, entry):
        asked = ItemMeasurement.objects.filter(
            item__in=record.items.all(), measurement=key, measurement__type=Measurement.Type.PHOTO
        )
        if not asked.exists():
            raise hidden("这个拍照项目")
        consent = PictureConsent.objects.filter(patient=record.patient_id, withdrawn_at__isnull=True).first()
        if consent is None or not consent.given:
            said = "请先询问并记下拍照意见。" if consent is None else "服务对象或家属不同意拍照，请用文字和测量记录。"
            raise Unmet(Refusal("picture.consent", said, CLAUSE, field="file"))
        present = list(record.pictures.filter(removed_at__isnull=True))
        entry.data["measurement"] = key
        if same := next((row for row in present if row.sha256 == sound.sha256), None):
            return same
        if len(present) >= MOST:
            raise NotNow(Refusal("picture.many", f"一次上门最多保存 {MOST} 张照片，请先移除不需要的。", CLAUSE))
        row = Picture(
            pk=uuid.uuid4(), record=record, patient_id=record.patient_id, centre_id=record.centre_id,
            measurement_id=key, consent=consent, caption=caption.strip()[:60], content_type=sound.content_type,
            size=len(sound.data), sha256=sound.sha256, taken_by_id=by.account, at=at or now, recorded_at=now,
        )  # fmt: skip
        vault.keep(row.pk, sound.data)
        row.save(force_insert=True)
    return row


def remove_picture(*, picture_id: UUID, reason: str, by: Actor, now: datetime) -> Picture:
    """Take a picture out of an open record, with the reason; the row stays, and nobody sees the picture any more."""
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise Invalid(Refusal("picture.reason", "请用 200 字以内写明移除的原因。", CLAUSE, field="reason"))
    row = Picture.objects.filter(pk=picture_id, removed_at__isnull=True).first()
    if row is None:
        raise hidden("这张照片")
    record_id = row.record_id
    with _writing(record_id, "clinical.picture_removed", by, now) as (_, entry):
        row.removed_at, row.removed_reason = now, reason
        row.save(update_fields=["removed_at", "removed_reason"])
        entry.data["sha256"] = row.sha256
    return row


def show_picture(*, picture_id: UUID, reason: str, by: Actor, now: datetime) -> tuple[Picture, IO[bytes]]:
    """
    Open a picture for somebody who may see it; the look is on record before the first byte leaves.

    :raises kernel.refusals.Hidden: not there, removed, withdrawn, or not for this person
    :raises kernel.refusals.NotYours: a proxy who only hands in applications
    """
    row = Picture.objects.select_related("record", "consent").filter(pk=picture_id, removed_at__isnull=True).first()
    if (
        row is None
        or row.consent.withdrawn_at
        or not access.may_see_picture(by, row, at_the_bedside(by, row.patient_id))
    ):
        raise patients.out_of_sight(by, Picture.objects.filter(pk=picture_id), "这张照片")
    with recording("clinical.picture_shown", target=row, by=by, now=now, reason=reason):
        content = vault.opened(row.pk)
    return row, content
