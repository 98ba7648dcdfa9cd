"""Posts of the centre: who holds which, from when to when; beginning one, ending one."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.models import Post
from accounts.roles import AT_CENTRE, Role
from desks import office
from desks.centre import forms, hiring, reads
from desks.centre.desk import place, show
from kernel.refusals import hidden
from orders import faces

CRUMB = {"label": "岗位与人员", "url": reverse_lazy("centre:people")}


@require_safe
def listing(request):
    today = timezone.localdate()
    role = request.GET.get("role", "")
    ended = request.GET.get("state") == "ended"
    rows = reads.posts(centre=place(request), role=role if role in AT_CENTRE else "", ended=ended, today=today)
    context = {
        "page": office.page_of(rows, request),
        "ended": ended,
        "role": role,
        "roles": [(one.value, one.label) for one in Role if one in AT_CENTRE],
    }
    return show(request, "people", context)


@require_http_methods(["GET", "POST"])
def new(request):
    form = forms.NewPost(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {"known": form.known, "organisation": place(request)}
        if office.done(form, hiring.begin_post, **given, **office.act(request)):
            messages.success(request, "岗位已经开始，本人登录后即可办理。")
            return redirect("centre:people")
    crumbs = [CRUMB, {"label": "安排岗位", "url": ""}]
    return show(request, "people_new", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def end(request, pk):
    post = Post.objects.select_related("user", "organisation").filter(pk=pk, organisation=place(request)).first()
    if post is None:
        raise hidden("这个岗位")
    form = office.Reason(request.POST or None)
    if request.method == "POST" and office.done(form, services.end_post, post_id=pk, **office.act(request)):
        messages.success(request, f"{post.user}的{post.get_role_display()}岗位已经结束。")
        return redirect("centre:people")
    context = {
        "post": post,
        "follows": reads.what_follows(post),
        "going_back": [
            {"row": row, "face": faces.order(row), "url": reverse("centre:orders_one", args=[row.number])}
            for row in reads.goes_back(post)
        ],
        "form": form,
        "crumbs": [CRUMB, {"label": "结束岗位", "url": ""}],
        "back": reverse("centre:people"),
    }
    return show(request, "people_end", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def password(request, pk):
    """The first password of an account that never had one, such as those opened by a list."""
    post = Post.objects.select_related("user").filter(pk=pk, organisation=place(request)).first()
    if post is None:
        raise hidden("这个岗位")
    form = forms.FirstPassword(request.POST or None)
    if request.method == "POST" and office.done(form, services.give_first_password, post_id=pk, **office.act(request)):
        messages.success(request, f"{post.user}的初始密码已设好，请当面告诉本人。")
        return redirect("centre:people")
    context = {
        "post": post,
        "form": form,
        "crumbs": [CRUMB, {"label": "发放初始密码", "url": ""}],
        "back": reverse("centre:people"),
    }
    return show(request, "people_password", context, status=422 if form.errors else 200)
