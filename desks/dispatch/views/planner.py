"""The day on one board: nurses and doctors in rows, what waits in the pool, one visit in the drawer beside it."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from accounts.roles import Role
from clinical.services.assessments import DOOR as ASSESSMENTS
from desks.dispatch import forms, offering
from desks.dispatch.frame import answer, frame, rules_of_district
from desks.dispatch.planner import geometry, rows
from desks.looks import looked
from desks.stepforms import asking, number_of, reasons_for_page, receipt_of
from desks.steps import attempt, take
from kernel.refusals import Hidden
from orders import access, dayplans, faces, placing, returns, selectors, services
from orders import board as boards

SAID = {
    "offer": "已派单，护士会收到通知。",
    "move": "已改派，两位护士都会收到通知。",
    "recall": "已收回这次派单，请重新选择护士。",
    "reschedule": "已改期，请重新选择护士。",
    "plan_assessment": "已安排首诊，医生和家属都会收到通知。",
    "replan": "首诊的医生或时间已调整。",
}
OF_AN_ORDER = {"recall": forms.Recall, "reschedule": forms.Reschedule}
FIRST_VISIT = 60  # minutes, until the desk says otherwise


@require_safe
def today(request):
    return _board(request, timezone.localdate())


@require_safe
def of_day(request, day):
    return _board(request, day_of(day))


@require_safe
def order(request, day, number):
    return _order(request, day_of(day), selectors.order(actor=request.actor, number=number))


@require_POST
def order_step(request, day, number, name):
    row = selectors.order(actor=request.actor, number=number)
    if name == "move":
        return _order(request, day_of(day), row, name, _move(request, row))
    if name not in ("offer", *OF_AN_ORDER):
        raise Http404
    return _order(request, day_of(day), row, name, take(request, "order", name, row.pk))


@require_safe
def first_visit(request, day, number):
    return _request(request, day_of(day), selectors.request(actor=request.actor, number=number))


@require_POST
def first_visit_step(request, day, number, name):
    row = selectors.request(actor=request.actor, number=number)
    data = forms.ending(request.POST)
    if name == "plan_assessment":
        outcome = take(request, "request", name, row.pk, data)
    elif name == "replan" and row.assessment_id is not None:
        outcome = take(request, "assessment", name, row.assessment_id, data)
    else:
        raise Http404
    return _request(request, day_of(day), row, name, outcome)


@require_safe
def where(request, day, number):
    """Asked when a visit is picked up: which rows and hours refuse it, and why. It tells nothing of the patient."""
    asked, now = day_of(day), timezone.now()
    try:
        row = selectors.order(actor=request.actor, number=number)
        places = placing.of_order(actor=request.actor, row=row, day=asked, now=now)
    except Hidden:
        row = selectors.request(actor=request.actor, number=number)
        board = boards.day(actor=request.actor, centre_id=row.centre_id, day=asked, now=now)
        places = placing.of_first_visit(row=row, board=board, minutes=_minutes_of(row), now=now)
    told = {
        "minutes": places.minutes,
        "refused": [no.sentence for no in places.refusals],
        "rows": {
            f"{letter}{one.person_id}": {
                "refused": [no.sentence for no in one.refusals],
                "spans": [_span(span, asked) for span in one.spans],
            }
            for letter, people in (("n", places.nurses), ("d", places.doctors))
            for one in people
        },
    }
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


# --- the board --------------------------------------------------------------------------------------------------------


def _board(request, day) -> HttpResponse:
    return _answer(request, day, asked_centre(request), region="dispatch/planner/_board.html")


def _answer(request, day, centre_id, *, region, drawer=None, outcome=None, name="", back="") -> HttpResponse:
    """The whole page, or the region that script asked for: the board is read only where it is shown."""
    now = timezone.now()
    current = (drawer or {}).get("number") or request.GET.get("open", "")
    asked = {"centre": centre_id if _several(request) else "", "open": current}
    query = urlencode({key: value for key, value in asked.items() if value})

    def shown():
        board = boards.day(actor=request.actor, centre_id=centre_id, day=day, now=now)
        context = rows.board(board, now, settings.MAP_TILES_URL, current=current)
        return {"board": context, "centre": board.centre, "tiles_credit": settings.MAP_TILES_CREDIT}

    def around():
        plan = dayplans.newest(actor=request.actor, centre_id=centre_id, day=day)
        return {
            **frame(request, "dispatch:planner"),
            **shown(),
            "plan_url": f"{reverse('dispatch:plan', args=[day.isoformat()])}?centre={centre_id}",
            "plan_ready": dayplans.is_ready(plan),
            "plan_running": dayplans.is_running(plan),
        }

    context = {
        "days": rows.days(day, timezone.localdate(now)),
        "now": now,
        "board_url": f"{rows.address(day)}?{query}" if query else rows.address(day),
        "centres": _several(request),
        "centre_id": centre_id,
        **(drawer or {}),
    }
    if drawer is None:  # the region is the board itself
        context |= shown() if request.headers.get("HX-Request") else {}
    return answer(
        request, region, "dispatch/planner/board.html", context, outcome=outcome, said=SAID.get(name, ""), back=back,
        around=around,
    )  # fmt: skip


def asked_centre(request) -> int:
    """The asked centre if it is the actor's to plan, else her first."""
    mine = sorted(request.actor.orgs_as(Role.DISPATCHER))
    asked = number_of(request.GET.get("centre"))
    return asked if asked in mine else mine[0]


