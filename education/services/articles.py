"""An article's way: drafted, read by a second pair of eyes, published, withdrawn; one edition takes another's place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Organization
from education import rules, starting
from education.doors import ARTICLES
from education.lifecycle import TAUGHT
from education.models import Article
from education.services.papers import Papers
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal

LONGEST = 6000
TEXTS = ("title", "summary", "body", "call_when", "source")


def write_article(*, district: Organization, code: str, by: Actor, now: datetime, receipt=None, **facts) -> Article:
    """
    Draft an article, or the next edition of one that is published.

    :raises kernel.refusals.Refused: not this actor's district, something is missing, an edition is in work already
    """
    return PAPERS.write(district=district, code=code, by=by, now=now, receipt=receipt, **facts)


def change_article(*, article_id: int, by: Actor, now: datetime, **given) -> Article:
    """Change a draft; who changed it last has written it. :raises kernel.refusals.Refused: no draft, or incomplete"""
    return PAPERS.change(article_id, by=by, now=now, **given)


def review_article(*, article_id: int, by: Actor, now: datetime, **seen) -> Article:
    """Say that the content is right. :raises kernel.refusals.Refused: one's own draft, or no draft any more"""
    return PAPERS.review(article_id, by=by, now=now, **seen)


def send_back_article(*, article_id: int, reason: str, by: Actor, now: datetime, **seen) -> Article:
    """Give it back to be changed. :raises kernel.refusals.Refused: no reason"""
    return PAPERS.send_back(article_id, reason=reason, by=by, now=now, **seen)


def publish_article(*, article_id: int, by: Actor, now: datetime, **seen) -> Article:
    """Let everybody read it; the edition before is replaced. :raises kernel.refusals.Refused: not reviewed"""
    return PAPERS.publish(article_id, by=by, now=now, **seen)


def withdraw_article(*, article_id: int, reason: str, by: Actor, now: datetime, **seen) -> Article:
    """Take it back from everybody but those it was handed to. :raises kernel.refusals.Refused: no reason"""
    return PAPERS.withdraw(article_id, reason=reason, by=by, now=now, **seen)


def adopt_articles(*, district: Organization, by: Actor, now: datetime) -> list[Article]:
    """Put the platform's own articles in as drafts, as far as the district has none of that name; to be reviewed."""
    return PAPERS.adopt(starting.articles(), district=district, by=by, now=now)


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


PAPERS = Papers(door=ARTICLES, model=Article, clause=TAUGHT, judged=_judged)
