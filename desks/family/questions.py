"""The questions of an application, one form each. What a number or a phone may look like is the kernel's business."""

from datetime import date

from django import forms
from django.utils import timezone

from desks.family import when
from institutions import selectors as institutions
from kernel import identity
from orders import gates
from patients.models import Group, Sex, Upload

SELF, SOMEBODY = "self", "new"
RELATIONS = ["儿子", "女儿", "配偶", "父亲", "母亲", "孙辈", "兄弟姐妹", "其他亲属", "朋友或邻居"]
GROUP_WORDS = {
    Group.ADVANCED_AGE: "年纪大了，出门不方便",
    Group.DISABLED: "生活不能自理，需要人照顾",
    Group.CONVALESCENT: "手术或生病以后，正在康复",
    Group.END_OF_LIFE: "病情已到晚期，希望在家得到照护",
    Group.DISCHARGED: "刚出院，回家还需要护理",
    Group.LIMITED_MOBILITY: "因为其他原因，行动不方便",
}


class Question(forms.Form):
    """``now`` is when the page was asked for; ``draft`` what was answered before."""

    def __init__(self, *args, now, draft, **options):
        self.now, self.draft = now, draft
        self.today = timezone.localdate(now)
        super().__init__(*args, **options)

    def answers(self) -> dict:
        return self.cleaned_data


class Whom(Question):
    whom = forms.ChoiceField(label="服务对象", widget=forms.RadioSelect)

    def __init__(self, *args, people=(), may_be_self=True, **options):
        super().__init__(*args, **options)
        choices = [(str(one.pk), label) for one, label in people]
        if may_be_self:
            choices.append((SELF, "我自己"))
        self.fields["whom"].choices = [*choices, (SOMEBODY, "家人或其他人（第一次登记）")]


