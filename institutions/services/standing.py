"""Licences, filings, suspensions, jurisdiction, agreements and settings."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from institutions import access, profile
from institutions.models import (
    Filing,
    Jurisdiction,
    Licence,
    PlatformAgreement,
    Profile,
    Setting,
    Suspension,
    Town,
)
from institutions.rules import CLAUSE
from institutions.services._common import demand_reason, digest, lock, no_past, no_reason, take
from institutions.settings import judge
from kernel.actors import Actor
from kernel.identity import check
from kernel.refusals import Invalid, NotNow, Refusal, hidden

PLATFORM_CLAUSE = "004 三(七)"


def add_towns(*, towns: list[Town], by: Actor, now: datetime) -> list[Town]:
    """Add towns that are not there yet; only the platform itself sets a district up."""
    if by.kind != "system":
        raise hidden("这份街镇名单")
    with transaction.atomic():
        known = set(Town.objects.values_list("code", flat=True))
        new = [town for town in towns if town.code not in known]
        if new:
            with recording("institutions.towns_added", target=new[0], by=by, now=now) as entry:
                Town.objects.bulk_create(new)
                entry.data["codes"] = [town.code for town in new]
    return new


def save_profile(*, organisation: Organization, by: Actor, now: datetime, **facts) -> Profile:
    """
    Keep what the public and the commission need to know: credit code, supervision phone, responsible people, platform.

    :raises Invalid: a fact is unknown, too long or not one of the choices
    """
    of_commission = organisation.kind == Organization.Kind.COMMISSION
    access.demand(by, organisation.pk, Role.SUPERVISOR if of_commission else Role.CENTRE_ADMIN)
    today = timezone.localdate(now)
    if reasons := profile.reasons(facts, today=today):
        raise Invalid(*reasons)
    facts = profile.normalised(facts, today=today)
    with transaction.atomic():
        lock(organisation)
        row = Profile.objects.filter(organisation=organisation).first() or Profile(organisation=organisation)
        for name, value in facts.items():
            setattr(row, name, value)
        with recording("institutions.profile_saved", target=row, by=by, now=now) as entry:
            row.save()
            entry.data["fields"] = sorted(facts)
    return row


def record_licence(
    *, organisation: Organization, number: str, scope: str, issued_on: date, expires_on: date, by: Actor, now: datetime
) -> Licence:
    """Record a 《医疗机构执业许可证》; a renewed one is a new row, so that past days stay as they were."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, Role.SUPERVISOR, clause=CLAUSE)
    reasons = []
    verdict = check("licence_no", number, today=timezone.localdate(now))
    if not verdict.ok:
        reasons.append(Refusal("licence.number", verdict.message, CLAUSE, "number"))
    if not scope.strip():
        reasons.append(Refusal("licence.scope", "请填写许可证上的诊疗科目。", CLAUSE, "scope"))
    if expires_on <= issued_on:
        reasons.append(Refusal("licence.dates", "有效期应当晚于发证日期，请核对后再填写。", CLAUSE, "expires_on"))
    if reasons:
        raise Invalid(*reasons)
    row = Licence(
        organisation=organisation, number=verdict.value, scope=scope.strip(), issued_on=issued_on,
        expires_on=expires_on, recorded_by_id=by.user_id, recorded_at=now,
    )  # fmt: skip
    with recording("institutions.licence_recorded", target=row, by=by, now=now):
        row.save()
    return row


def file_mode(*, organisation: Organization, mode: str, note: str = "", by: Actor, now: datetime) -> Filing:
    """Register a service mode with the commission; it counts once the commission has approved it."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=CLAUSE)
    if mode not in Filing.Mode.values:
        names = "、".join(Filing.Mode.labels)
        raise Invalid(Refusal("filing.mode", f"请在{names}中选择服务方式。", CLAUSE, "mode"))
    with transaction.atomic():
        lock(organisation)
        live = Filing.objects.filter(organisation=organisation, mode=mode, withdrawn_on__isnull=True)
        if live.exclude(approved=False).exists():
            label = Filing.Mode(mode).label
            raise NotNow(Refusal("filing.live", f"「{label}」已经登记或正在审核，不需要重复申请。", CLAUSE))
        row = Filing(organisation=organisation, mode=mode, note=note, filed_at=now, filed_by_id=by.user_id)
        with recording("institutions.mode_filed", target=row, by=by, now=now):
            row.save()
    return row


def decide_filing(
    *, filing_id: int, approve: bool, note: str = "", approved_from: date | None = None, by: Actor, now: datetime
) -> Filing:
    """
    Approve or refuse a filing for the commission (002 五(二)1 审核同意); a refusal needs its reason.

    Approval counts from today unless a later day is named.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = take(Filing, filing_id, "这项登记")
        access.demand(by, row.organisation_id, Role.SUPERVISOR, clause=CLAUSE)
        if row.decided_at or row.withdrawn_on:
            raise NotNow(Refusal("filing.decided", "这项登记已经审核或撤回，不需要再办理。", CLAUSE))
        if not approve and not note.strip():
            raise Invalid(Refusal("filing.note", "请写明不同意的原因，机构会看到。", CLAUSE, "note"))
        if approved_from and approved_from < today:
            raise Invalid(no_past("approved_from"))
        with recording("institutions.filing_decided", target=row, by=by, now=now, reason=note) as entry:
            row.approved, row.decided_at, row.decided_by_id, row.decision_note = approve, now, by.user_id, note
            row.approved_from = (approved_from or today) if approve else None
            row.save(update_fields=["approved", "decided_at", "decided_by", "decision_note", "approved_from"])
            entry.payload["approved"] = approve
    return row


