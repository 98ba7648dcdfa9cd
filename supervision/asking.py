"""Asking a check of a district: the rows that break its rule now, each with its institution. Reads and never writes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as platform
from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from institutions import selectors as institutions
from institutions.models import RuleSet
from institutions.settings import SETTINGS
from logistics import lifecycle as goods
from nurses.models import Insurance, Training
from safety.lifecycle import UNANSWERED
from supervision.checks import FACTS, Check


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that breaks the rule; ``key`` names it for good."""

    key: str
    organisation_id: int
    since: datetime
    words: str
    order_id: int | None
    nurse_id: int | None


def rows(check: Check, district: Organization, now: datetime, *, places: Iterable[int] | None = None) -> list[Row]:
    """Everything that breaks this rule in the district, the newest first; only of ``places`` where they are given."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS + check.sql, facts(district, now))
        found = [Row(*row) for row in cursor.fetchall()]
    if places is not None:
        kept = frozenset(places)
        found = [row for row in found if row.organisation_id in kept]
    return sorted(found, key=lambda row: (row.since, row.key), reverse=True)


def counts(found: Iterable[Row]) -> dict[str, int]:
    """How many of each institution, by its id as a word (as JSON keeps it)."""
    return dict(Counter(str(row.organisation_id) for row in found))


def facts(district: Organization, now: datetime) -> dict:
    """
    What the queries are told: the day, the law's own limits, and what the district chose for its time limits.

    Years and title are the document's, not the district's: a stricter choice of today does not judge last year.
    """
    today = timezone.localdate(now)
    chosen = institutions.settings_on(district.pk, today)
    return {
        "district": district.pk,
        "now": now,
        "today": today,
        "tz": platform.TIME_ZONE,
        "years": SETTINGS["nurse.min_years"].minimum,
        "titles": [value for value, _ in SETTINGS["nurse.min_title"].options],
        "trainings": len(Training.Kind),
        "insurances": len(Insurance.Kind),
        "assistant": Role.CARE_ASSISTANT.value,
        "cap": chosen["nurse.daily_cap"],
        "rule_sets": len(RuleSet.Kind),
        "declared": sorted(goods.DECLARED),
        "stored": sorted(goods.STORED),
        "carried": sorted(goods.CARRIED_WASTE),
        "to_hand_over": sorted(goods.TO_HAND_OVER),
        "unanswered": sorted(UNANSWERED),
        "alarm_seconds": chosen["alarm.lead_seconds"],
        "critical_minutes": chosen["specimen.critical_minutes"],
        "settle_minutes": chosen["queue.settle_minutes"],
    }
