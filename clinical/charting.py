"""What hangs on a visit's record: a call to the doctor, pictures, prompts, later versions."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organization, User
from accounts.sealed import SealedText
from audit.models import StepBase
from catalog.models import Item, Measurement
from clinical.lifecycle import CallBackStatus
from clinical.models import VisitRecord
from patients.models import Patient


class CallBack(models.Model):
    """A red value at a visit asks a doctor of the centre to call: one per reading, with a clock (000 三(六))."""

    AUDIT_SEALED = frozenset({"value", "sentence", "words"})

    class Outcome(models.TextChoices):
        ADVICE = "advice", "电话指导"
        ORDERS = "orders", "调整医嘱"
        HOSPITAL = "hospital", "建议就医"
        AMBULANCE = "ambulance", "已呼叫120"
        NOTHING = "nothing", "无需处理"

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="call_backs")
    measurement = models.ForeignKey(Measurement, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="call_backs")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(User, models.PROTECT, related_name="+")
    doctor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="接手医生")
    status = models.CharField(max_length=12, choices=CallBackStatus)
    version = models.PositiveIntegerField(default=1)
    value = models.CharField("测量值", max_length=200)
    sentence = models.CharField("危急值说明", max_length=120)
    opened_at = models.DateTimeField("发起时间")
    due_at = models.DateTimeField("应接手或答复时间")  # by when the next step is due: to be taken, then to be answered
    taken_at = models.DateTimeField("接手时间", null=True)
    closed_at = models.DateTimeField("答复时间", null=True)
    outcome = models.CharField("处理", max_length=12, choices=Outcome, blank=True)
    words = models.CharField("答复", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "医生回电"
        indexes = [models.Index(fields=["centre", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="call_back_status_known", condition=Q(status__in=CallBackStatus.values)),
            models.UniqueConstraint(
                name="call_back_runs_once_per_reading",
                fields=["record", "measurement"],
                condition=Q(status__in=["open", "taken"]),
            ),
            models.CheckConstraint(
                name="call_back_closed_with_an_answer",
                condition=~Q(status="closed") | (Q(closed_at__isnull=False) & ~Q(outcome="") & ~Q(words="")),
            ),
            models.CheckConstraint(
                name="call_back_taken_by_a_doctor",
                condition=~Q(status__in=["taken", "closed"]) | Q(doctor__isnull=False, taken_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"医生回电 {self.opened_at:%Y-%m-%d %H:%M}"


class CallBackStep(StepBase):
    call_back = models.ForeignKey(CallBack, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "回电步骤"


class PictureConsent(models.Model):
    """Whether pictures of this patient's body may be taken, who said so, and when it was taken back (002 五(八))."""

    AUDIT_SEALED = frozenset({"said_by", "withdrawn_reason"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="picture_consents")
    given = models.BooleanField("同意拍照")
    said_by = SealedText("表示意见的人", max_length=40, about=("patient_id", "record_id"))
    relation = models.CharField("与服务对象的关系", max_length=20)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("询问时间")
    record = models.ForeignKey(VisitRecord, models.PROTECT, null=True, related_name="picture_consents")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "拍照同意"
        constraints = [
            models.UniqueConstraint(
                name="picture_consent_one_in_force", fields=["patient"], condition=Q(withdrawn_at__isnull=True)
            )
        ]

    def __str__(self):
        return "同意拍照" if self.given else "不同意拍照"


class Picture(models.Model):
    """A picture taken at a visit: drawn anew without its place, private, every look recorded."""

    AUDIT_SEALED = frozenset({"caption", "removed_reason"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="pictures")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="pictures")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    measurement = models.ForeignKey(Measurement, models.PROTECT, related_name="+")
    consent = models.ForeignKey(PictureConsent, models.PROTECT, related_name="pictures")
    caption = models.CharField("说明", max_length=60, blank=True)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField(max_length=64)
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("拍摄时间")
    recorded_at = models.DateTimeField("保存时间")
    removed_at = models.DateTimeField("移除时间", null=True)
    removed_reason = models.CharField("移除原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "护理照片"
        indexes = [models.Index(fields=["patient", "-recorded_at"])]
        constraints = [
            models.UniqueConstraint(
                name="picture_kept_once_per_visit",
                fields=["record", "sha256"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="picture_removed_with_a_reason", condition=Q(removed_at__isnull=True) | ~Q(removed_reason="")
            ),
        ]

    def __str__(self):
        return f"{self.measurement} {self.at:%Y-%m-%d %H:%M}"


class CareMoment(models.Model):
    """Explained before, asked during, observed after: one tick each, with what was seen afterwards (000 二(三))."""

    AUDIT_SEALED = frozenset({"observed", "words"})

    class Moment(models.TextChoices):
        BEFORE = "before", "操作前解释"
        DURING = "during", "操作中询问"
        AFTER = "after", "操作后观察"

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="moments")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    moment = models.CharField("时点", max_length=8, choices=Moment)
    observed = models.JSONField("观察所见", default=dict, blank=True)
    words = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "解释询问观察"
        constraints = [models.UniqueConstraint(name="moment_once_per_item", fields=["record", "item", "moment"])]

    def __str__(self):
        return self.get_moment_display()


class AmendmentRelease(models.Model):
    """The centre's administrator lets a closed record be amended once the usual hours are over."""

    AUDIT_SEALED = frozenset({"reason"})

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="releases")
    released_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    released_at = models.DateTimeField("放行时间")
    until = models.DateTimeField("放行至")
    reason = models.CharField("放行原因", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "记录修改放行"

    def __str__(self):
        return f"放行至 {self.until:%Y-%m-%d %H:%M}"


class RecordVersion(models.Model):
    """
    A later version of a closed record: what was added or corrected, why, when it happened and when it was written.

    ``sha256`` covers the version before it, so that no version can be taken out or changed unnoticed (002 五(七)1(1)).
    """

    AUDIT_SEALED = frozenset({"reason", "changes"})

    class Kind(models.TextChoices):
        LATE = "late", "补记"
        CORRECTION = "correction", "更正"

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版本")
    kind = models.CharField("性质", max_length=12, choices=Kind)
    fields = ArrayField(models.CharField(max_length=48), verbose_name="涉及内容")
    changes = models.JSONField("前后内容")
    reason = models.CharField("原因", max_length=200)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    happened_at = models.DateTimeField("事情发生的时间")
    recorded_at = models.DateTimeField("补写时间")
    release = models.ForeignKey(AmendmentRelease, models.PROTECT, null=True, related_name="versions")
    previous_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "记录版本"
        constraints = [
            models.UniqueConstraint(name="record_version_numbered_once", fields=["record", "number"]),
            models.CheckConstraint(name="record_version_after_the_first", condition=Q(number__gte=2)),
            models.CheckConstraint(name="record_version_with_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self):
        return f"第 {self.number} 版"
