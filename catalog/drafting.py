"""An edition turned back into the shape that publishing takes, so that the next one begins as a copy of the last."""

from decimal import Decimal
from typing import Any

from catalog import selectors
from catalog.models import CertificateKind, Edition, Item, Measurement
from kernel.refusals import Refusal


def data_of(edition: Edition) -> dict[str, Any]:
    """Return the whole edition as data; publishing it again makes the same items, steps, measurements and demands."""
    items = list(selectors.items(edition.pk))
    common: list = next((item.notes.get("common", []) for item in items if item.notes.get("common")), [])
    return {
        "edition": {
            "title": edition.name, "source": edition.source, "clause": edition.clause,
            "issued": edition.issued_on.isoformat(),
        },
        "categories": [{"no": row.number, "name": row.name} for row in edition.categories.order_by("number")],
        "certificates_ours": [{"code": row.code, "name": row.name} for row in CertificateKind.objects.order_by("code")],
        "measurements": measurements(),
        "first_assessment_common_ours": common,
        "negative_list_ours": [
            {"item_no": item.number, **caution} for item in items for caution in item.notes.get("cautions", [])
        ],
        "items": [_item(item) for item in items],
    }  # fmt: skip


def measurements() -> list[dict[str, Any]]:
    """The whole library as it is now."""
    return [_measurement(row) for row in Measurement.objects.order_by("key")]


def renumbered(data: dict[str, Any]) -> dict[str, Any]:
    """The same after an item was taken out: numbers without a gap, and each caution with its item."""
    numbers = {row["no"]: number for number, row in enumerate(data["items"], 1)}
    items = [{**row, "no": numbers[row["no"]]} for row in data["items"]]
    cautions = [
        {**row, "item_no": numbers[row["item_no"]]} for row in data["negative_list_ours"] if row["item_no"] in numbers
    ]
    return {**data, "items": items, "negative_list_ours": cautions}


def next_code(data: dict[str, Any]) -> str:
    """A code that no item of the draft has yet, in the manner of the last one's."""
    codes = [row["code"] for row in data["items"]]
    prefix = codes[-1].rpartition("-")[0] if codes else "E"
    last = max((int(tail) for code in codes if (tail := code.rpartition("-")[2]).isdigit()), default=0)
    return f"{prefix}-{last + 1:02d}"


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """What a draft changes against the edition it was copied from: (kind, item, what of it), by the item's code."""
    old, new = ({row["code"]: row for row in data["items"]} for data in (before, after))
    found: list[tuple[str, str, list[str]]] = [
        ("added", row["name"], []) for code, row in new.items() if code not in old
    ]
    found += [("removed", row["name"], []) for code, row in old.items() if code not in new]
    for code, row in new.items():
        if code not in old:
            continue
        parts = [label for label, part in PARTS.items() if part(row) != part(old[code])]
        parts += _differences("不宜居家的情形", _cautions(before, old[code]), _cautions(after, row))
        if parts:
            found.append(("changed", row["name"], parts))
    common = [{text: text for text in data["first_assessment_common_ours"]} for data in (before, after)]
    if parts := _differences("内容", *common):
        found.append(("changed", COMMON, parts))
    return found


COMMON = "首诊共同关注（所有项目）"


