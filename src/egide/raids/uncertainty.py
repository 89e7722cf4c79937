"""Ignorance about the inputs, nested outside chance in the raid: how far it moves outcomes and choices.

Every draw is a set of positions within the catalogue's bands; the raid is simulated for each, on common
random numbers. Spread between draws is epistemic, spread within one is aleatory; both are reported. Bands are
what sources say or what is plausible, and positions in them are drawn evenly: a predictive interval from them
is a statement about the model under these bands, never a forecast.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.assumptions import Assumption, assumptions_of, scenario_at
from egide.raids.circumstances import Circumstances
from egide.raids.engine import run_raid
from egide.raids.geometry import geometry_of
from egide.raids.raid_result import LEVELS, quantiles
from egide.raids.response import ResponseSurface, conditional_means, response_surface
from egide.raids.scenario_tables import tables_of
from egide.raids.sensitivity import PartialInformation, evpi, parameter_draws

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Tick = Callable[[int, int], None]
"""Called with draws done and draws in all; raising from it cancels."""

DRAWS = 192
"""Draws of the inputs by default."""

TRIALS = 64
"""Trials for each draw by default: more draws say more than more trials of each."""

RESAMPLES = 30
"""Bootstrap samples for the errors of the worth of knowing an assumption."""

FLIP_STEPS = 201
"""Positions at which a fitted difference is looked at for a change of sign."""


@dataclass(frozen=True, eq=False)
class DecisionWorth:
    """What knowing one assumption before choosing between two laydowns would be worth."""

    assumption: str
    worth: PartialInformation
    """Value in leakers, its error, and the share of draws at which knowing changes the choice"""
    flips_at: float | None
    """Position in the band from which the other laydown is the better one on average; None when none is"""
    flips_where: str
    """The same as a figure where the assumption is a single one, else as a position; empty when none"""


@dataclass(frozen=True, eq=False)
class UncertainRaid:
    """Outcome of a raid with its inputs uncertain."""

    raid: str
    plans: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    positions: Floats
    """(draws, assumptions) positions within the bands [1]"""
    leakers: NDArray[np.int32]
    """(plans, draws, trials) threats that got through, decoys apart"""
    surfaces: tuple[ResponseSurface, ...]
    """Sobol indices of mean leakers, one for each plan"""
    perfect_information: float
    """What knowing every assumption before choosing a plan is worth at most, in leakers; 0 for one plan.
    Noise of the draws' means makes it too high rather than too low."""
    decisions: tuple[DecisionWorth, ...]
    """One for each assumption, most worth first; empty for one plan"""
    seed: int

    @property
    def means(self) -> Floats:
        """(plans, draws) mean leakers of each draw."""
        return np.asarray(self.leakers.mean(axis=2), dtype=np.float64)

    @property
    def aleatory_variance(self) -> Floats:
        """(plans,) mean variance within a draw: chance in the raid and between nights."""
        return np.asarray(self.leakers.var(axis=2, ddof=1).mean(axis=1), dtype=np.float64)

    @property
    def epistemic_variance(self) -> Floats:
        """(plans,) variance between draws' means, their Monte-Carlo error taken out, not below 0."""
        noise = self.aleatory_variance / self.leakers.shape[2]
        return np.asarray(np.maximum(0.0, self.means.var(axis=1, ddof=1) - noise), dtype=np.float64)

    @property
    def best_plan_fraction(self) -> Floats:
        """(plans,) share of draws in which each plan has the lowest mean leakers, ties shared [1]."""
        best = self.means == self.means.min(axis=0)
        return np.asarray((best / best.sum(axis=0)).mean(axis=1), dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """One line an assumption: Sobol indices for the first plan, and the worth of knowing it."""
        import pandas as pd

        return pd.DataFrame(self._rows()).set_index("assumption")

    def _rows(self) -> list[dict[str, Any]]:
        decisions = {found.assumption: found for found in self.decisions}
        rows = []
        for k, assumption in enumerate(self.assumptions):
            row: dict[str, Any] = {"assumption": assumption.name, "band": assumption.words()}
            for plan, surface in zip(self.plans, self.surfaces, strict=True):
                indices = surface.indices
                row |= {
                    f"first {plan}": float(indices.first[k]), f"total {plan}": float(indices.total[k]),
                    f"error {plan}": float(indices.total_error[k]),
                }  # fmt: skip
            if assumption.name in decisions:
                found = decisions[assumption.name]
                row |= {
                    "evppi": found.worth.value, "evppi error": found.worth.error,
                    "flips": found.worth.flips_fraction, "flips where": found.flips_where,
                }  # fmt: skip
            rows.append(row)
        return rows

    def to_json(self) -> dict[str, Any]:
        """Quantiles with both kinds of uncertainty, variances, indices and the worth of information."""
        return {
            "raid": self.raid, "seed": self.seed, "draws": self.leakers.shape[1], "trials": self.leakers.shape[2],
            "plans": [
                {
                    "plan": plan, "mean": float(self.means[k].mean()), **quantiles(self.leakers[k].ravel()),
                    "aleatory_variance": float(self.aleatory_variance[k]),
                    "epistemic_variance": float(self.epistemic_variance[k]),
                    "best_fraction": float(self.best_plan_fraction[k]),
                    "surface_explains_fraction": self.surfaces[k].explained_fraction,
                }
                for k, plan in enumerate(self.plans)
            ],
            "perfect_information": self.perfect_information,
            "assumptions": [
                {**row, "figures": [vars(band) for band in assumption.bands]}
                for row, assumption in zip(self._rows(), self.assumptions, strict=True)
            ],
            "levels": list(LEVELS),
            "statement": "bands are assumptions; the intervals are the model's under them, not a forecast",
        }  # fmt: skip


def uncertain_raid(
    scenario: Scenario,
    coverage: Coverage,
    plans: Laydown | Mapping[str, Laydown] | None = None,
    *,
    seed: int,
    draws: int = DRAWS,
    trials: int = TRIALS,
    raid: str | None = None,
    given: Circumstances | None = None,
    threads: int | None = None,
    tick: Tick | None = None,
) -> UncertainRaid:
    """Simulate a raid with its inputs uncertain.

    Parameters
    ----------
    scenario, coverage
        The scenario, whose catalogue states the bands, and its sweeps. Echoes beyond those the sweeps were
        made for are not seen further out than they reach.
    plans : Laydown or mapping of str to Laydown, optional
        One laydown, or several to choose from; without it the one the scenario states.
    seed : int
        Root of the draws (a Latin hypercube) and of every raid.
    draws, trials : int
        Sets of inputs, and nights simulated for each.
    raid : str, optional
        Raid id; without it the scenario's first.
    given : Circumstances, optional
        As in `simulate`.
    threads : int, optional
        Workers; the result does not depend on it.
    tick : callable, optional
        Called with draws done and draws in all.

    Returns
    -------
    UncertainRaid

    Raises
    ------
    InputError
        For fewer than 32 draws or 2 trials, or what `simulate` refuses.
    """
    if draws < 32 or trials < 2:
        problem = Problem(
            "uncertain_raid", "draws, trials", (draws, trials), "give 32 draws and 2 trials or more"
        )
        raise InputError([problem])
    named = _named(scenario, plans)
    assumptions = assumptions_of(scenario, list(named.values()), raid)
    count = len(assumptions)
    positions = parameter_draws(np.zeros(count), np.ones(count), draws, seed=seed)
    leakers = _leakers(
        scenario, coverage, named, assumptions, positions,
        _Budget(seed, trials, threads), raid, given or Circumstances(), tick,
    )  # fmt: skip
    means = leakers.mean(axis=2)
    labels = tuple(assumption.name for assumption in assumptions)
    several = len(named) > 1
    return UncertainRaid(
        raid=scenario.raid(raid).id,
        plans=tuple(named),
        assumptions=assumptions,
        positions=positions,
        leakers=leakers,
        surfaces=tuple(response_surface(positions, row, seed=seed, labels=labels) for row in means),
        perfect_information=evpi(means.T) if several else 0.0,
        decisions=_decisions(assumptions, positions, means.T, seed) if several else (),
        seed=seed,
    )


def _named(scenario: Scenario, plans: Laydown | Mapping[str, Laydown] | None) -> dict[str, Laydown]:
    if plans is None:
        plans = scenario.laydown
    named = {plans.name: plans} if isinstance(plans, Laydown) else dict(plans)
    if not named:
        raise InputError.one("uncertain_raid", "plans", None, "give a laydown")
    return named


@dataclass(frozen=True)
class _Budget:
    seed: int
    trials: int
    threads: int | None


def _leakers(
    scenario: Scenario, coverage: Coverage, plans: Mapping[str, Laydown], assumptions: Sequence[Assumption],
    positions: Floats, budget: _Budget, raid: str | None, given: Circumstances, tick: Tick | None,
) -> NDArray[np.int32]:  # fmt: skip
    """(plans, draws, trials) leakers; lines of sight are worked out once for each plan."""
    stated = scenario.raid(raid)
    if not scenario.groups_of(stated.id):
        raise InputError.one("raid_groups.csv", "raid", stated.id, "has no group; add one")
    applied = [given.applied(scenario, laydown) for laydown in plans.values()]
    geometries = [geometry_of(s, coverage, laydown, stated, budget.seed) for s, laydown in applied]
    base = applied[0][0]
    leakers = np.zeros((len(geometries), positions.shape[0], budget.trials), dtype=np.int32)
    done = [0]

    def work(draw: int) -> None:
        changed = scenario_at(base, assumptions, positions[draw].tolist())
        for k, geometry in enumerate(geometries):
            tables = tables_of(changed, geometry, given).tables
            outcome = run_raid(tables, trials=budget.trials, seed=budget.seed, threads=1)
            leakers[k, draw] = outcome.leakers(decoys=False)
        done[0] += 1
        if tick is not None:
            tick(done[0], positions.shape[0])

    with ThreadPoolExecutor(budget.threads or os.cpu_count() or 1) as pool:
        list(pool.map(work, range(positions.shape[0])))
    return leakers


def _decisions(
    assumptions: Sequence[Assumption], positions: Floats, loss: Floats, seed: int
) -> tuple[DecisionWorth, ...]:
    """Worth of knowing each assumption, by what the plans' means given it alone would be."""
    means = _means_given(positions, loss)
    rng = np.random.default_rng(seed)
    again = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, loss.shape[0], loss.shape[0])
        again.append(_worths(_means_given(positions[rows], loss[rows])))
    worth, error = _worths(means), np.std(again, axis=0, ddof=1)
    found = [
        _decision(assumption, means[:, k], float(worth[k]), float(error[k]))
        for k, assumption in enumerate(assumptions)
    ]
    return tuple(sorted(found, key=lambda d: (-d.worth.value, d.assumption)))


