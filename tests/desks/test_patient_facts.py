"""What becomes known of a person at the bedside or the desk is set down there, and bars a visit from then on."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from catalog import loading
from catalog import selectors as catalog
from catalog import services as catalog_services
from orders.lifecycle import RequestStatus as Q
from orders.models import Order
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import chain, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("004 三(三)")]

PLAGUE, VIOLENT = "甲类传染病", "有暴力或自伤行为"
SEEN = "上门时看到隔离通知"


@pytest.fixture
def t():
    made = offices.town()
    loading.load_negative_list(
        made.district, starts_on=timezone.localdate(made.now), by=made.actor(Role.SUPERVISOR), now=made.now
    )
    return made


def page_of(row, role=Role.DOCTOR):
    if role == Role.DOCTOR:
        return reverse("doctor:check", args=[row.assessment_id])
    return reverse("dispatch:request", args=[row.number])


def save_at(row, role=Role.DOCTOR):
    if role == Role.DOCTOR:
        return reverse("doctor:standing", args=[row.assessment_id])
    return reverse("dispatch:request_standing", args=[row.number])


def form(desk, row, role=Role.DOCTOR):
    """What the page's form would send if nothing were changed."""
    shown = desk.get(page_of(row, role)).context["standing"]
    return {"was": shown["was"], **shown["form"].initial, "reason": ""}


def tick(desk, row, *facts, role=Role.DOCTOR, **more):
    return desk.post(save_at(row, role), {**form(desk, row, role), "facts": facts, "reason": SEEN, **more})


def wanted(t):
    pk = t.item(world.chain.VITAL_SIGNS).pk
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    return {"item": [pk], f"times_{pk}": "2", f"frequency_{pk}": "weekly", "valid_until": until}


@pytest.mark.clause("004 三(二)")
def test_what_the_doctor_learns_at_the_bedside_bars_the_prescription(t):
    row = world.request(t, Q.ASSESSING)
    chain.assess(t, row)
    desk = client(t, Role.DOCTOR)

    done = tick(desk, row, PLAGUE)
    refused = desk.post(reverse("doctor:outcome_step", args=[row.assessment_id, "prescribe"]), wanted(t))

    assert done.url == page_of(row) + "#standing"
    assert world.fresh(t.patient).facts == [PLAGUE]
    assert refused.status_code == 422
    assert f"「{PLAGUE}」在负面清单内，不能上门办理" in text(refused)
    assert "004 三(三)" in text(refused)
    assert refused.context["items"] == []
    assert world.fresh(row).status == Q.ASSESSING
    assert not Order.objects.exists()


def test_once_the_fact_is_taken_back_the_items_may_be_prescribed_again(t):
    row = world.request(t, Q.ASSESSING)
    chain.assess(t, row)
    desk = client(t, Role.DOCTOR)
    tick(desk, row, PLAGUE)

    tick(desk, row, reason="化验结果出来，已经排除")
    done = desk.post(reverse("doctor:outcome_step", args=[row.assessment_id, "prescribe"]), wanted(t))

    assert world.fresh(t.patient).facts == []
    assert done.url == reverse("doctor:request", args=[row.number])


def test_what_the_family_tells_the_desk_on_the_telephone_bars_the_receipt(t):
    row = world.request(t, Q.SUBMITTED)
    desk = client(t, Role.DISPATCHER)

    done = tick(desk, row, VIOLENT, role=Role.DISPATCHER)
    page = desk.get(done.url)
    refused = desk.post(reverse("dispatch:request_step", args=[row.number, "receive"]), {"version": row.version})

    assert "护士还没有出发的上门会退回待派单，请联系家属后逐一办理" in text(page)
    assert refused.status_code == 422
    assert f"「{VIOLENT}」在负面清单内" in text(refused)
    assert "004 三(三)" in text(refused)


def test_the_boxes_are_the_districts_list_of_today_and_no_service_is_among_them(t):
    row = world.request(t, Q.ASSESSING)
    today = timezone.localdate()
    entries = catalog.negative_entries(t.district.pk, today)
    ended = next(one for one in entries if one.text == VIOLENT)
    catalog_services.end_negative_entry(
        entry_id=ended.pk, ends_on=today - timedelta(days=1), reason="调整", by=t.actor(Role.SUPERVISOR), now=t.now
    )

    shown = client(t, Role.DOCTOR).get(page_of(row)).context["standing"]["form"]

    listed = {one.text for one in entries if one.kind == "patient_fact"} - {VIOLENT}
    assert {value for value, _ in shown.fields["facts"].choices} == listed
    assert PLAGUE in listed
    assert "静脉输液" not in listed


