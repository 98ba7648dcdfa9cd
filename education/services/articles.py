"""An article's way: drafted, read by a second pair of eyes, published, withdrawn; one edition takes another's place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Organization
from education import rules, starting
from education.doors import ARTICLES
from education.lifecycle import READABLE, TAUGHT
from education.models import Article
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, Unmet, demand_words

LONGEST = 6000
TEXTS = ("title", "summary", "body", "call_when", "source")


def write_article(*, district: Organization, code: str, by: Actor, now: datetime, receipt=None, **facts) -> Article:
    """
    Draft an article, or the next edition of one that is published.

    :raises kernel.refusals.Refused: not this actor's district, something is missing, an edition is in work already
    """
    facts = _judged(code, facts)
    row = Article(district=district, code=code, written_by_id=by.account, written_at=now, **facts)

    def prepare(row, entry):
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)  # two who begin at once come in turn
        known = Article.objects.filter(district=district, code=code)
        row.edition = (known.aggregate(n=Max("edition"))["n"] or 0) + 1
        entry.data.update({"code": code, "edition": row.edition})

    return ARTICLES.create("write", row, by=by, now=now, prepare=prepare, inputs={"code": code, **facts},
                           receipt=receipt)  # fmt: skip


def change_article(*, article_id: int, by: Actor, now: datetime, **given) -> Article:
    """Change a draft; who changed it last has written it. :raises kernel.refusals.Refused: no draft, or incomplete"""
    seen = {key: given.pop(key) for key in ("version", "receipt") if key in given}

    def change(row, entry):
        for name, value in _judged(row.code, given).items():
            setattr(row, name, value)
        row.written_by_id, row.written_at = by.account, now
        row.reviewed_by = row.reviewed_at = None

    return ARTICLES.take("change", article_id, by=by, now=now, change=change, inputs=given, **seen)


def review_article(*, article_id: int, by: Actor, now: datetime, **seen) -> Article:
    """Say that the content is right. :raises kernel.refusals.Refused: one's own draft, or no draft any more"""

    def change(row, entry):
        demand_other(row, by)
        row.reviewed_by_id, row.reviewed_at = by.account, now

    return ARTICLES.take("review", article_id, by=by, now=now, change=change, **seen)


def send_back_article(*, article_id: int, reason: str, by: Actor, now: datetime, **seen) -> Article:
    """Give it back to be changed. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明需要修改的地方。", TAUGHT)

    def change(row, entry):
        row.reviewed_by = row.reviewed_at = None

    return ARTICLES.take("send_back", article_id, by=by, now=now, change=change, reason=reason.strip()[:300],
                         inputs={"reason": reason}, **seen)  # fmt: skip


def publish_article(*, article_id: int, by: Actor, now: datetime, **seen) -> Article:
    """Let everybody read it; the edition before is replaced. :raises kernel.refusals.Refused: not reviewed"""

    def change(row, entry):
        old = Article.objects.filter(district=row.district_id, code=row.code, status__in=READABLE).first()
        if old:
            ARTICLES.take("replace", old.pk, by=system("education.replace"), now=now)
        row.published_at = now
        entry.data.update({"code": row.code, "edition": row.edition})

    return ARTICLES.take("publish", article_id, by=by, now=now, change=change, **seen)


def withdraw_article(*, article_id: int, reason: str, by: Actor, now: datetime, **seen) -> Article:
    """Take it back from everybody but those it was handed to. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明撤下的原因，会写入留痕。", TAUGHT)
    return ARTICLES.take("withdraw", article_id, by=by, now=now, reason=reason.strip()[:300],
                         inputs={"reason": reason}, **seen)  # fmt: skip


def adopt_articles(*, district: Organization, by: Actor, now: datetime) -> list[Article]:
    """Put the platform's own articles in as drafts, as far as the district has none of that name; to be reviewed."""
    with transaction.atomic():
        known = set(Article.objects.filter(district=district).values_list("code", flat=True))
        return [
            write_article(district=district, by=by, now=now, **one)
            for one in starting.articles()
            if one["code"] not in known
        ]


def demand_other(row: Any, by: Actor) -> None:
    """:raises kernel.refusals.Unmet: nobody reviews what they wrote themselves"""
    if row.written_by_id == by.user_id:
        raise Unmet(Refusal("paper.four_eyes", "您是起草人，请由另一位审核。", TAUGHT))


def _judged(code: str, given: dict) -> dict:
    """Return what an article holds, when nothing is missing."""
    facts: dict[str, Any] = {name: str(given.get(name, "")).strip() for name in TEXTS}
    facts["kind"] = given.get("kind", "")
    facts["items"] = _numbers(given.get("items", ()))
    facts["conditions"] = [one for one in Article.Condition.values if one in given.get("conditions", ())]
    facts["medicines"] = [one for one in Article.Medicine.values if one in given.get("medicines", ())]
    shared = {name: facts[name] for name in ("title", "summary", "body", "source")}
    found = rules.paper(code=code, longest=LONGEST, clause=TAUGHT, **shared)
    found += rules.article(
        call_when=facts["call_when"], kind=facts["kind"], kinds=Article.Kind.values, medicines=facts["medicines"],
        medicine_kind=Article.Kind.MEDICINE,
    )  # fmt: skip
    if given.get("items") is None:
        said = "请填写项目目录中的序号，用顿号分开，例如“1、2、5”。"
        found.append(Refusal("article.items", said, TAUGHT, "items"))
    if len(facts["call_when"]) > 300:
        found.append(Refusal("article.call_when", "请不要超过 300 个字。", TAUGHT, "call_when"))
    if found:
        raise Invalid(*found)
    return facts


def _numbers(items: Sequence[int] | None) -> list[int]:
    return sorted(set(items or ()))
