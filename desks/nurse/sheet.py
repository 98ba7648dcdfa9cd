"""The record of a visit as fields on a phone: each with its unit, its bounds, and what has been answered so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.urls import reverse
from django.utils import timezone

from bedside import selectors as bedside
from catalog import measurements
from catalog.models import Measurement
from clinical import selectors as clinical
from clinical import versions
from clinical.models import VisitRecord
from desks.nurse import goods, pictures
from desks.nurse.charting import WHY, Beside, call_backs, limits
from desks.nurse.forms import NoteForm, ShownForm
from kernel.refusals import Refusal

# A picture of a wound asks for a consent of its own, and there is nowhere yet to keep one.
BARE = {"record.reading"}  # reasons that say no more than "please fill in"
NOT_ASKED = {Measurement.Type.PHOTO}
READING, STEP, REASON = "reading-", "step-", "reason-"
WIDE = {Measurement.Type.TEXT, Measurement.Type.DATETIME}
FEW = 2  # so many short options stand side by side; more become a list


class ReadingForm(ShownForm):
    """One field for each measurement that the visit's items ask for, named ``reading-<key>``."""

    def __init__(self, asks, **kwargs):
        super().__init__(**kwargs)
        for ask in asks:
            self.fields[f"{READING}{ask.measurement_id}"] = _field(ask.measurement, ask.required)


