"""
Every address that may be posted to leaves an event: who, under which post, where, what, from which address, under which
number, and what came of it. A new address fails here until it does, or until it is said why there is nothing to record.
"""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django import forms
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from consults import services as consults
from desks.nurse.frame import owner_of
from institutions import services as institutions
from notifications import services as notifications
from nurses import services as nurses
from orders import trace
from patients import privacy
from referrals import services as referrals
from reporting import services as reporting
from safety import services as safety
from supervision import services as supervision
from tests import world
from tests.api.callers import caller
from tests.api.test_permissions_matrix import MATRIX, STEPS, address, posted, send, undone
from tests.api.test_permissions_matrix import place as matrix_place
from tests.services.test_import_nurses import line, workbook
from tests.world import alliance, persons, places, teaching

pytestmark = pytest.mark.django_db
KINDS = {Event.Kind.ACT, Event.Kind.REFUSAL, Event.Kind.LOGIN, Event.Kind.LOOK}
OF_ONE_PLACE = {Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN}

# Posted to, and nothing is left: each with the reason.
NOTHING_DONE = {
    "account:login_demo": "only where people are invented; entering is the log-in that account:login shows",
    "family:apply_send": "without a draft it leads to the first question; a draft is sent by the verb of requests-list",
    "dispatch:home": "leads to the queue",
    "dispatch:queue": "a search, answered with the address of its list",
    "dispatch:requests": "a search, answered with the address of its list",
    "dispatch:orders": "a search, answered with the address of its list",
    "doctor:home": "leads to the first visits",
    "centre:people_import": "a dry run: what is wrong with a list is said and nothing is written",
    "centre:people_import_report": "the dry run as a table, made from what was handed in",
    "centre:switch": "chooses which of one's own centres the pages show",
    "nurse:carried_in": "nothing was weighed, so nothing is handed in; what is goes by the step of a bag",
    "nurse:carried_over": "nothing was chosen, so nothing is handed over; what is goes by the step of a tube",
    "nurse:save": "answers that all is kept; each value was recorded when it was written",
    "oversight:indicators_import": "a dry run: says what a file would bring, line by line, and keeps nothing",
    "oversight:replication_check": "a dry run: holds a file beside this district's rules and keeps nothing",
    "oversight:trace": "a search, answered with the address of its list; the list leaves the look",
    "oversight:trace_purpose": "kept in the session; each look carries it",
}
DESKS = {
    "account": Role.PROXY,
    "family": Role.PROXY,
    "dispatch": Role.DISPATCHER,
    "doctor": Role.DOCTOR,
    "nurse": Role.NURSE,
    "centre": Role.CENTRE_ADMIN,
    "review": Role.REVIEWER,
    "oversight": Role.SUPERVISOR,
}
# What a route's own words and numbers are; whoever adds a word adds it here.
WORDS = {
    "dispatch:request_step": {"name": "receive"},
    "dispatch:request_identity": {"name": "correct"},
    "dispatch:referrals_step": {"name": "withdraw"},
    "dispatch:remote_step": {"name": "withdraw"},
    "nurse:remote_step": {"name": "withdraw"},
    "review:referrals_step": {"name": "accept"},
    "review:consults_step": {"name": "take"},
    "review:teams_end": {"kind": "team"},
    "dispatch:assessment_step": {"name": "replan"},
    "dispatch:order_step": {"name": "cancel"},
    "dispatch:planner_order_step": {"name": "recall"},
    "dispatch:planner_request_step": {"name": "plan_assessment"},
    "doctor:assess_step": {"name": "depart"},
    "doctor:outcome_step": {"name": "find_unsuitable"},
    "nurse:take": {"name": "accept"},
    "nurse:along_take": {"name": "accept"},
    "dispatch:order_pair": {"name": "require"},
    "doctor:call_step": {"name": "take"},
    "dispatch:call_step": {"name": "tell"},
    "nurse:consult_step": {"name": "answer"},
    "nurse:icon": {"size": 180},
    "nurse:part": {"kind": "note"},
    "dispatch:alert_step": {"name": "acknowledge"},
    "dispatch:risk_step": {"name": "renew"},
    "dispatch:followup_step": {"name": "try"},
    "doctor:green_step": {"name": "take"},
    "dispatch:plan_step": {"name": "ask"},
    "oversight:lending_step": {"name": "ask"},
    "centre:credentials_paper": {"kind": "licence", "n": 0},
    "centre:credentials_record": {"kind": "exclusion"},
    "centre:offerings_decide": {"verb": "out"},
    "centre:appeals_decide": {"verb": "reject"},
    "centre:figures_one": {"code": "visits"},
    "centre:registers_specimens_step": {"verb": "receive"},
    "centre:registers_waste_step": {"verb": "lose"},
    "centre:erasures_decide": {"verb": "refuse"},
    "centre:reports_one_step": {"name": "accept"},
    "centre:filing_record": {"kind": "profile"},
    "centre:rulesets_one": {"kind": "privacy"},
    "centre:rulesets_remind": {"kind": "waste"},
    "centre:emergencies_one": {"kind": "accident"},
    "centre:incidents_say": {"verb": "note"},
    "oversight:rollout_trial": {"verb": "begin"},
    "centre:reading_one": {"kind": "waste"},
    **{f"{desk}:compliance_one": {"code": "consent"} for desk in ("oversight", "review", "centre")},
    "oversight:findings_step": {"verb": "excuse"},
    "oversight:summaries_step": {"verb": "submit"},
    "centre:summaries_step": {"verb": "submit"},
    "oversight:exports_step": {"verb": "withdraw"},
    "oversight:city_step": {"verb": "drop"},
    "centre:exports_step": {"verb": "withdraw"},
    "review:findings_step": {"verb": "pass"},
    "centre:findings_step": {"verb": "rectify"},
    "oversight:policy_one": {"code": "002"},
    "oversight:filings_decide": {"verb": "approve"},
    "oversight:reports_one_step": {"name": "accept"},
    "oversight:settings_one": {"key": "consent.validity_days"},
    "oversight:settings_decide": {"verb": "approve"},
    "oversight:catalogue_drafts_item": {"code": "new"},
    "oversight:catalogue_drafts_remove": {"code": "PD2024-01"},
    "oversight:catalogue_drafts_step": {"verb": "submit"},
    "review:tours_step": {"verb": "cancel"},
    "oversight:indicators_one": {"code": "annex_3"},
    "oversight:indicators_record": {"code": "annex_3"},
    "oversight:tasks_step": {"verb": "report"},
    "oversight:trace_era": {"verb": "propose"},
    "oversight:library_step": {"verb": "review"},
    "oversight:courses_step": {"verb": "withdraw"},
    "oversight:posts_step": {"verb": "approve"},
    "centre:posts_step": {"verb": "withdraw"},
}


