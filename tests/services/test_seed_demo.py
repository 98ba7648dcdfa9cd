"""The demonstration: complete, the same each time, and nothing in it that people could not have done."""

import io
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization, Post, User
from audit.models import Due, Event, Outbox
from clinical.models import PrescriptionLine, Reading, VisitRecord
from desks.demo import seed
from desks.demo.accounts import ACCOUNTS
from desks.demo.clock import Clock
from desks.demo.people import FLAWS
from institutions import selectors as institutions
from notifications.models import Message
from nurses import selectors as nurses
from nurses.models import Nurse, Shift
from orders import selectors
from orders.lifecycle import SEATED, OrderStatus, RequestStatus
from orders.models import Order, Rating, ServiceRequest
from patients.actors import actor_for
from patients.models import Consent, Patient
from tests import world
from tests.world import persons, traces

AS_OF = date(2026, 11, 20)
NOW = Clock.for_day(AS_OF, timezone.now()).now
# A dozen centres instead of 47: enough for every flaw of a nurse, and four times as fast.
SMALL = {"requests": 40, "centres": 12, "as_of": AS_OF, "anywhere": True}


# People are told when the demonstration is built, whatever day it plays on.
TOLD = ["notifications.sent", "notifications.call_opened"]


def snapshot():
    """What must be the same each time: names, statuses, numbers of rows. Ids and numbers come from sequences."""
    return {
        "census": seed.Census.take(),
        "patients": sorted((p.name, p.birth_date, p.phone_tail, p.conditions) for p in Patient.objects.all()),
        "people": sorted((user.username, user.display_name) for user in User.objects.all()),
        "orders": sorted(
            (order.patient.name, order.status, order.planned_start, order.nurse and order.nurse.user.username)
            for order in Order.objects.select_related("patient", "nurse__user")
        ),
        "rows": [model.objects.count() for model in (Event, Outbox, Due, Reading, Rating, Shift, Consent, Message)],
    }


def build(number=2026):
    out = io.StringIO()
    call_command("seed_demo", seed=number, stdout=out, **SMALL)
    return out.getvalue()


# --- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_refuses_where_no_demonstration_is_meant_to_be(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="演示环境"):
        call_command("seed_demo")
    with pytest.raises(CommandError, match="演示环境"):
        call_command("demo_accounts")


@pytest.mark.django_db
def test_it_refuses_beside_real_people(settings):
    settings.DEMO = True
    world.town()
    persons.patient()

    with pytest.raises(CommandError, match="真实"):
        call_command("seed_demo")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "said"), [({"requests": 10}, "至少"), ({"as_of": date(2024, 1, 1)}, "日期太早")], ids=["few", "early"]
)
def test_it_refuses_what_it_cannot_build(settings, asked, said):
    settings.DEMO = True

    with pytest.raises(CommandError, match=said):
        call_command("seed_demo", **asked)


# --- built ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The demonstration, built twice for all tests below and rolled back after them; and what was printed."""
    with django_db_blocker.unblock(), transaction.atomic():
        traces.begin()
        with transaction.atomic():
            build()
            first = snapshot()
            transaction.set_rollback(True)
        yield SimpleNamespace(printed=build(), first=first)
        transaction.set_rollback(True)


def test_every_status_of_both_lifecycles_is_reached(told):
    assert set(ServiceRequest.objects.values_list("status", flat=True)) == set(RequestStatus.values)
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus.values)
    assert ServiceRequest.objects.count() == SMALL["requests"]


def test_the_same_seed_brings_the_same_world(told):
    assert snapshot() == told.first


def test_the_census_is_printed(told):
    assert "服务申请 40 份" in told.printed
    assert all(label in told.printed for label in [*RequestStatus.labels, *OrderStatus.labels])


def test_everything_was_done_by_somebody_and_nothing_was_refused(told):
    assert not traces.events().filter(Q(actor_id="") | Q(actor_kind="")).exists()
    assert not traces.events().filter(kind=Event.Kind.REFUSAL).exists()
    steps = traces.events().filter(action__startswith="orders.", actor_kind="system").values_list("action", flat=True)
    assert set(steps) <= {"orders.created", "orders.confirmed", "orders.expired", "orders.request_closed"}


