"""From the shape of ``catalog/data/*.json`` to rows that are not written yet. Pure: nothing here saves."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from accounts.models import Organization
from catalog import relations
from catalog.measurements import can_compute
from catalog.models import (
    Category,
    CertificateKind,
    Edition,
    Item,
    ItemCertificate,
    ItemMeasurement,
    ItemStep,
    Measurement,
)
from catalog.rules import EDITION_CLAUSE
from kernel.refusals import Refusal

# What nurses' files call the two qualifications that the document itself names (002 五(二)2).
CERTIFICATE_CODES = {"peritoneal_dialysis": "pd"}
# A photo is kept as an upload, a list as written text; a group becomes one number per part (see ``_parts``).
TYPES = {"image": Measurement.Type.PHOTO, "list": Measurement.Type.TEXT}
SEXES = {"", "female", "male"}


@dataclass
class Rows:
    """Everything of an edition, parents before children."""

    categories: list[Category] = field(default_factory=list)
    kinds: list[CertificateKind] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    steps: list[ItemStep] = field(default_factory=list)
    asks: list[ItemMeasurement] = field(default_factory=list)
    demands: list[ItemCertificate] = field(default_factory=list)


def edition(row: dict, district: Organization, effective_from: date) -> Edition:
    return Edition(
        district=district,
        name=row["title"],
        source=row["source"],
        clause=row["clause"],
        issued_on=date.fromisoformat(row["issued"]),
        effective_from=effective_from,
    )


def rows(edition: Edition, data: dict) -> Rows:
    """Build the whole edition; the data have passed :func:`contradictions`."""
    made = Rows()
    made.categories = [Category(edition=edition, number=c["no"], name=c["name"]) for c in data["categories"]]
    made.kinds = [
        CertificateKind(code=_certificate(c["code"]), name=c["name"]) for c in data.get("certificates_ours", ())
    ]
    groups = {m["key"]: _parts(m) for m in data["measurements"] if m["type"] == "group"}
    made.measurements = [
        _measurement(part) for m in data["measurements"] for part in groups.get(m["key"], [m])
    ]  # fmt: skip
    categories = {category.number: category for category in made.categories}
    library = {measurement.key: measurement for measurement in made.measurements}
    cautions = data.get("negative_list_ours", ())
    for row in data["items"]:
        item = _item(edition, categories[row["category_no"]], row["no"], row["code"], row)
        item.notes["common"] = data.get("first_assessment_common_ours", [])
        item.notes["cautions"] = [
            {key: caution[key] for key in ("text", "stage", "action")}
            for caution in cautions
            if caution["item_no"] == row["no"]
        ]
        made.items.append(item)
        made.steps += _steps(item, row["steps"])
        made.asks += _asks(item, row, library, groups)
        if row.get("certificate_required_by_document"):
            kind = next(one for one in made.kinds if one.code == _certificate(row["ours"]["certificate"]))
            made.demands.append(ItemCertificate(item=item, kind=kind, clause=row["certificate_clause"]))
        made.demands += [
            ItemCertificate(item=item, kind_id=asked["code"], clause=asked["clause"])
            for asked in row.get("certificates", ())
        ]
    return made


def one_more(edition: Edition, row: dict) -> Rows:
    """Build one item that is added to an edition later; it takes the next number and the edition's code."""
    last = edition.items.order_by("-number").first()
    number = last.number + 1 if last else 1
    prefix = last.code.rpartition("-")[0] if last else f"E{edition.pk}"
    category = edition.categories.get(number=row["category_no"])
    item = _item(edition, category, number, f"{prefix}-{number:02d}", row)
    keys = {*row["ours"]["measurements"], *row["required_ours"]}
    library = Measurement.objects.in_bulk(keys)
    return Rows(items=[item], steps=_steps(item, row["steps"]), asks=_asks(item, row, library, {}))


def contradictions(data: dict) -> list[Refusal]:
    """Say what in the data of an edition does not fit together; a missing key is a mistake of the program."""
    known = {row["key"] for row in data["measurements"]}
    categories = {row["no"] for row in data["categories"]}
    certificates = {row["code"] for row in data.get("certificates_ours", ())}
    found = [reason for row in data["items"] for reason in _wrong(row, known, categories)]
    for row in data["items"]:
        asked = {one["code"] for one in row.get("certificates", ())}
        if row.get("certificate_required_by_document"):
            asked.add(row["ours"]["certificate"])
        if asked - certificates:
            found.append(_no(f"「{row['name']}」要求的资质没有登记，请先补充资质名称。"))
        demanded = [one["code"] for one in row.get("certificates", ())]
        if row.get("certificate_required_by_document"):
            demanded.append(_certificate(row["ours"]["certificate"]))
        if len(set(demanded)) < len(demanded):
            found.append(_no(f"「{row['name']}」把同一种资质要求了两次，请去掉重复的。"))
    for row in data["measurements"]:
        if row["type"] == "computed" and not can_compute(row["formula"], known):
            found.append(_no(f"「{row['label']}」的计算公式不能使用，请核对后再发布。"))
    for rule in relations.rules(data.get("cross_field_rules", ())):
        if relations.unknown_in(rule.expression, known):
            found.append(_no(f"测量值之间的规则「{rule.code}」用到了没有定义的测量项目，请核对后再发布。"))
    for label, key in (("序号", "no"), ("代码", "code"), ("名称", "name")):
        if len({row[key] for row in data["items"]}) < len(data["items"]):
            found.append(_no(f"目录中有两个项目{label}相同，请核对后再发布。"))
    return found


