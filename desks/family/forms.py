"""What a family is asked about an order: usual answers as buttons, own words where they are needed."""

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.utils import timezone

from desks.family import when
from desks.family.rows import QUESTIONS
from patients.models import Consent, Proxy
from safety.models import Report as Reported

OTHER = "其他原因"
CENTRE, COMMISSION = "centre", "commission"
SCORES = [(1, "1 很差"), (2, "2 较差"), (3, "3 一般"), (4, "4 较好"), (5, "5 很好")]


class Why(forms.Form):
    """A reason, one of the usual ones or in own words."""

    usual = forms.ChoiceField(label="原因", widget=forms.RadioSelect)
    words = forms.CharField(
        label="补充说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="可以不写。",
    )

    def __init__(self, data=None, *, reasons: Iterable[str], **options):
        super().__init__(data, **options)
        self.fields["usual"].choices = [(reason, reason) for reason in (*reasons, OTHER)]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("usual") == OTHER and not cleaned.get("words", "").strip():
            self.add_error("words", "选择了其他原因，请用一两句话写明。")
        return cleaned

    def reason(self) -> str:
        usual, words = self.cleaned_data["usual"], self.cleaned_data["words"].strip()
        if usual == OTHER:
            return words
        return f"{usual}：{words}" if words else usual

    def passed_on(self, request) -> dict:
        """Receipt and version, which every step takes along."""
        return {key: request.POST.get(key, "") for key in ("receipt", "version")}


class OtherTime(Why):
    """When else, and why."""

    window = forms.ChoiceField(
        label="新的时间", widget=forms.RadioSelect, error_messages={"required": "请选择一个新的时间。"}
    )
    field_order = ("window", "usual", "words")

    def __init__(self, data=None, *, now, **options):
        super().__init__(data, **options)
        self.now = now
        self.fields["window"].choices = when.choices(now)

    @property
    def days(self):
        return when.by_day(self["window"], self.now)


class Objection(forms.Form):
    reason = forms.CharField(
        label="哪里让您不满意",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="请写下当时的经过。中心会联系您，处理结果会写在订单里。",
    )


class Objecting(forms.Form):
    words = forms.CharField(
        label="请写下事实经过",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="例如当时家里有人、有通话记录。裁定前管理员会看双方的说法。",
    )


class Signature(forms.Form):
    """Who signs, and in which capacity; the strokes come from the glass."""

    signer_name = forms.CharField(
        label="签署人姓名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    capacity = forms.ChoiceField(label="签署人的身份", widget=forms.RadioSelect)

    def __init__(self, data=None, *, himself: bool, typed: bool, **options):
        super().__init__(data, **options)
        capacities = [Consent.Capacity.SELF] if himself else [Consent.Capacity.PROXY, Consent.Capacity.GUARDIAN]
        self.fields["capacity"].choices = [(one.value, one.label) for one in capacities]
        if len(capacities) == 1:
            self.fields["capacity"].widget = forms.HiddenInput()
        if typed:
            self.fields["agreed"] = forms.BooleanField(label="我已经读过上面的全部文本，同意接受这次上门护理")
            self.fields["signer_name"].help_text = "请亲自写下自己的姓名，作为您的确认。"


class Score(forms.Form):
    comment = forms.CharField(
        label="还想说的话", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="护士看不到是谁写的。",
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for key, label in QUESTIONS:
            self.fields[key] = forms.TypedChoiceField(
                label=label,
                coerce=int,
                choices=SCORES,
                error_messages={"required": "请选择 1 到 5 分。"},
                widget=forms.RadioSelect,
            )
        self.order_fields([key for key, _ in QUESTIONS])

    @property
    def scores(self):
        return [self[key] for key, _ in QUESTIONS]

    def answers(self) -> dict[str, int]:
        return {key: self.cleaned_data[key] for key, _ in QUESTIONS}


class NewProxy(forms.Form):
    TERMS = {"90": "三个月", "180": "半年", "365": "一年"}
    username = forms.CharField(
        label="家人的账号名", max_length=150, help_text="请先让家人自己注册一个账号。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    relation = forms.CharField(label="他（她）是您的", max_length=20, help_text="例如：女儿、丈夫、外甥。")
    scopes = forms.MultipleChoiceField(
        label="可以替您办哪些事", choices=Proxy.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    term = forms.ChoiceField(
        label="代办到什么时候", choices=list(TERMS.items()), widget=forms.RadioSelect, initial="180"
    )

    def expires_on(self, now):
        return timezone.localdate(now) + timedelta(days=int(self.cleaned_data["term"]))


class Invite(forms.Form):
    relation = forms.CharField(
        label="他（她）是您的", max_length=20, help_text="例如：女儿、丈夫、志愿者。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label="可以替您办哪些事", choices=Proxy.Scope.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一件可以代办的事。"},
    )  # fmt: skip
    term = forms.ChoiceField(
        label="代办到什么时候", choices=list(NewProxy.TERMS.items()), widget=forms.RadioSelect, initial="90"
    )

    def lasting(self) -> timedelta:
        return timedelta(days=int(self.cleaned_data["term"]))


class Code(forms.Form):
    code = forms.CharField(
        label="邀请码", max_length=20, error_messages={"required": "请输入八位数字的邀请码。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class Copy(forms.Form):
    FORMS = [("html", "自己看，或打印出来"), ("json", "交给别的软件用")]
    form = forms.ChoiceField(label="文件的用处", choices=FORMS, widget=forms.RadioSelect, initial="html")


class Erase(forms.Form):
    words = forms.CharField(
        label="希望删除哪些资料",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="例如：紧急联系人和上门提示都不要再留。",
        error_messages={"required": "请写明希望删除哪些资料。"},
    )


class Report(forms.Form):
    """To whom, about what, and what happened. The centre is named, so that nobody has to look for it."""

    to = forms.ChoiceField(label="交给谁处理", widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label="哪一类",
        choices=Reported.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一类。"},
    )
    words = forms.CharField(
        label="请写下情况",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="什么时候、谁、做了什么，希望怎么处理。",
        error_messages={"required": "请写下情况。"},
    )

    def __init__(self, data=None, *, centre=None, **options):
        super().__init__(data, **options)
        centres = [(CENTRE, f"{centre.name}")] if centre else []
        self.fields["to"].choices = [*centres, (COMMISSION, "区卫生健康委，不让中心知道")]


class Unsatisfied(forms.Form):
    words = forms.CharField(
        label="对答复哪里不满意",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明对答复哪里不满意。"},
    )


class Facts(forms.Form):
    """What a family may correct by itself."""

    contact_name = forms.CharField(label="紧急联系人姓名", max_length=40, required=False)
    contact_relation = forms.CharField(label="紧急联系人与服务对象的关系", max_length=20, required=False)
    conditions = forms.CharField(
        label="主要疾病", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    allergies = forms.CharField(
        label="过敏史", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="对什么药、食物或胶布过敏，请写下来。",
    )  # fmt: skip
    phone = forms.CharField(
        label="新的电话", max_length=20, required=False, help_text="不改就空着。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip

    def leave_out_illness(self) -> None:
        """Who does not read of the illness is not shown what stands there, and does not overwrite it unseen."""
        for name in ("conditions", "allergies"):
            del self.fields[name]

    def changed(self) -> dict:
        """Everything that is shown, and the phone only when a new one was written."""
        facts = dict(self.cleaned_data)
        if not facts["phone"].strip():
            del facts["phone"]
        return facts
