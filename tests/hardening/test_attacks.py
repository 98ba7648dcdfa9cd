"""Every way we know of to change, hide, forge or silence the trace from inside the database, tried by each account."""

import io

import psycopg2
import pytest

from tests.hardening.conftest import ROLES

pytestmark = pytest.mark.clause("002 五(七)2(2)", "002 五(八)")

INSERT = "INSERT INTO audit.event (kind, action, actor_kind, actor_id, happened_at"
# Each as one command, so that its refusal is the only thing that can be seen.
ON_EVENTS = {
    "update the table": "UPDATE audit.event SET actor_id = 'x'",
    "update a partition": "UPDATE {partition} SET actor_id = 'x'",
    "delete from the table": "DELETE FROM audit.event",
    "delete from a partition": "DELETE FROM {partition}",
    "truncate the table": "TRUNCATE audit.event",
    "truncate a partition": "TRUNCATE {partition}",
    "truncate the default partition": "TRUNCATE audit.event_default",
    "on conflict do update": INSERT + ") VALUES ('act', 'x', 'user', '1', now())"
    " ON CONFLICT (id, at) DO UPDATE SET actor_id = 'x'",
    "merge": "MERGE INTO audit.event e USING (VALUES ('act')) v (k) ON e.kind = v.k WHEN MATCHED THEN DELETE",
    "merge and update": "MERGE INTO audit.event e USING (VALUES ('act')) v (k) ON e.kind = v.k"
    " WHEN MATCHED THEN UPDATE SET actor_id = 'x'",
}
FORGERIES = {
    "write an event past the function": INSERT + ") VALUES ('act', 'forged', 'user', '1', now())",
    "forge at and xid": INSERT + ", at, xid) VALUES ('act', 'forged', 'user', '1', now(), '2020-01-01', 1)",
    "forge the id": "INSERT INTO audit.event (id, kind, action, actor_kind, actor_id, happened_at)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'act', 'forged', 'user', '1', now())",
    "forge the database user": INSERT + ", db_user) VALUES ('act', 'forged', 'user', '1', now(), 'x')",
    "record a row event": "SELECT audit.record('row', 'x', 'ok', NULL, 'user', '1', '', NULL, '', '', '', '', '', '',"
    " now(), '{{}}')",
    "record a change of the build": "SELECT audit.record('ddl', 'audit.hardened', 'ok', NULL, 'user', '1', '', NULL,"
    " 'hardening', 'database', '', '', '', '', now(), '{{}}')",
    "hang a row function below an own temporary table": "CREATE TEMP TABLE fake (LIKE public.orders_order)",
    "write beside the partitions": "INSERT INTO {partition} (id, kind, action, actor_kind, actor_id, happened_at)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'act', 'forged', 'user', '1', now())",
    "attach a partition of one's own": "ALTER TABLE audit.event ATTACH PARTITION public.django_session"
    " FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')",
    "make a partition of any month": "SELECT audit.make_partition('1999-01-01')",
    "set the number back": "SELECT setval('audit.event_id_seq', 1)",
    "burn numbers": "SELECT nextval('audit.event_id_seq')",
    "set the running numbers back": "SELECT setval('audit.number', 1)",
}
DISMANTLING = {
    "feed a replica": "SET session_replication_role = replica",
    "feed a replica by a function": "SELECT set_config('session_replication_role', 'replica', false)",
    "disable every trigger": "ALTER TABLE audit.event DISABLE TRIGGER ALL",
    "disable a partition's trigger": "ALTER TABLE {partition} DISABLE TRIGGER event_append_only",
    "drop a trigger": "DROP TRIGGER event_append_only ON audit.event",
    "take the teeth out of the trigger": "CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END'",
    "rewrite the way in": "DROP FUNCTION audit.record(text, text, text, uuid, text, text, text, bigint, text, text,"
    " text, text, text, text, timestamptz, json)",
    "detach a partition": "ALTER TABLE audit.event DETACH PARTITION {partition}",
    "drop a partition": "DROP TABLE {partition}",
    "drop the table": "DROP TABLE audit.event CASCADE",
    "drop the schema": "DROP SCHEMA audit CASCADE",
    "rename the schema": "ALTER SCHEMA audit RENAME TO old",
    "rename the table": "ALTER TABLE audit.event RENAME TO old",
    "drop a column": "ALTER TABLE audit.event DROP COLUMN db_user",
    "change a default": "ALTER TABLE audit.event ALTER at SET DEFAULT '2020-01-01'",
    "add a constraint that refuses events": "ALTER TABLE audit.event ADD CHECK (kind <> 'refusal')",
    "silence by a rule": "CREATE RULE q AS ON INSERT TO audit.event DO INSTEAD NOTHING",
    "hide rows": "ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY",
    "hide rows by a policy": "CREATE POLICY q ON audit.event USING (false)",
    "silence by a trigger": "CREATE TRIGGER a BEFORE INSERT ON audit.event FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "make a function in a temporary schema": "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql"
    " AS $$ SELECT '2020-01-01'::timestamptz $$",
    "make a table in the trace's schema": "CREATE TABLE audit.mine (x int)",
    "make a function in the trace's schema": "CREATE FUNCTION audit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "inherit from the trace": "CREATE TABLE public.child () INHERITS (audit.head)",
    "point a foreign key at the trace": "CREATE TABLE public.pointer (era int REFERENCES audit.era ON DELETE CASCADE)",
    "put an index on the trace": "CREATE INDEX q ON audit.event (ip)",
    "lock the table": "LOCK TABLE audit.event IN ACCESS EXCLUSIVE MODE",
    "lock out writers": "LOCK TABLE audit.event IN SHARE MODE",
    "cluster the table": "CLUSTER audit.head USING head_pkey",
    "change the catalogue": "UPDATE pg_trigger SET tgenabled = 'D'",
    "switch off the record of changes": "ALTER EVENT TRIGGER audit_ddl DISABLE",
    "drop the record of changes": "DROP EVENT TRIGGER audit_ddl_drop",
    "drop its function": "DROP FUNCTION audit.note_ddl() CASCADE",
}
TAKING_RIGHTS = {
    "become the owner": "SET ROLE audit_owner",
    "become the administrator": "SET SESSION AUTHORIZATION postgres",
    "join the owner": "GRANT audit_owner TO {role}",
    "make oneself a superuser": "ALTER ROLE {role} SUPERUSER",
    "make another role": "CREATE ROLE another LOGIN",
    "give the owner a log-in": "ALTER ROLE audit_owner LOGIN PASSWORD 'x'",
    "take over the table": "ALTER TABLE audit.event OWNER TO {role}",
    "take over the function": "ALTER ROUTINE audit.record OWNER TO {role}",
    "reassign what the owner has": "REASSIGN OWNED BY audit_owner TO {role}",
    "drop what the owner has": "DROP OWNED BY audit_owner",
    "prepare rights on later tables": "ALTER DEFAULT PRIVILEGES FOR ROLE audit_owner GRANT ALL ON TABLES TO {role}",
    "set the database for everyone": "ALTER DATABASE app SET search_path = pg_temp",
    "take over the database": "ALTER DATABASE app OWNER TO {role}",
    "run a program": "COPY audit.event TO PROGRAM 'true'",
    "read the server's files": "SELECT pg_read_file('PG_VERSION')",
    "keep data where no trigger looks": "SELECT lo_create(0)",
    "keep data where no trigger looks, at once": "SELECT lo_from_bytea(0, 'x')",
    "copy the trace out by a publication": "CREATE PUBLICATION p FOR TABLE audit.event",
}
SEALS = {
    f"{verb} {table}": command
    for table in ("era", "head", "tile")
    for verb, command in {
        "update": f"UPDATE audit.{table} SET era = 2",
        "delete from": f"DELETE FROM audit.{table}",
        "truncate": f"TRUNCATE audit.{table} CASCADE",
        "merge": f"MERGE INTO audit.{table} t USING (VALUES (1)) v (e) ON t.era = v.e WHEN MATCHED THEN DELETE",
        "disable": f"ALTER TABLE audit.{table} DISABLE TRIGGER {table}_append_only",
        "drop": f"DROP TABLE audit.{table} CASCADE",
        "drop trigger of": f"DROP TRIGGER {table}_no_truncate ON audit.{table}",
        "silence": f"CREATE RULE q AS ON INSERT TO audit.{table} DO INSTEAD NOTHING",
        "hide": f"ALTER TABLE audit.{table} ENABLE ROW LEVEL SECURITY",
    }.items()
}
FOR_EVERYONE = {**ON_EVENTS, **FORGERIES, **DISMANTLING, **TAKING_RIGHTS, **SEALS}
# What the account of the running platform cannot do either, though the owner of its tables can.
FOR_THE_PLATFORM = {
    "disable a row trigger": "ALTER TABLE public.orders_order DISABLE TRIGGER audit_row",
    "drop a row trigger": "DROP TRIGGER audit_row ON public.orders_order",
    "empty a table unseen": "TRUNCATE public.orders_orderstep",
    "call a row function": "SELECT audit.row_orders_order()",
    "make writers wait": "SELECT audit.close_era()",
    "write a row function anew": "SELECT audit.capture('public.orders_order', 'orders.order', 'id', ARRAY['status'])",
    "a rule on its own table": "CREATE RULE q AS ON DELETE TO public.orders_order DO INSTEAD NOTHING",
    "a trigger on its own table": "CREATE TRIGGER a BEFORE INSERT ON public.orders_order FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "row security on its own table": "ALTER TABLE public.orders_order ENABLE ROW LEVEL SECURITY",
    "a table of its own": "CREATE TABLE public.mine (x int)",
    "a schema of its own": "CREATE SCHEMA mine",
    "an extension": "CREATE EXTENSION hstore",
    "change what has been migrated": "DELETE FROM public.django_migrations",
    "set a number back": "SELECT setval('public.orders_order_id_seq', 1)",
}

