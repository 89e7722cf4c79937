"""Backup cover: the most weight covered twice with a limited number of sites.

The second objective of Hogan and ReVelle (1986), on its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.siting.answer import CoverAnswer
from egide.siting.anytime import answer, solve_counts
from egide.siting.counts import count_problem
from egide.siting.inputs import Door, checked, reduced_of
from egide.siting.models import prove_backup


def backup_cover(
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
    """Choose at most `limit` sites so that the points covered by two or more of them weigh the most.

    Parameters
    ----------
    covers : scipy.sparse.csr_array, shape (sites, points)
        covers[i, j] is true where site i covers point j.
    weights : array_like, shape (points,)
        Weight of each point, 0 or more.
    limit : int
        Number of sites at most, one unit each: two units on one site are no backup of each other.
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
        Chosen rows, weight covered at least twice, bound, gap, status and seconds.

    Raises
    ------
    InputError
        If an argument is malformed; all problems are listed together.

    Notes
    -----
    Maximise sum_j w_j y_j subject to 2 y_j <= sum_i a_ij x_i, sum x <= limit, x and y in {0, 1} [1]_. The
    linear relaxation lets one site count for both covers, so bounds are weaker than for maximal cover.

    References
    ----------
    .. [1] K. Hogan and C. ReVelle, "Concepts and applications of backup coverage", Management Science 32,
       1986.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> covers = sp.csr_array(np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=bool))
    >>> backup_cover(covers, [4, 1, 2], 2).sites.tolist()
    [0, 1]
    """
    door = Door("backup_cover")
    rows = door.covers(covers)
    call = checked(door, rows, weights, limit, costs, budget, (gap, time_limit_s, seed))
    reduced = reduced_of(call, dominate=False)
    problem = count_problem(
        reduced, lambda count: (count >= 2.0).astype(np.float64), call.limit, 1, call.budget
    )
    return answer(problem, solve_counts(problem, call.gap, call.clock, call.seed, prove_backup), call.clock)
