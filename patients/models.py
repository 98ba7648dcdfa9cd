"""People who are served, those who act for them, and what they signed."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organization, User
from accounts.sealed import BlindIndex, SealedText
from institutions.models import Town


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class Group(models.TextChoices):
    """Service groups of 002 五(三), 004 引言: ill and hardly able to leave home, or discharged."""

    ADVANCED_AGE = "advanced_age", "高龄老年人"
    DISABLED = "disabled", "失能老年人"
    CONVALESCENT = "convalescent", "康复期患者"
    END_OF_LIFE = "end_of_life", "终末期患者"
    DISCHARGED = "discharged", "出院患者"
    LIMITED_MOBILITY = "limited_mobility", "其他行动不便者"


class Patient(models.Model):
    """
    A person who is served. The id is random, so that it may stand in the trace and in URLs.

    Names, identity number, phones and address rest encrypted; ``*_index`` columns find equal values without opening
    them.
    """

    AUDIT_SEALED = frozenset(
        {
            "name",
            "name_index",
            "birth_date",
            "identity_sealed",
            "identity_index",
            "identity_tail",
            "phone_sealed",
            "phone_index",
            "phone_tail",
            "contact_name",
            "contact_phone_sealed",
            "conditions",
            "allergies",
            "facts",
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="patient")
    name = SealedText("姓名", max_length=40)
    name_index = BlindIndex(of="name")
    sex = models.CharField("性别", max_length=6, choices=Sex)
    birth_date = models.DateField("出生日期")
    identity_kind = models.CharField("证件类型", max_length=20)
    identity_sealed = models.BinaryField()
    identity_index = models.CharField(max_length=32)
    identity_tail = models.CharField("证件尾号", max_length=4)
    phone_sealed = models.BinaryField()
    phone_index = models.CharField(max_length=32, db_index=True)
    phone_tail = models.CharField("电话尾号", max_length=4)
    contact_name = SealedText("紧急联系人", max_length=40, blank=True)
    contact_relation = models.CharField("与服务对象关系", max_length=20, blank=True)
    contact_phone_sealed = models.BinaryField(null=True)
    group = models.CharField("服务人群", max_length=16, choices=Group)
    conditions = models.CharField("主要疾病", max_length=200, blank=True)
    allergies = models.CharField("过敏史", max_length=200, blank=True)
    facts = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name="负面清单情况")
    family_doctor_contract = models.BooleanField("家庭医生签约", null=True)
    home_bed = models.BooleanField("家庭病床", null=True)
    is_demo = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    # The same person was on record twice. What hangs on this record stays as it was made; whoever asks is led on.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", verbose_name="并入的登记")
    merged_at = models.DateTimeField("合并时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务对象"
        constraints = [
            # The index carries the kind already, and a citizen number is one person's under either of its papers.
            models.UniqueConstraint(fields=["identity_index"], name="patient_identity_once"),
            models.CheckConstraint(
                name="patient_not_merged_into_itself", condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id"))
            ),
            models.CheckConstraint(
                name="patient_merged_at_a_time",
                condition=Q(merged_into__isnull=True, merged_at__isnull=True)
                | Q(merged_into__isnull=False, merged_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class ApplicationDraft(models.Model):
    """An application that is not sent yet: of the account, so that another phone goes on with it; sealed."""

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="application_draft")
    sealed = models.BinaryField("草稿内容")
    kept_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "申请草稿"

    def __str__(self):
        return f"{self.user} 的申请草稿"


class Address(models.Model):
    """Where the patient lives. A changed address is a new row; orders keep the row they were made with."""

    AUDIT_SEALED = frozenset({"detail_sealed", "access_note", "lon", "lat"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="addresses")
    town = models.ForeignKey(Town, models.PROTECT, related_name="+")
    detail_sealed = models.BinaryField()
    lon = models.FloatField("经度（WGS-84）", null=True)
    lat = models.FloatField("纬度（WGS-84）", null=True)
    access_note = SealedText("上门提示", max_length=120, blank=True)
    is_current = models.BooleanField(default=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "地址"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(is_current=True), name="patient_has_one_current_address"
            )
        ]

    def __str__(self):
        return str(self.town)


class Proxy(models.Model):
    """Someone who acts for a patient: relation, what for, until when, and the paper that proves it."""

    class Scope(models.TextChoices):
        APPLY = "apply", "提交和撤回申请"
        SIGN = "sign", "签署同意书和协议"
        MANAGE = "manage", "改期、取消、确认和评价"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="proxies")
    user = models.ForeignKey(User, models.PROTECT, related_name="proxy_for")
    relation = models.CharField("关系", max_length=20)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name="授权范围")
    starts_on = models.DateField("自")
    expires_on = models.DateField("至")
    proof = models.ForeignKey("Upload", models.PROTECT, null=True, blank=True, related_name="+")
    given = models.BooleanField("由本人或中心授权", default=False)  # else the proxy's own word, at the registration
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "代办授权"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"], condition=Q(ended_at__isnull=True), name="proxy_once_at_a_time"
            ),
            models.CheckConstraint(name="proxy_expires_after_it_starts", condition=Q(expires_on__gte=F("starts_on"))),
            models.CheckConstraint(name="proxy_is_for_something", condition=Q(scopes__len__gt=0)),
        ]

    def __str__(self):
        return f"{self.user}（{self.relation}）"


class Invitation(models.Model):
    """A code by which somebody else may become a proxy: good for one person, for some hours; only its index is kept."""

    AUDIT_SEALED = frozenset({"code_index"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invitations")
    relation = models.CharField("关系", max_length=20)
    scopes = ArrayField(models.CharField(max_length=10, choices=Proxy.Scope), verbose_name="授权范围")
    expires_on = models.DateField("代办到")
    code_index = models.CharField("邀请码检索值", max_length=32)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="邀请人")
    made_at = models.DateTimeField("邀请时间")
    code_until = models.DateTimeField("邀请码有效期至")
    proxy = models.OneToOneField(
        Proxy, models.PROTECT, null=True, related_name="invitation", verbose_name="接受后的代办授权"
    )
    closed_at = models.DateTimeField("邀请结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "代办邀请"
        constraints = [
            models.UniqueConstraint(
                fields=["code_index"], condition=Q(closed_at__isnull=True), name="invitation_code_once_at_a_time"
            ),
            models.CheckConstraint(
                name="invitation_taken_is_closed", condition=Q(proxy__isnull=True) | Q(closed_at__isnull=False)
            ),
            models.CheckConstraint(name="invitation_is_for_something", condition=Q(scopes__len__gt=0)),
        ]  # fmt: skip

    def __str__(self):
        return f"请{self.relation}代办"


class IdentityCheck(models.Model):
    """Three separate facts, never mixed: format checked, original seen, compared with police or face service."""

    AUDIT_SEALED = frozenset({"note"})

    class Kind(models.TextChoices):
        FORMAT = "format", "号码格式已核"
        ORIGINAL = "original", "证件原件已看"
        POLICE = "police", "公安信息已比对"
        FACE = "face", "人脸已比对"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identity_checks")
    kind = models.CharField(max_length=10, choices=Kind)
    passed = models.BooleanField()
    note = models.CharField("说明", max_length=200, blank=True)
    source = models.CharField("核验方式", max_length=40)
    evidence = models.ForeignKey("Upload", models.PROTECT, null=True, blank=True, related_name="+")
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "身份核验"

    def __str__(self):
        return f"{self.get_kind_display()}"


class Erasure(models.Model):
    """Somebody wants the record gone: decided by the centre's administrator, with the rule that says what must stay."""

    AUDIT_SEALED = frozenset({"words", "answer"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="erasures")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="答复机构")
    words = models.CharField("删除要求", max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间")
    granted = models.BooleanField("是否同意", null=True)
    answer = models.CharField("答复", max_length=300, blank=True)
    clause = models.CharField("依据", max_length=60, blank=True)
    keep_until = models.DateField("其余资料依法保存到", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "删除申请"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(decided_at__isnull=True), name="erasure_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                name="erasure_decided_with_reason_and_clause",
                condition=Q(decided_at__isnull=True, granted__isnull=True)
                | (Q(decided_at__isnull=False, granted__isnull=False) & ~Q(answer="") & ~Q(clause="")),
            ),
        ]

    def __str__(self):
        return f"{self.patient} 的删除申请"


