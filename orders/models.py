"""The request for care and the order: one visit at one door. Statuses move only through ``orders.doors``."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from catalog.models import Edition, Item
from clinical.models import Assessment, Prescription, PrescriptionLine, VisitRecord
from nurses.models import Nurse, TimeRange
from orders.booking_check import BookingCheck  # noqa: F401 and of this one's
from orders.companion import Companion, CompanionStep  # noqa: F401 the rest of this app's tables
from orders.lifecycle import PLAN_LIVE, SEATED, WAITING, OrderStatus, PlanStatus, RequestStatus
from orders.offers import Appeal, AppealStep, NoShow, Offer, Wait  # noqa: F401 and more of them
from orders.presence import ArrivalProof, Whereabout  # noqa: F401 where she was
from orders.signatures import VisitSignature  # noqa: F401 and who signed for it
from patients.models import Address, Consent, Patient


class Place(models.TextChoices):
    """Where care is given (002 五(三): 机构或居家)."""

    HOME = "home", "居家"
    INSTITUTION = "institution", "机构"


class ServiceRequest(models.Model):
    """A wish for care at home, from the application to its last order."""

    AUDIT_SEALED = frozenset({"wish", "outcome_reason", "outcome_advice", "referral_outcome"})

    class Channel(models.TextChoices):
        ONLINE = "online", "线上申请"
        PHONE = "phone", "电话"
        WALK_IN = "walk_in", "到中心"

    number = models.CharField("申请编号", max_length=20, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="requests")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="requests")
    address = models.ForeignKey(Address, models.PROTECT, related_name="+")
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间")
    wish = models.CharField("想解决的问题", max_length=500)
    wished_items = models.ManyToManyField(Item, related_name="+", blank=True)
    wished_from = models.DateTimeField("希望上门时间从")
    wished_to = models.DateTimeField("到")
    return_on = models.DateField("复诊日期", null=True)  # when the patient goes back to the doctor with the results
    return_asked_at = models.DateTimeField("复诊日期登记时间", null=True)  # none: with the application itself
    place = models.CharField("服务地点", max_length=12, choices=Place, default=Place.HOME)
    # The first of several that were registered together for one address (集中预约); that one has none itself.
    booked_with = models.ForeignKey("self", models.PROTECT, null=True, related_name="booked_along")
    status = models.CharField(max_length=12, choices=RequestStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assessment = models.OneToOneField(Assessment, models.PROTECT, null=True, related_name="request")
    prescription = models.OneToOneField(Prescription, models.PROTECT, null=True, related_name="request")
    outcome_reason = models.CharField("原因", max_length=300, blank=True)
    outcome_clause = models.CharField("依据", max_length=60, blank=True)
    outcome_advice = models.CharField("建议", max_length=300, blank=True)
    referred_to = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    referral_outcome = models.CharField("转诊结果", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务申请"
        indexes = [
            models.Index(fields=["centre", "status", "-id"]),
            models.Index(fields=["patient", "-id"]),
            models.Index(fields=["centre", "submitted_at"], name="request_submitted_on"),
        ]
        constraints = [
            models.CheckConstraint(name="request_status_known", condition=Q(status__in=RequestStatus.values)),
            models.CheckConstraint(name="request_is_not_booked_with_itself", condition=~Q(booked_with=F("id"))),
            models.CheckConstraint(name="request_window_runs_forward", condition=Q(wished_to__gt=F("wished_from"))),
            models.UniqueConstraint(
                name="request_one_waiting_per_patient",
                fields=["patient"],
                condition=Q(status__in=sorted(WAITING)),
            ),
            models.CheckConstraint(
                name="request_assessed_before_prescribed",
                condition=~Q(status__in=["prescribed", "closed"])
                | Q(assessment__isnull=False, prescription__isnull=False),
            ),
            models.CheckConstraint(
                name="request_refused_with_reason",
                condition=~Q(status__in=["declined", "unsuitable", "referred"]) | ~Q(outcome_reason=""),
            ),
        ]

    def __str__(self):
        return self.number


class RequestStep(StepBase):
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "申请步骤"


class Order(models.Model):
    """One visit, one or more items, one accountable institution (002 三(三))."""

    class ConfirmedHow(models.TextChoices):
        FAMILY = "family", "服务对象或家属线上确认"
        CODE = "code", "凭上门码在护士手机确认"
        SIGNED = "signed", "在护士手机上签字确认"
        SILENT = "silent", "逾期未回应，系统确认"
        SETTLED = "settled", "异议处理后确认"

    AUDIT_SEALED = frozenset({"visit_code", "last_reason", "two_reason"})

    number = models.CharField("订单编号", max_length=20, unique=True)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="orders")
    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="orders")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="orders")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="orders")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    address = models.ForeignKey(Address, models.PROTECT, related_name="+")
    place = models.CharField("服务地点", max_length=12, choices=Place, default=Place.HOME)
    status = models.CharField(max_length=24, choices=OrderStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    created_at = models.DateTimeField()
    window_start = models.DateTimeField("希望时间从")
    window_end = models.DateTimeField("到")
    minutes = models.PositiveSmallIntegerField("预计时长（分钟）")
    nurse = models.ForeignKey(Nurse, models.PROTECT, null=True, related_name="orders")
    needs_two = models.BooleanField("须两人上门", default=False)
    two_reason = models.CharField("须两人上门的原因", max_length=300, blank=True)
    planned_start = models.DateTimeField("约定开始", null=True)
    planned_end = models.DateTimeField("约定结束", null=True)
    accept_by = models.DateTimeField("接单期限", null=True)
    accepted_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_how = models.CharField(max_length=8, choices=ConfirmedHow, blank=True)
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    agreement = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    visit_record = models.OneToOneField(VisitRecord, models.PROTECT, null=True, related_name="order")
    visit_code = models.CharField("上门码", max_length=6)
    code_tries = models.PositiveSmallIntegerField(default=0)
    door_tries = models.PositiveSmallIntegerField(default=0)
    shares_place = models.BooleanField("护士共享位置", default=True)
    last_reason = models.CharField("最近一次原因", max_length=300, blank=True)
    failed_by = models.CharField("失约方", max_length=16, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务订单"
        indexes = [
            models.Index(fields=["centre", "status", "-id"]),
            models.Index(fields=["patient", "-id"]),
            models.Index(fields=["nurse", "planned_start"]),
            # One day of a centre is read by each of these moments, however many orders lie before it.
            *(
                models.Index(
                    fields=["centre", moment], name=f"order_{moment}", condition=Q(**{f"{moment}__isnull": False})
                )
                for moment in ("planned_start", "arrived_at", "finished_at", "confirmed_at")
            ),
            models.Index(
                fields=["centre", "status_since"],
                name="order_stopped_since",
                condition=Q(status__in=["no_show", "aborted"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="order_status_known", condition=Q(status__in=OrderStatus.values)),
            models.CheckConstraint(name="order_window_runs_forward", condition=Q(window_end__gt=F("window_start"))),
            models.CheckConstraint(
                name="order_seated_means_planned",
                condition=~Q(status__in=sorted(SEATED))
                | Q(nurse__isnull=False, planned_start__isnull=False, planned_end__gt=F("planned_start")),
            ),
            models.CheckConstraint(
                name="order_dispatched_only_with_consent",
                condition=~Q(status__in=[*sorted(SEATED), "awaiting_dispatch", "awaiting_confirmation", "completed"])
                | Q(consent__isnull=False, agreement__isnull=False),
            ),
            models.CheckConstraint(
                name="order_needs_two_for_a_reason", condition=Q(needs_two=False) | ~Q(two_reason="")
            ),
            models.CheckConstraint(
                name="order_served_has_a_record",
                condition=~Q(status__in=["in_service", "awaiting_confirmation", "completed", "disputed"])
                | Q(visit_record__isnull=False),
            ),
            ExclusionConstraint(
                name="nurse_never_in_two_places",
                expressions=[
                    ("nurse", RangeOperators.EQUAL),
                    (TimeRange("planned_start", "planned_end"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=sorted(SEATED)),
            ),
        ]

    def __str__(self):
        return self.number


class OrderLine(models.Model):
    """An item of this visit, taken from one line of the prescription."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    prescription_line = models.ForeignKey(PrescriptionLine, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "订单项目"
        constraints = [models.UniqueConstraint(fields=["order", "item"], name="order_has_an_item_once")]

    def __str__(self):
        return str(self.item)


