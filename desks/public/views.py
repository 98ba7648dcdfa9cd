"""What anybody may know: what the service is, who provides it, what can be had, whom to call (004 五(三))."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Organization
from catalog import selectors as catalog
from institutions import selectors as institutions


@require_safe
def home(request):
    today = timezone.localdate()
    commission = Organization.objects.filter(kind=Organization.Kind.COMMISSION).select_related("profile").first()
    context = {"categories": [], "institutions": [], "commission": None}
    if commission is not None:
        edition = catalog.edition_in_force(commission.pk, today)
        context = {
            "categories": _by_category(catalog.items(edition.pk)) if edition else [],
            "institutions": [_line(line) for line in institutions.serving_centres(commission.pk, today)],
            "commission": {"name": commission.name, "phone": _phone(commission)},
        }
    return render(request, "public/home.html", context)


def _by_category(items):
    groups = {}
    for item in items:
        groups.setdefault(item.category.name, []).append({"name": item.name, "about": item.plain_words})
    return [{"name": name, "items": rows} for name, rows in groups.items()]


def _line(line):
    return {
        "name": line.organisation.name,
        "town": "、".join(town.name for town in line.towns),
        "address": line.organisation.address,
        "phone": line.organisation.phone,
    }


def _phone(commission):
    profile = getattr(commission, "profile", None)
    return (profile.supervision_phone if profile else "") or commission.phone
