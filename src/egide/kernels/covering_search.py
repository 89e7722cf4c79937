"""Local search for covering problems: tabu search by swaps with gains kept up to date.

The value of a point covered k times is w f(k). `steps[k] = f(k + 1) - f(k)`, padded with two zeros past the
limit. Gains, losses and pair corrections are kept in the manner of Resende and Werneck (2007) for p-median,
so that the best of all swaps is read off a table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from egide.kernels.covering import Floats, Index, Ints
from egide.kernels.jit import jit
from egide.kernels.rng import uniform


class Sets(NamedTuple):
    """The instance: cover sets by site and by point, weights, value steps and costs."""

    indptr: Ints
    indices: Index
    by_point: Ints
    point_sites: Index
    weights: Floats
    steps: Floats
    costs: Floats


class Tables(NamedTuple):
    """What the search keeps up to date.

    `covers[j]` counts the covers of a point; `current[s]` site in a slot, -1 if empty; `slot_of[i]` the reverse;
    `gain[i]` of adding site i; `loss[s]` of emptying slot s; `pair[i, s]` what the swap is worth beyond
    gain less loss; `holders` is room for the slots that cover one point.
    """

    covers: Ints
    current: Ints
    slot_of: Ints
    gain: Floats
    loss: Floats
    pair: Floats
    holders: Ints


@jit
def _shift(sets: Sets, tables: Tables, site: int, slot: int, sign: int) -> None:
    """Bring every table up to date for `site` coming into `slot` (sign 1) or leaving it (sign -1).

    With c covers apart from the site's own, each other holder of the point changes what it alone is worth
    by steps[c] - steps[c-1], and its pair correction from q(c) to q(c+1), q(k) = steps[k-1] - steps[k].
    """
    steps = sets.steps
    for k in range(sets.indptr[site], sets.indptr[site + 1]):
        j = sets.indices[k]
        w = sets.weights[j] * sign
        c = tables.covers[j] if sign > 0 else tables.covers[j] - 1
        tables.covers[j] += sign
        first, last = sets.by_point[j], sets.by_point[j + 1]
        own_pair = steps[c] - steps[c + 1]
        tables.loss[slot] += w * steps[c]
        if c > 0:
            loss_change = w * (steps[c] - steps[c - 1])
            pair_change = w * (own_pair - (steps[c - 1] - steps[c]))
            if loss_change != 0.0 or pair_change != 0.0:
                held = 0
                for q in range(first, last):
                    s = tables.slot_of[sets.point_sites[q]]
                    if s >= 0 and s != slot:
                        tables.holders[held] = s
                        held += 1
                        tables.loss[s] += loss_change
                for q in range(first, last):
                    u = sets.point_sites[q]
                    for h in range(held):
                        tables.pair[u, tables.holders[h]] += pair_change
        gain_change = -w * own_pair
        if gain_change != 0.0:
            for q in range(first, last):
                u = sets.point_sites[q]
                tables.gain[u] += gain_change
                tables.pair[u, slot] -= gain_change


@jit
def _leave(sets: Sets, tables: Tables, slot: int) -> float:
    """Empty a slot; returns the change of the value. An empty slot stays empty."""
    site = tables.current[slot]
    if site < 0:
        return 0.0
    change: float = -tables.loss[slot]
    tables.slot_of[site] = -1
    tables.current[slot] = -1
    _shift(sets, tables, site, slot, -1)
    return change


@jit
def _enter(sets: Sets, tables: Tables, site: int, slot: int) -> float:
    """Put a site into an empty slot; returns the change of the value."""
    change: float = tables.gain[site]
    tables.slot_of[site] = slot
    tables.current[slot] = site
    _shift(sets, tables, site, slot, 1)
    return change


@jit
def _spent(sets: Sets, tables: Tables) -> float:
    total = 0.0
    for s in range(tables.current.shape[0]):
        if tables.current[s] >= 0:
            total += sets.costs[tables.current[s]]
    return total


@jit
def _best_swap(
    sets: Sets, tables: Tables, budget: float, free_from: Ints, now: int, wanted: float, tie: float
) -> tuple[int, int, float]:
    """Best change of one slot: site, slot and change; site -1 if nothing may move.

    A site that is still barred may move only for more than `wanted`. Of the empty slots one is enough.
    """
    limited = budget < np.inf
    spent = _spent(sets, tables) if limited else 0.0
    move = -np.inf
    site = -1
    slot = -1
    for i in range(tables.gain.shape[0]):
        if tables.slot_of[i] >= 0:
            continue
        allowed = free_from[i] <= now
        empty_tried = False
        for s in range(tables.current.shape[0]):
            old = tables.current[s]
            if old < 0:
                if empty_tried:
                    continue
                empty_tried = True
            if limited and spent - (sets.costs[old] if old >= 0 else 0.0) + sets.costs[i] > budget:
                continue
            change = tables.gain[i] + tables.pair[i, s] - tables.loss[s]
            if change > move + tie and (allowed or change > wanted):
                move = change
                site = i
                slot = s
    return site, slot, move


@jit
def tabu_search(
    sets: Sets,
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
    sites = sets.indptr.shape[0] - 1
    slots = start.shape[0]
    tables = Tables(
        np.zeros(sets.weights.shape[0], np.int64),
        np.full(slots, -1, np.int64),
        np.full(sites, -1, np.int64),
        np.zeros(sites),
        np.zeros(slots),
        np.zeros((sites, slots)),
        np.zeros(slots + 1, np.int64),
    )
    for i in range(sites):
        for k in range(sets.indptr[i], sets.indptr[i + 1]):
            tables.gain[i] += sets.weights[sets.indices[k]] * sets.steps[0]
    tie = 1e-12 * sets.weights.sum()
    value = 0.0
    for s in range(slots):
        if start[s] >= 0:
            value += _enter(sets, tables, start[s], s)
    best = tables.current.copy()
    best_value = value
    for draw in range(kick):
        s = int(uniform(seed, trial, 0, draw) * slots)
        i = int(uniform(seed, trial, 1, draw) * sites)
        value += _leave(sets, tables, s)
        if tables.slot_of[i] < 0 and _spent(sets, tables) + sets.costs[i] <= budget:
            value += _enter(sets, tables, i, s)
    free_from = np.zeros(sites, np.int64)
    for it in range(iterations):
        site, slot, move = _best_swap(sets, tables, budget, free_from, it, best_value + tie - value, tie)
        if site < 0:
            break
        old = tables.current[slot]
        if old >= 0:
            free_from[old] = it + 1 + tenure + int(uniform(seed, trial, 2, it) * (tenure + 1))
        _leave(sets, tables, slot)
        _enter(sets, tables, site, slot)
        value += move
        if value > best_value + tie:
            best_value = value
            best[:] = tables.current
    return best, best_value
