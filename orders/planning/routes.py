"""
Compiled: the tables of a day and the times of one nurse's route.

A task is one seat of a visit; breaks are tasks too, numbered after the seats. ``day`` is the tuple (road, hours, T, TI,
N, NI, windows, gaps, price, R, weights): travel that costs and travel that takes time, the tables below, further
windows, start gaps of two-nurse visits, price of task i with nurse k, routes, weights. A task's ``BEGIN`` is its
earliest time, given everything before it and its partner's time; ``LATEST`` is the latest that its own route allows;
``TAIL`` says whether somebody with a partner comes at it or after it in its route.
"""

from orders.planning.compiled import compiled

FAR = 1e15
EPS = 1e-4

# Columns of T and TI, a row for each task.
OPEN, CLOSE, LONG, DUE, BEGIN, LATEST, DROP, WAS = range(8)
PLACE, MATE, LEAD, LOCK, WHO, POS, MORE, WAS_WITH, TAIL = range(9)
# Columns of N and NI, a row for each nurse.
ON, OFF, BALANCE, CARRIED, LOAD, LATE, WORST, COST = range(8)
FROM, TO, MOST, LEN, USED, MOVED, PAIRS, SOUND = range(8)
# Weights.
ROAD_W, LATE_W, LATEST_W, MOVED_W, STEADY_W = range(5)


@compiled
def opens_at(T, TI, windows, i, x):
    """The first moment from x on at which task i may begin; later than CLOSE when there is none."""
    if x < T[i, OPEN]:
        return T[i, OPEN]
    w = TI[i, MORE]
    if w >= 0:
        while windows[w, 0] >= 0:
            if x <= windows[w, 1] + EPS:
                return max(x, windows[w, 0])
            w += 1
        return FAR
    return x


@compiled
def last_before(T, TI, windows, i, x):
    """The last moment up to x at which task i may begin; below OPEN when there is none."""
    if x >= T[i, CLOSE]:
        return T[i, CLOSE]
    w = TI[i, MORE]
    if w >= 0:
        found = -FAR
        while windows[w, 0] >= 0 and windows[w, 0] <= x:
            found = min(x, windows[w, 1])
            w += 1
        return found
    return x


@compiled
def settle(day, k, alone):
    """Work out the times and the cost of nurse k's route; ``alone`` leaves partners out of it."""
    road, hours, T, TI, N, NI, windows, gaps, price, R, weights = day
    seats = price.shape[0]
    length = NI[k, LEN]
    t = N[k, ON]
    at = NI[k, FROM]
    travel = 0.0
    work = 0.0
    cost = 0.0
    late = 0.0
    worst = 0.0
    used = 0
    moved = 0
    pairs = 0
    sound = 1
    for p in range(length):
        i = R[k, p]
        if i >= seats:
            TI[i, PLACE] = at
        place = TI[i, PLACE]
        x = t + hours[at, place]
        j = TI[i, MATE]
        if j >= 0:
            pairs += 1
            if not alone and TI[j, WHO] >= 0:
                y = T[j, BEGIN] - gaps[i, 1] if TI[i, LEAD] else T[j, BEGIN] + gaps[j, 0]
                x = max(x, y)
        x = opens_at(T, TI, windows, i, x)
        if x > T[i, CLOSE] + EPS:
            sound = 0
        T[i, BEGIN] = x
        TI[i, POS] = p
        t = x + T[i, LONG]
        if i < seats:
            travel += road[at, place]
            work += T[i, LONG]
            cost += price[i, k]
            used += 1
            if x > T[i, DUE]:
                late += x - T[i, DUE]
                worst = max(worst, x - T[i, DUE])
            if T[i, WAS] >= 0:
                gone = abs(x - T[i, WAS])
                cost += weights[MOVED_W] * min(gone, 120.0)
                if TI[i, WAS_WITH] >= 0 and (TI[i, WAS_WITH] != k or gone > weights[STEADY_W]):
                    moved += 1
        at = place
    if used > 0:
        travel += road[at, NI[k, TO]]
        if t + hours[at, NI[k, TO]] > N[k, OFF] + EPS:
            sound = 0
    t = N[k, OFF]
    after = NI[k, TO]
    tail = 0
    for p in range(length - 1, -1, -1):
        i = R[k, p]
        if TI[i, MATE] >= 0:
            tail = 1
        TI[i, TAIL] = tail
        x = last_before(T, TI, windows, i, t - hours[TI[i, PLACE], after] - T[i, LONG])
        T[i, LATEST] = x
        t = x
        after = TI[i, PLACE]
    load = travel + work
    N[k, LOAD] = load
    N[k, LATE] = late
    N[k, WORST] = worst
    N[k, COST] = (
        weights[ROAD_W] * travel + cost + N[k, BALANCE] * load * (2 * N[k, CARRIED] + load) + weights[LATE_W] * late
    )
    NI[k, USED] = used
    NI[k, MOVED] = moved
    NI[k, PAIRS] = pairs
    NI[k, SOUND] = sound


@compiled
def relax(day, todo, count, queued):
    """Settle the first ``count`` routes of ``todo`` and every route that their partners' times reach, later only."""
    T, TI, NI, gaps, R = day[2], day[3], day[5], day[7], day[9]
    m = NI.shape[0]
    for q in range(count):
        queued[todo[q]] = 1
    head = 0
    waiting = count
    steps = 0
    while waiting > 0:
        k = todo[head]
        head = (head + 1) % m
        waiting -= 1
        queued[k] = 0
        steps += 1
        settle(day, k, False)
        if steps > 20 * m:
            NI[k, SOUND] = 0
            for q in range(m):
                queued[q] = 0
            return
        if NI[k, PAIRS] == 0:
            continue
        for p in range(NI[k, LEN]):
            i = R[k, p]
            j = TI[i, MATE]
            if j < 0 or TI[j, WHO] < 0:
                continue
            y = T[i, BEGIN] + gaps[i, 0] if TI[i, LEAD] else T[i, BEGIN] - gaps[j, 1]
            h = TI[j, WHO]
            if y > T[j, BEGIN] + EPS and queued[h] == 0:
                queued[h] = 1
                todo[(head + waiting) % m] = h
                waiting += 1


@compiled
def settle_again(day, changed, count, todo, queued):
    """After tasks were taken out: times may become earlier, so two-nurse visits are worked out from the beginning."""
    NI = day[5]
    paired = 0
    for k in range(NI.shape[0]):
        if NI[k, PAIRS] > 0:
            settle(day, k, True)
            todo[paired] = k
            paired += 1
    for q in range(count):
        k = changed[q]
        if NI[k, PAIRS] == 0:
            settle(day, k, True)
    if paired > 0:
        relax(day, todo, paired, queued)


@compiled
def put_in(day, i, k, p):
    """Seat task i with nurse k at position p; the route is settled by the caller."""
    TI, NI, R = day[3], day[5], day[9]
    for q in range(NI[k, LEN], p, -1):
        R[k, q] = R[k, q - 1]
    R[k, p] = i
    NI[k, LEN] += 1
    TI[i, WHO] = k


@compiled
def take_out(day, i):
    """Unseat task i and answer whose it was; the route is settled by the caller."""
    TI, NI, R = day[3], day[5], day[9]
    k = TI[i, WHO]
    p = 0
    while R[k, p] != i:
        p += 1
    for q in range(p, NI[k, LEN] - 1):
        R[k, q] = R[k, q + 1]
    NI[k, LEN] -= 1
    TI[i, WHO] = -1
    return k
