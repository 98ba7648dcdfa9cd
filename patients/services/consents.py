"""Texts, and signatures under them: the exact words shown, who signed in which capacity, and the taking back."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Organization, User
from accounts.roles import Role
from audit.services import recording
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Refused, Stale, hidden
from patients import access, selectors, texts
from patients.models import Consent, PaperText, Proxy, Upload
from patients.services import _forms

CLAUSES = {PaperText.Kind.CONSENT: "002 五(七)1(4)", PaperText.Kind.AGREEMENT: "004 三(七)"}
MOST_INK = 400_000  # characters of strokes; a signature has a few thousand


def publish_text(
    *, district: Organization, kind: str, text: str, effective_on: date, by: Actor, now: datetime
) -> PaperText:
    """
    Publish a new version of the consent or of the agreement; from its day on, older signatures carry no new visit.

    :raises kernel.refusals.Refused: not the district's commission, or nothing changed
    """
    if by.kind != "system" and district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise NotYours(Refusal("text.publisher", "文本由区卫生健康委统一发布。"))
    problems = []
    if kind not in PaperText.Kind.values:
        problems.append(Refusal("text.kind", "请选择文本的种类。", field="kind"))
    if not text.strip():
        problems.append(Refusal("form.required", "请填写正文。", field="text"))
    if by.kind != "system" and effective_on < timezone.localdate(now):
        problems.append(Refusal("text.past", "生效日期不能早于今天。", field="effective_on"))
    _forms.stop_at(problems)
    sha256 = texts.digest(text)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=district.pk)  # versions are counted one at a time
        last = PaperText.objects.filter(district=district, kind=kind).order_by("-version").first()
        if last and last.sha256 == sha256:
            raise Refused.because("text.unchanged", "正文与最近的版本完全相同，不需要重新发布。", field="text")
        published = PaperText(
            district=district,
            kind=kind,
            version=last.version + 1 if last else 1,
            text=text,
            sha256=sha256,
            effective_on=effective_on,
            published_by_id=by.user_id,
            published_at=now,
        )
        with recording(
            "patients.text_published", target=published, by=by, now=now, organisation_id=district.pk
        ) as entry:
            published.save(force_insert=True)
            entry.data.update({"kind": kind, "version": published.version, "sha256": sha256})
    return published


def sign(
    *,
    patient_id: UUID,
    organisation_id: int,
    kind: str,
    shown_sha256: str,
    item_codes: Iterable[str] = (),
    signer_name: str,
    capacity: str,
    method: str,
    strokes: Sequence[Any] = (),
    picture: Upload | None = None,
    witness: User | None = None,
    device: str = "",
    valid_until: date | None = None,
    by: Actor,
    now: datetime,
) -> Consent:
    """
    Keep one signature. The patient or a proxy signs with the own account; staff of the centre bear witness to a
    signature on glass or paper given in front of them.

    :raises kernel.refusals.Stale: ``consent.stale_text``, another version is in force than the one that was shown
    :raises kernel.refusals.Refused: nobody who may sign, or the signature leaves no mark
    """
    today = timezone.localdate(now)
    if kind not in PaperText.Kind.values:
        raise Invalid(Refusal("text.kind", "请选择文本的种类。", field="kind"))
    clause = CLAUSES[PaperText.Kind(kind)]
    with transaction.atomic():
        patient = _forms.locked(patient_id, to_its_end=True)
        organisation = Organization.objects.select_related("parent__parent").filter(pk=organisation_id).first()
        if organisation is None:
            raise hidden("这家机构")
        signer_id, witness_id = _demand_signer(by, patient, organisation, capacity, method, witness, today, clause)
        district = accounts.district_of(organisation)
        text = selectors.text_in_force(district_id=district.pk, kind=kind, on=today)
        if text is None:
            raise Refused.because("consent.no_text", "区级文本尚未发布，暂时无法签署。", clause)
        if shown_sha256 != text.sha256:
            raise Stale(Refusal("consent.stale_text", "文本已更新，请重新阅读后签署。", clause))
        longest = institutions.setting(district_id=district.pk, key="consent.validity_days", on=today)
        valid_until = valid_until or today + timedelta(days=longest)
        codes = sorted(set(item_codes))
        _demand_sound_signature(
            patient, kind, codes, signer_name, capacity, method, strokes, picture, valid_until, today, longest, clause
        )
        consent = Consent(
            patient=patient,
            organisation=organisation,
            text=text,
            shown_sha256=shown_sha256,
            item_codes=codes,
            signer_name=signer_name.strip(),
            signer_id=signer_id,
            capacity=capacity,
            method=method,
            strokes=json.dumps(list(strokes)) if strokes else "",
            picture=picture,
            witness_id=witness_id,
            device=device[:120],
            signed_at=now,
            valid_until=valid_until,
        )
        with recording("patients.consent_signed", target=consent, by=by, now=now) as entry:
            consent.save(force_insert=True)
            facts = {"kind": kind, "version": text.version, "items": codes, "capacity": capacity, "method": method}
            entry.data.update({**facts, "sha256": text.sha256})
            entry.payload.update({**facts, "consent": consent.pk, "patient": patient.pk})
    return consent


def withdraw_consent(*, consent_id: UUID, reason: str, by: Actor, now: datetime) -> Consent:
    """Take a signature back. Undone orders resting on it are stopped by who follows ``patients.consent_withdrawn``."""
    reason = _forms.one_text("reason", reason)
    with transaction.atomic():
        consent = (
            Consent.objects.select_for_update(of=("self",))
            .select_related("patient", "text")
            .filter(pk=consent_id)
            .first()
        )
        if consent is None:
            raise hidden("这份签署记录")
        at_the_centre = consent.organisation_id in by.orgs_as(*access.CARERS)
        if not at_the_centre:
            access.demand_family_or_carer(by, consent.patient, on=timezone.localdate(now), scope=Proxy.Scope.SIGN)
        if consent.withdrawn_at:
            raise Refused.because("consent.withdrawn", "这份签署已经撤回。", CLAUSES[PaperText.Kind(consent.text.kind)])
        with recording("patients.consent_withdrawn", target=consent, by=by, now=now, reason=reason) as entry:
            consent.withdrawn_at, consent.withdrawn_by_id, consent.withdrawn_reason = now, by.user_id, reason
            consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
            entry.payload.update(
                {
                    "consent": consent.pk,
                    "patient": consent.patient_id,
                    "kind": consent.text.kind,
                    "items": consent.item_codes,
                }
            )
    return consent


def _demand_signer(by, patient, organisation, capacity, method, witness, today, clause) -> tuple:
    """Say whose account signs and who bears witness, or refuse."""
    own_hand = method == Consent.Method.TYPED
    worn = access.hats(by, patient)
    at_the_centre = organisation.pk in by.orgs_as(*access.CARERS) and access.serving_posts(by, patient, on=today)
    if witness is not None and not any(
        accounts.holds_post(user_id=witness.pk, role=role, organisation_id=organisation.pk, on=today)
        for role in access.CARERS
    ):
        raise Refused.because("consent.witness", "见证人必须是本中心的在岗工作人员。", clause, field="witness")
    signs = Proxy.Scope.SIGN in by.scopes_for(patient.pk)
    if Role.PATIENT in worn:
        fitting = capacity == Consent.Capacity.SELF
    elif Role.PROXY in worn and signs:
        fitting = capacity in {Consent.Capacity.PROXY, Consent.Capacity.GUARDIAN}
    elif at_the_centre or (by.kind == "system" and witness is not None):
        if own_hand:
            raise Refused.because(
                "consent.needs_account", "账号确认只能由服务对象或代办人用自己的账号办理。", clause, field="method"
            )
        return None, witness.pk if witness else by.user_id
    elif Role.PROXY in worn:
        raise NotYours(Refusal("proxy.scope", "您的代办授权不包含「签署同意书和协议」。", clause))
    elif by.kind == "system":
        raise Refused.because("consent.signer", "签署需要服务对象、代办人，或工作人员在场见证。", clause)
    else:
        raise hidden("这位服务对象")
    if not fitting:
        raise Refused.because("consent.capacity", "签署身份与您的账号不符，请重新选择。", clause, field="capacity")
    return by.user_id, witness.pk if witness else None


def _demand_sound_signature(
    patient, kind, codes, signer_name, capacity, method, strokes, picture, valid_until, today, longest, clause
):
    problems: list[Refusal] = []
    if capacity not in Consent.Capacity.values:
        problems.append(Refusal("consent.capacity", "请选择签署人的身份。", clause, field="capacity"))
    name = _forms.text("signer_name", signer_name, problems, required=True)
    if capacity == Consent.Capacity.SELF and name and name != patient.name:
        problems.append(Refusal("consent.name", "本人签署时，姓名应与登记的姓名一致。", clause, field="signer_name"))
    if kind == PaperText.Kind.CONSENT and not codes:
        problems.append(Refusal("consent.items", "请选择同意书所包含的护理项目。", clause, field="item_codes"))
    if method not in Consent.Method.values:
        problems.append(Refusal("consent.method", "请选择签署方式。", clause, field="method"))
    if method == Consent.Method.GLASS and not strokes:
        problems.append(Refusal("consent.no_strokes", "请在屏幕上手写签名。", clause, field="strokes"))
    if len(json.dumps(list(strokes))) > MOST_INK:
        problems.append(Refusal("consent.ink", "签名的笔画过多，请清除后重写。", field="strokes"))
    if method == Consent.Method.PAPER and picture is None:
        problems.append(Refusal("consent.no_picture", "请上传已签名的纸质同意书照片。", clause, field="picture"))
    if picture is not None and (picture.patient_id, picture.kind) != (patient.pk, Upload.Kind.CONSENT):
        problems.append(
            Refusal("consent.picture", "这份照片不是这位服务对象的纸质同意书，请重新选择。", clause, field="picture")
        )
    if not today <= valid_until <= today + timedelta(days=longest):
        problems.append(Refusal("consent.until", f"有效期应在今天到 {longest} 天之内。", clause, field="valid_until"))
    _forms.stop_at(problems)
