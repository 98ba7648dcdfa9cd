"""Reads of checks, runs and findings, complete: no query per row."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Min, Prefetch, Q, QuerySet, When

from accounts.models import Organization
from kernel.actors import Actor
from kernel.refusals import hidden
from supervision import access
from supervision.checks import CHECKS
from supervision.lifecycle import (
    CALLED_OFF,
    LIVE,
    OVER,
    TO_EVALUATE,
    TO_HOLD,
    TO_RECHECK,
    UNDECIDED,
    UNDER_WAY,
    UNGIVEN,
    VISITED,
)
from supervision.models import (
    CheckRun,
    EditionDraft,
    ExpertNote,
    Finding,
    Inspector,
    QualityGroup,
    Sample,
    ScoreSheet,
    SettingChange,
    Tour,
)

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


# --- what the commission decides -------------------------------------------------------------------------------------


def changes(*, district: Organization, key: str) -> QuerySet[SettingChange]:
    """Every change that was proposed of one setting, the newest first."""
    rows = SettingChange.objects.filter(organisation=district, key=key)
    return rows.select_related("proposed_by", "decided_by").order_by("-pk")


def changes_waiting(*, district: Organization, key: str = "") -> QuerySet[SettingChange]:
    """Proposals that nobody has decided yet, of one setting or of all."""
    rows = SettingChange.objects.filter(organisation=district, status__in=sorted(UNDECIDED))
    rows = rows.filter(key=key) if key else rows
    return rows.select_related("proposed_by").order_by("pk")


def drafts(*, district: Organization) -> QuerySet[EditionDraft]:
    """Every draft of the list, the newest first; what it holds is left to its own page."""
    rows = EditionDraft.objects.filter(organisation=district).defer("data")
    return rows.select_related("based_on", "begun_by", "decided_by", "edition").order_by("-pk")


def draft(*, actor: Actor, pk: int) -> EditionDraft:
    """:raises kernel.refusals.Hidden: not there, or another district's"""
    rows = access.drafts_visible_to(actor).select_related("based_on", "begun_by", "decided_by", "edition")
    row = (
        rows.prefetch_related(
            Prefetch("notes", ExpertNote.objects.select_related("recorded_by").order_by("pk")), "steps__taken_by"
        )
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise hidden("这份目录草稿")
    return row


# --- the lead hospital's visits ---------------------------------------------------------------------------------------


def tours(*, actor: Actor) -> QuerySet[Tour]:
    """Visits that this actor may read: those to come first, by day; then the newest."""
    rows = access.tours_visible_to(actor).select_related("organisation", "hospital", "sheet")
    return rows.annotate(
        over=Case(When(status__in=sorted(TO_HOLD | TO_EVALUATE), then=0), default=1, output_field=IntegerField()),
        near=Case(When(status__in=sorted(TO_HOLD | TO_EVALUATE), then=F("planned_on"))),
    ).order_by("over", "near", "-planned_on", "-pk")


def tour(*, actor: Actor, pk: int) -> Tour:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.tours_visible_to(actor).select_related("organisation", "hospital", "sheet__scored_by")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这次督导")
    return row


def coverage(*, actor: Actor, centres: Iterable[Organization], today: date) -> list[dict]:
    """One line per centre: visits of this year, the last one and how it was assessed, the next one; in two queries."""
    centres = list(centres)
    rows = access.tours_visible_to(actor).filter(organisation__in=centres)
    year = Q(planned_on__year=today.year)
    counts = {
        row["organisation"]: row
        for row in rows.order_by().values("organisation").annotate(
            planned=Count("pk", filter=year & ~Q(status__in=sorted(CALLED_OFF))),
            held=Count("pk", filter=year & Q(status__in=sorted(VISITED))),
            next_on=Min("planned_on", filter=Q(status__in=sorted(TO_HOLD))),
        )
    }  # fmt: skip
    held = rows.filter(status__in=sorted(VISITED)).order_by("organisation", "-visited_on", "-pk")
    last = {row.organisation_id: row for row in held.distinct("organisation")}
    nothing = {"planned": 0, "held": 0, "next_on": None}
    return [
        {"centre": one, "last": last.get(one.pk), **counts.get(one.pk, nothing)}
        for one in centres
    ]  # fmt: skip


def findings_of_tour(tour: Tour) -> QuerySet[Finding]:
    """What a visit led to: low scores of its sheet, and what was registered by hand."""
    by_sheet = Q(source="sheet.tour", key__startswith=f"sheet:{tour.sheet_id}:")
    return Finding.objects.filter(by_sheet | Q(source="tour", key__startswith=f"tour:{tour.pk}:")).order_by("pk")


def quality_groups(*, district: Organization) -> QuerySet[QualityGroup]:
    """The three levels of quality control, those in force first, from the city down."""
    levels = [When(level=level, then=n) for n, level in enumerate(QualityGroup.Level.values)]
    rows = QualityGroup.objects.filter(district=district).annotate(ended=Q(ends_on__isnull=False))
    return rows.order_by("ended", Case(*levels, output_field=IntegerField()), "-starts_on", "-pk")


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
    rows = rows.exclude(tour__status__in=sorted(CALLED_OFF))
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
