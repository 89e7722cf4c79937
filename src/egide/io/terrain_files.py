"""Elevation models from files, resampled to a metric grid.

Any raster GDAL reads (GeoTIFF, COG, SRTM .hgt, DTED, ASCII grid), or a folder of such tiles. Tiles of one
pixel grid are read as one virtual raster, so there are no seams between them. Each raster is warped in pieces
into the part of the grid it touches, so a model larger than memory works: only the grid itself is held. A
rotated raster is resampled like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.errors import DatumError, InputError, Problem, TerrainError
from egide.geo import Grid, Surface, Terrain, project, unproject, vertical_unit
from egide.io.terrain_mosaic import LOWEST_LAND_M, Tile, groups_of, tile_of, virtual_raster
from egide.units import METRES_PER_FOOT

TILE_SUFFIXES = frozenset({".tif", ".tiff", ".hgt", ".dt0", ".dt1", ".dt2", ".asc", ".img", ".vrt", ".bil"})
"""Endings of files that are taken for tiles of a folder."""

UNITS_M = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0, "ft": METRES_PER_FOOT,
           "foot": METRES_PER_FOOT, "feet": METRES_PER_FOOT, "us-ft": 1200.0 / 3937.0,
           "us survey foot": 1200.0 / 3937.0}  # fmt: skip
"""Length of the vertical units a raster may declare [m]."""

HIGHEST_LAND_M = 9_000.0
"""Heights above this are marks of holes, or feet, that nobody declared; land ends at 8,849 m."""

WARP_MEMORY_MB = 128
"""Memory that one warp may take [MB]."""


@dataclass(frozen=True)
class AreaOfInterest:
    """The box that must have data, with the share of it that may lack it."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    holes_allowed_fraction: float = 0.0


def read_elevation(
    path: str | Path, grid: Grid, *, surface: Surface = "bare_earth", area: AreaOfInterest | None = None
) -> Terrain:
    """Read an elevation model onto a metric grid.

    Parameters
    ----------
    path : str or Path
        A raster, or a folder of tiles; where tiles overlap, the first in order of name counts.
    grid : Grid
        Where heights are wanted; resampled bilinearly.
    surface : {"bare_earth", "surface_model"}
        What the heights are of.
    area : AreaOfInterest, optional
        The box that must have data. Without it, cells without data are left as they are.

    Returns
    -------
    Terrain
        Heights above mean sea level [m]; NaN where there is no data. Feet are turned into metres where the
        file declares them.

    Raises
    ------
    InputError
        When a file is missing, damaged, without a CRS, in an unknown unit, or the area is not covered.
    DatumError
        When heights count from the ellipsoid.
    TerrainError
        When heights lie above all land: a mark of holes, or feet, that the file does not declare.
    """
    path = Path(path)
    heights = np.full(grid.shape, np.nan, dtype=np.float32)
    problems: list[Problem] = []
    boxes: list[tuple[float, float, float, float]] = []
    for name, group in _groups(_tiles(path), problems):
        try:
            _add(name, group, grid, heights, boxes)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if area is not None:
        _check_covered(path, grid, heights, area, boxes)
    return Terrain(grid, heights, surface)


def _tiles(path: Path) -> list[Path]:
    if path.is_dir():
        tiles = sorted(p for p in path.rglob("*") if p.suffix.lower() in TILE_SUFFIXES)
        if not tiles:
            known = ", ".join(sorted(TILE_SUFFIXES))
            raise InputError.one(str(path), "(folder)", None, f"holds no elevation tile ({known})")
        return tiles
    if not path.exists():
        raise InputError.one(str(path), "(file)", None, "does not exist; mend the path")
    return [path]


def _groups(tiles: list[Path], problems: list[Problem]) -> list[tuple[Path, list[Tile]]]:
    """Tiles of one grid each, with the name to call them by."""
    from rasterio.errors import RasterioError

    parts = []
    for path in tiles:
        try:
            tile = tile_of(path)
        except RasterioError as error:
            problems.append(_unreadable(path, error))
            continue
        if isinstance(tile, Problem):
            problems.append(tile)
        else:
            parts.append(tile)
    groups = groups_of(parts)
    return [(group[0].path.parent if len(group) > 1 else group[0].path, group) for group in groups]


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        str(path), "(file)", None, f"cannot be read as a raster ({_last_line(error)}); fetch it again"
    )


def _add(
    name: Path,
    group: list[Tile],
    grid: Grid,
    heights: NDArray[np.float32],
    boxes: list[tuple[float, float, float, float]],
) -> None:
    """Fill the cells that are still empty from the tiles of one grid."""
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(virtual_raster(group, _metres_per_unit(name, group[0]))) as source:
            box = _box_in_degrees(source)
            boxes.append(box)
            window = _window(grid, source)
            if window is None:
                return
            rows, cols = window
            part = heights[rows, cols]
            fresh = _warped(source, grid, rows, cols, part.shape)
    except RasterioError as error:
        raise InputError([_unreadable(name, error)]) from None
    if (fresh > HIGHEST_LAND_M).any():
        raise TerrainError(
            f"{name}: a height of {float(np.nanmax(fresh)):g} m is no height on earth: declare the mark of its holes "
            "(gdal_edit -a_nodata), or the unit if these are feet (gdal_edit -units)"
        )
    fresh[~(fresh > LOWEST_LAND_M)] = np.nan
    empty = np.isnan(part)
    part[empty] = fresh[empty]


