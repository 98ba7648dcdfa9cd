"""The record's page: a word beside what is unusual, one tap for what still holds, prompts, pictures, call-backs."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.roles import Role
from clinical import services as clinical
from clinical.models import CallBack, CareMoment, Picture, PictureConsent, Reading, VisitRecord
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.api.callers import caller
from tests.desks.phones import Phone
from tests.services.test_charting import second_visit
from tests.world.chain import complete_record

pytestmark = pytest.mark.django_db
THERE = world.NOW + timedelta(days=1, hours=1, minutes=5)
VITALS, WOUND, CATHETER = 14, 2, 6


@pytest.fixture
def clock(clock, settings, tmp_path):
    """Pictures rest in a folder of the test's own."""
    settings.PRIVATE_UPLOADS = tmp_path
    return clock


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def app(t):
    return Phone(t.users[Role.NURSE])


def signed_in(t, role):
    client = Client()
    client.force_login(t.users[role])
    return client


def text(answer):
    return answer.content.decode()


def reading(order, key):
    return Reading.objects.get(record=order.visit_record_id, measurement=key)


def measure(app, order, key, value, **more):
    return app.hand_in(order, "reading", key=key, fields={f"reading-{key}": value, **more})


def visit(t, order):
    return text(signed_in(t, Role.NURSE).get(reverse("nurse:visit", args=[order.number])))


def test_an_unusual_value_opens_the_field_for_a_word(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)

    first = measure(app, order, "temp_c", "38.0")
    then = measure(app, order, "temp_c", "38.0", **{"why-temp_c": "受凉后发热"})

    assert first["result"] == then["result"] == "taken"
    assert "体温异常，请说明" in first["html"]
    assert 'id="why-temp_c" data-why>' in first["html"]
    assert "体温超出通常范围，请写一句说明。" in first["html"]
    assert "体温超出通常范围" not in then["html"]
    assert reading(order, "temp_c").explanation == "受凉后发热"


def test_the_page_tells_a_phone_without_network_where_unusual_begins(t, clock):
    order = world.order(t, S.IN_SERVICE)

    page = visit(t, order)

    assert 'data-below="35" data-from="37.3"' in page
    assert 'data-unusual="嗜睡|意识模糊|昏睡|昏迷"' in page


def test_what_still_holds_is_taken_over_by_one_tap_and_marked(t, app, clock):
    _, order = second_visit(t, CATHETER)
    clock(order.arrived_at)
    page = visit(t, order)
    assert "核对无变化，全部沿用（2 项）" in page
    assert "沿用上次（3月3日）：18 Fr" in page, page[page.index("沿用上次（") :][:200]

    answer = app.hand_in(order, "carry")

    assert answer["result"] == "taken"
    assert answer["html"].count("沿用上次（3月3日），已确认") == 2
    assert reading(order, "cath_fr").copied_from is not None
    assert "全部沿用" not in visit(t, order)
    assert app.hand_in(order, "carry", key="cath_fr")["result"] == "refused"


