"""What a person was told, one row per person, how it left the house, and what has to be said by telephone."""

import uuid

from django.db import models

from accounts.models import Organization, User
from accounts.sealed import SealedText
from audit.models import StepBase
from notifications.lifecycle import CallStatus
from notifications.rules import ADDRESS, QUIET_FROM, QUIET_UNTIL
from patients.models import Patient


class Message(models.Model):
    """
    One message to one person about one event.

    ``event_id`` is the outbox row's number. It is no foreign key, because delivered outbox rows may be cleared away.
    The text names patients and nurses, so it rests sealed.
    """

    AUDIT_SEALED = frozenset({"text"})

    person = models.ForeignKey(User, models.PROTECT, related_name="messages_received")
    event = models.CharField("事件", max_length=64)
    event_id = models.BigIntegerField()
    template = models.CharField("模板", max_length=40)
    title = models.CharField("标题", max_length=40)
    text = SealedText("内容", max_length=300, about=("event_id", "person_id", "template"))
    link = models.CharField("链接", max_length=120, blank=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        indexes = [
            models.Index(fields=["person", "-id"]),
            models.Index(fields=["person"], condition=models.Q(read_at__isnull=True), name="message_unread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "person", "template"], name="message_said_once_per_event")
        ]

    def __str__(self):
        return self.title


class Reach(models.Model):
    """How one person wants to be reached outside the house, and when not. Without a row: only inside."""

    AUDIT_SEALED = frozenset({"phone", "wechat_id"})

    person = models.OneToOneField(User, models.PROTECT, related_name="reach")
    phone = SealedText("联系电话", max_length=20, blank=True, about=("person_id",))
    wechat_id = SealedText("微信绑定编号", max_length=64, blank=True, about=("person_id",))
    by_sms = models.BooleanField("短信", default=False)
    by_wechat = models.BooleanField("微信", default=False)
    by_voice = models.BooleanField("电话告知", default=False)
    quiet_from = models.TimeField("免打扰开始", default=QUIET_FROM)
    quiet_until = models.TimeField("免打扰结束", default=QUIET_UNTIL)
    changed_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"
        constraints = [
            models.CheckConstraint(
                name="reach_has_the_number_it_uses",
                condition=(models.Q(by_sms=False, by_voice=False) | ~models.Q(phone=""))
                & (models.Q(by_wechat=False) | ~models.Q(wechat_id="")),
            )
        ]

    def __str__(self):
        return str(self.person)


class Device(models.Model):
    """A browser on which a person wants to be called when there is news, until it is taken back or out of reach."""

    AUDIT_SEALED = frozenset({"digest", "endpoint", "p256dh", "auth"})

    class Ended(models.TextChoices):
        OFF = "off", "本人关闭"
        GONE = "gone", "浏览器不再接收"
        REPLACED = "replaced", "在同一浏览器重新打开"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="devices")
    name = models.CharField("设备", max_length=40)
    digest = models.CharField("地址摘要", max_length=64)
    endpoint = SealedText("推送地址", max_length=ADDRESS)
    p256dh = SealedText("推送公钥", max_length=120)
    auth = SealedText("推送口令", max_length=40)
    opened_at = models.DateTimeField("打开时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_because = models.CharField("结束缘由", max_length=10, choices=Ended, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知设备"
        indexes = [models.Index(fields=["person"], condition=models.Q(ended_at__isnull=True), name="device_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=models.Q(ended_at__isnull=True), name="device_is_one_person_s"
            ),
            models.CheckConstraint(
                name="device_ended_with_a_reason",
                condition=models.Q(ended_at__isnull=True, ended_because="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_because="")),
            ),
        ]

    def __str__(self):
        return self.name


class Delivery(models.Model):
    """
    One message on one way out of the house; to browsers, one for each.

    A machine's list: claimed with ``SKIP LOCKED`` and a lease, because the world outside is spoken to between two
    transactions. ``key`` is what the far side drops a second copy by. ``state`` is no lifecycle of people: what a
    person has to do is a :class:`Call`.
    """

    class Channel(models.TextChoices):
        SMS = "sms", "短信"
        WECHAT = "wechat", "微信"
        PUSH = "push", "浏览器通知"

    class State(models.TextChoices):
        QUEUED = "queued", "等待送出"
        HANDED = "handed", "已交给通道"
        DELIVERED = "delivered", "已送达"
        DEAD = "dead", "送不出，已转人工"
        GONE = "gone", "设备已不接收"

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="deliveries")
    channel = models.CharField("通道", max_length=8, choices=Channel)
    state = models.CharField("送出情况", max_length=10, choices=State, default=State.QUEUED)
    key = models.UUIDField("送出编号", unique=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField("最早送出时间")
    lease_until = models.DateTimeField("占用至", null=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    settled_at = models.DateTimeField("结果时间", null=True)
    last_error = models.CharField("没有送出的原因", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息送出"
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="queued"), name="delivery_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel"], condition=models.Q(device__isnull=True), name="delivery_once_per_way"
            ),
            models.UniqueConstraint(fields=["message", "device"], name="delivery_once_per_device"),
            models.CheckConstraint(
                name="delivery_to_a_device_by_push",
                condition=models.Q(channel="push", device__isnull=False)
                | (~models.Q(channel="push") & models.Q(device__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_settled_with_a_time",
                condition=models.Q(state="queued", settled_at__isnull=True)
                | (~models.Q(state="queued") & models.Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.get_channel_display()} {self.key}"


class Posted(models.Model):
    """What the built-in outbox took over in place of a real gateway: read by people, sent to nobody."""

    AUDIT_SEALED = frozenset({"to", "text"})

    key = models.UUIDField("送出编号", unique=True)
    channel = models.CharField("通道", max_length=8, choices=Delivery.Channel)
    to = SealedText("收件号码", max_length=64, about=("key",))
    text = SealedText("内容", max_length=100, about=("key",))
    posted_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "发件箱"

    def __str__(self):
        return str(self.key)


class Call(models.Model):
    """A telephone call that somebody of the centre makes, because no message can do it."""

    AUDIT_SEALED = frozenset({"text", "outcome"})

    class Why(models.TextChoices):
        VOICE = "voice", "约定电话告知"
        NO_ACCOUNT = "no_account", "没有账号"
        UNDELIVERED = "undelivered", "短信或微信送不出"

    centre = models.ForeignKey(Organization, models.PROTECT, related_name="calls_to_make")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="要告知的人")
    status = models.CharField(max_length=10, choices=CallStatus)
    version = models.PositiveIntegerField(default=1)
    why = models.CharField("缘由", max_length=12, choices=Why)
    key = models.CharField("标识", max_length=80, unique=True)
    title = models.CharField("标题", max_length=40)
    text = SealedText("要告知的内容", max_length=300, about=("key",))
    urgent = models.BooleanField("紧急", default=False)
    opened_at = models.DateTimeField("登记时间")
    tries = models.PositiveSmallIntegerField("已打次数", default=0)
    outcome = models.CharField("结果", max_length=200, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待打电话"
        indexes = [
            models.Index(fields=["centre", "-urgent", "opened_at"], condition=models.Q(status="open"), name="call_open")
        ]
        constraints = [
            models.CheckConstraint(name="call_status_known", condition=models.Q(status__in=CallStatus.values)),
            models.CheckConstraint(
                name="call_is_to_somebody", condition=models.Q(patient__isnull=False) | models.Q(person__isnull=False)
            ),
            models.CheckConstraint(
                name="call_closed_with_a_time",
                condition=models.Q(status="open", closed_at__isnull=True)
                | (~models.Q(status="open") & models.Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return self.title


class CallStep(StepBase):
    call = models.ForeignKey(Call, models.PROTECT, related_name="steps")

    class Meta:
        verbose_name = verbose_name_plural = "电话步骤"
