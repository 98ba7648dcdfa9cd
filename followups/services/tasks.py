"""One follow-up: it falls due, is answered or tried in vain, is missed; an answer is judged as it is written."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from audit.services import promise
from followups import rules
from followups.access import FAMILY
from followups.doors import PLANS, TASKS
from followups.lifecycle import PLAN, SYSTEMATIC, TASK_MISSED, TASK_OPEN, TaskStatus
from followups.models import Answer, FollowUp, FollowUpPlan, Level
from followups.services.green import open_green
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, demand_words


def answer(
    *, follow_up_id: int, answers: Mapping, note: str = "", how: str = "", by: Actor, now: datetime, **seen
) -> FollowUp:
    """
    Keep what was answered, by the family online or by staff on the phone. A red one opens the green channel at once;
    the last one completes the plan.

    :raises kernel.refusals.Refused: a question is open, an answer cannot be read, or it is not the time
    """

    def change(row, entry):
        questions = row.questionnaire.questions
        read, found = rules.read(questions, answers)
        family = row.patient_id in by.patients_as(*FAMILY)
        said = Answer.How.ONLINE if family else how
        if said not in Answer.How.values or (said == Answer.How.ONLINE) != family:
            found.append(Refusal("answer.how", "请选择是电话还是上门问的。", SYSTEMATIC, "how"))
        if found:
            raise Invalid(*found)
        level, findings = rules.judge(questions, read)
        kept = Answer(
            follow_up=row, patient_id=row.patient_id, centre_id=row.centre_id, questionnaire=row.questionnaire,
            answers=read, level=level, findings=findings, note=note.strip()[:300], how=said,
            answered_by_id=by.account, answered_at=now,
        )  # fmt: skip
        kept.save(force_insert=True)
        row.done_at = now
        entry.data["level"] = level
        entry.payload["level"] = level
        if level == Level.RED:
            open_green(answer=kept, by=system("followups.red_answer"), now=now)

    inputs = {"answers": {key: answers.get(key) for key in _asked(follow_up_id)}, "note": note, "how": how}
    with transaction.atomic():
        row = TASKS.take("answer", follow_up_id, by=by, now=now, change=change, inputs=inputs, **seen)
        _complete(row.plan_id, now)
    return row


def try_call(*, follow_up_id: int, words: str, by: Actor, now: datetime, **seen) -> FollowUp:
    """Note that nobody could be reached. :raises kernel.refusals.Refused: nobody said how it was tried"""
    demand_words(words, "请写明怎样联系、为什么没有接通。", SYSTEMATIC)

    def change(row, entry):
        row.tries += 1
        stays.append(TaskStatus.MISSED if row.status in TASK_MISSED else TaskStatus.DUE)

    stays: list[str] = []
    return TASKS.take(
        "try", follow_up_id, by=by, now=now, change=change, reason=words.strip()[:300], to=lambda: stays[-1],
        inputs={"words": words}, **seen,
    )  # fmt: skip


def cancel(*, follow_up_id: int, reason: str, by: Actor, now: datetime, **seen) -> FollowUp:
    """Leave one follow-up out. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明取消这次随访的原因。", SYSTEMATIC)
    with transaction.atomic():
        row = TASKS.take("cancel", follow_up_id, by=by, now=now, reason=reason.strip()[:300], **seen)
        _complete(row.plan_id, now)
    return row


def fall_due(*, follow_up_id: int, now: datetime) -> FollowUp:
    """Put a follow-up on the desk's list and tell the family. :raises kernel.refusals.NotNow: it was cancelled"""

    def change(row, entry):
        entry.payload["kind"] = row.kind
        end = timezone.make_aware(datetime.combine(row.late_after + timedelta(days=1), time()))
        promise(kind="followup.missed", key=f"followup.missed:{row.pk}", object_id=row.pk, due_at=end)

    return TASKS.take("fall_due", follow_up_id, by=system("followups"), now=now, change=change)


def miss(*, follow_up_id: int, now: datetime) -> FollowUp:
    """List a follow-up as overdue and tell the desk. :raises kernel.refusals.NotNow: it was done or cancelled"""
    return TASKS.take("miss", follow_up_id, by=system("followups"), now=now)


def _complete(plan_id: int, now: datetime) -> None:
    """A plan of which nothing is left to do is complete."""
    plan = FollowUpPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan_id)
    left = FollowUp.objects.filter(plan=plan, status__in=sorted(TASK_OPEN)).exists()
    if left or plan.status not in PLAN["complete"].from_:
        return

    def change(row, entry):
        row.over_at = now

    PLANS.take("complete", plan_id, by=system("followups"), now=now, change=change)


def _asked(follow_up_id: int) -> list[str]:
    row = FollowUp.objects.select_related("questionnaire").filter(pk=follow_up_id).first()
    return [one["key"] for one in row.questionnaire.questions] if row else []
