"""A day's plan: what the engine is told, what it proposes, and that nothing holds before a person applies it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from audit.models import Due
from clinical.models import Prescription
from kernel.actors import system
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from nurses import services as nurse_services
from orders import daywork, services
from orders.doors import PLANS
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import PlanStatus as P
from orders.models import DayPlan, DayPlanLine, EligibilityAnswer, Order, PlanProgress
from orders.planning import validator
from orders.planning.plan import Budget
from orders.planning.plan import plan as search
from orders.services import companions, planner, plans
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

NOW = world.NOW
PICC = 9
TOMORROW = NOW.date() + timedelta(days=1)


@pytest.fixture
def t():
    return world.town(lon=121.5201, lat=31.2203)


def waiting(t, count, **changed):
    """Orders of so many patients, each a little further down the road, all waiting for a nurse tomorrow."""
    rows = [world.order(t, S.AWAITING_DISPATCH, **changed)]
    for number in range(1, count):
        door = world.neighbour(t, name=f"沈玉{'兰梅竹菊荷桂'[number % 6]}", lon=121.5201 + number / 500, lat=31.2203)
        rows.append(world.order(door, S.AWAITING_DISPATCH, **changed))
    return rows


def planned(t, **asked):
    """A plan, asked for at the desk and computed by the worker."""
    row = services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.DISPATCHER), now=NOW, **asked)
    planner.compute(row.pk, clock=lambda: NOW)
    return world.fresh(row)


def on_leave(t, nurse, begins, ends):
    """Leave tomorrow, in hours after nine o'clock."""
    tomorrow = NOW + timedelta(days=1)
    nurse_services.plan_leave(
        nurse_id=nurse.pk,
        organisation_id=t.centre.pk,
        starts_at=tomorrow + timedelta(hours=begins),
        ends_at=tomorrow + timedelta(hours=ends),
        by=t.actor(Role.CENTRE_ADMIN),
        now=NOW,
    )


def next_visit(t, opens):
    """Another visit of the patient's prescription, signed for and waiting."""
    done = Order.objects.get(patient=t.patient)
    return services.create(
        request=done.request,
        prescription=done.prescription,
        line_ids=list(done.prescription.lines.values_list("pk", flat=True)),
        window_start=opens,
        window_end=opens + timedelta(hours=3),
        by=t.actor(Role.DISPATCHER),
        now=NOW,
    )


def line(plan, order):
    return plan.lines.get(order=order)


def test_a_day_is_proposed_and_nothing_is_offered(t):
    rows = waiting(t, 3)

    plan = planned(t)

    assert plan.status == P.READY
    assert {line.kind for line in plan.lines.all()} == {"send"}
    assert plan.result["plan"]["served"] == 100
    assert plan.result["now"]["served"] == 0
    assert {world.fresh(row).status for row in rows} == {S.AWAITING_DISPATCH}
    starts = sorted((line.starts_at, line.ends_at) for line in plan.lines.all())
    assert all(b[0] - a[1] >= timedelta(minutes=20) for a, b in zip(starts, starts[1:], strict=False))


def test_what_is_applied_is_offered_by_the_one_door_and_judged_again(t):
    rows = waiting(t, 3)
    plan = planned(t)

    plan = services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW)

    assert plan.status == P.APPLIED
    assert {world.fresh(row).status for row in rows} == {S.OFFERED}
    assert {line.outcome for line in plan.lines.all()} == {"sent"}
    assert EligibilityAnswer.objects.filter(asked_at_step="offer", eligible=True).count() == 3
    for row in rows:
        assert world.fresh(row).planned_start == line(plan, row).starts_at
    said = traces.events().filter(action="orders.plan_applied").get()
    assert said.data["sent"] == 3


def test_some_lines_may_be_applied_and_the_others_wait(t):
    first, second = waiting(t, 2)
    plan = planned(t)

    plan = services.apply_plan(
        plan_id=plan.pk, lines=[line(plan, first).pk], by=t.actor(Role.DISPATCHER), now=NOW
    )  # fmt: skip

    assert plan.status == P.READY
    assert world.fresh(first).status == S.OFFERED
    assert world.fresh(second).status == S.AWAITING_DISPATCH
    with pytest.raises(Unmet, match="至少选择一行"):
        services.apply_plan(plan_id=plan.pk, lines=[line(plan, first).pk], by=t.actor(Role.DISPATCHER), now=NOW)
    assert services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW).status == P.APPLIED


