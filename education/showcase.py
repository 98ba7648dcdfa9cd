"""What institutions tell everybody: posts in six columns, and how often they were read. Of ``education.models``."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from education.lifecycle import PostStatus


class Post(models.Model):
    """One post of an institution, shown to everybody after the commission has looked at it (001 二(四)25)."""

    class Column(models.TextChoices):
        """The six columns of 001 二(四)25."""

        MANAGING = "managing", "管理之道"
        BETWEEN = "between", "护患之间"
        STARS = "stars", "优护之星"
        NEW = "new", "创新之探"
        SCIENCE = "science", "科普之窗"
        NEWS = "news", "行业要闻"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="posts_told", verbose_name="投稿机构")
    column = models.CharField("栏目", max_length=10, choices=Column)
    status = models.CharField(max_length=12, choices=PostStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    title = models.CharField("标题", max_length=60)
    summary = models.CharField("摘要", max_length=120)
    body = models.TextField("正文", max_length=6000)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="投稿人")
    written_at = models.DateTimeField("投稿时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    decided_at = models.DateTimeField("审核时间", null=True)
    publish_at = models.DateTimeField("发布时间", null=True)
    honoured_at = models.DateTimeField("评为典型的时间", null=True)
    honoured_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="评选人")
    honour = models.CharField("评选理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "风采展示"
        indexes = [
            models.Index(fields=["district", "status", "-publish_at"]),
            models.Index(fields=["organisation", "-id"]),
        ]
        constraints = [
            models.CheckConstraint(name="post_status_known", condition=Q(status__in=PostStatus.values)),
            models.CheckConstraint(
                name="post_shown_was_decided",
                condition=~Q(status__in=["approved", "published"])
                | Q(decided_by__isnull=False, decided_at__isnull=False, publish_at__isnull=False),
            ),
            models.CheckConstraint(
                name="post_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("written_by")),
            ),
            models.CheckConstraint(
                name="post_honoured_for_a_reason",
                condition=Q(honoured_at__isnull=True, honour="") | (Q(honoured_at__isnull=False) & ~Q(honour="")),
            ),
            models.CheckConstraint(name="post_tells_something", condition=~Q(title="") & ~Q(body="")),
        ]

    def __str__(self):
        return self.title


class PostStep(StepBase):
    post = models.ForeignKey(Post, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "风采展示步骤"


class PostDay(models.Model):
    """How often a post was opened on one day: a number alone, nothing of who opened it."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="days")
    day = models.DateField("日期")
    reads = models.PositiveIntegerField("阅读次数")

    class Meta:
        verbose_name = verbose_name_plural = "阅读次数"
        constraints = [models.UniqueConstraint(name="post_day_once", fields=["post", "day"])]

    def __str__(self):
        return f"{self.post} {self.day}"
