"""The centre's own service by month: figures beside the month before, and each leads to the rows that it counts."""

from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from desks import office
from desks.centre.desk import place, reader, show
from desks.measured import short, worded
from indicators import months, own
from indicators.definitions import SHARE, Definition

WIDTH, HEIGHT, STEP, BAR = 480, 120, 40, 26


@require_safe
def overview(request):
    this = months.month_of(timezone.localdate())
    kept = own.year(actor=reader(request), centre=place(request), last=this, now=timezone.now())
    columns = [own.definition(code) for code in kept]
    month = _asked(request, kept["visits"])
    at = next(n for n, one in enumerate(kept["visits"]) if one.month == month)
    context = {
        "month": month,
        "this": month == this,
        "figures": [_tile(own.definition(code), past, at) for code, past in kept.items()],
        "columns": columns,
        "lines": [
            {"month": one.month, "cells": [_cell(own.definition(code), past[n]) for code, past in kept.items()],
             "current": n == at}
            for n, one in reversed(list(enumerate(kept["visits"])))
        ],
        "chart": _chart(kept["visits"]),
        "any": any(one.denominator for past in kept.values() for one in past),
    }  # fmt: skip
    return show(request, "figures", context)


@require_safe
def one(request, code):
    meant = own.definition(code)
    this = months.month_of(timezone.localdate())
    found = months.asked(request.GET.get("month", ""))
    month = found if found and found.year >= 2000 and found <= this else this
    rows = own.behind(actor=reader(request), centre=place(request), code=code, month=month, now=timezone.now())
    page = office.page_of(rows, request)
    page.object_list = [_behind(meant, row) for row in page.object_list]
    context = {
        "meant": meant,
        "month": month,
        "page": page,
        "crumbs": [
            {"label": "服务数据", "url": f"{reverse('centre:figures')}?{urlencode({'month': f'{month:%Y-%m}'})}"},
            {"label": meant.name, "url": ""},
        ],
    }
    return show(request, "figure", context)


def _asked(request, past) -> date:
    """The asked month of the twelve, or this one."""
    found = months.asked(request.GET.get("month", ""))
    return found if found in {one.month for one in past} else past[-1].month


def _address(code: str, month: date) -> str:
    return f"{reverse('centre:figures_one', args=[code])}?{urlencode({'month': f'{month:%Y-%m}'})}"


def _tile(meant: Definition, past, at: int) -> dict:
    here, before = past[at], past[at - 1] if at else None
    missed = short(meant, here.value)
    return {
        "label": meant.name,
        "value": worded(meant, here.value),
        "why": missed or _beside(meant, here.value, before.value if before else None),
        "tone": "ask" if missed else "",
        "icon": "alert-triangle" if missed else "",
        "url": _address(meant.code, here.month),
    }


def _beside(meant: Definition, value: Decimal | None, old: Decimal | None) -> str:
    """The value beside the month before, in words."""
    if value is None:
        return "这个月没有记录"
    if old is None:
        return "上个月没有记录"
    if value == old:
        return "与上个月相同"
    unit = "个百分点" if meant.unit == "%" else meant.unit
    amount = worded(meant, abs(value - old)).removesuffix(meant.unit).strip()
    return f"比上个月{'多' if value > old else '少'} {amount} {unit}"


def _cell(meant: Definition, figure) -> dict:
    return {
        "value": "没有" if figure.value is None else worded(meant, figure.value),
        "url": _address(meant.code, figure.month) if figure.denominator else "",
        "name": meant.name,
        "short": bool(short(meant, figure.value)),
    }


def _chart(past) -> dict:
    """Twelve months of visits as bars in an SVG, the oldest first; the table below says the same."""
    numbers = [int(one.numerator) for one in past]
    top = max(numbers)
    bars = [
        {
            "month": one.month, "n": n, "x": i * STEP + 7, "middle": i * STEP + 7 + BAR // 2,
            "height": (tall := n * (HEIGHT - 20) // top if top else 0), "y": HEIGHT - tall, "over": HEIGHT - tall - 5,
        }
        for i, (one, n) in enumerate(zip(past, numbers, strict=True))
    ]  # fmt: skip
    return {"bars": bars, "total": sum(numbers), "width": WIDTH, "height": HEIGHT, "bar": BAR, "any": bool(top)}


def _behind(meant: Definition, row: dict) -> dict:
    orders = own.OWN[meant.code][1].about == "orders"
    amount, unit = Decimal(str(row["amount"])), own.OWN[meant.code][1].unit
    if meant.kind == SHARE:
        said = "计入" if amount else "不计入"
    else:
        said = f"{amount.quantize(Decimal('0.1')):f} {unit}" if unit else "1"
    url = reverse("centre:orders_one", args=[row["about"]]) if orders and row["about"] else ""
    return {"at": row["at"], "number": row["about"], "said": said, "url": url}
