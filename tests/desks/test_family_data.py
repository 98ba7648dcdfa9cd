"""What a family may do with what is on file: take it along, correct it, ask for its end, and let others act."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotYours, Refused
from patients import privacy
from patients import services as patient_services
from patients.models import Erasure, Invitation, Proxy
from patients.services.invitations import invite_proxy, take_invitation
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db
SCOPES = ["apply", "manage"]


@pytest.fixture
def t(clock):
    cache.clear()
    return world.town()


@pytest.fixture
def user(t):
    found = places.person("沈玉兰", username="yulan")
    patient_services.link_account(patient_id=t.patient.pk, user=found, by=world.SETUP, now=world.NOW)
    return found


@pytest.fixture
def patient(user):
    return signed_in(user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def text(answer):
    return answer.content.decode()


def invited(client, t, **changed):
    said = {"relation": "外甥", "scopes": SCOPES, "term": "90", **changed}
    return client.post(url("invite", t.patient.pk), said)


def code_on(answer):
    return text(answer).split('class="door-code">')[1].split("<")[0]


# --- acting for somebody by a code ---


@pytest.mark.clause("003 二(二)6")
def test_a_code_is_shown_once_taken_once_and_the_patient_sees_and_ends_what_it_gave(t, patient):
    page = invited(patient, t)
    code = code_on(page)
    helper = places.person("沈小弟")

    joined = signed_in(helper).post(url("join"), {"code": code}, follow=True)

    assert page["Cache-Control"].count("no-store")
    assert "您现在可以替" in text(joined)
    proxy = Proxy.objects.get(user=helper)
    assert (proxy.scopes, proxy.relation) == (SCOPES, "外甥")
    assert proxy.expires_on == world.NOW.date() + timedelta(days=90)
    assert "沈小弟" in text(patient.get(url("people")))
    second = signed_in(places.person("路人")).post(url("join"), {"code": code})
    assert second.status_code == 422
    assert "没有找到这个邀请码" in text(second)
    patient.post(url("end_proxy", proxy.pk))
    assert signed_in(helper).get(url("data", t.patient.pk)).status_code == 404


@pytest.mark.clause("002 五(八)")
def test_the_code_itself_is_kept_nowhere(t, patient):
    code = code_on(invited(patient, t)).replace(" ", "")

    row = Invitation.objects.get()

    assert code not in {row.code_index, row.relation}
    assert code not in str(list(traces.events().values_list("data", flat=True)))
    assert len(code) == 8


def test_a_code_is_over_after_two_days_and_when_it_was_taken_back(clock, t, patient):
    late = code_on(invited(patient, t))
    back = code_on(invited(patient, t))
    brother = places.person("沈小弟")
    helper = signed_in(brother)
    ended = patient.post(url("end_invitation", Invitation.objects.last().pk), follow=True)

    assert "邀请码已取消" in text(ended)
    assert helper.post(url("join"), {"code": back}).status_code == 422
    clock(world.NOW + timedelta(hours=49))
    assert helper.post(url("join"), {"code": late}).status_code == 422
    assert not Proxy.objects.filter(user=brother).exists()


@pytest.mark.clause("003 二(六)20")
@pytest.mark.parametrize("relation", ["志愿者", "医务社工"])
def test_a_helper_who_is_no_relative_fills_in_forms_and_nothing_more(t, patient, relation):
    too_far = invited(patient, t, relation=relation, scopes=["apply", "sign"])
    too_long = invited(patient, t, relation=relation, scopes=["apply"], term="365")
    right = invited(patient, t, relation=relation, scopes=["apply"])

    assert too_far.status_code == 422
    assert "志愿者和医务社工只能帮忙提交和撤回申请" in text(too_far)
    assert "依据 003 二(六)20" in text(too_far)
    assert "一次最长三个月" in text(too_long)
    assert right.status_code == 200
    helper = places.person("何志愿")
    signed_in(helper).post(url("join"), {"code": code_on(right)})
    assert Proxy.objects.get(user=helper).scopes == ["apply"]


def test_staff_cannot_give_a_helper_more_by_the_account_name_either(t):
    helper = places.person("何志愿")

    with pytest.raises(Invalid) as no:
        patient_services.add_proxy(
            patient_id=t.patient.pk, user=helper, relation="志愿者", scopes=["sign"],
            expires_on=world.NOW.date() + timedelta(days=30), by=world.SETUP, now=world.NOW,
        )  # fmt: skip

    assert no.value.code == "proxy.helper_scopes"


def test_nobody_invites_himself_or_for_somebody_else(t, user, patient):
    own = code_on(invited(patient, t))

    assert "这是您自己发出的邀请" in text(patient.post(url("join"), {"code": own}))
    assert signed_in(places.person("路人")).post(url("invite", t.patient.pk), {}).status_code == 404
    proxy = signed_in(t.users[Role.PROXY])
    assert "由服务对象本人或中心工作人员办理" in text(invited(proxy, t))
    stranger = persons.family(places.person("路人"))
    with pytest.raises(Hidden):
        patient_services.end_invitation(invitation_id=Invitation.objects.get().pk, by=stranger, now=world.NOW)


def test_whoever_tries_codes_has_to_wait(t, patient):
    code = code_on(invited(patient, t))
    guesser = signed_in(places.person("路人"))
    for i in range(10):
        guesser.post(url("join"), {"code": f"0000000{i}"})

    answer = guesser.post(url("join"), {"code": code})

    assert "请过一小时再试" in text(answer)
    assert Invitation.objects.get().proxy is None


def test_a_code_typed_with_spaces_or_full_width_digits_is_understood(t, user):
    _, code = invite_proxy(
        patient_id=t.patient.pk, relation="女儿", scopes=["apply"], lasting=timedelta(days=90),
        by=persons.family(user), now=world.NOW,
    )  # fmt: skip
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)

    proxy = take_invitation(code=f" {wide[:4]} {wide[4:]}", by=persons.family(places.person("沈小弟")), now=world.NOW)

    assert proxy.patient == t.patient


def test_at_most_five_codes_wait_for_one_patient(t, patient):
    for _ in range(5):
        assert invited(patient, t).status_code == 200

    assert "请先取消不用的" in text(invited(patient, t))
    assert text(patient.get(url("people"))).count("取消这个邀请码") == 5


# --- a copy ---


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("form", ["html", "json"])
def test_a_copy_holds_everything_opened_and_stands_in_the_trace(t, patient, form):
    order = world.order(t)

    answer = patient.post(url("copy", t.patient.pk), {"form": form})

    body = text(answer)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    for words in (
        privacy.identity_number(t.patient),
        privacy.phone(t.patient),
        "芦荻路 12 弄 3 号 401 室",
        order.number,
    ):
        assert words in body
    if form == "json":
        assert json.loads(body)["本人"]["姓名"] == t.patient.name
    assert traces.events().get(action="patients.exported").subject_id == str(t.patient.pk)


def test_nobody_else_takes_a_copy(t):
    assert signed_in(places.person("路人")).post(url("copy", t.patient.pk), {"form": "json"}).status_code == 404
    with pytest.raises(Hidden):
        patient_services.export(patient_id=t.patient.pk, by=t.actor(Role.DISPATCHER), now=world.NOW)


# --- asking for the end ---


def centre_desk(t):
    return signed_in(t.users[Role.CENTRE_ADMIN])


@pytest.mark.clause("002 五(八)")
def test_a_person_asks_for_deletion_and_hears_what_goes_and_what_the_law_keeps(t, patient):
    asked = patient.post(url("erase", t.patient.pk), {"words": "不要再留紧急联系人"}, follow=True)
    row = Erasure.objects.get()
    listed = text(centre_desk(t).get(reverse("centre:erasures")))

    centre_desk(t).post(reverse("centre:erasures_decide", args=[row.pk, "grant"]), {"reason": "已核对本人意愿"})

    assert "正在等" in text(asked)
    assert "不要再留紧急联系人" in listed
    t.patient.refresh_from_db()
    assert (t.patient.contact_name, t.patient.contact_phone_sealed) == ("", None)
    assert not t.patient.proxies.filter(ended_at__isnull=True).exists()
    page = text(patient.get(url("data", t.patient.pk)))
    assert "同意" in page
    assert "医疗机构管理条例实施细则第五十三条" in page
    assert f"{world.NOW.year + 15}年" in page
    assert traces.events().get(action="patients.erasure_decided").reason == "已核对本人意愿"


def test_deletion_is_decided_with_words_once_and_by_this_centre_only(t, patient):
    patient.post(url("erase", t.patient.pk), {"words": "全部删除"})
    row = Erasure.objects.get()
    decide = reverse("centre:erasures_decide", args=[row.pk, "refuse"])

    silent = centre_desk(t).post(decide, {"reason": " "})
    twice = patient.post(url("erase", t.patient.pk), {"words": "全部删除"})

    assert silent.status_code == 422
    assert "请写明答复的理由" in text(silent)
    assert "您已经提出过" in text(twice)
    assert centre_desk(t).post(decide, {"reason": "诊疗记录未到保存期限"}).status_code == 302
    assert centre_desk(t).post(decide, {"reason": "再来一次"}).status_code == 422
    t.patient.refresh_from_db()
    assert t.patient.contact_name
    elsewhere = places.staff(places.bare_centre(t.district, name="陆家嘴"), Role.CENTRE_ADMIN)
    with pytest.raises(Hidden):
        patient_services.decide_erasure(erasure_id=row.pk, granted=True, reason="越权", by=elsewhere, now=world.NOW)


def test_a_proxy_cannot_have_the_record_deleted(t):
    answer = signed_in(t.users[Role.PROXY]).post(url("erase", t.patient.pk), {"words": "全部删除"})

    assert answer.status_code == 422
    assert "由服务对象本人提出" in text(answer)
    with pytest.raises(NotYours):
        patient_services.ask_erasure(
            patient_id=t.patient.pk, centre=t.centre, words="全部删除", by=t.actor(Role.PROXY), now=world.NOW
        )


def test_what_was_merged_is_read_only(t):
    other = persons.patient(by=world.SETUP, now=t.now)
    other.merged_into, other.merged_at = t.patient, t.now
    other.save(update_fields=["merged_into", "merged_at"])

    with pytest.raises(Refused) as no:
        patient_services.correct(patient_id=other.pk, allergies="青霉素", by=world.SETUP, now=t.now)

    assert no.value.code == "patient.merged"
