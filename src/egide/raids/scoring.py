"""Proper scores of a probabilistic statement, and honest intervals for their differences.

Log score, CRPS, interval coverage and the probability integral transform as in Gneiting and Raftery,
"Strictly proper scoring rules, prediction, and estimation", JASA 102 (2007), and Czado, Gneiting and Held,
"Predictive model assessment for count data", Biometrics 65 (2009). Lower log score and CRPS are better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.kernels.rng import uniform

Floats = NDArray[np.float64]

STREAM_PIT = 7101
STREAM_BLOCK = 7102
DAYS_PER_BLOCK = 7


def crps_discrete(support: Floats, probability: Floats, observed: float) -> float:
    """CRPS of a distribution on finitely many values.

    Parameters
    ----------
    support : array, shape (n,)
        Values in increasing order, in the unit of the quantity.
    probability : array, shape (n,)
        Probability of each value [1]; sums to one.
    observed : float
        What happened; need not be in the support.

    Returns
    -------
    float
        Integral of (F(z) - 1{z >= observed})^2 dz, in the unit of the quantity; 0 is perfect.
    """
    x = np.asarray(support, dtype=np.float64)
    at = int(np.searchsorted(x, observed))
    points = np.insert(x, at, observed)
    weight = np.insert(np.asarray(probability, dtype=np.float64), at, 0.0)
    height = np.cumsum(weight)[:-1] - (points[:-1] >= observed)
    return float(np.sum(height * height * np.diff(points)))


def crps_counts(pmf: Floats, observed: int) -> float:
    """CRPS of a distribution on 0, 1, ... n, where `pmf[k]` is the probability of k [1]."""
    return crps_discrete(np.arange(len(pmf), dtype=np.float64), pmf, float(observed))


def crps_normal(mean: float, deviation: float, observed: float) -> float:
    """CRPS of a normal distribution, in its unit; closed form of Gneiting and Raftery (2007), eq. 21."""
    z = (observed - mean) / deviation
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    below = 0.5 * math.erfc(-z / math.sqrt(2.0))
    return deviation * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / math.sqrt(math.pi))


def log_score(pmf: Floats, observed: int) -> float:
    """-log of the probability given to what happened [nats]; infinite when it was called impossible."""
    probability = float(pmf[observed]) if 0 <= observed < len(pmf) else 0.0
    return -math.log(probability) if probability > 0.0 else math.inf


def quantile(pmf: Floats, share: float) -> int:
    """Least k with P(K <= k) >= share, for a distribution on 0, 1, ... n."""
    # A share that rounding leaves a hair above a step still belongs to that step, and the last partial sum
    # may fall short of one: the quantile stays in the support.
    found = int(np.searchsorted(np.cumsum(pmf), share - 1e-12))
    return min(found, len(pmf) - 1)


def central_interval(pmf: Floats, level: float) -> tuple[int, int]:
    """Central interval of a count: both ends included, at least `level` of the probability inside."""
    tail = 0.5 * (1.0 - level)
    return quantile(pmf, tail), quantile(pmf, 1.0 - tail)


def pit(pmf: Floats, observed: int, *, seed: int, address: int) -> float:
    """Randomised probability integral transform of a count.

    Parameters
    ----------
    pmf : array, shape (n + 1,)
        Predicted probability of 0, 1, ... n [1].
    observed : int
        What happened.
    seed, address : int
        Where the draw that breaks the step lies; the same address gives the same value.

    Returns
    -------
    float
        Uniform on (0, 1) over many nights if the predictions are calibrated.
    """
    below = float(np.sum(pmf[:observed]))
    return below + uniform(seed, address, STREAM_PIT, 0) * float(pmf[observed])


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """Mean paired difference of two scores with a bootstrap interval; negative means the first is better."""

    mean: float
    low: float
    """5 % quantile over the resampled weeks."""
    high: float
    """95 % quantile over the resampled weeks."""
    probability_better: float
    """Share of resamples in which the first scores lower [1]."""
    weeks: int
    """Number of week blocks; with few of them the interval is rough."""


def week_block_bootstrap(
    difference: Floats, day: NDArray[np.int64], *, seed: int, replicates: int = 2000
) -> ScoreDifference:
    """Bootstrap the mean of nightly paired differences by whole weeks.

    Nights next to each other are alike, so weeks (blocks of seven days from the first night) are drawn with
    replacement, as many as there are; each replicate is the mean over the nights of the weeks drawn.

    Parameters
    ----------
    difference : array, shape (nights,)
        Score of the first less score of the second, night by night.
    day : array of int, shape (nights,)
        Days since any fixed date.
    seed : int
        Address of the draws; a call with the same seed draws the same weeks, so several baselines are
        compared on the same resamples.
    replicates : int
        Number of resamples.

    Returns
    -------
    ScoreDifference
        Mean, 90 % interval and the share of resamples below zero.
    """
    block = np.unique((day - day.min()) // DAYS_PER_BLOCK, return_inverse=True)[1]
    blocks = int(block.max()) + 1
    total = np.bincount(block, difference, minlength=blocks)
    size = np.bincount(block, minlength=blocks).astype(np.float64)
    draw = np.array([[uniform(seed, r, STREAM_BLOCK, b) for b in range(blocks)] for r in range(replicates)])
    chosen = (draw * blocks).astype(np.int64)
    means = total[chosen].sum(axis=1) / size[chosen].sum(axis=1)
    low, high = np.quantile(means, [0.05, 0.95])
    return ScoreDifference(
        float(difference.mean()), float(low), float(high), float(np.mean(means < 0.0)), blocks
    )
