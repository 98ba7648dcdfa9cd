"""The sealer at work in the suite's own database: trees, heads, signatures, ways out, receipts."""

import base64
import subprocess
from functools import cache

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as some

from accounts.roles import Role
from audit import proofs, selectors, tasks
from audit import services as audit
from audit.models import Era, Event, Head, Publication, Verification
from audit.sealing import eras, publishing, signers, tree
from audit.sealing.sealer import CannotSeal, Sealer
from audit.standalone import verify
from audit.verification import history
from audit.verification.run import verify_trace
from kernel.actors import Actor, system
from kernel.refusals import Refused
from tests.tree import growth_of, path_of, root_of

pytestmark = pytest.mark.clause("002 五(七)2(2)")

committing = pytest.mark.django_db(transaction=True)
EDGES = [1, 2, 3, 254, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_793]


# --- the stored tree ------------------------------------------------------------------------------------------------


@cache
def leaves(count):
    return [verify.leaf_hash(str(n).encode()) for n in range(count)]


class Shelf:
    """Pieces as the table holds them; each may be written once and never crosses a tile's edge."""

    def __init__(self):
        self.pieces = {}
        self.grown = verify.Range()

    def grow(self, hashes):
        made = tree.Pieces()
        for leaf in hashes:
            made.add(self.grown.append(leaf))
        for level, start, piece in made.cut():
            assert (level, start) not in self.pieces
            assert start % tree.WIDTH + len(piece) // tree.HASH <= tree.WIDTH
            self.pieces[level, start] = piece
        return self

    def read(self, level, start):
        places = sorted(at for (of, at) in self.pieces if of == level and start <= at < start + tree.WIDTH)
        return b"".join(self.pieces[level, at] for at in places)

    def tree(self):
        return tree.StoredTree(self.read)


@cache
def shelf_of(size):
    return Shelf().grow(leaves(size))


@pytest.mark.parametrize("size", EDGES)
def test_the_stored_tree_has_the_root_of_the_rfc_at_every_edge(size):
    stored = shelf_of(size).tree()

    assert stored.root(0, size) == root_of(leaves(size))
    assert stored.range(size).root() == root_of(leaves(size))


@pytest.mark.parametrize("size", EDGES)
def test_paths_from_the_stored_tree_are_those_of_the_rfc(size):
    stored, root = shelf_of(size).tree(), root_of(leaves(size))

    for index in {0, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}:
        path = stored.inclusion(index, size)
        assert path == path_of(index, leaves(size))
        assert verify.verify_inclusion(leaves(size)[index], index, size, path, root)


@pytest.mark.parametrize("size", EDGES)
def test_growth_is_proven_between_all_edges(size):
    stored, root = shelf_of(size).tree(), root_of(leaves(size))

    for old in [edge for edge in EDGES if edge <= size]:
        proof = stored.consistency(old, size)
        assert proof == growth_of(old, leaves(size))
        assert verify.verify_consistency(old, root_of(leaves(old)), size, root, proof)


@how(max_examples=60, deadline=None)
@given(some.lists(some.integers(0, 300), min_size=1, max_size=12), some.data())
def test_it_does_not_matter_in_which_steps_the_tree_has_grown(steps, data):
    shelf, place = Shelf(), 0
    for step in steps:
        shelf.grow(leaves(3600)[place : place + step])
        place += step
    stored, kept = shelf.tree(), leaves(place)

    assert shelf.read(0, 0) == b"".join(kept[: tree.WIDTH])
    assert stored.range(place).root() == root_of(kept) == shelf.grown.root()
    if place:
        index, old = data.draw(some.integers(0, place - 1)), data.draw(some.integers(0, place))
        assert stored.inclusion(index, place) == path_of(index, kept)
        assert verify.verify_consistency(old, root_of(kept[:old]), place, root_of(kept), stored.consistency(old, place))


def test_what_is_not_stored_is_not_invented():
    shelf = Shelf().grow(leaves(300))
    del shelf.pieces[0, 256]

    with pytest.raises(LookupError):
        shelf.tree().root(0, 300)
    with pytest.raises(LookupError):
        shelf.tree().inclusion(300, 300)


