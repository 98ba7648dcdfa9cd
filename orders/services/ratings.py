"""Rating after completion (订单完成后进行评价记录, 002 五(六)2; the four questions of 000 二(三))."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Refused, hidden
from orders import access
from orders.lifecycle import MANAGE, RATEABLE
from orders.models import Order, Rating

CLAUSE = "002 五(六)2"
QUESTIONS = ("on_time", "explained", "asked", "observed")


def rate(*, order_id, answers: dict[str, int], comment: str = "", by: Actor, now: datetime) -> Rating:
    """
    Answer the four questions (1 to 5), once.

    :raises kernel.refusals.Refused: not completed, rated before, or not the family's own order
    """
    faults = [
        Refusal("rating.answer", "请为这一项选择 1 到 5 分。", CLAUSE, field=key)
        for key in QUESTIONS
        if answers.get(key) not in range(1, 6)
    ]
    if len(comment) > 300:
        faults.append(Refusal("rating.comment", "想说的话请控制在 300 字以内。", field="comment"))
    if faults:
        raise Invalid(*faults)
    with transaction.atomic():
        row = Order.objects.select_for_update(of=("self",)).select_related("nurse").filter(pk=order_id).first()
        if row is None or not (worn := access.order_hats(by, row)):
            raise hidden("这份订单")
        family = worn & {Role.PATIENT, Role.PROXY}
        if not family or (Role.PATIENT not in family and MANAGE not in access.scopes(by, row)):
            raise NotYours(Refusal("rating.family", "评价由服务对象或其代办人填写。", CLAUSE))
        if row.status not in RATEABLE:
            raise NotNow(Refusal("rating.not_completed", "服务确认完成后才能评价。", CLAUSE))
        rating = Rating(
            order=row, centre_id=row.centre_id, comment=comment.strip(), rated_by_id=by.user_id, rated_at=now,
            **{key: answers[key] for key in QUESTIONS},
        )  # fmt: skip
        try:
            with transaction.atomic():
                rating.save()
        except IntegrityError as twice:
            raise Refused.because("rating.once", "这次服务已经评价过了，谢谢您。", CLAUSE) from twice
        with recording(
            "orders.rated", target=row, by=by, now=now, role=sorted(family)[0], subject_id=row.patient_id
        ) as entry:
            entry.payload["rating"] = rating.pk
    return rating


def reply_to_rating(*, order_id, reply: str, by: Actor, now: datetime) -> Rating:
    """The centre answers once, in words that the family sees."""
    if not reply.strip():
        raise Invalid(Refusal("rating.reply", "请写下回复内容。", field="reply"))
    with transaction.atomic():
        rating = Rating.objects.select_for_update(of=("self",)).select_related("order").filter(order=order_id).first()
        if rating is None or rating.centre_id not in by.orgs_as(Role.DISPATCHER, Role.CENTRE_ADMIN):
            raise hidden("这条评价")
        if rating.replied_at:
            raise Refused.because("rating.replied", "中心已经回复过这条评价。")
        with recording("orders.rating_replied", target=rating.order, by=by, now=now):
            rating.reply, rating.replied_by_id, rating.replied_at = reply.strip()[:300], by.user_id, now
            rating.save(update_fields=["reply", "replied_by", "replied_at"])
    return rating
