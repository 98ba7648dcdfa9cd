"""Teams of one specialty, and nurses with their mentors: kept by the lead hospital (000 四(十三))."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Organization
from desks import office
from desks.review.desk import REVIEWER, show
from desks.stepforms import AskForm, Day, asking, long_text, number_of, reasons_for_page
from desks.steps import Outcome, attempt
from kernel.refusals import hidden
from referrals import selectors, services
from referrals.models import Specialty


class Found(AskForm):
    specialty = forms.ChoiceField(label="专科", choices=[("", "请选择"), *Specialty.choices])
    name = forms.CharField(label="小组名称", max_length=40, help_text="例如：伤口造口联合护理小组。")


class Join(AskForm):
    team = forms.ChoiceField(label="小组")
    person = forms.ChoiceField(label="成员")
    leads = forms.BooleanField(label="担任组长", required=False)

    def __init__(self, *args, teams, people, **options):
        super().__init__(*args, **options)
        self.fields["team"].choices = [("", "请选择"), *((str(one.pk), one.name) for one in teams)]
        self.fields["person"].choices = people


class Pair(AskForm):
    nurse = forms.ChoiceField(label="护士")
    mentor = forms.ChoiceField(label="带教老师")
    specialty = forms.ChoiceField(label="专科", choices=[("", "请选择"), *Specialty.choices])
    goal = forms.CharField(label="带教目标", max_length=200, widget=long_text(2))
    starts_on = forms.DateField(label="开始日期", widget=Day())
    ends_on = forms.DateField(label="结束日期", widget=Day())

    def __init__(self, *args, nurses, mentors, **options):
        super().__init__(*args, **options)
        self.fields["nurse"].choices = nurses
        self.fields["mentor"].choices = mentors


class Ended(AskForm):
    result = forms.CharField(label="带教结果", max_length=200, widget=long_text(2))


@require_http_methods(["GET", "HEAD", "POST"])
def teams(request):
    """Everything on one page; ``what`` says which form was sent."""
    hospital = _hospital(request)
    what, outcome = request.POST.get("what", ""), None
    if request.method == "POST":
        outcome = _done(request, hospital, what)
        if outcome.done:
            messages.success(request, SAID[what])
            return redirect("review:teams")
    return _page(request, hospital, what, outcome)


SAID = {"found": "小组已成立。", "join": "成员已加入小组。", "pair": "已开始传帮带。"}
ENDED = {"team": "小组已撤销。", "member": "成员已退出小组。", "coaching": "带教已结束。"}


@require_POST
def end(request, kind, pk):
    """End a team, a membership or a pair."""
    hospital = _hospital(request)
    verbs = {
        "team": (services.end_team, {"team_id": pk}),
        "member": (services.leave_team, {"member_id": pk}),
        "coaching": (services.end_coaching, {"coaching_id": pk, "result": request.POST.get("result", "")}),
    }
    if kind not in verbs:
        raise Http404
    verb, given = verbs[kind]
    outcome = attempt(verb, typed=request.POST, **given, **office.act(request))
    if outcome.done:
        messages.success(request, ENDED[kind])
        return redirect("review:teams")
    return _page(request, hospital, f"{kind}:{pk}", outcome)


def _done(request, hospital, what):
    typed, act = request.POST, office.act(request)
    if what == "found":
        words = {name: typed.get(name, "") for name in ("specialty", "name")}
        return attempt(services.found_team, typed=typed, hospital=hospital, **words, **act)
    if what == "join":
        team = number_of(typed.get("team"))
        if team is None:
            return Outcome(errors={"team": ["请选择小组。"]}, typed=typed)
        given = {"team_id": team, "person_id": number_of(typed.get("person")), "leads": bool(typed.get("leads"))}
        return attempt(services.join_team, typed=typed, **given, **act)
    if what == "pair":
        return attempt(
            services.begin_coaching, typed=typed, hospital=hospital, nurse_id=number_of(typed.get("nurse")),
            mentor_id=number_of(typed.get("mentor")), specialty=typed.get("specialty", ""), goal=typed.get("goal", ""),
            starts_on=office.day_in(typed, "starts_on"), ends_on=office.day_in(typed, "ends_on"), **act,
        )  # fmt: skip
    raise hidden("要办理的事项")


def _page(request, hospital, what, outcome):
    today = timezone.localdate()
    nurses, experts = selectors.candidates(hospital_id=hospital.pk, on=today)
    rows = list(selectors.teams(hospital_ids=[hospital.pk]))
    page = office.page_of(selectors.coachings(hospital_ids=[hospital.pk]), request)
    page.object_list = [
        {
            "row": row,
            "form": asking(Ended, outcome if what == f"coaching:{row.pk}" else None, auto_id=f"end{row.pk}_%s"),
            "over": row.ended_at,
        }
        for row in page.object_list
    ]
    shown = {
        "found": asking(Found, outcome if what == "found" else None, auto_id="found_%s"),
        "join": asking(Join, outcome if what == "join" else None, teams=rows, people=_choices(nurses, experts)),
        "pair": asking(
            Pair, outcome if what == "pair" else None, nurses=_choices(nurses), mentors=_choices(experts, nurses),
            initial={"starts_on": today}, auto_id="pair_%s",
        ),
    }  # fmt: skip
    asked = [*shown.values(), *(one["form"] for one in page.object_list)]
    context = {
        "teams": [{"row": row, "members": [one for one in row.members.all() if one.ends_on is None]} for row in rows],
        "page": page,
        "forms": shown,
        "refused": reasons_for_page(outcome, *asked),
        "end_step": office.step("end", "结束带教"),
    }
    return show(request, "teams", context, status=outcome.status if outcome else 200)


def _choices(*groups):
    rows = [one for group in groups for one in group]
    known = {person.pk: f"{person.display_name}（{place.short_name}）" for person, place in rows}
    return [("", "请选择"), *((str(pk), name) for pk, name in known.items())]


def _hospital(request) -> Organization:
    found = Organization.objects.filter(
        pk__in=office.only(request.actor, REVIEWER).orgs_as(*REVIEWER), kind=Organization.Kind.HOSPITAL
    )
    hospital = found.order_by("pk").first()
    if hospital is None:
        raise hidden("牵头医院")
    return hospital
