"""How far the rule of fire distribution is from the optimum, at moments of a raid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError
from egide.raids.tables import RaidTables
from egide.raids.wta import assign_exact, assign_marginal


@dataclass(frozen=True, eq=False)
class SnapshotRegret:
    """Regret of one salvo by marginal return, at moments of the raid as it is planned.

    Every channel of every unit is one shot at a threat whose window is open; threats fly from the middle of
    their launch spread and nothing has been shot at before. A measure of the rule, not of a trial.
    """

    t_s: NDArray[np.float64]
    """(moments,) those that were solved [s]"""
    rule_value: NDArray[np.float64]
    """(moments,) expected surviving value under the rule"""
    best_value: NDArray[np.float64]
    """(moments,) under the proved optimum"""
    set_aside: int
    """Moments with more shots or targets than the optimum was asked for, or not proved in the budget"""

    @property
    def regret(self) -> NDArray[np.float64]:
        """(moments,) what the rule leaves beyond the optimum, 0 or more."""
        return self.rule_value - self.best_value


def snapshot_regret(
    tables: RaidTables, times_s: ArrayLike, *, shot_limit: int = 12, node_limit: int = 200_000
) -> SnapshotRegret:
    """Compare the marginal-return rule with the exact optimum at moments of a raid.

    Parameters
    ----------
    tables : RaidTables
        Checked tables.
    times_s : array_like
        Moments [s].
    shot_limit : int
        Moments with more shots or targets than this are set aside and counted: the optimum is exact or
        absent.
    node_limit : int
        Budget of the search at each moment.

    Returns
    -------
    SnapshotRegret
    """
    moments = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
    if not np.all(np.isfinite(moments)):
        raise InputError.one("snapshot_regret", "times_s", None, "give finite times")
    threats, windows, units = tables.threats, tables.fire_windows, tables.units
    spawn = (threats.launch_s + 0.5 * threats.launch_spread_s)[windows.threat]
    solved, rule, best, aside = [], [], [], 0
    for t in moments:
        rows = np.flatnonzero((spawn + windows.entry_s <= t) & (t <= spawn + windows.exit_s))
        targets, column = np.unique(windows.threat[rows], return_inverse=True)
        shooters = np.unique(windows.unit[rows])
        shots = np.repeat(shooters, units.channels[shooters])
        if targets.size == 0 or max(shots.size, targets.size) > shot_limit:
            aside += int(targets.size > 0)
            continue
        chance = np.zeros((shots.size, targets.size))
        believed = tables.classes.apparent_class[threats.class_index[targets]]
        for row, goal in zip(rows, column, strict=True):
            unit = windows.unit[row]
            chance[shots == unit, goal] = tables.kill_probability[units.kind_index[unit], believed[goal]]
        optimum = assign_exact(threats.value[targets], chance, node_limit=node_limit)
        if not optimum.optimal:
            aside += 1
            continue
        solved.append(float(t))
        rule.append(assign_marginal(threats.value[targets], chance).surviving_value)
        best.append(optimum.surviving_value)
    return SnapshotRegret(np.asarray(solved), np.asarray(rule), np.asarray(best), aside)
