"""The witness on the second host, the real process: only growth is cosigned, whatever is sent, whenever it dies."""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.roles import Role
from audit import proofs
from audit import services as audit
from audit.models import Event
from audit.sealing import publishing
from audit.sealing.sealer import Sealer
from audit.standalone import verify, witness
from tests import witnesses, world
from tests.tree import growth_of, root_of

ORIGIN = "hudaojia.example/trace/1"
KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
LOG = verify.make_vkey(ORIGIN, verify.public_bytes(KEY))
BEGUN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SECOND = itertools.count(1)


def leaves(*texts):
    return [verify.leaf_hash(text.encode()) for text in texts]


def signed(tree, *, origin=ORIGIN, key=KEY, second=None):
    """A head over these leaves; each is signed a second after the one before unless said otherwise."""
    second = next(SECOND) if second is None else second
    return verify.make_note(
        origin=origin, size=len(tree), root=root_of(tree), era=1, head=second, snapshot="7:7:",
        time=BEGUN + timedelta(seconds=second), key=key,
    )  # fmt: skip


def asked(old, tree, note=None, proof=None):
    proof = growth_of(old, tree) if proof is None and 0 < old <= len(tree) else proof or []
    return f"old {old}\n" + "".join(verify.b64(step) + "\n" for step in proof) + "\n" + (note or signed(tree))


