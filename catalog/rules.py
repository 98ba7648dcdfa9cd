"""May this item be had? Pure functions: nothing, or the reason in Chinese with its clause."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from kernel.refusals import Refusal

EDITION_CLAUSE = "002 五(五)"
OFFERING_CLAUSE = "002 五(七)1(1)"
NEGATIVE_CLAUSE = "004 三(三)"

SERVICE = "service"
PATIENT_FACT = "patient_fact"


class Dated(Protocol):
    """An edition, as far as these rules look."""

    name: str
    effective_from: date
    effective_to: date | None


class Offered(Protocol):
    offered: bool
    reason: str


class Forbidden(Protocol):
    kind: str
    text: str
    reason: str
    advice: str
    clause: str


def in_force(edition: Dated, on: date) -> Refusal | None:
    """Only items of the edition in force may be ordered."""
    if edition.effective_from <= on and (edition.effective_to is None or on <= edition.effective_to):
        return None
    when = "已经失效" if edition.effective_from <= on else "尚未生效"
    said = f"《{edition.name}》{when}，请在现行目录中选择项目。"
    return Refusal("catalog.edition", said, EDITION_CLAUSE)


def no_edition() -> Refusal:
    return Refusal("catalog.edition", "本区目前没有生效的服务项目目录，暂不能办理。", EDITION_CLAUSE)


def offered(offering: Offered | None, item_name: str, centre_name: str) -> Refusal | None:
    """The centre offers the item; if it does not, its own reason is told (应开尽开)."""
    if offering is not None and offering.offered:
        return None
    said = f"{centre_name}目前没有开展「{item_name}」"
    if offering is not None and offering.reason:
        said += f"，原因：{offering.reason.rstrip('。；; ')}"
    return Refusal("catalog.not_offered", f"{said}。", OFFERING_CLAUSE)


def not_negative(entries: Iterable[Forbidden], names: Iterable[str], facts: Iterable[str]) -> list[Refusal]:
    """
    Refuse what the negative list forbids: a service by what it is called, a visit by what is known of the patient.

    An entry is found inside a longer text, so 「静脉输液」 is found in 「想请护士上门静脉输液」.
    """
    said = {SERVICE: [_plain(name) for name in names], PATIENT_FACT: [_plain(fact) for fact in facts]}
    return [
        Refusal(
            "catalog.negative",
            f"「{entry.text}」在负面清单内，不能上门办理：{_clean(entry.reason)}。{_clean(entry.advice)}。",
            entry.clause or NEGATIVE_CLAUSE,
        )
        for entry in entries
        if any(_plain(entry.text) in text for text in said[entry.kind])
    ]


def _plain(text):
    return "".join(text.split()).casefold()


def _clean(text):
    return text.rstrip("。；; ")
