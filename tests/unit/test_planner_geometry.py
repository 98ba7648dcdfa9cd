"""Where things stand on the board and on the map: pure, so each sentence is one call."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desks.dispatch.planner import daymap, geometry
from institutions import holidays

DAY = date(2026, 3, 2)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CENTRE = (121.52, 31.23)


def at(hour, minute=0):
    return datetime(2026, 3, 2, hour, minute, tzinfo=SHANGHAI)


def test_a_moment_is_a_minute_of_its_day_and_stands_at_the_edge_outside_it():
    assert geometry.minute_of(at(9, 30), DAY) == 570
    assert geometry.minute_of(at(9) - timedelta(days=1), DAY) == 0
    assert geometry.minute_of(at(9) + timedelta(days=1), DAY) == 1440


def test_the_board_shows_the_usual_hours_and_whole_hours_around_what_lies_outside():
    assert geometry.scale([]) == geometry.Scale(480, 1080)
    assert geometry.scale([(450, 600), (900, 1095)]) == geometry.Scale(420, 1140)
    assert geometry.scale([(0, 1440)]) == geometry.Scale(0, 1440)


def test_a_place_on_the_board_is_a_share_of_its_width():
    scale = geometry.Scale(480, 1080)

    assert (scale.x(480), scale.x(495), scale.x(1080)) == ("0%", "2.5%", "100%")
    assert (scale.x(60), scale.x(1400)) == ("0%", "100%")
    assert scale.width(540, 600) == "10%"
    assert scale.width(420, 540) == "10%"
    assert scale.width(1100, 1200) == "0%"
    assert scale.hours == list(range(8, 19))


def test_what_overlaps_stands_on_levels_of_its_own():
    assert geometry.levels([(540, 600), (600, 660)]) == [0, 0]
    assert geometry.levels([(540, 600), (550, 620), (610, 660)]) == [0, 1, 0]
    assert geometry.levels([]) == []


def test_the_way_to_a_visit_stands_right_before_it():
    stops = [(540, 600, "a"), (660, 720, "b")]

    found = geometry.gaps(stops, "base", lambda _from, _to: 20)

    assert [(gap.begins, gap.ends, gap.late) for gap in found] == [(520, 540, False), (640, 660, False)]


def test_a_way_longer_than_the_time_for_it_is_late_and_takes_no_more_room_than_there_is():
    stops = [(540, 600, "a"), (610, 660, "b"), (660, 700, "c")]

    first, second, third = geometry.gaps(stops, "base", lambda _from, _to: 30)

    assert (second.begins, second.ends, second.late) == (600, 610, True)
    assert (third.begins, third.ends, third.late) == (660, 660, True)
    assert not first.late


def test_two_visits_at_one_address_have_no_way_between_them():
    assert geometry.gaps([(540, 600, "a"), (600, 660, "a")], None, lambda _from, _to: 0) == []


def test_words_of_a_short_visit_reach_to_what_comes_next_and_no_further_than_told():
    spans, levels = [(540, 560), (600, 620), (605, 640)], [0, 0, 1]

    assert geometry.rooms(spans, levels, [], 1080, 80) == [600, 680, 685]
    assert geometry.rooms(spans, levels, [585], 1080, 80)[0] == 585
    assert geometry.rooms([(1060, 1080)], [0], [], 1080, 80) == [1080]


# --- the map ----------------------------------------------------------------------------------------------------------


def tour(*places):
    return daymap.Tour("A", "顾晓雯", tuple(daymap.Stop(p, f"A{n}") for n, p in enumerate(places, 1)))


def test_every_point_lies_on_the_paper_and_east_is_right_and_north_is_up():
    places = [(121.50, 31.22), (121.56, 31.26), (121.53, 31.20)]

    drawing = daymap.draw([tour(*places)], [], CENTRE)

    points = drawing.tours[0]["points"]
    assert all(0 <= p["x"] <= daymap.WIDTH and 0 <= p["y"] <= daymap.HEIGHT for p in points)
    assert points[0]["x"] < points[2]["x"] < points[1]["x"]
    assert points[1]["y"] < points[0]["y"] < points[2]["y"]


def test_the_scale_is_as_long_as_it_says():
    drawing = daymap.draw([tour((121.50, 31.22), (121.56, 31.22))], [], CENTRE)

    a, b = drawing.tours[0]["points"]
    kilometres = (b["x"] - a["x"]) / drawing.bar_px * float(drawing.bar_words.split()[0])
    if drawing.bar_words.endswith(" 米"):
        kilometres /= 1000
    assert kilometres == pytest.approx(5.7, abs=0.1)  # 0.06° of longitude at 31° north


def test_several_visits_in_one_house_do_not_hide_each_other():
    drawing = daymap.draw([tour(CENTRE, CENTRE, CENTRE)], [daymap.Stop(CENTRE, "")], CENTRE)

    spots = {(p["x"], p["y"]) for p in (*drawing.tours[0]["points"], *drawing.waiting)}
    assert len(spots) == 4


def test_without_a_source_of_tiles_nobody_is_asked_and_a_grid_stands_there():
    drawing = daymap.draw([tour(CENTRE)], [], CENTRE)

    assert drawing.tiles == ()
    assert drawing.columns
    assert drawing.rows


def test_tiles_cover_the_paper_and_are_asked_by_number():
    drawing = daymap.draw([tour(CENTRE)], [], CENTRE, "https://tiles.example.cn/{z}/{x}/{y}.png")

    assert min(t["x"] for t in drawing.tiles) <= 0
    assert max(t["x"] + t["size"] for t in drawing.tiles) >= daymap.WIDTH
    assert max(t["y"] + t["size"] for t in drawing.tiles) >= daymap.HEIGHT
    assert all(t["href"].startswith(f"https://tiles.example.cn/{drawing.zoom}/") for t in drawing.tiles)
    # The tile of this place by the usual arithmetic of slippy maps.
    assert f"https://tiles.example.cn/{drawing.zoom}/27445/13389.png" in {t["href"] for t in drawing.tiles}


def test_a_day_without_places_has_no_map():
    assert daymap.draw([], [], CENTRE) is None


# --- the calendar -----------------------------------------------------------------------------------------------------


def test_a_day_says_when_it_is_a_holiday_or_a_working_day_made_up_for_one():
    assert holidays.called(date(2026, 10, 1)) == "国庆节假期"
    assert holidays.called(date(2026, 2, 14)) == "春节调休上班"
    assert holidays.called(date(2026, 3, 2)) == ""
