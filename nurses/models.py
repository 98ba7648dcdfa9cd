"""Who may be sent: a nurse's standing as dated facts, each with who recorded it and on what evidence."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Organization, Post, User
from accounts.sealed import SealedText
from catalog.models import CertificateKind
from nurses.imports import NurseImport  # noqa: F401 the rest of this app's tables
from nurses.scans import PaperScan  # noqa: F401


class TimeRange(Func):
    """``tstzrange(start, end)``: half-open, so one visit may begin when another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Title(models.TextChoices):
    """Professional titles; order matters: 护士 < 护师 < 主管护师 < 副主任护师 < 主任护师."""

    NURSE = "nurse", "护士"
    PRACTITIONER = "practitioner", "护师"
    SUPERVISOR = "supervisor", "主管护师"
    ASSOCIATE = "associate", "副主任护师"
    CHIEF = "chief", "主任护师"


class Nurse(models.Model):
    """A nurse's professional file."""

    AUDIT_SEALED = frozenset({"certificate_number", "phone"})

    user = models.OneToOneField(User, models.PROTECT, related_name="nurse")
    sex = models.CharField("性别", max_length=6)
    certificate_number = models.CharField("护士执业证书编号", max_length=20, unique=True)
    certificate_expires_on = models.DateField("执业证书有效期至")
    title = models.CharField("职称", max_length=14, choices=Title)
    clinical_since = models.DateField("临床护理起始日")
    phone = SealedText("工作电话", max_length=20, blank=True, about=("user_id",))
    is_demo = models.BooleanField(default=False)
    filed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "护士"

    def __str__(self):
        return str(self.user)


class Affiliation(models.Model):
    """How a nurse belongs to an institution: registered there (注册) or filed there (备案), through a post."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", "注册"
        FILED = "filed", "备案"

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="affiliations")
    post = models.OneToOneField(Post, models.PROTECT, related_name="affiliation")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "执业机构"

    def __str__(self):
        return f"{self.post.organisation}（{self.get_kind_display()}）"


class RegistryCheck(models.Model):
    """A look-up in the national nurse registration system: who, when, how, what came back, next check due."""

    AUDIT_SEALED = frozenset({"evidence"})

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="registry_checks")
    checked_on = models.DateField("查询日期")
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    source = models.CharField("查询方式", max_length=40)
    found = models.BooleanField("可查询到")
    evidence = models.CharField("凭据", max_length=200)
    recheck_due = models.DateField("复核期限")

    class Meta:
        verbose_name = verbose_name_plural = "注册系统查询"

    def __str__(self):
        return f"{self.nurse} {self.checked_on}"


class Exclusion(models.Model):
    """A violation or bad-practice record in force anywhere in the district; lifted only by a recorded appeal."""

    AUDIT_SEALED = frozenset({"reason", "evidence", "appeal"})

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="exclusions")
    kind = models.CharField("类别", max_length=40)
    reason = models.CharField("情况", max_length=300)
    evidence = models.CharField("凭据", max_length=200)
    starts_on = models.DateField("自")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    appeal = models.CharField("申诉结论", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "退出记录"
        constraints = [
            models.CheckConstraint(
                name="exclusion_lifted_only_by_appeal", condition=Q(lifted_at__isnull=True) | ~Q(appeal="")
            )
        ]

    def __str__(self):
        return f"{self.nurse} · {self.kind}"


class Certificate(models.Model):
    """A special qualification held by a nurse."""

    AUDIT_SEALED = frozenset({"number"})

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="certificates")
    kind = models.ForeignKey(CertificateKind, models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=40)
    issued_on = models.DateField("发证日期")
    expires_on = models.DateField("有效期至")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "专项资质证书"
        constraints = [
            models.CheckConstraint(name="certificate_expires_after_issue", condition=Q(expires_on__gt=F("issued_on")))
        ]

    def __str__(self):
        return f"{self.nurse} · {self.kind}"


class Training(models.Model):
    """Safety education or skills training passed, with hours, score and expiry (002 五(七)1(2))."""

    class Kind(models.TextChoices):
        SAFETY = "safety", "执业安全教育"
        SKILLS = "skills", "业务知识技能培训"

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="trainings")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    hours = models.DecimalField("学时", max_digits=5, decimal_places=1)
    score = models.PositiveSmallIntegerField("考核分数", null=True)
    passed_on = models.DateField("合格日期")
    expires_on = models.DateField("有效期至")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "培训"

    def __str__(self):
        return f"{self.nurse} · {self.get_kind_display()}"


class Insurance(models.Model):
    """One of the three insurances of 002 五(九)2."""

    AUDIT_SEALED = frozenset({"policy_number"})

    class Kind(models.TextChoices):
        LIABILITY = "liability", "责任险"
        MEDICAL_ACCIDENT = "medical_accident", "医疗意外险"
        PERSONAL_ACCIDENT = "personal_accident", "人身意外险"

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="insurances")
    kind = models.CharField("险种", max_length=20, choices=Kind)
    insurer = models.CharField("承保机构", max_length=60)
    policy_number = models.CharField("保单号", max_length=40)
    starts_on = models.DateField("自")
    expires_on = models.DateField("至")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "保险"

    def __str__(self):
        return f"{self.nurse} · {self.get_kind_display()}"


class Shift(models.Model):
    """A span in which a nurse works for a centre, or is on leave."""

    class Kind(models.TextChoices):
        WORK = "work", "在班"
        LEAVE = "leave", "请假"

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="shifts")
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=6, choices=Kind, default=Kind.WORK)
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "班次"
        constraints = [
            models.CheckConstraint(name="shift_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            ExclusionConstraint(
                name="shift_one_at_a_time",
                expressions=[
                    ("nurse", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(removed_at__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.nurse} {self.starts_at:%m-%d %H:%M}"


class Portrait(models.Model):
    """The face on her badge, put there by her centre: families compare it with who is at the door (002 五(九)2)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="portraits")
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("撤换时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "工牌照片"
        constraints = [
            models.UniqueConstraint(name="portrait_one_in_force", fields=["nurse"], condition=Q(ended_at__isnull=True))
        ]

    def __str__(self):
        return f"{self.nurse} {self.added_at:%Y-%m-%d}"
