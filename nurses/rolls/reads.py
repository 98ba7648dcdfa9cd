"""A list as it stands against the database, for the dry run and for the act alike: the same question, asked twice."""

from datetime import date

from accounts.models import Organization, User
from institutions import selectors as institutions
from nurses import sheets
from nurses.imports import NurseImport
from nurses.models import Affiliation, Insurance, Nurse, Training
from nurses.rolls import judging, reading
from nurses.rolls.table import PAPERS, Account, Known, Roll

SHOWN = 20


def roll(*, content: bytes, organisation: Organization, today: date) -> Roll:
    """
    Read and judge a list without writing anything, in a number of queries that does not grow with it.

    :raises kernel.refusals.Invalid: the file itself cannot be read
    """
    found = reading.read(sheets.read(content, also=PAPERS), today=today)
    return judging.judge(found, _known(found, organisation, today))


def imports(organisation_id: int) -> list[NurseImport]:
    """The newest lists that were taken over."""
    rows = NurseImport.objects.filter(organisation=organisation_id).select_related("applied_by")
    return list(rows.order_by("-applied_at", "-pk")[:SHOWN])


def _known(found: Roll, organisation: Organization, today: date) -> Known:
    usernames = {one.values["username"] for one in found.lines if "username" in one.values}
    numbers = {one.values["certificate_number"] for one in found.lines if "certificate_number" in one.values}
    files = Nurse.objects.filter(certificate_number__in=numbers).values_list("certificate_number", "user__username")
    accounts = User.objects.filter(username__in=usernames).select_related("nurse")
    here = set(
        Affiliation.objects.filter(
            nurse__user__in=accounts, post__organisation=organisation, post__ended_at__isnull=True
        )
        .exclude(post__ends_on__lt=today)
        .values_list("nurse", flat=True)
    )
    roster, on_file = _papers(found, organisation, today) if found.papers else ({}, frozenset())
    return Known(
        today=today,
        settings=institutions.settings_of(organisation, today),
        accounts={user.username: _account(user, here) for user in accounts},
        holders=dict(files),
        roster=roster,
        on_file=on_file,
    )


def _papers(found: Roll, organisation: Organization, today: date) -> tuple[dict[str, int], frozenset]:
    """Which of the nurses that further sheets name belong here, and which papers of theirs are on record."""
    numbers = {one.values.get("nurse") for lines in found.papers.values() for one in lines}
    tied = Affiliation.objects.filter(
        nurse__certificate_number__in=numbers - {None}, post__organisation=organisation, post__ended_at__isnull=True
    ).exclude(post__ends_on__lt=today)
    roster = dict(tied.values_list("nurse__certificate_number", "nurse"))
    nurses = [*roster.values()]
    trained = Training.objects.filter(nurse__in=nurses).values_list("nurse", "kind", "passed_on", "expires_on")
    insured = Insurance.objects.filter(nurse__in=nurses).values_list("nurse", "kind", "policy_number")
    return roster, frozenset({("培训", *row) for row in trained} | {("保险", *row) for row in insured})


def _account(user: User, here: set[int]) -> Account:
    nurse = getattr(user, "nurse", None)
    return Account(
        user_id=user.pk,
        name=user.display_name,
        active=user.is_active,
        certificate_number=nurse.certificate_number if nurse else "",
        nurse_id=nurse.pk if nurse else None,
        here=bool(nurse and nurse.pk in here),
    )
