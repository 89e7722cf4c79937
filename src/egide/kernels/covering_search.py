"""Local search for covering problems: tabu search by swaps with gains kept up to date.

The value of a point covered k times is w f(k). `steps[k] = f(k + 1) - f(k)`, padded with two zeros past the
limit. Gains, losses and pair corrections are kept in the manner of Resende and Werneck (2007) for p-median,
so that the best of all swaps is read off a table.
"""

from __future__ import annotations

import numpy as np

from egide.kernels.covering import Floats, Index, Ints
from egide.kernels.jit import jit
from egide.kernels.rng import uniform


@jit
def _shift(
    site: int,
    slot: int,
    sign: int,
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    weights: Floats,
    steps: Floats,
    count: Ints,
    slot_of: Ints,
    gain: Floats,
    loss: Floats,
    pair: Floats,
    holders: Ints,
) -> None:
    """Put `site` into `slot` (sign 1) or take it out (sign -1) and bring every table up to date.

    With c covers before the site comes in, the other holders of the point lose
    steps[c-1] - steps[c] of what they alone are worth, and the correction for swapping u for them
    changes from q(c) to q(c+1), q(k) = steps[k-1] - steps[k].
    """
    for k in range(indptr[site], indptr[site + 1]):
        j = indices[k]
        w = weights[j] * sign
        c = count[j] if sign > 0 else count[j] - 1
        count[j] += sign
        own = steps[c]
        own_pair = steps[c] - steps[c + 1]
        gain_change = w * (steps[c + 1] - steps[c])
        loss[slot] += w * own
        held = 0
        if c > 0:
            loss_change = w * (steps[c] - steps[c - 1])
            pair_change = w * (own_pair - (steps[c - 1] - steps[c]))
            if loss_change != 0.0 or pair_change != 0.0:
                for q in range(by_point[j], by_point[j + 1]):
                    s = slot_of[point_sites[q]]
                    if s >= 0 and s != slot:
                        holders[held] = s
                        held += 1
                        loss[s] += loss_change
                for q in range(by_point[j], by_point[j + 1]):
                    u = point_sites[q]
                    for h in range(held):
                        pair[u, holders[h]] += pair_change
        if gain_change != 0.0 or own_pair != 0.0:
            own_change = w * own_pair
            for q in range(by_point[j], by_point[j + 1]):
                u = point_sites[q]
                gain[u] += gain_change
                pair[u, slot] += own_change


@jit
def tabu_search(
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    weights: Floats,
    steps: Floats,
    costs: Floats,
    budget: float,
    start: Ints,
    kick: int,
    iterations: int,
    tenure: int,
    seed: int,
    trial: int,
) -> tuple[Ints, float]:
    """Best choice met in `iterations` best-swap moves from `start` after `kick` random replacements.

    `start` holds one site per slot, -1 for an empty slot. A site taken out stays out for a random number of
    moves in [tenure, 2 tenure]; a move that beats the best is always allowed. Ties go to the lower index.
    """
    sites = indptr.shape[0] - 1
    slots = start.shape[0]
    count = np.zeros(weights.shape[0], np.int64)
    slot_of = np.full(sites, -1, np.int64)
    gain = np.zeros(sites)
    loss = np.zeros(slots)
    pair = np.zeros((sites, slots))
    holders = np.empty(slots + 1, np.int64)
    total = 0.0
    for i in range(sites):
        for k in range(indptr[i], indptr[i + 1]):
            gain[i] += weights[indices[k]] * steps[0]
    for j in range(weights.shape[0]):
        total += weights[j]
    tie = 1e-12 * total
    current = np.full(slots, -1, np.int64)
    value = 0.0
    spent = 0.0
    limited = budget < np.inf
    draw = 0
    for s in range(slots):
        i = start[s]
        if i < 0:
            continue
        value += gain[i]
        spent += costs[i]
        slot_of[i] = s
        current[s] = i
        _shift(i, s, 1, indptr, indices, by_point, point_sites, weights, steps, count, slot_of, gain, loss,
               pair, holders)  # fmt: skip
    best = current.copy()
    best_value = value
    for _ in range(kick):
        s = int(uniform(seed, trial, 0, draw) * slots)
        i = int(uniform(seed, trial, 1, draw) * sites)
        draw += 1
        old = current[s]
        if old >= 0:
            value -= loss[s]
            spent -= costs[old]
            slot_of[old] = -1
            current[s] = -1
            _shift(old, s, -1, indptr, indices, by_point, point_sites, weights, steps, count, slot_of, gain,
                   loss, pair, holders)  # fmt: skip
        if slot_of[i] < 0 and spent + costs[i] <= budget:
            value += gain[i]
            spent += costs[i]
            slot_of[i] = s
            current[s] = i
            _shift(i, s, 1, indptr, indices, by_point, point_sites, weights, steps, count, slot_of, gain,
                   loss, pair, holders)  # fmt: skip
    free_from = np.zeros(sites, np.int64)
    for it in range(iterations):
        move = -np.inf
        site = -1
        slot = -1
        for i in range(sites):
            if slot_of[i] >= 0:
                continue
            allowed = free_from[i] <= it
            empty_tried = False
            for s in range(slots):
                old = current[s]
                if old < 0:
                    if empty_tried:
                        continue
                    empty_tried = True
                if limited and spent - (costs[old] if old >= 0 else 0.0) + costs[i] > budget:
                    continue
                d = gain[i] + pair[i, s] - loss[s]
                if d > move + tie and (allowed or value + d > best_value + tie):
                    move = d
                    site = i
                    slot = s
        if site < 0:
            break
        old = current[slot]
        if old >= 0:
            spent -= costs[old]
            slot_of[old] = -1
            current[slot] = -1
            free_from[old] = it + 1 + tenure + int(uniform(seed, trial, 2, it) * (tenure + 1))
            _shift(old, slot, -1, indptr, indices, by_point, point_sites, weights, steps, count, slot_of,
                   gain, loss, pair, holders)  # fmt: skip
        spent += costs[site]
        slot_of[site] = slot
        current[slot] = site
        _shift(site, slot, 1, indptr, indices, by_point, point_sites, weights, steps, count, slot_of, gain,
               loss, pair, holders)  # fmt: skip
        value += move
        if value > best_value + tie:
            best_value = value
            best[:] = current
    return best, best_value
