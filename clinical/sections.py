"""
The sections of a first home assessment, as data (002 五(七)1(3): disease and needs, comprehensive).

Scales are declared with their parts; sums and bands are computed here, never typed in. The scales' bounds are
general nursing knowledge and must be approved by the district's quality-control group before clinical use.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    key: str
    label: str
    kind: str  # text, long, choice, many, score, yesno
    options: tuple = ()  # (value, label) for choice/many; (points, label) for score
    required: bool = True
    hint: str = ""


@dataclass(frozen=True)
class Band:
    low: int
    high: int
    label: str
    flag: bool = False


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    questions: tuple
    bands: tuple = field(default=())  # a section with bands is a scale: its scores are summed
    about: str = ""

    @property
    def is_scale(self) -> bool:
        return bool(self.bands)

    def total(self, answers: dict) -> int | None:
        """Sum of the points; None until every part is answered."""
        points = [answers.get(q.key) for q in self.questions if q.kind == "score"]
        if not points or any(p in (None, "") for p in points):
            return None
        return sum(int(p) for p in points)

    def band(self, answers: dict) -> Band | None:
        total = self.total(answers)
        return next((b for b in self.bands if total is not None and b.low <= total <= b.high), None)


def _scores(*pairs):
    return tuple(pairs)


YES_NO = (("yes", "是"), ("no", "否"))

SECTIONS = (
    Section(
        "disease",
        "病情与诊断",
        (
            Question("diagnosis", "主要诊断", "long", hint="例如：脑梗死后遗症、2 型糖尿病"),
            Question(
                "course",
                "目前病情",
                "choice",
                (("stable", "平稳"), ("changing", "有变化"), ("worse", "加重")),
            ),
            Question(
                "tubes",
                "身上的管路",
                "many",
                (
                    ("none", "无"),
                    ("urine", "导尿管"),
                    ("gastric", "胃管"),
                    ("picc", "PICC"),
                    ("pd", "腹透管"),
                    ("stoma", "造口"),
                    ("other", "其他"),
                ),
            ),
            Question("infection", "传染病史与防护要求", "text", required=False),
        ),
    ),
    Section(
        "allergy",
        "过敏与用药",
        (
            Question("allergies", "过敏史（药物、消毒剂、胶布、乳胶）", "text", hint="没有请填「无」"),
            Question("medication", "目前用药", "long", hint="药名、剂量、次数"),
            Question("anticoagulant", "正在使用抗凝或抗血小板药", "choice", YES_NO),
        ),
    ),
    Section(
        "barthel",
        "自理能力（Barthel 指数）",
        (
            Question("eat", "进食", "score", _scores((10, "自理"), (5, "需帮助"), (0, "完全依赖"))),
            Question("bath", "洗澡", "score", _scores((5, "自理"), (0, "依赖"))),
            Question("groom", "修饰", "score", _scores((5, "自理"), (0, "依赖"))),
            Question("dress", "穿衣", "score", _scores((10, "自理"), (5, "需帮助"), (0, "依赖"))),
            Question("bowel", "控制大便", "score", _scores((10, "能控制"), (5, "偶尔失控"), (0, "失控"))),
            Question("bladder", "控制小便", "score", _scores((10, "能控制"), (5, "偶尔失控"), (0, "失控"))),
            Question("toilet", "如厕", "score", _scores((10, "自理"), (5, "需帮助"), (0, "依赖"))),
            Question(
                "transfer", "床椅转移", "score", _scores((15, "自理"), (10, "少量帮助"), (5, "大量帮助"), (0, "依赖"))
            ),
            Question(
                "walk", "平地行走", "score", _scores((15, "自理"), (10, "需一人帮助"), (5, "用轮椅"), (0, "不能"))
            ),
            Question("stairs", "上下楼梯", "score", _scores((10, "自理"), (5, "需帮助"), (0, "不能"))),
        ),
        bands=(
            Band(100, 100, "无需依赖"),
            Band(61, 99, "轻度依赖"),
            Band(41, 60, "中度依赖", True),
            Band(0, 40, "重度依赖", True),
        ),
        about="分级护理与自理能力决定基础护理（000 二(二)）",
    ),
    Section(
        "fall",
        "跌倒风险（Morse）",
        (
            Question("history", "近三个月跌倒过", "score", _scores((0, "否"), (25, "是"))),
            Question("second", "有两个以上诊断", "score", _scores((0, "否"), (15, "是"))),
            Question(
                "aid", "行走辅助", "score", _scores((0, "不需要或卧床"), (15, "拐杖、助行器"), (30, "扶家具行走"))
            ),
            Question("drip", "静脉治疗或留置针", "score", _scores((0, "否"), (20, "是"))),
            Question("gait", "步态", "score", _scores((0, "正常或卧床"), (10, "虚弱"), (20, "受损"))),
            Question("mental", "认知", "score", _scores((0, "了解自身能力"), (15, "高估或忘记限制"))),
        ),
        bands=(Band(0, 24, "低风险"), Band(25, 44, "中风险"), Band(45, 125, "高风险", True)),
    ),
    Section(
        "braden",
        "压力性损伤风险（Braden）",
        (
            Question(
                "sensory", "感知", "score", _scores((4, "无损害"), (3, "轻度受限"), (2, "大部分受限"), (1, "完全受限"))
            ),
            Question(
                "moisture", "潮湿", "score", _scores((4, "很少潮湿"), (3, "偶尔潮湿"), (2, "经常潮湿"), (1, "持续潮湿"))
            ),
            Question("activity", "活动", "score", _scores((4, "经常步行"), (3, "偶尔步行"), (2, "坐椅"), (1, "卧床"))),
            Question(
                "mobility", "移动", "score", _scores((4, "不受限"), (3, "轻度受限"), (2, "严重受限"), (1, "完全受限"))
            ),
            Question("nutrition", "营养", "score", _scores((4, "良好"), (3, "适当"), (2, "可能不足"), (1, "非常差"))),
            Question(
                "friction", "摩擦力和剪切力", "score", _scores((3, "无明显问题"), (2, "有潜在问题"), (1, "有问题"))
            ),
        ),
        bands=(
            Band(19, 23, "无风险"),
            Band(15, 18, "轻度风险"),
            Band(13, 14, "中度风险", True),
            Band(10, 12, "高度风险", True),
            Band(6, 9, "极高风险", True),
        ),
    ),
    Section(
        "pain",
        "疼痛（NRS）",
        (
            Question(
                "nrs", "静息时疼痛程度", "score", tuple((n, f"{n}") for n in range(11)), hint="0 分不痛，10 分最痛"
            ),
            Question("site", "疼痛部位", "text", required=False),
        ),
        bands=(Band(0, 0, "无痛"), Band(1, 3, "轻度"), Band(4, 6, "中度", True), Band(7, 10, "重度", True)),
    ),
    Section(
        "nutrition",
        "营养筛查",
        (
            Question(
                "loss",
                "近三个月体重下降",
                "score",
                _scores((0, "没有"), (1, "1 到 3 公斤"), (2, "超过 3 公斤或不清楚")),
            ),
            Question("intake", "进食量", "score", _scores((0, "正常"), (1, "减少"), (2, "明显减少"))),
            Question("stress", "近期有急性病或应激", "score", _scores((0, "没有"), (2, "有"))),
        ),
        bands=(Band(0, 1, "风险低"), Band(2, 3, "有风险", True), Band(4, 6, "风险高", True)),
    ),
    Section(
        "mood",
        "情绪（PHQ-2）",
        (
            Question(
                "interest",
                "近两周做事提不起劲",
                "score",
                _scores((0, "没有"), (1, "有几天"), (2, "一半以上"), (3, "几乎每天")),
            ),
            Question(
                "low", "近两周情绪低落", "score", _scores((0, "没有"), (1, "有几天"), (2, "一半以上"), (3, "几乎每天"))
            ),
        ),
        bands=(Band(0, 2, "未见异常"), Band(3, 6, "建议进一步评估", True)),
    ),
    Section(
        "cognition",
        "认知（简易）",
        (
            Question(
                "recall",
                "三个词回忆",
                "score",
                _scores((3, "记得三个"), (2, "记得两个"), (1, "记得一个"), (0, "都不记得")),
            ),
            Question("clock", "画钟", "score", _scores((2, "正确"), (0, "不正确或不能完成"))),
        ),
        bands=(Band(3, 5, "未见异常"), Band(0, 2, "可能受损", True)),
    ),
    Section(
        "home",
        "居家环境与护士安全",
        (
            Question(
                "environment",
                "环境",
                "many",
                (("light", "照明够用"), ("table", "有清洁操作台面"), ("water", "有流动水洗手"), ("lift", "有电梯")),
                required=False,
            ),
            Question("pets", "宠物", "choice", (("none", "无"), ("tied", "有，已约束"), ("loose", "有，未约束"))),
            Question(
                "risk",
                "对护士的安全风险",
                "choice",
                (("none", "未见"), ("watch", "需留意"), ("high", "较高，须两人上门")),
                hint="攻击行为、饮酒、独居异性等",
            ),
            Question("risk_note", "说明", "text", required=False),
        ),
    ),
    Section(
        "family",
        "家庭支持与需求",
        (
            Question(
                "carer",
                "主要照护者",
                "choice",
                (("spouse", "配偶"), ("child", "子女"), ("helper", "住家护理员"), ("none", "无固定照护者")),
            ),
            Question("needs", "健康需求", "long", hint="服务对象和家属希望解决的问题"),
            Question("contract", "家庭医生签约", "choice", YES_NO, required=False),
        ),
    ),
)

BY_KEY = {section.key: section for section in SECTIONS}


def clean(section: Section, raw: dict) -> tuple[dict, dict[str, str]]:
    """Return (answers, errors by question key) for one section's raw form values; unknown keys are dropped."""
    answers, errors = {}, {}
    for question in section.questions:
        value = raw.get(question.key)
        if question.kind == "many":
            value = [v for v in (value if isinstance(value, list) else [value]) if v]
            allowed = {str(v) for v, _ in question.options}
            if any(v not in allowed for v in value):
                errors[question.key] = f"请从列出的选项中选择「{question.label}」。"
                continue
        elif question.kind in ("choice", "score"):
            value = "" if value is None else str(value)
            if value and value not in {str(v) for v, _ in question.options}:
                errors[question.key] = f"请从列出的选项中选择「{question.label}」。"
                continue
            if value and question.kind == "score":
                value = int(value)
        else:
            value = str(value or "").strip()
            if len(value) > 500:
                errors[question.key] = f"「{question.label}」请控制在 500 字以内。"
                continue
        if value in ("", [], None):
            continue
        answers[question.key] = value
    return answers, errors


