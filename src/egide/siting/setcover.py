"""Set cover: the cheapest sites that leave no point uncovered.

The location set covering problem of Toregas, Swain, ReVelle and Bergman (1971).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.kernels.covering import cover_counts, greedy
from egide.kernels.covering_all import cover_all_steps, weighted_row_search
from egide.kernels.covering_bound import site_prices
from egide.siting.answer import CoverAnswer, Status, relative_gap
from egide.siting.clock import Clock
from egide.siting.exact import Model, Proof, prove
from egide.siting.inputs import Covers, Door
from egide.siting.reduction import Reduced, quantum, reduce_covers

_ROUNDS = 40
_MOVES = 2_000  # moves of the row search in a round
_TUNE = 4  # rounds between trials of the step ratio
_STEPS = 60  # primal-dual steps in a round
_ROW_WORK = 20_000_000
_PROOF_ENTRIES = 400_000
_PROVEN = 1e-9
_ROUNDING = 1e-11


def set_cover(
    covers: Any, costs: Any = None, *, gap: float = 0.01, time_limit_s: float = 60, seed: int = 0
) -> CoverAnswer:
    """Choose the cheapest sites that together cover every point.

    Parameters
    ----------
    covers : scipy.sparse.csr_array, shape (sites, points)
        covers[i, j] is true where site i covers point j.
    costs : array_like, shape (sites,), optional
        Cost of each site, 0 or more; 1 each by default, which asks for the fewest sites.
    gap : float
        Stop once (objective - bound) / objective is at most this; 0 asks for a proof of optimality.
    time_limit_s : float
        Stop after this time [s]; 0 gives the greedy choice.
    seed : int
        Seed of the search; the same seed gives the same answer unless the time limit is reached.

    Returns
    -------
    CoverAnswer
        Chosen rows, their cost, a lower bound, gap, status and seconds. Where some points have no site the
        status is `infeasible`, `uncoverable` names them, and the rest of the answer is for the other points.

    Raises
    ------
    InputError
        If an argument is malformed; all problems are listed together.

    Notes
    -----
    Minimise sum_i c_i x_i subject to sum_i a_ij x_i >= 1 for every point j, x in {0, 1} [1]_.

    References
    ----------
    .. [1] C. Toregas, R. Swain, C. ReVelle and L. Bergman, "The location of emergency service facilities",
       Operations Research 19, 1971.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> covers = sp.csr_array(np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool))
    >>> set_cover(covers, [2, 2, 3]).sites.tolist()
    [2]
    """
    began = Clock(math.inf)
    door = Door("set_cover")
    rows = door.covers(covers)
    cost = np.ones(rows.sites)
    if costs is not None and rows.readable:
        cost = door.amounts("costs", costs, rows.sites, "site")
    gap, time_limit_s, seed = door.effort(gap, time_limit_s, seed)
    door.close()
    clock = Clock(time_limit_s, began.began_s)
    covered = np.zeros(rows.points, np.bool_)
    covered[rows.indices] = True
    uncoverable = np.nonzero(~covered)[0]
    reduced = _reduced(rows, cost)
    sites, objective, bound, status = _solve(reduced, gap, clock, seed)
    if uncoverable.size:
        status = Status.INFEASIBLE
    return CoverAnswer(
        np.sort(reduced.sites[sites]), objective, bound, relative_gap(objective, bound), status,
        clock.seconds(), uncoverable,
    )  # fmt: skip


def _reduced(rows: Covers, cost: NDArray[np.float64]) -> Reduced:
    """Merge points, drop dominated sites, and drop points whose sites include all those of another."""
    names = np.arange(rows.sites)
    first = reduce_covers(rows.indptr, rows.indices, np.ones(rows.points), cost, names, dominate=True)
    degree = np.diff(first.indptr).astype(np.float64)
    points = first.weights.shape[0]
    if float((degree**2).sum()) + float(points) ** 2 > _ROW_WORK:
        return first
    implied = _implied(first)
    if not implied.any():
        return first
    weight = np.where(implied, 0.0, 1.0)
    return reduce_covers(first.indptr, first.indices, weight, first.costs, first.sites, dominate=True)


def _implied(reduced: Reduced) -> NDArray[np.bool_]:
    """Points whose set of sites contains that of another point; merged points all differ."""
    points, sites = reduced.weights.shape[0], reduced.sites.shape[0]
    by_point = sp.csr_array(
        (np.ones(reduced.point_sites.shape[0], np.int32), reduced.point_sites, reduced.by_point),
        shape=(points, sites),
    )
    shared = sp.csr_array(by_point @ by_point.T)
    degree = np.diff(reduced.by_point)
    row = np.repeat(np.arange(points), np.diff(shared.indptr))
    contained = (shared.data == degree[row]) & (row != shared.indices)
    implied = np.zeros(points, np.bool_)
    implied[shared.indices[contained]] = True
    return implied


@dataclass(slots=True, eq=False)
class _Bound:
    """Primal-dual iterates for the relaxation of set cover; `value` only rises."""

    reduced: Reduced
    share: NDArray[np.float64]
    prices: NDArray[np.float64]
    balance: float
    value: float = 0.0

    def advance(self, iterations: int) -> float:
        """Take steps, go on from the better of last iterate and average; the bound of that one."""
        r = self.reduced
        share_sum, price_sum = np.zeros_like(self.share), np.zeros_like(self.prices)
        cover_all_steps(
            r.indptr, r.indices, r.by_point, r.point_sites, r.costs, self.balance, iterations,
            self.share, self.prices, share_sum, price_sum,
        )  # fmt: skip
        last, mean = self._dual(self.prices), self._dual(price_sum / iterations)
        if mean > last:
            self.share[:], self.prices[:] = share_sum / iterations, price_sum / iterations
        self.value = max(self.value, last, mean)
        return max(last, mean)

    def tune(self, factors: tuple[float, ...]) -> None:
        """Try step ratios from where the iterates stand; go on with the one that bounds best."""
        share, prices, balance = self.share.copy(), self.prices.copy(), self.balance
        tried = []
        for factor in factors:
            self.share, self.prices = share.copy(), prices.copy()
            self.balance = balance * factor
            bound = self.advance(_STEPS // 2)
            tried.append((bound, self.balance, self.share, self.prices))
        _, self.balance, self.share, self.prices = max(tried, key=lambda each: each[0])

    def _dual(self, prices: NDArray[np.float64]) -> float:
        r = self.reduced
        reduced_cost = r.costs - site_prices(r.indptr, r.indices, np.ones_like(prices), prices)
        whole = float(prices.sum())
        return whole + float(np.minimum(reduced_cost, 0.0).sum()) - _ROUNDING * (whole + float(r.costs.sum()))


def _solve(
    reduced: Reduced, gap: float, clock: Clock, seed: int
) -> tuple[NDArray[np.int64], float, float, Status]:
    if reduced.weights.size == 0:
        return np.empty(0, np.int64), 0.0, 0.0, Status.OPTIMAL
    step = quantum(reduced.costs)
    chosen = _without_spare(reduced, _greedy(reduced))
    objective = float(reduced.costs @ chosen)
    mean_cost = float(reduced.costs.mean()) or 1.0
    degree = np.maximum(np.diff(reduced.by_point), 1)
    bounds = _Bound(
        reduced, chosen.astype(np.float64), mean_cost / degree, float(1.0 / max(mean_cost, 1e-300))
    )
    bound = 0.0
    if clock.limit_s <= 0.0:
        bounds.advance(1)
        return np.nonzero(chosen)[0], objective, min(bounds.value, objective), Status.TIME_LIMIT
    for number in range(_ROUNDS):
        found = weighted_row_search(
            reduced.indptr, reduced.indices, reduced.by_point, reduced.point_sites, reduced.costs, chosen,
            _MOVES, seed, number,
        )  # fmt: skip
        if float(reduced.costs @ found) < objective:
            chosen, objective = found, float(reduced.costs @ found)
        if number % _TUNE == 0:
            bounds.tune((1.0, 10.0, 100.0, 1000.0) if number == 0 else (0.4, 1.0, 2.5))
        bounds.advance(_STEPS)
        bound = _rounded_up(bounds.value, objective, step)
        if objective - bound <= gap * objective or clock.over():
            break
    within = objective - bound <= gap * objective
    provable = reduced.indices.shape[0] <= _PROOF_ENTRIES
    stop = Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT
    if not within and provable and not clock.over():
        proof = _prove(reduced, chosen, gap, step, clock)
        if proof.point is not None:
            better = _without_spare(reduced, proof.point > 0.5)
            if float(reduced.costs @ better) < objective:
                chosen, objective = better, float(reduced.costs @ better)
        if np.isfinite(proof.bound):
            bound = max(bound, _rounded_up(proof.bound * _unit(reduced, step), objective, step))
        stop = Status.TIME_LIMIT if proof.out_of_time else Status.ITERATION_LIMIT
    return np.nonzero(chosen)[0], objective, bound, _status(objective, bound, gap, stop)


def _status(objective: float, bound: float, gap: float, stop: Status) -> Status:
    if bound >= objective:
        return Status.OPTIMAL
    return Status.GAP_REACHED if relative_gap(objective, bound) <= gap else stop


def _rounded_up(bound: float, objective: float, step: float) -> float:
    """A valid lower bound, raised to what a cost can be, never above the objective."""
    if step > 0.0:
        bound = float(np.ceil(bound / step - 1e-5)) * step
    return objective if objective - bound <= _PROVEN * objective else max(0.0, bound)


def _unit(reduced: Reduced, step: float) -> float:
    return step if step > 0.0 else (float(reduced.costs.mean()) or 1.0)


def _greedy(reduced: Reduced) -> NDArray[np.bool_]:
    """New points per cost, until all are covered; free sites come first and cost nothing."""
    sites, points = reduced.sites.shape[0], reduced.weights.shape[0]
    steps = np.zeros(sites + 2)
    steps[0] = 1.0
    slots = greedy(
        reduced.indptr, reduced.indices, np.ones(points), steps, np.maximum(reduced.costs, 1e-12), sites,
        np.inf, True,
    )  # fmt: skip
    chosen = np.zeros(sites, np.bool_)
    chosen[slots[slots >= 0]] = True
    return chosen


def _without_spare(reduced: Reduced, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop sites that the others make needless, the dearest first."""
    chosen = chosen.copy()
    picked = np.nonzero(chosen)[0].astype(np.int64)
    count = cover_counts(reduced.indptr, reduced.indices, picked, reduced.weights.shape[0])
    for i in picked[np.argsort(-reduced.costs[picked], kind="stable")]:
        own = reduced.indices[reduced.indptr[i] : reduced.indptr[i + 1]]
        if (count[own] > 1).all():
            count[own] -= 1
            chosen[i] = False
    return chosen


def _prove(reduced: Reduced, chosen: NDArray[np.bool_], gap: float, step: float, clock: Clock) -> Proof:
    """Branch and cut on the reduced instance, begun from the best cover."""
    sites, points = reduced.sites.shape[0], reduced.weights.shape[0]
    matrix = sp.csr_array(
        (np.ones(reduced.point_sites.shape[0]), reduced.point_sites, reduced.by_point), shape=(points, sites)
    )
    model = Model(
        maximise=False,
        cost=reduced.costs / _unit(reduced, step),
        low=np.zeros(sites),
        high=np.ones(sites),
        whole=np.ones(sites, np.bool_),
        matrix=matrix,
        row_low=np.ones(points),
        row_high=np.full(points, np.inf),
    )
    absolute = 0.99 if step > 0.0 else 0.0
    return prove(model, clock, gap=gap, absolute=absolute, start=chosen.astype(np.float64))
