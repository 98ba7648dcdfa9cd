"""What a family or a court holds in hand: every point of a receipt and a pack is judged, and no bit goes unnoticed."""

import ast
import base64
import hashlib
import io
import json
import random
import shutil
import struct
import subprocess
import sys
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.standalone import verify
from tests.tree import growth_of, path_of, root_of

NOW = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)
ORIGIN = "hudaojia.example/trace/1"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
LOG = verify.make_vkey(ORIGIN, verify.public_bytes(LOG_KEY))
WITNESS = verify.make_vkey("witness.example/a", verify.public_bytes(WITNESS_KEY), verify.WITNESS)
ACT = "5b0f6ad8-0c2b-4f61-9a43-3d0c5f0a7f11"


# --- a small log of our own ----------------------------------------------------------------------------------------


def encode(event):
    """A tuple as PostgreSQL's COPY BINARY writes it."""
    leaf = struct.pack(">h", len(verify.COLUMNS))
    for name, kind, _ in verify.COLUMNS:
        value = event[name]
        if value is None:
            leaf += struct.pack(">i", -1)
            continue
        if kind == "int8":
            value = struct.pack(">q", value)
        elif kind == "time":
            value = struct.pack(">q", (value - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        elif kind == "uuid":
            value = uuid.UUID(value).bytes
        else:
            value = (json.dumps(value, ensure_ascii=False) if kind == "json" else value).encode()
        leaf += struct.pack(">i", len(value)) + value
    return leaf


def event(pk, **given):
    usual = {
        "id": pk, "at": NOW, "xid": 700, "kind": "act", "action": "orders.offered", "outcome": "ok", "act_id": ACT,
        "actor_kind": "user", "actor_id": "12", "role": "dispatcher", "organisation_id": None,
        "object_type": "orders.order", "object_id": "7", "subject_id": "", "reason": "", "request_id": "", "ip": "",
        "happened_at": NOW, "db_user": "app", "data": {},
    }  # fmt: skip
    return {**usual, **given}


def step(pk, version, before, after, **more):
    act = str(uuid.UUID(int=pk))
    return event(pk, act_id=act, data={"from": before, "to": after, "version": version}, **more)


LIFE = [step(3, 1, "", "ready"), step(4, 2, "ready", "offered"), step(6, 3, "offered", "accepted")]


def head(leaves, origin=ORIGIN, key=LOG_KEY, number=9, **more):
    """A signed head over these leaves with what a receipt and a pack say about it."""
    signed = verify.make_note(
        origin=origin, size=len(leaves), root=root_of([verify.leaf_hash(x) for x in leaves]), era=1, head=number,
        snapshot="700:705:", time=NOW, key=key,
    )  # fmt: skip
    line = verify.cosign(verify.parse_note(signed), name="witness.example/a", key=WITNESS_KEY, at=1772415001)
    usual = {
        "note": signed,
        "cosignatures": [line],
        "verifier": verify.make_vkey(origin, verify.public_bytes(key)),
        "witnesses": [WITNESS],
    }
    return {**usual, **more}


def proven(leaves, index):
    path = path_of(index, [verify.leaf_hash(leaf) for leaf in leaves])
    return {"leaf": verify.b64(leaves[index]), "index": index, "proof": [verify.b64(one) for one in path]}


def receipt(**more):
    leaves = [encode(one) for one in LIFE]
    return {"format": verify.RECEIPT, **proven(leaves, 1), **head(leaves), **more}


def pack(events=LIFE, unsealed=(), documents=(), extra=None, **more):
    leaves = [encode(one) for one in events]
    group = {"origin": ORIGIN, **head(leaves), "events": [proven(leaves, i) for i in range(len(leaves))]}
    said = {
        "format": verify.PACK, "order": "HD260302-0007", "issued_at": "2026-03-02T09:31:00+08:00",
        "issued_to": "李家属", "organisation": "潍坊社区卫生服务中心", "subject_of": ["orders.order:7"],
        "proofs": [group], "unsealed": [{"leaf": verify.b64(encode(one))} for one in unsealed],
        "documents": list(documents), **more,
    }  # fmt: skip
    return zipped(said, **(extra or {}))


def zipped(said, **extra):
    program = Path(verify.__file__).read_bytes()
    page = "<!doctype html><title>说明</title>".encode()
    return verify.write_pack({"pack.json": verify.canonical(said), verify.PAGE: page, "verify.py": program, **extra})


def judged(said, **keys):
    raw = said if isinstance(said, bytes) else verify.canonical(said)
    return verify.check(raw, keys.get("keys", [LOG]), keys.get("witnesses", [WITNESS]))


def complaints(report):
    return [line for line in report.lines if line.startswith("✗")]


# --- tree -----------------------------------------------------------------------------------------------------------

VECTORS = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
PATH_OF_THE_FIRST_OF_EIGHT = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)


def test_the_tree_is_that_of_certificate_transparency():
    tree = verify.Range()
    for vector, root in zip(VECTORS, ROOTS, strict=True):
        tree.append(verify.leaf_hash(vector))
        assert tree.root().hex() == root
    path = [bytes.fromhex(one) for one in PATH_OF_THE_FIRST_OF_EIGHT]

    assert verify.verify_inclusion(verify.leaf_hash(b""), 0, 8, path, tree.root())
    assert verify.verify_consistency(1, bytes.fromhex(ROOTS[0]), 8, tree.root(), path)
    assert verify.Range().root() == verify.EMPTY == hashlib.sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_of_any_tree_is_proven_and_nothing_else(size, data):
    leaves = [verify.leaf_hash(bytes([n])) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = path_of(index, leaves), root_of(leaves)

    assert verify.verify_inclusion(leaves[index], index, size, path, root)
    assert not verify.verify_inclusion(verify.leaf_hash(b"other"), index, size, path, root)
    assert not verify.verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert not verify.verify_inclusion(leaves[index], size, size, path, root)
    for other in set(range(size)) - {index}:
        assert not verify.verify_inclusion(leaves[index], other, size, path, root)
    if path:
        assert not verify.verify_inclusion(leaves[index], index, size, path[:-1], root)
        assert not verify.verify_inclusion(leaves[index], index, size, [*path[:-1], path[-1][:31]], root)


@given(st.integers(0, 70), st.integers(0, 70))
def test_growth_is_proven_and_a_changed_past_is_not(old, more):
    leaves = [verify.leaf_hash(bytes([n])) for n in range(old + more)]
    other = [verify.leaf_hash(b"other"), *leaves[1:]]
    proof = growth_of(old, leaves) if old else []
    sizes = (old, root_of(leaves[:old]), old + more)

    assert verify.verify_consistency(*sizes, root_of(leaves), proof)
    assert not verify.verify_consistency(*sizes, root_of(leaves), [*proof, verify.EMPTY])
    if old and more:
        forged = growth_of(old, other)
        assert not verify.verify_consistency(*sizes, root_of(other), forged)
        assert not verify.verify_consistency(old, root_of(other[:old]), old + more, root_of(leaves), proof)
        assert not verify.verify_consistency(*sizes, root_of(leaves), [])
        assert not verify.verify_consistency(old, root_of(leaves[:old]), 4 * (old + more), root_of(leaves), proof)
    if old:
        assert not verify.verify_consistency(old, root_of(other[:old]), old, root_of(leaves[:old]), [])
    if more:
        assert not verify.verify_consistency(old + more, root_of(leaves), old, root_of(leaves[:old]), proof)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_tree_grows_on_from_its_peaks_and_names_each_full_node_once(size, more):
    leaves = [verify.leaf_hash(bytes([n])) for n in range(size + more)]
    tree, made = verify.Range(), []
    for leaf in leaves[:size]:
        made += tree.append(leaf)
    tree = verify.Range(tree.size, tree.peaks)
    for leaf in leaves[size:]:
        made += tree.append(leaf)

    assert tree.root() == root_of(leaves)
    expected = {
        (level, index): root_of(leaves[index << level : (index + 1) << level])
        for level in range(8)
        for index in range(len(leaves) >> level)
    }
    assert {(level, index): found for level, index, found in made} == expected
    assert len(made) == len(expected)


def test_peaks_that_do_not_fit_the_size_are_not_taken():
    with pytest.raises(ValueError, match="2 peaks, not 1"):
        verify.Range(3, [verify.EMPTY])


# --- notes and leaves -----------------------------------------------------------------------------------------------


def test_keys_are_read_as_others_write_them():
    published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    assert verify.parse_vkey(published).id.hex() == "c74f20a3"


@pytest.mark.parametrize("spoilt", [LOG[:-1], LOG + "=", LOG.upper(), "+" + LOG, LOG.replace("/1+", "/2+"), "x", ""])
def test_a_key_that_is_not_written_as_it_should_be_is_refused(spoilt):
    with pytest.raises(ValueError, match="不合规范"):
        verify.parse_vkey(spoilt)


def test_a_note_says_what_was_signed():
    note = verify.verify_note(head([b"leaf"])["note"], LOG)

    assert (note.origin, note.size, note.root) == (ORIGIN, 1, verify.leaf_hash(b"leaf"))
    assert note.more == {"era": "1", "head": "9", "snapshot": "700:705:", "time": "2026-03-02T01:30:00.123456Z"}


def test_a_note_of_another_key_or_origin_is_refused():
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    elsewhere = verify.make_vkey("elsewhere.example/1", verify.public_bytes(LOG_KEY))

    with pytest.raises(ValueError, match="没有该公钥的签名"):
        verify.verify_note(head([b"leaf"], key=other)["note"], LOG)
    with pytest.raises(ValueError, match="来源与公钥不一致"):
        verify.verify_note(head([b"leaf"])["note"], elsewhere)


@pytest.mark.parametrize(
    "rubbish", ["", "\n\n", "a\n1\nx\n\n— a b\n", "a\n01\n" + "A" * 43 + "=\n\n— a AAAAAAAA\n", "\x00"]
)
def test_rubbish_is_no_note(rubbish):
    with pytest.raises(ValueError, match="不合规范"):
        verify.parse_note(rubbish)


@given(st.text(max_size=30), st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.uuids().map(str))
def test_a_leaf_is_read_back_as_it_was_written(text, organisation, act):
    one = event(1, reason=text.replace("\x00", ""), organisation_id=organisation, act_id=act, data={"说": [text, None]})

    assert verify.decode_leaf(encode(one)) == one


@given(st.binary(max_size=200))
def test_rubbish_is_no_leaf(rubbish):
    with pytest.raises(ValueError, match="事件内容不合规范"):
        verify.decode_leaf(rubbish)
    with pytest.raises(ValueError, match="事件内容不合规范"):
        verify.decode_leaf(encode(event(1)) + b"\x00" + rubbish)


# --- receipts -------------------------------------------------------------------------------------------------------


def test_a_receipt_tells_the_event_in_words_and_what_holds():
    report = judged(receipt())

    said = str(report)
    assert not report.failed
    assert "？" not in said
    for words in (
        "类别：办理",
        "事项：orders.offered",
        "办理身份：中心专员",
        "记录时间：2026-03-02 09:30:00.123456（北京时间）",
    ):
        assert words in said
    assert f"✓ 封存头 #9 由「{ORIGIN}」签名" in said
    assert "✓ 见证方「witness.example/a」于 2026-03-02 09:30:01.000000（北京时间） 联署" in said
    assert f"✓ 这条事件是「{ORIGIN}」第 2 条，封存头 #9 之下共 3 条" in said
    assert verify.leaf_hash(encode(LIFE[1])).hex() in said


def test_a_key_taken_from_the_material_is_said_to_be_so():
    report = judged(receipt(), keys=[], witnesses=[])

    said = str(report)
    assert not report.failed
    assert "？ 核验公钥取自材料本身，请与卫生健康部门公布的公钥核对：" in said
    assert said.endswith("结论：各项成立，以上述公钥经核对无误为前提。")
    digits = verify.public_bytes(LOG_KEY).hex()
    assert " ".join(digits[at : at + 4] for at in range(0, 32, 4)) in said
    assert "？ 见证公钥取自材料本身" in said


def test_a_forger_s_own_key_does_not_stand_against_the_published_one():
    forger = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
    leaves = [encode(one) for one in LIFE]
    forged = {"format": verify.RECEIPT, **proven(leaves, 1), **head(leaves, key=forger)}

    assert not judged(forged, keys=[]).failed
    assert "✗ 材料自带的公钥与您提供的公钥不一致，以下用您提供的公钥核验" in judged(forged).lines
    elsewhere = judged(receipt(), keys=[verify.make_vkey("elsewhere.example/1", verify.public_bytes(LOG_KEY))])
    assert f"✗ 您提供的公钥不是「{ORIGIN}」的，以下用材料自带的公钥核验" in elsewhere.lines


def test_a_demanded_witness_must_have_cosigned():
    other = verify.make_vkey("witness.example/b", verify.public_bytes(WITNESS_KEY), verify.WITNESS)

    assert complaints(judged(receipt(), witnesses=[WITNESS, other])) == ["✗ 没有见证方「witness.example/b」的联署"]
    listed_only = judged(receipt(witnesses=[WITNESS, other]), witnesses=[])
    assert not listed_only.failed
    assert "？ 没有见证方「witness.example/b」的联署" in listed_only.lines
    assert "？ 没有见证方联署" in judged(receipt(witnesses=[], cosignatures=[]), witnesses=[]).lines


def test_a_cosignature_of_somebody_unlisted_does_not_count():
    assert judged(receipt(witnesses=[]), witnesses=[]).failed


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda r: r.update(index=0),
        lambda r: r.update(index=True),
        lambda r: r.update(index="1"),
        lambda r: r.update(proof=r["proof"][:-1]),
        lambda r: r.update(proof=None),
        lambda r: r.update(leaf=verify.b64(encode(LIFE[0]))),
        lambda r: r.update(note=7),
        lambda r: r.update(witnesses=None),
        lambda r: r.update(cosignatures=[7]),
        lambda r: r.update(extra=1),
        lambda r: r.pop("leaf"),
        lambda r: r.pop("note"),
    ],
)
def test_a_spoilt_receipt_is_refused_and_never_crashes(spoilt):
    said = receipt()
    spoilt(said)

    assert judged(said).failed


