"""Follow-ups at the desk: what is due and overdue, the call with its script, discharges, the patient's file."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organization
from accounts.roles import Role
from desks import followupforms, office, pages, patientcard, rounds, told
from desks.dispatch.callings import HOMES
from desks.dispatch.discharging import Discharged
from desks.dispatch.frame import answer, frame
from desks.dispatch.views.rounds import SIDE as ROUNDS
from desks.doctor.frame import frame as doctor_frame
from desks.looks import looked
from desks.pages import Tab
from desks.stepforms import asking, number_of, reasons_for_page, receipt_of, step_card
from desks.steps import attempt
from followups import admission, faces, selectors, services
from followups.doors import GREENS, PLANS, TASKS
from orders import selectors as orders
from patients import selectors as patients
from patients import services as patient_services

HERE = "dispatch:followups"
SPAN = timedelta(days=29)
UNPLANNED = "unplanned"
SAID = {"answer": "已记下回答。", "try": "已登记未接通。", "cancel": "已取消这次随访。", "reveal": ""}
FORMS = {"try": followupforms.Tried, "cancel": followupforms.LeaveOut}
VERBS = {"try": (services.try_call, "words"), "cancel": (services.cancel, "reason")}
TABS = (Tab("随访异常", "dispatch:followups_green", "urgent"), Tab("登记出院", "dispatch:discharge_new", "home-heart"))


@require_safe
def listing(request):
    asked = request.GET.get("show", "due")
    today = timezone.localdate()
    since = today - timedelta(days=90)
    waiting = selectors.unplanned(actor=request.actor, since=since)
    sizes = {**selectors.sizes(actor=request.actor), UNPLANNED: waiting.count()}
    names = {**{name: words for name, (words, _) in selectors.GROUPS.items()}, UNPLANNED: "要建计划的"}
    shown = asked if asked in names else "due"
    rows = waiting if shown == UNPLANNED else selectors.tasks(actor=request.actor, group=shown)
    page = office.page_of(rows, request)
    if shown != UNPLANNED:
        page.object_list = [followupforms.line(task) for task in page.object_list]
    context = {
        "tabs": [
            {"name": name, "label": words, "size": sizes[name], "current": name == shown}
            for name, words in names.items()
        ],
        "shown": names[shown],
        "unplanned": shown == UNPLANNED,
        "page": page,
        "today": today,
        "rate": selectors.rate(actor=request.actor, first=today - SPAN, last=today),
    }
    return _show(request, "dispatch/followups/list.html", context, [])


@require_safe
def one(request, pk):
    return _page(request, selectors.task(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = selectors.task(actor=request.actor, pk=pk)
    given = {"by": request.actor, "now": timezone.now(), "typed": request.POST}
    if name == "reveal":
        return _reveal(request, row, given)
    given |= {"follow_up_id": row.pk, "receipt": receipt_of(request.POST)}
    given |= {"version": number_of(request.POST.get("version"))}
    if name == "answer":
        said = {key: request.POST.get(key, "") for key in ("how", "note")}
        outcome = attempt(services.answer, answers=request.POST, **said, **given)
    elif name in VERBS:
        verb, words = VERBS[name]
        outcome = attempt(verb, **{words: request.POST.get(words, "")}, **given)
    else:
        raise Http404
    return _page(request, row, name, outcome)


@require_safe
def file(request, pk):
    """Everything that was asked and answered about one patient."""
    context = followupforms.whole_file(request.actor, pk)
    looked(request, target=context["patient"], why="查看随访档案")
    context["rounds"] = rounds.about(request, ROUNDS, pk)
    for plan in context["plans"]:
        ending = [chance for chance in PLANS.chances(plan["row"], request.actor) if chance.name == "end"]
        plan["end"] = ending[0] if ending else None
        plan["form"] = followupforms.EndPlan() if ending else None
    return _show(request, "dispatch/followups/file.html", context, [{"label": "随访档案"}])


@require_http_methods(["GET", "HEAD", "POST"])
def end(request, pk):
    """End a plan: the patient has died, moved or does not want it."""
    plan = selectors.plan(actor=request.actor, pk=pk)
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.end_plan, typed=request.POST, plan_id=plan.pk, because=request.POST.get("because", ""),
            words=request.POST.get("words", ""), receipt=receipt_of(request.POST),
            version=number_of(request.POST.get("version")), by=request.actor, now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已结束这份随访计划。")
            return redirect("dispatch:followups_file", pk=plan.patient_id)
    form = asking(followupforms.EndPlan, outcome)
    context = {"plan": plan, "form": form, "refused": reasons_for_page(outcome, form)}
    return _show(request, "dispatch/followups/end.html", context, [{"label": "结束随访计划"}], outcome)


@require_safe
def green(request):
    """What the green channel holds, for those who watch that a doctor takes it."""
    page = office.page_of(selectors.green_cases(actor=request.actor), request)
    now = timezone.now()
    at_desk = request.actor.holds(Role.DISPATCHER)
    page.object_list = [
        {
            "row": row,
            "face": faces.GREEN[row.status],
            "late": selectors.green_is_late(row, now),
            "free": at_desk and any(one.name == "release" for one in GREENS.chances(row, request.actor)),
        }
        for row in page.object_list
    ]
    return _show(request, "dispatch/followups/green.html", {"page": page, "now": now}, [], current="followups_green")


@require_http_methods(["GET", "HEAD", "POST"])
def release(request, pk):
    """Let another doctor take a case whose doctor cannot be reached or has left."""
    case, outcome = selectors.green_case(actor=request.actor, pk=pk), None
    if request.method == "POST":
        outcome = attempt(
            services.release_green, typed=request.POST, case_id=case.pk, reason=request.POST.get("reason", ""),
            receipt=receipt_of(request.POST), by=request.actor, now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已交回，本中心的医生会收到通知。")
            return redirect("dispatch:followups_green")
    looked(request, target=case, why="绿色通道")
    form = asking(followupforms.GiveBack, outcome)
    context = {"case": case, "form": form, "refused": reasons_for_page(outcome, form)}
    return _show(request, "dispatch/followups/release.html", context, [{"label": "交回随访异常"}], outcome)


@require_POST
def plan(request, number):
    """Open the plans of a visit whose nurse asked for a follow-up, where none came of itself."""
    order = orders.order(actor=request.actor, number=number)
    instead = "；".join(map(selectors.in_words, selectors.running_instead(order)))
    outcome = attempt(services.plan_after_visit, order_id=order.pk, by=request.actor, now=timezone.now())
    if outcome.done:
        also = f"另外，{instead}，没有另建。" if instead else ""
        messages.success(request, f"已建立 {len(outcome.row)} 份随访计划。{also}")
        return redirect("dispatch:followups_file", pk=order.patient_id)
    messages.error(request, "".join(reason.sentence for reason in outcome.reasons))
    return redirect(f"{reverse(HERE)}?show={UNPLANNED}")


@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request):
    """
    Somebody has come home from hospital: register it, and the follow-ups begin.

    Whoever has several centres chooses first for which: each offers templates of its own.
    """
    places = request.actor.orgs_as(Role.DISPATCHER, Role.REVIEWER)
    centres = list(
        Organization.objects.filter(pk__in=places, kind__in=Organization.PROVIDERS).order_by("name")
    )  # fmt: skip
    asked = number_of((request.POST or request.GET).get("centre"))
    centre = next((one for one in centres if one.pk == asked), None)
    if asked is None and len(centres) == 1:
        centre = centres[0]
    context = {"centres": centres, "centre": centre}
    if centre is not None:
        templates, outcome, now = selectors.offered_templates(centre), None, timezone.now()
        form = Discharged(office.posted(request), templates=templates)
        if form.is_bound and form.is_valid():
            outcome = _register(request, centre, form.facts, form.said, now)
            if outcome.done:
                new = outcome.row.opened_at == now
                kept = "" if new else f"已保存。{selectors.in_words(outcome.row)}，没有另建。"
                messages.success(request, kept or "已登记出院，随访计划已建立。")
                return redirect("dispatch:followups_file", pk=outcome.row.patient_id)
            form.hear(outcome)
        context |= {"form": form, "refused": reasons_for_page(outcome, form)}
    if request.method == "POST":
        context["status"] = 422
    return _show(request, "dispatch/followups/discharge.html", context, [], current="discharge_new")


def _register(request, centre, asked, said, now):
    number, kind = asked.pop("number"), asked.pop("kind")
    found = patients.find_by_identity(kind, number, timezone.localdate(now))
    if found:
        looked(request, target=found, why="登记出院")
    return attempt(
        services.register_discharge, typed=request.POST, patient=found, centre=centre, said=said,
        receipt=receipt_of(request.POST), by=request.actor, now=now, **asked,
    )  # fmt: skip


def _reveal(request, row, given):
    field = request.POST.get("field", "")
    if field not in patientcard.REVEALABLE:
        raise Http404
    outcome = attempt(
        patient_services.reveal, patient_id=row.patient_id, field=field, reason=request.POST.get("reason", ""), **given
    )
    shown = {"label": patientcard.REVEALABLE[field], "value": outcome.row or "未登记"} if outcome.done else None
    return _page(request, row, "reveal", outcome, shown)


def _page(request, row, name="", outcome=None, shown=None):
    if outcome is not None and outcome.done:
        row = selectors.task(actor=request.actor, pk=row.pk)
    looked(request, target=row, why="随访")
    chances = {chance.name: chance for chance in TASKS.chances(row, request.actor)}
    questions = row.questionnaire.questions
    form = asking(
        followupforms.Answering, outcome if name == "answer" else None, questions=questions, staff=True
    )  # fmt: skip
    steps = [
        step_card(chances[key], reverse("dispatch:followup_step", args=[row.pk, key]), ask, (name, outcome))
        for key, ask in FORMS.items()
        if key in chances
    ]
    reveal_form = asking(patientcard.Reveal, outcome if name == "reveal" else None)
    today = timezone.localdate()
    context = {
        **followupforms.line(row),
        "told": followupforms.told(row),
        "discharge": row.plan.discharge,
        "of_admission": admission.in_words(row.plan.discharge) if row.plan.discharge else [],
        "may_answer": "answer" in chances,
        "form": form,
        "steps": steps,
        "tries": [one for one in row.steps.select_related("taken_by").order_by("pk") if one.name == "try"],
        "patient": patientcard.card(row.patient, patients.current_address(row.patient_id), today),
        "reveal_form": reveal_form,
        "reveal_url": reverse("dispatch:followup_step", args=[row.pk, "reveal"]),
        "shown": shown,
        "refused": reasons_for_page(outcome, form, reveal_form, *(one["form"] for one in steps)),
    }
    crumbs = [{"label": "随访", "url": reverse(HERE)}, {"label": row.patient.name}]
    template = "dispatch/followups/one.html"
    return answer(
        request, template, template, context, outcome=None if shown else outcome, said=SAID.get(name, ""),
        back=reverse("dispatch:followup", args=[row.pk]), around=lambda: _around(request, crumbs),
    )  # fmt: skip


def _show(request, template, context, crumbs, outcome=None, current="followups"):
    status = context.pop("status", None)
    around = _around(request, crumbs, f"dispatch:{current}")
    response = answer(request, template, template, context, outcome=outcome, around=lambda: around)
    response.status_code = status or response.status_code
    return response


def _around(request, crumbs, current=HERE):
    """The frame of a page that others than the dispatcher may open: each with the way back to their own desk."""
    if request.actor.holds(Role.DISPATCHER):
        return frame(request, current, crumbs)
    if request.actor.holds(Role.DOCTOR):
        return doctor_frame(request, "doctor:green", crumbs)
    held = [role for role, _ in HOMES if request.actor.holds(role)]
    tabs = [tab for role, tab in HOMES if role in held][:1] + list(TABS[: 2 if Role.REVIEWER in held else 1])
    tabs.append(told.inbox(request))
    return {
        "nav": pages.navigation(request, tabs), "desk_title": "随访", "me": pages.me(request, *held), "crumbs": crumbs,
        **told.bar(request),
    }  # fmt: skip
