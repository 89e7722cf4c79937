"""The verb `simulate`: one raid against one laydown, many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.catalogue_types import ThreatClass
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.engine import run_raid
from egide.raids.outcome import OUTCOMES, RaidOutcome, Replay
from egide.raids.scenario_tables import Built, build_tables

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Levels of the predictive quantiles that are reported."""


@dataclass(frozen=True)
class RaidResult:
    """What came of a raid, trial by trial, for one laydown.

    Spread over trials is chance in the raid and between nights; `monte_carlo_error` is how well its mean is
    known. Neither holds the ignorance about the inputs, which are assumptions by class.
    """

    raid: str
    laydown: str
    trials: int
    seed: int
    notional: bool
    types: tuple[str, ...]
    """Threat types that were launched."""
    decoy: tuple[bool, ...]
    """Whether the type is a decoy, which harms nobody when it arrives."""
    launched: tuple[int, ...]
    """Threats launched of each type."""
    targets: tuple[str, ...]
    """Assets that were flown to."""
    items: tuple[str, ...]
    """Rounds that were fired."""
    stages: tuple[str, ...]
    """Outcomes of one threat; from `not seen` on it got through, and the word says at which stage."""
    through_by_type: NDArray[np.int32]
    """Threats of each type that got through, shape (trials, types)."""
    through_by_target: NDArray[np.int32]
    """Threats, decoys apart, that got through to each asset, shape (trials, targets)."""
    rounds_by_item: NDArray[np.int32]
    """Rounds fired of each item, shape (trials, items)."""
    cost_eur: NDArray[np.float64]
    """Cost of the rounds fired [EUR], shape (trials,)."""
    people_exposed: NDArray[np.float64]
    """People at assets that at least one leaker reached, shape (trials,); relative, never a forecast."""
    stage_mean: NDArray[np.float64]
    """Mean threats of each type that ended in each outcome, shape (types, stages)."""
    warning_s: NDArray[np.float64]
    """Quantiles at `LEVELS` of the warning at each asset [s], shape (targets, levels); NaN: never tracked."""
    protected_fraction: NDArray[np.float64]
    """Share of trials in which no leaker reached the asset [1], shape (targets,)."""
    units: tuple[str, ...]
    """Fire units of the laydown."""
    busy_fraction: NDArray[np.float64]
    """Share of time with every channel busy, by unit and time bin [1], shape (units, bins)."""
    bin_s: float
    """Width of a time bin [s]."""
    reported_through: int | None
    """Leakers as reported by the defender, one draw and no proof; None when the raid is no real one."""
    scenario_hash: str
    outcome: RaidOutcome | None = None
    """Every trial in full, for replays; None when the result was read from files."""

    @property
    def leakers(self) -> NDArray[np.int64]:
        """Threats that got through, decoys apart, shape (trials,)."""
        return np.asarray(self.through_by_target.sum(axis=1, dtype=np.int64))

    @property
    def through(self) -> NDArray[np.int64]:
        """All that got through, decoys too, as bulletins count, shape (trials,)."""
        return np.asarray(self.through_by_type.sum(axis=1, dtype=np.int64))

    def summary(self) -> list[dict[str, Any]]:
        """Leakers by type, and in all with and without decoys: mean, errors, quantiles."""
        rows = [
            _row("all, decoys apart", self._harmful, self.leakers),
            _row("all", sum(self.launched), self.through),
        ]
        for number, name in enumerate(self.types):
            rows.append(_row(name, self.launched[number], self.through_by_type[:, number]))
        return rows

    @property
    def _harmful(self) -> int:
        return sum(n for n, decoy in zip(self.launched, self.decoy, strict=True) if not decoy)

    def to_frame(self) -> pd.DataFrame:
        """The summary as a table."""
        import pandas as pd

        return pd.DataFrame(self.summary()).set_index("who")

    def replay(self, trial: int) -> Replay:
        """Events of one trial with their times.

        Raises
        ------
        InputError
            When the trial was not run, or the result was read from files and holds no trial in full.
        """
        if self.outcome is None:
            remedy = "was read from files; simulate again with the same seed, which gives the same trials"
            raise InputError.one("RaidResult", "replay", None, remedy)
        return self.outcome.replay(trial)

    def to_json(self) -> dict[str, Any]:
        """Summaries as plain data."""
        return {
            "raid": self.raid,
            "laydown": self.laydown,
            "notional": self.notional,
            "trials": self.trials,
            "seed": self.seed,
            "through": self.summary(),
            "reported_through": self.reported_through,
            "rounds": [
                {"item": item, "mean": float(column.mean()), **_quantiles(column)}
                for item, column in zip(self.items, self.rounds_by_item.T, strict=True)
            ],
            "cost_eur": {"mean": float(self.cost_eur.mean()), **_quantiles(self.cost_eur)},
            "people_exposed": {"mean": float(self.people_exposed.mean()), **_quantiles(self.people_exposed)},
            "protected": dict(zip(self.targets, self.protected_fraction.tolist(), strict=True)),
            "stages": {
                name: dict(zip(self.stages, row.tolist(), strict=True))
                for name, row in zip(self.types, self.stage_mean, strict=True)
            },
            "scenario_hash": self.scenario_hash,
        }


