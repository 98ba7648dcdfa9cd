"""
Where a nurse's phone hands in what it kept: one entry at a time, each with its receipt.

A known refusal is an answer, so that the phone stops asking; what nobody foresaw is a fault, so that it asks again.
"""

import json
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bedside import selectors as bedside
from bedside import services
from bedside.models import PhoneEntry
from desks.nurse import frame, rows, sheet
from desks.nurse.entries import KINDS, Said, refusals
from desks.steps import Outcome
from kernel.refusals import Hidden, Refusal, Refused
from orders import selectors

DAYS_KEPT = 2  # today's and tomorrow's visits may be read without network
MOST_KEPT = 24
LONGEST_WORDS = 20_000


@never_cache
@require_http_methods(["GET", "POST"])
def sync(request: HttpRequest):
    """
    GET: who this is, the time, and which pages may be kept. POST: one entry, answered with ``taken`` or ``refused``.
    """
    return _hello(request) if request.method == "GET" else _receive(request)


def kept_pages(request: HttpRequest) -> list[str]:
    """The visits of today and tomorrow that she may open without network; others stay on the server."""
    today = timezone.localdate()
    left_over = list(selectors.nurse_left_over(actor=request.actor, day=today)[:MOST_KEPT])
    visits = selectors.nurse_visits(actor=request.actor, start=today, days=DAYS_KEPT)[:MOST_KEPT]
    return [rows.visit_url(order) for order in [*left_over, *visits][:MOST_KEPT] if order.finished_at is None]


@require_safe
def outbox(request: HttpRequest):
    """What is only on this phone and what needs a decision; the phone itself fills the page."""
    return frame.page(request, "nurse/outbox.html", {}, keep=True)


def _hello(request):
    return JsonResponse(
        {
            "owner": frame.owner_of(request.user),
            "now": timezone.now().isoformat(),
            "csrf": get_token(request),
            "keep": kept_pages(request),
        }
    )


def _receive(request):
    now = timezone.now()
    try:
        asked = _read(request)
    except (ValueError, TypeError, KeyError, AttributeError):
        return JsonResponse({"error": "这一条的格式不对，请联系管理员。"}, status=400)
    if asked["owner"] != frame.owner_of(request.user):
        return JsonResponse({"error": "这一条是另一位护士记的，请用她的账号登录后发送。"}, status=409)
    envelope, number = asked["envelope"], asked["order"]
    kind = KINDS[envelope.kind]
    order = _visit(request, number)
    said: list[Outcome] = []

    def act():
        if order is None and not kind.heard:
            return [_gone(request, number)]
        fields = asked["fields"]
        fields["receipt"] = str(envelope.receipt)
        given = Said(request, order, envelope.key, fields, request.FILES, envelope.happened_at(now), now)
        try:
            said.append(kind.act(given))
        except Http404:
            return [_gone(request, number)]
        return refusals(said[0])

    try:
        entry = services.receive(envelope=envelope, order=order, act=act, by=request.actor, now=now)
    except Refused as no:
        return JsonResponse({"error": no.sentence}, status=409)
    outcome = said[0] if said else Outcome(reasons=tuple(Refusal(**reason) for reason in entry.reasons))
    return JsonResponse(_answer(request, entry, kind, number, asked, outcome))


def _read(request) -> dict:
    """What was posted, or an error that no honest phone causes."""
    sent = json.loads(request.POST["entry"])
    fields = QueryDict(mutable=True)
    for name, value in sent["fields"]:
        fields.appendlist(str(name)[:60], str(value)[:LONGEST_WORDS])
    if sent["kind"] not in KINDS:
        raise ValueError(sent["kind"])
    envelope = services.Envelope(
        receipt=UUID(sent["receipt"]),
        device=UUID(sent["device"]),
        kind=sent["kind"],
        key=str(sent.get("key", ""))[:60],
        basis=UUID(sent["basis"]) if sent.get("basis") else None,
        device_at=_moment(sent["at"]),
        sent_at=_moment(sent["sent"]),
    )
    number, show = str(sent["order"])[:20], bool(sent.get("show"))
    return {"envelope": envelope, "order": number, "fields": fields, "show": show, "owner": sent["owner"]}


def _moment(text) -> datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _visit(request, number):
    try:
        return selectors.nurse_visit(actor=request.actor, number=number)
    except Hidden:
        return None


def _gone(request, number) -> Refusal:
    if selectors.was_hers(actor=request.actor, number=number):
        said = (
            "这一单已改派给其他护士或取消，这一条没有写进记录。请致电值班台，由专员补记；内容还在这台手机上，可以导出。"
        )
    else:
        said = "没有找到这张订单，或它不在您名下。请致电值班台核对。"
    return Refusal("entry.gone", said, "002 五(六)2")


def _answer(request, entry: PhoneEntry, kind, number, asked, outcome) -> dict:
    answer = {
        "result": "taken" if entry.taken else "refused",
        "reasons": entry.reasons,
        "recorded": entry.received_at.isoformat(),
        "base": str(entry.receipt) if entry.taken else "",
        "html": "",
    }
    order = _visit(request, number)
    if asked["show"] and order is not None and order.visit_record_id and kind.show:
        page = sheet.page(order, typed=asked["fields"], errors=outcome.errors)
        answer["html"] = kind.show(page, asked["envelope"].key, outcome)
    if not entry.taken and any(reason["code"] == "entry.elsewhere" for reason in entry.reasons):
        envelope = asked["envelope"]
        answer["base"] = str(bedside.bases(entry.order_id).get((envelope.kind, envelope.key), ""))
    return answer
