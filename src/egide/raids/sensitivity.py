"""Which assumption matters: nested uncertainty, Sobol indices, and the value of knowing a parameter.

References
----------
Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181
(2010), its estimators for both indices. Strong, Oakley and Brennan, "Estimating multiparameter partial
expected value of perfect information from a probabilistic sensitivity analysis sample", Medical Decision
Making 34 (2014), for the regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError
from egide.raids.engine import run_raid
from egide.raids.outcome import RaidOutcome
from egide.raids.tables import RaidTables

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Shares of the variance of an outcome that its inputs explain."""

    labels: tuple[str, ...]
    first: Floats
    """(inputs,) explained by the input alone [1]"""
    total: Floats
    """(inputs,) explained by the input with all its interactions [1]"""
    first_error: Floats
    """(inputs,) bootstrap standard errors"""
    total_error: Floats
    evaluations: int


def parameter_draws(low: ArrayLike, high: ArrayLike, count: int, *, seed: int) -> Floats:
    """Latin hypercube between the low and high of each parameter.

    Parameters
    ----------
    low, high : array_like, shape (parameters,)
        Ends of the uniform ranges, such as low and high of the catalogue.
    count, seed : int
        How many draws, and from which seed.

    Returns
    -------
    numpy.ndarray, shape (count, parameters)
    """
    from scipy.stats import qmc

    bottom, width = _range(low, high)
    unit = qmc.LatinHypercube(bottom.size, rng=np.random.default_rng(seed)).random(count)
    return np.asarray(bottom + width * unit, dtype=np.float64)


