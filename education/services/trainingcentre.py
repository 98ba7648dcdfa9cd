"""The commission's pool of experts and its training centre: who is in the pool, who holds which post, its meetings."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import broken_constraint, recording
from education.models import Expert, TrainingMeeting, TrainingSeat
from education.selectors.trainingcentre import pool
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, hidden

POOL = "001 二(二)6"
TAKEN = {
    "training_seat_one_director": Refusal("seat.director", "这段时间里已有一位主任，请先登记离任。", POOL, "kind"),
    "training_seat_one_for_an_expert": Refusal(
        "seat.expert", "这位专家在这段时间里已有职务，请先登记离任。", POOL, "expert_id"
    ),
}


def file_expert(
    *, district: Organization, name: str, field: str, title: str, organisation: str, starts_on: date | None, by: Actor,
    now: datetime,
) -> Expert:  # fmt: skip
    """Put somebody into the pool. :raises kernel.refusals.Refused: not this actor's, incomplete, or in it already"""
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区的专家库")
    given = {"name": name.strip(), "field": field.strip(), "title": title.strip(), "organisation": organisation.strip()}
    labels = {"name": "姓名", "field": "专业方向", "title": "职称", "organisation": "所在机构"}
    found = [Refusal(f"expert.{key}", f"请填写{labels[key]}。", POOL, key) for key, said in given.items() if not said]
    if starts_on is None or starts_on > timezone.localdate(now):
        found.append(Refusal("expert.starts_on", "入库日期请选择今天或以前。", POOL, "starts_on"))
    if found or starts_on is None:
        raise Invalid(*found)
    row = Expert(district=district, starts_on=starts_on, filed_by_id=by.account, filed_at=now, **given)
    try:
        with (
            transaction.atomic(),
            recording("education.expert_filed", target=row, by=by, now=now, organisation_id=district.pk),
        ):
            row.save(force_insert=True)
    except IntegrityError as broken:
        if broken_constraint(broken) != "expert_in_the_pool_once":
            raise
        raise Invalid(Refusal("expert.known", "这位专家已在库中。", POOL, "name")) from broken
    return row


def end_expert(*, expert_id: int, by: Actor, now: datetime) -> Expert:
    """
    Let somebody leave the pool today, and the training centre with it.

    :raises kernel.refusals.Refused: not this actor's, or gone before
    """
    with transaction.atomic():
        row = Expert.objects.select_for_update(of=("self",)).filter(pk=expert_id).first()
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise hidden("这位专家")
        if row.ends_on is not None:
            raise NotNow(Refusal("expert.gone", "这位专家已经出库。", POOL))
        with recording("education.expert_ended", target=row, by=by, now=now, organisation_id=row.district_id):
            row.ends_on = max(row.starts_on, timezone.localdate(now))
            row.save(update_fields=["ends_on"])
        held = row.seats.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=row.ends_on))
        for seat in held.select_for_update(of=("self",)):
            _leave(seat, by, now)
    return row


def appoint(
    *, district: Organization, kind: str, expert_id: int | None, starts_on: date | None, ends_on: date | None = None,
    duty: str = "", by: Actor, now: datetime,
) -> TrainingSeat:  # fmt: skip
    """
    Give an expert of the pool a post of the training centre, from one day to another or until further notice.

    The very same post given twice is one: the form was pressed twice.

    :raises kernel.refusals.Refused: not this actor's, nobody of the pool then or not that long, days that run
        backwards, or taken
    """
    _demand(district, by)
    found = []
    if kind not in TrainingSeat.Kind.values:
        found.append(Refusal("seat.kind", "请选择职务。", POOL, field="kind"))
    if starts_on is None or starts_on > timezone.localdate(now):
        found.append(Refusal("seat.starts_on", "任职日期请选择今天或以前。", POOL, field="starts_on"))
    elif ends_on is not None and ends_on < starts_on:
        found.append(Refusal("seat.ends_on", "离任日期请不要早于任职日期。", POOL, field="ends_on"))
    with transaction.atomic():
        # Two that keep each other out would else wait for each other, each behind its own row.
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        there = pool(district, starts_on).select_for_update(of=("self",))
        expert = None if expert_id is None else there.filter(pk=expert_id).first()
        if expert is None:
            said = "请选择任职那天在库的专家。"
            found.append(Refusal("seat.expert", said, POOL, field="expert_id"))
        elif expert.ends_on is not None and (ends_on is None or ends_on > expert.ends_on):
            said = f"这位专家 {expert.ends_on:%Y-%m-%d} 出库，请填写离任日期，不晚于那一天。"
            found.append(Refusal("seat.left_the_pool", said, POOL, field="ends_on"))
        if found or expert is None or starts_on is None:
            raise Invalid(*found)
        given = {"kind": kind, "duty": duty.strip(), "starts_on": starts_on, "ends_on": ends_on}
        if known := TrainingSeat.objects.filter(district=district, expert=expert, **given).first():
            return known
        row = TrainingSeat(district=district, expert=expert, filed_by_id=by.account, filed_at=now, **given)
        try:
            with (
                transaction.atomic(),
                recording("education.seat_taken", target=row, by=by, now=now, organisation_id=district.pk) as entry,
            ):
                row.save(force_insert=True)
                entry.data.update({"kind": kind, "expert": expert.pk})
        except IntegrityError as broken:
            name = broken_constraint(broken)
            if name not in TAKEN:
                raise
            raise Invalid(TAKEN[name]) from broken
    return row


