"""A district's rules as a file: written the same every time, read with a word for whatever is wrong, compared. Pure."""

import copy
import json
from datetime import date

import pytest

from catalog import drafting, publishing
from institutions.settings import SETTINGS
from kernel.refusals import Invalid
from supervision import comparing, package
from supervision.comparing import DIFFERS, NEW, REFUSED, SAME, WAITS, Standing

DAY = date(2026, 11, 22)
ITEM = {
    "name": "换药", "category": "专科护理", "plain_words": "给伤口换药", "family": "special_nursing", "risk": "low",
    "duration_min": 40, "patient_sex": "", "patient_sex_clause": "", "clause": "002 附件", "makes_waste": True,
    "takes_specimen": False, "needs_guidance": False, "materials": True, "sharps": False,
    "steps": [{"text": "揭敷料", "source_text": "①揭敷料；"}, {"text": "清洗", "source_text": "②清洗。"}],
    "measurements": [{"key": "temp_c", "required": True, "excused": {}}],
    "certificates": [{"code": "pd", "clause": "002 五(二)2"}], "certificate_suggested": "", "checks": ["看伤口"],
    "standards": [], "revisit_after_min": None, "prompts": {"before": "说明要换药。"},
    "cautions": [{"text": "大出血", "stage": "visit", "action": "refer"}],
}  # fmt: skip
ASK, PD = ITEM["measurements"][0], ITEM["certificates"][0]
ARTICLE = {
    "code": "wound-care", "title": "伤口护理", "summary": "在家怎样看伤口", "kind": "care", "body": "每天看一次。" * 9,
    "call_when": "发热或流脓，拨打 120", "source": "示范区", "items": ["换药"], "conditions": ["wound"],
    "medicines": [],
}  # fmt: skip


def content(**changed) -> dict:
    made = {
        "settings": [
            {"key": key, "label": SETTINGS[key].label, "unit": SETTINGS[key].unit, "clause": "", "value": value}
            for key, value in (("nurse.daily_cap", 8), ("nurse.insurance", "block"), ("order.accept_by_minutes", 120))
        ],
        "catalogue": {
            "title": "目录", "source": "文件", "issued": "2024-01-01", "common": ["核对姓名"], "items": [ITEM],
            "certificates": {"pd": "腹膜透析"},
            "measurements": [{"key": "temp_c", "label": "体温", "unit": "℃", "type": "decimal", "max": "45.0"}],
        },
        "negative": [{"kind": "service", "text": "输血", "reason": "危险", "advice": "到医院", "clause": "004"}],
        "templates": [{"code": "wound", "title": "伤口随访", "condition": "wound", "items": ["换药"], "steps": [{}]}],
        "questionnaires": [{"code": "wound", "title": "伤口问卷", "questions": [{"key": "pus"}]}],
        "articles": [ARTICLE],
    }  # fmt: skip
    return copy.deepcopy({**made, **changed})


def base() -> dict:
    """An edition as drafts have it, with this one item under its own number and code."""
    data = {
        "edition": {}, "categories": [{"no": 3, "name": "专科护理"}], "items": [], "negative_list_ours": [],
        "first_assessment_common_ours": ["核对姓名"], "certificates_ours": [{"code": "pd", "name": "腹膜透析"}],
        "measurements": [{"key": "temp_c", "type": "decimal", "label": "体温"}],
    }  # fmt: skip
    return comparing.merged(data, [ITEM], None)


def sent(made: dict | None = None, **head) -> bytes:
    whole = json.loads(package.written(made or content(), district="甲区", day=DAY))
    return json.dumps({**whole, **head}, ensure_ascii=False).encode()


NUMBERS = {"换药": 7}


def states(found, part) -> dict:
    return {row.label: row.state for row in found[part]}