# --- heads ----------------------------------------------------------------------------------------------------------


def written(count=1):
    """Record events and return them; each is a transaction of its own."""
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for _ in range(count):
        audit.noted(action="audit.verified", by=system("tests"), now=timezone.now())
    return list(Event.objects.filter(id__gt=newest, kind=Event.Kind.ACT).order_by("id"))


@pytest.fixture
def sealer(transactional_db):
    """A sealer for which nothing is left from earlier tests."""
    made = Sealer()
    made.seal(heartbeat=True)
    return made


def keeper(number):
    return Actor(kind="user", id=str(number), name="监管", user_id=number, orgs={Role.AUDITOR: frozenset({1})})


def next_era(reason="演练"):
    proposal = eras.propose(reason=reason, by=keeper(1), now=timezone.now())
    eras.approve(proposal_id=proposal.pk, by=keeper(2), now=timezone.now())
    return eras.open_agreed(now=timezone.now())


@committing
def test_what_was_committed_is_sealed_once_under_a_signed_head(sealer):
    events = written(3)
    assert proofs.sealed(events) == {}

    made = sealer.seal()
    head = Head.objects.get(n=made.n)

    assert made.added >= 3
    assert set(proofs.sealed(events).values()) == {made.n}
    note = verify.verify_note(head.note, head.era.verifier)
    assert (note.size, note.root) == (head.tree_size, bytes(head.root))
    assert sealer.seal() is None


@committing
def test_an_open_transaction_waits_and_delays_nobody(sealer):
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT audit.record('act', 'audit.verified', 'ok', NULL, 'system', 'tests', '', NULL, '', '', '', '',"
                " '', '', now(), '{}')"
            )
            (late,) = cursor.fetchone()
            (quick,) = written()
            first = sealer.seal()
            assert proofs.sealed([quick]) == {quick.pk: first.n}
            cursor.execute("COMMIT")
    finally:
        other.close()

    second = sealer.seal()

    assert late < quick.pk
    assert proofs.sealed(Event.objects.filter(pk__in=[late, quick.pk])) == {quick.pk: first.n, late: second.n}
    assert proofs.receipt(late)["index"] > proofs.receipt(quick.pk)["index"]


@committing
def test_a_head_comes_even_when_nothing_has_happened(sealer):
    before = Head.objects.order_by("-n").first()

    assert sealer.seal() is None
    made = sealer.seal(heartbeat=True)
    head = Head.objects.get(n=made.n)

    assert (made.n, made.added) == (before.n + 1, 0)
    assert bytes(head.root) == bytes(before.root)
    assert head.at > before.at


@committing
def test_another_sealer_goes_on_where_the_first_one_ended(sealer):
    written()
    first = sealer.seal()
    written(2)

    second = Sealer().seal()
    written()
    third = sealer.seal()

    assert (second.n, third.n) == (first.n + 1, first.n + 2)
    assert second.size + third.added == third.size


@committing
def test_another_key_seals_nothing(sealer, settings):
    settings.AUDIT_SEAL_KEY = base64.b64encode(b"o" * 32).decode()
    written()

    with pytest.raises(CannotSeal, match="密钥"):
        Sealer().seal()


@committing
def test_only_one_leads(sealer):
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [0x4855_4441])
            assert cursor.fetchone() == (True,)
            assert sealer.lead() is False
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()

    assert sealer.lead() is True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@committing
def test_what_is_sealed_while_somebody_checks_is_no_finding(sealer, monkeypatch):
    """The sealer does not wait for an auditor: a head comes between the auditor's first look and the rest."""

    class Roots(history.Roots):
        def __init__(self, cursor, era, *size):
            if era == last.era_id:
                written(3)
                sealer.seal()
            super().__init__(cursor, era, *size)

    written(2)
    sealer.seal()
    last = Head.objects.latest("n")
    known, _ = verify_trace(full=True, by=system("tests"))
    monkeypatch.setattr(history, "Roots", Roots)

    report, _ = verify_trace(full=True, by=system("tests"))

    assert [found for found in report.findings if found not in known.findings] == []
    assert report.up_to == last.n
    assert Head.objects.filter(n__gt=last.n).exists()


