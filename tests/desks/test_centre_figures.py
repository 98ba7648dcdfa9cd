"""The centre's own service by month: the numbers its district reads, each leading to its rows, and nobody else's."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from indicators import months, own
from indicators.selectors import YEAR
from kernel.refusals import Hidden
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import persons, places

pytestmark = pytest.mark.django_db
PAGE = "centre:figures"


@pytest.mark.clause("000 六(二十一)", "003 附件-5")
def test_each_figure_of_a_month_leads_to_the_rows_that_it_counts():
    t = offices.town()
    done = world.order(t, at=S.COMPLETED)
    stars = {"on_time": 5, "explained": 4, "asked": 5, "observed": 4}
    services.rate(order_id=done.pk, answers=stars, comment="", by=t.actor(Role.PROXY), now=timezone.now())
    offices.another_patient(t)
    offered = world.order(t, at=S.OFFERED)
    services.decline(order_id=offered.pk, cause="far", by=t.actor(Role.NURSE), now=t.now)
    head = client(t, Role.CENTRE_ADMIN)

    answer = head.get(reverse(PAGE))

    # What was wished and offered yesterday may belong to the month before; a month is asked for what is in it.
    when = {"to_door": t.now, "acceptance": t.now, "unmet": done.window_start}
    said = {}
    for code, (meant, _) in own.OWN.items():
        month = months.month_of(timezone.localdate(when.get(code, done.finished_at)))
        page = head.get(reverse(PAGE), {"month": f"{month:%Y-%m}"})
        tile = next(tile for tile in page.context["figures"] if tile["label"] == meant.name)
        said[code] = tile["value"]
        rows = head.get(tile["url"])
        assert rows.context["page"].paginator.count, code
        for row in rows.context["page"].object_list:
            assert not row["url"] or head.get(row["url"]).status_code == 200
    assert answer.status_code == 200
    assert len(answer.context["lines"]) == YEAR
    assert (said["visits"], said["acceptance"], said["satisfaction"]) == ("1 次", "50.0%", "4.50 分")
    assert said["on_time"] == "100.0%"
    assert "低于目标" not in text(answer)


def test_nobody_reads_another_centre_and_odd_addresses_are_answered():
    t = offices.town()
    world.order(t, at=S.COMPLETED)
    other = places.offering_centre(t.hospital, t.edition, t.now, towns=(places.LUJIAZUI,), name="陆家嘴")
    stranger = places.staff(other, Role.CENTRE_ADMIN, now=t.now)
    month = months.month_of(timezone.localdate())

    for ask in (
        lambda: own.year(actor=stranger, centre=t.centre, last=month, now=t.now),
        lambda: own.behind(actor=stranger, centre=t.centre, code="visits", month=month, now=t.now),
        lambda: own.behind(actor=stranger, centre=other, code="nothing", month=month, now=t.now),
    ):
        with pytest.raises(Hidden):
            ask()
    past = own.year(actor=stranger, centre=other, last=month, now=timezone.now())
    assert {one.denominator for figures in past.values() for one in figures} == {0}
    assert (
        own.year(actor=t.actor(Role.SUPERVISOR), centre=t.centre, last=month, now=timezone.now()).keys() == past.keys()
    )
    head = client(t, Role.CENTRE_ADMIN)
    for odd in ("2026-99", "999999-1", "0001-01", "x", "2999-01"):
        assert head.get(reverse(PAGE), {"month": odd}).status_code == 200, odd
        assert head.get(reverse("centre:figures_one", args=["visits"]), {"month": odd}).status_code == 200, odd
    assert head.get(reverse("centre:figures_one", args=["nothing"])).status_code == 404
    for role in (Role.DISPATCHER, Role.NURSE, Role.PROXY, Role.SUPERVISOR):
        assert client(t, role).get(reverse(PAGE)).status_code == 403


def test_the_pages_cost_the_same_at_one_visit_and_at_three():
    t = offices.town()
    head = client(t, Role.CENTRE_ADMIN)
    pages = [reverse(PAGE), reverse("centre:figures_one", args=["unmet"])]
    world.order(t, at=S.COMPLETED)
    before = [count(head, page) for page in pages]
    for _ in range(2):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now, days=3)
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, at=S.COMPLETED)

    assert [count(head, page) for page in pages] == before
    assert "各机构" not in text(head.get(pages[0]))
