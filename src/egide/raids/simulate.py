"""The verb `simulate`: one raid against one laydown, many times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.catalogue_types import ThreatClass
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.engine import replay_raid, run_raid
from egide.raids.outcome import OUTCOMES, RaidOutcome
from egide.raids.raid_result import LEVELS, RaidResult, Saturation
from egide.raids.replays import RaidReplay, flown_of, raid_replay
from egide.raids.scenario_tables import Built, build_tables
from egide.raids.sequential import run_until

__all__ = ["LEVELS", "RaidReplay", "RaidResult", "Saturation", "replay_trial", "simulate"]


def simulate(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    seed: int,
    trials: int = 2_000,
    raid: str | None = None,
    threads: int | None = None,
    integration: str | None = None,
    given: Circumstances | None = None,
    precision: float | None = None,
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
        Nights to simulate; with a precision, the most of them.
    raid : str, optional
        Raid id; without it the scenario's first.
    threads : int, optional
        Workers; the result does not depend on it.
    integration : str, optional
        `own`, `local` or `theatre` instead of the scenario's level: two calls give what sharing tracks is
        worth.
    given : Circumstances, optional
        What is lost, cut, less ready, kept in reserve or ordered otherwise than the scenario states.
    precision : float, optional
        Simulate in growing batches until the 95 % interval of mean leakers (decoys apart) is as narrow as
        plus or minus this many; `RaidResult.half_width` says what was reached.

    Returns
    -------
    RaidResult

    Raises
    ------
    InputError
        When the scenario has no such raid, the circumstances name what is not there, or the tables
        contradict each other.
    """
    laydown = scenario.laydown if laydown is None else laydown
    given = given or Circumstances()
    if integration is not None:
        given = replace(given, integration=integration)
    stated = scenario.raid(raid)
    built = build_tables(scenario, coverage, laydown, stated, seed, given)
    if precision is None:
        outcome = run_raid(built.tables, trials=trials, seed=seed, threads=threads)
    else:
        outcome = run_until(
            built.tables, half_width=precision, seed=seed, threads=threads,
            first_trials=min(256, trials), trial_limit=trials,
        ).outcome  # fmt: skip
    return result_of(scenario, coverage, laydown, built, outcome)


def replay_trial(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    seed: int,
    trial: int,
    raid: str | None = None,
    given: Circumstances | None = None,
) -> RaidReplay:
    """Play one trial again, without the others: the one that `simulate` counts under that number.

    Parameters
    ----------
    scenario, coverage, laydown, seed, raid, given
        As in `simulate`.
    trial : int
        Number of the trial, from 0.

    Raises
    ------
    InputError
        For a negative number, or what `simulate` refuses.
    """
    if trial < 0:
        raise InputError.one("replay_trial", "trial", trial, "count trials from 0")
    laydown = scenario.laydown if laydown is None else laydown
    built = build_tables(scenario, coverage, laydown, scenario.raid(raid), seed, given)
    return raid_replay(replay_raid(built.tables, trial=trial, seed=seed), flown_of(built, coverage))


def result_of(
    scenario: Scenario, coverage: Coverage, laydown: Laydown, built: Built, outcome: RaidOutcome
) -> RaidResult:
    """Put the outcome of a scenario's tables in the scenario's words."""
    items, rounds, cost, prices = _expenditure(scenario, built, outcome)
    targets = [scenario.asset(target) for target in built.tables.target_labels]
    people = [target.population for target in targets]
    types, groups = built.threat_types, built.groups
    stated = built.geometry.raid
    return RaidResult(
        raid=stated.id,
        laydown=laydown.name,
        trials=outcome.trials,
        seed=outcome.seed,
        notional=scenario.notional or laydown.notional,
        types=tuple(t.id for t in types),
        decoy=tuple(t.threat_class is ThreatClass.DECOY_DRONE for t in types),
        launched=tuple(sum(g.count for g in groups if g.threat == t.id) for t in types),
        targets=tuple(built.tables.target_labels),
        items=items,
        stages=OUTCOMES,
        through_by_type=outcome.leakers_by_class().astype(np.int32),
        through_by_target=outcome.leakers_by_target().astype(np.int32),
        rounds_by_item=rounds,
        cost_eur=cost,
        people_exposed=outcome.exposed(people),
        stage_mean=outcome.outcomes_by_class(),
        warning_s=outcome.warning_by_target(LEVELS),
        protected_fraction=outcome.protected_fraction(),
        units=tuple(unit.unit.id for unit in built.fire_units),
        busy_fraction=outcome.full_fraction,
        bin_s=outcome.bin_s,
        reported_through=stated.reported_through,
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
        outcome=outcome,
        flown=flown_of(built, coverage),
        sites=tuple(unit.post.site for unit in built.fire_units),
        channels=tuple(int(count) for count in built.tables.units.channels),
        busy_mean=outcome.busy_mean,
        people_in_all=float(sum(people)),
        value_eur=np.array([target.value_eur for target in targets], dtype=np.float64),
        item_price_eur=prices,
        threat_price_eur=np.array(
            [np.nan if t.price_eur is None else t.price_eur.value for t in types], dtype=np.float64
        ),
        rounds_by_unit=outcome.shots_by_class,
    )


def _expenditure(
    scenario: Scenario, built: Built, outcome: RaidOutcome
) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Rounds by item, their cost, and the price of each item; one without a price (NaN) costs nothing here."""
    item_of = [unit.effector.interceptor or "" for unit in built.fire_units if unit.effector is not None]
    items = tuple(dict.fromkeys(item for item in item_of if item))
    rounds = np.zeros((outcome.trials, len(items)), dtype=np.int32)
    for number, item in enumerate(item_of):
        if item:
            rounds[:, items.index(item)] += outcome.shots[:, number]
    figures = [scenario.catalogue.interceptor(item).price_eur for item in items]
    price = np.array([np.nan if figure is None else figure.value for figure in figures], dtype=np.float64)
    cost = np.asarray(rounds @ np.nan_to_num(price), dtype=np.float64)
    return items, rounds, cost, price