@pytest.mark.clause("004 一(二)")
def test_the_same_rules_are_the_same_bytes_and_come_back_as_they_went():
    turned = {key: content()[key] for key in reversed(content())}

    first = package.written(content(), district="甲区", day=DAY)

    assert first == package.written(turned, district="甲区", day=DAY)
    read = package.read(first)
    assert (read.district, read.day, read.content) == ("甲区", DAY, content())
    assert read.sha256 == package.digest(content())
    assert read.sha256 == package.read(package.written(content(), district="甲区", day=date(2027, 1, 1))).sha256


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("请拨打 13812345678 联系", "请拨打 （号码已略去） 联系"),
        ("电话021-58880000。", "电话（号码已略去）。"),
        ("400-820-1234", "（号码已略去）"),
        ("身份证 31011519450101123X", "身份证 （号码已略去）"),
        ("立即拨打 120 或 12345", "立即拨打 120 或 12345"),
        ("浦卫〔2026〕9号，2026-11-22 起，20260101", "浦卫〔2026〕9号，2026-11-22 起，20260101"),
        ("请打+8613812345678。", "请打（号码已略去）。"),
        ("Tel13812345678", "Tel（号码已略去）"),
        ("微信hlw13812345678", "微信hlw（号码已略去）"),
        ("手机 138-123-45678 转告", "手机 （号码已略去） 转告"),
        ("手机 138—1234—5678", "手机 （号码已略去）"),
        ("手机 １３８１２３４５６７８", "手机 （号码已略去）"),
        ("电话(021)58881234", "电话（号码已略去）"),
        ("电话（021）5888 1234", "电话（号码已略去）"),
        ("电话 021-5888 1234", "电话 （号码已略去）"),
        ("电话 +86-21-5888-1234", "电话 （号码已略去）"),
        ("310115 19900307 1234", "（号码已略去）"),
        ("证件 310115900307123", "证件 （号码已略去）"),
        ("13812345678 单位电话 13912345678", "（号码已略去） 单位电话 （号码已略去）"),
        (
            "WS/T 433-2023，GB 15982-2012，ISBN 978-7-117-12345-6",
            "WS/T 433-2023，GB 15982-2012，ISBN 978-7-117-12345-6",
        ),
        ("20260101-20261231，1998-2008 年，08:00-11:30", "20260101-20261231，1998-2008 年，08:00-11:30"),
        ("每日 1500-2000 ml，分 400 800 1200 ml 三次", "每日 1500-2000 ml，分 400 800 1200 ml 三次"),
        ("002 五(五)，第 1、2、16 项，130-139/85-89 mmHg", "002 五(五)，第 1、2、16 项，130-139/85-89 mmHg"),
        ("D26112100042，PD2024-18，19900307-001", "D26112100042，PD2024-18，19900307-001"),
        ("看不见的\x0b字符", "看不见的字符"),
    ],
)
@pytest.mark.clause("002 五(八)")
def test_numbers_to_call_and_of_identity_cards_stay_at_home(words, kept):
    made = package.without_numbers({"a": [words]})

    assert made == {"a": [kept]}
    assert package.left_out(made) == kept.count("（号码已略去）")


@pytest.mark.clause("004 一(二)")
def test_what_no_other_district_could_read_is_named_for_those_who_can_shorten_it():
    made = content()
    assert package.too_much(made, 1000) == ""
    assert "「科普文章」最多" in package.too_much({**made, "articles": [ARTICLE] * 99}, package.MOST_BYTES + 1)
    made["catalogue"]["items"][0]["checks"] = ["长" * 201]
    assert package.too_much(made, 1000).startswith(
        "「护理项目」中「换药」的「首诊关注」第 1 项应当是不超过 200 个字的文字，"
    )
    many = package.too_much({**content(), "articles": [ARTICLE] * 301}, 1000)
    assert many.startswith("「科普文章」应当是不超过 300 项的列表，")
    assert many.endswith("请先改短，再下载。")


