"""Paired comparison of two outcomes on common random numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError


@dataclass(frozen=True, eq=False)
class Comparison:
    """Difference of two plans, trial by trial."""

    difference: NDArray[np.float64]
    """(trials,) first less second; the same nights for both"""
    mean: float
    """Mean difference"""
    error: float
    """Its Monte-Carlo standard error"""
    low: float
    """Lower end of the interval of the mean difference"""
    high: float
    """Upper end of the interval of the mean difference"""
    level_fraction: float
    """Level of the interval [1]"""
    first_better_fraction: float
    """Share of nights on which the first is lower (better), ties counted half [1]"""
    tie_fraction: float
    """Share of nights on which the two are equal [1]"""
    variance_ratio: float
    """Variance of an unpaired difference over that of the paired one: how many times fewer trials pairing
    needs"""

    @property
    def decided(self) -> bool:
        """Whether the interval of the mean difference leaves zero out."""
        return self.low > 0.0 or self.high < 0.0


def mean_half_width(values: ArrayLike) -> float:
    """Half-width of the 95 % interval of the mean of some counts: Monte-Carlo error only.

    Parameters
    ----------
    values : array_like, shape (trials,)
        Counts, such as leakers or their differences.

    Returns
    -------
    float
        Normal approximation. Where all trials agree, three over their number instead of zero: what happens once in
        so many trials may not have happened yet (the rule of three). NaN for fewer than two.
    """
    counts = np.asarray(values, dtype=np.float64)
    if counts.size < 2:
        return float("nan")
    spread = float(counts.std(ddof=1))
    return 1.96 * spread / float(np.sqrt(counts.size)) if spread > 0.0 else 3.0 / counts.size


def compare_paired(first: ArrayLike, second: ArrayLike, *, level_fraction: float = 0.95) -> Comparison:
    """Compare two samples that share their trials.

    Parameters
    ----------
    first, second : array_like, shape (trials,)
        The same measure of two plans, lower being better, such as `RaidOutcome.leakers()`; both simulated
        with one seed on the same trials, with the same keys for the same threats and sensors.
    level_fraction : float
        Level of the interval of the mean difference, by Student's t [1]. The interval holds Monte-Carlo error
        only.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        When the samples are not of equal length, shorter than two, or not finite.
    """
    from scipy.stats import t as student

    a, b = (np.asarray(sample, dtype=np.float64) for sample in (first, second))
    if a.ndim != 1 or a.shape != b.shape or a.size < 2 or not np.all(np.isfinite(a) & np.isfinite(b)):
        remedy = "give two finite samples of the same two or more trials"
        raise InputError.one("compare_paired", "first, second", (a.shape, b.shape), remedy)
    if not 0.0 < level_fraction < 1.0:
        raise InputError.one(
            "compare_paired", "level_fraction", level_fraction, "give a level between 0 and 1"
        )
    difference = a - b
    mean = float(difference.mean())
    variance = float(difference.var(ddof=1))
    error = float(np.sqrt(variance / a.size))
    half = error * float(student.ppf(0.5 + 0.5 * level_fraction, a.size - 1))
    ties = float((difference == 0.0).mean())
    apart = float(a.var(ddof=1) + b.var(ddof=1))
    return Comparison(
        difference=difference,
        mean=mean,
        error=error,
        low=mean - half,
        high=mean + half,
        level_fraction=level_fraction,
        first_better_fraction=float((difference < 0.0).mean()) + 0.5 * ties,
        tie_fraction=ties,
        variance_ratio=apart / variance if variance > 0.0 else float("inf") if apart > 0.0 else 1.0,
    )