@pytest.mark.parametrize(
    "rubbish", [b"", b"{}", b"[]", b"\xff", b'{"format": "x"}', b"[" * 100_000, b"PK", b"PK\x03\x04"]
)
def test_what_is_neither_receipt_nor_pack_cannot_be_read(rubbish):
    with pytest.raises(verify.Unreadable):
        judged(rubbish)


def test_text_from_the_material_plays_no_tricks_on_the_screen():
    leaves = [encode(event(1, reason="\x1b[2J\u202e善"))]
    report = judged({"format": verify.RECEIPT, **proven(leaves, 0), **head(leaves)})

    assert "    事由：\\u001b[2J\\u202e善" in report.lines


def is_found(raw, at, bit, keys=(LOG,), witnesses=(WITNESS,)):
    """Whether the flip of one bit is noticed; the bit is put back."""
    raw[at] ^= 1 << bit
    try:
        return verify.check(bytes(raw), keys, witnesses).failed
    except verify.Unreadable:
        return True
    finally:
        raw[at] ^= 1 << bit


@pytest.mark.parametrize("keys", [([LOG], [WITNESS]), ([], [])], ids=["published keys", "keys of the material"])
def test_any_one_bit_flipped_in_a_receipt_is_found(keys):
    raw = bytearray(verify.canonical(receipt()))
    assert not verify.check(bytes(raw), *keys).failed

    missed = [(at, bit) for at in range(len(raw)) for bit in range(8) if not is_found(raw, at, bit, *keys)]

    assert missed == []


