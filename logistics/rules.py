"""Pure questions about what is handed over: nothing, or what is wrong with it, beside the field."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from kernel.refusals import Refusal
from logistics.kinds import COOL, PLAUSIBLE, SpecimenKind
from logistics.lifecycle import CARRIED, DISPOSAL, DRAWN

LABEL = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{1,19}")
MOST_GRAMS = 50_000
MOST_PIECES = 200
DIFFERS_BY = (50, 5)  # grams, and one part in so many: more than both between two weighings asks for a word


def plain(text: str) -> str:
    """What was typed, without the full-width letters and spaces of a Chinese keyboard."""
    return unicodedata.normalize("NFKC", text).strip()


def label(text: str) -> Refusal | None:
    """The sticker of a tube, as the laboratory reads it."""
    if not text:
        return Refusal("specimen.label", "请填写标本编号。", DRAWN, "label")
    if LABEL.fullmatch(text):
        return None
    said = "标本编号请填写 2 到 20 位字母、数字或短横，与标签上的一致。"
    return Refusal("specimen.label", said, DRAWN, "label")


def bag_number(text: str) -> Refusal | None:
    """The number on a bag or box, where she gives one herself."""
    if not text or LABEL.fullmatch(text):
        return None
    said = "袋（盒）号请填写 2 到 20 位字母、数字或短横，与袋（盒）上的一致。"
    return Refusal("waste.number", said, DISPOSAL, "number")


def two_people(giver: str, receiver: str, clause: str = CARRIED) -> list[Refusal]:
    """Whoever hands over and whoever takes are two, each by name."""
    named = (("giver", "交出人", giver), ("receiver", "接收人", receiver))
    found = [
        Refusal("handover.name", f"请填写{what}的姓名。", clause, field) for field, what, name in named if not name
    ]
    if not found and giver == receiver:
        found.append(Refusal("handover.two", "交出人和接收人不能是同一个人。", clause, "receiver"))
    return found


def moment(at: datetime, *, after: datetime, now: datetime, field: str, what: str) -> Refusal | None:
    """A moment that somebody states lies between what came before it and now."""
    if at > now:
        return Refusal("handover.future", f"{what}不能晚于现在。", CARRIED, field)
    if at < after:
        local = timezone.localtime(after)
        said = f"{what}不能早于 {local.month}月{local.day}日 {local:%H:%M}。"
        return Refusal("handover.too_early", said, CARRIED, field)
    return None


def cool_enough(kind: SpecimenKind, in_box: bool, temperature: Decimal | None, words: str) -> list[Refusal]:
    """The box's thermometer: there when there is a box, possible, and explained when the specimen suffered."""
    if temperature is None:
        if in_box:
            return [Refusal("specimen.temperature", "请填写冷藏箱的温度。", CARRIED, "temperature")]
        return []
    low, high = PLAUSIBLE
    if not low <= temperature <= high:
        said = f"温度请填写 {low:.0f} 到 {high:.0f} ℃ 之间的数。"
        return [Refusal("specimen.temperature", said, CARRIED, "temperature")]
    low, high = COOL
    if kind.cooled and not low <= temperature <= high and not words:
        said = f"温度不在 {low:.0f} 到 {high:.0f} ℃ 之间，请在说明中写明原因。"
        return [Refusal("specimen.not_cool", said, CARRIED, "words")]
    return []


def grams(weight: int | None, *, field: str, clause: str = DISPOSAL) -> Refusal | None:
    if weight is not None and 1 <= weight <= MOST_GRAMS:
        return None
    return Refusal("waste.weight", f"重量请填写 1 到 {MOST_GRAMS} 之间的整数（克）。", clause, field)


def same_weight(declared: int | None, checked: int, words: str) -> Refusal | None:
    """What was weighed at the bedside and what arrives should not differ by much without a word."""
    grams_apart, part = DIFFERS_BY
    if declared is None or words or abs(declared - checked) <= max(grams_apart, declared // part):
        return None
    said = f"登记时是 {declared} 克，与现在的重量相差较多，请在说明中写明原因。"
    return Refusal("waste.weight_differs", said, DISPOSAL, "words")


def number(text: str) -> Decimal | None:
    """A thermometer's number as people type it; nothing when there is none, which the verb then asks for."""
    try:
        value = Decimal(plain(text).removesuffix("℃").removesuffix("°C").strip())
    except InvalidOperation:
        return None
    return value.quantize(Decimal("0.1")) if value.is_finite() and abs(value) < 1000 else None
