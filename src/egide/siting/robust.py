"""Robust cover: the best cover after the worst loss of sites, and across scenarios.

Losses follow the idea of r-interdiction (Church, Scaparra and Middleton 2004), with the design chosen
first; scenarios count by their worst case or by the mean of their worst tail (Rockafellar and Uryasev 2000).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.siting.answer import CoverAnswer
from egide.siting.clock import Clock
from egide.siting.inputs import Door, checked, sequence_of
from egide.siting.scenarios import Robust, solve_robust, stacked

_LOSSES = 200_000  # combinations of lost sites that are worth trying one by one


def robust_cover(
    covers: Any,
    weights: Any,
    limit: int,
    *,
    lost: int = 0,
    probabilities: Any = None,
    tail_fraction: float | None = None,
    costs: Any = None,
    budget: float | None = None,
    gap: float = 0.01,
    time_limit_s: float = 60,
    seed: int = 0,
) -> CoverAnswer:
    """Choose at most `limit` sites so that what stays covered when things go wrong weighs the most.

    The value of a choice in one scenario is the weight still covered after the loss of those `lost` chosen
    sites that hurts most there. Over several scenarios the worst value counts, or, with `tail_fraction`,
    the mean of the worst share of the probability.

    Parameters
    ----------
    covers : scipy.sparse.csr_array, shape (sites, points), or list of them
        covers[i, j] is true where site i covers point j; one for all scenarios, or one for each.
    weights : array_like, shape (points,) or (scenarios, points), or list of vectors
        Weight of each point, 0 or more; one vector for all scenarios, or one for each.
    limit : int
        Number of sites at most.
    lost : int
        Number of chosen sites that are lost.
    probabilities : array_like, shape (scenarios,), optional
        Probability of each scenario, summing to 1; equal by default. Used only with `tail_fraction`.
    tail_fraction : float, optional
        Mean over this worst share of the probability (CVaR), above 0 and at most 1; 1 gives the
        expectation. By default the worst case.
    costs : array_like, shape (sites,), optional
        Cost of each site, in the unit of `budget`.
    budget : float, optional
        Money at most; needs `costs`.
    gap : float
        Stop once (bound - objective) / objective is at most this; 0 asks for a proof of optimality.
    time_limit_s : float
        Stop after this time [s].
    seed : int
        Seed of the search; the same seed gives the same answer unless the time limit is reached.

    Returns
    -------
    CoverAnswer
        Chosen rows, what stays covered, bound, gap, status and seconds.

    Raises
    ------
    InputError
        If an argument is malformed, or the losses to be tried are more than 200,000; all problems are
        listed together.

    Notes
    -----
    Maximise over x the minimum (or tail mean) over scenarios s of min over R, \\|R\\| = lost, of the weight of
    the points covered by x outside R. The losses are those of a cautious planner, not a forecast.

    References
    ----------
    .. [1] R. L. Church, M. P. Scaparra and R. S. Middleton, "Identifying critical infrastructure: the median
       and covering facility interdiction problems", Annals of the AAG 94, 2004.
    .. [2] R. T. Rockafellar and S. Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2,
       2000.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> covers = sp.csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool))
    >>> robust_cover(covers, [3, 3, 5], 2, lost=1).sites.tolist()
    [0, 1]
    """
    began = Clock(math.inf)
    door = Door("robust_cover")
    each_covers = sequence_of(covers)
    each_weights = _rows_of(door, weights)
    count = max(len(each_covers), len(each_weights))
    for name, given in (("covers", each_covers), ("weights", each_weights)):
        if len(given) not in (1, count):
            door.refuse(name, len(given), f"must be one, or one for each of the {count} scenarios")
    door.close()
    rows = [
        door.covers(each, f"covers[{s}]" if len(each_covers) > 1 else "covers")
        for s, each in enumerate(each_covers)
    ]
    if len({each.sites for each in rows}) > 1:
        door.refuse("covers", [each.sites for each in rows], "must have the same sites in every scenario")
    door.close()
    vectors = [
        door.amounts(
            f"weights[{s}]" if len(each_weights) > 1 else "weights",
            each_weights[s if len(each_weights) > 1 else 0],
            rows[s if len(rows) > 1 else 0].points,
            "point",
        )
        for s in range(count)
    ]
    gone = door.whole("lost", lost)
    share, tail = _measure(door, probabilities, tail_fraction, count)
    # The shared arguments are checked with the first scenario standing for all.
    call = checked(door, rows[0], vectors[0], limit, costs, budget, (gap, time_limit_s, seed))
    units = min(call.limit, rows[0].sites)
    if gone and math.comb(units, min(gone, units)) > _LOSSES:
        door.refuse(
            "lost", gone, f"asks for over {_LOSSES} combinations of lost sites: lower it or the limit"
        )
        door.close()
    everything = [rows[s if len(rows) > 1 else 0] for s in range(count)]
    problem = Robust(stacked(everything, vectors, call), call.costs, units, call.budget, gone, share, tail)
    return solve_robust(problem, call.gap, Clock(call.clock.limit_s, began.began_s), call.seed)


def _rows_of(door: Door, weights: Any) -> list[Any]:
    """One weight vector for each scenario: a matrix by rows, a list of vectors, or one vector."""
    if isinstance(weights, list | tuple) and weights and all(np.ndim(each) == 1 for each in weights):
        return list(weights)
    try:
        matrix = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        door.refuse("weights", type(weights).__name__, "must be numbers, one row for each scenario")
        return [np.zeros(0)]
    return list(matrix) if matrix.ndim == 2 and matrix.shape[0] else [matrix]


def _measure(
    door: Door, probabilities: Any, tail_fraction: Any, count: int
) -> tuple[NDArray[np.float64], float]:
    """Probabilities of the scenarios and the tail; a tail of 0 stands for the worst case."""
    share: NDArray[np.float64] = np.full(count, 1.0 / count)
    if probabilities is not None:
        share = door.amounts("probabilities", probabilities, count, "scenario")
        if not door.problems and abs(float(share.sum()) - 1.0) > 1e-6:
            door.refuse("probabilities", float(share.sum()), "must sum to 1")
    if tail_fraction is None:
        return share, 0.0
    tail = door.real("tail_fraction", tail_fraction, most=1.0)
    if tail == 0.0 and not door.problems:
        door.refuse("tail_fraction", tail_fraction, "must be above 0 (leave it out for the worst case)")
    return share, tail
