"""An assessment as it is written: carried over, kept while one types, guarded, signed, and amended by versions."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from clinical import revisions, sections
from clinical.models import Assessment, AssessmentVersion
from clinical.services.assessments import content_hash
from followups import services as followups
from followups.admission import Admission
from institutions import services as institutions
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.api.callers import caller
from tests.world import chain, places, traces

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """A town as it stood at the last nine o'clock: already past, and the visits of its next day still lie ahead."""
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.users[Role.DOCTOR])
    return client


def url(name, row, *more):
    return reverse(f"doctor:{name}", args=[row.assessment_id, *more])


def signed(town, result="suitable", **changed):
    """A request whose assessment is signed and whose outcome is open."""
    row = world.request(town, Q.ASSESSING, **changed)
    chain.assess(town, row, result)
    return world.fresh(row)


def arrive(desk, row):
    desk.post(url("assess_step", row, "depart"))
    return desk.post(url("assess_step", row, "arrive"))


def acts_on(row, action):
    return traces.events().filter(action=action, object_id=str(row.assessment_id)).count()


def keep(client, row, key, answers, *, hand="a", seen=0):
    return client.post(url("section_keep", row, key), {**answers, "hand": hand, "seen": seen})


@pytest.mark.clause("001 二(四)19")
def test_what_a_hospital_said_stands_beside_the_assessment_and_goes_into_none_of_its_answers(town, desk):
    row = world.request(town, Q.ASSESSING)
    home = timezone.localdate(town.now) - timedelta(days=3)
    risks = {"fall_risk": True, "pressure_risk": False, "catheter_risk": False}
    followups.register_discharge(
        patient=row.patient, centre=town.centre, hospital="示范医院", ward="骨科", discharged_on=home,
        diagnosis="髋关节置换术后", education="六周内不侧卧", template="discharge", by=town.actor(Role.REVIEWER),
        now=town.now, said=Admission(
            assessed_on=home, self_care=35, grade_in="first", grade_out="second", **risks
        ),
    )  # fmt: skip
    arrive(desk, row)

    page = desk.get(url("section", row, "barthel")).content.decode()

    assert "医院所说" in page
    assert "自理能力 35 分，重度依赖" in page
    assert "不会填入本次评估" in page
    assert Assessment.objects.get(pk=row.assessment_id).sections == {}


