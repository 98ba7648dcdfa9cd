"""How an institution comes to serve and keeps learning: emergency plans, work plan, log, trial run; its tables."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from accounts.sealed import SealedText


class EmergencyPlan(models.Model):
    """One version of a plan for one kind of emergency (应急处置预案, 002 五(九)1; 004 三(八))."""

    class Kind(models.TextChoices):
        ACCIDENT = "accident", "意外伤害和病情突变"
        VIOLENCE = "violence", "暴力、威胁和护士求助"
        EXPOSURE = "exposure", "职业暴露和感染"
        DISPUTE = "dispute", "纠纷和风险处置"
        OUTAGE = "outage", "平台停用和信息安全"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="emergency_plans")
    kind = models.CharField("预案", max_length=10, choices=Kind)
    version = models.PositiveIntegerField("版本")
    text = models.TextField("正文")
    sha256 = models.CharField(max_length=64)
    effective_on = models.DateField("生效日期")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "应急预案"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "version"], name="emergency_plan_versions_are_unique"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} 第 {self.version} 版"


class PlanContact(models.Model):
    """Whom to call, in which order, when a plan is started."""

    AUDIT_SEALED = frozenset({"name", "phone"})

    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="contacts")
    position = models.PositiveSmallIntegerField("顺序")
    duty = models.CharField("职责", max_length=40)
    name = SealedText("姓名", max_length=40, about=("plan_id", "position"))
    phone = SealedText("电话", max_length=20, about=("plan_id", "position"))

    class Meta:
        verbose_name = verbose_name_plural = "预案联系人"
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_contact_one_per_place_in_the_order")
        ]

    def __str__(self):
        return f"{self.duty} · {self.plan}"


class PlanStep(models.Model):
    """One thing to be done when a plan is started, and within how many minutes."""

    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField("顺序")
    text = models.CharField("处置步骤", max_length=120)
    within_minutes = models.PositiveSmallIntegerField("时限（分钟）", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "预案步骤"
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_step_one_per_place_in_the_order")
        ]

    def __str__(self):
        return self.text


class GroupMember(models.Model):
    """Somebody in the working group of an institution, with a duty, from when to when (002 七(二))."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="group_members")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    duty = models.CharField("分工", max_length=60)
    since = models.DateField("自")
    until = models.DateField("至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作小组成员"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"], condition=Q(until__isnull=True), name="group_member_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="group_member_leaves_after_joining"
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.duty}"


class WorkTask(models.Model):
    """One task of the work plan: a named person, the steps, the day (责任落实到人, 002 七(二))."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="work_tasks")
    title = models.CharField("工作内容", max_length=80)
    steps = models.TextField("步骤", max_length=1000)
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="责任人")
    due_on = models.DateField("完成期限")
    planned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    planned_at = models.DateTimeField("登记时间")
    done_at = models.DateTimeField("完成时间", null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("完成情况", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作任务"
        indexes = [models.Index(fields=["organisation", "due_on"])]
        constraints = [
            models.CheckConstraint(
                name="work_task_done_with_an_outcome",
                condition=Q(done_at__isnull=True, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
            )
        ]

    def __str__(self):
        return self.title


class LogEntry(models.Model):
    """A problem met on the way, with the answer to it, or an experience worth telling (002 七(四), 004 五(二))."""

    AUDIT_SEALED = frozenset({"text", "answer"})

    class Kind(models.TextChoices):
        PROBLEM = "problem", "问题"
        EXPERIENCE = "experience", "经验"

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="log_entries")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    text = models.CharField("内容", max_length=500)
    written_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField("登记时间")
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "问题和经验"
        indexes = [models.Index(fields=["organisation", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="log_entry_answered_as_a_whole",
                condition=Q(answered_at__isnull=True, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.written_at:%Y-%m-%d}"


class TrialRun(models.Model):
    """The days in which an institution serves on trial, with a limit on what it takes on (002 六(二)1)."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="trial_runs")
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True)
    begun_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField("决定时间")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("转正时间", null=True)
    verdict = models.CharField("转正意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "试运行"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at__isnull=True), name="trial_run_one_at_a_time"
            ),
            models.CheckConstraint(
                name="trial_run_ended_as_a_whole",
                condition=Q(ended_at__isnull=True, ends_on__isnull=True, verdict="")
                | (Q(ended_at__isnull=False, ends_on__gte=F("starts_on")) & ~Q(verdict="")),
            ),
        ]

    def __str__(self):
        return f"{self.organisation} 自 {self.starts_on} 试运行"
