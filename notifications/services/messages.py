"""Messages are written once and read once; each way out of the house is a row written with the message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.services import recording
from kernel.actors import Actor, system
from kernel.refusals import hidden
from notifications.models import Message
from notifications.services.sending import queue


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished message to one person."""

    person_id: int
    template: str
    title: str
    text: str
    link: str = ""


def tell(
    *,
    event: str,
    event_id: int,
    letters: Sequence[Letter],
    organisation_id: int | None,
    patient_id: UUID | None,
    now: datetime,
) -> list[Message]:
    """Write down what is to be said about one event. Whoever was told already is not told again."""
    with transaction.atomic():
        said = set(Message.objects.filter(event_id=event_id).values_list("person", "template"))
        new = [
            Message(
                person_id=letter.person_id,
                event=event,
                event_id=event_id,
                template=letter.template,
                title=letter.title,
                text=letter.text,
                link=letter.link,
                created_at=now,
            )
            for letter in letters
            if (letter.person_id, letter.template) not in said
        ]
        if not new:
            return []
        with recording(
            "notifications.sent", target=new[0], by=system("notifications"), now=now, organisation_id=organisation_id,
            subject_id=patient_id,
        ) as entry:  # fmt: skip
            Message.objects.bulk_create(new)
            queue(new, organisation_id=organisation_id, patient_id=patient_id, now=now)
            entry.data["event"] = event
            entry.data["to"] = [[message.person_id, message.template] for message in new]
    return new


def mark_read(*, message_id: int, by: Actor, now: datetime) -> Message:
    """
    Note that the person has opened the message; opening it again changes nothing.

    :raises kernel.refusals.Hidden: it is somebody else's message
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id, person=by.user_id).first()
        if message is None:
            raise hidden("这条消息")
        if message.read_at is None:
            with recording("notifications.read", target=message, by=by, now=now):
                message.read_at = now
                message.save(update_fields=["read_at"])
    return message


def mark_all_read(*, by: Actor, now: datetime) -> int:
    """Note that the person has seen everything that waited. Returns how many messages that were."""
    with transaction.atomic():
        unread = list(
            Message.objects.select_for_update()
            .filter(person=by.user_id, read_at__isnull=True)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if not unread:
            return 0
        with recording("notifications.all_read", target=User(pk=by.user_id), by=by, now=now) as entry:
            Message.objects.filter(pk__in=unread).update(read_at=now)
            entry.data["messages"] = len(unread)
    return len(unread)
