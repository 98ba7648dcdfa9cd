"""How a call's status and a letter's state look on a page: colour family, icon, word."""

from notifications.lifecycle import CallStatus
from notifications.models import Delivery

CALL = {
    CallStatus.OPEN: {"family": "ask", "icon": "phone-call", "label": "待打电话"},
    CallStatus.DONE: {"family": "done", "icon": "check", "label": "已告知"},
    CallStatus.GIVEN_UP: {"family": "alert", "icon": "alert-triangle", "label": "没有联系上"},
}

DELIVERY = {
    Delivery.State.QUEUED: {"family": "wait", "icon": "clock", "label": "等待送出"},
    Delivery.State.HANDED: {"family": "go", "icon": "send", "label": "已交给通道"},
    Delivery.State.DELIVERED: {"family": "done", "icon": "check", "label": "已送达"},
    Delivery.State.DEAD: {"family": "alert", "icon": "alert-triangle", "label": "已转人工"},
    Delivery.State.GONE: {"family": "wait", "icon": "cloud-off", "label": "设备已不接收"},
}
