"""What somebody has answered so far: of the account, sealed, gone when it is sent."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.services import recording
from kernel.actors import Actor
from patients import privacy
from patients.models import ApplicationDraft


def keep_draft(*, said: dict[str, Any], by: Actor, now: datetime) -> ApplicationDraft:
    """Write the answers down, so that another phone of the same person goes on with them."""
    draft = ApplicationDraft(user_id=by.account, kept_at=now)
    privacy.seal_draft(draft, json.dumps(said, ensure_ascii=False))
    with transaction.atomic(), recording("patients.draft_kept", target=draft, by=by, now=now):
        ApplicationDraft.objects.update_or_create(user_id=by.account, defaults={"sealed": draft.sealed, "kept_at": now})
    return draft


def forget_draft(*, by: Actor, now: datetime) -> None:
    """Take the answers away: they were sent, or somebody else's turn has come."""
    draft = ApplicationDraft.objects.filter(user=by.account).first()
    if draft is None:
        return
    with transaction.atomic(), recording("patients.draft_forgotten", target=draft, by=by, now=now):
        ApplicationDraft.objects.filter(user=by.account).delete()
