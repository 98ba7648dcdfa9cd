"""Beginning a post for somebody who may have no account yet: account and post come together, or neither does."""

from datetime import date, datetime

from django.db import transaction

from accounts import services as accounts
from accounts.models import Organization, Post, User
from accounts.roles import Role
from kernel.actors import Actor
from nurses import services as nurses
from nurses.models import Affiliation, Nurse


def begin_post(
    *, known: User | None, username: str, display_name: str, password: str, organisation: Organization, role: Role,
    starts_on: date, ends_on: date | None, by: Actor, now: datetime,
) -> Post:  # fmt: skip
    """:raises kernel.refusals.Refused: the password is weak, or the role is held already"""
    with transaction.atomic():
        user = known or accounts.create_user(
            username=username, display_name=display_name, password=password, by=by, now=now
        )
        return accounts.begin_post(
            user=user, organisation=organisation, role=role, starts_on=starts_on, ends_on=ends_on, by=by, now=now
        )


def take_on_nurse(
    *, known: User | None, username: str, display_name: str, password: str, organisation: Organization, kind: str,
    starts_on: date, ends_on: date | None, by: Actor, now: datetime, **file,
) -> Affiliation:  # fmt: skip
    """
    Open a nurse's file if she has none, and tie her to the centre, registered or filed.

    :raises kernel.refusals.Refused: the certificate is somebody else's, or she is tied to the centre already
    """
    with transaction.atomic():
        user = known or accounts.create_user(
            username=username, display_name=display_name, password=password, by=by, now=now
        )
        nurse = Nurse.objects.select_related("user").filter(user=user).first()
        if nurse is None:
            nurse = nurses.file_nurse(user=user, by=by, now=now, **file)
        return nurses.affiliate(
            nurse=nurse, organisation=organisation, kind=kind, starts_on=starts_on, ends_on=ends_on, by=by, now=now
        )
