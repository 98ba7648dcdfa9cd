"""Papers handed in for a patient, and the recorded look at them."""

import uuid
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, hidden
from patients import access, vault
from patients.models import Patient, Proxy, Upload


def upload(*, patient_id: UUID, kind: str, file: Any, by: Actor, now: datetime) -> Upload:
    """
    Keep a paper privately: identity, record, contract, proof, signed consent or evidence (004 三(八)).

    ``file`` is anything with ``read(size)``.

    :raises kernel.refusals.Invalid: the kind or the file cannot be accepted
    """
    if kind not in Upload.Kind.values:
        raise Invalid(Refusal("upload.kind", "请选择资料的种类。", vault.CLAUSE, field="kind"))
    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None:
        raise hidden("这位服务对象")
    access.demand_family_or_carer(by, patient, on=timezone.localdate(now), scope=Proxy.Scope.APPLY)
    sound = vault.judge(file)
    paper = Upload(
        pk=uuid.uuid4(),
        patient=patient,
        kind=kind,
        content_type=sound.content_type,
        size=len(sound.data),
        sha256=sound.sha256,
        uploaded_by_id=by.user_id,
        uploaded_at=now,
    )
    vault.keep(paper.pk, sound.data)
    with transaction.atomic(), recording("patients.uploaded", target=paper, by=by, now=now) as entry:
        paper.save(force_insert=True)
        entry.data.update({"kind": kind, "sha256": sound.sha256})
    return paper


def show_upload(*, upload_id: UUID, reason: str, by: Actor, now: datetime) -> tuple[Upload, IO[bytes]]:
    """Open a paper for someone who may see it; the look is on record before the first byte leaves."""
    paper = Upload.objects.select_related("patient").filter(pk=upload_id).first()
    if paper is None:
        raise hidden("这份资料")
    access.demand_paper(by, paper, on=timezone.localdate(now))
    with recording("patients.upload_shown", target=paper, by=by, now=now, reason=reason):
        content = vault.opened(paper.pk)
    return paper, content
