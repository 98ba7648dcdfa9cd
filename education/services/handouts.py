"""An article handed to a family: at a visit or by the doctor; what it kept of it, and what it says itself."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.roles import Role
from audit.services import recording
from education import rules, selectors
from education.lifecycle import MEDICINE, TAUGHT
from education.models import Handout
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, hidden
from orders.access import order_hats, request_hats
from orders.models import Order, ServiceRequest
from patients import access as patients

MOST_AT_ONCE = 6


def hand_out(
    *, order_id: int, article_ids: Iterable[int], way: str, note: str = "", by: Actor, now: datetime
) -> list[Handout]:
    """
    Hand articles to the family of a visit, each once; the visit's nurse does it from her arrival on.

    :raises kernel.refusals.Refused: not her visit, before or long after it, nothing chosen
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",), no_key=True).filter(pk=order_id).first()
        if order is None or not (worn := order_hats(by, order)):
            raise hidden("这份订单")
        if Role.NURSE not in worn:
            raise NotYours(Refusal("handout.nurse", "健康教育由上门的护士发送，不在您的权限内。", TAUGHT))
        if order.arrived_at is None:
            raise NotNow(Refusal("handout.not_there", "到达签到以后，才能发送健康教育。", TAUGHT))
        if order.finished_at and now > order.finished_at + rules.AFTER_VISIT:
            said = f"上门结束已超过 {rules.AFTER_VISIT.days} 天，请在下次上门时发送。"
            raise NotNow(Refusal("handout.over", said, TAUGHT))
        found = _judged(order.centre, article_ids, way, note)
        known = set(Handout.objects.filter(order=order).values_list("article", flat=True))
        return _hand(order, [one for one in found if one.pk not in known], way, note, by, now, Role.NURSE, order=order)


def recommend(*, request_id: int, article_ids: Iterable[int], note: str = "", by: Actor, now: datetime):
    """
    Let the doctor send guidance on medicines or care to the family, apart from any visit (003 二(六)17).

    :raises kernel.refusals.Refused: not a doctor of this centre, nothing chosen
    """
    with transaction.atomic():
        row = ServiceRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk=request_id).first()
        if row is None or not (worn := request_hats(by, row)):
            raise hidden("这份申请")
        if Role.DOCTOR not in worn:
            raise NotYours(Refusal("handout.doctor", "用药指导由家庭医生发送，不在您的权限内。", MEDICINE))
        found = _judged(row.centre, article_ids, Handout.Way.WRITTEN, note)
        return _hand(row, found, Handout.Way.WRITTEN, note, by, now, Role.DOCTOR)


def record_teach_back(*, handout_id: int, result: str, by: Actor, now: datetime) -> Handout:
    """
    Record how much of it the family could say or show again, where the visit's record does not say so already.

    :raises kernel.refusals.Refused: another nurse's, no answer, or the record has one
    """
    with transaction.atomic():
        rows = Handout.objects.select_for_update(of=("self",)).select_related("order", "article")
        row = rows.filter(pk=handout_id).first()
        if row is None or row.order is None or Role.NURSE not in order_hats(by, row.order):
            raise hidden("这条健康教育")
        if result not in Handout.TeachBack.values:
            raise Invalid(Refusal("handout.teach_back", "请选择复述或演示的结果。", TAUGHT, "teach_back"))
        if said := selectors.teach_back_of(row.order):
            sentence = f"这次护理记录已记有教育效果「{said}」，以记录为准。"
            raise Unmet(Refusal("handout.in_record", sentence, TAUGHT))
        with recording("education.taught_back", target=row, by=by, now=now, role=Role.NURSE):
            row.teach_back, row.taught_at, row.taught_by_id = result, now, by.account
            row.save(update_fields=["teach_back", "taught_at", "taught_by"])
    return row


def note_read(*, handout_id: int, clear: bool, by: Actor, now: datetime) -> Handout:
    """Let the family say that it has read an article, and whether it is clear; it may say so anew."""
    with transaction.atomic():
        row = Handout.objects.select_for_update(of=("self",)).filter(pk=handout_id).first()
        if row is None or row.patient_id not in patients.read_by_family(by):
            raise patients.out_of_sight(by, Handout.objects.filter(pk=handout_id), "这条健康教育")
        with recording("education.handout_read", target=row, by=by, now=now) as entry:
            row.read_at, row.read_by_id, row.clear = now, by.account, clear
            row.save(update_fields=["read_at", "read_by", "clear"])
            entry.payload.update({"clear": clear, "nurse": row.sent_by_id})
    return row


def _judged(centre, article_ids, way, note):
    wanted, found = set(article_ids), []
    articles = list(selectors.readable(centre).filter(pk__in=wanted)) if len(wanted) <= MOST_AT_ONCE else []
    if not wanted or len(articles) != len(wanted):
        said = f"请选择 1 到 {MOST_AT_ONCE} 篇文章。"
        found.append(Refusal("handout.articles", said, TAUGHT, "articles"))
    if way not in Handout.Way.values:
        found.append(Refusal("handout.way", "请选择健康教育的方式。", TAUGHT, "way"))
    if len(note.strip()) > 200:
        found.append(Refusal("handout.note", "叮嘱请不要超过 200 个字。", TAUGHT, "note"))
    if found:
        raise Invalid(*found)
    return articles


def _hand(target, articles, way, note, by, now, role, *, order=None) -> list[Handout]:
    """One act and one message, however many articles; of none, nothing."""
    if not articles:
        return []
    made = [
        Handout(
            article=one, patient_id=target.patient_id, centre_id=target.centre_id, order=order, sent_by_id=by.account,
            sent_at=now, way=way, note=note.strip(),
        )
        for one in articles
    ]  # fmt: skip
    with recording("education.handed_out", target=target, by=by, now=now, role=role) as entry:
        for one in made:
            one.save(force_insert=True)
        entry.data["articles"] = [f"{one.article.code}:{one.article.edition}" for one in made]
    return made