# The sealer appends to its own tables; that is what it is for.
APPENDING = {("sealer", "era"), ("sealer", "head"), ("sealer", "tile")}
DIGESTS = """
    SELECT (SELECT count(*) || md5(coalesce(string_agg(e::text, ',' ORDER BY id), '')) FROM audit.event e),
           (SELECT md5(string_agg(e::text, ',' ORDER BY era)) FROM audit.era e),
           (SELECT md5(string_agg(h::text, ',' ORDER BY n)) FROM audit.head h),
           (SELECT md5(string_agg(t::text, ',' ORDER BY start)) FROM audit.tile t)
"""


@pytest.fixture(scope="module")
def partition(hardened):
    with hardened.session("postgres") as session, session.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit.event LIMIT 1")
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def _untouched(hardened):
    """After all attacks of this file the trace is what it was before them."""

    def digests():
        with hardened.session("postgres") as session, session.cursor() as cursor:
            cursor.execute(DIGESTS)
            return cursor.fetchone()

    before = digests()
    assert all(before)
    yield
    assert digests() == before


def attack(hardened, role, command):
    """Commit the attack if the database lets it through, so that what it did would show."""
    with hardened.session(role) as session, session.cursor() as cursor:
        cursor.execute(command)
        session.commit()


@pytest.mark.usefixtures("_untouched")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", FOR_EVERYONE)
def test_no_account_of_the_platform_can(hardened, partition, role, name):
    command = FOR_EVERYONE[name].format(partition=partition, role=role)

    with pytest.raises(psycopg2.Error) as refused:
        attack(hardened, role, command)

    assert refused.value.pgcode == "42501", refused.value  # insufficient_privilege, not a slip in the attack itself


