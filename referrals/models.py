"""What a centre and its lead hospital do for each other: remote consults, referrals both ways, teams and coaching."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import DateRange, Organization, User
from audit.models import StepBase
from clinical.models import Picture
from orders.models import Order, ServiceRequest
from patients.models import Patient
from referrals.lifecycle import ReferralStatus, RemoteStatus
from referrals.rounds import JointRound, RoundMember, RoundTodo  # noqa: F401 the rest of this app's tables


class RemoteConsult(models.Model):
    """
    One question of a centre to its lead hospital about one patient, answered in writing (000 四(十三)).

    ``answer_by`` is the promise, by urgency. Summary and pictures are for the expert who has taken it, and only while
    it is open.
    """

    class Urgency(models.TextChoices):
        URGENT = "urgent", "紧急"
        ROUTINE = "routine", "一般"

    AUDIT_SEALED = frozenset({"question", "summary", "advice"})

    number = models.CharField("会诊编号", max_length=20, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="remote_consults")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="提问机构")
    hospital = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="牵头医院")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="remote_consults")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提问人")
    expert = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="接手专家")
    urgency = models.CharField("缓急", max_length=8, choices=Urgency)
    question = models.CharField("想问的问题", max_length=500)
    summary = models.CharField("病情和护理摘要", max_length=1000)
    pictures = models.ManyToManyField(Picture, related_name="+", blank=True)
    advice = models.CharField("会诊意见", max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=RemoteStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    asked_at = models.DateTimeField("提问时间")
    answer_by = models.DateTimeField("应答复时间")
    taken_at = models.DateTimeField("接手时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    late_at = models.DateTimeField("超时时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "远程护理会诊"
        indexes = [
            models.Index(fields=["hospital", "status", "answer_by"]),
            models.Index(fields=["centre", "-id"]),
            models.Index(fields=["patient", "-id"]),
        ]
        constraints = [
            models.CheckConstraint(name="remote_consult_status_known", condition=Q(status__in=RemoteStatus.values)),
            models.CheckConstraint(
                name="remote_consult_taken_by_an_expert",
                condition=~Q(status__in=["taken", "answered", "closed"])
                | Q(expert__isnull=False, taken_at__isnull=False),
            ),
            models.CheckConstraint(
                name="remote_consult_answered_in_writing",
                condition=Q(status__in=["answered", "closed"], answered_at__isnull=False) & ~Q(advice="")
                | ~Q(status__in=["answered", "closed"]) & Q(answered_at__isnull=True, advice=""),
            ),
            models.CheckConstraint(name="remote_consult_asks_something", condition=~Q(question="") & ~Q(summary="")),
        ]

    def __str__(self):
        return self.number


class RemoteConsultStep(StepBase):
    consult = models.ForeignKey(RemoteConsult, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "远程会诊步骤"


class Referral(models.Model):
    """
    One patient on the way between a centre and its lead hospital, up or down, until the outcome is known.

    ``request`` is the application from which an upward referral came, or the one that a downward referral became.
    """

    class Direction(models.TextChoices):
        UP = "up", "上转"
        DOWN = "down", "下转"

    class ConsentBy(models.TextChoices):
        SELF = "self", "本人同意"
        FAMILY = "family", "家属同意"

    class Transfer(models.TextChoices):
        OWN = "own", "自行前往"
        VEHICLE = "vehicle", "非急救转运"

    class Over(models.TextChoices):
        DONE = "done", "已按结果处理"
        DIED = "died", "服务对象去世"
        MOVED = "moved", "迁出本区"

    AUDIT_SEALED = frozenset({"reason", "summary", "arrangement", "outcome", "transfer_words"})

    number = models.CharField("转诊编号", max_length=20, unique=True)
    direction = models.CharField("方向", max_length=4, choices=Direction)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="referrals")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="中心")
    hospital = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="牵头医院")
    request = models.OneToOneField(
        ServiceRequest, models.PROTECT, null=True, related_name="referral", verbose_name="服务申请"
    )
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="referrals")
    department = models.CharField("科室", max_length=40, blank=True)
    reason = models.CharField("转诊原因", max_length=300)
    summary = models.CharField("病情摘要", max_length=1000, blank=True)
    consent_by = models.CharField("共享病情的同意", max_length=6, choices=ConsentBy, blank=True)
    consent_at = models.DateTimeField("同意登记时间", null=True)
    transfer = models.CharField("前往方式", max_length=8, choices=Transfer, default=Transfer.OWN)
    transfer_words = models.CharField("转运安排", max_length=200, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    accepted_at = models.DateTimeField("接收时间", null=True)
    arrangement = models.CharField("接收安排", max_length=200, blank=True)
    arrived_at = models.DateTimeField("到达时间", null=True)
    outcome = models.CharField("转诊结果", max_length=300, blank=True)
    fed_back_at = models.DateTimeField("反馈时间", null=True)
    over_because = models.CharField("结束原因", max_length=6, choices=Over, blank=True)
    status = models.CharField(max_length=10, choices=ReferralStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "双向转诊单"
        indexes = [
            models.Index(fields=["hospital", "status", "-id"]),
            models.Index(fields=["centre", "status", "-id"]),
            models.Index(fields=["direction", "accepted_at"]),
        ]
        constraints = [
            models.CheckConstraint(name="referral_status_known", condition=Q(status__in=ReferralStatus.values)),
            models.CheckConstraint(name="referral_goes_up_or_down", condition=Q(direction__in=["up", "down"])),
            models.UniqueConstraint(
                name="referral_one_live_per_patient_and_direction",
                fields=["patient", "direction"],
                condition=Q(status__in=["proposed", "accepted", "arrived"]),
            ),
            models.CheckConstraint(name="referral_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="referral_consent_has_its_time",
                condition=Q(consent_by="", consent_at__isnull=True) | ~Q(consent_by="") & Q(consent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_fed_back_with_an_outcome",
                condition=Q(outcome="", fed_back_at__isnull=True) | ~Q(outcome="") & Q(fed_back_at__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_fed_back_says_what", condition=~Q(status="fed_back") | ~Q(outcome="")
            ),
            models.CheckConstraint(
                name="referral_closed_for_a_reason",
                condition=Q(status="closed") & ~Q(over_because="") | ~Q(status="closed") & Q(over_because=""),
            ),
            models.CheckConstraint(
                name="referral_down_becomes_a_request",
                condition=~Q(direction="down", status__in=["accepted", "arrived", "fed_back"])
                | Q(request__isnull=False),
            ),
        ]

    def __str__(self):
        return self.number


class ReferralStep(StepBase):
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "转诊步骤"


class Specialty(models.TextChoices):
    WOUND = "wound", "伤口"
    STOMA = "stoma", "造口"
    PICC = "picc", "PICC"
    DIALYSIS = "dialysis", "腹膜透析"
    OTHER = "other", "其他专科"


class Team(models.Model):
    """Nurses of the lead hospital and of its centres who look after one specialty together (000 四(十三))."""

    hospital = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="牵头医院")
    specialty = models.CharField("专科", max_length=8, choices=Specialty)
    name = models.CharField("小组名称", max_length=40)
    starts_on = models.DateField("成立日期")
    ends_on = models.DateField("撤销日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "专科联合小组"
        constraints = [
            models.UniqueConstraint(
                name="team_named_once_at_a_hospital", fields=["hospital", "name"], condition=Q(ends_on__isnull=True)
            ),
            models.CheckConstraint(
                name="team_ends_after_it_starts", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self):
        return self.name


class TeamMember(models.Model):
    """One nurse, or an expert of the hospital, in a team from one day to another."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="members")
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="成员")
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="所在机构")
    leads = models.BooleanField("组长", default=False)
    starts_on = models.DateField("加入日期")
    ends_on = models.DateField("退出日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "专科小组成员"
        constraints = [
            models.UniqueConstraint(
                name="team_member_once_at_a_time", fields=["team", "person"], condition=Q(ends_on__isnull=True)
            ),
            models.CheckConstraint(
                name="team_member_leaves_after_joining",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self):
        return str(self.person)


class Coaching(models.Model):
    """A nurse of a centre and her mentor at the hospital, for one specialty, from one day to another (传帮带)."""

    AUDIT_SEALED = frozenset({"result"})

    hospital = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="牵头医院")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="中心")
    nurse = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="护士")
    mentor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="带教老师")
    specialty = models.CharField("专科", max_length=8, choices=Specialty)
    goal = models.CharField("带教目标", max_length=200)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("计划结束日期")
    ended_at = models.DateTimeField("结束登记时间", null=True)
    result = models.CharField("带教结果", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "传帮带结对"
        constraints = [
            models.CheckConstraint(name="coaching_runs_forward", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="coaching_of_somebody_else", condition=~Q(nurse=F("mentor"))),
            models.CheckConstraint(
                name="coaching_ended_with_a_result",
                condition=Q(ended_at__isnull=True, result="") | Q(ended_at__isnull=False) & ~Q(result=""),
            ),
            ExclusionConstraint(
                name="coaching_one_mentor_at_a_time",
                expressions=[
                    ("nurse", RangeOperators.EQUAL),
                    ("specialty", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.nurse} · {self.mentor}"
