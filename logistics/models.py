"""What leaves a home with the nurse: tubes for the laboratory, bags of medical waste for the centre's store."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization, User
from audit.models import StepBase
from clinical.models import VisitRecord
from logistics.kinds import SPECIMEN_CHOICES
from logistics.lifecycle import SpecimenStatus, WasteStatus
from orders.models import Order
from patients.models import Patient


class Specimen(models.Model):
    """
    One labelled tube or cup, from the bedside to the result that the patient was told (002 附件-11).

    ``collected_at`` is when the nurse's phone says it was drawn, ``recorded_at`` when the platform heard of it.
    """

    AUDIT_SEALED = frozenset({
        "label", "note", "handed_by", "handed_to", "handover_note", "received_by", "result", "flag", "told_how",
        "gone_reason",
    })  # fmt: skip

    class Flag(models.TextChoices):
        NORMAL = "normal", "未见异常"
        ABNORMAL = "abnormal", "有异常"
        CRITICAL = "critical", "危急值"

    class Gone(models.TextChoices):
        BROKEN = "broken", "容器破损"
        LOST = "lost", "遗失"
        LABEL = "label", "标签有误"
        SHORT = "short", "量不足"
        HAEMOLYSED = "haemolysed", "溶血"
        CLOTTED = "clotted", "凝块"
        LATE = "late", "超过时限"
        OTHER = "other", "其他"

    order = models.ForeignKey(Order, models.PROTECT, related_name="specimens")
    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="specimens")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="specimens")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(User, models.PROTECT, related_name="specimens", verbose_name="采集护士")
    status = models.CharField(max_length=12, choices=SpecimenStatus)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField("标本类型", max_length=16, choices=SPECIMEN_CHOICES)
    label = models.CharField("标签号", max_length=40)
    destination = models.CharField("送往", max_length=60)
    box_number = models.CharField("冷藏箱编号", max_length=20, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    collected_at = models.DateTimeField("采集时间")
    recorded_at = models.DateTimeField("登记时间")
    due_at = models.DateTimeField("应送达")
    handed_at = models.DateTimeField("送交时间", null=True)
    handed_by = models.CharField("送交人", max_length=40, blank=True)
    handed_to = models.CharField("接收人", max_length=40, blank=True)
    box_temp = models.DecimalField("冷藏箱温度", max_digits=4, decimal_places=1, null=True)
    handover_note = models.CharField("送交说明", max_length=200, blank=True)
    received_at = models.DateTimeField("检验接收时间", null=True)
    received_by = models.CharField("检验接收人", max_length=40, blank=True)
    gone_because = models.CharField("原因类别", max_length=12, choices=Gone, blank=True)
    gone_reason = models.CharField("原因", max_length=200, blank=True)
    result = models.CharField("结果", max_length=500, blank=True)
    flag = models.CharField("结果判断", max_length=8, choices=Flag, blank=True)
    resulted_at = models.DateTimeField("出结果时间", null=True)
    told_at = models.DateTimeField("告知时间", null=True)
    told_how = models.CharField("告知情况", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "标本"
        indexes = [
            models.Index(fields=["centre", "status", "due_at"]),
            models.Index(fields=["nurse", "status"]),
        ]
        constraints = [
            models.CheckConstraint(name="specimen_status_known", condition=Q(status__in=SpecimenStatus.values)),
            models.UniqueConstraint(
                name="specimen_label_once_under_way",
                fields=["centre", "label"],
                condition=Q(status__in=["collected", "handed_over", "received"]),
            ),
            models.CheckConstraint(name="specimen_has_a_label", condition=~Q(label="") & ~Q(destination="")),
            models.CheckConstraint(
                name="specimen_handed_over_between_two",
                condition=Q(handed_at__isnull=True, handed_by="", handed_to="")
                | (Q(handed_at__isnull=False) & ~Q(handed_by="") & ~Q(handed_to="")),
            ),
            models.CheckConstraint(
                name="specimen_at_the_laboratory_was_handed_over",
                condition=~Q(status__in=["handed_over", "received", "rejected", "resulted", "told"])
                | Q(handed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="specimen_gone_for_a_reason",
                condition=Q(status__in=["lost", "rejected"]) & ~Q(gone_because="")
                | (~Q(status__in=["lost", "rejected"]) & Q(gone_because="")),
            ),
            models.CheckConstraint(
                name="specimen_result_has_a_flag",
                condition=Q(resulted_at__isnull=True, flag="", result="")
                | (Q(resulted_at__isnull=False) & ~Q(flag="") & ~Q(result="")),
            ),
            models.CheckConstraint(
                name="specimen_due_after_it_was_drawn", condition=Q(due_at__gt=F("collected_at"))
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} {self.label}"


class SpecimenStep(StepBase):
    specimen = models.ForeignKey(Specimen, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "标本步骤"


class WasteRemoval(models.Model):
    """One handing over to the licensed disposer, under the number of its manifest (医疗废物转移联单)."""

    AUDIT_SEALED = frozenset({"handed_by", "taken_by"})

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="waste_removals")
    disposer = models.CharField("处置单位", max_length=80)
    licence = models.CharField("经营许可证号", max_length=40)
    manifest = models.CharField("转移联单号", max_length=40)
    batch = models.CharField("批次", max_length=40)
    weight_g = models.PositiveIntegerField("总重量（克）")
    handed_by = models.CharField("移交人", max_length=40)
    taken_by = models.CharField("接收人", max_length=40)
    note = models.CharField("说明", max_length=200, blank=True)
    removed_at = models.DateTimeField("移交时间")
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "废物移交"
        constraints = [
            models.UniqueConstraint(name="waste_manifest_once_per_centre", fields=["centre", "manifest"]),
            models.CheckConstraint(name="waste_removal_weighs_something", condition=Q(weight_g__gt=0)),
            models.CheckConstraint(name="waste_removal_between_two", condition=~Q(handed_by=F("taken_by"))),
        ]

    def __str__(self):
        return self.manifest


class WasteBag(models.Model):
    """One sealed bag or sharps box: carried by the nurse, kept in the centre's store, gone with the disposer."""

    AUDIT_SEALED = frozenset({"handed_by", "handed_to"})

    class Kind(models.TextChoices):
        INFECTIOUS = "infectious", "感染性废物"
        SHARPS = "sharps", "损伤性废物"
        DRUG = "drug", "药物性废物"
        PATHOLOGICAL = "pathology", "病理性废物"

    class Container(models.TextChoices):
        BAG = "bag", "医疗废物袋"
        BOX = "box", "利器盒"

    order = models.ForeignKey(Order, models.PROTECT, related_name="waste_bags")
    record = models.ForeignKey(VisitRecord, models.PROTECT, related_name="bags")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    nurse = models.ForeignKey(User, models.PROTECT, related_name="waste_bags", verbose_name="护士")
    status = models.CharField(max_length=12, choices=WasteStatus)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField("废物类别", max_length=12, choices=Kind)
    container = models.CharField("容器", max_length=4, choices=Container)
    number = models.CharField("袋（盒）号", max_length=30)
    count = models.PositiveSmallIntegerField("件数", null=True)
    weight_g = models.PositiveIntegerField("重量（克）", null=True)
    sealed_at = models.DateTimeField("封口时间")
    recorded_at = models.DateTimeField("登记时间")
    hand_in_by = models.DateTimeField("应交回")
    handed_at = models.DateTimeField("交回时间", null=True)
    handed_by = models.CharField("交出人", max_length=40, blank=True)
    handed_to = models.CharField("接收人", max_length=40, blank=True)
    checked_g = models.PositiveIntegerField("交回时重量（克）", null=True)
    handover_note = models.CharField("交回说明", max_length=200, blank=True)
    store_until = models.DateTimeField("暂存期限", null=True)
    removal = models.ForeignKey(WasteRemoval, models.PROTECT, null=True, related_name="bags", verbose_name="废物移交")
    gone_reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "废物袋"
        indexes = [
            models.Index(fields=["centre", "status", "hand_in_by"]),
            models.Index(fields=["nurse", "status"]),
        ]
        constraints = [
            models.CheckConstraint(name="waste_status_known", condition=Q(status__in=WasteStatus.values)),
            models.UniqueConstraint(
                name="waste_number_once_on_our_hands",
                fields=["centre", "number"],
                condition=Q(status__in=["declared", "handed_in"]),
            ),
            models.CheckConstraint(
                name="waste_sharps_in_a_box", condition=~Q(kind="sharps") | Q(container="box")
            ),
            models.CheckConstraint(
                name="waste_counted_or_weighed",
                condition=Q(count__isnull=False, count__gt=0)
                | Q(weight_g__isnull=False, weight_g__gt=0),
            ),
            models.CheckConstraint(
                name="waste_handed_in_between_two_and_weighed",
                condition=Q(handed_at__isnull=True, handed_by="", handed_to="", checked_g__isnull=True)
                | (Q(handed_at__isnull=False, checked_g__isnull=False, checked_g__gt=0, store_until__isnull=False)
                   & ~Q(handed_by="") & ~Q(handed_to="")),
            ),
            models.CheckConstraint(
                name="waste_stored_was_handed_in",
                condition=~Q(status__in=["handed_in", "removed"]) | Q(handed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="waste_removed_with_a_manifest",
                condition=Q(status="removed", removal__isnull=False) | (~Q(status="removed") & Q(removal__isnull=True)),
            ),
            models.CheckConstraint(
                name="waste_gone_for_a_reason",
                condition=Q(status__in=["withdrawn", "lost"]) & ~Q(gone_reason="")
                | ~Q(status__in=["withdrawn", "lost"]),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} {self.number}"

    @property
    def last_day(self) -> date:
        """The day before whose end the bag is to be handed in."""
        return timezone.localdate(self.hand_in_by - timedelta(seconds=1))


class WasteStep(StepBase):
    bag = models.ForeignKey(WasteBag, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "废物步骤"