def contradictions_of_one(edition: Edition, row: dict) -> list[Refusal]:
    """The same for one item that is added to ``edition``."""
    keys = {*row["ours"]["measurements"], *row["required_ours"]}
    found = _wrong(
        row,
        set(Measurement.objects.filter(key__in=keys).values_list("key", flat=True)),
        set(edition.categories.values_list("number", flat=True)),
    )
    if edition.items.filter(name=row["name"]).exists():
        found.append(_no(f"这个目录版本已有「{row['name']}」，不需要重复增加。", "name"))
    return found


def _wrong(row, known, categories):
    name, ours, found = row["name"], row["ours"], []
    if not 1 <= len(name) <= 40:
        found.append(_no("项目名称请填写 1 到 40 个字。", "name"))
    if row["category_no"] not in categories:
        found.append(_no(f"「{name}」的类别不在这个目录版本中，请重新选择。", "category_number"))
    if row["family_ours"] not in Item.Family.values:
        found.append(_no(f"请为「{name}」选择服务类型。", "family"))
    if ours["risk_level"] not in Item.Risk.values:
        found.append(_no(f"请为「{name}」选择风险等级。", "risk"))
    if not 1 <= ours["duration_min"] <= 480:
        found.append(_no(f"「{name}」的预计时长请填写 1 到 480 之间的整数（分钟）。", "duration_min"))
    if row.get("patient_sex_ours", "") not in SEXES:
        found.append(_no(f"请为「{name}」选择服务对象的性别范围。", "patient_sex"))
    texts = [_text(step) for step in row["steps"]]
    if not texts or not all(1 <= len(text) <= 120 for text in texts):
        found.append(_no(f"请填写「{name}」的步骤，每步不超过 120 个字。", "steps"))
    if unknown := (set(ours["measurements"]) | set(row["required_ours"])) - known:
        found.append(_no(f"「{name}」用到了没有定义的测量项目：{'、'.join(sorted(unknown))}。", "measurements"))
    if any(len(set(keys)) < len(keys) for keys in (ours["measurements"], row["required_ours"])):
        found.append(_no(f"「{name}」把同一个测量项目列了两次，请去掉重复的。", "measurements"))
    if not set(row["required_ours"]) <= set(ours["measurements"]):
        found.append(_no(f"「{name}」的必填项应当是它的测量项目。", "required"))
    return found


def _no(sentence, field=""):
    return Refusal("edition.data", sentence, EDITION_CLAUSE, field)


def _item(edition, category, number, code, row):
    ours = row["ours"]
    return Item(
        edition=edition,
        category=category,
        number=number,
        code=code,
        name=row["name"],
        plain_words=row.get("plain_words_ours", ""),
        family=row["family_ours"],
        risk=ours["risk_level"],
        duration_min=ours["duration_min"],
        patient_sex=row.get("patient_sex_ours", ""),
        patient_sex_clause=row.get("patient_sex_clause", ""),
        makes_waste=ours["medical_waste"],
        takes_specimen=ours["specimen_transport"],
        needs_guidance=ours.get("needs_hospital_guidance", False),
        source_text="".join(_source(step) for step in row["steps"]),
        clause=row.get("clause", edition.clause),
        notes={
            "first_assessment": ours.get("first_assessment_checks", []),
            "materials": ours.get("materials_needed", True),
            "sharps": ours.get("sharps", False),
            "standards": ours.get("standards", []),
            "revisit_after_min": ours.get("revisit_after_min"),
            "prompts": ours.get("prompts", {}),
            "certificate_suggested": _certificate(ours.get("certificate", "")),
            "corrections": row.get("corrections", []),
        },
    )


def _steps(item, steps):
    return [
        ItemStep(item=item, number=number, text=_text(step), source_text=_source(step))
        for number, step in enumerate(steps, 1)
    ]


def _asks(item, row, library, groups):
    def spread(keys):
        return [part for key in keys for part in ([p["key"] for p in groups[key]] if key in groups else [key])]

    required, excused = set(spread(row["required_ours"])), row.get("required_excused_ours", {})
    return [
        ItemMeasurement(
            item=item,
            measurement=library[key],
            position=position,
            required=key in required,
            excused_when=excused.get(key, {}),
        )
        for position, key in enumerate(spread(row["ours"]["measurements"]), 1)
    ]


def _measurement(row):
    return Measurement(
        key=row["key"],
        label=row["label"],
        type=TYPES.get(row["type"], row["type"]),
        unit=row.get("unit", ""),
        minimum=_exact(row.get("min")),
        maximum=_exact(row.get("max")),
        decimals=row.get("decimals", 0),
        alert_below=_exact(row.get("alert_below")),
        alert_from=_exact(row.get("alert_at_or_above")),
        alert_values=row.get("alert_values", []),
        red_below=_exact(row.get("red_below")),
        red_from=_exact(row.get("red_at_or_above")),
        red_values=row.get("red_values", []),
        options=row.get("options", []),
        reference=row.get("reference", ""),
        basis=row.get("basis", ""),
        formula=row.get("formula", ""),
        step=row.get("step", 1),
        bands=row.get("bands", []),
        applies_when=row.get("applies_when", []),
        carried=row.get("carried_ours", False),
        followed=row.get("trend_ours", False),
    )


def _exact(number):
    return None if number is None else Decimal(str(number))


def _parts(group):
    """A group of equal scales (ESAS) becomes one whole number per part, so that each is bounded and kept alone."""
    name = group["label"].split(" ")[0]
    return [
        {**group, "key": f"{group['key']}_{number}", "label": f"{name} {part}", "type": "integer", "unit": "分"}
        for number, part in enumerate(group["items"], 1)
    ]


def _certificate(code):
    return CERTIFICATE_CODES.get(code, code)


def _text(step):
    return step if isinstance(step, str) else step["text"]


def _source(step):
    return step if isinstance(step, str) else step["source_text"]
