"""Reads of reports, exports and of what the city's platform takes, complete: no query per row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Organization
from indicators import access as indicators
from indicators.definitions import DEFINITIONS
from indicators.models import Snapshot
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, hidden
from kernel.workflow import Chance
from reporting import access, figures, kinds, rules
from reporting.doors import EXPORTS, SUMMARIES
from reporting.lifecycle import BEING_WRITTEN, PUBLIC, TO_DECIDE
from reporting.models import CityPack, Export, Summary, SummaryVersion
from supervision import access as supervision
from supervision.models import CheckRun, Finding

PLATFORM = "001 二(四)20"
FOR_AUTHORS = frozenset({"write", "reckon", "submit", "take_back", "revise"})
FOR_ASKERS, FOR_OTHERS = frozenset({"fetch", "withdraw"}), frozenset({"approve", "refuse"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees of a report: the text that is being written, or a version that was handed in."""

    figures: dict[str, Any]
    reckoned_at: datetime
    parts: list[tuple[kinds.Section, str]]
    version: SummaryVersion | None


# --- reports ----------------------------------------------------------------------------------------------------------


def summaries(*, actor: Actor) -> QuerySet[Summary]:
    """Reports that this actor may see, the newest days first."""
    rows = access.summaries_visible_to(actor).select_related("organisation", "submitted_by", "decided_by")
    return rows.defer("figures", "sections").order_by("-last", "-pk")


def summary(*, actor: Actor, pk: int) -> Summary:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.summaries_visible_to(actor).select_related("organisation", "begun_by", "submitted_by", "decided_by")
    row = rows.prefetch_related("steps__taken_by", "versions__submitted_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份工作报告")
    return row


def is_author(row: Summary, actor: Actor) -> bool:
    return row.organisation_id in actor.orgs_as(*access.authors(row.organisation))


def shown(row: Summary, actor: Actor, number: int | None = None) -> Shown:
    """
    What this actor reads: the author the present text, everybody else the last version; or the version asked for.

    :raises kernel.refusals.Hidden: there is no such version
    """
    versions = {one.number: one for one in row.versions.all()}
    if number is None and row.status in BEING_WRITTEN and not is_author(row, actor):
        number = row.edition
    if number is None:
        return _shown(row, row.figures, row.reckoned_at, row.sections, versions.get(_standing(row)))
    if number not in versions:
        raise hidden("这一版报告")
    kept = versions[number]
    return _shown(row, kept.figures, kept.reckoned_at, kept.sections, kept)


def _standing(row: Summary) -> int:
    """The version that the present text is, once it was handed in."""
    return 0 if row.status in BEING_WRITTEN else row.edition


def _shown(row, counted, at, sections, version):
    parts = [(one, sections.get(one.key, "")) for one in kinds.OUTLINES[row.kind].sections]
    return Shown(counted, at, parts, version)


def compared(row: Summary, now: datetime) -> list[dict[str, str]]:
    """Figures that would be others were they taken now."""
    fresh = figures.reckoned(organisation=row.organisation, first=row.first, last=row.last, now=now)
    return figures.differences(row.figures, fresh)


def summary_chances(row: Summary, actor: Actor) -> list[Chance]:
    """The steps this actor may take: a text is its author's, a judgement somebody else's, the public page for some."""
    mine = is_author(row, actor)
    public = rules.may_be_public(row.kind, row.organisation.kind == Organization.Kind.COMMISSION) is None
    found = []
    for chance in SUMMARIES.chances(row, actor):
        if (chance.name in FOR_AUTHORS and not mine) or (chance.name == "publish" and not public):
            continue
        if chance.name in ("accept", "return") and (no := rules.judge_is_another(row.submitted_by_id, actor.user_id)):
            chance = Chance(chance.step, no)
        found.append(chance)
    return found


def published() -> QuerySet[Summary]:
    """What everybody may read, the newest days first."""
    rows = Summary.objects.filter(status__in=sorted(PUBLIC)).select_related("organisation")
    return rows.order_by("-last", "-pk")


# --- exports ----------------------------------------------------------------------------------------------------------


def exports(*, actor: Actor) -> QuerySet[Export]:
    """Exports that this actor may see: what waits for an answer first, then the newest."""
    rows = access.exports_visible_to(actor).select_related("organisation", "asked_by", "decided_by").defer("sealed")
    return rows.annotate(waits=Q(status__in=sorted(TO_DECIDE))).order_by("-waits", "-pk")


def export(*, actor: Actor, pk: int) -> Export:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.exports_visible_to(actor).select_related("organisation", "asked_by", "decided_by").defer("sealed")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份数据导出")
    return row


def export_chances(row: Export, actor: Actor) -> list[Chance]:
    """The steps this actor may take: the asker fetches and takes back, somebody else agrees or does not."""
    found = []
    for chance in EXPORTS.chances(row, actor):
        own = row.asked_by_id == actor.user_id
        if chance.name in FOR_ASKERS and not own:
            continue
        if chance.name in FOR_OTHERS and own:
            chance = Chance(chance.step, rules.decider_is_another(row.asked_by_id, actor.user_id))
        found.append(chance)
    return found


# --- packs for the city's quality-control centre ---------------------------------------------------------------------


def packs(*, actor: Actor) -> QuerySet[CityPack]:
    """Packs that this actor may see, the newest first."""
    rows = access.packs_visible_to(actor).select_related("organisation", "prepared_by").defer("sealed")
    return rows.order_by("-pk")


def pack(*, actor: Actor, pk: int) -> CityPack:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = packs(actor=actor).prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份市质控报送")
    return row


# --- what the city's platform takes -----------------------------------------------------------------------------------


def demand_overseer(actor: Actor) -> None:
    """:raises kernel.refusals.NotYours: no post that oversees a district"""
    if not actor.holds(*indicators.READERS):
        said = "质量数据接口由区卫生健康委授权的账号读取，不在您的权限内。"
        raise NotYours(Refusal("quality.not_yours", said, PLATFORM))


def values(*, actor: Actor) -> QuerySet[Snapshot]:
    """Monthly values of the district's institutions; what this version no longer defines is left out."""
    rows = indicators.snapshots_visible_to(actor).filter(code__in=list(DEFINITIONS))
    return rows.select_related("organisation")


def check_runs(*, actor: Actor) -> QuerySet[CheckRun]:
    return CheckRun.objects.filter(district__in=actor.orgs_as(*indicators.READERS)).select_related("district")


def found(*, actor: Actor) -> QuerySet[Finding]:
    """Findings overseen, without a word of their text."""
    rows = supervision.visible_to(actor).filter(organisation__in=actor.orgs_as(*indicators.READERS))
    return rows.select_related("organisation").defer("words", "measures")


def names(places: set[int]) -> dict[int, str]:
    return dict(Organization.objects.filter(pk__in=places).values_list("pk", "name"))
