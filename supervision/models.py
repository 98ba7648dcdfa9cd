"""What supervision keeps: each run of each compliance check, and what was found, until it is put right."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization, User
from audit.models import StepBase
from orders.models import Order
from supervision.lifecycle import FindingStatus


class CheckRun(models.Model):
    """One check asked once of one district: how many rows, and how many of each institution. Never changed."""

    district = models.ForeignKey(Organization, models.PROTECT, related_name="check_runs")
    code = models.CharField("检查", max_length=40)
    at = models.DateTimeField("检查时间")
    total = models.PositiveIntegerField("发现数")
    counts = models.JSONField("各机构发现数", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "合规检查"
        indexes = [models.Index(fields=["district", "code", "-at"])]
        constraints = [models.UniqueConstraint(fields=["district", "code", "at"], name="check_run_once_at_a_time")]

    def __str__(self):
        return f"{self.code} {self.at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """
    One thing that is not as it should be, at one institution: found by a check, a sample, a visit or a walk.

    ``source`` and ``key`` name the thing itself, so the same thing is found once however often it is looked for.
    """

    AUDIT_SEALED = frozenset({"words", "measures"})

    class Kind(models.TextChoices):
        CHECK = "check", "合规检查"
        SAMPLE = "sample", "质控抽查"
        VISIT = "visit", "牵头医院督导"
        WALK = "walk", "就医体验走查"

    kind = models.CharField("来源", max_length=8, choices=Kind)
    source = models.CharField("检查", max_length=40)
    key = models.CharField("对象", max_length=80)
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="findings")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="findings")
    words = models.CharField("情况", max_length=300)
    clause = models.CharField("依据", max_length=60)
    since = models.DateTimeField("发生时间")
    opened_at = models.DateTimeField("发现时间")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="整改责任人")
    due_on = models.DateField("整改期限")
    measures = models.CharField("整改情况", max_length=300, blank=True)
    closed_at = models.DateTimeField("结案时间", null=True)
    # Of an excused one only: the first run that has not found it any more. The excuse covers what was there then.
    unfound_at = models.DateTimeField("检查不再发现的时间", null=True)
    status = models.CharField(max_length=12, choices=FindingStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "监管问题"
        indexes = [models.Index(fields=["organisation", "status", "due_on"])]
        constraints = [
            models.CheckConstraint(name="finding_status_known", condition=Q(status__in=FindingStatus.values)),
            models.UniqueConstraint(fields=["source", "key"], name="finding_of_one_thing_once"),
            models.CheckConstraint(
                name="finding_put_right_by_somebody",
                condition=~Q(status__in=["assigned", "rectified"]) | Q(owner__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_rectified_says_how", condition=~Q(status="rectified") | ~Q(measures="")
            ),
            models.CheckConstraint(
                name="finding_closed_at_a_moment",
                condition=Q(status__in=["closed", "excused"], closed_at__isnull=False)
                | (~Q(status__in=["closed", "excused"]) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="finding_unfound_after_an_excuse", condition=Q(unfound_at__isnull=True) | Q(status="excused")
            ),
        ]

    def __str__(self):
        return f"问题 {self.pk}"


class FindingStep(StepBase):
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "监管问题步骤"


# The rest stands in files of its own; Django looks for an app's tables here.
from supervision.decisions import (  # noqa: E402, F401
    EditionDraft,
    EditionDraftStep,
    ExpertNote,
    SettingChange,
    SettingChangeStep,
)
from supervision.quality import Inspector, Sample, ScoreSheet  # noqa: E402, F401
from supervision.tours import QualityGroup, Tour, TourStep  # noqa: E402, F401
