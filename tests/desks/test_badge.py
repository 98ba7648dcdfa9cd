"""At the door and at the end, by pages: the badge and its check, the codes, the place on the way, the signature."""

import json
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Post
from accounts.roles import Role
from audit.models import Event
from institutions import services as institutions
from nurses import services as nurses
from orders import arrival, badges, services, summary
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks.phones import Phone
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

START = world.NOW + timedelta(days=1, hours=1)
ON_THE_WAY, THERE, LATER = START - timedelta(minutes=10), START + timedelta(minutes=2), START + timedelta(minutes=45)
STROKES = json.dumps([[[10, 12], [60, 40], [80, 12]], [[20, 30], [30, 50]]])


@pytest.fixture
def t(clock):
    return world.town(lon=121.5201, lat=31.2203)


def client(user):
    someone = Client()
    someone.force_login(user)
    return someone


@pytest.fixture
def phone(t):
    return client(t.users[Role.NURSE])


@pytest.fixture
def family(t):
    return client(t.users[Role.PROXY])


@pytest.fixture
def desk(t):
    return client(t.users[Role.DISPATCHER])


def text(answer):
    return answer.content.decode()


def statement(answer) -> str:
    return answer.context["address"].partition("#")[2]


def asked(text) -> dict:
    return Client().get(reverse("public:badge_check"), {"s": text}).json()


# --- the badge --------------------------------------------------------------------------------------------------------


