"""
Another district's package beside this district's rules: what is the same, new, different, refused; and the draft of it.

Pure: both sides are content in the shape of :mod:`supervision.package`, ``standing`` is what waits here already.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog import drafting, publishing
from catalog.models import Item, NegativeEntry
from education import rules as papers
from education.lifecycle import TAUGHT
from education.models import Article
from education.services.articles import LONGEST
from followups.models import PlanTemplate
from institutions import settings
from kernel.refusals import Refusal

SAME, NEW, DIFFERS, REFUSED, WAITS = "same", "new", "differs", "refused", "waits"
PARTS = {
    "settings": "区级设置", "catalogue": "项目目录", "articles": "科普文章", "negative": "负面清单",
    "templates": "随访模板", "questionnaires": "随访问卷", "measurements": "测量项目",
}  # fmt: skip
TAKEN = ("settings", "catalogue", "articles")  # parts that have a draft: nothing of the others waits before it holds


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the package: ``changes`` are (what, here, there) in words, ``why`` is why it cannot be had."""

    part: str
    key: str
    label: str
    state: str
    changes: tuple[tuple[str, str, str], ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """What the form calls it."""
        return f"{self.part}:{self.key}"

    @property
    def takes(self) -> bool:
        return self.part in TAKEN and self.state in (NEW, DIFFERS)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What this district has in work already, and the newest edition in the shape that drafts have (None: no list).

    ``numbers`` says under which number an article may be about an item, by the item's name.
    """

    settings: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    draft: bool = False
    base: dict[str, Any] | None = field(default=None)
    numbers: Mapping[str, int] = field(default_factory=dict)


def compared(theirs: Mapping[str, Any], ours: Mapping[str, Any], standing: Standing) -> dict[str, list[Row]]:
    """Every part of the package, row by row in the order of the file."""
    return {
        "settings": [_setting(row, ours, standing) for row in theirs["settings"]],
        "catalogue": _items(theirs["catalogue"], ours["catalogue"], standing),
        "articles": [_article(row, _by(ours["articles"], "code"), standing) for row in theirs["articles"]],
        "negative": _plain("negative", "text", theirs, ours, NEGATIVE),
        "templates": _plain("templates", "code", theirs, ours, TEMPLATE),
        "questionnaires": _plain("questionnaires", "code", theirs, ours, QUESTIONNAIRE),
        "measurements": _plain("measurements", "key", theirs["catalogue"], ours["catalogue"], MEASUREMENT),
    }


def only_here(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, int]:
    """How many things of each part this district has and the package has not; they stay as they are."""
    names = {"settings": "key", "articles": "code", "negative": "text", "templates": "code", "questionnaires": "code"}
    found = {part: len(set(_by(ours[part], key)) - set(_by(theirs[part], key))) for part, key in names.items()}
    items = set(_by(ours["catalogue"]["items"], "name")) - set(_by(theirs["catalogue"]["items"], "name"))
    return {**found, "catalogue": len(items), "measurements": 0}


def counts(content: Mapping[str, Any]) -> dict[str, int]:
    """How many of each a package holds."""
    found = {part: len(content[part]) for part in PARTS if part in content}
    catalogue = content["catalogue"]
    return {**found, "catalogue": len(catalogue["items"]), "measurements": len(catalogue["measurements"])}


def _setting(row, ours, standing) -> Row:
    key = row["key"]
    declared = settings.SETTINGS.get(key)
    if declared is None:
        why = f"本区的平台没有这个设置项（来源区的取值：{_short(row['value'])}{row['unit']}）。"
        return Row("settings", key, row["label"] or key, REFUSED, why=why)
    if no := settings.judge(key, row["value"]):
        why = f"来源区的取值是 {_short(row['value'])}{row['unit']}，不在本区允许的范围内。{no.sentence}"
        return Row("settings", key, declared.label, REFUSED, why=why)
    here = _by(ours["settings"], "key")[key]["value"]
    if here == row["value"]:
        return Row("settings", key, declared.label, SAME)
    changes = (("取值", settings.in_words(declared, here), settings.in_words(declared, row["value"])),)
    if key in standing.settings:
        why = "这项设置已有一份调整在等复核，办结后再带入。"
        return Row("settings", key, declared.label, WAITS, changes, why)
    return Row("settings", key, declared.label, DIFFERS, changes)


# --- the list of items ------------------------------------------------------------------------------------------------


def item_of(row: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """One item of an edition's data without the numbers and codes that only its own district knows."""
    ours = row["ours"]
    return {
        "name": row["name"], "plain_words": row["plain_words_ours"], "family": row["family_ours"],
        "category": next((one["name"] for one in data["categories"] if one["no"] == row["category_no"]), ""),
        "risk": ours["risk_level"], "duration_min": ours["duration_min"], "patient_sex": row["patient_sex_ours"],
        "patient_sex_clause": row["patient_sex_clause"], "clause": row["clause"],
        **{name: bool(ours.get(key, False)) for name, key in TICKS.items()},
        "steps": [{"text": step["text"], "source_text": step["source_text"]} for step in row["steps"]],
        "measurements": [
            {"key": key, "required": key in row["required_ours"], "excused": row["required_excused_ours"].get(key, {})}
            for key in ours["measurements"]
        ],
        "certificates": [{"code": one["code"], "clause": one["clause"]} for one in row["certificates"]],
        "certificate_suggested": ours.get("certificate", ""), "checks": ours.get("first_assessment_checks", []),
        "standards": ours.get("standards", []), "revisit_after_min": ours.get("revisit_after_min"),
        "prompts": ours.get("prompts", {}),
        "cautions": [
            {name: one[name] for name in ("text", "stage", "action")}
            for one in data["negative_list_ours"] if one["item_no"] == row["no"]
        ],
    }  # fmt: skip


TICKS = {
    "makes_waste": "medical_waste", "takes_specimen": "specimen_transport",
    "needs_guidance": "needs_hospital_guidance", "materials": "materials_needed", "sharps": "sharps",
}  # fmt: skip


def merged(base: dict[str, Any], items: Iterable[Mapping[str, Any]], common: list[str] | None) -> dict[str, Any]:
    """The edition's data with these items of another district in it; all other items stay as they are."""
    data = {
        **base, "items": list(base["items"]), "categories": list(base["categories"]),
        "negative_list_ours": list(base["negative_list_ours"]),
    }  # fmt: skip
    if common is not None:
        data["first_assessment_common_ours"] = common
    for item in items:
        at = next((n for n, row in enumerate(data["items"]) if row["name"] == item["name"]), None)
        if at is None:
            row = _row(item, {"no": len(data["items"]) + 1, "code": drafting.next_code(data), "corrections": []}, data)
            data["items"].append(row)
        else:
            row = data["items"][at] = _row(item, data["items"][at], data)
        kept = [one for one in data["negative_list_ours"] if one["item_no"] != row["no"]]
        data["negative_list_ours"] = [*kept, *({"item_no": row["no"], **one} for one in item["cautions"])]
    return data


def _row(item, known, data) -> dict[str, Any]:
    category = next((one["no"] for one in data["categories"] if one["name"] == item["category"]), None)
    if category is None:
        category = max((one["no"] for one in data["categories"]), default=0) + 1
        data["categories"].append({"no": category, "name": item["category"]})
    asks = item["measurements"]
    return {
        **{key: known[key] for key in ("no", "code", "corrections")},
        "name": item["name"], "category_no": category, "plain_words_ours": item["plain_words"],
        "family_ours": item["family"], "clause": item["clause"], "patient_sex_ours": item["patient_sex"],
        "patient_sex_clause": item["patient_sex_clause"], "steps": item["steps"],
        "required_ours": [ask["key"] for ask in asks if ask["required"]],
        "required_excused_ours": {ask["key"]: ask["excused"] for ask in asks if ask["excused"]},
        "certificates": item["certificates"],
        "ours": {
            "measurements": [ask["key"] for ask in asks], "risk_level": item["risk"],
            "duration_min": item["duration_min"], **{key: item[name] for name, key in TICKS.items()},
            "first_assessment_checks": item["checks"], "standards": item["standards"],
            "revisit_after_min": item["revisit_after_min"], "prompts": item["prompts"],
            "certificate": item["certificate_suggested"],
        },
    }  # fmt: skip


COMMON = "首诊共同关注"


def _items(theirs, ours, standing) -> list[Row]:
    known, base = _by(ours["items"], "name"), standing.base
    labels = {row["key"]: row["label"] for row in [*theirs["measurements"], *ours["measurements"]]}
    why = ""
    if base is None:
        why = "本区还没有发布过目录，请先由平台装入首版目录。"
    elif standing.draft:
        why = "本区已有一份目录草稿，请先发布或放弃那一份。"
    rows = []
    for item in theirs["items"]:
        name, here = item["name"], known.get(item["name"])
        if here == item:
            rows.append(Row("catalogue", name, name, SAME))
            continue
        changes = _changes(here, item, _item_facts(labels)) if here else ()
        if base is None:
            rows.append(Row("catalogue", name, name, REFUSED, changes, why))
        elif found := _unfit(item, base, theirs["certificates"]):
            rows.append(Row("catalogue", name, name, REFUSED, changes, "".join(found)))
        else:
            state = WAITS if why else DIFFERS if here else NEW
            rows.append(Row("catalogue", name, name, state, changes, why))
    if theirs["common"] != ours["common"] and rows:
        changes = ((COMMON, _listed(ours["common"]), _listed(theirs["common"])),)
        state = REFUSED if base is None else WAITS if why else DIFFERS
        rows.append(Row("catalogue", COMMON, COMMON, state, changes, why))
    return rows


def _unfit(item, base, certificates) -> list[str]:
    """Why this platform could not publish the item."""
    known = {row["code"] for row in base["certificates_ours"]}
    strange = [certificates.get(one["code"]) or one["code"] for one in item["certificates"] if one["code"] not in known]
    found = [f"要求的资质「{'、'.join(strange)}」没有在本平台登记。"] if strange else []
    return found or [no.sentence for no in publishing.contradictions(merged(base, [item], None))]


def _item_facts(labels) -> dict[str, tuple[str, Callable[[Any], str]]]:
    def asked(rows) -> str:
        return _listed([labels.get(row["key"], row["key"]) + how(row) for row in rows])

    def how(row) -> str:
        free = [f"{labels.get(other, other)}为{'或'.join(values)}" for other, values in row["excused"].items()]
        said = ["必填"] if row["required"] else []
        return f"（{'，'.join([*said, *(f'{one}时可不填' for one in free)])}）" if said or free else ""

    return {
        "category": ("类别", str), "plain_words": ("通俗说明", str), "clause": ("依据", str),
        "patient_sex_clause": ("性别的依据", str),
        "family": ("服务类型", lambda key: dict(Item.Family.choices).get(key, key)),
        "risk": ("风险", lambda key: dict(Item.Risk.choices).get(key, key)),
        "duration_min": ("时长", lambda n: f"{n} 分钟"),
        "patient_sex": ("性别", lambda key: {"female": "仅限女性", "male": "仅限男性"}.get(key, "不限")),
        "makes_waste": ("产生医疗废物", _yes), "takes_specimen": ("采集标本", _yes),
        "needs_guidance": ("需牵头医院指导", _yes), "materials": ("需要耗材", _yes), "sharps": ("使用锐器", _yes),
        "steps": ("操作步骤", lambda rows: _listed([row["text"] for row in rows])),
        "measurements": ("测量项目", asked),
        "certificates": ("专项资质", lambda rows: _listed([row["code"] for row in rows])),
        "certificate_suggested": ("建议的资质", str), "checks": ("首诊关注", lambda rows: _listed(rows)),
        "standards": ("参照标准", lambda rows: _listed(rows)),
        "revisit_after_min": ("再次查看", lambda n: "没有" if n is None else f"{n} 分钟后"),
        "prompts": ("操作提示", lambda found: _listed(list(found.values()))),
        "cautions": ("不宜居家的情形", lambda rows: _listed([row["text"] for row in rows])),
    }  # fmt: skip


# --- articles, and what is only compared ------------------------------------------------------------------------------


def article_of(row: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """An article of the package as it is drafted here: about this district's own numbers of the same items."""
    return {**row, "items": sorted(numbers[name] for name in set(row["items"]) if name in numbers)}


def _article(row, known, standing) -> Row:
    code, here = row["code"], known.get(row["code"])
    lost = sorted(set(row["items"]) - set(standing.numbers))
    given = {**row, "items": [name for name in row["items"] if name not in lost]}
    if here and _settled(here) == _settled(given):
        return Row("articles", code, row["title"], SAME)
    changes = _changes(_settled(here), _settled(given), ARTICLE) if here else ()
    found = [no.sentence for no in _unfit_article(row)]
    if lost and not (given["items"] or row["conditions"] or row["medicines"]):
        found.append(f"文章所讲的「{'、'.join(lost)}」还不在本区目录里，请先带入项目并发布目录，再带入这篇文章。")
    if found:
        return Row("articles", code, row["title"], REFUSED, changes, "".join(found))
    if code in standing.articles:
        return Row("articles", code, row["title"], WAITS, changes, "这篇文章已有一版在起草或审核，办结后再带入。")
    why = f"「{'、'.join(lost)}」还不在本区目录里，带入时略去；目录发布以后可以再带入一次来补上。" if lost else ""
    return Row("articles", code, row["title"], DIFFERS if here else NEW, changes, why)


def _settled(row):
    """The same however it was typed: what the verb makes of it."""
    texts = {key: value.strip() for key, value in row.items() if isinstance(value, str)}
    return {**row, **texts, **{key: sorted(set(row[key])) for key in ("items", "conditions", "medicines")}}


def _unfit_article(row) -> list[Refusal]:
    shared = {name: row[name] for name in ("code", "title", "summary", "body", "source")}
    found = papers.paper(**shared, longest=LONGEST, clause=TAUGHT)
    found += papers.article(
        call_when=row["call_when"], kind=row["kind"], kinds=Article.Kind.values, medicines=row["medicines"],
        medicine_kind=Article.Kind.MEDICINE,
    )  # fmt: skip
    known = {*Article.Condition.values, *Article.Medicine.values}
    if strange := [one for one in [*row["conditions"], *row["medicines"]] if one not in known]:
        found.append(Refusal("article.unknown", f"适用情况「{'、'.join(strange)}」是本平台没有的。"))
    return found


def _plain(part, name, theirs, ours, facts) -> list[Row]:
    """Things that are only held beside each other."""
    known, rows = _by(ours[part], name), []
    for row in theirs[part]:
        key, here = row[name], known.get(row[name])
        label = row.get("title") or row.get("label") or row.get("text")
        state = NEW if here is None else SAME if here == row else DIFFERS
        rows.append(Row(part, key, label, state, _changes(here, row, facts) if state == DIFFERS else ()))
    return rows


def _changes(here, there, facts) -> tuple[tuple[str, str, str], ...]:
    found = []
    for key, (label, words) in facts.items():
        if here.get(key) != there.get(key):
            old, new = words(here.get(key)) or "没有", words(there.get(key)) or "没有"
            found.append((label, _short(old), _short(new)) if old != new else (label, "细节不同", "细节不同"))
    return tuple(found) or (("细节", "与来源区不同", "与本区不同"),)


def _by(rows, name) -> dict[str, Any]:
    return {row[name]: row for row in rows}


def _yes(value) -> str:
    return "是" if value else "否"


def _listed(rows) -> str:
    return f"{len(rows)} 项：{'；'.join(map(str, rows))}" if isinstance(rows, list) and rows else ""


def _number(value) -> str:
    return "" if value is None else str(value)


def _many(rows) -> str:
    return f"{len(rows or ())} 项"


def _short(value: Any) -> str:
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 160 else f"{text[:159]}…"


ARTICLE: dict[str, tuple[str, Callable[[Any], str]]] = {
    "title": ("标题", str), "summary": ("一句话说明", str),
    "kind": ("类别", lambda key: dict(Article.Kind.choices).get(key, key)),
    "body": ("正文", lambda text: f"{len(text)} 字：{text[:60]}…"), "call_when": ("什么情况要马上联系", str),
    "source": ("依据", str), "items": ("适用项目", lambda rows: "、".join(rows)),
    "conditions": ("适用情况", lambda rows: "、".join(dict(Article.Condition.choices).get(one, one) for one in rows)),
    "medicines": ("药品类别", lambda rows: "、".join(dict(Article.Medicine.choices).get(one, one) for one in rows)),
}  # fmt: skip
NEGATIVE = {
    "kind": ("类别", lambda key: dict(NegativeEntry.Kind.choices).get(key, key)), "reason": ("原因", str),
    "advice": ("建议", str), "clause": ("依据", str),
}  # fmt: skip
TEMPLATE = {
    "title": ("名称", str), "condition": ("适用情况", lambda key: dict(PlanTemplate.Condition.choices).get(key, key)),
    "items": ("适用项目", lambda rows: "、".join(rows)), "steps": ("各次随访", _many),
}  # fmt: skip
QUESTIONNAIRE = {"title": ("名称", str), "questions": ("问题", _many)}
MEASUREMENT = {
    "label": ("名称", str), "unit": ("单位", str), "min": ("下限", _number), "max": ("上限", _number),
    "alert_below": ("低于即提醒", _number), "alert_at_or_above": ("达到即提醒", _number),
    "red_below": ("低于即危急", _number), "red_at_or_above": ("达到即危急", _number),
    "options": ("选项", lambda rows: _listed(rows)),
}  # fmt: skip
