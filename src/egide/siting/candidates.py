"""The verb `candidates`: propose sites where a scenario states none.

Local crests of the terrain on nested lattices: the sites of a coarse spacing are among those of half the
spacing, so a finer study never loses a site and never worsens a proven optimum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.geo import Terrain, project, unproject
from egide.kernels.prominence import prominence
from egide.model.place import Site
from egide.model.scenario import Scenario

SITES = 120
"""Sites proposed at most, when no spacing is given."""

STEEPEST_FRACTION = 0.3
"""Slope above which nothing is emplaced [1]; assumed: about 17 degrees, what a heavy truck can climb."""

Ring = Sequence[tuple[float, float]]
"""Corners of a polygon, longitude and latitude [deg]; closed or not."""

Area = Ring | Mapping[str, Any]
"""A ring, or a GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection."""


def candidates(
    scenario: Scenario,
    terrain: Terrain,
    *,
    spacing_m: float | None = None,
    steepest_fraction: float = STEEPEST_FRACTION,
    prominence_m: float = 0.0,
    apart_m: float = 0.0,
    include: Iterable[Area] | None = None,
    exclude: Iterable[Area] = (),
    land_only: bool = True,
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
        Least prominence of a site: its height above the highest saddle to a higher summit of the terrain
        [m]. 0 takes any cell; above it, only summits.
    apart_m : float
        Smallest distance between two sites [m]; the sites of coarser squares go first.
    include : iterable of areas, optional
        Sites lie in one of these polygons; by default anywhere.
    exclude : iterable of areas
        Sites lie in none of these polygons.
    land_only : bool
        Leave out cells at or below mean sea level. Lakes are not known to the terrain.

    Returns
    -------
    Scenario
        With sites named by the row and column of their cell. Halving the spacing keeps every site.

    Raises
    ------
    InputError
        When a number is not positive where it must be, an area is no polygon, or nothing usable is left.
    """
    if scenario.sites:
        return scenario
    areas = _checked(spacing_m, steepest_fraction, prominence_m, apart_m, include, exclude)
    usable = _usable(terrain, steepest_fraction, land_only)
    if prominence_m > 0.0:
        usable &= _prominence(terrain) >= prominence_m
    for wanted, rings in areas:
        inside = _inside(terrain, rings)
        usable &= inside if wanted else ~inside
    if not usable.any():
        remedy = "no cell is usable; allow steeper or lower ground, or wider areas"
        raise InputError.one("candidates", "terrain", None, remedy)
    edge = 1 if spacing_m is None else max(1, round(spacing_m / terrain.grid.cell_m))
    while True:
        sites = _nested(terrain, usable, edge, apart_m)
        if spacing_m is not None or len(sites) <= SITES:
            return scenario.model_copy(update={"sites": _named(terrain, sites)})
        edge *= 2


def _checked(
    spacing_m: float | None, steepest_fraction: float, prominence_m: float, apart_m: float,
    include: Iterable[Area] | None, exclude: Iterable[Area],
) -> list[tuple[bool, list[Ring]]]:  # fmt: skip
    """Areas as rings, wanted or not; raises with every problem at once."""
    problems = []
    if spacing_m is not None and not spacing_m > 0.0:
        problems.append(Problem("candidates", "spacing_m", spacing_m, "must be above 0"))
    numbers = {"steepest_fraction": steepest_fraction, "prominence_m": prominence_m, "apart_m": apart_m}
    for name, value in numbers.items():
        if not value >= 0.0:
            problems.append(Problem("candidates", name, value, "must be 0 or more"))
    areas: list[tuple[bool, list[Ring]]] = []
    for name, given in (("include", include), ("exclude", exclude)):
        rings: list[Ring] = []
        for number, area in enumerate(given or ()):
            found = list(_rings(area))
            if not found or any(len(ring) < 3 for ring in found):
                remedy = "is no polygon; give three corners or more as (longitude, latitude), or GeoJSON"
                problems.append(Problem("candidates", f"{name}[{number}]", None, remedy))
            rings += found
        if given is not None and (rings or name == "include"):
            areas.append((name == "include", rings))
    if problems:
        raise InputError(problems)
    return areas