class OrderStep(StepBase):
    order = models.ForeignKey(Order, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "订单步骤"


class EligibilityAnswer(models.Model):
    """What the rules answered when a nurse was offered, accepted, or checked in: kept, with every failing rule."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="eligibility_answers")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="+")
    asked_at_step = models.CharField("环节", max_length=12)
    visit_on = models.DateField("上门日期")
    eligible = models.BooleanField()
    refusals = ArrayField(models.JSONField(), default=list)
    warnings = ArrayField(models.JSONField(), default=list)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "资格判定"
        constraints = [
            models.CheckConstraint(
                name="eligible_means_no_refusal",
                condition=Q(eligible=True, refusals__len=0) | Q(eligible=False, refusals__len__gt=0),
            )
        ]

    def __str__(self):
        return f"{self.order} {self.asked_at_step} {'可' if self.eligible else '不可'}"


class Rating(models.Model):
    """Four questions once per completed order (000 二(三)); anonymous towards the nurse; one reply by the centre."""

    AUDIT_SEALED = frozenset({"comment", "reply"})

    order = models.OneToOneField(Order, models.PROTECT, related_name="rating")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    on_time = models.PositiveSmallIntegerField("准时到达")
    explained = models.PositiveSmallIntegerField("操作前解释")
    asked = models.PositiveSmallIntegerField("操作中询问")
    observed = models.PositiveSmallIntegerField("操作后观察")
    comment = models.CharField("想说的话", max_length=300, blank=True)
    rated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    rated_at = models.DateTimeField()
    reply = models.CharField("中心回复", max_length=300, blank=True)
    replied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评价"
        indexes = [models.Index(fields=["centre", "rated_at"], name="rating_rated_on")]
        constraints = [
            models.CheckConstraint(
                name="rating_between_one_and_five",
                condition=Q(
                    on_time__range=(1, 5), explained__range=(1, 5), asked__range=(1, 5), observed__range=(1, 5)
                ),
            )
        ]

    def __str__(self):
        return f"{self.order} 评价"


class DayPlan(models.Model):
    """
    A proposal for one day of one centre. Nothing of it holds until a dispatcher applies it, line by line or as a whole.

    ``touched`` are the nurses (ids) because of whom a day is arranged anew; ``result`` holds the figures of the day as
    it stands and as proposed, in the names of :class:`orders.planning.proposal.Figures`.
    """

    class Kind(models.TextChoices):
        DAY = "day", "排一天"
        REPAIR = "repair", "重新安排"
        LENDING = "lending", "借调测算"

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    day = models.DateField("日期")
    kind = models.CharField("类别", max_length=8, choices=Kind, default=Kind.DAY)
    status = models.CharField(max_length=10, choices=PlanStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    touched = models.JSONField("因谁重新安排", default=list)
    seed = models.PositiveIntegerField(default=1)
    seconds = models.PositiveSmallIntegerField("计算时间（秒）")
    outcome = models.CharField("未算出的原因", max_length=300, blank=True)
    result = models.JSONField("数据", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "排班建议"
        indexes = [models.Index(fields=["centre", "day", "-id"])]
        constraints = [
            models.CheckConstraint(name="plan_status_known", condition=Q(status__in=PlanStatus.values)),
            models.UniqueConstraint(
                name="plan_one_live_per_centre_and_day",
                fields=["centre", "day"],
                condition=Q(status__in=sorted(PLAN_LIVE)),
            ),
            models.CheckConstraint(
                name="plan_proposed_with_figures",
                condition=~Q(status__in=["ready", "applied"]) | Q(result__isnull=False),
            ),
            models.CheckConstraint(name="plan_failed_with_reason", condition=~Q(status="failed") | ~Q(outcome="")),
        ]

    def __str__(self):
        return f"{self.centre} {self.day:%m-%d}"


class DayPlanStep(StepBase):
    plan = models.ForeignKey(DayPlan, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "排班建议步骤"


class DayPlanLine(models.Model):
    """
    What a plan says about one order: whom to send and when, or why nobody. ``order_version`` is what was looked at.

    ``seat`` is 0, or 1 for the second nurse. ``was_nurse`` and ``was_start`` stand on a visit that somebody else, or
    another hour, had before.
    """

    class Kind(models.TextChoices):
        SEND = "send", "派单"
        MOVE = "move", "改派"
        UNSERVED = "unserved", "排不上"

    class Outcome(models.TextChoices):
        SENT = "sent", "已派单"
        REFUSED = "refused", "未通过"

    plan = models.ForeignKey(DayPlan, models.PROTECT, related_name="lines")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    order_version = models.PositiveIntegerField()
    seat = models.PositiveSmallIntegerField("第几位护士", default=0)
    kind = models.CharField("建议", max_length=8, choices=Kind)
    nurse = models.ForeignKey(Nurse, models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField("开始", null=True)
    ends_at = models.DateTimeField("结束", null=True)
    travel_minutes = models.PositiveSmallIntegerField("路途（分钟）", default=0)
    late_percent = models.PositiveSmallIntegerField("迟到可能（%）", default=0)
    is_own = models.BooleanField("责任护士", default=False)
    was_nurse = models.ForeignKey(Nurse, models.PROTECT, null=True, related_name="+")
    was_start = models.DateTimeField("原定开始", null=True)
    reason = models.CharField("排不上的原因", max_length=12, blank=True)
    sentence = models.CharField("说明", max_length=300, blank=True)
    outcome = models.CharField("结果", max_length=8, choices=Outcome, blank=True)
    refusals = models.JSONField("未通过的原因", default=list)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "排班建议明细"
        constraints = [
            models.UniqueConstraint(name="plan_line_one_per_seat", fields=["plan", "order", "seat"]),
            models.CheckConstraint(name="plan_line_of_one_of_two_seats", condition=Q(seat__in=[0, 1])),
            models.CheckConstraint(
                name="plan_line_says_whom_or_why",
                condition=Q(kind="unserved", nurse__isnull=True) & ~Q(sentence="")
                | ~Q(kind="unserved") & Q(nurse__isnull=False, starts_at__isnull=False, ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="plan_line_settled_with_outcome",
                condition=Q(outcome="", settled_at__isnull=True) | ~Q(outcome="") & Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.plan} · {self.order}"


class PlanProgress(models.Model):
    """How far a computation is, and when it was last alive: nothing follows from it but what the page says."""

    plan = models.OneToOneField(DayPlan, models.PROTECT, primary_key=True, related_name="progress")
    share = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "排班计算进度"

    def __str__(self):
        return f"{self.plan} {self.share:.0%}"
