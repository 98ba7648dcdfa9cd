"""Who serves one's own town: a map of tiles and a list, without a name known, a script run or an account."""

import pytest
from django.urls import reverse

from institutions.models import Town
from tests import world
from tests.desks.offices import count, text
from tests.world import places

pytestmark = pytest.mark.django_db
PAGE = "public:institutions"


@pytest.mark.clause("004 五(三)", "004 三(八)")
def test_every_town_has_its_tile_and_each_served_town_its_institutions_with_phones(client):
    t = world.town()
    both = places.offering_centre(t.hospital, t.edition, t.now, towns=(places.WEIFANG, places.LUJIAZUI), name="陆家嘴")
    places.bare_centre(t.hospital, name="没有备案", now=t.now)

    answer = client.get(reverse(PAGE))

    page, tiles = text(answer), {tile["code"]: tile for tile in answer.context["tiles"]}
    assert set(tiles) == set(Town.objects.values_list("code", flat=True))
    assert len({(tile["column"], tile["row"]) for tile in tiles.values()}) == len(tiles) == 36
    assert [one["name"] for one in tiles[places.WEIFANG]["institutions"]] == sorted([t.centre.name, both.name])
    assert [one["name"] for one in tiles[places.LUJIAZUI]["institutions"]] == [both.name]
    assert page.count("暂未开通") == 34
    for code in (places.WEIFANG, places.LUJIAZUI):
        assert f'href="#t{code}"' in page
        assert f'id="t{code}"' in page
    assert f'href="tel:{both.phone}"' in page
    assert "没有备案" not in page
    assert "<script" not in page.split("<main")[1]


def test_the_page_costs_the_same_with_one_institution_and_with_ten(client):
    t = world.town()
    before = count(client, reverse(PAGE))
    for number in range(9):
        places.offering_centre(t.hospital, t.edition, t.now, towns=(places.LUJIAZUI,), name=f"机构{number}")

    assert count(client, reverse(PAGE)) == before


def test_before_a_district_is_set_up_it_says_so_and_every_public_page_leads_there(client):
    assert "街镇名单登记后会显示在这里" in text(client.get(reverse(PAGE)))

    world.town()
    for name in ("public:home", "public:complain", "public:checking", "account:login", "account:register"):
        page = text(client.get(reverse(name)))
        for address in (reverse(PAGE), reverse("public:complain")):
            assert f'href="{address}"' in page, name
