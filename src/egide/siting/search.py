"""The search for a good choice in a count problem: greedy, then tabu search in numbered rounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering import greedy
from egide.kernels.covering_search import Sets, tabu_search
from egide.kernels.rng import uniform
from egide.siting.counts import CountProblem

_PLAN = 1  # stream of the draws that shape a round
_OWN_START = 6  # every so many rounds the start is shaken entirely


class Search:
    """Best choice so far; `advance` does a fixed amount of work, addressed by its number.

    Parameters
    ----------
    problem : CountProblem
        With at least one site and one point.
    seed : int
        Seed of every draw.
    """

    def __init__(self, problem: CountProblem, seed: int) -> None:
        self.problem = problem
        self.seed = seed
        self.round = 0
        r, copies = problem.reduced, problem.copies
        # Units that share a site are copies of its row: to the search they are sites like any other.
        indptr, indices = _repeat_rows(r.indptr, r.indices, copies)
        by_point = np.concatenate(([0], np.cumsum(np.diff(r.by_point) * copies))).astype(np.int64)
        own = np.tile(np.arange(copies), r.point_sites.shape[0])
        point_sites = (np.repeat(r.point_sites, copies) * copies + own).astype(np.int32)
        steps = np.concatenate((np.diff(problem.value), [0.0, 0.0]))
        self._sets = Sets(
            indptr, indices, by_point, point_sites, r.weights, steps, np.repeat(r.costs, copies)
        )
        self.slots = self._first()
        self.value = self.problem.objective(self.sites())

    def sites(self) -> NDArray[np.int64]:
        """Reduced sites of the best choice, ascending, repeated where units share one."""
        return np.sort(self.slots[self.slots >= 0] // self.problem.copies)

    def take(self, sites: NDArray[np.int64]) -> None:
        """Adopt a choice found elsewhere where it is better."""
        value = self.problem.objective(sites)
        if value > self.value:
            order = np.sort(sites)
            nth = np.arange(order.shape[0]) - np.searchsorted(order, order)
            self.slots = np.full(self.problem.limit, -1, np.int64)
            self.slots[: order.shape[0]] = order * self.problem.copies + nth
            self.value = value

    def advance(self, iterations: int) -> None:
        """One round of tabu search from the best choice, shaken by a drawn amount."""
        self.round += 1
        limit = self.problem.limit
        shake = uniform(self.seed, self.round, _PLAN, 0)
        kick = 0 if self.round == 1 else 1 + int(shake * max(1.0, 0.4 * limit))
        if self.round % _OWN_START == 0:
            kick = 3 * limit
        tenure = 1 + int(limit * (0.2 + 0.5 * uniform(self.seed, self.round, _PLAN, 1)))
        tenure = min(tenure, max(1, (self._sets.costs.shape[0] - limit) // 3))
        slots, value = tabu_search(
            self._sets, self.problem.budget, self.slots, kick, iterations, tenure, self.seed, self.round
        )
        if value > self.value:
            self.slots, self.value = slots, self.problem.objective(_distinct_sites(slots, self.problem))

    def _first(self) -> NDArray[np.int64]:
        """Greedy by gain, or by gain per cost where money binds, whichever is worth more."""
        p, r = self.problem, self.problem.reduced
        slopes, widths = p.envelope()
        steps = np.concatenate((np.repeat(slopes, widths.astype(np.int64)), [0.0]))
        steps = np.concatenate((steps, np.zeros(max(0, p.limit + 2 - steps.shape[0]))))
        best: NDArray[np.int64] = np.full(p.limit, -1, np.int64)
        best_value = 0.0
        for by_ratio in (False, True) if np.isfinite(p.budget) else (False,):
            slots = greedy(
                self._sets.indptr, self._sets.indices, r.weights, steps, self._sets.costs, p.limit,
                p.budget, by_ratio,
            )  # fmt: skip
            value = p.objective(_distinct_sites(slots, p))
            if value > best_value:
                best, best_value = slots, value
        return best


def _distinct_sites(slots: NDArray[np.int64], problem: CountProblem) -> NDArray[np.int64]:
    return slots[slots >= 0] // problem.copies


def _repeat_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], copies: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    if copies == 1:
        return indptr, indices
    rows = np.repeat(np.arange(indptr.shape[0] - 1), copies)
    length = np.diff(indptr)[rows]
    out = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
    take = np.arange(out[-1]) + np.repeat(indptr[rows] - out[:-1], length)
    return out, indices[take]
