"""Questions that families ask a nurse of their centre, and what was said."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization, User
from audit.models import StepBase
from consults.lifecycle import ConsultStatus
from orders.models import ServiceRequest
from patients.models import Patient, Upload


class Consult(models.Model):
    """
    One question about one patient, answered by whichever nurse of the centre is free (000 四(十一)).

    ``answer_by`` is the promise to the family; it runs anew with each thing the family adds.
    """

    number = models.CharField("咨询编号", max_length=20, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consults")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="consults")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提问人")
    nurse = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复护士")
    status = models.CharField(max_length=14, choices=ConsultStatus)
    version = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField("提问时间")
    answer_by = models.DateTimeField("应答复时间")
    answered_at = models.DateTimeField("答复时间", null=True)
    status_since = models.DateTimeField()
    request = models.OneToOneField(
        ServiceRequest, models.PROTECT, null=True, related_name="consult", verbose_name="转成的申请"
    )

    class Meta:
        verbose_name = verbose_name_plural = "护理咨询"
        indexes = [
            models.Index(fields=["centre", "status", "answer_by"]),
            models.Index(fields=["patient", "-id"]),
        ]
        constraints = [
            models.CheckConstraint(name="consult_status_known", condition=Q(status__in=ConsultStatus.values)),
            models.UniqueConstraint(
                name="consult_one_at_a_time",
                fields=["patient"],
                condition=Q(status__in=["waiting", "answered", "visit_advised"]),
            ),
            models.CheckConstraint(
                name="consult_answered_by_a_nurse",
                condition=Q(answered_at__isnull=True) | Q(nurse__isnull=False),
            ),
            models.CheckConstraint(
                name="consult_applied_has_its_request",
                condition=Q(status="applied", request__isnull=False) | (~Q(status="applied") & Q(request__isnull=True)),
            ),
        ]

    def __str__(self):
        return self.number


class Saying(models.Model):
    """One thing said in a consult, by the family or by a nurse; never changed afterwards."""

    AUDIT_SEALED = frozenset({"words"})

    consult = models.ForeignKey(Consult, models.PROTECT, related_name="sayings")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="说话人")
    from_nurse = models.BooleanField("护士所说")
    words = models.CharField("内容", max_length=500)
    picture = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+", verbose_name="照片")
    said_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "咨询内容"
        constraints = [models.CheckConstraint(name="saying_says_something", condition=~Q(words=""))]

    def __str__(self):
        return f"{self.consult} {self.said_at:%m-%d %H:%M}"


class ConsultStep(StepBase):
    consult = models.ForeignKey(Consult, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "咨询步骤"