def _rings(area: Area) -> Iterator[Ring]:
    """Rings of a polygon, holes among them: a cell inside an even number of rings lies outside."""
    if not isinstance(area, Mapping):
        yield [(float(corner[0]), float(corner[1])) for corner in area]
        return
    if area.get("type") == "FeatureCollection":
        for feature in area.get("features", ()):
            yield from _rings(feature)
    elif area.get("type") == "Feature":
        yield from _rings(area.get("geometry") or {})
    elif area.get("type") in ("Polygon", "MultiPolygon"):
        parts = area.get("coordinates", ())
        for part in parts if area["type"] == "MultiPolygon" else (parts,):
            for ring in part:
                yield [(float(corner[0]), float(corner[1])) for corner in ring]


def _inside(terrain: Terrain, rings: list[Ring]) -> NDArray[np.bool_]:
    """Cells whose centre lies in an odd number of rings; edges are straight on the terrain's grid."""
    inside = np.zeros(terrain.grid.shape, dtype=np.bool_)
    x_m, y_m = np.asarray(terrain.grid.x_m), np.asarray(terrain.grid.y_m)
    for ring in rings:
        x, y = project([c[0] for c in ring], [c[1] for c in ring], terrain.grid.crs)
        to_x, to_y = np.roll(x, -1), np.roll(y, -1)
        for row, at in enumerate(y_m):
            crossed = (y > at) != (to_y > at)
            slope = (to_x[crossed] - x[crossed]) / (to_y[crossed] - y[crossed])
            where = np.sort(x[crossed] + slope * (at - y[crossed]))
            inside[row] ^= np.searchsorted(where, x_m, side="right") % 2 == 1
    return inside


def _usable(terrain: Terrain, steepest_fraction: float, land_only: bool) -> NDArray[np.bool_]:
    """Cells with data that are not too steep, and above the sea if asked."""
    heights = terrain.heights_m.astype(np.float64)
    south, east = np.gradient(heights, terrain.grid.cell_m)
    slope = np.hypot(south, east)
    usable: NDArray[np.bool_] = np.isfinite(slope) & (slope <= steepest_fraction)
    return usable & (heights > 0.0) if land_only else usable


def _prominence(terrain: Terrain) -> NDArray[np.float64]:
    """Prominence of every cell of the terrain [m]; 0 where it is no summit."""
    heights = terrain.heights_m.astype(np.float64)
    land = np.flatnonzero(np.isfinite(heights))
    order = land[np.argsort(-heights.ravel()[land], kind="stable")]
    out = np.zeros(heights.shape)
    prominence(heights, order, out)
    return out


def _nested(terrain: Terrain, usable: NDArray[np.bool_], edge: int, apart_m: float) -> list[tuple[int, int]]:
    """Crests of squares of `edge` cells and of all their doublings, coarsest first, far enough apart.

    Beginning at squares as large as the terrain makes the sites of an edge the first of those of half of it.
    """
    edges = [edge]
    while edges[-1] < max(terrain.grid.shape):
        edges.append(2 * edges[-1])
    heights = np.where(usable, terrain.heights_m, -np.inf)
    reach = apart_m / terrain.grid.cell_m
    kept: list[tuple[int, int]] = []
    known: set[tuple[int, int]] = set()
    for each in reversed(edges):
        for cell in _crests(heights, each):
            if cell in known:
                continue
            if reach > 0.0 and any(math.dist(cell, other) < reach for other in kept):
                continue
            known.add(cell)
            kept.append(cell)
    return sorted(kept)


def _crests(heights: NDArray[np.float64], edge: int) -> Iterator[tuple[int, int]]:
    """Highest usable cell of every square of `edge` cells.

    The highest cell of a square is the highest of one of its quarters too, so halving the edge keeps it.
    """
    rows, cols = heights.shape
    for top in range(0, rows, edge):
        for left in range(0, cols, edge):
            block = heights[top : top + edge, left : left + edge]
            at = int(np.argmax(block))
            row, col = top + at // block.shape[1], left + at % block.shape[1]
            if np.isfinite(heights[row, col]):
                yield row, col


def _named(terrain: Terrain, cells: list[tuple[int, int]]) -> tuple[Site, ...]:
    lon, lat = unproject(
        [terrain.grid.x_m[col] for _, col in cells],
        [terrain.grid.y_m[row] for row, _ in cells],
        terrain.grid.crs,
    )
    return tuple(
        Site(id=f"c{row}-{col}", name=f"candidate {row}, {col}", lon_deg=float(x), lat_deg=float(y))
        for (row, col), x, y in zip(cells, lon, lat, strict=True)
    )