def test_nothing_happens_in_the_future(told):
    assert not traces.events().filter(happened_at__gt=NOW).exclude(action__in=TOLD).exists()
    assert not Order.objects.filter(status__in=["offered", "accepted"], planned_start__lte=NOW).exists()


def test_nothing_is_left_that_would_fire_later(told):
    assert not Outbox.objects.filter(done_at__isnull=True).exists()
    assert not Due.objects.filter(done_at__isnull=True, due_at__lte=NOW).exists()
    assert not Due.objects.filter(attempts__gt=0).exists()


def test_what_must_never_be_false_is_true(told):
    assert not PrescriptionLine.objects.filter(times_used__gt=F("times")).exists()
    assert not VisitRecord.objects.filter(closed_at__isnull=False).exclude(missing=[]).exists()
    for nurse in Nurse.objects.all():
        visits = sorted(
            Order.objects.filter(nurse=nurse).exclude(planned_start=None).values_list("planned_start", "planned_end")
        )
        assert all(before[1] <= after[0] for before, after in zip(visits, visits[1:], strict=False)), nurse


def test_at_least_one_nurse_stands_for_every_answer_of_the_rules(told):
    barred = set()
    for centre in Organization.objects.filter(kind=Organization.Kind.CENTRE):
        for row in nurses.roster(centre.pk, AS_OF):
            barred.add(",".join(reason.code for reason in row.barred_by))

    # A nurse without a post is on no roster, certificates and leave are asked for a visit only.
    assert {"", *(f"nurse.{flaw}" for flaw in FLAWS if flaw not in ("post", "certificate"))} <= barred
    assert Post.objects.filter(role="nurse", ended_at__isnull=False).exists()
    assert Nurse.objects.filter(certificates__isnull=True).exists()
    assert Nurse.objects.filter(shifts__kind="leave").exists()


def test_everybody_who_is_offered_on_the_login_page_is_there(told):
    out = io.StringIO()
    people = User.objects.in_bulk([one.username for one in ACCOUNTS], field_name="username")

    assert set(people) == {one.username for one in ACCOUNTS}
    assert all(user.is_demo and user.has_usable_password() for user in people.values())
    assert not User.objects.filter(is_demo=False).exists()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True, raising=False)
        call_command("demo_accounts", stdout=out)
    assert all(one.username in out.getvalue() for one in ACCOUNTS)
    assert "密码" in out.getvalue()


def test_each_demo_person_has_something_to_do(told):
    def actor(username):
        return actor_for(User.objects.get(username=username), on=AS_OF)

    queue = selectors.queue(actor=actor("demo-dispatcher"))
    assert all(queue[name] for name in ("to_receive", "to_plan", "to_dispatch", "disputed", "to_sign", "offered"))
    assert selectors.nurse_offers(actor=actor("demo-nurse")).exists()
    assert selectors.nurse_day(actor=actor("demo-nurse"), day=AS_OF).filter(status__in=SEATED).exists()
    assert selectors.family_home(actor=actor("demo-family"))["open"]
    assert selectors.assessments(actor=actor("demo-doctor")).filter(planned_start__gt=NOW).exists()
    unrated = selectors.family_home(actor=actor("demo-family-2"))["ended"]
    assert [order.rating_at for order in unrated] == [None]
    assert not actor("demo-family-new").patients
    assert Rating.objects.exists()


def test_the_main_centre_serves_and_its_nurses_have_shifts_for_a_fortnight(told):
    main = Organization.objects.get(short_name="金杨")

    assert institutions.why_not_serve(main.pk, AS_OF) == []
    for nurse in Nurse.objects.filter(affiliations__post__organisation=main):
        days = {timezone.localdate(at) for at in nurse.shifts.filter(kind="work").values_list("starts_at", flat=True)}
        assert {AS_OF + timedelta(days=ahead) for ahead in range(14)} <= days


def test_it_does_not_build_twice(told):
    out = io.StringIO()

    call_command("seed_demo", if_empty=True, stdout=out)

    assert "保持不变" in out.getvalue()
    with pytest.raises(CommandError, match="不需要重复"):
        build()
