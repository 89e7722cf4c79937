"""How a laydown is found and proven: bound and search in turn, then branch and cut where the theatre is small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.siting.answer import Status
from egide.siting.clock import Clock
from egide.siting.exact import prove
from egide.siting.laydown_bound import LaydownBound
from egide.siting.laydown_exact import laydown_model
from egide.siting.laydown_search import Search
from egide.siting.theatre import Instance

Floats = NDArray[np.float64]
Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""

ROUNDS = 3
"""Rounds of bound and search at most."""

FIRST_STEPS, MORE_STEPS = 400, 200
"""Steps of the bound in the first round and in each later one."""

ANNEALING_STEPS = 300_000
"""Steps of the annealing in a round at most; a small theatre takes fewer."""

WANTED = 0.006
"""Options are tried whose shortfall at the bound's prices is below this share of a unit's mean value [1]."""

PROVABLE_ENTRIES = 40_000
"""Pairs of option and point up to which branch and cut is tried."""

OPTIMAL = 1e-6
"""Relative gap below which the bound proves the laydown best; the tolerance of branch and cut [1]."""


@dataclass(frozen=True)
class Solved:
    """Options chosen for one objective, with what it is worth and what none can beat."""

    chosen: list[int]
    objective: float
    bound: float
    prices: LaydownBound
    steps: int
    out_of_time: bool

    @property
    def gap(self) -> float:
        """(bound - objective) / objective [1]; 0 where there is nothing to win."""
        return (self.bound - self.objective) / self.objective if self.objective > 0 else 0.0

    def status(self, gap: float) -> Status:
        """How the search ended, for a gap that was asked."""
        if self.gap <= OPTIMAL:
            return Status.OPTIMAL
        if self.gap <= gap:
            return Status.GAP_REACHED
        return Status.TIME_LIMIT if self.out_of_time else Status.ITERATION_LIMIT


def solve(instance: Instance, seed: int, gap: float, clock: Clock, tick: Tick | None = None) -> Solved:
    """Best laydown found for the instance's worth, and a bound.

    Parameters
    ----------
    instance : Instance
    seed : int
        Seed of the annealing.
    gap : float
        Relative gap at which to stop.
    clock : Clock
        Its limit ends the search early.
    tick : callable, optional
        Called with rounds done and rounds in all.
    """
    search = Search(instance, seed)
    bound = LaydownBound(instance)
    best = search.greedy([], instance.counts)
    objective = search.value(best)
    steps = 0
    for round_ in range(ROUNDS):
        if _near(bound.bound, objective, gap) or clock.over():
            break
        steps += _advance(bound, FIRST_STEPS if round_ == 0 else MORE_STEPS, clock)
        if clock.over():
            break
        mean = bound.bound / max(int(instance.counts.sum()), 1)
        trial = search.anneal(best, round_, _annealing(instance), bound.shortfall() < WANTED * mean)
        best, objective = _better(search, search.polish(trial), best, objective)
        if tick is not None:
            tick(round_ + 1, ROUNDS)
    if tick is not None:
        tick(ROUNDS, ROUNDS)
    none = np.zeros((0, *instance.worth.shape))
    found = Solved(best, objective, max(bound.bound, objective), bound, steps, clock.over())
    return _proven(instance, search, found, none, np.zeros(0), gap, clock)


def _advance(bound: LaydownBound, steps: int, clock: Clock) -> int:
    taken = 0
    while taken < steps and not clock.over():
        bound.advance(50)
        taken += 50
    return taken


def _annealing(instance: Instance) -> int:
    return min(ANNEALING_STEPS, 40 * instance.option_kind.size)


def _near(bound: float, objective: float, gap: float) -> bool:
    return bound - objective <= gap * objective


def _better(search: Search, trial: list[int], best: list[int], objective: float) -> tuple[list[int], float]:
    value = search.value(trial)
    return (trial, value) if value > objective else (best, objective)


def _proven(
    instance: Instance, search: Search, found: Solved, guards: Floats, floors: Floats, gap: float, clock: Clock
) -> Solved:  # fmt: skip
    """Branch and cut where the gap is still open, the theatre small and time left."""
    if _near(found.bound, found.objective, gap) or instance.indices.size > PROVABLE_ENTRIES or clock.over():
        return found
    # A hair of room under the floors, for the tolerance of the solver; checked afterwards without it.
    model = laydown_model(instance, search.worth, guards, floors - 1e-7)
    proof = prove(model, clock, gap=gap, absolute=1e-9)
    chosen, objective = found.chosen, found.objective
    if proof.point is not None:
        options = np.flatnonzero(proof.point[: instance.option_kind.size] > 0.5).tolist()
        counts = search.counts(options)
        kept = all(
            value_of(guard, counts) >= floor - 1e-9 for guard, floor in zip(guards, floors, strict=True)
        )
        if kept:
            chosen, objective = _better(search, search.polish(options), chosen, objective)
    bound = max(min(found.bound, proof.bound), objective)
    return Solved(chosen, objective, bound, found.prices, found.steps, proof.out_of_time)


def value_of(worth: Floats, counts: NDArray[np.int32]) -> float:
    """Value of the points under these counts and this worth [1]."""
    from egide.siting.laydown_search import point_values

    return float(point_values(worth, counts).sum())


@dataclass(frozen=True)
class Tier:
    """One strict tier of a laydown: what it has, and the most it could have given what came before."""

    tier: int
    solved: Solved


def solve_tiers(
    instance: Instance, seed: int, gap: float, clock: Clock, tick: Tick | None = None
) -> tuple[list[int], list[Tier]]:
    """Serve strict tiers in turn: no later tier takes anything from an earlier one.

    Returns
    -------
    chosen : list of int
        The options.
    tiers : list of Tier
        In order. Each bound holds for every laydown that gives the earlier tiers at least what this one does.
    """
    names = sorted({int(t) for t in instance.tier[(instance.worth > 0.0).any(axis=1)]})
    best = Search(instance, seed).greedy([], instance.counts)
    worths = [np.where((instance.tier == name)[:, None], instance.worth, 0.0) for name in names]
    found: list[Tier] = []
    for number, (name, worth) in enumerate(zip(names, worths, strict=True)):
        guards = np.stack(worths[:number]) if number else np.zeros((0, *instance.worth.shape))
        search = Search(instance, seed, worth, guards)
        if number == 0:
            best = search.greedy([], instance.counts)
        best = search.polish(best)
        objective = search.value(best)
        bound = LaydownBound(instance, worth)
        steps = 0 if clock.over() else _advance(bound, FIRST_STEPS, clock)
        if not _near(bound.bound, objective, gap) and not clock.over():
            trial = search.polish(search.anneal(best, number, _annealing(instance)))
            best, objective = _better(search, trial, best, objective)
        floors = np.array([tier.solved.objective for tier in found])
        most = min(bound.bound, _joined_bound(instance, worth, guards, floors, clock))
        solved = Solved(best, objective, max(most, objective), bound, steps, clock.over())
        solved = _proven(instance, search, solved, guards, floors, gap, clock)
        best = solved.chosen
        found.append(Tier(name, solved))
        if tick is not None:
            tick(number + 1, len(names))
    return best, found


def _joined_bound(instance: Instance, worth: Floats, guards: Floats, floors: Floats, clock: Clock) -> float:
    """Bound of a tier by a price on the earlier tiers: what all are worth together, less what those have."""
    if not len(guards) or clock.over():
        return float("inf")
    joined = LaydownBound(instance, worth + guards.sum(axis=0))
    _advance(joined, FIRST_STEPS, clock)
    return joined.bound - float(floors.sum())
