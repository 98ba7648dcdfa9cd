"""The face on a nurse's badge (002 五(九)2): small, drawn anew, put there by her centre and by nobody else."""

import hashlib
import io
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageOps

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal
from nurses import access
from nurses.models import Portrait
from nurses.services import _forms
from patients import vault

CLAUSE = "002 五(九)2"
SHAPE = (240, 320)  # pixels, as on a paper badge; about 10 kB, which a badge carries with it


def record_portrait(*, nurse_id: int, file: Any, by: Actor, now: datetime) -> Portrait:
    """
    Put a picture on her badge in place of the one before; the same picture again changes nothing.

    :raises kernel.refusals.Refused: no picture, or not of this centre
    """
    if file is None:
        raise Invalid(Refusal("portrait.none", "请选择一张照片。", CLAUSE, field="file"))
    sound = vault.judge(file)
    if sound.content_type not in {vault.JPEG, vault.PNG}:
        raise Invalid(Refusal("portrait.type", "工牌照片只能是 JPG 或 PNG 图片。", CLAUSE, field="file"))
    data = _face(sound.data)
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=timezone.localdate(now))
        before = Portrait.objects.filter(nurse=nurse, ended_at__isnull=True).first()
        if before is not None and before.sha256 == digest:
            return before
        row = Portrait(
            pk=uuid.uuid4(), nurse=nurse, size=len(data), sha256=digest, added_by_id=by.account, added_at=now
        )
        with recording("nurses.portrait_recorded", target=nurse, by=by, now=now) as entry:
            if before is not None:
                before.ended_at = now
                before.save(update_fields=["ended_at"])
            vault.keep(row.pk, data)
            row.save(force_insert=True)
            entry.data["sha256"] = digest
    return row


def _face(data: bytes) -> bytes:
    """The middle of the picture in the shape of a badge, a little above the centre where faces are."""
    with Image.open(io.BytesIO(data)) as picture:
        fitted = ImageOps.fit(picture.convert("RGB"), SHAPE, centering=(0.5, 0.35))
        out = io.BytesIO()
        fitted.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()
