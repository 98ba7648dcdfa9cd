"""What every page of a family needs: who may be here, whom to call, and one way to show a question."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from desks import office
from desks.pages import no_permission
from desks.steps import Outcome
from kernel.actors import Actor
from kernel.refusals import hidden
from orders import selectors as orders
from orders.models import Order, ServiceRequest
from patients import access as patient_access
from patients import selectors as patients
from patients.models import Patient

FAMILY = (Role.PATIENT, Role.PROXY)


def family_page(view: Callable) -> Callable:
    """
    Let in everybody who is served or acts for somebody, and accounts that have no post at all.

    Whoever is a nurse by day and a daughter in the evening acts here as a daughter alone, without the posts.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.actor.orgs and not request.actor.holds(*FAMILY):
            return no_permission(request, "家属服务页面")
        request.actor = request.family = as_family(request.actor)
        return view(request, *args, **kwargs)

    return guarded


def as_family(actor: Actor) -> Actor:
    return Actor(
        kind=actor.kind, id=actor.id, name=actor.name, user_id=actor.user_id, patients=actor.patients,
        scopes=actor.scopes, ip=actor.ip, request_id=actor.request_id,
    )  # fmt: skip


def show(
    request: HttpRequest,
    template: str,
    *,
    back: str = "",
    centre: Organization | None = None,
    status: int = 200,
    **facts,
) -> HttpResponse:
    """Render a family page; ``back`` is the parent's address, never history."""
    context = {
        "back_url": back,
        "help_phone": help_phone(request, centre),
        "people_url": reverse("family:people"),
        **facts,
    }
    return render(request, template, context, status=status)


def ask(
    request: HttpRequest, form: forms.Form, *, title: str, send: str, back: str, sub: str = "",
    template: str = "family/ask.html", outcome: Outcome | None = None, **facts,
) -> HttpResponse:  # fmt: skip
    """One question on a page of its own. What was refused stands beside the field it belongs to, or above all."""
    refused = beside(form, outcome) if outcome else []
    status = 422 if form.is_bound and (form.errors or refused) else 200
    return show(
        request,
        template,
        back=back,
        status=status,
        form=form,
        refused=refused,
        title=title,
        sub=sub,
        send=send,
        **facts,
    )


def beside(form: forms.Form, outcome: Outcome) -> list:
    """Write each reason under its own field; return what belongs to none of them."""
    above = []
    for reason in outcome.reasons:
        if reason.field in form.fields:
            form.add_error(reason.field, office.said(reason))
        else:
            above.append(reason)
    if not outcome.reasons:
        for name, sentences in outcome.errors.items():
            for sentence in sentences:
                if name in form.fields:
                    form.add_error(name, sentence)
                else:
                    above.append(sentence)
    return above


def help_phone(request: HttpRequest, centre: Organization | None = None) -> dict | None:
    """The centre that serves this family; before there is one, the commission's supervision phone."""
    centre = centre or serving_centre(request)
    if centre is not None and centre.phone:
        return {"name": centre.name, "number": centre.phone}
    return commission_phone()


def serving_centre(request: HttpRequest) -> Organization | None:
    """The centre of the family's latest request."""
    latest = orders.requests(actor=request.family).first() if request.family.patients else None
    return latest.centre if latest else None


def commission_phone() -> dict | None:
    """Who watches over everybody who serves, and where they are called."""
    commission = (
        Organization.objects.filter(kind=Organization.Kind.COMMISSION).select_related("profile").order_by("pk").first()
    )
    if commission is None:
        return None
    profile = getattr(commission, "profile", None)
    number = (profile.supervision_phone if profile else "") or commission.phone
    return {"name": commission.name, "number": number} if number else None


def order(request: HttpRequest, number: str) -> Order:
    """:raises kernel.refusals.Hidden: not there, or not of this family"""
    return orders.order(actor=request.family, number=number)


def service_request(request: HttpRequest, number: str) -> ServiceRequest:
    """:raises kernel.refusals.Hidden: not there, or not of this family"""
    return orders.request(actor=request.family, number=number)


def patient(request: HttpRequest, pk) -> Patient:
    """
    One person of this family; the address of a record that was merged shows the one that goes on.

    :raises kernel.refusals.Hidden: not there, or not of this family
    """
    row = patients.household(request.family).filter(pk=patients.goes_on(pk)).first()
    if row is None:
        raise hidden("这位服务对象")
    return row


def reads(request: HttpRequest, patient_id) -> bool:
    """Whether this reader may see what was written about the care; who only hands in applications may not."""
    return patient_id in patient_access.read_by_family(request.family)


def demand_reading(request: HttpRequest, patient_id) -> None:
    """:raises kernel.refusals.NotYours: who only hands in applications asks for what was written about the care"""
    patient_access.demand_reading(request.family, patient_id)


def uploads(request: HttpRequest, person: Patient | None) -> dict[str, list]:
    """The papers of a person that open to this reader, by kind; of nobody, none."""
    return patients.uploads_by_kind(person.pk, reader=request.family) if person else {}


def reads_somebody(request: HttpRequest) -> bool:
    """False for who does nothing here but hand in applications of others; a new account is told of everything."""
    return not request.family.patients or bool(patient_access.read_by_family(request.family))


def not_now(request: HttpRequest, row, name: str) -> HttpResponse | None:
    """A page of a step that is not open leads back to the order, which says where things stand."""
    if request.method == "POST" or name in {one.name for one in orders.order_chances(row=row, actor=request.family)}:
        return None
    messages.info(request, "这一步现在不能办理，请看订单的最新进度。")
    return redirect("family:order", row.number)


def act(request: HttpRequest) -> dict:
    """Who and when, read at the edge for the one verb of this page."""
    return {"by": request.family, "now": timezone.now()}


def posted(request: HttpRequest):
    """What was sent, even when it is nothing at all; None on a first showing."""
    return request.POST if request.method == "POST" else None
