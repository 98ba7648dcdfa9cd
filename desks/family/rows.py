"""Prepared rows of family pages: an order as a list of tasks, a request as a story, a record in plain words."""

from clinical import versions
from desks import office
from desks.templatetags.wording import day
from orders import faces, second_seat, selectors
from orders.lifecycle import NOT_BEGUN, OPEN, ORDER, RATEABLE, SEATED, WAITING
from orders.models import Order, ServiceRequest

IDENTIFIERS = {"name": "姓名", "birth_date": "出生日期", "identity": "证件", "phone": "电话", "face": "本人面貌"}
CODE_HELPS = SEATED | ORDER["confirm"].from_
QUESTIONS = (
    ("on_time", "护士准时到了吗"),
    ("explained", "操作前，护士讲清楚了吗"),
    ("asked", "操作中，护士问您的感受了吗"),
    ("observed", "操作后，护士留下来观察了吗"),
)


def plain(face) -> dict:
    """A face with the family's own words."""
    return {"label": face.plain, "family": face.family, "icon": face.icon}


def person(patient) -> dict:
    return {"name": patient.name, "sex": patient.sex, "age": office.age(patient.birth_date)}


def order(row: Order) -> dict:
    """Everything that a card of an order shows, without a query."""
    face = faces.order(row)
    return {
        "row": row,
        "face": plain(face),
        "when": row.planned_start or row.window_start,
        "until": row.planned_end if row.planned_start else row.window_end,
        "agreed": row.planned_start is not None,
        "nurse": row.nurse if row.accepted_at else None,
        "beside": second_seat.beside(row) if row.accepted_at else None,
        # Told to the nurse at the end of the visit; before somebody has accepted there is nobody to tell.
        "code": " ".join(row.visit_code) if row.accepted_at and row.status in CODE_HELPS else "",
        "not_begun": row.status in NOT_BEGUN,
        "open": row.status in OPEN,
        "promise": promise(row),
    }


def promise(row: Order) -> str:
    """What is honestly known while nobody is free: the first day on which somebody could come, or that none is."""
    if getattr(row, "waiting_since", None) is None:
        return ""
    if row.promised_on is None:
        return "两周内没有合适的护士，有了会马上告诉您。也可以改时间，或请中心帮您想别的办法。"
    return f"预计最早{day(row.promised_on)}有护士有空，确定后会马上告诉您准确的时间。"


def tasks(row: Order) -> list[dict]:
    """The way of an order from top to bottom: what is done and when, what goes on, what comes."""
    request, face = row.request, faces.order(row)
    assessment, nurse = request.assessment, row.nurse
    signed = max((paper.signed_at for paper in (row.consent, row.agreement) if paper), default=None)
    way = [
        (
            "医生上门评估",
            assessment.signed_at if assessment else None,
            f"{assessment.doctor.display_name}医生" if assessment else "",
        ),
        ("医生开具护理项目", row.prescription.signed_at, ""),
        ("签署同意书和服务协议", signed, ""),
        ("护士约好时间", row.accepted_at, f"{nurse.user.display_name}，{nurse.get_title_display()}" if nurse else ""),
        ("护士出发", row.departed_at, ""),
        ("护士到家，开始护理", row.arrived_at, ""),
        ("护理结束", row.finished_at, ""),
        ("您确认服务", row.confirmed_at, row.get_confirmed_how_display()),
        ("您评价服务", row.rating_at, ""),
    ]
    done = [{"title": title, "at": at, "note": note, "state": "done"} for title, at, note in way if at]
    left = [title for title, at, _ in way if not at]
    if face.family == "alert" or row.status not in OPEN | RATEABLE:
        stopped = {"title": face.plain, "at": row.status_since, "detail": row.last_reason, "state": "alert"}
        return [*done, stopped]
    going = [{"title": left[0], "note": face.plain, "state": "now"}] if left else []
    return [*done, *going, *({"title": title, "state": "todo"} for title in left[1:])]


def request(row: ServiceRequest) -> dict:
    return {"row": row, "face": plain(faces.request(row)), "waiting": row.status in WAITING}


def story(row: ServiceRequest) -> list[dict]:
    """The way of a request in plain words, from its own steps."""
    taken = {step.name: step for step in selectors.request_steps(row)}
    words = {
        "submit": "提交申请",
        "receive": "中心受理",
        "plan_assessment": "约好医生上门评估",
        "prescribe": "医生开具护理项目",
        "close": "这次申请的服务全部结束",
    }
    face = faces.request(row)
    lines = [
        {"title": words[name], "at": step.taken_at, "note": _detail(name, row), "state": "done"}
        for name, step in taken.items()
        if name in words
    ]
    left = [title for name, title in words.items() if name not in taken]
    if row.status in WAITING:
        lines.append({"title": face.plain, "state": "now"})
        return lines + [{"title": title, "state": "todo"} for title in left[:-1] if title not in face.plain]
    if row.outcome_reason or not row.prescription_id:
        lines.append({"title": face.plain, "at": row.status_since, "state": "alert"})
    return lines


def _detail(name, row):
    if name == "plan_assessment" and row.assessment:
        return f"{row.assessment.doctor.display_name}医生"
    return row.centre.name if name == "receive" else ""


def record(row: Order) -> dict | None:
    """What the nurse did and measured, once she has left."""
    kept = row.visit_record
    if kept is None or not row.finished_at:
        return None
    entries = list(kept.step_entries.select_related("step__item").order_by("step__item__number", "step__number"))
    return {
        "row": kept,
        "nurse": row.nurse,
        "identifiers": "、".join(IDENTIFIERS.get(key, key) for key in kept.identifiers),
        "done": sum(entry.done for entry in entries),
        "left_out": [entry for entry in entries if not entry.done],
        "readings": list(kept.readings.select_related("measurement").order_by("pk")),
        "versions": versions.of_record(kept),
        "late": versions.late_readings(kept),
        "until": row.finished_at,
    }


def items(row: Order) -> list[dict]:
    return [{"name": line.item.name, "about": line.item.plain_words} for line in row.lines.all()]
