"""What anybody may know: what the service is, who provides it, what can be had, whom to call (004 五(三))."""

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Organization
from audit.models import Era
from audit.standalone import verify
from catalog import selectors as catalog
from desks import towns
from institutions import selectors as institutions
from institutions.settings import defaults as settings_defaults


@require_safe
def home(request):
    today = timezone.localdate()
    commission = Organization.objects.filter(kind=Organization.Kind.COMMISSION).select_related("profile").first()
    context = {"categories": [], "institutions": [], "commission": None, "canonical": _canonical(request)}
    if commission is not None:
        edition = catalog.edition_in_force(commission.pk, today)
        context |= {
            "categories": _by_category(catalog.items(edition.pk)) if edition else [],
            "institutions": [_line(line) for line in institutions.serving_centres(commission.pk, today)],
            "commission": {"name": commission.name, "phone": _phone(commission)},
        }
    return render(request, "public/home.html", context)


@require_safe
def institutions_by_town(request):
    """Who serves which town, on a map of tiles and as a list, whatever the institution is called (004 五(三))."""
    today = timezone.localdate()
    commission = Organization.objects.filter(kind=Organization.Kind.COMMISSION).select_related("profile").first()
    serving = institutions.serving_centres(commission.pk, today) if commission else []
    by_town: dict[str, list] = {}
    for line in serving:
        for town in line.towns:
            by_town.setdefault(town.code, []).append(_line(line))
    places = [_tile(town, by_town.get(town.code, [])) for town in institutions.towns()]
    context = {
        "commission": {"name": commission.name, "phone": _phone(commission)} if commission else None,
        "tiles": sorted(places, key=lambda tile: (tile["row"] or 99, tile["column"])),
        "served": [tile for tile in places if tile["institutions"]],
        "canonical": _canonical(request),
    }
    return render(request, "public/institutions.html", context)


@require_safe
def complain(request):
    """How anybody says that something was wrong, to whom, and by when there is an answer (004 五(三))."""
    today = timezone.localdate()
    commission = Organization.objects.filter(kind=Organization.Kind.COMMISSION).select_related("profile").first()
    chosen = institutions.settings_on(commission.pk, today) if commission else settings_defaults()
    context = {
        "commission": {"name": commission.name, "phone": _phone(commission)} if commission else None,
        "institutions": (
            [_line(line) for line in institutions.serving_centres(commission.pk, today)] if commission else []
        ),
        "hours": chosen["report.accept_hours"],
        "days": chosen["report.answer_days"],
        "canonical": _canonical(request),
    }
    return render(request, "public/complain.html", context)


@require_safe
def checking(request):
    """How anybody checks a receipt or a pack, and the keys to check it by: they are worth what they are published."""
    context = {
        "canonical": _canonical(request),
        "eras": Era.objects.order_by("-era"),
        "witnesses": settings.AUDIT_WITNESS_KEYS,
    }
    return render(request, "public/checking.html", context)


@require_safe
def program(request):
    """The program itself, as it also lies in every pack."""
    source = Path(verify.__file__).read_bytes()
    disposition = 'attachment; filename="verify.py"'
    return HttpResponse(source, content_type="text/x-python", headers={"Content-Disposition": disposition})


def _by_category(items):
    groups = {}
    for item in items:
        groups.setdefault(item.category.name, []).append({"name": item.name, "about": item.plain_words})
    return [{"name": name, "items": rows} for name, rows in groups.items()]


def _tile(town, serving) -> dict:
    short, column, row = towns.PLACES.get(town.code, (town.name, 0, 0))
    return {
        "code": town.code, "name": town.name, "short": short, "column": column, "row": row, "institutions": serving,
    }  # fmt: skip


def _line(line):
    return {
        "name": line.organisation.name,
        "town": "、".join(town.name for town in line.towns),
        "address": line.organisation.address,
        "phone": line.organisation.phone,
        "uscc": line.profile.uscc if line.profile else "",
    }


def _canonical(request) -> str:
    """The one address of this page: without what was asked behind it."""
    return request.build_absolute_uri(request.path)


def _phone(commission):
    profile = getattr(commission, "profile", None)
    return (profile.supervision_phone if profile else "") or commission.phone
