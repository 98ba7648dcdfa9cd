"""How training goes in each centre, and the pool of experts (001 二(二)6, 7)."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organization
from desks import office
from desks.oversight.desk import READERS, SUPERVISOR, district, reader, show
from desks.pages import no_permission
from desks.steps import attempt
from education import selectors, services


class ExpertForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=40)
    field = forms.CharField(label="专业方向", max_length=60, help_text="例如：伤口造口、静脉治疗、老年护理。")
    title = forms.CharField(label="职称", max_length=40)
    organisation = forms.CharField(label="所在机构", max_length=80)
    starts_on = office.DateField(label="入库日期", initial=timezone.localdate)


@require_safe
def training(request):
    """Each centre in figures: who was planned, passed, is late, passed at the first try."""
    centres = Organization.objects.filter(
        pk__in=reader(request).orgs_as(*READERS), kind__in=Organization.PROVIDERS
    ).order_by("short_name", "pk")
    page = office.page_of(centres, request)
    page.object_list = selectors.scores(page.object_list, timezone.localdate())
    return show(request, "education/training", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def experts(request):
    may = request.actor.holds(*SUPERVISOR)
    form = ExpertForm(office.posted(request)) if may else None
    if request.method == "POST" and form is None:
        return no_permission(request, "这一步")
    filed = {"district": district(request), **office.act(request)}
    if request.method == "POST" and office.done(form, services.file_expert, **filed):
        messages.success(request, "专家已入库。")
        return redirect("oversight:experts")
    page = office.page_of(selectors.experts(district(request)), request)
    crumbs = [{"label": "护士培训", "url": reverse("oversight:training")}, {"label": "专家库", "url": ""}]
    context = {"page": page, "form": form, "crumbs": crumbs}
    return show(request, "education/experts", context, status=422 if form is not None and form.errors else 200)


@require_POST
def experts_end(request, pk):
    outcome = attempt(services.end_expert, expert_id=pk, **office.act(request))
    if outcome.done:
        messages.success(request, "专家已出库。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("oversight:experts")
