"""A joint round: a doctor and a nurse of a centre, where needed with a specialist, see one patient together."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization, User
from orders.models import Order
from patients.models import Patient


class JointRound(models.Model):
    """
    One version of the record of one round, signed by whoever led it (000 三(七)).

    A row is never changed: a correction is the next version of the same number, with its reason, and what it replaces
    stays readable. ``receipt`` is the number of the showing of the form, so that two presses are one record.
    """

    class Kind(models.TextChoices):
        HOME = "home", "上门"
        REMOTE = "remote", "远程"
        CENTRE = "centre", "在中心"

    AUDIT_SEALED = frozenset({"findings", "advice", "reason"})

    number = models.CharField("查房编号", max_length=20)
    version = models.PositiveSmallIntegerField("第几版", default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="next", verbose_name="更正哪一版")
    reason = models.CharField("更正的原因", max_length=200, blank=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="joint_rounds")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="中心")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="joint_rounds")
    kind = models.CharField("方式", max_length=8, choices=Kind)
    held_on = models.DateField("查房日期")
    findings = models.CharField("查房所见", max_length=1000)
    advice = models.CharField("商定的意见", max_length=1000)
    led_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="主持人")
    signed_at = models.DateTimeField("签名时间")
    receipt = models.UUIDField("回执", null=True, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "医护联合查房"
        indexes = [
            models.Index(fields=["centre", "-held_on", "-id"]),
            models.Index(fields=["patient", "-held_on", "-id"]),
        ]
        constraints = [
            models.UniqueConstraint(name="joint_round_version_once", fields=["number", "version"]),
            models.CheckConstraint(name="joint_round_kind_known", condition=Q(kind__in=["home", "remote", "centre"])),
            models.CheckConstraint(name="joint_round_says_what", condition=~Q(findings="") & ~Q(advice="")),
            models.CheckConstraint(
                name="joint_round_corrected_for_a_reason",
                condition=Q(version=1, replaces__isnull=True, reason="")
                | Q(version__gt=1, replaces__isnull=False) & ~Q(reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.number}（第 {self.version} 版）"


class RoundMember(models.Model):
    """Who took part, as what, and from where; a specialist comes from a team of the lead hospital."""

    class Part(models.TextChoices):
        DOCTOR = "doctor", "医生"
        NURSE = "nurse", "护士"
        EXPERT = "expert", "专科小组成员"

    round = models.ForeignKey(JointRound, models.PROTECT, related_name="members")
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="参加人")
    part = models.CharField("以什么身份", max_length=8, choices=Part)
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="所在机构")
    team = models.ForeignKey("referrals.Team", models.PROTECT, null=True, related_name="+", verbose_name="专科小组")

    class Meta:
        verbose_name = verbose_name_plural = "联合查房参加人"
        constraints = [
            models.UniqueConstraint(name="round_member_once", fields=["round", "person"]),
            models.CheckConstraint(
                name="round_member_expert_of_a_team",
                condition=Q(part="expert", team__isnull=False)
                | Q(part__in=["doctor", "nurse"], team__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self):
        return str(self.person)


class RoundTodo(models.Model):
    """One thing that was agreed: what, by whom, until when."""

    AUDIT_SEALED = frozenset({"what"})

    round = models.ForeignKey(JointRound, models.PROTECT, related_name="todos")
    what = models.CharField("要做的事", max_length=100)
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="由谁做")
    due_on = models.DateField("最晚日期")

    class Meta:
        verbose_name = verbose_name_plural = "联合查房商定事项"
        constraints = [models.CheckConstraint(name="round_todo_says_what", condition=~Q(what=""))]

    def __str__(self):
        return f"{self.round_id} {self.due_on}"
