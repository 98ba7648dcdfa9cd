"""The verbs of reports, exports and packs for the city: the only writers of this app's tables."""

from reporting.services.exports import approve, ask, expire, fetch, refuse, withdraw
from reporting.services.packs import (
    acknowledge_pack,
    drop_pack,
    fetch_pack,
    give_up_sending,
    hand_over_pack,
    prepare_pack,
    send_back_pack,
    send_pack,
)
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
    "acknowledge_pack",
    "approve",
    "ask",
    "begin",
    "drop_pack",
    "expire",
    "fetch",
    "fetch_pack",
    "give_up_sending",
    "hand_over_pack",
    "prepare_pack",
    "publish",
    "reckon",
    "refuse",
    "retract",
    "return_for_changes",
    "revise",
    "send_back_pack",
    "send_pack",
    "submit",
    "take_back",
    "withdraw",
    "write",
]
