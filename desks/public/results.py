"""What the commission has published of its evaluations: figures and text, as they were agreed to (003 三(二))."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from desks import office, reporting
from kernel.actors import ANONYMOUS
from kernel.refusals import hidden
from reporting import selectors


@require_safe
def listing(request):
    page = office.page_of(selectors.published().defer("figures", "sections"), request)
    return render(request, "public/results.html", {"page": page, "canonical": _canonical(request)})


@require_safe
def one(request, pk):
    row = selectors.published().prefetch_related("versions__submitted_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份报告")
    shown = selectors.shown(row, ANONYMOUS, row.edition)
    return render(request, "public/result.html", {**reporting.sheet(row, shown), "canonical": _canonical(request)})


def _canonical(request) -> str:
    """The one address of this page: without what was asked behind it."""
    return request.build_absolute_uri(request.path)
