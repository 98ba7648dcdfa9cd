"""What the dispatcher is asked before a step. What was typed is judged by the command, or by the verb."""

from datetime import datetime, time, timedelta
from operator import itemgetter

from django import forms
from django.utils import timezone

from accounts import selectors as accounts
from accounts.roles import Role
from desks.family.questions import RELATIONS
from desks.stepforms import AskForm, Day, LocalDateTime, long_text
from institutions import selectors as institutions
from kernel.identity import DOCUMENT_KINDS
from orders.models import BookingCheck, Place, ServiceRequest
from orders.services.visits import MISSED_BY
from orders.touting import CLAUSE
from patients.models import Consent, Group, Sex
from patients.services.people import SELF
from safety.models import Alarm, RiskFlag

CLAUSES = [
    ("002 五(三)", "不属于服务人群（002 五(三)）"),
    ("002 五(二)1", "不在本中心服务范围（002 五(二)1）"),
    ("002 五(五)", "项目不在目录内（002 五(五)）"),
    ("004 三(三)", "属于负面清单（004 三(三)）"),
    ("002 五(八)", "身份资料不全或不符（002 五(八)）"),
    (CLAUSE, f"代人抢号（{CLAUSE}）"),
    ("", "其他情况"),
]
MINUTES = [(30, "30 分钟"), (45, "45 分钟"), (60, "1 小时"), (90, "1 小时 30 分钟"), (120, "2 小时")]
HALF_DAYS = [("08:30-11:30", "上午 08:30 到 11:30"), ("13:00-16:30", "下午 13:00 到 16:30")]


def half_day_of(moment: datetime) -> str:
    """The half of the day in which this local moment lies, whatever hours a family was offered."""
    return HALF_DAYS[0 if moment.hour < 12 else 1][0]


class Decline(AskForm):
    clause = forms.ChoiceField(label="依据", choices=CLAUSES, required=False)
    reason = forms.CharField(label="不予受理的原因", widget=long_text(), help_text="申请人会看到，请写完整的句子。")
    advice = forms.CharField(label="给申请人的建议", widget=long_text(2), required=False)


class Booking(AskForm):
    how = forms.ChoiceField(label="怎样核实", choices=BookingCheck.How.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="核实经过",
        max_length=300,
        widget=long_text(2),
        help_text="和谁核实、对方怎么说，例如：本人说是自己请邻居代填。",
    )


