"""What this app does when something is due, and what the trace learns of it."""

from reporting.lifecycle import EXPORT, PACK, SUMMARY, ExportStatus, PackStatus, SummaryStatus


def subscribe_all() -> None:
    from audit.subscribers import when_due

    when_due("export.expire", expire)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what our steps mean."""
    from orders import rowwords, trace

    rowwords.learn("reporting.summarystep", SUMMARY, SummaryStatus)
    rowwords.learn("reporting.exportstep", EXPORT, ExportStatus)
    rowwords.learn("reporting.citypackstep", PACK, PackStatus)
    trace.ACTIONS.update({step.event: f"{step.label}（工作报告）" for step in SUMMARY.steps})
    trace.ACTIONS.update({step.event: f"{step.label}（数据导出）" for step in EXPORT.steps})
    trace.ACTIONS.update({step.event: f"{step.label}（市质控报送）" for step in PACK.steps})


def expire(due, now):
    from reporting import services

    services.expire(export_id=int(due.object_id), now=now)
