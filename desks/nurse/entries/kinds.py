"""The shape of an entry: what was said, who does it, and how its part of the page looks afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict

from desks.steps import Outcome
from kernel.actors import Actor
from kernel.refusals import Refusal
from orders.models import Order


@dataclass(frozen=True)
class Said:
    """
    One entry as it is to be done. ``key`` is what it is about (a measurement's key, a step's id, or nothing), ``at``
    when it happened and ``now`` when it arrived.
    """

    request: HttpRequest
    order: Order
    key: str
    fields: QueryDict
    files: Mapping[str, Any]
    at: datetime
    now: datetime

    @property
    def actor(self) -> Actor:
        return self.request.actor


@dataclass(frozen=True)
class Kind:
    """
    ``act`` does what was said. ``show(page, key, outcome)`` is the part of the record as HTML whose root carries the
    part's id. An entry that ``moves`` the visit on holds up those behind it when it is refused. One that is ``heard``
    is acted on whosever the visit is by now.
    """

    act: Callable[[Said], Outcome]
    show: Callable[[Any, str, Outcome], str] | None = None
    moves: bool = False
    heard: bool = False


def refusals(outcome: Outcome) -> list[Refusal]:
    """Every reason of an outcome, those of a form among them."""
    known = {reason.sentence for reason in outcome.reasons}
    return [
        *outcome.reasons,
        *(
            Refusal("entry.value", said, field=field)
            for field, several in outcome.errors.items()
            for said in several
            if said not in known
        ),
    ]
