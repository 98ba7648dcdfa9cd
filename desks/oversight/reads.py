"""What the commission's pages show, put together from the selectors below; constant in queries."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from accounts.sealed import index_of
from accounts.selectors import members_of_district
from clinical.models import Prescription
from desks import listing, towns
from desks.oversight import concerns
from institutions import rules, settings
from institutions import selectors as institutions
from institutions.models import Filing, Profile, Setting
from kernel.actors import Actor
from kernel.identity import DOCUMENT_KINDS
from orders import faces, fhir, reach, selectors, tallies, timeline, trace
from orders.lifecycle import ORDER, REQUEST
from orders.models import Order, OrderStep, RequestStep, ServiceRequest
from patients import selectors as patients
from patients.models import Patient

SHOWN = 6  # things that need attention, per kind
LATEST = 8


def overview(*, actor: Actor, district_id: int, now: datetime) -> dict:
    """Every count of the page in one statement; what has no row in it costs no query of its own."""
    today = timezone.localdate(now)
    groups = _attention(actor, now)
    seen = concerns.rows(actor=actor, district_id=district_id, now=now)
    late = {what: rows for rows, _, _, what, *_ in groups}
    n = tallies.counted(selectors.figure_rows(actor=actor, now=now) | seen | late)
    first, *others = (rows.order_by().values_list("address__town") for rows in late.values())
    return {
        "figures": figures(n, now=now),
        "tiles": tiles(actor=actor, now=now, concerned={town for (town,) in first.union(*others)}),
        "concerns": concerns.listed(n | {"signals": concerns.warned(actor=actor, now=now)}),
        "attention": attention(groups, n, now),
        "latest": latest(actor=actor),
        "centres": listing.centres_of(actor).count(),
        "today": today,
        "now": now,
    }


def figures(n: dict[str, int], *, now: datetime) -> list[dict]:
    """Today's figures; each links to the very list that it counts."""
    today = timezone.localdate(now).isoformat()
    orders, requests = reverse("oversight:orders"), reverse("oversight:requests")
    stopped, disputed = n["aborted_or_missed_today"], n["disputed"]
    return [
        _figure("今日申请", n["requests_today"], "件", requests, by="submitted", on=today),
        _figure("未开具的申请", n["requests_waiting"], "件", requests, status="waiting"),
        _figure("今日上门", n["visits_today"], "单", orders, by="planned", on=today),
        _figure("前往中和服务中", n["in_care"], "单", orders, status="under_way"),
        _figure("今日确认完成", n["completed_today"], "单", orders, by="confirmed", on=today),
        _figure("待派单", n["to_dispatch"], "单", orders, status="awaiting_dispatch"),
        _figure("有异议", disputed, "单", orders, "alert" if disputed else "", status="disputed"),
        _figure(
            "今日失约和中止", stopped, "单", orders, "ask" if stopped else "", status="stopped", by="since", on=today
        ),
    ]


def _figure(label, value, unit, url, tone="", **asked):
    why = {"alert": "需要关注", "ask": "需要了解"}.get(tone, "")
    return {"label": label, "value": value, "unit": unit, "url": f"{url}?{urlencode(asked)}", "tone": tone, "why": why}


def tiles(*, actor: Actor, now: datetime, concerned: set) -> list[dict]:
    """All towns with today's visits; the table of the same numbers is in the page as well."""
    counts = selectors.visits_by_town(actor=actor, now=now)
    today = timezone.localdate(now).isoformat()
    found = []
    for town in institutions.towns():
        short, column, row = towns.PLACES.get(town.pk, (town.name, 0, 0))
        n = counts.get(town.pk, {"visits": 0, "in_care": 0})
        asked = urlencode({"town": town.pk, "by": "planned", "on": today})
        found.append(
            {
                "short": short,
                "column": column,
                "row": row,
                "visits": n["visits"],
                "in_care": n["in_care"],
                "shade": towns.shade(n["visits"]),
                "alert": town.pk in concerned,
                "url": f"{reverse('oversight:orders')}?{asked}",
            }
        )
    return sorted(found, key=lambda tile: (tile["row"] or 99, tile["column"]))