# --- the second signature -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sm2(tmp_path_factory):
    """An SM2 key pair, as docs/setup.md has it made."""
    folder = tmp_path_factory.mktemp("sm2")
    private, public = folder / "key.pem", folder / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "SM2", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public


@committing
def test_a_head_bears_an_sm2_signature_beside_the_other(sealer, settings, sm2):
    private, public = sm2
    settings.AUDIT_SM2_KEY_FILE = str(private)
    written()

    note = verify.parse_note(Sealer().seal().note)

    assert len(note.lines) == 2
    assert signers.sm2_holds(note, public)
    assert verify.verify_note(note, Era.objects.order_by("-era").first().verifier)
    lines = [note.lines[0], note.lines[1]._replace(signature=note.lines[1].signature[:-1] + b"\0")]
    assert not signers.sm2_holds(note._replace(lines=lines), public)
    assert not signers.sm2_holds(note._replace(text=note.text.replace("\nera ", "\nera 9")), public)
    assert not signers.sm2_holds(note._replace(lines=note.lines[:1]), public)


# --- the way out ----------------------------------------------------------------------------------------------------


@committing
def test_heads_leave_for_a_folder_and_are_read_back(sealer, settings, tmp_path):
    settings.AUDIT_PUBLISH_TO = [str(tmp_path / "elsewhere")]
    written()
    made = [sealer.seal()]
    publishing.publish()
    written()
    made.append(sealer.seal())

    (row,) = publishing.publish()

    notes = publishing.notes_of_folder(tmp_path / "elsewhere")
    assert notes[-2:] == [one.note for one in made]
    assert (tmp_path / "elsewhere" / "latest.note").read_text() == made[-1].note
    assert (row.n, row.error) == (made[-1].n, "")


@committing
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.99])
def test_a_note_that_a_crash_cut_short_spoils_no_other(sealer, settings, tmp_path, share):
    settings.AUDIT_PUBLISH_TO = [str(tmp_path)]
    written()
    made = [sealer.seal().note]
    publishing.publish()
    for _ in range(2):
        written()
        made.append(sealer.seal().note)
        (path,) = tmp_path.glob("*.notes")
        with path.open("a") as out:
            out.write("\n\n" + made[-1][: int(len(made[-1]) * share)])
        publishing.publish()

    notes = publishing.notes_of_folder(tmp_path)

    assert notes[-3:] == made
    assert len(notes) == len(set(notes))
    key = Era.objects.order_by("-era").first().verifier
    assert all(verify.verify_note(note, key) for note in made)


@committing
def test_a_note_that_is_just_being_written_is_not_read_yet(sealer, settings, tmp_path):
    settings.AUDIT_PUBLISH_TO = [str(tmp_path)]
    written()
    sealer.seal()
    publishing.publish()
    whole = publishing.notes_of_folder(tmp_path)
    (path,) = tmp_path.glob("*.notes")
    path.write_text(path.read_text() + f"\n\n{sealer.seal(heartbeat=True).note}"[:-9])

    assert publishing.notes_of_folder(tmp_path) == whole


@committing
def test_a_place_that_refuses_says_so_until_it_has_caught_up(sealer, settings, tmp_path):
    blocked = tmp_path / "taken"
    blocked.write_text("a file")
    settings.AUDIT_PUBLISH_TO = [str(blocked)]
    written()
    sealer.seal()

    (row,) = publishing.publish()
    assert "FileExistsError" in row.error
    assert Publication.objects.get(place=str(blocked)).error == row.error

    blocked.unlink()
    (row,) = publishing.publish()
    assert row.error == ""
    assert row.n == Head.objects.order_by("-n").first().n


# --- receipts, eras -------------------------------------------------------------------------------------------------


