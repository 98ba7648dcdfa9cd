"""What is on record, and what the rules of the profession ask, against each line of the list."""

from nurses.models import Affiliation, Title
from nurses.rolls.table import TITLE_OF, Known, Remark, Roll, fault
from nurses.rolls.values import ACCOUNT_CLAUSE, SEXES
from nurses.rules import LICENCE_CLAUSE, POST_CLAUSE, STANDING_CLAUSE, TITLES

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
    roll.faults.sort(key=lambda fault: fault.line)
    roll.notes.sort(key=lambda note: note.line)
    return roll


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