class Plan(AskForm):
    doctor = forms.ChoiceField(label="家庭医生")
    planned_start = forms.DateTimeField(label="上门时间", widget=LocalDateTime())
    minutes = forms.ChoiceField(label="预计用时", choices=MINUTES, initial=60)

    def __init__(self, *args, doctors, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["doctor"].choices = [("", "请选择家庭医生"), *doctors]


class Return(AskForm):
    was = forms.DateField(required=False, widget=forms.HiddenInput)
    return_on = forms.DateField(
        label="复诊日期", widget=Day(), required=False, help_text="复诊前要拿到检验结果时填写；不再复诊请清空。"
    )


class NextVisit(AskForm):
    lines = forms.MultipleChoiceField(label="这次做的项目", widget=forms.CheckboxSelectMultiple)
    day = forms.DateField(label="上门日期", widget=Day())
    part = forms.ChoiceField(label="时段", choices=HALF_DAYS, widget=forms.RadioSelect)

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = [(str(line.pk), f"{line.item}（还剩 {line.times_left} 次）") for line in lines]


class Reason(AskForm):
    reason = forms.CharField(label="原因", widget=long_text(2))


class Link(AskForm):
    """Whose account is joined to this person, and how the desk knows that it should be."""

    username = forms.CharField(
        label="家属的账号名",
        max_length=150,
        help_text="请对方念给您听：登录后打开「家人和代办」，账号名写在页面最下面。要一字不差。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    relation = forms.ChoiceField(
        label="是服务对象的",
        choices=[("", "请选择"), *[(one, one) for one in RELATIONS], (SELF, "本人（服务对象自己的账号）")],
    )
    evidence = forms.CharField(
        label="怎样核实的",
        max_length=200,
        widget=long_text(2),
        help_text="例如：按登记的电话打给本人，本人同意女儿代办；窗口看了户口簿。会与您的姓名一起留痕。",
    )
    file = forms.FileField(label="证明材料", required=False, help_text="可以不传，例如户口簿或委托书的照片。")


class Extend(AskForm):
    was = forms.DateField(required=False, widget=forms.HiddenInput)
    evidence = forms.CharField(
        label="怎样核实的",
        max_length=200,
        help_text="例如：按登记的电话打给本人，本人同意继续由女儿代办。会与您的姓名一起留痕。",
    )


class Recall(Reason):
    reason = forms.CharField(label="改派原因", widget=long_text(2), help_text="护士会看到。")


class Release(AskForm):
    """Why a call-back that a doctor took is freed for another."""

    reason = forms.CharField(
        label="交回的原因", max_length=200, help_text="例如：接手的医生联系不上，请其他医生接手。护士会看到。"
    )


class Pair(AskForm):
    reason = forms.CharField(label="原因", widget=long_text(2), help_text="护士会看到。")


class Cancel(Reason):
    reason = forms.CharField(
        label="取消原因", widget=long_text(2), help_text="服务对象会看到。取消后，这次的次数会退回项目单。"
    )


class Abort(Reason):
    reason = forms.CharField(label="中止原因", widget=long_text(2), help_text="会同时登记一件待处置的事件。")


class Reschedule(AskForm):
    window_start = forms.DateTimeField(label="新时间从", widget=LocalDateTime())
    window_end = forms.DateTimeField(label="到", widget=LocalDateTime())
    reason = forms.CharField(label="改期原因", widget=long_text(2))


class Miss(AskForm):
    failed_by = forms.ChoiceField(label="哪一方没有履约", choices=list(MISSED_BY.items()), widget=forms.RadioSelect)
    reason = forms.CharField(
        label="经过和凭据", widget=long_text(), help_text="双方都会看到，不同意的一方可以申诉一次。"
    )
    called_at = forms.DateTimeField(label="最后一次联系的时间", widget=LocalDateTime(), required=False)
    file = forms.FileField(label="照片或文件", required=False, help_text="可以不传，例如门口的照片、通话记录的截图。")


class Settle(AskForm):
    completed = forms.ChoiceField(
        label="处理结论",
        choices=[("true", "服务有效，按完成处理"), ("false", "服务无效，按中止处理")],
        widget=forms.RadioSelect,
    )
    outcome = forms.CharField(label="处理结果", widget=long_text(), help_text="服务对象会看到。")


class Offer(AskForm):
    """The time for which the nurses are judged; it stands in the address."""

    start = forms.DateTimeField(label="上门时间", widget=LocalDateTime(), required=False)


class Move(AskForm):
    """Another nurse, or the same at another time; the time stands in the address, the nurses were judged for it."""

    nurse = forms.ChoiceField(label="改派给", widget=forms.RadioSelect)
    reason = forms.CharField(label="改派原因", widget=long_text(2), help_text="原来的护士会看到。")
    override = forms.CharField(label="仍要这样派单的原因", max_length=200, required=False)

    def __init__(self, *args, nurses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["nurse"].choices = nurses


class Referral(AskForm):
    outcome = forms.CharField(label="牵头医院的答复", widget=long_text())


class Reply(AskForm):
    reply = forms.CharField(label="中心回复", widget=long_text(2), help_text="家属会看到，每条评价回复一次。")


class Witness(AskForm):
    signer_name = forms.CharField(label="签署人姓名", max_length=40)
    capacity = forms.ChoiceField(label="签署身份", choices=Consent.Capacity.choices, widget=forms.RadioSelect)


class Find(AskForm):
    kind = forms.ChoiceField(label="证件类型", choices=list(DOCUMENT_KINDS.items()), required=False)
    number = forms.CharField(label="证件号码", max_length=40, required=False)
    phone = forms.CharField(
        label="联系电话", max_length=20, required=False, help_text="没有证件号码时，可以用登记的电话查找。"
    )

    def clean(self):
        found = super().clean()
        if not found.get("number") and not found.get("phone"):
            raise forms.ValidationError("请填写证件号码或联系电话。")
        return found


class Document(AskForm):
    """A person as the document names them."""

    name = forms.CharField(label="姓名", max_length=40)
    identity_kind = forms.ChoiceField(label="证件类型", choices=list(DOCUMENT_KINDS.items()))
    identity_number = forms.CharField(label="证件号码", max_length=40)
    birth_date = forms.DateField(
        label="出生日期", widget=Day(), required=False, help_text="居民身份证可以不填，系统按号码读取。"
    )
    sex = forms.ChoiceField(
        label="性别", choices=[("", "按证件号码"), *Sex.choices], required=False, help_text="居民身份证可以不选。"
    )


class Register(Document):
    phone = forms.CharField(label="联系电话", max_length=20)
    town = forms.ChoiceField(label="所在街镇")
    address = forms.CharField(label="详细地址", max_length=120)
    access_note = forms.CharField(label="上门提示", max_length=120, required=False)
    group = forms.ChoiceField(label="服务人群", choices=Group.choices)
    conditions = forms.CharField(label="主要疾病", max_length=200, required=False)
    allergies = forms.CharField(label="过敏史", max_length=200, required=False)
    contact_name = forms.CharField(label="紧急联系人", max_length=40, required=False)
    contact_relation = forms.CharField(label="与服务对象的关系", max_length=20, required=False)
    contact_phone = forms.CharField(label="紧急联系人电话", max_length=20, required=False)

    PARTS = (
        ("证件", ("name", "identity_kind", "identity_number", "birth_date", "sex")),
        ("联系和住址", ("phone", "town", "address", "access_note")),
        ("健康情况", ("group", "conditions", "allergies")),
        ("紧急联系人", ("contact_name", "contact_relation", "contact_phone")),
    )

    def parts(self):
        """The fields by what they are about."""
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.towns = {town.pk: town for town in institutions.towns()}
        self.fields["town"].choices = [("", "请选择街镇"), *[(pk, town.name) for pk, town in self.towns.items()]]


class Items(forms.CheckboxSelectMultiple):
    """Items to choose from; those that take a specimen are marked, for what is asked only with them."""

    sampling: frozenset[str] | set[str] = frozenset()

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.sampling:
            option["attrs"]["data-sampling"] = True
        return option


class Moving(AskForm):
    """Where a known person lives now: the same three answers as at the registration."""

    town = forms.ChoiceField(
        label="现住街镇", error_messages={"required": "请选择现住街镇。", "invalid_choice": "请从列表中选择现住街镇。"}
    )
    address = forms.CharField(
        label="详细地址",
        max_length=120,
        error_messages={"required": "请填写详细地址。", "max_length": "详细地址请不要超过 120 个字。"},
    )
    access_note = forms.CharField(
        label="上门提示",
        max_length=120,
        required=False,
        error_messages={"max_length": "上门提示请不要超过 120 个字。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.towns = {town.pk: town for town in institutions.towns()}
        self.fields["town"].choices = [("", "请选择街镇"), *[(pk, town.name) for pk, town in self.towns.items()]]

    def home(self) -> dict:
        """The new home as the verbs take it."""
        given = {name: self.cleaned_data[name] for name in ("address", "access_note")}
        return {"town": self.towns[self.cleaned_data["town"]], **given}


class Apply(Moving):
    field_order = ("centre", "channel", "wish", "items", "day", "part", "return_on", "place")

    centre = forms.ChoiceField(label="承接中心")
    channel = forms.ChoiceField(
        label="申请渠道",
        choices=[c for c in ServiceRequest.Channel.choices if c[0] != ServiceRequest.Channel.ONLINE],
        widget=forms.RadioSelect,
        initial=ServiceRequest.Channel.PHONE,
    )
    wish = forms.CharField(label="想解决的问题", max_length=500, widget=long_text(), help_text="尽量用申请人的原话。")
    items = forms.MultipleChoiceField(label="希望的项目", widget=Items, required=False)
    day = forms.DateField(label="希望日期", widget=Day())
    part = forms.ChoiceField(label="时段", choices=HALF_DAYS, widget=forms.RadioSelect, initial=HALF_DAYS[0][0])
    return_on = forms.DateField(label="复诊日期", widget=Day(), required=False)
    place = forms.ChoiceField(label="服务地点", choices=Place.choices, widget=forms.RadioSelect, initial=Place.HOME)

    def __init__(self, *args, centres, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["centre"].choices = [(str(centre.pk), centre.name) for centre in centres]
        if len(centres) == 1:
            self.fields["centre"].widget = forms.HiddenInput()
            self.fields["centre"].initial = str(centres[0].pk)
        self.fields["town"].required = self.fields["address"].required = False
        self.fields["items"].choices = [(str(item.pk), item.name) for item in items]
        sampling = [item for item in items if item.takes_specimen]
        self.fields["items"].widget.sampling = {str(item.pk) for item in sampling}
        if sampling:
            names = "、".join(item.name for item in sampling)
            self.fields["return_on"].help_text = f"选了{names}、要带着结果去复诊的，请填写，上门须早到复诊前能出结果。"
        else:
            del self.fields["return_on"]

    HOME = ("town", "address", "access_note")

    @property
    def moves(self) -> bool:
        """Whether somebody has begun to give a new address: then it is shown open, and wanted whole."""
        return self.is_bound and any(self.data.get(name, "").strip() for name in self.HOME)

    def clean(self):
        given = super().clean()
        for name in ("town", "address"):
            if self.moves and not given.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        return given


def doctors_of(centre_id: int, now: datetime) -> list[tuple]:
    held = accounts.people(organisation_ids=[centre_id], role=Role.DOCTOR, on=timezone.localdate(now))
    return sorted(((post.user_id, post.user.display_name) for post in held), key=itemgetter(1, 0))


def ending(posted, start: str = "planned_start", end: str = "planned_end"):
    """The command wants an end; the page asks how long it will take. Rubbish is left for the command to refuse."""
    data = posted.copy()
    try:
        begins = datetime.fromisoformat(posted.get(start, ""))
        data[end] = (begins + timedelta(minutes=int(posted.get("minutes") or 60))).isoformat()
    except (ValueError, OverflowError):
        data[end] = posted.get(start, "")
    return data


def span(day, part: str) -> tuple[datetime, datetime]:
    """A day and one of its halves as two moments."""
    begins, ends = (time.fromisoformat(clock) for clock in part.split("-"))
    return timezone.make_aware(datetime.combine(day, begins)), timezone.make_aware(datetime.combine(day, ends))


class CloseAlarm(AskForm):
    outcome = forms.ChoiceField(label="结果", choices=Alarm.Outcome.choices, widget=forms.RadioSelect)
    violence = forms.ChoiceField(
        label="有没有暴力或威胁",
        choices=Alarm.Violence.choices,
        widget=forms.RadioSelect,
        help_text="有的，会建立一条不良事件，由中心跟进对护士的关心和处理。",
    )
    words = forms.CharField(label="处置经过", widget=long_text(), max_length=300)


class RaiseFlag(AskForm):
    kind = forms.ChoiceField(label="风险类别", choices=RiskFlag.Kind.choices)
    facts = forms.CharField(
        label="看到或听到的事实",
        widget=long_text(),
        max_length=200,
        help_text="什么时间、谁、做了什么；不写推测和评价。",
    )


class RenewFlag(AskForm):
    reason = forms.CharField(label="最近看到的情况", widget=long_text(2), max_length=300)


class AppealFlag(AskForm):
    words = forms.CharField(label="家属的申诉理由", widget=long_text(), max_length=300)


class WithdrawFlag(AskForm):
    reason = forms.CharField(label="撤销的原因", widget=long_text(2), max_length=300)


class DecideFlag(AskForm):
    reason = forms.CharField(label="裁定的理由", widget=long_text(), max_length=300, help_text="家属会看到。")


class CallTold(AskForm):
    outcome = forms.CharField(label="对方怎么说", widget=long_text(2), max_length=200, required=False)


class CallMissed(AskForm):
    outcome = forms.CharField(
        label="情况", widget=long_text(2), max_length=200, required=False, help_text="例如：占线、无人接听、号码不对。"
    )
