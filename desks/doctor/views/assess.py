"""The first home assessment: on the way, section by section, checked, concluded, signed (002 五(七)1(3))."""

from functools import wraps
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from audit import services as audit
from clinical import earlier, saves, sections, services
from clinical import selectors as clinical
from clinical.lifecycle import SIGNED, WRITABLE
from clinical.services.assessments import DOOR
from desks import patientcard, served
from desks.doctor import forms
from desks.doctor.frame import beside, frame, press_of, show, versions_of
from desks.looks import looked
from desks.stepforms import asking, number_of, reasons_for_page
from desks.steps import attempt, proved, take
from institutions import proving
from institutions import selectors as institutions
from kernel.refusals import NotYours, hidden
from orders import selectors
from patients import services as patient_services

SAID = {"depart": "已登记出发。", "arrive": "已登记到达，可以开始评估。", "sign": "首诊评估已签名，请选择结果。"}


def or_say_whose(view):
    """A colleague who opens or saves another's assessment hears whose it is, and since when."""

    @wraps(view)
    def guarded(request, pk, *args, **kwargs):
        try:
            return view(request, pk, *args, **kwargs)
        except NotYours as no:
            audit.turned_away(no=no, by=request.actor, now=timezone.now(), data={"assessment": pk})
            theirs = clinical.assessment_of_colleague(actor=request.actor, pk=pk)
            context = {**frame(request, "doctor:todo", [{"label": "首诊评估"}]), "refused": no, "theirs": theirs}
            return show(request, "doctor/taken.html", context, no.http_status)

    return guarded


@require_safe
@or_say_whose
def start(request, pk):
    """Before arrival: who, where, when. At the bedside this leads on to the first section that is not finished."""
    row = mine(request, pk)
    if row.status in SIGNED:
        return redirect("doctor:check", pk=pk)
    if row.status in WRITABLE:
        left = sections.unanswered(row.sections)
        return redirect("doctor:section", pk=pk, key=left[0].key) if left else redirect("doctor:check", pk=pk)
    return _start_page(request, row)


@sensitive_post_parameters("password")
@require_POST
@or_say_whose
def step(request, pk, name):
    row = mine(request, pk)
    outcome = proved(request, row.centre) if name == "sign" else None
    if outcome is None or outcome.done:
        outcome = take(request, "assessment", name, row.pk)
    if outcome.done:
        messages.success(request, SAID.get(name, "已办理。"))
        return redirect("doctor:outcome" if name == "sign" else "doctor:assess", pk=pk)
    if name == "sign":
        return _check_page(request, row, name, outcome)
    return _start_page(request, row, name, outcome)


@require_http_methods(["GET", "POST"])
@or_say_whose
def section(request, pk, key):
    """One section; saving keeps what is there and goes on to the next, the press of normal answers stays here."""
    row, one = mine(request, pk), section_of(key)
    outcome, then = None, request.POST.get("then", "")
    if request.method == "POST":
        outcome = attempt(
            services.save_section,
            typed=request.POST,
            assessment_id=row.pk,
            key=key,
            answers=forms.raw(one, request.POST),
            press=then == "press",
            seen=number_of(request.POST.get("seen")),
            hand=request.POST.get("hand", ""),
            turn=number_of(request.POST.get("turn")) or 0,
            by=request.actor,
            now=timezone.now(),
        )
        if outcome.done:
            return redirect(_after(pk, key, then))
    return section_page(request, row, one, outcome)


@require_POST
@or_say_whose
def keep(request, pk, key):
    """What stands on the screen is kept while one types; the answer is the sum, the band, and that it is kept."""
    row, one = mine(request, pk), section_of(key)
    raw = forms.raw(one, request.POST)
    outcome = attempt(
        services.save_section,
        typed=request.POST,
        assessment_id=row.pk,
        key=key,
        answers=raw,
        seen=number_of(request.POST.get("seen")),
        hand=request.POST.get("hand", ""),
        turn=number_of(request.POST.get("turn")) or 0,
        by=request.actor,
        now=timezone.now(),
    )
    answers, _ = sections.clean(one, raw)
    context = {
        "section": one,
        "total": one.total(answers),
        "band": one.band(answers),
        "row": row,
        "kept_at": timezone.now() if outcome.done else None,
        "not_kept": outcome.reasons or [s for said in outcome.errors.values() for s in said],
    }
    return show(request, "doctor/_sum.html", context, outcome.status)


