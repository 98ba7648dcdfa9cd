"""Lists of nurses that were taken over as a whole; part of this app's tables."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User


class NurseImport(models.Model):
    """One list of nurses, taken over in one act. The file itself is not kept: its digest says which one it was."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="nurse_imports")
    sha256 = models.CharField("文件摘要", max_length=64)
    lines = models.PositiveIntegerField("名单行数")
    filed = models.PositiveIntegerField("新建档案")
    tied = models.PositiveIntegerField("登记注册或备案")
    standing = models.PositiveIntegerField("已在册")
    trainings = models.PositiveIntegerField("登记培训", default=0)
    insurances = models.PositiveIntegerField("登记保险", default=0)
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "护士名单导入"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sha256"], name="nurse_import_once_per_file"),
            models.CheckConstraint(
                name="nurse_import_accounts_for_every_line", condition=Q(lines=F("tied") + F("standing"))
            ),
            models.CheckConstraint(name="nurse_import_files_only_whom_it_ties", condition=Q(filed__lte=F("tied"))),
        ]

    def __str__(self):
        return f"{self.organisation} {self.applied_at:%Y-%m-%d}"
