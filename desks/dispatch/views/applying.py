"""Somebody calls or stands at the counter: find or register the person, apply by the same gates (002 三(一))."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Organization
from accounts.roles import Role
from catalog import selectors as catalog
from desks import office, patientcard
from desks.dispatch import forms, linking, rows
from desks.dispatch.frame import frame, rules_of_district
from desks.looks import looked
from desks.stepforms import reasons_for_page, receipt_of
from desks.steps import Outcome, attempt
from kernel.refusals import hidden
from orders import groups, selectors, services
from orders.models import ServiceRequest
from patients import access, privacy
from patients import selectors as patients
from patients import services as patient_services
from patients.models import Patient

BESIDE = "with"  # in the address: the request whose address, day and place the next person shares
FOUND = "people_found"  # session key: whom this desk has asked for by number or phone
MOST_FOUND = 40


@require_http_methods(["GET", "POST"])
def find(request):
    """Ask by number or phone; neither ever stands in an address."""
    form, people, asked = forms.Find(request.POST or None), [], request.method == "POST"
    if asked and form.is_valid():
        people = _found(form.cleaned_data, timezone.localdate())
        _remember(request, people)
        for person in people:
            looked(request, target=person, why="按证件号码或电话查找")
    valid = not form.is_bound or form.is_valid()
    context = {
        **frame(request, "dispatch:new"),
        **_together(_first(request)),
        "form": form,
        "asked": asked and valid,
        "people": [_person(patient) for patient in people],
    }
    return _render(request, "dispatch/new.html", context, 200 if valid else 422)


@require_http_methods(["GET", "POST"])
def register(request):
    first = _first(request)
    if first:
        looked(request, target=first, why="为同一地址的另一位登记，带出地址")
    form, outcome = forms.Register(request.POST or None, initial=_same_place(first)), None
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "town": form.towns[form.cleaned_data["town"]]}
        given["sex"] = given["sex"] or None
        outcome = attempt(patient_services.register, typed=request.POST, **given, by=request.actor, now=timezone.now())
        if outcome.done:
            _remember(request, [outcome.row])
            messages.success(request, "已登记这位服务对象，请继续填写申请。")
            return redirect(reverse("dispatch:apply", args=[outcome.row.pk]) + _query(first))
        form.hear(outcome)
    crumbs = [{"label": "代为申请", "url": reverse("dispatch:new")}, {"label": "登记服务对象"}]
    context = {
        **frame(request, "dispatch:new", crumbs),
        **_together(first),
        "form": form,
        "parts": form.parts(),
        "refused": reasons_for_page(outcome, form),
    }
    return _render(request, "dispatch/register.html", context, 422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def apply(request, patient_id):
    patient = _known(request, patient_id)
    now = timezone.now()
    form, centres, items, first = _asked(request, now)
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = _submit(request, patient, form, centres, items, now, first)
        if outcome.done:
            messages.success(request, f"已提交申请 {outcome.row.number}。")
            return redirect("dispatch:request", number=outcome.row.number)
        form.hear(outcome)
    return _apply_page(request, patient, form, first, now, outcome=outcome)


@require_POST
def link(request, patient_id):
    """A relative whom the online application turned away is let in, before there is any request."""
    patient = _known(request, patient_id)
    return _linked(request, patient, linking.LINK, linking.link(request, patient.pk))


@require_POST
def extend(request, patient_id, pk):
    patient = _known(request, patient_id)
    return _linked(request, patient, linking.EXTEND, linking.extend(request, patient.pk, pk))


def _linked(request, patient, name, outcome):
    first = _first(request)
    if outcome.done:
        messages.success(request, linking.SAID[name])
        return redirect(reverse("dispatch:apply", args=[patient.pk]) + _query(first))
    now = timezone.now()
    form = _asked(request, now, posted=False)[0]
    return _apply_page(request, patient, form, first, now, name=name, outcome=outcome)


def _asked(request, now, posted=True):
    """The form of an application by telephone, with what it may offer."""
    centres = list(Organization.objects.filter(pk__in=request.actor.orgs_as(Role.DISPATCHER)).order_by("name"))
    items = {item.pk: item for centre in centres for item in catalog.offered_items(centre.pk, timezone.localdate(now))}
    first = _first(request)
    offered = {"centres": centres, "items": list(items.values())}
    form = forms.Apply((request.POST or None) if posted else None, initial=_same_time(first), **offered)
    return form, centres, items, first


def _apply_page(request, patient, form, first, now, *, name="", outcome=None):
    looked(request, target=patient, why="代为提交服务申请")
    today = timezone.localdate(now)
    address = patients.current_address(patient.pk)
    crumbs = [{"label": "代为申请", "url": reverse("dispatch:new")}, {"label": patient.name}]
    earlier = selectors.requests(actor=request.actor).filter(patient=patient)[:10]
    links = linking.card(
        request, patient, reverse("dispatch:apply_link", args=[patient.pk]) + _query(first),
        lambda pk: reverse("dispatch:apply_extend", args=[patient.pk, pk]) + _query(first), now, name, outcome,
    )  # fmt: skip
    context = {
        **frame(request, "dispatch:new", crumbs),
        **_together(first),
        "apart": bool(first and address and not groups.same_address(first.address, address)),
        "patient": patientcard.card(patient, address, today),
        "form": form,
        "links": links,
        "refused": reasons_for_page(outcome, form, *linking.forms_of(links)),
        "earlier": [rows.of_request(row, now, rules_of_district(request)) for row in earlier],
        "now": now,
    }
    refused = form.is_bound or (outcome is not None and not outcome.done)
    return _render(request, "dispatch/apply.html", context, 422 if refused else 200)


def _submit(request, patient, form, centres, items, now, first) -> Outcome:
    asked = form.cleaned_data
    start, end = forms.span(asked["day"], asked["part"])
    return attempt(
        services.submit,
        typed=request.POST,
        patient=patient,
        centre=next(centre for centre in centres if str(centre.pk) == asked["centre"]),
        wish=asked["wish"],
        wished_from=start,
        wished_to=end,
        wished_items=[items[int(pk)] for pk in asked["items"]],
        channel=asked["channel"],
        place=asked["place"],
        return_on=asked.get("return_on"),
        booked_with=first,
        moved_to=form.home() if form.moves else None,
        receipt=receipt_of(request.POST),
        by=request.actor,
        now=now,
    ).beside(wished_from="day")


def _first(request):
    """The request beside which another person of the same address is registered. :raises Hidden: not this desk's"""
    number = request.GET.get(BESIDE, "")
    if not number:
        return None
    # Another hat may see the request; the address on it is the desk's.
    return selectors.request(actor=office.only(request.actor, (Role.DISPATCHER,)), number=number)


