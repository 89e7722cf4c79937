"""Mixed-integer models of the count problems, on the merged points."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.siting.clock import Clock
from egide.siting.counts import CountProblem
from egide.siting.exact import Model, Proof, prove

_CUT_ROUNDS = 12
_VIOLATED = 1e-4


def unit_of_weight(problem: CountProblem) -> float:
    """Weight that counts as 1 in the model: the step of the weights, or their mean where there is none."""
    return problem.step if problem.step > 0.0 else float(problem.reduced.weights.mean())


def concave_model(problem: CountProblem) -> Model:
    """Model of a concave value: x whole, one share y per point and level of the value, sum y <= A x."""
    slopes, widths = problem.envelope()
    levels = slopes.shape[0]
    points = problem.reduced.weights.shape[0]
    cost = np.outer(problem.reduced.weights / unit_of_weight(problem), slopes).ravel()
    share_of = sp.kron(sp.eye_array(points), np.ones((1, levels)), format="csr")
    links = sp.hstack([-_by_point(problem), share_of], format="csr")
    return _assemble(problem, cost, np.tile(widths, points), links, np.zeros(points), whole_shares=False)


def backup_model(problem: CountProblem, cuts: list[tuple[int, int]]) -> Model:
    """Model of "covered twice": y whole, 2 y_j <= (A x)_j, and y_j <= (A x)_j - x_i for each cut (j, i)."""
    points = problem.reduced.weights.shape[0]
    sites = problem.reduced.sites.shape[0]
    cover = _by_point(problem)
    links = sp.hstack([-cover, 2.0 * sp.eye_array(points)], format="csr")
    if cuts:
        j, i = (np.array(side) for side in zip(*cuts, strict=True))
        nth = np.arange(j.shape[0])
        ones = np.ones(j.shape[0])
        pick = sp.csr_array((ones, (nth, j)), shape=(j.shape[0], points))
        own = sp.csr_array((ones, (nth, i)), shape=(j.shape[0], sites))
        links = sp.vstack([links, sp.hstack([own - pick @ cover, pick])], format="csr")
    cost = problem.reduced.weights / unit_of_weight(problem)
    return _assemble(problem, cost, np.ones(points), links, np.zeros(links.shape[0]), whole_shares=True)


def prove_concave(problem: CountProblem, chosen: NDArray[np.int64], gap: float, clock: Clock) -> Proof:
    """Branch and cut on `concave_model`, begun from a known choice; bound in units of weight."""
    absolute = 0.99 if problem.step > 0.0 else 0.0
    return prove(
        concave_model(problem), clock, gap=gap, absolute=absolute, start=_start_concave(problem, chosen)
    )


def prove_backup(problem: CountProblem, chosen: NDArray[np.int64], gap: float, clock: Clock) -> Proof:
    """Branch and cut on `backup_model`, after rounds of cuts on its relaxation.

    The relaxation lets one site count for both covers of a point; the cut that leaves out the site with
    the greatest share forbids just that, and only the violated ones are worth their rows.
    """
    r = problem.reduced
    sites = r.sites.shape[0]
    cuts: list[tuple[int, int]] = []
    known: set[tuple[int, int]] = set()
    for _ in range(_CUT_ROUNDS):
        relaxed = prove(backup_model(problem, cuts), clock, gap=0.0, absolute=0.0, relax=True)
        if relaxed.point is None or clock.over():
            break
        x, y = relaxed.point[:sites], relaxed.point[sites:]
        fresh = []
        for j in range(r.weights.shape[0]):
            own = r.point_sites[r.by_point[j] : r.by_point[j + 1]]
            top = int(own[np.argmax(x[own])])
            if y[j] > x[own].sum() - x[top] + _VIOLATED and (j, top) not in known:
                fresh.append((j, top))
        if not fresh:
            break
        cuts += fresh
        known.update(fresh)
    count = np.zeros(r.weights.shape[0])
    for i in chosen:
        count[r.indices[r.indptr[i] : r.indptr[i + 1]]] += 1
    start = np.concatenate((np.bincount(chosen, minlength=sites).astype(np.float64), (count >= 2) * 1.0))
    absolute = 0.99 if problem.step > 0.0 else 0.0
    return prove(backup_model(problem, cuts), clock, gap=gap, absolute=absolute, start=start)


def _by_point(problem: CountProblem) -> sp.csr_array:
    r = problem.reduced
    shape = (r.weights.shape[0], r.sites.shape[0])
    return sp.csr_array((np.ones(r.point_sites.shape[0]), r.point_sites, r.by_point), shape=shape)


def _start_concave(problem: CountProblem, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    r = problem.reduced
    _, widths = problem.envelope()
    x = np.bincount(chosen, minlength=r.sites.shape[0]).astype(np.float64)
    below = np.concatenate(([0.0], np.cumsum(widths)[:-1]))
    y = np.clip((_by_point(problem) @ x)[:, None] - below[None, :], 0.0, widths[None, :])
    return np.concatenate((x, y.ravel()))


def _assemble(
    problem: CountProblem, cost: NDArray[np.float64], width: NDArray[np.float64], links: sp.csr_array,
    high: NDArray[np.float64], *, whole_shares: bool,
) -> Model:  # fmt: skip
    """Put sites before shares, and the rows of limit and budget after the links."""
    r = problem.reduced
    sites, shares = r.sites.shape[0], cost.shape[0]
    rows = [np.ones(sites)]
    caps = [float(problem.limit)]
    if np.isfinite(problem.budget):
        rows.append(r.costs)
        caps.append(problem.budget)
    side = sp.hstack([sp.csr_array(np.array(rows)), sp.csr_array((len(rows), shares))], format="csr")
    matrix = sp.csr_array(sp.vstack([links, side], format="csr"))
    return Model(
        maximise=True,
        cost=np.concatenate((np.zeros(sites), cost)),
        low=np.zeros(sites + shares),
        high=np.concatenate((np.full(sites, float(problem.copies)), width)),
        whole=np.concatenate((np.ones(sites, np.bool_), np.full(shares, whole_shares))),
        matrix=matrix,
        row_low=np.full(matrix.shape[0], -np.inf),
        row_high=np.concatenate((high, caps)),
    )
