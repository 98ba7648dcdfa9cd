"""Verbs that a form reaches by more than one way."""

from datetime import datetime
from typing import Any

from kernel.actors import Actor
from patients import services
from patients.models import Patient


def register(*, relation: str = "", by: Actor, now: datetime, **facts: Any) -> Patient:
    """Staff put a person on record at their centre; every other account registers its own family."""
    if by.orgs:
        return services.register(by=by, now=now, **facts)
    return services.register_for_family(relation=relation, by=by, now=now, **facts)
