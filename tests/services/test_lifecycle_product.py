"""Real rows, real hats: every status × role × step is taken or refused as the table says, through the doors."""

import pytest
from django.db import transaction

from accounts.roles import Role
from kernel.refusals import Hidden, NotNow, NotYours, Refused
from orders import doors
from orders.lifecycle import OrderStatus, RequestStatus
from tests import world

pytestmark = pytest.mark.django_db

ROLES = [
    Role.PROXY,
    Role.DISPATCHER,
    Role.DOCTOR,
    Role.NURSE,
    Role.CENTRE_ADMIN,
    Role.REVIEWER,
    Role.SUPERVISOR,
    Role.QC_INSPECTOR,
    Role.AUDITOR,
]


def tried(door, row, step, by, now):
    """What the door says to one step, without leaving anything behind."""
    try:
        with transaction.atomic():
            door.take(step.name, row.pk, by=by, now=now, to=step.to)
            raise _Taken
    except _Taken:
        return "taken"
    except (Hidden, NotYours):
        return "not_yours"
    except NotNow:
        return "not_now"
    except Refused:
        return "unmet"
    except Exception as broken:  # the bare door lets a step through; a constraint may then ask for its facts
        if "violates" in str(broken):
            return "taken"
        raise


class _Taken(Exception):
    pass


def expected(door, row, step, by):
    hats = door.hats(by, row)
    if not hats & step.by:
        return {"not_yours"}
    if row.status not in step.from_:
        return {"not_now"}
    return {"taken", "unmet"} if step.needs else {"taken"}


@pytest.mark.parametrize("status", list(OrderStatus))
def test_orders_obey_their_table_for_every_role(status):
    town = world.town()
    order = world.order(town, at=status)

    for role in ROLES:
        by = town.actor(role)
        for step in doors.ORDERS.workflow.steps:
            if not step.creates:
                row = doors.ORDERS._locked(order.pk)
                assert tried(doors.ORDERS, row, step, by, town.now) in expected(doors.ORDERS, row, step, by), (
                    f"{role} {step.name} at {status}"
                )


@pytest.mark.parametrize("status", list(RequestStatus))
def test_requests_obey_their_table_for_every_role(status):
    town = world.town()
    request = world.request(town, at=status, times=1)

    for role in ROLES:
        by = town.actor(role)
        for step in doors.REQUESTS.workflow.steps:
            if not step.creates:
                row = doors.REQUESTS._locked(request.pk)
                assert tried(doors.REQUESTS, row, step, by, town.now) in expected(doors.REQUESTS, row, step, by), (
                    f"{role} {step.name} at {status}"
                )


def test_outside_the_own_world_a_row_is_not_there_at_all():
    town = world.town()
    order = world.order(town, at=OrderStatus.ACCEPTED)
    from tests.world import persons, places

    stranger = persons.family(places.person("路人"))

    with pytest.raises(Hidden):
        doors.ORDERS.take("cancel", order.pk, by=stranger, now=town.now)
