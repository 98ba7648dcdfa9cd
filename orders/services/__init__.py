"""The verbs on requests and orders: the only writers of this app's tables."""

from orders.services.appeals import file_appeal, reject_appeal, uphold_appeal
from orders.services.arrival import prove_arrival, vouch_arrival
from orders.services.bookings import check_booking
from orders.services.closing import close
from orders.services.consequences import (
    pull_back,
    pull_back_what_is_barred,
    pull_back_where_not_served,
    stop_without_consent,
    stop_without_prescription,
    withdraw_consent,
)
from orders.services.courses import book_course
from orders.services.dispatch import accept, decline, expire, give_back, move, offer, recall, reschedule
from orders.services.evidence import export_events, export_evidence
from orders.services.moving import move_home
from orders.services.orders import cancel, consent, create
from orders.services.plans import apply_plan, ask_lending, ask_plan, discard_plan
from orders.services.ratings import rate, reply_to_rating
from orders.services.reconsent import ask_again, follow_text
from orders.services.renewals import renew
from orders.services.requests import (
    decline_request,
    find_unsuitable,
    plan_assessment,
    prescribe,
    receive,
    record_referral_outcome,
    refer,
    submit,
    withdraw,
)
from orders.services.returns import set_return
from orders.services.signing import sign_again, sign_visit
from orders.services.visits import abort, check_in, confirm, confirm_silently, depart, finish, miss, object_to, settle
from orders.services.waiting import wait
from orders.services.whereabouts import forget_places, share_place, switch_sharing

__all__ = [
    "abort",
    "accept",
    "apply_plan",
    "ask_again",
    "ask_lending",
    "ask_plan",
    "book_course",
    "cancel",
    "check_booking",
    "check_in",
    "close",
    "confirm",
    "confirm_silently",
    "consent",
    "create",
    "decline",
    "decline_request",
    "discard_plan",
    "depart",
    "expire",
    "export_events",
    "export_evidence",
    "file_appeal",
    "find_unsuitable",
    "finish",
    "follow_text",
    "forget_places",
    "give_back",
    "miss",
    "move",
    "move_home",
    "object_to",
    "offer",
    "plan_assessment",
    "prescribe",
    "prove_arrival",
    "pull_back",
    "pull_back_what_is_barred",
    "pull_back_where_not_served",
    "rate",
    "recall",
    "receive",
    "record_referral_outcome",
    "refer",
    "reject_appeal",
    "renew",
    "reply_to_rating",
    "reschedule",
    "set_return",
    "settle",
    "share_place",
    "sign_again",
    "sign_visit",
    "stop_without_consent",
    "stop_without_prescription",
    "submit",
    "switch_sharing",
    "uphold_appeal",
    "vouch_arrival",
    "wait",
    "withdraw",
    "withdraw_consent",
]
