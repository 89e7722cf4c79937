"""Maximal cover: the most weight under coverage with a limited number of sites.

The maximal covering location problem of Church and ReVelle (1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.siting.anytime import answer, solve_counts
from egide.siting.answer import CoverAnswer
from egide.siting.counts import count_problem
from egide.siting.inputs import Door, state
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
    stated = state(
        Door("maximal_cover"), covers, weights, limit, costs, budget, (gap, time_limit_s, seed), dominate=True
    )
    value = np.minimum(np.arange(stated.limit + 1), 1).astype(np.float64)
    problem = count_problem(stated.reduced, value, stated.limit, 1, stated.budget)
    outcome = solve_counts(problem, stated.gap, stated.clock, stated.seed, prove_concave)
    return answer(problem, outcome, stated.clock)
