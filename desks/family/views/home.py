"""Where do things stand? The first page, one request, one order."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from audit import services as audit
from desks import noshow, office, signed
from desks.family import coming, rows
from desks.family.draft import Draft
from desks.family.forms import Why
from desks.family.frame import ask, family_page, order, posted, reads, reads_somebody, service_request, show, uploads
from desks.steps import take
from orders import selectors as orders
from orders.lifecycle import MANAGE, ORDER, RATEABLE
from orders.models import Rating
from patients import privacy

# What the family can do with an order, most urgent first, and the page on which it is done.
PAGES = {
    "consent": ("family:consent", "看同意书并签字"),
    "confirm": ("family:confirm", "确认服务完成"),
    "object": ("family:object", "对这次服务有意见"),
    "reschedule": ("family:reschedule", "改时间"),
    "cancel": ("family:cancel", "取消这次上门"),
}
URGENT = ("consent", "confirm")


@require_safe
@family_page
def home(request):
    draft = Draft(request, timezone.now())
    facts = _home(request)
    return show(
        request, "family/home.html", name=request.user.display_name, draft=bool(draft.said),
        cares=reads_somebody(request), **facts,
    )  # fmt: skip


@require_safe
@family_page
def home_live(request):
    return show(request, "family/_home.html", **_home(request))


def _home(request):
    here = orders.family_home(actor=request.family)
    current, *others = [rows.order(row) for row in here["open"]] or [None]
    if current:
        current |= {"tasks": rows.tasks(current["row"]), "main": _main(request, current["row"])}
    ended = [rows.order(row) for row in here["ended"]]
    return {
        "current": current,
        "others": others,
        "waiting": [rows.request(row) for row in here["waiting"]],
        "past_requests": [row for row in map(rows.request, here["requests"]) if not row["waiting"]][:5],
        "ended": ended,
        "to_rate": [row for row in ended if _may_rate(request, row["row"])],
        "today": timezone.localdate(),
        "centre": current["row"].centre if current else None,
    }


@require_safe
@family_page
def all_orders(request):
    page = office.page_of(orders.orders(actor=request.family), request)
    page.object_list = [rows.order(row) for row in page.object_list]
    return show(request, "family/orders.html", back=reverse("family:home"), page=page)


# --- one order --------------------------------------------------------------------------------------------------------


@require_safe
@family_page
def order_page(request, number):
    row = order(request, number)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属查看订单")
    reading = reads(request, row.patient_id)
    facts = {
        "reads": reading,
        "items": rows.items(row) if reading else [],
        "address": f"{row.address.town}{privacy.address_line(row.address)}",
        "record": rows.record(row) if reading else None,
        "rating": Rating.objects.filter(order=row).first() if reading else None,
        "questions": rows.QUESTIONS,
        "no_show": noshow.card(row, request.family, timezone.now()),
        "signed": signed.card(row, "family:signature") if reading else None,
    }
    return show(
        request, "family/order.html", back=reverse("family:home"), centre=row.centre,
        complain_url=f"{reverse('family:report_new')}?order={row.number}", **_order(request, row), **facts,
    )  # fmt: skip


@require_safe
@family_page
def order_live(request, number):
    row = order(request, number)
    return show(request, "family/_order.html", centre=row.centre, **_order(request, row))


def _order(request, row):
    chances = orders.order_chances(row=row, actor=request.family)
    links = [
        {"name": one.name, "url": reverse(PAGES[one.name][0], args=[row.number]), "label": PAGES[one.name][1]}
        for one in chances
        if one.name in PAGES
    ]
    card = rows.order(row)
    own = request.family.patients_as("patient")
    return {
        "card": card,
        "person": rows.person(row.patient),
        "tasks": rows.tasks(row),
        "main": _main(request, row, chances),
        "links": [link for link in links if link["name"] not in URGENT],
        "papers": _papers(row) if card["not_begun"] and reads(request, row.patient_id) else [],
        "coming": coming.card(request, row, timezone.now()),
        # The patient could go on from here, and this proxy may not.
        "cannot": not chances and row.patient_id not in own and bool(ORDER.chances(row, {Role.PATIENT})),
    }


def _main(request, row, chances=None):
    """The one thing that waits for the family, as the page's main button."""
    chances = orders.order_chances(row=row, actor=request.family) if chances is None else chances
    for one in chances:
        if one.name in URGENT:
            route, label = PAGES[one.name]
            return {"url": reverse(route, args=[row.number]), "label": label}
    if _may_rate(request, row):
        return {"url": reverse("family:rate", args=[row.number]), "label": "评价这次服务"}
    return None


def _may_rate(request, row):
    allowed = row.patient_id in request.family.patients_as("patient") or MANAGE in request.family.scopes_for(
        row.patient_id
    )
    return row.status in RATEABLE and row.rating_at is None and allowed


def _papers(row):
    return [paper for paper in (row.consent, row.agreement) if paper and paper.withdrawn_at is None]


# --- one request ------------------------------------------------------------------------------------------------------


@require_safe
@family_page
def request_page(request, number):
    row = service_request(request, number)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属查看申请")
    facts = {
        "address": f"{row.address.town}{privacy.address_line(row.address)}",
        "items": list(row.wished_items.all()),
        "uploads": sum(map(len, uploads(request, row.patient).values())),
    }
    return show(
        request,
        "family/request.html",
        back=reverse("family:home"),
        centre=row.centre,
        **_request(request, row),
        **facts,
    )


@require_safe
@family_page
def request_live(request, number):
    row = service_request(request, number)
    return show(request, "family/_request.html", centre=row.centre, **_request(request, row))


def _request(request, row):
    chances = {one.name: one for one in orders.request_chances(row=row, actor=request.family)}
    reading = reads(request, row.patient_id)
    lines = list(orders.prescription_lines(row)) if row.prescription_id and reading else []
    return {
        "reads": reading,
        "card": rows.request(row),
        "person": rows.person(row.patient),
        "story": rows.story(row),
        "lines": lines,
        "left": sum(line.times_left for line in lines),
        "visits": [
            rows.order(visit) for visit in orders.orders(actor=request.family).filter(request=row)[: orders.PAGE]
        ],
        "may_withdraw": "withdraw" in chances,
    }


@require_http_methods(["GET", "POST"])
@family_page
def withdraw(request, number):
    row = service_request(request, number)
    back = reverse("family:request", args=[number])
    form = Why(posted(request), reasons=("暂时不需要了", "情况有变化", "已在别处得到照顾", "填错了，想重新填"))
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = take(request, "request", "withdraw", row.pk, {**form.passed_on(request), "reason": form.reason()})
        if outcome.done:
            messages.success(request, "申请已撤回。需要时可以随时再申请。")
            return redirect(back)
    return ask(
        request, form, title="撤回这份申请吗？", sub="撤回后，已经约好的医生上门也会取消。", send="撤回申请", back=back,
        centre=row.centre, outcome=outcome, keep="保留申请", grave=True, version=row.version,
    )  # fmt: skip