def _several(request) -> list[dict]:
    """Links to the centres of somebody who plans for more than one."""
    mine = request.actor.orgs_as(Role.DISPATCHER)
    if len(mine) < 2:
        return []
    return [{"pk": row.pk, "name": row.short_name} for row in Organization.objects.filter(pk__in=mine).order_by("pk")]


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as rubbish:
        raise Http404 from rubbish


def _span(span, day):
    return [geometry.minute_of(span.starts_at, day), geometry.minute_of(span.ends_at, day), span.sentence, span.soft]


# --- the drawer: one order --------------------------------------------------------------------------------------------


def _order(request, day, row, name="", outcome=None) -> HttpResponse:
    if Role.DISPATCHER not in access.order_hats(request.actor, row):
        raise Http404
    if outcome is not None and outcome.done:
        row = selectors.order(actor=request.actor, number=row.number)
    looked(request, target=row, why="安排当日上门")
    url = reverse("dispatch:planner_order", args=[day.isoformat(), row.number])
    now = timezone.now()
    chances = {c.name: c for c in selectors.order_chances(row=row, actor=request.actor)}
    initial = {"reschedule": {"window_start": row.window_start, "window_end": row.window_end}}
    shown = {
        key: asking(form, outcome if name == key else None, initial=initial.get(key))
        for key, form in OF_AN_ORDER.items()
        if key in chances
    }
    may_plan = day >= timezone.localdate(now)
    offered = moved = None
    if may_plan and "offer" in chances:
        offered = _offering(request, day, row, now, outcome if name == "offer" else None)
    if may_plan and "recall" in chances:
        moved = _moving(request, day, row, now, outcome if name == "move" else None)
    heard = [*shown.values(), *([moved["form"]] if moved else [])]
    drawer = {
        "number": row.number,
        "drawer": "dispatch/planner/_order.html",
        "drawer_url": request.get_full_path() if request.method == "GET" else url,
        "row": row,
        "face": faces.order(row),
        "items": [line.item for line in row.lines.all()],
        "sample": returns.of_order(row, rules_of_district(request), now),
        "chances": chances,
        "offering": offered,
        "moving": moved,
        "steps": [(chances[key], form, _step_url(day, row, key)) for key, form in shown.items()] if may_plan else [],
        "refused": reasons_for_page(outcome, *heard),
    }
    return _answer(
        request, day, row.centre_id, region=drawer["drawer"], drawer=drawer, outcome=outcome, name=name, back=url
    )  # fmt: skip


def _offering(request, day, row, now, outcome):
    posted = request.POST if outcome else request.GET
    asked = posted.get("planned_start") if outcome else posted.get("start")
    return offering.offering(
        row,
        offering.moment(asked) or offering.soonest(row.window_start, now, day),
        url=_step_url(day, row, "offer"),
        page_url=reverse("dispatch:planner_order", args=[day.isoformat(), row.number]),
        override=request.POST.get("override", "") if outcome else "",
        chosen=number_of(posted.get("nurse")),
    )


