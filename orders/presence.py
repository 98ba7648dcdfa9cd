"""Where the nurse was: what showed that she stood at the door, and the places on her way. Part of ``orders.models``."""

from django.db import models
from django.db.models import Q

from accounts.models import User


class ArrivalProof(models.Model):
    """
    One thing that showed that the nurse was at the door (002 五(八)). None of them is ever demanded: care comes first.

    What her phone knew of its place is always kept, with its grade; the others stand in where that was not enough.
    """

    AUDIT_SEALED = frozenset({"words"})

    class Kind(models.TextChoices):
        PLACE = "place", "手机定位"
        CODE = "code", "服务对象念出到门码"
        SCAN = "scan", "扫家属手机上的到门码"
        FAMILY = "family", "家属在手机上确认"
        WORDS = "words", "护士说明"

    class Grade(models.TextChoices):
        THERE = "there", "到场"
        DOUBTFUL = "doubtful", "存疑"
        UNKNOWN = "unknown", "未定位"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="arrival_proofs")
    kind = models.CharField("凭据", max_length=8, choices=Kind)
    grade = models.CharField("定位等级", max_length=8, choices=Grade, blank=True)
    words = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "到达凭据"
        constraints = [
            models.UniqueConstraint(name="arrival_proved_once_in_each_way", fields=["order", "kind"]),
            models.CheckConstraint(
                name="arrival_place_has_a_grade",
                condition=Q(kind="place", grade__in=["there", "doubtful", "unknown"])
                | (~Q(kind="place") & Q(grade="")),
            ),
            models.CheckConstraint(name="arrival_words_say_something", condition=~Q(kind="words") | ~Q(words="")),
        ]

    def __str__(self):
        return f"{self.order} {self.get_kind_display()}"


class Whereabout(models.Model):
    """
    One place on the way of a visit, between setting out and its end, and of no other hour (002 五(八), 004 三(八)).

    Rows are deleted after some days, and the trace does not watch them (``audit.capture.UNWATCHED``). What stays for
    good is the one place of the check-in, in the visit's record.
    """

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="whereabouts")
    lon = models.FloatField("经度（WGS-84）")
    lat = models.FloatField("纬度（WGS-84）")
    accuracy_m = models.FloatField("定位精度（米）", null=True)
    at = models.DateTimeField("定位时间")
    recorded_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "位置记录"
        indexes = [models.Index(fields=["order", "-at"])]
        constraints = [
            models.CheckConstraint(
                name="whereabout_is_on_earth", condition=Q(lon__range=(-180, 180), lat__range=(-90, 90))
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.at:%m-%d %H:%M}"
