"""What goes on after a visit or discharge: plans, follow-ups, answers, the green channel (003 二(五)14)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from followups.admission import SCORES, Grade
from followups.lifecycle import GreenStatus, PlanStatus, TaskStatus
from orders.models import Order, ServiceRequest
from patients.models import Patient


class Level(models.TextChoices):
    """How an answer reads: nothing to note, something to watch, something for the doctor at once."""

    GREEN = "green", "未见异常"
    YELLOW = "yellow", "需要留意"
    RED = "red", "需医生马上处理"


class WorkCalendarDay(models.Model):
    """One day that the commission has set against the published calendar: a holiday, or a day worked."""

    district = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    day = models.DateField("日期")
    works = models.BooleanField("上班")
    name = models.CharField("名称", max_length=40)
    reason = models.CharField("原因", max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        constraints = [
            models.UniqueConstraint(name="calendar_day_once_per_district", fields=["district", "day"]),
            models.CheckConstraint(name="calendar_day_has_a_reason", condition=~Q(reason="") & ~Q(name="")),
        ]

    def __str__(self):
        return f"{self.day} {self.name}"


class Questionnaire(models.Model):
    """One version of what is asked; never changed, so that an answer keeps its questions and limits."""

    owner = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    code = models.CharField("代码", max_length=40)
    version = models.PositiveIntegerField("版本", default=1)
    title = models.CharField("名称", max_length=60)
    questions = models.JSONField("问题")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "随访问卷"
        constraints = [
            models.UniqueConstraint(name="questionnaire_version_once", fields=["owner", "code", "version"]),
        ]

    def __str__(self):
        return f"{self.title} v{self.version}"


class PlanTemplate(models.Model):
    """One version of a template: for which items or condition, and what is asked after how many days."""

    class Condition(models.TextChoices):
        DISCHARGE = "discharge", "出院"
        WOUND = "wound", "伤口"
        STOMA = "stoma", "造口"
        PICC = "picc", "PICC"
        CATHETER = "catheter", "导尿管"
        CHRONIC = "chronic", "慢性病"
        BEREAVEMENT = "bereavement", "安宁疗护后哀伤"
        GENERAL = "general", "一般"

    owner = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    code = models.CharField("代码", max_length=40)
    version = models.PositiveIntegerField("版本", default=1)
    title = models.CharField("名称", max_length=60)
    condition = models.CharField("适用情况", max_length=16, choices=Condition)
    items = ArrayField(models.PositiveSmallIntegerField(), verbose_name="适用项目", default=list, blank=True)
    steps = models.JSONField("步骤")
    in_use = models.BooleanField("启用", default=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "随访模板"
        constraints = [
            models.UniqueConstraint(name="plan_template_version_once", fields=["owner", "code", "version"]),
        ]

    def __str__(self):
        return f"{self.title} v{self.version}"


class Discharge(models.Model):
    """
    Somebody has come home from hospital: told by the lead hospital or the centre, with what was taught there.

    The assessment at admission and the nursing grades are what the hospital said, where it said so (001 二(四)19).
    """

    AUDIT_SEALED = frozenset({
        "diagnosis", "education", "self_care", "fall_risk", "pressure_risk", "catheter_risk", "grade_in", "grade_out",
        "grade_words",
    })  # fmt: skip

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="discharges")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    hospital = models.CharField("出院医院", max_length=60)
    ward = models.CharField("科室", max_length=40, blank=True)
    discharged_on = models.DateField("出院日期")
    diagnosis = models.CharField("出院诊断", max_length=200)
    education = models.CharField("出院宣教", max_length=300)
    assessed_on = models.DateField("入院评估日期", null=True)
    self_care = models.PositiveSmallIntegerField("自理能力评分", null=True)
    fall_risk = models.BooleanField("跌倒风险", null=True)
    pressure_risk = models.BooleanField("压力性损伤风险", null=True)
    catheter_risk = models.BooleanField("导管滑脱风险", null=True)
    grade_in = models.CharField("入院护理分级", max_length=8, choices=Grade, blank=True)
    grade_out = models.CharField("出院护理分级", max_length=8, choices=Grade, blank=True)
    grade_words = models.CharField("护理分级说明", max_length=200, blank=True)
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "出院登记"
        indexes = [models.Index(fields=["centre", "-discharged_on"])]
        constraints = [
            models.UniqueConstraint(
                name="discharge_once_a_day_hospital_and_centre",
                fields=["patient", "centre", "discharged_on", "hospital"],
            ),
            models.CheckConstraint(
                name="discharge_says_what_was_taught", condition=~Q(diagnosis="") & ~Q(education="")
            ),
            models.CheckConstraint(
                name="discharge_assessed_as_a_whole",
                condition=Q(
                    assessed_on__isnull=True,
                    self_care__isnull=True,
                    fall_risk__isnull=True,
                    pressure_risk__isnull=True,
                    catheter_risk__isnull=True,
                )
                | Q(
                    assessed_on__lte=F("discharged_on"),
                    self_care__in=SCORES,
                    fall_risk__isnull=False,
                    pressure_risk__isnull=False,
                    catheter_risk__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="discharge_grades_known",
                condition=Q(grade_in__in=["", *Grade.values], grade_out__in=["", *Grade.values]),
            ),
        ]

    def __str__(self):
        return f"{self.hospital} {self.discharged_on}"


class FollowUpPlan(models.Model):
    """A template put to work for one patient, after a visit or a discharge."""

    AUDIT_SEALED = frozenset({"end_words"})

    class Ended(models.TextChoices):
        DIED = "died", "服务对象去世"
        MOVED = "moved", "迁出本区"
        WITHDREW = "withdrew", "服务对象不愿继续"
        OTHER = "other", "其他"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="follow_up_plans")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    template = models.ForeignKey(PlanTemplate, models.PROTECT, related_name="plans")
    code = models.CharField("模板代码", max_length=40)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="follow_up_plans")
    discharge = models.ForeignKey(Discharge, models.PROTECT, null=True, related_name="plans")
    status = models.CharField(max_length=12, choices=PlanStatus)
    version = models.PositiveIntegerField(default=1)
    starts_on = models.DateField("起算日")
    opened_at = models.DateTimeField("建立时间")
    over_at = models.DateTimeField("结束时间", null=True)
    ended_because = models.CharField("结束原因", max_length=12, choices=Ended, blank=True)
    end_words = models.CharField("结束说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "随访计划"
        indexes = [models.Index(fields=["centre", "status", "-id"])]
        constraints = [
            models.CheckConstraint(name="follow_up_plan_status_known", condition=Q(status__in=PlanStatus.values)),
            models.UniqueConstraint(
                name="plan_one_live_per_patient_and_template", fields=["patient", "code"], condition=Q(status="live")
            ),
            models.UniqueConstraint(
                name="plan_once_per_order_and_template", fields=["order", "code"], condition=Q(order__isnull=False)
            ),
            models.CheckConstraint(
                name="plan_ended_for_a_reason",
                condition=Q(status="ended") & ~Q(ended_because="") | ~Q(status="ended") & Q(ended_because=""),
            ),
            models.CheckConstraint(
                name="plan_over_has_a_time",
                condition=Q(status="live", over_at__isnull=True) | ~Q(status="live") & Q(over_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.starts_on}"


class FollowUpPlanStep(StepBase):
    plan = models.ForeignKey(FollowUpPlan, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "随访计划步骤"


class FollowUp(models.Model):
    """One call, visit or questionnaire of a plan, due on a working day."""

    class Kind(models.TextChoices):
        CALL = "call", "电话随访"
        VISIT = "visit", "上门随访"
        QUESTIONNAIRE = "questionnaire", "线上问卷"

    plan = models.ForeignKey(FollowUpPlan, models.PROTECT, related_name="tasks")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="follow_ups")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="follow_ups")
    number = models.PositiveSmallIntegerField("第几次")
    kind = models.CharField("方式", max_length=16, choices=Kind)
    script = models.CharField("话术", max_length=500, blank=True)
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="+")
    due_on = models.DateField("应随访日")
    late_after = models.DateField("最晚随访日")
    status = models.CharField(max_length=12, choices=TaskStatus)
    version = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField("未接通次数", default=0)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "随访"
        indexes = [models.Index(fields=["centre", "status", "due_on"]), models.Index(fields=["patient", "due_on"])]
        constraints = [
            models.CheckConstraint(name="followup_status_known", condition=Q(status__in=TaskStatus.values)),
            models.UniqueConstraint(name="followup_number_once_in_a_plan", fields=["plan", "number"]),
            models.CheckConstraint(name="followup_late_after_it_is_due", condition=Q(late_after__gte=F("due_on"))),
            models.CheckConstraint(
                name="followup_done_has_a_time",
                condition=Q(status="done", done_at__isnull=False) | (~Q(status="done") & Q(done_at__isnull=True)),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.due_on}"


class FollowUpStep(StepBase):
    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "随访步骤"


class Answer(models.Model):
    """What was answered, and how it reads by the limits of its questionnaire; never changed."""

    AUDIT_SEALED = frozenset({"answers", "findings", "note"})

    class How(models.TextChoices):
        ONLINE = "online", "本人或家属在线填写"
        PHONE = "phone", "电话代填"
        VISIT = "visit", "上门代填"

    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="answer")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="+")
    answers = models.JSONField("回答")
    level = models.CharField("判断", max_length=8, choices=Level)
    findings = models.JSONField("提示", default=list)
    note = models.CharField("补充", max_length=300, blank=True)
    how = models.CharField("方式", max_length=8, choices=How)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField("回答时间")

    class Meta:
        verbose_name = verbose_name_plural = "随访回答"
        constraints = [
            models.CheckConstraint(name="answer_level_known", condition=Q(level__in=Level.values)),
        ]

    def __str__(self):
        return f"{self.get_level_display()} {self.answered_at:%Y-%m-%d}"


class GreenCase(models.Model):
    """A red answer in the doctor's hands: taken in time, closed with an outcome (003 二(五)14)."""

    AUDIT_SEALED = frozenset({"sentence", "words"})

    class Outcome(models.TextChoices):
        REQUEST = "request", "新的上门申请"
        REFERRAL = "referral", "转诊"
        PHONE = "phone", "电话处理"
        NONE = "none", "无需处理"

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="green")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="green_cases")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="green_cases")
    sentence = models.CharField("异常", max_length=400)
    status = models.CharField(max_length=8, choices=GreenStatus)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField("开启时间")
    due_at = models.DateTimeField("应在此前接手")
    doctor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField("接手时间", null=True)
    closed_at = models.DateTimeField("处理时间", null=True)
    outcome = models.CharField("处理结果", max_length=8, choices=Outcome, blank=True)
    words = models.CharField("处理经过", max_length=300, blank=True)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, null=True, related_name="green_cases")

    class Meta:
        verbose_name = verbose_name_plural = "绿色通道"
        indexes = [models.Index(fields=["centre", "status", "due_at"])]
        constraints = [
            models.CheckConstraint(name="green_status_known", condition=Q(status__in=GreenStatus.values)),
            models.CheckConstraint(
                name="green_taken_by_a_doctor",
                condition=Q(status="opened", doctor__isnull=True, taken_at__isnull=True)
                | (~Q(status="opened") & Q(doctor__isnull=False, taken_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="green_closed_with_an_outcome",
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="") & ~Q(words="")
                | (~Q(status="closed") & Q(closed_at__isnull=True, outcome="")),
            ),
            models.CheckConstraint(
                name="green_new_request_is_named",
                condition=Q(outcome="request", request__isnull=False) | ~Q(outcome="request") & Q(request__isnull=True),
            ),
        ]

    def __str__(self):
        return f"绿色通道 {self.opened_at:%Y-%m-%d %H:%M}"


class GreenCaseStep(StepBase):
    case = models.ForeignKey(GreenCase, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "绿色通道步骤"