class Upload(models.Model):
    """A private file: typed by its content, size-limited, stored under a random name, every look recorded."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "身份证明"
        RECORD = "record", "病历资料"
        CONTRACT = "contract", "家庭医生签约协议"
        PROXY = "proxy", "代办证明"
        CONSENT = "consent", "纸质同意书"
        EVIDENCE = "evidence", "核验凭据"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=10, choices=Kind)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "上传资料"
        constraints = [models.CheckConstraint(name="upload_is_not_empty", condition=Q(size__gt=0))]

    def __str__(self):
        return self.get_kind_display()


class PaperText(models.Model):
    """A version of the consent or of the service agreement; changing one character makes a new version."""

    class Kind(models.TextChoices):
        CONSENT = "consent", "知情同意书"
        AGREEMENT = "agreement", "服务协议"

    district = models.ForeignKey(Organization, models.PROTECT, related_name="paper_texts")
    kind = models.CharField(max_length=10, choices=Kind)
    version = models.PositiveIntegerField("版本")
    text = models.TextField("正文")
    sha256 = models.CharField(max_length=64)
    effective_on = models.DateField("生效日期")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "文本版本"
        constraints = [
            models.UniqueConstraint(fields=["district", "kind", "version"], name="paper_versions_are_unique")
        ]

    def __str__(self):
        return f"{self.get_kind_display()} 第 {self.version} 版"


class Consent(models.Model):
    """One signature under one text: exact words (hash), items, signer and capacity, strokes, device, time."""

    AUDIT_SEALED = frozenset({"signer_name", "strokes", "device", "withdrawn_reason"})

    class Capacity(models.TextChoices):
        SELF = "self", "本人"
        PROXY = "proxy", "代办人"
        GUARDIAN = "guardian", "监护人"

    class Method(models.TextChoices):
        GLASS = "glass", "屏幕手写"
        TYPED = "typed", "账号确认"
        PAPER = "paper", "纸质签署拍照"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    text = models.ForeignKey(PaperText, models.PROTECT, related_name="consents")
    shown_sha256 = models.CharField("所示文本摘要", max_length=64)
    item_codes = ArrayField(models.CharField(max_length=20), default=list, verbose_name="包含项目")
    signer_name = SealedText("签署人", max_length=40)
    signer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    capacity = models.CharField("身份", max_length=10, choices=Capacity)
    method = models.CharField("方式", max_length=8, choices=Method)
    strokes = SealedText("笔迹", blank=True)  # JSON; a signature is somebody's hand
    picture = models.ForeignKey(Upload, models.PROTECT, null=True, blank=True, related_name="+")
    witness = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    device = models.CharField("设备", max_length=120, blank=True)
    signed_at = models.DateTimeField("签署时间")
    valid_until = models.DateField("有效期至")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "签署记录"
        indexes = [models.Index(fields=["patient", "signed_at"])]
        constraints = [
            models.CheckConstraint(
                name="glass_and_paper_leave_a_mark",
                condition=Q(method="typed") | ~Q(strokes="") | Q(picture__isnull=False),
            ),
            models.CheckConstraint(
                name="consent_signed_by_account_or_before_witness",
                condition=Q(signer__isnull=False) | Q(witness__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.text} · {self.signer_name}"
