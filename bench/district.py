"""
A made-up day of home nursing in a district like Pudong, for measuring planners: no data of real people.

Town anchors are rounded public map positions; everybody and everything else is drawn from a seed.
"""

import math
import random

from orders.planning.problem import Nurse, Problem, Second, Settings, Visit

WEST, EAST, SOUTH, NORTH = 121.46, 121.99, 30.85, 31.40
KM_LON, KM_LAT = 95.2, 111.2
# Name, longitude, latitude, weight, spread in km, centres: 36 towns with 47 centres.
TOWNS = (
    ("Lujiazui", 121.505, 31.240, 5, 1.2, 1), ("Weifang", 121.523, 31.226, 4, 1.0, 1),
    ("Tangqiao", 121.521, 31.210, 3, 1.0, 1), ("Yangjing", 121.545, 31.243, 5, 1.3, 1),
    ("Hudong", 121.560, 31.262, 4, 1.2, 1), ("Jinyang", 121.573, 31.262, 5, 1.3, 1),
    ("Huamu", 121.553, 31.211, 6, 1.6, 2), ("Beicai", 121.557, 31.186, 6, 1.8, 2),
    ("Sanlin", 121.505, 31.148, 7, 1.8, 2), ("Zhoujiadu", 121.493, 31.180, 4, 1.0, 1),
    ("Nanmatou", 121.503, 31.196, 4, 1.0, 1), ("Shanggang", 121.497, 31.172, 4, 1.0, 1),
    ("Dongming", 121.515, 31.135, 4, 1.1, 1), ("Gaoqiao", 121.577, 31.352, 4, 2.0, 1),
    ("Gaodong", 121.620, 31.325, 3, 2.2, 1), ("Gaohang", 121.598, 31.300, 3, 1.7, 1),
    ("Jinqiao", 121.603, 31.262, 3, 1.7, 1), ("Caolu", 121.672, 31.275, 5, 2.2, 2),
    ("Heqing", 121.712, 31.242, 3, 2.5, 1), ("Tangzhen", 121.655, 31.218, 4, 2.0, 1),
    ("Zhangjiang", 121.605, 31.203, 5, 2.2, 2), ("Chuansha", 121.700, 31.190, 7, 2.6, 3),
    ("Kangqiao", 121.572, 31.130, 5, 2.2, 2), ("Zhoupu", 121.582, 31.112, 5, 1.8, 2),
    ("Hangtou", 121.592, 31.048, 4, 2.8, 1), ("Xinchang", 121.648, 31.028, 3, 2.4, 1),
    ("Xuanqiao", 121.702, 31.045, 2, 2.4, 1), ("Huinan", 121.757, 31.052, 6, 2.4, 2),
    ("Laogang", 121.848, 31.022, 2, 2.6, 1), ("Datuan", 121.738, 30.972, 2, 2.6, 1),
    ("Nicheng", 121.812, 30.912, 2, 2.4, 1), ("Shuyuan", 121.868, 30.952, 2, 2.6, 1),
    ("Wanxiang", 121.800, 30.972, 1, 2.4, 1), ("Lingang", 121.912, 30.900, 3, 3.0, 1),
    ("Zhuqiao", 121.752, 31.112, 4, 2.8, 2), ("Liuzao", 121.690, 31.118, 2, 2.4, 1),
)  # fmt: skip
CREDENTIALS = {
    "BASE": 1.0, "WOUND": 0.32, "PICC": 0.45, "CATH": 0.60, "TUBE": 0.55,
    "AIRWAY": 0.30, "PD": 0.18, "MIDWIFE": 0.20, "PALL": 0.22, "SENIOR": 0.40,
}  # fmt: skip
# Minutes, weight, credentials of the first nurse, of a second one, priority, fasting in the morning.
SERVICES = (
    (20, 16, ("BASE",), None, 2, True),  # venous blood
    (20, 10, ("BASE",), None, 2, False),  # injection
    (25, 7, ("BASE",), None, 1, True),  # glucose
    (50, 7, ("WOUND",), None, 2, False),  # pressure injury
    (40, 9, ("BASE",), None, 2, False),  # dressing
    (50, 3, ("WOUND",), None, 2, False),  # stoma
    (45, 7, ("PICC",), None, 3, False),
    (45, 3, ("PICC",), None, 3, False),  # infusion port
    (40, 8, ("CATH",), None, 3, False),
    (45, 8, ("TUBE",), None, 3, False),  # nasogastric tube
    (45, 2, ("TUBE", "WOUND"), None, 2, False),  # gastrostomy
    (60, 2, ("AIRWAY",), ("BASE",), 3, False),  # tracheostomy
    (30, 3, ("AIRWAY",), None, 3, False),  # suction
    (40, 3, ("BASE",), None, 2, False),  # enema
    (60, 2, ("PD",), None, 3, False),
    (60, 2, ("MIDWIFE",), None, 1, False),  # newborn
    (60, 2, ("MIDWIFE",), None, 1, False),  # lactation
    (90, 3, ("BASE",), ("BASE",), 1, False),  # bed bath
    (90, 3, ("PALL", "SENIOR"), None, 3, False),
)


