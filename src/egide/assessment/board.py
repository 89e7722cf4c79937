"""What every part of an assessment works on, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.threats import (
    Axis,
    Representative,
    axes_of,
    planning_height_m,
    reference_threat,
    representatives,
)
from egide.coverage.lattice import Lattice, lattice_of
from egide.coverage.network import Picture, picture, placed_units
from egide.coverage.reach import Placed, Points, points_at
from egide.coverage.result import Coverage
from egide.model.catalogue_types import ThreatType
from egide.model.place import Asset, Place
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

MAP_CELLS: Final = 250_000
"""Cells a map has at most; a finer demand grid is sampled at every n-th row and column."""


@dataclass(frozen=True)
class Board:
    """A scenario and a laydown with what is asked of them again and again.

    Points are the scenario's places, then its assets.
    """

    scenario: Scenario
    coverage: Coverage
    laydown: Laydown
    placed: tuple[Placed, ...]
    """Units of the laydown, in its order."""
    lattice: Lattice
    """Nodes of the maps."""
    threat: ThreatType
    """Reference threat."""
    classes: tuple[Representative, ...]
    axes: tuple[Axis, ...]
    planning_height_m: float
    """Reported height that units are sited for [m]."""
    rows: NDArray[np.int64]
    """Demand row of each point, shape (points,)."""
    cols: NDArray[np.int64]
    """Demand column of each point, shape (points,)."""
    people: NDArray[np.int64]
    """People of each place, shape (places,)."""
    required: NDArray[np.int64]
    """Layers asked for over each asset, shape (assets,)."""

    @property
    def nouns(self) -> tuple[Place | Asset, ...]:
        """What stands at each point."""
        return (*self.scenario.places, *self.scenario.assets)

    @property
    def places(self) -> slice:
        """Places among the points."""
        return slice(0, self.people.size)

    @property
    def assets(self) -> slice:
        """Assets among the points."""
        return slice(self.people.size, self.people.size + self.required.size)

    def points(self, height_agl_m: float, part: slice | NDArray[np.int64] = slice(None)) -> Points:
        """Points at a height above ground [m]."""
        return points_at(self.coverage, self.rows[part], self.cols[part], height_agl_m)

    def picture(self, height_agl_m: float, threat: ThreatType | None = None) -> Picture:
        """Who sees and engages over every point at a height; the reference threat unless one is named."""
        return picture(
            self.scenario, self.coverage, self.placed, threat or self.threat, self.points(height_agl_m)
        )


def board_of(scenario: Scenario, coverage: Coverage, laydown: Laydown) -> Board:
    """Make the board of a laydown."""
    nouns: Sequence[Place | Asset] = [*scenario.places, *scenario.assets]
    rows, cols = coverage.cells_of(
        np.array([noun.lon_deg for noun in nouns], dtype=np.float64),
        np.array([noun.lat_deg for noun in nouns], dtype=np.float64),
    )
    return Board(
        scenario=scenario,
        coverage=coverage,
        laydown=laydown,
        placed=tuple(placed_units(scenario, laydown)),
        lattice=lattice_of(coverage, MAP_CELLS),
        threat=reference_threat(scenario),
        classes=representatives(scenario),
        axes=axes_of(scenario),
        planning_height_m=planning_height_m(scenario),
        rows=rows,
        cols=cols,
        people=np.array([place.population for place in scenario.places], dtype=np.int64),
        required=np.array([asset.required_layers for asset in scenario.assets], dtype=np.int64),
    )
