"""Opening an account of one's own, before anybody knows who it is for."""

from dataclasses import replace

from django import forms
from django.core.cache import cache
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from desks import office
from desks.account.views import enter, next_page
from desks.steps import Outcome, attempt
from kernel.refusals import Refusal
from patients.actors import of

PER_HOUR = 5
TOO_MANY = Refusal(
    "register.too_many",
    "这个网络一小时内注册的账号已经很多，请过一小时再试，或打电话请社区卫生服务中心代为登记。",
)


class Registration(forms.Form):
    username = forms.RegexField(
        r"^[A-Za-z0-9_.\-]{4,30}\Z", label="账号名",
        help_text="登录和为家人代办时都用它。为保护隐私，请不要用手机号和证件号码。",
        error_messages={"invalid": "账号名请用 4 到 30 位字母或数字。"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    display_name = forms.CharField(
        label="您的姓名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="密码", strip=False, help_text="至少 12 位，不要只用数字。可以用一句自己记得住的话。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label="再输一遍密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "两次输入的密码不一样，请再输一遍。")
        return cleaned


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "POST"])
def register(request):
    if request.user.is_authenticated:
        return redirect("account:start")
    form, outcome, status = Registration(request.POST if request.method == "POST" else None), Outcome(), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if not _allowed(request):
                outcome, status = Outcome(reasons=(TOO_MANY,)), 429
            else:
                said = form.cleaned_data
                outcome = attempt(
                    services.create_user,
                    username=said["username"],
                    display_name=said["display_name"].strip(),
                    password=said["password"],
                    by=replace(of(request), kind="system", id="public.register"),
                    now=timezone.now(),
                )
                if outcome.done:
                    outcome.row.backend = "django.contrib.auth.backends.ModelBackend"
                    return enter(request, outcome.row)
            office.tell(form, outcome)
    context = {"form": form, "next": next_page(request)}
    return render(request, "registration/register.html", context, status=status)


def _allowed(request) -> bool:
    """Count the accounts that one address opens in an hour."""
    key = f"register:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, timeout=3600)
    return cache.incr(key) <= PER_HOUR
