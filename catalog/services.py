"""Editions, items, offerings and the negative list: the only writer of this app's tables."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from audit.services import recording
from catalog import publishing, rules
from catalog.models import (
    Category,
    CertificateKind,
    Edition,
    Item,
    ItemCertificate,
    ItemMeasurement,
    ItemStep,
    Measurement,
    NegativeEntry,
    Offering,
)
from institutions import access
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden

DAY = timedelta(days=1)


def publish_edition(
    *, district: Organization, data: dict, effective_from: date, admission_note: str = "", by: Actor, now: datetime
) -> Edition:
    """
    Publish a list of items, in the shape of ``catalog/data/pudong_2024.json`` (002 五(五)).

    An open edition is closed the day before, and what each centre decided on an item goes on under its namesake.

    :raises Refused: the days overlap an edition that cannot be closed, or the data contradict themselves
    """
    access.demand(by, district.pk, Role.SUPERVISOR, clause=rules.EDITION_CLAUSE)
    if by.kind != "system" and effective_from < timezone.localdate(now):
        raise Invalid(_no_past("effective_from"))
    if reasons := publishing.contradictions(data):
        raise Invalid(*reasons)
    with transaction.atomic():
        _lock(district)
        former = _former(district, effective_from)
        edition = publishing.edition(data["edition"], district, effective_from)
        edition.admission_note, edition.published_by_id, edition.published_at = admission_note, by.user_id, now
        with recording(
            "catalog.edition_published", target=edition, by=by, now=now, organisation_id=district.pk
        ) as entry:
            if former:
                former.effective_to = effective_from - DAY
                former.save(update_fields=["effective_to"])
            edition.save()
            _write(publishing.rows(edition, data))
            if former:
                _carry_over(former, edition, by, now)
            entry.payload["edition"] = edition.pk
    return edition


def add_item(
    *, edition_id: int, category_number: int, name: str, family: str, risk: str, duration_min: int,
    steps: Sequence[str], clause: str, reason: str, measurements: Sequence[str] = (), required: Sequence[str] = (),
    plain_words: str = "", patient_sex: str = "", makes_waste: bool = False, takes_specimen: bool = False,
    needs_guidance: bool = False, by: Actor, now: datetime,
) -> Item:  # fmt: skip
    """Add one item to an edition after its appraisal, which ``reason`` sums up (002 五(五) 适时调整)."""
    with transaction.atomic():
        edition = _take(Edition, edition_id, "这个目录版本")
        access.demand(by, edition.district_id, Role.SUPERVISOR, clause=rules.EDITION_CLAUSE)
        if not reason.strip():
            raise Invalid(Refusal("reason.missing", "请写明增加项目的论证意见。", rules.EDITION_CLAUSE, "reason"))
        _demand_open(edition, timezone.localdate(now))
        row = {
            "category_no": category_number, "name": name, "family_ours": family, "steps": list(steps), "clause": clause,
            "required_ours": list(required), "plain_words_ours": plain_words, "patient_sex_ours": patient_sex,
            "ours": {
                "duration_min": duration_min, "risk_level": risk, "measurements": list(measurements),
                "medical_waste": makes_waste, "specimen_transport": takes_specimen,
                "needs_hospital_guidance": needs_guidance,
            },
        }  # fmt: skip
        if reasons := publishing.contradictions_of_one(edition, row):
            raise Invalid(*reasons)
        new = publishing.one_more(edition, row)
        (item,) = new.items
        with recording(
            "catalog.item_added", target=item, by=by, now=now, reason=reason, organisation_id=edition.district_id
        ):
            _write(new)
    return item


def require_certificate(
    *, item_id: int, kind_code: str, clause: str, kind_name: str = "", by: Actor, now: datetime
) -> ItemCertificate:
    """Ask a special qualification of the nurses of an item; a new kind needs its name (002 五(二)2)."""
    with transaction.atomic():
        item = _take(Item, item_id, "这个项目", "edition")
        access.demand(by, item.edition.district_id, Role.SUPERVISOR, clause="002 五(二)2")
        if not clause.strip():
            raise Invalid(Refusal("certificate.clause", "请写明要求这项资质的依据。", field="clause"))
        kind = CertificateKind.objects.filter(pk=kind_code).first()
        if kind is None and not (kind_code.strip() and kind_name.strip()):
            raise Invalid(Refusal("certificate.name", "请填写新资质的名称。", "002 五(二)2", "kind_name"))
        if ItemCertificate.objects.filter(item=item, kind=kind_code).exists():
            raise NotNow(Refusal("certificate.asked", f"「{item}」已经要求这项资质，不需要重复办理。", "002 五(二)2"))
        row = ItemCertificate(item=item, kind_id=kind_code, clause=clause)
        with recording(
            "catalog.certificate_required", target=row, by=by, now=now, organisation_id=item.edition.district_id
        ) as entry:
            if kind is None:
                CertificateKind.objects.create(code=kind_code, name=kind_name.strip())
            row.save()
            entry.payload.update({"item": item.pk, "kind": kind_code})
    return row


def opt_in(
    *, organisation: Organization, item_id: int, starts_on: date | None = None, by: Actor, now: datetime
) -> Offering:
    """Offer an item from a day on, today unless another is named."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=rules.OFFERING_CLAUSE)
    with transaction.atomic():
        row = _next_offering(organisation, item_id, starts_on, by, now)
        if row.offered or _covering(row).filter(offered=True).exists():
            sentence = f"「{row.item}」已经开展，不需要重复办理。"
            raise NotNow(Refusal("offering.same", sentence, rules.OFFERING_CLAUSE))
        row.offered, row.reason = True, ""
        with recording("catalog.opted_in", target=row, by=by, now=now) as entry:
            _put(row)
            entry.payload.update({"item": row.item_id, "starts_on": row.starts_on})
    return row


