"""Turns that transactions take, where each must see what the other did and no row is there to be locked."""

from django.db import connection


def one_at_a_time(*keys: str) -> None:
    """
    Let transactions that ask for one of these names go one after another, until each ends.

    Always asked for in one order, so that no two wait for each other.
    """
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
