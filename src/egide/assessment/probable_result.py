"""The result of `probable_coverage`: bands of people and land under coverage, and the probability over each cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class BandRow:
    """People and land under coverage at one height, as a band: 10, 50 and 90 % of the redrawn terrains."""

    height_agl_m: float
    people_sensor: tuple[float, float, float]
    people_effector: tuple[float, float, float]
    area_sensor_fraction: tuple[float, float, float]
    area_effector_fraction: tuple[float, float, float]


@dataclass(frozen=True)
class RefractionRow:
    """People and land under coverage at one height and effective-earth factor, on the terrain as it is."""

    k_factor: float
    height_agl_m: float
    people_sensor: int
    people_effector: int
    area_sensor_fraction: float
    area_effector_fraction: float


@dataclass(frozen=True)
class ProbabilityMap:
    """Share of the redrawn terrains on which each cell is covered, in per cent."""

    height_agl_m: float
    sensors: NDArray[np.uint8]
    """Under at least one sensor [per cent], shape (rows, cols)."""
    effectors: NDArray[np.uint8]
    """Under at least one cued effector [per cent], shape (rows, cols)."""


@dataclass(frozen=True)
class ProbableCoverage:
    """How far coverage hangs on the error of the terrain and on refraction."""

    laydown: str
    surface: str
    """`bare_earth` or `surface_model`: what "above ground" is above."""
    seed: int
    samples: int
    """Terrains redrawn."""
    error_m: float
    """Standard error of a height [m]."""
    correlation_m: float
    """Distance over which it varies [m]."""
    bands: tuple[BandRow, ...]
    refraction: tuple[RefractionRow, ...]
    frame: MapFrame
    maps: tuple[ProbabilityMap, ...]

    def at(self, height_agl_m: float) -> BandRow:
        """Band at one reported height; KeyError for another."""
        for row in self.bands:
            if row.height_agl_m == height_agl_m:
                return row
        raise KeyError(f"{height_agl_m:g} m is not a reported height")

    def refraction_at(self, height_agl_m: float) -> tuple[RefractionRow, ...]:
        """What each effective-earth factor makes of one height, in the order they were tried."""
        return tuple(row for row in self.refraction if row.height_agl_m == height_agl_m)

    def to_frame(self) -> pd.DataFrame:
        """Bands, one line a height."""
        import pandas as pd

        rows = []
        for band in self.bands:
            row: dict[str, Any] = {"height_agl_m": band.height_agl_m}
            for name in (
                "people_sensor",
                "people_effector",
                "area_sensor_fraction",
                "area_effector_fraction",
            ):
                low, median, high = getattr(band, name)
                row |= {f"{name}_low": low, f"{name}_median": median, f"{name}_high": high}
            rows.append(row)
        return pd.DataFrame(rows).set_index("height_agl_m")

    def refraction_frame(self) -> pd.DataFrame:
        """People and land by k and height."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.refraction]).set_index(["k_factor", "height_agl_m"])

    def to_json(self) -> dict[str, Any]:
        """Everything but the maps, as plain data."""
        named = ("laydown", "surface", "seed", "samples", "error_m", "correlation_m")
        return {
            **{name: getattr(self, name) for name in named},
            "bands": [asdict(row) for row in self.bands],
            "refraction": [asdict(row) for row in self.refraction],
        }
