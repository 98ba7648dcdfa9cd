"""Reads of a district's rules as the content of a package: what holds on a day, and what waits already."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from accounts.models import Organization
from catalog import drafting
from catalog import selectors as catalog
from catalog.models import Item, NegativeEntry
from education.lifecycle import IN_WORK, READABLE
from education.models import Article
from followups import selectors as followups
from institutions import selectors as institutions
from institutions.settings import OURS, SETTINGS
from supervision import comparing
from supervision.lifecycle import IN_THE_MAKING, UNDECIDED
from supervision.models import EditionDraft, SettingChange
from supervision.package import without_numbers

DECIDED = date.max  # whatever has been decided holds by then, also what begins only next month


def content_of(district: Organization, today: date) -> dict[str, Any]:
    """The district's rules as they hold today, without a person, a number to call or a secret in them."""
    names = {number: name for name, number in _numbers(district, today).items()}
    return _content(district, today, catalog.negative_entries(district.pk, today), names)


def decided_of(district: Organization, today: date) -> dict[str, Any]:
    """
    The same to be held beside another district's file: with settings and the list of items as they are decided, and
    every negative entry that holds today or is to come.
    """
    # What is published today is about today's numbers; only what today's list has not is asked of the next one.
    names = {number: name for day in (DECIDED, today) for name, number in _numbers(district, day).items()}
    return _content(district, DECIDED, catalog.negative_entries_from(district.pk, today), names)


def _content(
    district: Organization, on: date, negative: Iterable[NegativeEntry], names: Mapping[int, str]
) -> dict[str, Any]:
    return without_numbers({
        "settings": _settings(district, on),
        "catalogue": _catalogue(district, on),
        "negative": [
            {name: getattr(row, name) for name in ("kind", "text", "reason", "advice", "clause")}
            for row in _once(negative)
        ],
        "templates": [
            _about({name: getattr(row, name) for name in ("code", "title", "condition", "items", "steps")}, names)
            for row in followups.templates_in_use(district)
        ],
        "questionnaires": [
            {name: getattr(row, name) for name in ("code", "title", "questions")}
            for row in followups.questionnaires(district)
        ],
        "articles": [
            _about({name: getattr(row, name) for name in ARTICLE}, names)
            for row in Article.objects.filter(district=district, status__in=sorted(READABLE)).order_by("code")
        ],
    })  # fmt: skip


ARTICLE = (
    "code", "title", "summary", "kind", "body", "call_when", "source", "items", "conditions", "medicines",
)  # fmt: skip


def standing_of(district: Organization, today: date) -> comparing.Standing:
    """What is in work here already."""
    changes = SettingChange.objects.filter(organisation=district, status__in=sorted(UNDECIDED))
    articles = Article.objects.filter(district=district, status__in=sorted(IN_WORK))
    last = catalog.editions(district.pk).first()
    return comparing.Standing(
        settings=frozenset(changes.values_list("key", flat=True)),
        articles=frozenset(articles.values_list("code", flat=True)),
        draft=EditionDraft.objects.filter(organisation=district, status__in=sorted(IN_THE_MAKING)).exists(),
        base=drafting.data_of(last) if last else None,
        numbers=_same_from_now_on(district, today),
    )


def _same_from_now_on(district, today) -> dict[str, int]:
    """
    The decided list's numbers by name, but for those that mean another item today: what is published meanwhile must
    be about the right one.
    """
    held, decided = _numbers(district, today), _numbers(district, DECIDED)
    taken = {number: name for name, number in held.items()}
    return {
        name: number
        for name, number in decided.items()
        if held.get(name, number) == number and taken.get(number, name) == name
    }


def _numbers(district, on) -> dict[str, int]:
    """The number of each item, by its name, in the edition in force on the day."""
    edition = catalog.edition_in_force(district.pk, on)
    return dict(Item.objects.filter(edition=edition).values_list("name", "number")) if edition else {}


def _about(row: dict[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """The same with its items by name: a number means another item in another district's list."""
    return {**row, "items": sorted(names[number] for number in row["items"] if number in names)}


def _settings(district, on) -> list[dict]:
    held = institutions.settings_on(district.pk, on)
    return [
        {"key": key, "label": row.label, "unit": row.unit, "clause": "" if row.clause == OURS else row.clause,
         "value": held[key]}
        for key, row in sorted(SETTINGS.items())
    ]  # fmt: skip


def _catalogue(district, on) -> dict:
    edition = catalog.edition_in_force(district.pk, on)
    if edition is None:
        empty: dict[str, Any] = {"title": "", "source": "", "issued": "", "common": [], "items": [], "measurements": []}
        return {**empty, "certificates": {}}
    data = drafting.data_of(edition)
    items = [comparing.item_of(row, data) for row in data["items"]]
    used = {ask["key"] for item in items for ask in item["measurements"]}
    asked = {one["code"] for item in items for one in item["certificates"]}
    return {
        "title": data["edition"]["title"], "source": data["edition"]["source"], "issued": data["edition"]["issued"],
        "common": data["first_assessment_common_ours"], "items": items,
        "certificates": {one["code"]: one["name"] for one in data["certificates_ours"] if one["code"] in asked},
        "measurements": [row for row in data["measurements"] if row["key"] in used],
    }  # fmt: skip


def _once(rows):
    """One row of each text: the list may say the same of a service and of a patient."""
    return {row.text: row for row in rows}.values()
