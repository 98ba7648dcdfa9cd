"""What a witness keeps in its folder: the key, the logs that a human allowed, the heads, the alarms."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

if __package__:
    from audit.standalone import verify
else:
    import verify
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LONGEST_LINE = 256 * 1024  # of a history; four times the longest request
MOST_REFUSALS = 100  # kept in alarm.json until a human clears them
COMMAND_SECONDS = 30


class Refusal(Exception):
    """What cannot be done, in words for the operator."""


def origin_hash(origin: str) -> str:
    """Return the name under which an origin's heads are kept and asked for."""
    return hashlib.sha256(origin.encode()).hexdigest()


class Folder:
    """The witness's own folder: key, trusted logs, heads, alarms."""

    def __init__(self, path: Path):
        self.path = path
        self.key_file = path / "witness.key"
        self.trusted_file = path / "trusted"
        self.heads = path / "heads"

    def create(self, name: str) -> str:
        """Make the folder and the key. Returns the public key."""
        public = verify.public_bytes(key := Ed25519PrivateKey.generate())
        try:
            vkey = verify.make_vkey(name, public, verify.WITNESS)
            verify.parse_vkey(vkey)
        except ValueError:
            raise Refusal("名称不能为空，也不能含有空格或加号。") from None
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            key_file = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise Refusal("这个文件夹里已经有一个见证方，不会覆盖它的私钥。") from None
        with open(key_file, "w", encoding="utf-8") as opened:
            opened.write(f"{name}\n{verify.b64(key.private_bytes_raw())}\n")
            _to_disk(opened)
        self.heads.mkdir(mode=0o700, exist_ok=True)
        _folder_to_disk(self.path)
        return vkey

    def key(self) -> tuple[str, Ed25519PrivateKey]:
        """Return the witness's name and private key."""
        try:
            name, seed, _ = self.key_file.read_text(encoding="utf-8").split("\n")
            return name, Ed25519PrivateKey.from_private_bytes(verify.unb64(seed, 32))
        except (OSError, ValueError):
            raise Refusal("这个文件夹里没有见证方的私钥，请先运行 witness.py init。") from None

    def vkey(self) -> str:
        """Return the public key that families and auditors are given."""
        name, key = self.key()
        return verify.make_vkey(name, verify.public_bytes(key), verify.WITNESS)

    def trusted(self) -> dict[str, verify.Vkey]:
        """Return the logs that a human allowed, by origin, oldest first; read anew each time."""
        try:
            lines = self.trusted_file.read_text(encoding="utf-8").split()
            return {key.name: key for key in map(verify.parse_vkey, lines)}
        except FileNotFoundError:
            return {}
        except ValueError:
            raise Refusal("trusted 文件已损坏，请人工核对。") from None

    def trust(self, vkey: str) -> None:
        """Allow an origin: a new era is a new origin, and takes a human's word."""
        self.key()
        try:
            key = verify.parse_vkey(vkey)
        except ValueError:
            raise Refusal("这不是一个公钥。") from None
        if key.kind != verify.LOG:
            raise Refusal("这不是日志的 Ed25519 公钥。")
        with self.locked("trusted.lock"):
            known = self.trusted().get(key.name)
            if known and known != key:
                raise Refusal(f"「{key.name}」已经有另一个公钥；更换公钥须开启新的时期。")
            if not known:
                before = self.trusted_file.read_text(encoding="utf-8") if self.trusted_file.exists() else ""
                _replace(self.trusted_file, f"{before}{vkey}\n")

    def history_file(self, origin: str) -> Path:
        return self.heads / f"{origin_hash(origin)}.jsonl"

    def watched(self) -> list[str]:
        """
        Return the origins from which heads are due.

        An origin ends with the number of its era, and only the newest era of a log goes on.
        """
        return list({origin.rpartition("/")[0]: origin for origin in self.trusted()}.values())

    @contextlib.contextmanager
    def locked(self, name: str, wait: bool = True):
        """Hold one of the folder's locks, which end with the process."""
        with (self.path / name).open("a") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Refusal("这个文件夹已有一个见证程序在运行。") from None
            yield


class Head(NamedTuple):
    """One accepted head: the note as the log signed it, and this witness's line under it."""

    note: verify.Note
    signed: str
    line: str
    at: int


def last_head(path: Path, vkey: str) -> Head | None:
    """
    Return the last whole line of a history; only reads, so it may be asked while the witness is at work.

    :raises Refusal: it is not what this witness wrote
    """
    try:
        with path.open("rb") as opened:
            start = max(0, opened.seek(0, os.SEEK_END) - LONGEST_LINE)
            opened.seek(start)
            whole, end, _ = opened.read().rpartition(b"\n")
    except FileNotFoundError:
        return None
    if not end and start == 0:
        return None
    try:
        said = json.loads(whole.rpartition(b"\n")[2])
        head = Head(verify.parse_note(said["note"]), said["note"], said["cosignature"], said["at"])
        verify.verify_cosignature(head.note, head.line, vkey)
    except (ValueError, KeyError, TypeError):
        raise Refusal(f"{path.name} 的最后一行已损坏。请人工核对，见证程序不会从猜测的位置继续。") from None
    return head


