"""Applying for care: one question on a page, everything kept until it is sent, a last look before that."""

from datetime import date

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from catalog import selectors as catalog
from catalog.models import Item
from desks.family import questions, when
from desks.family.draft import BESIDE, Draft, centre_for
from desks.family.frame import FAMILY, as_family, ask, family_page, show, uploads
from desks.steps import Outcome, attempt
from institutions import selectors as institutions
from institutions.models import Town
from kernel.identity import DOCUMENT_KINDS
from kernel.refusals import Refusal, Refused, Unmet
from orders import gates, returning, services
from orders import selectors as orders
from orders.lifecycle import APPLY
from patients import privacy
from patients import selectors as patients
from patients import services as patient_services
from patients.actors import of
from patients.models import Group, Patient

TITLES = {
    "whom": ("这次是为谁申请？", ""),
    "person": ("服务对象是谁？", "上门护理实行实名登记，请照证件填写。"),
    "birth": ("出生日期和性别", "这类证件的号码看不出来，请照证件填写。"),
    "contact": ("怎么联系？", ""),
    "group": ("现在是什么情况？", "选最接近的一项就可以。"),
    "address": ("护士要去哪里？", "请填写服务对象现在住的地方。"),
    "wish": ("想请护士帮什么忙？", ""),
    "when": ("希望什么时候上门？", "第一次由家庭医生先上门看看，具体时间会再和您确认。"),
    "papers": ("添加资料", "身份证明、病历资料、家庭医生签约协议，没有也可以先提交。"),
}
FORMS = {
    "whom": questions.Whom, "person": questions.Person, "birth": questions.Birth, "contact": questions.Contact,
    "group": questions.GroupOf, "address": questions.Home, "wish": questions.Wish, "when": questions.When,
    "papers": questions.Paper,
}  # fmt: skip
OWN_PAGES = {"whom", "birth", "wish", "when", "papers"}  # the others show their fields one below the other
ALREADY_MINE = Refusal(
    "patient.mine", "这位服务对象已在您的名单里，请返回第一步直接选择。", "002 五(八)", field="identity_number"
)
ON_RECORD = Refusal(
    "patient.known",
    "这个证件号码已经登记过，请致电所在的社区卫生服务中心，由工作人员为您办理关联。",
    "002 五(八)",
    field="identity_number",
)
NOBODY_SERVES = Refusal(
    "centre.none",
    "这个街镇目前没有可以上门服务的机构。请打电话咨询，工作人员会告诉您可以怎么办。",
    "002 五(二)1",
    field="town",
)


@require_safe
@family_page
def begin(request):
    return redirect("family:apply", "whom")


@require_http_methods(["GET", "POST"])
@family_page
def question(request, step):
    if step not in FORMS:
        raise Http404
    now = timezone.now()
    draft = _draft(request, now)
    if step not in draft.way and not _changing(draft, step, now):
        return redirect("family:apply", draft.open_step(now) or "whom")
    gap = draft.open_step(now)
    if gap in draft.way and step in draft.way and draft.way.index(gap) < draft.way.index(step):
        return redirect("family:apply", gap)
    form = _form(request, draft, step, now)
    outcome = None
    if request.method == "POST":
        if step == "papers" and "skip" in request.POST:
            return _on(draft, now)
        if form.is_valid():
            outcome = KEEP.get(step, _keep)(request, draft, form, now)
            if outcome.done:
                return redirect("family:apply", "papers") if step == "papers" else _on(draft, now)
            if any(reason.code == "request.emergency" for reason in outcome.reasons):
                return show(
                    request, "family/apply/emergency.html", back=reverse("family:apply", args=["wish"]), status=422,
                    refused=outcome.refused,
                )  # fmt: skip
    title, sub = TITLES[step]
    return ask(
        request, form, title=title, sub=sub or _progress(draft, step), back=_back(draft, step, now),
        send="上传这一份" if step == "papers" else "下一步",
        template=f"family/apply/{step}.html" if step in OWN_PAGES else "family/ask.html",
        outcome=outcome, progress=_progress(draft, step) if sub else "", step=step, **_more(request, draft, step),
    )  # fmt: skip


