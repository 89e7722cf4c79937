"""A small fine terrain inside a coarse one: roofs and trees round a site, hills as far as it sees.

The fine terrain is swept first. What each ray has met where it leaves it is what the rays over the coarse
terrain begin with, in the same directions; coarse cells under the fine terrain hide nothing, since the fine
ones already did.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.coverage.sightline import (
    FEWEST_MAP_RAYS,
    MAP_RAYS_PER_CELL,
    Relief,
    eye_at,
    eye_problem,
    ray_fan,
    relief_of,
    sight_problems,
)
from egide.errors import GridMismatch, InputError, Problem
from egide.geo import Position, Terrain
from egide.kernels import sightline as kernel
from egide.kernels.sightline_rays import NEVER, PIT
from egide.kernels.sightline_reading import Eye, Reading
from egide.units import K_FOUR_THIRDS


def lowest_visible_height_nested(
    fine: Terrain,
    coarse: Terrain,
    position: Position,
    mast_m: float,
    max_range_m: float,
    *,
    k: float = K_FOUR_THIRDS,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest visible heights from a site on a fine terrain, over it and over the coarse terrain beyond.

    Parameters
    ----------
    fine : Terrain
        A small area round the site, such as a surface model at 1 m.
    coarse : Terrain
        The theatre, in the same CRS; its cells are larger.
    position : Position
        In the fine terrain, on data; the mast counts from the fine ground or roof.
    mast_m, max_range_m : float
        Height of the sensor above the fine ground, and its range on the map [m].
    k : float
        Effective-earth factor.

    Returns
    -------
    on_fine, on_coarse : ndarray of float64
        Heights above mean sea level [m] on the grid of each terrain; NaN beyond the range and without data.
        Coarse cells whose centre lies on the fine terrain have the value of the fine cell there. Lines beyond
        the fine terrain start from the centre of the site's coarse cell, up to 0.7 coarse cells off.

    Raises
    ------
    InputError
        A sensor below ground, in a hole or outside the fine terrain, a range or k that is not positive.
    GridMismatch
        The terrains or the position are in different CRS.
    """
    if fine.grid.crs != coarse.grid.crs:
        raise GridMismatch(
            f"a fine terrain in {fine.grid.crs} inside one in {coarse.grid.crs}: reproject it first"
        )
    name = "lowest_visible_height_nested"
    problems = sight_problems(name, np.array([mast_m]), np.array([max_range_m]), k)
    row, col = fine.grid.index(position)
    relief = relief_of(fine)
    if fine.grid.contains(position):
        problems += eye_problem(name, relief, row, col)
    else:
        problems.append(
            Problem(name, "position", (position.x_m, position.y_m), "lies outside the fine terrain: widen it")
        )
    if problems:
        raise InputError(problems)
    eye = eye_at(relief, row, col, mast_m, max_range_m, k)
    far_row, far_col = coarse.grid.index(position)
    around = relief_of(_without(coarse, fine))
    far = eye_at(around, far_row, far_col, 0.0, max_range_m, k)._replace(level=eye.level)
    rays = max(math.ceil(MAP_RAYS_PER_CELL * max(eye.reach, far.reach)), FEWEST_MAP_RAYS)
    on_fine, slopes = _swept(relief, eye, rays, None)
    on_fine[row, col] = relief.height_amsl_m(row, col)
    on_coarse, _ = _swept(around, far, rays, slopes * (coarse.grid.cell_m / fine.grid.cell_m))
    _copy_fine(fine, on_fine, coarse, on_coarse)
    return on_fine, on_coarse


def _covered(coarse: Terrain, fine: Terrain) -> NDArray[np.intp]:
    """Rows and columns of the coarse cells whose centre lies on the fine terrain, as an open mesh."""
    west, south, east, north = fine.grid.bounds
    x_m, y_m = coarse.grid.x_m, coarse.grid.y_m
    rows = np.flatnonzero((y_m > south) & (y_m <= north))
    cols = np.flatnonzero((x_m >= west) & (x_m < east))
    mesh: NDArray[np.intp] = np.array(np.meshgrid(rows, cols, indexing="ij"))
    return mesh


def _without(coarse: Terrain, fine: Terrain) -> Terrain:
    """The coarse terrain with a hole where the fine one lies."""
    heights = np.array(coarse.heights_m)
    heights[tuple(_covered(coarse, fine))] = np.nan
    return Terrain(coarse.grid, heights, coarse.surface)


def _swept(
    relief: Relief, eye: Eye, rays: int, slopes: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sweep all cells from given slopes; the heights, and the steepest slopes met."""
    rows, cols = relief.grid.shape
    fan, starts = ray_fan(eye, rays, np.float64)
    if slopes is not None:
        starts[:] = slopes
    out = np.full(rows * cols, NEVER)
    kernel.around(fan, starts, relief.ground, relief.turned, eye, rays, Reading(1, 0, 0, 0, rows, cols), out)
    out[out <= PIT] = np.nan
    return out.reshape(rows, cols), np.asarray(starts, dtype=np.float64)


def _copy_fine(
    fine: Terrain, on_fine: NDArray[np.float64], coarse: Terrain, on_coarse: NDArray[np.float64]
) -> None:
    """Give coarse cells on the fine terrain the value of the fine cell at their centre."""
    rows, cols = _covered(coarse, fine)
    at = fine.grid.indices(coarse.grid.x_m[cols], coarse.grid.y_m[rows])
    on_coarse[rows, cols] = on_fine[at]
