"""The board as its page shows it: lanes, blocks, gaps and the pool, each with its place in the drawing."""

from datetime import date, datetime, timedelta
from string import ascii_uppercase
from typing import Any

from django.urls import reverse
from django.utils import timezone

from clinical.lifecycle import ASSESSMENT
from desks import office
from desks.dispatch.planner import daymap, geometry
from institutions import holidays
from orders import eligibility, faces, ranking, returns
from orders.board import Board, DoctorDay, NurseDay
from orders.lifecycle import UNDONE

BLOCK = 46  # px of one level of a lane
WORDS = 80  # minutes: the room that a short visit's words may take to its right
LOOKS = 6  # colours of tours on the map


def days(day: date, today: date) -> dict[str, Any]:
    """The day's own words, and the days around it."""
    return {
        "day": day,
        "iso": day.isoformat(),
        "weekday": f"星期{'一二三四五六日'[day.weekday()]}",
        "called": holidays.called(day),
        "is_today": day == today,
        "past": day < today,
        "before": address(day - timedelta(days=1)),
        "after": address(day + timedelta(days=1)),
        "today": reverse("dispatch:planner"),
        "url": address(day),
    }


def address(day: date) -> str:
    return reverse("dispatch:planner_day", args=[day.isoformat()])


def board(shown: Board, now: datetime, tiles_url: str, current: str = "") -> dict[str, Any]:
    """Everything that the board's template needs; ``current`` is the number of the visit in the drawer."""
    seen = _Seen(shown, now, current)
    lanes = [seen.nurse(row) for row in shown.nurses]
    doctors = [seen.doctor(row) for row in shown.doctors]
    on = [lane for lane in lanes if lane["working"]]
    return {
        "scale": seen.scale,
        "hours": [
            {"label": f"{hour}:00", "x": seen.scale.x(hour * 60), "last": hour * 60 == seen.scale.last}
            for hour in seen.scale.hours
        ],
        "lanes": on + [lane for lane in lanes if not lane["working"]],
        "nobody": not on,
        "doctors": doctors,
        "orders": [seen.order_card(due, row) for due, row in shown.orders] if not seen.past else [],
        "requests": [seen.request_card(due, row) for due, row in shown.requests] if not seen.past else [],
        "more": shown.more,
        "past": seen.past,
        "now_x": seen.now_x(),
        "map": _map(shown, seen, tiles_url),
    }


