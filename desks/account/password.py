"""Changing one's own password: the old one, the new one twice; every other session of the account is over then."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.models import User
from accounts.sessions import EPOCH
from desks import office
from desks.account.frame import around
from institutions import proving
from kernel.actors import Actor
from kernel.refusals import Invalid


class Secret(forms.CharField):
    """A password in a box of its own: never trimmed, never shown again."""

    def __init__(self, *, complete: str, **options):
        super().__init__(strip=False, widget=forms.PasswordInput(attrs={"autocomplete": complete}), **options)


class Change(forms.Form):
    old = Secret(label="现在的密码", complete="current-password")
    new = Secret(
        label="新密码", complete="new-password", help_text="至少 12 位，不要只用数字。可以用一句自己记得住的话。"
    )
    again = Secret(label="再输一遍新密码", complete="new-password")


@sensitive_post_parameters("old", "new", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request):
    form = Change(office.posted(request))
    if request.method == "POST" and office.done(form, _change, request=request, **office.act(request)):
        _stay(request)
        messages.success(request, "密码已修改。其他设备上的登录已经结束，请用新密码重新登录。")
        return redirect("account:me")
    context = {
        **around(request, "我的账号", back="account:me", page="修改密码"),
        "form": form,
        "has_password": request.user.has_usable_password(),
    }
    return render(request, "desks/password.html", context, status=422 if form.errors else 200)


def _change(*, request: HttpRequest, old: str, new: str, again: str, by: Actor, now: datetime) -> User:
    # The log-in's own way: what is tried here counts towards the same lock, and while it holds nothing is changed.
    user = request.user
    if user.has_usable_password() and authenticate(request, username=user.get_username(), password=old) != user:
        raise Invalid(services.WRONG_PASSWORD)
    return services.change_password(user_id=user.pk, old=old, new=new, again=again, by=by, now=now)


def _stay(request):
    """Whoever has changed it goes on in this one session, which is given a new key."""
    request.user.refresh_from_db(fields=["password", "session_epoch"])
    update_session_auth_hash(request, request.user)
    request.session[EPOCH] = request.user.session_epoch
    proving.remember(request, timezone.now())
