"""Scans of the papers in a nurse's file; part of this app's tables. The files themselves rest privately."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import User


class PaperScan(models.Model):
    """
    A scan of one paper: of a special certificate, a training or an insurance, or else of the practising certificate.

    One that was taken out stays on record with its reason, and nobody sees it any more.
    """

    AUDIT_SEALED = frozenset({"removed_reason"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nurse = models.ForeignKey("nurses.Nurse", models.PROTECT, related_name="scans")
    certificate = models.ForeignKey("nurses.Certificate", models.PROTECT, null=True, related_name="scans")
    training = models.ForeignKey("nurses.Training", models.PROTECT, null=True, related_name="scans")
    insurance = models.ForeignKey("nurses.Insurance", models.PROTECT, null=True, related_name="scans")
    content_type = models.CharField("文件类型", max_length=20)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_reason = models.CharField("移除原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资质扫描件"
        constraints = [
            models.CheckConstraint(
                name="paper_scan_of_one_paper",
                condition=Q(certificate__isnull=True, training__isnull=True)
                | Q(certificate__isnull=True, insurance__isnull=True)
                | Q(training__isnull=True, insurance__isnull=True),
            ),
            models.CheckConstraint(name="paper_scan_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="paper_scan_removed_with_its_reason",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True, removed_reason="")
                | Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason=""),
            ),
            models.UniqueConstraint(
                name="paper_scan_once_per_paper",
                fields=["nurse", "certificate", "training", "insurance", "sha256"],
                condition=Q(removed_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self):
        return f"{self.nurse} {self.added_at:%Y-%m-%d}"
