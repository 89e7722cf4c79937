"""A place on the map, and the projecting helpers re-exported for those who need arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

from egide.errors import GridMismatch, InputError
from egide.geo.crs import project, unproject

__all__ = ["Position", "project", "unproject"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a metric CRS; never a bare pair."""

    x_m: float
    """Easting [m]."""
    y_m: float
    """Northing [m]."""
    crs: str
    """CRS string that PROJ understands, or "local"."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.x_m) and math.isfinite(self.y_m)):
            raise InputError.one(
                "Position",
                "x_m, y_m",
                (self.x_m, self.y_m),
                f"is no place in {self.crs}; check the coordinates",
            )

    @classmethod
    def from_lonlat(cls, lon_deg: float, lat_deg: float, crs: str) -> Position:
        """Build a position from WGS 84 longitude and latitude [deg].

        Raises
        ------
        InputError
            The latitude lies beyond a pole, or the projection is not defined there.
        """
        if not (math.isfinite(lon_deg) and -90.0 <= lat_deg <= 90.0):
            raise InputError.one(
                "Position",
                "lon_deg, lat_deg",
                (lon_deg, lat_deg),
                "must be longitude then latitude in degrees",
            )
        x_m, y_m = project(lon_deg, lat_deg, crs)
        return cls(float(x_m), float(y_m), crs)

    def lonlat(self) -> tuple[float, float]:
        """WGS 84 longitude and latitude [deg]."""
        lon, lat = unproject(self.x_m, self.y_m, self.crs)
        return float(lon), float(lat)

    def distance_m(self, other: Position) -> float:
        """Distance on the map [m].

        Raises
        ------
        GridMismatch
            The two lie in different CRS.
        """
        if self.crs != other.crs:
            raise GridMismatch(f"a distance between {self.crs} and {other.crs}: project one of them first")
        return math.hypot(self.x_m - other.x_m, self.y_m - other.y_m)
