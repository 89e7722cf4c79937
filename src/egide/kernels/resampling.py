"""Bootstrap means and shares of ranks, by addressed draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.rng import uniform

STREAM_RESAMPLE = 6101


@jit
def bootstrap_means(
    values: NDArray[np.float64], seed: int, first: int, last: int, means: NDArray[np.float64]
) -> None:
    """Fill rows `first` to `last - 1` of `means` (B, N) with means over resampled rows of `values` (R, N)."""
    rows, columns = values.shape
    for b in range(first, last):
        means[b] = 0.0
        for r in range(rows):
            row = int(uniform(seed, b, STREAM_RESAMPLE, r) * rows)
            for n in range(columns):
                means[b, n] += values[row, n]
        for n in range(columns):
            means[b, n] /= rows


@jit
def rank_shares(samples: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
    """Fill `shares` (N, N): how often column n has rank k + 1, largest first, in `samples` (B, N).

    Columns that tie share the ranks they occupy equally.
    """
    rows, columns = samples.shape
    shares[:] = 0.0
    for b in range(rows):
        for n in range(columns):
            above, equal = 0, 0
            for m in range(columns):
                if samples[b, m] > samples[b, n]:
                    above += 1
                elif samples[b, m] == samples[b, n]:
                    equal += 1
            for k in range(above, above + equal):
                shares[n, k] += 1.0 / equal
    for n in range(columns):
        for k in range(columns):
            shares[n, k] /= rows
