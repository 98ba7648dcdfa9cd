"""What an institution may say of itself: pure checks of the profile's facts."""

from datetime import date

from institutions.models import Profile
from kernel.identity import check
from kernel.refusals import Refusal

CLAUSE = "002 五(二)1"
LABELS = {
    "uscc": "统一社会信用代码",
    "supervision_phone": "监督电话",
    "responsible_department": "责任部门",
    "responsible_person": "责任人",
    "platform_kind": "平台方式",
    "platform_note": "平台说明",
    "introduction": "简介",
}


def normalised(facts: dict, *, today: date) -> dict:
    """The facts as they are kept: a credit code without spaces and in capitals, however it was typed."""
    if not facts.get("uscc"):
        return facts
    return {**facts, "uscc": check("uscc", facts["uscc"], today=today).value}


def reasons(facts: dict, *, today: date) -> list[Refusal]:
    """
    List what is wrong with the facts, each under its field.

    :raises TypeError: a profile has no such fact (a mistake of the program)
    """
    if unknown := set(facts) - set(LABELS):
        raise TypeError(f"a profile has no {sorted(unknown)}")
    found = [_reason(name, value) for name, value in facts.items()]
    code = facts.get("uscc")
    if code and not (verdict := check("uscc", code, today=today)).ok:
        found.append(Refusal("profile.uscc", verdict.message, CLAUSE, "uscc"))
    phone = facts.get("supervision_phone")
    if phone and not _can_be_called(phone, today):
        sentence = "监督电话请填写能够接通的电话号码。"
        found.append(Refusal("profile.phone", sentence, "004 五(三)", "supervision_phone"))
    return [one for one in found if one]


def _reason(name, value):
    label, column = LABELS[name], Profile._meta.get_field(name)
    if column.choices:
        if value not in dict(column.choices):
            return Refusal("profile.choice", f"请在给出的选项中选择{label}。", field=name)
    elif name != "uscc" and len(value) > column.max_length:  # the code is judged as a whole, without its spaces
        return Refusal("profile.long", f"{label}请控制在 {column.max_length} 个字以内。", field=name)
    return None


def _can_be_called(phone, today):
    if any(check(kind, phone, today=today).ok for kind in ("landline", "mobile")):
        return True
    return phone.isascii() and phone.isdigit() and len(phone) == 5  # 12320, 12345
