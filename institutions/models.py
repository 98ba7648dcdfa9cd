"""When may a centre serve? Dated facts only: licence, filing, suspension, jurisdiction (002 五(二)1)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import DateRange, Organization, User
from institutions.rollout import (  # noqa: F401 the rest of this app's tables
    EmergencyPlan,
    GroupMember,
    LogEntry,
    PlanContact,
    PlanStep,
    TrialRun,
    WorkTask,
)

# 登记管理部门和机构类别、行政区划、主体标识和校验码; the check characters are judged by kernel.identity.
USCC_FORM = "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"


class Town(models.Model):
    """One of the district's towns and streets; jurisdiction is a list of these, never derived from coordinates."""

    code = models.CharField("代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=30)
    kind = models.CharField("类型", max_length=4)
    lon = models.FloatField("参考点经度（WGS-84）")
    lat = models.FloatField("参考点纬度（WGS-84）")

    class Meta:
        verbose_name = verbose_name_plural = "街镇"

    def __str__(self):
        return self.name


class Profile(models.Model):
    """What the public and the commission need to know of an institution besides its name."""

    class PlatformKind(models.TextChoices):
        OWN = "own", "区级统一平台"
        THIRD_PARTY = "third_party", "第三方平台"

    organisation = models.OneToOneField(Organization, models.PROTECT, related_name="profile")
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    supervision_phone = models.CharField("监督电话", max_length=20, blank=True)
    responsible_department = models.CharField("责任部门", max_length=60, blank=True)
    responsible_person = models.CharField("责任人", max_length=40, blank=True)
    platform_kind = models.CharField("平台方式", max_length=12, choices=PlatformKind, default=PlatformKind.OWN)
    platform_note = models.CharField("平台设备、技术、人员与安全说明", max_length=300, blank=True)
    introduction = models.CharField("简介", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构资料"
        constraints = [
            models.CheckConstraint(name="profile_uscc_well_formed", condition=Q(uscc="") | Q(uscc__regex=USCC_FORM))
        ]

    def __str__(self):
        return str(self.organisation)


class Licence(models.Model):
    """《医疗机构执业许可证》: number, scope, and the days between which it holds."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="licences")
    number = models.CharField("登记号", max_length=22)
    scope = models.CharField("诊疗科目", max_length=300)
    issued_on = models.DateField("发证日期")
    expires_on = models.DateField("有效期至")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "执业许可证"
        constraints = [
            models.CheckConstraint(name="licence_expires_after_issue", condition=Q(expires_on__gt=F("issued_on")))
        ]

    def __str__(self):
        return self.number


class Filing(models.Model):
    """A service mode that a centre registers with the commission; it counts from approval to withdrawal."""

    class Mode(models.TextChoices):
        HOME_BED = "home_bed", "家庭病床"
        ROUNDS = "rounds", "巡诊"
        COMMUNITY = "community", "社区护理"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="filings")
    mode = models.CharField("服务方式", max_length=12, choices=Mode)
    filed_at = models.DateTimeField("申请登记时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField("申请说明", max_length=300, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved = models.BooleanField("审核同意", null=True)
    decision_note = models.CharField("审核意见", max_length=300, blank=True)
    approved_from = models.DateField("自", null=True)
    withdrawn_on = models.DateField("撤销日期", null=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务方式登记"
        constraints = [
            models.UniqueConstraint(
                name="filing_one_live_per_mode",
                fields=["organisation", "mode"],
                condition=Q(withdrawn_on__isnull=True) & (Q(approved__isnull=True) | Q(approved=True)),
            ),
            models.CheckConstraint(
                name="filing_decided_as_a_whole",
                condition=Q(approved__isnull=True, decided_at__isnull=True)
                | Q(approved__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="filing_approved_from_a_day",
                condition=~Q(approved=True) | Q(approved_from__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.organisation} {self.get_mode_display()}"


class Suspension(models.Model):
    """The commission stops an institution from a day on, until it lifts the stop."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="suspensions")
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True)
    reason = models.CharField("原因", max_length=300)
    clause = models.CharField("依据", max_length=60)
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ordered_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "暂停"
        constraints = [
            ExclusionConstraint(
                name="suspension_one_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="suspension_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self):
        return f"{self.organisation} 自 {self.starts_on} 暂停"


class Jurisdiction(models.Model):
    """A town that a centre serves, from a day on (所在地辖区, 002 五(二)1)."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="jurisdictions")
    town = models.ForeignKey(Town, models.PROTECT, related_name="jurisdictions")
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "辖区"
        constraints = [
            ExclusionConstraint(
                name="jurisdiction_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("town", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            )
        ]

    def __str__(self):
        return f"{self.organisation} · {self.town}"


class RuleSet(models.Model):
    """One version of one of the ten management systems (制度) of an institution (002 五(七)1(1), 004 三(五))."""

    class Kind(models.TextChoices):
        NURSING = "nursing", "护理管理制度"
        QUALITY = "quality", "医疗质量安全管理制度"
        RISK = "risk", "医疗风险防范制度"
        RECORDS = "records", "医学文书书写管理规定"
        PRIVACY = "privacy", "个人隐私保护和信息安全管理制度"
        WASTE = "waste", "医疗废物处置流程"
        HOME_CARE = "home_care", "居家护理服务流程"
        COMPLAINTS = "complaints", "纠纷投诉处理程序"
        ADVERSE = "adverse", "不良事件防范和处置流程"
        STANDARDS = "standards", "相关服务规范和技术指南"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="rule_sets")
    kind = models.CharField("制度", max_length=12, choices=Kind)
    version = models.PositiveIntegerField("版本")
    text = models.TextField("正文")
    sha256 = models.CharField(max_length=64)
    effective_on = models.DateField("生效日期")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()
    reminded_at = models.DateTimeField("提醒阅读时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "制度"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "version"], name="rule_set_versions_are_unique")
        ]

    def __str__(self):
        return f"{self.get_kind_display()} 第 {self.version} 版"


class Acknowledgement(models.Model):
    """A member of staff has read a version of a rule set."""

    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="acknowledgements")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "制度知晓"
        constraints = [models.UniqueConstraint(fields=["rule_set", "user"], name="rule_set_acknowledged_once")]

    def __str__(self):
        return f"{self.user} · {self.rule_set}"


class PlatformAgreement(models.Model):
    """Agreement between an institution and a third-party platform on duties (004 三(七)); file text kept by hash."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="platform_agreements")
    counterparty = models.CharField("第三方平台", max_length=80)
    duties = models.TextField("医疗服务、信息安全、隐私保护、护患安全、纠纷处理的责权利")
    sha256 = models.CharField(max_length=64)
    signed_on = models.DateField("签订日期")
    expires_on = models.DateField("有效期至")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "平台合作协议"

    def __str__(self):
        return f"{self.organisation} · {self.counterparty}"


class Setting(models.Model):
    """A district's choice where the documents leave room, from a day on; keys are declared in ``settings.py``."""

    district = models.ForeignKey(Organization, models.PROTECT, related_name="settings")
    key = models.CharField("设置项", max_length=60)
    value = models.JSONField("取值")
    effective_on = models.DateField("生效日期")
    reason = models.CharField("理由", max_length=300)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "区级设置"
        constraints = [
            models.UniqueConstraint(fields=["district", "key", "effective_on"], name="setting_one_value_per_day")
        ]

    def __str__(self):
        return f"{self.key} = {self.value}"
