"""The seals above the trace: how the sealing stands, and each signed head with the note that anybody may keep."""

from django.http import HttpRequest, HttpResponse

from audit import selectors as audit
from audit.models import Cosignature, Head
from desks import traces
from kernel.refusals import hidden

PAGE = 50


def heads(
    request: HttpRequest, desk: traces.Desk, *, state: audit.SealState, status: int = 200, **more
) -> HttpResponse:
    """All heads, newest first, by key; and how the sealing stands now."""
    rows = Head.objects.order_by("-n")
    if before := traces.keys(request)["before"]:
        rows = rows.filter(n__lt=before)
    found = list(rows[: PAGE + 1])
    context = {
        "heads": _rows(desk, found[:PAGE]),
        "earlier": found[PAGE - 1].n if len(found) > PAGE else None,
        "first": before is None,
        "state": state,
        **more,
    }
    return desk.show(request, "heads", context, status=status)


def head(request: HttpRequest, desk: traces.Desk, n: int, *, crumbs: list[dict]) -> HttpResponse:
    """:raises kernel.refusals.Hidden: there is no such head yet"""
    row = Head.objects.select_related("era").filter(n=n).first()
    if row is None:
        raise hidden("这次封存")
    return desk.show(request, "head", {"head": _rows(desk, [row])[0], "era": row.era, "crumbs": crumbs})


def _rows(desk, rows):
    witnesses = {}
    for one in Cosignature.objects.filter(n__in=[row.n for row in rows]).order_by("name"):
        witnesses.setdefault(one.n, []).append(one)
    return [
        {
            "row": row,
            "url": desk.url("heads_one", row.n),
            "added": row.tree_size - row.first_leaf,
            "root": bytes(row.root).hex(),
            "witnesses": witnesses.get(row.n, []),
        }
        for row in rows
    ]
