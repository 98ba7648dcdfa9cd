"""Pure questions: before a step, nothing or the reason why not; of a call for help, how its visit is known."""

from kernel.refusals import Refusal


def above_the_centre(report) -> Refusal | None:
    """There is somebody above whoever answered. The commission's own answer ends here; the law's ways stay open."""
    if report.accused_id is not None and report.organisation_id == report.accused_id:
        return None
    return Refusal("report.top", "这件事已由区卫生健康委答复。仍有意见的，可以拨打 12345 反映。", "004 五(三)")


def is_expected(alarm) -> bool:
    """Say whether the visit of a call is the one she was expected at, not one that she had set out for."""
    order = alarm.order
    return order is not None and (order.departed_at is None or order.departed_at > alarm.pressed_at)
