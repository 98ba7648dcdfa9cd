"""The verbs about patients: the only writers of this app's tables."""

from patients.services.consents import publish_text, sign, withdraw_consent
from patients.services.identity import compare_identity, correct_identity, record_identity_check, reveal
from patients.services.people import change_address, correct, register, register_for_family
from patients.services.proxies import add_proxy, end_proxy, link_account, prove_proxy
from patients.services.uploads import show_upload, upload

__all__ = [
    "add_proxy",
    "change_address",
    "compare_identity",
    "correct",
    "correct_identity",
    "end_proxy",
    "link_account",
    "prove_proxy",
    "publish_text",
    "record_identity_check",
    "register",
    "register_for_family",
    "reveal",
    "show_upload",
    "sign",
    "upload",
    "withdraw_consent",
]
