"""What a day of an alliance would be, were nurses lent between its centres: a report that nobody can apply."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from desks import figures, office
from desks.oversight.desk import READERS, SUPERVISOR, reader, show
from desks.stepforms import receipt_of
from desks.steps import attempt
from orders import dayplans, services


@require_safe
def lending(request):
    return _page(request, *_asked(request, request.GET))


@require_POST
def step(request, name):
    alliance, day = _asked(request, request.POST)
    act = {"typed": request.POST, **office.act(request)}
    if name == "ask" and alliance is not None:
        outcome = attempt(
            services.ask_lending, alliance_id=alliance.pk, day=day, receipt=receipt_of(request.POST), **act
        )  # fmt: skip
    elif name == "discard" and (row := _newest(request, alliance, day)) is not None:
        outcome = attempt(services.discard_plan, plan_id=row.pk, **act)
    else:
        raise Http404
    if outcome.done:
        return redirect(_address(alliance, day))
    return _page(request, alliance, day, refused=outcome.reasons, status=422)


def _page(request, alliance, day, *, refused=(), status=200):
    row = _newest(request, alliance, day)
    running = dayplans.is_running(row)
    context = {
        "alliances": _alliances(request),
        "alliance": alliance,
        "day": day,
        "plan": row,
        "queued": dayplans.is_queued(row),
        "running": running,
        "percent": round(100 * row.progress.share) if row and hasattr(row, "progress") else 0,
        "result": row.result if row and not running else None,
        "figures": figures.beside(row.result) if row and row.result else [],
        "page_url": _address(alliance, day) if alliance else "",
        "refused": refused,
    }
    if request.headers.get("HX-Request"):
        context["may_decide"] = request.actor.holds(*SUPERVISOR)
        return render(request, "oversight/_lending.html", context)
    return show(request, "lending", context, status=status)


def _asked(request, asked):
    """The alliance and the day that were asked for: the first, and tomorrow, unless they were."""
    alliances = _alliances(request)
    chosen = next((one for one in alliances if str(one.pk) == asked.get("alliance")), None)
    day = office.day_in(asked, "day") or timezone.localdate() + timedelta(days=1)
    return chosen or (alliances[0] if alliances else None), day


def _alliances(request) -> list[Organization]:
    if not hasattr(request, "alliances"):
        here = reader(request).orgs_as(*READERS)
        request.alliances = list(
            Organization.objects.filter(pk__in=here, kind=Organization.Kind.HOSPITAL).order_by("pk")
        )
    return request.alliances


def _newest(request, alliance, day):
    if alliance is None:
        return None
    return dayplans.newest(actor=request.actor, centre_id=alliance.pk, day=day)


def _address(alliance, day):
    return f"{reverse('oversight:lending')}?alliance={alliance.pk}&day={day.isoformat()}"
