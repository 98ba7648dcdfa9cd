"""
Check a receipt or an evidence pack of the trace, without the platform: ``python verify.py receipt.json``.

One file, Python 3.9 or newer, the standard library and ``cryptography``; a family or a court may read all of it. The
platform itself imports the tree, the notes and the archive from here, so there is one truth about each.

Formats: Merkle tree of RFC 6962; signed notes, checkpoints and cosignatures of C2SP; leaves are PostgreSQL's COPY BINARY
tuples of ``audit.event``.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import uuid
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    sys.stderr.write("请先安装 cryptography：python -m pip install cryptography\n")
    raise SystemExit(2) from None

# --- tree (RFC 6962) ------------------------------------------------------------------------------------------------

EMPTY = hashlib.sha256(b"").digest()  # the root of a tree without leaves


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash under which a leaf's bytes stand in the tree."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Range:
    """A growing tree, kept as the roots of its full subtrees, largest first: one hash per 1 bit of the size."""

    def __init__(self, size: int = 0, peaks=()):
        self.size, self.peaks = size, [bytes(peak) for peak in peaks]
        if len(self.peaks) != bin(size).count("1"):
            raise ValueError(f"a tree of {size} leaves has {bin(size).count('1')} peaks, not {len(self.peaks)}")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash. Returns the nodes that are now full: (level, index in that level, hash), the leaf first."""
        level, index, made = 0, self.size, [(0, self.size, leaf)]
        while index & 1:
            leaf, level, index = node(self.peaks.pop(), leaf), level + 1, index >> 1
            made.append((level, index, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        root = self.peaks[-1] if self.peaks else EMPTY
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Say whether the leaf with this hash stands at ``index`` of the tree with this size and root."""
    if not 0 <= index < size or any(len(step) != 32 for step in proof):
        return False
    last = size - 1
    for step in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            leaf = node(step, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, step)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """Say whether the tree of ``size`` begins with exactly the leaves of the tree of ``old_size``."""
    if not 0 <= old_size <= size or any(len(step) != 32 for step in proof):
        return False
    if old_size == 0 or old_size == size:
        return not proof and old_root == (EMPTY if old_size == 0 else root) and (size > 0 or root == EMPTY)
    steps = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not steps:
        return False
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node(step, old), node(step, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, step)
        index, last = index >> 1, last >> 1
    return last == 0 and old == old_root and new == root


# --- keys and notes (C2SP) ------------------------------------------------------------------------------------------

LOG, WITNESS = 0x01, 0x04  # Ed25519 over the note; Ed25519 cosignature with a time
KNOWN_LINES = ("era", "head", "snapshot", "time")


class Vkey(NamedTuple):
    """A public key with its name."""

    name: str
    kind: int
    id: bytes
    public: bytes


class Line(NamedTuple):
    """One signature line of a note."""

    name: str
    id: bytes
    signature: bytes


class Note(NamedTuple):
    """A signed head: ``text`` is what was signed, ``more`` the lines after the root by their first word."""

    text: str
    origin: str
    size: int
    root: bytes
    more: dict[str, str]
    lines: list[Line]


def b64(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode()


def unb64(text: str, length: int | None = None) -> bytes:
    """
    Read standard base64, only as :func:`b64` writes it: unused bits are no hiding place.

    :raises ValueError: written otherwise, or not of this length
    """
    data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    if b64(data) != text or length not in (None, len(data)):
        raise ValueError("编码不合规范")
    return data


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 public bytes of a private key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def make_vkey(name: str, public: bytes, kind: int = LOG) -> str:
    """Return ``name+id+base64`` of a public key."""
    return f"{name}+{key_id(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def parse_vkey(text: str) -> Vkey:
    """
    Read what :func:`make_vkey` writes.

    :raises ValueError: not such a text, or the id is not this key's
    """
    name, _, rest = text.partition("+")
    data = unb64(rest.partition("+")[2], 33)
    key = Vkey(name, data[0], key_id(name, data[0], data[1:]), data[1:])
    if (
        not name
        or re.search(r"\s", name)
        or key.kind not in (LOG, WITNESS)
        or make_vkey(name, data[1:], key.kind) != text
    ):
        raise ValueError("公钥不合规范")
    return key


def make_note(
    *, origin: str, size: int, root: bytes, era: int, head: int, snapshot: str, time: datetime, key: Ed25519PrivateKey
) -> str:
    """Return the signed note of one head."""
    said = time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = f"{origin}\n{size}\n{b64(root)}\nera {era}\nhead {head}\nsnapshot {snapshot}\ntime {said}\n"
    return f"{text}\n{_line(origin, key_id(origin, LOG, public_bytes(key)), key.sign(text.encode()))}\n"


def parse_note(note: str) -> Note:
    """
    Read a note without judging its signatures.

    :raises ValueError: not a note of a tree's head
    """
    body, gap, rest = note.rpartition("\n\n")
    head = body.split("\n")
    if not gap or not rest.endswith("\n") or len(head) < 3 or re.search(r"[\x00-\x09\x0b-\x1f\x7f]", note):
        raise ValueError("封存头不合规范")
    if not head[0] or not re.fullmatch(r"0|[1-9][0-9]{0,17}", head[1]):
        raise ValueError("封存头不合规范")
    more = dict(line.partition(" ")[::2] for line in reversed(head[3:]))
    return Note(
        body + "\n", head[0], int(head[1]), unb64(head[2], 32), more, [parse_line(x) for x in rest[:-1].split("\n")]
    )


def parse_line(line: str) -> Line:
    """
    Read ``— name base64``.

    :raises ValueError: not such a line
    """
    found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
    data = unb64(found[2]) if found else b""
    if len(data) < 5:
        raise ValueError("签名行不合规范")
    return Line(found[1], data[:4], data[4:])


def verify_note(note: str | Note, vkey: str | Vkey) -> Note:
    """
    Return the note when the log with this key has signed it.

    :raises ValueError: another origin, no signature of this key, or a wrong one
    """
    note = parse_note(note) if isinstance(note, str) else note
    key = parse_vkey(vkey) if isinstance(vkey, str) else vkey
    if note.origin != key.name or key.kind != LOG:
        raise ValueError("封存头的来源与公钥不一致")
    mine = [line for line in note.lines if (line.name, line.id) == (key.name, key.id)]
    if not mine:
        raise ValueError("封存头上没有该公钥的签名")
    for line in mine:
        _verify(key, line.signature, note.text.encode())
    return note


def cosign(note: Note, *, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """Return a witness's line (without line end) under a note: "at this second, this was the head that I knew"."""
    signature = key.sign(f"cosignature/v1\ntime {at}\n{note.text}".encode())
    return _line(name, key_id(name, WITNESS, public_bytes(key)), struct.pack(">Q", at) + signature)


def verify_cosignature(note: Note, line: str | Line, vkey: str | Vkey) -> int:
    """
    Return the second at which this witness cosigned the note.

    :raises ValueError: not this witness's line, or a wrong one
    """
    line = parse_line(line) if isinstance(line, str) else line
    key = parse_vkey(vkey) if isinstance(vkey, str) else vkey
    if (line.name, line.id, WITNESS) != (key.name, key.id, key.kind) or len(line.signature) != 72:
        raise ValueError("联署不是该见证方的")
    at = struct.unpack(">Q", line.signature[:8])[0]
    _verify(key, line.signature[8:], f"cosignature/v1\ntime {at}\n{note.text}".encode())
    return at


def _line(name: str, ident: bytes, signature: bytes) -> str:
    return f"— {name} {b64(ident + signature)}"


def _verify(key: Vkey, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise ValueError("签名不成立") from None


# --- leaves ---------------------------------------------------------------------------------------------------------

COLUMNS = (
    ("id", "int8", "编号"), ("at", "time", "记录时间"), ("xid", "int8", "数据库事务"), ("kind", "text", "类别"),
    ("action", "text", "事项"), ("outcome", "text", "结果"), ("act_id", "uuid", "办理编号"),
    ("actor_kind", "text", "办理人类别"), ("actor_id", "text", "办理人编号"), ("role", "text", "办理身份"),
    ("organisation_id", "int8", "机构编号"), ("object_type", "text", "对象类别"), ("object_id", "text", "对象编号"),
    ("subject_id", "text", "服务对象编号"), ("reason", "text", "事由"), ("request_id", "text", "请求编号"),
    ("ip", "text", "来源地址"), ("happened_at", "time", "发生时间"), ("db_user", "text", "数据库账户"),
    ("data", "json", "内容"),
)  # fmt: skip
WORDS = {
    "act": "办理", "look": "查看", "refusal": "拒绝", "login": "登录", "row": "数据变更", "ddl": "结构变更",
    "ok": "成功", "refused": "被拒绝", "failed": "失败", "user": "用户", "system": "平台自动处理",
    "anonymous": "未登录", "database": "数据库账户", "patient": "服务对象", "proxy": "家属（代办人）",
    "dispatcher": "中心专员", "doctor": "家庭医生", "nurse": "护士", "care_assistant": "医疗护理员",
    "centre_admin": "中心管理员", "reviewer": "医联体牵头医院督导", "supervisor": "区卫健委监管员",
    "qc_inspector": "区护理质控组", "auditor": "审计员", "platform_admin": "平台管理员",
}  # fmt: skip
Y2K = datetime(2000, 1, 1, tzinfo=timezone.utc)


def decode_leaf(leaf: bytes) -> dict[str, Any]:
    """
    Return the event that a leaf's bytes hold, by column.

    :raises ValueError: not one COPY BINARY tuple of ``audit.event``
    """
    try:
        (count,), place, event = struct.unpack_from(">h", leaf), 2, {}
        for name, kind, _ in COLUMNS:
            (length,) = struct.unpack_from(">i", leaf, place)
            place += 4
            value = None if length == -1 else leaf[place : place + length]
            if length < -1 or (value is not None and len(value) != length):
                raise ValueError("长度不符")
            place += max(length, 0)
            event[name] = value if value is None else _READERS[kind](value)
        if count != len(COLUMNS) or place != len(leaf):
            raise ValueError("长度不符")
    except (struct.error, OverflowError, RecursionError, ValueError) as wrong:
        raise ValueError(f"事件内容不合规范：{wrong}") from None
    return event


_READERS = {
    "int8": lambda value: struct.unpack(">q", value)[0],
    "time": lambda value: Y2K + timedelta(microseconds=struct.unpack(">q", value)[0]),
    "uuid": lambda value: str(uuid.UUID(bytes=value)),
    "text": lambda value: value.decode(),
    "json": lambda value: json.loads(value.decode()),
}


def describe(event: dict[str, Any]) -> list[str]:
    """Return the event in words, one line per field that says something."""
    said = []
    for name, kind, label in COLUMNS:
        value = event[name]
        if value in (None, "", {}):
            continue
        if kind == "time":
            value = beijing(value)
        elif kind == "json":
            value = json.dumps(value, ensure_ascii=False)
        elif name in ("kind", "outcome", "actor_kind", "role"):
            value = "、".join(WORDS.get(word, word) for word in value.split(","))
        said.append(f"{label}：{plain(value)}")
    return said


def beijing(moment: datetime) -> str:
    """Return a time as people here read it."""
    return moment.astimezone(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S.%f") + "（北京时间）"


def plain(value: object) -> str:
    """Return text that cannot move the cursor, turn the direction of writing or otherwise play tricks on a screen."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))
