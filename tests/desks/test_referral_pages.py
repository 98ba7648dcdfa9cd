"""Pages of referrals and remote consults: each side its steps, nothing across alliances, bounded lists."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from referrals import services
from referrals.models import Coaching, Referral, RemoteConsult, Team
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.services.test_photos import agree, keep
from tests.world import alliance, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(五)13")]


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path


@pytest.fixture
def t():
    return offices.town()


def step(space, what, row, name):
    return reverse(f"{space}:{what}_step", args=[row.number, name])


def stranger(user):
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_a_doctor_refers_the_hospital_answers_and_the_family_reads_it(t):
    order = world.order(t, at=S.COMPLETED)
    doctor, hospital, family = (client(t, role) for role in (Role.DOCTOR, Role.REVIEWER, Role.PROXY))
    new = reverse("dispatch:referrals_new", args=[order.request.number])

    assert "病情摘要" in text(doctor.get(new))
    refused = doctor.post(new, {"reason": "伤口久不愈合", "summary": "见记录", "transfer": "own"})
    assert refused.status_code == 422
    assert "请先征得服务对象或家属同意" in text(refused)
    assert "伤口久不愈合" in text(refused)
    doctor.post(new, {"reason": "伤口久不愈合", "summary": "见记录", "consent_by": "family", "transfer": "own"})
    row = Referral.objects.get()
    page = text(hospital.get(reverse("review:referrals_one", args=[row.number])))
    assert "见记录" in page
    assert order.visit_record.note in page
    for name, typed in (
        ("accept", {"arrangement": "周三门诊"}),
        ("arrive", {}),
        ("feed_back", {"outcome": "清创后好转"}),
    ):
        assert hospital.post(step("review", "referrals", row, name), typed).status_code == 302
    assert hospital.post(step("review", "referrals", row, "close")).status_code == 422
    assert hospital.post(step("review", "referrals", row, "nothing")).status_code == 404
    assert "清创后好转" in text(doctor.get(reverse("dispatch:referrals_one", args=[row.number])))
    assert row.number in text(doctor.get(reverse("dispatch:referrals"), {"state": "fed_back"}))
    told = text(family.get(reverse("family:referral", args=[row.number])))
    assert "清创后好转" in told
    assert "见记录" not in told
    assert t.patient.name in text(family.get(reverse("family:referrals")))


def test_the_hospital_hands_down_and_the_desk_takes_it_into_care(t):
    hospital, desk = client(t, Role.REVIEWER), client(t, Role.DISPATCHER)
    url = reverse("review:referrals_new")
    assert "转回社区" in text(hospital.get(url))
    nobody = hospital.post(
        url, {"centre": str(t.centre.pk), "kind": "resident_id", "number": "1", "reason": "带管回家"}
    )
    assert nobody.status_code == 422
    assert "没有找到这位服务对象" in text(nobody)
    nowhere = hospital.post(url, {"reason": "带管回家"})
    assert nowhere.status_code == 422
    assert "请选择接收的中心" in text(nowhere)
    row = alliance.downward(t, now=timezone.now())

    page = text(desk.get(reverse("dispatch:referrals_one", args=[row.number])))
    assert "示范医院转回：带胃管回家" in page
    silent = desk.post(step("dispatch", "referrals", row, "accept"), {"wish": "换胃管", "day": "明天"})
    assert silent.status_code == 422
    assert "请选择希望上门的日期" in text(silent)
    soon = timezone.localdate() + timedelta(days=2)
    typed = {"wish": "请上门换胃管", "day": soon.isoformat(), "part": "13:00-16:30"}
    assert desk.post(step("dispatch", "referrals", row, "accept"), typed).status_code == 302
    assert Referral.objects.get().request.wish == "请上门换胃管"


@pytest.mark.clause("000 四(十三)")
def test_a_nurse_asks_with_a_picture_and_reads_the_advice_on_her_visit(t):
    order = world.order(t, at=S.IN_SERVICE, numbers=(2,))
    agree(t, order)
    picture = keep(t, order)
    nurse, expert, desk = (client(t, role) for role in (Role.NURSE, Role.REVIEWER, Role.DISPATCHER))
    url = reverse("nurse:remote_new", args=[order.number])
    assert str(picture.pk) in text(nurse.get(url))
    empty = nurse.post(url, {"question": "", "summary": "伤口", "urgency": "routine"})
    assert empty.status_code == 422
    assert "请写明想问专家的问题" in text(empty)
    nurse.post(url, {
        "question": "渗液多，怎么换药？", "summary": "伤口渗液", "urgency": "urgent", "pictures": [str(picture.pk)],
    })  # fmt: skip
    row = RemoteConsult.objects.get()
    one, photo = (reverse(f"review:consults_{name}", args=args) for name, args in (
        ("one", [row.number]), ("picture", [row.number, picture.pk]),
    ))  # fmt: skip

    unread = text(expert.get(one))
    assert "伤口渗液" not in unread
    assert t.patient.name not in unread
    assert expert.get(photo).status_code == 404
    assert expert.post(step("review", "consults", row, "take")).status_code == 302
    assert "伤口渗液" in text(expert.get(one))
    shown = expert.get(photo)
    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    assert traces.events().filter(action="referrals.consult_picture_shown").count() == 1
    assert expert.post(step("review", "consults", row, "answer"), {"advice": ""}).status_code == 422
    expert.post(step("review", "consults", row, "answer"), {"advice": "藻酸盐敷料，隔天换。"})
    assert "伤口渗液" not in text(expert.get(one))
    assert expert.get(photo).status_code == 404
    for page in ("nurse:remote_one", "nurse:visit"):
        number = order.number if page.endswith("visit") else row.number
        assert "藻酸盐敷料，隔天换。" in text(nurse.get(reverse(page, args=[number])))
    assert "藻酸盐敷料" in text(desk.get(reverse("dispatch:order", args=[order.number])))
    assert nurse.post(step("nurse", "remote", row, "close")).status_code == 302
    assert row.number in text(desk.get(reverse("dispatch:remote"), {"state": "answered"}))


@pytest.mark.clause("002 五(八)")
def test_another_alliance_finds_nothing_by_any_address(t):
    order = world.order(t, at=S.IN_SERVICE, numbers=(2,))
    agree(t, order)
    picture = keep(t, order)
    row = alliance.upward(t)
    question = alliance.asked(t, order, pictures=[picture.pk])
    services.take(consult_id=question.pk, by=t.actor(Role.REVIEWER), now=t.now)
    team = services.found_team(
        hospital=t.hospital, specialty="wound", name="伤口小组", by=t.actor(Role.REVIEWER), now=t.now
    )  # fmt: skip
    other = alliance.another(t)
    where = {
        Role.REVIEWER: ("review", "referrals", "consults"), Role.DOCTOR: ("dispatch", "referrals", "remote"),
        Role.DISPATCHER: ("dispatch", "referrals", "remote"), Role.NURSE: ("nurse", "", "remote"),
    }  # fmt: skip

    for role, (space, referrals, consults) in where.items():
        browser = stranger(other.users[role])
        asked = [reverse(f"{space}:{consults}_one", args=[question.number])]
        asked += [reverse(f"{space}:{consults}_picture", args=[question.number, picture.pk])]
        asked += [reverse(f"{space}:{referrals}_one", args=[row.number])] if referrals else []
        asked += [reverse(f"{space}:remote_new", args=[order.number])] if space != "review" else []
        assert {browser.get(url).status_code for url in asked} == {404}, role
        pressed = [step(space, consults, question, name) for name in ("take", "answer", "withdraw")]
        pressed += (
            [step(space, referrals, row, name) for name in ("accept", "withdraw", "transfer")] if referrals else []
        )
        assert {browser.post(url, {"reason": "看看", "words": "看看"}).status_code for url in pressed} == {404}, role
        lists = [reverse(f"{space}:{name}") for name in (referrals, consults) if name]
        for url in lists:
            shown = text(browser.get(url))
            assert row.number not in shown
            assert question.number not in shown
    boss = stranger(other.users[Role.REVIEWER])
    assert boss.post(reverse("review:teams_end", args=["team", team.pk])).status_code == 404
    assert "伤口小组" not in text(boss.get(reverse("review:teams")))
    family = stranger(places.person("路人", now=t.now))
    assert family.get(reverse("family:referral", args=[row.number])).status_code == 404
    assert client(t, Role.PROXY).get(reverse("review:referrals")).status_code == 403


@pytest.mark.clause("000 四(十三)")
def test_teams_and_pairs_are_kept_on_one_page_and_read_by_the_centre(t):
    hospital, url = client(t, Role.REVIEWER), reverse("review:teams")
    nurse, mentor = str(t.users[Role.NURSE].pk), str(t.users[Role.REVIEWER].pk)
    today = timezone.localdate()

    assert "请选择专科" in text(hospital.post(url, {"what": "found", "name": "造口联合小组"}))
    hospital.post(url, {"what": "found", "specialty": "stoma", "name": "造口联合小组"})
    team = Team.objects.get()
    assert hospital.post(url, {"what": "join", "team": "", "person": nurse}).status_code == 422
    assert hospital.post(url, {"what": "join", "team": str(team.pk), "person": nurse, "leads": "on"}).status_code == 302
    pair = {"what": "pair", "nurse": nurse, "mentor": mentor, "specialty": "stoma", "goal": "独立处理疑难造口"}
    assert hospital.post(url, pair).status_code == 422
    hospital.post(url, {**pair, "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=90)).isoformat()})
    seen = text(client(t, Role.DISPATCHER).get(reverse("dispatch:teams")))
    assert "造口联合小组" in seen
    assert "独立处理疑难造口" in seen
    ending = reverse("review:teams_end", args=["coaching", Coaching.objects.get().pk])
    assert hospital.post(ending, {"result": ""}).status_code == 422
    assert hospital.post(ending, {"result": "考核合格"}).status_code == 302
    assert hospital.post(reverse("review:teams_end", args=["nothing", 1])).status_code == 404


def test_lists_ask_as_many_queries_for_many_rows_as_for_one(t):
    hospital, desk, family = (client(t, role) for role in (Role.REVIEWER, Role.DISPATCHER, Role.PROXY))
    urls = [
        (hospital, reverse("review:referrals")), (desk, reverse("dispatch:referrals")),
        (hospital, reverse("review:consults")), (desk, reverse("dispatch:remote")),
        (family, reverse("family:referrals")),
    ]  # fmt: skip
    order = world.order(t, at=S.ACCEPTED)

    def more(n):
        for _ in range(n):
            offices.another_patient(t)
            alliance.upward(t, by=t.actor(Role.DOCTOR))
            alliance.asked(t, order, by=t.actor(Role.DISPATCHER))

    more(1)
    one = [count(browser, url) for browser, url in urls]
    more(4)
    assert [count(browser, url) for browser, url in urls] == one
