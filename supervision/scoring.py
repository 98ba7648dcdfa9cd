"""Score sheets as data, and how a sample is drawn: from a published seed, the same by whoever draws it again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kernel.refusals import Refusal

FILED, WALKED, GUIDED = "001 二(四)18", "003 四(四)", "002 七(三)"
PASS = 0.6  # of an item's points: less is a problem to be put right


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a sheet: what is looked at, how many points, by which clause."""

    code: str
    words: str
    points: int
    clause: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of score sheet; its points add up to a hundred."""

    code: str
    title: str
    clause: str
    items: tuple[Item, ...]


SHEETS = {
    sheet.code: sheet
    for sheet in (
        Sheet("visit", "上门护理质量与操作技术评分表", FILED, (
            Item("identity", "核对两种身份标识", 10, "000 三(七)"),
            Item("consent", "知情同意书和服务协议完整有效", 10, "002 五(七)1(4)"),
            Item("explained", "操作前解释清楚", 10, "000 二(三)"),
            Item("asked", "操作中询问感受", 10, "000 二(三)"),
            Item("technique", "按项目步骤规范操作", 20, FILED),
            Item("observed", "操作后观察并交代注意事项", 10, "000 二(三)"),
            Item("record", "护理记录及时、完整、可追溯", 20, "002 五(七)2(2)"),
            Item("waste", "医疗废物分类、封口、带回", 10, "002 五(七)1(1)"),
        )),
        Sheet("tour", "牵头医院督导评分表", GUIDED, (
            Item("rules", "管理制度齐全，人员知晓", 15, "004 三(五)"),
            Item("nurses", "护士资质、注册和培训在有效期内", 20, "002 五(二)2"),
            Item("assessment", "首诊评估和项目单规范", 15, "002 五(七)1(3)"),
            Item("records", "护理文书质量", 15, "002 五(七)2(2)"),
            Item("waste", "医疗废物交接和暂存", 10, "002 五(七)1(1)"),
            Item("safety", "护士安全保障和应急处置", 15, "002 五(九)2"),
            Item("complaints", "投诉和不良事件处理", 10, "004 三(五)"),
        )),
        Sheet("walk", "以服务对象身份体验走查表", WALKED, (
            Item("found", "容易找到申请入口和监督电话", 15, WALKED),
            Item("applied", "申请填写简单，看得懂", 20, WALKED),
            Item("told", "每一步都有人告知，时间说得清", 20, WALKED),
            Item("visited", "护士准时，先说明身份", 15, WALKED),
            Item("cared", "解释、询问、观察到位，态度耐心", 20, WALKED),
            Item("asked_back", "知道怎样评价和投诉", 10, WALKED),
        )),
    )
}  # fmt: skip


def draw(seed: str, numbers: Iterable[str], size: int) -> list[str]:
    """
    Choose ``size`` of these order numbers: those whose SHA-256 of ``seed:number`` is smallest.

    Anybody with the seed and the list chooses the same ones, with no program of ours.
    """
    return sorted(set(numbers), key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())[:size]


def faults(sheet: Sheet, scores: Mapping[str, int | None]) -> list[Refusal]:
    """What is wrong with a filled sheet, beside each field."""
    found = []
    for item in sheet.items:
        given = scores.get(item.code)
        if given is None or not 0 <= given <= item.points:
            said = f"「{item.words}」请填写 0 到 {item.points} 之间的整数。"
            found.append(Refusal("sheet.score", said, sheet.clause, item.code))
    return found


def failed(sheet: Sheet, scores: Mapping[str, int]) -> list[Item]:
    """The items with too few points."""
    return [item for item in sheet.items if scores[item.code] < PASS * item.points]
