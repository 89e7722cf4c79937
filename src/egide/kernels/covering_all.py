"""Set cover: local search with row weights, and primal-dual steps for its linear relaxation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering import Floats, Index, Ints
from egide.kernels.jit import jit
from egide.kernels.rng import uniform


@jit
def _flip(
    site: int,
    entering: bool,
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    row_weight: Floats,
    count: Ints,
    chosen: NDArray[np.bool_],
    worth: Floats,
) -> None:
    """Bring a site in or out; `worth` is the weight a site alone covers (in) or would newly cover (out)."""
    chosen[site] = entering
    for k in range(indptr[site], indptr[site + 1]):
        j = indices[k]
        others = count[j] if entering else count[j] - 1
        change = -row_weight[j] if entering else row_weight[j]
        if others == 0:
            for q in range(by_point[j], by_point[j + 1]):
                u = point_sites[q]
                if u != site:
                    worth[u] += change
        elif others == 1:
            for q in range(by_point[j], by_point[j + 1]):
                u = point_sites[q]
                if u != site and chosen[u]:
                    worth[u] += change
                    break
        count[j] += 1 if entering else -1


@jit
def _track(row: int, covered: bool, uncovered: Ints, place: Ints, length: int) -> int:
    """Keep the list of uncovered rows: returns its new length."""
    if covered:
        at = place[row]
        moved = uncovered[length - 1]
        uncovered[at] = moved
        place[moved] = at
        place[row] = -1
        return length - 1
    uncovered[length] = row
    place[row] = length
    return length + 1


@jit
def _least_worth(chosen: NDArray[np.bool_], worth: Floats, costs: Floats, stamp: Ints, barred: int) -> int:
    """The chosen site that is worth least for its cost, the longest unmoved on a tie; -1 if there is none."""
    best = -1
    best_ratio = np.inf
    for i in range(chosen.shape[0]):
        if not chosen[i] or i == barred:
            continue
        ratio = worth[i] / max(costs[i], 1e-300)
        if best < 0 or ratio < best_ratio or (ratio == best_ratio and stamp[i] < stamp[best]):
            best = i
            best_ratio = ratio
    return best


@jit
def weighted_row_search(
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    costs: Floats,
    start: NDArray[np.bool_],
    iterations: int,
    seed: int,
    trial: int,
) -> NDArray[np.bool_]:
    """Cheapest full cover met by weighted row search from a full cover (Gao, Weise and Li 2015).

    Each move takes out the site worth least for its cost, then brings in the best site of one uncovered
    row drawn at random; rows left uncovered gain weight. A site may return only after a neighbour moved.
    """
    sites = indptr.shape[0] - 1
    rows = by_point.shape[0] - 1
    row_weight = np.ones(rows)
    count = np.zeros(rows, np.int64)
    chosen = np.zeros(sites, np.bool_)
    worth = np.zeros(sites)
    stamp = np.zeros(sites, np.int64)
    ready = np.ones(sites, np.bool_)
    uncovered = np.empty(rows, np.int64)
    place = np.full(rows, -1, np.int64)
    length = 0
    cost = 0.0
    for i in range(sites):
        worth[i] = indptr[i + 1] - indptr[i]
    for i in range(sites):
        if start[i]:
            _flip(i, True, indptr, indices, by_point, point_sites, row_weight, count, chosen, worth)
            cost += costs[i]
    best = start.copy()
    best_cost = cost
    barred = -1
    for it in range(iterations):
        if length == 0 and (cost < best_cost or it == 0):
            best[:] = chosen
            best_cost = cost
        i = _least_worth(chosen, worth, costs, stamp, barred if length > 0 else -1)
        if i >= 0:
            _flip(i, False, indptr, indices, by_point, point_sites, row_weight, count, chosen, worth)
            cost -= costs[i]
            stamp[i] = it
            ready[i] = False
            for k in range(indptr[i], indptr[i + 1]):
                j = indices[k]
                if count[j] == 0:
                    length = _track(j, False, uncovered, place, length)
                for q in range(by_point[j], by_point[j + 1]):
                    if point_sites[q] != i:
                        ready[point_sites[q]] = True
        if length == 0:
            continue
        row = uncovered[int(uniform(seed, trial, 0, it) * length)]
        add = -1
        for q in range(by_point[row], by_point[row + 1]):
            u = point_sites[q]
            if not ready[u] or cost + costs[u] >= best_cost:
                continue
            if add < 0:
                add = u
                continue
            left = worth[u] * costs[add]
            right = worth[add] * costs[u]
            if left > right or (left == right and stamp[u] < stamp[add]):
                add = u
        if add >= 0:
            for k in range(indptr[add], indptr[add + 1]):
                j = indices[k]
                if count[j] == 0:
                    length = _track(j, True, uncovered, place, length)
                for q in range(by_point[j], by_point[j + 1]):
                    ready[point_sites[q]] = True
            _flip(add, True, indptr, indices, by_point, point_sites, row_weight, count, chosen, worth)
            cost += costs[add]
            stamp[add] = it
            barred = add
        for h in range(length):
            j = uncovered[h]
            row_weight[j] += 1.0
            for q in range(by_point[j], by_point[j + 1]):
                worth[point_sites[q]] += 1.0
    if length == 0 and cost < best_cost:
        best[:] = chosen
    return best


@jit
def cover_all_steps(
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    costs: Floats,
    balance: float,
    iterations: int,
    share: Floats,
    prices: Floats,
    share_sum: Floats,
    price_sum: Floats,
) -> None:
    """Primal-dual steps for the relaxation of set cover: minimise c x, A x >= 1, 0 <= x <= 1; in place."""
    sites = indptr.shape[0] - 1
    ahead = np.empty(sites)
    for _ in range(iterations):
        for i in range(sites):
            acc = 0.0
            for k in range(indptr[i], indptr[i + 1]):
                acc += prices[indices[k]]
            step = balance / max(1, indptr[i + 1] - indptr[i])
            fresh = min(1.0, max(0.0, share[i] - step * (costs[i] - acc)))
            ahead[i] = 2.0 * fresh - share[i]
            share[i] = fresh
            share_sum[i] += fresh
        for j in range(prices.shape[0]):
            cover = 0.0
            for q in range(by_point[j], by_point[j + 1]):
                cover += ahead[point_sites[q]]
            step = 1.0 / (balance * (by_point[j + 1] - by_point[j]))
            prices[j] = max(0.0, prices[j] + step * (1.0 - cover))
            price_sum[j] += prices[j]
