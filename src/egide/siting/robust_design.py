"""The verb `robust_site`: one laydown for all the raids or axes the scenario states, units lost included.

The cases are those of a cautious planner: what the scenario states, no more. Nothing here looks for raids.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.kernels import laydown as kernel
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.siting.answer import Status
from egide.siting.clock import Clock
from egide.siting.design import laydown_of, options_of
from egide.siting.design_checks import problems_of
from egide.siting.laydown_bound import LaydownBound
from egide.siting.laydown_search import Search
from egide.siting.laydown_solve import ANNEALING_STEPS, FIRST_STEPS, OPTIMAL, WANTED
from egide.siting.theatre import Instance, build
from egide.siting.theatre_worth import aimed_at, worth_of

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MIXTURES = 4
"""Mixtures of the cases that are bounded and searched."""

TRIALS = 120
"""Moves that are weighed by the measure itself."""


@dataclass(frozen=True)
class RobustCase:
    """One raid or axis against the laydown."""

    name: str
    """Raid, or launch area of an axis."""
    value: float
    """Value of the laydown with all its units, when this case alone sets the depth over targets [1]."""
    after_loss: float
    """Value after the loss of the units that hurts most here [1]."""
    lost: tuple[str, ...]
    """Those units."""


@dataclass(frozen=True)
class RobustDesign:
    """A laydown for several cases and the loss of units, with a bound that no laydown can beat."""

    laydown: Laydown
    measure: str
    """`worst` case, or `cvar`: the mean of the worst share of the cases."""
    tail_fraction: float
    """Share of the cases that `cvar` looks at [1]."""
    lost_units: int
    """Units lost in every case, those that hurt most."""
    objective: float
    """What the measure gives for the laydown [1]."""
    bound: float
    """No laydown gives the measure more [1]. Weak where units are lost: it counts their mean loss."""
    gap: float
    """(bound - objective) / objective [1]."""
    plain: float
    """What the measure gives for the laydown designed for the mean of the cases, no unit lost [1]."""
    today: float
    """What the measure gives for the laydown the scenario states [1]."""
    status: str
    """`optimal`, `gap_reached`, `iteration_limit` or `time_limit`."""
    cases: tuple[RobustCase, ...]
    notional: bool
    seed: int
    scenario_hash: str
    seconds: float
    """Time the search took [s]."""

    def to_frame(self) -> pd.DataFrame:
        """One line a case."""
        import pandas as pd

        return pd.DataFrame([asdict(case) for case in self.cases]).set_index("name")

    def to_json(self) -> dict[str, Any]:
        """Everything but the seconds, as plain data."""
        content = asdict(self)
        content["laydown"] = self.laydown.model_dump(mode="json")
        del content["seconds"]
        return content


def robust_site(
    scenario: Scenario,
    coverage: Coverage,
    *,
    seed: int,
    measure: Literal["worst", "cvar"] = "worst",
    tail_fraction: float = 0.5,
    over: Literal["axes", "raids"] = "axes",
    lost_units: int = 0,
    gap: float = 0.01,
    time_limit_s: float = math.inf,
) -> RobustDesign:
    """Place the scenario's units so that the laydown holds up across its raids or axes and when units are lost.

    Parameters
    ----------
    scenario : Scenario
        Units, sites, places, assets, raids and siting wishes. Strict tiers are not used here.
    coverage : Coverage
        From `cover` on the same scenario.
    seed : int
        For the annealing.
    measure : {"worst", "cvar"}
        The worst case, or the mean of the worst share of the cases, each case counting alike.
    tail_fraction : float
        That share, above 0 and at most 1 [1]; 1 gives the mean of all cases.
    over : {"axes", "raids"}
        One case for each launch area, or one for each raid. In a case only what it sends sets the depth that
        is wanted over targets; people and scored assets count as ever.
    lost_units : int
        0, 1 or 2 of the units placed are lost, those that hurt most in each case.
    gap : float
        Stop once this relative gap is proven.
    time_limit_s : float
        Stop after this time [s].

    Returns
    -------
    RobustDesign
        Its bound holds for every laydown and every mixture of the cases that the measure allows.

    Raises
    ------
    InputError
        As for `site`, and when an argument is out of its range.
    """
    began = time.perf_counter()
    problems = problems_of(scenario, coverage, gap, time_limit_s, seed)
    problems += _problems(measure, tail_fraction, over, lost_units)
    if problems:
        raise InputError(problems)
    clock = Clock(time_limit_s, began)
    names, aims = _cases(scenario, over)
    instance = build(scenario, coverage, reference_threat(scenario), aims)
    worths = [worth_of(scenario, aims, row)[0] for row in np.eye(len(names))]
    tail = 0.0 if measure == "worst" else tail_fraction
    problem = RobustLaydown(instance, worths, lost_units, tail)
    chosen, bound, plain = solve_robust(problem, seed, gap, clock)
    objective = problem.objective(chosen)
    reached = (bound - objective) / objective if objective > 0 else 0.0
    laydown, units = laydown_of(scenario, instance, chosen)
    return RobustDesign(
        laydown=laydown,
        measure=measure,
        tail_fraction=tail_fraction if measure == "cvar" else 1.0 / len(names),
        lost_units=lost_units,
        objective=objective,
        bound=bound,
        gap=reached,
        plain=plain,
        today=problem.objective(options_of(instance, scenario.laydown)),
        status=_status(reached, gap, clock),
        cases=_described(problem, names, chosen, units),
        notional=scenario.notional,
        seed=seed,
        scenario_hash=scenario.fingerprint("laydown"),
        seconds=time.perf_counter() - began,
    )


def _problems(measure: str, tail_fraction: float, over: str, lost_units: int) -> list[Problem]:
    found = []
    if measure not in ("worst", "cvar"):
        found.append(Problem("robust_site", "measure", measure, "choose worst or cvar"))
    if not 0.0 < tail_fraction <= 1.0:
        found.append(Problem("robust_site", "tail_fraction", tail_fraction, "must be above 0 and at most 1"))
    if over not in ("axes", "raids"):
        found.append(Problem("robust_site", "over", over, "choose axes or raids"))
    if lost_units not in (0, 1, 2):
        found.append(Problem("robust_site", "lost_units", lost_units, "must be 0, 1 or 2"))
    return found


def _cases(scenario: Scenario, over: str) -> tuple[list[str], Floats]:
    """Names of the cases and what each aims at each asset; one case of its own where none aims at anything."""
    key = "launch_area" if over == "axes" else "raid"
    names = list(dict.fromkeys(getattr(group, key) for group in scenario.raid_groups))
    rows = [
        aimed_at(scenario, tuple(g for g in scenario.raid_groups if getattr(g, key) == name))
        for name in names
    ]
    kept = [(name, row) for name, row in zip(names, rows, strict=True) if row.sum() > 0]
    if not kept:
        return ["no raid"], np.zeros((1, len(scenario.assets)))
    return [name for name, _ in kept], np.array([row for _, row in kept])


def _status(reached: float, gap: float, clock: Clock) -> str:
    if reached <= OPTIMAL:
        return str(Status.OPTIMAL)
    if reached <= gap:
        return str(Status.GAP_REACHED)
    return str(Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT)


def _described(
    problem: RobustLaydown, names: list[str], chosen: list[int], units: dict[int, str]
) -> tuple[RobustCase, ...]:
    whole, after, lost = problem.values(chosen)
    return tuple(
        RobustCase(name, float(whole[s]), float(after[s]), tuple(units[chosen[n]] for n in lost[s]))
        for s, name in enumerate(names)
    )


@dataclass(frozen=True, eq=False)
class RobustLaydown:
    """A laydown problem in which the worth depends on the case and units are lost."""

    instance: Instance
    worths: list[Floats]
    """Worth in each case."""
    lost: int
    tail: float
    """Worst share of the cases that counts; 0 for the worst case alone."""

    def values(self, chosen: list[int]) -> tuple[Floats, Floats, list[tuple[int, ...]]]:
        """Value in each case with all units and after the worst loss, and the places in `chosen` lost."""
        now = np.array(chosen, dtype=np.int64)
        whole, after, lost = np.zeros(len(self.worths)), np.zeros(len(self.worths)), []
        for s, worth in enumerate(self.worths):
            search = Search(self.instance, 0, worth)
            counts = search.counts(now)
            whole[s] = search.value(now)
            loss, first, second = 0.0, -1, -1
            if self.lost:
                loss, first, second = kernel.worst_loss(now, self.lost, self.instance.rows, worth, counts)
            after[s] = whole[s] - loss
            lost.append(tuple(n for n in (first, second) if n >= 0))
        return whole, after, lost

    def worst_mixture(self, values: Floats) -> Floats:
        """The mixture of cases, among those the measure allows, in which the values are worst."""
        order = np.argsort(values, kind="stable")
        cap = 1.0 if self.tail == 0.0 else 1.0 / (len(values) * self.tail)
        mixture = np.empty_like(values)
        mixture[order] = np.clip(1.0 - cap * np.arange(len(values)), 0.0, cap)
        return mixture

    def objective(self, chosen: list[int]) -> float:
        """What the measure gives for a choice [1]."""
        after = self.values(chosen)[1]
        return float(self.worst_mixture(after) @ after)

    def mixed(self, mixture: Floats) -> Floats:
        """Worth of the mean over a mixture of cases."""
        return np.asarray(sum(share * worth for share, worth in zip(mixture, self.worths, strict=True)))


def solve_robust(
    problem: RobustLaydown, seed: int, gap: float, clock: Clock
) -> tuple[list[int], float, float]:
    """Bound and search mixtures of the cases in turn, then move units by the measure itself.

    The measure of any laydown is at most its mean over any mixture that the measure allows, and the worst loss
    is at least the mean one; so every mixture gives a bound. Mixtures lean step by step to what is worst for
    the laydown found for the one before (fictitious play, Brown 1951).

    Returns
    -------
    tuple of list of int, float, float
        The options, the bound, and what the measure gives for the laydown of the first mixture.
    """
    instance = problem.instance
    total = max(int(instance.counts.sum()), 1)
    mixture = np.full(len(problem.worths), 1.0 / len(problem.worths))
    best: list[int] = []
    objective, bound, plain = -np.inf, np.inf, 0.0
    for round_ in range(MIXTURES):
        worth = problem.mixed(mixture)
        search = Search(instance, seed, worth)
        prices = LaydownBound(instance, worth, max(1.0 - problem.lost / total, 0.0))
        while prices.steps < FIRST_STEPS and not clock.over():
            prices.advance(50)
        bound = min(bound, prices.bound)
        chosen = search.greedy([], instance.counts)
        if not clock.over():
            steps = min(ANNEALING_STEPS, 40 * instance.option_kind.size)
            wanted = prices.shortfall() < WANTED * prices.bound / total
            chosen = search.polish(search.anneal(chosen, round_, steps, wanted))
        after = problem.values(chosen)[1]
        value = float(problem.worst_mixture(after) @ after)
        plain = value if round_ == 0 else plain
        if value > objective:
            best, objective = chosen, value
        if bound - objective <= gap * objective or clock.over():
            break
        mixture = mixture + (problem.worst_mixture(after) - mixture) / (round_ + 2.0)
    if bound - objective > gap * objective:
        best, objective = _moved(problem, seed, best, objective, clock)
    return best, max(bound, objective), plain


def _moved(
    problem: RobustLaydown, seed: int, best: list[int], objective: float, clock: Clock
) -> tuple[list[int], float]:
    """Give single units the place that would help most where it hurts most, as long as the measure gains."""
    instance, trials, number = problem.instance, 0, 0
    while trials < TRIALS and number < len(best) and not clock.over():
        _, after, lost = problem.values(best)
        hurt = problem.worst_mixture(after)
        gone = set(lost[int(np.argmax(hurt))])
        search = Search(instance, seed, problem.mixed(hurt))
        improved = False
        while number < len(best) and trials < TRIALS:
            unit = number
            number += 1
            trial = _moved_unit(search, best, unit, gone)
            if trial is None:
                continue
            trials += 1
            value = problem.objective(trial)
            if value > objective + 1e-12:
                best, objective, improved, number = trial, value, True, 0
                break
        if not improved:
            break
    return best, objective


def _moved_unit(search: Search, chosen: list[int], unit: int, gone: set[int]) -> list[int] | None:
    """The choice with one unit at the open place that adds most once some units are gone; None for no move."""
    board = search.instance.board
    others = [o for n, o in enumerate(chosen) if n != unit]
    standing = [o for n, o in enumerate(chosen) if n != unit and n not in gone]
    open_ = (board.kind == board.kind[chosen[unit]]) & ~search.shut(others)[
        board.family[board.kind], board.site
    ]
    gains = np.where(open_, search.gains(search.counts(standing)), -np.inf)
    best = int(np.argmax(gains))
    if best == chosen[unit] or gains[best] <= gains[chosen[unit]] + 1e-12:
        return None
    return [*chosen[:unit], best, *chosen[unit + 1 :]]