def test_what_changed_since_is_refused_with_its_reason_and_the_rest_is_offered(t):
    first, second = waiting(t, 2)
    plan = planned(t)
    services.cancel(order_id=first.pk, reason="住院了", by=t.actor(Role.PROXY), now=NOW)

    plan = services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW)

    assert plan.status == P.APPLIED
    assert world.fresh(first).status == S.CANCELLED
    assert world.fresh(second).status == S.OFFERED
    assert line(plan, first).outcome == "refused"
    assert line(plan, first).refusals[0]["sentence"] == "这份订单刚被他人更新，请看过最新内容后再办理。"


def test_a_nurse_who_may_no_longer_be_sent_is_refused_with_the_clause_and_the_no_is_kept(t):
    (row,) = waiting(t, 1)
    plan = planned(t)
    on_leave(t, t.nurse, 0, 9)

    plan = services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW)

    assert world.fresh(row).status == S.AWAITING_DISPATCH
    assert [no["clause"] for no in line(plan, row).refusals] == ["000 五(十六)"]
    assert EligibilityAnswer.objects.filter(order=row, eligible=False).exists()
    assert traces.events().filter(action="orders.offered", kind="refusal").exists()


@pytest.mark.clause("000 二(一)")
def test_the_patients_own_nurse_is_proposed_where_the_day_allows_it(t):
    for name in ("郭丽", "钱小敏"):
        persons.nurse(t.centre, name=name)
    world.order(t, S.COMPLETED)
    plan_day = NOW.date() + timedelta(days=3)
    opens = NOW + timedelta(days=3)
    row = next_visit(t, opens)

    asked = services.ask_plan(centre_id=t.centre.pk, day=plan_day, by=t.actor(Role.DISPATCHER), now=NOW)
    planner.compute(asked.pk, clock=lambda: NOW)

    found = line(world.fresh(asked), row)
    assert (found.nurse, found.is_own) == (t.nurse, True)


@pytest.mark.clause("002 五(二)2", "004 三(四)")
def test_the_engine_is_told_the_same_rules_as_the_gate(t):
    barred = persons.nurse(t.centre, fails=["insurance"], name="钱小敏")
    declining = persons.nurse(t.centre, name="郭丽")
    (row,) = waiting(t, 1)
    start = NOW + timedelta(days=1, hours=1)
    services.offer(order_id=row.pk, nurse_id=declining.pk, planned_start=start, by=t.actor(Role.DISPATCHER), now=NOW)
    services.decline(order_id=row.pk, reason="当天有课", by=persons.family(declining.user), now=NOW)

    work = daywork.of_centre(t.centre, TOMORROW, NOW)

    (visit,) = work.problem.visits
    assert visit.eligible == {t.nurse.pk}
    assert barred.pk not in visit.eligible
    assert visit.windows == ((540, 720),)
    assert {nurse.id for nurse in work.problem.nurses} == {t.nurse.pk, barred.pk, declining.pk}
    assert work.problem.settings.least == 20


def test_what_is_promised_is_pinned_and_the_rest_is_planned_around_it(t):
    accepted = world.order(t, S.ACCEPTED)
    others = waiting(world.neighbour(t, lon=121.53, lat=31.221), 2)

    work = daywork.of_centre(t.centre, TOMORROW, NOW)
    proposal = search(work.problem, budget=Budget(rounds=200), seed=1)

    assert validator.breaches(work.problem, proposal) == []
    held = next(one for one in proposal.assignments if one.visit == accepted.pk)
    assert (held.nurse, held.start) == (t.nurse.pk, 600)
    assert {order.pk for _, order in daywork.changed(work, proposal)} == {row.pk for row in others}
    assert work.standing.figures.served == pytest.approx(100 / 3)


def test_leave_and_lunch_are_kept_free(t):
    on_leave(t, t.nurse, 5, 6)
    waiting(t, 1)

    (nurse,) = daywork.of_centre(t.centre, TOMORROW, NOW).problem.nurses

    assert nurse.shifts == ((480, 840), (900, 1080))
    assert [(rest.earliest, rest.latest, rest.minutes) for rest in nurse.breaks] == [(690, 780, 30)]
    assert nurse.max_visits == 8


