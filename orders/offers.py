"""What became of offers and of visits that did not happen: offers, the waiting list, no-shows and appeals."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from nurses.models import Nurse
from orders.lifecycle import AppealStatus
from patients.models import Patient, Upload


class FailedBy(models.TextChoices):
    """Who did not keep the appointment; nobody did where the weather or the like stood in the way."""

    PATIENT = "patient", "服务对象"
    NURSE = "nurse", "护士"
    CENTRE = "centre", "中心"
    FORCE_MAJEURE = "force_majeure", "不可抗力"


class Offer(models.Model):
    """One visit held out to one nurse for one hour, and how that ended. ``ended`` is empty while it holds."""

    AUDIT_SEALED = frozenset({"words"})

    class Ended(models.TextChoices):
        DECLINED = "declined", "拒单"
        EXPIRED = "expired", "超时收回"
        GIVEN_BACK = "given_back", "退单"
        RECALLED = "recalled", "改派"
        MOVED = "moved", "改期"
        CANCELLED = "cancelled", "取消"

    class Cause(models.TextChoices):
        BUSY = "busy", "这个时间已有安排"
        FAR = "far", "路程太远，赶不到"
        SKILL = "skill", "不熟悉这项操作"
        UNWELL = "unwell", "身体不适"
        OTHER = "other", "其他"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="offers")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="offers")
    planned_start = models.DateTimeField("上门时间")
    planned_end = models.DateTimeField("到")
    offered_at = models.DateTimeField("派单时间")
    offered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField("结果", max_length=12, choices=Ended, blank=True)
    cause = models.CharField("拒单原因", max_length=8, choices=Cause, blank=True)
    words = models.CharField("补充说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "派单记录"
        indexes = [
            models.Index(fields=["order", "-id"]),
            models.Index(fields=["centre", "ended", "-ended_at"]),
        ]
        constraints = [
            models.UniqueConstraint(name="offer_one_open_per_order", fields=["order"], condition=Q(ended="")),
            models.CheckConstraint(name="offer_runs_forward", condition=Q(planned_end__gt=F("planned_start"))),
            models.CheckConstraint(
                name="offer_ends_at_a_moment",
                condition=Q(ended="", ended_at__isnull=True) | (~Q(ended="") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="offer_declined_with_a_cause",
                condition=Q(ended="declined", cause__in=["busy", "far", "skill", "unwell", "other"])
                | (~Q(ended="declined") & Q(cause="")),
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.nurse}"


class Wait(models.Model):
    """An order for which nobody was free. ``promised_on`` is what the family was told, empty: none in two weeks."""

    class Reason(models.TextChoices):
        SKILL = "skill", "没有符合资格的护士"
        HOURS = "hours", "这个时段没有护士在班"
        FULL = "full", "在班护士已约满"

    class Left(models.TextChoices):
        OFFERED = "offered", "已派单"
        MOVED = "moved", "已改期"
        CANCELLED = "cancelled", "已取消"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="waits")
    listed_at = models.DateTimeField("开始排队")
    listed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("排队原因", max_length=8, choices=Reason)
    promised_on = models.DateField("预计最早日期", null=True)
    reckoned_at = models.DateTimeField("推算时间")
    left_at = models.DateTimeField("离开排队", null=True)
    left_because = models.CharField("离开原因", max_length=12, choices=Left, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "排队等候"
        constraints = [
            models.UniqueConstraint(
                name="wait_once_at_a_time_per_order", fields=["order"], condition=Q(left_at__isnull=True)
            ),
            models.CheckConstraint(name="wait_reason_known", condition=Q(reason__in=["skill", "hours", "full"])),
            models.CheckConstraint(
                name="wait_left_for_a_reason",
                condition=Q(left_at__isnull=True, left_because="") | (Q(left_at__isnull=False) & ~Q(left_because="")),
            ),
        ]

    def __str__(self):
        return f"{self.order} 排队"


class NoShow(models.Model):
    """
    A visit that did not happen, as it was registered: who is said to have failed, in whose words, what shows it.

    It never changes. What an upheld appeal corrects is ``Order.failed_by``.
    """

    AUDIT_SEALED = frozenset({"words"})

    order = models.OneToOneField("orders.Order", models.PROTECT, related_name="no_show")
    failed_by = models.CharField("登记的失约方", max_length=16, choices=FailedBy)
    words = models.CharField("经过和凭据", max_length=300)
    called_at = models.DateTimeField("最后一次联系的时间", null=True)
    paper = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+", verbose_name="照片或文件")
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    registered_as = models.CharField("登记岗位", max_length=20)
    appeal_until = models.DateTimeField("申诉期限")

    class Meta:
        verbose_name = verbose_name_plural = "失约登记"
        constraints = [
            models.CheckConstraint(name="no_show_failed_by_known", condition=Q(failed_by__in=FailedBy.values)),
            models.CheckConstraint(name="no_show_says_what_was_seen", condition=~Q(words="")),
            models.CheckConstraint(
                name="no_show_leaves_time_to_appeal", condition=Q(appeal_until__gt=F("registered_at"))
            ),
        ]

    def __str__(self):
        return f"{self.order} 失约"


class Appeal(models.Model):
    """One side's objection to a registered no-show, decided once by an administrator who is no party to it."""

    AUDIT_SEALED = frozenset({"words", "decision"})

    class Side(models.TextChoices):
        FAMILY = "family", "服务对象或家属"
        NURSE = "nurse", "护士"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="appeals")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    side = models.CharField("申诉方", max_length=8, choices=Side)
    status = models.CharField(max_length=8, choices=AppealStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    words = models.CharField("申诉理由", max_length=300)
    filed_at = models.DateTimeField("申诉时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decision = models.CharField("裁定理由", max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    corrected_to = models.CharField("更正后的失约方", max_length=16, choices=FailedBy, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "失约申诉"
        indexes = [models.Index(fields=["centre", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="appeal_status_known", condition=Q(status__in=AppealStatus.values)),
            models.UniqueConstraint(name="appeal_once_for_each_side", fields=["order", "side"]),
            models.CheckConstraint(name="appeal_says_why", condition=~Q(words="")),
            models.CheckConstraint(
                name="appeal_decided_with_reason",
                condition=Q(status="filed", decided_at__isnull=True)
                | (~Q(status="filed") & Q(decided_at__isnull=False) & ~Q(decision="")),
            ),
            models.CheckConstraint(
                name="appeal_upheld_means_corrected",
                condition=(Q(status="upheld") & ~Q(corrected_to="")) | (~Q(status="upheld") & Q(corrected_to="")),
            ),
        ]

    def __str__(self):
        return f"{self.order} 申诉"


class AppealStep(StepBase):
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "失约申诉步骤"
