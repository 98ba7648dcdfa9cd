"""
Each compliance check, declared once as data: what to look for, in whose words, by which clause, and the query.

A check's ``sql`` is one SELECT of ``key, organisation_id, since, words, order_id, nurse_id``; no row is the goal. It
reads facts and dates, never what a step once promised, so it finds as well what went past the doors. Before it stand
:data:`FACTS`: ``place`` (the district's institutions) and ``visit`` (every visit that has arrived, with its day).
"""

from supervision.checks.centres import CENTRES
from supervision.checks.declared import FACTS, Check
from supervision.checks.later import LATER
from supervision.checks.nurses import NURSES
from supervision.checks.papers import PAPERS

CHECKS: dict[str, Check] = {check.code: check for check in (*NURSES, *PAPERS, *CENTRES, *LATER)}

__all__ = ["CHECKS", "FACTS", "Check"]
