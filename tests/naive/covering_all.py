"""Slow, obvious twins of `egide.kernels.covering_all`: worths are taken afresh at every move."""

from __future__ import annotations

import numpy as np

from egide.kernels.rng import uniform


def worths(cover, row_weight, chosen):
    """Weight each site alone covers (in) or would newly cover (out)."""
    out = np.zeros(cover.shape[0])
    for i in range(cover.shape[0]):
        others = chosen.copy()
        others[i] = False
        out[i] = row_weight[cover[i] & ~cover[others].any(axis=0)].sum()
    return out


def weighted_row_search(cover, costs, start, iterations, seed, trial):
    """The same moves; the list of uncovered rows is kept in the same order, since a draw picks from it."""
    sites, rows = cover.shape
    row_weight, chosen, best = np.ones(rows), start.copy(), start.copy()
    stamp, ready = np.zeros(sites, int), np.ones(sites, bool)
    uncovered: list[int] = []
    barred = -1
    for it in range(iterations):
        if not uncovered and costs[chosen].sum() < costs[best].sum():
            best = chosen.copy()
        worth = worths(cover, row_weight, chosen)
        options = [i for i in np.nonzero(chosen)[0] if not (uncovered and i == barred)]
        if options:
            out = min(options, key=lambda i: (worth[i] / max(costs[i], 1e-300), stamp[i], i))
            chosen[out] = False
            stamp[out], ready[out] = it, False
            for j in np.nonzero(cover[out])[0]:
                if not cover[chosen, j].any():
                    uncovered.append(int(j))
                ready[np.setdiff1d(np.nonzero(cover[:, j])[0], [out])] = True
        if not uncovered:
            continue
        row = uncovered[int(uniform(seed, trial, 0, it) * len(uncovered))]
        worth = worths(cover, row_weight, chosen)
        add = -1
        for u in np.nonzero(cover[:, row])[0]:
            if not ready[u] or costs[chosen].sum() + costs[u] >= costs[best].sum():
                continue
            if add < 0:
                add = u
                continue
            left, right = worth[u] * costs[add], worth[add] * costs[u]
            if left > right or (left == right and stamp[u] < stamp[add]):
                add = u
        if add >= 0:
            for j in np.nonzero(cover[add])[0]:
                if j in uncovered:
                    at = uncovered.index(j)
                    uncovered[at] = uncovered[-1]
                    uncovered.pop()
                ready[cover[:, j]] = True
            chosen[add] = True
            stamp[add] = it
            barred = add
        row_weight[uncovered] += 1.0
    if not uncovered and costs[chosen].sum() < costs[best].sum():
        best = chosen.copy()
    return best


def cover_all_steps(cover, costs, balance, iterations, share, prices):
    """The same steps with matrices; returns the last iterates and their sums."""
    cover = cover.astype(float)
    step_site = balance / np.maximum(1, cover.sum(axis=1))
    step_point = 1.0 / (balance * cover.sum(axis=0))
    share_sum, price_sum = np.zeros_like(share), np.zeros_like(prices)
    for _ in range(iterations):
        fresh = np.clip(share - step_site * (costs - cover @ prices), 0.0, 1.0)
        ahead = 2.0 * fresh - share
        share = fresh
        prices = np.maximum(0.0, prices + step_point * (1.0 - ahead @ cover))
        share_sum, price_sum = share_sum + share, price_sum + prices
    return share, prices, share_sum, price_sum
