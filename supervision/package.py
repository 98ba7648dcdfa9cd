"""
A district's rules as one file for another district: how it is written, and how a file of others is read.

Pure: no query and no clock here. The digest proves that a file arrived as it left, not who wrote it; whatever is taken
out of a file is judged again by the verbs of this district.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.refusals import Invalid, Refusal
from supervision import numbers
from supervision.shapes import Anything, Flag, ListOf, MapOf, OneOf, Record, Shape, Text, Whole, wrong_anywhere

CLAUSE = "004 一(二)"
FORMAT = "nursing-platform-district-package"
VERSION = 2  # since 2, articles and templates say by name what they are about: numbers are each district's own
MOST_BYTES = 3_000_000  # the page sends it back as text, a third longer, and forms end at 5 MB
LEFT_OUT = "（号码已略去）"


@dataclass(frozen=True, slots=True)
class Package:
    """A file that was read and found in order. ``sha256`` is the content's, ``file_sha256`` the whole file's."""

    district: str
    day: date
    sha256: str
    file_sha256: str
    content: dict[str, Any]


ITEM = Record({
    "name": ("项目名称", Text(40, 1)), "category": ("类别", Text(20, 1)), "plain_words": ("通俗说明", Text(80)),
    "family": ("服务类型", Text(20)), "risk": ("风险", Text(8)), "duration_min": ("时长", Whole(1, 480)),
    "patient_sex": ("性别", OneOf("", "female", "male")), "patient_sex_clause": ("性别依据", Text(60)),
    "clause": ("依据", Text(60)), "makes_waste": ("产生医疗废物", Flag()), "takes_specimen": ("采集标本", Flag()),
    "needs_guidance": ("需牵头医院指导", Flag()), "materials": ("需要耗材", Flag()), "sharps": ("使用锐器", Flag()),
    "steps": ("操作步骤", ListOf(Record({"text": ("内容", Text(120, 1)), "source_text": ("原文", Text(140))}), 60)),
    "measurements": ("测量项目", ListOf(Record({
        "key": ("代码", Text(40, 1)), "required": ("必填", Flag()),
        "excused": ("可不填的情形", MapOf(ListOf(Text(60), 30), 30)),
    }), 100)),
    "certificates": ("专项资质", ListOf(Record({"code": ("代码", Text(20, 1)), "clause": ("依据", Text(60))}), 20)),
    "certificate_suggested": ("建议的资质", Text(60)),
    "checks": ("首诊关注", ListOf(Text(200), 60)), "standards": ("参照标准", ListOf(Text(200), 60)),
    "revisit_after_min": ("再次查看（分钟）", Whole(0, 100_000, empty=True)),
    "prompts": ("操作提示", MapOf(Text(400), 10)),
    "cautions": ("不宜居家的情形", ListOf(Record({
        "text": ("内容", Text(200, 1)), "stage": ("环节", Text(40)), "action": ("处置", Text(40)),
    }), 60)),
})  # fmt: skip
CATALOGUE = Record({
    "title": ("目录名称", Text(80)), "source": ("文件", Text(200)), "issued": ("印发日期", Text(10)),
    "common": ("首诊共同关注", ListOf(Text(200), 60)), "items": ("护理项目", ListOf(ITEM, 300)),
    "certificates": ("资质名称", MapOf(Text(60), 100)),
    "measurements": ("测量项目", ListOf(Record({
        "key": ("代码", Text(40, 1)), "label": ("名称", Text(40, 1)), "unit": ("单位", Text(12)),
    }, others=True), 600)),
})  # fmt: skip
ARTICLE = Record({
    "code": ("代码", Text(40, 1)), "title": ("标题", Text(60, 1)), "summary": ("一句话说明", Text(120)),
    "kind": ("类别", Text(10)), "body": ("正文", Text(6000)), "call_when": ("什么情况要马上联系", Text(300)),
    "source": ("依据", Text(200)), "items": ("适用项目", ListOf(Text(40, 1), 300)),
    "conditions": ("适用情况", ListOf(Text(20), 30)), "medicines": ("药品类别", ListOf(Text(20), 30)),
})  # fmt: skip
CONTENT = Record({
    "settings": ("区级设置", ListOf(Record({
        "key": ("设置项", Text(60, 1)), "label": ("名称", Text(60)), "unit": ("单位", Text(12)),
        "clause": ("依据", Text(60)), "value": ("取值", Anything()),
    }), 300)),
    "catalogue": ("项目目录", CATALOGUE),
    "negative": ("负面清单", ListOf(Record({
        "kind": ("类别", Text(12)), "text": ("内容", Text(80, 1)), "reason": ("原因", Text(200)),
        "advice": ("建议", Text(200)), "clause": ("依据", Text(60)),
    }), 300)),
    "templates": ("随访模板", ListOf(Record({
        "code": ("代码", Text(40, 1)), "title": ("名称", Text(60, 1)), "condition": ("适用情况", Text(16)),
        "items": ("适用项目", ListOf(Text(40, 1), 300)), "steps": ("各次随访", ListOf(Anything(), 60)),
    }), 300)),
    "questionnaires": ("随访问卷", ListOf(Record({
        "code": ("代码", Text(40, 1)), "title": ("名称", Text(60, 1)),
        "questions": ("问题", ListOf(Anything(), 100)),
    }), 300)),
    "articles": ("科普文章", ListOf(ARTICLE, 300)),
})  # fmt: skip
ENVELOPE: dict[str, tuple[str, Shape]] = {
    "district": ("来源", Text(80, 1)), "date": ("日期", Text(10, 10)), "sha256": ("校验值", Text(64, 64)),
}  # fmt: skip
UNSEEN = dict.fromkeys(n for n in range(0x20) if chr(n) not in "\n\r\t")
# What is one thing in a list: a file that names it twice cannot be compared.
NAMED = {
    "settings": "key", "negative": "text", "templates": "code", "questionnaires": "code", "articles": "code",
}  # fmt: skip


def digest(content: Mapping[str, Any]) -> str:
    """The sha256 of the content, however the file around it is laid out."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def written(content: Mapping[str, Any], *, district: str, day: date) -> bytes:
    """The file: the same rules of the same day are the same bytes."""
    content = without_numbers(content)
    head = {"format": FORMAT, "version": VERSION, "district": district, "date": day.isoformat()}
    whole = {**head, "sha256": digest(content), "content": _sorted(content)}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def without_numbers(thing: Any) -> Any:
    """The same with every telephone and identity number taken out of its texts, and with them what no page can show."""
    if isinstance(thing, str):
        return numbers.replaced(thing.translate(UNSEEN), LEFT_OUT)
    if isinstance(thing, Mapping):
        return {key: without_numbers(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [without_numbers(value) for value in thing]
    return thing


def left_out(thing: Any) -> int:
    """In how many places a number has been taken out."""
    if isinstance(thing, str):
        return thing.count(LEFT_OUT)
    parts = thing.values() if isinstance(thing, Mapping) else thing if isinstance(thing, list | tuple) else ()
    return sum(map(left_out, parts))


def too_much(content: Mapping[str, Any], size: int) -> str:
    """What of a district's own rules another district could not read, in words for those who can shorten it."""
    if size > MOST_BYTES:
        weights = {label: len(json.dumps(content[part])) for part, (label, _) in CONTENT.keys.items()}
        most, least = max(weights, key=weights.__getitem__), MOST_BYTES // 1_000_000
        return f"配置包超过 {least} MB，其他区读不了。其中「{most}」最多，请先减少或改短一部分，再下载。"
    wrong = next(filter(None, _wrong_rows(content)), "") or CONTENT.wrong(content, "")
    what = wrong.removeprefix("文件里的").removesuffix("，请重新导出。")
    return f"{what}，现在的内容超出了限度，其他区读不了，请先改短，再下载。" if what else ""


def _wrong_rows(content):
    """The same as the shape of the whole says, but with a thing's own name where the shape counts."""
    lists = [(label, shape, content[part]) for part, (label, shape) in CONTENT.keys.items()]
    lists += [(label, shape, content["catalogue"][part]) for part, (label, shape) in CATALOGUE.keys.items()]
    for label, shape, rows in lists:
        if isinstance(shape, ListOf) and isinstance(shape.shape, Record):
            for row in rows:
                name = next((row[key] for key in ("name", "title", "label", "text") if row.get(key)), "")
                yield shape.shape.wrong(row, f"「{label}」中「{str(name)[:20]}」的")


def read(sent: bytes) -> Package:
    """:raises kernel.refusals.Invalid: no such file, another format or version, changed on its way, not in order"""
    if len(sent) > MOST_BYTES:
        raise _no("size", f"文件超过 {MOST_BYTES // 1_000_000} MB，请重新选择从「经验推广」页面导出的文件。")
    try:
        whole = json.loads(sent.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as broken:
        raise _no("json", "文件读不完整，可能没有下载完，或不是配置包，请重新导出后再上传。") from broken
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise _no("format", "这不是本平台的配置包，请选择从「经验推广」页面导出的文件。")
    version = whole.get("version")
    if isinstance(version, bool) or version != VERSION:
        shown = version if isinstance(version, int) and 0 <= version < 1000 else "未知"
        raise _no("version", f"文件的格式版本是 {shown}，本平台读得懂版本 {VERSION}，请用相同版本的平台重新导出。")
    content = whole.get("content")
    wrong = wrong_anywhere(whole) or Record(ENVELOPE, others=True).wrong(whole, "")
    if wrong or not isinstance(content, dict):
        raise _no("shape", wrong or "文件里没有配置内容，请重新导出后再上传。")
    if digest(content) != whole["sha256"]:
        raise _no("hash", "文件内容与校验值不一致，传送中可能有改动，请从来源区重新取得文件。")
    if wrong := CONTENT.wrong(content, "") or _twice(content):
        raise _no("shape", wrong)
    try:
        day = date.fromisoformat(whole["date"])
    except ValueError as broken:
        raise _no("date", "文件的日期读不懂，请重新导出后再上传。") from broken
    return Package(whole["district"], day, whole["sha256"], hashlib.sha256(sent).hexdigest(), content)


def _twice(content) -> str:
    lists = [(CONTENT.keys[part][0], [row[name] for row in content[part]]) for part, name in NAMED.items()]
    lists.append(("护理项目", [row["name"] for row in content["catalogue"]["items"]]))
    lists.append(("测量项目", [row["key"] for row in content["catalogue"]["measurements"]]))
    for item in content["catalogue"]["items"]:
        lists.append((f"{item['name']}的测量项目", [ask["key"] for ask in item["measurements"]]))
        lists.append((f"{item['name']}的专项资质", [one["code"] for one in item["certificates"]]))
    for label, names in lists:
        if len(set(names)) < len(names):
            return f"「{label}」里有两项相同，请从来源区重新导出。"
    return ""


def _sorted(thing: Any) -> Any:
    if isinstance(thing, Mapping):
        return {key: _sorted(thing[key]) for key in sorted(thing)}
    return [_sorted(one) for one in thing] if isinstance(thing, list) else thing


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _no(code: str, sentence: str) -> Invalid:
    return Invalid(Refusal(f"package.{code}", sentence, CLAUSE, "file"))