def broken(how) -> bytes:
    made = content()
    how(made)
    return sent(made)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "文件读不完整"),
        (b"\xff\xfe\x00", "文件读不完整"),
        (b"[" * 100_000, "文件读不完整"),
        (b'{"format": NaN}', "文件读不完整"),
        (b"[]", "不是本平台的配置包"),
        (b'{"format": "other"}', "不是本平台的配置包"),
        (b" " * (package.MOST_BYTES + 1), "文件超过 3 MB，请重新选择"),
        (sent(version=1), "格式版本是 1"),
        (sent(version=3), "格式版本是 3"),
        (sent(version=True), "格式版本是"),
        (sent(version={}), "格式版本是 未知"),
        (sent(district="\x00"), "不能显示的字符"),
        (sent(district=7), "「来源」"),
        (sent(date="2026-13-45"), "日期读不懂"),
        (sent(sha256="0" * 64), "校验值不一致"),
        (sent(content=[]), "没有配置内容"),
        (sent(content={"settings": []}), "校验值不一致"),
        (broken(lambda made: made.pop("articles")), "缺少「科普文章」"),
        (broken(lambda made: made.update(more=[])), "不认识的部分"),
        (broken(lambda made: made["settings"][0].pop("value")), "「区级设置」第 1 项缺少「取值」"),
        (broken(lambda made: made["settings"].append(made["settings"][0])), "有两项相同"),
        (
            broken(lambda made: made["catalogue"]["items"][0]["measurements"].append(ASK)),
            "「换药的测量项目」里有两项相同",
        ),
        (
            broken(lambda made: made["catalogue"]["items"][0]["certificates"].append(PD)),
            "「换药的专项资质」里有两项相同",
        ),
        (broken(lambda made: made["settings"][0].update(value=1e300)), "过大的数字"),
        (broken(lambda made: made["articles"][0].update(items=[1])), "「适用项目」第 1 项应当是1 到 40 个字"),
        (broken(lambda made: made["articles"][0].update(title="  ")), "「标题」应当是1 到 60 个字"),
        (broken(lambda made: made["catalogue"]["items"][0].update(duration_min=True)), "「时长」"),
        (broken(lambda made: made["catalogue"]["items"][0].update(patient_sex=[])), "「性别」取值读不懂"),
        (broken(lambda made: made["catalogue"]["items"][0].update(prompts=[])), "「操作提示」读不懂"),
        (broken(lambda made: made["catalogue"]["items"][0].update(sharps=1)), "「使用锐器」"),
        (broken(lambda made: made["catalogue"].update(items={})), "「护理项目」应当是不超过 300 项的列表"),
        (broken(lambda made: made.update(catalogue=None)), "「项目目录」读不懂"),
    ],
)
@pytest.mark.clause("004 一(二)")
def test_a_file_that_is_not_in_order_is_refused_with_a_sentence_beside_the_file(file, said):
    with pytest.raises(Invalid) as no:
        package.read(file)

    assert said in no.value.reasons[0].sentence
    assert no.value.reasons[0].field == "file"


@pytest.mark.clause("004 一(二)")
def test_settings_are_the_same_different_refused_or_waiting():
    theirs = content()
    theirs["settings"][0]["value"] = 6
    theirs["settings"][1]["value"] = "warn"
    theirs["settings"] += [
        {"key": "nurse.min_years", "label": "年限", "unit": "年", "clause": "", "value": 3},
        {"key": "moon.phase", "label": "月相", "unit": "度", "clause": "", "value": 9},
    ]

    found = comparing.compared(theirs, content(), Standing(frozenset({"nurse.insurance"}), base=base()))

    assert states(found, "settings") == {
        "护士每日上门次数上限": DIFFERS, "护士保险不全时": WAITS, "接单时限": SAME, "临床护理工作年限": REFUSED,
        "月相": REFUSED,
    }  # fmt: skip
    assert found["settings"][0].changes == (("取值", "8 次", "6 次"),)
    assert found["settings"][1].changes == (("取值", "不予派单", "提醒后可派单"),)
    assert "5 到 40" in found["settings"][3].why
    assert "9度" in found["settings"][4].why
    assert [row.takes for row in found["settings"]] == [True, False, False, False, False]


