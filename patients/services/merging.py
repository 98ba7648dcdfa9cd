"""
One person, one record. The same person may have come with an identity card once and with a passport another time.

Nothing is moved that was made under the other record: orders, papers and signatures stay what they are, and the fact
``merged_into`` leads from there to the record that goes on. What reaches into the future goes along: the account, and
who may act for the person.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, Unmet, demand_words, hidden
from patients import access, merging, selectors
from patients.models import Patient, Proxy

OTHER_ACCOUNT = "本人（另一账号）"
A_YEAR = timedelta(days=365)


def merge(*, record_id: UUID, into_id: UUID, reason: str, by: Actor, now: datetime) -> Patient:
    """
    Lead from one record to the other; return the one that goes on.

    :raises kernel.refusals.Unmet: with everything that makes them two persons, or that nobody has proved
    """
    demand_words(reason, "请写明合并的依据，例如核对了哪些证件。", merging.CLAUSE)
    today = timezone.localdate(now)
    with transaction.atomic():
        both = {p.pk: p for p in Patient.objects.select_for_update().filter(pk__in=[record_id, into_id]).order_by("pk")}
        record, into = both.get(record_id), both.get(into_id)
        if record is None or into is None:
            raise hidden("这位服务对象")
        for one in (record, into):
            _demand_administrator(by, one, today)
        seen = all(selectors.identity_standing(one).seen for one in (record, into))
        if no := merging.why_not(record, into, seen=seen):
            raise Unmet(*no)
        with recording(
            "patients.merged", target=record, subject_id=into.pk, by=by, now=now, reason=reason.strip()[:300]
        ) as entry:
            entry.data.update({"into": str(into.pk), "proxies": _bring_along(record, into, by, now)})
            entry.payload["into"] = str(into.pk)
            record.merged.update(merged_into=into)  # one step leads to the end, however often it happens
            record.merged_into, record.merged_at = into, now
            record.save(update_fields=["user", "merged_into", "merged_at"])
    return into


def _bring_along(record, into, by, now) -> list[int]:
    """The account goes along, and whoever may act; each authorisation ends here and begins there, as it was given."""
    today = timezone.localdate(now)
    begun = []
    if record.user_id:
        user, record.user = record.user, None
        record.save(update_fields=["user"])
        if into.user_id is None:
            into.user = user
            into.save(update_fields=["user"])
            into.proxies.filter(user=user, ended_at__isnull=True).update(ended_at=now, ended_by_id=by.user_id)
        else:
            begun += _let_act(into, user, OTHER_ACCOUNT, list(Proxy.Scope.values), today, today + A_YEAR, None, now)
    for proxy in record.proxies.filter(ended_at__isnull=True, expires_on__gte=today).select_related("user"):
        begun += _let_act(
            into, proxy.user, proxy.relation, proxy.scopes, max(proxy.starts_on, today), proxy.expires_on,
            proxy.proof_id, now, proxy.given,
        )  # fmt: skip
    record.proxies.filter(ended_at__isnull=True).update(ended_at=now, ended_by_id=by.user_id)
    record.invitations.filter(closed_at__isnull=True).update(closed_at=now)
    return begun


def _let_act(into, user, relation, scopes, starts_on, expires_on, proof_id, now, given=False) -> list[int]:
    """Whoever acts already goes on as was agreed there; an authorisation that ran out leaves its place."""
    into.proxies.filter(user=user, ended_at__isnull=True, expires_on__lt=starts_on).update(ended_at=now)
    if into.user_id == user.pk or into.proxies.filter(user=user, ended_at__isnull=True).exists():
        return []
    return [
        Proxy.objects.create(
            patient=into, user=user, relation=relation, scopes=scopes, starts_on=starts_on, expires_on=expires_on,
            proof_id=proof_id, given=given,
        ).pk
    ]  # fmt: skip


def _demand_administrator(by, patient, today):
    if by.kind == "system":
        return
    posts = access.serving_posts(by, patient, on=today)
    if not posts:
        raise hidden("这位服务对象")
    if Role.CENTRE_ADMIN not in posts:
        raise NotYours(Refusal("merge.admin", "合并登记由中心管理员办理。", merging.CLAUSE))
