"""What went wrong, or may have: complaints of the people served, incidents of a visit; open until answered."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from orders.models import Order
from patients.models import Patient
from safety.alarms import Alarm, AlarmPlace, AlarmStep, SafeSign, SafetyTimer  # noqa: F401 the rest of this app's tables
from safety.emergencies import EmergencyLog, EmergencyRun  # noqa: F401 and more of them
from safety.flags import RiskFlag, RiskFlagStep  # noqa: F401 and more of them
from safety.recorders import Carrying, Recorder  # noqa: F401 and more of them
from safety.reports import Report, ReportStep  # noqa: F401 and more of them


class Complaint(models.Model):
    """Somebody is not content with a visit. Opened by an objection, closed by its settlement (004 三(五))."""

    AUDIT_SEALED = frozenset({"text", "answer"})

    class Status(models.TextChoices):
        OPEN = "open", "待处理"
        CLOSED = "closed", "已处理"

    order = models.ForeignKey(Order, models.PROTECT, related_name="complaints")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="complaints")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="complaints")
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    text = models.CharField("意见", max_length=300)
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField("提出时间")
    answer = models.CharField("处理结果", max_length=300, blank=True)
    closed_at = models.DateTimeField("处理时间", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "投诉"
        indexes = [models.Index(fields=["centre", "status", "-id"])]
        constraints = [
            models.UniqueConstraint(fields=["order"], name="complaint_once_per_order"),
            models.CheckConstraint(
                name="complaint_closed_with_an_answer",
                condition=Q(status="open", closed_at__isnull=True, answer="")
                | (Q(status="closed", closed_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="complaint_closes_after_it_opens",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]

    def __str__(self):
        return f"{self.order} 投诉"


class Incident(models.Model):
    """Something unplanned at a visit that the centre has to look into (不良事件, 004 三(五))."""

    AUDIT_SEALED = frozenset({"text", "cause"})

    class Kind(models.TextChoices):
        ABORTED = "aborted", "服务中止"
        OVERRUN = "overrun", "上门服务超时"
        VIOLENCE = "violence", "暴力或威胁"
        FALL = "fall", "跌倒或坠床"
        SKIN = "skin", "皮肤损伤或压力性损伤"
        TUBE = "tube", "管路滑脱或堵塞"
        DRUG = "drug", "用药错误"
        LEAK = "leak", "药液外渗或过敏"
        CHOKE = "choke", "误吸或窒息"
        BURN = "burn", "烫伤或冻伤"
        SHARP = "sharp", "针刺伤或职业暴露"
        OTHER = "other", "其他"

    # What a nurse reports herself; a visit that was stopped or took too long, the platform writes down.
    BY_THE_NURSE = frozenset(Kind) - {Kind.ABORTED, Kind.OVERRUN}

    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="incidents")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="incidents")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    text = models.CharField("经过", max_length=300)
    opened_at = models.DateTimeField("发生时间")
    closed_at = models.DateTimeField("结案时间", null=True)
    cause = models.CharField("原因和处理", max_length=300, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "不良事件"
        indexes = [models.Index(fields=["centre", "-id"])]
        constraints = [
            models.UniqueConstraint(fields=["order", "kind"], name="incident_once_per_order_and_kind"),
            models.CheckConstraint(
                name="incident_closed_with_a_cause",
                condition=Q(closed_at__isnull=True, cause="") | (Q(closed_at__isnull=False) & ~Q(cause="")),
            ),
            models.CheckConstraint(
                name="incident_closes_after_it_opens",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.opened_at:%Y-%m-%d}"
