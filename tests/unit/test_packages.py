"""A district's rules as a file: written the same every time, read with a word for whatever is wrong, compared. Pure."""

import copy
import json
from datetime import date

import pytest

from catalog import publishing
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
ARTICLE = {
    "code": "wound-care", "title": "伤口护理", "summary": "在家怎样看伤口", "kind": "care", "body": "每天看一次。" * 9,
    "call_when": "发热或流脓，拨打 120", "source": "示范区", "items": [1], "conditions": ["wound"], "medicines": [],
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
        "templates": [{"code": "wound", "title": "伤口随访", "condition": "wound", "items": [1], "steps": [{}]}],
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
    ],
)
@pytest.mark.clause("002 五(八)")
def test_numbers_to_call_and_of_identity_cards_stay_at_home(words, kept):
    assert package.without_numbers({"a": [words]}) == {"a": [kept]}


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
        (b" " * (package.MOST_BYTES + 1), "文件超过 1 MB"),
        (sent(version=2), "格式版本是 2"),
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
        (broken(lambda made: made["settings"][0].update(value=1e300)), "过大的数字"),
        (broken(lambda made: made["articles"][0].update(items=["1"])), "「适用项目」第 1 项应当是 1 到 999"),
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

    found = comparing.compared(theirs, content(), Standing(base=base()))

    assert [row.state for row in found["articles"]] == [DIFFERS, NEW, REFUSED, REFUSED]
    assert found["articles"][0].changes == (("标题", "伤口护理", "伤口怎样护理"),)
    assert "至少写 30 个字" in found["articles"][2].why
    assert states(found, "negative") == {"输血": DIFFERS}
    assert states(found, "templates") == {"伤口随访": NEW}
    assert states(found, "questionnaires") == {"伤口问卷": SAME}
    assert states(found, "measurements") == {"体温": SAME}
    assert not any(row.takes for part in ("negative", "templates", "questionnaires") for row in found[part])
    assert comparing.only_here(theirs, content())["templates"] == 1
    waits = comparing.compared(theirs, content(), Standing(articles=frozenset({"wound-care"}), base=base()))
    assert waits["articles"][0].state == WAITS
    same = comparing.compared(content(), content(), Standing(base=base()))
    assert {row.state for rows in same.values() for row in rows} == {SAME}
