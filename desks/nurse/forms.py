"""What a nurse is asked before a step: her words become the reason that the verb wants."""

from django import forms

from clinical.models import VisitRecord
from clinical.services.records import IDENTIFIERS
from desks.stepforms import AskForm, long_text
from logistics.kinds import SPECIMEN_CHOICES
from logistics.models import Specimen, WasteBag
from orders.offers import Offer
from orders.services.visits import MISSED_BY

OTHER = "其他"


class ReasonForm(forms.Form):
    """One of a few usual reasons, or own words."""

    usual: tuple[str, ...] = ()
    ask = "原因"

    why = forms.ChoiceField(label="原因", widget=forms.RadioSelect)
    words = forms.CharField(
        label="补充说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["why"].choices = [(word, word) for word in (*self.usual, OTHER)]
        self.fields["why"].label = self.ask

    def clean(self):
        if self.cleaned_data.get("why") == OTHER and not self.cleaned_data.get("words"):
            self.add_error("words", "选择「其他」时，请写一句说明。")
        return self.cleaned_data

    def inputs(self) -> dict:
        """What the command asks for."""
        parts = [self.cleaned_data["why"], self.cleaned_data["words"]]
        return {"reason": "：".join(part for part in parts if part and part != OTHER)}


class DeclineForm(ReasonForm):
    """One of the causes that the centre counts; anything else in own words."""

    usual = tuple(cause.label for cause in Offer.Cause if cause != Offer.Cause.OTHER)
    ask = "不能接的原因"

    def inputs(self) -> dict:
        cause = next(cause for cause in Offer.Cause if cause.label == self.cleaned_data["why"])
        return {"cause": cause.value, "reason": self.cleaned_data["words"]}


class GiveBackForm(ReasonForm):
    usual = ("身体不适", "前一单延误，赶不到", "家中有急事", "与家属沟通后需要改约")
    ask = "退单的原因"


class AlongNoForm(ReasonForm):
    usual = ("这个时间已有安排", "路程太远，赶不到", "身体不适")
    ask = "不能同行的原因"


class AlongBackForm(ReasonForm):
    usual = ("身体不适", "前一单延误，赶不到", "家中有急事")
    ask = "不能同行的原因"


class MissForm(ReasonForm):
    usual = ("按约定时间到达，家中无人应答", "服务对象临时外出或住院", "家属要求不再上门")
    ask = "经过"

    failed_by = forms.ChoiceField(label="没有履约的一方", choices=list(MISSED_BY.items()), widget=forms.RadioSelect)
    called_at = forms.DateTimeField(
        label="最后一次联系的时间",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}, format="%Y-%m-%dT%H:%M"),
    )
    file = forms.FileField(label="照片或文件", required=False, help_text="可以不传，例如门口的照片、通话记录的截图。")
    field_order = ["failed_by", "why", "words", "called_at", "file"]

    def inputs(self) -> dict:
        called = self.cleaned_data["called_at"]
        failed_by = self.cleaned_data["failed_by"]
        return {**super().inputs(), "failed_by": failed_by, "called_at": called.isoformat() if called else None}


class AppealForm(forms.Form):
    words = forms.CharField(
        label="申诉理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 300}),
        help_text="写明事实经过。由与此事无关的中心管理员裁定，可以申诉一次。",
    )


class AbortForm(ReasonForm):
    # Who does not feel safe has a button of her own, which calls the desk and says nothing of it to the household.
    usual = ("服务对象突发不适，已联系急救", "服务对象或家属拒绝继续", "现场没有操作条件")
    ask = "发生了什么"


class Checked(forms.MultipleChoiceField):
    """Shown as wanted; how many are enough is the verb's rule, which knows its clause."""

    def validate(self, value):
        if value:
            super().validate(value)


class CheckInForm(forms.Form):
    """Two identifiers at least; how many is the verb's rule. The place comes from the phone, when it comes."""

    identifiers = Checked(label="核对身份（至少两项）", widget=forms.CheckboxSelectMultiple)
    place_note = forms.CharField(
        label="到达说明",
        required=False,
        max_length=120,
        help_text="定位不准或在别处服务时，写一句即可。",
        widget=forms.TextInput(attrs={"maxlength": 120, "autocomplete": "off"}),
    )

    door_code = forms.CharField(
        label="到门码",
        required=False,
        max_length=8,
        help_text="4 位数字，请服务对象念出来，或扫家属手机上的码。没有也可以签到。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 8}),
    )
    field_order = ["identifiers", "door_code", "place_note"]

    PROBLEMS = {
        "refused": "手机没有允许定位",
        "timeout": "没有及时取得定位",
        "unavailable": "所在位置没有定位信号",
        "unsupported": "这台手机不支持定位",
    }

    def __init__(self, *args, patient=None, **kwargs):
        super().__init__(*args, **kwargs)
        known = {}
        if patient is not None:
            known = {
                "name": patient.name,
                "birth_date": f"{patient.birth_date.year}年{patient.birth_date.month}月{patient.birth_date.day}日",
                "identity": f"尾号 {patient.identity_tail}",
                "phone": f"尾号 {patient.phone_tail}",
            }
        self.fields["identifiers"].choices = [
            (key, f"{label}：{known[key]}" if key in known else label) for key, label in IDENTIFIERS.items()
        ]

    def inputs(self) -> dict:
        lon, lat = _number(self.data.get("lon"), 180), _number(self.data.get("lat"), 90)
        problem = self.PROBLEMS.get(self.data.get("location_problem", ""), "")
        note = "；".join(part for part in (self.cleaned_data["place_note"], problem) if part)
        here = lon is not None and lat is not None
        return {
            "identifiers": self.cleaned_data["identifiers"],
            "lon": lon if here else None,
            "lat": lat if here else None,
            "accuracy_m": abs(_number(self.data.get("accuracy"), 1e7) or 0) if here else None,
            "place_note": note,
            "door_code": self.cleaned_data["door_code"],
            "scanned": self.data.get("scanned") == "1",
            "words": self.cleaned_data["place_note"],
        }