def test_a_red_value_shows_how_the_doctors_call_stands(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    asked = measure(app, order, "spo2_pct", "85", **{"why-spo2_pct": "已给氧"})
    assert "已请医生回电" in asked["html"]
    row, doctor = CallBack.objects.get(), signed_in(t, Role.DOCTOR)
    url = reverse("doctor:call", args=[row.pk])

    assert "血氧饱和度 85 %" in text(doctor.get(reverse("doctor:calls")))
    assert "我来回电" in text(doctor.get(url))
    assert doctor.post(reverse("doctor:call_step", args=[row.pk, "take"])).status_code == 302
    region = reverse("nurse:call_backs", args=[order.number])
    assert "已接手，请留意来电" in text(signed_in(t, Role.NURSE).get(region))
    refused = doctor.post(reverse("doctor:call_step", args=[row.pk, "close"]), {"outcome": "advice", "words": ""})
    assert refused.status_code == 422
    assert "请写明给护士的答复。" in text(refused)
    doctor.post(reverse("doctor:call_step", args=[row.pk, "close"]), {"outcome": "advice", "words": "给氧后复测。"})

    shown = text(signed_in(t, Role.NURSE).get(region))
    assert "电话指导" in shown
    assert "给氧后复测。" in shown
    assert text(doctor.get(url)).count("给氧后复测。") == 1


def test_a_doctor_who_cannot_answer_gives_the_call_back_on_its_page(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    measure(app, order, "spo2_pct", "85", **{"why-spo2_pct": "已给氧"})
    row, doctor = CallBack.objects.get(), signed_in(t, Role.DOCTOR)
    url, release = reverse("doctor:call", args=[row.pk]), reverse("doctor:call_step", args=[row.pk, "release"])
    assert "交回请其他医生接手" not in text(doctor.get(url))
    doctor.post(reverse("doctor:call_step", args=[row.pk, "take"]))
    page = text(doctor.get(url))
    assert "不能答复，交回请其他医生接手" in page
    assert "应在此前答复" in page

    refused = doctor.post(release, {"reason": ""})
    assert refused.status_code == 422
    assert "写明交回的原因" in text(refused)
    assert doctor.post(release, {"reason": "正在抢救病人"}).status_code == 302

    page = text(doctor.get(url))
    assert "我来回电" in page
    assert "应在此前接手" in page
    assert "：正在抢救病人" in page
    region = reverse("nurse:call_backs", args=[order.number])
    assert "没有医生接手会再次提醒" in text(signed_in(t, Role.NURSE).get(region))


def test_the_desk_frees_a_call_back_whose_doctor_cannot_be_reached(t, app, clock):
    order, other = world.order(t, S.IN_SERVICE), world.order(t, S.AWAITING_DISPATCH)
    clock(THERE)
    measure(app, order, "spo2_pct", "85", **{"why-spo2_pct": "已给氧"})
    row, desk = CallBack.objects.get(), signed_in(t, Role.DISPATCHER)
    page, give_back = reverse("dispatch:order", args=[order.number]), "dispatch:order_call_back"
    url = reverse(give_back, args=[order.number, row.pk])
    waits = text(desk.get(page))
    assert "应在此前接手" in waits
    assert "换其他医生接手" not in waits
    clinical.take_call_back(call_back_id=row.pk, by=t.actor(Role.DOCTOR), now=THERE)
    clock(THERE + timedelta(hours=1))
    late = text(desk.get(page))
    assert "已超过时限，请马上联系医生" in late
    assert t.users[Role.DOCTOR].display_name in late

    refused = desk.post(url, {"reason": ""})
    assert refused.status_code == 422
    assert "写明交回的原因" in text(refused)
    assert desk.post(reverse(give_back, args=[other.number, row.pk]), {"reason": "打不通"}).status_code == 404
    assert signed_in(t, Role.DOCTOR).post(url, {"reason": "打不通"}).status_code == 403
    assert desk.post(url, {"reason": "李医生电话打不通"}).status_code == 302

    row.refresh_from_db()
    assert (row.status, row.doctor) == ("open", None)
    assert "换其他医生接手" not in text(desk.get(page))


def test_call_backs_are_for_doctors_of_the_centre(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    measure(app, order, "spo2_pct", "85")
    row = CallBack.objects.get()

    for role in (Role.NURSE, Role.DISPATCHER, Role.PROXY):
        assert signed_in(t, role).get(reverse("doctor:call", args=[row.pk])).status_code == 403
    assert signed_in(t, Role.DOCTOR).get(reverse("doctor:call", args=[row.pk + 1])).status_code == 404
    assert signed_in(t, Role.DOCTOR).post(reverse("doctor:call_step", args=[row.pk, "open"])).status_code == 404


def test_the_three_prompts_are_ticked_with_their_time(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE)
    item = order.visit_record.items.get()
    seen = {
        "observed-consciousness": "清楚", "observed-skin": "发红", "observed-limbs": "温暖、活动好",
        "observed-drainage": "没有引流", "observed-reaction": "没有不适",
    }  # fmt: skip
    assert "操作前解释" in visit(t, order)

    before = app.hand_in(order, "moment", key=f"{item.pk}-before")
    odd = app.hand_in(order, "moment", key=f"{item.pk}-after", fields=seen)
    after = app.hand_in(order, "moment", key=f"{item.pk}-after", fields={**seen, "words": "袖带处发红，已松开观察"})
    wrong = app.hand_in(order, "moment", key="x-never")

    assert [one["result"] for one in (before, odd, after, wrong)] == ["taken", "refused", "taken", "refused"]
    assert "操作后观察有异常，请写一句说明和处理。" in odd["html"]
    assert "皮肤：发红" in after["html"]
    assert set(CareMoment.objects.values_list("moment", flat=True)) == {"before", "after"}


def a_picture():
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(out, "JPEG")
    return out.getvalue()


def test_a_picture_is_asked_for_kept_and_shown_to_those_who_may_see_it(t, clock):
    order = world.order(t, S.IN_SERVICE, numbers=(WOUND,))
    clock(THERE)
    nurse = signed_in(t, Role.NURSE)

    def part(kind, key="", **fields):
        return nurse.post(reverse("nurse:part", args=[order.number, kind, *([key] if key else [])]), fields)

    assert part("photo", "wound_photo", file=io.BytesIO(a_picture())).status_code == 422
    assert part("photo_consent", given="yes", said_by="", relation="子女").status_code == 422
    assert part("photo_consent", given="yes", said_by="沈家明", relation="子女").status_code == 302
    file = io.BytesIO(a_picture())
    file.name = "wound.jpg"
    assert part("photo", "wound_photo", file=file, caption="骶尾部").status_code == 302

    picture = Picture.objects.get()
    page = visit(t, order)
    assert "骶尾部" in page
    assert "沈家明（子女）" in page
    shown = nurse.get(reverse("nurse:picture", args=[picture.pk]))
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "no-store, private")
    assert b"".join(shown.streaming_content)[:2] == b"\xff\xd8"
    assert signed_in(t, Role.DOCTOR).get(reverse("doctor:picture", args=[picture.pk])).status_code == 200
    assert signed_in(t, Role.DISPATCHER).get(reverse("nurse:picture", args=[picture.pk])).status_code == 403

    assert part("photo_removed", str(picture.pk), reason="").status_code == 422
    assert part("photo_withdrawn", reason="不想再拍").status_code == 302
    assert nurse.get(reverse("nurse:picture", args=[picture.pk])).status_code == 404
    assert PictureConsent.objects.get().withdrawn_reason == "不想再拍"


HOSTILE = (
    "NaN",
    "inf",
    "1e400",
    "٣٧",
    "３７．２℃",
    "-0",
    "9" * 400,
    "\x00",
    "\u202e",
    "<b>",
    "½",
    "🙂",
    "ng_check",
    " ",
)


@pytest.mark.parametrize("number", [VITALS, WOUND])
def test_nothing_that_is_posted_makes_the_page_fail(t, clock, number):
    order = world.order(t, S.IN_SERVICE, numbers=(number,))
    clock(THERE)
    nurse = signed_in(t, Role.NURSE)
    asked = list(order.visit_record.items.get().asks.values_list("measurement", flat=True))

    for shift, _ in enumerate(HOSTILE):
        sent = {f"reading-{key}": HOSTILE[(place + shift) % len(HOSTILE)] for place, key in enumerate(asked)}
        sent |= {f"why-{key}": HOSTILE[shift] * 3 for key in asked}
        answer = nurse.post(reverse("nurse:save", args=[order.number]), sent)

        assert answer.status_code in {302, 422}, (shift, sent)
    assert nurse.get(reverse("nurse:visit", args=[order.number])).status_code == 200
    assert VisitRecord.objects.get(pk=order.visit_record_id).closed_at is None


def test_what_was_written_long_after_it_happened_is_marked(t, app, clock):
    order = world.order(t, S.IN_SERVICE)
    clock(THERE + timedelta(hours=3))
    clinical.take_reading(
        record_id=order.visit_record_id, key="temp_c", raw="36.6", at=THERE, by=t.actor(Role.NURSE),
        now=THERE + timedelta(hours=3),
    )  # fmt: skip

    assert f"补记：{timezone.localtime(THERE):%H:%M} 的情况，之后才写入" in visit(t, order)


def test_a_closed_record_is_amended_on_the_phone_and_everybody_reads_both(t, clock):
    order = world.order(t, S.AWAITING_CONFIRMATION)
    nurse, url = signed_in(t, Role.NURSE), reverse("nurse:amend", args=[order.number])
    clock(order.finished_at + timedelta(hours=1))
    assert url in visit(t, order)
    at = f"{timezone.localtime(order.arrived_at + timedelta(minutes=1)):%Y-%m-%dT%H:%M}"
    sent = {"field": "reading-temp_c", "value": "88", "reason": "看错一位", "happened_at": at}

    refused = nurse.post(url, sent)
    assert refused.status_code == 422
    assert "请填写 30 到 45 之间的体温（℃）。" in text(refused)
    assert nurse.post(url, {**sent, "value": "36.9"}).status_code == 302

    pages = [
        text(nurse.get(url)),
        text(signed_in(t, Role.PROXY).get(reverse("family:order", args=[order.number]))),
        text(signed_in(t, Role.DISPATCHER).get(reverse("dispatch:order", args=[order.number]))),
        text(signed_in(t, Role.CENTRE_ADMIN).get(reverse("centre:orders_one", args=[order.number]))),
    ]
    for page in pages:
        assert "更正" in page
        assert "原为「36.6」" in page
        assert "看错一位" in page


def test_after_the_hours_the_administrator_lets_her_amend(t, clock):
    order = world.order(t, S.COMPLETED)
    clock(order.finished_at + timedelta(days=2))
    nurse, admin = signed_in(t, Role.NURSE), signed_in(t, Role.CENTRE_ADMIN)
    url, release = reverse("nurse:amend", args=[order.number]), reverse("centre:orders_release", args=[order.number])
    at = f"{timezone.localtime(order.arrived_at + timedelta(minutes=1)):%Y-%m-%dT%H:%M}"
    sent = {"field": "note", "value": "补充：家属已学会。", "reason": "漏写", "happened_at": at}
    assert "需要中心管理员放行" in text(nurse.post(url, sent))
    assert admin.post(release, {"reason": ""}).status_code == 422
    assert nurse.post(release, {"reason": "自己放行"}).status_code == 403

    assert admin.post(release, {"reason": "护士说明漏记"}).status_code == 302

    assert nurse.post(url, sent).status_code == 302
    assert "放行" in visit(t, order)


def test_the_record_of_a_stopped_visit_is_read_and_amended_on_the_phone_as_well(t, clock):
    order = world.order(t, S.IN_SERVICE)
    stopped = order.arrived_at + timedelta(minutes=20)
    services.abort(order_id=order.pk, reason="服务对象突发不适", by=t.actor(Role.NURSE), now=stopped)
    clock(stopped + timedelta(hours=1))
    nurse, admin = signed_in(t, Role.NURSE), signed_in(t, Role.CENTRE_ADMIN)
    url, release = reverse("nurse:amend", args=[order.number]), reverse("centre:orders_release", args=[order.number])
    page = visit(t, order)
    assert url in page
    assert reverse("nurse:teach", args=[order.number]) not in page
    assert "没有填写" in page
    at = f"{timezone.localtime(order.arrived_at + timedelta(minutes=1)):%Y-%m-%dT%H:%M}"
    sent = {"field": "note", "value": "服务对象头晕，家属已拨打 120。", "reason": "送医后补记", "happened_at": at}

    assert nurse.post(url, sent).status_code == 302

    assert "服务对象头晕，家属已拨打 120。" in visit(t, order)
    clock(stopped + timedelta(days=2))
    assert "需要中心管理员放行" in text(nurse.post(url, {**sent, "value": "已住院。"}))
    assert "放行更正" in text(admin.get(reverse("centre:orders_one", args=[order.number])))
    assert admin.post(release, {"reason": "护士说明漏记"}).status_code == 302
    assert nurse.post(url, {**sent, "value": "已住院。"}).status_code == 302


def test_an_open_record_has_nothing_to_amend(t, clock):
    order = world.order(t, S.IN_SERVICE)

    assert signed_in(t, Role.NURSE).get(reverse("nurse:amend", args=[order.number])).status_code == 404


def test_a_late_reading_is_marked_with_both_times_on_every_page_of_the_record(t, clock):
    order = world.order(t, S.IN_SERVICE)
    written = THERE + timedelta(hours=3)
    complete_record(t, order, written)
    act = {"record_id": order.visit_record_id, "by": t.actor(Role.NURSE), "now": written}
    clinical.take_reading(key="temp_c", raw="38.0", explanation="受凉后发热", at=THERE, **act)
    services.finish(order_id=order.pk, by=t.actor(Role.NURSE), now=written)
    services.confirm(order_id=order.pk, by=t.actor(Role.PROXY), now=written)
    clock(written)

    for role, page in (
        (Role.NURSE, reverse("nurse:visit", args=[order.number])),
        (Role.PROXY, reverse("family:order", args=[order.number])),
        (Role.DISPATCHER, reverse("dispatch:order", args=[order.number])),
        (Role.CENTRE_ADMIN, reverse("centre:orders_one", args=[order.number])),
    ):
        shown = text(signed_in(t, role).get(page))
        assert shown.count("补记：") == 1, role
        assert "受凉后发热" in shown, role


def test_a_program_reads_what_was_amended(t, clock):
    order = world.order(t, S.AWAITING_CONFIRMATION)
    clinical.amend_record(
        record_id=order.visit_record_id, field="reading-temp_c", value="36.9", reason="看错一位",
        happened_at=order.arrived_at, by=t.actor(Role.NURSE), now=order.finished_at,
    )  # fmt: skip
    clock(order.finished_at)

    answer = caller(t.users[Role.NURSE]).get(f"/api/v1/records/{order.number}/")

    assert answer.status_code == 200
    (version,) = answer.json()["versions"]
    assert (version["number"], version["kind"], version["reason"]) == (2, "更正", "看错一位")
    assert version["changes"][0]["old"] == "36.6"
