"""The district: commission, lead hospitals with their alliances, centres with the papers by which they may serve."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from accounts import services as accounts
from accounts.models import Organization, User
from catalog import loading as catalog_loading
from catalog import selectors as catalog_selectors
from catalog import services as catalog
from catalog.models import Edition, Item
from desks.demo import texts
from desks.demo.clock import Clock
from desks.demo.people import People
from institutions import loading, services
from institutions.models import Filing, RuleSet, Town
from kernel.actors import Actor, system
from patients import services as patient_services
from patients import texts as papers
from patients.actors import actor_for
from patients.models import PaperText

SETUP = system("demo.setup")
SINCE = date(2024, 3, 1)  # the first day of work under the list of 2024
MAIN = 3  # 金杨: here every demo account works, and here the demo family's patient lives
SUSPENDED, PENDING = 47, 46  # each shares its town with another centre, so nobody stays without one
CENTRES = 47

OPTED_OUT = (
    (8, "目前没有取得腹膜透析专科资质的护士，正在安排培训"),
    (19, "安宁疗护团队正在组建，暂由牵头医院承接"),
    (4, "疑难造口由牵头医院专科护士门诊承接"),
    (9, "PICC 维护培训合格的护士休产假，预计三个月后恢复"),
)


@dataclass
class Centre:
    """A centre with the people who work there. ``nurses`` hold what the stories need to seat them."""

    no: int
    organisation: Organization
    hospital: Organization
    town: dict
    items: dict[int, Item]  # offered here, by number
    users: dict[str, list[User]] = field(default_factory=dict)
    nurses: list[Any] = field(default_factory=list)
    serves: bool = True

    @property
    def name(self) -> str:
        return self.organisation.short_name


@dataclass
class District:
    clock: Clock
    people: People
    seed: int
    say: Callable[[str], None]
    commission: Organization = None  # type: ignore[assignment]
    platform: Organization = None  # type: ignore[assignment]
    hospitals: list[Organization] = field(default_factory=list)
    centres: list[Centre] = field(default_factory=list)
    edition: Edition = None  # type: ignore[assignment]
    shown: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    _actors: dict[int, Actor] = field(default_factory=dict)
    _staff: int = 0
    _patients: int = 0

    @property
    def main(self) -> Centre:
        return next(centre for centre in self.centres if centre.no == MAIN)

    @property
    def setup_at(self):
        """Long before the first story."""
        return self.clock.at(-90, 9)

    def draw(self, about: str) -> Random:
        """A source of chance of its own for each subject, so that more of one changes nothing in another."""
        return Random(f"{self.seed}:{about}")

    def actor(self, user: User) -> Actor:
        """The person as one acts. Posts last for the whole demonstration, so each is put together once."""
        if user.pk not in self._actors:
            self._actors[user.pk] = actor_for(user, on=self.clock.today)
        return self._actors[user.pk]

    def forget(self, user: User) -> None:
        """Ask again next time: the person's posts or patients have changed."""
        self._actors.pop(user.pk, None)

    def next_staff(self) -> int:
        self._staff += 1
        return self._staff

    def next_patient(self) -> int:
        self._patients += 1
        return self._patients


def build(district: District, *, centres: int = CENTRES) -> None:
    """Set up the places. ``centres`` may be fewer where a small world is enough; the main one is always there."""
    now, data = district.setup_at, loading.read()
    loading.load_district(data, by=SETUP, now=now)
    district.platform = accounts.create_organisation(
        kind=Organization.Kind.PLATFORM, name="护到家平台", short_name="护到家平台", by=SETUP, now=now
    )
    district.commission = accounts.create_organisation(
        kind=Organization.Kind.COMMISSION,
        name="上海市浦东新区卫生健康委员会（演示）",
        short_name="浦东新区卫健委",
        phone="021-50000000",
        by=SETUP,
        now=now,
    )
    services.save_profile(
        organisation=district.commission,
        supervision_phone="12320",
        responsible_department="基层卫生与护理管理处",
        introduction="负责全区上门护理服务的监督管理。",
        by=SETUP,
        now=now,
    )
    _publish(district)
    towns = {row["code9"]: row for row in data["towns"]}
    rows = {row["no"]: row for row in data["centres"]}
    items = {item.number: item for item in catalog_selectors.items(district.edition.pk)}
    for alliance in data["alliances_ours"]["alliances"]:
        hospital = _hospital(district, alliance, data, towns)
        for no in alliance["centres"]:
            if no <= centres or no == MAIN:
                district.centres.append(_centre(district, rows[no], hospital, towns, items))
    district.centres.sort(key=lambda centre: centre.no)


def _publish(district):
    """What the commission publishes for all: the list of items, the negative list, the two papers."""
    now, commission = district.setup_at, district.commission
    district.edition = catalog.publish_edition(
        district=commission,
        data=catalog_loading.read(),
        effective_from=date(2024, 2, 1),
        admission_note="经需求、风险、可操作性、居家环境和专家意见五方面论证，同意纳入首批目录。",
        by=SETUP,
        now=now,
    )
    catalog_loading.load_negative_list(commission, starts_on=date(2024, 2, 1), by=SETUP, now=now)
    for kind in PaperText.Kind.values:
        published = patient_services.publish_text(
            district=commission, kind=kind, text=papers.first(kind), effective_on=date(2024, 2, 1), by=SETUP, now=now
        )
        district.shown[kind] = published.sha256


