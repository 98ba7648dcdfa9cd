"""What this app does when something is due, and what the trace of an order learns of it."""

from logistics.lifecycle import SPECIMEN, WASTE, SpecimenStatus, WasteStatus


def subscribe_all() -> None:
    from audit.subscribers import when_due

    when_due("specimen.overdue", specimen_overdue)
    when_due("specimen.critical", critical_untold)
    when_due("waste.remind", remind_to_hand_in)
    when_due("waste.carried", carried_long)
    when_due("waste.stored", stored_long)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told which of our rows belong to an order, and what our steps mean."""
    from logistics.models import Specimen, WasteBag
    from orders import rowwords, trace

    rowwords.learn("logistics.specimenstep", SPECIMEN, SpecimenStatus)
    rowwords.learn("logistics.wastestep", WASTE, WasteStatus)
    for model in (Specimen, WasteBag):
        trace.belongs(model)


def specimen_overdue(due, now):
    from logistics.services import timers

    timers.note_overdue(specimen_id=due.object_id, now=now)


def critical_untold(due, now):
    from logistics.services import timers

    timers.note_critical(specimen_id=due.object_id, now=now)


def remind_to_hand_in(due, now):
    from logistics.services import timers

    timers.remind_to_hand_in(bag_id=due.object_id, now=now)


def carried_long(due, now):
    from logistics.services import timers

    timers.note_carried(bag_id=due.object_id, now=now)


def stored_long(due, now):
    from logistics.services import timers

    timers.note_stored(bag_id=due.object_id, now=now)
