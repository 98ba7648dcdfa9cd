"""The ten management systems: versions, who has read them, and a reminder to those who have not."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import posts_in_force
from audit.services import recording
from institutions import access
from institutions.models import Acknowledgement, RuleSet
from institutions.services._common import digest, lock, take
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, hidden

RULE_SET_CLAUSE = "002 五(七)1(1)；004 三(五)"


def publish_rule_set(
    *, organisation: Organization, kind: str, text: str, effective_on: date, by: Actor, now: datetime
) -> RuleSet:
    """Publish the next version of a management system; earlier versions stay to be read."""
    access.demand(by, organisation.pk, Role.CENTRE_ADMIN, clause=RULE_SET_CLAUSE)
    if kind not in RuleSet.Kind.values:
        raise Invalid(Refusal("rule_set.kind", "请在十项制度中选择一项。", RULE_SET_CLAUSE, "kind"))
    if not text.strip():
        raise Invalid(Refusal("rule_set.text", "请填写制度正文。", RULE_SET_CLAUSE, "text"))
    with transaction.atomic():
        lock(organisation)
        last = RuleSet.objects.filter(organisation=organisation, kind=kind).aggregate(last=Max("version"))["last"]
        row = RuleSet(
            organisation=organisation, kind=kind, version=(last or 0) + 1, text=text, sha256=digest(text),
            effective_on=effective_on, published_by_id=by.user_id, published_at=now,
        )  # fmt: skip
        with recording("institutions.rule_set_published", target=row, by=by, now=now) as entry:
            row.save()
            entry.payload.update({"kind": kind, "version": row.version})
    return row


def acknowledge(*, rule_set_id: int, by: Actor, now: datetime) -> Acknowledgement:
    """Note that the actor has read this version; saying so twice is answered as the first time."""
    if by.user_id is None:
        raise hidden("这项制度")
    with transaction.atomic():
        rule_set = take(RuleSet, rule_set_id, "这项制度")
        access.demand_post(by, rule_set.organisation_id)
        known = Acknowledgement.objects.filter(rule_set=rule_set, user=by.user_id).first()
        if known:
            return known
        row = Acknowledgement(rule_set=rule_set, user_id=by.user_id, at=now)
        place = rule_set.organisation_id
        with recording("institutions.rule_set_acknowledged", target=row, by=by, now=now, organisation_id=place):
            row.save()
    return row


def remind_reading(*, rule_set_id: int, by: Actor, now: datetime) -> RuleSet:
    """
    Remind everybody of the staff who has not read this version yet; once a day at most.

    :raises kernel.refusals.Refused: reminded today already, or everybody has read it
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = take(RuleSet, rule_set_id, "这项制度")
        access.demand(by, row.organisation_id, Role.CENTRE_ADMIN, clause=RULE_SET_CLAUSE)
        if row.reminded_at and timezone.localdate(row.reminded_at) == today:
            raise NotNow(Refusal("rule_set.reminded", "今天已经提醒过，明天可以再提醒。", RULE_SET_CLAUSE))
        read = Acknowledgement.objects.filter(rule_set=row).values("user")
        unread = posts_in_force(on=today).filter(organisation=row.organisation_id).exclude(user__in=read)
        people = sorted(set(unread.values_list("user", flat=True)))
        if not people:
            raise NotNow(Refusal("rule_set.all_read", "在岗人员都已阅读这一版，不需要提醒。", RULE_SET_CLAUSE))
        with recording("institutions.reading_reminded", target=row, by=by, now=now) as entry:
            row.reminded_at = now
            row.save(update_fields=["reminded_at"])
            entry.data["people"] = len(people)
            entry.payload.update({"people": people, "kind": row.kind})
    return row
