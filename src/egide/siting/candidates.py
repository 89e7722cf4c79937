"""The verb `candidates`: propose sites where a scenario states none.

Local crests of the terrain on nested lattices: the sites of a coarse spacing are among those of half the
spacing, so a finer study never loses a site and never worsens a proven optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.geo import Terrain, unproject
from egide.model.place import Site
from egide.model.scenario import Scenario

SITES = 120
"""Sites proposed at most, when no spacing is given."""

STEEPEST_FRACTION = 0.3
"""Slope above which nothing is emplaced [1]; assumed: about 17 degrees, what a heavy truck can climb."""


def candidates(
    scenario: Scenario,
    terrain: Terrain,
    *,
    spacing_m: float | None = None,
    steepest_fraction: float = STEEPEST_FRACTION,
    prominence_m: float = 0.0,
) -> Scenario:
    """Add candidate sites to a scenario that states none.

    Parameters
    ----------
    scenario : Scenario
        Returned unchanged when it states sites.
    terrain : Terrain
        Sites stand on its cells.
    spacing_m : float, optional
        Edge of the squares of which each gives its highest usable cell [m]. Without it, the coarsest power
        of two of terrain cells that gives at most `SITES`.
    steepest_fraction : float
        Rise over run above which a cell is not usable [1].
    prominence_m : float
        Height that a site must rise above the mean of its square [m].

    Returns
    -------
    Scenario
        With sites named by the row and column of the square they stand for.
    """
    if scenario.sites:
        return scenario
    usable = _usable(terrain, steepest_fraction)
    if spacing_m is not None:
        edge = max(1, round(spacing_m / terrain.grid.cell_m))
        return scenario.model_copy(update={"sites": _crests(terrain, usable, edge, prominence_m)})
    edge = 1
    while True:
        sites = _crests(terrain, usable, edge, prominence_m)
        if len(sites) <= SITES:
            return scenario.model_copy(update={"sites": sites})
        edge *= 2


def _usable(terrain: Terrain, steepest_fraction: float) -> NDArray[np.bool_]:
    """Cells of dry land that are not too steep."""
    heights = terrain.heights_m.astype(np.float64)
    south, east = np.gradient(heights, terrain.grid.cell_m)
    slope = np.hypot(south, east)
    usable: NDArray[np.bool_] = np.isfinite(slope) & (heights > 0.0) & (slope <= steepest_fraction)
    return usable


def _crests(terrain: Terrain, usable: NDArray[np.bool_], edge: int, prominence_m: float) -> tuple[Site, ...]:
    """Highest usable cell of every square of `edge` cells.

    The highest cell of a square is the highest of one of its quarters too, so halving the edge keeps it.
    """
    rows, cols = terrain.grid.shape
    heights = np.where(usable, terrain.heights_m, -np.inf)
    found = []
    for top in range(0, rows, edge):
        for left in range(0, cols, edge):
            block = heights[top : top + edge, left : left + edge]
            at = int(np.argmax(block))
            row, col = top + at // block.shape[1], left + at % block.shape[1]
            if not np.isfinite(heights[row, col]):
                continue
            square = terrain.heights_m[top : top + edge, left : left + edge]
            if heights[row, col] - float(np.nanmean(square)) < prominence_m:
                continue
            found.append((row, col))
    lon, lat = unproject(
        [terrain.grid.x_m[col] for _, col in found],
        [terrain.grid.y_m[row] for row, _ in found],
        terrain.grid.crs,
    )
    return tuple(
        Site(id=f"c{row}-{col}", name=f"candidate {row}, {col}", lon_deg=float(x), lat_deg=float(y))
        for (row, col), x, y in zip(found, lon, lat, strict=True)
    )
