"""A signed assessment is amended by a new version: what it was stays readable, and each version covers the last."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from clinical import access, revisions, saves, sections
from clinical.lifecycle import SIGNED
from clinical.models import Assessment
from clinical.revisions import CLAUSE, AssessmentVersion
from clinical.services.assessments import content_hash
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, hidden


def amend_assessment(
    *, assessment_id, key: str, answers: dict, reason: str, by: Actor, now: datetime
) -> AssessmentVersion:
    """
    Correct one section after the signature, by the doctor who signed; the conclusion is not touched by it.

    :raises kernel.refusals.Refused: not signed by this doctor, expired, incomplete, nothing changes, or no reason
    """
    section = sections.BY_KEY.get(key)
    if section is None:
        raise hidden("这一部分评估")
    if not 1 <= len(reason.strip()) <= 200:
        raise Invalid(Refusal("amend.reason", "请用 200 字以内写明更正的原因。", CLAUSE, field="reason"))
    clean, errors = sections.clean(section, answers)
    if errors:
        raise Invalid(*(Refusal("assessment.answer", text, CLAUSE, field=name) for name, text in errors.items()))
    if left := sections.left_in(section, clean):
        raise Invalid(*(Refusal("amend.left", f"请填写{q.label}。", CLAUSE, field=q.key) for q in left))
    with transaction.atomic():
        row = _signed(assessment_id, by, now)
        before = row.sections.get(key, {})
        if before == clean:
            raise Invalid(Refusal("amend.same", "内容与原来相同，没有需要更正的。", CLAUSE))
        last = row.versions.order_by("-number").first()
        if content_hash(row) != (last.content_sha256 if last else row.content_sha256):
            raise NotNow(Refusal("amend.chain", "这份评估的内容与摘要不符，请联系管理员核查后再更正。", CLAUSE))
        with recording("clinical.assessment_amended", target=row, by=by, now=now, role=Role.DOCTOR) as entry:
            row.sections = {**row.sections, key: clean}
            row.save(update_fields=["sections"])
            version = AssessmentVersion(
                assessment=row,
                number=last.number + 1 if last else 2,
                section=key,
                before=before,
                after=clean,
                reason=reason.strip(),
                written_by_id=by.account,
                recorded_at=now,
                content_sha256=content_hash(row),
                previous_sha256=last.sha256 if last else row.content_sha256,
            )
            version.sha256 = revisions.digest(version)
            version.save(force_insert=True)
            entry.data.update({"version": version.number, "section": key, "sha256": version.sha256})
    return version


def _signed(assessment_id, by, now) -> Assessment:
    row = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("patient", "centre", "doctor")
        .filter(pk=assessment_id)
        .first()
    )
    if row is None:
        raise hidden("这份首诊评估")
    worn = access.assessment_hats(by, row)
    if Role.DOCTOR not in worn and row.centre_id in by.orgs_as(Role.DOCTOR):
        raise NotYours(saves.in_another_hand(row))
    if not worn:
        raise hidden("这份首诊评估")
    if Role.DOCTOR not in worn:
        raise NotYours(Refusal("assessment.doctor", "首诊评估由签名的家庭医生更正。", CLAUSE))
    if row.status not in SIGNED:
        raise NotNow(Refusal("amend.open", "首诊评估还没有签名，可以直接修改。", CLAUSE))
    if row.valid_until is not None and row.valid_until < timezone.localdate(now):
        raise Unmet(Refusal("assessment.expired", "首诊评估已过有效期，需要重新评估。", CLAUSE))
    return row
