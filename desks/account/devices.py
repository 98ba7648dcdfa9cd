"""Calls to a browser: opened and taken back by the person, and the small worker that shows them."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from desks.account.reach import listing
from desks.steps import attempt
from notifications import services

BROWSERS = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("SamsungBrowser", "三星浏览器"), ("Firefox", "火狐"),
            ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
MACHINES = (("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("Android", "安卓手机"), ("Windows", "Windows 电脑"),
            ("Macintosh", "苹果电脑"), ("Linux", "Linux 电脑"))  # fmt: skip


@require_POST
def add(request):
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    name = called(request.headers.get("User-Agent", ""))
    outcome = attempt(services.open_device, **given, name=name, by=request.actor, now=timezone.now())
    if outcome.done:
        messages.success(request, "已打开，有新消息时会在这台设备上提醒您。")
        return redirect("account:reach")
    return listing(request, device_refused=outcome.reasons, status=422)


@require_POST
def off(request, pk):
    outcome = attempt(services.close_device, device_id=pk, by=request.actor, now=timezone.now())
    if outcome.done:
        messages.success(request, f"已关闭，不再在“{outcome.row.name}”上提醒您。")
    return redirect("account:reach")


@require_safe
@cache_control(no_cache=True)
def worker(request):
    """It keeps no page: it only shows that there is news, and opens the messages when it is touched."""
    return render(request, "desks/push_worker.js", {"home": reverse("account:messages")}, "text/javascript")


def called(user_agent: str) -> str:
    """Say in plain words which browser it is, so that its owner knows it again in the list."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "浏览器")
    machine = next((name for mark, name in MACHINES if mark in user_agent), "")
    return f"{machine}，{browser}" if machine else browser
