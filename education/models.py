"""What people are taught: articles for families, and to whom they were handed. Courses and posts stand beside this."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from education.lifecycle import PaperStatus
from education.showcase import Post, PostDay, PostStep  # noqa: F401 the rest of this app's tables
from education.training import (  # noqa: F401 the rest of this app's tables
    Assignment,
    Course,
    CourseStep,
    Exam,
    Expert,
    ExtraTry,
    Study,
)
from education.trainingcentre import TrainingMeeting, TrainingSeat  # noqa: F401 the rest of this app's tables
from orders.models import Order
from patients.models import Patient


class Article(models.Model):
    """
    One edition of a text for families, in plain words; a newer edition takes its place, the old one stays readable
    for those to whom it was handed (000 二(五)).
    """

    class Kind(models.TextChoices):
        CARE = "care", "护理指导"
        MEDICINE = "medicine", "用药指导"
        LIVING = "living", "饮食、运动和康复"

    class Condition(models.TextChoices):
        FALL = "fall", "跌倒风险"
        PRESSURE = "pressure", "压力性损伤"
        WOUND = "wound", "伤口"
        STOMA = "stoma", "造口"
        PICC = "picc", "PICC"
        CATHETER = "catheter", "导尿管"
        FEEDING = "feeding", "鼻饲管"
        DIABETES = "diabetes", "糖尿病"
        HYPERTENSION = "hypertension", "高血压"
        GENERAL = "general", "一般"

    class Medicine(models.TextChoices):
        INSULIN = "insulin", "胰岛素"
        HYPOGLYCAEMIC = "hypoglycaemic", "口服降糖药"
        ANTIHYPERTENSIVE = "antihypertensive", "降压药"
        ANTICOAGULANT = "anticoagulant", "抗凝药"
        ANTIBIOTIC = "antibiotic", "抗菌药"
        PAIN = "pain", "止痛药"
        ANY = "any", "各类口服药"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="articles")
    code = models.CharField("代码", max_length=40)
    edition = models.PositiveSmallIntegerField("版次", default=1)
    status = models.CharField(max_length=12, choices=PaperStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    kind = models.CharField("类别", max_length=10, choices=Kind)
    title = models.CharField("标题", max_length=60)
    summary = models.CharField("一句话说明", max_length=120)
    body = models.TextField("正文", max_length=6000)
    call_when = models.CharField("什么情况要马上联系", max_length=300)
    source = models.CharField("依据", max_length=200)
    items = ArrayField(models.PositiveSmallIntegerField(), verbose_name="适用项目", default=list, blank=True)
    conditions = ArrayField(
        models.CharField(max_length=14, choices=Condition), verbose_name="适用情况", default=list, blank=True
    )
    medicines = ArrayField(
        models.CharField(max_length=18, choices=Medicine), verbose_name="药品类别", default=list, blank=True
    )
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="起草人")
    written_at = models.DateTimeField("起草时间")
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    published_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "科普文章"
        indexes = [models.Index(fields=["district", "status", "kind"])]
        constraints = [
            models.CheckConstraint(name="article_status_known", condition=Q(status__in=PaperStatus.values)),
            models.UniqueConstraint(name="article_edition_once", fields=["district", "code", "edition"]),
            models.UniqueConstraint(
                name="article_published_once", fields=["district", "code"], condition=Q(status="published")
            ),
            models.UniqueConstraint(
                name="article_one_in_work",
                fields=["district", "code"],
                condition=Q(status__in=["draft", "reviewed"]),
            ),
            models.CheckConstraint(
                name="article_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("written_by")),
            ),
            models.CheckConstraint(
                name="article_published_was_reviewed",
                condition=~Q(status__in=["published", "withdrawn"])
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, published_at__isnull=False),
            ),
            models.CheckConstraint(name="article_says_something", condition=~Q(title="") & ~Q(body="")),
        ]

    def __str__(self):
        return f"{self.title}（第 {self.edition} 版）"


class ArticleStep(StepBase):
    article = models.ForeignKey(Article, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "科普文章步骤"


class Handout(models.Model):
    """
    One article handed to one patient: at a visit by the nurse, or by the doctor.

    ``teach_back`` is only kept where the visit's record asks for none itself: the record's answer is the answer.
    """

    AUDIT_SEALED = frozenset({"teach_back", "note"})

    class Way(models.TextChoices):
        WRITTEN = "written", "图文"
        SPOKEN = "spoken", "图文并当面讲解"
        SHOWN = "shown", "图文并当面演示"

    class TeachBack(models.TextChoices):
        """The words of the catalogue's measurement of the same name."""

        FULL = "full", "完全掌握"
        PART = "part", "部分掌握"
        NONE = "none", "未掌握"

    article = models.ForeignKey(Article, models.PROTECT, related_name="handouts")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="handouts")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="handouts")
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="发送人")
    sent_at = models.DateTimeField("发送时间")
    way = models.CharField("方式", max_length=8, choices=Way)
    note = models.CharField("叮嘱", max_length=200, blank=True)
    teach_back = models.CharField("教育效果（复述/演示）", max_length=4, choices=TeachBack, blank=True)
    taught_at = models.DateTimeField("记录时间", null=True)
    taught_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="记录人")
    read_at = models.DateTimeField("家属看过的时间", null=True)
    read_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="看过的家属")
    clear = models.BooleanField("看明白了", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "健康教育"
        indexes = [models.Index(fields=["patient", "-id"])]
        constraints = [
            models.UniqueConstraint(name="handout_once_per_visit", fields=["article", "order"]),
            models.CheckConstraint(
                name="handout_taught_as_a_whole",
                condition=Q(teach_back="", taught_at__isnull=True, taught_by__isnull=True)
                | (~Q(teach_back="") & Q(taught_at__isnull=False, taught_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="handout_read_as_a_whole",
                condition=Q(read_at__isnull=True, read_by__isnull=True, clear__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False, clear__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.article} {self.sent_at:%Y-%m-%d}"
