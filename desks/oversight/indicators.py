"""Indicators of the district, its hospitals and centres: month by month, with peers, down to the rows behind them."""

import base64
import binascii
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import downloads, office
from desks.measured import short, worded
from desks.oversight.desk import district, reader, show
from desks.stepforms import number_of
from desks.steps import attempt
from indicators import files, measures, months, selectors, services
from indicators.definitions import DEFINITIONS, OVER_SOMETHING, SHARE, YES_NO, Definition
from indicators.models import ImportBatch

SHOWN = 100  # lines of a report on one page
WIDTH, HEIGHT, BAR = 480, 120, 26
OFTEN = 10


class Entry(forms.Form):
    """One value by hand, with what shows it."""

    numerator = forms.DecimalField(label="分子", max_digits=15, decimal_places=4)
    denominator = forms.DecimalField(label="分母", max_digits=15, decimal_places=4)
    evidence = office.TextField(label="凭据", max_length=300, help_text="数据来自哪份文件或哪个系统，由谁提供。")

    def __init__(self, *args, meant: Definition, **options):
        super().__init__(*args, **options)
        self.fields["numerator"].label = meant.numerator or ("是（1）或否（0）" if meant.kind == YES_NO else "指标值")
        self.fields["denominator"].label = meant.denominator
        if meant.kind not in OVER_SOMETHING:
            del self.fields["denominator"]


class Choosing(forms.Form):
    """A file to look through; nothing is taken over yet."""

    file = forms.FileField(label="文件", help_text="CSV 格式，不超过 1 MB；先逐行检查，再决定是否导入。")


class Taking(forms.Form):
    """A file that was looked through, and where it is from."""

    content = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(widget=forms.HiddenInput, max_length=120)
    evidence = office.TextField(label="数据来源", max_length=300, help_text="来自哪个系统、由谁提供，会写入留痕。")


@require_safe
def listing(request):
    actor, month = reader(request), _month(request.GET)
    place = selectors.organisation(actor=actor, pk=number_of(request.GET.get("centre", "")))
    values = selectors.values_of(organisation=place, month=month)
    beside = selectors.peers(actor=actor, organisation=place, month=month)
    groups: dict[str, list] = {}
    # The platform's own stand first: they have values from the first visit on.
    for meant in sorted(DEFINITIONS.values(), key=lambda meant: meant.code.startswith("annex_")):
        groups.setdefault(meant.group, []).append(_line(meant, values, beside, month, place))
    context = {
        "sections": groups.items(),
        "place": place,
        "month": month,
        "before": months.before(month),
        "places": selectors.organisations(actor=actor),
        "weak": [row for rows in groups.values() for row in rows if row["short"]],
        "any": bool(values),
    }
    return show(request, "indicators", context)


@require_safe
def one(request, code):
    return _one(request, code, request.GET)


@require_POST
def record(request, code):
    meant, actor, month = selectors.definition(code), reader(request), _month(request.POST)
    place = selectors.organisation(actor=actor, pk=number_of(request.POST.get("centre", "")))
    form = Entry(request.POST, meant=meant)
    given = {"organisation": place, "code": code, "month": month, **office.act(request)}
    if meant.kind not in OVER_SOMETHING:
        given["denominator"] = None
    if office.done(form, services.record_value, **given):
        messages.success(request, f"已登记「{meant.name}」{month:%Y-%m} 的值。")
        return redirect(_address(code, month, place))
    return _one(request, code, request.POST, form=form, status=422)


@require_POST
def compute(request):
    """Reckon a month again; the same rows give the same values."""
    month, here = _month(request.POST), district(request)
    outcome = attempt(services.compute_month, district=here, month=month, **office.act(request))
    if outcome.done:
        messages.success(request, f"{month:%Y-%m} 的指标已按现有记录重新计算，共 {outcome.row} 个值。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect(f"{reverse('oversight:indicators')}?{urlencode({'month': f'{month:%Y-%m}'})}")


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request):
    """Look a file through, line by line; nothing is kept."""
    form = Choosing(request.POST or None, request.FILES or None)
    context: dict = {"form": form}
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        content = sent.read(files.MOST_BYTES + 1)
        read = files.read(content, places=files.places_of(reader(request)), now=timezone.now())
        context |= _report(read, sent.name)
        if read.good and not read.problems:
            packed = base64.b64encode(content).decode()
            context["taking"] = Taking(initial={"content": packed, "name": sent.name[:120]})
    return _bring(request, context, status=422 if form.errors or context.get("problems") else 200)


@require_POST
def take_over(request):
    form = Taking(request.POST)
    if office.done(form, _apply, district=district(request), **office.act(request)):
        messages.success(request, "文件已导入，各项指标已更新。")
        return redirect("oversight:indicators")
    context: dict = {"form": Choosing(), "taking": form}
    if content := _unpacked(form.data.get("content", "")):
        read = files.read(content, places=files.places_of(reader(request)), now=timezone.now())
        context |= _report(read, form.data.get("name", ""))
    return _bring(request, context, status=422)


@require_safe
def pattern(request):
    """An empty file with the head of columns and one line for each value that may be brought."""
    month = months.before(months.month_of(timezone.localdate()))
    place = district(request).name
    rows = [list(files.HEAD)]
    rows += [[place, meant.code, f"{month:%Y-%m}", "", ""] for meant in DEFINITIONS.values()
             if not measures.measure_of(meant.code)]  # fmt: skip
    text = "".join(",".join(row) + "\r\n" for row in rows)
    return downloads.saved(text.encode("utf-8-sig"), name="indicators.csv", kind="text/csv; charset=utf-8")


