"""Slow twins of `egide.kernels.tracking`: every sequence of hits and misses, written out."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray


def first_confirmation(pd: NDArray[np.float64], m: int, n: int) -> NDArray[np.float64]:
    """Add up the probability of each sequence at the scan that first completes M of the last N."""
    out = np.zeros_like(pd)
    for case, row in enumerate(pd):
        for hits in product((0, 1), repeat=row.size):
            chance = float(np.prod([p if hit else 1.0 - p for hit, p in zip(hits, row, strict=True)]))
            for scan in range(row.size):
                if sum(hits[max(0, scan - n + 1) : scan + 1]) >= m:
                    out[case, scan] += chance
                    break
    return out


def mean_scans(p: float, m: int, n: int) -> float:
    """Add up the chance of no track yet, scan by scan, until nothing is left."""
    waiting = {(0,) * (n - 1): 1.0}
    total = 0.0
    while sum(waiting.values()) > 1e-14:
        total += sum(waiting.values())
        later: dict[tuple[int, ...], float] = {}
        for past, mass in waiting.items():
            for hit, chance in ((0, 1.0 - p), (1, p)):
                window = (*past, hit)
                if sum(window) < m:
                    later[window[1:]] = later.get(window[1:], 0.0) + mass * chance
        waiting = later
    return total
