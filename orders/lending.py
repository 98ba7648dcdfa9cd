"""
A what-if for the commission: one day of an alliance, each centre by itself, and the same day with nurses lent.

Today a nurse serves her own centre only (002 五(二)2), so nothing of this can be applied; it is a report.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from accounts.models import Organization
from nurses import rules
from orders import daywork
from orders.planning import centres
from orders.planning.plan import Budget
from orders.planning.problem import Problem
from orders.planning.proposal import Proposal

LENT = tuple(rule for rule in daywork.UNTIMED if rule is not rules.post)


def compare(
    alliance: Organization, day: date, now: datetime, *, seconds: float, seed: int, heard: Callable, stopped: Callable
) -> dict[str, Any] | None:
    """
    Plan the day twice within ``seconds`` of the processor; ``None`` when it was stopped.

    :raises orders.daywork.NotSound: the independent judge finds a broken rule
    """
    places = list(Organization.objects.filter(parent=alliance, kind=Organization.Kind.CENTRE).order_by("pk"))
    works = [daywork.of_centre(place, day, now) for place in places]
    apart = _together(works)
    lent = replace(apart, visits=_lent(works))
    plans = []
    for number, (problem, group) in enumerate(((apart, centres.by_centre), (lent, lambda row: None))):
        found = centres.plan(
            problem, budget=Budget(seconds=seconds / 2), seed=seed, group=group, cancelled=stopped,
            progress=lambda share, cost, done=number: heard((done + share) / 2, cost),
        )  # fmt: skip
        if found.cancelled:
            return None
        daywork.demand_sound(problem, found, *works)
        plans.append(found)
    return {
        "now": asdict(plans[0].figures),
        "plan": asdict(plans[1].figures),
        "nurses": len(apart.nurses),
        "with_own_nurse": sum(bool(visit.preferred & visit.eligible) for visit in apart.visits),
        "centres": [_of_place(place, apart, *plans) for place in places],
        "short": _short(plans[1]),
    }


def _together(works) -> Problem:
    """All centres in one problem; who works for two of them stays with the first."""
    nurses, visits = {}, {}
    for work in works:
        for nurse in work.problem.nurses:
            nurses.setdefault(nurse.id, nurse)
        for visit in work.problem.visits:
            visits.setdefault(visit.id, visit)
    settings = works[0].problem.settings if works else Problem((), ()).settings
    return Problem(tuple(visits.values()), tuple(nurses.values()), settings)


def _lent(works):
    """Every visit with those of the other centres who would be eligible, were they not another centre's."""
    everybody = {one.nurse_id: one for work in works for one in work.everybody}
    visits = {}
    for work in works:
        here = {one.nurse_id for one in work.everybody}
        others = [one for pk, one in everybody.items() if pk not in here]
        for visit in work.problem.visits:
            asked = work.asked.get(visit.id)
            if asked is not None and not visit.pinned:
                more = frozenset(one.nurse_id for one in others if not rules.why_not(one, asked, rules=LENT))
                second = visit.second and replace(visit.second, eligible=visit.second.eligible | more)
                visit = replace(visit, eligible=visit.eligible | more, second=second)
            visits.setdefault(visit.id, visit)
    return tuple(visits.values())


def _of_place(place, problem, apart: Proposal, lent: Proposal) -> dict[str, Any]:
    visits = {visit.id for visit in problem.visits if visit.centre == place.pk}
    nurses = {nurse.id for nurse in problem.nurses if nurse.centre == place.pk}
    return {
        "centre": place.pk,
        "name": place.short_name,
        "visits": len(visits),
        "unserved": sum(one.visit in visits for one in apart.unserved),
        "unserved_lent": sum(one.visit in visits for one in lent.unserved),
        "borrowed": sum(one.visit in visits and one.nurse not in nurses for one in lent.assignments),
        "lent_out": sum(one.visit not in visits and one.nurse in nurses for one in lent.assignments),
    }


def _short(lent: Proposal) -> list[dict[str, Any]]:
    """What would still be missing, by the demand of the visits left out."""
    missing = Counter("、".join(one.skills) or "此项服务" for one in lent.unserved)
    return [{"skill": skill, "visits": count} for skill, count in missing.most_common(20)]
