"""Posts of the showcase as two desks handle them: a centre hands in, the commission looks and lets them be shown."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Organization
from desks import articles, office, timelines
from desks.stepforms import number_of, receipt_of
from education import faces, selectors, services
from education.doors import POSTS
from education.lifecycle import POST, SHOWN_TO_ALL
from education.models import Post
from kernel.actors import Actor

MAIN = {"approve", "resubmit"}
SAID = {
    "approve": "已审核通过。",
    "send_back": "已退回，投稿机构会看到需要修改的地方。",
    "resubmit": "已再次投稿，等待审核。",
    "withdraw": "已撤下，不再显示。",
    "honour": "已评为典型案例，公开页面会显示理由。",
}


class PostForm(forms.Form):
    column = forms.ChoiceField(label="栏目", choices=Post.Column.choices)
    title = forms.CharField(label="标题", max_length=60)
    summary = forms.CharField(label="摘要", max_length=120, help_text="10 到 120 个字，列表里会看到。")
    body = office.TextField(
        label="正文", rows=12, max_length=6000,
        help_text="请不要写服务对象的姓名、电话和住址。每节以「## 」和标题开头，要点以「- 」开头。",
    )  # fmt: skip


class Approve(forms.Form):
    publish_at = office.MomentField(label="发布时间", required=False, help_text="不填就是马上发布。")


FORMS = {"approve": Approve, "resubmit": PostForm}
VERBS = {
    "approve": services.approve_post,
    "send_back": services.send_back_post,
    "resubmit": services.resubmit_post,
    "withdraw": services.withdraw_post,
    "honour": services.honour_post,
}


@dataclass(frozen=True)
class Desk:
    """One desk's way to handle posts: its addresses, who reads, for whom it hands in."""

    namespace: str
    show: Callable[..., HttpResponse]
    reader: Callable[[HttpRequest], Actor]
    place: Callable[[HttpRequest], Organization]

    def url(self, page: str = "", *args) -> str:
        return reverse(f"{self.namespace}:posts{page}", args=args)


def listing(request: HttpRequest, desk: Desk, figures: dict | None = None) -> HttpResponse:
    page = office.page_of(selectors.posts(actor=desk.reader(request)), request)
    page.object_list = [
        {"row": row, "face": faces.POST[row.status], "url": desk.url("_one", row.pk)} for row in page.object_list
    ]
    context = {"page": page, "new_url": desk.url("_new"), "figures": figures}
    return desk.show(request, "education/posts", context)


def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = PostForm(office.posted(request))
    given = {"organisation": desk.place(request), "receipt": receipt_of(request.POST), **office.act(request)}
    if request.method == "POST" and office.done(form, services.submit_post, **given):
        messages.success(request, "已投稿，审核通过后会显示在公开页面。")
        return redirect(desk.url())
    crumbs = [{"label": "风采展示", "url": desk.url()}, {"label": "投稿", "url": ""}]
    context = {"form": form, "back": desk.url(), "crumbs": crumbs}
    return desk.show(request, "education/post_new", context, status=422 if form.errors else 200)


def one(
    request: HttpRequest, desk: Desk, pk: int, *, name: str = "", refused: forms.Form | None = None
) -> HttpResponse:
    row = selectors.post(actor=desk.reader(request), pk=pk)
    chances = [one for one in POSTS.chances(row, desk.reader(request)) if one.name in SAID]
    mine = row.written_by_id == request.user.pk
    steps = [
        _step_of(desk, row, chance, refused if chance.name == name else None)
        for chance in chances
        if not (mine and chance.name in ("approve", "send_back"))
    ]
    if desk.namespace == "oversight" and row.status in SHOWN_TO_ALL and not row.honoured_at:
        steps.append(_step_of(desk, row, office.step("honour", "评为典型案例"), refused if name == "honour" else None))
    steps.sort(key=lambda one: one["look"] != "main")
    context = {
        "row": row,
        "face": faces.POST[row.status],
        "parts": articles.parts(row.body),
        "mine": mine,
        "steps": steps,
        "shown": row.status in SHOWN_TO_ALL,
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda one: one.pk), POST, faces.POST),
        "crumbs": [{"label": "风采展示", "url": desk.url()}, {"label": row.title, "url": ""}],
    }
    return desk.show(request, "education/post", context, status=422 if refused is not None else 200)


def step(request: HttpRequest, desk: Desk, pk: int, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise Http404
    row = selectors.post(actor=desk.reader(request), pk=pk)
    form = FORMS.get(verb, office.Reason)(request.POST)
    seen = {"version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST)}
    more = {} if verb == "honour" else seen
    if office.done(form, VERBS[verb], post_id=row.pk, **more, **office.act(request)):
        messages.success(request, SAID[verb])
        return redirect(desk.url("_one", pk))
    return one(request, desk, pk, name=verb, refused=form)


def _step_of(desk, row, chance, refused) -> dict:
    name = chance["name"] if isinstance(chance, dict) else chance.name
    initial = {field: getattr(row, field) for field in ("column", "title", "summary", "body")}
    return {
        "chance": chance,
        "url": desk.url("_step", row.pk, name),
        "form": refused or FORMS.get(name, office.Reason)(initial=initial),
        "look": "main" if name in MAIN else "" if name == "honour" else "grave",
    }