def withdraw_filing(*, filing_id: int, reason: str, by: Actor, now: datetime) -> Filing:
    """Withdraw a filing from today on: by the centre itself or by the commission."""
    with transaction.atomic():
        row = take(Filing, filing_id, "这项登记")
        access.demand(by, row.organisation_id, Role.CENTRE_ADMIN, Role.SUPERVISOR, clause=CLAUSE)
        demand_reason(reason)
        if row.withdrawn_on or row.approved is False:
            raise NotNow(Refusal("filing.over", "这项登记已经撤销或未获同意，不需要再办理。", CLAUSE))
        with recording("institutions.filing_withdrawn", target=row, by=by, now=now, reason=reason) as entry:
            entry.payload["organisation"] = row.organisation_id
            row.withdrawn_on, row.withdrawn_reason = timezone.localdate(now), reason
            row.save(update_fields=["withdrawn_on", "withdrawn_reason"])
    return row


def suspend(
    *, organisation: Organization, starts_on: date, reason: str, clause: str, ends_on: date | None = None,
    by: Actor, now: datetime,
) -> Suspension:  # fmt: skip
    """Stop an institution from a day on, in the name of the commission; visits not yet set out to are freed."""
    access.demand(by, organisation.pk, Role.SUPERVISOR, clause=CLAUSE)
    demand_reason(reason)
    if not clause.strip():
        raise Invalid(Refusal("suspension.clause", "请写明暂停所依据的条款。", field="clause"))
    if starts_on < timezone.localdate(now):
        raise Invalid(no_past("starts_on"))
    if ends_on and ends_on < starts_on:
        raise Invalid(Refusal("suspension.dates", "结束日期不能早于开始日期，请核对后再填写。", field="ends_on"))
    row = Suspension(
        organisation=organisation, starts_on=starts_on, ends_on=ends_on, reason=reason, clause=clause,
        ordered_by_id=by.user_id, ordered_at=now,
    )  # fmt: skip
    try:
        with recording("institutions.suspended", target=row, by=by, now=now, reason=reason) as entry:
            row.save()
            entry.payload.update({"organisation": organisation.pk, "starts_on": starts_on, "ends_on": ends_on})
    except IntegrityError as broken:
        raise NotNow(Refusal("suspension.running", f"{organisation}在这段时间已经暂停，不需要重复办理。")) from broken
    return row


def lift_suspension(*, suspension_id: int, reason: str, by: Actor, now: datetime) -> Suspension:
    """Lift a stop; the institution may serve again from today on."""
    with transaction.atomic():
        row = take(Suspension, suspension_id, "这项暂停")
        access.demand(by, row.organisation_id, Role.SUPERVISOR, clause=CLAUSE)
        demand_reason(reason)
        if row.lifted_at or row.ends_on and row.ends_on < timezone.localdate(now):
            raise NotNow(Refusal("suspension.over", "这项暂停已经结束，不需要再解除。"))
        with recording("institutions.suspension_lifted", target=row, by=by, now=now, reason=reason):
            row.lifted_at, row.lifted_by_id = now, by.user_id
            row.save(update_fields=["lifted_at", "lifted_by"])
    return row


