"""
What a superuser of the database does to the trace is found, and by what.

He knows all the code. He does not reach the published notes, the witness and the second copy; where a case says so, he
has stolen the key that signs the heads. The events: ten heads that were published, three that were not (the way out
was blocked), and twenty events that wait to be sealed. Every case is done to a database of its own.
"""

import base64
import contextlib
import io
import re
import shutil

import psycopg2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.test import override_settings

from audit import sql
from audit.sealing import eras, leaves, publishing
from audit.sealing.sealer import CannotSeal, Sealer
from audit.standalone import verify
from tests.faults.cluster import Witness, wait_until, write

pytestmark = pytest.mark.clause("002 五(七)2(2)")

PUBLISHED, UNPUBLISHED = 10, 3
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'"
LINE = re.compile(r"^✗ \[([a-z_.]+)\] (.*)$", re.M)


class Trace:
    """One database of events and heads, and everything outside that knows them."""

    def __init__(self, cluster, folder, witness, platform_on, log_vkey):
        self.cluster, self.folder, self.witness, self.platform_on = cluster, folder, witness, platform_on
        self.places = [str(folder), witness.address]
        self.settings = {
            "AUDIT_PUBLISH_TO": self.places,
            "AUDIT_WITNESS_KEYS": [witness.vkey],
            "AUDIT_LOG_KEYS": [log_vkey(1)],
            "AUDIT_COPY_URL": cluster.url("second", "auditor"),
        }

    def clone(self, name):
        self.cluster.ask(f"CREATE DATABASE {name} TEMPLATE app OWNER app", database="postgres")
        return Case(self, name)


