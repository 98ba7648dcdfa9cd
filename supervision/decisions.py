"""What the commission decides with four eyes: a setting, an edition of the list. Read it as part of ``models``."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from catalog.models import Edition
from supervision.lifecycle import ChangeStatus, DraftStatus


class SettingChange(models.Model):
    """One district's wish to choose otherwise from a day on; another person than the one who proposed it decides."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="setting_changes", verbose_name="区")
    key = models.CharField("设置项", max_length=60)
    value = models.JSONField("取值")
    effective_on = models.DateField("生效日期")
    reason = models.CharField("理由", max_length=300)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    decided_at = models.DateTimeField("复核时间", null=True)
    answer = models.CharField("复核意见", max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=ChangeStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "设置调整"
        indexes = [models.Index(fields=["organisation", "key", "-id"])]
        constraints = [
            models.CheckConstraint(name="change_status_known", condition=Q(status__in=ChangeStatus.values)),
            models.UniqueConstraint(
                name="change_of_one_setting_at_a_time", fields=["organisation", "key"], condition=Q(status="proposed")
            ),
            models.CheckConstraint(
                name="change_seen_by_four_eyes",
                condition=~Q(status__in=["approved", "refused"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(name="change_refused_says_why", condition=~Q(status="refused") | ~Q(answer="")),
        ]

    def __str__(self):
        return f"设置调整 {self.pk}"


class SettingChangeStep(StepBase):
    change = models.ForeignKey(SettingChange, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "设置调整步骤"


class EditionDraft(models.Model):
    """
    A new edition before it holds: copied from the last one, changed item by item, appraised, approved by another.

    ``data`` has the shape that :func:`catalog.services.publish_edition` takes.
    """

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="edition_drafts", verbose_name="区")
    based_on = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name="依据的现行版本")
    title = models.CharField("目录名称", max_length=80)
    source = models.CharField("文件", max_length=200)
    issued_on = models.DateField("印发日期")
    effective_on = models.DateField("生效日期")
    data = models.JSONField("目录内容", default=dict)
    begun_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="起草人")
    begun_at = models.DateTimeField("起草时间")
    edited_at = models.DateTimeField("最近修改项目")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="批准人")
    decided_at = models.DateTimeField("批准时间", null=True)
    edition = models.OneToOneField(
        Edition, models.PROTECT, null=True, related_name="draft", verbose_name="发布的目录版本"
    )
    status = models.CharField(max_length=10, choices=DraftStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "目录草稿"
        constraints = [
            models.CheckConstraint(name="draft_status_known", condition=Q(status__in=DraftStatus.values)),
            models.UniqueConstraint(
                name="draft_one_at_a_time", fields=["organisation"], condition=Q(status__in=["drafting", "submitted"])
            ),
            models.CheckConstraint(
                name="draft_published_by_four_eyes",
                condition=Q(status="published", edition__isnull=False, decided_by__isnull=False)
                & ~Q(decided_by=F("begun_by"))
                | ~Q(status="published") & Q(edition__isnull=True),
            ),
        ]

    def __str__(self):
        return f"目录草稿 {self.pk}"


class EditionDraftStep(StepBase):
    draft = models.ForeignKey(EditionDraft, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "目录草稿步骤"


class ExpertNote(models.Model):
    """What one expert says of a draft: need, risk, feasibility, setting (002 五(五)). A later note replaces it."""

    class Verdict(models.TextChoices):
        FOR = "for", "同意"
        CHANGED = "changed", "修改后同意"
        AGAINST = "against", "不同意"

    draft = models.ForeignKey(EditionDraft, models.PROTECT, related_name="notes")
    expert = models.CharField("专家", max_length=40)
    standing = models.CharField("单位和职称", max_length=80)
    need = models.CharField("服务需求", max_length=200)
    risk = models.CharField("操作风险", max_length=200)
    feasible = models.CharField("可操作性", max_length=200)
    setting = models.CharField("居家环境", max_length=200)
    verdict = models.CharField("意见", max_length=8, choices=Verdict)
    said_on = models.DateField("论证日期")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "专家意见"
        constraints = [models.UniqueConstraint(name="expert_heard_once_per_draft", fields=["draft", "expert"])]

    def __str__(self):
        return f"{self.expert}：{self.get_verdict_display()}"

    @property
    def agrees(self) -> bool:
        return self.verdict != self.Verdict.AGAINST
