"""Expected cover where the probabilities of cover differ from pair to pair.

A point is missed with probability exp(-t), t the sum of -log(1 - p) over the units, which is convex in the
choice: tangents bound the value from above, at a fractional choice (the bound) and at whole ones (the proof).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.kernels.covering_bound import project
from egide.kernels.rng import uniform
from egide.siting.answer import CoverAnswer, Status, relative_gap, target_of
from egide.siting.clock import Clock
from egide.siting.counts import paid_bound
from egide.siting.exact import Model, prove
from egide.siting.inputs import Checked

_MOST_LOG = 30.0  # a sure cover: a miss of 1e-13, allowed for in the bound
_ASCENT = 150  # steps of ascent on the fractional choice
_SHAKES = 12  # restarts of the local search
_PROOFS = 25  # rounds of tangents
_PROOF_ENTRIES = 60_000
_ROUNDING = 1e-9
_PROVEN = 1e-6  # relative tolerance of branch and cut: nearer than this counts as proven
_SHAKE, _PLACE = 11, 12  # streams of draws


@dataclass(frozen=True, slots=True, eq=False)
class _Uneven:
    """Rows of p and of -log(1 - p) by site, for points of positive weight."""

    chances: sp.csr_array
    logs: sp.csr_array
    weights: NDArray[np.float64]
    costs: NDArray[np.float64]
    copies: int
    limit: int
    budget: float

    def value(self, units: NDArray[np.float64]) -> float:
        """Expected weight for units per site, whole or not."""
        return float(self.weights @ -np.expm1(-(units @ self.logs)))

    def slope(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of `value` by the units of each site."""
        return np.asarray(self.logs @ (self.weights * np.exp(-(units @ self.logs))))

    def bound(self, units: NDArray[np.float64]) -> float:
        """Tangent at a choice, maximised over all choices."""
        slope = self.slope(units)
        none, most = np.zeros_like(units), np.full(units.shape[0], float(self.copies))
        paid = paid_bound(slope, none, most, self.limit, self.costs, self.budget)
        return self.value(units) + paid - float(slope @ units) + _ROUNDING * float(self.weights.sum())


def solve_uneven(call: Checked, busy: float, copies: int) -> CoverAnswer:
    """Local search, ascent on the relaxation, and outer approximation where a proof is still wanted.

    Parameters
    ----------
    call : Checked
        The checked call; its rows hold the probabilities.
    busy : float
        Probability that a unit is busy.
    copies : int
        Units that may share a site.

    Returns
    -------
    CoverAnswer
        As `expected_cover` promises.
    """
    problem = _instance(call, busy, copies)
    units = _greedy(problem, np.zeros(call.rows.sites))
    value, clock = problem.value(units), call.clock
    share, bound = units.copy(), problem.bound(units)
    stop = Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT
    if not clock.over():
        units = _search(problem, units, call.seed, clock)
        value = problem.value(units)
        bound = min(bound, _ascend(problem, share, target_of(value, call.gap), clock))
        if bound > target_of(value, call.gap) and problem.logs.nnz <= _PROOF_ENTRIES and not clock.over():
            units, bound, timed_out = _outer(problem, units, share, bound, call.gap, clock)
            value = problem.value(units)
            stop = Status.TIME_LIMIT if timed_out else stop
        stop = Status.TIME_LIMIT if clock.over() else stop
    slack = _PROVEN * value + 2.0 * _ROUNDING * float(problem.weights.sum())
    bound = value if bound - value <= slack else bound
    gap = relative_gap(value, bound)
    if call.clock.limit_s > 0.0:
        stop = Status.OPTIMAL if gap == 0.0 else Status.GAP_REACHED if gap <= call.gap else stop
    sites = np.repeat(np.arange(units.shape[0]), np.rint(units).astype(np.int64))
    return CoverAnswer(sites, value, bound, gap, stop, clock.seconds())


def _instance(call: Checked, busy: float, copies: int) -> _Uneven:
    served = np.minimum((1.0 - busy) * call.rows.values, 1.0 - np.exp(-_MOST_LOG))
    shape = (call.rows.sites, call.rows.points)
    kept = np.nonzero(call.weights > 0.0)[0]
    chances = sp.csr_array(sp.csr_array((served, call.rows.indices, call.rows.indptr), shape=shape)[:, kept])
    logs = sp.csr_array((-np.log1p(-chances.data), chances.indices, chances.indptr), shape=chances.shape)
    limit = min(call.limit, call.rows.sites * copies)
    return _Uneven(chances, logs, call.weights[kept], call.costs, copies, limit, call.budget)


def _gains(problem: _Uneven, units: NDArray[np.float64]) -> NDArray[np.float64]:
    """What one more unit at each site would add."""
    return np.asarray(problem.chances @ (problem.weights * np.exp(-(units @ problem.logs))))


