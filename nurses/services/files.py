"""A nurse's professional file, and how she belongs to an institution."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Organization, User
from accounts.roles import Role
from audit.services import recording
from kernel import identity
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Refused
from nurses import access
from nurses.models import Affiliation, Nurse, Title
from nurses.services import _forms

SEXES = ("male", "female")


def file_nurse(
    *,
    user: User,
    sex: str,
    certificate_number: str,
    certificate_expires_on: date,
    title: str,
    clinical_since: date,
    phone: str = "",
    is_demo: bool = False,
    by: Actor,
    now: datetime,
) -> Nurse:
    """
    Open the professional file of a person. It gives no post: ``affiliate`` does.

    :raises kernel.refusals.Invalid: with every field that is wrong
    :raises kernel.refusals.Refused: this person, or this certificate, has a file already
    """
    if by.kind != "system" and not by.orgs_as(Role.CENTRE_ADMIN):
        raise NotYours(Refusal("nurse.not_yours", "护士档案由中心管理员建立，不在您的权限内。", access.CLAUSE))
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    if sex not in SEXES:
        problems.append(Refusal("form.required", "请选择性别。", field="sex"))
    verdict = identity.check("nurse_cert", certificate_number, today=today)
    if not verdict.ok:
        problems.append(Refusal("nurse.number", verdict.message, access.CLAUSE, field="certificate_number"))
    _judge_title(title, problems)
    _forms.not_after("clinical_since", "临床护理起始日", clinical_since, today, problems)
    phone = _forms.text("phone", "工作电话", phone, 20, problems, required=False)
    _forms.stop_at(problems)
    nurse = Nurse(
        user=user,
        sex=sex,
        certificate_number=verdict.value,
        certificate_expires_on=certificate_expires_on,
        title=title,
        clinical_since=clinical_since,
        phone=phone,
        is_demo=is_demo,
        filed_at=now,
    )
    try:
        with transaction.atomic():
            nurse.save(force_insert=True)
            with recording("nurses.filed", target=nurse, by=by, now=now) as entry:
                entry.payload["user"] = user.pk
    except IntegrityError as taken:
        if "certificate_number" in str(taken):
            raise Refused.because(
                "nurse.known", "这个执业证书编号已建有档案，请核对编号。", access.CLAUSE, field="certificate_number"
            ) from taken
        raise Refused.because("nurse.filed", "这个账号已建有护士档案。", access.CLAUSE) from taken
    return nurse


def affiliate(
    *,
    nurse: Nurse,
    organisation: Organization,
    kind: str,
    starts_on: date,
    ends_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Affiliation:
    """
    Register (注册) or file (备案) a nurse at an institution; the post begins with it (002 五(二)2).

    :raises kernel.refusals.Refused: not the administrator of the place, or the post is held already
    """
    if kind not in Affiliation.Kind.values:
        raise Invalid(Refusal("nurse.affiliation", "请选择注册或备案。", access.CLAUSE, field="kind"))
    with transaction.atomic():
        post = accounts.begin_post(
            user=nurse.user, organisation=organisation, role=Role.NURSE, starts_on=starts_on, ends_on=ends_on,
            by=by, now=now,
        )  # fmt: skip
        affiliation = Affiliation(nurse=nurse, post=post, kind=kind, recorded_at=now)
        with recording(
            "nurses.affiliated", target=affiliation, by=by, now=now, organisation_id=organisation.pk
        ) as entry:
            affiliation.save(force_insert=True)
            entry.data["kind"] = kind
            entry.payload.update({"nurse": nurse.pk, "user": nurse.user_id})
    return affiliation


def update_standing(
    *,
    nurse_id: int,
    title: str | None = None,
    clinical_since: date | None = None,
    certificate_expires_on: date | None = None,
    phone: str | None = None,
    by: Actor,
    now: datetime,
) -> Nurse:
    """Write down a promotion, a corrected start of clinical work, a renewed certificate, a new work phone."""
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    if title is not None:
        _judge_title(title, problems)
    if clinical_since is not None:
        _forms.not_after("clinical_since", "临床护理起始日", clinical_since, today, problems)
    if phone is not None:
        phone = _forms.text("phone", "工作电话", phone, 20, problems, required=False)
    _forms.stop_at(problems)
    given = {
        "title": title,
        "clinical_since": clinical_since,
        "certificate_expires_on": certificate_expires_on,
        "phone": phone,
    }
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
        with recording("nurses.standing_updated", target=nurse, by=by, now=now) as entry:
            changed = {name: value for name, value in given.items() if value is not None}
            for name, value in changed.items():
                setattr(nurse, name, value)
            nurse.save(update_fields=sorted(changed))
            entry.data["fields"] = sorted(changed)
            entry.payload["nurse"] = nurse.pk
    return nurse


def _judge_title(title, problems):
    if title not in Title.values:
        problems.append(Refusal("nurse.title_unknown", "请选择技术职称。", access.CLAUSE, field="title"))
