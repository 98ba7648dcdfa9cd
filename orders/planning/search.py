"""
Compiled: ruin and recreate (SISR, Christiaens and Vanden Berghe 2020) with simulated annealing.

Each round takes strings of neighbouring visits out of a few routes, puts them and some of the unserved back in a random
order at their cheapest places, and keeps the outcome when it is better or, with a chance that shrinks, a little worse.
"""

import math

import numpy as np

from orders.planning.compiled import compiled
from orders.planning.places import draw, pushed, scan, together
from orders.planning.routes import (
    BEGIN,
    CLOSE,
    COST,
    DROP,
    DUE,
    LATEST_W,
    LEAD,
    LEN,
    LOCK,
    MATE,
    MOVED,
    OPEN,
    PLACE,
    SOUND,
    WAS_WITH,
    WHO,
    WORST,
    put_in,
    relax,
    settle_again,
    take_out,
)

# Cells of ``state``.
NOW, BEST, ROUNDS, DROPPED = range(4)


@compiled
def strings_out(day, near, seed, only, removed, rng, out, is_out):
    """Collect the tasks of strings around ``seed`` into ``out`` (SISR's ruin); ``only`` marks the routes to ruin."""
    TI, NI, R = day[3], day[5], day[9]
    m = NI.shape[0]
    total = 0
    for k in range(m):
        total += NI[k, LEN]
    longest = max(1.0, min(10.0, total / m))
    strings = int(draw(rng) * (4.0 * removed / (1.0 + longest) - 1.0) + 1.0)
    ruined = np.zeros(m, np.int8)
    count = 0
    done = 0
    for q in range(-1, near.shape[1]):
        if done >= strings:
            break
        i = seed if q < 0 else near[seed, q]
        if i < 0:
            break
        k = TI[i, WHO]
        if k < 0 or ruined[k] == 1 or TI[i, LOCK] or only[k] == 0:
            continue
        ruined[k] = 1
        done += 1
        length = NI[k, LEN]
        size = int(draw(rng) * min(longest, length) + 1.0)
        kept = 0
        if draw(rng) < 0.5 and size < length:
            while size + kept < length and draw(rng) > 0.01:
                kept += 1
                if draw(rng) < 0.5:
                    break
        span = size + kept
        here = 0
        while R[k, here] != i:
            here += 1
        low = max(0, here - span + 1)
        high = min(here, length - span)
        start = low + int(draw(rng) * (high - low + 1)) if high >= low else 0
        gap = start + (int(draw(rng) * size) if kept > 0 and size > 1 else size)
        for p in range(start, min(length, start + span)):
            x = R[k, p]
            if (kept > 0 and gap <= p < gap + kept) or TI[x, LOCK] or is_out[x]:
                continue
            is_out[x] = 1
            out[count] = x
            count += 1
    for q in range(count):
        j = TI[out[q], MATE]
        if j >= 0 and is_out[j] == 0:
            is_out[j] = 1
            out[count] = j
            count += 1
    return count


@compiled
def order(day, leads, count, ptr, rng, key):
    """Sort the visits to put back by one of a few random rules, dearest or hardest first."""
    road, T, TI, NI = day[0], day[2], day[3], day[5]
    rule = int(draw(rng) * 20)
    for q in range(count):
        i = leads[q]
        if rule < 4:
            key[q] = draw(rng)
        elif rule < 8:
            key[q] = -T[i, DROP] * (0.8 + 0.4 * draw(rng))
        elif rule < 10:
            key[q] = -road[TI[i, PLACE], NI[0, 0]]
        elif rule < 11:
            key[q] = road[TI[i, PLACE], NI[0, 0]]
        elif rule < 13:
            key[q] = min(T[i, CLOSE], T[i, DUE]) - T[i, OPEN]
        elif rule < 15:
            key[q] = T[i, OPEN]
        elif rule < 17:
            key[q] = min(T[i, CLOSE], T[i, DUE])
        else:
            key[q] = (ptr[i + 1] - ptr[i]) * (1.0 if TI[i, MATE] < 0 else 0.3)
    for q in range(1, count):
        x = key[q]
        i = leads[q]
        p = q - 1
        while p >= 0 and key[p] > x:
            key[p + 1] = key[p]
            leads[p + 1] = leads[p]
            p -= 1
        key[p + 1] = x
        leads[p + 1] = i


