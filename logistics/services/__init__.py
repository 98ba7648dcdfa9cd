"""The verbs of tubes and bags: the only writers of this app's tables."""

from logistics.services.exports import export_register
from logistics.services.specimens import collect, hand_over, lose_specimen, receive, reject, result, tell
from logistics.services.waste import declare, declare_none, hand_in, lose_bag, remove, remove_bags, seal, withdraw

__all__ = [
    "collect",
    "declare",
    "declare_none",
    "export_register",
    "hand_in",
    "hand_over",
    "lose_bag",
    "lose_specimen",
    "receive",
    "reject",
    "remove",
    "remove_bags",
    "result",
    "seal",
    "tell",
    "withdraw",
]
