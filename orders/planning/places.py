"""
Compiled: where a task could go, and what that would push.

A place costs O(1) to judge while it pushes nobody who has a partner or a due time; otherwise the push is followed along
the route, to the partners' routes and on, before anything is changed.
"""

from orders.planning.compiled import compiled
from orders.planning.routes import (
    BALANCE,
    BEGIN,
    CARRIED,
    CLOSE,
    DUE,
    EPS,
    FAR,
    FROM,
    LATE_W,
    LATEST,
    LATEST_W,
    LEAD,
    LEN,
    LOAD,
    LONG,
    MATE,
    MORE,
    MOST,
    OFF,
    ON,
    OPEN,
    PLACE,
    POS,
    ROAD_W,
    TAIL,
    TO,
    USED,
    WHO,
    last_before,
    opens_at,
)

# A place is overlooked now and then, so that the search does not always see the same.
BLINK = 0.01


@compiled
def pushed(day, scratch, room, worst, one, k1, p1, t1, two, k2, p2, t2):
    """
    What it costs in lateness to begin task ``one`` at t1 in place p1 of nurse k1 (and ``two`` likewise, or -1).

    FAR when somebody would come after closing or home after the shift, when it costs more than ``room``, or when the
    push comes back to where it began.
    """
    road, hours, T, TI, N, NI, windows, gaps, price, R, weights = day
    tentative, stamp, item_k, item_p, item_at, item_t = scratch
    seats = price.shape[0]
    stamp[-1] += 1
    mark = stamp[-1]
    late = 0.0
    most = worst
    depth = 1
    item_k[0], item_p[0], item_at[0], item_t[0] = k1, p1, TI[one, PLACE], t1 + T[one, LONG]
    if t1 > T[one, DUE]:
        late += t1 - T[one, DUE]
        most = max(most, t1 - T[one, DUE])
    if two >= 0:
        depth = 2
        item_k[1], item_p[1], item_at[1], item_t[1] = k2, p2, TI[two, PLACE], t2 + T[two, LONG]
        if t2 > T[two, DUE]:
            late += t2 - T[two, DUE]
            most = max(most, t2 - T[two, DUE])
    steps = 0
    while depth > 0:
        depth -= 1
        k, p, at, t = item_k[depth], item_p[depth], item_at[depth], item_t[depth]
        length = NI[k, LEN]
        met = False
        while p < length:
            q = R[k, p]
            if q >= seats:
                x = opens_at(T, TI, windows, q, t)
                if x > T[q, CLOSE] + EPS:
                    return FAR
                t = x + T[q, LONG]
                p += 1
                continue
            # A partner is called to a time (at < 0); everybody else travels to it.
            x = t if at < 0 else t + hours[at, TI[q, PLACE]]
            x = opens_at(T, TI, windows, q, x)
            now = tentative[q] if stamp[q] == mark else T[q, BEGIN]
            if x <= now + EPS:
                met = True
                break
            if x > T[q, CLOSE] + EPS:
                return FAR
            if x > T[q, DUE]:
                late += x - max(now, T[q, DUE])
                most = max(most, x - T[q, DUE])
            if weights[LATE_W] * late > room:
                return FAR
            tentative[q] = x
            stamp[q] = mark
            steps += 1
            if steps > 4 * seats:
                return FAR
            j = TI[q, MATE]
            if j >= 0 and TI[j, WHO] >= 0:
                y = x + gaps[q, 0] if TI[q, LEAD] else x - gaps[j, 1]
                if y > (tentative[j] if stamp[j] == mark else T[j, BEGIN]) + EPS:
                    h, r = TI[j, WHO], TI[j, POS]
                    if (h == k1 and r < p1) or (two >= 0 and h == k2 and r < p2) or depth >= item_k.shape[0]:
                        return FAR
                    item_k[depth], item_p[depth], item_at[depth], item_t[depth] = h, r, -1, y
                    depth += 1
            at = TI[q, PLACE]
            t = x + T[q, LONG]
            p += 1
        if not met and at >= 0 and t + hours[at, NI[k, TO]] > N[k, OFF] + EPS:
            return FAR
    return weights[LATE_W] * late + weights[LATEST_W] * (most - worst)


