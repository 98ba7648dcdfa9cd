"""An objection becomes a complaint, a stopped or overlong visit an incident: once each, closed by people."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from audit.models import Due, Outbox
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from orders import services as orders
from orders.lifecycle import OrderStatus
from safety import access, selectors, services
from safety.models import Complaint, Incident
from tests import world
from tests.services.test_notifications import deliver_all
from tests.world import places

pytestmark = pytest.mark.django_db


def test_an_objection_opens_a_complaint_and_its_settlement_closes_it():
    t = world.town()
    order = world.order(t, at=OrderStatus.DISPUTED)
    deliver_all()

    complaint = Complaint.objects.get()
    assert (complaint.order, complaint.patient, complaint.centre) == (order, t.patient, t.centre)
    assert (complaint.text, complaint.opened_by) == ("护士没有洗手", t.users[Role.PROXY])
    assert (complaint.status, complaint.closed_at) == ("open", None)

    later = order.status_since + timedelta(hours=3)
    orders.settle(order_id=order.pk, outcome="已上门致歉", completed=True, by=t.actor(Role.DISPATCHER), now=later)
    deliver_all()

    complaint.refresh_from_db()
    assert (complaint.status, complaint.answer, complaint.closed_at) == ("closed", "已上门致歉", later)
    assert complaint.closed_by == t.users[Role.DISPATCHER]


def test_a_settlement_delivered_first_still_ends_in_one_closed_complaint():
    t = world.town()
    order = world.order(t, at=OrderStatus.DISPUTED)
    later = order.status_since + timedelta(hours=3)
    orders.settle(order_id=order.pk, outcome="已致歉", completed=False, by=t.actor(Role.DISPATCHER), now=later)
    objected, settled = (
        Outbox.objects.get(event_type=f"orders.{name}", object_id=order.pk) for name in ("objected", "settled")
    )

    delivery.deliver(outbox_id=settled.pk)
    delivery.deliver(outbox_id=objected.pk)

    assert Complaint.objects.get().status == "closed"


@pytest.mark.parametrize("at", [OrderStatus.DISPUTED, OrderStatus.ABORTED])
def test_a_repeated_delivery_makes_one(at):
    t = world.town()
    world.order(t, at=at)
    deliver_all()
    Outbox.objects.filter(event_type__startswith="orders.").update(done_at=None)
    deliver_all()

    assert Complaint.objects.count() + Incident.objects.count() == 1


def test_an_aborted_visit_opens_an_incident_with_its_reason():
    t = world.town()
    order = world.order(t, at=OrderStatus.ABORTED)
    deliver_all()

    incident = Incident.objects.get()
    assert (incident.order, incident.kind, incident.text) == (order, "aborted", "服务对象突发不适")
    assert incident.opened_at == order.status_since


@pytest.mark.clause("002 五(八)")
def test_a_visit_that_does_not_end_opens_an_incident_once():
    t = world.town()
    order = world.order(t, at=OrderStatus.IN_SERVICE)
    due = Due.objects.get(kind="visit.overrun")

    delivery.run_due(now=due.due_at - timedelta(minutes=1))
    deliver_all()
    assert not Incident.objects.exists()
    delivery.run_due(now=due.due_at)
    delivery.run_due(now=due.due_at + timedelta(hours=1))
    deliver_all()

    incident = Incident.objects.get()
    assert (incident.order, incident.kind) == (order, "overrun")
    assert "10:" in incident.text


def test_an_incident_is_closed_by_its_centre_with_a_cause_once():
    t = world.town()
    order = world.order(t, at=OrderStatus.ABORTED)
    deliver_all()
    incident, later = Incident.objects.get(), order.status_since + timedelta(hours=1)
    close = {"incident_id": incident.pk, "now": later}
    admin, elsewhere = t.actor(Role.CENTRE_ADMIN), places.bare_centre(t.hospital, name="塘桥")

    with pytest.raises(Invalid):
        services.close_incident(cause=" ", by=admin, **close)
    with pytest.raises(NotYours):
        services.close_incident(cause="已核实", by=t.actor(Role.SUPERVISOR), **close)
    for stranger in (t.actor(Role.PROXY), places.staff(elsewhere, Role.CENTRE_ADMIN)):
        with pytest.raises(Hidden):
            services.close_incident(cause="已核实", by=stranger, **close)
    closed = services.close_incident(cause="服务对象血压升高，已转诊", by=admin, **close)
    with pytest.raises(NotNow):
        services.close_incident(cause="再次结案", by=admin, **close)

    assert (closed.closed_at, closed.closed_by) == (later, t.users[Role.CENTRE_ADMIN])
    assert list(selectors.open_incidents(actor=admin)) == []


def test_each_sees_what_is_theirs():
    t = world.town()
    world.order(t, at=OrderStatus.DISPUTED)
    world.order(t, at=OrderStatus.ABORTED)
    deliver_all()

    def sees(role):
        by = t.actor(role)
        return selectors.complaints(actor=by).count(), selectors.incidents(actor=by).count()

    for role in (*access.AT_THE_CENTRE, *access.OVERSEEING):
        assert sees(role) == (1, 1)
    assert sees(Role.PROXY) == (1, 0)
    assert sees(Role.NURSE) == (0, 0)