@pytest.fixture
def place(town):
    """A completed and rated order, one of everything that hangs on it, and a message for everybody."""
    made = matrix_place.__wrapped__(town) if hasattr(matrix_place, "__wrapped__") else matrix_place(town)
    letters = [notifications.Letter(user.pk, "test", "测试", "有一条消息。") for user in made.users.values()]
    notifications.tell(
        event="orders.rated", event_id=1, letters=letters, organisation_id=made.centre.pk, patient_id=made.patient.pk,
        now=made.now,
    )  # fmt: skip
    institutions.publish_rule_set(
        organisation=made.centre, kind="waste", text="第一条 分类收集。", effective_on=timezone.localdate(made.now),
        by=places.SETUP, now=made.now,
    )  # fmt: skip
    made.alarm = safety.raise_alarm(kind="sos", by=made.actor(Role.NURSE), now=made.now)
    made.flag = safety.raise_flag(
        patient=made.patient, centre=made.centre, kind="dog", facts="院内有未拴的大狗", by=made.actor(Role.DISPATCHER),
        now=made.now,
    )  # fmt: skip
    safety.tell_family(flag_id=made.flag.pk, by=made.actor(Role.DISPATCHER), now=made.now)
    made.report = safety.file_report(
        to_commission=False,
        accused=made.centre,
        kind="care",
        words="护士没有洗手",
        by=made.actor(Role.PROXY),
        now=made.now,
    )
    made.call = notifications.open_call(
        key="story", why="no_account", centre_id=made.centre.pk, patient_id=made.patient.pk, title="测试",
        text="请告诉家属。", urgent=False, by=places.SETUP, now=made.now,
    )  # fmt: skip
    made.consult = consults.ask(
        patient=made.patient, centre=made.centre, words="换药后有点红，要紧吗？", by=made.actor(Role.PROXY),
        now=made.now,
    )  # fmt: skip
    made.referral = alliance.upward(made)
    made.remote = alliance.asked(made, made.order)
    made.team = referrals.found_team(
        hospital=made.hospital, specialty="wound", name="伤口小组", by=made.actor(Role.REVIEWER), now=made.now
    )  # fmt: skip
    expert = made.users[Role.REVIEWER].pk
    referrals.join_team(team_id=made.team.pk, person_id=expert, by=made.actor(Role.REVIEWER), now=made.now)
    made.round = alliance.round_held(made, made.order, said=alliance.of_a_round(made, experts=[expert]))
    made.round_hers = alliance.round_held(made, made.order, role=Role.NURSE)
    made.recorder = safety.add_recorder(
        centre=made.centre, number="JL-01", by=made.actor(Role.CENTRE_ADMIN), now=made.now
    )
    oversee(made)
    made.article, made.course = teaching.article(made, published=False), teaching.course(made)
    made.seat, made.meeting = teaching.seat(made), teaching.meeting(made)
    made.duty, made.post = teaching.planned(made, made.course)[0], teaching.post(made, published=False)
    return made