def _last_line(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause).strip().splitlines()[-1] if str(cause).strip() else type(error).__name__


def _metres_per_unit(name: Path, tile: Tile) -> float:
    """Length of a tile's vertical unit [m]; refuses what cannot be heights above mean sea level."""
    declared = vertical_unit(tile.wkt)
    if declared.is_ellipsoidal:
        raise DatumError(
            f"{name}: heights count from the ellipsoid; subtract the geoid first (gdalwarp -t_srs with a geoid)"
        )
    unit = tile.unit.strip().lower()
    if unit not in UNITS_M:
        raise InputError.one(str(name), "unit", unit, "is no unit of height known here; convert to metres")
    if not tile.scale > 0.0:
        raise InputError.one(
            str(name), "scale", tile.scale, "must be above zero: heights count upwards; convert the model"
        )
    return UNITS_M[unit] if unit else declared.metres_per_unit


def _box_in_degrees(source: Any) -> tuple[float, float, float, float]:
    from rasterio.warp import transform_bounds

    box: tuple[float, float, float, float] = transform_bounds(source.crs, "EPSG:4326", *_edges(source))
    return box


def _edges(source: Any) -> tuple[float, float, float, float]:
    """West, south, east and north edges, whichever way the rows run."""
    left, bottom, right, top = source.bounds
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _window(grid: Grid, source: Any) -> tuple[slice, slice] | None:
    """Rows and columns of the grid that a raster may touch; None when it touches none."""
    from rasterio.warp import transform_bounds

    west, south, east, north = transform_bounds(source.crs, grid.crs, *_edges(source), densify_pts=41)
    left, _, _, top = grid.bounds
    cell = grid.cell_m
    cols = slice(
        max(0, math.floor((west - left) / cell)), min(grid.shape[1], math.ceil((east - left) / cell) + 1)
    )
    rows = slice(
        max(0, math.floor((top - north) / cell)), min(grid.shape[0], math.ceil((top - south) / cell) + 1)
    )
    if cols.start >= cols.stop or rows.start >= rows.stop:
        return None
    return rows, cols


def _warped(source: Any, grid: Grid, rows: slice, cols: slice, shape: tuple[int, ...]) -> NDArray[np.float32]:
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import Affine
    from rasterio.warp import reproject

    part = grid.window(rows.start, cols.start, shape[0], shape[1])
    fresh = np.full(shape, np.nan, dtype=np.float32)
    reproject(
        rasterio.band(source, 1), fresh, dst_crs=grid.crs, dst_transform=Affine(*part.transform),
        src_nodata=source.nodata, dst_nodata=np.nan, resampling=Resampling.bilinear, warp_mem_limit=WARP_MEMORY_MB,
    )  # fmt: skip
    return fresh


def _check_covered(
    path: Path,
    grid: Grid,
    heights: NDArray[np.float32],
    area: AreaOfInterest,
    boxes: list[tuple[float, float, float, float]],
) -> None:
    """Refuse an area that the model does not cover, or that has more holes than allowed."""
    rows, cols = _cells_within(grid, area)
    missing = np.isnan(heights[rows, cols])
    share = float(missing.mean()) if missing.size else 1.0
    if share <= area.holes_allowed_fraction:
        return
    wanted = f"{area.west_deg:g} {area.south_deg:g} {area.east_deg:g} {area.north_deg:g}"
    outside = not any(
        w <= area.west_deg and s <= area.south_deg and e >= area.east_deg and n >= area.north_deg
        for w, s, e, n in boxes
    )
    at = ""
    if missing.any():
        first = int(np.argmax(missing))
        lon, lat = unproject(grid.x_m[cols[first]], grid.y_m[rows[first]], grid.crs)
        at = f", the first near {float(lon):.3f} {float(lat):.3f}"
    held = " and ".join(f"{w:g} {s:g} {e:g} {n:g}" for w, s, e, n in boxes[:3])
    reason = f"does not cover the area {wanted} (it holds {held})" if outside else "has holes"
    raise InputError.one(
        str(path), "elevation", f"{100 * share:.3g} % missing",
        f"{reason}{at}; use another model, shrink [area] or allow holes with terrain.holes_allowed_fraction",
    )  # fmt: skip


def _cells_within(grid: Grid, area: AreaOfInterest) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells of a fine lattice of the area: every cell for a small grid, a million points for a large one."""
    steps = min(1024, 2 * max(grid.shape))
    # A hair inside the edge, where the outermost cells' centres may lie beyond the last row of data.
    lon = np.linspace(area.west_deg, area.east_deg, steps + 2)[1:-1]
    lat = np.linspace(area.south_deg, area.north_deg, steps + 2)[1:-1]
    rows, cols = [], []
    for piece in _pieces(lat, 64):
        lons, lats = np.meshgrid(lon, piece)
        r, c = grid.indices(*project(lons.ravel(), lats.ravel(), grid.crs))
        inside = (r >= 0) & (c >= 0) & (r < grid.shape[0]) & (c < grid.shape[1])
        rows.append(r[inside])
        cols.append(c[inside])
    return np.concatenate(rows), np.concatenate(cols)


def _pieces(values: NDArray[np.float64], size: int) -> Iterator[NDArray[np.float64]]:
    for first in range(0, values.size, size):
        yield values[first : first + size]