def test_bits_that_base64_and_json_ignore_are_found_as_well():
    raw = verify.canonical(receipt())
    line = receipt()["cosignatures"][0]
    assert line.endswith("==")
    twin = line[:-3] + chr(ord(line[-3]) + 1) + "=="
    assert base64.b64decode(line.split(" ")[2]) == base64.b64decode(twin.split(" ")[2])

    for changed in (
        raw.replace(line.encode(), twin.encode()),
        raw.replace(b"\n ", b"\n\t"),
        raw + b"\n",
        json.dumps(receipt()).encode(),
        raw.replace(b'"index": 1', b'"index": 7,\n "index": 1'),
    ):
        assert json.loads(changed)["index"] == 1
        assert judged(changed).failed


# --- SM2 ------------------------------------------------------------------------------------------------------------


def test_a_signature_made_by_openssl_holds():
    """``openssl dgst -sm3 -sign … -sigopt distid:1234567812345678`` over the platform's name."""
    public = base64.b64decode(
        "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAET1PFYsz/vixby+SsAbkvJga3H23wXiKIhqj7"
        "Oo/EgtcOsWLVzK/LXCKHgiXq1NUlTfXKSAcTCdgODvYkG30Cvg=="
    )
    made = base64.b64decode(
        "MEUCIQDHjJ9VaIv2GbM/UFuJboaXqX0BVAnxP39Dl2mJtW7fmAIgGALxj9qW6YZZxLl/P+kYcv3KkQp+mxu2WTBFtYdEjK8="
    )
    point = verify._point(public)

    assert verify._on_curve(point)
    assert verify._sm2_holds(point, made, "护到家".encode())
    assert not verify._sm2_holds(point, made, "护到佳".encode())


