"""Logging in and out, choosing a desk, and what an account may know about itself."""

import hashlib

from axes.decorators import axes_dispatch
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import selectors as accounts
from accounts import services as account_services
from accounts.models import User
from accounts.roles import Role
from accounts.sessions import EPOCH
from audit import services as audit
from desks import told
from desks.account.frame import DESKS, around, desks_of
from desks.steps import attempt
from institutions import proving
from notifications import selectors as notifications
from notifications import services as notification_services
from patients.actors import of

DEMO_ORDER = ("家属", "中心专员", "家庭医生", "护士", "中心管理员", "牵头医院督导", "区卫健委", "审计员")


@sensitive_post_parameters("password")
@never_cache
@axes_dispatch
@require_http_methods(["GET", "POST"])
def sign_in(request):
    if request.user.is_authenticated and request.method == "GET":
        return redirect("account:start")
    form = AuthenticationForm(request, data=request.POST or None)
    form.fields["username"].widget.attrs.update(autocomplete="username")
    form.fields["password"].widget.attrs.update(autocomplete="current-password")
    form.error_messages["invalid_login"] = "账号名或密码不对，请再核对一遍。"
    if request.method == "POST":
        if form.is_valid():
            return enter(request, form.get_user())
        _note_failure(request)
    status = 422 if form.errors else 200
    return render(request, "registration/login.html", _login_page(request, form), status=status)


@never_cache
@require_POST
def sign_in_demo(request):
    """Enter as one of the demo people; the page exists only where demo mode is on."""
    if not settings.DEMO:
        raise Http404
    user = User.objects.filter(username=request.POST.get("username", ""), is_demo=True, is_active=True).first()
    if user is None:
        raise Http404
    user.backend = "django.contrib.auth.backends.ModelBackend"
    return enter(request, user)


@require_POST
def sign_out(request):
    audit.signed_in(action="accounts.logged_out", by=of(request), now=timezone.now())
    logout(request)
    return redirect("public:home")


@require_safe
def start(request):
    """Send everybody to the desk they work at; families to their own page."""
    for role, route, _label in DESKS:
        if request.actor.orgs_as(role):
            return redirect(route)
    return redirect("family:home")


@require_safe
def me(request):
    posts = accounts.posts_in_force(on=timezone.localdate()).filter(user=request.user).select_related("organisation")
    rows = [
        {
            "role": post.get_role_display(),
            "org": post.organisation.name,
            "since": post.starts_on,
            "until": post.ends_on,
        }
        for post in posts
    ]
    context = {
        **around(request, "我的账号", back="account:start"),
        "me": {
            "name": request.user.display_name,
            "username": request.user.username,
            "post": rows[0]["role"] if rows else "服务对象或家属",
            "posts": rows,
            "permissions": [f"以{row['role']}身份，在{row['org']}办理业务。" for row in rows],
        },
        "desks": desks_of(request),
        "size": request.user.text_size,
    }
    return render(request, "desks/me.html", context)


@require_POST
def choose_size(request):
    outcome = attempt(
        account_services.choose_text_size,
        user_id=request.user.pk,
        size=request.POST.get("size", ""),
        by=request.actor,
        now=timezone.now(),
    )
    answer = redirect(next_page(request) or reverse("account:me"))
    if outcome.done:
        _remember_size(answer, request, outcome.row.text_size)
    return answer


@require_http_methods(["GET", "POST"])
def messages(request):
    if request.method == "POST":
        notification_services.mark_all_read(by=request.actor, now=timezone.now())
        return redirect("account:messages")
    context = {
        **around(request, "消息", back="account:start"),
        "messages_list": notifications.inbox(user_id=request.user.pk)[:50],
        "unread": told.unread(request),
    }
    return render(request, "desks/messages.html", context)


def enter(request, user):
    login(request, user)
    request.session[EPOCH] = user.session_epoch
    proving.remember(request, timezone.now())
    audit.signed_in(action="accounts.logged_in", by=of(request), now=timezone.now())
    answer = redirect(next_page(request) or reverse("account:start"))
    _remember_size(answer, request, user.text_size)
    return answer


def _remember_size(answer, request, size):
    """The page is rendered in the right size from its first paint, on this device as on any other."""
    answer.set_cookie("size", size, max_age=31_536_000, samesite="Lax", secure=request.is_secure())


def next_page(request):
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""


def _note_failure(request):
    """Keep that somebody failed to log in; the name only as a digest, for it may be a mistyped password."""
    digest = hashlib.sha256(request.POST.get("username", "").encode()).hexdigest()[:16]
    audit.signed_in(
        action="accounts.login_failed",
        by=of(request),
        now=timezone.now(),
        outcome="failed",
        data={"name_digest": digest},
    )


def _login_page(request, form):
    context = {"form": form, "next": next_page(request), "demo_login_url": reverse("account:login_demo")}
    if settings.DEMO:
        context["demo_people"] = demo_people()
    return context


def demo_people():
    """The demo accounts by desk, for the login page and for the command that prints them."""
    today = timezone.localdate()
    groups = {label: [] for label in DEMO_ORDER}
    posts = accounts.posts_in_force(on=today).filter(user__is_demo=True, user__username__startswith="demo-")
    for post in posts.select_related("user", "organisation").order_by("user__username"):
        label = "区卫健委" if post.role in (Role.SUPERVISOR, Role.QC_INSPECTOR) else post.get_role_display()
        label = "牵头医院督导" if post.role == Role.REVIEWER else label
        groups.setdefault(label, []).append(
            {"username": post.user.username, "name": post.user.display_name, "post": str(post.organisation)}
        )
    families = User.objects.filter(is_demo=True, username__startswith="demo-family").order_by("username")
    groups["家属"] = [{"username": u.username, "name": u.display_name, "post": "服务对象或家属"} for u in families]
    return [{"group": label, "people": people} for label, people in groups.items() if people]
