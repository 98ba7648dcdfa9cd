"""Refusals: what a user can cause, in words that a user can understand, with the rule's clause."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule's answer: a stable code, a Chinese sentence, the clause it rests on ("ours" rules have none)."""

    code: str
    sentence: str
    clause: str = ""
    field: str = ""


class Refused(Exception):
    """
    An act that is not done, and why.

    Carries every reason that was found, most important first; ``code``, ``sentence`` and ``clause`` are the
    first one's. ``http_status`` is read by the API's one exception handler.
    """

    http_status = 409

    def __init__(self, *reasons: Refusal):
        if not reasons:
            raise ValueError("a refusal without a reason helps nobody")
        self.recorded = False  # whether the trace has it already
        self.reasons: tuple[Refusal, ...] = reasons
        super().__init__(reasons[0].sentence)

    @classmethod
    def because(cls, code: str, sentence: str, clause: str = "", field: str = "") -> "Refused":
        return cls(Refusal(code, sentence, clause, field))

    @property
    def code(self) -> str:
        return self.reasons[0].code

    @property
    def sentence(self) -> str:
        return self.reasons[0].sentence

    @property
    def clause(self) -> str:
        return self.reasons[0].clause

    @property
    def field_errors(self) -> dict[str, list[str]]:
        errors: dict[str, list[str]] = {}
        for reason in self.reasons:
            if reason.field:
                errors.setdefault(reason.field, []).append(reason.sentence)
        return errors


class Hidden(Refused):
    """The record may exist, but not for this actor."""

    http_status = 404


class NotYours(Refused):
    """The actor sees the record, but this act belongs to another role."""

    http_status = 403


class NotNow(Refused):
    """The record is in a status from which this step does not start."""


class Stale(Refused):
    """Someone else moved the record since this client last read it."""


class Unmet(Refused):
    """A rule or a precondition does not hold."""

    http_status = 422


class Invalid(Refused):
    """What was handed in is wrong in itself; reasons name their fields."""

    http_status = 422


def hidden(what: str = "这条记录") -> Hidden:
    """Answer for "not there" and "not for you" alike, so that nobody can tell them apart."""
    return Hidden(Refusal("not_found", f"没有找到{what}，或您没有查看权限。"))


def demand(reasons: Sequence[Refusal]) -> None:
    """Raise :class:`Unmet` with all reasons, or return when there is none."""
    if reasons:
        raise Unmet(*reasons)


def demand_words(text: str, sentence: str, clause: str = "") -> None:
    """Raise :class:`Invalid` beside ``reason`` unless somebody wrote something there."""
    if not text.strip():
        raise Invalid(Refusal("reason.missing", sentence, clause, field="reason"))
