"""Where a nurse is: from setting out to the end of the visit, once a minute, for some days, and never else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from audit.delivery import run_due
from audit.models import Due, Event
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow
from orders import geo, services, whereabouts
from orders.lifecycle import OrderStatus as S
from orders.models import Whereabout
from tests import world
from tests.world import persons, traces

START = world.NOW + timedelta(days=1, hours=1)
SET_OUT = START - timedelta(minutes=20)  # when world.order() sends her out
ON_THE_WAY = START - timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
CORNER = {"lon": 121.53, "lat": 31.22, "accuracy_m": 15}

china = {"lon": st.floats(73.6, 135.0), "lat": st.floats(18.2, 53.5)}


@given(**china)
def test_there_and_back_between_datums_is_less_than_two_metres(lon, lat):
    back = geo.to_wgs84(*geo.to_gcj02(lon, lat), "GCJ-02")

    assert geo.distance_m(lon, lat, *back) < 2


@given(**china)
def test_a_chinese_map_is_shifted_by_some_hundred_metres_and_no_more(lon, lat):
    assert geo.distance_m(lon, lat, *geo.to_gcj02(lon, lat)) < 1000


@given(**china)
def test_a_place_in_wgs_84_stays_as_it_is(lon, lat):
    assert geo.to_wgs84(lon, lat, "WGS-84") == (lon, lat)


def test_a_known_place_is_shifted_as_the_maps_do():
    """People's Square in Shanghai, as published in both datums."""
    lon, lat = geo.to_gcj02(121.469170, 31.224361)

    assert geo.distance_m(lon, lat, 121.473701, 31.222431) < 25


pytestmark = [pytest.mark.clause("002 五(八)", "004 三(八)")]
db = pytest.mark.django_db


@pytest.fixture
def t(db):
    return world.town(lon=121.5201, lat=31.2203)


def share(t, row, now, **changed):
    return services.share_place(order_id=row.pk, by=t.actor(Role.NURSE), now=now, **{**CORNER, **changed})


def test_a_place_is_kept_once_a_minute(t):
    row = world.order(t, S.EN_ROUTE)

    kept = [share(t, row, ON_THE_WAY + timedelta(seconds=second)) is not None for second in (0, 20, 57, 70, 120)]

    assert kept == [True, False, True, False, True]
    assert Whereabout.objects.filter(order=row).count() == 3


@pytest.mark.parametrize("status", [S.ACCEPTED, S.AWAITING_CONFIRMATION, S.COMPLETED, S.ABORTED, S.NO_SHOW])
def test_nothing_is_kept_before_she_sets_out_or_after_the_visit(t, status):
    row = world.order(t, status)
    with pytest.raises(NotNow):
        share(t, row, START + timedelta(hours=1))

    assert not Whereabout.objects.exists()


def test_the_visit_itself_belongs_to_the_way(t):
    row = world.order(t, S.IN_SERVICE)

    assert share(t, row, START + timedelta(minutes=10))


def test_a_place_from_before_she_set_out_is_refused(t):
    row = world.order(t, S.EN_ROUTE)
    with pytest.raises(NotNow, match="出发以前"):
        share(t, row, SET_OUT + MINUTE, at=SET_OUT - MINUTE)
    with pytest.raises(NotNow, match="很久以前"):
        share(t, row, SET_OUT + timedelta(minutes=15), at=SET_OUT + MINUTE)


def test_a_place_from_the_future_counts_as_now(t):
    place = share(t, world.order(t, S.EN_ROUTE), ON_THE_WAY, at=ON_THE_WAY + timedelta(hours=3))

    assert place.at == ON_THE_WAY


def test_only_her_own_phone_shares_her_place(t):
    row = world.order(t, S.EN_ROUTE)
    others = [t.actor(Role.PROXY), t.actor(Role.DISPATCHER), persons.family()]
    for other in others:
        with pytest.raises(Hidden):
            services.share_place(order_id=row.pk, by=other, now=ON_THE_WAY, **CORNER)