@require_safe
@family_page
def check(request):
    now = timezone.now()
    draft = _draft(request, now)
    if gap := draft.open_step(now):
        return redirect("family:apply", gap)
    return _check_page(request, draft, now)


@require_http_methods(["POST"])
@family_page
def send(request):
    """Put the person on record if need be, then submit. Each is done once, however often the button is pressed."""
    now = timezone.now()
    draft = _draft(request, now)
    if gap := draft.open_step(now):
        return redirect("family:apply", gap)
    outcome = _on_record(request, draft, now)
    if outcome.done:
        start, end = when.window(draft.said["window"])
        outcome = attempt(
            services.submit,
            patient=outcome.row,
            centre=draft.centre(),
            wish=draft.said["wish"],
            wished_items=draft.items(),
            return_on=draft.return_on(),
            wished_from=start,
            wished_to=end,
            receipt=request.POST.get("receipt") or None,
            by=as_family(of(request)),  # who was registered a moment ago belongs to this family now
            now=now,
        )
    if not outcome.done:
        return _check_page(request, draft, now, outcome)
    draft.forget()
    messages.success(request, "申请已经提交。中心受理后，会在这里告诉您。")
    return redirect("family:request", outcome.row.number)


# --- what each answer does --------------------------------------------------------------------------------------------


def _keep(request, draft, form, now) -> Outcome:
    draft.keep(**form.answers())
    return Outcome(row=draft)


def _keep_whom(request, draft, form, now) -> Outcome:
    chosen = form.cleaned_data["whom"]
    if chosen == draft.said.get("whom"):
        return Outcome(row=draft)
    draft.begin(whom=chosen)
    person = next((one for one in patients.household(request.family) if str(one.pk) == chosen), None)
    if person:
        home = person.current_addresses[0] if person.current_addresses else None
        centre = centre_for(home.town_id, timezone.localdate(now)) if home else None
        draft.keep(patient=str(person.pk), centre=centre.pk if centre else None, moved=centre is None)
    return Outcome(row=draft)


def _keep_person(request, draft, form, now) -> Outcome:
    answers = form.answers()
    found = patients.find_by_identity(answers["identity_kind"], answers["identity_number"], timezone.localdate(now))
    if found:
        # Said here as the register would say it at the end, so that nobody answers eight more questions for nothing.
        mine = found.pk in request.family.patients_as(*FAMILY)
        no = Refused(ALREADY_MINE if mine else ON_RECORD)
        audit.refused(action="patients.registered", no=no, by=request.family, now=now)
        return Outcome(reasons=no.reasons, typed=form.data)
    if draft.said.get("birth_date") and answers["asks_birth"]:
        del answers["birth_date"]
        answers["sex"] = answers["sex"] or draft.said.get("sex", "")
    draft.keep(**answers)
    return Outcome(row=draft)


def _keep_group(request, draft, form, now) -> Outcome:
    if draft.said.get("patient"):
        done = attempt(
            patient_services.correct,
            patient_id=draft.said["patient"], by=request.family, now=now, group=form.cleaned_data["group"],
        )  # fmt: skip
        if not done.done:
            return done
    return _keep(request, draft, form, now)


def _keep_address(request, draft, form, now) -> Outcome:
    answers = form.cleaned_data
    centre = centre_for(answers["town"], timezone.localdate(now))
    if centre is None:
        return Outcome(reasons=(NOBODY_SERVES,), typed=form.data)
    if draft.said.get("patient"):
        done = attempt(
            patient_services.change_address,
            patient_id=draft.said["patient"], town=Town.objects.get(pk=answers["town"]), address=answers["address"],
            access_note=answers["access_note"], by=request.family, now=now,
        )  # fmt: skip
        if not done.done:
            return done
    draft.keep(**answers, centre=centre.pk)
    return Outcome(row=draft)


