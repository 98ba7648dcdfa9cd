"""The hardening itself: it grows out of an older set-up, repeats, opens and closes; and what is taken away shows."""

from datetime import timedelta

import pytest
from django.core import checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client, override_settings
from django.utils import timezone

from audit import capture, delivery, hardening, roles, tasks
from audit.models import Event
from orders.lifecycle import OrderStatus
from orders.models import Order
from tests import world


def ask(question, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(question, arguments)
        return cursor.fetchall()


def do(command):
    with connection.cursor() as cursor:
        cursor.execute(command)


def gaps(server, role="app"):
    with server.django(role):
        return hardening.problems()


# --- in force -------------------------------------------------------------------------------------------------------


def test_what_one_account_owned_is_taken_apart(hardened):
    with hardened.django("auditor"):
        (owned,) = ask("SELECT count(*) FROM pg_class WHERE relowner IN ('app'::regrole, 'sealer'::regrole)")[0]
        owners = dict(ask("SELECT nspname::text, nspowner::regrole::text FROM pg_namespace"))
        databases = dict(ask("SELECT datname::text, datdba::regrole::text FROM pg_database"))

    assert owned == 0
    assert (owners["audit"], owners["public"]) == ("audit_owner", "migrator")
    # A database of the same old account beside this one is not taken along.
    assert (databases["app"], databases["neighbour"]) == ("audit_owner", "app")


@pytest.mark.parametrize("role", ["app", "migrator", "sealer", "auditor", "postgres"])
def test_every_account_sees_that_nothing_is_missing(hardened, role):
    assert gaps(hardened, role) == []


def test_a_second_run_changes_nothing_and_writes_nothing(hardened):
    with hardened.django("app"):
        before = hardening.manifest(), Event.objects.count()
    hardened.manage("audit_harden")
    with hardened.django("app"):
        after = hardening.manifest(), Event.objects.count()

    assert before == after


@pytest.mark.clause("002 五(七)2(2)")
def test_the_platform_works_without_owning_anything(hardened):
    with hardened.django("app"):
        order = world.order(world.town(), at=OrderStatus.COMPLETED)
        acts = list(Event.objects.filter(kind="act", object_type="orders.order", object_id=str(order.pk)))
        rows = list(Event.objects.filter(kind="row", object_type="orders.order", object_id=str(order.pk)))
        status = Order.objects.get(pk=order.pk).status

    assert status == OrderStatus.COMPLETED
    assert {"orders.accepted", "orders.confirmed"} <= {act.action for act in acts}
    assert {row.act_id for row in rows} <= {act.act_id for act in acts}
    assert len(rows) >= len(acts) - 2
    assert {event.db_user for event in (*acts, *rows)} == {"app"}


def test_the_coming_months_are_made_by_the_platform_and_as_well_guarded(hardened):
    with hardened.django("app"), transaction.atomic():
        before = len(ask("SELECT * FROM pg_inherits WHERE inhparent = 'audit.event'::regclass"))
        delivery.make_partitions_ahead(months=9)
        after = len(ask("SELECT * FROM pg_inherits WHERE inhparent = 'audit.event'::regclass"))
        noted = Event.objects.filter(kind="ddl", action="create table").order_by("-id").first()
        told = hardening.problems()
        transaction.set_rollback(True)

    assert after == before + 6
    assert noted.db_user == "app"
    assert noted.object_id.startswith("audit.event_2027")
    assert told == []


def test_the_sealer_may_do_its_work_and_no_other(hardened):
    with hardened.django("sealer"), transaction.atomic():
        do("INSERT INTO audit.tile (era, level, start, hashes) VALUES (1, 0, 1, decode(repeat('01', 32), 'hex'))")
        do("UPDATE audit_publication SET n = 1")
        transaction.set_rollback(True)
    with hardened.django("sealer"), pytest.raises(ProgrammingError, match="permission denied"):
        do("SELECT * FROM patients_patient")


def test_the_auditor_reads_the_trace_and_nothing_else(hardened):
    with hardened.django("auditor"):
        assert Event.objects.exists()
        for table in ("patients_patient", "accounts_user", "django_session"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                do(f"SELECT * FROM public.{table}")


def test_a_fresh_database_comes_to_the_same(hardened):
    hardened.administer("CREATE DATABASE fresh")
    try:
        hardened.manage("audit_harden", database="fresh", is_open=True)
        hardened.manage("migrate", role="migrator", database="fresh", verbosity=0, interactive=False)
        hardened.manage("audit_harden", database="fresh")

        with hardened.django("app", "fresh"):
            assert hardening.problems() == []
            fresh = hardening.facts()
        with hardened.django("app"):
            known = hardening.facts()
        assert sorted(set(fresh.lines) ^ set(known.lines)) == []
    finally:
        hardened.administer("DROP DATABASE fresh")


# --- open for a deployment ------------------------------------------------------------------------------------------


@pytest.fixture
def opened(hardened):
    hardened.manage("audit_harden", is_open=True)
    yield hardened
    hardened.manage("audit_harden")


CHANGE = "ALTER TABLE audit.head ADD COLUMN later int"


def test_open_lets_migrations_change_the_trace_s_schema_and_says_so(opened):
    with opened.django("migrator"), transaction.atomic():
        do(CHANGE)
        noted = Event.objects.order_by("-id").first()
        transaction.set_rollback(True)

    assert (noted.kind, noted.action, noted.object_id, noted.db_user) == (
        "ddl",
        "alter table",
        "audit.head",
        "migrator",
    )
    assert any("「migrator」是「audit_owner」的成员" in gap for gap in gaps(opened))
    opened.manage("audit_harden")
    with opened.django("app"):
        runs = Event.objects.filter(object_type="hardening").order_by("-id").values_list("action", "db_user")

        assert list(runs[:2]) == [("audit.hardened", "postgres"), ("audit.opened", "postgres")]


def test_closed_again_nobody_can(hardened):
    with hardened.django("migrator"), pytest.raises(ProgrammingError, match="must be owner"):
        do(CHANGE)


def test_a_new_table_of_a_migration_is_at_once_for_the_platform_and_soon_watched(hardened):
    with hardened.django("migrator"):
        do("CREATE TABLE public.brand_new (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)")
    try:
        with hardened.django("app"):
            do("INSERT INTO public.brand_new DEFAULT VALUES")
            assert hardening.problems() == ["表「public.brand_new」不在留痕清单里。"]
    finally:
        with hardened.django("migrator"):
            do("DROP TABLE public.brand_new")


def test_without_an_administrator_s_address_the_command_says_what_it_needs():
    with override_settings(ADMIN_DATABASE_URL=""), pytest.raises(CommandError, match="请设置 ADMIN_DATABASE_URL"):
        call_command("audit_harden")


def test_an_account_without_power_cannot_harden(hardened):
    powerless = override_settings(ADMIN_DATABASE_URL=hardened.url("migrator"))
    with powerless, hardened.django("app"), pytest.raises(CommandError, match="超级用户"):
        call_command("audit_harden")


# --- what is taken away shows ---------------------------------------------------------------------------------------

# By the owner of the tables: each is his right, each leaves an event, and each is told.
BY_MIGRATOR = {
    "a trigger disabled": (
        "ALTER TABLE orders_order DISABLE TRIGGER audit_row",
        "alter table",
        "表「public.orders_order」的触发器「audit_row」被停用或改动。",
    ),
    "a trigger that no longer fires always": (
        "ALTER TABLE orders_order ENABLE TRIGGER audit_row",
        "alter table",
        "表「public.orders_order」的触发器「audit_row」被停用或改动。",
    ),
    "a trigger dropped": (
        "DROP TRIGGER audit_truncate ON orders_order",
        "drop trigger",
        "表「public.orders_order」缺少触发器「audit_truncate」。",
    ),
    "a trigger with a condition": (
        "CREATE OR REPLACE TRIGGER audit_row AFTER UPDATE ON orders_order FOR EACH ROW WHEN (false)"
        " EXECUTE FUNCTION audit.row_orders_order()",
        "create trigger",
        "表「public.orders_order」的触发器「audit_row」被停用或改动。",
    ),
    "a trigger before it": (
        "CREATE TRIGGER a BEFORE UPDATE ON orders_order FOR EACH ROW EXECUTE FUNCTION"
        " suppress_redundant_updates_trigger()",
        "create trigger",
        "表「public.orders_order」多出触发器「a」。",
    ),
    "a rule": (
        "CREATE RULE q AS ON UPDATE TO orders_order DO INSTEAD NOTHING",
        "create rule",
        "「public.orders_order」上有改写规则，命令可能到不了表。",
    ),
    "row security": (
        "ALTER TABLE orders_order ENABLE ROW LEVEL SECURITY",
        "alter table",
        "「public.orders_order」启用了行级安全，可能有行被藏起。",
    ),
    "a policy": (
        "CREATE POLICY q ON orders_order USING (false)",
        "create policy",
        "「public.orders_order」上有行级安全策略。",
    ),
    "a child table elsewhere": (
        "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.child () INHERITS (public.orders_order)",
        "create table",
        "「public.orders_order」有继承表「elsewhere.child」，其中的行没有触发器。",
    ),
    "everything sealed": (
        "SELECT audit.capture('public.orders_order', 'orders.order', 'id', ARRAY['status', 'nurse_id'])",
        "create function",
        "留痕函数「audit.row_orders_order()」在加固之后被改动。",
    ),
    "a table put aside": (
        "ALTER TABLE orders_rating RENAME TO old_rating",
        "alter table",
        "表「public.orders_rating」不存在，或者已被换成别的东西。",
    ),
    "rights given away": (
        "GRANT TRUNCATE ON orders_order TO app",
        "grant",
        "数据库账号「app」对「public.orders_order」的权限是「DELETE,INSERT,SELECT,TRUNCATE,UPDATE」，"
        "应当是「DELETE,INSERT,SELECT,UPDATE」。",
    ),
    "rights for everyone": (
        "GRANT SELECT ON patients_patient TO PUBLIC",
        "grant",
        "数据库账号「PUBLIC」对「public.patients_patient」的权限是「SELECT」，应当是「无」。",
    ),
}


@pytest.mark.clause("002 五(七)2(2)")
@pytest.mark.parametrize("name", BY_MIGRATOR)
def test_what_the_tables_owner_takes_away_is_recorded_and_told(hardened, name):
    command, action, gap = BY_MIGRATOR[name]
    with hardened.django("migrator"), transaction.atomic():
        do(command)
        noted = Event.objects.order_by("-id").first()
        told = hardening.problems()
        transaction.set_rollback(True)

    assert (noted.kind, noted.action, noted.db_user) == ("ddl", action, "migrator")
    assert gap in told


BY_A_SUPERUSER = {
    "the record of changes off": ("ALTER EVENT TRIGGER audit_ddl DISABLE", "「audit_ddl」缺失、停用或被改动"),
    "the record of changes gone": ("DROP EVENT TRIGGER audit_ddl_drop", "「audit_ddl_drop」缺失、停用或被改动"),
    "the record of some changes only": (
        "DROP EVENT TRIGGER audit_ddl;\nCREATE EVENT TRIGGER audit_ddl ON ddl_command_end WHEN TAG IN ('COMMENT')"
        " EXECUTE FUNCTION audit.note_ddl();\nALTER EVENT TRIGGER audit_ddl ENABLE ALWAYS",
        "「audit_ddl」缺失、停用或被改动",
    ),
    "a partition's guard off": (
        "ALTER TABLE audit.event_default DISABLE TRIGGER event_no_truncate",
        "表「audit.event_default」的触发器「event_no_truncate」被停用或改动。",
    ),
    "a partition's guard gone": (
        "DROP TRIGGER event_no_truncate ON audit.event_default",
        "表「audit.event_default」缺少触发器「event_no_truncate」。",
    ),
    "a silent trigger": (
        "CREATE FUNCTION public.silent() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';\n"
        "CREATE TRIGGER a BEFORE INSERT ON audit.event FOR EACH ROW EXECUTE FUNCTION public.silent()",
        "表「audit.event」多出触发器「a」。",
    ),
    "a guard without teeth": (
        "CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN coalesce(NEW, OLD); END'",
        "函数「audit.refuse_change()」的内容与程序中的不同。",
    ),
    "a function more": (
        "CREATE FUNCTION audit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "多出函数「audit.mine()」。",
    ),
    "a function's path loose": (
        "ALTER FUNCTION audit.truncated() RESET search_path",
        "函数「audit.truncated()」没有固定的 search_path。",
    ),
    "a function less": ("DROP FUNCTION audit.close_era()", "缺少函数「audit.close_era」。"),
    "a power more": ("ALTER ROLE app SUPERUSER", "数据库账号「app」拥有超级权限。"),
    "row security passed by": ("ALTER ROLE app BYPASSRLS", "数据库账号「app」拥有绕过行级安全的权限。"),
    "the owner made a person": ("ALTER ROLE audit_owner LOGIN", "数据库账号「audit_owner」可以登录"),
    "the owner joined": ("GRANT audit_owner TO app", "数据库账号「app」是「audit_owner」的成员"),
    "everything may be written": ("GRANT pg_write_all_data TO app", "数据库账号「app」是「pg_write_all_data」的成员"),
    "the table taken over": ("ALTER TABLE audit.head OWNER TO app", "「audit.head」的所有者是「app」"),
    "the tables taken over": ("ALTER TABLE orders_order OWNER TO app", "「public.orders_order」的所有者是「app」"),
    "a door beside the door": ("GRANT INSERT ON audit.event TO app", "对「audit.event」的权限是「INSERT,SELECT」"),
    "a door in one column": (
        "GRANT UPDATE (reason) ON audit.event TO app",
        "对「audit.event.reason」的权限是「UPDATE」",
    ),
    "a door in a partition": ("GRANT DELETE ON audit.event_default TO app", "对「audit.event_default」的权限"),
    "temporary tables": ("GRANT TEMPORARY ON DATABASE app TO app", "对本数据库的权限是「CONNECT,TEMPORARY」"),
    "triggers passed by": (
        "GRANT SET ON PARAMETER session_replication_role TO app",
        "参数「session_replication_role」的修改权已授予「app=SET」。",
    ),
    "another path from the start": (
        "ALTER ROLE app SET search_path = elsewhere, public",
        "数据库账号「app」的会话一开始就带有设置「search_path=elsewhere, public」。",
    ),
    "an act said to be at work always": (
        "ALTER DATABASE app SET app.act = '00000000-0000-0000-0000-000000000000'",
        "数据库账号「everyone」的会话一开始就带有设置「app.act=",
    ),
    "a key that cascades": (
        "CREATE TABLE public.pointer (era int REFERENCES audit.era ON DELETE CASCADE)",
        "有外键指向留痕表「audit.era」。",
    ),
}


@pytest.mark.parametrize("name", BY_A_SUPERUSER)
def test_what_a_superuser_takes_away_is_told(hardened, name):
    command, gap = BY_A_SUPERUSER[name]
    with hardened.django("postgres"), transaction.atomic():
        for one in command.split(";\n"):
            do(one)
        told = hardening.problems()
        transaction.set_rollback(True)

    assert any(gap in sentence for sentence in told), told


def test_a_second_copy_s_account_may_read_the_events_and_no_more(hardened):
    with hardened.django("postgres"), transaction.atomic():
        do("CREATE ROLE audit_copier LOGIN REPLICATION")
        do("GRANT USAGE ON SCHEMA audit TO audit_copier")
        do("GRANT SELECT ON audit.event TO audit_copier")
        roles.harden()
        with_a_copy = hardening.problems()
        do("GRANT INSERT ON audit.event TO audit_copier")
        with_more = hardening.problems()
        transaction.set_rollback(True)

    assert with_a_copy == []
    assert len(with_more) == 1
    assert "「audit_copier」对「audit.event」的权限是「INSERT,SELECT」" in with_more[0]


def test_another_account_than_the_platform_s_is_told(hardened):
    hardened.administer("CREATE ROLE stranger LOGIN IN ROLE app", "app")
    try:
        assert "本程序以数据库账号「stranger」连接，应当使用「app」。" in gaps(hardened, "stranger")
    finally:
        hardened.administer("DROP ROLE stranger", "app")


def test_a_changed_list_of_sealed_columns_asks_for_a_migration(hardened, monkeypatch):
    monkeypatch.setitem(capture.SEALED_ELSEWHERE, "knox_authtoken", {"digest"})

    assert gaps(hardened) == [hardening._SEALED_CHANGED]


@pytest.fixture
def damaged(hardened):
    """A trigger disabled for good, until the next hardening."""
    with hardened.django("migrator"):
        do("ALTER TABLE orders_order DISABLE TRIGGER audit_row")
    yield hardened
    hardened.manage("audit_harden")


def test_the_next_hardening_puts_right_what_was_taken_away(damaged):
    assert len(gaps(damaged)) == 1

    damaged.manage("audit_harden")

    assert gaps(damaged) == []


def test_a_migration_puts_a_disabled_trigger_right_as_well(damaged):
    damaged.manage("migrate", role="migrator", verbosity=0, interactive=False)

    assert gaps(damaged) == []


def test_readiness_tells_the_gap_and_stays_ready(damaged, redis_now):
    with damaged.django("app"):
        answer = Client().get("/readyz")
        scraped = Client().get("/metrics", headers={"Authorization": "Bearer tests-only"})

    assert answer.status_code == 200
    assert answer.json()["trace"] == ["表「public.orders_order」的触发器「audit_row」被停用或改动。"]
    assert b"\naudit_hardening_problems 1.0" in scraped.content


def test_readiness_says_ok_while_the_hardening_is_in_force(hardened, redis_now):
    with hardened.django("app"):
        answer = Client().get("/readyz")

    assert answer.json()["trace"] == "ok"


@pytest.mark.parametrize(
    ("demanded", "role", "number"),
    [(True, "app", "audit.E001"), (False, "app", "audit.W001"), (True, "migrator", "audit.W001")],
)
def test_the_check_is_an_error_where_the_hardening_is_demanded(damaged, settings, demanded, role, number):
    settings.AUDIT_HARDENED = demanded
    with damaged.django(role):
        found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])

    assert [one.id for one in found if one.id.startswith("audit.")] == [number]


def test_every_night_the_manifest_becomes_an_event(damaged):
    with damaged.django("app"):
        tasks.check_manifest()
        event = Event.objects.filter(action="audit.manifest_checked").latest("id")

        assert event.data == {"manifest": hardening.manifest(), "problems": hardening.problems()}
    assert (event.outcome, event.db_user) == ("failed", "app")
    assert timezone.now() - event.at < timedelta(minutes=1)


def test_passwords_of_the_environment_reach_the_server_as_digests_only(hardened):
    given = {"migrator": "", "app": "p@ss 'word", "sealer": "", "auditor": ""}
    with override_settings(DATABASE_PASSWORDS=given):
        hardened.manage("audit_harden")
    with hardened.django("postgres"):
        passwords = dict(ask("SELECT rolname::text, rolpassword FROM pg_authid WHERE rolname = ANY (%s)", list(given)))

    assert passwords.pop("app").startswith("SCRAM-SHA-256$")
    assert set(passwords.values()) == {None}