def _query(first) -> str:
    return f"?{BESIDE}={first.number}" if first else ""


def _together(first) -> dict:
    return {"first": first, "with_query": _query(first)}


def _same_place(first) -> dict:
    """Where they live, and nothing else of the neighbour."""
    return {"town": first.address.town_id, "address": privacy.address_line(first.address)} if first else {}


def _same_time(first) -> dict:
    if first is None:
        return {}
    start = timezone.localtime(first.wished_from)
    known = {"channel": first.channel} if first.channel != ServiceRequest.Channel.ONLINE else {}
    return {
        "centre": str(first.centre_id),
        "day": start.date(),
        "part": forms.half_day_of(start),
        "place": first.place,
        **known,
    }


def _found(asked, today):
    if asked.get("number"):
        found = patients.find_by_identity(asked["kind"], asked["number"], today)
        return [found] if found else []
    return list(patients.find_by_phone(asked["phone"], today)[:20])


def _person(patient):
    address = patients.current_address(patient.pk)
    return {
        "pk": patient.pk,
        "name": patient.name,
        "sex": patient.sex,
        "age": office.age(patient.birth_date),
        "tail": patient.identity_tail,
        "town": address.town.name if address else "未登记地址",
    }


def _remember(request, people):
    kept = [key for key in request.session.get(FOUND, []) if key not in {str(p.pk) for p in people}]
    request.session[FOUND] = [*kept, *(str(p.pk) for p in people)][-MOST_FOUND:]


def _known(request, patient_id: UUID) -> Patient:
    """
    Somebody this desk was asked about by number or phone in this session, or who lives where its centre serves.

    :raises kernel.refusals.Hidden: nobody of that kind
    """
    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None:
        raise hidden("这位服务对象")
    if str(patient_id) not in request.session.get(FOUND, []):
        access.demand_known(request.actor, patient, on=timezone.localdate())
    return patient


def _render(request, template, context, status):
    return render(request, template, context, status=status)
