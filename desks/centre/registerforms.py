"""What the registers ask for: filters in the address, and the fields of each step. Verbs do the judging."""

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from desks import office
from desks.listing import span
from desks.stepforms import AskForm
from logistics import selectors
from logistics.lifecycle import (
    AT_THE_LABORATORY,
    CARRIED_WASTE,
    ON_OUR_HANDS,
    STORED,
    TO_HAND_OVER,
    UNDER_WAY,
    SpecimenStatus,
    WasteStatus,
)
from logistics.models import Specimen, WasteBag


class Filter(forms.Form):
    """What a register is asked for; a value that makes no sense is left out, never an error."""

    state = forms.ChoiceField(label="状态", required=False)
    on = office.DateField(label="日期", required=False)
    nurse = forms.TypedChoiceField(label="护士", coerce=int, empty_value=None, required=False)
    q = forms.CharField(label="标签号或订单编号", max_length=30, required=False)

    day, number, groups, figures, statuses = "", "", {}, {}, SpecimenStatus

    def __init__(self, data, *, nurses):
        super().__init__(data)
        grouped = [(key, words) for key, (words, _) in self.groups.items()]
        self.fields["state"].choices = [("", "全部状态"), *grouped, *self.statuses.choices]
        self.fields["nurse"].choices = [("", "全部护士"), *nurses]

    def asked(self) -> dict:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}

    def narrow(self, rows, now):
        asked = self.asked()
        if state := asked.get("state"):
            rows = rows.filter(self.groups[state][1](now) if state in self.groups else Q(status=state))
        if on := asked.get("on"):
            start, end = span(on)
            rows = rows.filter(**{f"{self.day}__gte": start, f"{self.day}__lt": end})
        if nurse := asked.get("nurse"):
            rows = rows.filter(nurse=nurse)
        if words := asked.get("q", "").strip():
            rows = rows.filter(Q(**{f"{self.number}__istartswith": words}) | Q(order__number__istartswith=words))
        return rows

    def chips(self, request: HttpRequest) -> list[dict]:
        chips = []
        for name, value in self.asked().items():
            left = request.GET.copy()
            left.pop("page", None)
            left.pop(name)
            chips.append({"label": self._words(name, value), "url": f"?{left.urlencode()}"})
        return chips

    def words(self) -> str:
        """What was asked for, in one line for the trace and for paper."""
        return "，".join(self._words(name, value) for name, value in self.asked().items()) or "全部"

    def _words(self, name, value):
        if name == "on":
            return f"{self.fields['on'].label} {value.year}年{value.month}月{value.day}日"
        if name == "q":
            return f"编号 {value}"
        return dict(self.fields[name].choices)[value]


class SpecimenFilter(Filter):
    day, number, statuses = "collected_at", "label", SpecimenStatus
    groups = {
        "late": ("逾期和危急值", selectors.late_specimens),
        "under_way": ("在途（全部）", lambda now: Q(status__in=UNDER_WAY)),
        "laboratory": ("在检验科", lambda now: Q(status__in=AT_THE_LABORATORY)),
        "critical": ("危急值未告知", lambda now: selectors.CRITICAL),
    }
    figures = {
        "late": groups["late"],
        "critical": groups["critical"],
        "collected": (SpecimenStatus.COLLECTED.label, lambda now: Q(status__in=TO_HAND_OVER)),
        "laboratory": groups["laboratory"],
    }

    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.fields["on"].label = "采集日期"


class WasteFilter(Filter):
    day, number, statuses = "sealed_at", "number", WasteStatus
    groups = {
        "late": ("逾期（全部）", selectors.late_bags),
        "here": ("在护士手中和暂存间", lambda now: Q(status__in=ON_OUR_HANDS)),
    }
    figures = {
        "late": groups["late"],
        "declared": (WasteStatus.DECLARED.label, lambda now: Q(status__in=CARRIED_WASTE)),
        "handed_in": (WasteStatus.HANDED_IN.label, lambda now: Q(status__in=STORED)),
    }

    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.fields["on"].label = "封口日期"
        self.fields["q"].label = "袋（盒）号或订单编号"


class Names(AskForm):
    giver = forms.CharField(label="交出人", max_length=40)
    receiver = forms.CharField(label="接收人", max_length=40)


class HandOver(Names):
    temperature = forms.CharField(
        label="冷藏箱温度（℃）", max_length=12, required=False, help_text="放在冷藏箱里的标本必填。",
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )  # fmt: skip
    words = forms.CharField(label="说明", max_length=200, required=False)


class Receive(AskForm):
    receiver = forms.CharField(label="检验接收人", max_length=40)


class Gone(AskForm):
    because = forms.ChoiceField(label="原因类别", choices=[("", "请选择原因"), *Specimen.Gone.choices])
    reason = office.TextField(label="具体情况", rows=2, max_length=200)


class Result(AskForm):
    text = office.TextField(label="检验结果", rows=3, max_length=500)
    flag = forms.ChoiceField(label="结果判断", choices=Specimen.Flag.choices, widget=forms.RadioSelect)


class Tell(AskForm):
    words = office.TextField(
        label="告知情况", rows=2, max_length=200, help_text="告知了谁、怎样告知、交代了什么。"
    )  # fmt: skip


class HandIn(Names):
    weight_g = forms.IntegerField(
        label="复核重量（克）", widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    words = forms.CharField(label="说明", max_length=200, required=False)


class Lost(AskForm):
    reason = office.TextField(label="经过和已采取的措施", rows=2, max_length=200)


class Withdraw(AskForm):
    reason = forms.CharField(label="撤销原因", max_length=200)


class Remove(AskForm):
    bags = forms.MultipleChoiceField(label="移交的医疗废物", widget=forms.CheckboxSelectMultiple)
    disposer = forms.CharField(label="处置单位", max_length=80)
    licence = forms.CharField(label="经营许可证号", max_length=40)
    manifest = forms.CharField(label="转移联单号", max_length=40)
    batch = forms.CharField(label="批次", max_length=40)
    weight_g = forms.IntegerField(
        label="总重量（克）", widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    giver = forms.CharField(label="移交人", max_length=40)
    receiver = forms.CharField(label="处置单位接收人", max_length=40)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args, rows: list[WasteBag], **options):
        super().__init__(*args, **options)
        self.fields["bags"].choices = [(row.pk, _one_line(row)) for row in rows]


def _one_line(row: WasteBag) -> str:
    until = timezone.localtime(row.store_until)
    kind = f"{row.get_kind_display()}，{row.get_container_display()}"
    return f"{row.number}，{kind}，{row.checked_g} 克，暂存到 {until.month}月{until.day}日 {until:%H:%M}"


SPECIMEN_FORMS = {
    "hand_over": HandOver, "receive": Receive, "reject": Gone, "result": Result, "tell": Tell, "lose": Gone,
}  # fmt: skip
WASTE_FORMS = {"hand_in": HandIn, "withdraw": Withdraw, "lose": Lost}