@require_safe
def who(request, pk, key):
    """Whether somebody else, or another screen, has saved this section since it was opened here."""
    row = mine(request, pk)
    section_of(key)
    seen, hand = number_of(request.GET.get("seen")), request.GET.get("hand", "")
    context = {
        "other": saves.of_another_screen(row, key, seen=seen, hand=hand),
        "who_url": request.get_full_path(),
        "newest": reverse("doctor:section", args=[pk, key]),
    }
    return show(request, "doctor/_who.html", context)


@require_safe
@or_say_whose
def check(request, pk):
    return _check_page(request, mine(request, pk))


@require_POST
def conclude(request, pk):
    row = mine(request, pk)
    outcome = attempt(
        services.conclude,
        typed=request.POST,
        assessment_id=row.pk,
        result=request.POST.get("result", ""),
        opinion=request.POST.get("opinion", "")[:500],
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "结论已保存，签名后生效。")
        return redirect(reverse("doctor:check", args=[pk]) + "#sign")
    return _check_page(request, row, "conclude", outcome)


@require_POST
def identity(request, pk):
    """At home the doctor holds the document and compares it with the person (002 五(八))."""
    row = mine(request, pk)
    outcome = attempt(
        patient_services.record_identity_check,
        typed=request.POST,
        patient_id=row.patient_id,
        kind="original",
        passed=request.POST.get("passed") == "yes",
        source=request.POST.get("source", ""),
        note=request.POST.get("note", ""),
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "已登记证件核对结果。")
        return redirect("doctor:check", pk=pk)
    return _check_page(request, row, "identity", outcome)


@require_POST
def reveal(request, pk):
    """The number to call before setting out, with its reason in the trace."""
    row = mine(request, pk)
    field = request.POST.get("field", "")
    if field not in patientcard.REVEALABLE:
        raise Http404
    outcome = attempt(
        patient_services.reveal,
        typed=request.POST,
        patient_id=row.patient_id,
        field=field,
        reason=request.POST.get("reason", ""),
        by=request.actor,
        now=timezone.now(),
    )
    shown = {"label": patientcard.REVEALABLE[field], "value": outcome.row or "未登记"} if outcome.done else None
    return _start_page(request, row, "reveal", outcome, shown)


@require_POST
@or_say_whose
def standing(request, pk):
    """At the bedside the doctor has learnt what bars a visit, or who the family doctor is."""
    row = mine(request, pk)
    outcome = served.save(request, row.request, Role.DOCTOR)
    if outcome.done:
        messages.success(request, served.said(outcome))
        return redirect(reverse("doctor:check", args=[pk]) + "#standing")
    return _check_page(request, row, served.STEP, outcome)


@require_safe
@or_say_whose
def paper(request, pk, paper):
    return served.paper(request, mine(request, pk).request, Role.DOCTOR, paper)


def mine(request, pk):
    """
    The doctor's own assessment; another's is read on the request's page.

    :raises kernel.refusals.NotYours: a colleague of this centre makes it
    """
    if other := clinical.assessment_of_colleague(actor=request.actor, pk=pk):
        raise NotYours(saves.in_another_hand(other))
    row = selectors.assessment(actor=request.actor, pk=pk)
    if row.doctor_id != request.actor.user_id:
        raise hidden("这份首诊评估")
    looked(request, target=row, why="首诊评估")
    return row


def section_page(request, row, one, outcome=None):
    """One section with its form; after the signature it asks what a correction needs as well."""
    around = beside(request, row, one.key)
    wish = row.request.wish
    known = earlier.known(row, one, around["earlier"], wish) if row.status in WRITABLE else None
    answers = known.answers if known else row.sections.get(one.key, {})
    given = {"section": one, "initial": _initial(answers)}
    if row.status in SIGNED:
        form = asking(forms.AmendForm, outcome, asks=proving.asks(request, row.centre), **given)
    else:
        form = asking(forms.SectionForm, outcome, **given)
    shown = sections.clean(one, forms.raw(one, request.POST))[0] if outcome else answers
    seen = request.POST.get("seen", "") if outcome else saves.number(row, one.key)
    hand = request.POST.get("hand", "")[:36] if outcome else str(uuid4())
    number = [s.key for s in sections.SECTIONS].index(one.key)
    context = {
        **frame(request, "doctor:todo", _crumbs(row, one.title)),
        **around,
        "section": one,
        "known": known if outcome is None else None,
        "seen": seen,
        "hand": hand,
        "turn": (number_of(request.POST.get("turn")) or 0) if outcome else 0,
        "who_url": f"{reverse('doctor:section_who', args=[row.pk, one.key])}?{urlencode({'seen': seen, 'hand': hand})}",
        "form": form,
        "total": one.total(shown) if one.is_scale else None,
        "band": one.band(shown),
        "stale": bool(outcome and outcome.refused and outcome.refused.code == saves.ELSEWHERE),
        "number": number + 1,
        "count": len(sections.SECTIONS),
        "back": reverse("doctor:section", args=[row.pk, sections.SECTIONS[number - 1].key]) if number else "",
        "last": number + 1 == len(sections.SECTIONS),
        "press": press_of(row, one, shown),
        "refused": reasons_for_page(outcome, form),
        "left": [q.label for q in sections.left_in(one, answers)] if answers and outcome is None else [],
    }
    return show(request, "doctor/section.html", context, outcome.status if outcome else 200)


