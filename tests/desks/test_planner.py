"""The day's board in front of real verbs: who sees what, what it costs, what refuses, and what moves."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from kernel.refusals import Hidden, Refused, Stale, Unmet
from nurses import services as nurse_services
from orders import board, placing, services
from orders.companion import Companion
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import EligibilityAnswer, Order, OrderStep
from patients import services as patient_services
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def town():
    """A town as it stood at the last nine o'clock; its visits are wished for the day after."""
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.users[Role.DISPATCHER])
    return client


@pytest.fixture
def day(town):
    return timezone.localdate(town.now) + timedelta(days=1)


def another(town, name="王桂芳"):
    patient = persons.patient(by=world.SETUP, now=town.now, name=name)
    patient_services.add_proxy(
        patient_id=patient.pk, user=town.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
        expires_on=town.now.date() + timedelta(days=300), by=world.SETUP, now=town.now,
    )  # fmt: skip
    town.patient = patient


def seen(town, day, now=None):
    return board.day(actor=town.actor(Role.DISPATCHER), centre_id=town.centre.pk, day=day, now=now or town.now)


def url(name, day, *more):
    return reverse(f"dispatch:{name}", args=[day.isoformat(), *more])


# --- what stands on the board -----------------------------------------------------------------------------------------


def test_the_board_holds_shifts_visits_and_what_waits(town, day):
    seated = world.order(town, at=S.OFFERED)
    another(town)
    waiting = world.order(town, at=S.AWAITING_DISPATCH)
    another(town, "李国强")
    received = world.request(town, Q.RECEIVED)

    shown = seen(town, day)

    (row,) = shown.nurses
    assert [visit.number for visit in row.visits] == [seated.number]
    assert (row.load, row.cap) == (1, shown.settings["nurse.daily_cap"])
    assert len(row.nurse.shifts) == 1
    assert [order.number for _due, order in shown.orders] == [waiting.number]
    assert [request.number for _due, request in shown.requests] == [received.number]


def test_first_visits_stand_in_the_rows_of_the_doctors(town):
    planned = world.request(town, Q.ASSESSING)

    shown = seen(town, timezone.localdate(town.now))

    (row,) = shown.doctors
    assert row.doctor == town.users[Role.DOCTOR]
    assert [visit.request.number for visit in row.visits] == [planned.number]


def test_another_day_has_other_visits_and_nothing_that_is_not_wished_for_it(town, day):
    world.order(town, at=S.OFFERED)
    another(town)
    world.order(town, at=S.AWAITING_DISPATCH)

    shown = seen(town, day + timedelta(days=2))

    assert [row.visits for row in shown.nurses] == [()]
    assert shown.orders == ()


def test_what_should_have_been_sent_out_before_stays_on_todays_board(town, day):
    waiting = world.order(town, at=S.AWAITING_DISPATCH)
    later = town.now + timedelta(days=3)

    assert [order.number for _due, order in seen(town, timezone.localdate(later), now=later).orders] == [waiting.number]
    assert seen(town, timezone.localdate(later) + timedelta(days=1), now=later).orders == ()


def test_a_visit_that_is_over_stays_in_the_nurses_day_and_a_cancelled_one_does_not(town, day):
    done = world.order(town, at=S.COMPLETED)
    another(town)
    gone = world.order(town, at=S.AWAITING_DISPATCH)
    services.cancel(order_id=gone.pk, reason="住院了", by=town.actor(Role.PROXY), now=town.now)

    shown = seen(town, day)

    assert [visit.number for visit in shown.nurses[0].visits] == [done.number]
    assert shown.orders == ()


def test_what_is_due_first_stands_first_in_the_pool(town, day):
    late = world.order(town, at=S.AWAITING_DISPATCH)
    another(town)
    early = world.order(town, at=S.AWAITING_DISPATCH)
    Order.objects.filter(pk=early.pk).update(window_start=late.window_start - timedelta(hours=22))

    assert [order.number for _due, order in seen(town, day).orders] == [early.number, late.number]


def test_another_centres_board_is_not_there(town, day):
    world.order(town, at=S.OFFERED)
    elsewhere = places.bare_centre(town.district, name="花木")
    stranger = places.staff(elsewhere, Role.DISPATCHER)

    with pytest.raises(Hidden):
        board.day(actor=stranger, centre_id=town.centre.pk, day=day, now=town.now)
    assert board.day(actor=stranger, centre_id=elsewhere.pk, day=day, now=town.now).nurses == ()


