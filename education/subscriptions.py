"""What this app does when something is due, and what the trace learns of it."""

from datetime import time

READS = "education.reads"


def subscribe_all() -> None:
    from audit.subscribers import every_day, when_due

    when_due("education.exam_over", close_exam)
    when_due("education.training_soon", remind_assignment)
    when_due("education.training_late", note_late)
    when_due("education.publish", publish_post)
    every_day(READS, time(1))
    when_due(READS, keep_reads)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what our steps mean, and what belongs to an order."""
    from education.lifecycle import ARTICLE, COURSE, POST, PaperStatus, PostStatus
    from education.models import Handout
    from orders import rowwords, trace

    rowwords.learn("education.articlestep", ARTICLE, PaperStatus)
    rowwords.learn("education.coursestep", COURSE, PaperStatus)
    rowwords.learn("education.poststep", POST, PostStatus)
    trace.belongs(Handout)


def close_exam(due, now):
    from education import services

    services.close_exam(exam_id=int(due.object_id), now=now)


def remind_assignment(due, now):
    from education import services

    services.remind_assignment(assignment_id=int(due.object_id), now=now)


def note_late(due, now):
    from education import services

    services.note_late(assignment_id=int(due.object_id), now=now)


def publish_post(due, now):
    from education import services

    services.publish_post(post_id=int(due.object_id), now=now)


def keep_reads(due, now):
    from education import reads, services

    services.keep_reads(counted=reads.counted(now), now=now)
