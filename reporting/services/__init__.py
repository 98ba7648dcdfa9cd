"""The verbs of reports and exports: the only writers of this app's tables."""

from reporting.services.exports import approve, ask, expire, fetch, refuse, withdraw
from reporting.services.summaries import (
    accept,
    begin,
    publish,
    reckon,
    retract,
    return_for_changes,
    revise,
    submit,
    take_back,
    write,
)

__all__ = [
    "accept",
    "approve",
    "ask",
    "begin",
    "expire",
    "fetch",
    "publish",
    "reckon",
    "refuse",
    "retract",
    "return_for_changes",
    "revise",
    "submit",
    "take_back",
    "withdraw",
    "write",
]
