"""What whoever goes to a household should know beforehand: for some time, to few people, open to objection."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from orders.models import Order
from patients.models import Patient
from safety.lifecycle import FLAG_LIVE, FlagStatus


class RiskFlag(models.Model):
    """A warning about a household with the facts it rests on; it ends by itself unless somebody renews it."""

    AUDIT_SEALED = frozenset({"facts", "appeal", "decision"})

    class Kind(models.TextChoices):
        DOG = "dog", "家中有犬"
        VIOLENCE = "violence", "有人言行暴力"
        CONTAGIOUS = "contagious", "传染风险"
        WEAPON = "weapon", "有刀具等危险物品"
        DRUNK = "drunk", "有人酗酒"
        OTHER = "other", "其他风险"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="risk_flags")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    facts = models.CharField("事实", max_length=200)
    status = models.CharField(max_length=10, choices=FlagStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    raised_at = models.DateTimeField("提出时间")
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    raised_as = models.CharField("提出岗位", max_length=20)
    until = models.DateTimeField("有效期至")
    told_at = models.DateTimeField("告知家属时间", null=True)
    told_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    appeal = models.CharField("申诉理由", max_length=300, blank=True)
    appealed_at = models.DateTimeField("申诉时间", null=True)
    appealed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decision = models.CharField("裁定理由", max_length=300, blank=True)
    decided_at = models.DateTimeField("裁定时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "入户风险提示"
        indexes = [models.Index(fields=["centre", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="flag_status_known", condition=Q(status__in=FlagStatus.values)),
            models.CheckConstraint(name="flag_rests_on_facts", condition=~Q(facts="")),
            models.CheckConstraint(name="flag_runs_forward", condition=Q(until__gt=F("raised_at"))),
            models.UniqueConstraint(
                name="flag_one_live_per_patient_and_kind",
                fields=["patient", "centre", "kind"],
                condition=Q(status__in=sorted(FLAG_LIVE)),
            ),
            models.CheckConstraint(
                name="flag_appealed_with_a_reason", condition=~Q(status="appealed") | ~Q(appeal="")
            ),
            models.CheckConstraint(
                name="flag_not_judged_by_who_raised_it",
                condition=Q(decided_by__isnull=True) | Q(raised_by__isnull=True) | ~Q(decided_by=F("raised_by")),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.get_kind_display()


class RiskFlagStep(StepBase):
    flag = models.ForeignKey(RiskFlag, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "风险提示步骤"
