"""The chain of 002 五(六), by verbs alone."""

import pytest

from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import OrderStep
from tests import world
from tests.world import traces

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", list(S))
def test_an_order_can_be_walked_to_every_status(status):
    town = world.town()

    order = world.order(town, at=status)

    assert order.status == status


@pytest.mark.parametrize("status", list(Q))
def test_a_request_can_be_walked_to_every_status(status):
    town = world.town()

    request = world.request(town, at=status, times=1)

    assert request.status == status


@pytest.mark.clause("002 五(六)1", "002 五(六)2", "002 五(八)", "002 五(一)", "002 五(七)2(2)", "004 三(四)")
def test_every_act_of_the_chain_stands_in_the_trace_in_order():
    town = world.town()

    order = world.order(town, at=S.COMPLETED)

    acts = list(traces.events().filter(object_type="orders.order", object_id=str(order.pk)).order_by("id"))
    assert [a.action for a in acts] == [
        "orders.created",
        "orders.consented",
        "orders.offered",
        "orders.accepted",
        "orders.departed",
        "orders.checked_in",
        "orders.finished",
        "orders.confirmed",
    ]
    assert all(a.subject_id == str(town.patient.pk) and a.organisation_id == town.centre.pk for a in acts)
    assert [s.name for s in OrderStep.objects.filter(order=order).order_by("pk")][-1] == "confirm"
