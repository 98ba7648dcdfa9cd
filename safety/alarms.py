"""A nurse's call for help: who answered and how it ended, where she was, and the clock that calls when she cannot."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from nurses.models import Nurse
from orders.models import Order
from patients.models import Patient
from safety.lifecycle import AlarmStatus


class Alarm(models.Model):
    """
    A call for help, pressed by a nurse or made by the clock of her visit (004 三(八), 002 五(九)2).

    ``pressed_at`` is what her phone says, ``raised_at`` when the platform heard of it. ``level`` is how far it was
    carried while nobody answered: 1 the desk, 2 the centre's administrator as well, 3 the lead hospital and the
    commission.
    """

    AUDIT_SEALED = frozenset({"words", "outcome_words"})

    class Kind(models.TextChoices):
        SOS = "sos", "一键求助"
        TIMER = "timer", "到时没有平安信号"
        UNSAFE = "unsafe", "觉得不安全，已离开"

    class Outcome(models.TextChoices):
        SAFE = "safe", "护士安全"
        FALSE = "false", "误触"
        SUPPORT = "support", "已派人支援"
        POLICE = "police", "已报警"
        HOSPITAL = "hospital", "已送医"

    class Violence(models.TextChoices):
        NONE = "none", "没有"
        THREAT = "threat", "辱骂或威胁"
        HARASSMENT = "harass", "骚扰"
        ASSAULT = "assault", "动手伤人"

    kind = models.CharField("类别", max_length=8, choices=Kind)
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="alarms")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="alarms")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=AlarmStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    pressed_at = models.DateTimeField("求助时间")
    raised_at = models.DateTimeField("收到时间")
    words = models.CharField("护士的说明", max_length=300, blank=True)
    level = models.PositiveSmallIntegerField("已通知到", default=1)
    acknowledged_at = models.DateTimeField("响应时间", null=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("处置完毕时间", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("结果", max_length=8, choices=Outcome, blank=True)
    outcome_words = models.CharField("处置经过", max_length=300, blank=True)
    violence = models.CharField("暴力或威胁", max_length=8, choices=Violence, blank=True)
    incident = models.ForeignKey(
        "safety.Incident", models.PROTECT, null=True, related_name="alarms", verbose_name="不良事件"
    )

    class Meta:
        verbose_name = verbose_name_plural = "求助"
        indexes = [models.Index(fields=["centre", "status", "-id"]), models.Index(fields=["nurse", "-id"])]
        constraints = [
            models.CheckConstraint(name="alarm_status_known", condition=Q(status__in=AlarmStatus.values)),
            models.CheckConstraint(name="alarm_level_between_one_and_three", condition=Q(level__range=(1, 3))),
            models.CheckConstraint(
                name="alarm_pressed_before_it_was_heard", condition=Q(pressed_at__lte=F("raised_at"))
            ),
            models.CheckConstraint(
                name="alarm_answered_by_somebody",
                condition=~Q(status__in=["acknowledged", "closed"])
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="alarm_closed_with_an_outcome",
                condition=Q(status="closed", closed_at__isnull=False)
                & ~Q(outcome="") & ~Q(outcome_words="") & ~Q(violence="")
                | ~Q(status="closed") & Q(outcome="", outcome_words="", violence="", closed_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="alarm_of_a_clock_once_at_a_time",
                fields=["order"],
                condition=Q(kind="timer", status="raised"),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"


class AlarmStep(StepBase):
    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "求助步骤"


class AlarmPlace(models.Model):
    """Where the nurse's phone was: with the press, or some moments later, as exact as the phone could tell."""

    AUDIT_SEALED = frozenset({"lon", "lat"})

    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="places")
    lon = models.FloatField("经度")
    lat = models.FloatField("纬度")
    accuracy_m = models.FloatField("精度（米）", null=True)
    located_at = models.DateTimeField("定位时间")
    recorded_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "求助位置"
        constraints = [
            models.CheckConstraint(
                name="alarm_place_on_earth", condition=Q(lon__range=(-180, 180), lat__range=(-90, 90))
            ),
            models.UniqueConstraint(name="alarm_place_once_for_each_fix", fields=["alarm", "located_at"]),
        ]

    def __str__(self):
        return f"{self.alarm} {self.located_at:%H:%M:%S}"


class SafetyTimer(models.Model):
    """
    The clock of one visit: by ``until`` the nurse has left or has said that she is safe (002 五(九)2).

    ``asked_at`` is when her phone was asked because the time was over; ``ended_at`` when the clock stopped for good.
    """

    class Ended(models.TextChoices):
        FINISHED = "finished", "服务结束"
        ABORTED = "aborted", "服务中止"
        LEFT = "left", "护士登记已离开"

    order = models.OneToOneField(Order, models.PROTECT, related_name="safety_timer")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    armed_at = models.DateTimeField("开始计时")
    until = models.DateTimeField("平安信号期限")
    asked_at = models.DateTimeField("询问护士的时间", null=True)
    ended_at = models.DateTimeField("停止计时", null=True)
    ended = models.CharField("停止原因", max_length=8, choices=Ended, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "平安计时"
        constraints = [
            models.CheckConstraint(name="safety_timer_runs_forward", condition=Q(until__gt=F("armed_at"))),
            models.CheckConstraint(
                name="safety_timer_ends_for_a_reason",
                condition=Q(ended="", ended_at__isnull=True) | (~Q(ended="") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.order} 平安计时"


class SafeSign(models.Model):
    """The nurse says that she is safe: she stays longer, or has left. ``said_at`` is what her phone says."""

    class Kind(models.TextChoices):
        LONGER = "longer", "我很安全，延长"
        LEFT = "left", "我已离开"

    timer = models.ForeignKey(SafetyTimer, models.PROTECT, related_name="signs")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    said_at = models.DateTimeField("平安信号时间")
    recorded_at = models.DateTimeField("收到时间")
    receipt = models.UUIDField("回执编号")

    class Meta:
        verbose_name = verbose_name_plural = "平安信号"
        constraints = [
            models.UniqueConstraint(name="safe_sign_once_for_each_press", fields=["timer", "receipt"]),
            models.CheckConstraint(
                name="safe_sign_said_before_it_was_heard", condition=Q(said_at__lte=F("recorded_at"))
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.said_at:%H:%M}"
