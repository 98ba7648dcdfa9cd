"""What people need care for: the family's words, the doctor's findings, the items, the nurse's notes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """``numbers`` are the items of the 2024 list; ``groups`` the service groups it fits (all when empty)."""

    wish: str
    diagnosis: str
    medication: str
    numbers: tuple[int, ...]
    frequency: str
    times: int
    note: str
    groups: tuple[str, ...] = ()
    sex: str = ""
    tubes: tuple[str, ...] = ("none",)
    dependence: int = 1  # 0 walks alone, 1 needs help, 2 lies in bed

    def fits(self, group: str, sex: str) -> bool:
        return (not self.groups or group in self.groups) and self.sex in ("", sex)


OLD = ("advanced_age", "disabled", "limited_mobility")

CASES = (
    Case(
        "老人行动不便，想请护士定期上门量血压、测血糖",
        "高血压病 2 级；2 型糖尿病",
        "氨氯地平 5 mg 每日一次；二甲双胍 0.5 g 每日两次",
        (14, 10),
        "weekly",
        4,
        "血压、血糖已测并讲解结果，服务对象无不适，嘱按时服药、清淡饮食。",
    ),
    Case(
        "卧床两年多，怕生压疮，想请护士看看皮肤、教我们翻身",
        "脑梗死后遗症，长期卧床",
        "阿司匹林 100 mg 每日一次；阿托伐他汀 20 mg 每晚一次",
        (1,),
        "weekly",
        4,
        "全身皮肤完整，骶尾部略红，指压可褪色。已教家属每两小时翻身和软枕使用，家属能复述。",
        ("disabled", "advanced_age", "limited_mobility"),
        dependence=2,
    ),
    Case(
        "脚上的伤口一个多月没长好，走路疼，想请护士上门换药",
        "2 型糖尿病足，左足背溃疡",
        "胰岛素按医嘱；甲钴胺 0.5 mg 每日三次",
        (2, 10),
        "twice_weekly",
        6,
        "伤口基底红润约八成，少量浆液性渗液，已清洗换药，周围皮肤无红肿。嘱抬高患肢、控制血糖。",
        ("disabled", "limited_mobility", "discharged", "convalescent"),
    ),
    Case(
        "肠造口手术后回家了，造口袋总是换不好",
        "直肠癌术后，结肠造口",
        "无长期用药",
        (3,),
        "weekly",
        4,
        "造口红润，周围皮肤无破损，已更换底盘和造口袋，家属在旁练习一遍。",
        ("discharged", "convalescent"),
        tubes=("stoma",),
        dependence=0,
    ),
    Case(
        "造口周围皮肤发红，造口袋渗漏，想请有经验的护士看看",
        "回肠造口术后，造口周围皮肤炎",
        "无长期用药",
        (4,),
        "twice_weekly",
        4,
        "造口周围皮肤发红较上次减轻，已用防漏膏和凸面底盘，两小时后复看无渗漏。",
        ("discharged", "convalescent"),
        tubes=("stoma",),
    ),
    Case(
        "刚做完手术出院，刀口需要换药和拆线，去医院不方便",
        "腹股沟疝修补术后",
        "头孢克洛 0.25 g 每日三次",
        (5,),
        "every_other_day",
        3,
        "切口对合良好，无红肿渗液，已消毒换药，嘱保持干燥、避免用力。",
        ("discharged", "convalescent"),
        dependence=0,
    ),
    Case(
        "长期带尿管，到时间要换了",
        "神经源性膀胱，长期留置导尿",
        "坦索罗辛停用；枸橼酸钾按医嘱",
        (6,),
        "monthly",
        3,
        "导尿管已更换，引流通畅，尿液淡黄清亮，会阴清洁。已教家属尿袋位置和多饮水。",
        OLD,
        "female",
        ("urine",),
        2,
    ),
    Case(
        "老人靠胃管吃饭，想请护士上门检查胃管、指导喂食",
        "脑出血后遗症，吞咽困难",
        "左乙拉西坦 0.5 g 每日两次",
        (7,),
        "weekly",
        4,
        "胃管固定良好，抽出胃液确认在胃内，床头抬高后鼻饲顺利，无呛咳。",
        ("disabled", "advanced_age"),
        tubes=("gastric",),
        dependence=2,
    ),
    Case(
        "在家做腹膜透析，想请护士检查出口和操作",
        "慢性肾脏病 5 期，腹膜透析",
        "碳酸钙 0.5 g 每日三次；促红素按医嘱",
        (8,),
        "fortnightly",
        3,
        "出口处无红肿分泌物，透出液清亮，操作环境已指导改进，超滤量记录在案。",
        ("convalescent", "discharged", "limited_mobility"),
        tubes=("pd",),
    ),
    Case(
        "化疗间歇期在家，PICC 需要每周维护一次",
        "乳腺癌术后，PICC 置管",
        "地榆升白片 0.2 g 每日三次",
        (9,),
        "weekly",
        4,
        "导管外露长度与上次一致，穿刺点无渗血渗液，抽回血顺畅，已冲封管、更换敷料。",
        ("convalescent", "discharged", "end_of_life"),
        tubes=("picc",),
        dependence=0,
    ),
    Case(
        "需要抽血复查，老人下不了楼",
        "慢性心力衰竭；慢性肾功能不全",
        "呋塞米 20 mg 每日一次；美托洛尔 25 mg 每日两次",
        (11, 14),
        "monthly",
        2,
        "静脉血采集一次成功，按压后无渗血，标本已按时送检验科。",
        OLD,
    ),
    Case(
        "慢性支气管炎痰多，想请护士上门做雾化",
        "慢性阻塞性肺疾病",
        "噻托溴铵粉吸入剂每日一次",
        (12, 13),
        "twice_weekly",
        4,
        "雾化后痰液较易咳出，血氧改善，鼻导管吸氧通畅，已讲解用氧安全。",
        ("advanced_age", "convalescent", "limited_mobility"),
    ),
    Case(
        "老人这两天有点低热，想请护士上门看看怎么物理降温",
        "上呼吸道感染恢复期",
        "对乙酰氨基酚按需",
        (15, 14),
        "once",
        1,
        "温水擦浴后三十分钟体温下降，精神可，嘱多饮水，体温再升高及时就医。",
        ("advanced_age", "disabled"),
    ),
    Case(
        "血压高、药也记不住，想请护士讲讲怎么吃药和饮食",
        "高血压病 3 级；高脂血症",
        "缬沙坦 80 mg 每日一次；瑞舒伐他汀 10 mg 每晚一次",
        (16,),
        "fortnightly",
        3,
        "已用药盒分装一周用量，讲解低盐饮食，服务对象能复述要点。",
        dependence=0,
    ),
    Case(
        "关节疼得晚上睡不好，想请护士评估一下怎么缓解",
        "骨关节炎；骨质疏松",
        "塞来昔布 0.2 g 每日一次；钙剂每日一次",
        (17,),
        "weekly",
        3,
        "静息时疼痛三分，指导热敷和体位，建议按时服用镇痛药，下次复评。",
        ("convalescent", "advanced_age", "limited_mobility"),
    ),
    Case(
        "刚买了助行器，不会用，怕摔跤",
        "股骨颈骨折术后康复期",
        "利伐沙班 10 mg 每日一次",
        (18,),
        "weekly",
        2,
        "助行器高度已调好，练习起坐和转弯各五次，动作正确，客厅地毯已移开。",
        ("convalescent", "discharged", "limited_mobility", "disabled"),
    ),
    Case(
        "病情到了晚期，想留在家里，希望有人指导怎么照顾",
        "胃癌晚期，居家安宁疗护",
        "吗啡缓释片按医嘱；乳果糖 15 mL 每日两次",
        (19, 17),
        "weekly",
        6,
        "疼痛控制尚可，已协助口腔护理和舒适体位，倾听家属感受，告知夜间联系方式。",
        ("end_of_life",),
        dependence=2,
    ),
)

DECLINED = (
    ("申请的项目不在本区上门护理目录内", "002 五(五)", "可到中心门诊办理，或联系家庭医生。"),
    ("服务对象能够自行到中心就诊，不属于本项服务对象", "002 五(三)", "欢迎到中心护理门诊，周一至周五均可预约。"),
    ("资料与证件不一致，电话多次联系不上", "002 五(八)", "请带证件到中心核对后重新申请。"),
)
UNSUITABLE = (
    ("居家用氧环境有明火，家属暂不能整改", "请先整改环境，再与家庭医生预约复评。"),
    ("近期病情波动大，居家处置不能保证安全", "建议到医院门诊进一步检查，平稳后再申请。"),
)
REFERRED = (
    ("伤口深及筋膜，需专科清创", "请携带检查资料到牵头医院伤口门诊。", "已在牵头医院清创，两周后回社区续行换药。"),
    ("吞咽功能需专科评估", "请到牵头医院康复科就诊。", ""),
    ("疑似造口旁疝，需外科会诊", "请到牵头医院普外科就诊。", "外科评估后建议保守处理，回社区随访。"),
)
CANCELLED = ("老人临时住院，先取消这次", "家里有事，下周再约", "已到医院门诊处理，不需要上门了")
NURSE_DECLINED = ("这个时间另有急诊采血任务", "临时参加区里培训", "身体不适，已向护士长请假")
NO_SHOW = (
    ("patient", "到达后家中无人，电话三次未接通"),
    ("nurse", "护士途中车辆故障，未能在约定时间到达"),
    ("force_majeure", "台风橙色预警，道路积水无法通行"),
)
ABORTED = (
    "服务对象情绪激动，不愿继续，已联系家属和家庭医生",
    "测得血压明显升高并有头晕，停止操作，已联系家庭医生",
    "家中犬只未约束，护士感到不安全",
)
OBJECTED = (
    "护士到得比约定晚了四十分钟，也没有提前打电话",
    "换药后没有讲清楚注意事项，晚上敷料松了",
    "费用说明和事先讲的不一样",
)
SETTLED = (
    "已电话致歉并安排护士免费复看，家属表示接受",
    "核对记录和通话，服务时间与约定一致，已向家属说明",
    "已补做讲解并回访，家属满意",
)
COMMENTS = (
    "护士很耐心，动作轻，讲得也清楚。",
    "准时到的，谢谢。",
    "换药很细致，比上次好多了。",
    "",
    "",
    "希望能固定同一位护士。",
    "老人说不怎么疼，很满意。",
)
REPLIES = ("谢谢您的肯定，我们会继续努力。", "感谢反馈，我们会尽量安排同一位护士。")
WITHDRAWN = ("已经约到医院门诊", "老人近期不想让人上门", "")
WAITING_REASONS = ("家属希望改到周末", "老人当天要去医院复查")