def _moving(request, day, row, now, outcome):
    """As an offer, with the reason that the first nurse will read; her own time does not stand in the way."""
    posted = request.POST if outcome else request.GET
    asked = posted.get("planned_start") if outcome else posted.get("start")
    chosen = number_of(posted.get("nurse"))
    held = offering.offering(
        row, offering.moment(asked) or row.planned_start, url=_step_url(day, row, "move"),
        page_url=reverse("dispatch:planner_order", args=[day.isoformat(), row.number]), chosen=chosen,
    )  # fmt: skip
    may = held["may"]
    names = [(str(one["pk"]), one["name"]) for one in may]
    form = asking(
        forms.Move, outcome, nurses=names, auto_id="move_%s",
        initial={"nurse": str(chosen) if str(chosen) in dict(names) else ""},
    )  # fmt: skip
    return {**held, "form": form, "objections": any(one["objections"] for one in may), "asked": bool(asked or chosen)}


def _move(request, row):
    typed = request.POST
    start = offering.moment(typed.get("planned_start")) or row.planned_start or timezone.now()
    return attempt(
        services.move, typed=typed, order_id=row.pk, nurse_id=number_of(typed.get("nurse")) or 0, planned_start=start,
        reason=typed.get("reason", "")[:300], override=typed.get("override", "")[:200],
        version=number_of(typed.get("version")), receipt=receipt_of(typed), by=request.actor,
        now=timezone.now(),
    )  # fmt: skip


def _step_url(day, row, name):
    return reverse("dispatch:planner_order_step", args=[day.isoformat(), row.number, name])


# --- the drawer: one first visit --------------------------------------------------------------------------------------


def _request(request, day, row, name="", outcome=None) -> HttpResponse:
    if Role.DISPATCHER not in access.request_hats(request.actor, row):
        raise Http404
    if outcome is not None and outcome.done:
        row = selectors.request(actor=request.actor, number=row.number)
    looked(request, target=row, why="安排当日首诊")
    url = reverse("dispatch:planner_request", args=[day.isoformat(), row.number])
    now = timezone.now()
    chance = _chance(request, row)
    form = None
    if chance is not None and day >= timezone.localdate(now):
        doctors = forms.doctors_of(row.centre_id, now)
        form = asking(
            forms.Plan, outcome, doctors=doctors, initial=_suggested(request, day, row, doctors, now), auto_id="plan_%s"
        )
    drawer = {
        "number": row.number,
        "drawer": "dispatch/planner/_request.html",
        "drawer_url": request.get_full_path() if request.method == "GET" else url,
        "row": row,
        "face": faces.request(row),
        "assessment": row.assessment,
        "sample": returns.of_request(row, rules_of_district(request), now),
        "chance": chance,
        "form": form,
        "step_url": reverse("dispatch:planner_request_step", args=[day.isoformat(), row.number, chance.name])
        if chance
        else "",
        "version": row.version
        if chance and chance.name == "plan_assessment"
        else getattr(row.assessment, "version", ""),
        "refused": reasons_for_page(outcome, *([form] if form else [])),
    }
    return _answer(
        request, day, row.centre_id, region=drawer["drawer"], drawer=drawer, outcome=outcome, name=name, back=url
    )  # fmt: skip


def _chance(request, row):
    """Planning the first visit, or planning it anew."""
    found = [c for c in selectors.request_chances(row=row, actor=request.actor) if c.name == "plan_assessment"]
    if not found and row.assessment is not None:
        found = [c for c in ASSESSMENTS.chances(row.assessment, request.actor) if c.name == "replan"]
    return found[0] if found else None


def _suggested(request, day, row, doctors, now):
    """What was dropped where, else what is planned, else the wished hour of this day."""
    planned, only = row.assessment, doctors[0][0] if len(doctors) == 1 else ""
    start = planned.planned_start if planned else offering.soonest(row.wished_from, now, day)
    return {
        "doctor": number_of(request.GET.get("doctor")) or (planned.doctor_id if planned else only),
        "planned_start": offering.moment(request.GET.get("start")) or start,
        "minutes": _minutes_of(row),
    }


def _minutes_of(row) -> int:
    a = row.assessment
    return int((a.planned_end - a.planned_start) / timedelta(minutes=1)) if a else FIRST_VISIT