_GRID = (np.arange(FLIP_STEPS) + 0.5) / FLIP_STEPS


def _means_given(positions: Floats, loss: Floats) -> Floats:
    """(plans, assumptions, grid) loss beyond the first plan's, given one assumption alone."""
    rows = [conditional_means(positions, loss[:, k] - loss[:, 0], _GRID) for k in range(loss.shape[1])]
    return np.stack(rows)


def _worths(means: Floats) -> Floats:
    """(assumptions,) best of the means less the mean of the best."""
    worth: Floats = means.mean(axis=2).min(axis=0) - means.min(axis=0).mean(axis=1)
    return np.maximum(worth, 0.0)


def _decision(assumption: Assumption, means: Floats, worth: float, error: float) -> DecisionWorth:
    best = int(means.mean(axis=1).argmin())
    flipped = np.flatnonzero(means.argmin(axis=0) != best)
    known = PartialInformation(worth, error, float(flipped.size / FLIP_STEPS))
    if flipped.size == 0:
        return DecisionWorth(assumption.name, known, None, "")
    # The end of the flipped stretch that lies nearest to the stated value.
    flip = float(_GRID[flipped[np.argmin(np.abs(_GRID[flipped] - 0.5))]])
    if len(assumption.bands) == 1:
        return DecisionWorth(assumption.name, known, flip, f"at {assumption.bands[0].at(flip):.3g}")
    return DecisionWorth(assumption.name, known, flip, f"at {100 * flip:.0f} % of the bands")
