"""Random legal and illegal steps against real verbs: whatever is pressed, no promise is broken."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.roles import Role
from audit.models import Event
from clinical.models import PrescriptionLine
from kernel.refusals import Refused
from orders import services
from orders.lifecycle import ORDER, SEATED
from orders.lifecycle import OrderStatus as S
from orders.models import Order, OrderStep
from tests import world
from tests.world import persons
from tests.world.chain import complete_record, fresh

PEOPLE = [Role.PROXY, Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN, Role.SUPERVISOR]


class OneOrdersLife(RuleBasedStateMachine):
    """Several people press any button at any time on the orders of one prescription."""

    @initialize()
    def a_prescription_with_its_first_order(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.t = world.town()
        self.heard = None
        self.rival = persons.nurse(self.t.centre, name="陈洁")
        self.clock = self.t.now
        self.order = world.order(self.t, at=S.AWAITING_CONSENT, times=3)
        self.orders = [self.order.pk]

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def press(self, act):
        try:
            act()
        except Refused as no:
            self.heard = no

    @rule(who=st.sampled_from(PEOPLE), which=st.integers(0, 5))
    def sign(self, who, which):
        self.press(lambda: world.sign(self.t, self.pick(which), by=self.t.actor(who), now=self.clock))

    @rule(who=st.sampled_from(PEOPLE), which=st.integers(0, 5), rival=st.booleans(), hours=st.integers(-1, 9))
    def offer(self, who, which, rival, hours):
        nurse = self.rival if rival else self.t.nurse
        start = self.t.now + timedelta(days=1, hours=hours)
        self.press(
            lambda: services.offer(
                order_id=self.pick(which), nurse_id=nurse.pk, planned_start=start, override="已与家属商定",
                by=self.t.actor(who), now=self.clock,
            )
        )  # fmt: skip

    @rule(
        who=st.sampled_from(PEOPLE),
        which=st.integers(0, 5),
        name=st.sampled_from(["accept", "depart", "finish", "confirm"]),
        jump=st.integers(0, 30),
    )
    def plain_step(self, who, which, name, jump):
        verb = {
            "accept": services.accept,
            "depart": services.depart,
            "finish": services.finish,
            "confirm": services.confirm,
        }
        self.clock += timedelta(hours=jump)
        self.press(lambda: verb[name](order_id=self.pick(which), by=self.t.actor(who), now=self.clock))

    @rule(
        who=st.sampled_from(PEOPLE),
        which=st.integers(0, 5),
        name=st.sampled_from(["decline", "recall", "give_back", "object_to", "cancel", "abort"]),
    )
    def step_with_a_reason(self, who, which, name):
        verb = getattr(services, name)
        self.press(lambda: verb(order_id=self.pick(which), reason="临时有事", by=self.t.actor(who), now=self.clock))

    @rule(who=st.sampled_from(PEOPLE), which=st.integers(0, 5), two=st.booleans())
    def check_in(self, who, which, two):
        ids = ["name", "phone"] if two else ["name"]
        self.press(
            lambda: services.check_in(order_id=self.pick(which), identifiers=ids, by=self.t.actor(who), now=self.clock)
        )

    @rule(which=st.integers(0, 5))
    def chart(self, which):
        row = fresh(Order(pk=self.pick(which)))
        if row.visit_record_id and row.visit_record.closed_at is None:
            self.press(lambda: complete_record(self.t, row, self.clock))

    @rule(who=st.sampled_from(PEOPLE), which=st.integers(0, 5), good=st.booleans())
    def settle(self, who, which, good):
        self.press(
            lambda: services.settle(
                order_id=self.pick(which), outcome="已沟通", completed=good, by=self.t.actor(who), now=self.clock
            )
        )

    @rule(who=st.sampled_from(PEOPLE), which=st.integers(0, 5))
    def miss(self, who, which):
        self.press(
            lambda: services.miss(
                order_id=self.pick(which), failed_by="patient", reason="无人应答", by=self.t.actor(who), now=self.clock
            )
        )

    @rule(who=st.sampled_from(PEOPLE), day=st.integers(1, 5))
    def order_the_next_visit(self, who, day):
        request = self.order.request
        start = self.t.now + timedelta(days=day)

        def act():
            row = services.create(
                request=request,
                prescription=request.prescription,
                line_ids=[request.prescription.lines.get().pk],
                window_start=start,
                window_end=start + timedelta(hours=3),
                by=self.t.actor(who),
                now=self.clock,
            )
            self.orders.append(row.pk)

        self.press(act)

    def pick(self, which):
        return self.orders[which % len(self.orders)]

    @invariant()
    def no_promise_is_broken(self):
        if not hasattr(self, "orders"):
            return
        if self.heard:
            assert self.heard.sentence.endswith("。"), self.heard.sentence
            assert self.heard.code
        assert not PrescriptionLine.objects.filter(times_used__gt=F("times")).exists()
        seated = list(Order.objects.filter(status__in=SEATED).values_list("nurse", "planned_start", "planned_end"))
        for i, (nurse, start, end) in enumerate(seated):
            assert nurse is not None
            assert not any(n == nurse and s < end and start < e for n, s, e in seated[i + 1 :])
        for row in Order.objects.filter(pk__in=self.orders):
            steps = list(OrderStep.objects.filter(order=row).order_by("pk"))
            assert steps[-1].to_status == row.status
            assert row.version == len(steps)
            for before, after in zip(steps, steps[1:], strict=False):
                assert before.to_status == after.from_status
            for taken in steps:
                assert taken.to_status in ORDER[taken.name].targets
                assert taken.role in ORDER[taken.name].by
            acts = Event.objects.filter(kind="act", object_type="orders.order", object_id=str(row.pk))
            assert acts.filter(action__in={s.event for s in ORDER.steps}).count() == len(steps)
        used = sum(1 for pk in self.orders if not unserved(pk))
        assert PrescriptionLine.objects.get(prescription=self.order.prescription).times_used == used


def unserved(pk) -> bool:
    """A visit that never began gave its time back."""
    row = Order.objects.get(pk=pk)
    return row.status in {S.CANCELLED, S.NO_SHOW} or (row.status == S.ABORTED and row.arrived_at is None)


@pytest.mark.django_db
@pytest.mark.clause("002 五(六)2", "002 五(八)")
def test_no_sequence_of_presses_breaks_a_promise():
    run_state_machine_as_test(
        OneOrdersLife,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
