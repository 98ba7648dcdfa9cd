"""Reads of what phones have handed in."""

from uuid import UUID

from bedside.models import PhoneEntry


def bases(order_id: int) -> dict[tuple[str, str], UUID]:
    """Return the receipt of the last entry of each part of a visit's record, by kind and key."""
    rows = (
        PhoneEntry.objects.filter(order=order_id, taken=True)
        .order_by("kind", "key", "-pk")
        .distinct("kind", "key")
        .values_list("kind", "key", "receipt")
    )
    return {(kind, key): receipt for kind, key, receipt in rows}
