"""The working calendar: published days, and the days that the commission has set against them."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from desks import office
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission
from desks.stepforms import number_of
from followups import selectors, services, workdays
from institutions import holidays

WORKS = [("yes", "上班"), ("no", "放假")]
YEARS = 1  # how far back and ahead a year may be looked at


class Setting(forms.Form):
    day = office.DateField(label="日期")
    works = forms.ChoiceField(label="这一天", choices=WORKS, widget=forms.RadioSelect)
    name = forms.CharField(label="名称", max_length=40, help_text="例如“国庆节调休上班”。")
    reason = office.TextField(label="依据或原因", max_length=200, help_text="会写入留痕。")

    def clean_works(self):
        return self.cleaned_data["works"] == "yes"


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request):
    """A year's special days, and the form to set one."""
    if request.method == "POST" and not request.actor.holds(*SUPERVISOR):
        return no_permission(request, "这一步")
    here, today = district(request), timezone.localdate()
    form = Setting(request.POST or None)
    if request.method == "POST" and office.done(
        form, services.set_calendar_day, district=here, **office.act(request)
    ):  # fmt: skip
        messages.success(request, "已设置这一天，以后安排的随访按新的日历。")
        return redirect(f"{reverse('oversight:calendar')}?year={form.cleaned_data['day'].year}")
    year = number_of(request.GET.get("year")) or today.year
    year = min(max(year, today.year - YEARS), today.year + YEARS)
    context = {
        "form": form,
        "year": year,
        "years": range(today.year - YEARS, today.year + YEARS + 1),
        "days": _days(here, year),
        "next": workdays.on_or_after(today + timedelta(days=1), workdays.set_by_district(here)),
    }
    return show(request, "calendar", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def clear(request, pk):
    """Let the published calendar stand again for one day."""
    row = selectors.calendar_day(district=district(request), pk=pk)
    form = office.Reason(request.POST or None)
    if request.method == "POST" and office.done(form, services.clear_calendar_day, pk=row.pk, **office.act(request)):
        messages.success(request, "这一天已恢复公布的安排。")
        return redirect("oversight:calendar")
    context = {
        "row": row,
        "form": form,
        "published": holidays.called(row.day) or "公布的安排中没有这一天，按周一到周五上班。",
        "crumbs": [{"label": "工作日历", "url": reverse("oversight:calendar")}, {"label": "恢复", "url": ""}],
    }
    return show(request, "calendar_clear", context, status=422 if form.errors else 200)


def _days(here, year):
    """Every day of the year that is something special, the commission's own word before the published one."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    ours = {row.day: row for row in selectors.calendar(here, first, last)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [
        {
            "day": day,
            "row": ours.get(day),
            "name": ours[day].name if day in ours else holidays.called(day),
            "works": workdays.works(day, {row.day: row.works for row in ours.values()}),
            "published": holidays.called(day),
        }
        for day in days
        if day in ours or holidays.called(day)
    ]
