"""Plans against each other: laydowns, circumstances and doctrines on the same raids.

Every plan meets the same nights (common random numbers), so that differences are paired: far fewer trials
separate two plans than would separate their means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.compare import Comparison, compare_paired, mean_half_width
from egide.raids.doctrine import DOCTRINES
from egide.raids.engine import run_raid
from egide.raids.outcome import RaidOutcome
from egide.raids.raid_result import RaidResult
from egide.raids.scenario_tables import Built, build_tables
from egide.raids.simulate import result_of

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("leakers", "through", "people_exposed", "cost_eur", "rounds")
"""Measures that plans are compared by, less being better: leakers without and with decoys, people at assets
that a leaker reached, cost and number of the rounds fired."""

FIRST_TRIALS = 256
"""Trials before a sequential comparison first looks."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A laydown under circumstances."""

    laydown: Laydown
    given: Circumstances = field(default_factory=Circumstances)


@dataclass(frozen=True, eq=False)
class PlanDifference:
    """One plan less the base plan in one measure, night by night; below zero the plan is better."""

    plan: str
    base: str
    measure: str
    mean_base: float
    mean_plan: float
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Means, difference with its interval, and how often the plan is better."""
        found = self.comparison
        return {
            "plan": self.plan, "base": self.base, "measure": self.measure,
            "mean_base": self.mean_base, "mean_plan": self.mean_plan,
            "difference": found.mean, "low": found.low, "high": found.high,
            "level_fraction": found.level_fraction, "monte_carlo_error": found.error,
            "better_fraction": found.first_better_fraction, "tie_fraction": found.tie_fraction,
            "mean_is_better_probability": _mean_is_better(found),
            "decided": found.decided,
        }  # fmt: skip


def _mean_is_better(found: Comparison) -> float:
    """Probability that the plan's mean is below the base's, given the trials made (normal approximation)."""
    from scipy.special import ndtr

    if found.error <= 0.0:
        return 0.5 if found.mean == 0.0 else float(found.mean < 0.0)
    return float(ndtr(-found.mean / found.error))


@dataclass(frozen=True, eq=False)
class PlanComparison:
    """Plans on the same raids."""

    raid: str
    names: tuple[str, ...]
    """Plans; the first is the base."""
    results: tuple[RaidResult, ...]
    """One for each plan, on the same trials."""
    differences: tuple[PlanDifference, ...]
    """Every other plan less the base, in every measure."""
    trials: int
    seed: int
    precision: float | None
    """Half-width asked for of the widest interval of a difference in leakers; None when trials were fixed."""
    reached: float
    """Half-width of the widest 95 % interval of a difference in leakers, by `compare.mean_half_width`."""

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Rounds fired without a price in the catalogue; they count as free in the measure `cost_eur`."""
        return tuple(dict.fromkeys(item for result in self.results for item in result.unpriced))

    def difference(self, plan: str, measure: str = "leakers") -> PlanDifference:
        """One plan's difference from the base.

        Raises
        ------
        InputError
            When there is no such plan or measure.
        """
        for found in self.differences:
            if (found.plan, found.measure) == (plan, measure):
                return found
        known = f"plans are {', '.join(self.names[1:])}; measures {', '.join(MEASURES)}"
        raise InputError.one(
            "PlanComparison", "plan, measure", (plan, measure), f"is not among them; {known}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Differences as a table."""
        import pandas as pd

        return pd.DataFrame([found.to_json() for found in self.differences]).set_index(["plan", "measure"])

    def to_json(self) -> dict[str, Any]:
        """Means and differences as plain data."""
        return {
            "raid": self.raid, "plans": list(self.names), "trials": self.trials, "seed": self.seed,
            "precision": self.precision, "reached": self.reached,
            "through": {
                name: result.summary()[0] for name, result in zip(self.names, self.results, strict=True)
            },
            "differences": [found.to_json() for found in self.differences],
            "unpriced": list(self.unpriced),
            "uncertainty": "intervals hold chance in the raid only; see --uncertainty for the inputs",
        }  # fmt: skip


def compare_plans(
    scenario: Scenario,
    coverage: Coverage,
    plans: Mapping[str, Laydown | Plan],
    *,
    seed: int,
    trials: int = 2_000,
    raid: str | None = None,
    precision: float | None = None,
    level_fraction: float = 0.95,
    threads: int | None = None,
) -> PlanComparison:
    """Compare plans on the same raids.

    Parameters
    ----------
    scenario, coverage
        The scenario and its sweeps.
    plans : mapping of str to Laydown or Plan
        Two or more; the first is the base that the others are compared with.
    seed : int
        Root of every draw, shared by all plans.
    trials : int
        Nights; with a precision, the most of them.
    raid : str, optional
        Raid id; without it the scenario's first.
    precision : float, optional
        Go on in growing batches until the 95 % interval of every difference in mean leakers is as narrow as
        plus or minus this many.
    level_fraction : float
        Level of the reported intervals [1].
    threads : int, optional
        Workers; the result does not depend on it.

    Returns
    -------
    PlanComparison

    Raises
    ------
    InputError
        For fewer than two plans, or what `simulate` refuses.
    """
    _check(plans, precision, trials)
    stated = scenario.raid(raid)
    made = {name: plan if isinstance(plan, Plan) else Plan(plan) for name, plan in plans.items()}
    built = [
        build_tables(scenario, coverage, plan.laydown, stated, seed, plan.given) for plan in made.values()
    ]
    first = trials if precision is None else min(max(2, FIRST_TRIALS), trials)
    outcomes = [run_raid(one.tables, trials=first, seed=seed, threads=threads) for one in built]
    while precision is not None and _widest(outcomes) > precision and outcomes[0].trials < trials:
        more = min(max(1, outcomes[0].trials // 2), trials - outcomes[0].trials)
        outcomes = [_longer(one, more, seed, threads) for one in outcomes]
    return _comparison(scenario, coverage, made, built, outcomes, precision, level_fraction)


def _check(plans: Mapping[str, Laydown | Plan], precision: float | None, trials: int) -> None:
    problems = []
    if len(plans) < 2:
        problems.append(Problem("compare_plans", "plans", len(plans), "give two plans or more"))
    if precision is not None and not (np.isfinite(precision) and precision > 0.0):
        problems.append(
            Problem("compare_plans", "precision", precision, "give a half-width above 0, in leakers")
        )
    if trials < 2:
        problems.append(Problem("compare_plans", "trials", trials, "give two trials or more"))
    if problems:
        raise InputError(problems)


def _longer(outcome: RaidOutcome, more: int, seed: int, threads: int | None) -> RaidOutcome:
    following = run_raid(outcome.tables, trials=more, seed=seed, threads=threads, first_trial=outcome.trials)
    return outcome.joined(following)


def _widest(outcomes: Sequence[RaidOutcome]) -> float:
    base = outcomes[0].leakers(decoys=False)
    gaps = [base - other.leakers(decoys=False) for other in outcomes[1:]]
    return max(mean_half_width(gap) for gap in gaps)


def _comparison(
    scenario: Scenario, coverage: Coverage, plans: Mapping[str, Plan], built: list[Built],
    outcomes: list[RaidOutcome], precision: float | None, level_fraction: float,
) -> PlanComparison:  # fmt: skip
    names = tuple(plans)
    results = tuple(
        result_of(scenario, coverage, plan.laydown, one, outcome)
        for plan, one, outcome in zip(plans.values(), built, outcomes, strict=True)
    )
    differences = []
    for name, result in zip(names[1:], results[1:], strict=True):
        for measure in MEASURES:
            mine, other = _measured(result, measure), _measured(results[0], measure)
            differences.append(
                PlanDifference(
                    name, names[0], measure, float(other.mean()), float(mine.mean()),
                    compare_paired(mine, other, level_fraction=level_fraction),
                )
            )  # fmt: skip
    return PlanComparison(
        results[0].raid, names, results, tuple(differences), results[0].trials, results[0].seed,
        precision, _widest(outcomes),
    )  # fmt: skip


def _measured(result: RaidResult, measure: str) -> NDArray[np.float64]:
    if measure == "rounds":
        return np.asarray(result.rounds_by_item.sum(axis=1), dtype=np.float64)
    return np.asarray(getattr(result, measure), dtype=np.float64)


def compare_doctrines(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    seed: int,
    doctrines: Sequence[str] = DOCTRINES,
    trials: int = 2_000,
    raid: str | None = None,
    precision: float | None = None,
    given: Circumstances | None = None,
    threads: int | None = None,
) -> PlanComparison:
    """Compare shot doctrines under the stocks that the units hold.

    Parameters
    ----------
    scenario, coverage, laydown
        Without a laydown, the one the scenario states.
    seed, trials, raid, precision, threads
        As in `compare_plans`.
    doctrines : sequence of str
        Two or more; the first is the base.
    given : Circumstances, optional
        What else differs from what the scenario states.

    Raises
    ------
    InputError
        When a doctrine fires more rounds at once than some unit holds ready.
    """
    laydown = scenario.laydown if laydown is None else laydown
    plans = {name: Plan(laydown, replace(given or Circumstances(), doctrine=name)) for name in doctrines}
    return compare_plans(
        scenario, coverage, plans, seed=seed, trials=trials, raid=raid, precision=precision, threads=threads
    )


def compare_integration(
    scenario: Scenario, coverage: Coverage, laydown: Laydown | None = None, *, seed: int,
    trials: int = 2_000, raid: str | None = None, given: Circumstances | None = None,
    threads: int | None = None,
) -> PlanComparison:  # fmt: skip
    """Say what sharing tracks is worth: own sensor only, local net, theatre net, on the same raids.

    Parameters and result as in `compare_doctrines`; the base is each unit on its own.
    """
    laydown = scenario.laydown if laydown is None else laydown
    plans = {
        level: Plan(laydown, replace(given or Circumstances(), integration=level))
        for level in ("own", "local", "theatre")
    }
    return compare_plans(scenario, coverage, plans, seed=seed, trials=trials, raid=raid, threads=threads)
