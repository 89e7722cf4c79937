"""Covering problems by trying every choice: the oracle of the small instances."""

from __future__ import annotations

import itertools

import numpy as np


def choices(sites, limit, costs=None, budget=None, copies=1):
    """Every allowed list of sites, a site named once for each unit it holds."""
    for size in range(limit + 1):
        for choice in itertools.combinations_with_replacement(range(sites), size):
            if any(choice.count(i) > copies for i in choice):
                continue
            if costs is None or sum(costs[i] for i in choice) <= budget:
                yield list(choice)


def counts(cover, choice):
    """Covers of each point."""
    return cover[choice].sum(axis=0) if choice else np.zeros(cover.shape[1])


def covered(cover, weights, choice):
    """Weight covered at least once."""
    return float(weights[counts(cover, choice) >= 1].sum())


def covered_twice(cover, weights, choice):
    """Weight covered at least twice."""
    return float(weights[counts(cover, choice) >= 2].sum())


def expected(chances, weights, choice, busy):
    """Weight served at least once, each unit free and successful independently."""
    miss = np.prod(1.0 - (1.0 - busy) * chances[choice], axis=0) if choice else np.ones(chances.shape[1])
    return float(weights @ (1.0 - miss))


def after_loss(cover, weights, choice, lost):
    """Weight covered after the worst loss."""
    rest = [
        [i for i in choice if i not in gone]
        for gone in itertools.combinations(choice, min(lost, len(choice)))
    ]
    return min(covered(cover, weights, each) for each in rest)


def tail_mean(values, probabilities, tail):
    """Mean of the worst share `tail` of the probability."""
    left, total = tail, 0.0
    for k in np.argsort(values):
        part = min(left, probabilities[k])
        total += part * values[k]
        left -= part
    return total / tail