def _keep_wish(request, draft, form, now) -> Outcome:
    """An emergency stops here, before anything else is asked (002 五(五))."""
    centre, today = draft.centre(), timezone.localdate(now)
    words = institutions.settings_of(centre, today)["request.emergency_words"]
    wish = form.cleaned_data["wish"]
    stop = gates.emergency(wish, words)
    no = [stop] if stop else gates.wish_allowed(centre, wish, _whom(request, draft), today)
    if no:
        audit.refused(action="orders.request_submitted", no=Unmet(*no), by=request.family, now=now)
        return Outcome(reasons=tuple(no), typed=form.data)
    return _keep(request, draft, form, now)


def _keep_when(request, draft, form, now) -> Outcome:
    """What takes a specimen must be early enough for the return to the doctor."""
    today, back = timezone.localdate(now), form.cleaned_data.get("return_on")
    if back:
        visit = timezone.localdate(when.window(form.cleaned_data["window"])[1])
        rules = institutions.settings_of(draft.centre(), today)
        if no := returning.objection(visit, back, draft.items(), today, rules, "window"):
            return Outcome(reasons=(no,), typed=form.data)
    return _keep(request, draft, form, now)


def _keep_paper(request, draft, form, now) -> Outcome:
    on_record = _on_record(request, draft, now)
    if not on_record.done:
        return on_record
    done = attempt(
        patient_services.upload,
        patient_id=on_record.row.pk, kind=form.cleaned_data["kind"], file=form.cleaned_data["file"],
        by=as_family(of(request)), now=now,
    )  # fmt: skip
    if done.done:
        messages.success(request, f"「{done.row}」已上传。")
    return done


KEEP = {
    "whom": _keep_whom, "person": _keep_person, "group": _keep_group, "address": _keep_address, "wish": _keep_wish,
    "when": _keep_when, "papers": _keep_paper,
}  # fmt: skip


def _on_record(request, draft, now) -> Outcome:
    """The patient of this application, registered now when it is somebody new."""
    if draft.said.get("patient"):
        return Outcome(row=draft.patient(as_family(of(request))))
    said = draft.said
    outcome = attempt(
        patient_services.register_for_family,
        relation=said["relation"],
        name=said["name"],
        identity_kind=said["identity_kind"],
        identity_number=said["identity_number"],
        birth_date=date.fromisoformat(said["birth_date"]),
        sex=said["sex"],
        phone=said["phone"],
        contact_name=said["contact_name"],
        contact_relation=said["contact_relation"],
        contact_phone=said["contact_phone"],
        group=said["group"],
        town=Town.objects.get(pk=said["town"]),
        address=said["address"],
        access_note=said["access_note"],
        by=of(request),  # whoever holds a post registers people at the desk, not here
        now=now,
    )
    if outcome.done:
        draft.keep(patient=str(outcome.row.pk), registered=True, identity_number="", phone=said["phone"])
    return outcome


# --- pages ------------------------------------------------------------------------------------------------------------


def _form(request, draft, step, now):
    given = {"now": now, "draft": draft, "initial": _initial(request, draft, step)}
    if step == "whom":
        given |= _people(request)
    if step == "wish":
        items = catalog.offered_items(draft.said["centre"], timezone.localdate(now))
        given["items"] = questions.fitting(items, _whom(request, draft))
    if step == "when" and returning.samples(draft.items()):
        given["results"] = institutions.settings_of(draft.centre(), timezone.localdate(now))[returning.SETTING]
    posted = request.method == "POST" and "skip" not in request.POST
    return FORMS[step](request.POST if posted else None, request.FILES if posted else None, **given)


def _initial(request, draft, step):
    initial = dict(draft.said)
    if step == "person" and draft.said.get("whom") == questions.SELF:
        initial.setdefault("name", request.user.display_name)
    if step == "contact" and draft.said.get("whom") != questions.SELF:  # whoever fills this in is at hand
        initial.setdefault("contact_name", request.user.display_name)
        initial.setdefault("contact_relation", draft.said.get("relation", ""))
    if step in {"group", "address"} and (person := draft.patient(request.family)):
        initial.setdefault("group", person.group)
        if person.current_addresses:
            home = person.current_addresses[0]
            initial |= {
                "town": home.town_id,
                "address": privacy.address_line(home),
                "access_note": home.access_note,
            }
            audit.looked(target=person, by=request.family, now=timezone.now(), why="申请时核对地址")
    return initial