def _range(low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    bottom, top = (np.atleast_1d(np.asarray(end, dtype=np.float64)) for end in (low, high))
    if bottom.ndim != 1 or bottom.shape != top.shape or not np.all(np.isfinite(bottom) & (bottom <= top)):
        raise InputError.one("sensitivity", "low, high", None, "give finite ranges with low not above high")
    return bottom, top - bottom


def sobol_indices(
    function: Callable[[Floats], ArrayLike],
    low: ArrayLike,
    high: ArrayLike,
    *,
    seed: int,
    log2_samples: int = 10,
    labels: Sequence[str] = (),
) -> SobolIndices:
    """First-order and total Sobol indices of an outcome in uniform parameters.

    Parameters
    ----------
    function : callable
        From (samples, parameters) to (samples,) outcomes, such as mean leakers by parameter set.
    low, high : array_like, shape (parameters,)
        Ends of the ranges.
    seed : int
        Seed of the scrambled Sobol sequence and of the bootstrap.
    log2_samples : int
        Base samples as a power of two; the function is called on (parameters + 2) times as many rows.
    labels : sequence of str
        Names of the parameters.

    Returns
    -------
    SobolIndices
        All zero when the outcome does not vary.
    """
    from scipy.stats import qmc

    bottom, width = _range(low, high)
    k, n = bottom.size, 2**log2_samples
    unit = qmc.Sobol(2 * k, rng=np.random.default_rng(seed)).random_base2(log2_samples)
    base, other = bottom + width * unit[:, :k], bottom + width * unit[:, k:]
    mixed = []
    for parameter in range(k):
        swapped = base.copy()
        swapped[:, parameter] = other[:, parameter]
        mixed.append(swapped)
    outcome = np.asarray(function(np.concatenate([base, other, *mixed])), dtype=np.float64)
    if outcome.shape != ((k + 2) * n,):
        raise InputError.one(
            "sobol_indices", "function", outcome.shape, "give one outcome for each row of inputs"
        )
    y = outcome.reshape(k + 2, n)
    rng = np.random.default_rng(seed + 1)
    resampled = np.array([_indices(y[:, rng.integers(0, n, n)]) for _ in range(100)])
    first, total = _indices(y)
    error = resampled.std(axis=0, ddof=1)
    names = tuple(labels) or tuple(f"parameter {p}" for p in range(k))
    return SobolIndices(names, first, total, error[0], error[1], outcome.size)


def _indices(y: Floats) -> Floats:
    """(2, inputs) indices from outcomes of the base, the other and the mixed samples."""
    variance = float(np.var(y[:2]))
    if variance <= 0.0:
        return np.zeros((2, y.shape[0] - 2))
    # Centred, which leaves the expectation alone and takes most of the noise out of small first-order indices.
    first = np.mean((y[1] - y[:2].mean()) * (y[2:] - y[0]), axis=1) / variance
    total = 0.5 * np.mean((y[0] - y[2:]) ** 2, axis=1) / variance
    return np.stack([first, total])


@dataclass(frozen=True, eq=False)
class NestedOutcome:
    """Raid chance nested inside ignorance about the inputs."""

    draws: Floats
    """(draws, parameters)"""
    values: Floats
    """(draws, trials) measure of each trial"""
    aleatory_variance: float
    """Mean variance over trials at fixed parameters: chance in the raid"""
    epistemic_variance: float
    """Variance of the means over parameter draws, Monte-Carlo error taken out, not below 0"""

    def quantiles(self, levels: Sequence[float] = (0.05, 0.1, 0.5, 0.9, 0.95)) -> Floats:
        """(levels,) predictive quantiles with both kinds of uncertainty."""
        return np.asarray(np.quantile(self.values, levels, method="inverted_cdf"), dtype=np.float64)


def nested_raids(
    tables_for: Callable[[Floats], RaidTables],
    draws: ArrayLike,
    *,
    trials: int,
    seed: int,
    measure: Callable[[RaidOutcome], ArrayLike] = RaidOutcome.leakers,
    threads: int | None = None,
) -> NestedOutcome:
    """Simulate the raid for each draw of its parameters.

    Parameters
    ----------
    tables_for : callable
        From one row of parameters to the raid's tables.
    draws : array_like, shape (draws, parameters)
        Parameter sets, such as `parameter_draws` gives them.
    trials, seed : int
        Trials for each set, on common random numbers.
    measure : callable
        From an outcome to one number for each trial; leakers by default.
    threads : int, optional
        As in `run_raid`.

    Returns
    -------
    NestedOutcome
    """
    sets = np.atleast_2d(np.asarray(draws, dtype=np.float64))
    rows = [
        np.asarray(measure(run_raid(tables_for(row), trials=trials, seed=seed, threads=threads)))
        for row in sets
    ]
    values = np.asarray(rows, dtype=np.float64)
    chance = float(values.var(axis=1, ddof=1).mean()) if trials > 1 else float("nan")
    between = float(values.mean(axis=1).var(ddof=1)) if sets.shape[0] > 1 else float("nan")
    # Common random numbers share the noise of the means, so this correction is at most too large.
    return NestedOutcome(sets, values, chance, max(0.0, between - chance / trials))


def evpi(loss: ArrayLike) -> float:
    """Expected value of perfect information: mean of the best less the best of the means.

    Parameters
    ----------
    loss : array_like, shape (draws, options)
        Loss of each option (lower is better) at each draw of the parameters, raid chance averaged out.

    Returns
    -------
    float
        What knowing every parameter before choosing is worth at most, in units of the loss.
    """
    table = _losses(loss)
    return float(table.mean(axis=0).min() - table.min(axis=1).mean())


def _losses(loss: ArrayLike) -> Floats:
    table = np.asarray(loss, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < 2 or not np.all(np.isfinite(table)):
        remedy = "give finite (draws, options), two or more draws"
        raise InputError.one("sensitivity", "loss", table.shape, remedy)
    return table


@dataclass(frozen=True)
class PartialInformation:
    """What knowing some parameters before choosing would be worth."""

    value: float
    """In units of the loss"""
    error: float
    """Bootstrap standard error"""
    flips_fraction: float
    """Share of draws at which knowing them changes the choice [1]"""


def evppi(loss: ArrayLike, parameters: ArrayLike, *, seed: int, degree: int = 3) -> PartialInformation:
    """Expected value of partial perfect information, by regression of the losses on the parameters.

    Parameters
    ----------
    loss : array_like, shape (draws, options)
        Loss of each option (lower is better) at each draw; Monte-Carlo noise is smoothed by the regression.
    parameters : array_like, shape (draws,) or (draws, parameters)
        The parameters that would become known.
    seed : int
        Seed of the bootstrap.
    degree : int
        Degree of the polynomial, interactions included.

    Returns
    -------
    PartialInformation
    """
    table = _losses(loss)
    known = np.asarray(parameters, dtype=np.float64)
    known = known[:, np.newaxis] if known.ndim == 1 else known
    if known.shape[0] != table.shape[0] or not np.all(np.isfinite(known)):
        raise InputError.one("evppi", "parameters", known.shape, "give one finite row for each draw")
    basis = _polynomials(known, degree)
    if basis.shape[1] * 5 > table.shape[0]:
        remedy = f"give at least {5 * basis.shape[1]} draws for {basis.shape[1]} terms, or lower the degree"
        raise InputError.one("evppi", "degree", degree, remedy)
    # Differences to the first option: what is common to all options cannot change a choice.
    gap = table - table[:, :1]
    fitted = _fit(basis, gap)
    rng = np.random.default_rng(seed)
    again = []
    for _ in range(100):
        rows = rng.integers(0, gap.shape[0], gap.shape[0])
        again.append(_worth(_fit(basis[rows], gap[rows])))
    choice = int(gap.mean(axis=0).argmin())
    flips = float((fitted.argmin(axis=1) != choice).mean())
    return PartialInformation(_worth(fitted), float(np.std(again, ddof=1)), flips)


def _polynomials(known: Floats, degree: int) -> Floats:
    spread = known.std(axis=0)
    scaled = (known - known.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    columns = [np.ones(known.shape[0])]
    for order in range(1, degree + 1):
        for terms in combinations_with_replacement(range(known.shape[1]), order):
            columns.append(np.prod(scaled[:, list(terms)], axis=1))
    return np.stack(columns, axis=1)


def _fit(basis: Floats, gap: Floats) -> Floats:
    weights, *_ = np.linalg.lstsq(basis, gap, rcond=None)
    return np.asarray(basis @ weights, dtype=np.float64)


def _worth(fitted: Floats) -> float:
    return max(0.0, float(fitted.mean(axis=0).min() - fitted.min(axis=1).mean()))