def _attention(actor: Actor, now: datetime) -> list[tuple]:
    """(rows, state, icon, what is the matter, when it became so, the list behind it)."""
    today = timezone.localdate(now)
    return [
        (listing.disputed(actor), "alert", "message-report", "家属提出异议，等中心处理", "status_since",
         {"status": "disputed"}),
        (listing.stopped_on(actor, today), "alert", "alert-triangle", "今天失约或中止", "status_since",
         {"status": "stopped", "by": "since", "on": today.isoformat()}),
        (listing.late(actor, now), "ask", "clock", "超过约定时间没有签到", "planned_start", {"status": "late"}),
        (listing.unsent(actor, now), "ask", "users", "到了希望时间还没有派出", "window_start",
         {"status": "unsent"}),
    ]  # fmt: skip


def attention(groups: list[tuple], n: dict[str, int], now: datetime) -> dict:
    """The oldest of each kind, and how many there are in all; each opens its order."""
    rows, total, more = [], 0, []
    for found, state, icon, what, since, asked in groups:
        count = n[what]
        total += count
        if not count:
            continue
        if count > SHOWN:
            more.append({"label": f"{what}，共 {count} 单", "url": f"{reverse('oversight:orders')}?{urlencode(asked)}"})
        # A line names the order and its centre; what else a page of orders shows would be fourteen queries more.
        lines = found.select_related(None).select_related("centre").prefetch_related(None)
        for order in lines.order_by(since, "pk")[:SHOWN]:
            rows.append(
                {
                    "state": state,
                    "icon": icon,
                    "title": what,
                    "order": order,
                    "face": faces.order(order),
                    "since": getattr(order, since),
                    "url": reverse("oversight:orders_one", args=[order.number]),
                }
            )
    return {"rows": rows, "total": total, "more": more}


def latest(*, actor: Actor) -> list[dict]:
    """The newest steps of the district, by label and centre, without a name."""
    places = actor.orgs_as(*actor.orgs)
    visits = OrderStep.objects.filter(order__centre__in=places).select_related("order__centre").order_by("-pk")
    asked = RequestStep.objects.filter(request__centre__in=places).select_related("request__centre").order_by("-pk")
    found = [(s.taken_at, s.order.centre, ORDER[s.name].label, s.order.number, "orders_one") for s in visits[:LATEST]]
    found += [
        (s.taken_at, s.request.centre, REQUEST[s.name].label, s.request.number, "requests_one") for s in asked[:LATEST]
    ]
    found.sort(key=lambda step: step[0], reverse=True)
    return [
        {
            "at": at,
            "centre": centre,
            "label": label,
            "number": number,
            "url": reverse(f"oversight:{route}", args=[number]),
        }
        for at, centre, label, number, route in found[:LATEST]
    ]


# --- institutions -----------------------------------------------------------------------------------------------------


def institution_rows(*, district: Organization, today: date, state: str, name: str) -> list[dict]:
    """Every provider of the district with its standing today."""
    rows = members_of_district(root_id=district.pk).filter(kind__in=Organization.PROVIDERS)
    if name:
        rows = rows.filter(Q(name__icontains=name) | Q(short_name__icontains=name))
    places = list(rows.order_by("short_name", "pk"))
    facts = institutions.standings([place.pk for place in places])
    profiles = {row.organisation_id: row for row in Profile.objects.filter(organisation__in=places)}
    found = [
        {
            "row": place,
            "profile": profiles.get(place.pk),
            "modes": "、".join(Filing.Mode(mode).label for mode in facts[place.pk].modes_on(today)),
            "towns": len(facts[place.pk].towns_on(today)),
            "not_serving": rules.why_not_serve(facts[place.pk], today),
        }
        for place in places
    ]
    if state == "expiring":
        ending = set(institutions.licences_ending(facts, today).values_list("pk", flat=True))
        found = [row for row in found if row["row"].pk in ending]
    if state in ("serving", "not_serving"):
        found = [row for row in found if bool(row["not_serving"]) == (state == "not_serving")]
    return found


