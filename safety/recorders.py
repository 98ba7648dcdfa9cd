"""The body recorder (护理记录仪) that a centre hands out, and on which visit which one was (004 三(一), 三(八))."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from nurses.models import Nurse
from orders.models import Order


class Recorder(models.Model):
    """One device of one centre, told from the others by the number on it."""

    class State(models.TextChoices):
        IN_USE = "in_use", "可用"
        REPAIR = "repair", "送修"
        RETIRED = "retired", "停用"

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="recorders")
    number = models.CharField("设备编号", max_length=30)
    state = models.CharField("设备状况", max_length=8, choices=State, default=State.IN_USE)
    note = models.CharField("说明", max_length=100, blank=True)
    added_at = models.DateTimeField("登记时间")
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField("变更时间")

    class Meta:
        verbose_name = verbose_name_plural = "护理记录仪"
        constraints = [
            models.UniqueConstraint(name="recorder_number_once_per_centre", fields=["centre", "number"]),
            models.CheckConstraint(name="recorder_has_a_number", condition=~Q(number="")),
            models.CheckConstraint(
                name="recorder_state_known", condition=Q(state__in=["in_use", "repair", "retired"])
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class Carrying(models.Model):
    """Which recorder a nurse carries on a visit, or why none."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="carrying")
    nurse = models.ForeignKey(Nurse, models.PROTECT, related_name="+")
    recorder = models.ForeignKey(Recorder, models.PROTECT, null=True, related_name="carried")
    reason = models.CharField("没有携带的原因", max_length=100, blank=True)
    bound_at = models.DateTimeField("登记时间")
    returned_at = models.DateTimeField("用毕时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "记录仪携带"
        constraints = [
            models.UniqueConstraint(
                name="recorder_on_one_visit_at_a_time",
                fields=["recorder"],
                condition=Q(recorder__isnull=False, returned_at__isnull=True),
            ),
            models.CheckConstraint(
                name="carrying_says_which_or_why_none",
                condition=Q(recorder__isnull=False, reason="") | (Q(recorder__isnull=True) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="carrying_ends_after_it_begins",
                condition=Q(returned_at__isnull=True) | Q(returned_at__gte=F("bound_at")),
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.recorder or self.reason}"