def test_a_nurse_who_visits_for_another_centre_is_taken_and_nobody_is_named(town, day):
    order = world.order(town, at=S.OFFERED)
    elsewhere = places.bare_centre(town.district, name="花木")
    nurse_services.affiliate(
        nurse=town.nurse, organisation=elsewhere, kind="filed", starts_on=timezone.localdate(town.now),
        by=world.SETUP, now=town.now,
    )  # fmt: skip
    stranger = places.staff(elsewhere, Role.DISPATCHER)

    (row,) = board.day(actor=stranger, centre_id=elsewhere.pk, day=day, now=town.now).nurses

    assert row.visits == ()
    assert row.elsewhere == ((order.planned_start, order.planned_end),)


def test_a_visit_of_two_nurses_stands_in_both_rows(town, desk, day):
    row = world.order(town, at=S.ACCEPTED)
    second = persons.nurse(town.centre, name="何小曼", now=town.now)
    Companion.objects.create(
        order=row, centre=town.centre, patient=row.patient, nurse=second, lead=town.nurse, status="offered",
        status_since=town.now, accept_by=row.planned_start, starts_at=row.planned_start, ends_at=row.planned_end,
    )  # fmt: skip

    shown = seen(town, day)
    lanes = desk.get(url("planner_day", day)).context["board"]["lanes"]

    assert {row.nurse.nurse_id: row.company for row in shown.nurses} == {town.nurse.pk: (), second.pk: (row,)}
    blocks = {lane["name"]: [(b["company"], b["movable"]) for b in lane["blocks"]] for lane in lanes}
    assert blocks == {str(town.nurse.user): [("双人", True)], "何小曼": [("同行", False)]}


def test_a_board_of_thirty_rows_costs_as_many_queries_as_a_board_of_one(town, desk, day):
    def costs():
        spent = {}
        for address in (reverse("dispatch:planner"), url("planner_day", day)):
            with CaptureQueriesContext(connection) as asked:
                assert desk.get(address).status_code == 200
            spent[address] = len(asked)
        return spent

    world.order(town, at=S.OFFERED)
    another(town)
    world.order(town, at=S.AWAITING_DISPATCH)
    another(town)
    world.request(town, Q.RECEIVED)
    one = costs()
    for n in range(30):
        town.nurse = persons.nurse(town.centre, name=f"护士{n}", now=town.now, days=2)
        town.users[Role.NURSE] = town.nurse.user
        another(town, f"陈{n}")
        world.order(town, at=S.OFFERED if n % 2 else S.AWAITING_DISPATCH)
        places.post(town.centre, Role.DOCTOR, now=town.now)

    assert costs() == one


# --- the page ---------------------------------------------------------------------------------------------------------


def test_only_the_dispatcher_opens_the_board(town, day):
    for role in (Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN, Role.PROXY):
        client = Client()
        client.force_login(town.users[role])

        assert client.get(url("planner_day", day)).status_code == 403


def test_the_page_is_there_for_today_and_any_day_and_for_no_rubbish(desk, day):
    assert desk.get(reverse("dispatch:planner")).status_code == 200
    assert desk.get(reverse("dispatch:planner_day", args=["2026-10-01"])).status_code == 200
    assert "国庆节假期" in desk.get(reverse("dispatch:planner_day", args=["2026-10-01"])).content.decode()
    assert desk.get(reverse("dispatch:planner_day", args=["tomorrow"])).status_code == 404


def test_the_live_region_answers_alone(town, desk, day):
    row = world.order(town, at=S.OFFERED)

    text = desk.get(url("planner_day", day), headers=HTMX).content.decode()

    assert row.patient.name in text
    assert 'id="board"' in text
    assert "<html" not in text


def test_a_past_day_is_read_only(town, desk):
    yesterday = timezone.localdate() - timedelta(days=1)
    waiting = world.order(town, at=S.AWAITING_DISPATCH)

    text = desk.get(url("planner_day", yesterday)).content.decode()
    drawer = desk.get(url("planner_order", yesterday, waiting.number))

    assert "已经过去" in text
    assert "data-drag=" not in text
    assert drawer.context["offering"] is None