def test_the_badge_says_who_comes_and_for_which_visit(t, phone, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(ON_THE_WAY)

    page = phone.get(reverse("nurse:badge"))

    assert row.number in text(page)
    for words in (t.nurse.user.display_name, t.centre.name, "执业证书", "监督电话"):
        assert words in text(page)
    assert '<svg role="img"' in text(page)
    said = asked(statement(page))
    assert (said["verdict"], said["n"], said["s"]) == ("real", t.nurse.user.display_name, int(START.timestamp()))


def test_without_a_visit_the_badge_counts_a_quarter_of_an_hour(t, phone, clock):
    code = statement(phone.get(reverse("nurse:badge")))
    assert asked(code)["verdict"] == "real"

    clock(world.NOW + timedelta(minutes=16))

    assert asked(code)["verdict"] == "expired"


def test_it_names_no_patient(t, phone, clock):
    world.order(t, S.EN_ROUTE)
    clock(ON_THE_WAY)

    code = unquote(statement(phone.get(reverse("nurse:badge"))))

    assert t.patient.name not in text(Client().get(reverse("public:badge_check"), {"s": code}))


def test_only_her_own_visit_stands_on_her_badge(t, clock):
    row = world.order(t, S.EN_ROUTE)
    other = client(persons.nurse(t.centre, name="郭丽", now=t.now).user)

    assert other.get(reverse("nurse:badge"), {"order": row.number}).status_code == 404
    assert other.get(reverse("nurse:badge")).context["visit"] is None


@pytest.mark.parametrize("badge", ["", "x", "a.b", "....", "你好.你好", "A" * 5000])
def test_whatever_is_scanned_is_answered_in_words(t, badge):
    assert asked(badge)["verdict"] in {"forged", "foreign"}


def test_a_badge_of_a_nurse_whose_post_has_ended_is_told_apart(t, phone, clock):
    code = statement(phone.get(reverse("nurse:badge")))
    post = Post.objects.get(user=t.users[Role.NURSE], role="nurse")
    accounts.end_post(post_id=post.pk, reason="调离", by=places.SETUP, now=world.NOW)

    assert asked(code)["verdict"] == "ended"


def test_a_badge_of_an_excluded_nurse_is_told_apart(t, phone):
    code = statement(phone.get(reverse("nurse:badge")))
    nurses.exclude(
        nurse_id=t.nurse.pk, kind="违规", reason="不良执业行为", evidence="通报", starts_on=world.TODAY,
        by=places.SETUP, now=world.NOW,
    )  # fmt: skip

    assert asked(code)["verdict"] == "ended"


def test_a_badge_for_a_visit_that_went_to_somebody_else_is_told_apart(t, phone, clock):
    row = world.order(t, S.ACCEPTED)
    clock(START - timedelta(minutes=50))
    code = statement(phone.get(reverse("nurse:badge")))
    assert asked(code)["verdict"] == "real"

    services.recall(order_id=row.pk, reason="临时调整", by=t.actor(Role.DISPATCHER), now=timezone.now())

    assert asked(code)["verdict"] == "moved"


def test_the_page_of_the_check_carries_the_key_and_every_verdict(t):
    page = text(Client().get(reverse("public:badge")))

    for verdict in ("real", "expired", "foreign", "forged", "unsure", "nothing", *badges.Since):
        assert f'data-verdict="{verdict}"' in page
    worker = Client().get(reverse("public:badge_worker"))
    assert worker["Content-Type"].startswith("text/javascript")
    assert reverse("public:badge") in text(worker)


# --- at the door ------------------------------------------------------------------------------------------------------


def test_the_family_s_page_shows_a_code_that_the_nurse_types(t, phone, family, desk, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(THERE)
    page = text(family.get(reverse("family:order", args=[row.number])))
    assert " ".join(arrival.door_code(row)) in page
    assert "我的工牌" in page

    phone.post(
        reverse("nurse:take", args=[row.number, "check_in"]),
        {"identifiers": ["name", "birth_date"], "door_code": arrival.door_code(row)},
    )

    assert "服务对象念出到门码" in text(desk.get(reverse("dispatch:order", args=[row.number])))
    assert " ".join(arrival.door_code(row)) not in text(family.get(reverse("family:order", args=[row.number])))


def test_a_scanned_code_is_filled_in(t, phone, desk, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(THERE)
    page = text(phone.get(reverse("nurse:visit", args=[row.number]), {"door": arrival.door_code(row)}))

    assert f'value="{arrival.door_code(row)}"' in page
    assert '<input type="hidden" name="scanned" value="1">' in page


def test_the_family_says_that_she_is_here(t, family, desk, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(THERE)

    family.post(reverse("family:arrived", args=[row.number]))

    assert "您已确认护士到了" in text(family.get(reverse("family:order", args=[row.number])))
    assert "家属在手机上确认" in text(desk.get(reverse("dispatch:order", args=[row.number])))


def test_saying_so_of_a_visit_that_is_not_under_way_is_answered_in_words(t, family):
    row = world.order(t, S.ACCEPTED)

    answer = family.post(reverse("family:arrived", args=[row.number]), follow=True)

    assert "护士出发以后" in text(answer)


def test_a_check_in_without_proof_asks_the_desk_to_look(t, phone, desk, clock):
    row = world.order(t, S.IN_SERVICE)
    clock(THERE)
    address = reverse("dispatch:order", args=[row.number])
    assert "没有凭据能说明护士到了" in text(desk.get(address))

    wrong = phone.post(reverse("nurse:door", args=[row.number]), {"door_code": "x"})
    phone.post(reverse("nurse:door", args=[row.number]), {"words": "家属手机没电"})

    assert wrong.status_code == 422
    assert "到门码不对" in text(wrong)
    assert "护士说明：家属手机没电" in text(desk.get(address))


def test_the_commission_reads_what_showed_that_she_arrived(t, clock):
    row = world.order(t, S.IN_SERVICE)
    page = client(t.users[Role.SUPERVISOR]).get(reverse("oversight:orders_one", args=[row.number]))

    assert "手机定位：未定位" in text(page)


def test_an_entry_from_the_phone_brings_the_code_along(t, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(THERE)

    answer = Phone(t.users[Role.NURSE]).hand_in(
        row, "take", "check_in", {"identifiers": ["name", "birth_date"], "door_code": arrival.door_code(row)}
    )

    assert answer["result"] == "taken"
    assert arrival.best(row.arrival_proofs.all()).kind == "code"


# --- on the way -------------------------------------------------------------------------------------------------------


def share(phone, row, **place):
    given = {"order": row.number, "lon": "121.53", "lat": "31.22", "accuracy": "12", **place}
    return phone.post(reverse("nurse:where"), given)


def test_the_desk_sees_where_she_is_and_the_family_in_minutes_only(t, phone, family, desk, clock):
    row = world.order(t, S.EN_ROUTE)
    for minute in range(3):
        clock(ON_THE_WAY + timedelta(minutes=minute))
        assert share(phone, row, lon=f"{121.53 - minute / 1000}").json()["kept"]

    at_the_desk = text(desk.get(reverse("dispatch:order", args=[row.number])))
    at_home = text(family.get(reverse("family:order", args=[row.number])))

    assert "刚刚" in at_the_desk
    assert "<polyline" in at_the_desk
    assert "护士已出发，约" in at_home
    assert "uri.amap.com" not in at_home
    assert "<polyline" not in at_home


def test_the_family_sees_the_place_where_the_district_says_so(t, phone, family, clock):
    institutions.choose_setting(
        district=t.district, key="place.family_sees", value="yes", reason="试点", effective_on=world.TODAY,
        by=t.actor(Role.SUPERVISOR), now=world.NOW,
    )  # fmt: skip
    row = world.order(t, S.EN_ROUTE)
    clock(ON_THE_WAY)
    share(phone, row)

    assert "uri.amap.com" in text(family.get(reverse("family:order", args=[row.number])))


def test_the_page_is_told_to_stop_when_nothing_may_be_shared(t, phone, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)

    assert share(phone, row).json() == {"kept": False, "stop": True, "said": "只有出发以后、服务结束以前才共享位置。"}
    assert share(phone, row, lon="east").status_code == 422
    assert share(phone, row, order="nobody's").status_code == 404


def test_she_switches_sharing_off_and_the_desk_reads_it(t, phone, desk, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(ON_THE_WAY)

    phone.post(reverse("nurse:sharing", args=[row.number]), {"shares": "no"})

    assert share(phone, row).json()["stop"]
    assert "护士已关闭位置共享" in text(desk.get(reverse("dispatch:order", args=[row.number])))
    page = text(phone.get(reverse("nurse:visit", args=[row.number])))
    assert "打开位置共享" in page
    assert "data-where=" not in page


def test_the_way_to_the_map_is_in_the_datum_of_the_map(t, phone, clock):
    row = world.order(t, S.ACCEPTED)
    page = text(phone.get(reverse("nurse:visit", args=[row.number])))

    assert "coordinate=gaode" in page
    assert "position=121.520100" not in page


# --- at the end -------------------------------------------------------------------------------------------------------


def signing(row, **changed):
    shown = summary.digest(summary.lines(row))
    given = {"shown": shown, "capacity": "family", "signer_name": "沈家明", "method": "glass", "sign_strokes": STROKES}
    return {**given, **changed}


def test_the_page_that_is_handed_over_shows_what_was_done_and_takes_a_signature(t, phone, family, desk, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)
    address = reverse("nurse:sign", args=[row.number])
    page = text(phone.get(address))
    for _, words in summary.lines(row):
        assert words in page

    answer = phone.post(address, signing(row), follow=True)

    assert "在护士手机上签字确认" in text(answer)
    at_home = text(family.get(reverse("family:order", args=[row.number])))
    assert "沈家明（家属）" in at_home
    for someone, desk_name in ((family, "family"), (desk, "dispatch")):
        picture = someone.get(reverse(f"{desk_name}:signature", args=[row.number, 1]))
        assert picture["Content-Type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    assert traces.events().filter(kind=Event.Kind.LOOK, reason="查看签字").count() == 2


def test_a_picture_of_a_signature_is_for_those_who_may_see_the_order(t, phone, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)
    phone.post(reverse("nurse:sign", args=[row.number]), signing(row))
    stranger = client(persons.person("陌生人"))

    assert stranger.get(reverse("family:signature", args=[row.number, 1])).status_code == 404
    assert client(t.users[Role.PROXY]).get(reverse("family:signature", args=[row.number, 9])).status_code == 404


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(t, phone, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)

    answer = phone.post(
        reverse("nurse:sign", args=[row.number]), signing(row, method="witness", witness_name="周阿姨", sign_strokes="")
    )

    assert answer.status_code == 422
    assert "请写明不能签字的原因" in text(answer)
    assert 'value="周阿姨"' in text(answer)


@pytest.mark.parametrize(
    "strokes", ["", "[]", "nonsense", "{}", "[[]]", "[" * 5000, '[{"points": 5}]', "[[[null, 1]]]"]
)
def test_strokes_that_are_none_are_answered_in_words(t, phone, clock, strokes):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)

    answer = phone.post(reverse("nurse:sign", args=[row.number]), signing(row, sign_strokes=strokes))

    assert answer.status_code == 422
    assert "还没有签名" in text(answer)


def test_a_signature_reaches_the_platform_by_the_phone_s_outbox(t, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)
    fields = signing(row, shown="", shown_words="体温：36.6 ℃")

    answer = Phone(t.users[Role.NURSE]).hand_in(row, "take", "sign", fields, offline_for=timedelta(minutes=2))

    assert answer["result"] == "taken", answer
    kept = row.signatures.get()
    assert kept.shown_words == "体温：36.6 ℃"
    assert kept.signed_at == LATER - timedelta(minutes=2)


def test_it_is_signed_again_with_a_reason_and_after_a_day_no_more(t, phone, clock):
    row = world.order(t, S.AWAITING_CONFIRMATION)
    clock(LATER)
    address = reverse("nurse:sign", args=[row.number])
    phone.post(address, signing(row))

    assert "为什么重新签字" in text(phone.get(address))
    refused = phone.post(address, signing(row))
    taken = phone.post(address, signing(row, why="签错了人"))
    clock(LATER + timedelta(days=2))
    closed = phone.get(address)

    assert (refused.status_code, taken.status_code, closed.status_code) == (422, 302, 302)
    assert row.signatures.count() == 2


# --- her week ---------------------------------------------------------------------------------------------------------


def test_her_workload_counts_visits_and_minutes(t, phone, clock):
    world.order(t, S.COMPLETED)
    clock(LATER + timedelta(hours=1))

    page = text(phone.get(reverse("nurse:workload")))

    assert "1 次" in page
    assert "38 分钟" in page  # from two minutes past to forty past
    assert "22 分钟" in page  # from twenty to until two past
    assert "报酬由中心按自己的办法结算" in page


def test_her_workload_costs_the_same_with_many_visits(t, phone, clock):
    world.order(t, S.COMPLETED)
    clock(LATER + timedelta(days=4))
    one = queries(phone)
    for day in (1, 2, 3):
        door = world.neighbour(t)
        door.now = t.now + timedelta(days=day)
        world.order(door, S.COMPLETED)

    assert queries(phone) == one
    assert "4 次" in text(phone.get(reverse("nurse:workload")))


def queries(phone) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert phone.get(reverse("nurse:workload")).status_code == 200
    return len(seen)


def test_the_badge_is_kept_for_a_place_without_network(t, phone, clock):
    row = world.order(t, S.EN_ROUTE)
    clock(ON_THE_WAY)

    assert phone.get(reverse("nurse:badge"))["X-Keep"]
    assert reverse("nurse:badge") in text(phone.get(reverse("nurse:worker")))
    assert reverse("nurse:badge") in text(phone.get(reverse("nurse:visit", args=[row.number])))
