"""The centre's training plan with how each nurse stands, and what it tells the public."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office, stories
from desks.centre.desk import place, reader, show
from desks.steps import attempt
from education import selectors, services

DESK = stories.Desk("centre", show, reader, place)


class Plan(forms.Form):
    course = forms.TypedChoiceField(label="课程", coerce=int, empty_value=None)
    nurses = forms.TypedMultipleChoiceField(label="护士", coerce=int, widget=forms.CheckboxSelectMultiple)
    due_on = office.DateField(label="完成期限")

    def __init__(self, data=None, *, courses, nurses):
        super().__init__(data, initial={"nurses": [one.pk for one in nurses]})
        self.fields["course"].choices = [("", "请选择课程"), *((one.pk, one.title) for one in courses)]
        self.fields["nurses"].choices = [(one.pk, str(one)) for one in nurses]


@require_safe
def learning(request):
    return _learning(request)


@require_POST
def plan(request):
    here, today = place(request), timezone.localdate()
    form = Plan(request.POST, courses=selectors.offered_in(here), nurses=selectors.nurses_at(here, today))
    if form.is_valid():
        asked = form.cleaned_data
        outcome = attempt(
            services.plan_training, typed=request.POST, centre=here, course_id=asked["course"],
            nurse_ids=asked["nurses"], due_on=asked["due_on"], **office.act(request),
        )  # fmt: skip
        if office.tell(form, outcome):
            made = len(outcome.row)
            said = f"已安排 {made} 位护士，会收到消息。" if made else "所选护士已有这门课的安排，没有重复安排。"
            messages.success(request, said)
            return redirect("centre:learning")
    return _learning(request, form=form, status=422)


@require_POST
def end(request, pk):
    form = office.Reason(request.POST)
    if office.done(form, services.end_assignment, assignment_id=pk, **office.act(request)):
        messages.success(request, "安排已取消。")
        return redirect("centre:learning")
    return _learning(request, ending=(pk, form), status=422)


@require_POST
def extra(request, pk):
    """One more try for the nurse of this assignment."""
    here, form = place(request), office.Reason(request.POST)
    row = selectors.assignment(centre=here, pk=pk)
    given = {"centre": here, "nurse_id": row.nurse_id, "course_id": row.course_id, **office.act(request)}
    if office.done(form, services.give_extra_try, **given):
        messages.success(request, "已安排一次补考。")
        return redirect("centre:learning")
    return _learning(request, trying=(pk, form), status=422)


@require_safe
def posts(request):
    return stories.listing(request, DESK)


@require_http_methods(["GET", "HEAD", "POST"])
def posts_new(request):
    return stories.new(request, DESK)


@require_safe
def posts_one(request, pk):
    return stories.one(request, DESK, pk)


@require_POST
def posts_step(request, pk, verb):
    return stories.step(request, DESK, pk, verb)


def _learning(request, *, form=None, ending=(None, None), trying=(None, None), status=200):
    here, today = place(request), timezone.localdate()
    nurses = selectors.nurses_at(here, today)
    page = office.page_of(selectors.assignments(here), request)
    tries = selectors.tries_left(page.object_list)
    page.object_list = [
        {
            "row": row,
            "face": _face(row, today),
            "tries": tries[row.pk],
            "open": row.passed_at is None,
            "end": ending[1] if ending[0] == row.pk else office.Reason(),
            "extra": trying[1] if trying[0] == row.pk else office.Reason(),
        }
        for row in page.object_list
    ]
    context = {
        "page": page,
        "form": form or Plan(courses=selectors.offered_in(here), nurses=nurses),
        "nurses": nurses,
        "score": selectors.scores([here], today)[0],
        "end_step": office.step("end", "取消安排"),
        "extra_step": office.step("extra", "安排补考"),
    }
    return show(request, "education/learning", context, status=status)


def _face(row, today) -> dict:
    if row.passed_at:
        return {"label": "已合格", "family": "done", "icon": "check"}
    if row.due_on < today:
        return {"label": "已逾期", "family": "alert", "icon": "clock-exclamation"}
    return {"label": "进行中", "family": "ask", "icon": "school"}
