"""What a visit record still lacks before the nurse may leave: pure, so that pages, door and tests agree."""

from collections.abc import Iterable, Mapping

from kernel.refusals import Refusal

WASTE_CLAUSE = "002 五(七)1(1)"
EXPLAIN_CLAUSE = "000 三(六)"


def missing(
    *, items: Iterable, answered_steps: set, readings: Mapping[str, str], waste: str, specimen_handed: bool,
    note: str, next_step: str, unexplained: Iterable = (),
) -> list[Refusal]:  # fmt: skip
    """
    List what is not done yet, each with the field it belongs to.

    ``items`` have their ``steps`` and ``asks`` at hand; ``answered_steps`` are step ids; ``readings`` key -> value;
    ``unexplained`` are the measurements whose value is unusual and stands there without a word.
    """
    left = []
    for item in items:
        steps = [step for step in item.steps.all() if step.pk not in answered_steps]
        if steps:
            left.append(
                Refusal(
                    "record.steps", f"「{item}」还有 {len(steps)} 步没有记录。", item.clause, field=f"item-{item.pk}"
                )
            )
        for ask in item.asks.all():
            key = ask.measurement_id
            excused = any(readings.get(other) in allowed for other, allowed in ask.excused_when.items())
            if ask.required and not excused and not readings.get(key):
                left.append(
                    Refusal(
                        "record.reading", f"「{item}」请填写{ask.measurement}。", item.clause, field=f"reading-{key}"
                    )
                )
    for measurement in unexplained:
        sentence = f"{measurement}超出通常范围，请写一句说明。"
        left.append(Refusal("record.explanation", sentence, EXPLAIN_CLAUSE, field=f"why-{measurement.pk}"))
    if any(item.takes_specimen for item in items) and not specimen_handed:
        left.append(Refusal("record.specimen", "请登记标本编号和送往的检验科室。", "002 附件11", field="specimen"))
    if not waste:
        left.append(Refusal("record.waste", "请申报本次医疗废物，没有产生也请注明。", WASTE_CLAUSE, field="waste"))
    if any(item.makes_waste for item in items) and waste == "none":
        left.append(
            Refusal("record.waste_kind", "本次项目会产生医疗废物，请选择类别并带回机构。", WASTE_CLAUSE, field="waste")
        )
    if not note:
        left.append(Refusal("record.note", "请填写护理记录。", "002 五(七)2(2)", field="note"))
    if not next_step:
        left.append(Refusal("record.next", "请选择下一步安排。", "002 五(六)2", field="next_step"))
    return left