@pytest.mark.clause("002 五(七)1(3)")
def test_what_is_typed_is_kept_at_once_and_the_sum_is_told(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    mild = {q.key: q.options[0][0] for q in sections.BY_KEY["fall"].questions}

    half = keep(desk, row, "fall", {"history": "25"}).content.decode()
    whole = keep(desk, row, "fall", {**mild, "history": "25", "gait": "20"}).content.decode()

    assert "全部选完后显示" in half
    assert "总分 45 分" in whole
    assert "高风险" in whole
    assert "已自动保存" in whole
    row.assessment.refresh_from_db()
    assert row.assessment.sections["fall"]["gait"] == 20


def test_keeping_the_same_again_is_no_act_and_a_wrong_answer_is_said_not_to_be_kept(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    keep(desk, row, "pain", {"nrs": "3"})
    acts = acts_on(row, "clinical.assessment_saved")

    keep(desk, row, "pain", {"nrs": "3"})
    wrong = keep(desk, row, "pain", {"nrs": "37"})

    assert acts_on(row, "clinical.assessment_saved") == acts == 1
    assert wrong.status_code == 422
    assert "还没有保存" in wrong.content.decode()


@pytest.mark.clause("002 五(七)1(3)")
def test_one_press_answers_what_is_normal_is_kept_as_pressed_and_each_answer_can_be_changed(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    shown = desk.get(url("section", row, "fall")).context
    typed = {"gait": "20", "hand": shown["hand"], "seen": shown["seen"]}

    pressed = desk.post(url("section", row, "fall"), {**typed, "then": "press"}, follow=True)
    late = keep(desk, row, "fall", {"gait": "20"}, hand=shown["hand"], seen=shown["seen"])

    assert pressed.redirect_chain == [(url("section", row, "fall"), 302)]
    page = pressed.content.decode()
    assert "填好并保存 3 项" in page
    assert "还没有填：近三个月跌倒过、有两个以上诊断。" in page
    assert pressed.context["form"].initial == {"gait": "20", "aid": "0", "drip": "0", "mental": "0"}
    assert late.status_code == 422  # what the old screen sent before the press does not undo it
    act = traces.events().get(action="clinical.assessment_saved", object_id=str(row.assessment_id), outcome="ok")
    assert (act.data["section"], act.data["pressed"]) == ("fall", ["aid", "drip", "mental"])

    now = pressed.context
    changed = {**now["form"].initial, "aid": "15", "history": "0", "second": "15", "hand": now["hand"]}
    desk.post(url("section", row, "fall"), {**changed, "seen": now["seen"], "then": "next"})
    row.assessment.refresh_from_db()
    assert row.assessment.sections["fall"]["aid"] == 15
    assert row.assessment.saves["fall"]["pressed"] == ["drip", "mental"]
    assert "填写：静脉治疗或留置针、认知" in desk.get(url("check", row)).content.decode()
    assert 'value="press"' not in desk.get(url("section", row, "fall")).content.decode()
    assert 'value="press"' not in desk.get(url("section", row, "mood")).content.decode()


@pytest.mark.clause("002 五(七)1(3)")
def test_a_second_screen_hears_who_saved_when_and_overwrites_nothing(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    first = desk.get(url("section", row, "pain")).context
    second = desk.get(url("section", row, "pain")).context
    assert first["hand"] != second["hand"]

    mine = keep(desk, row, "pain", {"nrs": "3"}, hand=first["hand"], seen=first["seen"])
    heard = desk.get(second["who_url"]).content.decode()
    theirs = keep(desk, row, "pain", {"nrs": "9"}, hand=second["hand"], seen=second["seen"])
    pressed = desk.post(url("section", row, "pain"), {"nrs": "9", "hand": second["hand"], "seen": second["seen"]})

    assert mine.status_code == 200
    assert "从另一处保存了这一部分" in heard
    assert "打开最新内容" in heard
    assert "从另一处" not in desk.get(first["who_url"]).content.decode()
    for refused in (theirs, pressed):
        assert refused.status_code == 422
        assert "从另一处保存了这一部分" in refused.content.decode()
    assert "依据 002 五(七)1(3)" in pressed.content.decode()
    assert "打开最新内容" in pressed.content.decode()
    assert "总分 9 分" in pressed.content.decode()  # what was typed stays, and its sum
    row.assessment.refresh_from_db()
    assert row.assessment.sections["pain"] == {"nrs": 3}
    assert keep(desk, row, "pain", {"nrs": "4"}, hand=first["hand"], seen=first["seen"]).status_code == 200


@pytest.mark.clause("002 五(七)1(3)")
def test_what_a_screen_asked_for_before_and_comes_late_undoes_nothing(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    shown = desk.get(url("section", row, "fall")).context

    def comes(turn, **answers):
        given = {**answers, "hand": shown["hand"], "seen": shown["seen"], "turn": turn}
        assert desk.post(url("section_keep", row, "fall"), given).status_code == 200
        row.assessment.refresh_from_db()
        return row.assessment.sections["fall"]

    both = {"history": 25, "second": 15}
    assert comes(2, history="25", second="15") == both
    assert comes(1, history="25") == both  # called off by the screen, but the server was at it
    assert comes(4, history="25", second="15") == both
    assert comes(3, history="0", second="15") == both
    assert comes(5, history="0") == {"history": 0}


@pytest.mark.clause("002 五(七)1(3)")
def test_a_colleagues_save_is_refused_aloud_with_whose_it_is_and_since_when(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    colleague = Client()
    colleague.force_login(places.post(town.centre, Role.DOCTOR).user)

    answers = [keep(colleague, row, "pain", {"nrs": "9"}), colleague.get(url("section", row, "pain")),
               colleague.post(url("section", row, "pain"), {"nrs": "9"})]  # fmt: skip

    for answer in answers:
        assert answer.status_code == 403
        assert f"归{town.users[Role.DOCTOR]}医生" in answer.content.decode()
        assert "起正在办理" in answer.content.decode()
    row.assessment.refresh_from_db()
    assert row.assessment.sections == {}


def again(town):
    """A second first visit of somebody whose last one is signed."""
    served = world.request(town, Q.PRESCRIBED)
    town.now += timedelta(minutes=1)
    return served, world.request(town, Q.ASSESSING)


@pytest.mark.clause("002 五(七)1(3)", "000 三(十)")
def test_the_last_assessment_stands_in_each_section_as_carried_over_and_is_no_answer_until_saved(town, desk):
    served, row = again(town)
    arrive(desk, row)

    page = desk.get(url("section", row, "barthel"))
    row.assessment.refresh_from_db()

    assert "以下内容来自" in page.content.decode()
    assert "的首诊评估，请逐项核对" in page.content.decode()
    assert page.context["form"].initial["eat"] == str(served.assessment.sections["barthel"]["eat"])
    assert row.assessment.sections == {}
    assert "有上次内容，待核对" in page.content.decode()

    desk.post(url("section", row, "barthel"), {**page.context["form"].initial, "then": "next"})
    saved = desk.get(url("section", row, "barthel")).content.decode()
    assert "以下内容来自" not in saved
    assert "的评估相同" in desk.get(url("check", row)).content.decode()


def test_a_first_assessment_begins_with_what_the_health_record_says(desk, town):
    town.patient.conditions, town.patient.allergies = "脑梗死后遗症", "青霉素"
    town.patient.save(update_fields=["conditions", "allergies"])
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)

    disease, allergy, family = (desk.get(url("section", row, key)) for key in ("disease", "allergy", "family"))

    assert family.context["form"].initial == {"needs": row.wish}
    assert "以下内容来自家属的申请" in family.content.decode()
    assert disease.context["form"].initial == {"diagnosis": "脑梗死后遗症"}
    assert allergy.context["form"].initial == {"allergies": "青霉素"}
    assert "以下内容来自健康档案" in disease.content.decode()


@pytest.mark.clause("002 五(七)1(3)")
def test_a_signature_asks_for_the_password_again_unless_it_was_given_lately(town):
    user = town.users[Role.DOCTOR]
    user.set_password("Hu-Dao-Jia-2026")
    user.save()
    desk, row = Client(), world.request(town, Q.ASSESSING)
    desk.force_login(user)
    arrive(desk, row)
    for key, answers in world.full_sections().items():
        desk.post(url("section", row, key), answers)
    desk.post(url("conclude", row), {"result": "suitable", "opinion": ""})
    sign = url("assess_step", row, "sign")
    assert "登录密码" in desk.get(url("check", row)).content.decode()

    nothing = desk.post(sign, {"valid_days": "90"})
    wrong = desk.post(sign, {"valid_days": "90", "password": "Hu-Dao-Jia-2025"})
    row.assessment.refresh_from_db()
    assert row.assessment.signed_at is None
    right = desk.post(sign, {"valid_days": "90", "password": "Hu-Dao-Jia-2026"})

    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert "请输入登录密码" in nothing.content.decode()
    assert "密码不对，还没有签名" in wrong.content.decode()
    assert "Hu-Dao-Jia" not in wrong.content.decode()
    assert right.url == url("outcome", row)
    assert "登录密码" not in desk.get(url("outcome", row)).content.decode()  # given a moment ago

    session = desk.session
    session["password_given_at"] = (timezone.now() - timedelta(minutes=31)).isoformat()
    session.save()
    assert "登录密码" in desk.get(url("outcome", row)).content.decode()
    late = desk.post(url("outcome_step", row, "prescribe"), {"item": [town.item(14).pk]})
    assert late.status_code == 422
    assert "请输入登录密码" in late.content.decode()
    assert world.fresh(row).prescription is None


@pytest.mark.clause("002 五(七)1(3)")
def test_the_districts_days_bound_how_long_an_assessment_holds_on_every_way_in(town, desk):
    institutions.choose_setting(
        district=town.district, key="assessment.validity_days", value=60,
        effective_on=timezone.localdate(town.now), reason="试点期", by=world.SETUP, now=town.now,
    )  # fmt: skip
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    for key, answers in world.full_sections().items():
        desk.post(url("section", row, key), answers)
    desk.post(url("conclude", row), {"result": "suitable", "opinion": ""})
    page = desk.post(url("assess_step", row, "sign"), {"valid_days": "61"})
    program = caller(town.users[Role.DOCTOR])
    sign = f"/api/v1/assessments/{row.assessment_id}/steps/sign/"

    too_long = program.post(sign, {"valid_days": 365}, format="json")
    usual = program.post(sign, {}, format="json")

    assert page.status_code == 422
    assert "评估有效天数应在 1 到 60 天之间" in page.content.decode()
    assert too_long.status_code == 422
    assert "1 到 60 天" in too_long.content.decode()
    assert usual.status_code == 200
    row.assessment.refresh_from_db()
    assert row.assessment.valid_until == timezone.localdate() + timedelta(days=60)


def amend(client, row, key, answers, **more):
    return client.post(url("section_amend", row, key), {**answers, **more})


@pytest.mark.clause("002 五(七)1(3)")
def test_a_signed_assessment_changes_only_by_a_new_version_and_the_old_one_stays(town, desk):
    row = signed(town)
    before = row.assessment.content_sha256
    page = desk.get(url("section", row, "pain")).content.decode()
    assert "保存为新版本" in page

    overwritten = desk.post(url("section", row, "pain"), {"nrs": "6"})
    kept = keep(desk, row, "pain", {"nrs": "6"})
    silent = amend(desk, row, "pain", {"nrs": "6"})
    half = amend(desk, row, "pain", {"nrs": ""}, reason="漏记")
    same = amend(desk, row, "pain", row.assessment.sections["pain"], reason="没有变化")
    assert {a.status_code for a in (overwritten, kept, silent, half, same)} == {422}
    assert "写明更正的原因" in silent.content.decode()
    assert "请填写静息时疼痛程度" in half.content.decode()
    assert "没有需要更正的" in same.content.decode()

    done = amend(desk, row, "pain", {"nrs": "6", "site": "右肩"}, reason="复核时发现静息痛")
    again = amend(desk, row, "pain", {"nrs": "5", "site": "右肩"}, reason="再次核对")

    assert (done.url, again.url) == (url("check", row), url("check", row))
    row.assessment.refresh_from_db()
    versions = revisions.of_assessment(row.assessment)
    assert [v.number for v in versions] == [2, 3]
    assert (versions[0].before["nrs"], versions[0].after["nrs"], versions[1].after["nrs"]) == (0, 6, 5)
    assert row.assessment.content_sha256 == before
    assert revisions.broken_at(row.assessment, versions, content_hash(row.assessment)) is None
    check = desk.get(url("check", row)).content.decode()
    assert "第 2 版：疼痛（NRS）" in check
    assert "原为：" in check
    assert "复核时发现静息痛" in desk.get(reverse("doctor:request", args=[row.number])).content.decode()
    assert acts_on(row, "clinical.assessment_amended") == 2


@pytest.mark.clause("002 五(七)1(3)")
def test_a_version_that_was_tampered_with_is_found(town, desk):
    row = signed(town)
    for points in ("6", "5"):
        amend(desk, row, "pain", {"nrs": points}, reason="复核")
    row.assessment.refresh_from_db()

    def found():
        versions = revisions.of_assessment(row.assessment)
        return revisions.broken_at(row.assessment, versions, content_hash(row.assessment))

    assert found() is None
    row.assessment.sections["pain"] = {"nrs": 1}
    assert found() == 3
    row.assessment.refresh_from_db()
    AssessmentVersion.objects.filter(assessment=row.assessment, number=2).update(reason="别的原因")
    assert found() == 2


def test_nobody_but_the_doctor_who_signed_amends_and_not_after_its_time(town, desk):
    row = signed(town)
    colleague = Client()
    colleague.force_login(places.post(town.centre, Role.DOCTOR).user)

    theirs = amend(colleague, row, "pain", {"nrs": "6"}, reason="复核")
    Assessment.objects.filter(pk=row.assessment_id).update(valid_until=timezone.localdate() - timedelta(days=1))
    late = amend(desk, row, "pain", {"nrs": "6"}, reason="复核")

    assert theirs.status_code == 403
    assert late.status_code == 422
    assert "已过有效期，需要重新评估" in late.content.decode()
    assert not AssessmentVersion.objects.exists()
