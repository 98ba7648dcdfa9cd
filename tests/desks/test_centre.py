"""The centre's own desk: posts, credentials, shifts, items, filings, rules, ratings."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.roles import Role
from catalog.models import Offering
from institutions import services as institutions
from institutions.models import Acknowledgement, Filing, Profile
from nurses.models import Certificate, Exclusion, Insurance, Nurse, RegistryCheck, Shift, Training
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import persons, places

pytestmark = pytest.mark.django_db

PAGES = (
    "home", "home_live", "orders", "ratings", "people", "people_new", "credentials", "credentials_expiring",
    "credentials_new", "shifts", "offerings", "filing", "rulesets",
)  # fmt: skip
TODAY = timezone.localdate


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.CENTRE_ADMIN)


def test_each_page_answers_the_administrator_and_nobody_else(t, desk):
    others = [client(t, role) for role in (Role.DISPATCHER, Role.SUPERVISOR)]

    for name in PAGES:
        url = reverse(f"centre:{name}")
        assert desk.get(url).status_code == 200, name
        assert [other.get(url).status_code for other in others] == [403, 403], name


def test_another_centres_nurse_post_and_order_are_not_there(t, desk):
    elsewhere = places.centre(t.hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    nurse = persons.nurse(elsewhere, now=t.now)
    post = Post.objects.get(user=nurse.user)

    assert desk.get(reverse("centre:credentials_nurse", args=[nurse.pk])).status_code == 404
    assert desk.get(reverse("centre:people_end", args=[post.pk])).status_code == 404
    assert desk.get(reverse("centre:orders_one", args=["D00000000"])).status_code == 404
    assert desk.post(reverse("centre:switch"), {"centre": elsewhere.pk}).status_code == 404


@pytest.mark.clause("002 五(八)")
def test_a_post_begins_with_a_new_account_and_ends_with_a_reason(t, desk):
    new = {"username": "liumei", "display_name": "刘梅", "role": "doctor", "starts_on": TODAY()}

    weak = desk.post(reverse("centre:people_new"), {**new, "password": "123"})
    begun = desk.post(reverse("centre:people_new"), {**new, "password": "shangmen-huli-2026"})
    post = Post.objects.get(user__username="liumei")
    page = desk.get(reverse("centre:people_end", args=[post.pk]))
    silent = desk.post(reverse("centre:people_end", args=[post.pk]), {"reason": ""})
    ended = desk.post(reverse("centre:people_end", args=[post.pk]), {"reason": "调离本中心"})

    assert weak.status_code == 422
    assert 'value="liumei"' in text(weak)
    assert begun.status_code == 302
    assert "全部权限立即收回" in text(page)
    assert silent.status_code == 422
    assert ended.status_code == 302
    post.refresh_from_db()
    assert post.end_reason == "调离本中心"
    assert "刘梅" in text(desk.get(reverse("centre:people"), {"state": "ended"}))


def test_the_same_post_twice_is_refused_in_words_and_keeps_what_was_typed(t, desk):
    mine = t.users[Role.DISPATCHER].username

    answer = desk.post(
        reverse("centre:people_new"), {"username": mine, "role": "dispatcher", "starts_on": TODAY(), "ends_on": ""}
    )

    assert answer.status_code == 422
    assert "在这段时间已担任" in text(answer)
    assert f'value="{mine}"' in text(answer)


def test_what_follows_an_ended_nurse_post_is_told_beforehand(t, desk):
    world.order(t, at=S.OFFERED)
    post = Post.objects.get(user=t.nurse.user)

    page = desk.get(reverse("centre:people_end", args=[post.pk]))

    assert "尚未出发的 1 次上门会收回并重新派单" in text(page)


@pytest.mark.clause("002 五(二)2")
def test_a_nurse_is_taken_on_with_account_file_and_affiliation(t, desk):
    answer = desk.post(
        reverse("centre:credentials_new"),
        {
            "username": "nurse-xu", "display_name": "徐燕", "password": "shangmen-huli-2026", "sex": "female",
            "certificate_number": "201531000999", "certificate_expires_on": TODAY() + timedelta(days=400),
            "title": "practitioner", "clinical_since": TODAY() - timedelta(days=9 * 365), "kind": "filed",
            "starts_on": TODAY(),
        },
    )  # fmt: skip

    assert answer.status_code == 302
    nurse = Nurse.objects.get(user__username="nurse-xu")
    page = text(desk.get(reverse("centre:credentials")))
    assert "徐燕" in page
    assert "备案" in page
    assert "尚未在国家护士电子注册系统查询。" in text(desk.get(reverse("centre:credentials_nurse", args=[nurse.pk])))


@pytest.mark.clause("002 五(七)1(2)", "002 五(九)2")
@pytest.mark.parametrize(
    ("kind", "fields", "model"),
    [
        ("registry", {"found": "yes", "source": "人工查询", "evidence": "截图 7 号", "checked_on": 0}, RegistryCheck),
        ("certificate", {"kind": "picc", "number": "ZX-1", "issued_on": -9, "expires_on": 300}, Certificate),
        ("training", {"kind": "safety", "hours": "8", "passed_on": -3, "expires_on": 360}, Training),
        (
            "insurance",
            {"kind": "liability", "insurer": "示例财险", "policy_number": "B-1", "starts_on": 0, "expires_on": 365},
            Insurance,
        ),
        ("exclusion", {"kind": "违规执业", "reason": "冒签", "evidence": "通报 3 号", "starts_on": 0}, Exclusion),
    ],
)
def test_each_paper_of_a_nurse_is_recorded_and_an_empty_one_is_not(t, desk, kind, fields, model):
    url = reverse("centre:credentials_record", args=[t.nurse.pk, kind])
    if kind == "certificate":
        fields = {**fields, "kind": Certificate.objects.first().kind_id}
    sent = {key: TODAY() + timedelta(days=value) if isinstance(value, int) else value for key, value in fields.items()}
    before = model.objects.filter(nurse=t.nurse).count()

    empty = desk.post(url, {})
    recorded = desk.post(url, sent)

    assert empty.status_code == 422
    assert recorded.status_code == 302
    assert model.objects.filter(nurse=t.nurse).count() == before + 1


def test_a_look_up_that_nothing_is_connected_to_says_so_with_its_clause(t, desk):
    answer = desk.post(reverse("centre:credentials_lookup", args=[t.nurse.pk]))

    assert answer.status_code == 422
    assert "请人工查询后登记结果和凭据" in text(answer)
    assert "依据 002 五(二)2" in text(answer)


def test_what_ends_soon_is_listed_by_span(t, desk):
    persons.nurse(t.centre, fails="licence", name="梅若兰", now=t.now)

    page = text(desk.get(reverse("centre:credentials_expiring"), {"days": "60"}))

    assert "梅若兰" in page
    assert "已到期" in page


def test_a_shift_is_planned_refused_when_it_overlaps_and_taken_out(t, desk):
    day = TODAY() + timedelta(days=20)
    sent = {"nurse": t.nurse.pk, "kind": "work", "starts_at": f"{day}T08:00", "ends_at": f"{day}T12:00"}
    url = reverse("centre:shifts") + f"?week={day}"

    planned = desk.post(url, sent)
    twice = desk.post(url, sent)
    shift = Shift.objects.latest("pk")
    removed = desk.post(reverse("centre:shifts_one", args=[shift.pk]), {"reason": "调整"})

    assert planned.status_code == 302
    assert "08:00 到 12:00" not in text(desk.get(url))
    assert twice.status_code == 422
    assert "这段时间已有班次" in text(twice)
    assert removed.status_code == 302
    shift.refresh_from_db()
    assert shift.removed_at


@pytest.mark.clause("002 五(七)1(1)")
def test_opting_out_of_an_item_needs_a_reason(t, desk):
    item = t.item(9)
    url = reverse("centre:offerings_decide", args=[item.pk, "out"])

    silent = desk.post(url, {"reason": "", "starts_on": TODAY()})
    said = desk.post(url, {"reason": "暂无持证护士", "starts_on": TODAY()})

    assert silent.status_code == 422
    assert said.status_code == 302
    assert Offering.objects.get(organisation=t.centre, item=item, ends_on=None).reason == "暂无持证护士"
    assert "暂无持证护士" in text(desk.get(reverse("centre:offerings")))
    assert (
        desk.post(reverse("centre:offerings_decide", args=[item.pk, "in"]), {"starts_on": TODAY()}).status_code == 302
    )


def test_a_second_filing_of_a_mode_is_refused_with_its_clause(t, desk):
    url = reverse("centre:filing_record", args=["mode"])

    again = desk.post(url, {"mode": "home_bed", "note": "再申请一次"})
    rounds = desk.post(url, {"mode": "rounds", "note": ""})

    assert again.status_code == 422
    assert "依据 002 五(二)1" in text(again)
    assert "再申请一次" in text(again)
    assert rounds.status_code == 302
    filing = Filing.objects.get(organisation=t.centre, mode="rounds")
    withdrawn = desk.post(reverse("centre:filing_withdraw", args=[filing.pk]), {"reason": "暂缓"})
    assert withdrawn.status_code == 302


def test_the_profile_names_who_is_responsible(t, desk):
    url = reverse("centre:filing_record", args=["profile"])
    sent = {"responsible_department": "护理部", "responsible_person": "欧阳明月", "platform_kind": "own"}

    wrong = desk.post(url, {**sent, "supervision_phone": "12"})
    right = desk.post(url, {**sent, "supervision_phone": "021-58880000"})

    assert wrong.status_code == 422
    assert "能够接通" in text(wrong)
    assert right.status_code == 302
    assert Profile.objects.get(organisation=t.centre).responsible_department == "护理部"


@pytest.mark.clause("004 三(五)")
def test_a_rule_is_published_read_by_the_staff_and_counted(t, desk):
    published = desk.post(
        reverse("centre:rulesets_one", args=["nursing"]), {"text": "第一条 核对身份。", "effective_on": TODAY()}
    )
    nurse = client(t, Role.NURSE)
    waiting = text(nurse.get(reverse("centre:reading")))
    read = nurse.post(reverse("centre:reading_one", args=["nursing"]))

    assert published.status_code == 302
    assert "请阅读" in waiting
    assert read.status_code == 302
    assert Acknowledgement.objects.filter(user=t.nurse.user).exists()
    assert "1 / 4 人" in text(desk.get(reverse("centre:rulesets")))
    assert nurse.get(reverse("centre:rulesets")).status_code == 403
    assert desk.get(reverse("centre:rulesets_one", args=["nothing"])).status_code == 404


def test_a_rating_is_answered_once(t, desk):
    order = world.order(t, at=S.COMPLETED)
    answers = {"on_time": 5, "explained": 4, "asked": 5, "observed": 5}
    orders.rate(order_id=order.pk, answers=answers, comment="很细心", by=t.actor(Role.PROXY), now=timezone.now())
    url = reverse("centre:ratings_reply", args=[order.number])

    first = desk.post(url, {"reply": "谢谢您的评价。"})
    second = desk.post(url, {"reply": "再次感谢。"})

    assert first.status_code == 302
    assert second.status_code == 422
    assert "中心已经回复过这条评价" in text(second)
    assert "谢谢您的评价。" in text(desk.get(reverse("centre:ratings")))


def test_a_centre_that_may_not_serve_reads_why_on_its_first_page(t, desk):
    institutions.suspend(
        organisation=t.centre, starts_on=TODAY(), reason="整改", clause="002 五(二)1", by=places.SETUP,
        now=timezone.now(),
    )  # fmt: skip

    page = text(desk.get(reverse("centre:home")))

    assert "本中心今天不能提供上门护理服务" in page
    assert "依据 002 五(二)1" in page


def test_lists_ask_as_many_queries_for_ten_rows_as_for_one(t, desk):
    offices.orders(t, 1)
    urls = [reverse(f"centre:{name}") for name in ("home", "orders", "people", "credentials", "shifts", "rulesets")]
    one = [count(desk, url) for url in urls]

    offices.orders(t, 9)
    for n in range(9):
        persons.nurse(t.centre, name=f"护士{n}", now=t.now, days=2)

    assert [count(desk, url) for url in urls] == one