def test_an_order_that_cannot_be_planned_says_why(t):
    over = world.order(t, S.AWAITING_DISPATCH)
    Prescription.objects.filter(pk=over.prescription_id).update(valid_until=NOW.date())
    t.nurse.certificates.update(expires_on=NOW.date())
    nobody = world.order(world.neighbour(t), S.AWAITING_DISPATCH, numbers=(PICC,))

    plan = planned(t)

    assert line(plan, over).sentence == "服务项目单已过期或停用，需要医生重新评估和开具。"
    assert line(plan, nobody).reason == "skill"
    assert "没有一位护士符合" in line(plan, nobody).sentence
    with pytest.raises(Unmet):
        services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW)


def test_the_day_is_read_with_the_same_number_of_queries_at_one_order_and_at_many(t):
    waiting(t, 1)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            daywork.of_centre(t.centre, TOMORROW, NOW)
        return len(seen)

    few = queries()
    waiting(world.neighbour(t), 5)
    persons.nurse(t.centre, name="郭丽")

    assert queries() == few


def test_when_a_nurse_falls_ill_only_her_visits_move(t):
    other = persons.nurse(t.centre, name="郭丽")
    hers, others = waiting(t, 2)
    start = NOW + timedelta(days=1, hours=1)
    desk = t.actor(Role.DISPATCHER)
    for row, nurse in ((hers, t.nurse), (others, other)):
        services.offer(order_id=row.pk, nurse_id=nurse.pk, planned_start=start, by=desk, now=NOW)
        services.accept(order_id=row.pk, by=persons.family(nurse.user), now=NOW)

    plan = planned(t, absent=[t.nurse.pk])

    (moved,) = plan.lines.all()
    assert (moved.order_id, moved.kind, moved.nurse_id, moved.was_nurse_id) == (hers.pk, "move", other.pk, t.nurse.pk)
    services.apply_plan(plan_id=plan.pk, by=desk, now=NOW)
    assert (world.fresh(hers).nurse, world.fresh(hers).status) == (other, S.OFFERED)
    assert world.fresh(others).status == S.ACCEPTED


def test_a_visit_that_cannot_be_moved_stays_where_it_is_and_says_so(t):
    hers = world.order(t, S.ACCEPTED)

    plan = planned(t, absent=[t.nurse.pk])

    assert line(plan, hers).kind == "unserved"
    assert line(plan, hers).was_nurse == t.nurse
    assert world.fresh(hers).status == S.ACCEPTED


def test_a_refused_move_leaves_the_visit_with_its_nurse(t):
    other = persons.nurse(t.centre, name="郭丽")
    hers = world.order(t, S.ACCEPTED)
    plan = planned(t, absent=[t.nurse.pk])
    on_leave(t, other, 0, 9)

    plan = services.apply_plan(plan_id=plan.pk, by=t.actor(Role.DISPATCHER), now=NOW)

    assert line(plan, hers).outcome == "refused"
    assert (world.fresh(hers).nurse, world.fresh(hers).status) == (t.nurse, S.ACCEPTED)


def test_a_late_nurse_keeps_what_she_can_still_reach(t):
    first = world.order(t, S.IN_SERVICE)
    clock = first.planned_start + timedelta(hours=1)

    work = daywork.of_centre(t.centre, TOMORROW, clock, late=[t.nurse.pk])

    (visit,) = work.problem.visits
    assert visit.pinned[0].nurse == t.nurse.pk
    assert visit.minutes > first.minutes
    assert t.nurse.pk in {nurse.id for nurse in work.problem.nurses}


def test_asking_again_throws_the_unsettled_proposal_away(t):
    waiting(t, 1)
    old = planned(t)

    new = planned(t)

    assert world.fresh(old).status == P.DISCARDED
    assert new.status == P.READY
    with pytest.raises(Refused):
        services.apply_plan(plan_id=old.pk, by=t.actor(Role.DISPATCHER), now=NOW)


def test_one_day_of_a_centre_is_computed_once_at_a_time(t):
    ask = {"centre_id": t.centre.pk, "day": TOMORROW, "by": t.actor(Role.DISPATCHER), "now": NOW}
    services.ask_plan(**ask)

    with pytest.raises(Refused, match="正在计算或等您确认"):
        services.ask_plan(**ask)
    with pytest.raises(IntegrityError), transaction.atomic():
        DayPlan.objects.create(
            centre=t.centre, day=TOMORROW, status=P.WAITING, status_since=NOW, asked_at=NOW, seconds=1
        )  # fmt: skip


