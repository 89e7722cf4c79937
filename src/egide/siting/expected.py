"""Expected cover: the most weight expected to be served when each unit may be busy.

The maximum expected covering location problem (MEXCLP) of Daskin (1983), with probabilities of cover.
"""

from __future__ import annotations

from typing import Any

from egide.siting.answer import CoverAnswer
from egide.siting.anytime import answer, solve_counts
from egide.siting.counts import count_problem
from egide.siting.inputs import Door, checked, reduced_of
from egide.siting.models import prove_concave
from egide.siting.uneven import solve_uneven


def expected_cover(
    covers: Any,
    weights: Any,
    limit: int,
    *,
    busy_fraction: float,
    units_per_site: int = 1,
    costs: Any = None,
    budget: float | None = None,
    gap: float = 0.01,
    time_limit_s: float = 60,
    seed: int = 0,
) -> CoverAnswer:
    """Choose sites for at most `limit` units so that the weight expected to be served is greatest.

    Each unit is busy with probability `busy_fraction`, independently; a point is served when at least one
    unit that covers it is free and, where `covers` holds probabilities, succeeds.

    Parameters
    ----------
    covers : scipy.sparse.csr_array, shape (sites, points)
        covers[i, j] is true where a unit at site i covers point j, or the probability that it does.
    weights : array_like, shape (points,)
        Weight of each point, 0 or more.
    limit : int
        Number of units at most.
    busy_fraction : float
        Probability that a unit is busy, from 0 (maximal cover) to 1 (nothing is ever served).
    units_per_site : int
        Units that may share a site. Daskin's model lets them share; the default, 1, does not. Each unit
        pays the cost of its site.
    costs : array_like, shape (sites,), optional
        Cost of a unit at each site, in the unit of `budget`.
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
        Chosen rows (repeated where units share a site), expected weight, bound, gap, status and seconds.

    Raises
    ------
    InputError
        If an argument is malformed; all problems are listed together.

    Notes
    -----
    Maximise sum_j w_j (1 - prod_i (1 - (1 - q) p_ij)^x_i), sum x <= limit, 0 <= x <= units_per_site, whole.
    With p in {0, 1} the term is 1 - q^k, k the number of units that cover the point [1]_. Independence
    flatters: units that share a cause of failure give less than this.

    References
    ----------
    .. [1] M. S. Daskin, "A maximum expected covering location model", Transportation Science 17, 1983.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> covers = sp.csr_array(np.array([[1, 0], [1, 1]], dtype=bool))
    >>> result = expected_cover(covers, [10, 1], 2, busy_fraction=0.5)
    >>> result.sites.tolist(), result.objective
    ([0, 1], 8.0)
    """
    door = Door("expected_cover")
    busy = door.real("busy_fraction", busy_fraction, most=1.0)
    copies = door.whole("units_per_site", units_per_site, least=1)
    rows = door.covers(covers, probabilities=True)
    call = checked(door, rows, weights, limit, costs, budget, (gap, time_limit_s, seed))
    common = float(rows.values[0]) if rows.values.size else 1.0
    if not (rows.values == common).all():
        return solve_uneven(call, busy, copies)
    miss = 1.0 - (1.0 - busy) * common
    reduced = reduced_of(call, dominate=False)
    problem = count_problem(reduced, lambda count: 1.0 - miss**count, call.limit, copies, call.budget)
    return answer(problem, solve_counts(problem, call.gap, call.clock, call.seed, prove_concave), call.clock)
