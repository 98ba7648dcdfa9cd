"""
Somebody wants the record gone. What the law makes the centre keep stays; the rest goes when the centre agrees.

Records of outpatient care are kept for fifteen years (医疗机构管理条例实施细则 第五十三条); consent and a purpose
that is over make personal data go (个人信息保护法 第四十七条).
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, demand_words, hidden
from patients import access
from patients.models import Erasure
from patients.services import _forms

CLAUSE = "002 五(八)"
KEPT_YEARS = 15
KEEP_CLAUSE = "医疗机构管理条例实施细则第五十三条"
ERASE_CLAUSE = "个人信息保护法第四十七条"


def ask_erasure(*, patient_id: UUID, centre: Organization, words: str, by: Actor, now: datetime) -> Erasure:
    """Ask the centre to delete what it need not keep. The patient may ask, and nobody for him."""
    if not words.strip():
        raise Invalid(Refusal("erasure.words", "请写明希望删除哪些资料。", CLAUSE, field="words"))
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        worn = access.hats(by, patient)
        if not worn:
            raise hidden("这位服务对象")
        if Role.PATIENT not in worn:
            raise NotYours(Refusal("erasure.own", "删除资料由服务对象本人提出，代办人不能替他办理。", ERASE_CLAUSE))
        if patient.erasures.filter(decided_at__isnull=True).exists():
            raise NotNow(Refusal("erasure.waits", "您已经提出过，中心正在处理，请等答复。", CLAUSE))
        row = Erasure(
            patient=patient, centre=centre, words=words.strip()[:300], asked_by_id=by.account, asked_at=now
        )  # fmt: skip
        with recording("patients.erasure_asked", target=row, by=by, now=now):
            row.save(force_insert=True)
    return row


def decide_erasure(*, erasure_id: int, granted: bool, reason: str, by: Actor, now: datetime) -> Erasure:
    """
    Answer it, with the reason. Agreed: whom to call in an emergency and hints for the door go at once, and whoever
    acted for the person acts no more; what is a medical record is kept until the law's years are over.
    """
    demand_words(reason, "请写明答复的理由，申请人会看到。", CLAUSE)
    with transaction.atomic():
        row = Erasure.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=erasure_id).first()
        if row is None or row.centre_id not in by.orgs_as(Role.CENTRE_ADMIN):
            raise hidden("这份删除申请")
        if row.decided_at:
            raise NotNow(Refusal("erasure.decided", "这份申请已经答复。", CLAUSE))
        with recording("patients.erasure_decided", target=row, by=by, now=now, reason=reason.strip()[:300]) as entry:
            row.granted, row.answer = granted, reason.strip()[:300]
            row.clause = f"{ERASE_CLAUSE}；{KEEP_CLAUSE}" if granted else KEEP_CLAUSE
            row.keep_until = _in_years(timezone.localdate(now), KEPT_YEARS)
            row.decided_by_id, row.decided_at = by.user_id, now
            row.save()
            if granted:
                _erase(row.patient, by, now)
            entry.data["granted"] = granted
    return row


def _erase(patient, by, now) -> None:
    patient.contact_name, patient.contact_relation, patient.contact_phone_sealed = "", "", None
    patient.save(update_fields=["contact_name", "contact_relation", "contact_phone_sealed"])
    patient.addresses.exclude(access_note="").update(access_note="")
    patient.proxies.filter(ended_at__isnull=True).update(ended_at=now, ended_by_id=by.user_id)
    patient.invitations.filter(closed_at__isnull=True).update(closed_at=now)


def _in_years(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year + years)
    except ValueError:  # 29 February
        return on.replace(year=on.year + years, day=28)
