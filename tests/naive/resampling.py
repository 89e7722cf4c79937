"""Slow, obvious twin of `egide.kernels.resampling`."""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.kernels.resampling import STREAM_RESAMPLE
from egide.kernels.rng import uniform


def bootstrap_means(values: Any, seed: int, count: int) -> Any:
    rows = len(values)
    picks = [[int(uniform(seed, b, STREAM_RESAMPLE, r) * rows) for r in range(rows)] for b in range(count)]
    return np.array([values[p].mean(axis=0) for p in picks])


def rank_shares(samples: Any) -> Any:
    """Share of each rank, by sorting: tied columns share the places that they fill in the order."""
    shares = np.zeros((samples.shape[1], samples.shape[1]))
    for row in samples:
        order = sorted(range(len(row)), key=lambda n: -row[n])
        for n in range(len(row)):
            places = [k for k, m in enumerate(order) if row[m] == row[n]]
            shares[n, places] += 1 / len(places)
    return shares / len(samples)
