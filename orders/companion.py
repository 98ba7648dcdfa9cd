"""The second nurse of a visit that one alone must not make. Read it as part of ``orders.models``."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization
from audit.models import StepBase
from nurses.models import Nurse, TimeRange
from orders.lifecycle import COMPANION_LIVE, CompanionStatus
from patients.models import Patient


class Companion(models.Model):
    """
    One nurse asked to go along with another (000 五(十六)).

    ``lead`` is the order's own nurse. A companion goes wherever the order goes: the order lets nobody out of the first
    seat without ending the second in the same transaction, so of a live row ``lead`` is the order's nurse and the hours
    are the order's hours. That is why the database can hold here that the two are not the same person.
    """

    AUDIT_SEALED = frozenset({"reason"})

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="companions")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="companies")
    lead = models.ForeignKey(Nurse, models.PROTECT, related_name="+", verbose_name="责任护士")
    starts_at = models.DateTimeField("约定开始")
    ends_at = models.DateTimeField("约定结束")
    status = models.CharField(max_length=12, choices=CompanionStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    accept_by = models.DateTimeField("答复期限")
    accepted_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField("解除时间", null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "同行护士"
        indexes = [models.Index(fields=["nurse", "starts_at"])]
        constraints = [
            models.CheckConstraint(name="companion_status_known", condition=Q(status__in=CompanionStatus.values)),
            models.CheckConstraint(name="companion_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="companion_is_not_the_lead", condition=~Q(nurse=F("lead"))),
            models.CheckConstraint(
                name="companion_released_means_over",
                condition=~Q(status__in=sorted(COMPANION_LIVE)) | Q(released_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="companion_one_live_per_order", fields=["order"], condition=Q(status__in=sorted(COMPANION_LIVE))
            ),
            ExclusionConstraint(
                name="companion_never_in_two_places",
                expressions=[
                    ("nurse", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=sorted(COMPANION_LIVE)),
            ),
        ]

    def __str__(self):
        return f"{self.order} 同行 {self.nurse}"


class CompanionStep(StepBase):
    companion = models.ForeignKey(Companion, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "同行步骤"
