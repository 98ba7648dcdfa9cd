"""What a questionnaire may ask, how an answer reads, and which day is worked: no database."""

from datetime import date, timedelta

import pytest

from followups import notation, rules, starting, workdays

FEVER = {
    "key": "temp", "text": "体温", "kind": "number", "unit": "℃", "minimum": 34, "maximum": 42,
    "limits": [
        {"above": 38.4, "level": "red", "sentence": "高热"}, {"above": 37.4, "level": "yellow", "sentence": "低热"},
    ],
}  # fmt: skip
LOOK = {
    "key": "look", "text": "怎么样", "kind": "choice",
    "options": [
        {"value": "fine", "label": "好"}, {"value": "bad", "label": "差", "level": "yellow", "sentence": "变差"},
    ],
}  # fmt: skip
PUS = {"key": "pus", "text": "流脓", "kind": "yes_no", "yes": {"level": "red", "sentence": "流脓"}}
WORDS = {"key": "words", "text": "还有吗", "kind": "text", "required": False}


def test_what_comes_with_the_platform_can_be_asked_and_judged():
    data = starting.read()
    codes = [one["code"] for one in data["questionnaires"]]

    assert len(codes) == 7
    for one in data["questionnaires"]:
        assert rules.questions_wrong(one["questions"]) == []
    for one in data["templates"]:
        assert rules.steps_wrong(one["steps"], ("call", "visit", "questionnaire"), codes) == []
    assert {one["condition"] for one in data["templates"]} >= {
        "discharge", "wound", "stoma", "picc", "catheter", "bereavement",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({**LOOK, "key": "Look!"}, "没有代码"),
        ({**LOOK, "text": " "}, "没有写出问题"),
        ({**LOOK, "kind": "picture"}, "的类型"),
        ({**LOOK, "options": LOOK["options"][:1]}, "至少要有两个选项"),
        ({**LOOK, "options": [*LOOK["options"], {"value": "b", "label": "乙", "level": "red"}]}, "提示的话"),
        ({**FEVER, "minimum": 50}, "上下限"),
        ({**FEVER, "limits": [{"level": "red", "sentence": "高热"}]}, "低于或高于"),
        ({**PUS, "yes": {"level": "purple", "sentence": "流脓"}}, "黄或红"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_judged_is_refused(question, why):
    assert why in rules.questions_wrong([question])[0].sentence


def test_two_questions_never_share_a_code():
    assert "重复" in rules.questions_wrong([LOOK, {**PUS, "key": "look"}])[0].sentence


@pytest.mark.parametrize(
    ("typed", "level", "said"),
    [
        ({"temp": "36.5", "look": "fine", "pus": "no"}, "green", []),
        ({"temp": "37.4", "look": "fine", "pus": "no"}, "green", []),  # the limit itself is not beyond it
        ({"temp": "37.5", "look": "fine", "pus": "no"}, "yellow", ["低热"]),
        ({"temp": "38.5", "look": "bad", "pus": "no"}, "red", ["高热", "变差"]),  # what is worst comes first
        ({"temp": "36.5", "look": "bad", "pus": "yes"}, "red", ["流脓", "变差"]),
    ],
)  # fmt: skip
def test_an_answer_reads_as_its_worst_part(typed, level, said):
    questions = [FEVER, LOOK, PUS, WORDS]
    answers, found = rules.read(questions, typed)
    worst, findings = rules.judge(questions, answers)

    assert found == []
    assert (worst, [one["sentence"] for one in findings]) == (level, said)


@pytest.mark.parametrize("typed", ["三十七", "nan", "inf", "43", "-1", "1e9"])
def test_a_number_that_cannot_be_read_stands_beside_its_question(typed):
    answers, found = rules.read([FEVER], {"temp": typed})

    assert (answers, [one.field for one in found]) == ({}, ["temp"])


def test_what_must_be_answered_is_asked_for_and_what_may_be_left_is_not():
    _, found = rules.read([LOOK, PUS, WORDS], {"look": "elsewhere"})

    assert [(one.field, one.code) for one in found] == [("look", "answer.unreadable"), ("pus", "answer.missing")]


def test_steps_run_forward():
    step = {"after_days": 3, "kind": "call", "script": "", "questionnaire": "wound"}
    wrong = rules.steps_wrong([step, {**step, "after_days": 3}], ("call",), ["wound"])

    assert [one.code for one in wrong] == ["template.order"]
    assert rules.steps_wrong([], ("call",), ["wound"])[0].code == "template.size"
    assert rules.steps_wrong([{**step, "questionnaire": "x"}], ("call",), ["wound"])[0].code == "template.questionnaire"


@pytest.mark.clause("003 二(五)14")
def test_the_days_of_2026_are_worked_as_published():
    golden_week = [date(2026, 10, 1) + timedelta(days=n) for n in range(7)]
    made_up = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 10, 10)]  # Saturdays
    sundays = [date(2026, 1, 4), date(2026, 9, 20)]

    assert not any(workdays.works(day, {}) for day in golden_week)
    assert [day.weekday() for day in made_up] == [5] * 4
    assert all(workdays.works(day, {}) for day in made_up + sundays)
    assert not workdays.works(date(2026, 10, 17), {})  # a usual Saturday
    assert workdays.works(date(2026, 10, 8), {})