def oversee(made) -> None:
    """A finding, a sheet to fill, an inspector on file and a sample, as the commission would have them."""
    by, now = made.actor(Role.SUPERVISOR), made.now + timedelta(days=2)
    made.finding = supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=made.centre, words="没有引导", clause="003 四(四)",
        due_on=timezone.localdate(now), by=by, now=now,
    )  # fmt: skip
    made.sheet = supervision.begin_walk(centre=made.centre, by=by, now=now)
    decide(made, by, now)
    made.inspector = supervision.file_inspector(
        district=made.district, user_id=made.users[Role.QC_INSPECTOR].pk, kind="member", expertise="护理",
        paper="备 1 号",
        starts_on=timezone.localdate(now), by=by, now=now,
    )  # fmt: skip
    made.summary = reporting.begin(
        organisation=made.district, kind="monthly", first=timezone.localdate(made.now), by=by, now=now
    )
    made.export = reporting.ask(
        organisation=made.district, dataset="orders", first=timezone.localdate(made.now) - timedelta(days=9),
        last=timezone.localdate(made.now) + timedelta(days=9), purpose="报送市质控中心", by=by, now=now,
    )  # fmt: skip
    days = {"starts_on": timezone.localdate(made.now), "ends_on": timezone.localdate(made.now) + timedelta(days=1)}
    made.pack = reporting.prepare_pack(
        organisation=made.district, first=days["starts_on"], last=timezone.localdate(now), by=by, now=now
    )
    made.sample = supervision.draw_sample(
        district=made.district, title="抽查", seed="0815-2026", size=1, by=by, now=now, **days
    )


