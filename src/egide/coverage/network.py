"""The network: who sees, who can shoot, whom somebody cues, and what is left when units are lost."""

from __future__ import annotations

from collections.abc import Sequence
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
        layers: NDArray[np.int64] = self.sees.sum(axis=0)
        return layers

    @property
    def effector_layers(self) -> NDArray[np.int64]:
        """Number of cued effectors over each point, shape (points,)."""
        layers: NDArray[np.int64] = self.shoots.sum(axis=0)
        return layers


def placed_units(scenario: Scenario, laydown: Laydown) -> list[Placed]:
    """Units of a laydown with their types, in its order."""
    units = {unit.id: unit for unit in scenario.units}
    return [place(scenario, units.get(post.unit) or scenario.unit(post.unit), post) for post in laydown.posts]


def nets_of(scenario: Scenario, placed: Sequence[Placed]) -> list[str | None]:
    """Network in which each unit shares tracks under the scenario's integration; None: with nobody."""
    integration = scenario.command.integration
    if integration == "own":
        return [None] * len(placed)
    return [
        (unit.unit.net if integration == "local" else "theatre") if unit.unit.linked else None
        for unit in placed
    ]


def cued(scenario: Scenario, placed: Sequence[Placed], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which points each unit is cued on by a sensor it is integrated with.

    Parameters
    ----------
    scenario : Scenario
        Its `command.integration` is `own`, `local` or `theatre`.
    placed : sequence of Placed
    seen : ndarray of bool
        Shape (units, points).

    Returns
    -------
    ndarray of bool
        Shape (units, points): its own sensor, and the linked sensors of its net or of the theatre.
    """
    result = seen.copy()
    nets = nets_of(scenario, placed)
    for net in dict.fromkeys(nets):
        if net is not None:
            members = np.array([name == net for name in nets])
            result[members] |= seen[members].any(axis=0)
    return result


def picture(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown | Sequence[Placed],
    threat: ThreatType,
    points: Points,
) -> Picture:
    """Work out what a laydown sees and can engage.

    Parameters
    ----------
    scenario, coverage, laydown
        The units and the terrain-masked sweeps they stand on; instead of a laydown its placed units.
    threat : ThreatType
        Whose echo and class count.
    points : Points
        Where, at one height each.
    """
    placed = placed_units(scenario, laydown) if isinstance(laydown, Laydown) else list(laydown)
    shape = (len(placed), points.size)
    seen = np.zeros(shape, dtype=np.bool_)
    envelope = np.zeros(shape, dtype=np.bool_)
    for row, unit in enumerate(placed):
        if unit.sensor is not None:
            seen[row] = sees(coverage, unit, threat, points)
        if unit.effector is not None:
            envelope[row] = shoots(scenario, coverage, unit, threat, points)
    return _engaged(scenario, placed, seen, envelope, threat)


def _engaged(
    scenario: Scenario,
    placed: Sequence[Placed],
    seen: NDArray[np.bool_],
    envelope: NDArray[np.bool_],
    threat: ThreatType,
) -> Picture:
    # An entered defended footprint already supposes its cue; lines of sight say nothing about it.
    engaged = envelope if threat.threat_class in BALLISTIC else envelope & cued(scenario, placed, seen)
    return Picture(tuple(unit.unit.id for unit in placed), seen, envelope, engaged)


def kept(
    scenario: Scenario,
    placed: Sequence[Placed],
    before: Picture,
    threat: ThreatType,
    keep: NDArray[np.bool_],
) -> Picture:
    """Picture of some of the units alone: what the others saw and cued is gone.

    Parameters
    ----------
    scenario : Scenario
    placed : sequence of Placed
        Units of the picture, in its order.
    before : Picture
    threat : ThreatType
        That of the picture.
    keep : ndarray of bool
        Shape (units,).
    """
    left = [unit for unit, stays in zip(placed, keep, strict=True) if stays]
    return _engaged(scenario, left, before.sees[keep], before.envelope[keep], threat)


def layers_without_each(
    scenario: Scenario, placed: Sequence[Placed], before: Picture, threat: ThreatType
) -> NDArray[np.int64]:
    """Cued effectors over each point after the loss of each unit in turn (N - 1).

    A unit that is lost takes its effector with it, and the cues that it alone gave to others.

    Returns
    -------
    ndarray of int
        Shape (units, points).
    """
    layers = before.effector_layers[None, :] - before.shoots
    if threat.threat_class in BALLISTIC:
        return layers
    nets = nets_of(scenario, placed)
    for net in dict.fromkeys(nets):
        if net is None:
            continue
        members = np.flatnonzero([name == net for name in nets])
        alone = before.sees[members].sum(axis=0) == 1
        for unit in members:
            only = np.flatnonzero(alone & before.sees[unit])
            if only.size:
                # Nobody else of the net sees these points, so no other member has a cue on them.
                others = members[members != unit]
                layers[unit, only] -= before.shoots[np.ix_(others, only)].sum(axis=0)
    return layers
