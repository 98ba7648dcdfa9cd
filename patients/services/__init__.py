"""The verbs about patients: the only writers of this app's tables."""

from patients.services.consents import publish_text, sign, withdraw_consent
from patients.services.copies import export
from patients.services.drafts import forget_draft, keep_draft
from patients.services.erasures import ask_erasure, decide_erasure
from patients.services.identity import compare_identity, correct_identity, record_identity_check, reveal
from patients.services.invitations import end_invitation, invite_proxy, take_invitation
from patients.services.merging import merge
from patients.services.people import change_address, correct, register, register_for_family
from patients.services.proxies import add_proxy, end_proxy, extend_proxy, link_account, link_family, prove_proxy
from patients.services.uploads import show_upload, upload

__all__ = [
    "add_proxy",
    "ask_erasure",
    "change_address",
    "compare_identity",
    "correct",
    "correct_identity",
    "decide_erasure",
    "end_invitation",
    "end_proxy",
    "export",
    "extend_proxy",
    "forget_draft",
    "invite_proxy",
    "keep_draft",
    "link_account",
    "link_family",
    "merge",
    "prove_proxy",
    "publish_text",
    "record_identity_check",
    "register",
    "register_for_family",
    "reveal",
    "show_upload",
    "sign",
    "take_invitation",
    "upload",
    "withdraw_consent",
]
