"""Regret of the rule of fire distribution against the exact optimum, at moments of a scenario's raid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.scenario_tables import build_tables
from egide.raids.tables import RaidTables
from egide.raids.wta import assign_exact, assign_marginal

Ints = NDArray[np.int64]

MOMENTS = 60
"""Moments that are looked at, evenly over the raid."""

SHOT_LIMIT = 14
"""Most shots or targets of a contest that the optimum is asked for; larger ones are set aside and counted."""

NODE_LIMIT = 4_000
"""Budget of the exact search for one contest."""


@dataclass(frozen=True, eq=False)
class RuleRegret:
    """What one salvo by marginal return leaves beyond the proved optimum, in the contests of a raid.

    A contest is a set of units and threats at one moment that no envelope connects to any others: its
    optimum is independent of theirs. Every channel is one shot, threats fly from the middle of their launch
    spread, and nothing has been shot at before: a measure of the rule, not of a trial.
    """

    raid: str
    laydown: str
    t_s: NDArray[np.float64]
    """(contests,) moments of the contests that were solved [s]"""
    threats: NDArray[np.int64]
    """(contests,) threats in them"""
    rule_value: NDArray[np.float64]
    """(contests,) expected surviving value under the rule, a drone being worth one"""
    best_value: NDArray[np.float64]
    """(contests,) under the proved optimum"""
    set_aside: int
    """Contests with more shots or targets than the optimum was asked for, or not proved in the budget"""
    quiet: int
    """Moments at which no threat was in any unit's envelope"""

    @property
    def regret(self) -> NDArray[np.float64]:
        """(contests,) what the rule leaves beyond the optimum, 0 or more."""
        return self.rule_value - self.best_value

    @property
    def optimal_fraction(self) -> float:
        """Share of the solved contests in which the rule is optimal [1]; NaN when none was solved."""
        return float((self.regret < 1e-9).mean()) if self.regret.size else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Mean and worst regret in the value of a drone stopped, and how many contests stand behind them."""
        regret, solved = self.regret, self.regret.size > 0
        return {
            "raid": self.raid, "laydown": self.laydown, "solved": int(regret.size),
            "set_aside": self.set_aside, "quiet": self.quiet,
            "optimal_fraction": self.optimal_fraction if solved else None,
            "mean_regret": float(regret.mean()) if solved else None,
            "worst_regret": float(regret.max()) if solved else None,
            "largest_contest": int(self.threats.max()) if solved else None,
            "statement": "one salvo against the exact static optimum; contests too large to prove are set aside",
        }  # fmt: skip


def rule_regret(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    seed: int,
    raid: str | None = None,
    given: Circumstances | None = None,
    moments: int = MOMENTS,
    shot_limit: int = SHOT_LIMIT,
) -> RuleRegret:
    """Compare the rule of marginal return with the exact optimum over a raid.

    Parameters
    ----------
    scenario, coverage, laydown, seed, raid, given
        As in `simulate`.
    moments : int
        Moments looked at, evenly between the first entry into an envelope and the last exit.
    shot_limit : int
        Contests with more shots or targets are set aside and counted: the optimum is exact or absent.

    Returns
    -------
    RuleRegret

    Raises
    ------
    InputError
        For no moment, or what `simulate` refuses.
    """
    if moments < 1:
        raise InputError.one("rule_regret", "moments", moments, "look at one moment at least")
    laydown = scenario.laydown if laydown is None else laydown
    stated = scenario.raid(raid)
    tables = build_tables(scenario, coverage, laydown, stated, seed, given).tables
    threats, windows = tables.threats, tables.fire_windows
    spawn = (threats.launch_s + 0.5 * threats.launch_spread_s)[windows.threat]
    if windows.threat.size == 0:
        times = np.zeros(0)
    else:
        first, last = float((spawn + windows.entry_s).min()), float((spawn + windows.exit_s).max())
        times = first + (last - first) * (np.arange(moments) + 0.5) / moments
    solved: list[tuple[float, int, float, float]] = []
    aside, quiet = 0, moments - times.size
    for t in times.tolist():
        rows = np.flatnonzero((spawn + windows.entry_s <= t) & (t <= spawn + windows.exit_s))
        quiet += int(rows.size == 0)
        for contest in _contests(tables, rows):
            found = _solved(tables, contest, shot_limit)
            aside += int(found is None)
            if found is not None:
                solved.append((t, *found))
    columns = np.array(solved, dtype=np.float64).reshape(-1, 4).T
    return RuleRegret(
        stated.id, laydown.name, columns[0], columns[1].astype(np.int64), columns[2], columns[3], aside, quiet
    )


def _contests(tables: RaidTables, rows: Ints) -> Iterator[Ints]:
    """Rows of the fire windows that are open, parted into what no unit and no threat connects."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if rows.size == 0:
        return
    units, unit = np.unique(tables.fire_windows.unit[rows], return_inverse=True)
    threats, threat = np.unique(tables.fire_windows.threat[rows], return_inverse=True)
    size = units.size + threats.size
    links = coo_array((np.ones(rows.size), (unit, units.size + threat)), shape=(size, size))
    count, label = connected_components(links, directed=False)
    for number in range(count):
        yield rows[label[unit] == number]


def _solved(tables: RaidTables, rows: Ints, shot_limit: int) -> tuple[int, float, float] | None:
    """Threats, value under the rule and under the optimum of one contest; None when it is too large."""
    threats, windows, units = tables.threats, tables.fire_windows, tables.units
    targets, column = np.unique(windows.threat[rows], return_inverse=True)
    shooters = np.unique(windows.unit[rows])
    shots = np.repeat(shooters, units.channels[shooters])
    if max(shots.size, targets.size) > shot_limit:
        return None
    chance = np.zeros((shots.size, targets.size))
    believed = tables.classes.apparent_class[threats.class_index[targets]]
    for row, goal in zip(rows, column, strict=True):
        unit = windows.unit[row]
        chance[shots == unit, goal] = tables.kill_probability[units.kind_index[unit], believed[goal]]
    optimum = assign_exact(threats.value[targets], chance, node_limit=NODE_LIMIT)
    if not optimum.optimal:
        return None
    rule = assign_marginal(threats.value[targets], chance).surviving_value
    return int(targets.size), float(rule), float(optimum.surviving_value)
