"""
What people say who are not content, or know better: complaints, reports and suggestions (002 五(九)2, 004 三(八)).

A report goes to the centre or past it to the commission. One that goes past it is of no concern to the centre: neither
is it shown there, nor does it bear the centre as its place in the trace (004 五(三)).
"""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from orders.models import Order
from safety.lifecycle import REPORT_ANSWERED, ReportStatus


class Report(models.Model):
    """One matter, from the first word to the end. ``organisation`` handles it; ``accused`` is whom it is about."""

    AUDIT_SEALED = frozenset({"words", "answer", "why_unsatisfied"})

    class Kind(models.TextChoices):
        CARE = "care", "护理质量"
        MANNER = "manner", "服务态度"
        TIME = "time", "时间和安排"
        MONEY = "money", "收费"
        PRIVACY = "privacy", "隐私和资料"
        UNLAWFUL = "unlawful", "违规行为"
        ADVICE = "advice", "建议"
        OTHER = "other", "其他"

    number = models.CharField("受理编号", max_length=20, unique=True)
    organisation = models.ForeignKey(
        Organization, models.PROTECT, related_name="reports_to_handle", verbose_name="受理机构"
    )
    accused = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", verbose_name="所反映的机构")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+", verbose_name="有关订单")
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="反映人")
    filed_at = models.DateTimeField("提出时间")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    words = models.CharField("反映的情况", max_length=500)
    status = models.CharField(max_length=10, choices=ReportStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    accept_by = models.DateTimeField("应当受理时间")
    answer_by = models.DateTimeField("应当答复时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复人")
    why_unsatisfied = models.CharField("对答复不满意的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投诉举报"
        indexes = [models.Index(fields=["organisation", "status", "answer_by"], name="report_to_handle")]
        constraints = [
            models.CheckConstraint(name="report_status_known", condition=Q(status__in=ReportStatus.values)),
            models.CheckConstraint(name="report_says_something", condition=~Q(words="")),
            models.CheckConstraint(name="report_answer_after_accepting", condition=Q(answer_by__gt=F("accept_by"))),
            models.CheckConstraint(
                name="report_answered_in_words",
                condition=~Q(status__in=sorted(REPORT_ANSWERED)) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class ReportStep(StepBase):
    report = models.ForeignKey(Report, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "投诉举报步骤"
