"""Why a visit was left out: what is missing, in the order in which a dispatcher could do something about it."""

from orders.planning.figures import tours
from orders.planning.problem import Problem, Visit
from orders.planning.proposal import Assignment, Unserved

WORDS = {
    "skill": "当天没有一位护士符合「{skills}」的要求，请您联系其他机构或改期。",
    "second": "此项服务需要两位护士同时上门，当天找不到第二位符合要求的护士，请您另行安排。",
    "hour": "符合「{skills}」要求的{count}位护士在{hours}都不当班，请您与患者商量改时间。",
    "visits": "符合「{skills}」要求的{count}位护士当天的上门次数都已到上限，请您增派护士或改期。",
    "together": "此项服务需要两位护士同时上门，在{hours}凑不齐两位有空的护士，请您与患者商量改时间。",
    "full": "符合「{skills}」要求的{count}位护士在{hours}都已排满，请您增派护士或与患者商量改时间。",
}


def of(problem: Problem, assignments: tuple[Assignment, ...]) -> tuple[Unserved, ...]:
    """Name the reason of every visit that has not all its nurses."""
    seated, days = {}, tours(assignments)
    for one in assignments:
        seated[one.visit] = seated.get(one.visit, 0) + 1
    nurses = {nurse.id: nurse for nurse in problem.nurses}
    return tuple(_why(visit, nurses, days) for visit in problem.visits if seated.get(visit.id, 0) < visit.seats)


def _why(visit: Visit, nurses, days):
    first = [nurses[x] for x in visit.eligible if x in nurses]
    second = [nurses[x] for x in visit.eligible_for(1) if x in nurses] if visit.second else []
    hours = visit.windows[0][0], visit.windows[-1][1]
    there = [nurse for nurse in first if _could_begin(visit, nurse, visit.minutes)]
    free = [nurse for nurse in there if nurse.max_visits is None or len(days.get(nurse.id, ())) < nurse.max_visits]
    two = len({nurse.id for nurse in (*first, *second)}) > 1
    if not first:
        reason = "skill"
    elif visit.second and not (second and two):
        reason = "second"
    elif not there:
        reason = "hour"
    elif visit.second:
        reason = "together"
    elif not free:
        reason = "visits"
    else:
        reason = "full"
    sentence = WORDS[reason].format(
        skills="、".join(map(str, visit.skills)) or "此项服务",
        count=len(there if reason in {"visits", "full"} else first),
        hours="、".join(f"{_clock(a)}至{_clock(b)}" for a, b in visit.windows),
    )
    return Unserved(visit.id, reason, tuple(visit.skills), hours, sentence)


def _could_begin(visit, nurse, minutes):
    """Tell whether the nurse's shifts alone leave room for the visit, on a day without other visits."""
    return any(max(a, on) <= min(b, off - minutes) for a, b in visit.windows for on, off in nurse.shifts)


def _clock(minute):
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"
