"""Monthly values of indicators with where they come from, files of values, and tasks with a deadline."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organization, User
from audit.models import StepBase
from indicators.lifecycle import TaskStatus
from indicators.rollups import DayCount, SignalCount, StaleDay  # noqa: F401 the rest of this app's tables


class ImportBatch(models.Model):
    """One file of values that was read in as a whole: its name, its digest, how many lines (001 二(四)20)."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="区")
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("文件摘要", max_length=64)
    lines = models.PositiveIntegerField("行数")
    evidence = models.CharField("数据来源", max_length=300)
    imported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="导入人")
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "指标导入"
        constraints = [
            models.UniqueConstraint(name="import_of_a_file_once_per_district", fields=["organisation", "sha256"]),
            models.CheckConstraint(
                name="import_has_lines_and_a_source", condition=Q(lines__gt=0) & ~Q(evidence="")
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class Snapshot(models.Model):
    """
    One indicator of one organisation in one month, and where the value comes from: reckoned here, from a file, by hand.

    A lead hospital's and the district's values are reckoned from the parts of their centres, never from their values.
    """

    class Source(models.TextChoices):
        COMPUTED = "computed", "平台计算"
        IMPORTED = "imported", "文件导入"
        BY_HAND = "by_hand", "人工填报"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="indicator_values")
    code = models.CharField("指标代码", max_length=24)
    month = models.DateField("月份")
    numerator = models.DecimalField("分子", max_digits=16, decimal_places=4, null=True)
    denominator = models.DecimalField("分母", max_digits=16, decimal_places=4, null=True)
    value = models.DecimalField("指标值", max_digits=16, decimal_places=4, null=True)
    parts = models.JSONField("分项", default=dict)
    source = models.CharField("来源", max_length=8, choices=Source)
    evidence = models.CharField("凭据", max_length=300, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="values", verbose_name="导入文件")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="填报人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "指标月值"
        indexes = [models.Index(fields=["code", "month"])]
        constraints = [
            models.UniqueConstraint(name="snapshot_once_per_month", fields=["organisation", "code", "month"]),
            models.CheckConstraint(name="snapshot_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="snapshot_by_hand_has_evidence_and_an_author",
                condition=~Q(source="by_hand") | (~Q(evidence="") & Q(recorded_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="snapshot_imported_from_a_file",
                condition=Q(source="imported", batch__isnull=False, recorded_by__isnull=False)
                | (~Q(source="imported") & Q(batch__isnull=True)),
            ),
            models.CheckConstraint(
                name="snapshot_parts_are_not_negative",
                condition=(Q(numerator__isnull=True) | Q(numerator__gte=0))
                & (Q(denominator__isnull=True) | Q(denominator__gte=0)),
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.month:%Y-%m}"


class Task(models.Model):
    """
    One key task: who leads, who helps, by when, what shows that it is done (001 附件 1-32).

    ``due_on`` is the next deadline, ``more_dates`` those after it; without a date it goes on for good (持续推进).
    """

    class Origin(models.TextChoices):
        MODEL = "model", "任务分工表"
        OWN = "own", "本区增加"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="tasks", verbose_name="区")
    number = models.PositiveSmallIntegerField("序号")
    origin = models.CharField("出处", max_length=8, choices=Origin)
    area = models.CharField("评估内容", max_length=60)
    name = models.CharField("评估指标", max_length=100)
    deadline_text = models.CharField("完成时限", max_length=100)
    due_on = models.DateField("下一时限", null=True)
    more_dates = ArrayField(models.DateField(), verbose_name="其后时限", default=list)
    lead = models.CharField("牵头单位", max_length=200)
    partners = models.CharField("协作单位", max_length=200, blank=True)
    indicator = models.CharField("相关指标", max_length=24, blank=True)
    status = models.CharField(max_length=8, choices=TaskStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    added_on = models.DateField("登记日期")
    reviewed_half = models.CharField("已评估到", max_length=6, blank=True)
    finished_on = models.DateField("完成日期", null=True)
    evidence = models.CharField("完成凭据", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "重点任务"
        indexes = [models.Index(fields=["organisation", "status", "due_on"])]
        constraints = [
            models.UniqueConstraint(name="task_number_once_per_district", fields=["organisation", "number"]),
            models.CheckConstraint(name="task_status_known", condition=Q(status__in=TaskStatus.values)),
            models.CheckConstraint(
                name="task_done_with_evidence",
                condition=Q(status="done", finished_on__isnull=False) & ~Q(evidence="")
                | (~Q(status="done") & Q(finished_on__isnull=True, evidence="")),
            ),
            models.CheckConstraint(name="task_has_somebody_in_the_lead", condition=~Q(lead="") & ~Q(name="")),
            models.CheckConstraint(
                name="task_dates_come_after_a_first",
                condition=Q(more_dates__len=0) | Q(due_on__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"


class TaskStep(StepBase):
    task = models.ForeignKey(Task, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "重点任务步骤"
