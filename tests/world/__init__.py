"""
Builders for tests: plain functions, every argument optional, one world per test.

A request or an order is brought to a status by the real verbs, so no test can start from a state that production
could not reach.
"""

from tests.world.chain import (
    complete_record,
    examine,
    fresh,
    full_sections,
    houses,
    neighbour,
    order,
    request,
    sign,
    town,
)
from tests.world.places import NOW, SETUP, TODAY, last_nine

__all__ = [
    "NOW",
    "SETUP",
    "TODAY",
    "complete_record",
    "examine",
    "fresh",
    "full_sections",
    "houses",
    "last_nine",
    "neighbour",
    "order",
    "request",
    "sign",
    "town",
]
