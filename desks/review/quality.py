"""The lead hospital's visits to its centres: planned, scored, followed up (002 七(三))."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from desks import listing, office, scoresheets
from desks.review.compliance import DESK
from desks.steps import attempt
from supervision import services


class Plan(forms.Form):
    centre = forms.ChoiceField(label="督导的中心")
    planned_on = office.DateField(label="督导日期", initial=timezone.localdate)

    def __init__(self, *args, centres, **options):
        super().__init__(*args, **options)
        self.fields["centre"].choices = [("", "请选择"), *((one.pk, one.short_name) for one in centres)]


@require_http_methods(["GET", "HEAD", "POST"])
def overview(request):
    actor = DESK.actor(request)
    centres = list(listing.centres_of(actor))
    form = Plan(office.posted(request), centres=centres)
    if request.method == "POST" and form.is_valid():
        centre = next(one for one in centres if str(one.pk) == form.cleaned_data["centre"])
        outcome = attempt(
            services.plan_tour, typed=request.POST, centre=centre, planned_on=form.cleaned_data["planned_on"],
            **office.act(request),
        )  # fmt: skip
        if office.tell(form, outcome):
            messages.success(request, "已列入督导计划，到时填写评分表。")
            return redirect("review:quality")
    context = {"form": form, "page": scoresheets.page_of(request, DESK)}
    return DESK.show(request, "quality", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, pk):
    return scoresheets.one(request, DESK, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def walk(request):
    return scoresheets.walk(request, DESK)
