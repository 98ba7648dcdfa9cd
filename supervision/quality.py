"""Who may judge quality, what was drawn to be judged, the filled sheets. Read it as part of ``supervision.models``."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from orders.models import Order


class Inspector(models.Model):
    """A member or an expert of a quality-control group, on file before acting (001 二(四)18)."""

    class Kind(models.TextChoices):
        MEMBER = "member", "质控组成员"
        EXPERT = "expert", "质控专家"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="inspectors")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="备案人员")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    expertise = models.CharField("专业与职称", max_length=80)
    paper = models.CharField("备案文号", max_length=60)
    starts_on = models.DateField("备案日期")
    ends_on = models.DateField("备案结束", null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "质控备案"
        constraints = [
            models.UniqueConstraint(
                name="inspector_filed_once_at_a_time", fields=["district", "user"], condition=Q(ends_on__isnull=True)
            ),
            models.CheckConstraint(
                name="inspector_ends_after_filing", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self):
        return f"{self.user}（{self.get_kind_display()}）"


class Sample(models.Model):
    """One draw: the published seed, the visits it was drawn from, how many. Never changed, so it can be drawn again."""

    district = models.ForeignKey(Organization, models.PROTECT, related_name="samples")
    title = models.CharField("抽查名称", max_length=60)
    seed = models.CharField("公布的种子", max_length=60)
    starts_on = models.DateField("服务日期从")
    ends_on = models.DateField("到")
    size = models.PositiveSmallIntegerField("抽取数")
    pool = models.JSONField("备抽订单", default=list)
    pool_sha256 = models.CharField("备抽订单摘要", max_length=64)
    drawn_at = models.DateTimeField("抽取时间")
    drawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="抽取人")

    class Meta:
        verbose_name = verbose_name_plural = "质控抽样"
        constraints = [
            models.UniqueConstraint(name="sample_of_a_seed_once", fields=["district", "seed"]),
            models.CheckConstraint(name="sample_runs_forward", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="sample_draws_something", condition=Q(size__gt=0)),
        ]

    def __str__(self):
        return self.title


class ScoreSheet(models.Model):
    """One sheet to be filled: for a drawn visit, for a hospital's visit to a centre, for a walk. Filled once."""

    AUDIT_SEALED = frozenset({"note"})

    class Kind(models.TextChoices):
        VISIT = "visit", "质控抽查"
        TOUR = "tour", "牵头医院督导"
        WALK = "walk", "就医体验走查"

    kind = models.CharField("类别", max_length=8, choices=Kind)
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="score_sheets")
    sample = models.ForeignKey(Sample, models.PROTECT, null=True, related_name="sheets")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="score_sheets")
    planned_on = models.DateField("计划日期")
    planned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="计划人")
    scores = models.JSONField("各项得分", default=dict)
    total = models.PositiveSmallIntegerField("总分", null=True)
    note = models.CharField("情况说明", max_length=300, blank=True)
    scored_at = models.DateTimeField("评分时间", null=True)
    scored_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="评分人")

    class Meta:
        verbose_name = verbose_name_plural = "评分表"
        indexes = [models.Index(fields=["organisation", "kind", "-id"])]
        constraints = [
            models.UniqueConstraint(name="sheet_of_a_drawn_visit_once", fields=["sample", "order"]),
            models.CheckConstraint(
                name="sheet_filled_as_a_whole",
                condition=Q(scored_at__isnull=True, total__isnull=True)
                | Q(scored_at__isnull=False, total__isnull=False, scored_by__isnull=False),
            ),
            models.CheckConstraint(
                name="sheet_total_of_a_hundred", condition=Q(total__isnull=True) | Q(total__lte=100)
            ),
            models.CheckConstraint(
                name="sheet_of_a_visit_was_drawn",
                condition=Q(kind="visit", sample__isnull=False, order__isnull=False)
                | (~Q(kind="visit") & Q(sample__isnull=True, order__isnull=True)),
            ),
        ]

    def __str__(self):
        return f"评分表 {self.pk}"
