"""Reads of editions, items and offerings, complete: no query per row anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q

from accounts.models import Organization
from accounts.selectors import district_of
from catalog import rules
from catalog.models import (
    CertificateKind,
    Edition,
    Item,
    ItemCertificate,
    ItemMeasurement,
    ItemStep,
    NegativeEntry,
    Offering,
)
from kernel.refusals import Refusal, hidden


@dataclass(frozen=True, slots=True)
class OfferingLine:
    """One item of the edition in force, and what the centre has decided about it (``offering`` may be missing)."""

    item: Item
    offered: bool
    reason: str
    offering: Offering | None


def edition_in_force(district_id: int, on: date) -> Edition | None:
    return _on(Edition.objects.filter(district=district_id), on, "effective_from", "effective_to").first()


def catalogue(district: Organization | None, on: date) -> Edition:
    """
    The edition in force with ``complete_items``, for programs that show the whole list.

    :raises kernel.refusals.Hidden: nothing is in force
    """
    edition = edition_in_force(district.pk, on) if district else None
    if edition is None:
        raise hidden("现行的项目目录")
    edition.complete_items = list(items(edition.pk))
    return edition


def editions(district_id: int):
    return Edition.objects.filter(district=district_id).select_related("published_by").order_by("-effective_from")


def items(edition_id: int):
    """Items of one edition in the document's order, with all that a page shows of them."""
    return complete(Item.objects.filter(edition=edition_id))


def item(item_id: int) -> Item:
    """:raises Item.DoesNotExist: there is no such item"""
    return complete(Item.objects.filter(pk=item_id)).get()


def offerings(organisation_id: int, on: date) -> list[OfferingLine]:
    """Every item of the edition in force with the centre's decision; undecided counts as not offered."""
    organisation = _organisation(organisation_id)
    edition = edition_in_force(district_of(organisation).pk, on)
    if edition is None:
        return []
    decided = {row.item_id: row for row in _offerings_on(organisation_id, on).filter(item__edition=edition)}
    return [_line(row, decided.get(row.pk)) for row in items(edition.pk)]


def offered_items(organisation_id: int, on: date) -> list[Item]:
    """Items of the edition in force that the centre offers on the day."""
    return [line.item for line in offerings(organisation_id, on) if line.offered]


def as_listed(organisation_id: int, wanted: Iterable[Item], on: date) -> list[Item]:
    """
    The items under which the edition in force lists these: an older edition's goes on under its namesake.

    What the edition in force does not list any more stays what it was, for :func:`why_not_items` to refuse.
    """
    wanted = list(wanted)
    edition = edition_in_force(district_of(_organisation(organisation_id)).pk, on)
    if edition is None or all(item.edition_id == edition.pk for item in wanted):
        return wanted
    listed = {row.name: row for row in edition.items.select_related("edition")}
    return [listed.get(item.name, item) for item in wanted]


def why_not_item(organisation_id: int, item: Item, on: date, facts: Iterable[str] = ()) -> list[Refusal]:
    """
    All reasons why the item cannot be had from this centre on the day.

    ``facts`` are what is known of the patient in words; the negative list is asked about them and about the name.
    """
    return why_not_items(organisation_id, [item], on, facts)[item.pk]


def why_not_items(
    organisation_id: int, items: Iterable[Item], on: date, facts: Iterable[str] = ()
) -> dict[int, list[Refusal]]:
    """Item id -> all reasons against it, for many items in as many queries as for one."""
    organisation, facts, items = _organisation(organisation_id), list(facts), list(items)
    decided = {row.item_id: row for row in _offerings_on(organisation_id, on).filter(item__in=items)}
    entries = negative_entries(district_of(organisation).pk, on)
    return {
        row.pk: [
            reason
            for reason in (
                rules.in_force(row.edition, on),
                rules.offered(decided.get(row.pk), row.name, organisation.short_name),
                *rules.not_negative(entries, [row.name], facts),
            )
            if reason
        ]
        for row in items
    }


def why_not_wished(district_id: int, names: Iterable[str], facts: Iterable[str], on: date) -> list[Refusal]:
    """What the negative list says to services in the applicant's own words and to what is known of the patient."""
    return rules.not_negative(negative_entries(district_id, on), names, facts)


def negative_entries(district_id: int, on: date) -> list[NegativeEntry]:
    return list(_on(NegativeEntry.objects.filter(district=district_id), on).order_by("kind", "text", "pk"))


def negative_entries_from(district_id: int, on: date) -> list[NegativeEntry]:
    """Those that hold on the day and those to come; of what is listed twice, the one that holds comes last."""
    rows = NegativeEntry.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), district=district_id)
    return sorted(rows.order_by("kind", "text", "pk"), key=lambda row: row.starts_on <= on)


def certificate_kinds():
    return CertificateKind.objects.order_by("code")


def offering_counts(edition_id: int, on: date) -> dict[int, int]:
    """How many centres offer each item of the edition: item id -> number (应开尽开 for the commission's page)."""
    counts = dict.fromkeys(Item.objects.filter(edition=edition_id).values_list("pk", flat=True), 0)
    for item_id in _on(Offering.objects.filter(item__edition=edition_id, offered=True), on).values_list(
        "item", flat=True
    ):
        counts[item_id] += 1
    return counts


def complete(rows):
    return (
        rows.select_related("edition", "category")
        .prefetch_related(
            Prefetch("steps", ItemStep.objects.order_by("number")),
            Prefetch("asks", ItemMeasurement.objects.select_related("measurement").order_by("position", "pk")),
            Prefetch("demands", ItemCertificate.objects.select_related("kind").order_by("kind")),
        )
        .order_by("number")
    )


def _line(row, offering):
    if offering is None:
        return OfferingLine(row, offered=False, reason="", offering=None)
    return OfferingLine(row, offered=offering.offered, reason=offering.reason, offering=offering)


def _offerings_on(organisation_id, on):
    return _on(Offering.objects.filter(organisation=organisation_id), on).select_related("decided_by")


def _on(rows, on, start="starts_on", end="ends_on"):
    return rows.filter(Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": on}), **{f"{start}__lte": on})


def _organisation(pk):
    return Organization.objects.select_related("parent__parent").get(pk=pk)
