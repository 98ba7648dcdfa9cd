"""Reads of complaints and incidents, complete: no query per row."""

from kernel.actors import Actor
from safety import access


def complaints(*, actor: Actor):
    """Complaints that this actor may see, newest first."""
    return (
        access.complaints_visible_to(actor)
        .select_related("order", "patient", "centre", "opened_by", "closed_by")
        .order_by("-pk")
    )


def incidents(*, actor: Actor):
    """Incidents that this actor may see, newest first."""
    return (
        access.incidents_visible_to(actor)
        .select_related("order__patient", "order__nurse__user", "centre", "closed_by")
        .order_by("-pk")
    )


def open_incidents(*, actor: Actor):
    return incidents(actor=actor).filter(closed_at__isnull=True)
