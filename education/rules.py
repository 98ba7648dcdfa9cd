"""What an article, a course, an exam, a post may be: pure questions, each answered with reasons or with none."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from education import texts
from education.lifecycle import SHOWN, TAUGHT, TRAINED
from kernel.refusals import Refusal

CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
LATEST = timedelta(days=366)
AGAIN_BEFORE = timedelta(days=90)  # how long before a training ends its exam may be taken anew
GRACE = timedelta(minutes=1)  # for the way of the last answers to the platform
AFTER_VISIT = timedelta(days=30)  # how long after a visit its nurse may still hand something out


def paper(*, code: str, title: str, summary: str, body: str, source: str, longest: int, clause: str) -> list[Refusal]:
    """Say what is missing in an article or a course."""
    found = []
    if not CODE.fullmatch(code):
        said = "代码请用 3 到 40 个小写字母、数字和短横线，以字母开头；它会出现在网址里。"
        found.append(Refusal("paper.code", said, clause, "code"))
    for field, words, label, most in (
        ("title", title, "标题", 60),
        ("summary", summary, "一句话说明", 120),
        ("source", source, "依据", 200),
    ):
        if not words.strip():
            found.append(Refusal(f"paper.{field}", f"请填写{label}。", clause, field))
        elif len(words.strip()) > most:
            found.append(Refusal(f"paper.{field}", f"{label}请不要超过 {most} 个字。", clause, field))
    if len(body.strip()) < 30:
        found.append(Refusal("paper.body", "正文请至少写 30 个字。", clause, "body"))
    elif len(body) > longest:
        found.append(Refusal("paper.body", f"正文请不要超过 {longest} 个字。", clause, "body"))
    return found


def article(*, call_when: str, kind: str, kinds: Sequence[str], medicines: Sequence[str], medicine_kind: str) -> list:
    """Say what is missing in what only an article has."""
    found = []
    if kind not in kinds:
        found.append(Refusal("article.kind", "请选择类别。", TAUGHT, "kind"))
    if not call_when.strip():
        found.append(Refusal("article.call_when", "请写明出现什么情况要马上联系。", TAUGHT, "call_when"))
    if kind == medicine_kind and not medicines:
        found.append(Refusal("article.medicines", "用药指导请至少选择一类药品。", "003 二(六)17", "medicines"))
    return found


def course(*, kind: str, kinds: Sequence[str], body: str, bank_size: int, drawn, hours, valid_months, pass_mark,
           tries, minutes) -> list[Refusal]:  # fmt: skip
    """Say what is missing in what only a course has."""
    found = []
    if kind not in kinds:
        found.append(Refusal("course.kind", "请选择类别。", TRAINED, "kind"))
    if len([part for part in texts.sections(body) if part.title]) < 2:
        found.append(Refusal("course.sections", "课程内容请至少分两节，每节以「## 」和标题开头。", TRAINED, "body"))
    for field, value, label, least, most in (
        ("hours", hours, "学时", 0.5, 200),
        ("valid_months", valid_months, "有效月数", 1, 60),
        ("pass_mark", pass_mark, "合格分数", 50, 100),
        ("tries", tries, "可考次数", 1, 10),
        ("minutes", minutes, "考试时间", 5, 180),
    ):
        if value is None or not least <= value <= most:
            found.append(Refusal(f"course.{field}", f"{label}请填写 {least} 到 {most}。", TRAINED, field))
    if drawn is None or not 3 <= drawn <= max(3, bank_size):
        said = f"每次抽题数请填写 3 到 {bank_size}，题库现有 {bank_size} 题。"
        found.append(Refusal("course.drawn", said, TRAINED, "drawn"))
    return found


def may_sit(
    *, readable: bool, studied: bool, used: int, allowed: int, valid_until: date | None, today: date
) -> Refusal | None:
    """Say why a nurse may not begin an exam now."""
    if not readable:
        return Refusal("exam.withdrawn", "这门课程已撤下，不能再考。", TRAINED)
    if valid_until is not None and valid_until - today > AGAIN_BEFORE:
        said = f"您已经合格，有效期到 {valid_until:%Y-%m-%d}，到期前 {AGAIN_BEFORE.days} 天内可以重新考。"
        return Refusal("exam.passed", said, TRAINED)
    if not studied:
        return Refusal("exam.unread", "请先学完全部章节，再开始考试。", TRAINED)
    if used >= allowed:
        return Refusal("exam.used_up", f"{allowed} 次考试机会已用完，请联系中心管理员安排补考。", TRAINED)
    return None


def deadline(due_on: date | None, today: date) -> Refusal | None:
    """Say why a training cannot be due on this day."""
    if due_on is None or not today < due_on <= today + LATEST:
        return Refusal("assignment.due_on", "完成期限请选择明天以后、一年以内的日期。", TRAINED, "due_on")
    return None


def post(*, column: str, columns: Sequence[str], title: str, summary: str, body: str) -> list[Refusal]:
    """Say what is missing in a post."""
    found = []
    if column not in columns:
        found.append(Refusal("post.column", "请选择栏目。", SHOWN, "column"))
    for field, words, label, least, most in (
        ("title", title, "标题", 4, 60),
        ("summary", summary, "摘要", 10, 120),
        ("body", body, "正文", 30, 6000),
    ):
        if not least <= len(words.strip()) <= most:
            found.append(Refusal(f"post.{field}", f"{label}请写 {least} 到 {most} 个字。", SHOWN, field))
    return found


def publishing(publish_at: datetime | None, now: datetime) -> Refusal | None:
    """Say why a post cannot be shown from this moment on; without one it is shown at once."""
    if publish_at is not None and not now - timedelta(minutes=10) <= publish_at <= now + LATEST:
        return Refusal("post.publish_at", "发布时间请选择现在以后、一年以内；不填就是马上发布。", SHOWN, "publish_at")
    return None
