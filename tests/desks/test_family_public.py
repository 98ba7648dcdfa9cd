"""What anybody may read: found by a search engine, printed, and open about whom to call."""

import xml.etree.ElementTree as xml

import pytest
from django.test import Client
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
OPEN = ["public:home", "public:institutions", "public:complain", "public:checking"]


def text(answer):
    return answer.content.decode()


@pytest.mark.clause("004 五(三)")
@pytest.mark.parametrize("name", OPEN)
def test_a_public_page_says_what_it_is_and_where_it_stands(client, name):
    world.town()

    page = text(client.get(reverse(name) + "?from=poster"))

    assert page.count("<title>") == 1
    assert '<meta name="description" content="' in page
    assert '<meta name="robots" content="index, follow">' in page
    assert f'<link rel="canonical" href="http://testserver{reverse(name)}">' in page


@pytest.mark.clause("004 五(三)", "004 三(八)")
def test_how_to_complain_names_phones_ways_and_times(client):
    t = world.town()

    page = text(client.get(reverse("public:complain")))

    for words in ("中心看不到您的举报", "24 小时内受理", "15 天内答复", "12345", t.centre.name, t.centre.phone):
        assert words in page


def test_the_pages_stand_before_a_district_is_set_up(client):
    assert {client.get(reverse(name)).status_code for name in OPEN} == {200}


def test_the_items_stand_in_plain_words(client):
    t = world.town()

    page = text(client.get(reverse("public:home")))

    words = [item.plain_words for item in t.edition.items.all() if item.plain_words]
    assert words
    assert all(one in page for one in words)


def test_search_engines_are_led_to_public_pages_and_to_nothing_else(client):
    robots = text(client.get("/robots.txt"))
    tree = xml.fromstring(client.get("/sitemap.xml").content)
    found = [node.text for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]

    assert "Sitemap: http://testserver/sitemap.xml" in robots
    for closed in ("/family/", "/dispatch/", "/doctor/", "/nurse/", "/centre/", "/oversight/", "/api/"):
        assert f"Disallow: {closed}" in robots
        assert not any(f"testserver{closed}" in one for one in found)
    for one in found:
        assert Client().get("/" + one.split("/", 3)[3]).status_code == 200