def test_the_drawer_shows_candidates_with_the_one_that_was_pointed_at_first(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    chosen = persons.nurse(town.centre, name="何小曼", now=town.now)
    barred = persons.nurse(town.centre, name="梅若兰", fails=["years"], now=town.now)
    start = f"{day.isoformat()}T13:45"

    page = desk.get(url("planner_order", day, row.number), {"start": start, "nurse": chosen.pk})
    refused = desk.get(url("planner_order", day, row.number), {"start": start, "nurse": barred.pk})

    assert page.context["offering"]["start_text"] == start
    assert [one["name"] for one in page.context["offering"]["may"]][0] == "何小曼"
    assert "梅若兰这个时间不能派" in refused.content.decode()


def test_opening_the_drawer_is_a_look_that_the_trace_keeps(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)

    desk.get(url("planner_order", day, row.number))

    assert Event.objects.filter(kind="look", object_type="orders.order", object_id=str(row.pk)).count() == 1


def test_an_offer_from_the_drawer_seats_the_nurse_at_that_quarter(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    start = timezone.localtime(row.window_start).replace(minute=15)
    given = {"nurse": town.nurse.pk, "planned_start": start.isoformat(), "version": row.version}

    answer = desk.post(url("planner_order_step", day, row.number, "offer"), given)

    assert answer.status_code == 302
    assert answer.url == url("planner_order", day, row.number)
    row = world.fresh(row)
    assert (row.status, row.nurse, row.planned_start) == (S.OFFERED, town.nurse, start)


def test_a_step_that_is_not_of_this_page_is_not_there(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)

    assert desk.post(url("planner_order_step", day, row.number, "cancel")).status_code == 404
    assert desk.post(url("planner_order_step", day, row.number, "rubbish")).status_code == 404


def test_the_first_visit_is_planned_and_planned_anew_on_the_same_board(town, desk, day):
    row = world.request(town, Q.RECEIVED)
    second = places.post(town.centre, Role.DOCTOR, now=town.now).user
    given = {"doctor": town.users[Role.DOCTOR].pk, "planned_start": f"{day.isoformat()}T10:15", "minutes": "45"}

    drawer = desk.get(url("planner_request", day, row.number), {"doctor": second.pk, "start": f"{day}T10:15"})
    assert drawer.context["form"].initial["doctor"] == second.pk
    assert desk.post(url("planner_request_step", day, row.number, "plan_assessment"), given).status_code == 302
    given["doctor"] = second.pk
    assert desk.post(url("planner_request_step", day, row.number, "replan"), given).status_code == 302

    planned = world.fresh(row).assessment
    assert planned.doctor == second
    assert timezone.localtime(planned.planned_start).strftime("%H:%M") == "10:15"
    assert [line.visits for line in seen(town, day).doctors if line.doctor == second] == [(planned,)]


def test_another_centres_visit_has_no_drawer_and_no_answer(town, day):
    order = world.order(town, at=S.AWAITING_DISPATCH)
    stranger = places.post(places.bare_centre(town.district, name="花木"), Role.DISPATCHER, now=town.now).user
    client = Client()
    client.force_login(stranger)

    assert client.get(url("planner_order", day, order.number)).status_code == 404
    assert client.get(url("planner_request", day, order.request.number)).status_code == 404
    assert client.get(url("planner_where", day, order.number)).status_code == 404


# --- where a visit may be put -----------------------------------------------------------------------------------------


def why_at(told, key, hour, minute=0):
    at = hour * 60 + minute
    return [sentence for begins, ends, sentence, _soft in told["rows"][key]["spans"] if begins <= at < ends]


def test_before_the_drop_each_row_says_what_refuses_and_when(town, desk, day):
    taken = world.order(town, at=S.OFFERED)
    another(town)
    row = world.order(town, at=S.AWAITING_DISPATCH)
    barred = persons.nurse(town.centre, name="梅若兰", fails=["years", "insurance"], now=town.now)
    hour = timezone.localtime(taken.planned_start).hour

    told = desk.get(url("planner_where", day, row.number)).json()

    assert told["refused"] == []
    assert told["minutes"] == row.minutes
    mine, hers = told["rows"][f"n{town.nurse.pk}"], told["rows"][f"n{barred.pk}"]
    assert mine["refused"] == []
    assert len(hers["refused"]) == 2
    assert "未满" in hers["refused"][0]
    assert why_at(told, f"n{town.nurse.pk}", 6) == ["这时不在班次内。"]
    assert "已有上门安排" in why_at(told, f"n{town.nurse.pk}", hour)[0]
    assert why_at(told, f"n{town.nurse.pk}", 14) == []
    assert row.patient.name not in str(told)


def test_every_quarter_that_the_answer_allows_is_one_that_the_offer_takes(town, day):
    another(town)
    world.order(town, at=S.OFFERED)
    another(town)
    row = world.order(town, at=S.AWAITING_DISPATCH)
    desk = town.actor(Role.DISPATCHER)
    (answer,) = placing.of_order(actor=desk, row=row, day=day, now=town.now).nurses
    start = timezone.localtime(row.window_start).replace(hour=7, minute=30)
    for n in range(16):
        at = start + timedelta(minutes=45 * n)
        refused = [span for span in answer.spans if span.starts_at <= at < span.ends_at]

        try:
            services.offer(
                order_id=row.pk, nurse_id=town.nurse.pk, planned_start=at, override="家属同意", by=desk, now=town.now
            )
        except Refused:
            assert refused, at
        else:
            assert not refused, at
            services.recall(order_id=row.pk, reason="试排", by=desk, now=town.now)


def test_leave_and_a_full_day_are_told_as_such(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    noon = timezone.localtime(row.window_start).replace(hour=12, minute=0)
    nurse_services.plan_leave(
        nurse_id=persons.nurse(town.centre, name="请假人", fails=["shift"], now=town.now).pk,
        organisation_id=town.centre.pk, starts_at=noon, ends_at=noon + timedelta(hours=3),
        by=world.SETUP, now=town.now,
    )  # fmt: skip

    told = desk.get(url("planner_where", day, row.number)).json()

    key = next(key for key in told["rows"] if why_at(told, key, 13) == ["这时正在请假。"])
    assert why_at(told, key, 16) == ["这时不在班次内。"]


def test_a_visit_that_has_begun_can_be_put_nowhere(town, desk, day):
    row = world.order(town, at=S.IN_SERVICE)

    told = desk.get(url("planner_where", day, row.number)).json()

    assert told["refused"] == ["这次上门「服务中」，不能再改派。"]


def test_an_unseen_document_bars_every_row(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    row.patient.identity_checks.filter(kind="original").delete()

    assert desk.get(url("planner_where", day, row.number)).json()["refused"] == [
        "还没有核对服务对象的证件原件，请在首诊或签署时核对并登记。"
    ]


def test_a_doctor_is_warned_of_another_first_visit_and_not_barred_by_it(town, desk):
    world.request(town, Q.ASSESSING)
    another(town)
    row = world.request(town, Q.RECEIVED)
    told = desk.get(url("planner_where", timezone.localdate(town.now), row.number)).json()

    spans = told["rows"][f"d{town.users[Role.DOCTOR].pk}"]["spans"]

    assert any(soft and "已有首诊安排" in sentence for _b, _e, sentence, soft in spans)
    assert all(soft or "过去" in sentence for _b, _e, sentence, soft in spans)


def test_where_costs_the_same_for_ten_nurses(town, desk, day):
    row = world.order(town, at=S.AWAITING_DISPATCH)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            desk.get(url("planner_where", day, row.number))
        return len(asked)

    one = cost()
    for n in range(9):
        persons.nurse(town.centre, name=f"护士{n}", now=town.now, days=2)

    assert cost() == one


# --- moving a visit ---------------------------------------------------------------------------------------------------


def test_a_visit_moves_to_another_nurse_in_one_act(town, desk, day):
    row = world.order(town, at=S.ACCEPTED)
    other = persons.nurse(town.centre, name="何小曼", now=town.now)
    start = row.planned_start + timedelta(hours=1)
    given = {"nurse": other.pk, "planned_start": start.isoformat(), "reason": "原护士临时开会", "version": row.version}

    assert desk.post(url("planner_order_step", day, row.number, "move"), given).status_code == 302

    row = world.fresh(row)
    assert (row.status, row.nurse, row.planned_start, row.accepted_at) == (S.OFFERED, other, start, None)
    taken = OrderStep.objects.filter(order=row).order_by("-pk").values_list("name", flat=True)[:2]
    assert list(taken) == ["offer", "recall"]


def test_a_visit_may_move_into_the_hour_that_it_itself_has_taken(town):
    row = world.order(town, at=S.OFFERED)

    moved = services.move(
        order_id=row.pk, nurse_id=town.nurse.pk, planned_start=row.planned_start + timedelta(minutes=15),
        reason="家属希望晚一刻钟", by=town.actor(Role.DISPATCHER), now=town.now,
    )  # fmt: skip

    assert moved.planned_start == row.planned_start + timedelta(minutes=15)


def test_a_move_that_is_refused_leaves_everything_as_it_was_and_stands_in_the_trace(town):
    row = world.order(town, at=S.ACCEPTED)
    barred = persons.nurse(town.centre, name="梅若兰", fails=["years"], now=town.now)
    steps = OrderStep.objects.filter(order=row).count()

    with pytest.raises(Unmet):
        services.move(
            order_id=row.pk, nurse_id=barred.pk, planned_start=row.planned_start, reason="换人",
            by=town.actor(Role.DISPATCHER), now=town.now,
        )  # fmt: skip

    left = world.fresh(row)
    assert (left.status, left.nurse, left.version) == (S.ACCEPTED, town.nurse, row.version)
    assert OrderStep.objects.filter(order=row).count() == steps
    no = Event.objects.filter(kind=Event.Kind.REFUSAL, object_id=str(row.pk)).latest("id")
    assert no.data["reasons"][0]["code"] == "nurse.years"
    assert EligibilityAnswer.objects.filter(order=row, nurse=barred, eligible=False).count() == 1


def test_a_move_needs_a_reason_the_right_version_and_the_right_desk(town):
    row = world.order(town, at=S.OFFERED)
    given = {"order_id": row.pk, "nurse_id": town.nurse.pk, "planned_start": row.planned_start, "now": town.now}
    stranger = places.staff(places.bare_centre(town.district, name="花木"), Role.DISPATCHER)

    with pytest.raises(Refused, match="原因"):
        services.move(reason=" ", by=town.actor(Role.DISPATCHER), **given)
    with pytest.raises(Stale):
        services.move(reason="换人", version=row.version - 1, by=town.actor(Role.DISPATCHER), **given)
    with pytest.raises(Hidden):
        services.move(reason="换人", by=stranger, **given)
    assert world.fresh(row).version == row.version


def test_a_move_that_is_sent_twice_is_done_once(town):
    row = world.order(town, at=S.OFFERED)
    other = persons.nurse(town.centre, name="何小曼", now=town.now)
    given = {
        "order_id": row.pk, "nurse_id": other.pk, "planned_start": row.planned_start, "reason": "换人",
        "receipt": uuid.uuid4(), "version": row.version, "by": town.actor(Role.DISPATCHER), "now": town.now,
    }  # fmt: skip

    first = services.move(**given)
    again = services.move(**given)

    assert again.version == first.version == row.version + 2


def test_a_refused_move_keeps_what_was_typed(town, desk, day):
    row = world.order(town, at=S.OFFERED)
    barred = persons.nurse(town.centre, name="梅若兰", fails=["years"], now=town.now)
    given = {"nurse": barred.pk, "planned_start": row.planned_start.isoformat(), "reason": "换一位有经验的护士"}

    answer = desk.post(url("planner_order_step", day, row.number, "move"), given, headers=HTMX)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "未满" in text
    assert "换一位有经验的护士" in text
    assert world.fresh(row).nurse == town.nurse


# --- the map ----------------------------------------------------------------------------------------------------------


def test_the_map_asks_nobody_until_a_source_of_tiles_is_configured(town, desk, day, settings):
    world.order(town, at=S.OFFERED)

    plain = desk.get(url("planner_day", day)).content.decode()
    settings.MAP_TILES_URL = "https://tiles.example.cn/{z}/{x}/{y}.png"
    settings.MAP_TILES_CREDIT = "审图号：GS（2026）0000 号"
    street = desk.get(url("planner_day", day)).content.decode()

    assert "当日地图" in plain
    assert "<image" not in plain
    assert 'href="https://tiles.example.cn/' in street
    assert "审图号" in street