class ConfirmForm(forms.Form):
    code = forms.CharField(
        label="上门码",
        max_length=6,
        help_text="6 位数字，在家属手机的订单页面上。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6}),
    )

    def inputs(self) -> dict:
        return {"code": self.cleaned_data["code"]}


class ShownForm(forms.Form):
    """A form that only shows: the values on record and what the verbs said about them. Verbs do the judging."""

    def __init__(self, *, values: dict, errors: dict | None = None):
        super().__init__(initial=values)
        kept = forms.utils.ErrorDict()
        for name, sentences in (errors or {}).items():
            kept[name] = self.error_class(sentences)
        self._errors = kept


# What a declaration in one word may say; several kinds at once are registered bag by bag.
IN_ONE_WORD = [choice for choice in VisitRecord.Waste.choices if choice[0] != VisitRecord.Waste.SEVERAL]


class WasteForm(ShownForm):
    waste = forms.ChoiceField(label="本次产生的医疗废物", choices=IN_ONE_WORD, widget=forms.RadioSelect)
    waste_bags = forms.IntegerField(
        label="带回机构的袋数",
        required=False,
        min_value=1,
        max_value=50,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 2}),
    )

    def __init__(self, *, now: str = "", **options):
        super().__init__(**options)
        if now == VisitRecord.Waste.SEVERAL:
            self.fields["waste"].choices = [*IN_ONE_WORD, (now, VisitRecord.Waste.SEVERAL.label)]


class BagForm(ShownForm):
    bag_kind = forms.ChoiceField(label="类别", choices=[("", "请选择类别"), *WasteBag.Kind.choices])
    bag_number = forms.CharField(
        label="袋（盒）号", required=False, help_text="不填时按订单编号自动编号。",
        widget=forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"}),
    )  # fmt: skip
    bag_count = forms.CharField(
        label="件数", required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 3}),
    )  # fmt: skip
    bag_weight = forms.CharField(
        label="重量", required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 5}),
    )  # fmt: skip


class SpecimenForm(ShownForm):
    specimen_kind = forms.ChoiceField(label="标本类型", choices=[("", "请选择类型"), *SPECIMEN_CHOICES])
    specimen_label = forms.CharField(
        label="标本编号", help_text="与标签上的一致。",
        widget=forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"}),
    )  # fmt: skip
    specimen_handed_to = forms.CharField(
        label="送往的检验科室", widget=forms.TextInput(attrs={"maxlength": 60, "autocomplete": "off"})
    )
    specimen_box = forms.CharField(
        label="冷藏箱编号", required=False, help_text="放进冷藏箱的才填。",
        widget=forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"}),
    )  # fmt: skip
    specimen_note = forms.CharField(
        label="说明", required=False, widget=forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"})
    )


class NoteForm(ShownForm):
    note = forms.CharField(
        label="护理记录",
        help_text="做了什么、服务对象的反应、交代了什么。",
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
    )
    next_step = forms.ChoiceField(label="下一步安排", choices=VisitRecord.Next.choices, widget=forms.RadioSelect)
    next_note = forms.CharField(
        label="下一步说明", required=False, widget=forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"})
    )


class HandForm(AskForm):
    """Whoever gives is she herself, unless somebody brings it for her."""

    giver = forms.CharField(label="交出人", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    receiver = forms.CharField(label="接收人", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    words = forms.CharField(
        label="说明", required=False, widget=forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"})
    )


class HandOverForm(HandForm):
    temperature = forms.CharField(
        label="冷藏箱温度", required=False, help_text="放在冷藏箱里的标本必填。",
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "maxlength": 6}),
    )  # fmt: skip


class LoseForm(AskForm):
    because = forms.ChoiceField(label="原因类别", choices=[("", "请选择原因"), *Specimen.Gone.choices])
    reason = forms.CharField(label="具体情况", max_length=200, widget=long_text(2))


STEP_FORMS = {
    "decline": DeclineForm,
    "give_back": GiveBackForm,
    "miss": MissForm,
    "abort": AbortForm,
    "check_in": CheckInForm,
    "confirm": ConfirmForm,
}


def _number(text, most) -> float | None:
    """A phone's number, or nothing: a place that cannot be read never holds up care."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if -most <= value <= most else None


class ConsultAnswer(AskForm):
    words = forms.CharField(
        label="对家属说的话",
        widget=long_text(4),
        max_length=500,
        help_text="请写完整的句子；不确定的请建议上门或就医。",
    )  # fmt: skip
