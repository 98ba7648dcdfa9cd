"""Blood before the return visit: applied for, ordered and moved so that the results lie there in time."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, Refused, Stale
from orders import returns, selectors, services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.services.test_races import at_once
from tests.world import places, traces
from tests.world.chain import fresh, walk

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(一)2")]
BLOOD, VITAL_SIGNS = 11, 14
DAY = timedelta(days=1)


@pytest.fixture
def t():
    return world.town()


def on(t, days):
    return t.now.date() + days * DAY


def applied(t, back, numbers=(BLOOD,), at=Q.SUBMITTED, **changed):
    return world.request(t, at, numbers=numbers, return_on=on(t, back), **changed)


def window(t, days):
    return {"window_start": t.now + days * DAY, "window_end": t.now + days * DAY + timedelta(hours=2)}


def why(call):
    with pytest.raises(Invalid) as refused:
        call()
    return refused.value.reasons[0]


def note(t, order):
    row = selectors.in_a_list(selectors.orders(actor=t.actor(Role.DISPATCHER))).get(pk=order.pk)
    return returns.of_order(row, {"order.results_days": 2}, t.now)


def test_a_day_of_return_is_kept_with_the_request(t):
    row = applied(t, 5)

    assert row.return_on == on(t, 5)
    assert traces.events().get(action="orders.request_submitted", kind="act").data["return_on"] == str(on(t, 5))


def test_a_wished_time_after_the_last_day_is_refused_with_that_day(t):
    no = why(lambda: applied(t, 5, wished_from=t.now + 4 * DAY, wished_to=t.now + 4 * DAY + timedelta(hours=2)))

    last = on(t, 3)
    assert (no.code, no.field, no.clause) == ("request.after_results", "wished_from", "003 二(一)2")
    assert f"最晚须在 {last.month} 月 {last.day} 日上门采样" in no.sentence


def test_how_long_results_take_is_the_districts_choice(t):
    institutions.choose_setting(
        district=t.district, key="order.results_days", value=4, effective_on=t.now.date(), reason="检验科每周两次",
        by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip

    assert why(lambda: applied(t, 3)).code == "request.return_soon"
    assert applied(t, 5).return_on == on(t, 5)


def test_nothing_is_matched_where_nothing_is_sampled(t):
    assert why(lambda: applied(t, 5, numbers=(VITAL_SIGNS,))).code == "request.return_plain"


def test_the_order_shows_until_when_and_cannot_be_moved_past_it(t):
    order = applied(t, 5, at=Q.PRESCRIBED).orders.get()
    last = on(t, 3)
    assert note(t, order) == (
        f"须在 {last.month} 月 {last.day} 日前（含当日）采样，供 {on(t, 5).month} 月 {on(t, 5).day} 日复诊", False,
    )  # fmt: skip
    world.sign(t, order.pk)
    move = {"order_id": order.pk, "reason": "家里有事", "by": t.actor(Role.PROXY), "now": t.now}

    no = why(lambda: services.reschedule(**move, **window(t, 4)))

    assert (no.code, no.field) == ("request.after_results", "window_start")
    assert services.reschedule(**move, **window(t, 3)).status == S.AWAITING_DISPATCH


def test_once_one_visit_brings_the_results_the_others_may_follow_later(t):
    row = applied(t, 5, at=Q.PRESCRIBED)
    first = row.orders.get()
    line = [row.prescription.lines.get().pk]
    new = {"request": row, "prescription": row.prescription, "line_ids": line, "by": t.actor(Role.DISPATCHER)}

    later = services.create(**new, now=t.now, **window(t, 10))
    assert note(t, later) is None  # the first brings the results: this one serves another purpose

    services.cancel(order_id=first.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    assert note(t, later)[1]  # now none comes before the return
    assert why(lambda: services.create(**new, now=t.now, **window(t, 4))).code == "request.after_results"
    assert services.create(**new, now=t.now, **window(t, 2)).window_start == t.now + 2 * DAY


def test_the_desk_changes_or_takes_back_the_day_and_that_stands_in_the_trace(t):
    row = applied(t, 5, at=Q.PRESCRIBED)
    desk = {"request_id": row.pk, "by": t.actor(Role.DISPATCHER), "now": t.now}

    services.set_return(was=on(t, 5), return_on=on(t, 9), **desk)
    services.set_return(was=on(t, 5), return_on=on(t, 9), **desk)  # pressed twice
    services.set_return(was=on(t, 9), return_on=None, **desk)
    with pytest.raises(Stale):
        services.set_return(was=on(t, 5), return_on=on(t, 9), **desk)  # the first page, sent once more

    assert fresh(row).return_on is None
    said = [event.data for event in traces.events().filter(action="orders.return_day_set").order_by("pk")]
    assert [one["to"] for one in said] == [str(on(t, 9)), None]
    assert note(t, row.orders.get()) is None


def test_a_day_that_is_too_near_or_a_request_that_is_over_is_refused(t):
    row = applied(t, 5)
    desk = {"by": t.actor(Role.DISPATCHER), "now": t.now}
    assert (
        why(lambda: services.set_return(request_id=row.pk, was=on(t, 5), return_on=on(t, 1), **desk)).code
        == "request.return_soon"
    )
    services.withdraw(request_id=row.pk, by=t.actor(Role.PROXY), now=t.now)

    with pytest.raises(NotNow):
        services.set_return(request_id=row.pk, was=on(t, 5), return_on=on(t, 9), **desk)


def test_only_this_centres_desk_writes_down_another_day(t):
    row = applied(t, 5)
    other = places.staff(places.centre(t.district, towns=(), name="洋泾", now=t.now), Role.DISPATCHER, t.now)

    with pytest.raises(Hidden):
        services.set_return(request_id=row.pk, was=on(t, 5), return_on=on(t, 9), by=other, now=t.now)
    with pytest.raises(Refused) as refused:
        services.set_return(request_id=row.pk, was=on(t, 5), return_on=on(t, 9), by=t.actor(Role.PROXY), now=t.now)
    assert refused.value.http_status == 403


def test_blood_that_was_taken_before_the_day_was_known_does_not_count_for_it(t):
    row = applied(t, 5, at=Q.PRESCRIBED, times=4)
    done = walk(t, row.orders.get(), S.AWAITING_CONFIRMATION)
    later = done.finished_at + DAY
    back = later.date() + 9 * DAY
    by = t.actor(Role.DISPATCHER)
    services.set_return(request_id=row.pk, was=on(t, 5), return_on=back, by=by, now=later)
    again = {"request": fresh(row), "prescription": fresh(row.prescription), "by": by, "now": later}
    line = [row.prescription.lines.get().pk]
    late = later + 8 * DAY

    no = why(lambda: services.create(**again, line_ids=line, window_start=late, window_end=late + timedelta(hours=1)))

    assert no.code == "request.after_results"


@pytest.mark.django_db(transaction=True)
def test_two_visits_moved_at_the_same_moment_leave_one_that_brings_the_results(t):
    row = applied(t, 5, at=Q.PRESCRIBED)
    first = row.orders.get()
    second = services.create(
        request=row, prescription=row.prescription, line_ids=[row.prescription.lines.get().pk], now=t.now,
        by=t.actor(Role.DISPATCHER), **window(t, 2),
    )  # fmt: skip
    for one in (first, second):
        if fresh(one).status == S.AWAITING_CONSENT:
            world.sign(t, one.pk)
    later = {"reason": "家里有事", "by": t.actor(Role.PROXY), "now": t.now, **window(t, 4)}

    outcomes = at_once(
        lambda: services.reschedule(order_id=first.pk, **later),
        lambda: services.reschedule(order_id=second.pk, **later),
    )

    assert sorted(isinstance(one, Invalid) for one in outcomes) == [False, True]