class Case:
    """A copy of the database in the hands of its superuser."""

    def __init__(self, trace, name):
        self.trace, self.name = trace, name
        ask = self.ask
        self.ids = [pk for (pk,) in ask("SELECT id FROM audit.event ORDER BY id")]
        self.heads = {n: (first, size) for n, first, size in ask("SELECT n, first_leaf, tree_size FROM audit.head")}
        tables = [table for (table,) in ask(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'audit'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )]  # fmt: skip
        # Every wall that the database itself has, out of his way.
        self.session = trace.cluster.connect(name, "postgres")
        self.do("SET session_replication_role = replica")
        for table in tables:
            self.do(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def ask(self, question, *arguments):
        return self.trace.cluster.ask(question, *arguments, database=self.name)

    def do(self, command, *arguments):
        with self.session.cursor() as cursor:
            cursor.execute(command, arguments or None)
            return cursor.rowcount

    def sealed_by(self, n):
        """The ids under one head: the events were written and sealed one after the other."""
        first, size = self.heads[n]
        return self.ids[first:size]

    # --- what he does ---------------------------------------------------------------------------------------------

    def edit(self, *ids):
        assert self.do("""UPDATE audit.event SET data = '{"n": -1}' WHERE id = ANY (%s)""", list(ids)) == len(ids)

    def delete(self, *ids):
        assert self.do("DELETE FROM audit.event WHERE id = ANY (%s)", list(ids)) == len(ids)

    def swap(self, one, other):
        """Exchange what two events say, and leave their numbers."""
        self.do(
            "UPDATE audit.event e SET data = o.data, object_id = o.object_id, at = o.at"
            " FROM audit.event o WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))", one, other, other, one,
        )  # fmt: skip

    def close_up(self, gone):
        """Renumber, so that no number is missing."""
        self.do("ALTER TABLE audit.event ALTER id DROP IDENTITY")
        self.do("UPDATE audit.event SET id = -id WHERE id > %s", gone)
        self.do("UPDATE audit.event SET id = -id - 1 WHERE id < 0")
        self.do("ALTER TABLE audit.event ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 1000000)")

    def forget_heads(self, after):
        """Go back to the head ``after``, with its tree."""
        size = self.heads[after][1] if after else 0
        self.do("DELETE FROM audit.head WHERE n > %s", after)
        for level in range(3):
            full = size >> 8 * level
            self.do("DELETE FROM audit.tile WHERE level = %s AND start >= %s", level, full)
            self.do(
                "UPDATE audit.tile SET hashes = substr(hashes, 1, ((%s - start) * 32)::int)"
                " WHERE level = %s AND start < %s AND start + length(hashes) / 32 > %s", full, level, full, full,
            )  # fmt: skip

    def seal(self, key=None):
        """Make heads with the stolen key (or another one), by our own code."""
        with self.trace.platform_on(self.trace.cluster.url(self.name)), contextlib.ExitStack() as stack:
            if key:
                stack.enter_context(override_settings(AUDIT_SEAL_KEY=key))
            assert Sealer().seal(heartbeat=True)

    # --- what the platform says -----------------------------------------------------------------------------------

    def verify(self, *, full=True, **changed):
        """Return the codes found with their sentences, and the first bad event."""
        out = io.StringIO()
        said = {**self.trace.settings, **changed}
        with self.trace.platform_on(self.trace.cluster.url(self.name, "postgres")), override_settings(**said):
            ended = None
            try:
                call_command("audit_verify", full=full, workers=1, stdout=out)
            except SystemExit as no:
                ended = no.code
        answer = out.getvalue()
        found = {}
        for code, sentence in LINE.findall(answer):
            found.setdefault(code, []).append(sentence)
        first = re.search(r"第一条有问题的事件是 #(\d+)", answer)
        assert ended == (1 if found else None)
        assert ("全部成立" in answer) == (not found)
        return found, int(first[1]) if first else None


@pytest.fixture(scope="module")
def trace(make_cluster, tmp_path_factory, log_vkey, platform_on):
    cluster = make_cluster()
    home = tmp_path_factory.mktemp("outside")
    witness = Witness(home / "witness").trust(log_vkey(1)).start()
    made = Trace(cluster, home / "published", witness, platform_on, log_vkey)
    try:
        cluster.ask("CREATE DATABASE second", database="postgres")
        cluster.ask(sql.read("copy_primary"))
        cluster.ask(sql.read("copy_second"), database="second")
        # In one server the slot has to be made by hand; between two servers PostgreSQL makes it.
        cluster.ask("SELECT pg_create_logical_replication_slot('audit_copy', 'pgoutput')")
        cluster.ask(
            f"CREATE SUBSCRIPTION audit_copy CONNECTION 'host={cluster.sockets} dbname=app user=audit_copier'"
            " PUBLICATION audit_copy WITH (create_slot = false, slot_name = 'audit_copy')",
            database="second",
        )
        with contextlib.closing(cluster.connect()) as connection, connection.cursor() as cursor:
            with platform_on(cluster.url()), override_settings(**made.settings):
                sealer = Sealer()
                for n in range(1, PUBLISHED + UNPUBLISHED + 1):
                    for order in range(100 if n <= PUBLISHED else 50):
                        write(cursor, n, order, f'{{"n": {order}}}')
                    assert sealer.seal().n == n
                    if n <= PUBLISHED:
                        assert [row.error for row in publishing.publish()] == ["", ""]
            for order in range(20):
                write(cursor, 99, order)
        stored = cluster.one("SELECT count(*) FROM audit.event")
        wait_until(
            lambda: cluster.one("SELECT count(*) FROM audit.event", database="second") == stored, "the second copy"
        )
        # The base rests from here on: databases can only be copied while nobody is connected.
        cluster.ask("ALTER SUBSCRIPTION audit_copy DISABLE", database="second")
        wait_until(lambda: cluster.one(CONNECTED, database="postgres") == 0, "the base's rest")
        yield made
    finally:
        witness.stop()


@pytest.fixture
def case(trace, request):
    made = trace.clone(re.sub(r"\W+", "_", request.node.name)[:60].lower())
    yield made
    made.session.close()
    trace.cluster.ask(f"DROP DATABASE {made.name} WITH (FORCE)", database="postgres")


def codes(found):
    return sorted(found)


# --- nothing done ---------------------------------------------------------------------------------------------------


def test_what_nobody_touched_is_found_whole(case, trace):
    assert case.verify() == ({}, None)
    assert case.verify(full=False) == ({}, None)


# --- as superuser, without the key ----------------------------------------------------------------------------------


def test_an_edited_event(case):
    edited = case.sealed_by(5)[50]
    case.edit(edited)

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "event.changed"]
    assert f"事件 #{edited}，封存 #5" in found["event.changed"][0]
    assert first == edited


def test_an_edited_event_is_found_without_anything_outside(case):
    edited = case.sealed_by(5)[50]
    case.edit(edited)

    found, first = case.verify(AUDIT_PUBLISH_TO=[], AUDIT_COPY_URL="", AUDIT_LOG_KEYS=[])

    assert codes(found) == ["event.changed"]
    assert first == edited


