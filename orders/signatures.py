"""A signature under what was done at the bedside. Read it as part of ``orders.models``."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.sealed import SealedText
from patients.models import Upload


class VisitSignature(models.Model):
    """
    One signature under one visit's summary, given on the nurse's phone (002 五(六)2). Never changed, only replaced.

    ``shown_sha256`` is of the words that were shown, ``sha256`` of those words and of the mark under them. Words that a
    phone without network made up by itself stand in ``shown_words``; otherwise they are :func:`orders.summary.lines`.
    """

    AUDIT_SEALED = frozenset({"signer_name", "strokes", "witness_name", "reason", "device", "shown_words"})

    class Capacity(models.TextChoices):
        SELF = "self", "本人"
        FAMILY = "family", "家属"
        GUARDIAN = "guardian", "监护人"
        CARER = "carer", "护工"

    class Method(models.TextChoices):
        GLASS = "glass", "屏幕手写"
        PRINT = "print", "按指印拍照"
        WITNESS = "witness", "见证人证明"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="signatures")
    version = models.PositiveSmallIntegerField("第几次")
    signer_name = SealedText("签字人", max_length=40, about=("order_id", "version"))
    capacity = models.CharField("身份", max_length=8, choices=Capacity)
    method = models.CharField("方式", max_length=8, choices=Method)
    strokes = SealedText("笔迹", blank=True, about=("order_id", "version"))  # JSON; a signature is somebody's hand
    picture = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+", verbose_name="指印照片")
    witness_name = SealedText("见证人", max_length=40, blank=True, about=("order_id", "version"))
    reason = models.CharField("不能签字的原因", max_length=200, blank=True)
    shown_words = SealedText("手机上所示内容", null=True, about=("order_id", "version"))
    shown_sha256 = models.CharField("所示内容摘要", max_length=64)
    sha256 = models.CharField("内容和笔迹摘要", max_length=64)
    device = models.CharField("设备", max_length=120, blank=True)
    signed_at = models.DateTimeField("签字时间")
    recorded_at = models.DateTimeField("收到时间")
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="在场护士")
    replaced_at = models.DateTimeField("被替换时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务签字"
        constraints = [
            models.UniqueConstraint(name="visit_signature_numbered", fields=["order", "version"]),
            models.UniqueConstraint(
                name="visit_signature_one_live", fields=["order"], condition=Q(replaced_at__isnull=True)
            ),
            models.CheckConstraint(
                name="visit_signature_leaves_a_mark",
                condition=(Q(method="glass") & ~Q(strokes=""))
                | Q(method="print", picture__isnull=False)
                | (Q(method="witness") & ~Q(witness_name="") & ~Q(reason="")),
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.get_capacity_display()}签字"
