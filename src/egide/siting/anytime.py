"""The course of a count problem: search and bound in step, then a proof where one is still wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egide.siting.answer import CoverAnswer, Status, relative_gap, target_of
from egide.siting.branch import branch_and_bound
from egide.siting.clock import Clock
from egide.siting.counts import CountProblem
from egide.siting.exact import Proof
from egide.siting.models import unit_of_weight
from egide.siting.reduction import reduce_covers, take_rows
from egide.siting.relaxation import Relaxation
from egide.siting.search import Search

Prover = Callable[[CountProblem, NDArray[np.int64], float, Clock], Proof]

_ROUNDS = 60
_SWAPS = 400  # tabu moves in a round
_IDLE = 5  # rounds without a better choice after which branch and cut may begin
_STEPS = 40  # primal-dual steps in a round
_CONVERGED = 2e-5  # relative distance from the relaxation at which more steps are wasted
_TREE_NODES = 3_000  # nodes of our own branch and bound
_TREE_LEAST = 60  # fewer nodes than this move no bound
_STALE = 0.2  # a relaxation above the target is left alone once its bound is this near
_TREE_WORK = 30_000_000  # entries of the cover sets times nodes
_CLOSE = 1e-3  # relative distance of the relaxation below which branch and cut goes first
_PROOF_ENTRIES = 400_000  # entries of the merged cover sets beyond which branch and cut gets nowhere


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Choice (reduced sites), its value, a bound, and how the search ended."""

    sites: NDArray[np.int64]
    objective: float
    bound: float
    status: Status


def solve_counts(problem: CountProblem, gap: float, clock: Clock, seed: int, prover: Prover) -> Outcome:
    """Solve a count problem to a gap, within a budget of rounds.

    Parameters
    ----------
    problem : CountProblem
        What to maximise.
    gap : float
        Relative gap at which to stop; 0 asks for a proof of optimality.
    clock : Clock
        The time limit; reaching it is the one thing that depends on the machine.
    seed : int
        Seed of the search.
    prover : callable
        Branch and cut for this kind of value.

    Returns
    -------
    Outcome
        Always a feasible choice and a valid bound.
    """
    if problem.reduced.weights.size == 0 or problem.value.max() <= 0.0:
        return _ended(np.empty(0, np.int64), 0.0, 0.0, gap, Status.OPTIMAL)
    search = Search(problem, seed)
    relaxation = Relaxation(problem)
    bound = problem.rounded(relaxation.bound, search.value)
    if clock.limit_s <= 0.0:
        return _ended(search.sites(), search.value, bound, gap, Status.TIME_LIMIT, stop=True)
    provable = problem.reduced.indices.shape[0] <= _PROOF_ENTRIES
    idle = 0
    with ThreadPoolExecutor(2) as pool:
        swaps = max(_SWAPS, 8 * problem.limit)
        for number in range(_ROUNDS):
            before = search.value
            jobs = [pool.submit(search.advance, swaps)]
            settled = _settled(relaxation, target_of(search.value, gap))
            if not settled:
                jobs.append(pool.submit(relaxation.advance, _STEPS))
            for job in jobs:
                job.result()
            bound = problem.rounded(relaxation.bound, search.value)
            if bound <= target_of(search.value, gap) or clock.over():
                break
            # A relaxation that cannot reach the gap is a matter for branch and cut.
            hopeless = relaxation.relaxed > target_of(search.value, gap) or settled
            idle = 0 if search.value > before else idle + 1
            if provable and hopeless and number >= 5 and idle >= _IDLE:
                break
    if bound <= target_of(search.value, gap) or clock.over():
        stop = Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT
        return _ended(search.sites(), search.value, bound, gap, stop)
    return _proved(problem, search, relaxation, bound, gap, clock, prover, provable)


def _settled(relaxation: Relaxation, target: float) -> bool:
    """Whether more steps on the relaxation are wasted: it is solved, or it cannot reach the target."""
    above = relaxation.relaxed - target
    return relaxation.converged(_CONVERGED) or relaxation.bound - relaxation.relaxed < _STALE * above


