"""Gives a person a post from the command line: the first administrators, whom nobody could appoint on a page."""

import getpass

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import services
from accounts.models import Organization, User
from accounts.roles import POSTS, Role
from kernel.actors import system
from kernel.refusals import Refused

SETUP = system("appoint")


class Command(BaseCommand):
    help = "Appoint a person to a post; asks for a password when the account is new."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("display_name", help="the person's name")
        parser.add_argument("role", choices=sorted(POSTS - {Role.NURSE}), metavar="role", help="e.g. centre_admin")
        parser.add_argument("organisation", help="short name, e.g. 潍坊")

    def handle(self, *args, username, display_name, role, organisation, **options):
        now = timezone.now()
        place = Organization.objects.filter(short_name=organisation).first()
        if place is None:
            raise CommandError(f"there is no institution with the short name {organisation!r}")
        try:
            user = User.objects.filter(username=username).first()
            if user is None:
                user = services.create_user(
                    username=username, display_name=display_name, password=self.password(), by=SETUP, now=now
                )
            post = services.begin_post(
                user=user, organisation=place, role=Role(role), starts_on=timezone.localdate(now), by=SETUP, now=now
            )
        except Refused as no:
            raise CommandError(no.sentence) from no
        self.stdout.write(str(post))

    def password(self) -> str:
        first = getpass.getpass("Password (12 characters or more): ")
        if getpass.getpass("Once more: ") != first:
            raise CommandError("the two differ")
        return first
