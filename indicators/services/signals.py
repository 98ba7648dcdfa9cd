"""Keeping the months of complications and adverse events: reckoned from the rows, as often as one likes."""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from indicators import early, months, signals
from indicators.models import SignalCount


def count_signals(*, centres: Collection[int], month: date) -> int:
    """Write the lines of a month that differ from the rows, delete those behind which there is none; how many."""
    with transaction.atomic():
        kept = {
            (row.centre_id, row.item_number): row
            for row in SignalCount.objects.select_for_update().filter(centre__in=centres, month=month)
        }
        ought = signals.counted(centres=centres, month=month)
        gone = [row.pk for key, row in kept.items() if key not in ought]
        changed = [
            SignalCount(centre_id=key[0], item_number=key[1], month=month, visits=visits, events=events)
            for key, (visits, events) in ought.items()
            if key not in kept or (kept[key].visits, kept[key].events) != (visits, events)
        ]
        SignalCount.objects.filter(pk__in=gone).delete()
        SignalCount.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["centre", "month", "item_number"],
            update_fields=["visits", "events"],
        )  # fmt: skip
    return len(gone) + len(changed)


def prove_signals(*, centres: Collection[int], last: date) -> int:
    """Count every month that a comparison reads anew; how many lines differed."""
    return sum(count_signals(centres=centres, month=months.before(last, back)) for back in range(early.BACK + 1))
