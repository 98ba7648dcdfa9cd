"""Reads of what runs out: first assessments and prescriptions whose time is over within a month."""

from datetime import date, timedelta

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Least

from accounts.roles import Role
from accounts.selectors import posts_in_force
from clinical.lifecycle import TIMES_MAY_BE_TAKEN
from kernel.actors import Actor
from orders.lifecycle import SERVED_BY_ORDERS, WAITING
from orders.models import ServiceRequest

AHEAD = timedelta(days=30)


def expiring(*, actor: Actor, today: date):
    """
    Return the requests of this doctor whose assessment or prescription runs out within a month, the soonest first; with
    them those of a colleague who is doctor of the centre no more.

    ``renewing`` says whether the patient has a request under way already.
    """
    end = today + AHEAD
    assessment = Q(assessment__valid_until__range=(today, end))
    prescription = Q(prescription__valid_until__range=(today, end), prescription__status__in=sorted(TIMES_MAY_BE_TAKEN))
    in_post = posts_in_force(on=today).filter(
        user=OuterRef("assessment__doctor"), organisation=OuterRef("centre"), role=Role.DOCTOR
    )
    under_way = ServiceRequest.objects.filter(patient=OuterRef("patient"), status__in=sorted(WAITING))
    return (
        ServiceRequest.objects.filter(assessment | prescription)
        .filter(
            Q(assessment__doctor=actor.user_id) | ~Exists(in_post),
            centre__in=actor.orgs_as(Role.DOCTOR),
            status__in=sorted(SERVED_BY_ORDERS),
        )
        .select_related("patient", "assessment", "prescription", "address__town")
        .prefetch_related("prescription__lines__item")
        .annotate(
            renewing=Exists(under_way),
            soonest=Least(
                Case(When(assessment, then=F("assessment__valid_until"))),
                Case(When(prescription, then=F("prescription__valid_until"))),
            ),
        )
        .order_by("soonest", "pk")
    )


def runs_out(row: ServiceRequest, today: date) -> bool:
    """Say whether it is time to renew what this request rests on."""
    dates = [paper.valid_until for paper in (row.assessment, row.prescription) if paper and paper.valid_until]
    return any(day <= today + AHEAD for day in dates)