def _line(meant, values, beside, month, place) -> dict:
    kept = values.get(meant.code, {})
    row, old = kept.get(month), kept.get(months.before(month))
    value = row.value if row else None
    spread = beside.get(meant.code)
    return {
        "meant": meant,
        "row": row,
        "value": worded(meant, value),
        "before": worded(meant, old.value if old else None),
        "median": worded(meant, spread.median) if spread else "尚无数据",
        "target": worded(meant, meant.target) if meant.target is not None else "",
        "short": short(meant, value),
        "met": meant.target is not None and value is not None and meant.short_of_target(value) is None,
        "url": _address(meant.code, month, place),
        "counted": measures.measure_of(meant.code) is not None,
    }


def _one(request, code, asked, *, form=None, status=200):
    actor, meant, month = reader(request), selectors.definition(code), _month(asked)
    place = selectors.organisation(actor=actor, pk=number_of(asked.get("centre", "")))
    past = selectors.past(organisation=place, code=code, month=month)
    row = past[-1][1]
    counted = measures.measure_of(code)
    behind, names = None, {}
    if counted:
        below = selectors.centres_below(place)
        behind = office.page_of(measures.behind(code, month=month, places=below, now=timezone.now()), request)
        names = {one.pk: one.short_name for one in selectors.organisations(actor=actor)}
        behind.object_list = [_behind(meant, counted, one, names) for one in behind.object_list]
    spread = selectors.peers(actor=actor, organisation=place, month=month).get(code)
    value = row.value if row else None
    context = {
        "meant": meant,
        "place": place,
        "places": selectors.organisations(actor=actor),
        "month": month,
        "row": row,
        "value": worded(meant, value),
        "target": worded(meant, meant.target) if meant.target is not None else "",
        "short": short(meant, value),
        "spread": spread
        and {k: worded(meant, getattr(spread, k)) for k in ("low", "median", "high")} | {"n": spread.n},
        "chart": _chart(meant, past),
        "among": [
            {"row": one, "value": worded(meant, one.value), "short": short(meant, one.value)}
            for one in selectors.among(actor=actor, code=code, month=month)
        ],
        "page": behind,
        "counted": counted,
        "form": None if counted else form or Entry(meant=meant),
        "twin": DEFINITIONS.get(meant.twin),
        "twin_url": _address(meant.twin, month, place) if meant.twin else "",
        "crumbs": [{"label": "质量指标", "url": reverse("oversight:indicators")}, {"label": meant.name, "url": ""}],
    }
    return show(request, "indicator", context, status=status)


def _behind(meant, counted, row, names) -> dict:
    number = row["about"]
    amount = Decimal(str(row["amount"]))
    if meant.kind == SHARE:
        said = "计入" if amount else "不计入"
    else:
        said = f"{amount.quantize(Decimal('0.1'), ROUND_HALF_UP):f} {counted.unit}".strip() if counted.unit else "1"
    url = reverse(f"oversight:{counted.about}_one", args=[number]) if number and counted.about else ""
    return {"at": row["at"], "number": number, "said": said, "place": names.get(row["site"], ""), "url": url}


def _chart(meant, past) -> dict:
    """Twelve months as bars in an SVG, from the oldest; the table beside it says the same."""
    top = max([one.value for _, one in past if one and one.value is not None] + [meant.target or Decimal(0)], default=0)
    scale = Decimal(HEIGHT - 20) / top if top else Decimal(0)
    bars = []
    for n, (month, row) in enumerate(past):
        value = row.value if row else None
        tall = int((value or 0) * scale)
        bars.append(
            {
                "x": n * (WIDTH // 12) + 7, "y": HEIGHT - tall, "height": tall, "month": month,
                "value": worded(meant, value), "row": row, "low": meant.short_of_target(value) is not None,
                "middle": n * (WIDTH // 12) + 7 + BAR // 2,
            }
        )  # fmt: skip
    target = HEIGHT - int(meant.target * scale) if meant.target is not None and top else None
    any_value = any(bar["row"] and bar["row"].value is not None for bar in bars)
    return {"bars": bars, "target": target, "width": WIDTH, "height": HEIGHT, "bar": BAR, "any": any_value}


def _report(read, name) -> dict:
    lines = [
        {"n": one.n, "code": one.code, "name": DEFINITIONS[one.code].name, "month": one.month,
         "value": worded(DEFINITIONS[one.code], DEFINITIONS[one.code].reckon(one.numerator, one.denominator))}
        for one in read.good[:SHOWN]
    ]  # fmt: skip
    return {
        "read": read, "name": name, "lines": lines, "problems": read.problems[:SHOWN],
        "more": max(0, len(read.good) - SHOWN), "more_problems": max(0, len(read.problems) - SHOWN),
    }  # fmt: skip


def _bring(request, context, *, status):
    here = district(request)
    context |= {
        "head": files.HEAD,
        "batches": ImportBatch.objects.filter(organisation=here).select_related("imported_by").order_by("-pk")[:OFTEN],
        "crumbs": [{"label": "质量指标", "url": reverse("oversight:indicators")}, {"label": "导入", "url": ""}],
    }
    return show(request, "indicators_import", context, status=status)


def _apply(*, content, **given):
    return services.apply_file(content=_unpacked(content) or b"", **given)


def _unpacked(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _month(asked) -> date:
    """The asked month, or the one that ended last."""
    today = months.month_of(timezone.localdate())
    found = months.asked(asked.get("month", ""))
    return found if found and found.year >= 2000 and found <= today else months.before(today)


def _address(code, month, place) -> str:
    asked = urlencode({"month": f"{month:%Y-%m}", "centre": place.pk})
    return f"{reverse('oversight:indicators_one', args=[code])}?{asked}"
