"""The dispatcher's desk in front of real verbs: what each page answers, to whom, and how a refusal reads."""

import json
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.sealed import index_of
from audit.models import Event
from clinical import services as clinical
from institutions import services as institutions
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import ServiceRequest
from patients import services as patient_services
from patients.models import Patient
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def town():
    """A town as it stood at the last nine o'clock: already past, and the visits of its next day still lie ahead."""
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.users[Role.DISPATCHER])
    return client


def another(town, name="王桂芳"):
    """One more patient of the same family, so that several requests can wait at once."""
    patient = persons.patient(by=world.SETUP, now=town.now, name=name)
    patient_services.add_proxy(
        patient_id=patient.pk,
        user=town.users[Role.PROXY],
        relation="女儿",
        scopes=["apply", "sign", "manage"],
        expires_on=town.now.date() + timedelta(days=300),
        by=world.SETUP,
        now=town.now,
    )
    return patient


def step(client, row, name, asks=True, **data):
    route = "dispatch:request_step" if asks else "dispatch:order_step"
    return client.post(reverse(route, args=[row.number, name]), data)


# --- who may open what ------------------------------------------------------------------------------------------------

PLAIN = ["queue", "requests", "orders", "new", "register", "ratings"]


def test_nobody_else_opens_a_page_of_this_desk(town):
    for role in (Role.DOCTOR, Role.NURSE, Role.SUPERVISOR, Role.PROXY):
        client = Client()
        client.force_login(town.users[role])
        for name in PLAIN:
            answer = client.get(reverse(f"dispatch:{name}"))

            assert answer.status_code == 403, (role, name)
            assert "您没有查看" in answer.content.decode()


def test_every_page_answers_even_when_nothing_is_there(desk):
    assert {name: desk.get(reverse(f"dispatch:{name}")).status_code for name in PLAIN} == dict.fromkeys(PLAIN, 200)


def test_a_visitor_is_asked_to_log_in(client, town):
    assert client.get(reverse("dispatch:queue")).url.startswith("/login/")


def test_another_centres_desk_finds_neither_request_nor_order(town):
    order = world.order(town)
    stranger = places.post(places.bare_centre(town.district, name="花木"), Role.DISPATCHER).user
    client = Client()
    client.force_login(stranger)

    assert client.get(reverse("dispatch:request", args=[order.request.number])).status_code == 404
    assert client.get(reverse("dispatch:order", args=[order.number])).status_code == 404
    assert client.post(reverse("dispatch:order_step", args=[order.number, "cancel"])).status_code == 404


# --- queue and lists --------------------------------------------------------------------------------------------------


def test_the_queue_groups_what_waits_by_what_is_to_be_done(town, desk):
    world.request(town)
    town.patient = another(town)
    order = world.order(town, at=S.AWAITING_DISPATCH)

    page = desk.get(reverse("dispatch:queue"))

    groups = {g["name"]: [row["number"] for row in g["rows"]] for g in page.context["mine"]}
    assert len(groups["to_receive"]) == 1
    assert groups["to_dispatch"] == [order.number]
    assert page.context["sizes"]["to_dispatch"] == 1


def test_a_group_answers_alone_to_its_live_region(town, desk):
    row = world.request(town)

    answer = desk.get(reverse("dispatch:queue_group", args=["to_receive"]), headers=HTMX)

    text = answer.content.decode()
    assert row.number in text
    assert 'id="group-to_receive"' in text
    assert "<html" not in text


def test_lists_are_narrowed_by_status_town_and_words(town, desk):
    mine = world.request(town)
    town.patient = another(town, "王桂芳")
    other = world.request(town, Q.RECEIVED)
    url = reverse("dispatch:requests")

    def numbers(query):
        return [row["number"] for row in desk.get(url, query).context["page"].object_list]

    def found(words):
        """A name stands in no address: the search is posted, and the list's address carries it sealed."""
        list_of_it = desk.post(url, words)
        assert words["text"] not in unquote(list_of_it.url)
        return [row["number"] for row in desk.get(list_of_it.url).context["page"].object_list]

    assert numbers({}) == [other.number, mine.number]
    assert numbers({"status": "received"}) == [other.number]
    assert found({"text": "王桂芳"}) == [other.number]
    assert found({"text": mine.number, "status": "submitted"}) == [mine.number]
    assert found({"text": "王桂"}) == []
    assert numbers({"town": places.LUJIAZUI}) == []
    assert numbers({"status": "rubbish", "town": "rubbish"}) == [other.number, mine.number]