@pytest.mark.clause("004 一(二)", "002 五(五)")
def test_items_of_another_list_are_compared_by_name_and_merged_under_this_districts_numbers_and_codes():
    theirs = content()
    items = theirs["catalogue"]["items"]
    items[0].update(duration_min=60, cautions=[])
    items.append({**ITEM, "name": "鼻饲", "category": "管路护理"})
    items.append({**ITEM, "name": "透析", "certificates": [{"code": "crrt", "clause": ""}]})
    items.append({**ITEM, "name": "测脑压", "measurements": [{"key": "icp", "required": True, "excused": {}}]})
    here = base()

    found = comparing.compared(theirs, content(), Standing(base=here))

    assert states(found, "catalogue") == {"换药": DIFFERS, "鼻饲": NEW, "透析": REFUSED, "测脑压": REFUSED}
    assert found["catalogue"][0].changes == (("时长", "40 分钟", "60 分钟"), ("不宜居家的情形", "1 项：大出血", "没有"))
    assert "crrt" in found["catalogue"][2].why
    assert "icp" in found["catalogue"][3].why
    made = comparing.merged(here, items[:2], ["核对姓名", "核对证件"])
    assert publishing.contradictions(made) == []
    assert [(row["no"], row["name"]) for row in made["items"]] == [(1, "换药"), (2, "鼻饲")]
    assert made["categories"][-1] == {"no": 4, "name": "管路护理"}
    assert [comparing.item_of(row, made) for row in made["items"]] == items[:2]
    assert made["first_assessment_common_ours"] == ["核对姓名", "核对证件"]
    assert [row["name"] for row in here["items"]] == ["换药"]  # the copy it began with is left alone
    assert [row["item_no"] for row in here["negative_list_ours"]] == [1]
    busy = comparing.compared(theirs, content(), Standing(base=here, draft=True))
    assert states(busy, "catalogue") == {"换药": WAITS, "鼻饲": WAITS, "透析": REFUSED, "测脑压": REFUSED}
    bare = comparing.compared(theirs, content(), Standing())
    assert {*states(bare, "catalogue").values()} == {REFUSED}


@pytest.mark.clause("004 一(二)", "000 二(五)")
def test_articles_are_judged_by_this_districts_rules_and_the_rest_is_only_held_beside():
    theirs = content()
    theirs["articles"][0]["title"] = "伤口怎样护理"
    theirs["articles"] += [{**ARTICLE, "code": "fall"}, {**ARTICLE, "code": "short", "body": "太短"},
                           {**ARTICLE, "code": "odd", "conditions": ["moon"]}]  # fmt: skip
    theirs["negative"][0]["advice"] = "转诊"
    theirs["templates"][0]["code"] = "stoma"

    found = comparing.compared(theirs, content(), Standing(base=base(), numbers=NUMBERS))

    assert [row.state for row in found["articles"]] == [DIFFERS, NEW, REFUSED, REFUSED]
    assert found["articles"][0].changes == (("标题", "伤口护理", "伤口怎样护理"),)
    assert "至少写 30 个字" in found["articles"][2].why
    assert states(found, "negative") == {"输血": DIFFERS}
    assert states(found, "templates") == {"伤口随访": NEW}
    assert states(found, "questionnaires") == {"伤口问卷": SAME}
    assert states(found, "measurements") == {"体温": SAME}
    assert not any(row.takes for part in ("negative", "templates", "questionnaires") for row in found[part])
    assert comparing.only_here(theirs, content())["templates"] == 1
    busy = Standing(articles=frozenset({"wound-care"}), base=base(), numbers=NUMBERS)
    waits = comparing.compared(theirs, content(), busy)
    assert waits["articles"][0].state == WAITS
    same = comparing.compared(content(), content(), Standing(base=base(), numbers=NUMBERS))
    assert {row.state for rows in same.values() for row in rows} == {SAME}


