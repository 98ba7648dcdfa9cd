"""By when what waits should be taken up, from the settings of the district."""

from datetime import UTC, datetime, timedelta

from institutions.settings import defaults
from orders import deadlines
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
SETTINGS = defaults()


def order(status, **given):
    known = {"window_start": NOW + timedelta(days=3), "planned_start": None, "accept_by": None, **given}
    return deadlines.of_order(status, NOW, settings=SETTINGS, **known)


def test_a_new_request_is_received_and_a_received_one_planned_in_time():
    assert deadlines.of_request(Q.SUBMITTED, NOW, SETTINGS) == NOW + timedelta(hours=4)
    assert deadlines.of_request(Q.RECEIVED, NOW, SETTINGS) == NOW + timedelta(days=1)
    assert deadlines.of_request(Q.ASSESSING, NOW, SETTINGS) is None  # the doctor is waited for, not the desk


def test_an_order_is_sent_out_early_enough_for_a_nurse_to_answer():
    assert order(S.AWAITING_DISPATCH) == NOW + timedelta(hours=8)
    soon = order(S.AWAITING_DISPATCH, window_start=NOW + timedelta(hours=3))
    assert soon == NOW + timedelta(hours=3) - timedelta(minutes=SETTINGS["order.accept_by_minutes"])


def test_an_offer_is_due_at_its_own_time_and_a_visit_at_its_hour():
    moment = NOW + timedelta(minutes=30)
    assert order(S.OFFERED, accept_by=moment) == moment
    assert order(S.ACCEPTED, planned_start=moment) == moment


def test_objections_and_signatures_have_a_day():
    assert order(S.DISPUTED) == order(S.AWAITING_CONSENT) == NOW + timedelta(days=1)


def test_what_is_over_is_due_by_nobody():
    for status in (S.COMPLETED, S.CANCELLED, S.NO_SHOW, S.ABORTED, S.AWAITING_CONFIRMATION, S.IN_SERVICE):
        assert order(status) is None


def test_a_district_that_chooses_another_time_is_heard():
    chosen = {**SETTINGS, "queue.receive_minutes": 30}
    assert deadlines.of_request(Q.SUBMITTED, NOW, chosen) == NOW + timedelta(minutes=30)