def test_a_page_of_ten_costs_as_much_as_a_page_of_one(town, desk):
    def costs():
        found = {}
        for name in ("queue", "requests", "orders"):
            with CaptureQueriesContext(connection) as spent:
                assert desk.get(reverse(f"dispatch:{name}")).status_code == 200
            found[name] = len(spent)
        return found

    world.order(town)
    town.patient = another(town)
    world.request(town)
    one = costs()
    for letter in "甲乙丙丁戊己庚辛壬":
        town.patient = another(town, f"王桂{letter}")
        world.order(town)
        town.patient = another(town, f"李桂{letter}")
        world.request(town)

    assert costs() == one


# --- a request --------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(六)1")
def test_receiving_answers_with_the_region_and_the_next_thing_to_do(town, desk):
    row = world.request(town)

    answer = desk.post(
        reverse("dispatch:request_step", args=[row.number, "receive"]), {"version": row.version}, headers=HTMX
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "已受理这份申请" in text
    assert 'data-step="plan_assessment"' in text
    assert "<html" not in text
    assert world.fresh(row).status == Q.RECEIVED


def test_without_script_a_step_leads_back_to_the_page(town, desk):
    row = world.request(town)

    answer = step(desk, row, "receive")

    assert answer.status_code == 302
    assert answer.url == reverse("dispatch:request", args=[row.number])


@pytest.mark.clause("002 五(二)1")
def test_a_suspended_centre_hears_the_clause_on_the_page(town, desk):
    row = world.request(town)
    institutions.suspend(
        organisation=town.centre, reason="整改", clause="002 五(二)1", starts_on=timezone.localdate(), by=world.SETUP,
        now=town.now,
    )  # fmt: skip

    answer = step(desk, row, "receive")

    assert answer.status_code == 422
    assert "依据 002 五(二)1" in answer.content.decode()
    assert world.fresh(row).status == Q.SUBMITTED


def test_declining_needs_a_reason_and_keeps_what_was_typed(town, desk):
    row = world.request(town)

    answer = step(desk, row, "decline", reason="", clause="002 五(三)", advice="请先到门诊")

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写原因。" in text
    assert "请先到门诊" in text

    assert step(desk, row, "decline", reason="不属于服务人群", clause="002 五(三)").status_code == 302
    assert world.fresh(row).outcome_clause == "002 五(三)"


def test_a_request_that_waits_for_a_doctor_in_vain_can_still_be_ended(town, desk):
    row = world.request(town, Q.ASSESSING)
    clinical.depart(assessment_id=row.assessment_id, by=town.actor(Role.DOCTOR), now=town.now)
    page = reverse("dispatch:request", args=[row.number])
    assert "提交不予受理" in desk.get(page).content.decode()

    done = step(desk, row, "decline", version=row.version, reason="首诊医生已离岗，请重新申请。", advice="可来电预约。")

    assert done.status_code == 302
    assert world.fresh(row).status == Q.DECLINED
    said = desk.get(page).content.decode()
    assert "首诊医生已离岗，请重新申请。" in said
    assert "提交不予受理" not in said


def test_someone_elses_step_in_between_is_told(town, desk):
    row = world.request(town)
    step(desk, row, "receive", version=row.version)

    answer = step(desk, row, "decline", version=row.version, reason="重复申请")

    assert answer.status_code == 422
    assert "刚被他人更新" in answer.content.decode()


def test_the_first_visit_is_planned_with_a_doctor_of_the_centre(town, desk):
    row = world.request(town, Q.RECEIVED)
    start = timezone.localtime(town.now + timedelta(days=1))
    given = {"doctor": town.users[Role.DOCTOR].pk, "planned_start": f"{start:%Y-%m-%dT%H:%M}", "minutes": "45"}

    assert step(desk, row, "plan_assessment", **{**given, "planned_start": "下周"}).status_code == 422
    assert step(desk, row, "plan_assessment", **given).status_code == 302

    planned = world.fresh(row).assessment
    assert planned.doctor == town.users[Role.DOCTOR]
    assert planned.planned_end - planned.planned_start == timedelta(minutes=45)

    page = desk.get(reverse("dispatch:request", args=[row.number]))
    assert page.context["replan"] is not None
    given["minutes"] = "90"
    assert desk.post(reverse("dispatch:assessment_step", args=[row.number, "replan"]), given).status_code == 302


@pytest.mark.clause("002 五(八)")
def test_a_number_is_shown_once_for_a_reason_that_stands_in_the_trace(town, desk):
    row = world.request(town)
    url = reverse("dispatch:reveal", args=[row.number])

    refused = desk.post(url, {"field": "phone", "reason": "看"})
    shown = desk.post(url, {"field": "phone", "reason": "联系家属约时间"})

    full = patient_services.reveal(
        patient_id=town.patient.pk, field="phone", reason="测试对照", by=world.SETUP, now=town.now
    )
    assert refused.status_code == 422
    assert "请写明查看的原因" in refused.content.decode()
    assert full in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert full not in desk.get(reverse("dispatch:request", args=[row.number])).content.decode()
    acts = Event.objects.filter(action="patients.revealed", subject_id=str(town.patient.pk), actor_kind="user")
    assert [act.reason for act in acts] == ["联系家属约时间"]
    assert desk.post(url, {"field": "everything", "reason": "联系家属约时间"}).status_code == 404


def test_opening_a_persons_page_is_one_look_however_often_it_refreshes(town, desk):
    row = world.request(town)
    url = reverse("dispatch:request", args=[row.number])

    for _ in range(3):
        desk.get(url, headers=HTMX)

    looks = Event.objects.filter(kind="look", object_type="orders.servicerequest", object_id=str(row.pk))
    assert looks.count() == 1
    assert looks.get().subject_id == str(town.patient.pk)


def test_the_original_can_be_seen_at_the_counter(town, desk):
    row = world.request(town)
    url = reverse("dispatch:identity", args=[row.number])

    assert desk.post(url, {"passed": "no", "source": "窗口", "note": ""}).status_code == 422
    assert desk.post(url, {"passed": "yes", "source": "中心窗口核对原件", "note": ""}).status_code == 302

    assert desk.get(reverse("dispatch:request", args=[row.number])).context["patient"]["seen"]


def test_the_next_visit_takes_a_time_that_is_left(town, desk):
    row = world.order(town, times=2).request
    line = row.prescription.lines.get()
    url = reverse("dispatch:next_visit", args=[row.number])
    day = timezone.localdate() + timedelta(days=3)

    assert desk.post(url, {"day": day.isoformat(), "part": "08:30-11:30"}).status_code == 422
    given = {"lines": [line.pk], "day": day.isoformat(), "part": "08:30-11:30"}
    assert desk.post(url, given).status_code == 302

    assert row.orders.count() == 2
    assert desk.post(url, given).status_code == 422
    assert row.orders.count() == 2


def test_the_hospitals_answer_is_written_down(town, desk):
    row = world.request(town, Q.REFERRED)
    url = reverse("dispatch:referral_outcome", args=[row.number])

    assert desk.post(url, {"outcome": " "}).status_code == 422
    assert desk.post(url, {"outcome": "已收治入院"}).status_code == 302

    assert world.fresh(row).referral_outcome == "已收治入院"


# --- an order ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(二)2")
def test_every_nurse_is_listed_and_those_barred_with_every_clause(town, desk):
    persons.nurse(town.centre, name="何小曼", fails=["years", "insurance"], now=town.now)
    order = world.order(town, at=S.AWAITING_DISPATCH)
    start = town.now + timedelta(days=1, hours=1)

    page = desk.get(
        reverse("dispatch:order", args=[order.number]), {"start": f"{timezone.localtime(start):%Y-%m-%dT%H:%M}"}
    )

    offering, text = page.context["offering"], page.content.decode()
    assert [n["name"] for n in offering["may"]] == ["顾晓雯"]
    (barred,) = offering["may_not"]
    assert {r.code for r in barred["refusals"]} == {"nurse.years", "nurse.insurance"}
    assert all(r.sentence in text and r.clause in text for r in barred["refusals"])


@pytest.mark.clause("002 五(六)2", "002 五(二)2")
def test_an_offer_to_a_barred_nurse_is_refused_aloud_and_to_another_goes_out(town, desk):
    young = persons.nurse(town.centre, name="何小曼", fails=["years"], now=town.now)
    order = world.order(town, at=S.AWAITING_DISPATCH)
    start = f"{timezone.localtime(town.now + timedelta(days=1, hours=1)):%Y-%m-%dT%H:%M}"

    no = step(desk, order, "offer", asks=False, nurse=young.pk, planned_start=start)
    yes = step(desk, order, "offer", asks=False, nurse=town.nurse.pk, planned_start=start, version=order.version)

    assert no.status_code == 422
    assert "未满 5 年" in no.content.decode()
    assert "依据 002 五(二)2" in no.content.decode()
    assert yes.status_code == 302
    assert world.fresh(order).status == S.OFFERED


def test_rubbish_as_a_time_shows_the_usual_one(town, desk):
    order = world.order(town, at=S.AWAITING_DISPATCH)

    for start in ("gestern", "2026-13-45T99:99", ""):
        page = desk.get(reverse("dispatch:order", args=[order.number]), {"start": start})
        assert page.context["offering"]["start"] == order.window_start


def test_an_order_is_recalled_moved_and_called_off(town, desk):
    order = world.order(town, at=S.OFFERED)
    later = timezone.localtime(town.now + timedelta(days=2))
    window = {
        "window_start": f"{later:%Y-%m-%dT%H:%M}",
        "window_end": f"{later + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }

    assert step(desk, order, "recall", asks=False, reason="").status_code == 422
    assert step(desk, order, "recall", asks=False, reason="护士请假").status_code == 302
    assert step(desk, order, "reschedule", asks=False, reason="家属改约", **window).status_code == 302
    assert world.fresh(order).window_start == later
    assert step(desk, order, "cancel", asks=False, reason="住院").status_code == 302
    assert world.fresh(order).status == S.CANCELLED


@pytest.mark.parametrize(
    ("at", "name", "given", "then"),
    [
        (S.DISPUTED, "settle", {"completed": "true", "outcome": "已向家属说明"}, S.COMPLETED),
        (S.DISPUTED, "settle", {"completed": "false", "outcome": "服务无效"}, S.ABORTED),
        (S.EN_ROUTE, "miss", {"failed_by": "force_majeure", "reason": "台风停运"}, S.NO_SHOW),
        (S.IN_SERVICE, "abort", {"reason": "服务对象突发不适"}, S.ABORTED),
    ],
)
def test_how_a_visit_can_end_at_this_desk(town, desk, at, name, given, then):
    order = world.order(town, at=at)

    assert step(desk, order, name, asks=False).status_code == 422
    assert step(desk, order, name, asks=False, **given).status_code == 302

    assert world.fresh(order).status == then


def test_a_step_of_the_nurse_is_not_taken_here(town, desk):
    order = world.order(town, at=S.OFFERED)

    answer = step(desk, order, "accept", asks=False)

    assert answer.status_code == 422
    assert "不在您的权限内" in answer.content.decode()
    assert step(desk, order, "explode", asks=False).status_code == 404


def test_a_served_order_shows_its_record_papers_and_judgements(town, desk):
    order = world.order(town, at=S.COMPLETED)

    page = desk.get(reverse("dispatch:order", args=[order.number]))

    text = page.content.decode()
    assert page.status_code == 200
    assert "护理记录" in text
    assert len(page.context["papers"]) == 2
    assert order.visit_code not in text


@pytest.mark.clause("002 五(七)1(4)", "004 三(七)")
def test_a_signature_on_this_screen_bears_the_desks_witness(town, desk):
    order = world.order(town)
    url = reverse("dispatch:consent", args=[order.number])
    shown = {f"shown_{t['kind']}": t["text"].sha256 for t in desk.get(url).context["texts"]}
    given = {"signer_name": town.patient.name, "capacity": "self", **shown}

    blank = desk.post(url, given)
    signed = desk.post(url, {**given, "consent_strokes": json.dumps([[[1, 1], [9, 9]]])})

    assert blank.status_code == 422
    assert "请在屏幕上手写签名" in blank.content.decode()
    assert signed.status_code == 302
    order = world.fresh(order)
    assert order.status == S.AWAITING_DISPATCH
    assert order.consent.witness == town.users[Role.DISPATCHER]
    assert desk.get(url).status_code == 302


def test_a_text_that_changed_meanwhile_is_not_signed(town, desk):
    order = world.order(town)
    url = reverse("dispatch:consent", args=[order.number])

    answer = desk.post(
        url,
        {
            "signer_name": town.patient.name, "capacity": "self", "shown_consent": "0" * 64,
            "shown_agreement": "0" * 64, "consent_strokes": "[[[1,1],[9,9]]]",
        },
    )  # fmt: skip

    assert answer.status_code == 422
    assert "文本已更新" in answer.content.decode()


# --- by phone and at the counter --------------------------------------------------------------------------------------


def applying(town, **changed):
    day = timezone.localdate() + timedelta(days=2)
    return {
        "centre": town.centre.pk, "channel": "phone", "wish": "想请护士上门量血压", "items": [town.item(14).pk],
        "day": day.isoformat(), "part": "08:30-11:30", "place": "home", **changed,
    }  # fmt: skip


@pytest.mark.clause("002 三(一)")
def test_a_caller_is_found_by_phone_and_applies_by_the_same_gates(town, desk):
    number = patient_services.reveal(
        patient_id=town.patient.pk, field="phone", reason="测试对照", by=world.SETUP, now=town.now
    )

    found = desk.post(reverse("dispatch:new"), {"kind": "resident_id", "phone": number})
    url = reverse("dispatch:apply", args=[town.patient.pk])
    emergency = desk.post(url, applying(town, wish="突然胸痛，喘不上气"))
    done = desk.post(url, applying(town))
    twice = desk.post(url, applying(town))

    assert [p["pk"] for p in found.context["people"]] == [town.patient.pk]
    assert emergency.status_code == 422
    assert "120" in emergency.content.decode()
    assert "依据 002 五(五)" in emergency.content.decode()
    assert "突然胸痛" in emergency.content.decode()
    assert done.status_code == 302
    assert ServiceRequest.objects.get().channel == "phone"
    assert twice.status_code == 422
    assert "已有一份正在办理的申请" in twice.content.decode()


def test_nobody_is_found_under_a_number_nobody_has(desk, town):
    answer = desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": persons.citizen_number(400)})

    assert answer.context["people"] == []
    assert "没有找到登记过的服务对象" in answer.content.decode()
    assert desk.post(reverse("dispatch:new"), {"kind": "resident_id"}).status_code == 422


def test_somebody_who_lives_elsewhere_and_was_not_asked_for_stays_hidden(town, desk):
    far = persons.patient(by=world.SETUP, now=town.now, town=places.LUJIAZUI)

    assert desk.get(reverse("dispatch:apply", args=[far.pk])).status_code == 404


@pytest.mark.clause("002 五(二)1")
def test_an_address_outside_the_jurisdiction_is_refused_with_its_clause(town, desk):
    number = persons.citizen_number(333)
    far = persons.patient(by=world.SETUP, now=town.now, town=places.LUJIAZUI, identity_number=number)
    desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": number})

    answer = desk.post(reverse("dispatch:apply", args=[far.pk]), applying(town))

    assert answer.status_code == 422
    assert "依据 002 五(二)1" in answer.content.decode()


@pytest.mark.clause("002 五(八)")
def test_a_new_person_is_registered_at_the_counter(town, desk):
    given = {
        "name": "胡美玲", "identity_kind": "resident_id", "identity_number": persons.citizen_number(321),
        "phone": "15400099321", "town": places.WEIFANG, "address": "潍坊路 1 号", "group": "disabled",
    }  # fmt: skip
    url = reverse("dispatch:register")

    wrong = desk.post(url, {**given, "identity_number": "310199194305170001"})
    right = desk.post(url, given)
    known = desk.post(url, given)

    assert wrong.status_code == 422
    assert "依据 002 五(八)" in wrong.content.decode()
    assert "胡美玲" in wrong.content.decode()
    assert right.url == reverse(
        "dispatch:apply", args=[Patient.objects.get(name_index=index_of(Patient, "name", "胡美玲")).pk]
    )
    assert "已登记" in known.content.decode()


# --- ratings ----------------------------------------------------------------------------------------------------------


def test_a_rating_is_answered_once(town, desk):
    from orders import services

    order = world.order(town, at=S.COMPLETED)
    services.rate(
        order_id=order.pk, answers={"on_time": 5, "explained": 4, "asked": 5, "observed": 2}, comment="来晚了",
        by=town.actor(Role.PROXY), now=town.now,
    )  # fmt: skip
    url = reverse("dispatch:rating_reply", args=[order.number])

    assert desk.post(url, {"reply": " "}).status_code == 422
    assert desk.post(url, {"reply": "谢谢您的提醒，已改进排班。"}).status_code == 302
    assert desk.post(url, {"reply": "再说一次"}).status_code == 422
    assert "谢谢您的提醒" in desk.get(reverse("dispatch:ratings")).content.decode()
    assert desk.get(reverse("dispatch:ratings"), {"only": "unanswered"}).context["page"].paginator.count == 0
