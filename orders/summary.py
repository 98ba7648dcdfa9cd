"""What was done at one visit, line by line in plain words: what is shown before somebody signs, and what is hashed."""

import hashlib
import json
from datetime import date, datetime

from django.utils import timezone

from catalog import measurements
from clinical import selectors as clinical
from orders.models import Order

Lines = list[tuple[str, str]]


def lines(order: Order) -> Lines:
    """
    (label, words) in the order in which they are read; of a record that is closed, hence always the same.

    What is missing or amiss stands in it as plainly as what was done.
    """
    kept = clinical.sheet(order.visit_record)
    record = kept.record
    nurse = order.nurse
    said: Lines = [
        ("服务对象", order.patient.name),
        ("护理项目", "、".join(line.item.name for line in order.lines.all())),
        ("护士", f"{nurse.user.display_name}（{nurse.get_title_display()}），{order.centre.name}" if nurse else ""),
        ("时间", _span(order)),
    ]
    for item in kept.items:
        for step in item.steps.all():
            entry = kept.entries.get(step.pk)
            if entry is not None and not entry.done:
                said.append(("没有做", f"{step.text}：{entry.reason}"))
    for row in sorted(kept.readings.values(), key=lambda row: row.pk):
        value = f"{_value(row)} {row.measurement.unit}".strip()
        said.append((row.measurement.label, f"{value}。{row.alert}" if row.alert else value))
    said.append(("护理记录", record.note))
    said.append(("下一步", "，".join(part for part in (record.get_next_step_display(), record.next_note) if part)))
    return [(label, words) for label, words in said if words]


def digest(shown: Lines) -> str:
    """The hash of exactly these words in this order."""
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _span(order) -> str:
    begin, end = timezone.localtime(order.arrived_at), timezone.localtime(order.finished_at)
    return f"{begin.year}年{begin.month}月{begin.day}日 {begin:%H:%M}到{end:%H:%M}"


def _value(row) -> str:
    value = measurements.clean(row.measurement, row.value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return row.value
