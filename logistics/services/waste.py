"""A bag's way: sealed at the bedside, weighed into the centre's store, gone with the licensed disposer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import broken_constraint, promise, recording
from clinical import services as clinical
from clinical.models import VisitRecord
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, demand_words, hidden
from logistics import access, rules
from logistics.doors import BAGS
from logistics.lifecycle import CARRIED_WASTE, DECLARED, DISPOSAL, STORED
from logistics.models import WasteBag, WasteRemoval
from logistics.services.visits import visit_of
from orders.days import beginning

REMIND_AT = timedelta(hours=16)  # of the day after the visit
MOST_AT_ONCE = 200
KIND, BOX, BAG = WasteBag.Kind, WasteBag.Container.BOX, WasteBag.Container.BAG
# What a declaration in one word asks for: kinds of bags, each at least once.
IN_ONE_WORD: dict[str, tuple[str, ...]] = {
    VisitRecord.Waste.INFECTIOUS: (KIND.INFECTIOUS,),
    VisitRecord.Waste.SHARPS: (KIND.SHARPS,),
    VisitRecord.Waste.BOTH: (KIND.SHARPS, KIND.INFECTIOUS),
    VisitRecord.Waste.DRUG: (KIND.DRUG,),
    VisitRecord.Waste.PATHOLOGICAL: (KIND.PATHOLOGICAL,),
}


def declare_none(*, order_id, by: Actor, now: datetime) -> VisitRecord:
    """Say that no medical waste arose. :raises kernel.refusals.Refused: a bag of this visit says otherwise"""
    order, record = visit_of(order_id, by)
    with transaction.atomic():
        VisitRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if WasteBag.objects.filter(record=record.pk, status__in=DECLARED).exists():
            said = "本次已登记了医疗废物，请先撤销登记，再申报没有产生。"
            raise Invalid(Refusal("waste.not_none", said, DISPOSAL, field="waste"))
        return clinical.declare_waste(record_id=record.pk, waste=VisitRecord.Waste.NONE, by=by, now=now)


def seal(
    *, order_id, kind: str, number: str = "", container: str = "", count: int | None = None,
    weight_g: int | None = None, at: datetime | None = None, by: Actor, now: datetime, **seen,
) -> WasteBag:  # fmt: skip
    """
    Register one sealed bag, or a box where there are sharps; without a number it gets the order's and a running one.

    :raises kernel.refusals.Refused: no such kind, sharps in a bag, neither counted nor weighed, a number in use
    """
    order, record = visit_of(order_id, by)
    sealed = at or now
    row = WasteBag(
        order=order, record=record, patient_id=order.patient_id, centre_id=order.centre_id,
        nurse_id=record.nurse_id, kind=kind, container=container or (BOX if kind == KIND.SHARPS else BAG),
        number=rules.plain(number)[:30], count=count, weight_g=weight_g, sealed_at=sealed, recorded_at=now,
    )  # fmt: skip

    def prepare(row, entry):
        # One after the other, so that two bags sealed at once get two numbers.
        VisitRecord.objects.select_for_update(of=("self",)).get(pk=row.record_id)
        _judge(row, now)
        row.number = row.number or _next_number(row)
        row.hand_in_by = beginning(timezone.localdate(sealed) + timedelta(days=2))
        entry.payload["nurse"] = row.nurse_id

    def change(row, entry):
        _write_down(row.record_id, by, now)
        remind = beginning(timezone.localdate(sealed) + timedelta(days=1)) + REMIND_AT
        for name, due_at in (("waste.remind", remind), ("waste.carried", row.hand_in_by)):
            promise(kind=name, key=f"{name}:{row.pk}", object_id=row.pk, due_at=due_at)

    inputs = {"order": order_id, "kind": kind, "number": number, "count": count, "weight_g": weight_g}
    return BAGS.create("seal", row, by=by, now=now, prepare=prepare, change=change, inputs=inputs, **seen)


def declare(*, order_id, waste: str, bags: int = 0, at: datetime | None = None, by: Actor, now: datetime):
    """
    Say in one word what arose and in how many bags: the bags are registered, what is registered too much is withdrawn.

    :raises kernel.refusals.Refused: no such word, or no sensible number of bags
    """
    order, record = visit_of(order_id, by)
    asked = _asked(waste, bags)
    with transaction.atomic():
        VisitRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        there = list(WasteBag.objects.filter(record=record.pk, status__in=CARRIED_WASTE).order_by("pk"))
        for bag in there:
            if bag.kind in asked:
                asked.remove(bag.kind)
            else:
                withdraw(bag_id=bag.pk, reason="重新申报", by=by, now=now)
        if waste == VisitRecord.Waste.NONE:
            return declare_none(order_id=order_id, by=by, now=now)
        for kind in asked:
            seal(order_id=order_id, kind=kind, count=1, at=at, by=by, now=now)
        return VisitRecord.objects.get(pk=record.pk)


def withdraw(*, bag_id, reason: str, by: Actor, now: datetime, **seen) -> WasteBag:
    """
    Take back a registration at the bedside, as long as the record is open; afterwards a bag is handed in or lost.

    :raises kernel.refusals.Refused: nobody said why, or the record is closed
    """

    def change(row, entry):
        demand_words(reason, "请写明为什么撤销这条登记。", DISPOSAL)
        row.gone_reason = reason.strip()[:200]
        _write_down(row.record_id, by, now, but=row.pk)

    return BAGS.take(
        "withdraw", bag_id, by=by, now=now, change=change, reason=reason.strip(), inputs={"reason": reason}, **seen
    )


def hand_in(
    *, bag_id, giver: str, receiver: str, weight_g: int | None, words: str = "", at: datetime | None = None, by: Actor,
    now: datetime, **seen,
) -> WasteBag:  # fmt: skip
    """
    Bring the bag into the centre's store: who gives, who takes, what it weighs. From here its two days run.

    :raises kernel.refusals.Refused: a name or the weight is missing, or the weight differs without a word
    """
    giver, receiver, words, at = giver.strip()[:40], receiver.strip()[:40], words.strip()[:200], at or now

    def change(row, entry):
        found = rules.two_people(giver, receiver, DISPOSAL)
        if wrong := rules.grams(weight_g, field="weight_g"):
            found.append(wrong)
        elif differs := rules.same_weight(row.weight_g, weight_g or 0, words):
            found.append(differs)
        if wrong := rules.moment(at, after=row.sealed_at, now=now, field="at", what="交回时间"):
            found.append(wrong)
        if found:
            raise Invalid(*found)
        hours = institutions.settings_of(row.centre, timezone.localdate(now))["waste.store_hours"]
        row.handed_by, row.handed_to, row.handover_note, row.handed_at = giver, receiver, words, at
        row.checked_g, row.store_until = weight_g, at + timedelta(hours=hours)
        promise(kind="waste.stored", key=f"waste.stored:{row.pk}", object_id=row.pk, due_at=row.store_until)
        entry.data["late"] = at > row.hand_in_by

    inputs = {"giver": giver, "receiver": receiver, "weight_g": weight_g, "words": words}
    return BAGS.take("hand_in", bag_id, by=by, now=now, change=change, inputs=inputs, **seen)


def lose_bag(*, bag_id, reason: str, by: Actor, now: datetime, **seen) -> WasteBag:
    """Say that a bag cannot be found, and what was done; it stays in the register for ever."""

    def change(row, entry):
        demand_words(reason, "请写明遗失的经过和已采取的措施。", DISPOSAL)
        row.gone_reason = reason.strip()[:200]

    return BAGS.take(
        "lose", bag_id, by=by, now=now, change=change, reason=reason.strip(), inputs={"reason": reason}, **seen
    )


def remove(*, bag_id, by: Actor, now: datetime, **given) -> WasteRemoval:
    """Hand one bag to the licensed disposer; several go together by :func:`remove_bags`."""
    bag = WasteBag.objects.filter(pk=bag_id).select_related("centre").first()
    if bag is None or not access.hats(by, bag):
        raise hidden("这份医疗废物登记")
    return remove_bags(centre=bag.centre, bag_ids=[bag.pk], by=by, now=now, **given)


def remove_bags(
    *, centre: Organization, bag_ids: Iterable[int], disposer: str, licence: str, manifest: str, batch: str,
    weight_g: int | None, giver: str, receiver: str, note: str = "", at: datetime | None = None, by: Actor,
    now: datetime,
) -> WasteRemoval:  # fmt: skip
    """
    Hand stored bags to the licensed disposer under one manifest: all of them, or none.

    :raises kernel.refusals.Refused: not this centre's administrator, a field is missing, a bag is not in the store
    """
    if centre.pk not in by.orgs_as(Role.CENTRE_ADMIN):
        raise NotYours(Refusal("waste.remove", "移交处置单位由中心管理员登记，不在您的权限内。", DISPOSAL))
    at = at or now
    wanted = sorted(set(bag_ids))
    row = WasteRemoval(
        centre=centre, disposer=disposer.strip()[:80], licence=rules.plain(licence)[:40],
        manifest=rules.plain(manifest)[:40], batch=rules.plain(batch)[:40], weight_g=weight_g or 0,
        handed_by=giver.strip()[:40], taken_by=receiver.strip()[:40], note=note.strip()[:200], removed_at=at,
        recorded_at=now, recorded_by_id=by.account,
    )  # fmt: skip
    try:
        with transaction.atomic():
            bags = list(_in_store(centre, wanted))
            _judge_removal(row, bags, wanted, at, now)
            with recording("logistics.waste_collected", target=row, by=by, now=now, role=Role.CENTRE_ADMIN) as entry:
                row.save(force_insert=True)
                entry.data["bags"] = [bag.pk for bag in bags]
            for bag in bags:
                BAGS.take("remove", bag.pk, by=by, now=now, change=_under(row))
    except IntegrityError as broken:
        if broken_constraint(broken) != "waste_manifest_once_per_centre":
            raise
        raise Invalid(_manifest_taken()) from broken
    return row


def _under(removal: WasteRemoval):
    def change(row, entry):
        row.removal = removal
        entry.data["removal"] = removal.pk

    return change


def _in_store(centre, wanted):
    # No stronger than the door's own lock, and in one order, so that two removals wait instead of jamming.
    rows = WasteBag.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(centre=centre, pk__in=wanted, status__in=STORED).order_by("pk")


def _judge_removal(row, bags, wanted, at, now):
    named = (
        ("disposer", "处置单位", row.disposer),
        ("licence", "经营许可证号", row.licence),
        ("manifest", "转移联单号", row.manifest),
        ("batch", "批次", row.batch),
    )
    found = [Refusal(f"waste.{key}", f"请填写{what}。", DISPOSAL, key) for key, what, value in named if not value]
    found += rules.two_people(row.handed_by, row.taken_by, DISPOSAL)
    if not wanted or len(wanted) > MOST_AT_ONCE:
        found.append(Refusal("waste.bags", f"请选择 1 到 {MOST_AT_ONCE} 袋（盒）医疗废物。", DISPOSAL, "bags"))
    elif len(bags) != len(wanted):
        raise NotNow(Refusal("waste.not_stored", "所选的医疗废物有些已不在暂存间，请刷新后重新选择。", DISPOSAL))
    most = rules.MOST_GRAMS * max(len(bags), 1)
    if not 1 <= row.weight_g <= most:
        found.append(Refusal("waste.weight", f"总重量请填写 1 到 {most} 之间的整数（克）。", DISPOSAL, "weight_g"))
    last = max((bag.handed_at for bag in bags), default=at)
    if wrong := rules.moment(at, after=last, now=now, field="at", what="移交时间"):
        found.append(wrong)
    if WasteRemoval.objects.filter(centre=row.centre, manifest=row.manifest).exists():
        found.append(_manifest_taken())
    if found:
        raise Invalid(*found)


def _manifest_taken() -> Refusal:
    return Refusal("waste.manifest_taken", "这个转移联单号已登记过，请核对联单。", DISPOSAL, "manifest")


def _judge(row: WasteBag, now: datetime) -> None:
    found = []
    if row.kind not in KIND.values:
        found.append(Refusal("waste.kind", "请选择医疗废物类别。", DISPOSAL, "kind"))
    elif row.kind == KIND.SHARPS and row.container != BOX:
        found.append(Refusal("waste.sharps", "损伤性废物请装入利器盒，不能装袋。", DISPOSAL, "container"))
    elif row.container not in WasteBag.Container.values:
        found.append(Refusal("waste.container", "请选择容器。", DISPOSAL, "container"))
    if wrong := rules.bag_number(row.number):
        found.append(wrong)
    if row.weight_g is not None and (wrong := rules.grams(row.weight_g, field="weight_g")):
        found.append(wrong)
    if row.count is not None and not 1 <= row.count <= rules.MOST_PIECES:
        said = f"件数请填写 1 到 {rules.MOST_PIECES} 之间的整数。"
        found.append(Refusal("waste.count", said, DISPOSAL, "count"))
    if row.count is None and row.weight_g is None:
        found.append(Refusal("waste.counted", "请填写件数或重量。", DISPOSAL, "count"))
    if wrong := rules.moment(row.sealed_at, after=row.record.started_at, now=now, field="at", what="封口时间"):
        found.append(wrong)
    if found:
        raise Invalid(*found)


def _asked(waste: str, bags: int) -> list[str]:
    """The kinds of bags that a declaration in one word means; of two kinds all but one box are bags."""
    if waste == VisitRecord.Waste.NONE:
        return []
    kinds = IN_ONE_WORD.get(waste)
    if kinds is None:
        raise Invalid(Refusal("record.waste", "请选择医疗废物类别。", DISPOSAL, field="waste"))
    if not len(kinds) <= bags <= 50:
        said = f"请填写 {len(kinds)} 到 50 之间的袋数。"
        raise Invalid(Refusal("record.waste_bags", said, DISPOSAL, field="waste_bags"))
    return [*kinds, *[kinds[-1]] * (bags - len(kinds))]


def _next_number(row: WasteBag) -> str:
    taken = set(WasteBag.objects.filter(order=row.order_id).values_list("number", flat=True))
    return next(f"{row.order.number}-{n}" for n in range(1, len(taken) + 2) if f"{row.order.number}-{n}" not in taken)


def _write_down(record_id: int, by: Actor, now: datetime, *, but: int | None = None) -> None:
    """The record says in one word what arose, and in how many bags, which its hash covers."""
    bags = WasteBag.objects.filter(record=record_id, status__in=DECLARED).exclude(pk=but or 0)
    kinds = list(bags.values_list("kind", flat=True))
    if not kinds:
        clinical.take_back_waste(record_id=record_id, by=by, now=now)
        return
    word = next((word for word, held in IN_ONE_WORD.items() if set(held) == set(kinds)), VisitRecord.Waste.SEVERAL)
    clinical.declare_waste(record_id=record_id, waste=word, bags=len(kinds), by=by, now=now)
