"""What others keep: published notes, the witness's head, a second copy of the events."""

import hashlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import timedelta

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import Era, Head
from audit.sealing import leaves
from audit.standalone import verify
from audit.verification.findings import Finding

AT_ONCE = 50_000
REPLICATION_MAY_LAG = timedelta(seconds=60)
COMMIT_SECONDS = 2  # a commit may be seen over there a moment before it is seen here


def judge_notes(notes: Iterable[str], *, place: str) -> list[Finding]:
    """Compare heads kept elsewhere with those of this database: none may be newer, none may differ."""
    eras = {era.origin: era for era in Era.objects.all()}
    found = []
    newest: dict[str, int] = {}
    for text in notes:
        try:
            note = verify.parse_note(text)
            key = _key_of(note.origin, eras)
            if key:
                verify.verify_note(note, key)
        except ValueError:
            found.append(Finding("outside.broken", place=place))
            continue
        if note.origin not in eras:
            found.append(Finding("outside.rolled_back", place=f"{place} {note.origin}"))
            continue
        number = int(note.more.get("head", 0))
        newest[note.origin] = max(newest.get(note.origin, 0), number)
        mine = Head.objects.filter(n=number, era=eras[note.origin]).first()
        if mine is None:
            continue  # told below, once
        if (mine.tree_size, bytes(mine.root)) != (note.size, note.root):
            found.append(Finding("outside.forked", head=number, place=place))
    for origin, number in newest.items():
        if not Head.objects.filter(n=number, era=eras[origin]).exists():
            found.append(Finding("outside.rolled_back", head=number, place=place))
    return found


def witness_note(address: str, origin: str) -> str | None:
    """
    Fetch the last head that a witness cosigned; ``None`` when it knows none of this origin.

    :raises OSError: the witness does not answer
    """
    url = f"{address.rstrip('/')}/heads/{hashlib.sha256(origin.encode()).hexdigest()}"
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            return answer.read(64 * 1024).decode()
    except urllib.error.HTTPError as no:
        if no.code == 404:
            return None
        raise


def judge_copy(dsn: str, *, since: int = 0, progress: Callable[[int], None] = lambda events: None) -> list[Finding]:
    """Compare every event after ``since`` with a second copy, which has each event as it was first written."""
    found: list[Finding] = []
    try:
        copy = psycopg2.connect(dsn)
    except psycopg2.OperationalError:
        return [Finding("copy.silent")]
    try:
        with copy.cursor() as theirs, connection.cursor() as ours:
            while True:
                theirs.execute("SELECT max(id) FROM (SELECT id FROM audit.event WHERE id > %s ORDER BY id LIMIT %s) s",
                               [since, AT_ONCE])  # fmt: skip
                (up_to,) = theirs.fetchone()
                ours.execute("SELECT max(id) FROM (SELECT id FROM audit.event WHERE id > %s ORDER BY id LIMIT %s) s",
                             [since, AT_ONCE])  # fmt: skip
                (mine_up_to,) = ours.fetchone()
                if up_to is None and mine_up_to is None:
                    return found
                edge = min(pk for pk in (up_to, mine_up_to) if pk is not None)
                where = f"id > {int(since)} AND id <= {int(edge)}"
                # Theirs first: what is written meanwhile is then in ours at least.
                kept = _hashes(theirs, where)
                found += _compare(_hashes(ours, where), kept, ours)
                progress(edge - since)
                since = edge
    finally:
        copy.close()


def _compare(ours, theirs, cursor):
    if missing := sorted(theirs.keys() - ours.keys()):
        time.sleep(COMMIT_SECONDS)
        ours = ours | _hashes(cursor, f"id IN ({','.join(map(str, missing))})")
    found = [
        Finding("copy.changed", event=pk) for pk, mine in sorted(ours.items()) if pk in theirs and theirs[pk] != mine
    ]
    found += [Finding("copy.missing", event=pk) for pk in sorted(theirs.keys() - ours.keys())]
    if late := sorted(ours.keys() - theirs.keys()):
        cursor.execute(
            "SELECT min(id) FROM audit.event WHERE id = ANY (%s) AND at < %s",
            [late, timezone.now() - REPLICATION_MAY_LAG],
        )
        (first,) = cursor.fetchone()
        if first is not None:
            found.append(Finding("copy.behind", event=first))
    return found


def _hashes(cursor, where) -> dict[int, bytes]:
    kept: dict[int, bytes] = {}

    def take(leaf):
        kept[leaves.id_of(leaf)] = verify.leaf_hash(leaf)

    leaves.each(cursor, where, take)
    return kept


def _key_of(origin: str, eras: dict[str, Era]) -> str:
    """The published key if one is configured for the origin; else the database's own."""
    for key in settings.AUDIT_LOG_KEYS:
        if verify.parse_vkey(key).name == origin:
            return key
    return eras[origin].verifier if origin in eras else ""