def _people(request):
    waiting = {row.patient_id for row in orders.family_home(actor=request.family)["waiting"]}
    own = request.family.patients_as("patient")
    people = [
        (one, f"{one.name}{'（我自己）' if one.pk in own else ''}")
        for one in patients.household(request.family)
        if one.pk not in waiting and (one.pk in own or APPLY in request.family.scopes_for(one.pk))
    ]
    return {"people": people, "may_be_self": not own}


def _more(request, draft, step):
    if step == "whom":
        home = orders.family_home(actor=request.family)
        own = request.family.patients_as("patient")
        return {
            "waiting": home["waiting"],
            "no_scope": [
                one
                for one in patients.household(request.family)
                if one.pk not in own and APPLY not in request.family.scopes_for(one.pk)
            ],
        }
    if step == "papers":
        person = draft.patient(request.family)
        found = uploads(request, person)
        return {
            "uploads": [one for kind in questions.Paper.KINDS for one in found.get(kind, [])],
            "registers": not draft.said.get("patient"),
        }
    return {}


def _check_page(request, draft, now, outcome=None):
    said, person = draft.said, draft.patient(request.family)
    home = person.current_addresses[0] if person and person.current_addresses else None
    items = Item.objects.filter(pk__in=said.get("items", [])).order_by("number")
    if person:
        audit.looked(target=person, by=request.family, now=now, why="提交申请前核对")
    facts = {
        "new": person is None,
        "group_step": "group" if person else "wish",
        "papers": sum(map(len, uploads(request, person).values())),
        "name": person.name if person else said["name"],
        "relation": said.get("relation", ""),
        "document": DOCUMENT_KINDS[person.identity_kind if person else said["identity_kind"]],
        "identity": "" if person else said["identity_number"],
        "identity_tail": person.identity_tail if person else "",
        "warning": said.get("warning", ""),
        "asks_birth": said.get("asks_birth", False),
        "birth_date": person.birth_date if person else date.fromisoformat(said["birth_date"]),
        "phone": "" if person else said["phone"],
        "phone_tail": person.phone_tail if person else "",
        "contact": person.contact_name if person else said["contact_name"],
        "group": questions.GROUP_WORDS[Group(person.group if person else said["group"])],
        "address": (
            f"{home.town}{privacy.address_line(home)}"
            if home
            else f"{Town.objects.get(pk=said['town'])}{said['address']}"
        ),
        "centre": draft.centre(),
        "wish": said["wish"],
        "items": list(items),
        "window": when.in_words(said["window"], now),
        "return_on": draft.return_on(),
    }
    refused = list(outcome.reasons) if outcome else []
    return show(
        request, "family/apply/check.html", back=reverse("family:apply", args=[draft.way[-1]]), centre=draft.centre(),
        status=outcome.status if outcome else 200, facts=facts, refused=refused,
    )  # fmt: skip


def _draft(request, now) -> Draft:
    """The answers so far. Whose person is no longer in this family begins anew."""
    draft = Draft(request, now)
    if draft.said.get("patient") and draft.patient(request.family) is None:
        draft.forget()
    return draft


def _whom(request, draft) -> Patient:
    """Who it is for, as far as the rules ask: on record, or as it was answered."""
    return draft.patient(request.family) or Patient(sex=draft.said.get("sex", ""), facts=[])


def _changing(draft, step, now):
    """From the last look one may go back to what a known person was not asked, and add papers."""
    if step in BESIDE:
        return draft.open_step(now) is None
    return bool(draft.said.get("patient")) and step in {"group", "address"}


def _on(draft, now):
    gap = draft.open_step(now)
    return redirect("family:apply", gap) if gap else redirect("family:apply_check")


def _back(draft, step, now):
    if draft.open_step(now) is None and step != "whom":
        return reverse("family:apply_check")
    before = draft.way[: draft.way.index(step)] if step in draft.way else []
    return reverse("family:apply", args=[before[-1]]) if before else reverse("family:home")


def _progress(draft, step):
    if step not in draft.way or step == "whom":
        return ""
    return f"第 {draft.way.index(step) + 1} 步，共 {len(draft.way) + 1} 步"
