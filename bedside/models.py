"""What nurses' phones have handed in: one row for each thing that was written where there may have been no network."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from orders.models import Order


class PhoneEntry(models.Model):
    """
    One entry as it came: by whose phone, about which part of which visit, when it was written and when it arrived.

    The receipt is made on the phone; the same receipt has one effect and one answer, however often it is sent. What was
    written stands in the record and its trace, not here.
    """

    receipt = models.UUIDField("回执编号", unique=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    device = models.UUIDField("手机")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="phone_entries")
    kind = models.CharField("内容", max_length=20)
    key = models.CharField("部分", max_length=60, blank=True)
    device_at = models.DateTimeField("手机时间")  # as the phone's clock has it, right or wrong
    happened_at = models.DateTimeField("发生时间")  # the same moment by the platform's clock
    received_at = models.DateTimeField("收到时间")
    taken = models.BooleanField("已收入", default=False)
    reasons = models.JSONField("未收入的原因", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "手机记录"
        indexes = [models.Index(fields=["order", "kind", "key", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="phone_entry_refused_with_reasons", condition=Q(taken=True, reasons=[]) | Q(taken=False)
            ),
            models.CheckConstraint(
                name="phone_entry_written_before_it_arrives",
                condition=Q(happened_at__lte=models.F("received_at")),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.key} {self.received_at:%Y-%m-%d %H:%M}".strip()
