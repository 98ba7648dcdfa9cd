"""``hats`` for one row and ``visible_to`` for the table never disagree, for every person and every status."""

import pytest

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from orders import access
from orders.lifecycle import OrderStatus, RequestStatus
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db


def everybody(t):
    """Everyone of the town, and their namesakes of another alliance and another district."""
    elsewhere = places.bare_centre(another_district(t), name="陆家嘴")
    roles = [Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN]
    strangers = [places.staff(elsewhere, role) for role in roles]
    strangers += [places.staff(elsewhere.parent, role) for role in (Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR)]
    return [t.actor(role) for role in t.users] + strangers + [persons.family(places.person("路人"))]


def another_district(t):
    return create_organisation(
        kind=Organization.Kind.COMMISSION, name="他区卫生健康委", short_name="他区", by=world.SETUP, now=t.now
    )


@pytest.mark.clause("004 五(三)")
@pytest.mark.parametrize("status", list(OrderStatus))
def test_order_twins_agree(status):
    t = world.town()
    order = world.order(t, at=status)

    for actor in everybody(t):
        row = access.Order.objects.select_related("nurse").get(pk=order.pk)
        seen = access.orders_visible_to(actor).filter(pk=order.pk).exists()
        assert seen == bool(access.order_hats(actor, row)), (actor.name, actor.orgs, status)


@pytest.mark.parametrize("status", list(RequestStatus))
def test_request_twins_agree(status):
    t = world.town()
    request = world.request(t, at=status, times=1)

    for actor in everybody(t):
        seen = access.requests_visible_to(actor).filter(pk=request.pk).exists()
        assert seen == bool(access.request_hats(actor, request)), (actor.name, actor.orgs, status)


def test_a_supervisor_of_another_district_sees_nothing():
    t = world.town()
    world.order(t, at=OrderStatus.ACCEPTED)

    strangers = [
        a for a in everybody(t) if a.orgs_as(Role.SUPERVISOR) and t.centre.pk not in a.orgs_as(Role.SUPERVISOR)
    ]

    assert len(strangers) == 1
    assert not access.orders_visible_to(strangers[0]).exists()
