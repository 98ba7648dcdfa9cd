"""Numbers that people read out over the phone: a letter, the day, a running number. Unique, never re-used."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def next_number(letter: str, *, now: datetime) -> str:
    """Return e.g. ``S26112100042``: S request, D order, X prescription; gaps are harmless."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit.number')")
        (n,) = cursor.fetchone()
    return f"{letter}{timezone.localtime(now):%y%m%d}{n:05d}"
