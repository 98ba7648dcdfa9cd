"""
Nobody of another district, alliance or centre sees anything of this one: by no page, export, filter, program or socket.

The pages come from the URL configuration itself, filled with rows of the first district, so a new page is asked as
well. What may not be found are names and numbers that only the first district has.
"""

import io
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Event, Outbox
from catalog import services as catalog
from catalog.models import NegativeEntry
from desks.pages import SIGNED_IN
from institutions import services as institutions
from institutions.models import Filing, Jurisdiction
from orders.consumers import DeskConsumer
from orders.live import _groups
from tests.api.callers import caller
from tests.api.test_permissions_matrix import MATRIX, address, undone
from tests.desks.test_everything_leaves_a_trace import pages, place, town, typed, where  # noqa: F401 fixtures
from tests.world import places

pytestmark = pytest.mark.django_db
STRANGERS = {
    "commission": (Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR), "hospital": (Role.REVIEWER,),
    "centre": (Role.CENTRE_ADMIN,),
}  # fmt: skip
OWN = {"oversight": Role.SUPERVISOR, "review": Role.REVIEWER, "centre": Role.CENTRE_ADMIN}
SIGN_OUT = {"account:logout"}
OPEN_TO_ALL = {"family", "account"}  # whoever has an account; one stranger stands for all


def elsewhere(now) -> SimpleNamespace:
    """Another district with its hospital and its centre, and those who oversee there."""
    made = {"by": places.SETUP, "now": now}
    commission = create_organisation(
        kind=Organization.Kind.COMMISSION, name="静海区卫生健康委", short_name="静海区卫生健康委", **made
    )
    hospital = create_organisation(
        kind=Organization.Kind.HOSPITAL, name="静海医院", short_name="静海医院", parent=commission, **made
    )
    edition = places.edition(commission, now)
    centre = places.offering_centre(hospital, edition, now, towns=(places.LUJIAZUI,), name="静海")
    seats, users = {"commission": commission, "hospital": hospital, "centre": centre}, {}
    for n, (seat, roles) in enumerate(STRANGERS.items()):
        users[seat] = places.person(f"静海{n}号", now=now)
        for role in roles:
            places.post(seats[seat], role, user=users[seat], now=now)
    return SimpleNamespace(users=users)


def rows_of(t) -> dict:
    """Rows of the first district for pages whose address the common world fills with something else."""
    by, now = t.actor(Role.SUPERVISOR), timezone.now()
    soon = timezone.localdate(now) + timedelta(days=3)
    suspension = institutions.suspend(
        organisation=t.centre, starts_on=soon, reason="消防整改", clause="002 五(二)1", by=by, now=now
    )
    negative = catalog.add_negative_entry(
        district=t.district, kind=NegativeEntry.Kind.SERVICE, text="静脉推注", reason="风险高", advice="到医院",
        starts_on=soon, by=by, now=now,
    )  # fmt: skip
    return {
        "oversight:institutions_lift": [suspension.pk],
        "oversight:institutions_release": [Jurisdiction.objects.filter(organisation=t.centre).first().pk],
        "oversight:filings_decide": [Filing.objects.filter(organisation=t.centre).first().pk, "approve"],
        "oversight:catalogue_item": [t.item(9).pk],
        "oversight:catalogue_negative_end": [negative.pk],
        "oversight:signals_one": [t.centre.pk, t.item(9).pk],
        "oversight:trace_nurse": [t.nurse.pk],
        "oversight:trace_account": [t.users[Role.PROXY].pk],
        "centre:signals_one": [t.centre.pk, t.item(9).pk],
        "centre:trace_account": [t.users[Role.NURSE].pk],
    }


def markers(t) -> set[str]:
    """What only the first district has."""
    return {
        t.patient.name, t.order.number, t.request.number, t.request.prescription.number, t.nurse.user.display_name,
        t.users[Role.PROXY].display_name, t.centre.name, t.hospital.name,
        t.report.number, "院内有未拴的大狗", "静脉推注", "消防整改",
    }  # fmt: skip


def body(answer) -> str:
    """What was answered as text; a workbook is opened."""
    content = answer.getvalue() if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    return content.decode(errors="replace")


def asked(t) -> dict:
    """Filters that point at the first district; none of them is a word that is looked for."""
    return {
        "centre": t.centre.pk, "organisation": t.centre.pk, "place": t.centre.pk, "nurse": t.nurse.pk,
        "patient": t.patient.pk, "subject": t.patient.pk, "account": t.users[Role.PROXY].pk, "district": t.district.pk,
        "q": t.order.number[:-2], "since": "2020-01-01", "days": "365", "state": "all", "status": "completed",
    }  # fmt: skip