def _quantiles(values: NDArray[Any]) -> dict[str, float]:
    found = np.quantile(values, LEVELS, method="inverted_cdf")
    return {f"q{round(100 * level):02d}": float(value) for level, value in zip(LEVELS, found, strict=True)}


def _row(who: str, launched: int, counts: NDArray[Any]) -> dict[str, Any]:
    error = counts.std(ddof=1) / np.sqrt(counts.size) if counts.size > 1 else float("nan")
    return {
        "who": who, "launched": launched, "mean": float(counts.mean()), "monte_carlo_error": float(error),
        **_quantiles(counts),
    }  # fmt: skip


def simulate(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    seed: int,
    trials: int = 2_000,
    raid: str | None = None,
    threads: int | None = None,
) -> RaidResult:
    """Simulate a raid against a laydown.

    Parameters
    ----------
    scenario, coverage
        The scenario and its terrain-masked sweeps.
    laydown : Laydown, optional
        Without it, the one the scenario states.
    seed : int
        Root of every draw; two laydowns under one seed meet the same raid (common random numbers).
    trials : int
        Nights to simulate.
    raid : str, optional
        Raid id; without it the scenario's first.
    threads : int, optional
        Workers; the result does not depend on it.

    Raises
    ------
    InputError
        When the scenario has no such raid, or its tables contradict each other.
    """
    laydown = scenario.laydown if laydown is None else laydown
    stated = scenario.raid(raid)
    built = build_tables(scenario, coverage, laydown, stated, seed)
    outcome = run_raid(built.tables, trials=trials, seed=seed, threads=threads)
    items, rounds, cost = _expenditure(scenario, built, outcome)
    weights = [scenario.asset(target).population for target in built.tables.target_labels]
    groups = built.groups
    return RaidResult(
        raid=stated.id,
        laydown=laydown.name,
        trials=trials,
        seed=seed,
        notional=scenario.notional or laydown.notional,
        types=tuple(t.id for t in built.threat_types),
        decoy=tuple(t.threat_class is ThreatClass.DECOY_DRONE for t in built.threat_types),
        launched=tuple(sum(g.count for g in groups if g.threat == t.id) for t in built.threat_types),
        targets=tuple(built.tables.target_labels),
        items=items,
        stages=OUTCOMES,
        through_by_type=outcome.leakers_by_class().astype(np.int32),
        through_by_target=outcome.leakers_by_target().astype(np.int32),
        rounds_by_item=rounds,
        cost_eur=cost,
        people_exposed=outcome.exposed(weights),
        stage_mean=outcome.outcomes_by_class(),
        warning_s=outcome.warning_by_target(LEVELS),
        protected_fraction=outcome.protected_fraction(),
        units=tuple(unit.unit.id for unit in built.fire_units),
        busy_fraction=outcome.full_fraction,
        bin_s=outcome.bin_s,
        reported_through=stated.reported_through,
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
        outcome=outcome,
    )


def _expenditure(
    scenario: Scenario, built: Built, outcome: RaidOutcome
) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.float64]]:
    """Rounds by item and their cost; a round without a price in the catalogue costs nothing here."""
    item_of = [unit.effector.interceptor or "" for unit in built.fire_units if unit.effector is not None]
    items = tuple(dict.fromkeys(item for item in item_of if item))
    rounds = np.zeros((outcome.trials, len(items)), dtype=np.int32)
    for number, item in enumerate(item_of):
        if item:
            rounds[:, items.index(item)] += outcome.shots[:, number]
    prices = [scenario.catalogue.interceptor(item).price_eur for item in items]
    price = np.array([0.0 if figure is None else figure.value for figure in prices])
    return items, rounds, rounds @ price
