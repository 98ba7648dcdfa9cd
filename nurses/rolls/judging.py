"""What is on record, and what the rules of the profession ask, against each line of the list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nurses.models import Affiliation, Title
from nurses.rolls.table import TITLE_OF, Known, Read, Remark, Roll, fault
from nurses.rolls.values import ACCOUNT_CLAUSE, SEXES
from nurses.rules import LICENCE_CLAUSE, POST_CLAUSE, STANDING_CLAUSE, TITLES, TRAINING_CLAUSE

YOUNGEST = 16


def judge(roll: Roll, known: Known) -> Roll:
    """Judge what was read by what is on record and by the rules of the profession."""
    for one in roll.lines:
        for rule in RULES:
            rule(roll, one, known)
    for one in roll.lines:
        account = known.accounts.get(one.values.get("username", ""))
        if not one.faulty and account and account.here:
            roll.standing.append(one)
            roll.notes.append(
                Remark(one.line, TITLE_OF["name"], one.values.get("name", ""), "已在本中心名册上，不会改动。")
            )
    listed = {one.values.get("certificate_number") for one in roll.lines}
    for name, lines in roll.papers.items():
        roll.papers[name] = _to_record(roll, name, lines, listed, known)
    roll.faults.sort(key=lambda fault: (fault.sheet, fault.line))
    roll.notes.sort(key=lambda note: (note.sheet, note.line))
    return roll


def mark(name: str, nurse: Any, values: Mapping[str, Any]) -> tuple:
    """What makes a paper the same one as another, on record or on another line."""
    keys = ("training_kind", "passed_on", "trained_until") if name == "培训" else ("insurance_kind", "policy_number")
    return (name, nurse, *(values.get(key) for key in keys))


def _to_record(roll: Roll, name: str, lines: list[Read], listed: set, known: Known) -> list[Read]:
    """Judge the lines of a further sheet, and return those to record: what is on record already is only noted."""
    own, first, found = Roll(), dict[tuple, int](), []
    for one in lines:
        _paper(own, name, one, listed, known)
        number = one.values.get("nurse", "")
        before = first.setdefault(mark(name, number, one.values), one.line)
        if before != one.line and not one.faulty:
            fault(own, one, "nurse", number, f"与第 {before} 行是同一份{name}。", "请只保留一行。")
        if one.faulty:
            continue
        if mark(name, known.roster.get(number), one.values) in known.on_file:
            own.notes.append(Remark(one.line, TITLE_OF["nurse"], number, "已经登记过，不会重复登记。"))
        else:
            found.append(one)
    roll.faults += [replace(said, sheet=name) for said in own.faults]
    roll.notes += [replace(said, sheet=name) for said in own.notes]
    return found


def _paper(own: Roll, name: str, one: Read, listed: set, known: Known) -> None:
    number = one.values.get("nurse")
    if number and number not in listed and number not in known.roster:
        said = "名单里和本中心名册上都没有这个执业证书编号。"
        fault(own, one, "nurse", number, said, "请核对编号，或先把这名护士写进名单。", STANDING_CLAUSE)
    starts, ends = ("passed_on", "trained_until") if name == "培训" else ("insured_from", "insured_until")
    begun, over = one.values.get(starts), one.values.get(ends)
    if starts == "passed_on" and begun and begun > known.today:
        fault(own, one, starts, begun, "合格日期晚于今天。", "请核对年、月、日。", TRAINING_CLAUSE)
    if begun and over and over <= begun:
        fault(own, one, ends, over, "到期日期不晚于开始日期。", "请核对两个日期。")


def _holds_now(roll, one, known):
    day = one.values.get("certificate_expires_on")
    if day and day < known.today:
        said = f"护士执业证书于 {day:%Y-%m-%d} 到期。"
        fault(roll, one, "certificate_expires_on", f"{day}", said, "请续办后再导入。", LICENCE_CLAUSE)


def _years(roll, one, known):
    since, today, asked = one.values.get("clinical_since"), known.today, known.settings["nurse.min_years"]
    if since is None:
        return
    if since > today:
        fault(roll, one, "clinical_since", f"{since}", "临床护理起始日晚于今天。", "请核对年、月、日。")
        return
    worked = today.year - since.year - ((today.month, today.day) < (since.month, since.day))
    if worked < asked:
        said = f"临床护理工作 {worked} 年，未满 {asked} 年。"
        fault(roll, one, "clinical_since", f"{since}", said, "满年限后再导入。", STANDING_CLAUSE)
    born = one.values.get("born")
    if born and (since - born).days < YOUNGEST * 365:
        said = f"按身份证号码推算，临床护理起始时未满 {YOUNGEST} 岁。"
        fault(roll, one, "clinical_since", f"{since}", said, "请核对起始日和身份证号码。")


def _title(roll, one, known):
    title, least = one.values.get("title"), known.settings["nurse.min_title"]
    if title and TITLES.index(title) < TITLES.index(least):
        said = f"职称为{Title(title).label}，未达到{Title(least).label}。"
        fault(roll, one, "title", Title(title).label, said, "取得规定的职称后再导入。", STANDING_CLAUSE)


def _kind(roll, one, known):
    only = known.settings["nurse.affiliation"] == "registered_only"
    if only and one.values.get("kind") == Affiliation.Kind.FILED:
        fault(roll, one, "kind", "备案", "本区只允许派出注册护士。", "请办理注册后再导入。", POST_CLAUSE)


def _sex(roll, one, known):
    told, shown = one.values.get("sex_in_number"), one.values.get("sex")
    if told and shown and told != shown:
        fault(roll, one, "sex", {v: k for k, v in SEXES.items() if len(k) == 1}[shown],
               "与身份证号码里的性别不同。", "请对照身份证核对。")  # fmt: skip


def _account(roll, one, known):
    """An account that is there already must be hers, with the file that the line speaks of."""
    username, number = one.values.get("username"), one.values.get("certificate_number")
    account = known.accounts.get(username or "")
    holder = known.holders.get(number or "")
    if account is None:
        if holder is not None:
            said = "这个执业证书编号已建有档案。"
            remedy = "如是同一人，请填写她原来的账号名；否则请核对编号。"
            fault(roll, one, "certificate_number", number, said, remedy, STANDING_CLAUSE)
        return
    theirs = one.values.get("name") is not None and one.values["name"] != account.name
    other = bool(account.certificate_number and number and number != account.certificate_number)
    if not account.active or account.nurse_id is None or theirs or other:
        said = "这个账号名已有人使用，姓名或执业证书编号与这一行不同。"
        fault(roll, one, "username", username, said, "请换一个账号名，或核对姓名和编号。", ACCOUNT_CLAUSE)


RULES = (_holds_now, _years, _title, _kind, _sex, _account)
