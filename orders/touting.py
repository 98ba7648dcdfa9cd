"""
Who applies for how many people: pure rules that tell a family from somebody who books for strangers (003 二(一)1四).

Nobody is forbidden to help. A person has so many parents and grandparents and no more, so a relation in the family's
own words covers that many people and the next one counts. Whom the patient or the centre lets act, or whose
paper staff have seen, counts apart: a volunteer may help a whole neighbourhood. What is left over is what the
dispatcher is asked to look into.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.refusals import Refusal

CLAUSE = "003 二(一)1四"
# How many people a declared relation covers: one's own and one's spouse's.
COVERS = {
    "配偶": 1, "丈夫": 1, "妻子": 1, "儿子": 4, "女儿": 4, "子女": 4, "父亲": 4, "母亲": 4, "孙辈": 8, "兄弟姐妹": 4,
}  # fmt: skip
STRANGERS = frozenset({"朋友或邻居", "朋友", "邻居", "同事", "其他", ""})
OTHER_KIN = 3  # in-laws and cousins, in whatever words


@dataclass(frozen=True, slots=True)
class Tie:
    """What speaks for the applicant: ``key`` groups what covers ``holds`` people together, not each; None is all."""

    key: str
    holds: int | None


VOUCHED = Tie("vouched", None)


@dataclass(frozen=True, slots=True)
class Applied:
    """One person who was applied for, and what ties the applicant to them; None where nothing does."""

    patient: Any
    tie: Tie | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many people in these days, how many of them nothing explains, and for how many somebody vouched."""

    days: int
    patients: int = 0
    unrelated: int = 0
    vouched: int = 0


def tie(*, himself: bool, relation: str, vouched: bool) -> Tie | None:
    """The strongest of what ties an account to one patient; ``vouched``: invited to act, or a paper was seen."""
    if himself:
        return Tie("self", 1)
    if vouched:
        return VOUCHED
    relation = relation.strip()
    if relation in STRANGERS:
        return None
    return Tie(f"kin:{relation}", COVERS[relation]) if relation in COVERS else Tie("kin:other", OTHER_KIN)


def measure(rows: Iterable[Applied], days: int) -> Figures:
    """Count people once each, and those beyond what their ties cover."""
    known: dict[Any, Tie | None] = {}
    for row in rows:
        known[row.patient] = known.get(row.patient) or row.tie
    tied = Counter(one for one in known.values() if one)
    covered = sum(n if one.holds is None else min(n, one.holds) for one, n in tied.items())
    return Figures(days, len(known), len(known) - covered, tied[VOUCHED])


def asks(figures: Figures, settings: Mapping[str, Any]) -> bool:
    """Whether the desk is to look into it before it receives the request."""
    return figures.unrelated >= settings["booking.ask_patients"]


def sentence(figures: Figures) -> str:
    """What the dispatcher reads of an account."""
    among = (
        "" if figures.unrelated == figures.patients else f"，其中 {figures.unrelated} 位不在本人、近亲和受邀代办之列"
    )
    among += f"（受邀或凭证明代办的另有 {figures.vouched} 位）" if figures.vouched else ""
    return f"该账号近 {figures.days} 天为 {figures.patients} 位服务对象提交申请{among}，请核实是否代人抢号。"


def sentence_of_phone(figures: Figures) -> str:
    """And of a telephone, behind which several accounts may stand: whose kin they are is not for it to say."""
    return f"登记了同一个电话的，近 {figures.days} 天共有 {figures.patients} 位服务对象在线申请，请核实是否代人抢号。"


def too_many(figures: Figures, settings: Mapping[str, Any], centre: str, phone: str) -> Refusal | None:
    """Say why no more is taken online; ``figures`` count the application at hand."""
    most = settings["booking.most_patients"]
    if figures.unrelated <= most:
        return None
    where = f"请拨打{centre}的电话 {phone}" if phone else f"请联系{centre}"
    said = (
        f"近 {figures.days} 天里，您的账号或登记的电话已为多位服务对象在线申请，为防止代人抢号，暂时不能再在线提交。"
        f"确有需要的，{where}，由专员为您登记。"
    )
    return Refusal("request.too_many", said, CLAUSE)