@compiled
def put_pair(day, scratch, i, who, ptr, soft, worst, rng, a, ka, b, kb, todo, queued):
    """Seat a two-nurse visit at its cheapest pair of places, when there is one that fits."""
    T, TI, windows, gaps = day[2], day[3], day[6], day[7]
    j = TI[i, MATE]
    size = a.shape[0]
    na = scan(day, scratch, i, T[i, DROP], size, False, soft, worst, who, ptr[i], ptr[i + 1], rng, a, ka)
    nb = 0
    if na > 0:
        nb = scan(day, scratch, j, T[i, DROP], size, False, soft, worst, who, ptr[j], ptr[j + 1], rng, b, kb)
    best = T[i, DROP]
    x = -1
    y = -1
    for s in range(na):
        if a[s, 0] >= best:
            break
        for r in range(nb):
            cost = a[s, 0] + b[r, 0]
            if cost >= best:
                break
            if ka[s, 0] == kb[r, 0]:
                continue
            first, second = together(T, TI, windows, gaps, i, j, a[s, 1], b[r, 1])
            if first > a[s, 2] + 1e-4 or second > b[r, 2] + 1e-4:
                continue
            cost += pushed(
                day, scratch, best - cost, worst, i, ka[s, 0], ka[s, 1], first, j, kb[r, 0], kb[r, 1], second
            )
            if cost < best:
                best = cost
                x = s
                y = r
    if x < 0:
        return False
    # From below: both begin at the earliest that they may, and are moved on to their common time.
    T[i, BEGIN] = T[i, OPEN]
    T[j, BEGIN] = T[j, OPEN]
    put_in(day, i, ka[x, 0], ka[x, 1])
    put_in(day, j, kb[y, 0], kb[y, 1])
    todo[0] = ka[x, 0]
    todo[1] = kb[y, 0]
    relax(day, todo, 2, queued)
    return True


@compiled
def worst_of(N):
    worst = 0.0
    for k in range(N.shape[0]):
        worst = max(worst, N[k, WORST])
    return worst


@compiled
def put_back(day, scratch, leads, count, who, ptr, soft, rng, a, ka, b, kb, todo, queued):
    """Seat the visits of ``leads`` one after another, each at its cheapest place; what costs more stays out."""
    T, TI, N = day[2], day[3], day[4]
    worst = worst_of(N) if soft else 0.0
    for q in range(count):
        i = leads[q]
        if TI[i, MATE] >= 0:
            put_pair(day, scratch, i, who, ptr, soft, worst, rng, a, ka, b, kb, todo, queued)
        else:
            if scan(day, scratch, i, T[i, DROP], 1, True, soft, worst, who, ptr[i], ptr[i + 1], rng, a, ka) == 0:
                continue
            T[i, BEGIN] = T[i, OPEN]
            put_in(day, i, ka[0, 0], ka[0, 1])
            todo[0] = ka[0, 0]
            relax(day, todo, 1, queued)
        if soft:
            worst = worst_of(N)


@compiled
def total_of(day, dropped):
    """The cost of the whole plan, in minutes."""
    N, weights = day[4], day[10]
    cost = dropped + weights[LATEST_W] * worst_of(N)
    for k in range(N.shape[0]):
        cost += N[k, COST]
    return cost


@compiled
def changed_of(day, unserved, count):
    """How many seats of the earlier plan are no longer what they were."""
    TI, NI = day[3], day[5]
    changed = 0
    for k in range(NI.shape[0]):
        changed += NI[k, MOVED]
    for q in range(count):
        i = unserved[q]
        if TI[i, WAS_WITH] >= 0:
            changed += 1 if TI[i, MATE] < 0 else 2
    return changed


@compiled
def unsound_of(NI):
    count = 0
    for k in range(NI.shape[0]):
        count += 1 - NI[k, SOUND]
    return count


