"""What changes in a table leaves an event, whoever changed it and however: captured below the code."""

import json
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Organization, User
from accounts.roles import Role
from audit import capture
from audit import services as audit
from audit.models import Event
from kernel.actors import system
from orders.lifecycle import OrderStatus
from orders.models import Order
from tests import world
from tests.world import traces

pytestmark = pytest.mark.django_db


def sql(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def tables_of_the_platform() -> set[str]:
    found = sql(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    return {name for (name,) in found}


@pytest.mark.clause("002 五(七)2(2)")
def test_every_table_without_a_trigger_has_a_reason():
    assert capture.unwatched_tables() == set(capture.UNWATCHED)
    assert set(capture.UNWATCHED) < tables_of_the_platform()
    assert all(len(reason) > 10 and reason.endswith("。") for reason in capture.UNWATCHED.values())


def test_every_trigger_fires_even_where_replication_roles_would_silence_it():
    modes = sql("SELECT DISTINCT tgenabled FROM pg_trigger WHERE tgname IN ('audit_row', 'audit_truncate')")

    assert modes == [("A",)]
    hung = sql("SELECT tgname, count(*) FROM pg_trigger WHERE tgname LIKE 'audit\\_%%' GROUP BY tgname ORDER BY tgname")
    watched = len(tables_of_the_platform() - set(capture.UNWATCHED))
    assert hung == [("audit_row", watched), ("audit_truncate", watched)]


@pytest.mark.clause("002 五(八)")
def test_the_rows_of_an_act_carry_its_number():
    t = world.town()
    order = world.order(t, at=OrderStatus.ACCEPTED)

    act = traces.events().get(action="orders.accepted")
    rows = traces.rows("orders.order", "orders.orderstep").filter(act_id=act.act_id)

    changed = rows.get(object_type="orders.order")
    assert (changed.action, changed.object_id, changed.xid) == ("update", str(order.pk), act.xid)
    assert changed.data["status"] == ["offered", "accepted"]
    step = rows.get(object_type="orders.orderstep")
    assert step.action == "insert"
    assert (step.data["from_status"], step.data["to_status"]) == ("offered", "accepted")
    assert (changed.actor_kind, changed.actor_id) == ("", "")  # the act says who


def test_raw_sql_leaves_events_that_name_the_database_account():
    t = world.town()
    order = world.order(t)

    sql("UPDATE orders_order SET version = version + 7 WHERE id = %s", order.pk)

    row = traces.rows("orders.order").last()
    assert (row.action, row.object_id, row.act_id) == ("update", str(order.pk), None)
    assert row.data == {"version": [order.version, order.version + 7]}
    account = sql("SELECT session_user::text")[0][0]
    assert (row.actor_kind, row.actor_id, row.db_user) == ("database", account, account)


def test_bulk_writes_leave_one_event_for_each_row():
    t = world.town()
    places = list(Organization.objects.filter(pk__in=[t.centre.pk, t.centre.parent_id]))
    for place in places:
        place.phone = "021-00000000"

    Organization.objects.bulk_update(places, ["phone"])
    Organization.objects.filter(pk=t.centre.pk).update(address="测试路 1 号")

    rows = traces.rows("accounts.organization").filter(action="update")
    assert [list(row.data) for row in rows] == [["phone"], ["phone"], ["address"]]
    assert {row.object_id for row in rows} == {str(place.pk) for place in places}


def test_a_write_that_changes_nothing_leaves_no_event():
    t = world.town()
    before = traces.rows("accounts.organization").count()

    Organization.objects.filter(pk=t.centre.pk).update(name=t.centre.name)

    assert traces.rows("accounts.organization").count() == before


def test_what_is_deleted_stays_in_the_trace():
    traces.begin()
    sql("INSERT INTO institutions_town (code, name, kind, lon, lat) VALUES ('T001', '测试镇', 'town', 1, 2)")

    sql("DELETE FROM institutions_town WHERE code = 'T001'")

    row = traces.rows("institutions.town").filter(action="delete").get()
    assert (row.object_id, row.data["name"], row.data["lat"]) == ("T001", "测试镇", 2)


def test_a_sealed_column_is_named_and_never_shown():
    t = world.town()
    order = world.order(t)
    patient = order.patient

    sql("UPDATE patients_patient SET phone_sealed = '\\x0102'::bytea WHERE id = %s", patient.pk)
    User.objects.filter(pk=t.users[Role.DISPATCHER].pk).update(password="plainly-visible")

    changed = traces.rows("patients.patient").last()
    assert changed.data == {"phone_sealed": "sealed"}
    registered = traces.rows("patients.patient").filter(action="insert", object_id=str(patient.pk)).get()
    assert registered.data["identity_sealed"] == "sealed"
    said = "".join(json.dumps(row.data) for row in traces.rows("accounts.user"))
    assert "plainly-visible" not in said


def test_a_long_value_stands_as_its_digest():
    t = world.town()
    text = "很长的简介。" * 60
    sql("UPDATE institutions_profile SET introduction = %s WHERE organisation_id = %s", text[:300], t.centre.pk)

    row = traces.rows("institutions.profile").last()

    digest = sql("SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", text[:300])[0][0]
    assert row.data["introduction"][1] == f"sha256:{digest}"


def test_an_act_within_an_act_gives_the_rest_back_to_the_one_around_it():
    t = world.town()
    place = t.centre
    by = system("test")
    with audit.recording("test.outer", target=place, by=by, now=t.now) as outer:
        Organization.objects.filter(pk=place.pk).update(phone="1")
        with audit.recording("test.inner", target=place, by=by, now=t.now) as inner:
            Organization.objects.filter(pk=place.pk).update(phone="2")
        Organization.objects.filter(pk=place.pk).update(phone="3")
    Organization.objects.filter(pk=place.pk).update(phone="4")

    rows = traces.rows("accounts.organization").filter(action="update")
    assert [(row.data["phone"][1], row.act_id) for row in rows] == [
        ("1", outer.act_id), ("2", inner.act_id), ("3", outer.act_id), ("4", None)
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_nothing():
    t = world.town()
    before = Event.objects.count()

    with transaction.atomic():
        Organization.objects.filter(pk=t.centre.pk).update(phone="1")
        transaction.set_rollback(True)

    assert Event.objects.count() == before
    assert sql("SELECT coalesce(current_setting('app.act', true), '')") == [("",)]


def test_emptying_a_table_leaves_an_event():
    traces.begin()
    with transaction.atomic():
        sql("TRUNCATE notifications_message CASCADE")

        assert traces.rows("notifications.message").get().action == "truncate"


def test_nobody_writes_the_database_s_own_kinds_of_event_by_hand():
    call = "SELECT audit.record(%s, 'x', 'ok', NULL, '', '', '', NULL, '', '', '', '', '', '', now(), '{}'::json)"
    for kind in ("row", "ddl"):
        with pytest.raises(Exception, match="does not write events of kind"), transaction.atomic():
            sql(call, kind)


def test_a_new_column_is_captured_after_the_next_migration_and_sealed_until_a_model_knows_it():
    traces.begin()
    t = world.town()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE accounts_organization ADD COLUMN nickname text NOT NULL DEFAULT ''")

    assert capture.refresh() == ["accounts_organization"]

    sql("UPDATE accounts_organization SET nickname = 'n' WHERE id = %s", t.centre.pk)
    assert traces.rows("accounts.organization").last().data == {"nickname": "sealed"}
    assert capture.refresh() == []


def test_migrating_again_changes_nothing(capsys):
    call_command("migrate", verbosity=1)

    assert "watched" not in capsys.readouterr().out


def test_the_numbers_of_acts_sort_by_time():
    first, second = audit._act_id(), audit._act_id()

    assert isinstance(first, uuid.UUID)
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert first.int >> 80 <= second.int >> 80


def test_an_order_s_rows_hold_no_visit_code():
    t = world.town()
    world.order(t, at=OrderStatus.COMPLETED)
    codes = {code for code in Order.objects.values_list("visit_code", flat=True) if code}

    assert codes
    said = "".join(json.dumps(row.data) for row in traces.rows("orders.order"))
    assert not any(f'"{code}"' in said for code in codes)