def reachable(user, page) -> bool:
    """Whether the page's declared roles let this person in; that all others are turned away is another test's."""
    roles = getattr(page.callback, "roles", SIGNED_IN)
    return isinstance(roles, str) or bool({*user.posts.values_list("role", flat=True)} & set(roles))


@pytest.mark.clause("002 五(八)", "002 四")
def test_strangers_of_another_district_find_nothing_of_this_one_on_any_page(place):  # noqa: F811
    other, mine, rows = elsewhere(place.now), markers(place), rows_of(place)
    leaks, looked_at, own = {}, 0, set()
    within = {place.district.pk, place.hospital.pk, place.centre.pk}

    everybody = [*other.users.values(), *(place.users[role] for role in OWN.values())]
    browsers = {user.pk: Client() for user in everybody}
    for user in everybody:
        browsers[user.pk].force_login(user)

    for name, app, page in pages():
        if app == "public" or name in SIGN_OUT:
            continue
        url = reverse(name, args=rows[name]) if name in rows else where(place, name, page)
        public = {place.centre.name, place.hospital.name} if app in OPEN_TO_ALL else set()
        entrants = [(seat, user) for seat, user in other.users.items() if reachable(user, page)]
        of_a_row = bool(page.pattern.converters)
        for seat, user in entrants[:1] if app in OPEN_TO_ALL else entrants:
            person = browsers[user.pk]
            # A row's own page has no filters; a list is asked plainly and with filters pointing at the first district.
            for query in ({},) if of_a_row else ({}, asked(place)):
                with undone():
                    answer = person.get(url, query)
                    looked_at += 1
                    found = {words for words in mine - public if words in body(answer)}
                    if answer.status_code >= 500 or found:
                        leaks[name, seat, bool(query)] = (answer.status_code, found)
            if of_a_row and app not in OPEN_TO_ALL:
                with undone():
                    before = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
                    answer = person.post(url, {**asked(place), **typed(place, name)})
                    found = {words for words in mine - public if words in body(answer)}
                    done = Event.objects.filter(pk__gt=before, kind=Event.Kind.ACT, organisation_id__in=within)
                    if answer.status_code >= 500 or found or done.exists():
                        acts = list(done.values_list("action", flat=True))
                        leaks[name, seat, "post"] = (answer.status_code, found, acts)
        if (
            app in OWN
            and not page.pattern.converters
            and len(own) < 12
            and OWN[app] in getattr(page.callback, "roles", ())
        ):
            person = browsers[place.users[OWN[app]].pk]
            with undone():
                own |= {name} if mine & {words for words in mine if words in body(person.get(url))} else set()

    assert leaks == {}
    assert looked_at > 150
    assert len(own) == 12  # those who belong there do find it: the words are the right ones


@pytest.mark.clause("002 五(八)", "002 四")
def test_no_program_of_another_district_reads_this_one_whatever_it_filters_by(place):  # noqa: F811
    other, mine, leaks = elsewhere(place.now), markers(place), {}
    shown = {"institutions-list", "catalogue", "towns-list", "texts"}  # open to everybody (004 五(三))
    span = {
        "from": (timezone.now() - timedelta(days=9)).isoformat(),
        "to": (timezone.now() + timedelta(days=9)).isoformat(),
    }
    people = {seat: caller(user) for seat, user in other.users.items()}

    for name, (method, _) in MATRIX.items():
        if name in shown or method != "get":
            continue
        query = {**asked(place), **span} if name == "audit-events" else asked(place)
        for seat, person in people.items():
            for chosen in (span if name == "audit-events" else {}, query):
                answer = person.get(address(place, name), chosen)
                found = {words for words in mine if words in body(answer)}
                if answer.status_code >= 500 or found:
                    leaks[name, seat, bool(chosen)] = (answer.status_code, found)

    assert leaks == {}
    own = caller(place.users[Role.SUPERVISOR])
    assert place.order.number in body(own.get(address(place, "orders-list"), {"centre": place.centre.pk}))


def test_a_nudge_of_this_district_reaches_no_socket_of_another(place):  # noqa: F811
    other = elsewhere(place.now)
    rows = Outbox.objects.filter(payload__organisation__in=[place.centre.pk, place.hospital.pk, place.district.pk])
    reached = {group for row in rows for group in _groups(row)}
    places_of = vars(DeskConsumer)["_places"].func

    for user in other.users.values():
        joined = places_of(DeskConsumer(), user, None)
        assert joined
        assert {f"person.{user.pk}", *(f"desk.{pk}" for pk in joined)} & reached == set()
    for role in (Role.SUPERVISOR, Role.REVIEWER, Role.CENTRE_ADMIN):
        joined = places_of(DeskConsumer(), place.users[role], None)
        assert {f"desk.{pk}" for pk in joined} & reached