@pytest.mark.parametrize(
    "broken",
    [{"lon": 181.0}, {"lat": -91.0}, {"lon": float("nan")}, {"lat": float("inf")}, {"accuracy_m": -1.0}],
    ids=str,
)
def test_what_is_no_place_is_refused(t, broken):
    with pytest.raises(Invalid):
        share(t, world.order(t, S.EN_ROUTE), ON_THE_WAY, **broken)


def test_the_datum_of_chinese_maps_rests_as_wgs_84(t):
    lon, lat = geo.to_gcj02(CORNER["lon"], CORNER["lat"])
    place = share(t, world.order(t, S.EN_ROUTE), ON_THE_WAY, lon=lon, lat=lat, datum="GCJ-02")

    assert geo.distance_m(place.lon, place.lat, CORNER["lon"], CORNER["lat"]) < 2


def test_she_switches_it_off_and_on_again(t):
    row, nurse = world.order(t, S.EN_ROUTE), t.actor(Role.NURSE)

    services.switch_sharing(order_id=row.pk, shares=False, by=nurse, now=ON_THE_WAY)
    with pytest.raises(NotNow, match="已关闭"):
        share(t, row, ON_THE_WAY)
    services.switch_sharing(order_id=row.pk, shares=True, by=nurse, now=ON_THE_WAY)

    assert share(t, row, ON_THE_WAY)
    with pytest.raises(Hidden):
        services.switch_sharing(order_id=row.pk, shares=False, by=t.actor(Role.DISPATCHER), now=ON_THE_WAY)


def test_the_trace_says_once_that_sharing_began_and_never_where(t):
    row = world.order(t, S.EN_ROUTE)
    traces.begin()
    for minute in range(3):
        share(t, row, ON_THE_WAY + minute * MINUTE)

    acts = traces.events().filter(kind=Event.Kind.ACT)
    rows = traces.rows("orders.whereabout")
    assert [act.action for act in acts] == ["orders.place_shared"]
    assert Whereabout.objects.filter(order=row).count() == 3
    assert list(rows) == []  # a way that is deleted must not live on in the trace


def test_places_are_deleted_after_the_district_s_days(t):
    institutions.choose_setting(
        district=t.district, key="place.keep_days", value=3, reason="缩短保留", effective_on=world.TODAY,
        by=t.actor(Role.SUPERVISOR), now=world.NOW,
    )  # fmt: skip
    row = world.order(t, S.EN_ROUTE)
    for minute in range(3):
        share(t, row, ON_THE_WAY + minute * MINUTE)
    due = Due.objects.get(kind="places.forget")

    assert due.due_at == ON_THE_WAY + timedelta(days=4)
    services.forget_places(order_id=row.pk, now=ON_THE_WAY + timedelta(days=3) - MINUTE)
    assert Whereabout.objects.count() == 3
    for _ in range(2):  # a second beat finds nothing more to do
        run_due(now=due.due_at)
    assert Whereabout.objects.count() == 0


def test_how_far_she_still_has_to_go_is_said_in_minutes(t):
    row = world.order(t, S.EN_ROUTE)
    share(t, row, ON_THE_WAY)

    way = whereabouts.way(world.fresh(row))

    assert 2 <= whereabouts.minutes_left(way[-1], row.address) <= 6
    assert whereabouts.minutes_left(None, row.address) is None


def test_nobody_s_place_is_told_of_a_visit_that_is_over(t):
    row = world.order(t, S.EN_ROUTE)
    share(t, row, ON_THE_WAY)
    assert whereabouts.last(row) is not None

    services.abort(order_id=row.pk, reason="我觉得不安全", by=t.actor(Role.NURSE), now=ON_THE_WAY + MINUTE)

    assert whereabouts.last(world.fresh(row)) is None
