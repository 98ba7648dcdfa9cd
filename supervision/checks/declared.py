"""The shape of a check, and the facts that stand before each query."""

from dataclasses import dataclass

DAYS_TO_RECTIFY = 7

# The tree is three deep: commission, lead hospital, centre.
FACTS = """
WITH place AS (
    SELECT c.id
    FROM accounts_organization c
    LEFT JOIN accounts_organization p ON p.id = c.parent_id
    LEFT JOIN accounts_organization g ON g.id = p.parent_id
    WHERE coalesce(g.id, p.id, c.id) = %(district)s
), visit AS (
    SELECT o.id, o.number, o.centre_id, o.nurse_id, o.patient_id, o.address_id, o.prescription_id, o.visit_record_id,
           o.edition_id, o.needs_two, o.arrived_at, o.finished_at, o.planned_start, o.window_start, o.window_end,
           (o.arrived_at AT TIME ZONE %(tz)s)::date AS day
    FROM orders_order o JOIN place ON place.id = o.centre_id
    WHERE o.arrived_at IS NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Check:
    """
    One rule that data can show to be broken; ``days`` is how long a finding of it may take to be put right.

    ``present``: it asks how somebody stands today, and its key names only whom. What was excused may break out again.
    """

    code: str
    title: str
    sentence: str
    clause: str
    sql: str
    group: str
    days: int = DAYS_TO_RECTIFY
    present: bool = False