@compiled
def search(day, scratch, who, ptr, near, soft, rounds, hot, cold, removed, most_changed, state, kept, rng):
    """
    Go on for ``rounds`` rounds while the heat falls from ``hot`` to ``cold``; the best plan is left in ``kept``.

    ``who[ptr[i]:ptr[i + 1]]`` are the nurses for task i, ``near`` its neighbours. ``most_changed`` (or -1) bounds the
    seats that may differ from the earlier plan. The first round ever only puts in what is out.
    """
    road, hours, T, TI, N, NI, windows, gaps, price, R, weights = day
    best_T, best_TI, best_NI, best_R = kept
    n = price.shape[0]
    m = NI.shape[0]
    a, b = np.empty((32, 3)), np.empty((32, 3))
    ka, kb = np.empty((32, 2), np.int64), np.empty((32, 2), np.int64)
    out, is_out = np.empty(n, np.int64), np.zeros(n, np.int8)
    leads, key = np.empty(n, np.int64), np.empty(n)
    unserved, count_u = np.empty(n, np.int64), 0
    changed, is_changed = np.empty(m, np.int64), np.zeros(m, np.int8)
    todo, queued = np.empty(m, np.int64), np.zeros(m, np.int8)
    everyone, only = np.ones(m, np.int8), np.zeros(m, np.int8)
    for i in range(n):
        if TI[i, LEAD] and TI[i, WHO] < 0:
            unserved[count_u] = i
            count_u += 1
    was_T, was_TI, was_N, was_NI, was_R = T.copy(), TI.copy(), N.copy(), NI.copy(), R.copy()
    unsound = unsound_of(NI)
    for r in range(rounds):
        heat = hot * (cold / hot) ** (r / rounds)
        first = state[ROUNDS] == 0
        was_T[:] = T
        was_TI[:] = TI
        was_N[:] = N
        was_NI[:] = NI
        was_R[:] = R
        dropped = state[DROPPED]
        gone = 0
        count = 0
        for k in range(m):
            is_changed[k] = 0
        if not first:
            seed = int(draw(rng) * n)
            target = everyone
            if count_u > 0 and draw(rng) < 0.25:
                # Around somebody who is left out, among the nurses who could come.
                seed = unserved[int(draw(rng) * count_u)]
                for k in range(m):
                    only[k] = 0
                for c in range(ptr[seed], ptr[seed + 1]):
                    only[who[c]] = 1
                target = only
            gone = strings_out(day, near, seed, target, removed, rng, out, is_out)
            count_c = 0
            for q in range(gone):
                i = out[q]
                if TI[i, WHO] >= 0:
                    k = take_out(day, i)
                    if is_changed[k] == 0:
                        is_changed[k] = 1
                        changed[count_c] = k
                        count_c += 1
                if TI[i, LEAD]:
                    leads[count] = i
                    count += 1
                    dropped += T[i, DROP]
            settle_again(day, changed, count_c, todo, queued)
        for q in range(gone):
            is_out[out[q]] = 0
        if count_u > 0:
            start = int(draw(rng) * count_u)
            most = count + (count_u if first else 12)
            for q in range(count_u):
                i = unserved[(start + q) % count_u]
                within_reach = first
                for c in range(ptr[i], ptr[i + 1]):
                    if within_reach or is_changed[who[c]]:
                        within_reach = True
                        break
                if within_reach:
                    leads[count] = i
                    count += 1
                    if count >= most:
                        break
        order(day, leads, count, ptr, rng, key)
        put_back(day, scratch, leads, count, who, ptr, soft, rng, a, ka, b, kb, todo, queued)
        for q in range(count):
            if TI[leads[q], WHO] >= 0:
                dropped -= T[leads[q], DROP]
        new = total_of(day, dropped)
        good = unsound_of(NI) <= unsound and new < state[NOW] - heat * math.log(draw(rng) + 1e-300)
        if good and (most_changed >= 0 or count_u > 0 or dropped > 0.5):
            still = 0
            for q in range(count_u):
                if TI[unserved[q], WHO] < 0:
                    out[still] = unserved[q]
                    still += 1
            for q in range(count):
                i = leads[q]
                if TI[i, WHO] < 0 and was_TI[i, WHO] >= 0:
                    out[still] = i
                    still += 1
            if most_changed >= 0 and changed_of(day, out, still) > most_changed:
                good = False
            else:
                count_u = still
                unserved[:still] = out[:still]
        if good:
            state[NOW] = new
            state[DROPPED] = dropped
            if new < state[BEST] - 1e-7:
                state[BEST] = new
                best_T[:] = T
                best_TI[:] = TI
                best_NI[:] = NI
                best_R[:] = R
        else:
            T[:] = was_T
            TI[:] = was_TI
            N[:] = was_N
            NI[:] = was_NI
            R[:] = was_R
        state[ROUNDS] += 1