def day(visits: int, nurses: int, seed: int = 1, centres: int | None = None, alliances: dict | None = None) -> Problem:
    """
    Return one day with as many visits and nurses, in as many centres (one, or one for each 7.5 nurses).

    ``alliances`` name the alliance of each centre, inside which nurses could be lent: the same day otherwise.
    """
    rnd = random.Random(seed * 7919 + visits)
    places = _centres(rnd, nurses, centres)
    total = sum(place["weight"] for place in places)
    shares = [place["weight"] / total for place in places]
    demand = _split(visits, shares, 0, largest_rest=True)
    staff = _split(nurses, shares, 2, largest_rest=False)
    roster = []
    for c, place in enumerate(places):
        roster += _nurses(rnd, c, place, staff[c], len(roster))
    teams = [[one for one in roster if one["centre"] == c] for c in range(len(places))]
    alliances = alliances or {c: c for c in range(len(places))}
    helpers = [[one for one in roster if alliances[one["centre"]] == alliances[c]] for c in range(len(places))]
    asked = []
    for c, place in enumerate(places):
        asked += [_visit(rnd, c, place, teams[c], len(asked) + v) for v in range(demand[c])]
    order = list(range(len(asked)))
    rnd.shuffle(order)
    # A person takes the requests as they came in: that is the order of the problem.
    booked = [asked[i] for i in order]
    return Problem(
        visits=tuple(_as_visit(one, helpers[one["centre"]]) for one in booked),
        nurses=tuple(
            Nurse(
                id=one["id"],
                shifts=(one["shift"],),
                start=places[one["centre"]]["at"],
                end=places[one["centre"]]["at"],
                max_visits=10,
                centre=one["centre"],
            )
            for one in roster
        ),
        settings=Settings(),
    )


def alliances(visits: int, nurses: int, seed: int = 1, size: int = 4) -> dict[int, int]:
    """The centres of a day in alliances of neighbours, as {centre: alliance}."""
    places = _centres(random.Random(seed * 7919 + visits), nurses, None)
    left = list(range(len(places)))
    found = {}
    while left:
        first = left[0]
        near = sorted(left, key=lambda c: _crow_km(places[first]["at"], places[c]["at"]))[:size]
        found |= dict.fromkeys(near, first)
        left = [c for c in left if c not in found]
    return found


def _centres(rnd, nurses, count):
    if count is None:
        count = max(1, min(47, round(nurses / 7.5))) if nurses > 40 else 1
    found = []
    for _, lon, lat, weight, spread, parts in TOWNS:
        for j in range(parts):
            angle = 2 * math.pi * j / parts
            dx, dy = (math.cos(angle) * spread * 1.2, math.sin(angle) * spread * 1.2) if parts > 1 else (0.0, 0.0)
            at = round(lon + dx / KM_LON, 5), round(lat + dy / KM_LAT, 5)
            found.append({"at": at, "weight": weight / parts, "spread": spread})
    if count == 1:
        return [{**found[21], "weight": 1, "spread": 2.6}]
    if count < len(found):
        first = found[rnd.randrange(len(found))]["at"]
        found = sorted(found, key=lambda one: _crow_km(first, one["at"]))[:count]
    return found