def opt_out(
    *, organisation: Organization, item_id: int, reason: str, starts_on: date | None = None, by: Actor, now: datetime
) -> Offering:
    """Stop offering an item from a day on; the reason is shown to whoever asks for it (应开尽开)."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=rules.OFFERING_CLAUSE)
    if not reason.strip():
        sentence = "原则上应开尽开，请写明不开展这个项目的原因。"
        raise Invalid(Refusal("offering.reason", sentence, rules.OFFERING_CLAUSE, "reason"))
    with transaction.atomic():
        row = _next_offering(organisation, item_id, starts_on, by, now)
        row.offered, row.reason = False, reason.strip()
        with recording("catalog.opted_out", target=row, by=by, now=now, reason=reason) as entry:
            _put(row)
            entry.payload.update({"item": row.item_id, "starts_on": row.starts_on})
    return row


def opt_in_all(
    *, organisation: Organization, edition_id: int, starts_on: date | None = None, by: Actor, now: datetime
) -> list[Offering]:
    """Offer every item of the edition that the centre has not decided on yet, in one act (应开尽开)."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=rules.OFFERING_CLAUSE)
    starts_on = starts_on or timezone.localdate(now)
    with transaction.atomic():
        _lock(organisation)
        edition = Edition.objects.filter(pk=edition_id).first()
        if edition is None or edition.district_id != district_of(organisation).pk:
            raise hidden("这个目录版本")
        _demand_day(starts_on, by, now)
        open_ = Item.objects.filter(edition=edition).exclude(offerings__organisation=organisation).order_by("number")
        rows = [_offering(organisation, item, starts_on, by, now, offered=True) for item in open_]
        with recording(
            "catalog.opted_in_all", target=organisation, by=by, now=now, organisation_id=organisation.pk
        ) as entry:
            Offering.objects.bulk_create(rows)
            entry.data["items"] = [row.item_id for row in rows]
            entry.payload.update({"edition": edition.pk, "starts_on": starts_on})
    return rows


def add_negative_entry(
    *, district: Organization, kind: str, text: str, reason: str, advice: str, starts_on: date,
    clause: str = rules.NEGATIVE_CLAUSE, by: Actor, now: datetime,
) -> NegativeEntry:  # fmt: skip
    """Forbid a service by its name, or a visit by what is known of the patient, from a day on (004 三(三))."""
    access.demand(by, district.pk, Role.SUPERVISOR, clause=rules.NEGATIVE_CLAUSE)
    reasons = []
    if kind not in NegativeEntry.Kind.values:
        reasons.append(Refusal("negative.kind", "请选择服务名称或服务对象情况。", rules.NEGATIVE_CLAUSE, "kind"))
    if len("".join(text.split())) < 2:
        reasons.append(Refusal("negative.text", "请填写至少两个字的内容。", rules.NEGATIVE_CLAUSE, "text"))
    for name, value, label in (("reason", reason, "不能上门的原因"), ("advice", advice, "给服务对象的建议")):
        if not value.strip():
            reasons.append(Refusal(f"negative.{name}", f"请填写{label}。", rules.NEGATIVE_CLAUSE, name))
    if reasons:
        raise Invalid(*reasons)
    _demand_day(starts_on, by, now)
    row = NegativeEntry(
        district=district,
        kind=kind,
        text=text.strip(),
        reason=reason,
        advice=advice,
        clause=clause,
        starts_on=starts_on,
    )
    with recording("catalog.negative_entry_added", target=row, by=by, now=now, organisation_id=district.pk):
        row.save()
    return row


