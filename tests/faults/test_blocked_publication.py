"""The way out is blocked: it is said here and over there, and what was held back follows with its proofs."""

import contextlib
import shutil
import signal
import socket
import threading
import time

import pytest

from audit.sealing import eras, publishing
from audit.standalone import verify
from tests.faults.cluster import Witness, wait_until, write

pytestmark = pytest.mark.clause("002 五(七)2(2)")

SILENCE = 3.0


class Road:
    """The road to the witness: a port that passes on what it gets, until it is closed."""

    def __init__(self, to):
        self.to, self.open, self.passed = to, True, 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.door.accept()
                if not self.open:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self.to), 5)
                except OSError:
                    near.close()
                    continue
                self.passed += 1
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Writer(threading.Thread):
    """Ten events a second."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.stop = cluster, threading.Event()

    def run(self):
        with contextlib.closing(self.cluster.connect()) as connection, connection.cursor() as cursor:
            while not self.stop.wait(0.1):
                write(cursor, 1, 1)


def led(way, to):
    new = way.with_name("next")
    new.symlink_to(to)
    new.replace(way)


@pytest.fixture(scope="module")
def scene(make_cluster, tmp_path_factory, log_vkey):
    cluster = make_cluster()
    home = tmp_path_factory.mktemp("outside")
    (home / "published").mkdir()
    cluster.folder_out = home / "way"  # a link, which can be led elsewhere at one stroke
    led(cluster.folder_out, home / "published")
    cluster.witness = Witness(home / "witness").trust(log_vkey(1)).start("--silence", str(SILENCE))
    cluster.road = Road(cluster.witness.port)
    cluster.environment = {
        "AUDIT_PUBLISH_TO": f"{cluster.folder_out},{cluster.road.address}",
        "AUDIT_WITNESS_KEYS": cluster.witness.vkey,
        "AUDIT_LOG_KEYS": log_vkey(1),
    }
    cluster.sealer("sealer", "--every", "0.3")
    writer = Writer(cluster)
    writer.start()
    try:
        wait_until(lambda: all(standing(cluster, place)[0] for place in places(cluster)), "the first heads outside")
        yield cluster
    finally:
        writer.stop.set()
        writer.join(5)
        cluster.witness.stop()
        cluster.road.door.close()


def places(cluster):
    return [str(cluster.folder_out), cluster.road.address]


def standing(cluster, place):
    """How far a place is, and what hinders the rest."""
    rows = cluster.ask("SELECT n, error FROM audit_publication WHERE place = %s", place)
    return rows[0] if rows else (0, "")


def newest(cluster):
    return cluster.one("SELECT max(n) FROM audit.head")


def caught_up(cluster, place, after):
    def is_so():
        n, error = standing(cluster, place)
        return n > after and not error

    wait_until(is_so, f"{place} to catch up")


def test_a_folder_that_cannot_be_written(scene):
    """Sealing goes on, the reason stands for the commission to read, nothing is missing afterwards."""
    other = scene.folder_out.with_name("file")
    other.write_text("something else took the folder's place")
    led(scene.folder_out, other)
    wait_until(lambda: "FileExistsError" in standing(scene, str(scene.folder_out))[1], "the reason")
    blocked_at = newest(scene)
    wait_until(lambda: newest(scene) > blocked_at + 3, "sealing to go on")
    wait_until(lambda: standing(scene, scene.road.address)[0] > blocked_at, "the witness to get on meanwhile")

    led(scene.folder_out, other.with_name("published"))
    caught_up(scene, str(scene.folder_out), blocked_at + 3)

    notes = [verify.parse_note(text) for text in publishing.notes_of_folder(scene.folder_out)]
    numbers = list(dict.fromkeys(int(note.more["head"]) for note in notes))  # what broke off is written again
    assert numbers == list(range(1, len(numbers) + 1))
    assert (scene.folder_out / "latest.note").exists()


def test_a_closed_road_to_the_witness(scene):
    """Both ends raise the alarm; afterwards one proof covers all that was held back."""
    before = scene.witness.history(eras.origin(1))[-1]
    scene.road.open = False
    _, said = wait_until(lambda: (row := standing(scene, scene.road.address))[1] and row, "the reason")
    assert said
    wait_until(lambda: scene.witness.status()["alarm"]["silence"], "the witness's alarm", seconds=SILENCE + 5)
    stuck = int(scene.witness.history(eras.origin(1))[-1].more["head"])
    held_back = wait_until(lambda: (n := newest(scene)) > stuck + 4 and n, "enough heads held back")

    scene.road.open = True
    caught_up(scene, scene.road.address, held_back)

    # Judged at once: the sealer goes on, and any later head is another silence's business.
    history = scene.witness.history(eras.origin(1))
    after = next(note for note in history if note.size > before.size and int(note.more["head"]) >= held_back)
    with_gap = [int(note.more["head"]) for note in history]
    assert int(after.more["head"]) - max(n for n in with_gap if n < int(after.more["head"])) > 3
    wait_until(lambda: not scene.witness.status()["alarm"]["silence"], "the alarm's end")
    assert scene.witness.status()["alarm"]["refused"] == []
    assert scene.one("SELECT count(*) FROM audit_cosignature WHERE n = %s", int(after.more["head"])) == 1


def test_a_witness_that_dies_and_comes_back(scene):
    """kill -9, three times, while heads arrive: it goes on where it was, with one history only."""
    for _ in range(3):
        time.sleep(0.7)
        scene.witness.stop(signal.SIGKILL)
        dead_at = newest(scene)
        wait_until(lambda: standing(scene, scene.road.address)[1], "the reason")
        scene.witness.start("--silence", str(SILENCE))
        caught_up(scene, scene.road.address, dead_at)

    history = scene.witness.history(eras.origin(1))
    sizes = [note.size for note in history]
    assert sizes == sorted(sizes)
    assert scene.witness.status()["alarm"]["refused"] == []
    roots = dict(scene.ask("SELECT n, root FROM audit.head"))
    assert all(bytes(roots[int(note.more["head"])]) == note.root for note in history)


def test_after_all_that_nothing_is_found(scene):
    done = scene.manage("audit_verify", "--full", "--workers", "1")

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_database_that_refuses_heads(scene):
    """Not a lost connection but a missing right, say: the reason stands there, and it ends by itself."""
    with contextlib.closing(scene.connect(role="postgres")) as session, session.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE insufficient_privilege; END'"
        )
        cursor.execute("CREATE TRIGGER no BEFORE INSERT ON audit.head FOR EACH ROW EXECUTE FUNCTION no()")
        said = wait_until(
            lambda: scene.one("SELECT error FROM audit_publication WHERE place = 'sealer'"), "the sealer's reason"
        )
        refused_at = newest(scene)
        cursor.execute("DROP TRIGGER no ON audit.head")

    assert "数据库拒绝了封存" in said
    wait_until(lambda: newest(scene) > refused_at, "sealing to go on")
    wait_until(
        lambda: scene.one("SELECT error FROM audit_publication WHERE place = 'sealer'") == "", "the reason to go"
    )


def test_a_witness_that_remembers_more_than_the_database(scene, tmp_path):
    """The heads after some moment are taken away by somebody who may do everything in the database."""
    alone = tmp_path / "alone"
    shutil.copytree(scene.folder_out, alone)
    wait_until(lambda: newest(scene) > 12, "enough heads")
    with contextlib.closing(scene.connect(role="postgres")) as session, session.cursor() as cursor:
        # At one stroke, and with no sealing under way: it has read the last head before it writes the next, which would
        # stand above the gap. Only the strongest lock waits for those who have read.
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE audit.head, audit.tile IN ACCESS EXCLUSIVE MODE")
        cursor.execute("ALTER TABLE audit.head DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit.tile DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit.head WHERE n > 5")
        cursor.execute("COMMIT")

    # The tree no longer fits the last head: the sealer stops, and says so instead of making a new history.
    said = wait_until(
        lambda: scene.one("SELECT error FROM audit_publication WHERE place = 'sealer'"), "the sealer's refusal"
    )
    assert "audit_verify" in said
    assert newest(scene) == 5
    done = scene.manage("audit_verify", "--full", "--workers", "1")
    assert done.returncode == 1
    assert "[outside.rolled_back]" in done.stdout
