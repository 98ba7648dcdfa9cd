"""
What one press may answer: a section's normal answers, each of which the doctor sees and may change.

Left out on purpose, and asked one by one: what must be asked of the person (falls, pain, weight, mood), what is a test
(memory, the clock), and what warns whoever goes there next (allergies, anticoagulants, infection, tubes, the home and
the nurse's safety). These are general nursing knowledge, as the scales are, and are approved with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clinical.sections import BY_KEY, Question, Section


@dataclass(frozen=True, slots=True)
class Press:
    """The words on the button, which the doctor says by pressing it, and the answers that they stand for."""

    words: str
    answers: dict[str, int]


_FREE = {"eat": 10, "bath": 5, "groom": 5, "dress": 10, "bowel": 10, "bladder": 10, "toilet": 10, "transfer": 15}

PRESSES = {
    "barthel": Press("日常生活均能自理，大小便能控制", {**_FREE, "walk": 15, "stairs": 10}),
    "fall": Press("行走平稳，没有静脉置管，清楚自身能力", {"aid": 0, "drip": 0, "gait": 0, "mental": 0}),
    "braden": Press(
        "感知和活动不受限，皮肤干爽，进食良好",
        {"sensory": 4, "moisture": 4, "activity": 4, "mobility": 4, "nutrition": 4, "friction": 3},
    ),
    "nutrition": Press("进食量正常，近期没有急性病", {"intake": 0, "stress": 0}),
}


def unsaid(section: Section, answers: dict) -> dict:
    """Return what a press would answer: never what somebody has answered already."""
    press = PRESSES.get(section.key)
    given = press.answers if press else {}
    return {key: value for key, value in given.items() if answers.get(key) in (None, "", [])}


def one_by_one(section: Section) -> list[Question]:
    """Return the questions of a section with a press that no press answers."""
    press = PRESSES.get(section.key)
    return [q for q in section.questions if q.key not in press.answers] if press else []


def still_pressed(section: Section, pressed: Iterable[str], answers: dict) -> list[str]:
    """Return those answers of a press that stand as they were pressed; what was changed since is typed."""
    press = PRESSES.get(section.key)
    return [key for key in dict.fromkeys(pressed) if press and answers.get(key) == press.answers.get(key)]


def labels(section_key: str, keys: Iterable[str]) -> list[str]:
    """Return the questions of these keys in words, in the order of the section."""
    wanted = frozenset(keys)
    return [q.label for q in BY_KEY[section_key].questions if q.key in wanted]
