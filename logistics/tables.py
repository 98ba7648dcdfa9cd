"""The registers as lines of a sheet: for the export and for paper. Names of patients are masked on both."""

from collections.abc import Iterable

from django.utils import timezone

from kernel.identity import mask_name
from logistics.models import Specimen, WasteBag

SPECIMEN_HEAD = [
    "标签号", "状态", "标本类型", "订单编号", "服务对象", "采集护士", "采集时间", "应送达", "冷藏箱", "送往",
    "送交时间", "送交人", "接收人", "箱温（℃）", "检验接收", "结果判断", "告知时间", "原因",
]  # fmt: skip
WASTE_HEAD = [
    "袋（盒）号", "状态", "类别", "容器", "订单编号", "护士", "封口时间", "件数", "登记重量（克）", "交回时间",
    "交出人", "接收人", "复核重量（克）", "暂存期限", "处置单位", "转移联单号", "原因",
]  # fmt: skip


def specimens(rows: Iterable[Specimen]) -> list[list[str]]:
    return [SPECIMEN_HEAD, *(_specimen(row) for row in rows)]


def bags(rows: Iterable[WasteBag]) -> list[list[str]]:
    return [WASTE_HEAD, *(_bag(row) for row in rows)]


def _specimen(row):
    return [
        _safe(row.label), row.get_status_display(), row.get_kind_display(), row.order.number,
        mask_name(row.patient.name), row.nurse.display_name, _at(row.collected_at), _at(row.due_at),
        _safe(row.box_number), _safe(row.destination), _at(row.handed_at), _safe(row.handed_by), _safe(row.handed_to),
        "" if row.box_temp is None else str(row.box_temp), _at(row.received_at), row.get_flag_display(),
        _at(row.told_at), row.get_gone_because_display(),
    ]  # fmt: skip


def _bag(row):
    removal = row.removal
    return [
        _safe(row.number), row.get_status_display(), row.get_kind_display(), row.get_container_display(),
        row.order.number, row.nurse.display_name, _at(row.sealed_at), _number(row.count), _number(row.weight_g),
        _at(row.handed_at), _safe(row.handed_by), _safe(row.handed_to), _number(row.checked_g), _at(row.store_until),
        _safe(removal.disposer) if removal else "", _safe(removal.manifest) if removal else "", _safe(row.gone_reason),
    ]  # fmt: skip


def _at(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _number(value) -> str:
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    """A spreadsheet takes a cell that begins with one of these for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