def test_a_plan_belongs_to_the_desk_of_its_centre(t):
    waiting(t, 1)
    plan = planned(t)
    stranger = places.post(t.hospital, Role.REVIEWER).user

    for by in (persons.family(stranger), t.actor(Role.NURSE), t.actor(Role.PROXY)):
        with pytest.raises(Hidden):
            services.apply_plan(plan_id=plan.pk, by=by, now=NOW)
    with pytest.raises(Hidden):
        services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.NURSE), now=NOW)


@pytest.mark.parametrize("days", [-1, 32])
def test_yesterday_and_a_far_day_cannot_be_planned(t, days):
    day = NOW.date() + timedelta(days=days)

    with pytest.raises(Invalid, match="只能为今天起"):
        services.ask_plan(centre_id=t.centre.pk, day=day, by=t.actor(Role.DISPATCHER), now=NOW)


def test_a_repeated_request_asks_once(t):
    ask = {"centre_id": t.centre.pk, "day": TOMORROW, "by": t.actor(Role.DISPATCHER), "receipt": uuid4()}

    assert services.ask_plan(now=NOW, **ask) == services.ask_plan(now=NOW + timedelta(seconds=1), **ask)


# --- the worker -------------------------------------------------------------------------------------------------------


def test_two_workers_compute_a_plan_once(t):
    waiting(t, 1)
    plan = planned(t)

    with pytest.raises(NotNow):
        planner.compute(plan.pk, clock=lambda: NOW)

    assert plan.lines.count() == 1


def test_a_computation_that_went_silent_is_said_to_have_failed_and_has_changed_nothing(t):
    (row,) = waiting(t, 1)
    plan = services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.DISPATCHER), now=NOW)
    PLANS.take("begin", plan.pk, by=system("plan.compute"), now=NOW, change=planner._begin)
    PlanProgress.objects.filter(plan=plan).update(at=NOW)

    plans.look_after(plan_id=plan.pk, now=NOW + timedelta(seconds=10))
    assert world.fresh(plan).status == P.COMPUTING
    plans.look_after(plan_id=plan.pk, now=NOW + timedelta(seconds=25))

    assert world.fresh(plan).status == P.FAILED
    assert world.fresh(plan).outcome == "计算程序中途停止了。没有任何订单被改动，请重新计算。"
    assert world.fresh(row).status == S.AWAITING_DISPATCH
    assert not DayPlanLine.objects.exists()
    with pytest.raises(NotNow):
        plans.look_after(plan_id=plan.pk, now=NOW + timedelta(seconds=35))


def test_a_plan_that_no_worker_takes_is_called_for_again_and_then_given_up(t, django_capture_on_commit_callbacks):
    plan = services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.DISPATCHER), now=NOW)

    with django_capture_on_commit_callbacks() as calls:
        plans.look_after(plan_id=plan.pk, now=NOW + timedelta(seconds=10))
    assert calls
    assert Due.objects.filter(kind="plan.watch", done_at__isnull=True).count() == 2

    plans.look_after(plan_id=plan.pk, now=NOW + timedelta(minutes=4))
    assert world.fresh(plan).outcome.startswith("没有计算程序接手")


def test_an_engine_that_breaks_is_reported_and_changes_nothing(t, monkeypatch):
    waiting(t, 1)
    monkeypatch.setattr(planner, "_search", lambda *_: 1 / 0)

    plan = planned(t)

    assert (plan.status, plan.outcome[:9]) == (P.FAILED, "计算时出现了错误，")


def test_a_proposal_that_the_independent_judge_refuses_is_thrown_away(t, monkeypatch):
    waiting(t, 2)
    honest = planner._search

    def cheating(row, work, heart):
        found = honest(row, work, heart)
        return replace(found, assignments=tuple(replace(one, start=600) for one in found.assignments))

    monkeypatch.setattr(planner, "_search", cheating)

    plan = planned(t)

    assert plan.status == P.FAILED
    assert "独立核对" in plan.outcome
    assert Order.objects.filter(status=S.OFFERED).count() == 0


def test_a_plan_discarded_while_it_is_computed_is_not_written(t, monkeypatch):
    waiting(t, 1)
    honest = planner._search

    def slow(row, work, heart):
        services.discard_plan(plan_id=row.pk, by=t.actor(Role.DISPATCHER), now=NOW)
        return honest(row, work, heart)

    monkeypatch.setattr(planner, "_search", slow)

    with pytest.raises(NotNow):
        planned(t)
    assert not DayPlanLine.objects.exists()
    assert DayPlan.objects.get().status == P.DISCARDED


# --- nurses lent inside an alliance: a report -------------------------------------------------------------------------