PARTS = {
    "名称": lambda row: row["name"],
    "类别": lambda row: row["category_no"],
    "通俗说明": lambda row: row["plain_words_ours"],
    "服务类型": lambda row: row["family_ours"],
    "风险": lambda row: row["ours"]["risk_level"],
    "时长": lambda row: row["ours"]["duration_min"],
    "性别": lambda row: row["patient_sex_ours"],
    "依据": lambda row: (row["clause"], row["patient_sex_clause"]),
    "医疗废物、标本和指导": lambda row: [
        row["ours"][key] for key in ("medical_waste", "specimen_transport", "needs_hospital_guidance")
    ],
    "步骤": lambda row: [step["text"] for step in row["steps"]],
    "步骤的原文": lambda row: [step["source_text"] for step in row["steps"]],
    "测量项目": lambda row: (row["ours"]["measurements"], row["required_ours"]),
    "可以不填必填项的情形": lambda row: row["required_excused_ours"],
    "专项资质": lambda row: row["certificates"],
    "建议的资质": lambda row: row["ours"].get("certificate", ""),
    "耗材": lambda row: row["ours"].get("materials_needed", True),
    "锐器": lambda row: row["ours"].get("sharps", False),
    "首诊关注和操作提示": lambda row: [
        row["ours"].get(key) for key in ("first_assessment_checks", "prompts", "standards", "revisit_after_min")
    ],
}


def _cautions(data: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """What the list says against doing this item at home: by its words, with its stage and what is then done."""
    rows = data["negative_list_ours"]
    return {one["text"]: (one["stage"], one["action"]) for one in rows if one["item_no"] == item["no"]}


def _differences(label: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What was added, taken out or put otherwise, each in its own words: these are read before a yes."""
    said = [f"{label}增加「{text}」" for text in after if text not in before]
    said += [f"{label}去掉「{text}」" for text in before if text not in after]
    said += [f"{label}「{text}」的环节或处置" for text in after if text in before and after[text] != before[text]]
    return said or ([f"{label}的顺序"] if list(before) != list(after) else [])


def no_such_item() -> Refusal:
    return Refusal("draft.item", "草稿里没有这个项目，可能刚被移除，请刷新后再看。")


def _item(item: Item) -> dict[str, Any]:
    asks, notes = list(item.asks.all()), item.notes
    return {
        "no": item.number, "code": item.code, "name": item.name, "category_no": item.category.number,
        "plain_words_ours": item.plain_words, "family_ours": item.family, "clause": item.clause,
        "patient_sex_ours": item.patient_sex, "patient_sex_clause": item.patient_sex_clause,
        "steps": [{"text": step.text, "source_text": step.source_text} for step in item.steps.all()],
        "required_ours": [ask.measurement_id for ask in asks if ask.required],
        "required_excused_ours": {ask.measurement_id: ask.excused_when for ask in asks if ask.excused_when},
        "certificates": [{"code": demand.kind_id, "clause": demand.clause} for demand in item.demands.all()],
        "corrections": notes.get("corrections", []),
        "ours": {
            "measurements": [ask.measurement_id for ask in asks],
            "risk_level": item.risk, "duration_min": item.duration_min, "medical_waste": item.makes_waste,
            "specimen_transport": item.takes_specimen, "needs_hospital_guidance": item.needs_guidance,
            "first_assessment_checks": notes.get("first_assessment", []),
            "materials_needed": notes.get("materials", True), "sharps": notes.get("sharps", False),
            "standards": notes.get("standards", []), "revisit_after_min": notes.get("revisit_after_min"),
            "prompts": notes.get("prompts", {}), "certificate": notes.get("certificate_suggested", ""),
        },
    }  # fmt: skip


def _measurement(row: Measurement) -> dict[str, Any]:
    return {
        "key": row.key, "label": row.label, "type": row.type, "unit": row.unit,
        "min": _plain(row.minimum), "max": _plain(row.maximum), "decimals": row.decimals,
        "alert_below": _plain(row.alert_below), "alert_at_or_above": _plain(row.alert_from),
        "alert_values": row.alert_values, "red_below": _plain(row.red_below), "red_at_or_above": _plain(row.red_from),
        "red_values": row.red_values, "options": row.options, "reference": row.reference, "basis": row.basis,
        "formula": row.formula, "step": row.step, "bands": row.bands, "applies_when": row.applies_when,
        "carried_ours": row.carried, "trend_ours": row.followed,
    }  # fmt: skip


def _plain(number: Decimal | None) -> str | None:
    """A bound as text: JSON's numbers are not exact."""
    return None if number is None else str(number)