def end_negative_entry(*, entry_id: int, ends_on: date, reason: str, by: Actor, now: datetime) -> NegativeEntry:
    """End an entry of the negative list; ``ends_on`` is its last day, yesterday at the earliest."""
    with transaction.atomic():
        row = _take(NegativeEntry, entry_id, "这条负面清单")
        access.demand(by, row.district_id, Role.SUPERVISOR, clause=rules.NEGATIVE_CLAUSE)
        if not reason.strip():
            raise Invalid(Refusal("reason.missing", "请写明原因。", field="reason"))
        yesterday = timezone.localdate(now) - DAY
        if row.ends_on and row.ends_on <= yesterday:
            raise NotNow(Refusal("negative.over", "这条负面清单已经结束，不需要再办理。", rules.NEGATIVE_CLAUSE))
        if ends_on < yesterday:
            raise Invalid(_no_past("ends_on"))
        with recording(
            "catalog.negative_entry_ended", target=row, by=by, now=now, reason=reason, organisation_id=row.district_id
        ):
            row.ends_on = ends_on
            row.save(update_fields=["ends_on"])
    return row


def _write(rows):
    """Write an edition's rows, parents first. A measurement's bounds are the library's: the newest edition's hold."""
    Category.objects.bulk_create(rows.categories)
    CertificateKind.objects.bulk_create(rows.kinds, ignore_conflicts=True)
    if rows.measurements:
        Measurement.objects.bulk_create(
            rows.measurements,
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=[column.name for column in Measurement._meta.concrete_fields if column.name != "key"],
        )
    Item.objects.bulk_create(rows.items)
    ItemStep.objects.bulk_create(rows.steps)
    ItemMeasurement.objects.bulk_create(rows.asks)
    ItemCertificate.objects.bulk_create(rows.demands)


def _former(district, effective_from):
    """The open edition that the new one replaces; anything else in the way is refused."""
    in_the_way = Edition.objects.select_for_update().filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=effective_from), district=district
    )
    found = list(in_the_way)
    if not found:
        return None
    if len(found) > 1 or found[0].effective_to or found[0].effective_from >= effective_from:
        sentence = f"生效日期与《{found[0].name}》重叠，请改为该目录失效之后的日期。"
        raise NotNow(Refusal("edition.overlap", sentence, rules.EDITION_CLAUSE, "effective_from"))
    return found[0]


def _carry_over(former, edition, by, now):
    """What a centre decided on an item goes on under the item of the same name in the next edition."""
    namesakes = {item.name: item for item in edition.items.all()}
    going_on = Offering.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=edition.effective_from), item__edition=former
    ).select_related("item")
    Offering.objects.bulk_create(
        Offering(
            organisation_id=row.organisation_id,
            item=namesakes[row.item.name],
            offered=row.offered,
            reason=row.reason,
            starts_on=max(row.starts_on, edition.effective_from),
            ends_on=row.ends_on,
            decided_by_id=row.decided_by_id,
            decided_at=row.decided_at,
        )
        for row in going_on
        if row.item.name in namesakes
    )


def _next_offering(organisation, item_id, starts_on, by, now):
    """The row for a new decision: a fresh one, or the one decided earlier for the very same day."""
    _lock(organisation)
    starts_on = starts_on or timezone.localdate(now)
    item = Item.objects.select_related("edition").filter(pk=item_id).first()
    if item is None or item.edition.district_id != district_of(organisation).pk:
        raise hidden("这个项目")
    _demand_open(item.edition, starts_on)
    _demand_day(starts_on, by, now)
    mine = Offering.objects.filter(organisation=organisation, item=item)
    if mine.filter(starts_on__gt=starts_on).exists():
        sentence = f"「{item}」在这一天之后已有安排，请选择更晚的日期。"
        raise NotNow(Refusal("offering.later", sentence, rules.OFFERING_CLAUSE, "starts_on"))
    same_day = mine.filter(starts_on=starts_on).first()
    row = same_day or _offering(organisation, item, starts_on, by, now)
    row.ends_on, row.decided_by_id, row.decided_at = None, by.user_id, now
    return row


def _put(row):
    """Write a decision and let the one before it end the day before."""
    _covering(row).update(ends_on=row.starts_on - DAY)
    row.save()


def _covering(row):
    """The earlier decision that still holds when this one begins."""
    return Offering.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=row.starts_on),
        organisation=row.organisation_id,
        item=row.item_id,
        starts_on__lt=row.starts_on,
    )


def _offering(organisation, item, starts_on, by, now, *, offered=False):
    return Offering(
        organisation=organisation,
        item=item,
        offered=offered,
        starts_on=starts_on,
        decided_by_id=by.user_id,
        decided_at=now,
    )


def _take(model, pk, what, *related):
    row = model.objects.select_for_update(of=("self",)).select_related(*related or ("district",)).filter(pk=pk).first()
    if row is None:
        raise hidden(what)
    return row


def _lock(organisation):
    """Let verbs that read before they write at one place come one after another."""
    Organization.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def _demand_open(edition, on):
    """An edition may be worked on before it begins, and no more once it has ended."""
    if over := rules.in_force(edition, max(on, edition.effective_from)):
        raise Unmet(over)


def _demand_day(starts_on, by, now):
    if by.kind != "system" and starts_on < timezone.localdate(now):
        raise Invalid(_no_past("starts_on"))


def _no_past(field):
    return Refusal("date.past", "日期不能早于今天，请重新选择。", field=field)