@pytest.fixture
def neighbours(t):
    """Two centres of one alliance: here one patient and nobody who may go, there a nurse without work."""
    t.nurse.insurances.update(expires_on=NOW.date())
    there = places.offering_centre(t.hospital, t.edition, NOW, towns=(places.LUJIAZUI,), name="陆家嘴")
    persons.nurse(there, name="郭丽")
    waiting(t, 1)
    return there


def lent(t):
    row = services.ask_lending(alliance_id=t.hospital.pk, day=TOMORROW, by=t.actor(Role.SUPERVISOR), now=NOW)
    planner.compute(row.pk, clock=lambda: NOW)
    return world.fresh(row)


@pytest.mark.clause("002 三(二)")
def test_the_commission_sees_what_lending_would_serve_and_nothing_of_it_can_be_applied(t, neighbours):
    row = lent(t)

    assert row.status == P.READY
    assert (row.result["now"]["served"], row.result["plan"]["served"]) == (0, 100)
    here, there = sorted(row.result["centres"], key=lambda one: one["name"] != "潍坊")
    assert (here["unserved"], here["unserved_lent"], here["borrowed"]) == (1, 0, 1)
    assert there["lent_out"] == 1
    assert not row.lines.exists()
    assert Order.objects.get().status == S.AWAITING_DISPATCH
    for role in (Role.SUPERVISOR, Role.DISPATCHER):
        with pytest.raises(Refused):
            services.apply_plan(plan_id=row.pk, by=t.actor(role), now=NOW)


def test_the_commission_plans_no_centres_day_and_a_desk_asks_for_no_lending(t, neighbours):
    with pytest.raises(NotYours):
        services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.SUPERVISOR), now=NOW)
    with pytest.raises(NotYours):
        services.ask_lending(alliance_id=t.hospital.pk, day=TOMORROW, by=t.actor(Role.DISPATCHER), now=NOW)


# --- visits that need two ---------------------------------------------------------------------------------------------


def test_both_nurses_of_a_visit_are_planned_and_asked(t):
    other = persons.nurse(t.centre, name="郭丽")
    (row,) = waiting(t, 1)
    desk = t.actor(Role.DISPATCHER)
    companions.require_two(order_id=row.pk, reason="须两人搬动", by=desk, now=NOW)

    plan = planned(t)

    first, second = plan.lines.order_by("seat")
    assert {first.nurse, second.nurse} == {t.nurse, other}
    assert first.starts_at == second.starts_at
    services.apply_plan(plan_id=plan.pk, by=desk, now=NOW)
    assert world.fresh(row).nurse == first.nurse
    assert world.fresh(row).companions.get().nurse == second.nurse
    assert {one.outcome for one in plan.lines.all()} == {"sent"}


def test_the_second_nurse_is_not_asked_before_the_first(t):
    persons.nurse(t.centre, name="郭丽")
    (row,) = waiting(t, 1)
    desk = t.actor(Role.DISPATCHER)
    companions.require_two(order_id=row.pk, reason="须两人搬动", by=desk, now=NOW)
    plan = planned(t)

    services.apply_plan(plan_id=plan.pk, lines=[plan.lines.get(seat=1).pk], by=desk, now=NOW)

    assert plan.lines.get(seat=1).refusals[0]["sentence"] == "请先派出同一次上门的第一位护士。"
    assert not world.fresh(row).companions.exists()


def test_an_ill_companion_is_replaced_and_the_first_nurse_stays(t):
    others = [persons.nurse(t.centre, name=name) for name in ("郭丽", "钱小敏")]
    (row,) = waiting(t, 1)
    desk, start = t.actor(Role.DISPATCHER), NOW + timedelta(days=1, hours=1)
    companions.require_two(order_id=row.pk, reason="须两人搬动", by=desk, now=NOW)
    services.offer(order_id=row.pk, nurse_id=t.nurse.pk, planned_start=start, by=desk, now=NOW)
    companions.offer_companion(order_id=row.pk, nurse_id=others[0].pk, by=desk, now=NOW)

    plan = planned(t, absent=[others[0].pk])

    (moved,) = plan.lines.all()
    assert (moved.seat, moved.kind, moved.nurse, moved.was_nurse) == (1, "move", others[1], others[0])
    services.apply_plan(plan_id=plan.pk, by=desk, now=NOW)
    assert world.fresh(row).nurse == t.nurse
    live = world.fresh(row).companions.get(released_at__isnull=True)
    assert live.nurse == others[1]
