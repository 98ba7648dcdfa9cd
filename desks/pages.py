"""
What every desk's page has in common: who may open it, its navigation, and the answer to those who may not.

A page is declared once, in its desk's ``urls.py``, with the roles that may open it; deny is the default.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from kernel.refusals import Hidden, NotYours, Refusal

PUBLIC = "public"
SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Tab:
    """One entry of a desk's navigation; ``current`` is decided by the page's url name."""

    label: str
    route: str
    icon: str
    group: str = ""
    count: int = 0
    hot: bool = False
    unit: str = "件待处理"


def page(route: str, view: Callable, *, name: str, roles: Iterable[str] | str) -> URLPattern:
    """
    Declare one page: its address, its name, and the roles that may open it (or PUBLIC, or SIGNED_IN).

    The roles stand on the view, where the permission test reads them.
    """
    roles = roles if isinstance(roles, str) else frozenset(roles)

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if roles != PUBLIC and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if isinstance(roles, frozenset) and not request.actor.holds(*roles):
            return no_permission(request, "这个页面")
        try:
            return view(request, *args, **kwargs)
        except Hidden as gone:
            audit.refused(action="desks.page_refused", no=gone, by=request.actor, now=timezone.now())
            raise Http404(gone.sentence) from gone
        except NotYours as no:
            return no_permission(request, "这一步", no)

    guarded.roles = roles
    guarded.login_required = False  # judged above, so that htmx and pages are answered alike
    return path(route, guarded, name=name)


def leads_to(route: str) -> Callable:
    """A view for a desk's bare address, which people type: it leads to the desk's first page."""

    def view(request: HttpRequest) -> HttpResponse:
        return redirect(route)

    return view


def no_permission(request: HttpRequest, what: str, no: NotYours | None = None) -> HttpResponse:
    """Say who can help, and why where a rule said so; leave a trace of the attempt."""
    said = no.sentence if no else ""
    no = no or NotYours(Refusal("page.not_yours", f"您没有查看{what}的权限。"))
    audit.refused(action="desks.page_refused", no=no, by=request.actor, now=timezone.now())
    context = {
        "what": what,
        "said": said,
        "who_to_ask": {"name": "本中心管理员", "phone": ""},
        "request_id": request.actor.request_id,
    }
    return render(request, "desks/no_permission.html", context, status=403)


def navigation(request: HttpRequest, tabs: Iterable[Tab]) -> list[dict]:
    """Render-ready navigation of a desk; the tab whose page is open is current."""
    match = request.resolver_match
    here = f"{match.namespace}:{match.url_name}" if match else ""
    section = here.rpartition("_")[0] or here
    return [
        {
            "label": tab.label,
            "url": reverse(tab.route),
            "icon": tab.icon,
            "group": tab.group,
            "count": tab.count,
            "hot": tab.hot,
            "unit": tab.unit,
            "current": tab.route in (here, section),
        }
        for tab in tabs
    ]


def me(request: HttpRequest, *roles: str) -> dict:
    """Name and post for the corner of a staff page."""
    held = [Role(role).label for role in roles if request.actor.orgs_as(role)]
    return {"name": request.user.display_name, "post": "、".join(held)}
