"""The nouns of an assessment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class HeightRow:
    """People, assets and area under coverage at one height above ground."""

    height_agl_m: float
    """Height above ground [m]."""
    people_sensor: int
    """People whose place lies under at least one sensor."""
    people_two_sensors: int
    """People under at least two."""
    people_effector: int
    """People under at least one cued effector."""
    people_two_effectors: int
    """People under at least two."""
    assets_sensor: int
    """Assets under at least one sensor."""
    assets_effector: int
    """Assets under at least one cued effector."""
    area_sensor_fraction: float
    """Share of the mapped land under at least one sensor [1]."""
    area_effector_fraction: float
    """Share of the mapped land under at least one cued effector [1]."""


@dataclass(frozen=True)
class AssetRow:
    """One asset: its rank on the critical asset list and what stands over it."""

    id: str
    name: str
    kind: str
    region: str
    tier: int
    score: float
    """Sum of the four ordinal CVRT scores [1]."""
    people: int
    required_layers: int
    sensor_layers: tuple[int, ...]
    """Sensors over it at each reported height."""
    effector_layers: tuple[int, ...]
    """Cued effectors over it at each reported height."""
    ballistic: str
    """`under N entered footprints`, or `not assessed`."""
    warning_s: float | None
    """Shortest warning over the scenario's axes [s]; None: no confirmed track on some axis."""
    warning_axis: str
    """Launch area of that axis."""
    warned_by: str
    """Unit that gives the first confirmed track on it; empty when nobody does."""


@dataclass(frozen=True)
class GapRow:
    """What one region lacks at one height, ranked by the people it concerns."""

    region: str
    height_agl_m: float
    people_without_sensor: int
    people_without_effector: int
    assets_below_required: int
    """Assets of the region with fewer effector layers than asked for at that height."""


@dataclass(frozen=True)
class LayerMap:
    """Number of sensors and of cued effectors over every mapped cell at one height."""

    height_agl_m: float
    sensors: NDArray[np.uint8]
    """Sensors over each cell, shape (rows, cols)."""
    effectors: NDArray[np.uint8]
    """Cued effectors over each cell, shape (rows, cols)."""


@dataclass(frozen=True)
class MapFrame:
    """Where the maps lie: a metric grid, row 0 in the north, coordinates of cell centres."""

    crs: str
    x0_m: float
    """Easting of the first column's centre [m]."""
    y0_m: float
    """Northing of the first row's centre [m]."""
    cell_m: float
    """Edge of a cell [m]."""
    ground_m: NDArray[np.float32]
    """Ground above mean sea level [m], shape (rows, cols); NaN without data."""


@dataclass(frozen=True)
class Assessment:
    """What a laydown covers, over real terrain, for the echo of one stated threat."""

    laydown: str
    """Name of the laydown."""
    notional: bool
    """Whether units and posts are invented."""
    reference_threat: str
    """Threat type whose echo and class coverage is stated for."""
    surface: str
    """`bare_earth` or `surface_model`: what "above ground" is above."""
    people_total: int
    """People in all places of the scenario."""
    assets_total: int
    heights: tuple[HeightRow, ...]
    assets: tuple[AssetRow, ...]
    """Ranked by tier, then score, then people."""
    gaps: tuple[GapRow, ...]
    """Ranked by people without an effector, then without a sensor."""
    frame: MapFrame
    maps: tuple[LayerMap, ...]
    """One for each reported height."""
    units_deployed: int
    scenario_hash: str

    def at(self, height_agl_m: float) -> HeightRow:
        """Row of one reported height; KeyError for another."""
        for row in self.heights:
            if row.height_agl_m == height_agl_m:
                return row
        raise KeyError(f"{height_agl_m:g} m is not a reported height")

    def to_frame(self) -> pd.DataFrame:
        """People, assets and area by height, one line a height."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.heights]).set_index("height_agl_m")

    def assets_frame(self) -> pd.DataFrame:
        """Critical asset list with layers and warning, one line an asset."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.assets]).set_index("id")

    def to_json(self) -> dict[str, Any]:
        """Everything but the maps, as plain data."""
        return {
            "laydown": self.laydown,
            "notional": self.notional,
            "reference_threat": self.reference_threat,
            "surface": self.surface,
            "people_total": self.people_total,
            "assets_total": self.assets_total,
            "units_deployed": self.units_deployed,
            "heights": [asdict(row) for row in self.heights],
            "assets": [asdict(row) for row in self.assets],
            "gaps": [asdict(row) for row in self.gaps],
            "scenario_hash": self.scenario_hash,
        }
