"""What the district hands to the city's quality-control centre. Read it as part of ``reporting.models``."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from audit.models import StepBase
from reporting.lifecycle import PackStatus


class CityPack(models.Model):
    """
    Indicators, findings and score sheets of some days, as one file for the city (001 二(四)17).

    The tables rest sealed from the day they were prepared on, so that what was handed over can be read again. What the
    city said is what a person recorded of it, or the answer of a connected service; the platform supposes nothing.
    """

    AUDIT_SEALED = frozenset({"answer"})

    class Way(models.TextChoices):
        PERSON = "person", "专人送达"
        DOCUMENT = "document", "公文交换"
        POST = "post", "邮寄"
        CITY_SYSTEM = "upload", "在市质控平台上传"
        ONLINE = "online", "平台在线报送"

    number = models.CharField("报送编号", max_length=20, unique=True)
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="city_packs", verbose_name="报送单位")
    first = models.DateField("自")
    last = models.DateField("至")
    counts = models.JSONField("各表行数")
    sha256 = models.CharField("内容摘要", max_length=64)
    sealed = models.BinaryField("加密的内容")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="准备人")
    prepared_at = models.DateTimeField("准备时间")
    fetched = models.PositiveSmallIntegerField("下载次数", default=0)
    fetched_at = models.DateTimeField("最近下载", null=True)
    way = models.CharField("递交方式", max_length=10, choices=Way, blank=True)
    carried_by = models.CharField("递交人", max_length=40, blank=True)
    handed_on = models.DateField("递交日期", null=True)
    receipt_number = models.CharField("市质控中心回执编号", max_length=60, blank=True)
    answered_on = models.DateField("市质控中心答复日期", null=True)
    answer = models.CharField("退回意见", max_length=300, blank=True)
    status = models.CharField(max_length=12, choices=PackStatus)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "市质控报送"
        indexes = [models.Index(fields=["organisation", "-id"])]
        constraints = [
            models.CheckConstraint(name="city_pack_status_known", condition=Q(status__in=PackStatus.values)),
            models.CheckConstraint(name="city_pack_days_run_forward", condition=Q(last__gte=F("first"))),
            models.UniqueConstraint(
                name="city_pack_once_of_these_days", fields=["organisation", "first", "last"],
                condition=Q(status__in=["prepared", "sending", "handed", "acknowledged"]),
            ),
            models.CheckConstraint(
                name="city_pack_handed_over_says_how",
                condition=Q(status__in=["handed", "acknowledged", "returned"], handed_on__isnull=False)
                & ~Q(way="") & ~Q(carried_by="")
                | Q(status="sending", handed_on__isnull=True, way="online") & ~Q(carried_by="")
                | Q(status__in=["prepared", "dropped"], handed_on__isnull=True, way="", carried_by=""),
            ),
            models.CheckConstraint(
                name="city_pack_acknowledged_by_a_receipt",
                condition=~Q(status="acknowledged") | ~Q(receipt_number="") & Q(answered_on__isnull=False),
            ),
            models.CheckConstraint(
                name="city_pack_returned_says_why",
                condition=Q(status="returned", answered_on__isnull=False) & ~Q(answer="")
                | ~Q(status="returned") & Q(answer=""),
            ),
            models.CheckConstraint(
                name="city_pack_answered_after_it_was_handed_over",
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("handed_on")),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class CityPackStep(StepBase):
    pack = models.ForeignKey(CityPack, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "市质控报送步骤"