def _affordable(problem: _Uneven, units: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (units < problem.copies) & (problem.costs <= problem.budget - float(problem.costs @ units))


def _greedy(problem: _Uneven, units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the unit of greatest gain while there is one to add; `units` is not changed."""
    units = units.copy()
    while units.sum() < problem.limit:
        gain = np.where(_affordable(problem, units), _gains(problem, units), 0.0)
        best = int(np.argmax(gain)) if gain.size else 0
        if not gain.size or gain[best] <= 0.0:
            break
        units[best] += 1.0
    return units


def _search(problem: _Uneven, units: NDArray[np.float64], seed: int, clock: Clock) -> NDArray[np.float64]:
    """Take each unit up and put it down where it serves best, until nothing moves; shake and repeat."""
    best = _settle(problem, units)
    best_value = problem.value(best)
    for shake in range(_SHAKES):
        if clock.over() or best.sum() < 2:
            break
        trial = best.copy()
        for draw in range(max(1, int(0.3 * best.sum()))):
            held = np.nonzero(trial > 0.0)[0]
            trial[held[int(uniform(seed, shake, _SHAKE, draw) * held.shape[0])]] -= 1.0
        entry = int(uniform(seed, shake, _PLACE, 0) * trial.shape[0])
        if _affordable(problem, trial)[entry]:
            trial[entry] += 1.0
        trial = _settle(problem, _greedy(problem, trial))
        value = problem.value(trial)
        if value > best_value * (1.0 + 1e-12):
            best, best_value = trial, value
    return best


def _settle(problem: _Uneven, units: NDArray[np.float64]) -> NDArray[np.float64]:
    value = problem.value(units)
    moved = True
    while moved:
        moved = False
        for site in np.nonzero(units > 0.0)[0]:
            if units[site] <= 0.0:
                continue
            trial = units.copy()
            trial[site] -= 1.0
            trial = _greedy(problem, trial)
            found = problem.value(trial)
            if found > value * (1.0 + 1e-12):
                units, value, moved = trial, found, True
    return units


def _ascend(problem: _Uneven, share: NDArray[np.float64], target: float, clock: Clock) -> float:
    """Accelerated projected ascent in place (Beck and Teboulle 2009); the least tangent bound met."""
    none, most = np.zeros_like(share), np.full(share.shape[0], float(problem.copies))
    ahead, speed, step = share.copy(), 1.0, 0.1
    best, value = np.inf, problem.value(share)
    for _ in range(_ASCENT):
        slope = problem.slope(ahead)
        scale = max(float(np.abs(slope).max(initial=0.0)), 1e-300)
        fresh = np.empty_like(share)
        project(ahead + step * slope / scale, np.ones_like(share), none, most, float(problem.limit), fresh)
        paid = float(problem.costs @ fresh)
        if paid > problem.budget:
            fresh *= problem.budget / paid
        found = problem.value(fresh)
        best = min(best, problem.bound(fresh))
        if found < value:
            step, speed, ahead = step * 0.5, 1.0, share.copy()
            if step < 1e-7:
                break
            continue
        following = 0.5 * (1.0 + float(np.sqrt(1.0 + 4.0 * speed**2)))
        ahead = fresh + (speed - 1.0) / following * (fresh - share)
        share[:], speed, value, step = fresh, following, found, step * 1.1
        if best <= target or clock.over():
            break
    return best


def _outer(
    problem: _Uneven, units: NDArray[np.float64], share: NDArray[np.float64], bound: float, gap: float,
    clock: Clock,
) -> tuple[NDArray[np.float64], float, bool]:  # fmt: skip
    """Outer approximation (Duran and Grossmann 1986): tangents at every choice met, until they close."""
    at = [share @ problem.logs, units @ problem.logs, np.zeros(problem.weights.shape[0])]
    value = problem.value(units)
    for _ in range(_PROOFS):
        proof = prove(_tangent_model(problem, at), clock, gap=0.5 * gap, absolute=0.0)
        slack = _ROUNDING * float(problem.weights.sum())
        if np.isfinite(proof.bound):
            bound = min(bound, max(proof.bound * float(problem.weights.mean()) + slack, value))
        if proof.point is None or proof.out_of_time:
            return units, bound, proof.out_of_time
        found = np.rint(proof.point[: units.shape[0]])
        if problem.value(found) > value:
            units, value = found, problem.value(found)
        if bound <= target_of(value, gap) + 2.0 * slack or clock.over():
            break
        at.append(found @ problem.logs)
    return units, bound, False


def _tangent_model(problem: _Uneven, at: list[NDArray[np.float64]]) -> Model:
    """y_j <= f(t) + f'(t) ((A x)_j - t) for every point of tangency t."""
    sites, points = problem.logs.shape
    mean = float(problem.weights.mean())
    by_point = problem.logs.T.tocsr()
    blocks, high = [], []
    for t in at:
        slope = np.exp(-t)
        blocks.append(sp.hstack([-(sp.diags_array(slope) @ by_point), sp.eye_array(points)], format="csr"))
        high.append(1.0 - slope * (1.0 + t))
    rows, caps = [np.ones(sites)], [float(problem.limit)]
    if np.isfinite(problem.budget):
        rows.append(problem.costs)
        caps.append(problem.budget)
    blocks.append(sp.hstack([sp.csr_array(np.array(rows)), sp.csr_array((len(rows), points))], format="csr"))
    matrix = sp.csr_array(sp.vstack(blocks, format="csr"))
    return Model(
        maximise=True,
        cost=np.concatenate((np.zeros(sites), problem.weights / mean)),
        low=np.zeros(sites + points),
        high=np.concatenate((np.full(sites, float(problem.copies)), np.ones(points))),
        whole=np.concatenate((np.ones(sites, np.bool_), np.zeros(points, np.bool_))),
        matrix=matrix,
        row_low=np.full(matrix.shape[0], -np.inf),
        row_high=np.concatenate((*high, caps)),
    )
