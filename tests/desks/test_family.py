"""The family's pages in front of real verbs: what each answers, to whom, and how a refusal reads."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.roles import Role
from accounts.sealed import index_of
from audit.models import Event
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Order, Rating, ServiceRequest
from patients import services as patient_services
from patients.models import ApplicationDraft, Consent, Patient, Proxy, Upload
from tests import world
from tests.world import persons, places, traces
from tests.world.chain import STROKES

pytestmark = pytest.mark.django_db

START = world.NOW + timedelta(days=1, hours=1)  # when world.order() puts its visits
LATER = START + timedelta(hours=2)
ANSWERS = {
    "whom": {"whom": "new"},
    "person": {"relation": "女儿", "name": "林秀英", "identity_kind": "resident_id"},
    "contact": {"phone": "15400001111", "contact_name": "林晓", "contact_relation": "女儿", "contact_phone": ""},
    "address": {"town": places.WEIFANG, "address": "芦荻路 12 弄 3 号", "access_note": ""},
    "wish": {"group": "discharged", "wish": "刚出院，腿上的伤口要换药"},
    "when": {"window": "2026-03-03 am"},
}


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def family(t):
    return signed_in(t.users[Role.PROXY])


@pytest.fixture
def patient(t):
    """The patient with an account of her own."""
    user = places.person("沈玉兰", username="yulan")
    patient_services.link_account(patient_id=t.patient.pk, user=user, by=world.SETUP, now=world.NOW)
    return signed_in(user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def text(answer):
    return answer.content.decode()


def answer(client, step, **changed):
    return client.post(url("apply", step), {**ANSWERS[step], **changed})


def answer_all(client, until="when", **person):
    for step in ANSWERS:
        given = {"identity_number": persons.citizen_number(401), **person} if step == "person" else {}
        said = answer(client, step, **given)
        assert said.status_code == 302, (step, text(said))
        if step == until:
            return


def another(t, name="王桂芳", scopes=("apply", "sign", "manage")):
    made = persons.patient(by=world.SETUP, now=t.now, name=name)
    patient_services.add_proxy(
        patient_id=made.pk, user=t.users[Role.PROXY], relation="女儿", scopes=list(scopes),
        expires_on=t.now.date() + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    return made


# --- who may open what ------------------------------------------------------------------------------------------------


def order_pages(order):
    steps = ("order", "order_live", "consent", "reschedule", "cancel", "confirm", "object", "rate")
    return [url(name, order.number) for name in steps]


@pytest.mark.parametrize("name", ["home", "home_live", "begin", "apply_check", "orders", "people"])
def test_a_post_without_a_patient_has_no_business_here(t, name):
    answered = signed_in(t.users[Role.DISPATCHER]).get(url(name))

    assert answered.status_code == 403
    assert traces.events().filter(action="desks.page_refused").exists()


def test_an_account_without_anybody_sees_an_empty_page_that_says_what_to_do(t):
    page = text(signed_in(places.person("何新")).get(url("home")))

    assert "提交申请以后" in page
    assert url("begin") in page


def test_somebody_elses_pages_are_not_there(t):
    order = world.order(t)
    stranger = signed_in(places.person("路人"))

    pages = [*order_pages(order), url("request", order.request.number), url("data", t.patient.pk)]
    pages += [url("looks", t.patient.pk), url("papers", t.patient.pk), url("add_proxy", t.patient.pk)]

    assert [stranger.get(page).status_code for page in pages] == [404] * len(pages)


def test_whoever_works_at_the_centre_sees_here_only_the_own_family(t):
    order = world.order(t)
    dispatcher = t.users[Role.DISPATCHER]
    hers = persons.patient(by=world.SETUP, now=t.now)
    patient_services.add_proxy(
        patient_id=hers.pk, user=dispatcher, relation="女儿", scopes=["apply"],
        expires_on=t.now.date() + timedelta(days=30), by=world.SETUP, now=t.now,
    )  # fmt: skip
    client = signed_in(dispatcher)

    assert client.get(url("home")).status_code == 200
    assert client.get(url("order", order.number)).status_code == 404
    assert client.get(url("data", hers.pk)).status_code == 200


@pytest.mark.parametrize("status", list(S))
def test_every_state_of_an_order_has_its_page(clock, t, family, status):
    order = world.order(t, at=status)
    clock(LATER)

    assert family.get(url("home")).status_code == 200
    assert [family.get(page, follow=True).status_code for page in order_pages(order)] == [200] * 8


@pytest.mark.parametrize("status", list(Q))
def test_every_state_of_a_request_has_its_page(clock, t, family, status):
    row = world.request(t, at=status, times=1)
    clock(LATER)

    pages = [url("home"), url("request", row.number), url("request_live", row.number), url("withdraw", row.number)]
    assert [family.get(page).status_code for page in pages] == [200] * 4


@pytest.mark.clause("002 五(八)")
def test_every_look_at_an_order_is_on_record(t, family):
    order = world.order(t)

    family.get(url("order", order.number))

    look = traces.events().get(kind=Event.Kind.LOOK)
    assert (look.actor_id, look.subject_id) == (str(t.users[Role.PROXY].pk), str(t.patient.pk))


def test_the_pages_cost_the_same_at_one_row_and_at_ten(t, family):
    def costs():
        found = []
        for page in (url("home"), url("orders"), url("people")):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert family.get(page).status_code == 200
            found.append(len(queries))
        return found

    def grow(many):
        for _ in range(many):
            person = another(t)
            t.patient = person
            world.order(t)

    grow(2)
    costs()
    few = costs()
    grow(6)

    assert costs() == few


# --- applying ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(六)1", "002 五(八)", "002 五(三)")
def test_an_application_is_answered_question_by_question_and_sent_once(t, family):
    answer_all(family)
    check = text(family.get(url("apply_check")))
    receipt = "0b0f6a52-6a39-4f13-9b3e-0c5b1f6f2a11"

    first = family.post(url("apply_send"), {"receipt": receipt})

    assert "林秀英" in check
    assert "腿上的伤口要换药" in check
    assert persons.citizen_number(401) not in check
    row = ServiceRequest.objects.get()
    assert first.url == url("request", row.number)
    assert (row.patient.name, row.centre, row.channel) == ("林秀英", t.centre, "online")
    assert timezone.localtime(row.wished_from).hour == 8
    assert Proxy.objects.get(patient=row.patient).relation == "女儿"
    assert family.post(url("apply_send"), {"receipt": receipt}).url == url("apply", "whom")
    assert ServiceRequest.objects.count() == 1


def test_what_was_answered_rests_sealed(t, family):
    answer_all(family, until="contact")

    kept = bytes(ApplicationDraft.objects.get(user=t.users[Role.PROXY]).sealed)

    assert "林秀英".encode() not in kept
    assert persons.citizen_number(401).encode() not in kept
    assert "林秀英" not in json.dumps(dict(family.session.items()))
    assert "林秀英" not in str(list(traces.events().values_list("data", flat=True)))


@pytest.mark.clause("003 二(二)6")
def test_another_phone_goes_on_where_the_first_one_stopped_and_a_month_later_nothing_is_left(clock, t, family):
    answer_all(family, until="wish")
    other_phone = signed_in(t.users[Role.PROXY])

    assert "接着填写" in text(other_phone.get(url("home")))
    assert other_phone.get(url("apply_check")).url == url("apply", "when")
    answer(other_phone, "when")
    assert "腿上的伤口要换药" in text(family.get(url("apply_check")))
    clock(world.NOW + timedelta(days=31))
    assert "接着填写" not in text(family.get(url("home")))


def test_a_proxy_whose_time_is_over_begins_anew_instead_of_meeting_an_error(t, family):
    answer(family, "whom", whom=str(t.patient.pk))
    answer(family, "wish")
    answer(family, "when")
    proxy = t.patient.proxies.get()
    patient_services.end_proxy(proxy_id=proxy.pk, by=t.actor(Role.PROXY), now=t.now)

    assert family.get(url("apply_check")).url == url("apply", "whom")
    assert family.post(url("apply_send")).url == url("apply", "whom")


def test_a_question_cannot_be_skipped(t, family):
    answer(family, "whom")

    assert family.get(url("apply", "wish")).url == url("apply", "person")
    assert family.get(url("apply_check")).url == url("apply", "person")
    assert family.post(url("apply_send")).url == url("apply", "person")
    assert family.get(url("apply", "nonsense")).status_code == 404


@pytest.mark.clause("002 五(五)")
def test_emergency_words_stop_the_form_and_show_120(t, family):
    answer_all(family, until="address")

    stopped = answer(family, "wish", wish="老人突然胸痛，喘不上气")

    assert stopped.status_code == 422
    assert 'href="tel:120"' in text(stopped)
    assert "依据 002 五(五)" in text(stopped)
    assert traces.events().filter(kind="refusal", action="orders.request_submitted").exists()
    assert not ServiceRequest.objects.exists()


@pytest.mark.clause("002 五(二)1")
def test_a_town_that_nobody_serves_is_said_beside_the_field_with_its_clause(t, family):
    answer_all(family, until="contact")

    refused = answer(family, "address", town=places.LUJIAZUI)

    assert refused.status_code == 422
    assert "没有可以上门服务的机构" in text(refused)
    assert "依据 002 五(二)1" in text(refused)
    assert "芦荻路 12 弄 3 号" in text(refused)


@pytest.mark.parametrize(
    ("kind", "number", "birth"),
    [("passport", "E12345678", True), ("tw_permit", "12345678", True), ("resident_id", None, False)],
)
def test_birth_and_sex_are_asked_only_where_the_number_does_not_say(t, family, kind, number, birth):
    answer(family, "whom")

    went = answer(family, "person", identity_kind=kind, identity_number=number or persons.citizen_number(402))

    assert went.url == url("apply", "birth" if birth else "contact")
    if birth:
        assert (
            family.post(url("apply", "birth"), {"year": 1950, "month": 2, "day": 30, "sex": "male"}).status_code == 422
        )
        assert (
            family.post(url("apply", "birth"), {"year": 1950, "month": 2, "day": 3, "sex": "male"}).status_code == 302
        )


def test_a_number_on_record_is_told_at_once_and_a_wrong_one_says_what_is_wrong(t, family):
    answer(family, "whom")
    known = persons.facts()
    patient_services.register(**known, by=world.SETUP, now=world.NOW)

    taken = answer(family, "person", identity_number=known["identity_number"])
    wrong = answer(family, "person", identity_number="310199194305170041")

    assert "已经登记过" in text(taken)
    assert "依据 002 五(八)" in text(taken)
    assert wrong.status_code == 422
    assert "310199194305170041" in text(wrong)


def test_a_known_patient_is_asked_only_what_is_new_and_may_move(t, family):
    answer(family, "whom", whom=str(t.patient.pk))
    for step in ("wish", "when"):
        answer(family, step)
    check = text(family.get(url("apply_check")))
    answer(family, "address", address="新村路 9 号")
    family.post(url("apply", "group"), {"group": "discharged"})

    family.post(url("apply_send"))

    assert "芦荻路" in check
    row = ServiceRequest.objects.get()
    assert row.patient == t.patient
    t.patient.refresh_from_db()
    assert t.patient.group == "discharged"
    assert t.patient.addresses.count() == 2


def test_who_waits_already_is_not_offered_again_and_a_narrow_proxy_is_told(t, family):
    row = world.request(t)
    another(t, "赵德明", scopes=("sign",))

    page = text(family.get(url("apply", "whom")))

    assert f'value="{t.patient.pk}"' not in page
    assert url("request", row.number) in page
    assert "赵德明的代办授权不包含" in page


def test_a_paper_may_be_handed_in_on_the_way(t, family):
    answer_all(family, until="when")

    sent = family.post(url("apply", "papers"), {"kind": "record", "file": picture()}, follow=True)

    upload = Upload.objects.get()
    assert upload.patient.name == "林秀英"
    assert url("paper", upload.pk) in text(sent)
    assert family.get(url("paper", upload.pk))["Content-Type"] == "image/png"
    assert signed_in(places.person("路人")).get(url("paper", upload.pk)).status_code == 404
    assert family.post(url("apply_send")).status_code == 302
    assert Patient.objects.filter(name_index=index_of(Patient, "name", "林秀英")).count() == 1


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#0e6d67").save(out, "PNG")
    return SimpleUploadedFile("record.png", out.getvalue(), content_type="image/png")


def test_staff_are_told_why_they_cannot_register_a_relative_here(t):
    nurse = t.users[Role.NURSE]
    patient_services.add_proxy(
        patient_id=t.patient.pk, user=nurse, relation="女儿", scopes=["apply"],
        expires_on=t.now.date() + timedelta(days=30), by=world.SETUP, now=t.now,
    )  # fmt: skip
    client = signed_in(nurse)
    answer_all(client)

    refused = client.post(url("apply_send"))

    assert refused.status_code == 422
    assert "请使用个人账号" in text(refused)


def test_withdrawing_asks_why_and_frees_the_patient(t, family):
    row = world.request(t)

    assert family.post(url("withdraw", row.number), {}).status_code == 422
    done = family.post(url("withdraw", row.number), {"usual": "暂时不需要了", "version": row.version})

    assert done.url == url("request", row.number)
    assert world.fresh(row).status == Q.WITHDRAWN


# --- one order --------------------------------------------------------------------------------------------------------


def signing(order, client, **changed):
    page = text(client.get(url("consent", order.number)))
    shown = {kind: page.split(f'name="shown_{kind}" value="')[1][:64] for kind in ("consent", "agreement")}
    return {
        "version": order.version,
        "shown_consent": shown["consent"],
        "shown_agreement": shown["agreement"],
        "signer_name": "沈家明",
        "capacity": "proxy",
        "consent_strokes": json.dumps(STROKES),
        **changed,
    }


@pytest.mark.clause("002 五(七)1(4)", "004 三(七)")
def test_both_papers_are_shown_in_sections_and_signed_on_glass(t, family):
    order = world.order(t)
    page = text(family.get(url("consent", order.number)))

    signed = family.post(url("consent", order.number), signing(order, family))

    assert "四、可能出现的风险" in page
    assert "六、可能出现的风险与处理" in page
    assert signed.url == url("order", order.number)
    order.refresh_from_db()
    assert order.status == S.AWAITING_DISPATCH
    assert (order.consent.method, json.loads(order.consent.strokes)) == ("glass", STROKES)
    assert order.agreement.signer_name == "沈家明"


def test_signing_without_hand_or_under_an_old_text_is_refused_in_the_page(t, family):
    order = world.order(t)
    blank = signing(order, family, consent_strokes="")
    stale = signing(order, family, shown_consent="0" * 64)

    assert "请在屏幕上手写签名" in text(family.post(url("consent", order.number), blank))
    refused = family.post(url("consent", order.number), stale)

    assert refused.status_code == 422
    assert "文本已更新" in text(refused)
    assert "依据 002 五(七)1(4)" in text(refused)
    assert not Consent.objects.exists()


def test_signing_by_account_asks_for_a_word_of_agreement(t, patient):
    order = world.order(t)
    said = signing(order, patient, signer_name="沈玉兰", capacity="self", consent_strokes="")
    address = url("consent", order.number) + "?how=typed"

    assert patient.post(address, said).status_code == 422
    assert "姓名应与登记的姓名一致" in text(patient.post(address, {**said, "agreed": "on", "signer_name": "别人"}))
    assert patient.post(address, {**said, "agreed": "on"}).status_code == 302
    assert world.fresh(order).consent.method == "typed"


def test_a_proxy_who_may_not_sign_is_told_so(t):
    order = world.order(t)
    helper = places.person("沈小妹")
    patient_services.add_proxy(
        patient_id=t.patient.pk, user=helper, relation="孙女", scopes=["apply"],
        expires_on=t.now.date() + timedelta(days=30), by=world.SETUP, now=t.now,
    )  # fmt: skip
    client = signed_in(helper)

    page = text(client.get(url("order", order.number)))

    assert "您的代办授权不包含这一步" in page
    assert url("consent", order.number) not in page
    assert client.get(url("consent", order.number)).url == url("order", order.number)


def test_the_visit_code_is_shown_from_acceptance_to_the_end_and_no_longer(clock, t, family):
    order = world.order(t, at=S.OFFERED)
    code = " ".join(order.visit_code)
    assert code not in text(family.get(url("order", order.number)))

    world.chain.walk(t, order, S.ACCEPTED)
    assert code in text(family.get(url("order", order.number)))
    assert "顾晓雯" in text(family.get(url("home")))

    world.chain.walk(t, order, S.COMPLETED)
    assert code not in text(family.get(url("order", order.number)))


def test_another_time_frees_the_nurse(t, family):
    order = world.order(t, at=S.ACCEPTED)
    said = {"window": "2026-03-05 pm", "usual": "其他原因", "words": "", "version": order.version}

    assert "请用一两句话写明" in text(family.post(url("reschedule", order.number), said))
    moved = family.post(url("reschedule", order.number), {**said, "words": "孩子回来吃饭"})

    assert moved.url == url("order", order.number)
    order.refresh_from_db()
    assert order.nurse is None
    assert timezone.localtime(order.window_start).day == 5


def test_a_stale_page_is_told_so_and_keeps_what_was_typed(t, family):
    order = world.order(t, at=S.ACCEPTED)

    refused = family.post(url("cancel", order.number), {"usual": "住院了", "words": "在中心医院", "version": 1})

    assert refused.status_code == 422
    assert "刚被他人更新" in text(refused)
    assert "在中心医院" in text(refused)
    assert world.fresh(order).status == S.ACCEPTED


def test_cancelling_gives_the_times_back(t, family):
    order = world.order(t, at=S.AWAITING_DISPATCH)

    family.post(url("cancel", order.number), {"usual": "住院了", "version": order.version})

    assert world.fresh(order).status == S.CANCELLED
    assert "住院了" in text(family.get(url("order", order.number)))


def test_confirming_shows_the_record_first_and_leads_to_the_rating(clock, t, family):
    order = world.order(t, at=S.AWAITING_CONFIRMATION)
    clock(LATER)

    page = text(family.get(url("confirm", order.number)))
    done = family.post(url("confirm", order.number), {"version": order.version})

    assert "按计划完成，服务对象无不适。" in page
    assert done.url == url("rate", order.number)
    assert world.fresh(order).confirmed_how == Order.ConfirmedHow.FAMILY
    assert family.post(url("confirm", order.number)).status_code == 422


def test_an_objection_is_heard(clock, t, family):
    order = world.order(t, at=S.AWAITING_CONFIRMATION)
    clock(LATER)

    assert family.post(url("object", order.number), {"reason": " "}).status_code == 422
    family.post(url("object", order.number), {"reason": "没有洗手", "version": order.version})

    assert world.fresh(order).status == S.DISPUTED
    assert "没有洗手" in text(family.get(url("order", order.number)))


@pytest.mark.clause("002 五(六)2")
def test_a_visit_is_rated_once(clock, t, family):
    order = world.order(t, at=S.COMPLETED)
    clock(LATER)
    scores = {"on_time": 5, "explained": 4, "asked": 3, "observed": 5, "comment": "很仔细"}

    assert "请选择 1 到 5 分" in text(family.post(url("rate", order.number), {**scores, "asked": ""}))
    assert family.post(url("rate", order.number), scores).url == url("order", order.number)
    twice = family.post(url("rate", order.number), scores)

    assert Rating.objects.get().asked == 3
    assert twice.status_code == 422
    assert "已经评价过了" in text(twice)
    assert family.get(url("rate", order.number)).url == url("order", order.number)


@pytest.mark.clause("002 五(七)1(4)")
def test_a_consent_taken_back_stops_what_rests_on_it(t, family):
    order = world.order(t, at=S.ACCEPTED)
    address = url("withdraw_consent", order.consent_id)

    assert "有 1 次还没有开始的上门会停止安排" in text(family.get(address))
    family.post(address, {"usual": "改变主意了"})

    assert world.fresh(order).status == S.CANCELLED
    assert signed_in(places.person("路人")).get(address).status_code == 404


# --- people and papers ------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(八)")
def test_a_patient_lets_somebody_act_and_ends_it(t, patient):
    helper = places.person("沈小妹", username="xiaomei")
    said = {"username": "xiaomei", "relation": "孙女", "scopes": ["apply"], "term": "90"}

    nobody = patient.post(url("add_proxy", t.patient.pk), {**said, "username": "nobody"})
    done = patient.post(url("add_proxy", t.patient.pk), said)

    assert "没有找到这个账号" in text(nobody)
    assert done.url == url("people")
    proxy = Proxy.objects.get(user=helper)
    assert (proxy.scopes, proxy.expires_on) == (["apply"], world.NOW.date() + timedelta(days=90))
    assert "沈小妹" in text(patient.get(url("people")))
    assert signed_in(places.person("路人")).get(url("end_proxy", proxy.pk)).status_code == 404
    patient.post(url("end_proxy", proxy.pk))
    assert Proxy.objects.get(pk=proxy.pk).ended_at


def test_a_proxy_may_not_pass_it_on_but_may_stop(t, family):
    said = {"username": "whoever", "relation": "友", "scopes": ["apply"], "term": "90"}
    places.person("沈小妹", username="whoever")

    refused = family.post(url("add_proxy", t.patient.pk), said)
    mine = Proxy.objects.get(user=t.users[Role.PROXY])
    family.post(url("end_proxy", mine.pk))

    assert "由服务对象本人或中心工作人员办理" in text(refused)
    assert family.get(url("data", t.patient.pk)).status_code == 404


@pytest.mark.clause("002 五(八)")
def test_what_is_on_file_is_masked_and_opening_it_is_recorded_for_all_to_see(t, patient):
    masked = text(patient.get(url("data", t.patient.pk)))

    opened = text(patient.post(url("data", t.patient.pk), {"field": "address"}))
    patient_services.reveal(
        patient_id=t.patient.pk, field="phone", reason="电话确认时间", by=t.actor(Role.DISPATCHER), now=t.now
    )
    looks = text(patient.get(url("looks", t.patient.pk)))

    assert "芦荻路" not in masked
    assert "芦荻路 12 弄 3 号 401 室" in opened
    assert "查看完整信息" in looks
    assert "为什么看：电话确认时间" in looks
    assert "家属核对登记资料" not in looks
    assert patient.post(url("data", t.patient.pk), {"field": "password"}).status_code == 404


def test_a_family_corrects_what_is_its_own_to_correct(t, family):
    said = {
        "contact_name": "沈小妹",
        "contact_relation": "女儿",
        "conditions": "高血压",
        "allergies": "青霉素",
        "phone": "",
    }

    assert family.post(url("correct", t.patient.pk), {**said, "phone": "12"}).status_code == 422
    family.post(url("correct", t.patient.pk), said)

    t.patient.refresh_from_db()
    assert (t.patient.allergies, t.patient.contact_name) == ("青霉素", "沈小妹")


def test_a_file_that_is_no_paper_is_refused_with_its_clause(t, family):
    virus = SimpleUploadedFile("a.png", b"MZ not a picture", content_type="image/png")

    refused = family.post(url("papers", t.patient.pk), {"kind": "record", "file": virus})

    assert refused.status_code == 422
    assert "只能上传 JPG、PNG 照片或 PDF 文件。（依据 004 三(八)）" in text(refused)
    assert family.post(url("papers", t.patient.pk), {"kind": "record", "file": picture()}).status_code == 302


# --- an account of one's own ------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(clock, redis_now):
    return Client()


ACCOUNT = {
    "username": "lin.xiao",
    "display_name": "林晓",
    "password": "woai-shanghai-88",
    "again": "woai-shanghai-88",
}


def test_anybody_may_open_an_account_and_is_inside_at_once(t, newcomer):
    went = newcomer.post(reverse("account:register"), {**ACCOUNT, "next": url("begin")})

    assert went.url == url("begin")
    assert newcomer.get(url("home")).status_code == 200
    assert traces.events().get(action="accounts.user_created", actor_kind="system", actor_id="public.register")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"again": "other-words-here"}, "两次输入的密码不一样"),
        ({"password": "123456789012", "again": "123456789012"}, "密码"),
        ({"username": "林"}, "账号名请用 4 到 30 位字母或数字"),
        ({"username": "taken"}, "这个账号名已有人使用"),
    ],
)
def test_what_is_wrong_with_an_account_is_said(t, newcomer, changed, sentence):
    places.person(username="taken")

    refused = newcomer.post(reverse("account:register"), {**ACCOUNT, **changed})

    assert refused.status_code == 422
    assert sentence in text(refused)


def test_one_address_opens_five_accounts_an_hour(t, newcomer):
    for i in range(5):
        assert Client().post(reverse("account:register"), {**ACCOUNT, "username": f"many{i}"}).status_code == 302

    refused = newcomer.post(reverse("account:register"), {**ACCOUNT, "username": "many9"})

    assert refused.status_code == 429
    assert "请过一小时再试" in text(refused)