@compiled
def scan(day, scratch, i, limit, size, exact, soft, worst, who, first, last, rng, found, which):
    """
    The cheapest places for task i under ``limit`` among the nurses who[first:last], at most ``size``; their number.

    ``found`` receives (cost, earliest, latest), ``which`` (nurse, position), cheapest first. With ``exact`` a place's
    cost includes what it pushes; without it a place that would push too far may be among them.
    """
    road, hours, T, TI, N, NI, windows, gaps, price, R, weights = day
    seats = price.shape[0]
    here = TI[i, PLACE]
    opens, closes, minutes, more_windows = T[i, OPEN], T[i, CLOSE], T[i, LONG], TI[i, MORE] >= 0
    count = 0
    for c in range(first, last):
        k = who[c]
        if NI[k, USED] >= NI[k, MOST] or price[i, k] >= limit:
            continue
        length = NI[k, LEN]
        twice = 2 * (N[k, CARRIED] + N[k, LOAD])
        for p in range(length + 1):
            if p == 0:
                free, before = N[k, ON], NI[k, FROM]
            else:
                q = R[k, p - 1]
                free, before = T[q, BEGIN] + T[q, LONG], TI[q, PLACE]
            if free > closes:
                break
            tail = False
            if p == length:
                after = NI[k, TO]
                latest = N[k, OFF] - hours[here, after]
            else:
                q = R[k, p]
                tail = TI[q, TAIL] == 1
                if q < seats:
                    after = TI[q, PLACE]
                    latest = T[q, LATEST] - hours[here, after]
                else:
                    # Breaks are taken where the nurse is: those that follow move to this task's place.
                    r = p
                    while r < length and R[k, r] >= seats:
                        r += 1
                    after = TI[R[k, r], PLACE] if r < length else NI[k, TO]
                    latest = (T[R[k, r], LATEST] if r < length else N[k, OFF]) - hours[here, after]
                    for s in range(r - 1, p - 1, -1):
                        latest = min(latest - T[R[k, s], LONG], T[R[k, s], CLOSE])
            latest = min(latest - minutes, closes)
            if latest < free or latest < opens:
                continue
            earliest = max(opens, free + hours[before, here])
            if more_windows:
                earliest = opens_at(T, TI, windows, i, earliest)
                latest = last_before(T, TI, windows, i, latest)
            if earliest > latest + EPS:
                continue
            more = road[before, here] + road[here, after] - (road[before, after] if NI[k, USED] > 0 else 0.0)
            grown = more + minutes
            cost = price[i, k] + weights[ROAD_W] * more + N[k, BALANCE] * (twice + grown) * grown
            if cost >= limit:
                continue
            if draw(rng) < BLINK:
                continue
            if exact and (soft or tail):
                cost += pushed(day, scratch, limit - cost, worst, i, k, p, earliest, -1, -1, -1, 0.0)
                if cost >= limit:
                    continue
            x = count if count < size else size - 1
            while x > 0 and found[x - 1, 0] > cost:
                found[x, 0], found[x, 1], found[x, 2] = found[x - 1, 0], found[x - 1, 1], found[x - 1, 2]
                which[x, 0], which[x, 1] = which[x - 1, 0], which[x - 1, 1]
                x -= 1
            found[x, 0], found[x, 1], found[x, 2] = cost, earliest, latest
            which[x, 0], which[x, 1] = k, p
            count = min(size, count + 1)
            if count == size:
                limit = found[size - 1, 0]
    return count


@compiled
def together(T, TI, windows, gaps, i, j, first, second):
    """The earliest (start of i, start of its partner j) from ``first`` and ``second`` on; FAR when none agree."""
    for _ in range(4):
        first = opens_at(T, TI, windows, i, max(first, second - gaps[i, 1]))
        second = opens_at(T, TI, windows, j, max(second, first + gaps[i, 0]))
        if second - first <= gaps[i, 1] + EPS:
            return first, second
    return FAR, FAR


@compiled
def draw(rng):
    """A number in [0, 1): xorshift64, so that a seed means the same in every thread."""
    x = rng[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x1FFFFFFFFFFFFFF
    x ^= x << 17
    rng[0] = x
    return ((x >> 11) & 0x1FFFFFFFFFFFFF) / 9007199254740992.0