def assign_town(
    *, organisation: Organization, town: Town, starts_on: date, ends_on: date | None = None, by: Actor, now: datetime
) -> Jurisdiction:
    """Put a town into the institution's jurisdiction from a day on."""
    access.demand(by, organisation.pk, Role.SUPERVISOR, clause=CLAUSE)
    if ends_on and ends_on < starts_on:
        raise Invalid(Refusal("jurisdiction.dates", "结束日期不能早于开始日期，请核对后再填写。", field="ends_on"))
    row = Jurisdiction(organisation=organisation, town=town, starts_on=starts_on, ends_on=ends_on)
    try:
        with recording("institutions.town_assigned", target=row, by=by, now=now) as entry:
            row.save()
            entry.payload["town"] = town.pk
    except IntegrityError as broken:
        sentence = f"{town}在这段时间已经是{organisation}的辖区，不需要重复办理。"
        raise NotNow(Refusal("jurisdiction.held", sentence, CLAUSE)) from broken
    return row


def release_town(*, jurisdiction_id: int, ends_on: date, reason: str, by: Actor, now: datetime) -> Jurisdiction:
    """End a town's place in the jurisdiction; ``ends_on`` is its last day, today at the earliest."""
    with transaction.atomic():
        row = take(Jurisdiction, jurisdiction_id, "这项辖区")
        access.demand(by, row.organisation_id, Role.SUPERVISOR, clause=CLAUSE)
        demand_reason(reason)
        today = timezone.localdate(now)
        if row.ends_on and row.ends_on < today:
            raise NotNow(Refusal("jurisdiction.over", "这项辖区已经结束，不需要再办理。", CLAUSE))
        if ends_on < max(today, row.starts_on):
            raise Invalid(no_past("ends_on"))
        with recording("institutions.town_released", target=row, by=by, now=now, reason=reason) as entry:
            row.ends_on = ends_on
            row.save(update_fields=["ends_on"])
            entry.payload.update({"organisation": row.organisation_id, "town": row.town_id, "ends_on": ends_on})
    return row


def record_platform_agreement(
    *, organisation: Organization, counterparty: str, duties: str, signed_on: date, expires_on: date,
    by: Actor, now: datetime,
) -> PlatformAgreement:  # fmt: skip
    """Record the agreement with a third-party platform on who answers for what (004 三(七))."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=PLATFORM_CLAUSE)
    reasons = []
    if not counterparty.strip():
        reasons.append(Refusal("agreement.party", "请填写第三方平台的名称。", PLATFORM_CLAUSE, "counterparty"))
    if not duties.strip():
        sentence = "请填写协议对医疗服务、信息安全、隐私保护、护患安全、纠纷处理责权利的约定。"
        reasons.append(Refusal("agreement.duties", sentence, PLATFORM_CLAUSE, "duties"))
    if expires_on <= signed_on:
        sentence = "有效期应当晚于签订日期，请核对后再填写。"
        reasons.append(Refusal("agreement.dates", sentence, PLATFORM_CLAUSE, "expires_on"))
    if reasons:
        raise Invalid(*reasons)
    row = PlatformAgreement(
        organisation=organisation, counterparty=counterparty.strip(), duties=duties, sha256=digest(duties),
        signed_on=signed_on, expires_on=expires_on, recorded_by_id=by.user_id, recorded_at=now,
    )  # fmt: skip
    with recording("institutions.platform_agreement_recorded", target=row, by=by, now=now):
        row.save()
    return row


def choose_setting(
    *, district: Organization, key: str, value: Any, effective_on: date, reason: str, by: Actor, now: datetime
) -> Setting:
    """
    Choose where the documents leave room, from a day on. A choice that has not begun yet may be replaced.

    :raises Invalid: the key is not declared, the value does not fit it, or the day has passed
    """
    access.demand(by, district.pk, Role.SUPERVISOR)
    today = timezone.localdate(now)
    reasons = [judge(key, value)]
    if effective_on < today:
        reasons.append(no_past("effective_on"))
    if not reason.strip():
        reasons.append(no_reason())
    if reasons := [one for one in reasons if one]:
        raise Invalid(*reasons)
    with transaction.atomic():
        lock(district)
        row = Setting.objects.filter(district=district, key=key, effective_on=effective_on).first()
        if row and effective_on == today:
            sentence = "这个设置项今天已经选定，请从明天或以后的日期起调整。"
            raise NotNow(Refusal("setting.in_force", sentence, field="effective_on"))
        row = row or Setting(district=district, key=key, effective_on=effective_on)
        row.value, row.reason, row.set_by_id, row.set_at = value, reason, by.user_id, now
        with recording(
            "institutions.setting_chosen", target=row, by=by, now=now, reason=reason, organisation_id=district.pk
        ) as entry:
            row.save()
            entry.data.update({"key": key, "value": value, "effective_on": effective_on})
    return row
