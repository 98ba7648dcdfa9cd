"""Signed clinical papers: the first assessment, the prescription, the record of a visit."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from catalog.models import Item, ItemStep, Measurement
from clinical.lifecycle import AssessmentStatus, PrescriptionStatus
from patients.models import Patient


class Assessment(models.Model):
    """The family doctor's home visit before any service: planned, travelled to, recorded, signed (002 五(六)1)."""

    AUDIT_SEALED = frozenset({"sections", "opinion"})

    class Result(models.TextChoices):
        SUITABLE = "suitable", "适宜上门护理"
        UNSUITABLE = "unsuitable", "不宜上门护理"
        REFER = "refer", "建议转诊"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="assessments")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    doctor = models.ForeignKey(User, models.PROTECT, related_name="assessments")
    status = models.CharField(max_length=12, choices=AssessmentStatus)
    version = models.PositiveIntegerField(default=1)
    planned_start = models.DateTimeField("预约开始")
    planned_end = models.DateTimeField("预约结束")
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    sections = models.JSONField(default=dict)
    saves = models.JSONField("各部分的保存", default=dict)
    result = models.CharField("结论", max_length=12, choices=Result, blank=True)
    opinion = models.CharField("评估意见", max_length=500, blank=True)
    signed_at = models.DateTimeField(null=True)
    valid_until = models.DateField(null=True)
    content_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "首诊评估"
        indexes = [
            models.Index(fields=["arrived_at"], name="assessment_arrived_at", condition=Q(arrived_at__isnull=False))
        ]
        constraints = [
            models.CheckConstraint(name="assessment_status_known", condition=Q(status__in=AssessmentStatus.values)),
            models.CheckConstraint(
                name="assessment_signed_means_concluded",
                condition=~Q(status="signed") | (Q(signed_at__isnull=False) & ~Q(result="") & ~Q(content_sha256="")),
            ),
            models.CheckConstraint(
                name="assessment_ends_after_it_starts", condition=Q(planned_end__gt=F("planned_start"))
            ),
        ]

    def __str__(self):
        return f"首诊评估 {self.planned_start:%Y-%m-%d}"


class AssessmentStep(StepBase):
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "首诊步骤"


class Prescription(models.Model):
    """Items, times, frequency and validity that a doctor of the centre signed (项目单, 002 五(六)1)."""

    AUDIT_SEALED = frozenset({"cautions"})

    number = models.CharField("编号", max_length=20, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="prescriptions")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    doctor = models.ForeignKey(User, models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="prescriptions")
    status = models.CharField(max_length=12, choices=PrescriptionStatus)
    version = models.PositiveIntegerField(default=1)
    signed_at = models.DateTimeField()
    valid_until = models.DateField("有效期至")
    cautions = models.CharField("注意事项", max_length=500, blank=True)
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "服务项目单"
        constraints = [
            models.CheckConstraint(name="prescription_status_known", condition=Q(status__in=PrescriptionStatus.values))
        ]

    def __str__(self):
        return self.number

    @property
    def times_left(self) -> int:
        """Times not yet taken by an order, over all lines."""
        return sum(line.times - line.times_used for line in self.lines.all())


class PrescriptionStep(StepBase):
    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "项目单步骤"