@committing
def test_a_receipt_holds_without_the_platform(sealer):
    (event,) = written()
    with pytest.raises(Refused, match="还没有封存"):
        proofs.receipt(event.pk)
    sealer.seal()

    receipt = proofs.receipt(event.pk)
    report = verify.check(verify.canonical(receipt), [receipt["verifier"]])

    assert not report.failed, str(report)
    assert verify.decode_leaf(verify.unb64(receipt["leaf"]))["id"] == event.pk
    altered = {**receipt, "index": receipt["index"] + 1}
    assert verify.check(verify.canonical(altered), [receipt["verifier"]]).failed


@committing
def test_events_are_found_under_the_heads_of_their_own_era(sealer, redis_now):
    (old,) = written()
    before = sealer.seal()
    (left,) = written()

    era = next_era()
    (new,) = written()
    assert proofs.sealed([old, left, new]) == {old.pk: before.n}
    sealer = Sealer()
    opening, later = sealer.seal(), sealer.seal()

    assert proofs.sealed([old, left, new]) == {old.pk: before.n, left.pk: opening.n, new.pk: later.n}
    assert opening.n == before.n + 1
    assert [proofs.receipt(event.pk)["verifier"] for event in (old, new)] == [
        Era.objects.get(era=era.era - 1).verifier,
        era.verifier,
    ]
    for event in (old, left, new):
        receipt = proofs.receipt(event.pk)
        assert not verify.check(verify.canonical(receipt), [receipt["verifier"]]).failed


@committing
def test_an_era_takes_two_people_and_one_proposal_at_a_time(sealer, redis_now):
    nobody = Actor(kind="user", id="3", name="护士", user_id=3, orgs={Role.NURSE: frozenset({1})})
    with pytest.raises(Refused, match="监管人员和审计人员"):
        eras.propose(reason="演练", by=nobody, now=timezone.now())
    with pytest.raises(Refused, match="写明"):
        eras.propose(reason="  ", by=keeper(1), now=timezone.now())
    proposal = eras.propose(reason="演练", by=keeper(1), now=timezone.now())

    with pytest.raises(Refused, match="另一位"):
        eras.approve(proposal_id=proposal.pk, by=keeper(1), now=timezone.now())
    with pytest.raises(Refused, match="已有一份"):
        eras.propose(reason="再一次", by=keeper(2), now=timezone.now())
    assert eras.open_agreed(now=timezone.now()) is None
    eras.withdraw(proposal_id=proposal.pk, reason="不需要了", by=keeper(2), now=timezone.now())
    with pytest.raises(Refused, match="处理过"):
        eras.approve(proposal_id=proposal.pk, by=keeper(2), now=timezone.now())


@committing
def test_the_state_of_the_seals_counts_what_waits(sealer):
    written(2)
    waiting = selectors.seal_state(now=timezone.now())
    sealer.seal()
    sealed = selectors.seal_state(now=timezone.now())

    assert waiting.waiting >= 2
    assert waiting.lag_seconds > 0
    assert (sealed.waiting, sealed.lag_seconds) == (0, 0.0)
    assert sealed.head.n == waiting.head.n + 1


# --- the tasks ------------------------------------------------------------------------------------------------------


@committing
def test_what_the_nightly_check_finds_is_kept_and_told(sealer, settings, tmp_path, caplog, redis_now):
    settings.AUDIT_PUBLISH_TO = [str(tmp_path)]
    written(2)
    sealer.seal()
    publishing.publish()

    assert tasks.verify_all() == {"findings": 0}
    assert tasks.verify_new() == {"findings": 0}
    (path,) = tmp_path.glob("*.notes")
    path.write_text(path.read_text().replace("\nera ", "\nera 9"))
    assert tasks.verify_new()["findings"] > 0

    kept = Verification.objects.order_by("-id").first()
    assert {found["code"] for found in kept.findings} == {"outside.broken"}
    assert kept.scope == Verification.Scope.NEW
    (told,) = [record for record in caplog.records if record.name == "audit.tasks"]
    assert told.levelname == "ERROR"
    assert told.findings == kept.findings


def test_the_checks_are_on_the_calendar(settings):
    planned = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert planned["audit.tasks.verify_new"].hour == {2}
    assert planned["audit.tasks.verify_all"].day_of_week == {0}
