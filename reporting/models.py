"""Reports with their figures and versions, exports with who asked and who agreed; packs for the city stand apart."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from reporting.datasets import DATASETS
from reporting.kinds import Kind
from reporting.lifecycle import ExportStatus, SummaryStatus


class Summary(models.Model):
    """
    One report about some days of one institution or of the district (002 六(三), 003 三(二)).

    ``figures`` are as they stood at ``reckoned_at``; the text is by people. What was submitted stays as a version.
    """

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="summaries", verbose_name="编写单位")
    kind = models.CharField("报告类别", max_length=8, choices=Kind)
    first = models.DateField("自")
    last = models.DateField("至")
    title = models.CharField("标题", max_length=160)
    figures = models.JSONField("数据", default=dict)
    reckoned_at = models.DateTimeField("取数时间")
    sections = models.JSONField("正文", default=dict)
    edition = models.PositiveSmallIntegerField("已提交版数", default=0)
    begun_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="起草人")
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提交人")
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    decided_at = models.DateTimeField("审核时间", null=True)
    opinion = models.CharField("审核意见", max_length=300, blank=True)
    published_at = models.DateTimeField("公布时间", null=True)
    status = models.CharField(max_length=12, choices=SummaryStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "工作报告"
        indexes = [models.Index(fields=["organisation", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="summary_status_known", condition=Q(status__in=SummaryStatus.values)),
            models.UniqueConstraint(
                name="summary_once_of_these_days", fields=["organisation", "kind", "first", "last"]
            ),
            models.CheckConstraint(name="summary_runs_forward", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(
                name="summary_judged_was_submitted",
                condition=~Q(status__in=["submitted", "returned", "accepted", "published"])
                | Q(submitted_by__isnull=False, submitted_at__isnull=False, edition__gt=0),
            ),
            models.CheckConstraint(
                name="summary_judged_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="summary_agreed_by_somebody",
                condition=~Q(status__in=["accepted", "published", "returned"]) | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="summary_public_since_a_moment",
                condition=Q(status="published", published_at__isnull=False)
                | (~Q(status="published") & Q(published_at__isnull=True)),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title


class SummaryStep(StepBase):
    summary = models.ForeignKey(Summary, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "工作报告步骤"


class SummaryVersion(models.Model):
    """A report as it was submitted: figures, text, and the digest of both. Never changed."""

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版次")
    figures = models.JSONField("数据")
    reckoned_at = models.DateTimeField("取数时间")
    sections = models.JSONField("正文")
    sha256 = models.CharField("内容摘要", max_length=64)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提交人")
    submitted_at = models.DateTimeField("提交时间")

    class Meta:
        verbose_name = verbose_name_plural = "工作报告版本"
        constraints = [
            models.UniqueConstraint(name="summary_version_numbered_once", fields=["summary", "number"]),
            models.CheckConstraint(name="summary_version_counts_from_one", condition=Q(number__gt=0)),
        ]

    def __str__(self):
        return f"第 {self.number} 版"


class Export(models.Model):
    """
    One table that somebody takes away: which, what for, who agreed, until when it may be fetched (002 五(八)).

    The table rests sealed from the asking on, so that what was agreed to is what is fetched; it is wiped at the end.
    """

    number = models.CharField("导出编号", max_length=20, unique=True)
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="exports", verbose_name="数据单位")
    dataset = models.CharField(
        "数据集", max_length=12, choices=[(key, row.label) for key, row in DATASETS.items()]
    )  # fmt: skip
    first = models.DateField("自")
    last = models.DateField("至")
    plain = models.BooleanField("不打码", default=False)
    purpose = models.CharField("用途", max_length=200)
    lines = models.PositiveIntegerField("行数")
    sha256 = models.CharField("内容摘要", max_length=64)
    sealed = models.BinaryField("加密的内容", null=True)
    why_asked = models.CharField("需他人同意的原因", max_length=120, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审批人")
    decided_at = models.DateTimeField("审批时间", null=True)
    opinion = models.CharField("审批意见", max_length=200, blank=True)
    until = models.DateTimeField("有效期至")
    fetched = models.PositiveSmallIntegerField("下载次数", default=0)
    fetched_at = models.DateTimeField("最近下载", null=True)
    status = models.CharField(max_length=12, choices=ExportStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "数据导出"
        indexes = [models.Index(fields=["organisation", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="export_status_known", condition=Q(status__in=ExportStatus.values)),
            models.CheckConstraint(name="export_says_what_for", condition=~Q(purpose="")),
            models.CheckConstraint(name="export_holds_something", condition=Q(lines__gt=0)),
            models.CheckConstraint(name="export_days_run_forward", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(
                name="export_decided_by_another", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="export_within_reach_was_agreed_to",
                condition=~Q(status="ready") | Q(why_asked="") | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="export_plain_asks_another", condition=Q(plain=False) | ~Q(why_asked="")
            ),
            models.CheckConstraint(
                name="export_holds_its_table_only_as_long",
                condition=Q(status__in=["asked", "ready"], sealed__isnull=False)
                | (~Q(status__in=["asked", "ready"]) & Q(sealed__isnull=True)),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class ExportStep(StepBase):
    export = models.ForeignKey(Export, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "数据导出步骤"


# The rest stands in a file of its own; Django looks for an app's tables here.
from reporting.packs import CityPack, CityPackStep  # noqa: E402, F401