def leave_seat(*, seat_id: int, by: Actor, now: datetime) -> TrainingSeat:
    """Let somebody leave a post today. :raises kernel.refusals.Refused: not this actor's, or left before"""
    with transaction.atomic():
        row = TrainingSeat.objects.select_for_update(of=("self",)).filter(pk=seat_id).first()
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise hidden("这个职务")
        if row.ends_on is not None and row.ends_on <= timezone.localdate(now):
            raise NotNow(Refusal("seat.left", "这个职务已经离任。", POOL))
        _leave(row, by, now)
    return row


def record_meeting(
    *, district: Organization, held_on: date | None, topic: str, experts: Iterable[int], decisions: str,
    guests: str = "", receipt: UUID | None = None, by: Actor, now: datetime,
) -> TrainingMeeting:  # fmt: skip
    """
    Put a meeting on record. The same receipt is answered with the record that it made.

    :raises kernel.refusals.Refused: not this actor's, a day to come, nobody of the pool, no words, or this receipt
        stands for other words
    """
    _demand(district, by)
    chosen = set(experts)
    found = []
    if held_on is None or held_on > timezone.localdate(now):
        found.append(Refusal("meeting.held_on", "会议日期请选择今天或以前。", POOL, field="held_on"))
    words = (("topic", topic, "议题", 100), ("decisions", decisions, "会议决定", 2000))
    for field, said, label, most in words:
        if not 2 <= len(said.strip()) <= most:
            found.append(Refusal(f"meeting.{field}", f"请写明{label}，不超过 {most} 个字。", POOL, field=field))
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)  # two presses would meet here
        given = {"held_on": held_on, "topic": topic.strip(), "guests": guests.strip(), "decisions": decisions.strip()}
        if known := _answered(receipt, by, chosen, district_id=district.pk, **given):
            return known
        there = list(pool(district, held_on).filter(pk__in=chosen))
        if not there or len(there) < len(chosen):
            said = "请选择参加会议的专家，会议那天都应在库。"
            found.append(Refusal("meeting.experts", said, POOL, field="experts"))
        if found or held_on is None:
            raise Invalid(*found)
        row = TrainingMeeting(
            district=district, receipt=receipt, recorded_by_id=by.account, recorded_at=now, **given
        )  # fmt: skip
        with recording("education.meeting_held", target=row, by=by, now=now, organisation_id=district.pk) as entry:
            row.save(force_insert=True)
            row.experts.set(there)
            entry.data["experts"] = len(there)
    return row


def strike_meeting(*, meeting_id: int, reason: str, by: Actor, now: datetime) -> TrainingMeeting:
    """Strike out a record that is wrong; it stays readable. :raises kernel.refusals.Refused: not ours, or no reason"""
    with transaction.atomic():
        row = TrainingMeeting.objects.select_for_update(of=("self",)).filter(pk=meeting_id).first()
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise hidden("这次会议")
        if not 2 <= len(reason.strip()) <= 200:
            raise Invalid(Refusal("meeting.reason", "请用 200 字以内写明作废的原因。", POOL, field="reason"))
        if row.struck_at is not None:
            raise NotNow(Refusal("meeting.struck", "这份会议记录已经作废。", POOL))
        with recording("education.meeting_struck", target=row, by=by, now=now, organisation_id=row.district_id):
            row.struck_at, row.struck_reason = now, reason.strip()
            row.save(update_fields=["struck_at", "struck_reason"])
    return row


def _demand(district: Organization, by: Actor) -> None:
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区的培训中心")


def _answered(receipt: UUID | None, by: Actor, experts: set[int], **given) -> TrainingMeeting | None:
    """
    Return what this showing of the form has made already: pressed twice, it is one record.

    Gone back to and changed, it is other words: they are refused, for nobody may believe that they were kept.
    """
    known = TrainingMeeting.objects.filter(receipt=receipt).first() if receipt else None
    if known is None:
        return None
    same = all(getattr(known, name) == value for name, value in {**given, "recorded_by_id": by.user_id}.items())
    if not same or set(known.experts.values_list("pk", flat=True)) != experts:
        words = "这张表单已保存过一次，这次写的与它不同，没有保存；原来的记录有误的，请先作废，再重新登记。"
        raise Invalid(Refusal("receipt.reused", words, POOL))
    return known


def _leave(row: TrainingSeat, by: Actor, now: datetime) -> None:
    with recording("education.seat_left", target=row, by=by, now=now, organisation_id=row.district_id):
        row.ends_on = max(row.starts_on, timezone.localdate(now))
        row.save(update_fields=["ends_on"])