def test_an_edited_event_whose_hashes_were_made_anew(case):
    """Without the key he has to do without the heads from there on."""
    edited = case.sealed_by(5)[50]
    case.edit(edited)
    case.forget_heads(after=4)

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "outside.rolled_back"]
    assert all("封存 #10" in sentence for sentence in found["outside.rolled_back"])
    assert len(found["outside.rolled_back"]) == 2
    assert first == edited


def test_an_edited_event_with_its_hash_in_the_tree(case):
    edited = case.sealed_by(5)[50]
    case.edit(edited)
    place = case.heads[5][0] + 50
    with contextlib.closing(case.trace.cluster.connect(case.name)) as connection, connection.cursor() as cursor:
        kept = []
        leaves.each(cursor, f"id = {edited}", kept.append)
    case.do(
        "UPDATE audit.tile SET hashes = overlay(hashes PLACING %s FROM ((%s - start) * 32 + 1)::int FOR 32)"
        " WHERE level = 0 AND start <= %s AND start + length(hashes) / 32 > %s",
        verify.leaf_hash(kept[0]), place, place, place,
    )  # fmt: skip

    found, first = case.verify()

    # The events fit the tree again, but no head from the fifth on fits it.
    assert codes(found) == ["copy.changed", "tree.root"]
    assert "封存 #5" in found["tree.root"][0]
    assert first == edited


def test_a_deleted_event(case):
    deleted = case.sealed_by(5)[50]
    case.delete(deleted)

    found, first = case.verify()

    assert codes(found) == ["copy.missing", "event.missing"]
    assert "封存 #5" in found["event.missing"][0]
    assert "缺 1 条" in found["event.missing"][0]
    assert f"事件 #{deleted}" in found["copy.missing"][0]
    assert first == deleted


def test_a_deleted_event_whose_gap_was_closed(case):
    deleted = case.sealed_by(5)[50]
    case.delete(deleted)
    case.close_up(deleted)
    case.forget_heads(after=4)

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "copy.missing", "outside.rolled_back"]
    assert "封存 #10" in found["outside.rolled_back"][0]
    assert first == deleted


def test_two_events_that_changed_places(case):
    one, other = case.sealed_by(5)[50], case.sealed_by(7)[20]
    case.swap(one, other)

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "event.changed"]
    assert f"事件 #{one}，封存 #5" in found["event.changed"][0]
    assert f"事件 #{other}，封存 #7" in found["event.changed"][1]
    assert first == one


def test_two_events_that_changed_places_without_their_heads(case):
    one, other = case.sealed_by(5)[50], case.sealed_by(7)[20]
    case.swap(one, other)
    case.forget_heads(after=4)

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "outside.rolled_back"]
    assert first == one


def test_an_event_put_in_later(case):
    beside = case.sealed_by(5)[50]
    case.do(
        "INSERT INTO audit.event (id, xid, at, kind, action, actor_kind, actor_id, happened_at)"
        " OVERRIDING SYSTEM VALUE SELECT 1000000, xid, at, 'act', 'orders.order_noted', 'user', '1', at"
        " FROM audit.event WHERE id = %s", beside,
    )  # fmt: skip
    case.do("UPDATE audit.head SET max_id = 1000000 WHERE n = %s", max(case.heads))

    found, first = case.verify(AUDIT_COPY_URL="")

    assert codes(found) == ["event.inserted"]
    assert "事件 #1000000，封存 #5" in found["event.inserted"][0]
    assert first == 1_000_000


@pytest.mark.parametrize(("number", "xid"), [(1_000_000, 5), (-5, 5), (1_000_000, -5)])
def test_an_event_that_belongs_to_no_head(case, number, xid):
    case.do(
        "INSERT INTO audit.event (id, xid, kind, action, actor_kind, actor_id, happened_at)"
        " OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'act', 'orders.order_noted', 'user', '1', now())", number, xid,
    )  # fmt: skip

    found, _ = case.verify(AUDIT_COPY_URL="")

    assert codes(found) == ["event.outside"]
    assert f"事件 #{number}，1 条" in found["event.outside"][0]


def test_a_tail_cut_off_before_the_last_published_head(case):
    case.delete(*[pk for n in range(9, 14) for pk in case.sealed_by(n)], *case.ids[case.heads[13][1] :])
    case.forget_heads(after=8)

    found, first = case.verify()

    assert codes(found) == ["copy.missing", "outside.rolled_back"]
    assert "封存 #10" in found["outside.rolled_back"][0]
    assert first == case.sealed_by(9)[0]


