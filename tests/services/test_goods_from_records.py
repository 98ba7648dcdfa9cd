"""What visit records said in a line before there were registers becomes rows, and nothing declared is forgotten."""

from importlib import import_module

import pytest
from django.apps import apps

from accounts.roles import Role
from clinical import services as clinical
from logistics import services
from logistics.models import Specimen, SpecimenStep, WasteBag, WasteStep
from orders.lifecycle import OrderStatus as S
from tests import world

pytestmark = pytest.mark.django_db

BLOOD = 11
forwards = import_module("logistics.migrations.0002_from_the_records").forwards


@pytest.fixture
def visits():
    """Two visits of two patients whose records were written in the old way, under one label."""
    t = world.town()
    first = world.order(t, at=S.IN_SERVICE, numbers=(BLOOD,))
    act = {"by": t.actor(Role.NURSE), "now": first.arrived_at}
    clinical.hand_over_specimen(record_id=first.visit_record_id, label="B-0001", handed_to="检验科", **act)
    clinical.declare_waste(record_id=first.visit_record_id, waste="both", bags=3, **act)
    return t, first, act


def test_a_line_of_a_record_becomes_a_tube_and_its_bags(visits):
    t, order, act = visits

    forwards(apps, None)

    tube = Specimen.objects.get()
    assert (tube.label, tube.destination, tube.status, tube.order) == ("B-0001", "检验科", "collected", order)
    assert sorted(WasteBag.objects.values_list("kind", "container", "number")) == [
        ("infectious", "bag", f"{order.number}-2"),
        ("infectious", "bag", f"{order.number}-3"),
        ("sharps", "box", f"{order.number}-1"),
    ]
    assert SpecimenStep.objects.count() == 1
    assert WasteStep.objects.count() == 3
    order.visit_record.refresh_from_db()
    assert (order.visit_record.specimen_label, order.visit_record.waste_bags) == ("B-0001", 3)


def test_what_was_carried_over_goes_on_like_any_other(visits):
    t, order, act = visits
    forwards(apps, None)
    names = {"giver": "李敏", "receiver": "王工"}

    tube = services.hand_over(specimen_id=Specimen.objects.get().pk, **names, **act)
    bag = services.hand_in(bag_id=WasteBag.objects.first().pk, weight_g=300, **names, **act)

    assert (tube.status, bag.status) == ("handed_over", "handed_in")