def _crow_km(a, b):
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b[0] - a[0]) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def _split(count, shares, least, *, largest_rest):
    parts = [max(least, math.floor(share * count)) for share in shares]
    if largest_rest:
        rests = sorted(range(len(shares)), key=lambda i: -(shares[i] * count - parts[i]))
        for i in rests[: count - sum(parts)]:
            parts[i] += 1
    while sum(parts) > count:
        parts[max(range(len(parts)), key=lambda i: parts[i] - shares[i] * count)] -= 1
    while sum(parts) < count:
        parts[max(range(len(parts)), key=lambda i: shares[i] * count - parts[i])] += 1
    return parts


def _nurses(rnd, c, place, count, first):
    mine = []
    for i in range(count):
        holds = [name for name, chance in CREDENTIALS.items() if rnd.random() < chance]
        u = rnd.random()
        shift = (480, 1020) if u < 0.80 else (480, 720) if u < 0.90 else (750, 1050)
        mine.append({"id": first + i, "centre": c, "holds": holds, "shift": shift})
    for name in list(CREDENTIALS)[1:]:  # every centre can do everything, if it has nurses enough
        wanted = min(2, len(mine))
        if sum(name in one["holds"] for one in mine) < wanted:
            for one in sorted(mine, key=lambda one: (len(one["holds"]), rnd.random())):
                if name not in one["holds"]:
                    one["holds"].append(name)
                    if name == "PALL" and "SENIOR" not in one["holds"]:
                        one["holds"].append("SENIOR")
                    if sum(name in other["holds"] for other in mine) >= wanted:
                        break
    return mine


def _visit(rnd, c, place, team, number):
    lon, lat = place["at"]
    while True:
        if rnd.random() < 0.88:
            dx, dy = rnd.gauss(0, place["spread"]), rnd.gauss(0, place["spread"])
        else:
            r, angle = 6 * math.sqrt(rnd.random()), rnd.random() * 2 * math.pi
            dx, dy = r * math.cos(angle), r * math.sin(angle)
        at = lon + dx / KM_LON, lat + dy / KM_LAT
        if WEST <= at[0] <= EAST and SOUTH <= at[1] <= NORTH:
            break
    minutes, _, first, second, priority, fasting = rnd.choices(SERVICES, [one[1] for one in SERVICES])[0]
    minutes = max(20, min(90, 5 * round(minutes * rnd.uniform(0.85, 1.2) / 5)))
    u = rnd.random()
    if fasting and u < 0.8:
        window = (480, 600)
    elif u < 0.35:
        opens = 480 + 30 * rnd.randrange(0, 13)
        window = (opens, opens + 120)
    elif u < 0.80:
        window = (480, 690) if rnd.random() < 0.55 else (780, 990)
    else:
        window = (480, 990)
    able = [one for one in team if set(first) <= set(one["holds"])]
    own = None
    if rnd.random() < 0.65 and able:  # continuity leans on a few nurses, as in real rosters
        own = able[min(len(able) - 1, int(len(able) * rnd.random() ** 1.5))]["id"]
        if rnd.random() < 0.10:
            own = -1  # off today
    refused = rnd.choice(team)["id"] if rnd.random() < 0.015 else None
    if own is not None and own == refused:
        refused = None
    return {
        "id": number, "centre": c, "at": (round(at[0], 6), round(at[1], 6)), "minutes": minutes, "window": window,
        "first": first, "second": second, "priority": priority, "own": own, "refused": refused,
    }  # fmt: skip


def _as_visit(one, team):
    def able(wanted):
        return frozenset(x["id"] for x in team if set(wanted) <= set(x["holds"]) and x["id"] != one["refused"])

    return Visit(
        id=one["id"],
        minutes=one["minutes"],
        windows=(one["window"],),
        place=one["at"],
        eligible=able(one["first"]),
        priority=one["priority"],
        preferred=frozenset() if one["own"] is None else frozenset({one["own"]}),
        second=Second(able(one["second"]), one["minutes"]) if one["second"] else None,
        skills=one["first"],
        centre=one["centre"],
    )
