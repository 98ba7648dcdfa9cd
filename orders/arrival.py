"""What shows that a nurse was at a door, and how sure it is. Pure, apart from the key behind the code of the door."""

from collections.abc import Iterable

from django.utils.crypto import constant_time_compare, salted_hmac

from orders.presence import ArrivalProof

Kind, Grade = ArrivalProof.Kind, ArrivalProof.Grade
DOOR_TRIES = 5
# What counts for more stands first; a place in doubt is no proof.
STRONGEST = (Kind.SCAN, Kind.CODE, Kind.FAMILY, Kind.PLACE, Kind.WORDS)


def grade(*, known: bool, distance_m: float | None, accuracy_m: float | None, far_metres: int) -> str:
    """
    How far a phone's place can be believed: there, doubtful, or unknown.

    Doubtful is what is too far, too coarse to tell, or cannot be compared because the home has no coordinates.
    """
    if not known:
        return Grade.UNKNOWN
    if distance_m is None or accuracy_m is None or max(distance_m, accuracy_m) > far_metres:
        return Grade.DOUBTFUL
    return Grade.THERE


def door_code(order) -> str:
    """
    The four digits that the patient reads out at the door.

    Not the visit code: whoever knows that one can confirm the whole visit, and it is told at its end only.
    """
    digest = salted_hmac("orders.door", f"{order.pk}:{order.visit_code}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10_000:04d}"


def opens(order, code: str) -> bool:
    return constant_time_compare(code.strip(), door_code(order))


def best(proofs: Iterable[ArrivalProof]) -> ArrivalProof | None:
    """The strongest of what was kept, or None: then only the nurse's word stands for her coming."""
    known = {proof.kind: proof for proof in proofs if counts(proof)}
    return next((known[kind] for kind in STRONGEST if kind in known), None)


def counts(proof: ArrivalProof) -> bool:
    return proof.kind != Kind.PLACE or proof.grade == Grade.THERE


def described(proofs: Iterable[ArrivalProof]) -> list[str]:
    """What was kept, in words, the strongest first."""
    ranked = sorted(proofs, key=lambda proof: (not counts(proof), STRONGEST.index(proof.kind)))
    return [said(proof) for proof in ranked]


def said(proof: ArrivalProof) -> str:
    if proof.kind == Kind.PLACE:
        return f"手机定位：{proof.get_grade_display()}"
    return f"{proof.get_kind_display()}：{proof.words}" if proof.words else proof.get_kind_display()