def decide(made, by, now) -> None:
    """A visit in the plan, a changed setting and a draft that wait, an excluded nurse, a filing, a group on file."""
    day = timezone.localdate(now) + timedelta(days=9)
    made.tour = supervision.plan_tour(
        centre=made.centre, planned_on=day, by=made.actor(Role.REVIEWER), now=now
    ).tour  # fmt: skip
    made.change = supervision.propose_setting(
        district=made.district, key="nurse.daily_cap", value=6, effective_on=day, reason="先试行一个月", by=by, now=now
    )
    made.draft = supervision.begin_draft(
        district=made.district, title="2027 年版目录", source="浦卫〔2026〕9号", issued_on=timezone.localdate(now),
        effective_on=day, by=by, now=now,
    )  # fmt: skip
    other = persons.nurse(made.centre, name="任秋", now=made.now)
    made.exclusion = nurses.exclude(
        nurse_id=other.pk, kind="违规执业", reason="擅自收费", evidence="调查记录 1 号", by=by, now=now
    )
    made.filing = made.centre.filings.first()
    made.group = supervision.file_quality_group(
        district=made.district, level="city", name="市护理质控中心", unit="示范医院", head="方静", phone="02150000001",
        duties="全市护理质量", paper="市卫〔2020〕1号", starts_on=timezone.localdate(now), by=by, now=now,
    )  # fmt: skip