class Person(Question):
    relation = forms.ChoiceField(label="您是他（她）的", choices=[("", "请选择"), *[(r, r) for r in RELATIONS]])
    name = forms.CharField(
        label="姓名",
        max_length=40,
        help_text="请和证件上的姓名一致。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    identity_kind = forms.ChoiceField(label="证件类型", choices=list(identity.DOCUMENT_KINDS.items()))
    identity_number = forms.CharField(
        label="证件号码",
        max_length=40,
        help_text="号码只用来核对身份，会加密保存。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.draft.said.get("whom") == SELF:
            del self.fields["relation"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            verdict = identity.check(cleaned["identity_kind"], cleaned["identity_number"], today=self.today)
            if not verdict.ok:
                self.add_error("identity_number", verdict.message)
            self.verdict = verdict
        return cleaned

    def answers(self):
        verdict = self.verdict
        known = verdict.birth is not None and bool(verdict.sex)
        return {
            "relation": "本人",
            **self.cleaned_data,
            "identity_number": verdict.value,
            "warning": verdict.warning,
            "asks_birth": not known,
            "birth_date": verdict.birth.isoformat() if known and verdict.birth else "",
            "sex": verdict.sex,
        }


class Birth(Question):
    """Only for papers whose number does not carry it."""

    year = forms.IntegerField(label="出生年份", min_value=1890, max_value=2200)
    month = forms.IntegerField(label="月", min_value=1, max_value=12)
    day = forms.IntegerField(label="日", min_value=1, max_value=31)
    sex = forms.ChoiceField(label="性别", choices=Sex.choices, widget=forms.RadioSelect)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in ("year", "month", "day"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        born = self.draft.said.get("birth_date")
        if born and not self.is_bound:
            on = date.fromisoformat(born)
            self.initial.update(year=on.year, month=on.month, day=on.day)

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            try:
                self.born = date(cleaned["year"], cleaned["month"], cleaned["day"])
            except ValueError:
                self.add_error("day", "没有这一天，请再看一遍证件上的出生日期。")
            else:
                if self.born > self.today:
                    self.add_error("year", "出生日期不能在今天以后，请再看一遍。")
        return cleaned

    def answers(self):
        return {"birth_date": self.born.isoformat(), "sex": self.cleaned_data["sex"]}


class Contact(Question):
    phone = forms.CharField(
        label="服务对象的电话",
        max_length=20,
        help_text="手机或固定电话都可以，护士上门前会打这个电话。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    contact_name = forms.CharField(label="紧急联系人姓名", max_length=40, required=False)
    contact_relation = forms.CharField(
        label="紧急联系人与服务对象的关系", max_length=20, required=False, help_text="例如：女儿、邻居。"
    )
    contact_phone = forms.CharField(
        label="紧急联系人电话",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self):
        return telephone(self.cleaned_data["phone"], self.today)

    def clean_contact_phone(self):
        value = self.cleaned_data["contact_phone"]
        return telephone(value, self.today) if value.strip() else ""


def _group() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="目前的情况，选最接近的一项",
        choices=[(key, words) for key, words in GROUP_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择目前的情况。"},
    )


class GroupOf(Question):
    group = _group()


class Home(Question):
    town = forms.ChoiceField(label="住在哪个街道或镇")
    address = forms.CharField(
        label="详细地址",
        max_length=120,
        help_text="路名、弄、号、室，例如：某某路 12 弄 3 号 401 室。",
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    access_note = forms.CharField(
        label="上门提示", max_length=120, required=False, help_text="例如：没有电梯，家里有狗，请按 2 号门铃。"
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["town"].choices = [("", "请选择"), *[(town.pk, town.name) for town in institutions.towns()]]


class Wish(Question):
    """What somebody new is like belongs to what he needs: one thought, one page."""

    group = _group()
    wish = forms.CharField(
        label="需要的帮助",
        max_length=500,
        help_text="用您自己的话写就可以，例如：妈妈腿上的伤口要换药。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    items = forms.MultipleChoiceField(
        label="如果知道要做哪一项，可以在下面勾选", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="不知道也没关系，医生上门看过以后会决定。",
    )  # fmt: skip

    def __init__(self, *args, items=(), **options):
        super().__init__(*args, **options)
        if self.draft.said.get("patient"):
            del self.fields["group"]
        self.fields["items"].choices = [
            (str(item.pk), f"{item.plain_words or item.name}（{item.name}）") for item in items
        ]
        if not items:
            del self.fields["items"]


class When(Question):
    window = forms.ChoiceField(
        label="上门时间", widget=forms.RadioSelect, error_messages={"required": "请选择一个上门时间。"}
    )

    return_on = forms.DateField(
        label="哪一天去医院复诊", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, results: int | None = None, **options):
        """``results``: how many days the laboratory takes; None where nothing that was chosen takes a specimen."""
        super().__init__(*args, **options)
        self.fields["window"].choices = when.choices(self.now)
        if results is None:
            del self.fields["return_on"]
        else:
            said = f"采样后约 {results} 天出结果。要带着结果去复诊的，填写后我们会安排在来得及的日子。"
            self.fields["return_on"].help_text = said

    def answers(self):
        day = self.cleaned_data.get("return_on")
        return {"window": self.cleaned_data["window"], "return_on": day.isoformat() if day else ""}

    @property
    def days(self):
        return when.by_day(self["window"], self.now)


class Paper(Question):
    KINDS = (Upload.Kind.IDENTITY, Upload.Kind.RECORD, Upload.Kind.CONTRACT)
    kind = forms.ChoiceField(label="资料的种类", choices=[(k.value, k.label) for k in KINDS], widget=forms.RadioSelect)
    file = forms.FileField(
        label="照片或 PDF 文件",
        help_text="可以直接拍照，每次一份，不超过 10 兆。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )


def telephone(value: str, today: date) -> str:
    """A mobile number or a Shanghai landline, as the register will write it."""
    landline = identity.check("landline", value, today=today)
    if landline.ok:
        return landline.value
    mobile = identity.check("mobile", value, today=today)
    if not mobile.ok:
        raise forms.ValidationError(mobile.message)
    return mobile.value


def fitting(items, patient) -> list:
    """Items that this person may have at all, by the document's own words."""
    return [item for item in items if not gates.for_this_sex(item, patient)]
