"""Slow, obvious twin of `egide.kernels.covering_search`: every swap is valued from scratch."""

from __future__ import annotations

import numpy as np
from tests.naive.covering import cover_counts

from egide.kernels.rng import uniform


def value_of(cover, weights, value, chosen):
    """Weight times value of the count, summed over the points."""
    return sum(w * value[k] for w, k in zip(weights, cover_counts(cover, chosen), strict=True))


def tabu_search(cover, weights, value, costs, budget, start, kick, iterations, tenure, seed, trial):
    """The same moves, chosen by trying each of them."""
    sites, slots = cover.shape[0], len(start)
    current = list(start)

    def worth(choice):
        return value_of(cover, weights, value, [i for i in choice if i >= 0])

    def paid(choice):
        return sum(costs[i] for i in choice if i >= 0)

    best, best_value = list(current), worth(current)
    for draw in range(kick):
        s = int(uniform(seed, trial, 0, draw) * slots)
        i = int(uniform(seed, trial, 1, draw) * sites)
        current[s] = -1
        if i not in current and paid(current) + costs[i] <= budget:
            current[s] = i
    free_from = np.zeros(sites, int)
    for it in range(iterations):
        now = worth(current)
        move, site, slot = -np.inf, -1, -1
        for i in range(sites):
            if i in current:
                continue
            for s in range(slots):
                if current[s] < 0 and s != current.index(-1):
                    continue
                trial_choice = [*current[:s], i, *current[s + 1 :]]
                if paid(trial_choice) > budget:
                    continue
                change = worth(trial_choice) - now
                if change > move and (free_from[i] <= it or now + change > best_value):
                    move, site, slot = change, i, s
        if site < 0:
            break
        if current[slot] >= 0:
            free_from[current[slot]] = it + 1 + tenure + int(uniform(seed, trial, 2, it) * (tenure + 1))
        current[slot] = site
        if now + move > best_value:
            best, best_value = list(current), now + move
    return best, best_value
