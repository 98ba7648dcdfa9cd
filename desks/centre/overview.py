"""How the centre stands: figures, what needs doing, its orders and ratings."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from clinical import services as clinical
from desks import facts, listing, office
from desks.centre import forms, reads
from desks.centre.desk import CHOSEN, place, places, reader, show
from orders import selectors
from orders import services as order_services


@require_safe
def home(request):
    return show(request, "home", {"state": _state(request)})


@require_safe
def live(request):
    return show(request, "_home", {"state": _state(request)})


@require_POST
def switch(request):
    """Work for another of one's own centres."""
    asked = request.POST.get("centre", "")
    if asked not in {str(one.pk) for one in places(request.actor)}:
        raise Http404
    request.session[CHOSEN] = int(asked)
    return redirect("centre:home")


@require_safe
def orders(request):
    return show(request, "orders", listing.orders_page(request, reader(request), "centre:orders_one"))


@require_safe
def order(request, number):
    return _order(request, number)


def _order(request, number, *, form=None, status=200):
    row = selectors.order(actor=reader(request), number=number)
    audit.looked(target=row, by=request.actor, now=timezone.now(), why="中心管理员查看订单", role="centre_admin")
    crumbs = [{"label": "订单查询", "url": "../"}, {"label": row.number, "url": ""}]
    context = {"facts": facts.of_order(row), "crumbs": crumbs, "release": form or office.Reason()}
    return show(request, "order", context, status=status)


@require_POST
def release(request, number):
    """Let the nurse amend a closed record although the usual hours are over (002 五(七)1(1))."""
    row, form = selectors.order(actor=reader(request), number=number), office.Reason(request.POST)
    if office.done(form, clinical.release_amendment, record_id=row.visit_record_id, **office.act(request)):
        messages.success(request, "已放行，护士一天内可以补记或更正。")
        return redirect("centre:orders_one", number=number)
    return _order(request, number, form=form, status=422)


@require_safe
def ratings(request):
    return _ratings(request)


@require_http_methods(["POST"])
def reply(request, number):
    form = forms.Reply(request.POST)
    row = selectors.order(actor=reader(request), number=number)
    if office.done(form, order_services.reply_to_rating, order_id=row.pk, **office.act(request)):
        messages.success(request, "已回复这条评价。")
        return redirect("centre:ratings")
    return _ratings(request, bound=(row.pk, form), status=422)


def _ratings(request, *, bound=None, status=200):
    here = place(request)
    page = office.page_of(reads.ratings(centre=here), request)
    page.object_list = [
        {
            "row": row,
            "answers": [(label, getattr(row, key)) for key, label in facts.QUESTIONS],
            "reply": _reply_form(row, bound),
            "chance": office.step("reply", "回复评价"),
        }
        for row in page.object_list
    ]
    averages = reads.rating_averages(centres=[here.pk])
    context = {
        "page": page,
        "answered": averages["n"],
        "averages": [(label, averages[key]) for key, label in facts.QUESTIONS],
    }
    return show(request, "ratings", context, status=status)


def _reply_form(row, bound):
    if row.replied_at and not (bound and bound[0] == row.order_id):
        return None
    return bound[1] if bound and bound[0] == row.order_id else forms.Reply()


def _state(request):
    return reads.home(centre=place(request), actor=reader(request), now=timezone.now())
