"""
What visit records said in a line becomes rows of the registers, so that nothing declared is forgotten.

A record knows neither when a bag was handed in nor whether a tube arrived: the rows begin where the record ends, and
the centre's desk says what became of them. The records themselves stay as they were closed.
"""

from datetime import datetime, time, timedelta

from django.db import migrations
from django.utils import timezone

KINDS = {"infectious": ["infectious"], "sharps": ["sharps"], "both": ["sharps", "infectious"]}
HOURS = 4  # of specimens whose kind the record did not say
NOTE = "由护理记录转入"


def forwards(apps, schema_editor):
    Order = apps.get_model("orders", "Order")
    models = {name: apps.get_model("logistics", name) for name in ("Specimen", "SpecimenStep", "WasteBag", "WasteStep")}
    orders = Order.objects.exclude(visit_record=None).select_related("visit_record").order_by("pk")
    labels = set()
    for order in orders.iterator(chunk_size=500):
        record = order.visit_record
        common = {
            "order": order, "record": record, "patient_id": order.patient_id, "centre_id": order.centre_id,
            "nurse_id": record.nurse_id,
        }  # fmt: skip
        if record.specimen_handed_at and record.specimen_label:
            tube(models, record, common, labels)
        bags(models, record, order.number, common)


def tube(models, record, common, labels):
    at = record.specimen_handed_at
    label, n = record.specimen_label, 1
    while (common["centre_id"], label) in labels:
        n += 1
        label = f"{record.specimen_label[:35]}({n})"
    labels.add((common["centre_id"], label))
    row = models["Specimen"].objects.create(
        **common, status="collected", kind="other", label=label, destination=record.specimen_handed_to or "检验科",
        note=NOTE, collected_at=at, recorded_at=at, due_at=at + timedelta(hours=HOURS),
    )  # fmt: skip
    step(models["SpecimenStep"], row, "specimen", "collect", "collected", at, record)


def bags(models, record, number, common):
    kinds = KINDS.get(record.waste)
    if not kinds:
        return
    at = record.closed_at or record.started_at
    kinds = [*kinds, *[kinds[-1]] * (record.waste_bags - len(kinds))]
    day = timezone.localdate(at) + timedelta(days=2)
    hand_in_by = timezone.make_aware(datetime.combine(day, time.min))
    for n, kind in enumerate(kinds, 1):
        row = models["WasteBag"].objects.create(
            **common, status="declared", kind=kind, container="box" if kind == "sharps" else "bag",
            number=f"{number}-{n}", count=1, sealed_at=at, recorded_at=at, hand_in_by=hand_in_by,
        )  # fmt: skip
        step(models["WasteStep"], row, "bag", "seal", "declared", at, record)


def step(model, row, owner, name, status, at, record):
    model.objects.create(
        **{owner: row}, name=name, from_status="", to_status=status, taken_at=at, taken_by_id=record.nurse_id,
        role="nurse", reason=NOTE,
    )  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [("logistics", "0001_initial"), ("orders", "0005_plans_of_two_seats"), ("clinical", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