def test_a_tail_cut_off_after_the_last_published_head(case):
    """Nobody outside has seen these heads; the second copy has seen the events."""
    case.delete(*[pk for n in range(11, 14) for pk in case.sealed_by(n)], *case.ids[case.heads[13][1] :])
    case.forget_heads(after=10)

    found, first = case.verify()

    assert codes(found) == ["copy.missing"]
    assert first == case.sealed_by(11)[0]


def test_a_tail_replaced_after_the_last_published_head(case):
    case.edit(*[pk for n in range(11, 14) for pk in case.sealed_by(n)])
    case.forget_heads(after=10)

    found, first = case.verify()

    assert codes(found) == ["copy.changed"]
    assert first == case.sealed_by(11)[0]


def test_an_event_edited_before_it_was_sealed(case):
    waiting = case.ids[-5]
    case.edit(waiting)

    found, first = case.verify()

    assert codes(found) == ["copy.changed"]
    assert first == waiting


def test_a_head_taken_out_of_the_middle(case):
    case.do("DELETE FROM audit.head WHERE n = 6")

    found, _ = case.verify()

    assert "head.missing" in found
    assert "封存 #6" in found["head.missing"][0]


def test_a_head_whose_columns_say_something_else(case):
    case.do("UPDATE audit.head SET root = sha256('x') WHERE n = 6")

    found, _ = case.verify()

    assert {"head.columns", "tree.root", "outside.forked"} <= set(found)
    assert "封存 #6" in found["head.columns"][0]


@pytest.mark.parametrize("snapshot", ["nonsense", "9:9:", "1:99999999:", "1:99999999:5"])
def test_a_head_that_claims_another_snapshot(case, snapshot):
    case.do("UPDATE audit.head SET snapshot = %s WHERE n = 6", snapshot)

    found, _ = case.verify()

    assert codes(found) == ["head.columns"]
    assert "封存 #6" in found["head.columns"][0]


def test_a_head_signed_by_somebody_else(case):
    case.do("UPDATE audit.head SET note = replace(note, E'head 6\\n', E'head 66\\n') WHERE n = 6")

    found, _ = case.verify()

    assert "封存 #6" in found["head.signature"][0]


def test_hashes_taken_out_of_the_tree(case):
    case.do("DELETE FROM audit.tile WHERE level = 0 AND start = 256")

    found, _ = case.verify()

    assert "tree.short" in found
    assert "封存 #3" in found["tree.short"][0]


def test_a_tail_that_an_earlier_check_has_seen(case):
    """Even without anything outside: the check remembers how far it once was."""
    assert case.verify() == ({}, None)
    case.forget_heads(after=10)

    found, _ = case.verify(full=False, AUDIT_PUBLISH_TO=[], AUDIT_COPY_URL="")

    assert codes(found) == ["head.missing"]
    assert "封存 #13" in found["head.missing"][0]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM audit.tile WHERE (level, start) = (SELECT 0, max(start) FROM audit.tile WHERE level = 0)",
        "UPDATE audit.tile SET hashes = overlay(hashes PLACING sha256('x') FROM 1 FOR 32) WHERE level = 1",
        "DELETE FROM audit.head WHERE n = 13",
    ],
)
def test_the_sealer_does_not_go_on_over_a_damaged_tree(case, damage):
    assert case.do(damage) > 0

    with case.trace.platform_on(case.trace.cluster.url(case.name)), pytest.raises(CannotSeal, match="audit_verify"):
        Sealer().seal(heartbeat=True)

    assert case.ask("SELECT max(n) FROM audit.head") in ([(13,)], [(12,)])


# --- with the stolen key --------------------------------------------------------------------------------------------


def test_everything_signed_anew_with_the_stolen_key(case):
    edited = case.sealed_by(5)[50]
    case.edit(edited)
    case.forget_heads(after=4)
    for _ in range(7):
        case.seal()

    found, first = case.verify()

    assert codes(found) == ["copy.changed", "outside.forked"]
    assert "封存 #5" in found["outside.forked"][0]
    assert first == edited


def test_a_tail_replaced_and_signed_with_the_stolen_key(case):
    case.edit(*[pk for n in range(11, 14) for pk in case.sealed_by(n)])
    case.forget_heads(after=10)
    case.seal()

    found, first = case.verify()

    assert codes(found) == ["copy.changed"]
    assert first == case.sealed_by(11)[0]


