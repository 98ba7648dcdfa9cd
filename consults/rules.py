"""What may be said in a consult: pure questions."""

from kernel.refusals import Refusal

LONGEST = 500


def words(said: str, *, what: str, shortest: int = 2) -> Refusal | None:
    """Say why these words cannot stand in a consult, or nothing."""
    length = len(said.strip())
    if length < shortest:
        return Refusal("consult.words", f"请写下{what}。", "000 四(十一)", field="words")
    if length > LONGEST:
        return Refusal("consult.long", f"{what}请不要超过 {LONGEST} 个字。", "000 四(十一)", field="words")
    return None
