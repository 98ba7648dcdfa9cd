"""At the door: what shows that the nurse has come, when her phone's place alone does not (002 五(八))."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, demand_words, hidden
from orders import access, arrival
from orders.lifecycle import UNDER_WAY
from orders.models import ArrivalProof, Order

CLAUSE = "002 五(八)"
WRONG = Refusal("door.code", "到门码不对，请再看一遍，或改用别的方式。", CLAUSE, field="door_code")
Kind = ArrivalProof.Kind


def keep_arrival(
    row: Order, place: dict, *, far_metres: int, code: str, scanned: bool, words: str, at: datetime, who: Actor,
    recorded_at: datetime,
) -> dict:  # fmt: skip
    """
    Write down beside a check-in what showed that she is there, under the check-in's own lock and act.

    A wrong code costs a try and no more: it never keeps anybody from the bedside. Returns what the act should say.
    """
    grade = arrival.grade(
        known=place["lon"] is not None,
        distance_m=place["distance_m"],
        accuracy_m=place["accuracy_m"],
        far_metres=far_metres,
    )
    _keep(row, Kind.PLACE, grade=grade, at=at, by=who, now=recorded_at)
    said = {"grade": grade}
    if code.strip():
        said["door_code"] = "right" if row.door_tries < arrival.DOOR_TRIES and arrival.opens(row, code) else "wrong"
        if said["door_code"] == "right":
            _keep(row, Kind.SCAN if scanned else Kind.CODE, at=at, by=who, now=recorded_at)
        else:
            row.door_tries += 1
    if words.strip():
        _keep(row, Kind.WORDS, words=words.strip()[:200], at=at, by=who, now=recorded_at)
    return said


def prove_arrival(
    *, order_id, code: str = "", scanned: bool = False, words: str = "", at: datetime | None = None, by: Actor,
    now: datetime,
) -> Order:  # fmt: skip
    """
    Add a proof after the check-in: the code of the door, or why there is none.

    :raises kernel.refusals.Refused: a wrong code, tried too often, or the visit is not under way
    """
    if not code.strip():
        demand_words(words, "请填写到门码，或写明没有凭据的原因。")
    elif not _try_counted(order_id, by):
        said = "到门码已输错五次，请家属在自己的手机上点「护士到了」，或写明原因。"
        raise Unmet(Refusal("door.tries", said, CLAUSE, field="door_code"))
    with transaction.atomic():
        row = _under_way(order_id, by, Role.NURSE)
        if row.arrived_at is None:
            raise NotNow(Refusal("door.not_yet", "请先签到，到门码在签到时一起填写。", CLAUSE))
        if code.strip() and not arrival.opens(row, code):
            raise Invalid(WRONG)
        with recording("orders.arrival_proved", target=row, by=by, now=now, role=Role.NURSE) as entry:
            kind = (Kind.SCAN if scanned else Kind.CODE) if code.strip() else Kind.WORDS
            happened = min(max(at or now, row.arrived_at), now)
            _keep(row, kind, words="" if code.strip() else words.strip()[:200], at=happened, by=by, now=now)
            entry.data["kind"] = kind
    return row


def vouch_arrival(*, order_id, by: Actor, now: datetime) -> Order:
    """
    The family says on its own phone that the nurse has come; before or after she checked in, and once.

    :raises kernel.refusals.Refused: not this family's visit, or nobody is on the way
    """
    with transaction.atomic():
        row = _under_way(order_id, by, Role.PATIENT, Role.PROXY)
        with recording("orders.arrival_vouched", target=row, by=by, now=now) as entry:
            _keep(row, Kind.FAMILY, at=now, by=by, now=now)
            entry.data["kind"] = Kind.FAMILY
    return row


def _under_way(order_id, by, *roles) -> Order:
    row = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("nurse__user", "centre", "patient")
        .filter(pk=order_id)
        .first()
    )
    worn = access.order_hats(by, row) if row else frozenset()
    if row is None or not worn:
        raise hidden("这份订单")
    if not worn & set(roles):
        raise NotYours(Refusal("door.not_yours", "这一步由上门的护士和服务对象一方办理。", CLAUSE))
    if row.status not in UNDER_WAY:
        raise NotNow(Refusal("door.not_now", "护士出发以后、服务结束以前才能登记。", CLAUSE))
    return row


def _keep(row, kind, *, grade="", words="", at, by, now) -> None:
    """The first of its kind stands; saying it again adds nothing."""
    ArrivalProof.objects.get_or_create(
        order=row,
        kind=kind,
        defaults={"grade": grade, "words": words, "at": at, "recorded_at": now, "recorded_by_id": by.user_id},
    )


def _try_counted(order_id, by) -> bool:
    """Outside the transaction on purpose: a wrong try must count although the act is rolled back."""
    mine = Order.objects.filter(pk=order_id, nurse__user=by.user_id)
    if not mine.exists():
        return True
    return bool(mine.filter(door_tries__lt=arrival.DOOR_TRIES).update(door_tries=F("door_tries") + 1))
