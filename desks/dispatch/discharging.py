"""The form that registers a discharge: who came home from where, and, where the hospital says so, how she was."""

from dataclasses import fields

from django import forms

from desks.stepforms import AskForm, Day, long_text
from followups.admission import RISKS, Admission, Grade
from kernel.identity import DOCUMENT_KINDS

OF_ADMISSION = tuple(one.name for one in fields(Admission))
UNSAID = ("", "未填写")
YES_NO = [UNSAID, ("yes", "有"), ("no", "没有")]
SAID = {"yes": True, "no": False}


class Discharged(AskForm):
    kind = forms.ChoiceField(label="证件类型", choices=list(DOCUMENT_KINDS.items()))
    number = forms.CharField(label="证件号码", max_length=40)
    hospital = forms.CharField(label="出院医院", max_length=60)
    ward = forms.CharField(label="科室", max_length=40, required=False)
    discharged_on = forms.DateField(label="出院日期", widget=Day())
    diagnosis = forms.CharField(label="出院诊断", max_length=200, widget=long_text(2))
    education = forms.CharField(
        label="出院宣教", max_length=300, widget=long_text(3), help_text="医院交代了哪些护理、用药和复诊要求。"
    )
    assessed_on = forms.DateField(label="入院评估日期", widget=Day(), required=False)
    self_care = forms.IntegerField(
        label="自理能力评分",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Barthel 指数，0 到 100 分，每 5 分一档。",
        error_messages={"invalid": "自理能力评分请填写 0 到 100 的整数，每 5 分一档。"},
    )
    grade_in = forms.ChoiceField(label="入院护理分级", choices=[UNSAID, *Grade.choices], required=False)
    grade_out = forms.ChoiceField(label="出院护理分级", choices=[UNSAID, *Grade.choices], required=False)
    grade_words = forms.CharField(
        label="护理分级说明",
        max_length=200,
        required=False,
        widget=long_text(2),
        help_text="级别与自理能力不一致，或出院时仍为一级以上的，写明病情或原因。",
    )
    template = forms.ChoiceField(label="随访模板", widget=forms.RadioSelect)

    def __init__(self, data=None, *, templates, **options):
        super().__init__(data, **options)
        for name, label in RISKS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=YES_NO, coerce=SAID.get, empty_value=None, required=False
            )
        self.fields["template"].choices = [(one.code, f"{one.title}（{len(one.steps)} 次）") for one in templates]

    @property
    def first(self) -> list:
        """What is always asked, but for the template, which stands last on the page."""
        return [bound for bound in self.visible_fields() if bound.name not in (*OF_ADMISSION, "template")]

    @property
    def of_admission(self) -> list:
        return [self[name] for name in OF_ADMISSION]

    @property
    def of_admission_open(self) -> bool:
        """Whether what the hospital said is shown at once: something was typed there, or is complained about."""
        return any(self.is_bound and (bound.data or bound.errors) for bound in self.of_admission)

    @property
    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name not in OF_ADMISSION}

    @property
    def said(self) -> Admission:
        return Admission(**{name: self.cleaned_data[name] for name in OF_ADMISSION})
