"""The network: who sees, who can shoot, and whom somebody cues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Placed, Points, place, sees, shoots
from egide.coverage.result import Coverage
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


@dataclass(frozen=True)
class Picture:
    """What a laydown sees and can shoot at, point by point, for one threat type at one height."""

    units: tuple[str, ...]
    """Unit ids, in the laydown's order."""
    sees: NDArray[np.bool_]
    """Whether the unit's sensor sees the point, shape (units, points)."""
    envelope: NDArray[np.bool_]
    """Whether the point lies in the unit's envelope, cued or not, shape (units, points)."""
    shoots: NDArray[np.bool_]
    """Whether it can be engaged: in the envelope and cued by the network, shape (units, points)."""

    @property
    def sensor_layers(self) -> NDArray[np.int64]:
        """Number of sensors over each point, shape (points,)."""
        return self.sees.sum(axis=0)

    @property
    def effector_layers(self) -> NDArray[np.int64]:
        """Number of cued effectors over each point, shape (points,)."""
        return self.shoots.sum(axis=0)


def placed_units(scenario: Scenario, laydown: Laydown) -> list[Placed]:
    """Units of a laydown with their types, in its order."""
    return [place(scenario, scenario.unit(post.unit), post) for post in laydown.posts]


def cued(scenario: Scenario, placed: list[Placed], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which points each unit is cued on by a sensor it is integrated with.

    Parameters
    ----------
    scenario : Scenario
        Its `command.integration` is `own`, `local` or `theatre`.
    placed : list of Placed
    seen : ndarray of bool
        Shape (units, points).

    Returns
    -------
    ndarray of bool
        Shape (units, points): its own sensor, and the linked sensors of its net or of the theatre.
    """
    result = seen.copy()
    integration = scenario.command.integration
    if integration == "own":
        return result
    nets = [unit.unit.net if integration == "local" else "theatre" for unit in placed]
    linked = np.array([unit.unit.linked for unit in placed], dtype=np.bool_)
    for net in dict.fromkeys(nets):
        members = np.array([name == net for name in nets]) & linked
        result[members] |= seen[members].any(axis=0)
    return result


def picture(
    scenario: Scenario, coverage: Coverage, laydown: Laydown, threat: ThreatType, points: Points
) -> Picture:
    """Work out what a laydown sees and can engage.

    Parameters
    ----------
    scenario, coverage, laydown
        The units and the terrain-masked sweeps they stand on.
    threat : ThreatType
        Whose echo and class count.
    points : Points
        Where, at one height each.
    """
    placed = placed_units(scenario, laydown)
    shape = (len(placed), points.size)
    seen = np.zeros(shape, dtype=np.bool_)
    envelope = np.zeros(shape, dtype=np.bool_)
    for row, unit in enumerate(placed):
        seen[row] = sees(coverage, unit, threat, points)
        envelope[row] = shoots(scenario, coverage, unit, threat, points)
    # An entered defended footprint already supposes its cue; lines of sight say nothing about it.
    engaged = envelope if threat.threat_class in BALLISTIC else envelope & cued(scenario, placed, seen)
    return Picture(tuple(unit.unit.id for unit in placed), seen, envelope, engaged)
