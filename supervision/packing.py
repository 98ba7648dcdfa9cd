"""Reads of a district's rules as the content of a package: what holds on a day, and what waits already."""

from datetime import date
from typing import Any

from accounts.models import Organization
from catalog import drafting
from catalog import selectors as catalog
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


def content_of(district: Organization, on: date) -> dict[str, Any]:
    """The district's rules as they hold on the day, without a person, a number to call or a secret in them."""
    return without_numbers({
        "settings": _settings(district, on),
        "catalogue": _catalogue(district, on),
        "negative": [
            {name: getattr(row, name) for name in ("kind", "text", "reason", "advice", "clause")}
            for row in _once(catalog.negative_entries(district.pk, on))
        ],
        "templates": [
            {name: getattr(row, name) for name in ("code", "title", "condition", "items", "steps")}
            for row in followups.templates_in_use(district)
        ],
        "questionnaires": [
            {name: getattr(row, name) for name in ("code", "title", "questions")}
            for row in followups.questionnaires(district)
        ],
        "articles": [
            {name: getattr(row, name) for name in ARTICLE}
            for row in Article.objects.filter(district=district, status__in=sorted(READABLE)).order_by("code")
        ],
    })  # fmt: skip


ARTICLE = (
    "code", "title", "summary", "kind", "body", "call_when", "source", "items", "conditions", "medicines",
)  # fmt: skip


def standing_of(district: Organization) -> comparing.Standing:
    """What is in work here already."""
    changes = SettingChange.objects.filter(organisation=district, status__in=sorted(UNDECIDED))
    articles = Article.objects.filter(district=district, status__in=sorted(IN_WORK))
    last = catalog.editions(district.pk).first()
    return comparing.Standing(
        settings=frozenset(changes.values_list("key", flat=True)),
        articles=frozenset(articles.values_list("code", flat=True)),
        draft=EditionDraft.objects.filter(organisation=district, status__in=sorted(IN_THE_MAKING)).exists(),
        base=drafting.data_of(last) if last else None,
    )


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