def decided_filings(*, district: Organization):
    members = members_of_district(root_id=district.pk).values("pk")
    return (
        Filing.objects.filter(organisation__in=members, approved__isnull=False)
        .select_related("organisation", "decided_by")
        .order_by("-decided_at", "-pk")
    )


# --- settings ---------------------------------------------------------------------------------------------------------


def setting_rows(*, district: Organization, today: date) -> list[dict]:
    """Every declared setting: what holds today, since when, and what has been chosen for later."""
    in_force: dict[str, Setting] = {}
    coming: dict[str, Setting] = {}
    for row in Setting.objects.filter(district=district).select_related("set_by").order_by("effective_on"):
        if row.effective_on <= today:
            in_force[row.key] = row
        else:
            coming.setdefault(row.key, row)
    return [setting_row(key, in_force.get(key), coming.get(key)) for key in settings.SETTINGS]


def setting_row(key: str, chosen: Setting | None, later: Setting | None) -> dict:
    declared = settings.SETTINGS[key]
    return {
        "declared": declared,
        "clause": "本区自定" if declared.clause == settings.OURS else declared.clause,
        "value": settings.in_words(declared, chosen.value if chosen else declared.default),
        "chosen": chosen,
        "later": later and {"row": later, "value": settings.in_words(declared, later.value)},
    }


# --- trace ------------------------------------------------------------------------------------------------------------


def trail(*, places: frozenset, asked: dict):
    """
    Lines of the district, as the auditor asks for them.

    Log-ins and what people do for themselves belong to no institution; they are the district's as well.
    """
    rows = fhir.of_places(places)
    same = {"action": "action", "outcome": "outcome", "organisation": "organisation_id", "request": "request_id"}
    rows = rows.filter(**{column: asked[name] for name, column in same.items() if name in asked})
    if only := asked.get("only"):
        rows = rows.filter(timeline.ONLY[only][1])
    if since := asked.get("since"):
        rows = rows.filter(at__gte=listing.span(since)[0])
    if until := asked.get("until"):
        rows = rows.filter(at__lt=listing.span(until)[1])
    if account := asked.get("account"):
        rows = rows.filter(actor_kind="user", actor_id=str(account))
    if subject := asked.get("subject"):
        rows = rows.filter(subject_id=str(subject))
    if number := asked.get("number", "").strip():
        rows = rows.filter(_numbered(number, places))
    return rows


def accounts_called(who: str, *, places: frozenset):
    """Accounts of the district under this name, those of its families among them."""
    named = Q(name_index=index_of(User, "display_name", who)) | Q(username__iexact=who)
    return User.objects.filter(named, reach.accounts_of(places)).distinct().order_by("username", "pk")


def patients_under(number: str, *, places: frozenset, on: date) -> list:
    """People of the district under exactly this identity number or phone."""
    found = {row.pk: row for kind in DOCUMENT_KINDS if (row := patients.find_by_identity(kind, number, on))}
    found |= {row.pk: row for row in patients.find_by_phone(number, on)}
    served = Q(requests__centre__in=places) | Q(addresses__town__jurisdictions__organisation__in=places)
    mine = set(Patient.objects.filter(served, pk__in=found).values_list("pk", flat=True))
    return [row for pk, row in found.items() if pk in mine]


def _numbered(number: str, places: frozenset) -> Q:
    """The events of an order, a request or a prescription of the district, by the number that people read out."""
    order = Order.objects.filter(number=number, centre__in=places).select_related("request").first()
    if order is not None:
        return trace.concerning(order)
    request = ServiceRequest.objects.filter(number=number, centre__in=places).first()
    if request is not None:
        return Q(object_type="orders.servicerequest", object_id=str(request.pk))
    prescription = Prescription.objects.filter(number=number, centre__in=places).first()
    if prescription is not None:
        return Q(object_type="clinical.prescription", object_id=str(prescription.pk))
    return Q(pk__in=[])


def week_before(today: date) -> date:
    return today - timedelta(days=6)
