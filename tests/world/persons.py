"""
Builders of people, by real verbs: families, patients, nurses.

Nobody real can be meant: identity numbers carry the county code 310199, which was never assigned, and telephones start
with 154, which is not allocated.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from accounts import services as accounts
from accounts.models import Organization, User
from catalog.models import CertificateKind
from institutions.models import Town
from kernel.actors import Actor
from kernel.identity import check_character
from nurses import services as nurses
from nurses.models import Affiliation, Insurance, Nurse, Title, Training
from patients import selectors
from patients import services as patients
from patients.models import Patient, Proxy
from tests.world.places import NOW, SETUP, WEIFANG, actor, person

_numbers = count(1)
BORN = date(1943, 5, 17)  # whoever is made here, unless told otherwise

# What can be wrong with a nurse, named like the rule that finds it (``nurse.years`` and so on).
FLAWS = (
    "post",
    "years",
    "title",
    "registry",
    "licence",
    "exclusion",
    "certificate",
    "training",
    "insurance",
    "shift",
)


def citizen_number(i: int, *, born: date = date(1943, 5, 19), sex: str = "female") -> str:
    """
    A well-formed resident identity number that nobody has.

    Its birthday is not the one of :func:`facts`, whose counter comes by every number of its own day again and again.
    """
    body = f"310199{born:%Y%m%d}{2 * (i % 500) + (sex == 'male'):03d}"
    return body + check_character(body)


def facts(**changed: Any) -> dict[str, Any]:
    """What ``patients.services.register`` takes, about somebody new; each call another person."""
    i = next(_numbers)
    born, sex = changed.pop("born", BORN), changed.pop("sex_in_number", "female")
    town = changed.pop("town", WEIFANG)
    return {
        "name": "沈玉兰",
        "identity_kind": "resident_id",
        "identity_number": citizen_number(i, born=born, sex=sex),
        "phone": f"154{i:08d}",
        "town": town if isinstance(town, Town) else Town.objects.get(pk=town),
        "address": "芦荻路 12 弄 3 号 401 室",
        "group": "advanced_age",
        "contact_name": "沈家明",
        "contact_relation": "儿子",
        "contact_phone": f"1549{i:07d}",
        **changed,
    }


def patient(*, by: Actor = SETUP, now: datetime = NOW, **changed: Any) -> Patient:
    """Somebody new on record, living in 潍坊 unless told otherwise."""
    return patients.register(**facts(**changed), by=by, now=now)


def family(user: User | None = None, *, on: date | None = None) -> Actor:
    """The account as it acts: for whom it is linked today. Ask again after a change, as a new request would."""
    user = user or person("沈家明")
    known = actor(user, on or NOW.date())
    mine, scopes = selectors.links(user, on or NOW.date())
    return Actor(
        kind=known.kind, id=known.id, name=known.name, user_id=user.pk, orgs=known.orgs, patients=mine, scopes=scopes
    )


def with_account() -> tuple[Patient, Actor]:
    """A patient who registered herself, and her account as it acts."""
    patient = patients.register_for_family(**facts(), relation="本人", by=family(), now=NOW)
    return patient, family(patient.user)


def proxy_of(patient: Patient, by: Actor, user: User | None = None, **changed: Any) -> Proxy:
    """A daughter who may apply and sign for three months, unless told otherwise."""
    given = {
        "relation": "女儿",
        "scopes": ["apply", "sign"],
        "expires_on": NOW.date() + timedelta(days=90),
        "user": user or person("沈佳"),
        **changed,
    }
    return patients.add_proxy(patient_id=patient.pk, by=by, now=NOW, **given)


def nurse(
    centre: Organization,
    *,
    fails: Iterable[str] = (),
    name: str = "顾晓雯",
    user: User | None = None,
    certificates: Iterable[str] | None = None,
    kind: str = Affiliation.Kind.REGISTERED,
    days: int = 7,
    now: datetime = NOW,
) -> Nurse:
    """
    A nurse of the centre who may be sent everywhere, except for what ``fails`` names (see ``FLAWS``).

    She works from 8:00 to 18:00 today and on the days after, and holds every special certificate there is.
    """
    flaws = {fails} if isinstance(fails, str) else set(fails)
    assert flaws <= set(FLAWS), flaws - set(FLAWS)
    today, said = timezone.localdate(now), {"by": SETUP, "now": now}
    made = nurses.file_nurse(
        user=user or person(name, now=now),
        sex="female",
        certificate_number=f"2015310{next(_numbers):06d}",
        certificate_expires_on=today + timedelta(days=-1 if "licence" in flaws else 900),
        title=Title.NURSE if "title" in flaws else Title.SUPERVISOR,
        clinical_since=today - timedelta(days=366 * (3 if "years" in flaws else 12)),
        **said,
    )
    tie = nurses.affiliate(nurse=made, organisation=centre, kind=kind, starts_on=date(2024, 2, 1), **said)
    if "registry" not in flaws:
        nurses.record_registry_check(
            nurse_id=made.pk, checked_on=today, found=True, source="人工查询", evidence="查询页截图 01 号", **said
        )
    held = (
        CertificateKind.objects.all() if certificates is None else CertificateKind.objects.filter(pk__in=certificates)
    )
    for special in () if "certificate" in flaws else held:
        nurses.record_certificate(
            nurse_id=made.pk,
            kind=special,
            number=f"ZX-{made.pk}",
            issued_on=today - timedelta(days=100),
            expires_on=today + timedelta(days=600),
            **said,
        )
    for training in () if "training" in flaws else Training.Kind:
        nurses.record_training(
            nurse_id=made.pk,
            kind=training,
            hours=Decimal(8),
            score=92,
            passed_on=today - timedelta(days=30),
            expires_on=today + timedelta(days=335),
            **said,
        )
    for insurance in () if "insurance" in flaws else Insurance.Kind:
        nurses.record_insurance(
            nurse_id=made.pk,
            kind=insurance,
            insurer="示例财产保险",
            policy_number=f"BD-{made.pk}",
            starts_on=today - timedelta(days=30),
            expires_on=today + timedelta(days=335),
            **said,
        )
    for day in () if "shift" in flaws else range(days):
        morning = timezone.make_aware(datetime.combine(today + timedelta(days=day), time(8)))
        nurses.plan_shift(
            nurse_id=made.pk,
            organisation_id=centre.pk,
            starts_at=morning,
            ends_at=morning + timedelta(hours=10),
            **said,
        )
    if "exclusion" in flaws:
        nurses.exclude(nurse_id=made.pk, kind="不良执业行为", reason="冒签记录", evidence="区卫健委通报 3 号", **said)
    if "post" in flaws:
        accounts.end_post(post_id=tie.post_id, reason="调离", **said)
    return made
