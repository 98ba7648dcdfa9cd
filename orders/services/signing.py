"""Signing for a visit on the nurse's phone, which confirms it (线上确认, 002 五(六)2)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import NotNow, NotYours, Refusal, Stale, demand, demand_words, hidden
from orders import ink, summary
from orders.doors import ORDERS
from orders.models import Order, VisitSignature
from orders.services.closing import close_request_if_done
from patients.models import Upload

CLAUSE = "002 五(六)2"
AGAIN_WITHIN = timedelta(days=1)
MOST_WORDS = 20_000
Method, Capacity = VisitSignature.Method, VisitSignature.Capacity


def sign_visit(
    *, order_id, shown_sha256: str = "", shown_words: str = "", signer_name: str, capacity: str, method: str,
    strokes: Sequence[Any] = (), picture: Upload | None = None, witness_name: str = "", reason: str = "",
    device: str = "", happened_at: datetime | None = None, by: Actor, now: datetime, **seen,
) -> Order:  # fmt: skip
    """
    Keep one signature under the summary that was shown, and confirm the visit by it.

    A phone without network shows what it has itself: then ``shown_words`` are kept and hashed instead.

    :raises kernel.refusals.Stale: ``sign.stale``, another summary stands now than the one that was shown
    :raises kernel.refusals.Refused: nobody signed, in no known way, or the visit cannot be confirmed
    """
    given = {
        "shown_sha256": shown_sha256, "shown_words": shown_words.strip()[:MOST_WORDS], "capacity": capacity,
        "signer_name": signer_name.strip(), "method": method, "strokes": list(strokes), "picture": picture,
        "witness_name": witness_name.strip(), "reason": reason.strip(), "device": device[:120],
    }  # fmt: skip

    def change(row, entry):
        _demand_her_phone(row, by)
        when = min(max(happened_at or now, row.finished_at), now)
        signature = _keep(row, given, when, by, now)
        row.confirmed_at, row.confirmed_how = now, Order.ConfirmedHow.SIGNED
        entry.data.update({"how": row.confirmed_how, **_facts(signature)})

    inputs = {key: str(value) for key, value in given.items()}
    row = ORDERS.take("confirm", order_id, by=by, now=now, change=change, inputs=inputs, **seen)
    close_request_if_done(row, now)
    return row


def sign_again(
    *, order_id, why: str, shown_sha256: str, signer_name: str, capacity: str, method: str,
    strokes: Sequence[Any] = (), picture: Upload | None = None, witness_name: str = "", reason: str = "",
    device: str = "", by: Actor, now: datetime,
) -> VisitSignature:  # fmt: skip
    """
    Replace a signature by a new version within a day, saying why; the first one stays readable.

    :raises kernel.refusals.Refused: nothing was signed, too late, or the new one is no signature
    """
    demand_words(why, "请写明为什么重新签字。", CLAUSE)
    given = {
        "shown_sha256": shown_sha256, "shown_words": "", "signer_name": signer_name.strip(), "capacity": capacity,
        "method": method, "strokes": list(strokes), "picture": picture, "witness_name": witness_name.strip(),
        "reason": reason.strip(), "device": device[:120],
    }  # fmt: skip
    with transaction.atomic():
        row = (
            Order.objects.select_for_update(of=("self",), no_key=True)
            .select_related("nurse__user", "centre", "patient", "visit_record")
            .filter(pk=order_id, nurse__user=by.user_id, centre__in=by.orgs_as(Role.NURSE))
            .first()
        )
        if row is None:
            raise hidden("这张订单")
        last = row.signatures.filter(replaced_at__isnull=True).first()
        if last is None or now - last.recorded_at > AGAIN_WITHIN:
            raise NotNow(Refusal("sign.too_late", "签字后一天以内可以重新签，之后请联系专员。", CLAUSE))
        with recording("orders.signed_again", target=row, by=by, now=now, role=Role.NURSE, reason=why.strip()) as entry:
            last.replaced_at = now
            last.save(update_fields=["replaced_at"])
            signature = _keep(row, given, now, by, now)
            entry.data.update({"signature": signature.version, **_facts(signature)})
    return signature


def _keep(row, given, when, by, now) -> VisitSignature:
    words = "" if given["shown_sha256"] else given["shown_words"]
    shown = hashlib.sha256(words.encode()).hexdigest() if words else summary.digest(summary.lines(row))
    if not words and given["shown_sha256"] != shown:
        raise Stale(Refusal("sign.stale", "护理记录有更新，请重新看过内容后再签字。", CLAUSE))
    demand(_problems(row, given))
    mark = json.dumps(given["strokes"]) if given["method"] == Method.GLASS else ""
    paper = given["picture"] if given["method"] == Method.PRINT else None
    witnessed = given["method"] == Method.WITNESS
    proven = "\n".join([shown, mark, paper.sha256 if paper else "", given["signer_name"], given["capacity"]])
    return VisitSignature.objects.create(
        order=row,
        version=row.signatures.count() + 1,
        signer_name=given["signer_name"],
        capacity=given["capacity"],
        method=given["method"],
        strokes=mark,
        picture=paper,
        witness_name=given["witness_name"] if witnessed else "",
        reason=given["reason"][:200] if given["method"] != Method.GLASS else "",
        shown_words=words or None,
        shown_sha256=shown,
        sha256=hashlib.sha256(proven.encode()).hexdigest(),
        device=given["device"],
        signed_at=when,
        recorded_at=now,
        taken_by_id=by.account,
    )


def _problems(row, given) -> list[Refusal]:
    found = []

    def no(code, sentence, field):
        found.append(Refusal(f"sign.{code}", sentence, CLAUSE, field=field))

    if given["capacity"] not in Capacity.values:
        no("capacity", "请选择签字人的身份。", "capacity")
    if not 1 <= len(given["signer_name"]) <= 40:
        no("name", "请填写签字人的姓名。", "signer_name")
    elif given["capacity"] == Capacity.SELF and given["signer_name"] != row.patient.name:
        no("name", "本人签字时，姓名应与登记的姓名一致。", "signer_name")
    if given["method"] not in Method.values:
        no("method", "请选择签字的方式。", "method")
    if given["method"] == Method.GLASS and not ink.is_signature(given["strokes"]):
        no("strokes", "还没有签名，请在框里手写姓名。", "strokes")
    if given["method"] == Method.PRINT and not _fits(row, given["picture"]):
        no("picture", "请拍下按了指印的纸。", "picture")
    if given["method"] == Method.WITNESS:
        if not 1 <= len(given["witness_name"]) <= 40:
            no("witness", "请填写见证人的姓名。", "witness_name")
        if not given["reason"]:
            no("reason", "请写明不能签字的原因。", "reason")
    return found


def _fits(row, picture) -> bool:
    return picture is not None and (picture.patient_id, picture.kind) == (row.patient_id, Upload.Kind.EVIDENCE)


def _demand_her_phone(row, by) -> None:
    if row.nurse is None or row.nurse.user_id != by.user_id:
        raise NotYours(Refusal("sign.her_phone", "签字在上门护士的手机上办理；家属请在自己的手机上确认。", CLAUSE))


def _facts(signature) -> dict:
    return {"capacity": signature.capacity, "method": signature.method, "sha256": signature.sha256}
