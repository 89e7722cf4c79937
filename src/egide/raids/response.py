"""A smooth surface through the means of simulated draws, and the Sobol indices it carries.

Legendre polynomials in each position within its band, and products of two where those matter most; the
orthonormal basis makes the variance of the surface a sum of squared coefficients, so that indices are read
off it. Coefficients are shrunk (ridge), by the amount that predicts left-out draws best, and the share of
variance predicted that way is reported: what is left is interaction not modelled, and noise.

References
----------
Sudret, "Global sensitivity analysis using polynomial chaos expansions", Reliability Engineering and System
Safety 93 (2008). Allen, "The relationship between variable selection and data augmentation", Technometrics 16
(1974), for the residuals of left-out draws without refitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError
from egide.raids.sensitivity import SobolIndices

Floats = NDArray[np.float64]

DEGREE = 3
"""Degree of the polynomials in one position."""

PAIRED = 6
"""Inputs, those that matter most alone, whose products enter."""

PENALTIES = tuple(10.0 ** (0.5 * k) for k in range(-6, 8))
"""Amounts of shrinkage that are tried."""

RESAMPLES = 100
"""Bootstrap samples for the errors of the indices."""


@dataclass(frozen=True, eq=False)
class ResponseSurface:
    """Sobol indices of a surface through simulated means."""

    indices: SobolIndices
    """Shares of the variance of the surface."""
    explained_fraction: float
    """Share of the variance of left-out draws that the surface predicts [1]; below about 0.5 the indices say
    little."""


def response_surface(
    positions: ArrayLike, outcome: ArrayLike, *, seed: int, labels: Sequence[str] = ()
) -> ResponseSurface:
    """Fit the surface and read the indices off it.

    Parameters
    ----------
    positions : array_like, shape (draws, inputs)
        Independent, even between 0 and 1.
    outcome : array_like, shape (draws,)
        Mean outcome of each draw.
    seed : int
        Of the bootstrap.
    labels : sequence of str
        Names of the inputs.

    Returns
    -------
    ResponseSurface
        All indices zero when the outcome does not vary.

    Raises
    ------
    InputError
        For positions outside 0 to 1, or fewer than 16 draws.
    """
    x, y = np.atleast_2d(np.asarray(positions, dtype=np.float64)), np.asarray(outcome, dtype=np.float64)
    if (
        x.shape[0] < 16
        or y.shape != (x.shape[0],)
        or not np.all((x >= 0.0) & (x <= 1.0))
        or not np.all(np.isfinite(y))
    ):
        remedy = "give at least 16 draws of positions between 0 and 1, with one finite outcome each"
        raise InputError.one("response_surface", "positions, outcome", (x.shape, y.shape), remedy)
    names = tuple(labels) or tuple(f"input {k}" for k in range(x.shape[1]))
    count = x.shape[1]
    if float(y.var()) <= 0.0:
        nothing = np.zeros(count)
        return ResponseSurface(SobolIndices(names, nothing, nothing, nothing, nothing, y.size), 0.0)
    alone, owners = _alone(x)
    penalty, _ = _best_penalty(alone, y, _weights(owners))
    first = _shares(_ridge(alone, y, penalty, _weights(owners)), owners, count)[0]
    leading = np.sort(np.argsort(-first, kind="stable")[:PAIRED])
    basis, owners = _with_pairs(x, alone, owners, leading)
    weights = _weights(owners)
    penalty, explained = _best_penalty(basis, y, weights)
    found = _shares(_ridge(basis, y, penalty, weights), owners, count)
    rng = np.random.default_rng(seed)
    again = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, y.size, y.size)
        again.append(_shares(_ridge(basis[rows], y[rows], penalty, weights), owners, count))
    error = np.std(again, axis=0, ddof=1)
    return ResponseSurface(
        SobolIndices(names, found[0], found[1], error[0], error[1], y.size), max(0.0, explained)
    )


def conditional_means(positions: ArrayLike, outcome: ArrayLike, grid: ArrayLike) -> Floats:
    """Mean outcome given one input alone, for each input.

    All inputs are fitted together, so that what the others explain is no noise here; a cubic in one input
    alone, as in plain regression, would keep it.

    Parameters
    ----------
    positions : array_like, shape (draws, inputs)
        Independent, even between 0 and 1.
    outcome : array_like, shape (draws,)
    grid : array_like, shape (points,)
        Positions at which the means are wanted.

    Returns
    -------
    ndarray, shape (inputs, points)
    """
    x, y = np.asarray(positions, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    at = np.asarray(grid, dtype=np.float64)
    means = np.full((x.shape[1], at.size), float(y.mean()))
    if float(y.var()) <= 0.0:
        return means
    basis, owners = _alone(x)
    penalty, _ = _best_penalty(basis, y, _weights(owners))
    coefficients = _ridge(basis, y, penalty, _weights(owners))
    shapes, _ = _alone(at[:, np.newaxis])
    for k in range(x.shape[1]):
        own = slice(k * DEGREE, (k + 1) * DEGREE)
        means[k] += (shapes @ coefficients[own]) - float(np.mean(basis[:, own] @ coefficients[own]))
    return means


def _alone(x: Floats) -> tuple[Floats, list[tuple[int, ...]]]:
    """Legendre polynomials of each input, orthonormal for even positions, and which input each is of."""
    columns, owners = [], []
    for k in range(x.shape[1]):
        for degree in range(1, DEGREE + 1):
            shape = np.zeros(degree + 1)
            shape[degree] = np.sqrt(2.0 * degree + 1.0)
            columns.append(np.polynomial.legendre.legval(2.0 * x[:, k] - 1.0, shape))
            owners.append((k,) * degree)
    return np.stack(columns, axis=1), owners


def _with_pairs(
    x: Floats, alone: Floats, owners: list[tuple[int, ...]], leading: NDArray[np.int64]
) -> tuple[Floats, list[tuple[int, ...]]]:
    tilt = np.sqrt(3.0) * (2.0 * x - 1.0)
    pairs = list(combinations(leading.tolist(), 2))
    columns = [tilt[:, a] * tilt[:, b] for a, b in pairs]
    return np.column_stack([alone, *columns]), [*owners, *pairs]


def _weights(owners: list[tuple[int, ...]]) -> Floats:
    """How much harder higher terms are shrunk: by the square of their degree."""
    return np.array([float(len(owner)) ** 2 for owner in owners])


def _best_penalty(basis: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """Amount of shrinkage that predicts left-out draws best, and the share of variance it then predicts."""
    scaled = (basis - basis.mean(axis=0)) / np.sqrt(weights)
    centred = y - y.mean()
    left, size, _ = np.linalg.svd(scaled, full_matrices=False)
    best, best_error = PENALTIES[-1], np.inf
    for penalty in PENALTIES:
        keep = size**2 / (size**2 + penalty)
        fitted = left @ (keep * (left.T @ centred))
        lever = (left**2) @ keep + 1.0 / y.size
        error = float(np.mean(((centred - fitted) / np.maximum(1.0 - lever, 1e-6)) ** 2))
        if error < best_error:
            best, best_error = penalty, error
    return best, 1.0 - best_error / float(y.var())


def _ridge(basis: Floats, y: Floats, penalty: float, weights: Floats) -> Floats:
    centred = basis - basis.mean(axis=0)
    gram = centred.T @ centred + penalty * np.diag(weights)
    return np.asarray(np.linalg.solve(gram, centred.T @ (y - y.mean())), dtype=np.float64)


def _shares(coefficients: Floats, owners: list[tuple[int, ...]], inputs: int) -> Floats:
    """(2, inputs) first-order and total shares of the surface's variance."""
    power = coefficients**2
    whole = float(power.sum())
    shares = np.zeros((2, inputs))
    if whole <= 0.0:
        return shares
    for value, owner in zip(power, owners, strict=True):
        inputs_of = set(owner)
        for k in inputs_of:
            shares[1, k] += value / whole
            if len(inputs_of) == 1:
                shares[0, k] += value / whole
    return shares
