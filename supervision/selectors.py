"""Reads of checks, runs and findings, complete: no query per row."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from accounts.models import Organization
from kernel.actors import Actor
from kernel.refusals import hidden
from supervision import access
from supervision.checks import CHECKS
from supervision.lifecycle import LIVE, OVER, TO_RECHECK, UNDER_WAY, UNGIVEN
from supervision.models import CheckRun, Finding, Inspector, Sample, ScoreSheet

TREND = 14  # runs that a trend shows


def overview(*, district: Organization, places: Iterable[int]) -> list[dict]:
    """
    Every check with what its last run found among ``places``, the runs before, and the findings still open.

    Three queries however many checks there are. A check that never ran has no ``last``.
    """
    places = frozenset(places)
    runs = defaultdict(list)
    moments = CheckRun.objects.filter(district=district).order_by("-at").values_list("at", flat=True).distinct()[:TREND]
    for run in CheckRun.objects.filter(district=district, at__in=list(moments)).order_by("at"):
        runs[run.code].append({"at": run.at, "n": among(run, places)})
    live = Finding.objects.filter(organisation__in=places, status__in=sorted(LIVE), kind=Finding.Kind.CHECK)
    opened = {row["source"]: row for row in live.order_by().values("source").annotate(n=Count("pk"))}
    first = dict(
        live.order_by("source", "since").distinct("source").values_list("source", "since")
    )  # fmt: skip
    return [
        {
            "check": check,
            "last": runs[check.code][-1] if runs[check.code] else None,
            "trend": runs[check.code],
            "live": opened.get(check.code, {"n": 0})["n"],
            "since": first.get(check.code),
        }
        for check in CHECKS.values()
    ]


def among(run: CheckRun, places: frozenset) -> int:
    """How many of a run's rows are of these institutions."""
    return sum(n for pk, n in run.counts.items() if int(pk) in places)


def trend(*, district: Organization, code: str, places: Iterable[int]) -> list[dict]:
    """The last runs of one check, the oldest first."""
    places = frozenset(places)
    newest = list(CheckRun.objects.filter(district=district, code=code).order_by("-at")[:TREND])
    return [{"at": run.at, "n": among(run, places)} for run in reversed(newest)]


def last_run(district: Organization) -> datetime | None:
    return CheckRun.objects.filter(district=district).order_by("-at").values_list("at", flat=True).first()


def findings(*, actor: Actor) -> QuerySet[Finding]:
    """Findings that this actor may see: those that still want something first, by deadline."""
    rows = access.visible_to(actor).select_related("organisation", "order", "owner")
    return rows.annotate(over=Q(status__in=sorted(OVER))).order_by("over", "due_on", "-pk")


def overdue(today: date) -> Q:
    """Findings past their deadline that nobody has reported as put right, or that wait to be looked at again."""
    return Q(status__in=sorted(LIVE), due_on__lt=today)


def soon(today: date) -> Q:
    return Q(status__in=sorted(LIVE), due_on__range=(today, today + timedelta(days=3)))


def finding(*, actor: Actor, pk: int) -> Finding:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.visible_to(actor).select_related("organisation__parent__parent", "order", "owner")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这个监管问题")
    return row


def by_key(*, source: str, keys: Iterable[str]) -> dict[str, Finding]:
    return {row.key: row for row in Finding.objects.filter(source=source, key__in=list(keys))}


def figures(*, actor: Actor, today: date) -> dict[str, int]:
    """How many findings want what, in one query."""
    return access.visible_to(actor).aggregate(
        opened=Count("pk", filter=Q(status__in=sorted(UNGIVEN))),
        assigned=Count("pk", filter=Q(status__in=sorted(UNDER_WAY))),
        rectified=Count("pk", filter=Q(status__in=sorted(TO_RECHECK))),
        overdue=Count("pk", filter=overdue(today)),
        closed=Count("pk", filter=Q(status__in=sorted(OVER))),
    )


# --- quality control --------------------------------------------------------------------------------------------------


def inspectors(*, district: Organization) -> QuerySet[Inspector]:
    """Everybody who was ever on file, those in force first."""
    rows = Inspector.objects.filter(district=district).select_related("user")
    return rows.annotate(ended=Q(ends_on__isnull=False)).order_by("ended", "-starts_on", "-pk")


def samples(*, district: Organization) -> QuerySet[Sample]:
    """Every draw, the newest first, with how many of its sheets are filled."""
    rows = Sample.objects.filter(district=district).select_related("drawn_by")
    filled = Count("sheets", filter=Q(sheets__scored_at__isnull=False))
    return rows.annotate(drawn=Count("sheets"), filled=filled).order_by("-pk")


def sample(*, district: Organization, pk: int) -> Sample:
    """:raises kernel.refusals.Hidden: not there, or another district's"""
    row = samples(district=district).filter(pk=pk).first()
    if row is None:
        raise hidden("这次抽样")
    return row


def sheets(*, actor: Actor) -> QuerySet[ScoreSheet]:
    """Sheets that this actor may read: those to fill first, by day."""
    rows = access.sheets_visible_to(actor).select_related("organisation", "order", "sample", "scored_by", "planned_by")
    return rows.annotate(done=Q(scored_at__isnull=False)).order_by("done", "planned_on", "-pk")


def sheet(*, actor: Actor, pk: int) -> ScoreSheet:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = sheets(actor=actor).filter(pk=pk).first()
    if row is None:
        raise hidden("这份评分表")
    return row


def findings_of(sheet: ScoreSheet) -> QuerySet[Finding]:
    """What a filled sheet led to."""
    return Finding.objects.filter(source=f"sheet.{sheet.kind}", key__startswith=f"sheet:{sheet.pk}:").order_by("pk")
