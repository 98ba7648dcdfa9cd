"""A whole district by the platform's own verbs: centres with desks and nurses, and orders that wait to be sent out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from institutions.models import Town
from orders.lifecycle import OrderStatus
from patients import services as patients
from tests import world
from tests.world import persons, places

PASSWORD = "Hu-Dao-Jia-2026"  # noqa: S105 of invented people


@dataclass
class District:
    """Who can log in, and what waits."""

    town: SimpleNamespace
    centres: list[Organization]
    desks: list[str] = field(default_factory=list)
    nurses: list[int] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)


def build(*, centres: int, desks: int, nurses: int, orders: int, say: Callable[[str], None] = print) -> District:
    """Make the district; ``desks``, ``nurses`` and ``orders`` are dealt out to the centres in turn."""
    now = timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0)
    t = world.town(now=now if now <= timezone.now() else now - timedelta(days=1))
    towns = [Town.objects.get(pk=places.WEIFANG), *Town.objects.exclude(pk=places.WEIFANG).order_by("code")]
    others = [
        places.offering_centre(t.hospital, t.edition, t.now, towns=(towns[n % len(towns)].pk,), name=f"{n} 号")
        for n in range(1, centres)
    ]
    made = District(t, [t.centre, *others])
    doctors = {centre.pk: places.post(centre, Role.DOCTOR, now=t.now).user for centre in others}
    for number in range(desks):
        user = places.person(f"专员{number}", username=f"bench-desk-{number}", now=t.now)
        places.post(made.centres[number % centres], Role.DISPATCHER, user=user, now=t.now)
        user.set_password(PASSWORD)
        user.save()
        made.desks.append(user.username)
    for number in range(nurses):
        centre = made.centres[number % centres]
        made.nurses.append(persons.nurse(centre, name=f"护士{number}", now=t.now, days=3).pk)
    say(f"{centres} centres, {desks} desks, {nurses} nurses")
    for number in range(orders):
        at = number % centres
        # A day of birth has numbers for five hundred; a district has more patients.
        born = date(1936, 1, 1) + timedelta(days=number)
        seen = _door(t, made.centres[at], towns[at % len(towns)], doctors, born)
        made.orders.append(world.order(seen, at=OrderStatus.AWAITING_DISPATCH).pk)
    say(f"{orders} orders wait to be sent out")
    return made


def _door(t, centre, town, doctors, born) -> SimpleNamespace:
    """The town as seen from the door of somebody new who lives where this centre serves."""
    patient = persons.patient(by=places.SETUP, now=t.now, town=town, born=born)
    patients.add_proxy(
        patient_id=patient.pk, user=t.users[Role.PROXY], relation="侄子", scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate(t.now) + timedelta(days=300), by=places.SETUP, now=t.now,
    )  # fmt: skip
    users = dict(t.users)
    if centre.pk in doctors:
        users[Role.DOCTOR] = doctors[centre.pk]
        users[Role.DISPATCHER] = centre.posts.filter(role=Role.DISPATCHER).first().user
    seen = SimpleNamespace(**{**vars(t), "patient": patient, "centre": centre, "users": users})
    seen.actor = lambda role: persons.family(users[role], on=timezone.localdate(t.now))
    return seen