@pytest.fixture
def town():
    """Yesterday nine o'clock: pages read the real clock."""
    now = (timezone.localtime() - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return world.town(now)


def newest() -> int:
    return Event.objects.aggregate(newest=Max("id"))["newest"] or 0


def faults_of(events, answer, role) -> list[str]:
    """What is missing in what one request has left."""
    if not events:
        return [f"{answer.status_code}: nothing"]
    found = []
    for event in events:
        found += [name for name in ("at", "happened_at", "ip", "request_id", "outcome") if not getattr(event, name)]
        if event.request_id != answer.headers["X-Request-ID"]:
            found.append(f"{event.action}: another request's number")
        if event.action not in trace.ACTIONS:
            found.append(f"{event.action}: no words")
        if event.actor_kind == "user" and not (event.actor_id and event.role) and role != "other":
            found.append(f"{event.action}: nobody's, or under no post")
        if role in OF_ONE_PLACE and event.actor_kind == "user" and not event.organisation_id:
            found.append(f"{event.action}: nowhere")
        if event.outcome == "refused" and not event.reason:
            found.append(f"{event.action}: refused without a reason")
    return found


def left_since(before: int) -> list[Event]:
    return list(Event.objects.filter(id__gt=before, kind__in=KINDS).order_by("id"))


# --- the API ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(七)2(2)", "002 五(八)")
def test_whatever_is_sent_to_the_api_leaves_an_event(place):
    wrong, people = {}, {role: caller(place.users[role]) for role in {*DESKS.values()}}
    calls = {name: (method, may & set(people) or {Role.PROXY}) for name, (method, may) in MATRIX.items()}
    for name, (method, may) in calls.items():
        if method == "get":
            continue
        role = sorted(may)[0]
        with undone():
            before = newest()
            data = {"phone": privacy.phone(place.patient)} if name == "patients-find" else posted(place, name)
            answer = send(people[role], method, address(place, name), data, name)
            if faults := faults_of(left_since(before), answer, role):
                wrong[name] = faults
    for (name, method), (role, data) in more_calls(place).items():
        with undone():
            before = newest()
            answer = send(people[role], method, address(place, name), data, f"{name} {method}")
            if faults := faults_of(left_since(before), answer, role):
                wrong[name, method] = faults
    for resource, workflow, name in STEPS:
        role = sorted(set(workflow[name].by) & set(people))[0]
        with undone():
            before = newest()
            path = address(place, f"{resource}-step-{name}")
            answer = people[role].post(path, {"reason": "需要说明原因"}, format="json")
            if answer.status_code != 422 and (faults := faults_of(left_since(before), answer, role)):
                wrong[resource, name] = faults

    assert wrong == {}


def more_calls(place) -> dict:
    """Ways to write at addresses that the matrix of permissions reads."""
    facts = persons.facts(relation="父亲")
    soon = place.now + timedelta(days=3)
    wish = {
        "patient": str(place.patient.pk), "centre": place.centre.pk, "wish": "想请护士上门量血压", "wished_items": [],
        "wished_from": soon.isoformat(), "wished_to": (soon + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    again = {
        "request": place.request.number, "lines": [place.order.lines.get().prescription_line_id],
        "window_start": soon.isoformat(), "window_end": (soon + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    stars = dict.fromkeys(("on_time", "explained", "asked", "observed"), 5)
    return {
        ("patients-list", "post"): (Role.PROXY, {**facts, "town": facts["town"].pk}),
        ("patients-detail", "patch"): (Role.PROXY, {"allergies": "青霉素"}),
        ("requests-list", "post"): (Role.PROXY, wish),
        ("orders-list", "post"): (Role.DISPATCHER, again),
        ("orders-rating", "post"): (Role.PROXY, stars),
        ("specimens-list", "post"): (Role.NURSE, {"order": place.order.number, "kind": "urine", "label": "U-1"}),
        ("bags-list", "post"): (Role.NURSE, {"order": place.order.number, "kind": "sharps", "count": 1}),
        ("removals-list", "post"): (Role.CENTRE_ADMIN, {"bags": [place.bag.pk], "manifest": "LD-1"}),
    }


def test_every_way_to_write_by_the_api_is_pressed(place):
    router = next(part for part in get_resolver().url_patterns if getattr(part, "app_name", "") == "api")
    writing = {
        (pattern.name, method)
        for pattern in router.url_patterns
        for method in getattr(pattern.callback, "actions", {})
        if method not in {"get", "head", "options"} and "-step-" not in pattern.name
    }

    assert writing <= {(name, method) for name, (method, _) in MATRIX.items()} | set(more_calls(place))


SHOWS_A_PERSON = {
    "patients-detail", "requests-detail", "assessments-detail", "prescriptions-detail", "orders-detail",
    "uploads-detail", "records-detail",
}  # fmt: skip


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("name", sorted(SHOWS_A_PERSON))
def test_whatever_shows_a_person_to_a_program_leaves_a_look(place, name):
    role = next(role for role in (Role.DOCTOR, Role.DISPATCHER) if role in MATRIX[name][1])
    cache.clear()
    before = newest()

    answer = send(caller(place.users[role]), "get", address(place, name), {}, name)

    assert answer.status_code == 200
    events = left_since(before)
    assert faults_of(events, answer, role) == []
    assert {event.subject_id for event in events} == {str(place.patient.pk)}


# --- pages ------------------------------------------------------------------------------------------------------------


def pages():
    for part in get_resolver().url_patterns:
        if isinstance(part, URLResolver) and not str(part.pattern):
            for desk in part.url_patterns:
                yield from ((f"{desk.app_name}:{page.name}", desk.app_name, page) for page in desk.url_patterns)


def where(place, name, page) -> str:
    """The page's address about something that is there."""
    route, app = str(page.pattern), name.partition(":")[0]
    of_an_order = any(word in route for word in ("orders", "visit", "offers", "ratings"))
    numbers = {
        "doctor": place.request.assessment_id,
        "family": place.patient.proxies.get().pk,
        "oversight": place.centre.pk,
        "centre": place.nurse.pk,
    }
    known = {
        "number": place.order.number if of_an_order else place.request.number,
        "patient_id": place.patient.pk,
        "paper": place.upload.pk,
        "step": "whom",
        "group": "to_receive",
        "key": "pain",
        "kind": "order",
        "stage": "x",
        "day": timezone.localdate().isoformat(),
        "n": 1,
        "event_id": 1,
        "version": 1,
        "centre": place.centre.pk,
        "item": place.item(9).pk,
        "step_id": place.order.visit_record.step_entries.first().step_id,
        **WORDS.get(name, {}),
    }
    if name == "nurse:reading":
        known["key"] = place.order.visit_record.readings.first().measurement_id
    if name == "family:withdraw_consent":
        known["pk"] = place.order.consent_id
    if "registers_specimens" in name or name == "nurse:carried_lose":
        known["pk"] = place.specimen.pk
    if "registers_waste" in name:
        known["pk"] = place.bag.pk
    for part, row in (
        ("sos_", place.alarm),
        ("alert", place.alarm),
        ("risk", place.flag),
        ("report", place.report),
        ("recorders", place.recorder),
        ("findings_", place.finding),
        ("summaries_", place.summary),
        ("exports_", place.export),
        ("city_", place.pack),
        ("quality_sheet", place.sheet),
        ("quality_inspectors", place.inspector),
        ("quality_sample", place.sample),
        ("tours_", place.tour),
        ("drafts_", place.draft),
        ("settings_decide", place.change),
        ("exclusions_", place.exclusion),
        ("filings_withdraw", place.filing),
        ("quality_groups_", place.group),
        ("teams_", place.team),
        ("training_centre_", place.seat),
        ("training_meetings_", place.meeting),
        ("library_", place.article),
        ("courses_", place.course),
        ("learn", place.course),
        ("learning_", place.duty),
        ("posts_", place.post),
    ):
        if part in name.partition(":")[2]:
            known["pk"] = row.pk
    if name == "dispatch:call_step":
        known["pk"] = place.call.pk
    if name.endswith(":followups_questions"):
        known["pk"] = 0  # a new one
    if ":consult" in name:
        known["number"] = place.consult.number
    if name in ("review:referrals_step", "dispatch:referrals_step"):
        known["number"] = place.referral.number
    if name in ("review:consults_step", "dispatch:remote_step", "nurse:remote_step"):
        known["number"] = place.remote.number
    if name.endswith((":rounds_one", ":rounds_amend")):
        known["number"] = (place.round_hers if name.startswith("nurse:") else place.round).number
    if name == "centre:people_end":
        known["pk"] = place.users[Role.DOCTOR].posts.get().pk
    if name == "centre:offerings_decide":
        known["pk"] = place.item(9).pk
    if name == "centre:shifts_one":
        known["pk"] = place.nurse.shifts.first().pk
    for key, converter in page.pattern.converters.items():
        if key == "pk" and "pk" not in known:
            known["pk"] = place.patient.pk if type(converter).__name__ == "UUIDConverter" else numbers.get(app, 1)
    return reverse(name, kwargs={key: known[key] for key in page.pattern.converters})


def filled(form, typed) -> dict:
    """Fill a form as anybody would: the first choice, a near day, some words."""
    if not isinstance(form, forms.BaseForm):
        return {}
    given, soon = {}, timezone.localdate() + timedelta(days=3)
    for name, field in form.fields.items():
        if choices := getattr(field, "choices", None):
            real = [key for key, _ in choices if str(key)]
            given[name] = str(real[0]) if real else ""
        elif isinstance(field, forms.DateTimeField):
            given[name] = f"{soon:%Y-%m-%d}T10:00"
        elif isinstance(field, forms.DateField):
            given[name] = soon.isoformat()
        elif isinstance(field, forms.TimeField):
            given[name] = "21:00"
        elif isinstance(field, forms.IntegerField | forms.DecimalField):
            given[name] = "5"
        else:
            given[name] = "需要说明原因"
    fits = {name: words for name, words in typed.items() if not _offers_else(form.fields.get(name), words)}
    return {**given, **fits}


def _offers_else(field, words) -> bool:
    return bool(choices := getattr(field, "choices", None)) and words not in {str(key) for key, _ in choices}


TYPED = {
    "reason": "需要说明原因",
    "reply": "谢谢您的评价。",
    "decision": "双方的说法都看过了。",
    "outcome": "已收治",
    "on_time": "5",
    "explained": "5",
    "asked": "5",
    "observed": "5",
    "size": "large",
    "field": "phone",
    "source": "上门核对",
    "passed": "yes",
}


ASKED = {"title": "睡眠", "code": "sleep", "count": "1", "question_1": "睡得好吗", "kind_1": "yes_no", "lines_1": ""}


def typed(place, name) -> dict:
    """What somebody types whose act is not turned away at the form."""
    account = {"username": "somebody.new", "password": "shangmen-huli-2026", "again": "shangmen-huli-2026"}
    more = {
        "account:register": {**account, "display_name": "林晓"},
        "centre:people_new": {**account, "display_name": "林晓"},
        "centre:credentials_new": {**account, "display_name": "林晓"},
        "dispatch:new": {"phone": privacy.phone(place.patient)},
        "nurse:where": {"order": place.order.number, "lon": "121.5", "lat": "31.2"},
        "nurse:step": {"step": str(place.order.visit_record.step_entries.first().step_id)},
        "centre:recorders_change": {"state": "repair"},
        "centre:people_import_apply": {"content": base64.b64encode(workbook([line(1)])).decode()},
        "family:learn_read": {"clear": "yes"},
        **{f"{desk}:followups_questions": ASKED for desk in ("centre", "oversight")},
        "centre:log_answer": {"answer": "下周例会上一起看。", "text": "下周例会上一起看。"},
        "oversight:quality_draw": {
            "title": "十一月抽查", "seed": "20261122", "starts_on": world.TODAY.isoformat(),
            "ends_on": (world.TODAY + timedelta(days=2)).isoformat(), "size": "1",
        },
        "oversight:exports_file": {"form": "csv"},
        "centre:emergencies_one": {"contacts": "急救中心，急救调度，120", "steps": "拨打 120，3"},
        "centre:offerings_decide": {"starts_on": (timezone.localdate() + timedelta(days=3)).isoformat()},
    }  # fmt: skip
    if name == "nurse:sync":
        now = timezone.now().isoformat()
        said = {"owner": "", "device": str(uuid4()), "receipt": str(uuid4()), "order": place.order.number, "at": now}
        said |= {
            "kind": "note",
            "fields": [["note", "补一句"]],
            "sent": now,
            "owner": owner_of(place.users[Role.NURSE]),
        }
        more[name] = {"entry": json.dumps(said)}
    return {**TYPED, **more.get(name, {})}


def press(person, url, words):
    """Send what a page without a form class wants; where its form asks for more, fill that in; return the last."""
    answer = person.post(url, words)
    for context in list(answer.context or ()) if answer.status_code in (200, 422) else ():
        for form in dict(context).values() if isinstance(context, dict) else context.flatten().values():
            if isinstance(form, forms.BaseForm) and form.errors:
                paper = SimpleUploadedFile("card.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
                return person.post(url, {**filled(form, words), "file": paper})
    return answer


@pytest.mark.clause("002 五(七)2(2)", "002 五(八)")
def test_whatever_is_posted_to_a_page_leaves_an_event(place):
    wrong, quiet = {}, set()
    for name, app, page in pages():
        if app == "public":
            continue
        role = Role.AUDITOR if "trace" in name and app == "oversight" else DESKS[app]
        if name == "account:register":
            role = "other"  # nobody yet, so under no post
        person = Client()
        if name not in {"account:login", "account:register"}:
            person.force_login(place.users[role])
        with undone():
            cache.clear()
            before = newest()
            answer = press(person, where(place, name, page), typed(place, name))
            events = [event for event in left_since(before) if event.request_id == answer.headers["X-Request-ID"]]
            if answer.status_code == 405:
                continue
            if name in NOTHING_DONE:
                quiet.add(name)
            elif faults := faults_of(events, answer, role):
                wrong[name] = faults

    assert wrong == {}
    assert set(NOTHING_DONE) == quiet