def national_signature(secret, message):
    """SM2 as GB/T 32918.2 writes it down, with a number that must be secret and fresh anywhere but here."""
    public = verify._times(secret, verify._G)
    numbers = [verify._P - 3, verify._B, *verify._G, *public]
    z = verify._sm3(b"\x00\x801234567812345678" + b"".join(n.to_bytes(32, "big") for n in numbers))
    k = 0x1D2A_5F3C << 200
    r = (int.from_bytes(verify._sm3(z, message), "big") + verify._times(k, verify._G)[0]) % verify._N
    return verify._der(r, pow(1 + secret, -1, verify._N) * (k - r * secret) % verify._N)


@pytest.fixture(scope="module")
def national():
    """A receipt that carries an SM2 line as well, and the SM2 key."""
    x, y = verify._times(0xC0FFEE << 180, verify._G)
    public = verify._SM2_KEY + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    said = receipt()
    made = national_signature(0xC0FFEE << 180, verify.parse_note(said["note"]).text.encode())
    said["note"] += f"— {ORIGIN} {verify.b64(verify.key_id(ORIGIN, verify.NATIONAL, public) + made)}\n"
    return said, verify.make_vkey(ORIGIN, public, verify.NATIONAL)


def test_the_national_signature_is_checked_when_its_key_is_given(national):
    said, key = national

    assert "✓ 国密（SM2）签名成立" in judged(said, keys=[LOG, key]).lines
    assert not judged(said, keys=[LOG, key]).failed
    without = judged(said)
    assert not without.failed
    assert "？ 另有一行其他算法的签名；提供国密公钥（--key）后才能核验" in without.lines
    assert complaints(judged(receipt(), keys=[LOG, key])) == ["✗ 没有您提供的国密公钥的签名"]


