"""What may be done at home: editions of the district's list, its items, steps and measurements, and who offers what."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import DateRange, Organization, User


class Edition(models.Model):
    """A published list of items. Orders keep the edition they were made under (002 五(五))."""

    district = models.ForeignKey(Organization, models.PROTECT, related_name="editions")
    name = models.CharField("名称", max_length=80)
    source = models.CharField("文件", max_length=200)
    clause = models.CharField("依据", max_length=60)
    issued_on = models.DateField("印发日期")
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True)
    admission_note = models.TextField("准入论证（需求、风险、可操作性、环境、专家意见）", blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "目录版本"
        constraints = [
            ExclusionConstraint(
                name="edition_one_in_force",
                expressions=[
                    ("district", RangeOperators.EQUAL),
                    (
                        DateRange("effective_from", "effective_to", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            )
        ]

    def __str__(self):
        return self.name


class Category(models.Model):
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="categories")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("类别", max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = "类别"
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="category_number_once")]

    def __str__(self):
        return self.name


class CertificateKind(models.Model):
    """A special qualification that an item may ask of the nurse."""

    code = models.CharField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "专项资质"

    def __str__(self):
        return self.name


class Measurement(models.Model):
    """
    One thing that is measured or observed: unit, bounds, alarm limits, options. Data, not code.

    An alarm asks the nurse for a word; a red value calls a doctor as well.
    """

    class Type(models.TextChoices):
        INTEGER = "integer", "整数"
        DECIMAL = "decimal", "小数"
        TEXT = "text", "文字"
        CHOICE = "choice", "选项"
        BOOLEAN = "boolean", "是否"
        DATE = "date", "日期"
        DATETIME = "datetime", "时间"
        PHOTO = "photo", "照片"
        COMPUTED = "computed", "计算"

    key = models.CharField(max_length=40, primary_key=True)
    label = models.CharField("名称", max_length=40)
    type = models.CharField(max_length=10, choices=Type)
    unit = models.CharField("单位", max_length=12, blank=True)
    minimum = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    maximum = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    decimals = models.PositiveSmallIntegerField(default=0)
    alert_below = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    alert_from = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    alert_values = models.JSONField("需留意的取值", default=list, blank=True)
    red_below = models.DecimalField("危急值（低于）", max_digits=9, decimal_places=2, null=True)
    red_from = models.DecimalField("危急值（达到）", max_digits=9, decimal_places=2, null=True)
    red_values = models.JSONField("危急的取值", default=list, blank=True)
    options = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    reference = models.CharField("参考", max_length=200, blank=True)
    basis = models.CharField("依据", max_length=120, blank=True)
    formula = models.CharField(max_length=200, blank=True)
    step = models.PositiveSmallIntegerField("步长", default=1)
    bands = models.JSONField("分档 [从, 到, 名称]", default=list, blank=True)
    applies_when = models.JSONField("适用条件（满足其一）", default=list, blank=True)
    carried = models.BooleanField("可沿用上次", default=False)
    followed = models.BooleanField("看趋势", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "测量项目"

    def __str__(self):
        return self.label


class Item(models.Model):
    """One service of an edition, with the document's own name, steps, and what it demands."""

    class Family(models.TextChoices):
        SPECIAL = "special_nursing", "专项护理"
        CHRONIC = "chronic_disease", "慢病管理"
        EDUCATION = "health_education", "健康教育"
        REHAB = "rehabilitation", "康复护理"
        HOSPICE = "hospice", "安宁疗护"
        TCM = "tcm", "中医护理"

    class Risk(models.TextChoices):
        LOW = "low", "低"
        MEDIUM = "medium", "中"
        HIGH = "high", "高"

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="items")
    category = models.ForeignKey(Category, models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField("序号")
    code = models.CharField("代码", max_length=20)
    name = models.CharField("护理项目", max_length=40)
    plain_words = models.CharField("通俗说明", max_length=80, blank=True)
    family = models.CharField("服务类型", max_length=20, choices=Family)
    risk = models.CharField("风险", max_length=8, choices=Risk)
    duration_min = models.PositiveSmallIntegerField("预计时长（分钟）")
    patient_sex = models.CharField("限服务对象性别", max_length=6, blank=True)
    patient_sex_clause = models.CharField(max_length=60, blank=True)
    makes_waste = models.BooleanField("产生医疗废物", default=False)
    takes_specimen = models.BooleanField("采集标本", default=False)
    needs_guidance = models.BooleanField("需牵头医院指导", default=False)
    source_text = models.TextField("文件原文")
    clause = models.CharField("依据", max_length=60)
    notes = models.JSONField("首诊关注与转诊提示", default=dict)
    measurements = models.ManyToManyField(Measurement, through="ItemMeasurement")
    certificates = models.ManyToManyField(CertificateKind, through="ItemCertificate")

    class Meta:
        verbose_name = verbose_name_plural = "护理项目"
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="item_number_once_per_edition"),
            models.UniqueConstraint(fields=["edition", "code"], name="item_code_once_per_edition"),
            models.CheckConstraint(name="item_takes_time", condition=Q(duration_min__gt=0)),
        ]

    def __str__(self):
        return self.name


class ItemStep(models.Model):
    """One step of an item in the document's own wording."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField("步骤")
    text = models.CharField("内容", max_length=120)
    source_text = models.CharField("原文", max_length=140)

    class Meta:
        verbose_name = verbose_name_plural = "项目步骤"
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="step_number_once_per_item")]

    def __str__(self):
        return f"{self.number}. {self.text}"


class ItemMeasurement(models.Model):
    item = models.ForeignKey(Item, models.PROTECT, related_name="asks")
    measurement = models.ForeignKey(Measurement, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    required = models.BooleanField("必填", default=False)
    excused_when = models.JSONField("可不填的情形 {项目: [取值]}", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目测量"
        constraints = [models.UniqueConstraint(fields=["item", "measurement"], name="item_asks_a_measurement_once")]

    def __str__(self):
        return f"{self.item} · {self.measurement}"


class ItemCertificate(models.Model):
    item = models.ForeignKey(Item, models.PROTECT, related_name="demands")
    kind = models.ForeignKey(CertificateKind, models.PROTECT, related_name="+")
    clause = models.CharField("依据", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "项目资质要求"
        constraints = [models.UniqueConstraint(fields=["item", "kind"], name="item_demands_a_certificate_once")]

    def __str__(self):
        return f"{self.item} · {self.kind}"


class Offering(models.Model):
    """Whether a centre offers an item, from a day on; opting out needs a reason (应开尽开, 002 五(七)1(1))."""

    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="offerings")
    item = models.ForeignKey(Item, models.PROTECT, related_name="offerings")
    offered = models.BooleanField("开展")
    reason = models.CharField("不开展的原因", max_length=200, blank=True)
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "机构开展项目"
        constraints = [
            models.CheckConstraint(name="opting_out_needs_a_reason", condition=Q(offered=True) | ~Q(reason="")),
            models.CheckConstraint(
                name="offering_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            ExclusionConstraint(
                name="offering_decided_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("item", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.organisation} · {self.item}"


class NegativeEntry(models.Model):
    """The negative list: a service name, or a fact about the patient, that forbids a visit (004 三(三))."""

    class Kind(models.TextChoices):
        SERVICE = "service", "服务名称"
        PATIENT_FACT = "patient_fact", "服务对象情况"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="negative_entries")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    text = models.CharField("内容", max_length=80)
    reason = models.CharField("原因", max_length=200)
    advice = models.CharField("建议", max_length=200)
    clause = models.CharField("依据", max_length=60)
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "负面清单"

    def __str__(self):
        return self.text
