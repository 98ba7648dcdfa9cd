"""What families said about their visits, and the centre's one answer to each."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from desks import office
from desks.dispatch import forms
from desks.dispatch.frame import frame
from desks.facts import QUESTIONS
from desks.stepforms import asking
from desks.steps import attempt
from orders import selectors, services


@require_safe
def ratings(request):
    return _page(request)


@require_POST
def reply(request, number):
    order = selectors.order(actor=request.actor, number=number)
    outcome = attempt(
        services.reply_to_rating,
        typed=request.POST,
        order_id=order.pk,
        reply=request.POST.get("reply", ""),
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "已回复，家属会看到。")
        return redirect("dispatch:ratings")
    return _page(request, number, outcome)


def _page(request, number="", outcome=None):
    mine = selectors.ratings(actor=request.actor).filter(centre__in=request.actor.orgs_as(Role.DISPATCHER))
    unanswered = request.GET.get("only") == "unanswered"
    page = office.page_of(mine.filter(replied_at__isnull=True) if unanswered else mine, request)
    page.object_list = [_row(rating, outcome if rating.order.number == number else None) for rating in page.object_list]
    refused = outcome if outcome and number not in {row["number"] for row in page.object_list} else None
    context = {
        **frame(request, "dispatch:ratings"),
        "page": page,
        "unanswered": unanswered,
        "refused": refused.reasons if refused else None,
    }
    return render(request, "dispatch/ratings.html", context, status=outcome.status if outcome else 200)


def _row(rating, outcome):
    form = asking(forms.Reply, outcome, auto_id=f"reply-{rating.pk}_%s")
    return {
        "number": rating.order.number,
        "url": reverse("dispatch:order", args=[rating.order.number]),
        "items": "、".join(line.item.name for line in rating.order.lines.all()),
        "answers": [(label, getattr(rating, key)) for key, label in QUESTIONS],
        "comment": rating.comment,
        "at": rating.rated_at,
        "reply": rating.reply,
        "replied_at": rating.replied_at,
        "replied_by": str(rating.replied_by or ""),
        "form": form,
        "refused": form.page_reasons,
        "reply_url": reverse("dispatch:rating_reply", args=[rating.order.number]),
    }
