"""The words of the three prompts, and what is looked at after a procedure: data of the item, with a plain default."""

from collections.abc import Mapping

from kernel.refusals import Refusal

CLAUSE = "000 二(三)"
DEFAULT = {
    "before": "说明要做什么、为什么做、可能有什么不舒服，问是否同意现在开始。",
    "during": "边做边问：痛不痛、冷不冷、要不要停一下；注意表情和呼吸。",
    "after": "观察意识、皮肤、肢端、引流和反应，告诉家属接下来留意什么。",
}
# What is looked at afterwards; the first word of each is the usual one.
OBSERVED: dict[str, tuple[str, tuple[str, ...]]] = {
    "consciousness": ("意识", ("清楚", "嗜睡", "模糊", "叫不醒")),
    "skin": ("皮肤", ("正常", "发红", "破损", "皮疹", "苍白或青紫")),
    "limbs": ("肢端", ("温暖、活动好", "发凉", "肿胀", "麻木", "青紫")),
    "drainage": ("引流", ("没有引流", "通畅", "不畅", "颜色或量异常")),
    "reaction": ("反应", ("没有不适", "轻微不适", "明显不适", "过敏反应")),
}
USUAL = {"drainage": {"没有引流", "通畅"}}


def of_item(item) -> dict[str, str]:
    """Return the three prompts of an item."""
    return {**DEFAULT, **item.notes.get("prompts", {})}


def clean(observed: Mapping[str, str]) -> dict[str, str] | Refusal:
    """Return what was seen, each one of its words; or the refusal that names what is missing."""
    for key, (label, words) in OBSERVED.items():
        if observed.get(key) not in words:
            return Refusal("moment.observed", f"请选择操作后的{label}。", CLAUSE, field=f"observed-{key}")
    return {key: observed[key] for key in OBSERVED}


def unusual(observed: Mapping[str, str]) -> list[str]:
    """Return what was seen that is not as usual, in words."""
    return [
        f"{label}：{observed[key]}"
        for key, (label, words) in OBSERVED.items()
        if key in observed and observed[key] not in USUAL.get(key, {words[0]})
    ]
