"""What stands around the pages of one's own account: the way back to one's desks, or the family's phone."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import Role
from desks import told
from desks.pages import Tab, navigation

DESKS = (
    (Role.DISPATCHER, "dispatch:queue", "派单工作台"),
    (Role.DOCTOR, "doctor:todo", "医生工作台"),
    (Role.NURSE, "nurse:today", "护士手机端"),
    (Role.CENTRE_ADMIN, "centre:home", "中心管理"),
    (Role.REVIEWER, "review:centres", "牵头医院督导"),
    (Role.SUPERVISOR, "oversight:overview", "区级监管"),
    (Role.QC_INSPECTOR, "oversight:overview", "护理质控"),
    (Role.AUDITOR, "oversight:trace", "全程留痕"),
    (Role.PLATFORM_ADMIN, "account:me", "账号管理"),
)


def around(request: HttpRequest, title: str, *, back: str, page: str = "") -> dict:
    """``back`` is the route above; ``page`` names a page below that of the account."""
    if not request.actor.orgs:
        return {"base_template": "base/phone.html", "back_url": reverse(back)}
    return {
        "base_template": "base/desk.html",
        "back_url": reverse(back),
        "nav": navigation(request, (*_own(request), told.inbox(request), Tab("我的账号", "account:me", "user"))),
        "desk_title": title,
        "me": {"name": request.user.display_name, "post": ""},
        "crumbs": [{"label": "我的账号", "url": reverse("account:me")}, {"label": page, "url": ""}] if page else [],
        **told.bar(request),
    }


def desks_of(request: HttpRequest) -> list[dict]:
    """Each desk of this person's posts, with its address."""
    return [{"label": label, "url": reverse(route)} for role, route, label in DESKS if request.actor.orgs_as(role)]


def _own(request):
    """The first page of each desk, once where two posts share it."""
    found = {}
    for role, route, label in DESKS:
        if request.actor.orgs_as(role) and route != "account:me":
            found.setdefault(route, Tab(label, route, "home-2"))
    return found.values()