@pytest.mark.parametrize(
    ("day", "falls_on"),
    [
        (date(2026, 10, 1), date(2026, 10, 8)),  # the golden week
        (date(2026, 10, 10), date(2026, 10, 10)),  # a Saturday made up for it
        (date(2026, 10, 11), date(2026, 10, 12)),  # the Sunday after
        (date(2026, 2, 15), date(2026, 2, 24)),  # the spring festival
        (date(2026, 3, 7), date(2026, 3, 9)),  # a usual week-end
        (date(2026, 3, 4), date(2026, 3, 4)),
    ],
)  # fmt: skip
def test_what_falls_on_a_day_off_moves_to_the_next_working_day(day, falls_on):
    assert workdays.on_or_after(day, {}) == falls_on


def test_the_commissions_word_stands_before_the_published_calendar():
    ours = {date(2026, 10, 8): False, date(2026, 10, 3): True}

    assert workdays.on_or_after(date(2026, 10, 1), ours) == date(2026, 10, 3)
    assert workdays.on_or_after(date(2026, 10, 4), ours) == date(2026, 10, 9)
    assert workdays.after(date(2026, 9, 30), 2, ours) == date(2026, 10, 9)


# --- questions as lines -----------------------------------------------------------------------------------------------


def test_every_question_that_comes_with_the_platform_is_written_as_lines_and_read_back_without_loss():
    for one in (question for known in starting.read()["questionnaires"] for question in known["questions"]):
        values = {option["label"]: option["value"] for option in one.get("options", [])}
        read = notation.read_lines(one["kind"], notation.lines_of(one), values=values)
        assert read == ({part: one[part] for part in ("options", "limits", "yes", "no") if part in one}, "")


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("choice", "好\n变差了｜黄", "第 2 行没有读懂"),
        ("choice", "好|绿|没事", "警戒只有黄和红"),
        ("choice", "｜红｜坏", "没有写选项"),
        ("yes_no", "有", "要写明黄或红"),
        ("yes_no", "也许｜红｜流脓", "要以“有”或“没有”开头"),
        ("number", "38.5｜红｜发热", "要写成"),
        ("number", "高于 3 8｜红｜发热", "要写成"),
        ("text", "好", "文字题不需要"),
    ],
)
def test_a_line_that_cannot_be_read_says_which_and_how_it_is_written(kind, text, why):
    read, said = notation.read_lines(kind, text, values={})
    assert why in said
    assert read == {}


def test_an_option_that_was_known_keeps_its_value_and_a_new_one_gets_one_of_its_own():
    read, _ = notation.read_lines("choice", "好\n新的", values={"好": "o1"})
    assert [option["value"] for option in read["options"]] == ["o1", "o2"]
