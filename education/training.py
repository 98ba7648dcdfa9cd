"""Courses for nurses, who must take them by when, exams, experts. Read it as part of ``education.models``."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from education.lifecycle import PaperStatus
from nurses.models import Nurse, Training


class Course(models.Model):
    """
    One edition of a course: what is read, and the bank from which an exam is drawn (001 二(二)7, 000 三(十)).

    After its review neither changes, so that an exam can always be judged by the questions it was drawn from.
    """

    district = models.ForeignKey(Organization, models.PROTECT, related_name="courses")
    code = models.CharField("代码", max_length=40)
    edition = models.PositiveSmallIntegerField("版次", default=1)
    status = models.CharField(max_length=12, choices=PaperStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    kind = models.CharField("类别", max_length=8, choices=Training.Kind)
    title = models.CharField("课程名称", max_length=60)
    summary = models.CharField("一句话说明", max_length=120)
    specialty = models.CharField("专科方向", max_length=40, blank=True)
    body = models.TextField("课程内容", max_length=12000)
    bank = models.JSONField("题库")
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
    valid_months = models.PositiveSmallIntegerField("合格后有效月数")
    drawn = models.PositiveSmallIntegerField("每次抽题数")
    pass_mark = models.PositiveSmallIntegerField("合格分数")
    tries = models.PositiveSmallIntegerField("可考次数")
    minutes = models.PositiveSmallIntegerField("考试时间（分钟）")
    source = models.CharField("依据", max_length=200)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="起草人")
    written_at = models.DateTimeField("起草时间")
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    published_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "培训课程"
        constraints = [
            models.CheckConstraint(name="course_status_known", condition=Q(status__in=PaperStatus.values)),
            models.UniqueConstraint(name="course_edition_once", fields=["district", "code", "edition"]),
            models.UniqueConstraint(
                name="course_published_once", fields=["district", "code"], condition=Q(status="published")
            ),
            models.UniqueConstraint(
                name="course_one_in_work", fields=["district", "code"], condition=Q(status__in=["draft", "reviewed"])
            ),
            models.CheckConstraint(
                name="course_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("written_by")),
            ),
            models.CheckConstraint(
                name="course_published_was_reviewed",
                condition=~Q(status__in=["published", "withdrawn"])
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="course_can_be_passed",
                condition=Q(hours__gt=0, drawn__gt=0, tries__gt=0, minutes__gt=0, valid_months__gt=0)
                & Q(pass_mark__gt=0, pass_mark__lte=100),
            ),
        ]

    def __str__(self):
        return f"{self.title}（第 {self.edition} 版）"


class CourseStep(StepBase):
    course = models.ForeignKey(Course, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "培训课程步骤"


class Assignment(models.Model):
    """A nurse's duty to pass a course by a day, as her centre has planned it."""

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="assignments")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="assignments")
    course = models.ForeignKey(Course, models.PROTECT, related_name="assignments")
    due_on = models.DateField("完成期限")
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="安排人")
    assigned_at = models.DateTimeField("安排时间")
    passed_at = models.DateTimeField("合格时间", null=True)
    ended_at = models.DateTimeField("取消时间", null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="取消人")
    ended_reason = models.CharField("取消原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "培训安排"
        indexes = [models.Index(fields=["centre", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                name="assignment_open_once",
                fields=["centre", "nurse", "course"],
                condition=Q(passed_at__isnull=True, ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="assignment_ended_for_a_reason",
                condition=Q(ended_at__isnull=True, ended_reason="") | (Q(ended_at__isnull=False) & ~Q(ended_reason="")),
            ),
        ]

    def __str__(self):
        return f"{self.nurse} {self.course}"


class Study(models.Model):
    """How far a nurse has read a course: the numbers of the sections that she has finished."""

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="studies")
    course = models.ForeignKey(Course, models.PROTECT, related_name="studies")
    sections = ArrayField(models.PositiveSmallIntegerField(), verbose_name="已学章节", default=list)
    begun_at = models.DateTimeField("开始学习")
    finished_at = models.DateTimeField("学完时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "学习进度"
        constraints = [models.UniqueConstraint(name="study_once_per_course", fields=["nurse", "course"])]

    def __str__(self):
        return f"{self.nurse} {self.course}"


class Exam(models.Model):
    """
    One try at a course's exam. ``seed`` and the bank say which questions were asked in which order: it can be drawn
    again by anybody. A passed one has become exactly one training of the nurse's file.
    """

    AUDIT_SEALED = frozenset({"answers"})

    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="exams")
    course = models.ForeignKey(Course, models.PROTECT, related_name="exams")
    number = models.PositiveSmallIntegerField("第几次")
    seed = models.CharField("抽题种子", max_length=32)
    questions = models.JSONField("试题")
    drawn_at = models.DateTimeField("抽题时间")
    due_at = models.DateTimeField("应交卷时间")
    answers = models.JSONField("答案", default=dict)
    submitted_at = models.DateTimeField("交卷时间", null=True)
    score = models.PositiveSmallIntegerField("得分", null=True)
    passed = models.BooleanField("合格", null=True)
    training = models.OneToOneField(Training, models.PROTECT, null=True, related_name="exam", verbose_name="登记的培训")

    class Meta:
        verbose_name = verbose_name_plural = "考试"
        constraints = [
            models.UniqueConstraint(name="exam_numbered_once", fields=["nurse", "course", "number"]),
            models.UniqueConstraint(
                name="exam_one_open", fields=["nurse", "course"], condition=Q(submitted_at__isnull=True)
            ),
            models.CheckConstraint(
                name="exam_judged_as_a_whole",
                condition=Q(submitted_at__isnull=True, score__isnull=True, passed__isnull=True)
                | Q(submitted_at__isnull=False, score__isnull=False, passed__isnull=False),
            ),
            models.CheckConstraint(
                name="exam_passed_is_a_training",
                condition=Q(passed=True, training__isnull=False) | (~Q(passed=True) & Q(training__isnull=True))
                | Q(passed__isnull=True, training__isnull=True),
            ),
            models.CheckConstraint(name="exam_score_of_a_hundred", condition=Q(score__isnull=True) | Q(score__lte=100)),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.nurse} {self.course} 第 {self.number} 次"


class ExtraTry(models.Model):
    """One more try than the course allows, given by the nurse's centre with a reason."""

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="extra_tries")
    course = models.ForeignKey(Course, models.PROTECT, related_name="extra_tries")
    reason = models.CharField("原因", max_length=200)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="批准人")
    given_at = models.DateTimeField("批准时间")

    class Meta:
        verbose_name = verbose_name_plural = "加考机会"
        constraints = [models.CheckConstraint(name="extra_try_has_a_reason", condition=~Q(reason=""))]

    def __str__(self):
        return f"{self.nurse} {self.course}"


class Expert(models.Model):
    """Somebody of the commission's pool of experts for training (001 二(二)6); need not have an account."""

    AUDIT_SEALED = frozenset({"name"})

    district = models.ForeignKey(Organization, models.PROTECT, related_name="experts")
    name = models.CharField("姓名", max_length=40)
    field = models.CharField("专业方向", max_length=60)
    title = models.CharField("职称", max_length=40)
    organisation = models.CharField("所在机构", max_length=80)
    starts_on = models.DateField("入库日期")
    ends_on = models.DateField("出库日期", null=True)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    filed_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "培训专家"
        constraints = [
            models.UniqueConstraint(
                name="expert_in_the_pool_once",
                fields=["district", "name", "organisation"],
                condition=Q(ends_on__isnull=True),
            ),
            models.CheckConstraint(
                name="expert_leaves_after_entering", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self):
        return f"{self.field}专家 {self.pk}"
