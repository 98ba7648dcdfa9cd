"""What a person was told, one row per person: readable on any device, and proof that it was said."""

from django.db import models

from accounts.models import User
from accounts.sealed import SealedText


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
