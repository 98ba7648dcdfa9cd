"""Her day and her week: what comes next, what waits for an answer, and everything else in order of time."""

from datetime import timedelta

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Role
from audit import services as audit
from desks.nurse import along, calls, frame, goods, rows
from desks.nurse.forms import DeclineForm
from nurses import selectors as nurses
from nurses.models import Shift
from orders import second_seat, selectors
from orders.days import beginning

DAYS = 7


@require_safe
def home(request):
    return redirect("nurse:today")


@require_safe
def today(request):
    return frame.page(request, "nurse/today.html", {**_head(request), **_body(request)}, keep=True)


@require_safe
def today_head(request):
    return render(request, "nurse/_day_head.html", _head(request))


@require_safe
def today_body(request):
    return render(request, "nurse/_day.html", _body(request))


@require_safe
def schedule(request):
    now = timezone.now()
    first = timezone.localdate(now)
    offers = list(selectors.nurse_offers(actor=request.actor))
    visits = list(selectors.nurse_visits(actor=request.actor, start=first, days=DAYS))
    seats = list(second_seat.agreed(actor=request.actor, start=first, days=DAYS))
    shifts = _shifts(request, first)
    days = []
    for offset in range(DAYS):
        day = first + timedelta(days=offset)
        lines = [rows.line(order, now) for order in visits if timezone.localdate(order.planned_start) == day]
        lines += [
            rows.line(order, now, offered=True) for order in offers if timezone.localdate(order.planned_start) == day
        ]
        lines += [along.line(seat, now) for seat in seats if timezone.localdate(seat.starts_at) == day]
        days.append(
            {
                "day": day,
                "lines": sorted(lines, key=lambda line: line["at"]),
                "shifts": [shift for shift in shifts if timezone.localdate(shift.starts_at) <= day <= _last_day(shift)],
            }
        )
    return frame.page(request, "nurse/schedule.html", {"days": days, "count": len(visits) + len(seats)})


@require_safe
def order(request, number):
    """The address that messages carry: the offer while it waits for an answer, the visit afterwards."""
    row = selectors.nurse_visit(actor=request.actor, number=number)
    offered = "accept" in rows.chances(row, request.actor)
    return redirect("nurse:offer" if offered else "nurse:visit", number=number)


def _head(request):
    now = timezone.now()
    visits = _visits(request, now)
    done = [order for order in visits if order.finished_at is not None]
    open_end = max((order.planned_end for order in visits if order not in done), default=None)
    follow = rows.following(visits)
    return {
        "now": now,
        "name": request.user.display_name,
        "visits": visits,
        "done": len(done),
        "ends": open_end,
        "beads": [rows.line(order, now, following=order is follow)["state"] for order in visits],
    }


def _body(request):
    now = timezone.now()
    visits = _visits(request, now)
    offers = list(selectors.nurse_offers(actor=request.actor))
    follow = rows.following(visits)
    day = timezone.localdate(now)
    lines = [rows.line(order, now, following=order is follow) for order in visits]
    lines += [rows.line(order, now, offered=True) for order in offers if timezone.localdate(order.planned_start) == day]
    lines += [along.line(seat, now) for seat in second_seat.agreed(actor=request.actor, start=day, days=1)]
    return {
        "now": now,
        "next": _next(request, follow, now) if follow else None,
        "offers": [_offer(request, order, now) for order in offers],
        "carried": goods.count(request.actor),
        "asked_along": [along.card(seat, now, request.actor) for seat in second_seat.asked(actor=request.actor)],
        "lines": sorted(lines, key=lambda line: line["at"]),
    }


def _visits(request, now):
    """Today's visits, after whatever is left over from the days before."""
    day = timezone.localdate(now)
    left_over = selectors.nurse_left_over(actor=request.actor, day=day).select_related("request__assessment")
    visits = selectors.nurse_day(actor=request.actor, day=day).select_related("request__assessment")
    return [*left_over, *visits]


def _next(request, order, now):
    audit.looked(target=order, by=request.actor, now=now, why="下一单：地址、联系电话和护理风险")
    chances = rows.chances(order, request.actor)
    return {
        "line": rows.line(order, now, following=True),
        "order": order,
        "person": rows.person(order, now),
        "items": rows.items_of(order),
        "risks": calls.flags(order, request.actor, now) + rows.risks(order),
        "place": rows.place(order),
        "contact": rows.contact(order),
        "depart": chances.get("depart"),
        "depart_url": rows.step_url(order, "depart"),
        "url": rows.visit_url(order),
        "go_on": _GO_ON[next((name for name in _GO_ON if name in chances), "")],
        "waits": order.departed_at is None,
    }


def _offer(request, order, now):
    chances = rows.chances(order, request.actor)
    return {
        "order": order,
        "line": rows.line(order, now, offered=True),
        "person": rows.person(order, now, masked=True),
        "accept": chances.get("accept"),
        "decline": chances.get("decline"),
        "accept_url": rows.step_url(order, "accept"),
        "decline_url": rows.step_url(order, "decline"),
        "form": DeclineForm(),
    }


_GO_ON = {"check_in": "到达签到", "finish": "继续记录", "confirm": "请家属确认", "": "查看这一单"}


def _shifts(request, first):
    begin = beginning(first)
    found = []
    for place in sorted(request.actor.orgs_as(Role.NURSE)):
        found += nurses.shifts(place, begin, begin + timedelta(days=DAYS)).filter(nurse__user=request.user)
    return found


def _last_day(shift: Shift):
    return timezone.localdate(shift.ends_at - timedelta(seconds=1))