def test_everything_signed_with_a_key_of_his_own(case):
    """He writes his public key into the database as well; the published keys and the witness know the true one."""
    key = base64.b64encode(b"k" * 32).decode()
    public = verify.public_bytes(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
    edited = case.sealed_by(5)[50]
    case.edit(edited)
    case.forget_heads(after=0)
    case.do("UPDATE audit.era SET verifier = %s", verify.make_vkey(eras.origin(1), public))
    for _ in range(11):
        case.seal(key)

    by_keys, first = case.verify(AUDIT_PUBLISH_TO=[], AUDIT_COPY_URL="")
    by_witness, _ = case.verify(AUDIT_PUBLISH_TO=[case.trace.witness.address], AUDIT_COPY_URL="", AUDIT_LOG_KEYS=[])
    by_all, _ = case.verify(AUDIT_COPY_URL="")

    assert codes(by_keys) == ["head.key"]
    assert eras.origin(1) in by_keys["head.key"][0]
    assert first is None
    assert codes(by_witness) == ["outside.broken"]
    assert codes(by_all) == ["head.key", "outside.forked"]


def test_a_sealer_that_goes_on_after_the_truncation_is_refused_by_the_witness(case):
    case.delete(*[pk for n in range(9, 14) for pk in case.sealed_by(n)])
    case.forget_heads(after=8)
    case.seal()

    with case.trace.platform_on(case.trace.cluster.url(case.name)), override_settings(**case.trace.settings):
        errors = {row.place: row.error for row in publishing.publish()}

    assert "历史被截短过" in errors[case.trace.witness.address]
    assert "历史被截短过" in errors[str(case.trace.folder)]


# --- what a run looks at --------------------------------------------------------------------------------------------


def test_a_run_for_what_is_new_finds_what_is_new_and_a_full_one_the_rest(case):
    assert case.verify() == ({}, None)
    old = case.sealed_by(5)[50]
    case.edit(old)
    case.seal()
    new = case.ids[-5]
    case.edit(new)

    since, first_since = case.verify(full=False, AUDIT_COPY_URL="", AUDIT_PUBLISH_TO=[])
    full, first_full = case.verify(AUDIT_COPY_URL="", AUDIT_PUBLISH_TO=[])

    assert codes(since) == codes(full) == ["event.changed"]
    assert first_since == new
    assert len(since["event.changed"]) == 1
    assert first_full == old
    assert len(full["event.changed"]) == 2


def test_those_outside_who_do_not_answer_are_named(case, trace):
    found, _ = case.verify(AUDIT_PUBLISH_TO=["http://127.0.0.1:9"], AUDIT_COPY_URL=trace.cluster.url("nowhere"))

    assert codes(found) == ["copy.silent", "outside.silent"]


def test_a_copy_that_stopped_is_named(case, trace):
    case.do(
        "INSERT INTO audit.event (at, kind, action, actor_kind, actor_id, happened_at)"
        " VALUES (now() - interval '1 hour', 'act', 'orders.order_noted', 'user', '1', now())"
    )
    added = case.ask("SELECT max(id) FROM audit.event")[0][0]

    found, first = case.verify()

    assert codes(found) == ["copy.behind"]
    assert first == added


def test_published_notes_that_were_altered_are_named(case, trace, tmp_path):
    folder = tmp_path / "altered"
    shutil.copytree(trace.folder, folder)
    for path in folder.glob("*.notes"):  # one for each day
        path.write_text(path.read_text(encoding="utf-8").replace("head 6\n", "head 66\n"), encoding="utf-8")

    found, _ = case.verify(AUDIT_PUBLISH_TO=[str(folder)])

    assert codes(found) == ["outside.broken"]


@pytest.mark.parametrize(
    "command", ["UPDATE audit.event SET reason = 'x'", "DELETE FROM audit.event", "TRUNCATE audit.event"]
)
def test_the_second_copy_refuses_changes_too(trace, command):
    for role in ("auditor", "postgres"):
        with pytest.raises(psycopg2.Error, match="append-only|permission denied"):
            trace.cluster.ask(command, database="second", role=role)


def test_the_command_itself_ends_with_one(case, trace):
    """As a process, as Celery's neighbour in a crontab would run it."""
    case.edit(case.ids[3])

    done = trace.cluster.manage("audit_verify", "--full", "--workers", "2", DATABASE_URL=trace.cluster.url(case.name))

    assert done.returncode == 1
    assert f"第一条有问题的事件是 #{case.ids[3]}" in done.stdout