@pytest.mark.usefixtures("_untouched")
@pytest.mark.parametrize("name", FOR_THE_PLATFORM)
def test_the_running_platform_cannot(hardened, name):
    with pytest.raises(psycopg2.Error) as refused:
        attack(hardened, "app", FOR_THE_PLATFORM[name])

    assert refused.value.pgcode == "42501", refused.value


@pytest.mark.usefixtures("_untouched")
@pytest.mark.parametrize(
    ("role", "table"),
    [(role, table) for role in ROLES for table in ("event", "era", "head", "tile") if (role, table) not in APPENDING],
)
def test_nobody_copies_rows_in(hardened, role, table):
    refused = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with hardened.session(role) as session, session.cursor() as cursor, refused:
        cursor.copy_expert(f"COPY audit.{table} FROM STDIN", io.StringIO("1\n"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "command", ["DROP DATABASE app WITH (FORCE)", "ALTER DATABASE app RENAME TO old", "ALTER SYSTEM SET fsync = off"]
)
def test_no_account_can_drop_or_rename_the_database_or_set_the_server(hardened, role, command):
    session = psycopg2.connect(host=str(hardened.sockets), user=role, dbname="postgres")
    session.autocommit = True
    try:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), session.cursor() as cursor:
            cursor.execute(command)
    finally:
        session.close()


