"""What the doctor is asked; a section's questions come from :mod:`clinical.sections`, which also judges them."""

from django import forms

from clinical.models import Assessment, CallBack, PrescriptionLine
from clinical.sections import Section
from desks.stepforms import AskForm, Day, long_text
from patients.models import Consent
from safety.models import RiskFlag

FREQUENCIES = PrescriptionLine.Frequency.choices


class SectionForm(AskForm):
    """One section as fields. Nothing is required here: half a section may be kept."""

    def __init__(self, data=None, *, section: Section, **kwargs):
        super().__init__(data, **kwargs)
        for question in section.questions:
            self.fields[question.key] = _field(question)


class AmendForm(SectionForm):
    """A signed section with what a correction needs: the reason, and the password like any signature."""

    def __init__(self, data=None, *, asks: bool, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["reason"] = forms.CharField(
            label="更正的原因", widget=long_text(2), help_text="原来的内容会保留，和更正一起可查。"
        )
        if asks:
            self.fields["password"] = password()


def password() -> forms.CharField:
    return forms.CharField(
        label="登录密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="签名前再核对一次是您本人。",
    )


def _field(question):
    common = {"label": question.label, "required": question.required, "help_text": question.hint}
    if question.kind == "long":
        return forms.CharField(widget=long_text(3), **common)
    if question.kind in ("choice", "score"):
        points = question.kind == "score" and any(str(label) != str(value) for value, label in question.options)
        options = [(str(v), f"{label}（{v} 分）" if points else label) for v, label in question.options]
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
    if question.kind == "many":
        return forms.MultipleChoiceField(choices=question.options, widget=forms.CheckboxSelectMultiple, **common)
    return forms.CharField(**common)


def raw(section: Section, posted) -> dict:
    """A section's answers as they were posted."""
    return {q.key: posted.getlist(q.key) if q.kind == "many" else posted.get(q.key, "") for q in section.questions}


class Conclude(AskForm):
    result = forms.ChoiceField(label="评估结论", choices=Assessment.Result.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label="评估意见",
        widget=long_text(4),
        required=False,
        help_text="写给家属和护士看。不宜上门或建议转诊时，请写明原因和建议。",
    )


class Proving(AskForm):
    """A form that is a signature: it asks for the password again unless it was given a short while ago."""

    password = password()

    def __init__(self, *args, asks: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["password"]


class Sign(Proving):
    field_order = ["valid_days", "password"]
    valid_days = forms.IntegerField(label="评估有效天数")

    def __init__(self, *args, longest: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_days"].help_text = f"过期后需要重新首诊评估，最长 {longest} 天。"


class Prescribe(Proving):
    field_order = ["valid_until", "cautions", "password"]
    valid_until = forms.DateField(label="项目单有效期至", widget=Day())
    cautions = forms.CharField(label="总的注意事项", widget=long_text(2), required=False)


class Unsuitable(AskForm):
    reason = forms.CharField(label="不宜上门的原因", widget=long_text(), help_text="家属会看到。")
    advice = forms.CharField(label="建议", widget=long_text(2), required=False)


class Refer(AskForm):
    reason = forms.CharField(label="转诊原因", widget=long_text(), help_text="家属和牵头医院会看到。")
    advice = forms.CharField(label="建议", widget=long_text(2), required=False)


class Stop(AskForm):
    reason = forms.CharField(
        label="停用原因", widget=long_text(2),
        help_text="停用后，还没有开始的上门会一并取消，家属和护士会看到这里写的原因。",
    )  # fmt: skip


class Referral(AskForm):
    outcome = forms.CharField(label="牵头医院的答复", widget=long_text())


class Witness(AskForm):
    signer_name = forms.CharField(label="签署人姓名", max_length=40)
    capacity = forms.ChoiceField(label="签署身份", choices=Consent.Capacity.choices, widget=forms.RadioSelect)


class Release(AskForm):
    """Why a call that was taken is given back."""

    reason = forms.CharField(
        label="交回的原因", max_length=200, help_text="例如：正在抢救，请其他医生接手。护士会看到这次回电重新等人接手。"
    )


class Answer(AskForm):
    """What the doctor says to the nurse at the bedside."""

    outcome = forms.ChoiceField(label="处理方式", choices=CallBack.Outcome.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="给护士的答复", widget=long_text(3), help_text="护士在床旁读到，会与记录一起保存。")


class Warn(AskForm):
    """What whoever goes to this household next should know."""

    kind = forms.ChoiceField(label="风险类别", choices=RiskFlag.Kind.choices)
    facts = forms.CharField(
        label="看到或听到的事实",
        widget=long_text(),
        max_length=200,
        help_text="什么时间、谁、做了什么；不写推测和评价。",
    )