def left_in(section: Section, answers: dict) -> list[Question]:
    return [q for q in section.questions if q.required and answers.get(q.key) in (None, "", [])]


def unanswered(sections: dict) -> list[Section]:
    """The sections that still lack a required answer."""
    return [s for s in SECTIONS if left_in(s, sections.get(s.key, {}))]


def red_flags(sections: dict) -> list[str]:
    """What a nurse or doctor should not overlook, in words."""
    flags = []
    for section in SECTIONS:
        band = section.band(sections.get(section.key, {}))
        if band and band.flag:
            flags.append(f"{section.title.split('（')[0]}：{band.label}")
    answers = sections.get("allergy", {})
    if answers.get("allergies") and answers["allergies"] not in ("无", "没有"):
        flags.append(f"过敏：{answers['allergies']}")
    if answers.get("anticoagulant") == "yes":
        flags.append("正在使用抗凝或抗血小板药")
    home = sections.get("home", {})
    if home.get("pets") == "loose":
        flags.append("家中宠物未约束")
    if home.get("risk") in ("watch", "high"):
        flags.append("上门安全：" + dict(BY_KEY["home"].questions[2].options)[home["risk"]])
    return flags


def demands_two(sections: dict) -> str:
    """
    Return the answer by which nobody may go there alone, in words, or nothing.

    Of the three answers about the nurse's safety only "high" asks for two, and says so in the words that the doctor
    signs; "watch" is a warning for whoever goes (workload by risk, 000 五(十六); safety of nurses, 002 五(九)2).
    """
    risk = BY_KEY["home"].questions[2]
    answer = sections.get("home", {}).get(risk.key)
    return f"首诊评估：{risk.label}{dict(risk.options)[answer]}" if answer == "high" else ""


def readable(sections: dict) -> list[dict]:
    """Sections with their answers in words, for check pages, prints and the nurse."""
    pages = []
    for section in SECTIONS:
        answers = sections.get(section.key, {})
        rows = []
        for q in section.questions:
            value = answers.get(q.key)
            labels = {str(v): label for v, label in q.options}
            if isinstance(value, list):
                value = "、".join(labels.get(str(v), str(v)) for v in value)
            elif q.options and value is not None:
                value = labels.get(str(value), value)
            rows.append({"label": q.label, "value": "" if value is None else value})
        band = section.band(answers)
        pages.append(
            {
                "section": section,
                "rows": rows,
                "total": section.total(answers) if section.is_scale else None,
                "band": band,
                "left": left_in(section, answers),
            }
        )
    return pages
