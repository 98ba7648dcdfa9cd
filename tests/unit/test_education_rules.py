"""Texts and question banks: read as typed, drawn by a seed, judged. No database."""

import pytest

from education import bank, rules, starting, texts
from education.models import Article
from nurses.models import Training

TWO = "题：几点？\nA. 一\nB. 二\nC. 三\n答案：AC\n解析：因为。\n\n题：谁？\nA. 甲\nB. 乙\n答案：b"


def test_a_text_is_read_into_parts_paragraphs_and_points():
    parts = texts.sections("开头一段。\n\n## 第一节\n- 一\n- 二\n之后一段\n##   \n## 第二节\n没有要点")

    assert [part.title for part in parts] == ["", "第一节", "第二节"]
    assert parts[0].blocks == [{"words": "开头一段。"}]
    assert parts[1].blocks[0] == {"points": ["一", "二"]}
    assert parts[1].blocks[1] == {"words": "之后一段"}
    assert texts.sections("\n \n") == []


def test_a_bank_is_read_as_it_was_typed_and_written_the_same_again():
    questions, wrong = bank.read(TWO)

    assert wrong == []
    assert [one["right"] for one in questions] == [[0, 2], [1]]
    assert bank.read(bank.written(questions)) == (questions, [])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写题库"),
        ("A. 一\nB. 二\n答案：A", "第 1 题：缺少「题：」"),
        ("题：谁？\nA. 甲\n答案：A", "至少要有两个选项"),
        ("题：谁？\nA. 甲\nC. 乙\n答案：A", "请按 A、B、C 的次序"),
        ("题：谁？\nA. 甲\nB. 乙\n答案：C", "请写选项的字母"),
        ("题：谁？\nA. 甲\nB. 乙\n答案：AB", "不能所有选项都是正确答案"),
        ("题：谁？\nA. 甲\nB. 乙\n答案：A\n多写一行", "没有读懂「多写一行」"),
        (TWO + "\n\n" + TWO, "出现了两次"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_number_of_the_question(typed, said):
    _, wrong = bank.read(typed)

    assert any(said in one.sentence for one in wrong)
    assert {one.field for one in wrong} == {"bank"}


@pytest.mark.clause("001 二(二)7")
def test_the_same_seed_draws_the_same_exam_and_only_all_right_choices_count():
    questions, _ = bank.read(starting.courses()[0]["bank"])

    drawn = bank.draw("a1b2", questions, 8)

    assert drawn == bank.draw("a1b2", questions, 8)
    assert drawn != bank.draw("a1b3", questions, 8)
    assert len({one["n"] for one in drawn}) == 8
    right = {str(one["n"]): questions[one["n"]]["right"] for one in drawn}
    assert bank.judge(questions, drawn, right) == 100
    first = str(drawn[0]["n"])
    half = {**right, first: [n for n in range(len(drawn[0]["order"])) if n not in right[first]]}
    assert bank.judge(questions, drawn, half) == 88
    assert [one["text"] for one in bank.wrong_ones(questions, drawn, half)] == [questions[int(first)]["text"]]
    assert bank.judge(questions, drawn, {}) == 0


@pytest.mark.clause("000 二(五)", "003 二(六)17")
def test_what_comes_with_the_platform_is_complete_in_itself():
    rows = starting.articles()

    for one in rows:
        named = {name: one[name] for name in ("code", "title", "summary", "body", "source")}
        assert rules.paper(longest=6000, clause="", **named) == []
        assert rules.article(
            call_when=one["call_when"], kind=one["kind"], kinds=Article.Kind.values, medicines=one["medicines"],
            medicine_kind=Article.Kind.MEDICINE,
        ) == []  # fmt: skip
        assert set(one["conditions"]) <= set(Article.Condition.values)
        assert set(one["medicines"]) <= set(Article.Medicine.values)
    assert len(rows) >= 8
    assert {"medicine", "care"} <= {one["kind"] for one in rows}
    for one in starting.courses():
        questions, wrong = bank.read(one["bank"])
        numbers = {key: one[key] for key in ("drawn", "hours", "valid_months", "pass_mark", "tries", "minutes")}
        assert wrong == []
        assert rules.course(
            kind=one["kind"], kinds=Training.Kind.values, body=one["body"], bank_size=len(questions), **numbers
        ) == []  # fmt: skip
