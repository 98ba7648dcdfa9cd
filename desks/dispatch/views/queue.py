"""Who waits for the desk, by what has to be done next; each group hears of changes by itself."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from desks import sought
from desks.dispatch import rows
from desks.dispatch.frame import TO_DO, alarmed, frame, partial, rules_of_district, sizes_of, waiting
from institutions import selectors as institutions
from orders import selectors

HIDDEN = ("text",)  # a name or a telephone


@require_http_methods(["GET", "HEAD", "POST"])
def queue(request):
    if request.method == "POST":
        return sought.lead_to_list(request, HIDDEN)
    asked = _asked(request)
    around = frame(request, "dispatch:queue")
    sizes = around["sizes"]
    groups = [_group(request, name, asked, sizes[name]) for name in rows.GROUPS if asked["group"] in ("", name)]
    context = {
        **around,
        "mine": [g for g in groups if g["name"] in TO_DO],
        "others": [g for g in groups if g["name"] not in TO_DO],
        "figures": _figures(around["sizes"], asked),
        "figures_url": _address(request, "figures", asked),
        "towns": institutions.towns(),
        "kinds": [(name, label) for name, (label, _, _) in rows.GROUPS.items()],
        "asked": asked,
        "chips": _chips(request, asked),
        "clear_url": reverse("dispatch:queue"),
        "now": timezone.now(),
    }
    return render(request, "dispatch/queue.html", context)


@require_safe
def group(request, group):
    """What a live region asks for: a group, the figures, the navigation's number. A link's answer is the whole page."""
    if group not in rows.GROUPS and group not in ("figures", "waiting"):
        raise Http404
    if not partial(request):
        return queue(request)
    if group == "waiting":
        return render(request, "components/nav_count.html", waiting(sizes_of(request.actor)))
    asked = _asked(request)
    if group == "figures":
        figures = _figures(sizes_of(request.actor), asked)
        return render(request, "dispatch/_figures.html", {"figures": figures})
    return render(request, "dispatch/_group.html", {"group": _group(request, group, asked)})


def _figures(sizes, asked):
    return [
        {
            "label": label,
            "size": sizes[name],
            "url": f"#group-{name}" if asked["group"] in ("", name) else reverse("dispatch:queue"),
        }
        for name, (label, _, _) in rows.GROUPS.items()
    ]


def _address(request, name, asked, *, without=()):
    """Where a live region asks for itself, under the filters of this page."""
    query = sought.address(request, {key: value for key, value in asked.items() if key not in without}, HIDDEN)
    url = reverse("dispatch:queue_group", args=[name])
    return f"{url}?{query}" if query else url


def _group(request, name, asked, size=1):
    """One group; of one that is known to be empty nothing is read."""
    now = timezone.now()
    label, empty, icon = rows.GROUPS[name]
    of_a_request = name in selectors.QUEUE and selectors.QUEUE[name][0]
    found = _found(request.actor, name, town=asked["town"], text=asked["text"]) if size else []
    prepare = rows.of_request if of_a_request else rows.of_order
    return {
        "name": name,
        "label": label,
        "empty": "没有符合条件的记录。" if asked["town"] or asked["text"] else f"没有{label}的事项。{empty}",
        "icon": icon,
        "rows": _by_deadline([prepare(row, now, rules_of_district(request)) for row in found]),
        "more": len(found) == selectors.PAGE,
        "url": _address(request, name, asked, without=["group"]),
        "topic": "orders clinical safety",
        "of_a_request": of_a_request,
        "varied": name in ("under_way", "alarms", "no_show"),
        "now": now,
    }


def _found(actor, name, **asked):
    if name != "alarms":
        return selectors.queue_group(actor=actor, name=name, **asked)
    rows = selectors.in_a_list(selectors.orders(actor=actor)).filter(pk__in=alarmed(actor))
    return list(selectors.narrowed(rows, **asked).order_by("status_since", "pk")[: selectors.PAGE])


def _by_deadline(prepared):
    """What hurts first stands first; what has no deadline keeps its order, behind."""
    placed = sorted(
        enumerate(prepared), key=lambda one: (0, one[1]["due"]) if one[1]["due"] is not None else (1, one[0])
    )
    return [row for _, row in placed]


def _asked(request):
    given = sought.asked(request, HIDDEN)
    group = given.get("group", "")
    return {
        "group": group if group in rows.GROUPS else "",
        "town": given.get("town", "")[:12],
        "text": given.get("text", "").strip()[:40],
    }


def _chips(request, asked):
    said = {
        "group": rows.GROUPS.get(asked["group"], ("",))[0],
        "town": next((town.name for town in institutions.towns() if town.pk == asked["town"]), asked["town"]),
        "text": f"「{asked['text']}」",
    }
    chips = []
    for key, value in asked.items():
        if value:
            rest = sought.address(request, {k: v for k, v in asked.items() if k != key}, HIDDEN)
            chips.append({"label": said[key], "url": f"{reverse('dispatch:queue')}{'?' + rest if rest else ''}"})
    return chips
