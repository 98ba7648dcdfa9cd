"""Twenty dispatchers of four centres at once, over HTTP: nobody is sent to two doors, and no order is lost."""

import pytest

from bench import crowd, deskwork
from tests.faults.running import Platform

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_dispatchers_seat_nobody_twice_and_lose_no_order():
    district = crowd.build(centres=4, desks=20, nurses=12, orders=16)
    with Platform() as running:
        running.start_redis()
        web = running.start_web()
        running.start_worker()
        work = deskwork.play(running.address, district.desks, seconds=12, pause=0.3)
        said = running.log_of(web)

    assert work.wrong == [], said
    assert work.done["offer"] > 5
    assert work.done["recall"] > 0
    assert not any(deskwork.breaches(district.orders, work).values()), deskwork.breaches(district.orders, work)
