"""
What each day brought, added up by centre and town, so that a page of a month reads hundreds of rows, not a million.

The counts are made anew for a whole day of a centre whenever something of that day moves; ``StaleDay`` says which days
wait for it. Nothing is ever added to a count, so doing it twice, or again after a crash, gives the same.
"""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization
from institutions.models import Town

COUNTS = (
    "requests", "visits", "arrived", "on_time", "finished", "stopped", "assessed", "assessed_minutes", "rated",
    "rated_points",
)  # fmt: skip


class DayCount(models.Model):
    """One day of one centre in one town: applications, visits, arrivals in time, ends, first assessments, ratings."""

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, models.PROTECT, related_name="+")
    day = models.DateField("日期")
    requests = models.PositiveIntegerField("申请数", default=0)
    visits = models.PositiveIntegerField("约定上门次数", default=0)
    arrived = models.PositiveIntegerField("到达次数", default=0)
    on_time = models.PositiveIntegerField("准时到达次数", default=0)
    finished = models.PositiveIntegerField("结束服务次数", default=0)
    stopped = models.PositiveIntegerField("失约和中止次数", default=0)
    assessed = models.PositiveIntegerField("首诊次数", default=0)
    assessed_minutes = models.BigIntegerField("申请到首诊分钟数", default=0)
    rated = models.PositiveIntegerField("评价数", default=0)
    rated_points = models.PositiveIntegerField("评价总分", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "日汇总"
        indexes = [models.Index(fields=["day", "centre"])]
        constraints = [
            models.UniqueConstraint(name="day_count_once_per_town", fields=["centre", "day", "town"]),
            models.CheckConstraint(name="day_count_in_time_at_most_arrived", condition=Q(on_time__lte=F("arrived"))),
        ]

    def __str__(self):
        return f"{self.centre} {self.day:%Y-%m-%d}"


class StaleDay(models.Model):
    """A day of a centre whose counts have to be made anew, and since when."""

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    day = models.DateField("日期")
    since = models.DateTimeField("自")

    class Meta:
        verbose_name = verbose_name_plural = "待重算的日子"
        constraints = [models.UniqueConstraint(name="stale_day_once_per_centre", fields=["centre", "day"])]

    def __str__(self):
        return f"{self.centre} {self.day:%Y-%m-%d}"


class SignalCount(models.Model):
    """One month of one item at one centre: visits that ended, complications and adverse events (000 三(七))."""

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    item_number = models.PositiveSmallIntegerField("项目序号")  # 0 for all items together
    month = models.DateField("月份")
    visits = models.PositiveIntegerField("结束服务次数", default=0)
    events = models.PositiveIntegerField("并发症和不良事件数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "并发症和不良事件月汇总"
        constraints = [
            models.UniqueConstraint(name="signal_count_once_a_month", fields=["centre", "month", "item_number"]),
            models.CheckConstraint(name="signal_month_is_its_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self):
        return f"{self.centre} {self.month:%Y-%m} {self.item_number}"
