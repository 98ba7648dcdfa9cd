"""Nurses on file: who may write what, shifts, and who may see a file."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.models import Outbox
from catalog.models import CertificateKind
from institutions import services as institution_services
from kernel.refusals import Hidden, Invalid, NotYours, Refused, Unmet
from nurses import access, selectors, services
from nurses.models import Certificate, Nurse, RegistryCheck, Shift
from tests.world import persons, places, traces
from tests.world.places import NOW, SETUP, TODAY

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def edition(district):
    return places.edition(district)


@pytest.fixture
def centre(district, edition):
    return places.centre(district)


@pytest.fixture
def admin(centre):
    return places.staff(centre, Role.CENTRE_ADMIN)


@pytest.fixture
def supervisor(district):
    return places.staff(district, Role.SUPERVISOR)


def at(hour, day=TODAY):
    return timezone.make_aware(datetime.combine(day, time(hour)))


# --- writing the file ---


def filing(user, **changed):
    return {
        "user": user,
        "sex": "female",
        "certificate_number": "201531000088",
        "certificate_expires_on": TODAY + timedelta(days=900),
        "title": "practitioner",
        "clinical_since": date(2015, 7, 1),
        **changed,
    }


@pytest.mark.clause("002 五(二)2", "002 五(一)")
def test_a_centre_files_and_affiliates_a_nurse_who_then_holds_the_post(centre, admin):
    user = places.person("顾晓雯")

    nurse = services.file_nurse(**filing(user), by=admin, now=NOW)
    services.affiliate(nurse=nurse, organisation=centre, kind="registered", starts_on=TODAY, by=admin, now=NOW)

    assert places.actor(user).orgs == {"nurse": frozenset({centre.pk})}
    assert selectors.nurse_of(user.pk) == nurse
    assert traces.act("nurses.affiliated").organisation_id == centre.pk


def test_one_person_and_one_certificate_have_one_file(centre, admin):
    user = places.person("顾晓雯")
    services.file_nurse(**filing(user), by=admin, now=NOW)

    with pytest.raises(Refused) as same_number:
        services.file_nurse(**filing(places.person("郑一帆")), by=admin, now=NOW)
    with pytest.raises(Refused) as same_person:
        services.file_nurse(**filing(user, certificate_number="201531000099"), by=admin, now=NOW)

    assert (same_number.value.code, same_person.value.code) == ("nurse.known", "nurse.filed")


def test_every_wrong_field_of_a_file_is_named_at_once(centre, admin):
    wrong = filing(places.person(), sex="", certificate_number="号", title="boss", clinical_since=TOMORROW)

    with pytest.raises(Invalid) as no:
        services.file_nurse(**wrong, by=admin, now=NOW)

    assert set(no.value.field_errors) == {"sex", "certificate_number", "title", "clinical_since"}
    with pytest.raises(NotYours):
        services.file_nurse(**filing(places.person()), by=places.staff(centre, Role.DISPATCHER), now=NOW)


def record_everything(nurse, by):
    """Each verb of the file as this actor; yields the verb's name and the refusal's type, or None."""
    picc = CertificateKind.objects.first()
    tries = {
        "update_standing": {"title": "chief"},
        "record_registry_check": {"checked_on": TODAY, "found": True, "source": "人工查询", "evidence": "截图"},
        "record_certificate": {"kind": picc, "number": "Z1", "issued_on": YESTERDAY, "expires_on": TOMORROW},
        "record_training": {
            "kind": "safety", "hours": Decimal("4.5"), "score": 80, "passed_on": YESTERDAY, "expires_on": TOMORROW,
        },
        "record_insurance": {
            "kind": "liability", "insurer": "示例保险", "policy_number": "P1", "starts_on": TODAY,
            "expires_on": TOMORROW,
        },
    }  # fmt: skip
    outcome = {}
    for verb, given in tries.items():
        try:
            with transaction.atomic():
                getattr(services, verb)(nurse_id=nurse.pk, **given, by=by, now=LATER)
            outcome[verb] = None
        except Refused as no:
            outcome[verb] = type(no)
    return set(outcome.values())


@pytest.mark.clause("002 五(二)2")
def test_a_file_is_written_by_its_own_centres_administrator_only(district, centre, admin, supervisor):
    nurse = persons.nurse(centre)
    elsewhere = places.staff(places.centre(district, towns=(), name="川沙"), Role.CENTRE_ADMIN)

    assert record_everything(nurse, admin) == {None}
    assert record_everything(nurse, SETUP) == {None}
    assert record_everything(nurse, elsewhere) == {Hidden}
    assert record_everything(nurse, persons.family()) == {Hidden}
    for sees in (supervisor, places.actor(nurse.user), places.staff(centre, Role.DISPATCHER)):
        assert record_everything(nurse, sees) == {NotYours}


@pytest.mark.parametrize(
    ("verb", "given", "field"),
    [
        ("record_registry_check", {"checked_on": TOMORROW}, "checked_on"),
        ("record_registry_check", {"evidence": ""}, "evidence"),
        ("record_registry_check", {"recheck_due": TODAY + timedelta(days=366)}, "recheck_due"),
        ("record_training", {"hours": Decimal(0)}, "hours"),
        ("record_training", {"score": 101}, "score"),
        ("record_training", {"kind": "dancing"}, "kind"),
        ("record_training", {"expires_on": YESTERDAY}, "expires_on"),
        ("record_insurance", {"kind": "car"}, "kind"),
        ("record_insurance", {"expires_on": YESTERDAY}, "expires_on"),
        ("record_insurance", {"policy_number": "x" * 41}, "policy_number"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_at_its_field(centre, admin, verb, given, field):
    nurse = persons.nurse(centre)
    sound = {
        "record_registry_check": {"checked_on": TODAY, "found": True, "source": "人工查询", "evidence": "截图"},
        "record_training": {
            "kind": "safety", "hours": Decimal(4), "score": 80, "passed_on": TODAY, "expires_on": TOMORROW,
        },
        "record_insurance": {
            "kind": "liability", "insurer": "示例保险", "policy_number": "P", "starts_on": TODAY,
            "expires_on": TOMORROW,
        },
    }[verb]  # fmt: skip

    with pytest.raises(Invalid) as no:
        getattr(services, verb)(nurse_id=nurse.pk, **{**sound, **given}, by=admin, now=NOW)

    assert list(no.value.field_errors) == [field]


@pytest.mark.clause("002 五(二)2")
def test_the_newest_look_up_counts_and_is_due_again_when_the_district_says(district, centre, admin):
    nurse = persons.nurse(centre)
    institution_services.choose_setting(
        district=district, key="nurse.registry_recheck_days", value=90, effective_on=TODAY, reason="从严", by=SETUP,
        now=NOW,
    )  # fmt: skip

    check = services.record_registry_check(
        nurse_id=nurse.pk, checked_on=TODAY, found=False, source="人工查询", evidence="截图", by=admin, now=LATER
    )

    assert check.recheck_due == TODAY + timedelta(days=90)
    (row,) = selectors.roster(centre.pk, TODAY)
    assert [refusal.code for refusal in row.barred_by] == ["nurse.registry"]
    assert RegistryCheck.objects.filter(nurse=nurse).count() == 2


def test_the_file_shows_everything_newest_first(centre):
    nurse = persons.nurse(centre, fails="exclusion")

    shown = selectors.file_of(nurse.pk)

    assert {name: len(rows) for name, rows in shown.items()} == {
        "affiliations": 1,
        "registry_checks": 1,
        "exclusions": 1,
        "certificates": CertificateKind.objects.count(),
        "trainings": 2,
        "insurances": 3,
    }


# --- shifts ---


def plan(nurse, centre, by, starts, ends, verb="plan_shift"):
    return getattr(services, verb)(
        nurse_id=nurse.pk, organisation_id=centre.pk, starts_at=starts, ends_at=ends, by=by, now=NOW
    )


@pytest.mark.clause("000 五(十六)")
def test_a_centre_plans_shifts_that_do_not_overlap(centre, admin):
    nurse, desk = persons.nurse(centre, fails="shift"), places.staff(centre, Role.DISPATCHER)

    plan(nurse, centre, desk, at(8), at(12))
    plan(nurse, centre, admin, at(12), at(17))
    with pytest.raises(Refused) as no:
        plan(nurse, centre, admin, at(16), at(18))

    assert no.value.code == "shift.overlaps"
    assert [row.nurse for row in selectors.shifts(centre.pk, at(0), at(23))] == [nurse, nurse]


def test_a_removed_shift_makes_room_and_leaves_its_row(centre, admin):
    nurse = persons.nurse(centre, fails="shift")
    shift = plan(nurse, centre, admin, at(8), at(12))

    services.remove_shift(shift_id=shift.pk, reason="调班", by=admin, now=LATER)

    plan(nurse, centre, admin, at(9), at(13))
    assert Shift.objects.filter(nurse=nurse).count() == 2
    with pytest.raises(Refused):
        services.remove_shift(shift_id=shift.pk, by=admin, now=LATER)


def test_a_nurse_enters_and_takes_back_her_own_leave_but_not_her_shifts(centre, admin):
    nurse = persons.nurse(centre, fails="shift")
    herself, colleague = places.actor(nurse.user), places.actor(persons.nurse(centre).user)

    leave = plan(nurse, centre, herself, at(8), at(12), verb="plan_leave")

    told = Outbox.objects.get(event_type="nurses.leave_planned").payload
    assert (told["nurse"], told["starts_at"][:10]) == (nurse.user_id, "2026-03-02")
    with pytest.raises(NotYours):
        plan(nurse, centre, herself, at(13), at(15))
    with pytest.raises(NotYours):
        plan(nurse, centre, colleague, at(13), at(15), verb="plan_leave")
    services.remove_shift(shift_id=leave.pk, by=herself, now=LATER)


def test_shifts_are_planned_for_nurses_of_the_centre_and_for_a_working_day(district, centre, admin):
    stranger = persons.nurse(places.centre(district, towns=(), name="川沙"))
    nurse = persons.nurse(centre, fails="shift")

    with pytest.raises(Unmet):
        plan(stranger, centre, admin, at(8), at(12))
    with pytest.raises(NotYours):
        plan(stranger, stranger.affiliations.get().post.organisation, admin, at(8), at(12))
    for starts, ends in ((at(12), at(12)), (at(8), at(9, TOMORROW))):
        with pytest.raises(Invalid):
            plan(nurse, centre, admin, starts, ends)


# --- access ---


def test_hats_and_visible_to_agree_for_everybody_also_after_a_post_has_ended(district, centre, admin, supervisor):
    other = places.centre(district, towns=(), name="川沙")
    here, gone = persons.nurse(centre), persons.nurse(centre, fails="post")
    actors = {
        "herself": places.actor(here.user),
        "admin": admin,
        "desk": places.staff(centre, Role.DISPATCHER),
        "doctor": places.staff(centre, Role.DOCTOR),
        "elsewhere": places.staff(other, Role.CENTRE_ADMIN),
        "supervisor": supervisor,
        "family": persons.family(),
    }

    seen = {}
    for who, actor in actors.items():
        rows = set(access.visible_to(actor, on=TOMORROW))
        for nurse in (here, gone):
            assert (nurse in rows) is bool(access.hats(actor, nurse, on=TOMORROW))
        seen[who] = rows

    assert seen == {
        "herself": {here},
        "admin": {here},
        "desk": {here},
        "doctor": set(),
        "elsewhere": set(),
        "supervisor": {here, gone},
        "family": set(),
    }
    assert Nurse.objects.count() == 2
    assert Certificate.objects.filter(nurse=gone).exists()
