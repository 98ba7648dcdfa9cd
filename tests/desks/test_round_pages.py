"""Pages of joint rounds: written by a doctor at the desk and by a nurse on her phone, read by those of the centre."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts
from accounts.roles import Role
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from referrals import services as referrals
from referrals.models import JointRound
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import alliance, persons, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 三(七)")]


@pytest.fixture
def t():
    return offices.town()


def typed(t, **changed):
    today, nurse = timezone.localdate(), str(t.users[Role.NURSE].pk)
    given = {
        "kind": "home", "held_on": today.isoformat(), "doctors": [str(t.users[Role.DOCTOR].pk)], "nurses": [nurse],
        "findings": alliance.FOUND, "advice": alliance.AGREED, "what_1": "翻身卡交给家属", "who_1": nurse,
        "until_1": (today + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    return {**given, **changed}


def test_a_doctor_records_a_round_and_the_nurse_reads_it_before_her_visit(t):
    order = world.order(t, at=S.ACCEPTED)
    doctor, nurse, desk = (client(t, role) for role in (Role.DOCTOR, Role.NURSE, Role.DISPATCHER))
    url = reverse("dispatch:rounds_new", args=[order.request.number])
    assert url in text(doctor.get(reverse("doctor:request", args=[order.request.number])))
    assert "参加的医生" in text(doctor.get(url))

    refused = doctor.post(url, typed(t, nurses=[], who_1=""))
    assert refused.status_code == 422
    assert "至少要有一位本中心的护士参加" in text(refused)
    assert "请选择由谁做" in text(refused)
    assert alliance.FOUND in text(refused)
    assert doctor.post(url, typed(t)).status_code == 302
    row = JointRound.objects.get()
    assert (row.patient, row.led_by) == (order.patient, t.users[Role.DOCTOR])
    assert row.order is None  # nobody has been to that visit yet
    for browser, page in (
        (doctor, reverse("dispatch:rounds")), (desk, reverse("dispatch:rounds")),
        (desk, reverse("dispatch:order", args=[order.number])), (nurse, reverse("nurse:rounds")),
        (nurse, reverse("nurse:visit", args=[order.number])), (nurse, reverse("nurse:rounds_one", args=[row.number])),
    ):  # fmt: skip
        assert "改用气垫床" in text(browser.get(page)), page
    shown = text(desk.get(reverse("dispatch:rounds_one", args=[row.number])))
    assert "翻身卡交给家属" in shown
    assert "更正</a>" not in shown
    assert traces.events().filter(action="referrals.looked", object_id=str(row.pk)).count() == 2


@pytest.mark.clause("002 五(七)1(3)")
def test_a_nurse_records_one_at_the_bedside_and_corrects_it(t):
    order = world.order(t, at=S.IN_SERVICE)
    nurse, doctor = client(t, Role.NURSE), client(t, Role.DOCTOR)
    new = reverse("nurse:rounds_new", args=[order.number])
    assert new in text(nurse.get(reverse("nurse:visit", args=[order.number])))
    assert "请写明查房所见" in text(nurse.post(new, typed(t, findings="")))
    nurse.post(new, typed(t))
    row = JointRound.objects.get()
    amend = reverse("nurse:rounds_amend", args=[row.number])
    assert amend in text(nurse.get(reverse("nurse:rounds_one", args=[row.number])))
    assert alliance.FOUND in text(nurse.get(amend))

    silent = nurse.post(amend, typed(t, advice="两小时翻身一次。"))
    assert silent.status_code == 422
    assert "请写明更正的原因" in text(silent)
    assert nurse.post(amend, typed(t, advice="两小时翻身一次。", reason="间隔写错了")).status_code == 302
    page = text(doctor.get(reverse("dispatch:rounds_one", args=[row.number])))
    assert "两小时翻身一次。" in page
    assert "第 1 版" in page
    assert alliance.AGREED in page
    not_hers = doctor.post(reverse("dispatch:rounds_amend", args=[row.number]), typed(t, reason="我来改"))
    assert not_hers.status_code == 404
    assert JointRound.objects.count() == 2


@pytest.mark.clause("002 五(七)1(3)")
def test_signing_asks_for_the_password_of_an_account_that_has_one(t):
    order = world.order(t, at=S.ACCEPTED)
    user = t.users[Role.DOCTOR]
    user.set_password("shangmen-huli-2026")
    user.save()
    doctor = client(t, Role.DOCTOR)
    url = reverse("dispatch:rounds_new", args=[order.request.number])

    assert "请输入登录密码，再签名" in text(doctor.post(url, typed(t)))
    assert not JointRound.objects.exists()
    assert doctor.post(url, typed(t, password="shangmen-huli-2026")).status_code == 302


def test_a_nurse_to_whom_a_visit_is_only_offered_opens_no_form_that_names_the_patient(t):
    order = world.order(t, at=S.OFFERED)
    nurse, new = client(t, Role.NURSE), reverse("nurse:rounds_new", args=[order.number])

    assert nurse.get(new).status_code == 404
    orders.accept(order_id=order.pk, by=t.actor(Role.NURSE), now=t.now)
    visit = reverse("nurse:visit", args=[order.number])
    assert t.patient.name in text(nurse.get(new))
    assert new in text(nurse.get(visit))
    orders.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    assert nurse.get(new).status_code == 404
    assert new not in text(nurse.get(visit))


def test_the_specialist_of_the_lead_hospital_reads_what_she_took_part_in(t):
    order, expert = world.order(t, at=S.IN_SERVICE), t.users[Role.REVIEWER]
    by = {"by": t.actor(Role.REVIEWER), "now": t.now}
    team = referrals.found_team(hospital=t.hospital, specialty="wound", name="伤口小组", **by)
    referrals.join_team(team_id=team.pk, person_id=expert.pk, **by)
    reviewer, rounds = client(t, Role.REVIEWER), reverse("review:rounds")
    alone = alliance.round_held(t, order)
    assert "您还没有参加过中心的联合查房" in text(reviewer.get(rounds))
    assert reviewer.get(reverse("review:rounds_one", args=[alone.number])).status_code == 404

    row = alliance.round_held(t, order, said=alliance.of_a_round(t, experts=[expert.pk]))

    one = reverse("review:rounds_one", args=[row.number])
    assert one in text(reviewer.get(rounds))
    page = text(reviewer.get(one))
    assert "改用气垫床" in page
    assert "伤口小组" in page
    assert "更正</a>" not in page
    assert traces.events().filter(action="referrals.looked", object_id=str(row.pk)).count() == 1


@pytest.mark.clause("002 五(七)1(3)")
def test_an_old_correction_overwrites_nothing_newer_and_keeps_what_was_typed(t):
    order = world.order(t, at=S.ACCEPTED)
    row, doctor = alliance.round_held(t, order), client(t, Role.DOCTOR)
    elsewhere = alliance.round_held(t, order)
    address = reverse("dispatch:rounds_amend", args=[row.number])
    assert f'name="shown" value="{row.pk}"' in text(doctor.get(address))
    on_the_phone = {"shown": row.pk, "advice": "两小时翻身一次。", "reason": "间隔写错了"}
    in_the_office = {"shown": row.pk, "findings": "骶尾部皮肤完整，足跟发红。", "reason": "部位写错了"}
    assert doctor.post(address, typed(t, **on_the_phone)).status_code == 302
    new = JointRound.objects.get(number=row.number, version=2)

    stale = doctor.post(address, typed(t, **in_the_office))
    assert stale.status_code == 422
    page = text(stale)
    assert "请看过最新内容后再更正" in page
    assert "现在的第 2 版" in page
    assert "两小时翻身一次。" in page
    assert "骶尾部皮肤完整，足跟发红。" in page
    assert JointRound.objects.filter(number=row.number).count() == 2
    assert f'name="shown" value="{new.pk}"' in page  # by now she has seen it
    again = {**in_the_office, "shown": new.pk, "advice": "两小时翻身一次。"}
    assert doctor.post(address, typed(t, **again)).status_code == 302
    for foreign in (elsewhere.pk, "x"):
        assert doctor.post(address, typed(t, **{**again, "shown": foreign})).status_code == 404


def test_who_left_lately_may_be_chosen_for_a_round_before_that_day(t):
    order, doctor = world.order(t, at=S.ACCEPTED), client(t, Role.DOCTOR)
    leaves, before = persons.nurse(t.centre, name="任秋", now=t.now), timezone.localdate(t.now).isoformat()
    accounts.end_post(post_id=leaves.affiliations.get().post_id, reason="调离", by=world.SETUP, now=t.now)
    url = reverse("dispatch:rounds_new", args=[order.request.number])

    both = [str(leaves.user_id), str(t.users[Role.NURSE].pk)]
    assert "任秋" in text(doctor.get(url))
    today = doctor.post(url, typed(t, nurses=both))
    assert "有人在查房那天不在岗" in text(today)
    assert "任秋" in text(today)
    assert doctor.post(url, typed(t, nurses=both, held_on=before)).status_code == 302
    amend = reverse("dispatch:rounds_amend", args=[JointRound.objects.get().number])
    assert "任秋" in text(doctor.get(amend))


def test_another_alliance_finds_nothing_and_lists_stay_bounded(t):
    order = world.order(t, at=S.ACCEPTED)
    row = alliance.round_held(t, order)
    there = alliance.another(t)
    for role in (Role.DOCTOR, Role.DISPATCHER):
        browser = client(there, role)
        assert browser.get(reverse("dispatch:rounds_one", args=[row.number])).status_code == 404
        assert row.number not in text(browser.get(reverse("dispatch:rounds")))
    stranger = client(there, Role.NURSE)
    assert stranger.get(reverse("nurse:rounds_one", args=[row.number])).status_code == 404
    assert stranger.get(reverse("nurse:rounds_new", args=[order.number])).status_code == 404
    doctor = client(there, Role.DOCTOR)
    assert doctor.get(reverse("dispatch:rounds_new", args=[order.request.number])).status_code == 404

    pages = [(client(t, Role.DOCTOR), reverse("dispatch:rounds")), (client(t, Role.NURSE), reverse("nurse:rounds"))]
    before = [count(*page) for page in pages]
    for _ in range(3):
        alliance.round_held(t, order)
    assert [count(*page) for page in pages] == before
