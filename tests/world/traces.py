"""What stands in the trace, read as an auditor would: straight from the table."""

from collections import namedtuple

from django.db import connection

Act = namedtuple("Act", "kind actor_id role organisation_id subject_id reason data")


def acts(action: str) -> list[Act]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, actor_id, role, organisation_id, subject_id, reason, data"
            " FROM audit.event WHERE action = %s ORDER BY id",
            [action],
        )
        return [Act(*row) for row in cursor.fetchall()]


def act(action: str) -> Act:
    """The only act of that name."""
    (only,) = acts(action)
    return only