@pytest.mark.clause("004 一(二)", "000 二(五)")
def test_articles_are_about_items_by_name_and_what_is_not_on_the_list_here_is_left_out_aloud():
    theirs = content()
    theirs["articles"] += [
        {**ARTICLE, "code": "both", "items": ["换药", "鼻饲"]},
        {**ARTICLE, "code": "alone", "items": ["鼻饲"], "conditions": []},
    ]
    standing = Standing(base=base(), numbers=NUMBERS)

    same, both, alone = comparing.compared(theirs, content(), standing)["articles"]

    assert same.state == SAME
    assert (both.state, both.takes) == (NEW, True)
    assert both.why.startswith("「鼻饲」还不在本区目录里，带入时略去")
    assert comparing.article_of(theirs["articles"][1], NUMBERS)["items"] == [7]
    assert (alone.state, alone.takes) == (REFUSED, False)
    assert "请先带入项目并发布目录" in alone.why
    here = content()
    here["articles"].append({**ARTICLE, "code": "both"})
    assert comparing.compared(theirs, here, standing)["articles"][1].state == SAME, (
        "not offered again until it is on the list"
    )
    listed = Standing(base=base(), numbers={**NUMBERS, "鼻饲": 8})
    assert comparing.compared(theirs, here, listed)["articles"][1].changes == (("适用项目", "换药", "换药、鼻饲"),)


@pytest.mark.clause("002 五(五)")
def test_an_item_that_asks_the_same_twice_is_not_published():
    for part in ("measurements", "certificates"):
        item = {**ITEM, part: ITEM[part] * 2}
        (no,) = publishing.contradictions(comparing.merged({**base(), "items": []}, [item], None))
        assert "「换药」把同一" in no.sentence


def leaves(thing, path=()):
    """Every value of an item of an edition, with the way to it."""
    if isinstance(thing, dict):
        return [one for key, value in thing.items() for one in leaves(value, (*path, key))]
    return [path]


@pytest.mark.clause("002 五(五)", "004 一(二)")
def test_whatever_a_draft_changes_stands_among_what_its_approver_reads():
    made = comparing.merged(base(), [{**ITEM, "measurements": [{**ASK, "excused": {"flag": ["LO"]}}]}], None)
    unsaid = []
    for path in leaves(made["items"][0]):
        changed = copy.deepcopy(made)
        place = changed["items"][0]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = "另一个"
        if path not in {("no",), ("code",), ("corrections",), ("steps",)} and not drafting.changes(made, changed):
            unsaid.append(path)
    assert unsaid == []
    changed = {**made, "first_assessment_common_ours": ["核对姓名", "查过敏史"], "negative_list_ours": []}
    assert drafting.changes(made, changed) == [
        ("changed", "换药", ["不宜居家的情形去掉「大出血」"]),
        ("changed", "首诊共同关注（所有项目）", ["内容增加「查过敏史」"]),
    ]
    stage = [{**made["negative_list_ours"][0], "action": "stop"}]
    assert drafting.changes(made, {**made, "negative_list_ours": stage}) == [
        ("changed", "换药", ["不宜居家的情形「大出血」的环节或处置"]),
    ]


@pytest.mark.clause("004 一(二)")
def test_when_a_required_value_may_be_left_out_is_said_in_words():
    theirs = content()
    theirs["catalogue"]["items"][0]["measurements"] = [{**ASK, "excused": {"glucose_flag": ["LO", "HI"]}}]

    (row,) = comparing.compared(theirs, content(), Standing(base=base()))["catalogue"]

    assert row.changes == (("测量项目", "1 项：体温（必填）", "1 项：体温（必填，glucose_flag为LO或HI时可不填）"),)
