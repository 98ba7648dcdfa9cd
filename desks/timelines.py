"""What happened to a request or an order, as the timeline part shows it."""

from kernel.workflow import Workflow


def timeline(steps, workflow: Workflow, looks: dict) -> list[dict]:
    """What happened, oldest first, with who did it and why."""
    return [
        {
            "title": workflow[step.name].label,
            "at": step.taken_at,
            "note": str(step.taken_by) if step.taken_by_id else "平台自动处理",
            "detail": step.reason,
            "state": "alert" if looks[step.to_status].family == "alert" else "done",
        }
        for step in steps
    ]
