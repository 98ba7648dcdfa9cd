"""The overview of a span: figures beside the span before, each leading to what is behind it; nobody sees another's."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from indicators import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import places

pytestmark = pytest.mark.django_db


def url(**asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return reverse("oversight:span") + (f"?{query}" if query else "")


def prove(t):
    today = timezone.localdate()
    services.reconcile(
        district=t.district, first=today - timedelta(days=40), last=today + timedelta(days=9),
        by=t.actor(Role.SUPERVISOR), now=timezone.now(),
    )  # fmt: skip


@pytest.mark.clause("000 六(二十一)", "002 五(八)")
def test_the_figures_of_a_span_lead_to_what_they_count_and_strangers_see_none_of_it():
    t = offices.town()
    desk = client(t, Role.SUPERVISOR)
    world.order(t, at=S.COMPLETED)
    prove(t)
    day = desk.get(url())

    figures = {figure["label"]: figure for figure in day.context["figures"]}
    visits = figures["约定上门"]
    assert visits["value"] == 1
    assert desk.get(visits["url"]).context["page"].paginator.count == 1
    assert (figures["准时到达率"]["value"], figures["服务满意度"]["value"]) == (100, "无")
    tile = next(tile for tile in day.context["tiles"] if tile["short"] == "潍坊新村")
    assert (len(day.context["tiles"]), tile["visits"]) == (36, 1)
    assert desk.get(tile["url"]).context["page"].paginator.count == 1
    for figure in figures.values():
        if not figure["url"].startswith("#"):
            assert desk.get(figure["url"]).status_code == 200, figure["label"]
    before = count(desk, url(span="month"))
    for name in ("洋泾", "陆家嘴"):
        places.bare_centre(t.hospital, name=name, now=t.now)
    assert count(desk, url(span="month")) == before
    assert desk.get(url(span="week", on="2026-99-99", page=9)).status_code == 200
    assert desk.get(url(centre=999999)).status_code == 404

    said = {"by": places.SETUP, "now": t.now}
    next_door = create_organisation(kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", **said)
    t.users["stranger"] = places.post(next_door, Role.SUPERVISOR, now=t.now).user
    stranger = client(t, "stranger")
    page = stranger.get(url(span="month"))
    assert t.centre.short_name not in [row.short_name for row in page.context["places"]]
    assert {figure["value"] for figure in page.context["figures"]} == {0, "无"}
    assert {tile["visits"] for tile in page.context["tiles"]} == {0}
    for asked in ({"centre": t.centre.pk}, {"alliance": t.hospital.pk}):
        assert stranger.get(url(**asked)).status_code == 404
    for role in (Role.AUDITOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.NURSE, Role.PROXY):
        assert client(t, role).get(url()).status_code == 403
    assert "时段总览" in text(day)