@dataclass
class Page:
    """Everything that the template shows; ``typed`` is what came back in a refused form."""

    order: object
    sheet: clinical.Sheet
    bases: Mapping[tuple[str, str], object]
    typed: Mapping
    errors: dict[str, list[str]]

    def __post_init__(self):
        self.asks = {}
        owners = {}
        for item in self.sheet.items:
            for ask in item.asks.all():
                if ask.measurement.type in NOT_ASKED:
                    continue
                known = self.asks.get(ask.measurement_id)
                if known is None or ask.required and not known.required:
                    self.asks[ask.measurement_id] = ask
                owners.setdefault(ask.measurement_id, item.pk)
        self.owners = owners
        self.values = {key: measurements.clean(row.measurement, row.value) for key, row in self.sheet.readings.items()}
        self.beside = Beside(self.order, self.sheet.record)
        self.form = ReadingForm(
            [ask for ask in self.asks.values() if ask.measurement.type != "computed"],
            values={f"{READING}{key}": self._shown(key) for key in self.asks},
            errors=self.errors,
        )

    def base(self, kind: str, key: str = "") -> str:
        """The receipt of what a phone last wrote into this part."""
        return str(self.bases.get((kind, key), ""))

    def items(self) -> list[dict]:
        return [self._item(item) for item in self.sheet.items]

    def step(self, step_id: int, *, doubt: bool = False) -> dict | None:
        """One row of a checklist. ``doubt``: a ticked step was unticked, which wants a reason first."""
        step = next((s for item in self.sheet.items for s in item.steps.all() if s.pk == step_id), None)
        return step and self._step(step, doubt)

    def reading(self, key: str) -> dict:
        ask = self.asks[key]
        measurement, row = ask.measurement, self.sheet.readings.get(key)
        applies = measurements.applies(measurement, self.values) or row is not None
        base = {
            "anchor": f"{READING}{key}",
            "key": key,
            "base": self.base("reading", key),
            "label": measurement.label,
            "required": ask.required,
            "applies": applies,
            "computed": False,
        }
        base["wide"] = measurement.type in WIDE
        if measurement.type == "computed":
            base["trend"] = self.beside.of(key, row, self.typed, self.errors)["trend"]
            total = measurements.compute(measurement, self.values)
            said = "" if total is None else f"{measurements.shown(total)} {measurement.unit}"
            return {**base, "computed": True, "value": said, "band": measurements.band(measurement, total)}
        return {
            **base,
            **self.beside.of(key, row, self.typed, self.errors),
            "limits": limits(measurement),
            "field": self.form[f"{READING}{key}"],
            "unit": measurement.unit,
            "normal": _bounds(measurement),
            "advice": row.alert if row else "",
            "look": "seg" if measurement.type == "boolean" or len(measurement.options) <= FEW else "",
        }

    def touched_by(self, key: str) -> list[str]:
        """The other fields that change when this one does: what it is summed up in, what it makes apply."""
        return [
            other
            for other, ask in self.asks.items()
            if other != key
            and (
                ask.measurement.type == "computed"
                and key in ask.measurement.formula
                or any(condition["key"] == key for condition in ask.measurement.applies_when)
            )
        ]

    def item_left(self, item) -> dict:
        steps = sum(step.pk not in self.sheet.entries for step in item.steps.all())
        return {"anchor": f"left-{item.pk}", "text": f"还差 {steps} 步" if steps else "步骤已记完"}

    def item_of_step(self, step_id: int):
        return next(item for item in self.sheet.items if any(s.pk == step_id for s in item.steps.all()))

    def cautions(self) -> list[str]:
        sums = {key: measurements.compute(ask.measurement, self.values) for key, ask in self.asks.items()}
        known = {**self.values, **{key: value for key, value in sums.items() if value is not None}}
        return measurements.cautions(known, self.beside.earlier)

    def is_copied(self, key: str) -> bool:
        row = self.sheet.readings.get(key)
        return bool(row and row.copied_from_id)

    def carry(self) -> dict | None:
        return self.beside.carry()

    def photos(self) -> dict | None:
        return pictures.photos(self.order, self.sheet.record, self.sheet.items)

    def moments(self, item, typed: Mapping | None = None, outcome=None) -> dict:
        return pictures.moments(item, self.sheet.moments, typed or {}, outcome)

    def call_backs(self) -> dict:
        return call_backs(self.order, self.sheet.record)

    def waste(self) -> dict:
        return goods.waste(self)

    def specimen(self) -> dict | None:
        return goods.tubes(self)

    def note(self) -> dict:
        values = {name: getattr(self.sheet.record, name) for name in NoteForm.base_fields}
        values |= self.typed_of(*NoteForm.base_fields)
        form = NoteForm(values=values, errors=self.errors)
        return {"form": form, "saved": bool(self.sheet.record.note), "base": self.base("note")}

    def left(self) -> list[dict]:
        """What is missing before she may leave, each with the field it belongs to."""
        return self.grouped(self.sheet.record.missing)

    def count_left(self) -> int:
        return len(self.sheet.record.missing)

    def grouped(self, found) -> list[dict]:
        """
        What the record lacks, item by item, as links to the fields.

        ``found`` are reasons of a refusal, or the record's own list of what is missing.
        """
        names = {item.pk: item.name for item in self.sheet.items}
        groups: dict[str, dict] = {}
        for one in found:
            said = _plain(one)
            key = said["field"].removeprefix(READING).removeprefix(WHY)
            title, text = "", said["sentence"]
            if key in self.asks and key != said["field"]:
                title = names[self.owners[key]]
                if said["code"] in BARE:
                    text = self.asks[key].measurement.label
            elif said["field"].startswith("item-"):
                item = next(item for item in self.sheet.items if said["field"] == f"item-{item.pk}")
                title, text = item.name, self.item_left(item)["text"]
            group = groups.setdefault(title, {"title": title, "clause": said["clause"] if title else "", "links": []})
            group["links"].append({"text": text, "href": f"#{said['field']}" if said["field"] else ""})
        order = [*names.values(), ""]
        return sorted(groups.values(), key=lambda group: order.index(group["title"]))

    def _item(self, item):
        mine = [self.reading(key) for key, owner in self.owners.items() if owner == item.pk]
        needed, more = [], []
        for row in mine:
            key = row["anchor"].removeprefix(READING)
            aside = not self.asks[key].required and not row["computed"] and not self.asks[key].measurement.applies_when
            (more if aside else needed).append(row)
        opened = any(row["field"].value() or row["field"].errors for row in more)
        return {
            "item": item,
            "anchor": f"item-{item.pk}",
            "left": self.item_left(item),
            "moments": self.moments(item),
            "steps": [self._step(step, False) for step in item.steps.all()],
            "needed": _by_width(needed),
            "more": _by_width(more),
            "more_count": len(more),
            "more_open": opened,
        }

    def _step(self, step, doubt):
        entry = self.sheet.entries.get(step.pk)
        errors = self.errors.get(f"{STEP}{step.pk}", [])
        reason = self.typed.get(f"{REASON}{step.pk}") or (entry.reason if entry else "")
        return {
            "step": step,
            "anchor": f"{STEP}{step.pk}",
            "base": self.base("step", str(step.pk)),
            "entry": entry,
            "done": bool(entry and entry.done),
            "doubt": doubt,
            "errors": errors,
            "reason": reason,
            "reason_name": f"{REASON}{step.pk}",
            "opened": doubt or bool(errors),
            "left_out_url": reverse("nurse:part", args=[self.order.number, "step", step.pk]),
        }

    def _shown(self, key):
        """What stands in the field: as typed when it was refused, else as it is kept."""
        typed = self.typed.get(f"{READING}{key}")
        if typed is not None and self.errors.get(f"{READING}{key}"):
            return typed
        row = self.sheet.readings.get(key)
        if row is None:
            return "" if typed is None else typed
        if row.measurement.type == "datetime":
            return for_clock(self.values[key])
        return row.value

    def typed_of(self, *names) -> dict:
        return {name: self.typed[name] for name in names if name in self.typed}


