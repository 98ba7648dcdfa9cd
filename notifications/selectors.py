"""Reads of a person's messages."""

from django.db.models import QuerySet

from notifications.models import Message


def inbox(*, user_id: int) -> QuerySet[Message]:
    """Everything that this person was told, newest first; the caller takes a page."""
    return Message.objects.filter(person=user_id).order_by("-pk")


def unread_count(*, user_id: int) -> int:
    return Message.objects.filter(person=user_id, read_at__isnull=True).count()
