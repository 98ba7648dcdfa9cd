"""What must already be so before a step: pure questions, answered with nothing or with the reason."""

from kernel.refusals import Refusal


def reviewed_by_another(row) -> Refusal | None:
    """Say that nobody reviews what they wrote themselves."""
    if row.reviewed_by_id is None or row.reviewed_by_id == row.written_by_id:
        return Refusal("paper.four_eyes", "起草和审核不能是同一个人，请由另一位审核后再发布。", "000 二(五)")
    return None
