"""The result of `cover`: what every station sees of every demand cell, in one array each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egide.coverage import sightline_batch
from egide.coverage.stations import Station
from egide.errors import EgideError
from egide.geo import Grid, project

UNSEEN = np.uint16(sightline_batch.UNSEEN)
"""Code of a cell that is out of range or without data."""

QUANTUM_M = sightline_batch.QUANTUM_M
"""Step in which lowest visible heights are kept [m]; rounded up, so that coverage is never flattered."""

OFFSET_M = sightline_batch.OFFSET_M
"""Added before quantising, so that ground below sea level has a code [m]."""


@dataclass(frozen=True, slots=True)
class Window:
    """Quantised lowest visible heights round one station."""

    row: int
    """Row of the window's first cell on the demand grid."""
    col: int
    """Column of the window's first cell on the demand grid."""
    codes: NDArray[np.uint16]
    """Heights as codes of `QUANTUM_M` above -`OFFSET_M`, shape (rows, cols); `UNSEEN` where none."""


@dataclass(frozen=True)
class Coverage:
    """Lowest visible height of every station on the demand cells in its range."""

    grid: Grid
    """Demand grid."""
    ground_m: NDArray[np.float32]
    """Ground above mean sea level on the demand grid [m], shape `grid.shape`; NaN without data."""
    stations: tuple[Station, ...]
    """Masts that were swept."""
    windows: tuple[Window, ...]
    """One for each station."""
    positions_m: NDArray[np.float64]
    """Easting and northing of each station [m], shape (stations, 2)."""
    ground_at_station_m: NDArray[np.float64]
    """Ground above mean sea level below each station [m], shape (stations,)."""
    convergence_deg: NDArray[np.float64]
    """Grid north seen from true north at each station, clockwise [deg], shape (stations,)."""
    k_factor: float
    """Effective-earth factor [1]."""
    surface: str
    """`bare_earth` or `surface_model`: what "above ground" is above."""
    scenario_hash: str
    """Fingerprint of the scenario without its laydown."""

    @cached_property
    def _index(self) -> dict[Station, int]:
        return {station: number for number, station in enumerate(self.stations)}

    @cached_property
    def _first_of(self) -> dict[str, int]:
        """Number of the first station of each site."""
        return {station.site: n for n, station in reversed(list(enumerate(self.stations)))}

    def station_index(self, station: Station) -> int:
        """Number of a station.

        Raises
        ------
        EgideError
            When it was not swept: the scenario changed its sites or types after `cover`.
        """
        try:
            return self._index[station]
        except KeyError:
            raise EgideError(
                f"no sweep was made from site {station.site!r} at {station.mast_m:g} m; "
                "run cover again on the changed scenario"
            ) from None

    def position_of(self, site: str) -> tuple[float, float]:
        """Easting and northing of a site [m]."""
        number = self._first_of.get(site)
        if number is None:
            raise EgideError(f"no sweep was made from site {site!r}; run cover again on the changed scenario")
        east_m, north_m = self.positions_m[number]
        return float(east_m), float(north_m)

    def lowest_amsl_m(
        self, station: int, rows: NDArray[np.int64], cols: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Lowest visible height above mean sea level at demand cells [m].

        Parameters
        ----------
        station : int
            Number of the station.
        rows, cols : ndarray of int
            Cells of the demand grid, any shape.

        Returns
        -------
        ndarray of float
            Same shape; infinity where the cell is out of range or without data.
        """
        window = self.windows[station]
        r, c = rows - window.row, cols - window.col
        inside = (r >= 0) & (c >= 0) & (r < window.codes.shape[0]) & (c < window.codes.shape[1])
        codes = np.full(np.shape(rows), UNSEEN, dtype=np.uint16)
        codes[inside] = window.codes[r[inside], c[inside]]
        return decode(codes)

    def cells_of(
        self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the demand cells at geographic positions [deg]; may lie outside the grid."""
        x_m, y_m = project(lon_deg, lat_deg, self.grid.crs)
        return self.grid.indices(x_m, y_m)


def decode(codes: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Codes to heights above mean sea level [m]; `UNSEEN` becomes infinity."""
    heights = codes.astype(np.float64) * QUANTUM_M - OFFSET_M
    heights[codes == UNSEEN] = np.inf
    return heights
