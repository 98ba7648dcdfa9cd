"""The commission's library of articles and courses: drafted by one, read by another, published, withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import articles, office, timelines
from desks.oversight.desk import district, reader, show
from desks.stepforms import number_of, receipt_of
from desks.steps import attempt
from education import bank, faces, selectors, services
from education.doors import ARTICLES, COURSES
from education.lifecycle import ARTICLE, COURSE, TO_REVIEW
from education.models import Article
from nurses.models import Training

BODY_HELP = "每节以「## 」和标题开头，每个要点以「- 」开头，段落之间空一行。"


class ArticleForm(forms.Form):
    """An article as it is typed."""

    title = forms.CharField(label="标题", max_length=60)
    summary = forms.CharField(label="一句话说明", max_length=120)
    kind = forms.ChoiceField(label="类别", choices=Article.Kind.choices)
    body = office.TextField(label="正文", rows=14, max_length=6000, help_text=BODY_HELP)
    call_when = office.TextField(label="什么情况要马上联系", rows=2, max_length=300)
    items = forms.CharField(
        label="适用项目序号", max_length=60, required=False, help_text="项目目录中的序号，例如“1、2、5”。"
    )
    conditions = forms.MultipleChoiceField(
        label="适用情况", choices=Article.Condition.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    medicines = forms.MultipleChoiceField(
        label="药品类别", choices=Article.Medicine.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="用药指导请至少选择一类。",
    )  # fmt: skip
    source = forms.CharField(label="依据", max_length=200)

    def clean_items(self) -> list[int] | None:
        """The numbers as they were typed; None when they cannot be read, which the verb refuses."""
        said = self.cleaned_data["items"].replace("，", "、").replace(",", "、").split("、")
        numbers = [one.strip() for one in said if one.strip()]
        if not all(one.isascii() and one.isdigit() and len(one) < 4 for one in numbers):
            return None
        return [int(one) for one in numbers]


class CourseForm(forms.Form):
    """A course as it is typed, with its questions."""

    title = forms.CharField(label="课程名称", max_length=60)
    summary = forms.CharField(label="一句话说明", max_length=120)
    kind = forms.ChoiceField(label="类别", choices=Training.Kind.choices)
    specialty = forms.CharField(label="专科方向", max_length=40, required=False, help_text="不分专科可以不填。")
    body = office.TextField(label="课程内容", rows=14, max_length=12000, help_text=BODY_HELP)
    bank = office.TextField(
        label="题库", rows=14, max_length=60000,
        help_text="每题几行：题：……；A. ……；B. ……；答案：B（多选写 AC）；解析：……。每题之间空一行。",
    )  # fmt: skip
    hours = forms.DecimalField(label="学时", max_digits=4, decimal_places=1, initial=4)
    valid_months = forms.IntegerField(label="合格后有效月数", initial=12)
    drawn = forms.IntegerField(label="每次抽题数", initial=5)
    pass_mark = forms.IntegerField(label="合格分数", initial=80)
    tries = forms.IntegerField(label="可考次数", initial=3)
    minutes = forms.IntegerField(label="考试时间（分钟）", initial=30)
    source = forms.CharField(label="依据", max_length=200)


class Code(forms.Form):
    code = forms.CharField(
        label="代码", max_length=40, help_text="小写字母、数字和短横线，会出现在网址里；代码相同就是新的一版。"
    )


class NewArticle(ArticleForm, Code):
    field_order = ["code"]


class NewCourse(CourseForm, Code):
    field_order = ["code"]


@dataclass(frozen=True)
class Shelf:
    """One kind of paper: its addresses, words, forms and verbs."""

    name: str
    title: str
    about: str
    form: type
    new: type
    rows: Callable
    row: Callable
    door: Any
    table: Any
    verbs: dict
    key: str
    typed: Callable

    def url(self, page: str = "", *args) -> str:
        return reverse(f"oversight:{self.name}{page}", args=args)


def _typed_article(row) -> dict:
    fields = ("title", "summary", "kind", "body", "call_when", "conditions", "medicines", "source")
    return {**{name: getattr(row, name) for name in fields}, "items": "、".join(str(one) for one in row.items)}


def _typed_course(row) -> dict:
    fields = ("title", "summary", "kind", "specialty", "body", "hours", "valid_months", "drawn", "pass_mark", "tries",
              "minutes", "source")  # fmt: skip
    return {**{name: getattr(row, name) for name in fields}, "bank": bank.written(row.bank)}


LIBRARY = Shelf(
    "library", "科普文章", "给家属看的护理和用药指导；一人起草，另一人审核，然后发布", ArticleForm, NewArticle,
    selectors.articles, selectors.article, ARTICLES, ARTICLE,
    {"write": services.write_article, "change": services.change_article, "review": services.review_article,
     "send_back": services.send_back_article, "publish": services.publish_article,
     "withdraw": services.withdraw_article, "adopt": services.adopt_articles},
    "article_id", _typed_article,
)  # fmt: skip
COURSE_SHELF = Shelf(
    "courses", "培训课程", "护士在线学习和考试的课程；一人起草，另一人审核，然后发布", CourseForm, NewCourse,
    selectors.courses, selectors.course, COURSES, COURSE,
    {"write": services.write_course, "change": services.change_course, "review": services.review_course,
     "send_back": services.send_back_course, "publish": services.publish_course,
     "withdraw": services.withdraw_course, "adopt": services.adopt_courses},
    "course_id", _typed_course,
)  # fmt: skip
SAID = {
    "review": "审核通过，等待发布。",
    "send_back": "已退回修改。",
    "publish": "已发布。",
    "withdraw": "已撤下，不再显示。",
}
WITH_REASON = {"send_back", "withdraw"}


@require_safe
def library(request):
    return _listing(request, LIBRARY)


@require_http_methods(["GET", "HEAD", "POST"])
def library_new(request):
    return _new(request, LIBRARY)


@require_POST
def library_adopt(request):
    return _adopt(request, LIBRARY)


@require_safe
def library_one(request, pk):
    return _one(request, LIBRARY, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def library_edit(request, pk):
    return _edit(request, LIBRARY, pk)


@require_POST
def library_step(request, pk, verb):
    return _step(request, LIBRARY, pk, verb)


@require_safe
def courses(request):
    return _listing(request, COURSE_SHELF)


@require_http_methods(["GET", "HEAD", "POST"])
def courses_new(request):
    return _new(request, COURSE_SHELF)


@require_POST
def courses_adopt(request):
    return _adopt(request, COURSE_SHELF)


@require_safe
def courses_one(request, pk):
    return _one(request, COURSE_SHELF, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def courses_edit(request, pk):
    return _edit(request, COURSE_SHELF, pk)


@require_POST
def courses_step(request, pk, verb):
    return _step(request, COURSE_SHELF, pk, verb)


def _listing(request, shelf):
    page = office.page_of(shelf.rows(actor=reader(request)), request)
    page.object_list = [
        {"row": row, "face": faces.PAPER[row.status], "url": shelf.url("_one", row.pk)} for row in page.object_list
    ]
    context = {"shelf": shelf, "page": page, "new_url": shelf.url("_new"), "adopt_url": shelf.url("_adopt")}
    return show(request, "education/shelf", context)


def _new(request, shelf):
    """A new paper, or with ``?from=`` the next edition of one that was published."""
    old = number_of(request.GET.get("from"))
    row = shelf.row(actor=reader(request), pk=old) if old else None
    initial = {**shelf.typed(row), "code": row.code} if row else None
    form = shelf.new(office.posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            shelf.verbs["write"], typed=request.POST, district=district(request),
            receipt=receipt_of(request.POST), **form.cleaned_data, **office.act(request),
        )  # fmt: skip
        if office.tell(form, outcome):
            messages.success(request, "草稿已保存，请另一位审核。")
            return redirect(shelf.url("_one", outcome.row.pk))
    return _form_page(request, shelf, form, f"起草{shelf.title}", shelf.url())


def _edit(request, shelf, pk):
    row = shelf.row(actor=reader(request), pk=pk)
    if row.status not in TO_REVIEW and request.method != "POST":
        messages.info(request, "只有草稿可以修改；已审核的请先退回，已发布的请起草新的一版。")
        return redirect(shelf.url("_one", pk))
    form = shelf.form(office.posted(request), initial=shelf.typed(row))
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            shelf.verbs["change"], typed=request.POST, **{shelf.key: pk}, receipt=receipt_of(request.POST),
            version=number_of(request.POST.get("version")), **form.cleaned_data, **office.act(request),
        )  # fmt: skip
        if office.tell(form, outcome):
            messages.success(request, "修改已保存，请另一位审核。")
            return redirect(shelf.url("_one", pk))
    return _form_page(request, shelf, form, f"修改「{row.title}」", shelf.url("_one", pk), version=row.version)


def _form_page(request, shelf, form, title, back, *, version=None):
    crumbs = [{"label": shelf.title, "url": shelf.url()}, {"label": title, "url": ""}]
    context = {"shelf": shelf, "form": form, "title": title, "back": back, "version": version, "crumbs": crumbs}
    return show(request, "education/form", context, status=422 if form.errors else 200)


def _one(request, shelf, pk, *, refused=("", None), status=200):
    row = shelf.row(actor=reader(request), pk=pk)
    mine = row.written_by_id == request.user.pk
    chances = [one for one in shelf.door.chances(row, reader(request)) if one.name in SAID]
    chances = [one for one in chances if not (mine and one.name == "review")]
    items = articles.items_of(row.district, timezone.localdate()) if shelf is LIBRARY else {}
    context = {
        "shelf": shelf,
        "row": row,
        "face": faces.PAPER[row.status],
        "parts": articles.parts(row.body),
        "about": articles.about(row, items) if shelf is LIBRARY else "",
        "bank": _bank(row) if shelf is COURSE_SHELF else [],
        "editable": row.status in TO_REVIEW,
        "edit_url": shelf.url("_edit", pk),
        "again_url": f"{shelf.url('_new')}?from={pk}",
        "mine": mine and row.status in TO_REVIEW,
        "refused": refused[1] if not isinstance(refused[1], forms.Form) else None,
        "steps": [_step_of(shelf, row, one, refused) for one in chances],
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda one: one.pk), shelf.table, faces.PAPER),
        "crumbs": [{"label": shelf.title, "url": shelf.url()}, {"label": str(row), "url": ""}],
    }  # fmt: skip
    return show(request, "education/paper", context, status=status)


def _step_of(shelf, row, chance, refused) -> dict:
    asks = chance.name in WITH_REASON
    heard = refused[1] if refused[0] == chance.name and isinstance(refused[1], forms.Form) else None
    return {
        "chance": chance,
        "url": shelf.url("_step", row.pk, chance.name),
        "form": (heard or office.Reason()) if asks else None,
        "look": "grave" if asks else "main",
    }


def _bank(row) -> list[dict]:
    return [
        {"text": one["text"], "why": one["why"],
         "choices": [{"words": words, "right": n in one["right"]} for n, words in enumerate(one["choices"])]}
        for one in row.bank
    ]  # fmt: skip


def _step(request, shelf, pk, verb):
    if verb not in SAID:
        raise Http404
    row = shelf.row(actor=reader(request), pk=pk)
    seen = {"version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST)}
    given = {shelf.key: row.pk, **seen, **office.act(request)}
    if verb in WITH_REASON:
        form = office.Reason(request.POST)
        if office.done(form, shelf.verbs[verb], **given):
            messages.success(request, SAID[verb])
            return redirect(shelf.url("_one", pk))
        return _one(request, shelf, pk, refused=(verb, form), status=422)
    outcome = attempt(shelf.verbs[verb], **given)
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect(shelf.url("_one", pk))
    return _one(request, shelf, pk, refused=(verb, list(outcome.reasons)), status=422)


def _adopt(request, shelf):
    outcome = attempt(shelf.verbs["adopt"], district=district(request), **office.act(request))
    if not outcome.done:
        messages.error(request, outcome.refused.sentence)
    elif outcome.row:
        messages.success(request, f"已放入 {len(outcome.row)} 份草稿，请另一位逐份审核后发布。")
    else:
        messages.info(request, "平台起草的内容都已放入。")
    return redirect(shelf.url())
