"""How a robust cover is searched, bounded and proved."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.kernels.covering import cover_counts, worst_loss
from egide.kernels.rng import uniform
from egide.siting.answer import CoverAnswer, Status, relative_gap, target_of
from egide.siting.clock import Clock
from egide.siting.counts import CountProblem, count_problem
from egide.siting.exact import Model, prove
from egide.siting.inputs import Checked, Covers
from egide.siting.reduction import Reduced, reduce_covers, take_rows
from egide.siting.relaxation import Relaxation
from egide.siting.search import Search

_TRIALS = 4_000  # swaps tried by the local search
_MULTIPLIERS = 14  # moves of the weights of the scenarios
_STEPS = 80  # primal-dual steps for each
_CHOICES = 6_000  # choices that are worth trying one by one
_PROOFS = 30  # rounds of losses added to the model
_PROOF_ENTRIES = 60_000
_PROVEN = 1e-6  # relative tolerance of branch and cut: nearer than this counts as proven
_OUT, _IN = 21, 22  # streams of draws


@dataclass(frozen=True, slots=True, eq=False)
class Robust:
    """A robust problem: one reduced instance for each scenario, all with the same sites."""

    scenarios: list[Reduced]
    costs: NDArray[np.float64]
    limit: int
    budget: float
    lost: int
    probabilities: NDArray[np.float64]
    tail: float

    def values(self, sites: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weight still covered in each scenario after its worst loss."""
        return np.array([self.after_loss(s, sites)[0] for s in range(len(self.scenarios))])

    def after_loss(self, s: int, sites: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
        """Weight still covered in one scenario, and the sites whose loss is the worst there."""
        r = self.scenarios[s]
        count = cover_counts(r.indptr, r.indices, sites, r.weights.shape[0])
        loss, which = worst_loss(r.indptr, r.indices, r.weights, sites, self.lost)
        return float(r.weights[count > 0].sum()) - loss, which

    def measure(self, values: NDArray[np.float64]) -> float:
        """Worst value, or the mean of the worst tail."""
        return float(self.worst_mixture(values) @ values)

    def worst_mixture(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mixture of scenarios, among those the measure allows, in which the values are worst.

        The worst case allows any mixture; a tail of a allows probabilities up to p / a.
        """
        order = np.argsort(values, kind="stable")
        cap = np.ones(values.shape[0]) if self.tail == 0.0 else self.probabilities[order] / self.tail
        before = np.cumsum(cap) - cap
        mixture = np.empty_like(values)
        mixture[order] = np.clip(1.0 - before, 0.0, cap)
        return mixture

    def objective(self, sites: NDArray[np.int64]) -> float:
        """What the choice is worth by the measure."""
        return self.measure(self.values(sites))


def stacked(rows: list[Covers], weights: list[NDArray[np.float64]], call: Checked) -> list[Reduced]:
    """Merged cover sets of each scenario, on all the sites in the order given.

    Sites keep their places so that scenarios can share a choice; nothing but points is merged.
    """
    names = np.arange(call.rows.sites)
    reduced = []
    for each, weight in zip(rows, weights, strict=True):
        r = reduce_covers(each.indptr, each.indices, weight, call.costs, names, dominate=False)
        place = np.full(call.rows.sites, r.sites.shape[0])
        place[r.sites] = np.arange(r.sites.shape[0])
        padded = np.append(r.indptr, r.indptr[-1])  # one empty row for the sites that cover nothing
        indptr, indices = take_rows(padded, r.indices, place)
        turned = sp.csr_array(
            (np.ones(indices.shape[0], np.int8), indices, indptr), shape=(names.shape[0], r.weights.shape[0])
        ).tocsc()
        reduced.append(
            Reduced(
                indptr,
                indices,
                turned.indptr.astype(np.int64),
                turned.indices.astype(np.int32),
                r.weights,
                call.costs,
                names,
            )
        )
    return reduced


def solve_robust(problem: Robust, gap: float, clock: Clock, seed: int) -> CoverAnswer:
    """Search, bound by the best mixture, and prove by adding losses where a proof is still wanted.

    Parameters
    ----------
    problem : Robust
        What to maximise.
    gap : float
        Relative gap at which to stop.
    clock : Clock
        The time limit.
    seed : int
        Seed of the search.

    Returns
    -------
    CoverAnswer
        Always a feasible choice and a valid bound.
    """
    if problem.limit <= problem.lost or not problem.scenarios[0].sites.size:
        return _answer(np.empty(0, np.int64), 0.0, 0.0, gap, clock, Status.OPTIMAL)
    bounds = _Mixtures(problem)
    sites = bounds.start(seed)
    value = problem.objective(sites)
    if clock.limit_s <= 0.0:
        return _answer(sites, value, bounds.bound, gap, clock, Status.TIME_LIMIT)
    for number in range(_MULTIPLIERS):
        bounds.advance()
        if number in (0, _MULTIPLIERS // 2):
            other = bounds.start(seed)
            if problem.objective(other) > value:
                sites, value = other, problem.objective(other)
        if bounds.bound <= target_of(value, gap) or clock.over():
            break
    if bounds.bound > target_of(value, gap) and _few(problem) and not clock.over():
        sites, value = _tried(problem)
        return _answer(sites, value, value, gap, clock, Status.OPTIMAL)
    sites, value = _swapped(problem, sites, value, bounds.bound, gap, seed, clock)
    bound, stop = bounds.bound, Status.ITERATION_LIMIT
    entries = sum(r.indices.shape[0] for r in problem.scenarios)
    if bound > target_of(value, gap) and entries <= _PROOF_ENTRIES and not clock.over():
        sites, value, bound, stop = _proved(problem, sites, value, bound, gap, clock)
    stop = Status.TIME_LIMIT if clock.over() else stop
    everything = max(float(r.weights.sum()) for r in problem.scenarios)
    bound = value if bound <= 1e-12 * everything else bound  # rounding above a value of zero
    return _answer(sites, value, bound, gap, clock, stop)


def _answer(
    sites: NDArray[np.int64], value: float, bound: float, gap: float, clock: Clock, stop: Status
) -> CoverAnswer:
    bound = value if bound - value <= _PROVEN * abs(value) else bound
    found = relative_gap(value, bound)
    if clock.limit_s > 0.0:
        stop = Status.OPTIMAL if found == 0.0 else Status.GAP_REACHED if found <= gap else stop
    return CoverAnswer(np.sort(sites), value, bound, found, stop, clock.seconds())


class _Mixtures:
    """Bounds by mixtures: the measure is at most the mean value under any mixture it allows.

    Losses are bounded by their mean over all equally likely losses: of `limit` sites that cover a point k
    times, all k go with probability C(limit - k, lost - k) / C(limit, lost). So every mixture is a count
    problem with a concave value, on the scenarios' points side by side.
    """

    def __init__(self, problem: Robust) -> None:
        self.problem = problem
        parts = problem.scenarios
        joined = sp.hstack(
            [
                sp.csr_array(
                    (np.ones(r.indices.shape[0], np.int8), r.indices, r.indptr),
                    shape=(r.sites.shape[0], r.weights.shape[0]),
                )
                for r in parts
            ],
            format="csr",
        )
        self._rows = (joined.indptr.astype(np.int64), joined.indices.astype(np.int32))
        self._scenario = np.repeat(np.arange(len(parts)), [r.weights.shape[0] for r in parts])
        self._weights = np.concatenate([r.weights for r in parts])
        count = len(parts)
        start = np.full(count, 1.0 / count) if problem.tail == 0.0 else problem.probabilities
        self.mixture: NDArray[np.float64] = start
        self.bound = np.inf
        self._moves = 0
        self._problem = self._mixed()
        self._relaxation = self._relaxed()

    def start(self, seed: int) -> NDArray[np.int64]:
        """A good choice for the present mixture, as original sites."""
        if self._relaxation is None:
            return np.empty(0, np.int64)
        search = Search(self._problem, seed)
        search.advance(200)
        return self._problem.reduced.sites[search.sites()]

    def advance(self) -> None:
        """Bound the present mixture, then shift it towards the scenarios that came out worst."""
        if self._relaxation is None:
            return
        for _ in range(2):
            self._relaxation.advance(_STEPS // 2)
        self.bound = min(self.bound, self._relaxation.bound)
        if len(self.problem.scenarios) == 1:
            return
        share = np.zeros(self.problem.costs.shape[0])
        share[self._problem.reduced.sites] = self._relaxation.share
        values = np.array([self._fractional(s, share) for s in range(len(self.problem.scenarios))])
        self._moves += 1
        pull = 1.0 / (1.0 + self._moves)  # Frank-Wolfe steps on the mixture
        self.mixture = (1.0 - pull) * self.mixture + pull * self.problem.worst_mixture(values)
        self._problem = self._mixed()
        self._relaxation = self._relaxed()

    def _relaxed(self) -> Relaxation | None:
        """Relaxation of the present mixture; none, and a bound of 0, where its scenarios weigh nothing."""
        if self._problem.reduced.weights.size == 0:
            self.bound = 0.0
            return None
        relaxation = Relaxation(self._problem)
        self.bound = min(self.bound, relaxation.bound)
        return relaxation

    def _fractional(self, s: int, share: NDArray[np.float64]) -> float:
        """Value of a fractional choice in one scenario."""
        r = self.problem.scenarios[s]
        cover = np.add.reduceat(np.append(share[r.point_sites], 0.0), r.by_point[:-1])
        table = np.concatenate(([0.0], np.cumsum(self._steps())))
        return float(r.weights @ np.interp(cover, np.arange(table.shape[0]), table))

    def _steps(self) -> NDArray[np.float64]:
        return np.diff(_kept_after_loss(np.arange(self.problem.limit + 1.0), self.problem))

    def _mixed(self) -> CountProblem:
        p = self.problem
        weights = self._weights * self.mixture[self._scenario]
        reduced = reduce_covers(*self._rows, weights, p.costs, np.arange(p.costs.shape[0]), dominate=False)
        return count_problem(reduced, lambda count: _kept_after_loss(count, p), p.limit, 1, p.budget)


def _kept_after_loss(count: NDArray[np.float64], problem: Robust) -> NDArray[np.float64]:
    """Probability that a point covered `count` times keeps a site after a random loss."""
    gone = np.ones_like(count)
    for k in range(problem.lost + 1):
        factor = (problem.lost - k) / max(1, problem.limit - k)
        gone = np.where(count > k, gone * factor, gone)
    return 1.0 - gone


def _few(problem: Robust) -> bool:
    """Whether the choices are few enough to try them all."""
    return math.comb(problem.costs.shape[0] + int(np.isfinite(problem.budget)), problem.limit) <= _CHOICES


def _tried(problem: Robust) -> tuple[NDArray[np.int64], float]:
    """The best of all choices: a further site never hurts, so only money makes smaller ones worth trying."""
    best: NDArray[np.int64] = np.empty(0, np.int64)
    best_value = 0.0
    sizes = range(problem.limit + 1) if np.isfinite(problem.budget) else (problem.limit,)
    for size in sizes:
        for choice in itertools.combinations(range(problem.costs.shape[0]), size):
            sites = np.array(choice, np.int64)
            if problem.costs[sites].sum() > problem.budget:
                continue
            value = problem.objective(sites)
            if value > best_value:
                best, best_value = sites, value
    return best, best_value


def _swapped(
    problem: Robust, sites: NDArray[np.int64], value: float, bound: float, gap: float, seed: int,
    clock: Clock,
) -> tuple[NDArray[np.int64], float]:  # fmt: skip
    """Local search on the measure itself: single swaps and additions, in a drawn order."""
    degrees = np.sum([np.diff(r.indptr) for r in problem.scenarios], axis=0)
    useful = np.nonzero(degrees > 0)[0]
    trials, last = 0, -1
    while trials < _TRIALS and bound > target_of(value, gap) and not clock.over() and last != trials:
        last = trials
        for entry in _drawn(useful, seed, trials, _IN):
            if entry in sites or trials >= _TRIALS or clock.over():
                continue
            options = [np.append(sites, entry)] if sites.shape[0] < problem.limit else []
            options += [np.append(np.delete(sites, k), entry) for k in range(sites.shape[0])]
            options = [each for each in options if problem.costs[each].sum() <= problem.budget]
            trials += len(options)
            worth = [problem.objective(each) for each in options]
            if worth and max(worth) > value * (1.0 + 1e-12):
                sites, value, last = options[int(np.argmax(worth))], max(worth), -1
    return sites, value


def _drawn(items: NDArray[np.int64], seed: int, trial: int, stream: int) -> NDArray[np.int64]:
    keys = np.array([uniform(seed, trial, stream, k) for k in range(items.shape[0])])
    return items[np.argsort(keys, kind="stable")]


def _proved(
    problem: Robust, sites: NDArray[np.int64], value: float, bound: float, gap: float, clock: Clock
) -> tuple[NDArray[np.int64], float, float, Status]:
    """Add to the model the losses that hurt its own answer, until none does."""
    pools: list[list[NDArray[np.int64]]] = []
    for s in range(len(problem.scenarios)):
        pools.append([problem.after_loss(s, sites)[1]])
    stop = Status.ITERATION_LIMIT
    for _ in range(_PROOFS):
        proof = prove(_loss_model(problem, pools), clock, gap=0.5 * gap, absolute=0.0)
        if np.isfinite(proof.bound):
            bound = min(bound, max(proof.bound * _unit(problem), value))
        if proof.point is None or proof.out_of_time:
            return sites, value, bound, Status.TIME_LIMIT if proof.out_of_time else stop
        found = np.nonzero(proof.point[: problem.costs.shape[0]] > 0.5)[0].astype(np.int64)
        if problem.objective(found) > value:
            sites, value = found, problem.objective(found)
        if bound <= value * (1.0 + max(gap, 1e-9)) or clock.over():
            break
        fresh = False
        for s, pool in enumerate(pools):
            which = np.sort(problem.after_loss(s, found)[1])
            if not any(np.array_equal(which, np.sort(old)) for old in pool):
                pool.append(which)
                fresh = True
        if not fresh:
            break
    return sites, value, bound, stop


def _unit(problem: Robust) -> float:
    return float(np.mean([r.weights.sum() for r in problem.scenarios])) / 1e3 or 1.0


def _loss_model(problem: Robust, pools: list[list[NDArray[np.int64]]]) -> Model:
    """Columns: sites x, tail level t, shortfalls u by scenario, then the shares y of each scenario and loss.

    Maximise t - sum p u / tail (or t alone for the worst case) with t - u_s <= sum w y for every loss kept
    for scenario s, and y_j <= sum of x over the sites of j that the loss spares.
    """
    sites, count = problem.costs.shape[0], len(problem.scenarios)
    unit = _unit(problem)
    shares = [problem.scenarios[s].weights.shape[0] for s, pool in enumerate(pools) for _ in pool]
    head = sites + 1 + count
    width = head + sum(shares)
    blocks, highs = [], []
    at = head
    for s, pool in enumerate(pools):
        r = problem.scenarios[s]
        points = r.weights.shape[0]
        for loss in pool:
            spared = np.ones(sites)
            spared[loss] = 0.0
            cover = sp.csr_array((spared[r.point_sites], r.point_sites, r.by_point), shape=(points, sites))
            left = sp.csr_array((points, at - sites))
            right = sp.csr_array((points, width - at - points))
            blocks.append(sp.hstack([-cover, left, sp.eye_array(points), right], format="csr"))
            highs.append(np.zeros(points))
            level = np.zeros(width)
            level[sites], level[sites + 1 + s] = 1.0, -1.0
            level[at : at + points] = -r.weights / unit
            blocks.append(sp.csr_array(level[None, :]))
            highs.append(np.zeros(1))
            at += points
    spend = np.zeros((2, width))
    spend[0, :sites] = 1.0
    spend[1, :sites] = problem.costs if np.isfinite(problem.budget) else 0.0
    blocks.append(sp.csr_array(spend))
    highs.append(np.array([problem.limit, problem.budget if np.isfinite(problem.budget) else 0.0]))
    matrix = sp.csr_array(sp.vstack(blocks, format="csr"))
    cost = np.zeros(width)
    cost[sites] = 1.0
    most = np.ones(width)
    most[sites] = np.inf
    most[sites + 1 : head] = 0.0 if problem.tail == 0.0 else np.inf
    if problem.tail > 0.0:
        cost[sites + 1 : head] = -problem.probabilities / problem.tail
    return Model(
        maximise=True,
        cost=cost,
        low=np.zeros(width),
        high=most,
        whole=np.arange(width) < sites,
        matrix=matrix,
        row_low=np.full(matrix.shape[0], -np.inf),
        row_high=np.concatenate(highs),
    )
