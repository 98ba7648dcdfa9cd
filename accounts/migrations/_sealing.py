"""Moving a text that stood in clear into a sealed column, and back; shared by the migrations of several apps."""

import json

from django.db import migrations, models

BATCH = 1000


def move(app_label: str, model_name: str, columns: dict[str, str], *, also: tuple[str, ...] = ()):
    """
    Return the operation that seals ``{old: new}`` of every row. ``also`` names columns that follow by themselves.

    By keyset, so a large table is walked once; a migration that is undone opens the values again.
    """

    def seal(apps, _editor):
        for row in _rows(apps.get_model(app_label, model_name)):
            for old, new in columns.items():
                setattr(row, new, _text(getattr(row, old)))
            row.save(update_fields=[*columns.values(), *also])

    def unseal(apps, _editor):
        for row in _rows(apps.get_model(app_label, model_name)):
            for old, new in columns.items():
                setattr(row, old, _value(row._meta.get_field(old), getattr(row, new)))
            row.save(update_fields=[*columns])

    return migrations.RunPython(seal, unseal)


def _rows(model):
    last = None
    while True:
        rows = model.objects.order_by("pk")
        batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
        if not batch:
            return
        yield from batch
        last = batch[-1].pk


def _text(value) -> str:
    if isinstance(value, list):
        return json.dumps(value) if value else ""
    return "" if value is None else str(value)


def _value(column, text):
    return json.loads(text or "[]") if isinstance(column, models.JSONField) else str(text)
