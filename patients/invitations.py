"""Who may be invited to act for a patient, how far, and how long: pure rules, and the code itself."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from kernel.refusals import Refusal
from patients.models import Proxy

CODE_DIGITS = 8  # read out on the telephone, so digits only
CODE_LASTS = timedelta(hours=48)
MOST_OPEN = 5
# Somebody who helps and is no relative fills in forms; signing and deciding stay with the family (003 二(六)20).
HELPERS = ("志愿者", "医务社工")
HELPER_SCOPES = frozenset({Proxy.Scope.APPLY.value})
HELPER_LASTS = timedelta(days=90)
CLAUSE = "003 二(六)20"


def helper_reach(relation: str, scopes: Iterable[str], lasting: timedelta) -> list[Refusal]:
    """Say what goes too far for a helper who is no relative."""
    if relation.strip() not in HELPERS:
        return []
    found = []
    if set(scopes) - HELPER_SCOPES:
        said = "志愿者和医务社工只能帮忙提交和撤回申请，签字和改期请由本人或家人办理。"
        found.append(Refusal("proxy.helper_scopes", said, CLAUSE, field="scopes"))
    if lasting > HELPER_LASTS:
        found.append(Refusal("proxy.helper_time", "请志愿者或医务社工代办，一次最长三个月。", CLAUSE, field="term"))
    return found


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def plain(code: str) -> str:
    """The digits of a code as it was typed: with spaces, or from a Chinese keyboard."""
    return "".join(str(int(one)) for one in code if one.isdecimal())