CHANGES = {
    **{name: ON_EVENTS[name] for name in ON_EVENTS},
    **{
        name: command for name, command in SEALS.items() if name.split()[0] in ("update", "delete", "truncate", "merge")
    },
}


@pytest.mark.usefixtures("_untouched")
@pytest.mark.parametrize("as_a_replica", [False, True], ids=["plainly", "as a replica"])
@pytest.mark.parametrize("role", ["audit_owner", "postgres"])
@pytest.mark.parametrize("name", CHANGES)
def test_even_owner_and_superuser_cannot_change_a_line(hardened, partition, role, as_a_replica, name):
    """They can take the triggers away, which is seen; while these hang, nobody changes anything."""
    if name == "on conflict do update":
        command = (
            "INSERT INTO audit.event (id, at, kind, action, actor_kind, actor_id, happened_at) OVERRIDING SYSTEM VALUE"
            " SELECT id, at, kind, action, actor_kind, actor_id, happened_at FROM audit.event LIMIT 1"
            " ON CONFLICT (id, at) DO UPDATE SET actor_id = 'x'"
        )
    else:
        command = CHANGES[name].format(partition=partition)
    with hardened.session("postgres") as session, session.cursor() as cursor:
        if as_a_replica:
            cursor.execute("SET session_replication_role = replica")
        if role != "postgres":
            cursor.execute(f"SET SESSION AUTHORIZATION {role}")
        with pytest.raises(psycopg2.Error, match="append-only"):
            cursor.execute(command)


def test_the_way_in_has_no_place_for_what_the_database_knows_itself(hardened):
    with hardened.session("app") as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT proargnames FROM pg_proc WHERE proname = 'record' AND pronamespace = 'audit'::regnamespace"
        )
        (names,) = cursor.fetchone()
        cursor.execute(
            "SELECT audit.record('act', 'x', 'ok', NULL, 'user', '1', '', NULL, '', '', '', '', '', '',"
            " '2020-01-01', '{}')"
        )
        cursor.execute(
            "SELECT at > now() - interval '1 minute', xid = pg_current_xact_id()::text::bigint, db_user"
            " FROM audit.event ORDER BY id DESC LIMIT 1"
        )

        assert cursor.fetchone() == (True, True, "app")
    assert not {"a_id", "a_at", "a_xid", "a_db_user"} & set(names)
    assert len(names) == 16


def test_names_of_ones_own_do_not_come_before_the_database_s(hardened):
    """Migrator may make schemas; what the trace's functions call is found in the catalogue whatever the path says."""
    with hardened.session("postgres") as session, session.cursor() as cursor:
        cursor.execute(
            """
            SET SESSION AUTHORIZATION migrator;
            CREATE SCHEMA evil;
            CREATE FUNCTION evil.to_json(text) RETURNS json LANGUAGE sql AS $$ SELECT '"shadowed"'::json $$;
            CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'shadowed' $$;
            CREATE FUNCTION evil.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
            CREATE FUNCTION evil.statement_timestamp() RETURNS timestamptz LANGUAGE sql
                AS $$ SELECT '2020-01-01'::timestamptz $$;
            SET search_path = evil, public, pg_catalog;
            UPDATE public.accounts_user SET username = 'somebody-else'
            WHERE id OPERATOR(pg_catalog.=) (SELECT min(id) FROM public.accounts_user);
            RESET SESSION AUTHORIZATION;
            SELECT action, object_type, data::text, happened_at > now() - interval '1 minute', db_user
            FROM audit.event ORDER BY id DESC LIMIT 1
            """
        )
        action, object_type, data, is_new, user = cursor.fetchone()

    assert (action, object_type, is_new, user) == ("update", "accounts.user", True, "migrator")
    assert "somebody-else" in data or "sealed" in data
    assert "shadowed" not in data


@pytest.mark.usefixtures("_untouched")
def test_dropping_the_trace_is_refused_because_it_could_not_be_recorded(hardened):
    """Even a superuser has to switch the record of changes off first, and that is seen."""
    with hardened.session("postgres") as session, session.cursor() as cursor, pytest.raises(psycopg2.Error):
        cursor.execute("DROP TABLE audit.event CASCADE")