def page(order, *, typed: Mapping | None = None, errors: dict | None = None) -> Page:
    """The record of a visit; before check-in an empty one, which a phone without network begins to fill."""
    if order.visit_record_id:
        kept = clinical.sheet(VisitRecord.objects.get(pk=order.visit_record_id))
    else:
        kept = clinical.sheet_ahead(line.item_id for line in order.lines.all())
    return Page(order=order, sheet=kept, bases=bedside.bases(order.pk), typed=typed or {}, errors=errors or {})


def _plain(one) -> dict:
    if isinstance(one, Refusal):
        return {"code": one.code, "sentence": one.sentence, "clause": one.clause, "field": one.field}
    return {"code": "record.reading", **one}


def for_clock(value) -> str:
    """A moment as ``<input type=datetime-local>`` wants it."""
    if not isinstance(value, datetime):
        return ""
    return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"


def _by_width(rows) -> dict:
    """Numbers and short choices stand side by side; words and moments need a line of their own."""
    return {"short": [row for row in rows if not row["wide"]], "wide": [row for row in rows if row["wide"]]}


def _field(measurement, required):
    common = {"label": measurement.label, "required": required}
    kind = measurement.type
    if kind == "boolean":
        return forms.ChoiceField(choices=[("yes", "是"), ("no", "否")], widget=forms.RadioSelect, **common)
    if kind == "choice":
        options = [(option, option) for option in measurement.options]
        if len(options) <= FEW:
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
        return forms.ChoiceField(choices=[("", "请选择"), *options], **common)
    if kind in ("date", "datetime"):
        shape = "date" if kind == "date" else "datetime-local"
        return forms.CharField(widget=forms.TextInput(attrs={"type": shape}), **common)
    mode = {"integer": "numeric", "decimal": "decimal"}.get(kind, "text")
    if measurement.minimum is not None and measurement.minimum < 0:
        mode = "text"  # the numeric keyboards of phones have no minus sign
    longest = 200 if mode == "text" and kind == "text" else 12
    attrs = {"inputmode": mode, "autocomplete": "off", "maxlength": longest}
    if kind in ("integer", "decimal") and measurement.minimum is not None and measurement.maximum is not None:
        # The phone says at once what cannot be; the verb judges all the same.
        low, high = measurements.shown(measurement.minimum), measurements.shown(measurement.maximum)
        attrs |= {"data-min": low, "data-max": high, "data-name": measurement.label}
    return forms.CharField(widget=forms.TextInput(attrs=attrs), **common)


def _bounds(measurement) -> str:
    if measurement.reference:
        return measurement.reference
    low, high = measurement.minimum, measurement.maximum
    if low is None or high is None:
        return ""
    return f"可填 {measurements.shown(low)} 到 {measurements.shown(high)}"


def summary(order) -> dict:
    """What was done, to be read by the family and by the nurse afterwards."""
    kept = clinical.sheet(VisitRecord.objects.get(pk=order.visit_record_id))
    late = versions.late_readings(kept.record)
    return {
        "record": kept.record,
        "versions": versions.of_record(kept.record),
        "readings": [
            {
                "label": row.measurement.label,
                "value": f"{_said(row)} {row.measurement.unit}".strip(),
                "alert": row.alert,
                "explanation": row.explanation,
                "late": row if row.pk in late else None,
            }
            for row in sorted(kept.readings.values(), key=lambda row: row.pk)
        ],
        "items": [
            {
                "name": item.name,
                "done": sum(step.pk in kept.entries and kept.entries[step.pk].done for step in item.steps.all()),
                "of": len(item.steps.all()),
                "left_out": [
                    {"text": step.text, "reason": kept.entries[step.pk].reason}
                    for step in item.steps.all()
                    if step.pk in kept.entries and not kept.entries[step.pk].done
                ],
            }
            for item in kept.items
        ],
    }


def _said(row) -> str:
    value = measurements.clean(row.measurement, row.value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return row.value
