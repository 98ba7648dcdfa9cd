"""How it was found out that an application is the patient's own wish and no place in a queue for sale."""

from django.db import models
from django.db.models import Q

from accounts.models import User


class BookingCheck(models.Model):
    """What the desk did before it received a request of somebody who applies for many (003 二(一)1四)."""

    AUDIT_SEALED = frozenset({"words"})

    class How(models.TextChoices):
        PHONE = "phone", "打电话问过服务对象本人"
        SEEN = "seen", "当面见过服务对象本人"
        PAPER = "paper", "看过亲属关系或委托的证明"

    request = models.OneToOneField("orders.ServiceRequest", models.PROTECT, related_name="booking_check")
    how = models.CharField("核实方式", max_length=8, choices=How)
    words = models.CharField("核实经过", max_length=300)
    days = models.PositiveSmallIntegerField("统计天数")
    account_patients = models.PositiveSmallIntegerField("该账号申请的人数")
    phone_patients = models.PositiveSmallIntegerField("该电话登记的人数")
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField("核实时间")

    class Meta:
        verbose_name = verbose_name_plural = "代办核实"
        constraints = [models.CheckConstraint(name="booking_check_says_how", condition=~Q(words=""))]

    def __str__(self):
        return f"{self.request} 代办核实"
