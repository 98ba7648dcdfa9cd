"""What stands in the trace, read as an auditor would: straight from the table."""

from collections import namedtuple

from django.db import connection
from django.db.models import Max

from audit.models import Event

Act = namedtuple("Act", "kind actor_id role organisation_id subject_id reason data")


_begun = {"after": 0}


def begin() -> None:
    """
    Count from here: the trace cannot be emptied between tests, so tests that commit leave theirs behind.

    Every world begins with this (:func:`tests.world.places.district`).
    """
    _begun["after"] = Event.objects.aggregate(newest=Max("id"))["newest"] or 0


def begun() -> int:
    """The last event before this test's world."""
    return _begun["after"]


def events():
    """What people and the platform have done since this test's world began."""
    return Event.objects.filter(id__gt=_begun["after"]).exclude(kind=Event.Kind.ROW)


def rows(*labels: str):
    """What the database saw change since this test's world began, in the tables of these models."""
    return Event.objects.filter(id__gt=_begun["after"], kind=Event.Kind.ROW, object_type__in=labels).order_by("id")


def acts(action: str) -> list[Act]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, actor_id, role, organisation_id, subject_id, reason, data"
            " FROM audit.event WHERE action = %s AND id > %s ORDER BY id",
            [action, _begun["after"]],
        )
        return [Act(*row) for row in cursor.fetchall()]


def act(action: str) -> Act:
    """The only act of that name."""
    (only,) = acts(action)
    return only
