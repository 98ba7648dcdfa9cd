"""Articles, courses and posts as every desk shows them: parts of a text, and what it is about in words."""

from datetime import date

from accounts.models import Organization
from education import selectors, texts
from education.models import Article


def parts(body: str) -> list[texts.Section]:
    return texts.sections(body)


def shown(row: Article, items: dict[int, str]) -> dict:
    """One article, ready to be read."""
    return {"row": row, "parts": parts(row.body), "about": about(row, items)}


def about(row: Article, items: dict[int, str]) -> str:
    """What an article is about in one line: items, conditions, groups of medicines."""
    conditions, medicines = dict(Article.Condition.choices), dict(Article.Medicine.choices)
    words = [items[number] for number in row.items if number in items]
    words += [conditions[one] for one in row.conditions if one in conditions]
    words += [medicines[one] for one in row.medicines if one in medicines]
    return "、".join(dict.fromkeys(words))


def items_of(district: Organization, on: date) -> dict[int, str]:
    return selectors.items_in_words(district, on)
