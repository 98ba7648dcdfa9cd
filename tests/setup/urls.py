"""Addresses that behave badly on purpose, beside the real ones."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST

from nursing_platform.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_not_required
def broken(request):
    raise RuntimeError("duplicate key\nDETAIL:  Key (phone)=(13800000000) already exists.")


@login_not_required
def forbidden(request):
    raise PermissionDenied


@login_not_required
def suspicious(request):
    raise SuspiciousOperation


@login_not_required
@require_POST
def post_only(request):
    return HttpResponse("done")


@login_not_required
def talkative(request):
    structlog.get_logger("tests").info("something_happened", order=4711)
    return HttpResponse("done")


@login_not_required
def scripted(request):
    """A page as ours are: htmx from its file, one inline script that must not run."""
    return HttpResponse(
        """<!doctype html><html lang="zh-CN"><head><title>页面</title>
        <script src="/static/vendor/htmx.org/htmx.min.js" defer></script></head>
        <body><script>document.documentElement.dataset.inline = "ran"</script>
        <form hx-post="/test/post" hx-target="#answer"><button>提交申请</button></form>
        <p id="answer"></p></body></html>"""
    )


def private(request):
    return HttpResponse("for signed-in people")


urlpatterns = [
    path("test/broken", broken),
    path("test/forbidden", forbidden),
    path("test/suspicious", suspicious),
    path("test/post", post_only),
    path("test/talkative", talkative),
    path("test/scripted", scripted),
    path("test/private", private),
    path("api/v1/test/broken", broken),
    path("", include("nursing_platform.urls")),
]
