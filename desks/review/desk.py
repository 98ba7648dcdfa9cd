"""The lead hospital's desk: what the pages share, for the centres of the hospital's own alliance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from desks import office, pages, told
from desks.pages import Tab
from kernel.actors import Actor

REVIEWER = (Role.REVIEWER,)
TABS = (
    Tab("联盟中心", "review:centres", "building-community"),
    Tab("订单", "review:orders", "list-details"),
    Tab("转诊", "review:referrals", "building-hospital"),
    Tab("远程会诊", "review:consults", "stethoscope"),
    Tab("专科小组", "review:teams", "users-group"),
    Tab("联合查房", "review:rounds", "heart-handshake"),
    Tab("合规检查", "review:compliance", "shield-check"),
    Tab("监管问题", "review:findings", "flag"),
    Tab("质量控制", "review:quality", "checklist"),
    Tab("督导计划", "review:tours", "calendar"),
)


def reader(request: HttpRequest) -> Actor:
    return office.only(request.actor, REVIEWER)


def show(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
    hospital = Organization.objects.filter(
        pk__in=request.actor.orgs_as(*REVIEWER), kind=Organization.Kind.HOSPITAL
    ).first()
    context = {
        "hospital": hospital,
        "today": timezone.localdate(),
        "nav": pages.navigation(request, (TABS[0], told.inbox(request), *TABS[1:])),
        "desk_title": "牵头医院督导",
        "me": pages.me(request, *REVIEWER),
        **told.bar(request),
        **context,
    }
    return render(request, f"review/{template}.html", context, status=status)