class History:
    """Every head accepted from one origin, one JSON line each, only ever appended to. One process at a time."""

    def __init__(self, folder: Folder, origin: str):
        path = folder.history_file(origin)
        self.last = last_head(path, folder.vkey())
        self.broken = False
        folder.heads.mkdir(mode=0o700, exist_ok=True)
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        _folder_to_disk(folder.heads)
        self._cut_off_what_a_crash_left()

    def append(self, head: Head) -> None:
        """
        Put a head on the disk; when this returns, no loss of power can forget it.

        :raises OSError: the disk would not take it; nothing may be answered
        """
        if self.broken:
            raise OSError("an earlier head may not have reached the disk")
        said = {"at": head.at, "size": head.note.size, "root": verify.b64(head.note.root)}
        said.update({"note": head.signed, "cosignature": head.line})
        data = (json.dumps(said, ensure_ascii=False) + "\n").encode()
        before = os.fstat(self.file).st_size
        self.broken = True  # until the line is known to stand or known to be gone; a failed fsync cannot be tried again
        try:
            if os.write(self.file, data) != len(data):
                raise OSError("no room on the disk")
        except OSError:
            os.ftruncate(self.file, before)
            self.broken = False
            raise
        os.fsync(self.file)
        self.broken = False
        self.last = head

    def _cut_off_what_a_crash_left(self) -> None:
        """A line half written was never answered, so nobody holds a cosignature of it."""
        size = os.fstat(self.file).st_size
        tail = os.pread(self.file, LONGEST_LINE, max(0, size - LONGEST_LINE))
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self.file, size - len(tail) + tail.rfind(b"\n") + 1)
        os.fsync(self.file)


class Alarms:
    """``alarm.json`` says what is wrong now; ``alarms.jsonl`` keeps every alarm there was, with the refused heads."""

    def __init__(self, folder: Folder, command: str = ""):
        self.folder, self.command = folder, command
        self.file = folder.path / "alarm.json"

    def now(self) -> dict:
        """Return what is wrong now."""
        try:
            return {"silence": {}, "refused": [], **json.loads(self.file.read_text(encoding="utf-8"))}
        except (OSError, ValueError):
            return {"silence": {}, "refused": []}

    def silent(self, origin: str, seconds: int) -> None:
        """Raise the alarm once per silence."""
        with self._changing() as state:
            if origin in state["silence"]:
                return
            state["silence"][origin] = int(time.time())
        self._tell({"kind": "silence", "origin": origin}, f"「{origin}」已有 {seconds} 秒没有新的封存头。")

    def heard(self, origin: str) -> None:
        """Take back the alarm: a fresh head has come, or none is due any more."""
        if origin in self.now()["silence"]:
            with self._changing() as state:
                state["silence"].pop(origin, None)
            self._keep({"kind": "heard", "origin": origin})

    def refused(self, kind: str, note: verify.Note, sentence: str, signed: str) -> None:
        """
        Raise the alarm over a head that the log did sign: kept until a human clears it, never raises.

        A log with two histories signs on every second: the command runs once for each kind until the alarm is cleared.
        """
        first = True
        one = {"kind": kind, "origin": note.origin, "size": note.size, "root": verify.b64(note.root)}
        try:
            with self._changing() as state:
                known = [{name: old[name] for name in one} for old in state["refused"]]
                if one in known or len(known) >= MOST_REFUSALS:
                    return
                first = (kind, note.origin) not in [(old["kind"], old["origin"]) for old in state["refused"]]
                state["refused"].append({**one, "at": int(time.time()), "sentence": sentence})
        except OSError:
            sys.stderr.write("ALARM alarm.json cannot be written\n")
        self._tell({**one, "note": signed}, sentence, ring=first)

    def cleared(self) -> int:
        """Forget the refused heads that a human has looked into. Returns how many there were."""
        with self._changing() as state:
            count, state["refused"] = len(state["refused"]), []
        self._keep({"kind": "cleared", "count": count})
        return count

    @contextlib.contextmanager
    def _changing(self):
        with self.folder.locked("alarm.lock"):
            state = self.now()
            yield state
            _replace(self.file, json.dumps(state, ensure_ascii=False, indent=1) + "\n")

    def _tell(self, said: dict, sentence: str, ring: bool = True) -> None:
        sys.stderr.write(f"ALARM {said['kind']} {verify.plain(sentence)}\n")
        sys.stderr.flush()
        if self.command and ring:
            threading.Thread(target=self._run, args=(sentence,), daemon=True).start()
        self._keep({**said, "sentence": sentence})

    def _keep(self, said: dict) -> None:
        with contextlib.suppress(OSError), (self.folder.path / "alarms.jsonl").open("a", encoding="utf-8") as opened:
            opened.write(json.dumps({"at": int(time.time()), **said}, ensure_ascii=False) + "\n")

    def _run(self, sentence: str) -> None:
        try:
            subprocess.run(
                ["/bin/sh", "-c", self.command],
                env={**os.environ, "ALARM": sentence},
                stdin=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as broken:
            sys.stderr.write(f"ALARM command failed: {type(broken).__name__}\n")


def _to_disk(opened) -> None:
    opened.flush()
    os.fsync(opened.fileno())


def _folder_to_disk(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old one or the new one."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as opened:
        opened.write(text)
        _to_disk(opened)
    fresh.replace(path)
    _folder_to_disk(path.parent)
