"""One order or request as facts for those who oversee: what was agreed, who came, what was done, in prepared rows."""

from clinical import versions
from desks import office
from desks.listing import order_row
from desks.nurse import calls
from orders import arrival, faces, selectors
from orders.lifecycle import ORDER, REQUEST
from orders.models import EligibilityAnswer, Rating
from orders.services.visits import MISSED_BY
from safety import selectors as safety

IDENTIFIERS = {"name": "姓名", "birth_date": "出生日期", "identity": "证件", "phone": "电话", "face": "本人面貌"}
QUESTIONS = (
    ("on_time", "准时到达"),
    ("explained", "操作前解释"),
    ("asked", "操作中询问"),
    ("observed", "操作后观察"),
)
ASKED_AT = {
    "offer": "派单",
    "accept": "接单",
    "check_in": "到达签到",
    "with_offer": "安排同行",
    "with_accept": "同意同行",
}


def of_order(order) -> dict:
    """:class:`orders.models.Order` as :func:`orders.selectors.order` gives it."""
    return {
        "order": order,
        "face": faces.order(order),
        "age": office.age(order.patient.birth_date),
        "timeline": _timeline(selectors.order_steps(order), ORDER, faces.ORDER),
        "record": _record(order.visit_record),
        "proofs": arrival.described(order.arrival_proofs.all()),
        "rating": _rating(order),
        "recorder": calls.carried(safety.carrying(order)),
        "failed_by": MISSED_BY.get(order.failed_by, order.failed_by),
        "answers": [
            {
                "row": answer,
                "at_step": ASKED_AT.get(answer.asked_at_step, answer.asked_at_step),
                "sentences": [said["sentence"] for said in answer.refusals + answer.warnings if "sentence" in said],
            }
            for answer in EligibilityAnswer.objects.filter(order=order).select_related("nurse__user").order_by("pk")
        ],
    }


def of_request(row, route: str) -> dict:
    """``route`` opens one of its orders by number."""
    return {
        "row": row,
        "face": faces.request(row),
        "age": office.age(row.patient.birth_date),
        "items": "、".join(item.name for item in row.wished_items.all()),
        "timeline": _timeline(selectors.request_steps(row), REQUEST, faces.REQUEST),
        "lines": list(selectors.prescription_lines(row)) if row.prescription_id else [],
        "orders": [order_row(order, route) for order in _visits(row)],
    }


def _visits(row):
    return (
        row.orders.select_related("patient", "nurse__user", "centre")
        .prefetch_related("lines__item")
        .order_by("-pk")[: selectors.PAGE]
    )


def _timeline(steps, workflow, looks):
    return [
        {
            "title": workflow[step.name].label,
            "at": step.taken_at,
            "note": f"{step.taken_by}" if step.taken_by_id else "平台自动处理",
            "detail": step.reason,
            "state": "alert" if looks[step.to_status].family == "alert" else "done",
        }
        for step in steps
    ]


def _record(record):
    if record is None:
        return None
    steps = list(record.step_entries.select_related("step__item").order_by("step__item__number", "step__number"))
    return {
        "row": record,
        "identifiers": "、".join(IDENTIFIERS.get(key, key) for key in record.identifiers),
        "steps_done": sum(entry.done for entry in steps),
        "steps_left_out": [entry for entry in steps if not entry.done],
        "readings": list(record.readings.select_related("measurement").order_by("pk")),
        "versions": versions.of_record(record),
        "late": versions.late_readings(record),
    }


def _rating(order):
    rating = Rating.objects.filter(order=order).first()
    return rating and {"row": rating, "answers": [(label, getattr(rating, key)) for key, label in QUESTIONS]}
