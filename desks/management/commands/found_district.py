"""
The first day of a real installation: the commission, the papers it publishes, and the institutions of its list.

No centre may serve by this alone: each files its licence and service modes on its own page, and the commission approves
them and assigns the towns. Safe to run again, which adds what the list has more.
"""

import csv
from datetime import date, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from accounts.models import Organization
from catalog import loading as catalog_loading
from catalog import selectors as catalog_selectors
from catalog import services as catalog
from institutions import loading as institution_loading
from kernel.actors import system
from patients import selectors as patients_selectors
from patients import services as patients
from patients import texts
from patients.models import PaperText

SETUP = system("found_district")
COLUMNS = ("kind", "name", "short_name", "parent", "phone", "address")


class Command(BaseCommand):
    help = "Found the district: commission, towns, list of items, negative list, papers to sign, institutions."

    def add_arguments(self, parser):
        parser.add_argument("name", help="the commission's full name")
        parser.add_argument("--short-name", required=True)
        parser.add_argument(
            "--organisations",
            type=Path,
            help=f"CSV with the columns {','.join(COLUMNS)}; kind is hospital, centre or provider, parent a short name",
        )
        parser.add_argument(
            "--effective-from", type=date.fromisoformat, help="first day of list and papers; today unless given"
        )

    def handle(self, *args, name, short_name, organisations, effective_from, **options):
        now = timezone.now()
        with transaction.atomic():
            commission = self.commission(name, short_name, now)
            self.publish(commission, effective_from or timezone.localdate(now), now)
            if organisations:
                self.organisations(commission, organisations, now)
        self.stdout.write("Next: `manage.py appoint` gives each institution its first administrator.")

    def commission(self, name: str, short_name: str, now: datetime) -> Organization:
        institution_loading.load_district(institution_loading.read(), by=SETUP, now=now)
        known = accounts_selectors.commission()
        if known:
            if known.name != name:
                raise CommandError(f"this installation serves {known.name} already; another district needs its own")
            return known
        accounts.create_organisation(
            kind=Organization.Kind.PLATFORM, name="护到家平台", short_name="平台", by=SETUP, now=now
        )
        self.stdout.write(f"commission: {name}")
        return accounts.create_organisation(
            kind=Organization.Kind.COMMISSION, name=name, short_name=short_name, by=SETUP, now=now
        )

    def publish(self, commission: Organization, start: date, now: datetime) -> None:
        if catalog_selectors.edition_in_force(commission.pk, start) is None:
            edition = catalog.publish_edition(
                district=commission, data=catalog_loading.read(), effective_from=start, by=SETUP, now=now
            )
            self.stdout.write(f"list of items: {edition}")
        catalog_loading.load_negative_list(commission, starts_on=start, by=SETUP, now=now)
        for kind in PaperText.Kind.values:
            if patients_selectors.text_in_force(commission.pk, kind, start) is None:
                text = patients.publish_text(
                    district=commission, kind=kind, text=texts.first(kind), effective_on=start, by=SETUP, now=now
                )
                self.stdout.write(f"paper to sign: {text}")

    def organisations(self, commission: Organization, path: Path, now: datetime) -> None:
        known = {place.short_name: place for place in accounts_selectors.members_of_district(root_id=commission.pk)}
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                if row["short_name"] in known:
                    continue
                parent = known.get(row["parent"]) if row["parent"] else commission
                if parent is None:
                    raise CommandError(f"line {number}: there is no institution {row['parent']!r} above this line")
                if row["kind"] not in {"hospital", "centre", "provider"}:
                    raise CommandError(f"line {number}: kind is hospital, centre or provider, not {row['kind']!r}")
                known[row["short_name"]] = accounts.create_organisation(
                    kind=row["kind"],
                    name=row["name"],
                    short_name=row["short_name"],
                    parent=parent,
                    phone=row["phone"],
                    address=row["address"],
                    by=SETUP,
                    now=now,
                )
                self.stdout.write(f"institution: {row['name']}")
