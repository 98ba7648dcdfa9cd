"""What was asked for, agreed to and done: application, prescription, consents, the visit, its steps and its values."""

from dataclasses import dataclass, field
from typing import Any

from clinical.models import Reading, StepEntry, VisitRecord
from orders.bundle import codes
from orders.bundle.people import People
from orders.bundle.shelf import Shelf, day, identifier, instant, period, text
from orders.lifecycle import ALONG_SERVED, COMPANION_COMING
from orders.models import Order, OrderLine, Place
from patients.models import Consent

MANY = {"integer", "decimal", "computed"}
SPOKEN = {"yes": True, "no": False}
ALONG = COMPANION_COMING | ALONG_SERVED  # who has said yes to going along


@dataclass
class Care:
    """Puts the visit on the shelf; what is pointed to stands there before what points to it."""

    shelf: Shelf
    people: People
    order: Order
    readings: list[Reading]
    left_out: list[StepEntry]
    wanted: list[dict[str, str]] = field(default_factory=list)

    @property
    def patient(self) -> dict[str, str]:
        return self.people.subject()

    def application(self) -> dict[str, str]:
        """The wish with which it began."""
        row = self.order.request
        return self.shelf.put(
            "ServiceRequest",
            f"request:{row.pk}",
            {
                "identifier": [{"system": f"{codes.OURS}request", "value": row.number}, identifier(row)],
                "status": codes.REQUEST[row.status],
                "intent": "proposal",
                "code": {"text": "上门护理申请"},
                "subject": self.patient,
                "occurrencePeriod": period(row.wished_from, row.wished_to),
                "authoredOn": instant(row.submitted_at),
                "performer": [self.people.place(self.order.centre)],
                "reasonCode": text(row.wish),
            },
        )

    def prescribed(self, application: dict[str, str]) -> None:
        """One request for each item of this visit, as the doctor signed it."""
        paper = self.order.prescription
        doctor = self.people.staff(paper.doctor)
        for line in self.order.lines.all():
            on_paper = line.prescription_line
            made = self.shelf.put(
                "ServiceRequest",
                f"line:{on_paper.pk}",
                {
                    "identifier": [identifier(paper), {"system": f"{codes.OURS}prescription", "value": paper.number}],
                    "basedOn": [application],
                    "status": codes.PRESCRIPTION[paper.status],
                    "intent": "order",
                    "code": _item(line),
                    "quantityQuantity": {
                        "value": on_paper.times,
                        "unit": "次",
                        "system": codes.UCUM,
                        "code": "{count}",
                    },
                    "subject": self.patient,
                    "occurrenceTiming": {
                        "repeat": {
                            **codes.REPEAT[on_paper.frequency],
                            "boundsPeriod": {"start": instant(paper.signed_at), "end": day(paper.valid_until)},
                        }
                    },
                    "authoredOn": instant(paper.signed_at),
                    "requester": doctor,
                    "performer": [self.people.place(self.order.centre)],
                    "patientInstruction": "；".join(words for words in (on_paper.cautions, paper.cautions) if words),
                },
            )
            self.wanted.append(made)

    def consents(self) -> None:
        for row in (self.order.consent, self.order.agreement):
            if row is not None:
                self._consent(row)

    def _consent(self, row: Consent) -> None:
        by = self.people.relative(row.signer) if row.signer else self.patient
        self.shelf.put(
            "Consent",
            str(row.pk),
            {
                "identifier": [identifier(row), {"system": f"{codes.OURS}sha256", "value": row.shown_sha256}],
                "status": "inactive" if row.withdrawn_at else "active",
                "scope": {"coding": [codes.TREATMENT]},
                "category": [{"coding": [codes.CONSENT_DOCUMENT], "text": row.text.get_kind_display()}],
                "patient": self.patient,
                "dateTime": instant(row.signed_at),
                "performer": [by],
                "organization": [self.people.place(self.order.centre)],
                "policyRule": {"text": str(row.text)},
                "verification": [{"verified": True, "verifiedWith": by, "verificationDate": instant(row.signed_at)}],
                "provision": {"period": {"start": instant(row.signed_at), "end": day(row.valid_until)}},
            },
        )

    def task(self, encounter: dict[str, str]) -> dict[str, str]:
        """The order itself: where it stands in its lifecycle."""
        row = self.order
        nurse = row.nurse
        return self.shelf.put(
            "Task",
            str(row.pk),
            {
                "identifier": [{"system": f"{codes.OURS}order", "value": row.number}, identifier(row)],
                "basedOn": self.wanted,
                "status": codes.TASK[row.status],
                "businessStatus": {
                    "coding": [codes.ours("order-status", row.status, row.get_status_display())],
                    "text": row.get_status_display(),
                },
                "intent": "order",
                "code": {"text": "上门护理"},
                "focus": encounter,
                "for": self.patient,
                "executionPeriod": period(row.arrived_at, row.finished_at),
                "authoredOn": instant(row.created_at),
                "lastModified": instant(row.status_since),
                "requester": self.people.place(row.centre),
                "owner": self.people.staff(nurse.user, nurse=nurse) if nurse else {},
                "restriction": {"period": period(row.planned_start or row.window_start, row.planned_end)},
            },
        )

    def encounter(self) -> dict[str, str]:
        row = self.order
        nurses = [row.nurse] if row.nurse else []
        nurses += [one.nurse for one in row.companions.all() if one.nurse and one.status in ALONG]
        return self.shelf.put(
            "Encounter",
            str(row.pk),
            {
                "identifier": [{"system": f"{codes.OURS}order", "value": row.number}],
                "status": codes.ENCOUNTER[row.status],
                "class": codes.HOME if row.place == Place.HOME else codes.AMBULATORY,
                "subject": self.patient,
                "basedOn": self.wanted,
                "participant": [{"individual": self.people.staff(one.user, nurse=one)} for one in nurses],
                "period": period(row.arrived_at, row.finished_at),
                "serviceProvider": self.people.place(row.centre),
            },
        )

    def done(self, encounter: dict[str, str]) -> list[dict[str, str]]:
        """One procedure for each item, once care has begun, with what was left out and why."""
        row, record = self.order, self.order.visit_record
        status = codes.PROCEDURE.get(row.status)
        if record is None or status is None:
            return []
        made = []
        for line, wanted in zip(row.lines.all(), self.wanted, strict=True):
            notes = [
                f"未做「{one.step.text}」：{one.reason}" for one in self.left_out if one.step.item_id == line.item_id
            ]
            made.append(
                self.shelf.put(
                    "Procedure",
                    f"line:{line.pk}",
                    {
                        "identifier": [identifier(record)],
                        "basedOn": [wanted],
                        "status": status,
                        "code": _item(line),
                        "subject": self.patient,
                        "encounter": encounter,
                        "performedPeriod": period(row.arrived_at, row.finished_at),
                        "performer": self._performer(),
                        "note": [note for words in [record.note, *notes] for note in text(words)],
                    },
                )
            )
        return made

    def measured(self, encounter: dict[str, str]) -> list[dict[str, str]]:
        """One observation for each value; the two pressures are one measurement."""
        record = self.order.visit_record
        if record is None:
            return []
        by_key = {one.measurement_id: one for one in self.readings}
        pressures = [by_key[key] for key in codes.PRESSURES if key in by_key]
        made = []
        if len(pressures) == len(codes.PRESSURES):
            parts = [{"code": _concept(one), **_value(one)} for one in pressures]
            made.append(
                self._observation(
                    f"pressure:{record.pk}", pressures[0], {"coding": [codes.BLOOD_PRESSURE]}, {"component": parts},
                    pressures, encounter,
                )
            )  # fmt: skip
        for one in self.readings:
            value = _value(one)
            if value and not (made and one in pressures):
                made.append(self._observation(f"reading:{one.pk}", one, _concept(one), value, [one], encounter))
        return made

    def _observation(self, key, first, code, value, rows, encounter) -> dict[str, str]:
        record: VisitRecord = self.order.visit_record
        alerts = "；".join(one.alert for one in rows if one.alert)
        vital = codes.LOINC_OF.get(first.measurement_id, ("", "", False))[2]
        category = ("vital-signs", "Vital Signs") if vital else ("exam", "Exam")
        return self.shelf.put(
            "Observation",
            key,
            {
                "identifier": [identifier(one) for one in rows],
                "status": "final" if record.closed_at else "preliminary",
                "category": [
                    {"coding": [{"system": codes.OBSERVATION_CATEGORY, "code": category[0], "display": category[1]}]}
                ],
                "code": code,
                "subject": self.patient,
                "encounter": encounter,
                "effectiveDateTime": instant(first.at),
                "issued": instant(first.recorded_at),
                "performer": [one["actor"] for one in self._performer()],
                "interpretation": text(alerts),
                "note": [note for one in rows for note in text(one.explanation)],
                **value,
            },
        )

    def _performer(self) -> list[dict[str, Any]]:
        nurse = self.order.nurse
        if nurse is None:
            return []
        return [
            {"actor": self.people.staff(nurse.user, nurse=nurse), "onBehalfOf": self.people.place(self.order.centre)}
        ]


