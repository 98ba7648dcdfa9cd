"""The order in which nurses are proposed for a visit, with its reasons in words."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders import ranking
from orders.ranking import History, Stop

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
BASE = (121.50, 31.20)
HOME = (121.53, 31.20)  # about 2.9 km away
FAR = (121.80, 31.20)


STRANGER = History()


def standing(*, stops=(), history=STRANGER, most_visits=0, starts_at=NINE):
    return ranking.standing(
        place=HOME, base=BASE, starts_at=starts_at, ends_at=starts_at + HOUR, stops=stops, history=history,
        most_visits=most_visits,
    )  # fmt: skip


def words(found):
    return "；".join(part.words for part in found.parts)


def test_the_patient_s_own_nurse_stands_before_a_stranger_who_is_equally_near():
    own = standing(history=History(6, NINE), most_visits=6)
    known = standing(history=History(2, NINE), most_visits=6)
    stranger = standing(most_visits=6)

    assert own.score < known.score < stranger.score
    assert "责任护士：已为这位服务对象上门 6 次" in words(own)
    assert "曾为这位服务对象上门 2 次" in words(known)


def test_a_nurse_on_the_way_stands_before_one_who_would_cross_the_district():
    neighbour = Stop(NINE - 3 * HOUR, NINE - 2 * HOUR, HOME)
    elsewhere = Stop(NINE - 3 * HOUR, NINE - 2 * HOUR, (121.40, 31.20))

    near, far = standing(stops=[neighbour]), standing(stops=[elsewhere])

    assert near.extra_minutes < far.extra_minutes
    assert near.score < far.score
    assert "从上一单出发路上约 0 分钟" in words(near)


def test_whoever_has_less_to_do_that_day_stands_first():
    free = standing()
    busy = standing(stops=[Stop(NINE + n * HOUR, NINE + n * HOUR + HOUR / 2, BASE) for n in (2, 4, 6)])

    assert free.score < busy.score
    assert "当天还没有上门安排" in words(free)
    assert "当天已有 3 次上门" in words(busy)


def test_who_cannot_be_there_in_time_is_objected_to_and_not_forbidden():
    late = standing(stops=[Stop(NINE - 2 * HOUR, NINE - timedelta(minutes=10), FAR)])

    assert [objection.code for objection in late.objections] == ["soft.late"]
    assert "预计晚到" in late.objections[0].sentence
    assert late.score > standing().score + 60


def test_a_visit_that_would_make_the_next_one_late_says_so():
    found = standing(stops=[Stop(NINE + HOUR + timedelta(minutes=5), NINE + 3 * HOUR, FAR)])

    assert [objection.code for objection in found.objections] == ["soft.next_late"]


def test_a_time_outside_the_wished_window_is_objected_to():
    assert ranking.window_objection(NINE, NINE, NINE + HOUR) is None
    assert ranking.window_objection(NINE + 2 * HOUR, NINE, NINE + HOUR).code == "soft.window"


def test_the_own_nurse_is_the_one_who_came_most_often_and_of_equals_last():
    earlier, later = NINE - 48 * HOUR, NINE
    assert ranking.own_nurse({1: History(3, earlier), 2: History(3, later), 3: History(1, later)}) == 2
    assert ranking.own_nurse({1: History()}) is None
    assert ranking.own_nurse({}) is None


@given(st.floats(121.3, 121.9), st.floats(30.9, 31.4), st.integers(0, 8), st.integers(0, 20))
def test_no_way_is_ever_negative_and_the_score_is_the_sum_of_its_parts(lon, lat, visits, most):
    found = standing(
        stops=[Stop(NINE - 3 * HOUR, NINE - 2 * HOUR, (lon, lat))], history=History(visits, NINE),
        most_visits=max(most, visits),
    )  # fmt: skip

    assert found.extra_minutes >= 0
    assert found.travel_minutes >= 0
    assert abs(found.score - sum(part.minutes for part in found.parts)) < 0.01