def section_of(key):
    if key not in sections.BY_KEY:
        raise Http404
    return sections.BY_KEY[key]


def _initial(answers):
    return {key: [str(v) for v in value] if isinstance(value, list) else str(value) for key, value in answers.items()}


def _after(pk, key, then):
    """Where a saved section leads: to itself with what the press answered, to the next one, or to the check page."""
    keys = [one.key for one in sections.SECTIONS]
    place = {"press": keys.index(key), "next": keys.index(key) + 1}.get(then, len(keys))
    if place == len(keys):
        return reverse("doctor:check", args=[pk])
    return reverse("doctor:section", args=[pk, keys[place]])


def _start_page(request, row, name="", outcome=None, shown=None):
    chances = {c.name: c for c in DOOR.chances(row, request.actor)}
    reveal_form = asking(
        patientcard.Reveal, outcome if name == "reveal" else None, initial={"reason": "出发前联系家属"}
    )
    ours = served.is_ours(request, row.request, Role.DOCTOR)
    context = {
        **frame(request, "doctor:todo", _crumbs(row)),
        **beside(request, row),
        "papers": served.papers(row.request, "doctor:paper", row.pk) if ours else None,
        "chances": chances,
        "reveal_form": reveal_form,
        "shown": shown,
        "refused": reasons_for_page(outcome, reveal_form) if outcome and not outcome.done else [],
    }
    return show(request, "doctor/start.html", context, outcome.status if outcome else 200)


def _check_page(request, row, name="", outcome=None):
    chances = {c.name: c for c in DOOR.chances(row, request.actor)}
    settings = institutions.settings_of(row.centre, timezone.localdate())
    shown = {
        "conclude": asking(
            forms.Conclude,
            outcome if name == "conclude" else None,
            initial={"result": row.result, "opinion": row.opinion},
        ),
        "sign": asking(
            forms.Sign,
            outcome if name == "sign" else None,
            initial={"valid_days": settings["assessment.validity_days"]},
            longest=settings["assessment.validity_days"],
            asks=proving.asks(request, row.centre),
            auto_id="sign_%s",
        ),
        "identity": asking(
            patientcard.OriginalSeen,
            outcome if name == "identity" else None,
            initial={"source": "家庭医生上门核对原件"},
            auto_id="identity_%s",
        ),
    }
    ours = served.is_ours(request, row.request, Role.DOCTOR)
    if ours:
        known = served.standing(row.request, name, outcome)
        shown[served.STEP] = known["form"]
    around = beside(request, row, "check")
    last = around["earlier"]
    context = {
        **frame(request, "doctor:todo", _crumbs(row, "核对和签名")),
        **around,
        "versions": versions_of(row),
        "check_page": True,
        "standing": known if ours else None,
        "papers": served.papers(row.request, "doctor:paper", row.pk) if ours else None,
        "pages": [
            {
                **page,
                "url": reverse("doctor:section", args=[row.pk, page["section"].key]),
                "unchanged": earlier.unchanged(row, page["section"], last),
                "press": press_of(row, page["section"]),
            }
            for page in sections.readable(row.sections)
        ],
        "forms": shown,
        "chances": chances,
        "refused": reasons_for_page(outcome, *shown.values()),
        "link_word": "修改" if row.status in WRITABLE else "更正",
        "unfinished": [s for s in around["sections"] if s["left"]],
    }
    return show(request, "doctor/check.html", context, outcome.status if outcome else 200)


def _crumbs(row, here=""):
    crumbs = [{"label": "待办", "url": reverse("doctor:todo")}]
    if here:
        return [*crumbs, {"label": f"{row.patient.name}的首诊", "url": reverse("doctor:assess", args=[row.pk])},
                {"label": here}]  # fmt: skip
    return [*crumbs, {"label": f"{row.patient.name}的首诊"}]