def _hospital(district, alliance, data, towns):
    seat = towns[alliance["seat_town_code9"]]
    known = next(row for row in data["hospitals"] if row["name"] == alliance["lead_hospital"])
    hospital = accounts.create_organisation(
        kind=Organization.Kind.HOSPITAL,
        name=alliance["lead_hospital"],
        short_name=alliance["name"].split("医联体")[0],
        parent=district.commission,
        address=known["address"] or "",
        lon=seat["lon"],
        lat=seat["lat"],
        by=SETUP,
        now=district.setup_at,
    )
    district.hospitals.append(hospital)
    return hospital


def _centre(district, row, hospital, towns, items) -> Centre:
    now, today = district.setup_at, district.clock.today
    phone = f"021-5000{row['no']:04}"
    organisation = accounts.create_organisation(
        kind=Organization.Kind.CENTRE,
        name=row["full_name"],
        short_name=row["short_name"],
        parent=hospital,
        phone=phone,
        address=row["address"] or "",
        lon=row["lon"],
        lat=row["lat"],
        by=SETUP,
        now=now,
    )
    services.record_licence(
        organisation=organisation,
        number=f"PDY{row['no']:06d}31011512D1102",
        scope="全科医疗科；中医科；护理；康复医学科",
        issued_on=date(today.year - 2, 1, 1),
        expires_on=date(today.year + 3, 12, 31),
        by=SETUP,
        now=now,
    )
    modes = Filing.Mode.values if row["no"] % 3 == 0 else [Filing.Mode.values[row["no"] % 3]]
    for mode in modes:
        filed = services.file_mode(organisation=organisation, mode=mode, note="申请开展上门护理。", by=SETUP, now=now)
        if row["no"] != PENDING:
            services.decide_filing(filing_id=filed.pk, approve=True, note="材料齐全。", by=SETUP, now=now)
    for code in row["jurisdiction_ours"]:
        town = Town.objects.get(pk=code)
        services.assign_town(organisation=organisation, town=town, starts_on=SINCE, by=SETUP, now=now)
    services.save_profile(
        organisation=organisation,
        supervision_phone=phone,
        responsible_department="护理部",
        introduction=f"{row['short_name']}中心为辖区居民提供上门护理服务。",
        by=SETUP,
        now=now,
    )
    left_out = _opted_out(district, row["no"])
    for number, reason in left_out.items():
        catalog.opt_out(
            organisation=organisation, item_id=items[number].pk, reason=reason, starts_on=SINCE, by=SETUP, now=now
        )
    catalog.opt_in_all(organisation=organisation, edition_id=district.edition.pk, starts_on=SINCE, by=SETUP, now=now)
    return Centre(
        no=row["no"],
        organisation=organisation,
        hospital=hospital,
        town=towns[row["jurisdiction_ours"][0]],
        items={number: item for number, item in items.items() if number not in left_out},
        serves=row["no"] not in (SUSPENDED, PENDING),
    )


def _opted_out(district, no) -> dict[int, str]:
    """Every third centre leaves something out and says why; the main one offers everything (应开尽开)."""
    if no == MAIN or no % 3:
        return {}
    draw = district.draw(f"offerings:{no}")
    return dict(draw.sample(OPTED_OUT, draw.randint(1, 2)))


def publish_rules(district: District, *, some: int = 6) -> None:
    """The ten management systems of some centres, and who has read them; at the main centre everybody has."""
    others = [centre for centre in district.centres if centre.no != MAIN]
    for centre in [district.main, *others[: some - 1]]:
        admin = district.actor(centre.users["centre_admin"][0])
        now = district.clock.at(-80, 9)
        for kind, words in texts.RULES.items():
            rule_set = services.publish_rule_set(
                organisation=centre.organisation,
                kind=RuleSet.Kind(kind).value,
                text=words.format(centre=centre.organisation.name),
                effective_on=district.clock.day(-79),
                by=admin,
                now=now,
            )
            everybody = centre.no == MAIN
            readers = [user for users in centre.users.values() for user in users] if everybody else [*_few(centre)]
            for minutes, user in enumerate(readers):
                read_at = now + timedelta(days=1, minutes=3 * minutes)
                services.acknowledge(rule_set_id=rule_set.pk, by=district.actor(user), now=read_at)


def _few(centre):
    for role in ("centre_admin", "dispatcher"):
        yield centre.users[role][0]


def suspend_one(district: District) -> None:
    """The commission stops one centre, by the hand of its supervisor."""
    centre = next((one for one in district.centres if one.no == SUSPENDED), None)
    if centre:
        services.suspend(
            organisation=centre.organisation,
            starts_on=district.clock.day(-20),
            reason="医疗废物处置不规范，责令整改",
            clause="002 五(二)1",
            by=district.actor(district.users["demo-supervisor"]),
            now=district.clock.at(-20, 10),
        )
