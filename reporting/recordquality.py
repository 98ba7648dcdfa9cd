"""
How good the records of visits are, by the four measures of the grading of electronic records (001 二(四)20).

Complete, in step with the order, written in time, and joined to what came before. Counted over the records that were
begun in a span, by institution; the grading's own form is filled in by people, with these figures beside it.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Organization
from clinical.models import Reading, StepEntry, VisitRecord
from institutions import selectors as institutions
from orders.days import beginning

# What is counted: the word for it, and what it means in a sentence.
MEASURES = {
    "complete": ("完整性", "必做步骤、必测项目、医疗废物和护理记录都填写完整，并已结束"),
    "agrees": ("一致性", "机构和护士与订单相同，到达不早于出发，结束不早于到达"),
    "timely": ("及时性", "记录已结束或已经写有内容，并且每一项都在区级设置的补记时限以内写下"),
    "joined": ("整合性", "能连到已签名的首诊评估、医嘱处方和同意书、服务协议"),
}


def counted(places: Collection[int], first: date, last: date, organisation: Organization, most: int) -> list[dict]:
    """
    Count the records begun from ``first`` to ``last`` by institution, one query; at most ``most`` + 1 institutions.

    Each row has ``name``, ``n`` and one number for each of :data:`MEASURES`.
    """
    late = institutions.settings_of(organisation, timezone.localdate())["record.late_minutes"]
    rows = VisitRecord.objects.filter(
        order__isnull=False, centre__in=places,
        started_at__gte=beginning(first), started_at__lt=beginning(last + timedelta(days=1)),
    ).annotate(
        late=Exists(_late(StepEntry, late)) | Exists(_late(Reading, late)),
        begun=Exists(_of(StepEntry)) | Exists(_of(Reading)),
    )  # fmt: skip
    # A record in which nothing was written yet is not in time: it is nothing yet.
    timely = Q(late=False) & (Q(closed_at__isnull=False) | Q(begun=True))
    agrees = Q(
        order__centre=F("centre"), order__nurse__user=F("nurse"), order__departed_at__lte=F("started_at")
    ) & (Q(closed_at__isnull=True) | Q(closed_at__gte=F("started_at")))  # fmt: skip
    joined = Q(
        order__prescription__signed_at__lte=F("started_at"), order__prescription__assessment__signed_at__isnull=False,
        order__consent__isnull=False, order__agreement__isnull=False,
    )  # fmt: skip
    return list(
        rows.values(name=F("centre__short_name"))
        .annotate(
            n=Count("pk"),
            complete=Count("pk", filter=Q(closed_at__isnull=False, missing=[])),
            agrees=Count("pk", filter=agrees),
            timely=Count("pk", filter=timely),
            joined=Count("pk", filter=joined),
        )
        .order_by("name")[: most + 1]
    )


def _of(entries):
    return entries.objects.filter(record=OuterRef("pk"))


def _late(entries, minutes: int):
    return _of(entries).filter(recorded_at__gt=F("at") + timedelta(minutes=minutes))
