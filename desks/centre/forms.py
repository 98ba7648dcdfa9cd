"""What the centre's administrator fills in. Each form's fields are the arguments of one verb."""

from django import forms
from django.utils import timezone

from accounts.models import User
from accounts.roles import AT_CENTRE, Role
from catalog.models import CertificateKind
from desks import office
from desks.office import DateField, MomentField, TextField
from desks.stepforms import AskForm
from institutions.models import Filing, Profile, RuleSet
from nurses.models import Affiliation, Insurance, Shift, Title, Training
from orders.offers import FailedBy
from safety.models import Recorder

SEXES = (("female", "女"), ("male", "男"))
ROLES = [(role.value, role.label) for role in Role if role in AT_CENTRE and role != Role.NURSE]


class Reject(AskForm):
    decision = TextField(label="裁定理由", max_length=300, help_text="双方都会看到，请写明看了哪些凭据。")


class Uphold(Reject):
    corrected_to = forms.ChoiceField(label="失约方更正为", choices=FailedBy.choices, widget=forms.RadioSelect)
    field_order = ["corrected_to", "decision"]


class Account(forms.Form):
    """Whose post it is: an account that there is, or a new one."""

    username = forms.CharField(
        label="账号名", max_length=60, help_text="已有账号填写原来的账号名；新账号请起一个账号名。"
    )
    display_name = forms.CharField(
        label="姓名", max_length=40, required=False, help_text="新开账号时填写，已有账号不需要填写。"
    )
    password = forms.CharField(
        label="初始密码", max_length=60, required=False, help_text="新开账号时填写，至少 12 位，请本人登录后妥善保管。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self):
        held = super().clean()
        self.known = User.objects.filter(username=held.get("username", ""), is_active=True).first()
        if held.get("username") and self.known is None:
            if not held.get("display_name"):
                self.add_error("display_name", "没有这个账号；如需新开账号，请填写姓名。")
            if not held.get("password"):
                self.add_error("password", "没有这个账号；如需新开账号，请填写初始密码。")
        return held


class NewPost(Account):
    role = forms.ChoiceField(label="岗位", choices=ROLES, widget=forms.RadioSelect)
    starts_on = DateField(label="任期开始", initial=timezone.localdate)
    ends_on = DateField(label="任期结束", required=False, help_text="没有约定结束日期时可以不填。")

    def clean_role(self):
        return Role(self.cleaned_data["role"])

    def clean(self):
        held = super().clean()
        _in_order(self, held)
        return held


class FirstPassword(forms.Form):
    password = forms.CharField(
        label="初始密码", max_length=60, strip=False, help_text="至少 12 位，当面告诉本人，不要发在群里。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class NewNurse(Account):
    sex = forms.ChoiceField(label="性别", choices=SEXES, widget=forms.RadioSelect)
    certificate_number = forms.CharField(label="护士执业证书编号", max_length=40)
    certificate_expires_on = DateField(label="执业证书有效期至")
    title = forms.ChoiceField(label="技术职称", choices=Title.choices)
    clinical_since = DateField(label="临床护理起始日")
    phone = forms.CharField(label="工作电话", max_length=20, required=False)
    kind = forms.ChoiceField(label="与本中心的关系", choices=Affiliation.Kind.choices, widget=forms.RadioSelect)
    starts_on = DateField(label="任期开始", initial=timezone.localdate)
    ends_on = DateField(label="任期结束", required=False, help_text="没有约定结束日期时可以不填。")

    def clean(self):
        held = super().clean()
        _in_order(self, held)
        return held


class Standing(forms.Form):
    title = forms.ChoiceField(label="技术职称", choices=Title.choices)
    clinical_since = DateField(label="临床护理起始日")
    certificate_expires_on = DateField(label="执业证书有效期至")
    phone = forms.CharField(label="工作电话", max_length=20, required=False)


class RegistryLookUp(forms.Form):
    checked_on = DateField(label="查询日期", initial=timezone.localdate)
    found = forms.TypedChoiceField(
        label="查询结果", choices=(("yes", "可查询到"), ("no", "查询不到")), coerce=lambda v: v == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    source = forms.CharField(label="查询方式", max_length=40, initial="国家护士电子注册系统人工查询")
    evidence = forms.CharField(label="查询凭据", max_length=200, help_text="例如查询页截图的编号。")
    recheck_due = DateField(label="复核期限", required=False, help_text="不填时按本区规定的间隔计算。")


class SpecialCertificate(forms.Form):
    kind = forms.ModelChoiceField(CertificateKind.objects.order_by("code"), label="资质", empty_label="请选择资质")
    number = forms.CharField(label="证书编号", max_length=40)
    issued_on = DateField(label="发证日期")
    expires_on = DateField(label="有效期至")


class Trained(forms.Form):
    kind = forms.ChoiceField(label="培训类别", choices=Training.Kind.choices, widget=forms.RadioSelect)
    hours = forms.DecimalField(label="学时", max_digits=5, decimal_places=1)
    score = forms.IntegerField(label="考核分数", required=False)
    passed_on = DateField(label="合格日期")
    expires_on = DateField(label="有效期至")


class Insured(forms.Form):
    kind = forms.ChoiceField(label="险种", choices=Insurance.Kind.choices, widget=forms.RadioSelect)
    insurer = forms.CharField(label="承保机构", max_length=60)
    policy_number = forms.CharField(label="保单号", max_length=40)
    starts_on = DateField(label="保险开始")
    expires_on = DateField(label="保险到期")


class Scanned(forms.Form):
    file = forms.FileField(
        label="扫描件或照片", help_text="JPG、PNG 或 PDF，不超过 10 MB。照片里的拍摄位置等信息会去掉。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
        error_messages={"required": "请选择要上传的扫描件或照片。", "empty": "这个文件是空的，请重新选择。"},
    )  # fmt: skip


class Excluded(forms.Form):
    kind = forms.CharField(label="记录类别", max_length=40, help_text="例如违规执业、不良执业行为。")
    reason = TextField(label="具体情况", max_length=300)
    evidence = forms.CharField(label="凭据", max_length=200, help_text="例如通报文号、处理决定。")
    starts_on = DateField(label="自哪天起", initial=timezone.localdate)


class Pictured(forms.Form):
    file = forms.FileField(
        label="照片", help_text="近期正面免冠照，JPG 或 PNG。会裁成工牌的大小，显示在工牌上和家属核验工牌的页面上。"
    )


class Planned(forms.Form):
    nurse = forms.TypedChoiceField(label="护士", coerce=int)
    kind = forms.ChoiceField(
        label="类别", choices=Shift.Kind.choices, widget=forms.RadioSelect, initial=Shift.Kind.WORK
    )
    starts_at = MomentField(label="开始")
    ends_at = MomentField(label="结束")

    def __init__(self, *args, nurses, **options):
        super().__init__(*args, **options)
        self.fields["nurse"].choices = [("", "请选择护士"), *nurses]


class Removed(forms.Form):
    reason = TextField(label="原因", max_length=300, required=False)


class OptOut(forms.Form):
    reason = TextField(label="不开展的原因", max_length=200, help_text="服务对象询问这个项目时会看到。")
    starts_on = DateField(label="自哪天起", initial=timezone.localdate)


class OptIn(forms.Form):
    starts_on = DateField(label="自哪天起", initial=timezone.localdate)


class LicenceForm(forms.Form):
    number = forms.CharField(label="登记号", max_length=40, help_text="许可证上的 22 位登记号。")
    scope = TextField(label="诊疗科目", max_length=300, rows=2)
    issued_on = DateField(label="发证日期")
    expires_on = DateField(label="有效期至")


class FilingForm(forms.Form):
    mode = forms.ChoiceField(label="服务方式", choices=Filing.Mode.choices, widget=forms.RadioSelect)
    note = TextField(label="申请说明", max_length=300, required=False)


class ProfileForm(forms.Form):
    uscc = forms.CharField(
        label="统一社会信用代码", max_length=40, required=False,
        help_text="登记证书或营业执照上的 18 位代码，公众可在服务机构名单中看到。",
    )  # fmt: skip
    supervision_phone = forms.CharField(label="监督电话", max_length=20)
    responsible_department = forms.CharField(label="责任部门", max_length=60)
    responsible_person = forms.CharField(label="责任人", max_length=40)
    platform_kind = forms.ChoiceField(label="平台方式", choices=Profile.PlatformKind.choices, widget=forms.RadioSelect)
    platform_note = TextField(label="平台设备、技术、人员与安全说明", max_length=300, required=False)
    introduction = TextField(label="简介", max_length=300, required=False)


class AgreementForm(forms.Form):
    counterparty = forms.CharField(label="第三方平台", max_length=80)
    duties = TextField(label="责权利约定", rows=5, help_text="请写明医疗服务、信息安全、隐私保护、护患安全和纠纷处理。")
    signed_on = DateField(label="签订日期")
    expires_on = DateField(label="有效期至")


class RuleSetForm(forms.Form):
    text = TextField(label="制度正文", rows=14)
    effective_on = DateField(label="生效日期", initial=timezone.localdate)


class Reply(forms.Form):
    reply = TextField(label="回复内容", max_length=300, help_text="评价人会看到，每条评价回复一次。")


RULE_SETS = dict(RuleSet.Kind.choices)
Why = office.Reason


def _in_order(form, held):
    starts, ends = held.get("starts_on"), held.get("ends_on")
    if starts and ends and ends < starts:
        form.add_error("ends_on", "任期结束不能早于开始，请核对后再填写。")


class NewRecorder(forms.Form):
    number = forms.CharField(label="设备编号", max_length=30, help_text="写在设备上的编号。")


class RecorderState(forms.Form):
    state = forms.ChoiceField(label="设备状况", choices=Recorder.State.choices)
    note = forms.CharField(label="说明", max_length=100, required=False)
