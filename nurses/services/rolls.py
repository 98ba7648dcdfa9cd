"""A whole list of nurses taken over at once: accounts, files and posts, in one act."""

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Refused
from nurses import access
from nurses.imports import NurseImport
from nurses.models import Affiliation, Insurance, Nurse, Training
from nurses.rolls import reads
from nurses.rolls.table import Read, Roll


def import_nurses(*, organisation: Organization, content: bytes, by: Actor, now: datetime) -> NurseImport:
    """
    Take over a list of nurses: open accounts and files, begin posts, register or file each, record trainings and
    insurances of the further sheets. All of it, or nothing.

    The same file a second time changes nothing and is answered as the first time. A new account has no password until
    one is given out.

    :raises kernel.refusals.Refused: not the administrator of the place, or a line of the list has a fault
    """
    if by.kind != "system" and organisation.pk not in by.orgs_as(Role.CENTRE_ADMIN):
        raise NotYours(Refusal("roll.not_yours", "护士名单由本中心管理员导入，不在您的权限内。", access.CLAUSE))
    digest = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            Organization.objects.select_for_update(no_key=True).get(pk=organisation.pk)
            known = NurseImport.objects.filter(organisation=organisation, sha256=digest).first()
            if known:
                return known
            roll = reads.roll(content=content, organisation=organisation, today=timezone.localdate(now))
            _demand_sound(roll)
            return _take_over(roll, organisation, digest, by, now)
    except IntegrityError as raced:  # somebody filed one of them between the look and the write
        raise Refused.because(
            "roll.raced", "名单里有人刚刚由别人建档，这次没有导入。请重新核对这份文件。", access.CLAUSE
        ) from raced


def _demand_sound(roll: Roll) -> None:
    if roll.faults:
        places = "，".join(roll.faulty_places[:10])
        sentence = f"{places}等还有需要改正的内容，整份名单没有导入。请改好后重新上传。"
        raise Invalid(Refusal("roll.faults", sentence, field="file"))
    if not roll.fresh and not roll.brings:
        raise NotNow(Refusal("roll.nobody_new", "名单里的护士都已在本中心名册上，没有需要导入的。"))


def _take_over(roll: Roll, organisation: Organization, digest: str, by: Actor, now: datetime) -> NurseImport:
    today, fresh = timezone.localdate(now), roll.fresh
    row = NurseImport(
        organisation=organisation, sha256=digest, lines=len(roll.lines), tied=len(fresh), standing=len(roll.standing),
        applied_by_id=by.user_id, applied_at=now, filed=0,
    )  # fmt: skip
    with recording("nurses.roll_imported", target=row, by=by, now=now, organisation_id=organisation.pk) as entry:
        posts = accounts.seat(
            people=[
                accounts.Seat(one.values["username"], one.values["name"], one.values.get("starts_on", today))
                for one in fresh
            ],
            organisation=organisation,
            role=Role.NURSE,
            within=entry,
        )
        files = {nurse.user_id: nurse for nurse in Nurse.objects.filter(user__in=[post.user_id for post in posts])}
        new = [
            _file(one, post.user_id, now) for one, post in zip(fresh, posts, strict=True) if post.user_id not in files
        ]
        files |= {nurse.user_id: nurse for nurse in Nurse.objects.bulk_create(new)}
        Affiliation.objects.bulk_create(
            Affiliation(nurse=files[post.user_id], post=post, kind=one.values["kind"], recorded_at=now)
            for one, post in zip(fresh, posts, strict=True)
        )
        row.filed = len(new)
        trainings, insurances = _papers(roll, by, now)
        row.trainings, row.insurances = len(trainings), len(insurances)
        row.save(force_insert=True)
        entry.data.update(
            sha256=digest, lines=row.lines, filed=row.filed, tied=row.tied, standing=row.standing,
            notes=len(roll.notes), trainings=row.trainings, insurances=row.insurances,
        )  # fmt: skip
    return row


def _papers(roll: Roll, by: Actor, now: datetime) -> tuple[list[Training], list[Insurance]]:
    """Record what the further sheets bring, for nurses of the list and of the roster alike."""
    numbers = {one.values["nurse"] for lines in roll.papers.values() for one in lines}
    whose = {nurse.certificate_number: nurse for nurse in Nurse.objects.filter(certificate_number__in=numbers)}
    recorded = {"recorded_by_id": by.user_id, "recorded_at": now}
    trainings = [
        Training(
            nurse=whose[one.values["nurse"]], kind=one.values["training_kind"], hours=one.values["hours"],
            score=one.values.get("score"), passed_on=one.values["passed_on"], expires_on=one.values["trained_until"],
            **recorded,
        )
        for one in roll.papers.get("培训", ())
    ]  # fmt: skip
    insurances = [
        Insurance(
            nurse=whose[one.values["nurse"]], kind=one.values["insurance_kind"], insurer=one.values["insurer"],
            policy_number=one.values["policy_number"], starts_on=one.values["insured_from"],
            expires_on=one.values["insured_until"], **recorded,
        )
        for one in roll.papers.get("保险", ())
    ]  # fmt: skip
    return Training.objects.bulk_create(trainings), Insurance.objects.bulk_create(insurances)


def _file(one: Read, user_id: int, now: datetime) -> Nurse:
    return Nurse(
        user_id=user_id,
        sex=one.values["sex"],
        certificate_number=one.values["certificate_number"],
        certificate_expires_on=one.values["certificate_expires_on"],
        title=one.values["title"],
        clinical_since=one.values["clinical_since"],
        phone=one.values.get("phone", ""),
        filed_at=now,
    )
