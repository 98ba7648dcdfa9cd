"""Badges that are issued for a visit, and what the platform knows of one after it was signed (000 三(七) 查对)."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import commission, district_of, holds_post
from nurses import badge
from nurses.badge import Statement, Verdict
from nurses.models import Nurse
from orders.lifecycle import EXPECTED
from orders.models import Order


class Since(StrEnum):
    """What has become otherwise since a sound statement was signed; only the platform can say so."""

    ENDED = "ended"  # her post, her certificate, or her right to go to homes
    MOVED = "moved"  # the visit is another nurse's now, or it is called off


def expected(visits) -> Order | None:
    """Of one nurse's visits the one to which she is on her way, or goes next."""
    coming = [order for order in visits if order.status in EXPECTED]
    return min(coming, key=lambda order: (order.departed_at is None, order.planned_start), default=None)


def issue(*, nurse: Nurse, centre: Organization, order: Order | None, now: datetime) -> tuple[Statement, str]:
    """What the badge says now, and the signed text of its QR."""
    said = Statement(
        nurse_id=nurse.pk,
        name=nurse.user.display_name,
        title=nurse.get_title_display(),
        institution=centre.name,
        institution_id=centre.pk,
        district=district_of(centre).name,
        issued_at=now,
        until=badge.valid_until(now, order.planned_end if order else None),
        number=order.number if order else "",
        starts_at=order.planned_start if order else None,
    )
    return said, badge.sign(said)


def check(text: str, *, now: datetime) -> tuple[Verdict | Since, Statement | None]:
    """Judge what was scanned: by itself first, then by what the platform knows of her today."""
    district = commission()
    verdict, said = badge.check(text, now=now, district=district.name if district else "")
    if said is None or verdict != Verdict.REAL:
        return verdict, said
    if not _still_hers(said, timezone.localdate(now)):
        return Since.ENDED, said
    if said.number and not _still_coming(said):
        return Since.MOVED, said
    return verdict, said


def _still_hers(said, today) -> bool:
    barred = Q(exclusions__lifted_at__isnull=True, exclusions__starts_on__lte=today)
    nurse = Nurse.objects.filter(pk=said.nurse_id, certificate_expires_on__gte=today).exclude(barred).first()
    return nurse is not None and holds_post(
        user_id=nurse.user_id, role=Role.NURSE, organisation_id=said.institution_id, on=today
    )


def _still_coming(said) -> bool:
    return Order.objects.filter(
        number=said.number, nurse=said.nurse_id, centre=said.institution_id, status__in=sorted(EXPECTED)
    ).exists()