def test_a_national_signature_of_something_else_is_refused(national):
    said, key = national
    line = said["note"].splitlines(keepends=True)[-1]
    other = head([b"another tree"], number=10)["note"]

    with pytest.raises(ValueError, match="签名不成立"):
        verify._verify(verify.parse_vkey(key), verify.parse_line(line.strip()).signature, other.encode())


def test_any_one_bit_flipped_in_the_national_line_is_found(national):
    said, key = national
    raw = bytearray(verify.canonical(said))
    line = said["note"].splitlines()[-1].encode()
    start = raw.index(line)
    chosen = random.Random(5)  # noqa: S311 - which bits are looked at is no secret
    flips = [(at, chosen.randrange(8)) for at in range(start, start + len(line) + 2)]

    assert [flip for flip in flips if not is_found(raw, *flip, keys=[LOG, key])] == []


@pytest.mark.parametrize(
    "spoilt", [b"", b"\x30", b"\x30\x06\x02\x01\x00\x02\x01\x00", b"\x30\x80" + b"\xff" * 70, b"\x02" * 300]
)
def test_rubbish_is_no_national_signature(national, spoilt):
    key = verify.parse_vkey(national[1])

    assert not verify._sm2_holds(verify._point(key.public), spoilt, b"text")


# --- packs ----------------------------------------------------------------------------------------------------------


def test_a_whole_pack_holds_on_every_point():
    row = event(
        5, kind="row", action="update", actor_kind="", actor_id="", act_id=LIFE[1]["act_id"], data={"a": [1, 2]}
    )
    report = judged(pack([*LIFE[:2], row, LIFE[2]]))

    said = str(report)
    assert complaints(report) == []
    assert "✓ 证据包完整，SHA256SUMS 与各文件一致" in said
    assert "✓ 4 条事件逐条核验，均在封存头 #9 之下" in said
    assert "✓ 版本号连续，状态前后相接，数据变更所属的办理都在包内" in said
    assert "订单：HD260302-0007" in said
    assert said.endswith("结论：各项成立。")