def _proved(
    problem: CountProblem, search: Search, relaxation: Relaxation, bound: float, gap: float, clock: Clock,
    prover: Prover, provable: bool,
) -> Outcome:  # fmt: skip
    """Split the relaxation where it is cheap; then drop the sites no better choice can use, and cut."""
    # A relaxation close to the incumbent suits cuts; one well above it suits many cheap nodes.
    far = not provable or relaxation.relaxed > search.value * (1.0 + _CLOSE)
    if far and problem.copies == 1 and np.isinf(problem.budget) and problem.concave():
        nodes = min(_TREE_NODES, _TREE_WORK // problem.reduced.indices.shape[0])
        if nodes >= _TREE_LEAST:
            tree = branch_and_bound(problem, relaxation, target_of(search.value, gap), nodes, clock)
            if tree.best is not None:
                search.take(tree.best)
            bound = min(bound, problem.rounded(tree.bound, search.value))
        if bound <= target_of(search.value, gap):
            return _ended(search.sites(), search.value, bound, gap, Status.ITERATION_LIMIT)
    if clock.over() or not provable:
        stop = Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT
        return _ended(search.sites(), search.value, bound, gap, stop)
    target = target_of(search.value, gap)
    small, kept, place = _without_hopeless(problem, relaxation, search.sites(), target)
    proof = prover(small, place[search.sites()], gap, clock)
    if proof.point is not None:
        share = np.rint(proof.point[: kept.shape[0]]).astype(np.int64)
        search.take(np.repeat(kept, share))
    if np.isfinite(proof.bound):
        # What was dropped cannot beat the target, what was kept cannot beat the proof.
        found = max(proof.bound * unit_of_weight(small), target)
        bound = min(bound, problem.rounded(found, search.value))
    stop = Status.TIME_LIMIT if proof.out_of_time else Status.ITERATION_LIMIT
    return _ended(search.sites(), search.value, bound, gap, stop)


def _without_hopeless(
    problem: CountProblem, relaxation: Relaxation, chosen: NDArray[np.int64], target: float
) -> tuple[CountProblem, NDArray[np.int64], NDArray[np.int64]]:
    """Reduced-cost fixing: a site whose use would push the bound to the target or below is left out.

    Sites of the incumbent stay, so that it remains a choice of the smaller problem. Also given are the old
    site of each new one, and the new place of each old one.
    """
    r = problem.reduced
    place = np.arange(r.sites.shape[0])
    if np.isfinite(problem.budget) or problem.copies > 1:
        return problem, place, place
    prices, bound = relaxation.slack_of_sites()
    last = max(0.0, float(np.sort(prices)[::-1][problem.limit - 1]))
    kept = (prices >= last) | (bound - (last - prices) > target)
    kept[chosen] = True
    if kept.all():
        return problem, place, place
    rows = np.nonzero(kept)[0]
    indptr, indices = take_rows(r.indptr, r.indices, rows)
    small = reduce_covers(indptr, indices, r.weights, r.costs[rows], rows, dominate=False)
    place[small.sites] = np.arange(small.sites.shape[0])
    return replace(problem, reduced=small), small.sites, place


def _ended(
    sites: NDArray[np.int64], objective: float, bound: float, gap: float,
    otherwise: Status, *, stop: bool = False,
) -> Outcome:  # fmt: skip
    """Name the end: proven, within the gap, or what stopped the search."""
    bound = max(bound, objective)
    if stop:
        return Outcome(sites, objective, bound, otherwise)
    if bound == objective:
        return Outcome(sites, objective, bound, Status.OPTIMAL)
    reached = relative_gap(objective, bound) <= gap
    return Outcome(sites, objective, bound, Status.GAP_REACHED if reached else otherwise)


def answer(problem: CountProblem, outcome: Outcome, clock: Clock) -> CoverAnswer:
    """An outcome under the names of the original instance."""
    return CoverAnswer(
        np.sort(problem.reduced.sites[outcome.sites]),
        outcome.objective,
        outcome.bound,
        relative_gap(outcome.objective, outcome.bound),
        outcome.status,
        clock.seconds(),
    )
