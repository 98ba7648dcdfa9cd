"""A plan for emergencies that was started: its clock and the log of what was done; part of this app's tables."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from institutions.models import EmergencyPlan, PlanContact, PlanStep


class EmergencyRun(models.Model):
    """One start of a plan for one incident, open until somebody says how it ended (002 五(七)2(1))."""

    AUDIT_SEALED = frozenset({"outcome"})

    incident = models.ForeignKey("safety.Incident", models.PROTECT, related_name="emergency_runs")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="emergency_runs")
    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="runs")
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="启动人")
    started_at = models.DateTimeField("启动时间")
    closed_at = models.DateTimeField("终止时间", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="终止人")
    outcome = models.CharField("处置结果", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "预案启动"
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(closed_at__isnull=True), name="emergency_run_one_at_a_time"
            ),
            models.CheckConstraint(
                name="emergency_run_closed_with_an_outcome",
                condition=Q(closed_at__isnull=True, outcome="")
                | (Q(closed_at__gte=F("started_at"), closed_by__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self):
        return f"{self.plan} {self.started_at:%Y-%m-%d %H:%M}"


class EmergencyLog(models.Model):
    """One line of the log of a started plan: a step done, a call made, or a note; never changed."""

    AUDIT_SEALED = frozenset({"text"})

    class Kind(models.TextChoices):
        STEP = "step", "步骤完成"
        REACHED = "reached", "已联系上"
        UNREACHED = "unreached", "没有联系上"
        NOTE = "note", "记录"

    run = models.ForeignKey(EmergencyRun, models.PROTECT, related_name="log")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    step = models.ForeignKey(PlanStep, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(PlanContact, models.PROTECT, null=True, related_name="+")
    text = models.CharField("情况", max_length=300, blank=True)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = verbose_name_plural = "预案处置记录"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step"], condition=Q(step__isnull=False), name="emergency_log_a_step_is_done_once"
            ),
            models.CheckConstraint(
                name="emergency_log_is_about_what_its_kind_says",
                condition=Q(kind="step", step__isnull=False, contact__isnull=True)
                | Q(kind__in=["reached", "unreached"], step__isnull=True, contact__isnull=False)
                | (Q(kind="note", step__isnull=True, contact__isnull=True) & ~Q(text="")),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%H:%M}"