class PrescriptionLine(models.Model):
    """One item × times × frequency. ``times_used`` counts visits ordered; it can never pass ``times``."""

    AUDIT_SEALED = frozenset({"cautions"})

    class Frequency(models.TextChoices):
        ONCE = "once", "一次"
        DAILY = "daily", "每天一次"
        EVERY_OTHER_DAY = "every_other_day", "隔天一次"
        TWICE_WEEKLY = "twice_weekly", "每周两次"
        WEEKLY = "weekly", "每周一次"
        FORTNIGHTLY = "fortnightly", "每两周一次"
        MONTHLY = "monthly", "每月一次"

    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    times = models.PositiveSmallIntegerField("次数")
    times_used = models.PositiveSmallIntegerField("已安排", default=0)
    frequency = models.CharField("频次", max_length=16, choices=Frequency)
    cautions = models.CharField("注意事项", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目单明细"
        constraints = [
            models.CheckConstraint(name="line_times_never_overdrawn", condition=Q(times_used__lte=F("times"))),
            models.CheckConstraint(name="line_has_times", condition=Q(times__gte=1, times__lte=200)),
            models.UniqueConstraint(fields=["prescription", "item"], name="line_one_per_item"),
        ]

    def __str__(self):
        return f"{self.item} × {self.times}"

    @property
    def times_left(self) -> int:
        return self.times - self.times_used


class VisitRecord(models.Model):
    """What a nurse did at one door: who was recognised how, steps, readings, waste, specimen, note, next step."""

    AUDIT_SEALED = frozenset({"lon", "lat", "place_note", "specimen_label", "note", "next_note"})

    class Waste(models.TextChoices):
        NONE = "none", "本次未产生医疗废物"
        INFECTIOUS = "infectious", "感染性废物"
        SHARPS = "sharps", "损伤性废物"
        BOTH = "both", "感染性和损伤性废物"
        DRUG = "drug", "药物性废物"
        PATHOLOGICAL = "pathology", "病理性废物"
        SEVERAL = "several", "多类医疗废物"

    class Next(models.TextChoices):
        FOLLOW_UP = "follow_up", "随访观察"
        NEXT_VISIT = "next_visit", "按项目单继续上门"
        DOCTOR = "doctor", "请家庭医生查看"
        REFER = "refer", "建议转诊"
        STOP = "stop", "本次后结束"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="visit_records")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(User, models.PROTECT, related_name="visit_records")
    items = models.ManyToManyField(Item, related_name="+")
    started_at = models.DateTimeField("到达时间")
    identifiers = ArrayField(models.CharField(max_length=12), verbose_name="身份核对")
    lon = models.FloatField("经度（WGS-84）", null=True)
    lat = models.FloatField("纬度（WGS-84）", null=True)
    accuracy_m = models.FloatField("定位精度（米）", null=True)
    distance_m = models.FloatField("距住址（米）", null=True)
    far_away = models.BooleanField("签到位置较远", default=False)
    place_note = models.CharField("定位说明", max_length=200, blank=True)
    waste = models.CharField("医疗废物", max_length=12, choices=Waste, blank=True)
    waste_bags = models.PositiveSmallIntegerField("袋数", default=0)
    specimen_label = models.CharField("标本编号", max_length=40, blank=True)
    specimen_handed_to = models.CharField("标本送往", max_length=60, blank=True)
    specimen_handed_at = models.DateTimeField("标本送出时间", null=True)
    note = models.CharField("护理记录", max_length=1000, blank=True)
    next_step = models.CharField("下一步", max_length=12, choices=Next, blank=True)
    next_note = models.CharField("下一步说明", max_length=200, blank=True)
    missing = models.JSONField("尚未完成", default=list)
    closed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField("随上门中止的时间", null=True)  # written to its end or not, nothing follows
    content_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "护理记录"
        constraints = [
            models.CheckConstraint(name="visit_checks_two_identifiers", condition=Q(identifiers__len__gte=2)),
            models.CheckConstraint(
                name="record_closed_only_when_complete", condition=Q(closed_at__isnull=True) | Q(missing=[])
            ),
            models.CheckConstraint(
                name="record_closed_or_stopped", condition=Q(closed_at__isnull=True) | Q(stopped_at__isnull=True)
            ),
            models.CheckConstraint(
                name="record_stopped_under_its_hash", condition=Q(stopped_at__isnull=True) | ~Q(content_sha256="")
            ),
        ]

    def __str__(self):
        return f"护理记录 {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def ended_at(self):
        """Since when it is written no more: complete and handed in, or stopped with its visit."""
        return self.closed_at or self.stopped_at


class StepEntry(models.Model):
    """One step of an item at one visit: done, or not done and why. Nothing is ticked in advance."""

    AUDIT_SEALED = frozenset({"reason"})

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="step_entries")
    step = models.ForeignKey(ItemStep, models.PROTECT, related_name="+")
    done = models.BooleanField()
    reason = models.CharField("未做原因", max_length=200, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "步骤记录"
        constraints = [
            models.UniqueConstraint(fields=["record", "step"], name="step_answered_once_per_visit"),
            models.CheckConstraint(name="step_left_out_with_reason", condition=Q(done=True) | ~Q(reason="")),
        ]

    def __str__(self):
        return f"{self.step} {'✓' if self.done else '✗'}"


class Reading(models.Model):
    """One measured value at one visit, in the measurement's unit; ``alert`` is the sentence if it is out of range."""

    AUDIT_SEALED = frozenset({"value", "alert", "explanation"})

    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="readings")
    measurement = models.ForeignKey(Measurement, models.PROTECT, related_name="+")
    value = models.CharField(max_length=200)
    alert = models.CharField(max_length=120, blank=True)
    explanation = models.CharField("异常值说明", max_length=200, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name="沿用自")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "测量记录"
        constraints = [models.UniqueConstraint(fields=["record", "measurement"], name="reading_once_per_visit")]

    def __str__(self):
        return f"{self.measurement} {self.value}"


# What hangs on a record stands in a file of its own; Django looks for an app's tables here.
from clinical.charting import (  # noqa: E402, F401
    AmendmentRelease,
    CallBack,
    CallBackStep,
    CareMoment,
    Picture,
    PictureConsent,
    RecordVersion,
)
from clinical.revisions import AssessmentVersion  # noqa: E402, F401
