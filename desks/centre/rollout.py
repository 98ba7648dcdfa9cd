"""How the centre comes to serve and keeps learning: what is still missing, who does what by when, what was met."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.selectors import people
from desks import office, readiness
from desks.centre.desk import ADMIN, STAFF, place, show
from desks.office import DateField, TextField
from institutions import selectors, services
from institutions.models import LogEntry


class Joining(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label="成员", empty_label="请选择在岗人员")
    duty = forms.CharField(label="分工", max_length=60, help_text="例如组长、质量安全、培训。")


class Task(forms.Form):
    title = forms.CharField(label="工作内容", max_length=80)
    steps = TextField(label="步骤", max_length=1000, rows=4, help_text="每行一步。")
    person = forms.ModelChoiceField(User.objects.none(), label="责任人", empty_label="请选择在岗人员")
    due_on = DateField(label="完成期限")


class Finished(forms.Form):
    outcome = TextField(label="完成情况", max_length=300)


class Entry(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=LogEntry.Kind.choices, widget=forms.RadioSelect, initial="problem")
    text = TextField(label="内容", max_length=500, rows=4, help_text="请不要写服务对象的姓名、电话和住址。")


class Answer(forms.Form):
    answer = TextField(label="答复", max_length=500)


@require_safe
def ready(request):
    here = place(request)
    items = readiness.checklist(here, timezone.localdate())
    context = {"items": items, "met": sum(item.met for item in items), "trial": selectors.trial_of(here.pk)}
    return show(request, "readiness", context)


@require_safe
def work_plan(request):
    return _plan(request)


@require_POST
def join(request):
    form = _with_staff(request, Joining(request.POST), "user")
    if office.done(form, services.join_group, organisation=place(request), **office.act(request)):
        messages.success(request, "已加入工作小组。")
        return redirect("centre:work_plan")
    return _plan(request, joining=form, status=422)


@require_POST
def leave(request, pk):
    form = forms.Form(request.POST)
    if office.done(form, services.leave_group, member_id=pk, **office.act(request)):
        messages.success(request, "已退出工作小组，记录仍可查。")
        return redirect("centre:work_plan")
    return _plan(request, refused=form.non_field_errors(), status=422)


@require_POST
def add_task(request):
    form = _with_staff(request, Task(request.POST), "person")
    if office.done(form, services.plan_task, organisation=place(request), **office.act(request)):
        messages.success(request, "任务已写入工作计划。")
        return redirect("centre:work_plan")
    return _plan(request, adding=form, status=422)


@require_POST
def finish(request, pk):
    form = Finished(request.POST)
    if office.done(form, services.finish_task, task_id=pk, **office.act(request)):
        messages.success(request, "任务已登记完成。")
        return redirect("centre:work_plan")
    return _plan(request, bound=(pk, form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def log(request):
    form = Entry(request.POST or None)
    if request.method == "POST" and office.done(
        form, services.write_log, organisation=_mine(request), **office.act(request)
    ):
        messages.success(request, "已登记，区卫生健康委可以看到。")
        return redirect("centre:log")
    return _log(request, form, status=422 if form.errors else 200)


@require_POST
def answer(request, pk):
    form = Answer(request.POST)
    if office.done(form, services.answer_log, entry_id=pk, **office.act(request)):
        messages.success(request, "已答复。")
        return redirect("centre:log")
    return _log(request, Entry(), bound=(pk, form), status=422)


def _plan(request, *, joining=None, adding=None, bound=None, refused=(), status=200):
    here, admin, today = _mine(request), request.actor.holds(*ADMIN), timezone.localdate()
    page = office.page_of(selectors.work_tasks(here.pk), request)
    page.object_list = [
        {
            "row": row,
            "late": row.done_at is None and row.due_on < today,
            "finish": office.step("finish", "登记完成")
            if row.done_at is None and (admin or row.person_id == request.actor.user_id)
            else None,
            "form": bound[1] if bound and bound[0] == row.pk else Finished(),
            "url": reverse("centre:work_plan_finish", args=[row.pk]),
        }
        for row in page.object_list
    ]
    context = {
        "admin": admin,
        "page": page,
        "group": selectors.working_group(here.pk),
        "joining": joining or _with_staff(request, Joining(), "user"),
        "adding": adding or _with_staff(request, Task(), "person"),
        "join": office.step("join", "加入成员"),
        "leave": office.step("leave", "退出小组"),
        "add": office.step("add", "写入任务"),
        "refused": refused,
    }
    return show(request, "work_plan", context, status=status)


def _log(request, form, *, bound=None, status=200):
    here, admin = _mine(request), request.actor.holds(*ADMIN)
    page = office.page_of(selectors.log_entries([here.pk]), request)
    page.object_list = [
        {
            "row": row,
            "chance": office.step("answer", "写答复") if admin and row.answered_at is None else None,
            "form": bound[1] if bound and bound[0] == row.pk else Answer(),
            "url": reverse("centre:log_answer", args=[row.pk]),
        }
        for row in page.object_list
    ]
    context = {"page": page, "form": form, "write": office.step("write", "登记问题或经验")}
    return show(request, "log", context, status=status)


def _with_staff(request, form, name):
    """Only those who hold a post here today can be named."""
    users = people(organisation_ids=[_mine(request).pk], on=timezone.localdate()).values("user")
    form.fields[name].queryset = User.objects.filter(pk__in=users).order_by("pk")
    return form


def _mine(request):
    return place(request, *(ADMIN if request.actor.holds(*ADMIN) else STAFF))
