"""What has to be noticed at a time: a tube that grows old, a critical result nobody was told, a bag that stays."""

from datetime import datetime

from django.db import transaction

from audit import services as audit
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from logistics.lifecycle import CARRIED_WASTE, STORED, TO_HAND_OVER, TO_TELL
from logistics.models import Specimen, WasteBag


def note_overdue(*, specimen_id, now: datetime) -> Specimen:
    """Tell nurse and desk that a tube is past its hours. :raises kernel.refusals.NotNow: it was handed over"""
    return _say(Specimen, specimen_id, TO_HAND_OVER, now, event="logistics.specimen_overdue")


def note_critical(*, specimen_id, now: datetime) -> Specimen:
    """Tell desk, doctor and administrator that nobody knows yet. :raises kernel.refusals.NotNow: somebody was told"""
    return _say(Specimen, specimen_id, TO_TELL, now, event="logistics.critical_untold")


def remind_to_hand_in(*, bag_id, now: datetime) -> WasteBag:
    """Remind the nurse of what she still carries. :raises kernel.refusals.NotNow: it was handed in"""
    return _say(WasteBag, bag_id, CARRIED_WASTE, now, event="logistics.waste_reminded")


def note_carried(*, bag_id, now: datetime) -> WasteBag:
    """Tell nurse and desk that the day after the visit is over. :raises kernel.refusals.NotNow: it was handed in"""
    return _say(WasteBag, bag_id, CARRIED_WASTE, now, event="logistics.waste_carried_long")


def note_stored(*, bag_id, now: datetime) -> WasteBag:
    """Tell the administrator that a bag's two days in the store are over. :raises kernel.refusals.NotNow: it is gone"""
    return _say(WasteBag, bag_id, STORED, now, event="logistics.waste_stored_long")


def _say(model, pk, still, now, *, event):
    with transaction.atomic():
        row = model.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        if row.status not in still:
            raise NotNow(Refusal("timer.moved_on", "这一项已有新的进展。"))
        with audit.recording(event, target=row, by=system(event), now=now) as entry:
            entry.payload["nurse"] = row.nurse_id
    return row