def test_a_pack_is_the_same_on_any_machine_and_opens_with_any_program(tmp_path):
    files = {"b.txt": b"2", "说明.html": b"3", "a.txt": b""}
    raw = verify.write_pack(files)

    assert raw == verify.write_pack(dict(reversed(files.items())))
    assert verify.write_pack(verify.read_pack(raw)) == raw
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["a.txt", "b.txt", "说明.html", "SHA256SUMS"]
        assert {one.date_time for one in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.read("说明.html") == b"3"
        opened.extractall(tmp_path)
    done = subprocess.run([shutil.which("sha256sum"), "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["../x", "/x", "a\\b", "a/../b", "a//b", "c:x", "a\nb", "", "a/"])
def test_no_member_leaves_the_folder_into_which_it_is_unpacked(name):
    with pytest.raises(ValueError, match="不能作为文件名"):
        verify.write_pack({name: b""})


def life(*steps):
    return [step(pk, *given) for pk, given in enumerate(steps, 3)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (life((1, "", "a"), (3, "b", "c")), "orders.order 7 缺少第 2 版"),
        (life((4, "", "a")), "orders.order 7 缺少第 1 至 3 版"),
        (life((1, "", "a"), (1, "", "a")), "orders.order 7 的第 1 版重复或先后颠倒"),
        (life((1, "", "a"), (2, "b", "c")), "orders.order 7 第 2 版的起始状态与前一版的结果不相接"),
        (
            [event(1), event(2, kind="row", action="insert", act_id=str(uuid.UUID(int=5)))],
            "1 项数据变更所属的办理 00000000-0000-0000-0000-000000000005 不在包内",
        ),
        (
            [event(1), event(2, kind="row", action="insert", xid=701)],
            f"办理 {ACT} 的数据变更与它不在同一事务",
        ),
        ([event(2), event(1)], "事件没有按编号先后排列"),
        ([event(1), event(1)], "有重复的事件编号"),
        ([], "没有一条得到证明的事件"),
    ],
)
def test_gaps_are_named(events, expected):
    assert f"✗ {expected}" in complaints(judged(pack(events)))


def test_an_unsealed_event_is_shown_as_such_and_not_taken_for_proven():
    report = judged(pack(LIFE[:2], unsealed=LIFE[2:]))

    (said,) = complaints(report)
    assert said.startswith("✗ 尚未封存，不能证明：#6 ")


def test_a_change_made_without_an_act_is_named():
    direct = event(9, kind="row", action="update", act_id=None, actor_kind="database", actor_id="postgres")

    assert "？ 1 项数据变更不属于任何办理，是直接在数据库中作出的" in judged(pack([*LIFE, direct])).lines


def test_documents_are_held_against_the_digests_in_the_events():
    digests = [hashlib.sha256(text).hexdigest() for text in (b"consent", b"agreement")]
    papers = [
        {"name": name, "object": f"patients.consent:{n}", "sha256": digest}
        for n, (name, digest) in enumerate(zip(["知情同意书", "服务协议"], digests, strict=True))
    ]
    signed = event(9, kind="row", action="insert", act_id=None, data={"sha256": digests[0]})

    assert complaints(judged(pack([*LIFE, signed], documents=papers))) == ["✗ 没有事件登记过文书的摘要：服务协议"]
    unknown = judged(pack(documents=papers))
    assert not unknown.failed
    assert "？ 事件中没有登记文书的摘要，2 份文书不能判断" in unknown.lines


def test_a_document_in_the_pack_is_held_against_its_digest():
    paper = {"name": "知情同意书.txt", "object": "patients.consent:1", "sha256": hashlib.sha256(b"consent").hexdigest()}

    good = judged(pack(documents=[paper], extra={"知情同意书.txt": b"consent"}))
    assert "✓ 文书 知情同意书.txt 与其摘要一致" in good.lines
    assert judged(pack(documents=[paper], extra={"知情同意书.txt": b"other"})).failed
    assert judged(pack(extra={"stowaway.exe": b"MZ"})).failed


def test_a_pack_may_span_several_eras_each_under_its_own_head():
    second = ORIGIN[:-1] + "2"
    key = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
    groups = []
    for origin, signer, events in ((ORIGIN, LOG_KEY, LIFE[:2]), (second, key, LIFE[2:])):
        leaves = [encode(one) for one in events]
        proofs = [proven(leaves, i) for i in range(len(leaves))]
        groups.append({"origin": origin, **head(leaves, origin, signer), "events": proofs})
    vkeys = [group["verifier"] for group in groups]

    assert complaints(judged(pack(proofs=groups), keys=vkeys)) == []
    assert judged(pack(proofs=groups), keys=vkeys[:1]).failed
    assert judged(pack(proofs=[{**groups[0], "origin": second}]), keys=vkeys).failed


def test_an_event_moved_under_another_head_is_refused():
    other = [encode(one) for one in life((1, "", "a"))]
    leaves = [encode(one) for one in LIFE]
    group = {"origin": ORIGIN, **head(other), "events": [proven(leaves, 0)]}

    assert "✗ 第 1 条事件不成立：不在封存头之下，内容、位置或证明已被改动" in complaints(judged(pack(proofs=[group])))


def test_any_one_bit_flipped_in_a_pack_is_found():
    raw = bytearray(pack(LIFE[:2]))
    program = Path(verify.__file__).read_bytes()
    start = raw.index(program)
    inside = range(start, start + len(program))
    outside = [at for at in range(len(raw)) if at not in inside]
    assert not judged(bytes(raw)).failed
    assert len(outside) <= 6000
    chosen = random.Random(7)  # noqa: S311 - which bits are looked at is no secret
    flips = [(at, bit) for at in outside for bit in range(8)]
    flips += [(chosen.choice(inside), chosen.randrange(8)) for _ in range(1500)]

    assert [flip for flip in flips if not is_found(raw, *flip)] == []


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_flip_in_the_proofs_is_found_even_when_the_archive_is_made_anew_around_it(data):
    members = verify.read_pack(pack())
    said = bytearray(members["pack.json"])
    start, end = said.index(b'"proofs"'), said.index(b'"unsealed"')
    said[data.draw(st.integers(start, end - 1))] ^= 1 << data.draw(st.integers(0, 7))

    try:
        failed = judged(verify.write_pack({**members, "pack.json": bytes(said)})).failed
    except verify.Unreadable:
        failed = True
    assert failed


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3000))
def test_rubbish_written_into_a_pack_never_crashes_the_check(rubbish, at):
    raw = pack(LIFE[:1])
    for spoilt in (
        raw[:at],
        raw[:at] + rubbish,
        raw[:at] + rubbish + raw[at + len(rubbish) :],
        b"PK\x03\x04" + rubbish,
    ):
        try:
            assert spoilt == raw or judged(spoilt).failed
        except verify.Unreadable:
            continue


