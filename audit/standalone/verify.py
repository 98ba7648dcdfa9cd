"""
Check a receipt or an evidence pack of the trace, without the platform: ``python verify.py receipt.json``.

One file, Python 3.9 or newer, the standard library and ``cryptography``; a family or a court may read all of it. The
platform itself imports the tree, the notes and the archive from here, so there is one truth about each.

Formats: Merkle tree of RFC 6962; signed notes, checkpoints and cosignatures of C2SP; leaves are the COPY BINARY tuples
of ``audit.event`` that PostgreSQL writes.
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
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.hashes import SM3, Hash
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
        """Add a leaf's hash. Returns the nodes now full, the leaf first, as (level, index in that level, hash)."""
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

# Ed25519 over the note; Ed25519 cosignature with a time; SM2 over SM3 (GB/T 32918.2) over the note, in DER.
LOG, WITNESS, NATIONAL = 0x01, 0x04, 0xFF
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
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise ValueError("编码不合规范") from None
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
    data = unb64(rest.partition("+")[2])
    kind, public = data[:1], data[1:]
    known = len(data) == 33 and kind[0] in (LOG, WITNESS)
    if kind == bytes([NATIONAL]):
        known = len(public) == len(_SM2_KEY) + 64 and public.startswith(_SM2_KEY) and _on_curve(_point(public))
    if not known or not re.fullmatch(r"[^\s+]+", name) or make_vkey(name, public, kind[0]) != text:
        raise ValueError("公钥不合规范")
    return Vkey(name, kind[0], key_id(name, kind[0], public), public)


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


def sm2_key(name: str, public_der: bytes) -> Vkey:
    """Return the vkey of an SM2 key given as SubjectPublicKeyInfo."""
    public = b"sm2" + public_der
    return Vkey(name, NATIONAL, key_id(name, NATIONAL, public), public)


def sm2_holds(note: Note, public_der: bytes) -> bool:
    """Say whether one of the note's lines is this SM2 key's signature over it."""
    for line in note.lines:
        key = sm2_key(line.name, public_der)
        if line.id == key.id:
            try:
                _verify(key, line.signature, note.text.encode())
            except ValueError:
                continue
            return True
    return False


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
    if key.kind == NATIONAL:
        if not _sm2_holds(_point(key.public), signature, message):
            raise ValueError("签名不成立")
        return
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise ValueError("签名不成立") from None


# --- SM2 (GB/T 32918), for checking only: `cryptography` has SM3 and no SM2 -------------------------------------------

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# "sm2", and the beginning of every SubjectPublicKeyInfo of an uncompressed SM2 key; then x and y.
_SM2_KEY = b"sm2" + bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_SM2_IDENTITY = b"1234567812345678"  # of a signer who names none


def _point(public):
    return int.from_bytes(public[-64:-32], "big"), int.from_bytes(public[-32:], "big")


def _on_curve(point) -> bool:
    x, y = point
    return max(x, y) < _P and (y * y - x * x * x + 3 * x - _B) % _P == 0


