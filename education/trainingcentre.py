"""The district's training centre: who holds which post in it, and its meetings. Part of ``education.models``."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import DateRange, Organization, User
from education.training import Expert

# Up to the day of leaving and without it: who follows may begin that same day.
DAYS = DateRange("starts_on", "ends_on", RangeBoundary())


class TrainingSeat(models.Model):
    """One post of the training centre, held by an expert of the pool from one day to another (001 二(二)6)."""

    class Kind(models.TextChoices):
        DIRECTOR = "director", "主任"
        DEPUTY = "deputy", "副主任"
        SECRETARY = "secretary", "秘书"
        MEMBER = "member", "成员"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="training_seats")
    kind = models.CharField("职务", max_length=10, choices=Kind)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats", verbose_name="专家")
    duty = models.CharField("分工", max_length=80, blank=True)
    starts_on = models.DateField("任职日期")
    ends_on = models.DateField("离任日期", null=True)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    filed_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "培训中心职务"
        constraints = [
            models.CheckConstraint(
                name="training_seat_kind_known", condition=Q(kind__in=["director", "deputy", "secretary", "member"])
            ),
            models.CheckConstraint(
                name="training_seat_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            ExclusionConstraint(
                name="training_seat_one_director",
                expressions=[("district", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
                condition=Q(kind="director"),
            ),
            ExclusionConstraint(
                name="training_seat_one_for_an_expert",
                expressions=[("expert", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"


class TrainingMeeting(models.Model):
    """
    The record of one meeting of the training centre: when, about what, who took part, what was decided.

    It does not change; one that was wrong is struck out with a reason and stays readable.
    """

    AUDIT_SEALED = frozenset({"guests"})

    district = models.ForeignKey(Organization, models.PROTECT, related_name="training_meetings")
    held_on = models.DateField("会议日期")
    topic = models.CharField("议题", max_length=100)
    experts = models.ManyToManyField(Expert, related_name="+", verbose_name="参加的专家")
    guests = models.CharField("列席人员", max_length=200, blank=True)
    decisions = models.CharField("会议决定", max_length=2000)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="记录人")
    recorded_at = models.DateTimeField("记录时间")
    struck_at = models.DateTimeField("作废时间", null=True)
    struck_reason = models.CharField("作废原因", max_length=200, blank=True)
    receipt = models.UUIDField("回执", null=True, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "培训中心会议"
        indexes = [models.Index(fields=["district", "-held_on", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="training_meeting_says_something", condition=~Q(topic="") & ~Q(decisions="")
            ),
            models.CheckConstraint(
                name="training_meeting_struck_for_a_reason",
                condition=Q(struck_at__isnull=True, struck_reason="")
                | Q(struck_at__isnull=False) & ~Q(struck_reason=""),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.topic}（{self.held_on:%Y-%m-%d}）"
