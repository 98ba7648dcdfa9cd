"""Where a day begins, for reads that ask about one."""

from datetime import date, datetime

from django.utils import timezone


def beginning(day: date) -> datetime:
    """Midnight of the district's clock."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
