"""Problems whose value depends only on how many chosen sites cover each point.

Maximal, backup and expected cover differ by one table, `value[k]`: what a point of weight one is worth
when k chosen units cover it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering import cover_counts
from egide.siting.reduction import Reduced, quantum

_PROVEN = 1e-9  # relative distance at which bound and objective are the same number


@dataclass(frozen=True, slots=True, eq=False)
class CountProblem:
    """Maximise sum of weight x value[count] over at most `limit` units within `budget`.

    Attributes
    ----------
    reduced : Reduced
        Merged cover sets.
    value : ndarray of float64, shape (limit + 1,)
        Value of k covers; starts at 0 and never falls.
    limit : int
        Number of units at most.
    copies : int
        Units that may share one site.
    budget : float
        Money at most; infinite when there is none.
    step : float
        Every objective is a multiple of this; 0 when no such step is known.
    """

    reduced: Reduced
    value: NDArray[np.float64]
    limit: int
    copies: int
    budget: float
    step: float

    def objective(self, sites: NDArray[np.int64]) -> float:
        """Value of a choice of reduced sites (repeats stand for units that share a site)."""
        r = self.reduced
        count = cover_counts(r.indptr, r.indices, sites, r.weights.shape[0])
        return float(r.weights @ self.value[np.minimum(count, self.value.shape[0] - 1)])

    def envelope(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least concave function above `value`, as far as a count can go: falling slopes and their widths."""
        most = int(np.diff(self.reduced.by_point).max(initial=1)) * self.copies
        return concave_envelope(self.value[: most + 1])

    def concave(self) -> bool:
        """Whether each further cover adds no more than the one before."""
        return bool((np.diff(self.value, 2) <= 0.0).all())

    def rounded(self, bound: float, objective: float) -> float:
        """A valid bound, never below the objective, rounded down to what an objective can be."""
        if self.step > 0.0:
            bound = float(np.floor(bound / self.step + 1e-5)) * self.step
        if bound - objective <= _PROVEN * abs(objective):
            return objective
        return bound


def count_problem(
    reduced: Reduced,
    value: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    limit: int,
    copies: int,
    budget: float,
) -> CountProblem:
    """Build a problem from the value of a count; the limit is cut to what the sites can hold."""
    limit = min(limit, reduced.sites.shape[0] * copies)
    table = value(np.arange(limit + 1, dtype=np.float64))
    whole = bool((table == np.rint(table)).all())
    return CountProblem(reduced, table, limit, copies, budget, quantum(reduced.weights) if whole else 0.0)


def concave_envelope(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least concave piecewise linear function above a table, as falling slopes and widths.

    Parameters
    ----------
    value : ndarray of float64
        value[0] = 0, never falling.

    Returns
    -------
    slopes, widths : ndarray of float64
        Positive slopes, strictly falling, and over how many covers each holds.
    """
    corner = [0]
    for k in range(1, value.shape[0]):
        while len(corner) > 1 and _above(value, corner[-2], corner[-1], k):
            corner.pop()
        corner.append(k)
    at = np.array(corner)
    widths = np.diff(at).astype(np.float64)
    slopes = np.diff(value[at]) / np.maximum(widths, 1.0)
    kept = slopes > 0.0
    if not kept.any():
        return np.zeros(1), np.ones(1)
    return slopes[kept], widths[kept]


def _above(value: NDArray[np.float64], a: int, b: int, c: int) -> bool:
    """Whether the chord from a to c passes at or above the corner b."""
    return bool((value[b] - value[a]) * (c - a) <= (value[c] - value[a]) * (b - a))


def paid_bound(
    prices: NDArray[np.float64], least: NDArray[np.float64], most: NDArray[np.float64], limit: int,
    costs: NDArray[np.float64], budget: float,
) -> float:  # fmt: skip
    """Upper bound on the price of a choice: least <= x <= most, at most `limit` units, within the budget.

    Without a budget it is the sum of the greatest prices. With one, the budget is priced at its best
    multiplier: any multiplier gives a bound, so the search for it may stop anywhere.
    """
    room = limit - float(least.sum())

    def taken(worth: NDArray[np.float64]) -> float:
        order = np.argsort(-worth, kind="stable")[: max(0, int(np.count_nonzero(worth > 0.0)))]
        width = (most - least)[order]
        before = np.cumsum(width) - width
        return float(worth @ least) + float(worth[order] @ np.clip(room - before, 0.0, width))

    best = taken(prices)
    if not np.isfinite(budget):
        return best
    positive = costs > 0.0
    high = float((prices[positive] / costs[positive]).max(initial=0.0))
    low = 0.0
    for _ in range(60):
        a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
        at_a = a * budget + taken(prices - a * costs)
        at_b = b * budget + taken(prices - b * costs)
        best = min(best, at_a, at_b)
        if at_a <= at_b:
            high = b
        else:
            low = a
    return best
