"""Guidance that the doctor sends to a family: on its medicines and on care at home (003 二(六)17)."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit import services as audit
from desks import articles, office
from desks.doctor.frame import frame
from desks.stepforms import AskForm, asking, number_of, reasons_for_page
from desks.steps import attempt
from education import selectors, services
from orders import selectors as orders


class Recommend(AskForm):
    articles = forms.MultipleChoiceField(label="发送的内容", widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(
        label="给家属的叮嘱", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args, choices=(), **options):
        super().__init__(*args, **options)
        self.fields["articles"].choices = choices


@require_http_methods(["GET", "HEAD", "POST"])
def recommend(request, number):
    row, outcome = orders.request(actor=request.actor, number=number), None
    if request.method == "POST":
        chosen = [pk for value in request.POST.getlist("articles") if (pk := number_of(value)) is not None]
        outcome = attempt(
            services.recommend, typed=request.POST, request_id=row.pk, article_ids=chosen,
            note=request.POST.get("note", ""), **office.act(request),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已发给家属。")
            return redirect("doctor:recommend", number)
    now = timezone.now()
    audit.looked(target=row, by=request.actor, now=now, why="发送用药和护理指导")
    found = selectors.medicines_first(row.centre)
    items = articles.items_of(found[0].district, timezone.localdate(now)) if found else {}
    choices = [(one.pk, f"{one.title}（{articles.about(one, items)}）") for one in found]
    form = asking(Recommend, outcome, choices=choices)
    crumbs = [
        {"label": f"{row.patient.name}的评估和项目单", "url": reverse("doctor:request", args=[number])},
        {"label": "用药和护理指导", "url": ""},
    ]
    context = {
        **frame(request, "doctor:todo", crumbs),
        "asked": row,
        "form": form,
        "choices": choices,
        "sent": selectors.handed_to(row.patient_id),
        "refused": reasons_for_page(outcome, form),
    }
    return render(request, "doctor/learn.html", context, status=outcome.status if outcome else 200)