class _Seen:
    """One board on one scale."""

    def __init__(self, shown: Board, now: datetime, current: str):
        self.board, self.now, self.current, self.day = shown, now, current, shown.day
        self.past = shown.day < timezone.localdate(now)
        self.scale = geometry.scale(self._spans())

    def _spans(self):
        for row in self.board.nurses:
            yield from (self._span(begins, ends) for begins, ends in row.nurse.shifts)
            yield from (self._span(v.planned_start, v.planned_end) for v in (*row.visits, *row.company))
        for line in self.board.doctors:
            yield from (self._span(v.planned_start, v.planned_end) for v in line.visits)

    def _span(self, begins, ends):
        return geometry.minute_of(begins, self.day), geometry.minute_of(ends, self.day)

    def now_x(self) -> str:
        minute = geometry.minute_of(self.now, self.day)
        return self.scale.x(minute) if self.scale.shows(minute) else ""

    def nurse(self, row: NurseDay) -> dict[str, Any]:
        going = sorted((*row.visits, *row.company), key=lambda v: (v.planned_start, v.pk))
        spans = [self._span(v.planned_start, v.planned_end) for v in going]
        levels = geometry.levels(spans)
        stops = [(*span, eligibility.place_of(v.address)) for span, v in zip(spans, going, strict=True)]
        ways = geometry.gaps(stops, self.board.base, ranking.travel_minutes)
        rooms = geometry.rooms(spans, levels, [way.begins for way in ways], self.scale.last, WORDS)
        shifts = [self._span(*shift) for shift in row.nurse.shifts]
        return {
            "key": f"n{row.nurse.nurse_id}",
            "pk": row.nurse.nurse_id,
            "name": row.nurse.name,
            "load": row.load,
            "cap": row.cap,
            "full": row.load >= row.cap,
            "working": bool(shifts or going),
            "hours": "、".join(f"{geometry.clock(a)} 到 {geometry.clock(b)}" for a, b in shifts),
            "shifts": [self._bar(*span) for span in shifts],
            "leaves": [self._bar(*self._span(*span)) for span in row.nurse.leaves],
            "elsewhere": [self._bar(*self._span(*span)) for span in row.elsewhere],
            "blocks": [
                self._visit(v, *place, along=v.nurse_id != row.nurse.nurse_id)
                for v, *place in zip(going, spans, levels, rooms, strict=True)
            ],
            "gaps": [
                {**self._bar(way.begins, way.ends), "minutes": round(way.minutes), "late": way.late} for way in ways
            ],
            "height": BLOCK * (max(levels, default=0) + 1) + 6,
        }

    def doctor(self, row: DoctorDay) -> dict[str, Any]:
        spans = [self._span(v.planned_start, v.planned_end) for v in row.visits]
        levels = geometry.levels(spans)
        rooms = geometry.rooms(spans, levels, [], self.scale.last, WORDS)
        return {
            "key": f"d{row.doctor.pk}",
            "name": row.doctor.display_name,
            "load": len(row.visits),
            "blocks": [
                self._first_visit(v, *place) for v, *place in zip(row.visits, spans, levels, rooms, strict=True)
            ],
            "height": BLOCK * (max(levels, default=0) + 1) + 6,
        }

    def _visit(self, row, span, level, room, along):
        return {
            **self._block(row, span, level, room, faces.order(row)),
            "url": reverse("dispatch:planner_order", args=[self.day.isoformat(), row.number]),
            "number": row.number,
            "what": "、".join(line.item.name for line in row.lines.all()),
            "movable": row.status in UNDONE and not self.past and not along,
            "company": "同行" if along else "双人" if row.pk in self.board.paired else "",
            "minutes": row.minutes,
            "current": row.number == self.current,
        }

    def _first_visit(self, row, span, level, room):
        return {
            **self._block(row, span, level, room, faces.assessment(row)),
            "url": reverse("dispatch:planner_request", args=[self.day.isoformat(), row.request.number]),
            "number": row.request.number,
            "what": "首诊评估",
            "movable": row.status in ASSESSMENT["replan"].from_ and not self.past,
            "minutes": span[1] - span[0],
            "current": row.request.number == self.current,
        }

    def _block(self, row, span, level, room, face):
        return {
            **self._bar(*span),
            "room": self.scale.width(span[0], room),
            "y": 3 + level * BLOCK,
            "h": BLOCK,
            "name": row.patient.name,
            "begins": row.planned_start,
            "ends": row.planned_end,
            "face": face,
        }

    def _bar(self, begins, ends):
        return {"x": self.scale.x(begins), "w": self.scale.width(begins, ends)}

    def order_card(self, due, row) -> dict[str, Any]:
        return {
            **self._card(due, row),
            "url": reverse("dispatch:planner_order", args=[self.day.isoformat(), row.number]),
            "what": "、".join(line.item.name for line in row.lines.all()),
            "minutes": row.minutes,
            "window": (row.window_start, row.window_end),
            "late": row.window_end <= self.now,
            "sample": returns.of_order(row, self.board.settings, self.now),
            "note": row.last_reason,
        }

    def request_card(self, due, row) -> dict[str, Any]:
        return {
            **self._card(due, row),
            "url": reverse("dispatch:planner_request", args=[self.day.isoformat(), row.number]),
            "what": "、".join(item.name for item in row.wished_items.all()) or row.wish,
            "minutes": 60,
            "window": (row.wished_from, row.wished_to),
            "late": row.wished_to <= self.now,
            "sample": returns.of_request(row, self.board.settings, self.now),
            "note": "",
        }

    def _card(self, due, row):
        return {
            "number": row.number,
            "name": row.patient.name,
            "sex": row.patient.sex,
            "age": office.age(row.patient.birth_date),
            "town": row.address.town.name,
            "due": due,
            "current": row.number == self.current,
        }


def _map(shown: Board, seen: _Seen, tiles_url: str) -> dict[str, Any]:
    """The drawing, and the same in words: every tour with its hours and ways."""
    tours, said = [], []
    for n, row in enumerate(row for row in shown.nurses if row.visits):
        letter, stops, legs, come_from = _letter(n), [], [], shown.base
        for place, visit in enumerate(row.visits, 1):
            there = eligibility.place_of(visit.address)
            minutes = round(ranking.travel_minutes(come_from, there))
            label = f"{letter}{place}"
            stops.append(daymap.Stop(there, label, visit.patient.name))
            legs.append(
                {
                    "label": label, "begins": visit.planned_start, "name": visit.patient.name,
                    "town": visit.address.town.name, "minutes": minutes,
                }
            )  # fmt: skip
            come_from = there
        tours.append(daymap.Tour(letter, row.nurse.name, tuple(stops), n % LOOKS))
        said.append(
            {"letter": letter, "name": row.nurse.name, "look": n % LOOKS, "legs": legs,
             "minutes": sum(leg["minutes"] for leg in legs)}
        )  # fmt: skip
    waiting = [
        daymap.Stop(eligibility.place_of(row.address), "", row.patient.name)
        for _due, row in (() if seen.past else shown.orders)
    ]
    drawing = daymap.draw(tours, waiting, shown.base if any(shown.base) else None, tiles_url)
    return {"drawing": drawing, "tours": said, "waiting": len(waiting)}


def _letter(n: int) -> str:
    """A to Z, then A2 and on: what stands on the map for one nurse."""
    turn, place = divmod(n, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn + 1) if turn else "")