def _add(one, two):
    """The sum of two points; ``None`` is the point at infinity."""
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        if (one[1] + two[1]) % _P == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - two[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _times(count, point):
    total = None
    for bit in bin(count)[2:]:
        total = _add(total, total)
        total = _add(total, point) if bit == "1" else total
    return total


def _sm3(*parts: bytes) -> bytes:
    state = Hash(SM3())
    for part in parts:
        state.update(part)
    return state.finalize()


def _sm2_holds(public, signature: bytes, message: bytes) -> bool:
    numbers = [_P - 3, _B, *_G, *public]
    who = struct.pack(">H", 8 * len(_SM2_IDENTITY)) + _SM2_IDENTITY + b"".join(n.to_bytes(32, "big") for n in numbers)
    digest = int.from_bytes(_sm3(_sm3(who), message), "big")
    size = signature[3] if len(signature) > 3 else 0
    r, s = int.from_bytes(signature[4 : 4 + size], "big"), int.from_bytes(signature[6 + size :], "big")
    both = (r + s) % _N
    # Written in DER in the one way in which these two numbers are written.
    if signature != _der(r, s) or not 0 < r < _N or not 0 < s < _N or not both:
        return False
    found = _add(_times(s, _G), _times(both, public))
    return found is not None and (digest + found[0]) % _N == r


def _der(*numbers: int) -> bytes:
    bodies = [n.to_bytes(n.bit_length() // 8 + 1, "big") for n in numbers]
    inside = b"".join(b"\x02" + bytes([len(body) % 256]) + body for body in bodies)
    return b"\x30" + bytes([len(inside) % 256]) + inside


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


# --- archive --------------------------------------------------------------------------------------------------------

SUMS = "SHA256SUMS"


def canonical(value: object) -> bytes:
    """Return JSON as receipts and ``pack.json`` are written, in this way only: any other byte is a change."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def write_pack(files: dict[str, bytes]) -> bytes:
    """
    Return a ZIP of these members and of ``SHA256SUMS`` over them: the same input gives the same bytes on any machine.

    Written by hand and not by ``zipfile``, whose headers differ between versions of Python.

    :raises ValueError: a name that would leave the folder into which it is unpacked, or more than 4 GB
    """
    members = {name: files[name] for name in sorted(files) if name != SUMS}
    for name in members:
        if not name.isprintable() or re.search(r"[\\:]|^/|(^|/)(\.{0,2})(/|$)", name):
            raise ValueError(f"不能作为文件名：{plain(name)}")
    members[SUMS] = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in members.items()).encode()
    bodies, directory, place = [], [], 0
    try:
        for name, body in members.items():
            said = name.encode()
            # Version 2.0, UTF-8 names, stored, 1980-01-01 00:00.
            common = struct.pack("<5H", 20, 0 if name.isascii() else 0x800, 0, 0, 0x21)
            common += struct.pack("<3I2H", zlib.crc32(body), len(body), len(body), len(said), 0)
            bodies += [b"PK\3\4" + common + said, body]
            attributes = struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, place)
            directory.append(b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + common + attributes + said)
            place += 30 + len(said) + len(body)
        listing = b"".join(directory)
        end = struct.pack("<4H2IH", 0, 0, len(directory), len(directory), len(listing), place, 0)
    except struct.error:
        raise ValueError("证据包超过 4 GB") from None
    return b"".join([*bodies, listing, b"PK\5\6", end])


def read_pack(raw: bytes) -> dict[str, bytes]:
    """
    Return the members of what :func:`write_pack` wrote, ``SHA256SUMS`` among them, without judging them.

    :raises ValueError: not such an archive
    """
    members, place = {}, 0
    try:
        while raw[place : place + 4] == b"PK\3\4":
            size, named, extra = struct.unpack_from("<I2H", raw, place + 22)
            start = place + 30 + named + extra
            members[raw[place + 30 : place + 30 + named].decode()] = raw[start : start + size]
            place = start + size
    except struct.error:
        raise ValueError("文件不完整") from None
    if not members:
        raise ValueError("不是证据包")
    return members


# --- checks ---------------------------------------------------------------------------------------------------------

# A receipt is `canonical` of {format, leaf, index, proof: [], note, cosignatures: [], verifier, witnesses: []}.
# `pack.json` is `canonical` of {format, order, issued_at, issued_to, organisation: texts,
#   subject_of: ["orders.order:12", ...]: the objects that the pack is about,
#   proofs: [one per era: {origin, verifier, witnesses, note, cosignatures, events: [{leaf, index, proof}, by id ...]}],
#   unsealed: [{leaf}], documents: [{name, object, sha256}]}.
# Beside it lie 说明.html, verify.py and, when wanted, documents under their names.
RECEIPT, PACK = "hudaojia-receipt/1", "hudaojia-pack/1"
PAGE = "说明.html"
_HEAD = {"note", "cosignatures", "verifier", "witnesses"}
_PROOF = {"leaf", "index", "proof"}
_FIELDS = {"format", "order", "issued_at", "issued_to", "organisation", "subject_of", "proofs", "unsealed", "documents"}
_WRONG = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


class Unreadable(ValueError):
    """Neither a receipt nor a pack."""


class Report:
    """What holds (✓), what does not (✗) and what cannot be judged (？), in the order in which it was looked at."""

    def __init__(self):
        self.lines: list[str] = []
        self.failed = False
        self.own_key = False  # whether a key came from the material itself

    def good(self, text: str) -> None:
        self._add("✓ ", text)

    def bad(self, text: str) -> None:
        self.failed = True
        self._add("✗ ", text)

    def unsure(self, text: str) -> None:
        self._add("？ ", text)

    def say(self, text: str) -> None:
        self._add("    ", text)

    def title(self, text: str) -> None:
        self.lines += ["", plain(text)]

    def _add(self, mark, text):
        self.lines.append(mark + plain(text))

    def __str__(self):
        last = "结论：各项成立，以上述公钥经核对无误为前提。" if self.own_key else "结论：各项成立。"
        last = "结论：有不成立之处，见标有 ✗ 的各项。" if self.failed else last
        return "\n".join([*self.lines, "", last]).lstrip("\n")


def check(raw: bytes, keys=(), witnesses=()) -> Report:
    """
    Judge a receipt or a pack by these public keys (texts); those that are missing are taken from the material.

    :raises Unreadable: neither a receipt nor a pack, or a given key is none
    """
    try:
        trusted = {(key.name, key.kind): key for key in map(parse_vkey, keys)}
        cosigners = {key.name: key for key in map(parse_vkey, witnesses)}
        if WITNESS in {kind for _, kind in trusted} or {key.kind for key in cosigners.values()} - {WITNESS}:
            raise ValueError
    except ValueError:
        raise Unreadable("您提供的公钥不合规范") from None
    if raw.startswith(b"PK"):
        return _check_pack(raw, trusted, cosigners)
    return _check_receipt(raw, trusted, cosigners)


def _check_receipt(raw, trusted, cosigners) -> Report:
    report = Report()
    receipt = _object(raw, RECEIPT, "凭证")
    if canonical(receipt) != raw or set(receipt) != _HEAD | _PROOF | {"format"}:
        report.bad("凭证文件不是平台写出的样子，已被改动")
    report.title("一、封存头")
    note = _head(report, receipt, trusted, cosigners)
    report.title("二、事件")
    try:
        leaf = unb64(receipt["leaf"])
        event = decode_leaf(leaf)
        for line in describe(event):
            report.say(line)
        report.say(f"散列：{leaf_hash(leaf).hex()}")
        if note is None:
            report.unsure("封存头不成立，事件无从证明")
        else:
            _prove(note, receipt)
            report.good(f"这条事件是「{note.origin}」第 {receipt['index'] + 1} 条，{_name(note)}之下共 {note.size} 条")
    except _WRONG as wrong:
        report.bad(f"事件不成立：{wrong}")
    return report


def _check_pack(raw, trusted, cosigners) -> Report:
    report = Report()
    report.title("一、文件")
    try:
        members = read_pack(raw)
        rebuilt = write_pack(members)
    except ValueError as wrong:
        raise Unreadable(f"无法读取证据包：{wrong}") from None
    if rebuilt != raw:
        report.bad("证据包不是平台写出的样子：下载不完整，或已被改动。以下不再核验")
        listed = members.get(SUMS, b"").decode(errors="replace").splitlines()
        for name, body in members.items():
            if name != SUMS and f"{hashlib.sha256(body).hexdigest()}  {name}" not in listed:
                report.say(f"与 {SUMS} 不符：{name}")
        return report
    report.good(f"证据包完整，{SUMS} 与各文件一致")
    report.say(f"证据包的 SHA-256：{hashlib.sha256(raw).hexdigest()}（平台的导出留痕中登记有同一数值）")
    pack = _object(members.get("pack.json", b""), PACK, "证据包")
    if canonical(pack) != members["pack.json"] or set(pack) != _FIELDS | {"format"}:
        report.bad("pack.json 不是平台写出的样子，已被改动")
        return report
    try:
        _members(report, pack, members)
        report.title("二、封存头与事件")
        for label, name in (
            ("订单", "order"),
            ("签发时间", "issued_at"),
            ("签发给", "issued_to"),
            ("机构", "organisation"),
        ):
            report.say(f"{label}：{pack[name]}")
        events = [event for group in pack["proofs"] for event in _group(report, group, trusted, cosigners)]
        if not events:
            report.bad("没有一条得到证明的事件")
        unsealed = [decode_leaf(unb64(entry["leaf"])) for entry in pack["unsealed"]]
        for event in unsealed:
            report.bad(f"尚未封存，不能证明：{_short(event)}")
        report.title("三、有无缺口")
        _gaps(report, pack, events, unsealed)
        report.title("四、事件一览")
        for event in sorted([*events, *unsealed], key=lambda event: event["id"]):
            report.say(_short(event))
    except _WRONG as wrong:
        report.bad(f"pack.json 不合规范：{type(wrong).__name__} {wrong}")
    return report


def _object(raw, expected, what):
    try:
        found = json.loads(raw.decode())
        canonical(found)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != expected:
        raise Unreadable(f"这不是{what}，或格式不是 {expected}")
    return found


def _members(report, pack, members):
    named = {document["name"]: document["sha256"] for document in pack["documents"]}
    for name in ("pack.json", PAGE, "verify.py"):
        if name not in members:
            report.bad(f"缺少 {name}")
    for name in sorted(set(members) - {"pack.json", PAGE, "verify.py", SUMS}):
        if named.get(name) == hashlib.sha256(members[name]).hexdigest():
            report.good(f"文书 {name} 与其摘要一致")
        else:
            report.bad(f"包内的 {name} 没有列明，或与列明的摘要不符")
    if members.get("verify.py") != Path(__file__).read_bytes():
        report.unsure("包内的 verify.py 与正在运行的程序不同，核验以卫生健康部门公布的程序为准")
    report.unsure(f"{PAGE} 只为便于阅读，本身没有签名，以下列核验结果为准")


def _group(report, group, trusted, cosigners) -> list[dict]:
    if set(group) != _HEAD | {"origin", "events"}:
        raise ValueError("proofs 的字段不符")
    note = _head(report, group, trusted, cosigners)
    if note is None:
        report.bad(f"封存头不成立，{len(group['events'])} 条事件无从证明")
        return []
    if note.origin != group["origin"]:
        report.bad("封存头的来源与列明的不一致")
    events = []
    for place, entry in enumerate(group["events"], 1):
        try:
            events.append(_prove(note, entry))
        except _WRONG as wrong:
            report.bad(f"第 {place} 条事件不成立：{wrong}")
    report.good(f"{len(events)} 条事件逐条核验，均在{_name(note)}之下")
    ids = [event["id"] for event in events]
    if ids != sorted(ids):
        report.bad("事件没有按编号先后排列")
    return events


def _prove(note, entry) -> dict:
    leaf, index = unb64(entry["leaf"]), entry["index"]
    proof = [unb64(step, 32) for step in entry["proof"]]
    if type(index) is not int or not verify_inclusion(leaf_hash(leaf), index, note.size, proof, note.root):
        raise ValueError("不在封存头之下，内容、位置或证明已被改动")
    return decode_leaf(leaf)


def _head(report, group, trusted, cosigners):
    """Judge one head's signatures; returns its note when the log has signed it."""
    try:
        note, own = parse_note(group["note"]), parse_vkey(group["verifier"])
        key, given = trusted.get((note.origin, LOG), own), {kind for _, kind in trusted}
        if LOG in given and (note.origin, LOG) not in trusted:
            report.bad(f"您提供的公钥不是「{note.origin}」的，以下用材料自带的公钥核验")
        elif key != own:
            report.bad("材料自带的公钥与您提供的公钥不一致，以下用您提供的公钥核验")
        verify_note(note, key)
    except _WRONG as wrong:
        report.bad(f"封存头不成立：{wrong}")
        return None
    report.good(f"{_name(note)}由「{note.origin}」签名")
    report.say(f"时间：{note.more.get('time', '没有写明')}（世界时），条数：{note.size}，根：{note.root.hex()}")
    if (key.name, LOG) not in trusted:
        report.unsure("核验公钥取自材料本身，请与卫生健康部门公布的公钥核对：")
        _spell(report, key)
    try:
        others = [line for line in note.lines if (line.name, line.id) != (key.name, key.id)]
        _national(report, note, [line for line in others if line.name == key.name], trusted.get((key.name, NATIONAL)))
        lines = [line for line in others if line.name != key.name] + [parse_line(x) for x in group["cosignatures"]]
        _witnesses(report, note, lines, [parse_vkey(x) for x in group["witnesses"]], cosigners)
    except _WRONG as wrong:
        report.bad(f"见证部分不能识读：{wrong}")
    return note


def _national(report, note, lines, key):
    if key and key.id not in [line.id for line in lines]:
        report.bad("没有您提供的国密公钥的签名")
    for line in lines:
        if key is None or line.id != key.id:
            report.unsure("另有一行其他算法的签名；提供国密公钥（--key）后才能核验")
            continue
        try:
            _verify(key, line.signature, note.text.encode())
            report.good("国密（SM2）签名成立")
        except ValueError:
            report.bad("国密（SM2）签名不成立")
        except UnsupportedAlgorithm:
            report.unsure("这台电脑的 cryptography 没有 SM3，国密签名不能核验")


def _witnesses(report, note, lines, listed, cosigners):
    known, seen = {key.name: key for key in listed}, set()
    for name in known.keys() & cosigners.keys():
        if known[name] != cosigners[name]:
            report.bad(f"材料自带的见证公钥与您提供的不一致：「{name}」")
    known.update(cosigners)
    for line in lines:
        try:
            at = datetime.fromtimestamp(verify_cosignature(note, line, known[line.name]), timezone.utc)
        except (*_WRONG, OSError):
            report.bad(f"「{line.name}」的联署不成立，或材料没有列明这一见证方")
            continue
        seen.add(line.name)
        report.good(f"见证方「{line.name}」于 {beijing(at)} 联署")
        if line.name not in cosigners:
            report.unsure("见证公钥取自材料本身，请与见证方公布的公钥核对：")
            _spell(report, known[line.name])
    for name in sorted(known.keys() - seen):
        (report.bad if name in cosigners else report.unsure)(f"没有见证方「{name}」的联署")
    if not known:
        report.unsure("没有见证方联署")


def _spell(report, key):
    report.own_key, digits = True, key.public.hex()
    report.say(f"{key.name}，编号 {key.id.hex()}")
    for start in (0, 32):
        report.say(" ".join(digits[at : at + 4] for at in range(start, start + 32, 4)))


def _gaps(report, pack, events, unsealed):
    before = sum(line.startswith("✗") for line in report.lines)
    everything = sorted([*events, *unsealed], key=lambda event: event["id"])
    ids = [event["id"] for event in everything]
    if len(set(ids)) != len(ids):
        report.bad("有重复的事件编号")
    acts = [event for event in everything if event["kind"] != "row"]
    _versions(report, [event for event in acts if event["kind"] == "act"])
    known = {event["act_id"]: event["xid"] for event in acts}
    for act in sorted({event["act_id"] for event in everything if event["kind"] == "row" and event["act_id"]}):
        rows = [event for event in everything if event["kind"] == "row" and event["act_id"] == act]
        if act not in known:
            report.bad(f"{len(rows)} 项数据变更所属的办理 {act} 不在包内")
        elif any(event["xid"] != known[act] for event in rows):
            report.bad(f"办理 {act} 的数据变更与它不在同一事务")
    direct = sum(event["kind"] == "row" and not event["act_id"] for event in everything)
    if direct:
        report.unsure(f"{direct} 项数据变更不属于任何办理，是直接在数据库中作出的")
    digests = set(re.findall(r"[0-9a-f]{64}", json.dumps([event["data"] for event in everything])))
    papers = [document for document in pack["documents"] if re.fullmatch("[0-9a-f]{64}", document["sha256"])]
    if len(papers) != len(pack["documents"]):
        report.bad("有文书没有写明摘要")
    if papers and not any(paper["sha256"] in digests for paper in papers):
        report.unsure(f"事件中没有登记文书的摘要，{len(papers)} 份文书不能判断")
    else:
        for paper in papers:
            if paper["sha256"] not in digests:
                report.bad(f"没有事件登记过文书的摘要：{paper['name']}")
    for name in pack["subject_of"]:
        if name not in {f"{event['object_type']}:{event['object_id']}" for event in everything}:
            report.unsure(f"没有关于 {name} 的事件")
    if sum(line.startswith("✗") for line in report.lines) == before:
        report.good("版本号连续，状态前后相接，数据变更所属的办理都在包内")


def _versions(report, acts):
    """An object's acts count from 1 without a hole, and each begins at the status that the one before led to."""
    lives: dict[tuple, list] = {}
    for act in acts:
        if isinstance(act["data"], dict) and type(act["data"].get("version")) is int:
            lives.setdefault((act["object_type"], act["object_id"]), []).append(act["data"])
    for (kind, pk), life in lives.items():
        last, status = 0, None
        for said in life:
            if said["version"] > last + 1:
                gap = str(last + 1) if said["version"] == last + 2 else f"{last + 1} 至 {said['version'] - 1}"
                report.bad(f"{kind} {pk} 缺少第 {gap} 版")
            elif said["version"] <= last:
                report.bad(f"{kind} {pk} 的第 {said['version']} 版重复或先后颠倒")
            elif last and said.get("from") != status:
                report.bad(f"{kind} {pk} 第 {said['version']} 版的起始状态与前一版的结果不相接")
            last, status = max(last, said["version"]), said.get("to")


def _name(note) -> str:
    return f"封存头 #{note.more['head']} " if note.more.get("head") else "封存头"


def _short(event) -> str:
    words = [WORDS.get(event["kind"], event["kind"]), event["action"], f"{event['object_type']} {event['object_id']}"]
    return " ".join([f"#{event['id']}", beijing(event["at"]), *words, WORDS.get(event["outcome"], ""), event["reason"]])


# --- command line ---------------------------------------------------------------------------------------------------

USAGE = """用法：python verify.py 凭证或证据包 [--key 公钥] [--witness 见证公钥]

  --key      卫生健康部门公布的核验公钥；有国密公钥或证据包跨越几个时期时，可以写几次
  --witness  见证方公布的公钥，可以写几次；写了就要求有它的联署

结果：✓ 成立，✗ 不成立，？ 不能判断。退出码 0 各项成立，1 有不成立之处，2 无法读取。
"""


class _Arguments(argparse.ArgumentParser):
    def format_help(self):
        return USAGE

    def error(self, message):
        sys.stderr.write(f"参数有误。\n\n{USAGE}")
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Check the file that is named; returns the exit code."""
    parser = _Arguments()
    parser.add_argument("file")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--witness", action="append", default=[])
    asked = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    try:
        report = check(Path(asked.file).read_bytes(), asked.key, asked.witness)
    except OSError:
        print("无法读取：没有这个文件，或不能打开。")
        return 2
    except Unreadable as why:
        print(f"无法读取：{plain(why)}。")
        return 2
    print(report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
