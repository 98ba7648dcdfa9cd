"""The registers of tubes and waste at the centre's desk, and what the nurse still carries, on her phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from clinical.models import VisitRecord
from logistics import services
from logistics.lifecycle import SpecimenStatus, WasteStatus
from logistics.models import Specimen, WasteBag, WasteRemoval
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.desks.phones import Phone
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

BLOOD = 11
LISTS = ("registers_specimens", "registers_waste")
KEEPERS = (Role.CENTRE_ADMIN, Role.DISPATCHER)
REMOVAL = {
    "disposer": "市固体废物处置有限公司", "licence": "SH-YF-0012", "manifest": "LD-2026-0001", "batch": "0305-1",
    "weight_g": "300", "giver": "欧阳明月", "receiver": "陈师傅",
}  # fmt: skip


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.CENTRE_ADMIN)


def visit(t):
    """A visit of today at which blood is drawn, by a nurse of its own."""
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, name="李敏", now=t.now, days=3)
    t.users[Role.NURSE] = t.nurse.user
    order = world.order(t, at=S.IN_SERVICE, numbers=(BLOOD,))
    t.act = {"by": t.actor(Role.NURSE), "now": order.arrived_at}
    return order


def tube(t, order, label="B-0007", **more):
    given = {"kind": "chemistry", "label": label, "destination": "中心检验科", **more}
    return services.collect(order_id=order.pk, **given, **t.act)


def bag(t, order, **more):
    return services.seal(order_id=order.pk, kind="infectious", count=1, **more, **t.act)


def stored(t, order):
    row = bag(t, order)
    return services.hand_in(bag_id=row.pk, giver="李敏", receiver="孙保管", weight_g=300, **t.act)


def one(name, row, *verb):
    return reverse(f"centre:registers_{name}", args=[row.pk, *verb])


@pytest.mark.clause("002 附件-11", "002 五(七)1(1)")
def test_the_registers_open_for_those_who_keep_them(t):
    order = visit(t)
    row, waste = tube(t, order), bag(t, order)
    tubes = [reverse("centre:registers_specimens"), one("specimens_one", row)]
    bags = [reverse("centre:registers_waste"), one("waste_one", waste), reverse("centre:registers_waste_paper")]

    for role, opens in (
        (Role.CENTRE_ADMIN, (200, 200)), (Role.DISPATCHER, (200, 200)), (Role.DOCTOR, (200, 403)),
        (Role.NURSE, (403, 403)), (Role.SUPERVISOR, (403, 403)),
    ):  # fmt: skip
        browser = client(t, role)
        assert {browser.get(url).status_code for url in tubes} == {opens[0]}, role
        assert {browser.get(url).status_code for url in bags} == {opens[1]}, role
    assert client(t, Role.DISPATCHER).get(reverse("centre:registers_waste_remove")).status_code == 403


def test_another_centre_s_rows_are_not_there(t):
    row = tube(t, visit(t))
    elsewhere = places.centre(t.hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    stranger = places.post(elsewhere, Role.CENTRE_ADMIN, now=t.now).user
    t.users["stranger"] = stranger
    browser = client(t, "stranger")

    assert row.label not in text(browser.get(reverse("centre:registers_specimens")))
    assert browser.get(one("specimens_one", row)).status_code == 404
    assert browser.post(one("specimens_step", row, "hand_over"), {}).status_code == 404


@pytest.mark.clause("000 五(十五)")
def test_a_tube_is_handed_over_by_the_desk_and_an_empty_form_says_what_is_missing(t):
    row = tube(t, visit(t))
    browser = client(t, Role.DISPATCHER)
    url = one("specimens_step", row, "hand_over")

    empty = browser.post(url, {"giver": "", "receiver": "", "version": row.version})
    done = browser.post(url, {"giver": "李敏", "receiver": "王工", "version": row.version})

    assert empty.status_code == 422
    assert "请填写交出人的姓名。（依据 000 五(十五)）" in text(empty)
    assert "请填写接收人的姓名。（依据 000 五(十五)）" in text(empty)
    assert done.status_code == 302
    row.refresh_from_db()
    assert (row.status, row.handed_to) == (SpecimenStatus.HANDED_OVER, "王工")


def test_a_stale_page_and_a_step_of_another_role_are_told_so(t, desk):
    row = tube(t, visit(t))
    given = {"giver": "李敏", "receiver": "王工", "version": 99}

    assert "刚被他人更新" in text(desk.post(one("specimens_step", row, "hand_over"), given))
    assert desk.post(one("specimens_step", row, "explode")).status_code == 404
    doctor = client(t, Role.DOCTOR).post(one("specimens_step", row, "hand_over"), given | {"version": 1})
    assert doctor.status_code == 422
    row.refresh_from_db()
    assert row.status == SpecimenStatus.COLLECTED


def test_a_thermometer_that_cannot_be_read_is_asked_again_and_what_was_typed_is_kept(t, desk):
    row = tube(t, visit(t), kind="urine", box_number="LC-1")
    url, given = one("specimens_step", row, "hand_over"), {"giver": "李敏", "receiver": "王工"}

    unread = text(desk.post(url, given | {"temperature": "冷"}))
    warm = text(desk.post(url, given | {"temperature": "12.5"}))
    done = desk.post(url, given | {"temperature": "１２.5℃", "words": "冰排融化"})

    assert "没有读懂温度" in unread
    assert 'value="冷"' in unread
    assert "请在说明中写明原因。（依据 000 五(十五)）" in warm
    assert done.status_code == 302


def test_filters_stand_in_the_address_and_figures_lead_to_their_lists(t, desk):
    order = visit(t)
    waiting, gone = tube(t, order, "B-1"), tube(t, order, "C-2")
    services.hand_over(specimen_id=gone.pk, giver="李敏", receiver="王工", **t.act)
    url = reverse("centre:registers_specimens")

    def listed(asked):
        page = text(desk.get(f"{url}?{asked}"))
        return {row.label for row in (waiting, gone) if f">{row.label}</a>" in page}

    today = timezone.localdate(t.act["now"])
    assert listed("") == {"B-1", "C-2"}
    assert listed("state=collected") == {"B-1"}
    assert listed("state=laboratory") == {"C-2"}
    assert listed("state=critical") == set()
    assert listed("q=b-") == {"B-1"}
    assert listed(f"q={order.number}") == {"B-1", "C-2"}
    assert listed(f"on={today}") == {"B-1", "C-2"}
    assert listed(f"on={today - timedelta(days=9)}") == set()
    assert listed(f"nurse={t.nurse.user_id}") == {"B-1", "C-2"}
    assert listed("nurse=x&on=昨天&state=nonsense") == {"B-1", "C-2"}
    assert 'href="/centre/registers/specimens/?state=collected"' in text(desk.get(url))


def test_what_is_overdue_stands_first_and_says_so(t, desk):
    order = visit(t)
    old, new = tube(t, order, "B-1"), tube(t, order, "B-2")
    Specimen.objects.filter(pk=old.pk).update(
        collected_at=timezone.now() - timedelta(days=1), due_at=timezone.now() - timedelta(hours=20)
    )
    Specimen.objects.filter(pk=new.pk).update(due_at=timezone.now() + timedelta(hours=4))
    late = bag(t, order)
    WasteBag.objects.filter(pk=late.pk).update(hand_in_by=timezone.now() - timedelta(hours=1))

    page = text(desk.get(reverse("centre:registers_specimens")))
    waste = text(desk.get(reverse("centre:registers_waste") + "?state=late"))

    assert page.index(">B-1<") < page.index(">B-2<")
    assert "已超过时限" in page
    assert "逾期未交回" in waste


def test_a_register_asks_as_many_queries_for_a_hundred_rows_as_for_one(t, desk):
    order = visit(t)
    tube(t, order, "B-0")
    bag(t, order)
    urls = [reverse(f"centre:{name}{part}") for name in LISTS for part in ("", "_paper")]
    before = [count(desk, url) for url in urls]

    for n in range(1, 100):
        tube(t, order, f"B-{n}")
        if n < 50:  # as many as one visit may bring back
            bag(t, order)

    assert [count(desk, url) for url in urls] == before
    assert "第 1 到 50 条，共 100 条" in text(desk.get(urls[0]))


@pytest.mark.clause("002 五(七)1(1)")
def test_bags_are_handed_to_the_disposer_together_or_the_form_says_why_not(t, desk):
    order = visit(t)
    rows = [stored(t, order) for _ in range(2)]
    url = reverse("centre:registers_waste_remove")
    assert rows[0].number in text(desk.get(url))

    refused = desk.post(url, {"bags": [rows[0].pk], **REMOVAL, "manifest": "", "receiver": "欧阳明月"})
    nothing = desk.post(url, REMOVAL)
    done = desk.post(url, {"bags": [row.pk for row in rows], **REMOVAL}, follow=True)

    assert refused.status_code == 422
    assert "请填写转移联单号。（依据 002 五(七)1(1)）" in text(refused)
    assert "交出人和接收人不能是同一个人。（依据 002 五(七)1(1)）" in text(refused)
    assert 'value="SH-YF-0012"' in text(refused)
    assert "请选择 1 到 200 袋（盒）医疗废物。" in text(nothing)
    assert "共 2 袋（盒）" in text(done)
    assert set(WasteBag.objects.values_list("status", flat=True)) == {WasteStatus.REMOVED}
    assert WasteRemoval.objects.get().bags.count() == 2


@pytest.mark.clause("002 三(一)")
def test_an_export_says_what_for_masks_names_and_stands_in_the_trace(t, desk):
    order = visit(t)
    tube(t, order, "B-1")
    tube(t, order, "C-2")
    url = reverse("centre:registers_specimens_export")

    silent = desk.post(url, {"reason": " "})
    told = desk.post(url, {"reason": "月度核对", "q": "B-"})

    assert silent.status_code == 422
    assert "请写明导出的原因" in text(silent)
    content = told.content.decode("utf-8-sig")
    assert "B-1" in content
    assert "C-2" not in content
    assert order.patient.name not in content
    assert f"由{world.fresh(t.users[Role.CENTRE_ADMIN]).display_name}于" in content
    event = traces.events().filter(action="logistics.register_exported").latest("id")
    assert event.reason == "月度核对；标本登记，范围：编号 B-"
    assert event.data["lines"] == 1


def test_an_export_of_nothing_is_refused_and_a_formula_stays_text(t, desk):
    assert "一次可以导出 1 到 5000 条" in text(desk.post(reverse("centre:registers_waste_export"), {"reason": "核对"}))
    tube(t, visit(t), destination="=cmd|' /C calc'!A0")

    answer = desk.post(reverse("centre:registers_specimens_export"), {"reason": "核对"})

    assert "'=cmd" in answer.content.decode("utf-8-sig")


def test_a_register_on_paper_masks_names_and_leaves_a_look(t, desk):
    order = visit(t)
    tube(t, order, "B-1")

    page = text(desk.get(reverse("centre:registers_specimens_paper") + "?state=collected"))

    assert "B-1" in page
    assert order.patient.name not in page
    assert f"由 {world.fresh(t.users[Role.CENTRE_ADMIN]).display_name} 于" in page
    assert traces.events().filter(kind="look", reason="打印标本登记，范围：待送检").exists()


# --- on the nurse's phone ---------------------------------------------------------------------------------------------


@pytest.fixture
def app(t):
    t.order = visit(t)
    return Phone(t.users[Role.NURSE])


def record_of(order):
    return VisitRecord.objects.get(pk=order.visit_record_id)


@pytest.mark.clause("002 附件-11")
def test_each_press_registers_one_tube_with_the_phone_s_time(t, app):
    fields = {"specimen_kind": "chemistry", "specimen_label": "B-1", "specimen_handed_to": "中心检验科"}
    first = app.hand_in(t.order, "specimen", fields=fields, offline_for=timedelta(minutes=7))
    second = app.hand_in(t.order, "specimen", fields=fields | {"specimen_label": "B-2", "specimen_kind": "clotting"})
    wrong = app.hand_in(t.order, "specimen", fields=fields | {"specimen_kind": "", "specimen_label": "标本"})

    assert [first["result"], second["result"], wrong["result"]] == ["taken", "taken", "refused"]
    assert "B-1，生化（黄管）" in second["html"]
    assert 'value="B-2"' not in second["html"]
    assert {reason["field"] for reason in wrong["reasons"]} == {"specimen_kind", "specimen_label"}
    assert all(reason["clause"] for reason in wrong["reasons"])
    assert "请选择标本类型。（依据 002 附件-11）" in wrong["html"]
    row = Specimen.objects.get(label="B-1")
    assert (row.recorded_at - row.collected_at).total_seconds() == pytest.approx(7 * 60, abs=5)
    assert record_of(t.order).specimen_label == "B-1、B-2"


@pytest.mark.clause("002 五(七)1(1)")
def test_a_declaration_numbers_its_bags_and_one_more_may_be_registered_and_taken_back(t, app):
    said = app.hand_in(t.order, "waste", fields={"waste": "infectious", "waste_bags": "1"})
    again = app.hand_in(t.order, "waste", fields={"waste": "infectious", "waste_bags": "1"})
    more = app.hand_in(t.order, "bag", fields={"bag_kind": "drug", "bag_number": "Y-1", "bag_weight": "250"})
    bad = app.hand_in(t.order, "bag", fields={"bag_kind": "", "bag_weight": "重"})

    assert f"{t.order.number}-1" in said["html"]
    assert again["result"] == "taken"
    assert "Y-1" in more["html"]
    assert record_of(t.order).waste == "several"
    assert {reason["field"] for reason in bad["reasons"]} == {"bag_kind", "bag_weight"}
    row = WasteBag.objects.get(number="Y-1")
    off = app.hand_in(t.order, "bagoff", key=row.pk)
    assert off["result"] == "taken"
    assert (record_of(t.order).waste, record_of(t.order).waste_bags) == ("infectious", 1)


@pytest.mark.clause("000 五(十五)", "002 五(七)1(1)")
def test_she_hands_over_what_she_carries_and_the_list_empties(t):
    order = visit(t)
    cool, plain = tube(t, order, "U-1", kind="urine", box_number="LC-1"), tube(t, order, "B-1")
    bags = [bag(t, order), bag(t, order)]
    phone = client(t, Role.NURSE)
    page = reverse("nurse:carried")
    assert "还有 4 份没有交出去" in text(phone.get(reverse("nurse:today")))
    assert "标本，2 管" in text(phone.get(page))

    warm = phone.post(
        reverse("nurse:carried_over"),
        {"tubes": [cool.pk, plain.pk], "giver": "李敏", "receiver": "王工", "temperature": "15"},
    )
    none = phone.post(reverse("nurse:carried_over"), {"giver": "李敏", "receiver": "王工"})
    over = phone.post(
        reverse("nurse:carried_over"),
        {"tubes": [cool.pk, plain.pk], "giver": "李敏", "receiver": "王工", "temperature": "4.5"}, follow=True,
    )  # fmt: skip
    half = phone.post(
        reverse("nurse:carried_in"), {f"weight-{bags[0].pk}": "0", "giver": "李敏", "receiver": "孙保管"}
    )  # fmt: skip
    both = phone.post(
        reverse("nurse:carried_in"),
        {**{f"weight-{row.pk}": "300" for row in bags}, "giver": "李敏", "receiver": "孙保管"}, follow=True,
    )  # fmt: skip

    assert warm.status_code == none.status_code == half.status_code == 422
    assert "请在说明中写明原因。" in text(warm)
    assert "请选择要交给检验科的标本。" in text(none)
    assert "已登记 2 管标本交给检验科。" in text(over)
    assert "重量请填写 1 到 50000 之间的整数（克）。（依据 002 五(七)1(1)）" in text(half)
    assert "已登记 2 袋（盒）医疗废物交回机构。" in text(both)
    assert "您手上没有标本和医疗废物" in text(phone.get(page))


def test_a_tube_that_broke_on_the_way_is_said_with_its_reason(t):
    row = tube(t, visit(t))
    phone = client(t, Role.NURSE)
    url = reverse("nurse:carried_lose", args=[row.pk])

    empty = phone.post(url, {"because": "", "reason": ""})
    done = phone.post(url, {"because": "broken", "reason": "途中破裂"})

    assert "请选择原因类别。（依据 000 五(十五)）" in text(empty)
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.status == SpecimenStatus.LOST


def test_another_nurse_carries_nothing_of_hers(t):
    row = tube(t, visit(t))
    other = persons.nurse(t.centre, name="陈洁", now=t.now)
    t.users["other"] = other.user
    phone = client(t, "other")

    assert row.label not in text(phone.get(reverse("nurse:carried")))
    assert phone.post(reverse("nurse:carried_lose", args=[row.pk]), {"because": "lost"}).status_code == 404
    phone.post(reverse("nurse:carried_over"), {"tubes": [row.pk], "giver": "陈洁", "receiver": "王工"})
    row.refresh_from_db()
    assert row.status == SpecimenStatus.COLLECTED
