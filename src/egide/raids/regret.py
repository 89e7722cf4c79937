"""Regret of the rule of fire distribution against the exact optimum, at moments of a scenario's raid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.scenario_tables import build_tables
from egide.raids.snapshots import SnapshotRegret, snapshot_regret

MOMENTS = 120
"""Moments that are looked at, evenly over the raid."""

SHOT_LIMIT = 14
"""Most shots and targets at a moment that the optimum is asked for; more are set aside and counted."""


@dataclass(frozen=True, eq=False)
class RuleRegret:
    """What one salvo by marginal return leaves beyond the proved optimum, at moments of a raid."""

    raid: str
    laydown: str
    snapshots: SnapshotRegret
    quiet: int
    """Moments at which no threat was in any unit's envelope"""

    @property
    def optimal_fraction(self) -> float:
        """Share of the solved moments at which the rule is optimal [1]; NaN when none was solved."""
        regret = self.snapshots.regret
        return float((regret < 1e-9).mean()) if regret.size else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Mean and worst regret in the value of a drone stopped, and how many moments stand behind them."""
        regret = self.snapshots.regret
        return {
            "raid": self.raid, "laydown": self.laydown, "solved": int(regret.size),
            "set_aside": self.snapshots.set_aside, "quiet": self.quiet,
            "optimal_fraction": self.optimal_fraction if regret.size else None,
            "mean_regret": float(regret.mean()) if regret.size else None,
            "worst_regret": float(regret.max()) if regret.size else None,
            "statement": "one salvo against the exact static optimum; moments too large to prove are set aside",
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
        Moments with more shots or targets are set aside and counted: the optimum is exact or absent.

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
    found = snapshot_regret(tables, times, shot_limit=shot_limit)
    quiet = moments - found.t_s.size - found.set_aside
    return RuleRegret(stated.id, laydown.name, found, quiet)
