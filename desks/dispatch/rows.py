"""Prepared rows of the desk: no template compares a state, asks the database or counts days."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from desks import office
from desks.templatetags.wording import day
from orders import deadlines, faces, returns, second_seat
from orders.lifecycle import OPEN, ORDER, SEATED

NO_DAY = "两周内没有合适的护士"
GROUPS = {
    "to_receive": ("待受理", "新申请提交后会出现在这里。", "file-text"),
    "to_plan": ("待安排首诊", "受理后的申请会在这里等您安排家庭医生上门。", "calendar"),
    "late": ("逾时未到", "约定时间已过、护士还没有签到的上门会出现在这里。", "clock-exclamation"),
    "alarms": ("安全事件", "中止的服务和超时未结束的上门会出现在这里，直到处置完毕。", "alert-triangle"),
    "declined": ("护士退回", "护士拒单或退单后，等您重新安排的订单会出现在这里。", "arrow-back-up"),
    "expired": ("超时无人接", "接单期限已过、等您重新安排的订单会出现在这里。", "clock"),
    "to_dispatch": ("待派单", "签好同意书的订单会在这里等您选择护士。", "users"),
    "wait_listed": ("排队等候", "没有护士有空、已告诉家属预计日期的订单会出现在这里。", "clock"),
    "disputed": ("有异议", "家属对服务提出异议后会出现在这里。", "message-report"),
    "to_sign": ("待签同意书", "医生开具项目后，等服务对象签字的订单会出现在这里。", "signature"),
    "offered": ("待接单", "已派给护士、还没有答复的订单会出现在这里。", "clock"),
    "under_way": ("进行中", "护士已接单的上门会出现在这里。", "navigation"),
    "no_show": ("失约", "近七天里没有做成的上门会出现在这里。", "calendar"),
}


def promise(row) -> str:
    """What a family on the waiting list was told."""
    if row.waiting_since is None:
        return ""
    return f"预计最早 {day(row.promised_on)}" if row.promised_on else NO_DAY


def of_request(row, now: datetime, settings: Mapping[str, Any]) -> dict:
    return {
        "url": reverse("dispatch:request", args=[row.number]),
        "do": "do",
        "number": row.number,
        "name": row.patient.name,
        "sex": row.patient.sex,
        "age": office.age(row.patient.birth_date),
        "town": row.address.town.name,
        "face": faces.request(row),
        "what": "、".join(item.name for item in row.wished_items.all()) or row.wish,
        "channel": row.get_channel_display(),
        "submitted_at": row.submitted_at,
        "window": (row.wished_from, row.wished_to),
        "since": row.status_since,
        "since_label": "已等",
        "due": deadlines.of_request(row.status, row.status_since, settings),
        "sample": returns.of_request(row, settings, now),
        "note": "",
    }


def of_order(row, now: datetime, settings: Mapping[str, Any]) -> dict:
    when, until = (row.planned_start, row.planned_end) if row.planned_start else (row.window_start, row.window_end)
    due = deadlines.of_row(row, settings)
    seated = row.status in SEATED
    return {
        "url": reverse("dispatch:order", args=[row.number]),
        # Where on the order's page the next step is.
        "do": "offer" if row.status in ORDER["offer"].from_ else "do",
        "number": row.number,
        "name": row.patient.name,
        "sex": row.patient.sex,
        "age": office.age(row.patient.birth_date),
        "town": row.address.town.name,
        "face": faces.order(row),
        "what": "、".join(line.item.name for line in row.lines.all()),
        "nurse": row.nurse.user.display_name if row.nurse else "",
        "pair": "还差同行护士" if second_seat.missing(row) else "",
        "when": when,
        "until": until,
        "since": row.status_since,
        # An accepted visit shows where it stands; its hour is its deadline, and being past it is told by ``late``.
        # Who waits on the list has been told a day; that is the promise, not the desk's own clock.
        "due": None if (seated and row.accepted_at) or row.waiting_since else due,
        "promise": promise(row),
        "sample": returns.of_order(row, settings, now),
        "late": bool(seated and row.arrived_at is None and row.planned_start and row.planned_start < now)
        or bool(not seated and row.status in OPEN and row.window_start < now and row.finished_at is None),
        "note": row.last_reason if not seated else "",
    }
