"""
Who has saved a section of an assessment, and when: two screens on one paper must not overwrite each other unread.

``Assessment.saves`` holds for each section the number of its last save, who made it, when, on which screen, how
often something was changed there, and which of its answers were given by one press (:mod:`clinical.usual`).
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from clinical.models import Assessment
from kernel.actors import Actor
from kernel.refusals import Refusal

CLAUSE = "002 五(七)1(3)"
ELSEWHERE = "assessment.saved_elsewhere"


def is_older(row: Assessment, key: str, *, hand: str, turn: int) -> bool:
    """
    Whether the same screen has already saved a newer state of this section.

    A screen that saves as one types calls off what it asked before, but the server may be at it still: whichever comes
    to the row last would win. ``turn`` counts what was changed on the screen.
    """
    last = row.saves.get(key, {})
    return bool(hand) and last.get("hand") == hand[:36] and turn < last.get("turn", 0)


def number(row: Assessment, key: str) -> int:
    """Return how often a section has been saved; a screen says from which save it was drawn."""
    return row.saves.get(key, {}).get("number", 0)


def pressed(row: Assessment, key: str) -> list[str]:
    """Return the questions of this section whose answer was given by one press and stands unchanged."""
    return row.saves.get(key, {}).get("pressed", [])


def next_one(
    row: Assessment, key: str, *, hand: str, turn: int = 0, pressed: Iterable[str] = (), by: Actor, now: datetime
) -> dict:
    made = {"number": number(row, key) + 1, "by": by.user_id, "at": now.isoformat(), "hand": hand[:36]}
    if turn:
        made["turn"] = turn
    keys = list(pressed)
    return {**made, "pressed": keys} if keys else made


def of_another_screen(row: Assessment, key: str, *, seen: int | None, hand: str) -> Refusal | None:
    """Say who has saved this section since the screen was drawn, unless it was the screen itself; or nothing."""
    last = row.saves.get(key)
    if last is None or seen is None or last["number"] == seen or (hand and last["hand"] == hand[:36]):
        return None
    who = "您" if last["by"] == row.doctor_id else str(User.objects.get(pk=last["by"]))
    said = f"{who}已在 {_clock(parse_datetime(last['at']))} 从另一处保存了这一部分。请打开最新内容核对后再改。"
    return Refusal(ELSEWHERE, said, CLAUSE)


def in_another_hand(row: Assessment) -> Refusal:
    """Say whose assessment this is, and since when that doctor has been at it."""
    since = row.arrived_at or row.departed_at
    doing = f"{_clock(since)} 起正在办理" if since and row.signed_at is None else "由其办理"
    return Refusal("assessment.other_doctor", f"这份首诊评估归{row.doctor}医生，{doing}，您不能填写。", CLAUSE)


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m月%d日 %H:%M}"
