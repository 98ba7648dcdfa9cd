"""Builders of places, by real verbs: a district with its commission, and centres that may serve."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from accounts.models import Organization, Post, User
from accounts.roles import Role
from catalog import loading as catalog_loading
from catalog import services as catalog
from catalog.models import Edition
from institutions import loading, services
from institutions.models import Filing, Town
from kernel.actors import Actor, system
from tests.world import traces

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()

SETUP = system("tests")

WEIFANG, LUJIAZUI = "310115004", "310115005"


def last_nine() -> datetime:
    """The last nine o'clock: already past by the real clock, and the visits of its next day still lie ahead."""
    today = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    return today if today <= timezone.now() else today - timedelta(days=1)


def district(now: datetime = NOW, *, name: str = "浦东新区卫生健康委") -> Organization:
    """A commission, and the towns of the district."""
    traces.begin()
    loading.load_district(loading.read(), by=SETUP, now=now)
    return accounts.create_organisation(
        kind=Organization.Kind.COMMISSION, name=name, short_name=name[:20], by=SETUP, now=now
    )


def bare_centre(district: Organization, *, name: str = "潍坊", now: datetime = NOW) -> Organization:
    """A centre with no paper at all."""
    return accounts.create_organisation(
        kind=Organization.Kind.CENTRE,
        name=f"{name}社区卫生服务中心",
        short_name=name,
        parent=district,
        phone="02150000000",
        by=SETUP,
        now=now,
    )


def centre(
    district: Organization, towns: tuple[str, ...] = (WEIFANG,), *, name: str = "潍坊", now: datetime = NOW
) -> Organization:
    """A centre that may serve: licence, an approved filing, its towns, its profile."""
    made = bare_centre(district, name=name, now=now)
    licence(made, now=now)
    approved_filing(made, now=now)
    for code in towns:
        services.assign_town(
            organisation=made, town=Town.objects.get(pk=code), starts_on=date(2024, 2, 1), by=SETUP, now=now
        )
    services.save_profile(organisation=made, supervision_phone="021-58880000", by=SETUP, now=now)
    return made


def licence(centre: Organization, *, expires_on: date | None = None, now: datetime = NOW):
    return services.record_licence(
        organisation=centre,
        number=f"PDY{centre.pk:06d}31011512D1102",
        scope="全科医疗科；护理",
        issued_on=date(2023, 1, 1),
        expires_on=expires_on or now.date() + timedelta(days=1000),
        by=SETUP,
        now=now,
    )


def approved_filing(centre: Organization, *, mode: str = Filing.Mode.HOME_BED, now: datetime = NOW) -> Filing:
    filed = services.file_mode(organisation=centre, mode=mode, by=SETUP, now=now)
    return services.decide_filing(filing_id=filed.pk, approve=True, by=SETUP, now=now)


def edition(district: Organization, now: datetime = NOW) -> Edition:
    """The 2024 edition: 8 categories, 19 items."""
    data = catalog_loading.read()
    return catalog.publish_edition(district=district, data=data, effective_from=date(2024, 2, 1), by=SETUP, now=now)


def offering_centre(district: Organization, edition: Edition, now: datetime = NOW, **facts) -> Organization:
    """A centre that may serve and offers every item (应开尽开)."""
    made = centre(district, now=now, **facts)
    catalog.opt_in_all(organisation=made, edition_id=edition.pk, by=SETUP, now=now)
    return made


def person(display_name: str = "周建国", *, username: str = "", now: datetime = NOW) -> User:
    username = username or f"u{User.objects.count() + 1}"
    return accounts.create_user(username=username, display_name=display_name, by=SETUP, now=now)


def post(organisation: Organization, role: Role, *, user: User | None = None, now: datetime = NOW) -> Post:
    return accounts.begin_post(
        user=user or person(now=now),
        organisation=organisation,
        role=role,
        starts_on=date(2024, 2, 1),
        by=SETUP,
        now=now,
    )


def actor(user: User, on: date = TODAY) -> Actor:
    """The person as one acts: with every post held on the day."""
    return Actor(
        kind="user",
        id=str(user.pk),
        name=user.display_name,
        user_id=user.pk,
        orgs=accounts_selectors.orgs_by_role(user=user, on=on),
    )


def staff(organisation: Organization, role: Role, now: datetime = NOW) -> Actor:
    """Somebody new who holds this role there."""
    return actor(post(organisation, role, now=now).user, now.date())
