"""The nurses: most of them fit for every visit, and at least one for each rule that can say no."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts import services as accounts
from accounts.roles import Role
from catalog.models import CertificateKind
from desks.demo import people
from desks.demo.clock import CLOSES, OPENS
from desks.demo.district import MAIN, SETUP, SINCE, Centre, District
from desks.demo.staff import open_account
from nurses import services
from nurses.models import Affiliation, Insurance, Nurse, Title, Training

TITLES = {label: value for value, label in Title.choices}
EVERY_CERTIFICATE = ("pd", "picc", "wound_ostomy", "hospice")
# At the main centre stands what a visitor wants to see; the other flaws are spread over the district.
AT_MAIN = ("demo-nurse", "demo-nurse-2", "demo-nurse-3", "demo-nurse-flawed", "", "", "", "")
FLAWED_AT_MAIN = {3: "training", 6: "insurance", 7: "leave"}
ON_LEAVE = "leave"
ROSTER_DAYS = 14
TRAVEL = timedelta(minutes=25)
MOST_VISITS = 5


@dataclass
class DemoNurse:
    """A nurse as the stories seat her: what she may do, when she works, where she is expected."""

    row: Nurse
    centre: Centre
    certificates: frozenset
    flaw: str = ""
    shifts: set[date] = field(default_factory=set)
    visits: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def fit(self) -> bool:
        return not self.flaw

    def takes(self, items, start: datetime, end: datetime) -> bool:
        return self.fit and self.can(items) and self.free(start, end)

    def can(self, items) -> bool:
        return all(demand.kind_id in self.certificates for item in items for demand in item.demands.all())

    def free(self, start: datetime, end: datetime) -> bool:
        same_day = [visit for visit in self.visits if visit[0].date() == start.date()]
        return len(same_day) < MOST_VISITS and not any(
            begins < end + TRAVEL and start < ends + TRAVEL for begins, ends in self.visits
        )


def hire(district: District) -> None:
    draw, index = district.draw("nurses"), 0
    kinds = {kind.pk: kind for kind in CertificateKind.objects.all()}
    spread = iter([*people.FLAWS, ON_LEAVE])
    for centre in district.centres:
        many = len(AT_MAIN) if centre.no == MAIN else draw.choice((4, 4, 4, 5, 5, 6))
        for place in range(many):
            if centre.no == MAIN:
                flaw, username = FLAWED_AT_MAIN.get(place, ""), AT_MAIN[place]
            else:
                flaw, username = next(spread, "") if place == many - 1 else "", ""
            wanted = EVERY_CERTIFICATE if centre.no == MAIN and place < 3 else None
            known = district.people.nurse(
                index, flaw=flaw if flaw in people.FLAWS else "", certificates=wanted if not flaw else None
            )
            username = username or f"c{centre.no:02}-nurse-{place + 1}"
            centre.nurses.append(_hire_one(district, centre, known, flaw, username, kinds))
            index += 1


def _hire_one(district, centre, known, flaw, username, kinds) -> DemoNurse:
    said = {"by": SETUP, "now": district.setup_at}
    setup_day, today = district.clock.day(-90), district.clock.today
    user = open_account(district, username, known.name)
    centre.users.setdefault(Role.NURSE.value, []).append(user)
    nurse = services.file_nurse(
        user=user,
        sex=known.sex,
        certificate_number=known.certificate_no,
        certificate_expires_on=known.licence_until,
        title=TITLES[known.title],
        clinical_since=min(known.clinical_since, setup_day),
        phone=known.phone,
        is_demo=True,
        **said,
    )
    services.affiliate(
        nurse=nurse,
        organisation=centre.organisation,
        kind=Affiliation.Kind(known.registration).value,
        starts_on=SINCE,
        **said,
    )
    services.record_registry_check(
        nurse_id=nurse.pk,
        checked_on=setup_day,
        found=known.in_register,
        source="国家护士电子化注册信息系统人工查询",
        evidence=f"查询截图 {known.code}",
        **said,
    )
    for code in known.certificates:
        services.record_certificate(
            nurse_id=nurse.pk,
            kind=kinds[code],
            number=f"{known.code}-{code[:4].upper()}",
            issued_on=setup_day - timedelta(days=400),
            expires_on=today + timedelta(days=500),
            **said,
        )
    passed = min(setup_day, known.trained_until - timedelta(days=365))
    for kind, hours in ((Training.Kind.SAFETY, 8), (Training.Kind.SKILLS, 24)):
        services.record_training(
            nurse_id=nurse.pk,
            kind=kind.value,
            hours=Decimal(hours),
            score=86 + known.birth.day % 12,
            passed_on=passed,
            expires_on=known.trained_until,
            **said,
        )
    for kind in Insurance.Kind:
        services.record_insurance(
            nurse_id=nurse.pk,
            kind=kind.value,
            insurer="演示财产保险公司",
            policy_number=f"{known.code}-{kind.value[:4].upper()}",
            starts_on=min(setup_day, known.insured_until - timedelta(days=365)),
            expires_on=known.insured_until,
            **said,
        )
    return DemoNurse(nurse, centre, frozenset(known.certificates), flaw)


def plan_rosters(district: District) -> None:
    """
    Plan the coming fortnight: at the main centre everybody every day, elsewhere two days out of seven each.

    Past shifts are planned with the visits that need them.
    """
    for centre in district.centres:
        for place, nurse in enumerate(centre.nurses):
            for ahead in range(ROSTER_DAYS):
                at_main = centre.no == MAIN
                if at_main or (ahead + 2 * place) % 7 < 2:
                    ensure_shift(district, nurse, district.clock.day(ahead), around_now=at_main and ahead == 0)


def ensure_shift(district: District, nurse: DemoNurse, day: date, *, around_now: bool = False) -> None:
    """
    Plan a working day for the nurse, a week before, by the centre's administrator; once.

    ``around_now`` is for today and for those who are out at this very moment.
    """
    if day in nurse.shifts:
        return
    nurse.shifts.add(day)
    clock, ahead = district.clock, (day - district.clock.today).days
    hours = clock.span_around_now if around_now else (clock.at(ahead, OPENS), clock.at(ahead, CLOSES))
    services.plan_shift(
        nurse_id=nurse.row.pk,
        organisation_id=nurse.centre.organisation.pk,
        starts_at=hours[0],
        ends_at=hours[1],
        by=district.actor(nurse.centre.users[Role.CENTRE_ADMIN.value][0]),
        now=clock.at(min(ahead, 0) - 7, 16),
    )


def let_some_go(district: District) -> None:
    """The flaws that need an act of somebody: an exclusion, an ended post, a leave."""
    clock = district.clock
    for centre in district.centres:
        admin = district.actor(centre.users[Role.CENTRE_ADMIN.value][0])
        for nurse in centre.nurses:
            if nurse.flaw == "exclusion":
                services.exclude(
                    nurse_id=nurse.row.pk,
                    kind="违规执业",
                    reason="未经派单私自上门并收取费用",
                    evidence="区卫生健康委处理决定（演示）",
                    by=district.actor(district.users["demo-supervisor"]),
                    now=clock.at(-30, 10),
                )
            elif nurse.flaw == "post":
                post = nurse.row.affiliations.get().post_id
                accounts.end_post(post_id=post, reason="调往其他机构工作", by=admin, now=clock.at(-10, 16))
            elif nurse.flaw == ON_LEAVE:
                services.plan_leave(
                    nurse_id=nurse.row.pk,
                    organisation_id=centre.organisation.pk,
                    starts_at=clock.at(-3, 0),
                    ends_at=clock.at(ROSTER_DAYS, 0),
                    by=district.actor(nurse.row.user),
                    now=clock.at(-9, 12),
                )