def _item(line: OrderLine) -> dict[str, Any]:
    item = line.item
    return {"coding": [codes.ours("item", item.code, item.name)], "text": item.name}


def _concept(reading: Reading) -> dict[str, Any]:
    measurement = reading.measurement
    coding = []
    if known := codes.LOINC_OF.get(measurement.key):
        coding.append({"system": codes.LOINC, "code": known[0], "display": known[1]})
    return {"coding": [*coding, codes.ours("measurement", measurement.key, measurement.label)]}


def _value(reading: Reading) -> dict[str, Any]:
    """The value in FHIR's own type; a photo stays where it is kept."""
    kind, said, unit = reading.measurement.type, reading.value, reading.measurement.unit
    if kind == reading.measurement.Type.PHOTO:
        return {}
    if kind in MANY and (number := _number(said)) is not None:
        return {"valueQuantity": _quantity(number, unit)}
    if said in SPOKEN and kind == reading.measurement.Type.BOOLEAN:
        return {"valueBoolean": SPOKEN[said]}
    return {"valueString": said}


def _quantity(value: int | float, unit: str) -> dict[str, Any]:
    coded = codes.UCUM_OF.get(unit)
    return {"value": value, "unit": unit, **({"system": codes.UCUM, "code": coded} if coded else {})}


def _number(said: str) -> int | float | None:
    try:
        value = float(said)
    except ValueError:
        return None
    return int(value) if value.is_integer() and "." not in said else value