def test_what_was_set_down_under_an_older_list_is_kept_until_somebody_takes_it_back(t):
    row = world.request(t, Q.ASSESSING)
    desk = client(t, Role.DOCTOR)
    tick(desk, row, VIOLENT)
    today = timezone.localdate()
    ended = next(one for one in catalog.negative_entries(t.district.pk, today) if one.text == VIOLENT)
    catalog_services.end_negative_entry(
        entry_id=ended.pk, ends_on=today - timedelta(days=1), reason="调整", by=t.actor(Role.SUPERVISOR), now=t.now
    )

    page = text(desk.get(page_of(row)))
    tick(desk, row, VIOLENT, PLAGUE)
    both = world.fresh(t.patient).facts
    tick(desk, row, PLAGUE)

    assert f"{VIOLENT}（以前登记的）" in page
    assert both == sorted([VIOLENT, PLAGUE])
    assert world.fresh(t.patient).facts == [PLAGUE]


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.DISPATCHER])
def test_without_how_it_became_known_nothing_is_saved_and_what_was_ticked_stays(t, role):
    row = world.request(t, Q.ASSESSING)
    desk = client(t, role)

    silent = tick(desk, row, PLAGUE, role=role, reason=" ", home_bed="yes")
    forged = tick(desk, row, "喜欢吃甜食", role=role)
    same = tick(desk, row, role=role)
    blind = tick(desk, row, PLAGUE, role=role, was="没有")

    assert [one.status_code for one in (silent, forged, same, blind)] == [422] * 4
    bound = silent.context["standing"]["form"]
    assert bound.errors["reason"] == ["请写明怎样得知，不超过 200 个字。（依据 004 三(三)）"]
    assert (bound["facts"].value(), bound["home_bed"].value()) == ([PLAGUE], "yes")
    assert "请写明怎样得知" in text(silent)
    assert "facts" in forged.context["standing"]["form"].errors
    assert "没有改动，不需要保存。" in text(same)
    assert "请重新打开页面后再填写" in text(blind)
    assert world.fresh(t.patient).facts == []
    assert not traces.acts("patients.corrected")


def test_two_screens_do_not_undo_each_other(t):
    row = world.request(t, Q.ASSESSING)
    bedside, office = client(t, Role.DOCTOR), client(t, Role.DISPATCHER)
    opened = form(office, row, Role.DISPATCHER)
    tick(bedside, row, PLAGUE)

    late = office.post(save_at(row, Role.DISPATCHER), {**opened, "facts": [VIOLENT], "reason": "家属电话说明"})

    assert late.status_code == 422
    assert "您打开页面以后，有人更新了这位服务对象的情况" in text(late)
    assert late.context["standing"]["form"]["facts"].value() == [VIOLENT]
    assert late.context["standing"]["facts"] == [PLAGUE]
    assert world.fresh(t.patient).facts == [PLAGUE]


@pytest.mark.clause("002 五(四)", "002 五(八)")
@pytest.mark.parametrize("role", [Role.DOCTOR, Role.DISPATCHER])
def test_the_family_doctor_and_the_bed_at_home_are_set_down_and_who_did_it_stands_in_the_trace(t, role):
    row = world.request(t, Q.ASSESSING)

    done = tick(client(t, role), row, role=role, family_doctor_contract="yes", home_bed="no")

    assert done.status_code == 302
    patient = world.fresh(t.patient)
    assert (patient.family_doctor_contract, patient.home_bed) == (True, False)
    event = traces.act("patients.corrected")
    assert (event.actor_id, event.role, event.organisation_id) == (str(t.users[role].pk), role, t.centre.pk)
    assert (event.subject_id, event.reason) == (str(t.patient.pk), SEEN)
    assert event.data == {"fields": ["family_doctor_contract", "home_bed"]}


def test_nobody_else_sets_anything_down(t):
    row = world.request(t, Q.ASSESSING)
    given = {**form(client(t, Role.DOCTOR), row), "facts": [PLAGUE], "reason": SEEN}
    elsewhere = places.offering_centre(t.hospital, t.edition, t.now, name="塘桥")
    strangers = {role: places.post(elsewhere, role, now=t.now).user for role in (Role.DOCTOR, Role.DISPATCHER)}
    colleague = places.post(t.centre, Role.DOCTOR, now=t.now).user

    for role, stranger in strangers.items():
        t.users["stranger"] = stranger
        assert client(t, "stranger").post(save_at(row, role), given).status_code == 404
    t.users["colleague"] = colleague
    assert client(t, "colleague").post(save_at(row), given).status_code == 403
    for role in (Role.NURSE, Role.PROXY, Role.CENTRE_ADMIN, Role.SUPERVISOR):
        assert {client(t, role).post(save_at(row, desk), given).status_code for desk in strangers} == {403}
    assert world.fresh(t.patient).facts == []


def test_a_request_that_is_over_changes_nothing_any_more(t):
    row = world.request(t, Q.ASSESSING)
    desk = client(t, Role.DISPATCHER)
    opened = form(desk, row, Role.DISPATCHER)
    desk.post(reverse("dispatch:request_step", args=[row.number, "decline"]), {"reason": "不在服务范围内。"})

    late = desk.post(save_at(row, Role.DISPATCHER), {**opened, "facts": [PLAGUE], "reason": SEEN})

    assert late.status_code == 422
    assert "这份申请已经结束" in text(late)
    assert late.context["standing"] is None
    assert world.fresh(t.patient).facts == []


def test_what_is_known_stands_beside_the_patient_on_every_page_of_the_assessment(t):
    row = world.request(t, Q.ASSESSING)
    desk = client(t, Role.DOCTOR)
    before = text(desk.get(reverse("doctor:assess", args=[row.assessment_id])))

    tick(desk, row, PLAGUE)

    assert PLAGUE not in before
    assert PLAGUE in text(desk.get(reverse("doctor:assess", args=[row.assessment_id])))


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.DISPATCHER])
def test_a_long_list_costs_no_more_queries_than_a_short_one(t, role):
    row = world.request(t, Q.ASSESSING)
    desk = client(t, role)
    short = count(desk, page_of(row, role))
    for n in range(10):
        catalog_services.add_negative_entry(
            district=t.district, kind="patient_fact", text=f"情况{n}", reason="居家条件不能保证安全", advice="请就医",
            starts_on=timezone.localdate(t.now), by=t.actor(Role.SUPERVISOR), now=t.now,
        )  # fmt: skip

    assert count(desk, page_of(row, role)) == short