# --- the program as it travels --------------------------------------------------------------------------------------

# As on a machine that has neither the platform nor what the platform runs on.
BARE = (
    "import runpy, sys; sys.modules.update(dict.fromkeys(['django', 'psycopg2', 'rest_framework', 'audit', 'kernel']));"
    "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


def run(program, *arguments):
    command = [sys.executable, "-I", "-X", "utf8", "-c", BARE, str(program), *map(str, arguments)]
    return subprocess.run(command, cwd=program.parent, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_the_program_in_the_pack_checks_the_pack_without_the_platform(tmp_path):
    raw = pack()
    program, whole, spoilt = tmp_path / "verify.py", tmp_path / "pack.zip", tmp_path / "spoilt.zip"
    program.write_bytes(verify.read_pack(raw)["verify.py"])
    whole.write_bytes(raw)
    spoilt.write_bytes(raw[:900] + bytes([raw[900] ^ 1]) + raw[901:])

    done = run(program, whole, "--key", LOG, "--witness", WITNESS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "结论：各项成立。" in done.stdout
    done = run(program, spoilt)
    assert done.returncode in (1, 2)
    assert "不成立" in done.stdout or "无法读取" in done.stdout


def test_the_program_says_what_came_of_it_by_its_exit_code(tmp_path):
    program, good, bad = Path(verify.__file__), tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(verify.canonical(receipt()))
    bad.write_bytes(verify.canonical(receipt(index=0)))

    assert run(program, good).returncode == 0
    assert run(program, bad).returncode == 1
    assert run(program, tmp_path / "missing.json").returncode == 2
    assert run(program, program).returncode == 2
    assert run(program, good, "--key", "rubbish").returncode == 2
    unasked = run(program)
    assert unasked.returncode == 2
    assert "参数有误" in unasked.stderr
    assert run(program, "--help").stdout == verify.USAGE


def test_the_program_needs_python_3_9_and_one_package():
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    names = set()
    for found in ast.walk(tree):
        if isinstance(found, ast.Import):
            names |= {alias.name.split(".")[0] for alias in found.names}
        elif isinstance(found, ast.ImportFrom):
            names.add(found.module.split(".")[0])

    assert names - set(sys.stdlib_module_names) == {"cryptography"}
