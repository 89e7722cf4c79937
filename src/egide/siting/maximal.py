"""Maximal cover: the most weight under coverage with a limited number of sites.

The maximal covering location problem of Church and ReVelle (1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.siting.answer import CoverAnswer
from egide.siting.anytime import answer, solve_counts
from egide.siting.counts import count_problem
from egide.siting.inputs import Door, checked, reduced_of
from egide.siting.models import prove_concave


def maximal_cover(
    covers: Any,
    weights: Any,
    limit: int,
    *,
    costs: Any = None,
    budget: float | None = None,
    gap: float = 0.01,
    time_limit_s: float = 60,
    seed: int = 0,
) -> CoverAnswer:
    """Choose at most `limit` sites so that the points they cover weigh as much as possible.

    Parameters
    ----------
    covers : scipy.sparse.csr_array, shape (sites, points)
        covers[i, j] is true where site i covers point j.
    weights : array_like, shape (points,)
        Weight of each point, 0 or more.
    limit : int
        Number of sites at most; above the number of sites it binds nothing.
    costs : array_like, shape (sites,), optional
        Cost of each site, in the unit of `budget`.
    budget : float, optional
        Money at most; needs `costs`.
    gap : float
        Stop once (bound - objective) / objective is at most this; 0 asks for a proof of optimality.
    time_limit_s : float
        Stop after this time [s]; 0 gives the greedy choice.
    seed : int
        Seed of the search; the same seed gives the same answer unless the time limit is reached.

    Returns
    -------
    CoverAnswer
        Chosen rows, covered weight, bound, gap, status and seconds. A budget that buys nothing gives the
        empty choice.

    Raises
    ------
    InputError
        If an argument is malformed; all problems are listed together.

    Notes
    -----
    Maximise sum_j w_j y_j subject to y_j <= sum_i a_ij x_i, sum x <= limit, x and y in {0, 1} [1]_.

    References
    ----------
    .. [1] R. Church and C. ReVelle, "The maximal covering location problem", Papers of the Regional
       Science Association 32, 1974.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> covers = sp.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=bool))
    >>> result = maximal_cover(covers, [5, 1, 1, 4], 2)
    >>> result.sites.tolist(), result.objective, str(result.status)
    ([0, 2], 11.0, 'optimal')
    """
    door = Door("maximal_cover")
    rows = door.covers(covers)
    call = checked(door, rows, weights, limit, costs, budget, (gap, time_limit_s, seed))
    reduced = reduced_of(call, dominate=True)
    problem = count_problem(reduced, lambda count: np.minimum(count, 1.0), call.limit, 1, call.budget)
    return answer(problem, solve_counts(problem, call.gap, call.clock, call.seed, prove_concave), call.clock)
