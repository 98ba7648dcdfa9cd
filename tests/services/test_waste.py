"""A bag's way: sealed at the bedside, weighed into the centre's store, gone with the disposer within two days."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from clinical.models import VisitRecord
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from logistics import access, services
from logistics.doors import BAGS
from logistics.lifecycle import WASTE, WasteStatus
from logistics.models import WasteBag, WasteRemoval, WasteStep
from notifications.models import Message
from orders import services as orders
from orders.days import beginning
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_lifecycle_product import expected, tried
from tests.services.test_races import at_once, refusals
from tests.world import places, traces

pytestmark = pytest.mark.django_db(transaction=True)

CATHETER, VITALS = 9, 14
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MANIFEST = {
    "disposer": "市固体废物处置有限公司", "licence": "SH-YF-0012", "manifest": "LD-2026-0001", "batch": "20260305-1",
    "weight_g": 1200, "giver": "欧阳明月", "receiver": "处置单位 陈师傅",
}  # fmt: skip


@pytest.fixture
def t():
    town = world.town()
    town.users["head"] = places.post(town.centre, Role.CENTRE_ADMIN, now=town.now).user
    return town


@pytest.fixture
def visit(t):
    order = world.order(t, at=S.IN_SERVICE)
    t.there = order.arrived_at + 10 * MINUTE
    return order


def sealed(t, order, kind="infectious", *, by=Role.NURSE, now=None, **more):
    given = {"count": 1, **more}
    return services.seal(order_id=order.pk, kind=kind, by=t.actor(by), now=now or t.there, **given)


def stored(t, bag, *, by=Role.NURSE, now=None, **more):
    given = {"giver": "李敏", "receiver": "孙保管", "weight_g": 300, **more}
    return services.hand_in(bag_id=bag.pk, by=t.actor(by), now=now or t.there + 3 * HOUR, **given)


def removed(t, *bags, by=Role.CENTRE_ADMIN, now=None, **more):
    return services.remove_bags(
        centre=t.centre, bag_ids=[bag.pk for bag in bags], by=t.actor(by), now=now or t.there + DAY, **MANIFEST | more
    )


def record_of(order):
    return VisitRecord.objects.get(pk=order.visit_record_id)


def pass_time(moment):
    delivery.run_due(now=moment)
    delivery.sweep(older_than=timedelta(0))


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def fields_of(no):
    return {reason.field for reason in no.reasons}


@pytest.mark.clause("002 五(七)1(1)")
def test_a_bag_goes_from_the_bedside_through_the_store_to_the_disposer(t, visit):
    bag = stored(t, sealed(t, visit, number="A-01", weight_g=280))
    removal = removed(t, bag)

    bag.refresh_from_db()
    assert (bag.status, bag.removal) == (WasteStatus.REMOVED, removal)
    assert (bag.handed_by, bag.handed_to, bag.checked_g) == ("李敏", "孙保管", 300)
    assert bag.store_until == bag.handed_at + 2 * DAY
    assert (removal.handed_by, removal.taken_by, removal.manifest) == ("欧阳明月", "处置单位 陈师傅", "LD-2026-0001")
    assert list(WasteStep.objects.filter(bag=bag).order_by("pk").values_list("name", flat=True)) == [
        "seal", "hand_in", "remove",
    ]  # fmt: skip


@pytest.mark.clause("002 五(七)1(1)")
def test_a_visit_cannot_end_without_a_declaration(t, visit):
    assert "waste" in {one["field"] for one in record_of(visit).missing}
    with pytest.raises(Unmet):
        orders.finish(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    services.declare_none(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    assert record_of(visit).waste == "none"
    assert "waste" not in {one["field"] for one in record_of(visit).missing}


@pytest.mark.clause("002 五(七)1(1)")
def test_an_item_that_makes_waste_cannot_be_declared_to_have_made_none(t):
    visit = world.order(t, at=S.IN_SERVICE, numbers=(CATHETER,))
    services.declare_none(order_id=visit.pk, by=t.actor(Role.NURSE), now=visit.arrived_at + MINUTE)

    missing = [one for one in record_of(visit).missing if one["field"] == "waste"]
    assert [one["clause"] for one in missing] == ["002 五(七)1(1)"]


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        (["infectious"], "infectious"),
        (["sharps"], "sharps"),
        (["sharps", "infectious", "infectious"], "both"),
        (["drug"], "drug"),
        (["pathology"], "pathology"),
        (["drug", "infectious"], "several"),
    ],
)
def test_the_record_says_in_a_word_what_its_bags_say(t, visit, kinds, word):
    for kind in kinds:
        sealed(t, visit, kind)

    assert (record_of(visit).waste, record_of(visit).waste_bags) == (word, len(kinds))
    assert record_of(visit).get_waste_display() != word


@pytest.mark.clause("002 五(七)1(1)")
def test_sharps_go_into_a_box_whatever_is_asked(t, visit):
    assert sealed(t, visit, "sharps").container == "box"

    with pytest.raises(Invalid) as no:
        sealed(t, visit, "sharps", container="bag")
    assert fields_of(no.value) == {"container"}
    assert "利器盒" in no.value.sentence
    with pytest.raises(IntegrityError), transaction.atomic():
        WasteBag.objects.filter(kind="sharps").update(container="bag")


def test_bags_without_a_number_get_the_orders_and_a_running_one(t, visit):
    assert [sealed(t, visit).number for _ in range(2)] == [f"{visit.number}-1", f"{visit.number}-2"]

    outcomes = at_once(lambda: sealed(t, visit), lambda: sealed(t, visit))

    assert refusals(outcomes) == []
    assert {bag.number for bag in WasteBag.objects.all()} == {f"{visit.number}-{n}" for n in range(1, 5)}
    assert record_of(visit).waste_bags == 4


@pytest.mark.clause("002 五(七)1(1)")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "radioactive"}, "kind"),
        ({"count": None}, "count"),
        ({"count": 0}, "count"),
        ({"count": 201}, "count"),
        ({"weight_g": 0}, "weight_g"),
        ({"weight_g": 50_001}, "weight_g"),
        ({"number": "袋子一"}, "number"),
        ({"container": "bucket"}, "container"),
        ({"at": MINUTE}, "at"),
        ({"at": -3 * HOUR}, "at"),
    ],
)
def test_what_is_wrong_with_a_bag_is_said_beside_its_field_with_the_clause(t, visit, changed, field):
    if "at" in changed:
        changed = {"at": t.there + changed["at"]}

    with pytest.raises(Invalid) as no:
        sealed(t, visit, **changed)

    assert fields_of(no.value) == {field}
    assert all(reason.clause for reason in no.value.reasons)
    assert record_of(visit).waste == ""


def test_a_number_stands_for_one_bag_as_long_as_it_is_on_our_hands(t, visit):
    sealed(t, visit, number="A-01")

    with pytest.raises(Refused) as no:
        sealed(t, visit, number="A-01")

    assert fields_of(no.value) == {"number"}
    assert record_of(visit).waste_bags == 1


def test_none_and_a_bag_contradict_each_other(t, visit):
    bag = sealed(t, visit)
    with pytest.raises(Invalid) as no:
        services.declare_none(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)
    assert fields_of(no.value) == {"waste"}

    services.withdraw(bag_id=bag.pk, reason="登记错了", by=t.actor(Role.NURSE), now=t.there)
    assert record_of(visit).waste == ""
    services.declare_none(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    sealed(t, visit)
    assert record_of(visit).waste == "infectious"


def test_a_bag_is_not_withdrawn_once_the_visit_is_over(t, visit):
    bag = sealed(t, visit)
    world.complete_record(t, world.fresh(visit), t.there, closing=False)
    from clinical import services as clinical

    clinical.write_note(
        record_id=visit.visit_record_id, note="按计划完成", next_step="stop", by=t.actor(Role.NURSE), now=t.there
    )
    orders.finish(order_id=visit.pk, by=t.actor(Role.NURSE), now=t.there)

    with pytest.raises(NotNow):
        services.withdraw(bag_id=bag.pk, reason="登记错了", by=t.actor(Role.NURSE), now=t.there + MINUTE)
    assert record_of(visit).waste == "infectious"


def test_a_declaration_in_one_word_registers_its_bags_and_may_be_changed(t, visit):
    def declare(waste, bags=0):
        services.declare(order_id=visit.pk, waste=waste, bags=bags, by=t.actor(Role.NURSE), now=t.there)
        live = WasteBag.objects.filter(status=WasteStatus.DECLARED).order_by("kind")
        return record_of(visit).waste, list(live.values_list("kind", flat=True))

    assert declare("infectious", 2) == ("infectious", ["infectious", "infectious"])
    assert declare("both", 3) == ("both", ["infectious", "infectious", "sharps"])
    assert declare("both", 3) == ("both", ["infectious", "infectious", "sharps"])
    assert declare("sharps", 1) == ("sharps", ["sharps"])
    assert declare("none") == ("none", [])
    for waste, bags in (("both", 1), ("infectious", 0), ("infectious", 51)):
        with pytest.raises(Invalid) as no:
            declare(waste, bags)
        assert fields_of(no.value) == {"waste_bags"}
    with pytest.raises(Invalid):
        declare("several", 2)


def test_only_the_nurse_who_is_there_declares(t, visit):
    with pytest.raises(NotYours):
        sealed(t, visit, by=Role.CENTRE_ADMIN)
    with pytest.raises(Hidden):
        sealed(t, type("Nothing", (), {"pk": 0}))


@pytest.mark.clause("002 五(七)1(1)")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"giver": ""}, "giver"),
        ({"receiver": " "}, "receiver"),
        ({"receiver": "李敏"}, "receiver"),
        ({"weight_g": None}, "weight_g"),
        ({"weight_g": 0}, "weight_g"),
        ({"weight_g": 900}, "words"),
        ({"at": timedelta(hours=9)}, "at"),
    ],
)
def test_handing_in_asks_for_two_names_and_the_weight(t, visit, given, field):
    bag = sealed(t, visit, weight_g=300)
    if "at" in given:
        given = {"at": t.there + given["at"]}

    with pytest.raises(Invalid) as no:
        stored(t, bag, **given)

    assert fields_of(no.value) == {field}
    assert all(reason.clause for reason in no.value.reasons)
    bag.refresh_from_db()
    assert bag.status == WasteStatus.DECLARED


@pytest.mark.clause("002 五(七)1(1)")
def test_two_people_who_hand_in_the_same_bag_at_once_have_done_it_once(t, visit):
    bag = sealed(t, visit)

    outcomes = at_once(lambda: stored(t, bag), lambda: stored(t, bag, by=Role.DISPATCHER, receiver="赵保管"))

    assert len(refusals(outcomes)) == 1
    assert WasteStep.objects.filter(bag=bag, name="hand_in").count() == 1


@pytest.mark.clause("002 五(七)1(1)")
def test_a_bag_that_stays_in_the_car_is_told_to_the_nurse_and_then_to_the_desk_once(t, visit):
    bag = sealed(t, visit)
    next_day = beginning(t.there.astimezone().date() + DAY)

    pass_time(next_day + 15 * HOUR)
    assert told(t.users[Role.NURSE]).count("nurse.waste_reminded") == 0
    pass_time(next_day + 16 * HOUR)
    assert told(t.users[Role.NURSE]).count("nurse.waste_reminded") == 1
    assert "desk.waste_late" not in told(t.users[Role.DISPATCHER])
    pass_time(bag.hand_in_by)
    pass_time(bag.hand_in_by + DAY)

    assert bag.hand_in_by == next_day + DAY
    assert told(t.users[Role.DISPATCHER]).count("desk.waste_late") == 1
    assert told(t.users[Role.NURSE]).count("nurse.waste_late") == 1
    assert told(t.users[Role.NURSE]).count("nurse.waste_reminded") == 1


@pytest.mark.clause("002 五(七)1(1)")
def test_a_bag_that_stays_in_the_store_alarms_the_administrator_once(t, visit):
    bag = stored(t, sealed(t, visit))

    pass_time(bag.store_until - MINUTE)
    assert "centre.waste_stored" not in told(t.users["head"])
    at_once(lambda: delivery.run_due(now=bag.store_until), lambda: delivery.run_due(now=bag.store_until))
    pass_time(bag.store_until + DAY)

    assert told(t.users["head"]).count("centre.waste_stored") == 1
    assert traces.events().filter(action="logistics.waste_stored_long").count() == 1


def test_a_bag_handed_in_and_removed_in_time_is_no_news(t, visit):
    bag = stored(t, sealed(t, visit))
    removed(t, bag)

    pass_time(bag.store_until + DAY)

    assert "nurse.waste_reminded" not in told(t.users[Role.NURSE])
    assert "centre.waste_stored" not in told(t.users["head"])


def test_a_district_may_ask_for_less_than_two_days_and_never_for_more(t, visit):
    choice = {"district": t.district, "key": "waste.store_hours", "reason": "处置单位每天来", "by": places.SETUP}
    with pytest.raises(Refused):
        institutions.choose_setting(value=49, effective_on=t.now.date(), now=t.now, **choice)
    institutions.choose_setting(value=24, effective_on=t.now.date(), now=t.now, **choice)

    bag = stored(t, sealed(t, visit))

    assert bag.store_until == bag.handed_at + DAY


@pytest.mark.clause("002 五(七)1(1)")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"disposer": ""}, "disposer"),
        ({"licence": ""}, "licence"),
        ({"manifest": " "}, "manifest"),
        ({"batch": ""}, "batch"),
        ({"weight_g": None}, "weight_g"),
        ({"weight_g": 50_001}, "weight_g"),
        ({"giver": ""}, "giver"),
        ({"receiver": "欧阳明月"}, "receiver"),
        ({"at": 2 * DAY}, "at"),
    ],
)
def test_a_removal_names_the_disposer_the_manifest_the_weight_and_two_people(t, visit, changed, field):
    bag = stored(t, sealed(t, visit))
    if "at" in changed:
        changed = {"at": t.there + changed["at"]}

    with pytest.raises(Invalid) as no:
        removed(t, bag, **changed)

    assert fields_of(no.value) == {field}
    assert all(reason.clause for reason in no.value.reasons)
    assert not WasteRemoval.objects.exists()


def test_a_removal_takes_all_bags_or_none(t, visit):
    here, still_carried = stored(t, sealed(t, visit)), sealed(t, visit)

    with pytest.raises(NotNow):
        removed(t, here, still_carried)
    with pytest.raises(Invalid) as no:
        removed(t)
    assert fields_of(no.value) == {"bags"}

    assert not WasteRemoval.objects.exists()
    here.refresh_from_db()
    assert here.status == WasteStatus.HANDED_IN


def test_two_removals_of_the_same_bags_at_once_are_one(t, visit):
    bags = [stored(t, sealed(t, visit)) for _ in range(2)]

    outcomes = at_once(lambda: removed(t, *bags), lambda: removed(t, *bags, manifest="LD-2026-0002"))

    assert len(refusals(outcomes)) == 1
    assert WasteRemoval.objects.count() == 1


def test_one_manifest_is_used_once_also_when_two_press_at_once(t, visit):
    one, other = (stored(t, sealed(t, visit)) for _ in range(2))

    outcomes = at_once(lambda: removed(t, one), lambda: removed(t, other))

    assert [fields_of(no) for no in refusals(outcomes)] == [{"manifest"}]
    assert WasteRemoval.objects.count() == 1


def test_only_the_administrator_hands_to_the_disposer(t, visit):
    bag = stored(t, sealed(t, visit))

    for role in (Role.DISPATCHER, Role.NURSE, Role.SUPERVISOR):
        with pytest.raises(NotYours):
            removed(t, bag, by=role)
    with pytest.raises(Hidden):
        services.remove(bag_id=bag.pk, by=t.actor(Role.PROXY), now=t.there + DAY, **MANIFEST)


def test_a_lost_bag_is_said_to_be_lost_and_told(t, visit):
    bag = sealed(t, visit)
    admin = t.actor(Role.CENTRE_ADMIN)
    with pytest.raises(Invalid):
        services.lose_bag(bag_id=bag.pk, reason=" ", by=admin, now=t.there + DAY)

    services.lose_bag(bag_id=bag.pk, reason="交接途中遗失，已上报", by=admin, now=t.there + DAY)

    assert "desk.waste_lost" in told(t.users[Role.DISPATCHER])
    assert record_of(visit).waste == "infectious"


@pytest.mark.parametrize("broken", [{"status": "removed"}, {"status": "handed_in"}, {"count": None}, {"checked_g": 3}])
def test_the_database_holds_what_must_never_be_false(t, visit, broken):
    bag = sealed(t, visit)

    with pytest.raises(IntegrityError), transaction.atomic():
        WasteBag.objects.filter(pk=bag.pk).update(**broken)


def test_hats_and_sight_agree_for_everybody(t, visit):
    bag = sealed(t, visit)

    for actor in everybody(t):
        seen = access.bags_visible_to(actor).filter(pk=bag.pk).exists()
        assert seen == bool(access.hats(actor, bag)), (actor.name, actor.orgs)


@pytest.mark.parametrize("status", list(WasteStatus))
def test_bags_obey_their_table_for_every_role(t, visit, status):
    bag = walked(t, visit, status)

    for role in (Role.NURSE, Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.PROXY):
        by = t.actor(role)
        for step in WASTE.steps:
            if not step.creates:
                fresh = WasteBag.objects.get(pk=bag.pk)
                taken = tried(BAGS, fresh, step, by, t.now)
                assert taken in expected(BAGS, fresh, step, by), (role, step.name)


def walked(t, order, status):
    """One bag brought to a status by the shortest honest path."""
    bag = sealed(t, order)
    if status == WasteStatus.WITHDRAWN:
        return services.withdraw(bag_id=bag.pk, reason="登记错了", by=t.actor(Role.NURSE), now=t.there)
    if status == WasteStatus.LOST:
        return services.lose_bag(bag_id=bag.pk, reason="遗失", by=t.actor(Role.CENTRE_ADMIN), now=t.there)
    if status == WasteStatus.DECLARED:
        return bag
    bag = stored(t, bag)
    if status == WasteStatus.REMOVED:
        removed(t, bag)
    return bag
