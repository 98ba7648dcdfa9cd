"""What everybody may read: articles for home, and the posts of the district's institutions (004 五(四))."""

from django import forms
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.selectors import commission
from desks import articles, office
from education import reads, selectors
from education.models import Article, Post
from kernel.refusals import hidden


class Filter(forms.Form):
    """What the library is asked for; a value that makes no sense is left out, never an error."""

    item = forms.TypedChoiceField(label="护理项目", coerce=int, empty_value=None, required=False)
    condition = forms.ChoiceField(
        label="情况", required=False, choices=[("", "全部情况"), *Article.Condition.choices]
    )  # fmt: skip
    medicine = forms.ChoiceField(label="药品", required=False, choices=[("", "全部药品"), *Article.Medicine.choices])

    def __init__(self, data, *, items):
        super().__init__(data)
        self.fields["item"].choices = [("", "全部项目"), *items.items()]

    def narrow(self, rows):
        self.is_valid()
        asked = self.cleaned_data
        if item := asked.get("item"):
            rows = rows.filter(items__contains=[item])
        if condition := asked.get("condition"):
            rows = rows.filter(conditions__contains=[condition])
        if medicine := asked.get("medicine"):
            rows = rows.filter(medicines__contains=[medicine])
        return rows


@require_safe
def library(request):
    district, context = commission(), {"canonical": request.build_absolute_uri(request.path)}
    if district is not None:
        items = articles.items_of(district, timezone.localdate())
        form = Filter(request.GET, items=items)
        page = office.page_of(form.narrow(selectors.public_articles(district)), request)
        page.object_list = [{"row": row, "about": articles.about(row, items)} for row in page.object_list]
        context |= {"form": form, "page": page, "asked": any(form.cleaned_data.values())}
    return render(request, "public/learn.html", context)


@require_safe
def article(request, code):
    context = _article(code)
    context["canonical"] = request.build_absolute_uri(request.path)
    return render(request, "public/learn_one.html", context)


@require_safe
def paper(request, code):
    """The same article as one sheet of paper."""
    context = {**_article(code), "back_url": reverse("public:learn_one", args=[code])}
    return render(request, "public/learn_paper.html", context)


@require_safe
def stories(request):
    district, context = commission(), {"canonical": request.build_absolute_uri(request.path)}
    if district is not None:
        column, rows = request.GET.get("column", ""), selectors.public_posts(district)
        if column in Post.Column.values:
            rows = rows.filter(column=column)
        elif column == "typical":
            rows = rows.filter(honoured_at__isnull=False)
        context |= {"page": office.page_of(rows, request), "columns": _columns(column), "column": column}
    return render(request, "public/stories.html", context)


@require_safe
def story(request, pk):
    district = commission()
    if district is None:
        raise hidden("这篇稿件")
    row = selectors.public_post(district, pk)
    if request.method == "GET":
        reads.note(row.pk, timezone.localdate())
    context = {"row": row, "parts": articles.parts(row.body), "canonical": request.build_absolute_uri(request.path)}
    return render(request, "public/story.html", context)


def _article(code: str) -> dict:
    district = commission()
    if district is None:
        raise hidden("这篇文章")
    row = selectors.public_article(district, code)
    return articles.shown(row, articles.items_of(district, timezone.localdate()))


def _columns(chosen: str) -> list[dict]:
    every = [("", "全部栏目"), *Post.Column.choices, ("typical", "典型案例")]
    return [{"value": value, "label": label, "current": value == chosen} for value, label in every]