def run(command, folder, *more):
    done = subprocess.run(
        [sys.executable, witnesses.PROGRAM, command, "--folder", folder, *more],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


class Running(witnesses.Running):
    """A witness that trusts the log of these tests, and its door."""

    def __init__(self, folder):
        super().__init__(folder)
        _, self.vkey, _ = run("init", folder, "--name", "witness.example/a")
        assert run("trust", folder, LOG)[0] == 0

    def post(self, body, path="/add-checkpoint", **headers):
        return self.ask("POST", path, body.encode() if isinstance(body, str) else body, headers)

    def ask(self, method, path, body=None, headers=()):
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            door.request(method, path, body, dict(headers))
            answer = door.getresponse()
            return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        finally:
            door.close()

    def status(self):
        return json.loads(self.ask("GET", "/status")[1])

    def heads(self):
        path = self.folder / "heads" / f"{witness.origin_hash(ORIGIN)}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def said(self):
        return (self.folder / "stderr").read_text()


@pytest.fixture
def guard(tmp_path):
    running = Running(tmp_path / "witness")
    yield running
    running.stop()


def cosigned(guard, tree, answer):
    """Whether this is the witness's line under a head over these leaves."""
    (line,) = answer.splitlines()
    note = verify.parse_note(guard.heads()[-1]["note"])
    return verify.verify_cosignature(note, line, guard.vkey) > 0 and (note.size, note.root) == (
        len(tree),
        root_of(tree),
    )


def test_growth_is_cosigned_and_kept(guard):
    guard.start()
    tree, old = [], 0
    for more in ("a", "bc", "defgh", "i"):
        tree = tree + leaves(*more)
        status, answer, _ = guard.post(asked(old, tree))
        assert status == 200
        assert cosigned(guard, tree, answer)
        old = len(tree)

    assert [one["size"] for one in guard.heads()] == [1, 3, 8, 9]
    status, last, _ = guard.ask("GET", f"/heads/{witness.origin_hash(ORIGIN)}")
    note = verify.verify_note(last, LOG)
    assert (status, note.size, note.lines[-1].name) == (200, 9, "witness.example/a")
    assert verify.verify_cosignature(note, note.lines[-1], guard.vkey)
    (origin,) = guard.status()["origins"]
    assert (origin["size"], origin["due"], origin["origin"]) == (9, True, ORIGIN)


def test_the_private_key_is_its_owner_s_alone(guard):
    mode = stat.S_IMODE((guard.folder / "witness.key").stat().st_mode)

    assert mode == 0o600
    assert stat.S_IMODE(guard.folder.stat().st_mode) == 0o700
    code, _, said = run("init", guard.folder, "--name", "witness.example/b")
    assert code == 2
    assert "不会覆盖" in said


def test_who_begins_elsewhere_is_told_where_the_witness_stands(guard):
    guard.start()
    guard.post(asked(0, leaves(*"ab")))

    assert guard.post(asked(1, leaves(*"abc"))) == (409, "2\n", "text/x.tlog.size")
    assert guard.post(asked(0, leaves(*"abc"))) == (409, "2\n", "text/x.tlog.size")
    assert guard.post(asked(2, leaves(*"abc")))[0] == 200
    assert guard.status()["alarm"]["refused"] == []


def test_a_fork_is_refused_and_the_alarm_stays_until_a_human_clears_it(guard):
    rung = guard.folder / "rung"
    guard.start("--alarm-command", f'echo "$ALARM" >> {rung}')
    guard.post(asked(0, leaves(*"abc")))

    assert guard.post(asked(3, leaves(*"abX")))[0] == 422
    assert guard.post(asked(3, leaves(*"abXdef")))[0] == 422
    assert guard.post(asked(3, leaves(*"abcde"), proof=leaves("x", "y")))[0] == 422
    forged = asked(3, leaves(*"abX"))
    assert [guard.post(forged)[0], guard.post(forged)[0]] == [422, 422]

    assert [one["size"] for one in guard.heads()] == [3]
    assert [one["size"] for one in guard.status()["alarm"]["refused"]] == [3, 6, 5]
    assert guard.said().count("ALARM fork") == 3
    until(rung.exists)
    assert guard.post(asked(3, leaves(*"abcd")))[0] == 200
    kept = [json.loads(line) for line in (guard.folder / "alarms.jsonl").read_text().splitlines()]
    assert verify.verify_note(kept[0]["note"], LOG).root == root_of(leaves(*"abX"))
    guard.stop()
    guard.start()
    assert run("status", guard.folder)[0] == 1
    assert run("clear", guard.folder)[1] == "已解除 3 项告警。"
    assert guard.status()["alarm"]["refused"] == []
    code, said, _ = run("status", guard.folder)
    assert code == 0
    assert "4 条" in said
    assert rung.read_text() == f"「{ORIGIN}」的前 3 条有两种历史。\n"


def test_a_roll_back_is_refused_with_an_alarm_and_a_late_request_without_one(guard):
    guard.start()
    late = signed(leaves(*"ab"))
    guard.post(asked(0, leaves(*"abc")))

    assert guard.post(asked(0, leaves(*"ab"), late))[:2] == (409, "3\n")
    assert guard.status()["alarm"]["refused"] == []
    assert guard.post(asked(0, leaves(*"ab")))[:2] == (409, "3\n")
    (one,) = guard.status()["alarm"]["refused"]
    assert (one["kind"], one["size"]) == ("rollback", 2)
    assert [one["size"] for one in guard.heads()] == [3]


def test_the_same_head_again_gets_the_same_line_and_a_newer_one_of_the_same_size_is_fresh(guard):
    guard.start()
    first, second = signed(leaves("a")), signed(leaves("a"))
    answer = guard.post(asked(0, leaves("a"), first))
    time.sleep(1.1)  # a line made anew would carry another second

    assert guard.post(asked(1, leaves("a"), first)) == answer
    assert guard.post(asked(1, leaves("a"), second))[0] == 200
    assert guard.post(asked(1, leaves("a"), first))[0] == 200
    assert [one["note"] for one in guard.heads()] == [first, second]


def test_an_origin_needs_a_human_s_word_and_its_own_key(guard):
    guard.start()
    second = ORIGIN[:-1] + "2"
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    vkey = verify.make_vkey(second, verify.public_bytes(other))
    tree = leaves("a")

    assert guard.post(asked(0, tree, signed(tree, origin=second, key=other)))[0] == 404
    assert guard.post(asked(0, tree, signed(tree, key=other)))[0] == 403
    assert run("trust", guard.folder, vkey)[0] == 0
    assert guard.post(asked(0, tree, signed(tree, origin=second, key=other)))[0] == 200
    assert {one["origin"]: one["due"] for one in guard.status()["origins"]} == {ORIGIN: False, second: True}
    replaced = verify.make_vkey(ORIGIN, verify.public_bytes(other))
    assert run("trust", guard.folder, replaced)[0] == 2
    assert run("trust", guard.folder, guard.vkey)[0] == 2
    assert run("trust", guard.folder, "rubbish")[0] == 2


def test_lines_that_a_stranger_adds_to_a_note_are_not_kept(guard):
    guard.start()
    note = signed(leaves("a"))

    assert guard.post(asked(0, leaves("a"), note + "— stranger.example AAAAAAAAAAAA\n"))[0] == 200
    assert guard.heads()[0]["note"] == note


@pytest.mark.parametrize(
    "body",
    [
        "", "\n", "old 0\n\n", "old 0", "old -1\n\nx", "old 00\n\n" + signed([]), "old x\n\n" + signed([]),
        b"\xff\xfe\x00", "new 0\n\n" + signed([]), "old 0\nnot base64\n\n" + signed([]),
        "old 0\n" + "AAAA\n" * 3 + "\n" + signed([]), asked(5, leaves("a"), proof=[]),
        asked(0, leaves("a"), proof=leaves(*"x" * 64)), "old 9" + "9" * 400 + "\n\n" + signed([]),
        asked(0, leaves("a")).replace("\n1\n", "\n01\n"), asked(0, leaves("a"))[:-5],
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_refused(guard, body):
    guard.start()

    assert guard.post(body)[0] in (400, 403)
    assert guard.heads() == []
    assert guard.post(asked(0, leaves("a")))[0] == 200


def test_rubbish_on_the_line_is_answered_with_a_refusal_and_leaves_the_witness_alive(guard):
    guard.start()
    chosen = random.Random(3)  # noqa: S311 - rubbish needs no secrecy
    rubbish = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -5\r\n\r\nhello",
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9999999999999\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"GET /heads/../../witness.key HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        *[chosen.randbytes(200).replace(b"\n", b"") + b"\r\n\r\n" for _ in range(20)],
    ]
    for one in rubbish:
        with socket.create_connection(("127.0.0.1", guard.port), timeout=15) as line:
            line.sendall(one)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while more := line.recv(4096):
                    answer += more
        assert re.search(rb"HTTP/1.1 (4\d\d|505)|Error code: (4\d\d|505)", answer) or answer == b"", (one[:60], answer)
    with socket.create_connection(("127.0.0.1", guard.port), timeout=15) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 50\r\n\r\nold 0\n")  # and gone

    assert guard.process.poll() is None
    assert guard.post(asked(0, leaves("a")))[0] == 200


def test_of_rivals_at_one_size_only_one_is_ever_cosigned(guard):
    guard.start()
    tree = leaves("a")
    guard.post(asked(0, tree))
    for step in range(5):
        rivals = [tree + leaves(f"{step} {n}") for n in range(8)]
        bodies = [asked(len(tree), rival) for rival in rivals]
        with ThreadPoolExecutor(8) as eight:
            answers = [status for status, _, _ in eight.map(guard.post, bodies)]
        assert sorted(answers) == [200, *[409] * 7]
        tree = rivals[answers.index(200)]

    assert [one["root"] for one in guard.heads()][-1] == verify.b64(root_of(tree))


def test_killed_at_any_point_it_never_cosigns_two_roots_of_one_size(guard):
    """After each kill a rival head of the same size is sent first: it is cosigned only if the other one never was."""
    chosen = random.Random(11)  # noqa: S311 - when to kill is no secret
    seen, tree, lost = {}, [], []
    names = itertools.count()
    kills = 0
    while kills < 14 or len(seen) <= 14:  # on a busy machine many a kill comes before the first answer
        kills += 1
        assert kills <= 60, f"{len(seen)} heads in 60 rounds"
        guard.start()
        timer = threading.Timer(chosen.uniform(0.005, 0.12 * (1 + kills / 10)), guard.process.kill)
        timer.start()
        try:
            while True:
                grown = tree + leaves(f"leaf {next(names)}")
                lost.append(grown)
                status, answer, _ = guard.post(asked(len(tree), grown))
                if status == 200:
                    tree = grown
                    assert seen.setdefault(len(tree), root_of(tree)) == root_of(tree)
                else:
                    # A head whose answer was swallowed by the kill had reached the disk, so its rival comes too late.
                    assert (status, answer) == (409, f"{len(tree) + 1}\n")
                    (tree,) = [one for one in lost if verify.b64(root_of(one)) == guard.heads()[-1]["root"]]
                lost = []
        except (OSError, http.client.HTTPException):
            timer.join()
        guard.stop(signal.SIGKILL)

    kept = {}
    for one in guard.heads():
        assert kept.setdefault(one["size"], one["root"]) == one["root"]
    assert {size: verify.b64(root) for size, root in seen.items()}.items() <= kept.items()


def test_a_line_that_a_crash_left_half_written_is_cut_off_and_a_damaged_one_stops_everything(guard):
    guard.start()
    guard.post(asked(0, leaves("a")))
    guard.stop(signal.SIGKILL)
    (path,) = (guard.folder / "heads").iterdir()
    whole = path.read_bytes()

    path.write_bytes(whole + whole[: len(whole) // 2])
    assert run("status", guard.folder)[0] == 0
    assert path.read_bytes() != whole
    guard.start()
    assert path.read_bytes() == whole
    assert guard.post(asked(1, leaves(*"ab")))[0] == 200
    guard.stop()
    path.write_bytes(path.read_bytes()[:-40] + b"\n")
    code, _, said = run("serve", guard.folder, "--port", "0")
    assert code == 2
    assert "已损坏" in said


def test_a_full_disk_means_no_cosignature_and_nothing_forgotten(guard):
    guard.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY)))
    tree, answers = [], []
    for n in range(10):
        status, _, _ = guard.post(asked(len(tree), tree + leaves(str(n))))
        answers.append(status)
        tree = tree + leaves(str(n)) if status == 200 else tree

    assert answers[0] == 200
    assert answers[-3:] == [503, 503, 503]
    assert [one["size"] for one in guard.heads()] == list(range(1, len(tree) + 1))
    guard.stop()
    guard.start()
    assert guard.post(asked(len(tree), tree + leaves("more")))[0] == 200


def test_silence_rings_once_and_ends_with_the_next_fresh_head(guard):
    rung = guard.folder / "rung"
    # Long enough that it is not silent again before the status is asked after a head, on a busy machine too.
    guard.start("--silence", "3", "--alarm-command", f'echo "$ALARM" >> {rung}')
    until(rung.exists)
    time.sleep(4)

    assert len(rung.read_text().splitlines()) == 1
    assert f"「{ORIGIN}」已有" in rung.read_text()
    assert ORIGIN in json.loads((guard.folder / "alarm.json").read_text())["silence"]
    assert guard.said().count("ALARM silence") == 1
    old = signed(leaves("a"))
    assert guard.post(asked(0, leaves("a")))[0] == 200
    assert guard.status()["alarm"]["silence"] == {}
    until(lambda: len(rung.read_text().splitlines()) == 2)
    assert guard.post(asked(1, leaves("a"), old))[0] == 200
    assert ORIGIN in guard.status()["alarm"]["silence"]  # an old head, sent again, is no sign of life
    assert guard.post(asked(1, leaves("a")))[0] == 200
    assert guard.status()["alarm"]["silence"] == {}


def test_a_closed_era_is_not_waited_for(guard):
    second = verify.make_vkey(ORIGIN[:-1] + "2", verify.public_bytes(KEY))
    guard.start("--silence", "0.4")
    until(lambda: ORIGIN in guard.status()["alarm"]["silence"])

    run("trust", guard.folder, second)
    until(lambda: list(guard.status()["alarm"]["silence"]) == [ORIGIN[:-1] + "2"])


def test_one_folder_has_one_witness(guard):
    guard.start()

    code, _, said = run("serve", guard.folder, "--port", "0")
    assert code == 2
    assert "已有一个见证程序" in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("002 三(一)")
def test_the_platform_s_heads_are_cosigned_and_the_receipt_says_so(guard, settings):
    t = world.town()
    audit.looked(target=t.patient, by=t.actor(Role.SUPERVISOR), now=t.now, why="抽查")
    looked = Event.objects.order_by("-id").first()
    head = Sealer().seal(heartbeat=True)
    log = verify.make_vkey(verify.parse_note(head.note).origin, verify.public_bytes(Sealer().key))
    guard.start()
    settings.AUDIT_PUBLISH_TO = [f"http://127.0.0.1:{guard.port}"]
    settings.AUDIT_WITNESS_KEYS = [guard.vkey]

    (place,) = publishing.publish()
    assert "先登记公钥" in place.error
    run("trust", guard.folder, log)
    (place,) = publishing.publish()
    assert (place.error, place.n) == ("", head.n)
    report = verify.check(verify.canonical(proofs.receipt(looked.pk)), [log], [guard.vkey])
    assert not report.failed
    assert not [line for line in report.lines if line.startswith("？")]
    assert "    事由：抽查" in report.lines

    audit.looked(target=t.patient, by=t.actor(Role.SUPERVISOR), now=t.now, why="再查")
    grown = Sealer().seal()
    guard.stop(signal.SIGKILL)
    assert publishing.publish()[0].error
    guard.start()
    settings.AUDIT_PUBLISH_TO = [f"http://127.0.0.1:{guard.port}"]
    (place,) = publishing.publish()
    assert (place.error, place.n) == ("", grown.n)
    assert guard.status()["alarm"]["refused"] == []


def until(is_so, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def test_it_needs_no_platform(tmp_path):
    """On a second host lie three files and nothing else of ours."""
    for name in ("witness.py", "keeping.py", "verify.py"):
        (tmp_path / name).write_bytes((witnesses.PROGRAM.parent / name).read_bytes())
    bare = (
        "import runpy, sys; sys.modules.update(dict.fromkeys(['django', 'audit', 'psycopg2', 'kernel']));"
        "sys.argv = sys.argv[1:]; sys.path.insert(0, '.'); runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", bare, "witness.py", "init", "--folder", "w", "--name", "witness.example/a"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env={**os.environ})

    assert done.returncode == 0, done.stderr
    assert verify.parse_vkey(done.stdout.strip()).kind == verify.WITNESS
