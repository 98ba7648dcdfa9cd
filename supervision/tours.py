"""A lead hospital's visits to its centres, and the quality-control groups on file. Read it as part of ``models``."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from supervision.lifecycle import TourStatus
from supervision.quality import ScoreSheet


class Tour(models.Model):
    """
    One visit: planned, held and recorded, assessed. Its score sheet is filled apart, and what scores low is a finding.

    ``hospital`` is the one that led the alliance when the visit was planned.
    """

    AUDIT_SEALED = frozenset({"met", "guidance", "conclusion"})

    class Grade(models.TextChoices):
        EXCELLENT = "excellent", "优秀"
        GOOD = "good", "良好"
        FAIR = "fair", "合格"
        POOR = "poor", "不合格"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="tours")
    hospital = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="督导医院")
    sheet = models.OneToOneField(ScoreSheet, models.PROTECT, related_name="tour", verbose_name="评分表")
    planned_on = models.DateField("计划日期")
    focus = models.CharField("督导重点", max_length=200, blank=True)
    visited_on = models.DateField("督导日期", null=True)
    visitors = models.CharField("督导人员", max_length=120, blank=True)
    met = models.CharField("中心参加人员", max_length=120, blank=True)
    guidance = models.CharField("现场指导", max_length=1000, blank=True)
    grade = models.CharField("评估等次", max_length=10, choices=Grade, blank=True)
    conclusion = models.CharField("评估意见", max_length=500, blank=True)
    next_on = models.DateField("下次督导", null=True)
    status = models.CharField(max_length=12, choices=TourStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "督导"
        indexes = [models.Index(fields=["organisation", "-planned_on"])]
        constraints = [
            models.CheckConstraint(name="tour_status_known", condition=Q(status__in=TourStatus.values)),
            models.CheckConstraint(
                name="tour_held_with_a_record",
                condition=~Q(status__in=["held", "evaluated"])
                | (Q(visited_on__isnull=False) & ~Q(visitors="") & ~Q(guidance="")),
            ),
            models.CheckConstraint(
                name="tour_evaluated_as_a_whole",
                condition=Q(status="evaluated") & ~Q(grade="") & ~Q(conclusion="")
                | ~Q(status="evaluated") & Q(grade=""),
            ),
            models.CheckConstraint(
                name="tour_next_after_this_one", condition=Q(next_on__isnull=True) | Q(next_on__gt=F("visited_on"))
            ),
        ]

    def __str__(self):
        return f"督导 {self.planned_on:%Y-%m-%d}"


class TourStep(StepBase):
    tour = models.ForeignKey(Tour, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "督导步骤"


class QualityGroup(models.Model):
    """One organisation of the three levels of nursing quality control, as it is on file (001 二(四)17)."""

    class Level(models.TextChoices):
        CITY = "city", "市级"
        REGION = "region", "片区级"
        DISTRICT = "district", "区级"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="quality_groups")
    level = models.CharField("层级", max_length=8, choices=Level)
    name = models.CharField("质控组织", max_length=60)
    unit = models.CharField("挂靠单位", max_length=60)
    head = models.CharField("负责人", max_length=40)
    phone = models.CharField("联系电话", max_length=20)
    duties = models.CharField("质控范围", max_length=300)
    paper = models.CharField("成立文号", max_length=60)
    starts_on = models.DateField("成立日期")
    ends_on = models.DateField("撤销日期", null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "质控组织"
        constraints = [
            models.UniqueConstraint(
                name="quality_group_once_at_a_time", fields=["district", "level", "name"],
                condition=Q(ends_on__isnull=True),
            ),
            models.CheckConstraint(
                name="quality_group_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name
