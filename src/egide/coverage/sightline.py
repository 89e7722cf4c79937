"""Lines of sight: the lowest height at which a target above each cell is seen from a site.

Sight is along straight lines over an earth enlarged by refraction: radius `k` times 6,371 km, k = 4/3 being
the median for radio, about 7/6 for light, infinite for a flat earth. The drop below the observer's plane is
the parabola d squared / (2 k R), 0.1 m off the circle at 150 km. A site stands at the centre of its cell,
its mast counted from the ground there, or from sea level outside the terrain. A cell does not hide itself.
Holes and the outside hide nothing; holes themselves have no result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, SupportsFloat, SupportsIndex, get_args

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.geo import Grid, Position, Terrain
from egide.kernels import sightline as kernel
from egide.kernels import sightline_exact, sightline_ground, sightline_xdraw
from egide.kernels.sightline_rays import BLOCK, CHUNK, NEVER, PIT, Fan, Ground
from egide.kernels.sightline_reading import Eye, Reading
from egide.units import EARTH_RADIUS_M, K_FOUR_THIRDS

Method = Literal["r2", "xdraw", "r3"]
"""r2: a fan of rays, for planning; xdraw: as GDAL does; r3: one exact line to each cell, slow, the oracle."""

FEWEST_RAYS: Final = 256
"""Rays on either side of an axis that even a short range gets, so that near ground is finely sampled."""

MAP_RAYS_PER_CELL: Final = 4
"""Rays at the edge of the range for each cell of a full map. Two keep the agreement with exact lines above
99.7 % of cells at ground level on real relief, four also where every cell is a hill or a pit of its own; many
sites at once make do with fewer."""

FEWEST_MAP_RAYS: Final = 1024
"""Rays on either side of an axis that even a small full map gets; they cost next to nothing there."""

_ROUNDING = 1.0 + 1e-12


@dataclass(frozen=True, eq=False)
class Relief:
    """A terrain made ready for many sweeps: padded, and transposed for looking west and east.

    Make it once with `relief_of` when single sites are moved over the same terrain again and again.
    """

    grid: Grid
    """Grid of the terrain."""
    ground: Ground
    """Rows of the terrain."""
    turned: Ground
    """Columns of the terrain."""

    def height_amsl_m(self, row: int, col: int) -> float:
        """Ground at a cell [m]; NaN in a hole, zero (the sea) outside."""
        if not (0 <= row < self.grid.shape[0] and 0 <= col < self.grid.shape[1]):
            return 0.0
        height = float(self.ground.heights[row, col + 1])
        return height if height > PIT else math.nan


def relief_of(terrain: Terrain) -> Relief:
    """Make a terrain ready for many sweeps; takes about twice its memory."""
    rows, cols = terrain.grid.shape
    padded = np.empty((rows, cols + 2), dtype=np.float32)
    turned = np.empty((cols, rows + 2), dtype=np.float32)
    sightline_ground.pad_and_turn(terrain.heights_m, padded, turned)
    return Relief(terrain.grid, _with_peaks(padded), _with_peaks(turned))


def _with_peaks(padded: NDArray[np.float32]) -> Ground:
    peaks = np.empty((-(-padded.shape[0] // BLOCK), -(-padded.shape[1] // BLOCK)), dtype=np.float32)
    sightline_ground.highest_of_squares(padded, peaks)
    return Ground(padded, peaks)


def k_from_gradient(gradient_per_m: float) -> float:
    """Effective-earth factor of a gradient of the refractive index with height.

    Parameters
    ----------
    gradient_per_m : float
        Change of the refractive index for one metre of height [1/m]; -39e-9 (minus 39 N-units for one
        kilometre) is the standard atmosphere, 0 no refraction.

    Returns
    -------
    float
        k = 1 / (1 + R dn/dh) with R = 6,371 km; infinite at exactly -1/R. -39e-9 gives 1.3306, an effective
        radius of 8,477,361.5 m, where k = 4/3 exactly gives 8,494,667 m: both conventions are in use.

    Raises
    ------
    InputError
        A gradient below -1/R: rays bend down more than the earth does (a duct), and there is no k.
    """
    flattening = 1.0 + EARTH_RADIUS_M * number_of(gradient_per_m)
    if not flattening >= 0.0:
        raise InputError.one(
            "k_from_gradient", "gradient_per_m", gradient_per_m,
            f"must not be below {-1.0 / EARTH_RADIUS_M:.4g}: in a duct no enlarged earth describes the rays",
        )  # fmt: skip
    return math.inf if flattening == 0.0 else 1.0 / flattening


def number_of(value: object) -> float:
    """The value as a number; NaN, which every check refuses, for what is none."""
    if isinstance(value, bool) or not isinstance(value, (SupportsFloat, SupportsIndex)):
        return math.nan
    try:
        return float(value)
    except TypeError:  # an array of several numbers, say
        return math.nan


def sight_problems(
    function: str, masts_m: NDArray[np.float64], ranges_m: NDArray[np.float64], k: float
) -> list[Problem]:
    """List what is wrong with mast heights, ranges and k."""
    problems = []
    for mast in masts_m[~(np.isfinite(masts_m) & (masts_m >= 0.0))]:
        problems.append(
            Problem(
                function,
                "mast_m",
                float(mast),
                "must be a finite height above ground, 0 or more; the sensor is below ground",
            )
        )
    for reach in ranges_m[~(ranges_m > 0.0)]:
        problems.append(Problem(function, "max_range_m", float(reach), "must be more than zero"))
    if not k > 0.0:
        problems.append(
            Problem(function, "k", k, "must be more than zero; 4/3 for radio, math.inf for a flat earth")
        )
    return problems


def eye_problem(function: str, relief: Relief, row: int, col: int) -> list[Problem]:
    """List what is wrong with a site's cell: a hole has no ground for a mast to stand on."""
    if math.isnan(relief.height_amsl_m(row, col)):
        where = relief.grid.position(row, col)
        remedy = "lies in a hole of the terrain: fill the hole or move the site"
        return [Problem(function, "position", (where.x_m, where.y_m), remedy)]
    return []


def eye_at(relief: Relief, row: int, col: int, mast_m: float, max_range_m: float, k: float) -> Eye:
    """Observer in cells; the range is cut at the farthest corner of the terrain."""
    rows, cols = relief.grid.shape
    cell = relief.grid.cell_m
    corner = math.hypot(max(row, rows - 1 - row), max(col, cols - 1 - col))
    reach = min(max_range_m / cell * _ROUNDING, corner * _ROUNDING)
    return Eye(
        row, col, relief.height_amsl_m(row, col) + mast_m, reach, cell * cell / (2.0 * k * EARTH_RADIUS_M)
    )


def ray_fan(eye: Eye, rays: int, dtype: type[np.floating]) -> tuple[Fan, NDArray[np.floating]]:
    """Working arrays of a sweep by R2 with so many rays on either side, and the slopes it starts with."""
    width = 2 * rays + 2
    length = max(CHUNK, 2 * int(eye.reach) + 3)
    aside = (np.arange(width) - rays) / rays
    fan = Fan(
        slopes=np.empty(width, dtype),
        start=np.empty(width, dtype),
        bend=(eye.bow * (1.0 + aside * aside)).astype(dtype),
        steps=(np.arange(int(eye.reach) + 2, dtype=np.int64) << 32) // rays,
        lowest=np.empty(width // CHUNK + 1, dtype),
        is_read=np.empty(BLOCK, np.bool_),
        # The padding beyond the last ray is read with no weight, so it must be a number.
        kept=np.full((BLOCK, width), NEVER, dtype),
        left=np.empty(length, dtype),
        right=np.empty(length, dtype),
        line=np.empty(length, dtype),
        best=np.empty(length, dtype),
    )
    return fan, np.full((4, width), NEVER, dtype)


def cell_fan(eye: Eye, dtype: type[np.floating]) -> Fan:
    """Working arrays of a sweep by XDraw."""
    none = np.empty(0, dtype)
    rows = np.empty((5, max(CHUNK, 2 * int(eye.reach) + 3)), dtype)
    return Fan(
        slopes=rows[0],
        start=rows[1],
        bend=none,
        steps=np.empty(0, np.int64),
        lowest=none,
        is_read=np.empty(0, np.bool_),
        kept=np.empty((0, 0), dtype),
        left=rows[2],
        right=rows[3],
        line=rows[4],
        best=none,
    )


def lowest_visible_height(
    terrain: Terrain,
    position: Position,
    mast_m: float,
    max_range_m: float,
    *,
    k: float = K_FOUR_THIRDS,
    method: Method = "r2",
) -> NDArray[np.float64]:
    """Lowest height at which a target above each cell is in line of sight.

    Parameters
    ----------
    terrain : Terrain
        Heights above mean sea level.
    position : Position
        Where the sensor stands, in the terrain's CRS; taken to the centre of its cell. Outside the terrain
        the mast counts from sea level.
    mast_m : float
        Height of the sensor above ground [m].
    max_range_m : float
        Range on the map [m]; infinite for all the terrain.
    k : float
        Effective-earth factor; the radius is `k` times 6,371 km. Infinite for a flat earth.
    method : {"r2", "xdraw", "r3"}
        A fan of rays read between the rays; GDAL's way; or one exact line to each cell.

    Returns
    -------
    ndarray of float64
        Height above mean sea level [m], shape `terrain.grid.shape`, never below ground; NaN beyond the range
        and in holes.

    Raises
    ------
    InputError
        A sensor below ground or in a hole, a range or k that is not positive, an unknown method.
    GridMismatch
        The position is in another CRS.

    References
    ----------
    W. R. Franklin, C. K. Ray, "Higher isn't necessarily better: visibility algorithms and experiments", 1994.
    """
    mast, reach, factor = (number_of(value) for value in (mast_m, max_range_m, k))
    problems = sight_problems("lowest_visible_height", np.array([mast]), np.array([reach]), factor)
    if method not in get_args(Method):
        problems.append(
            Problem(
                "lowest_visible_height", "method", method, f"must be one of {', '.join(get_args(Method))}"
            )
        )
    row, col = terrain.grid.index(position)
    problems += [] if problems else eye_problem("lowest_visible_height", _spot(terrain, row, col), 0, 0)
    if problems:
        raise InputError(problems)
    out = np.full(terrain.grid.shape, np.nan)
    window = _window(terrain.grid, row, col, max_range_m)
    if window is None:
        return out
    top, bottom, left, right = window
    part = Terrain(
        terrain.grid.window(top, left, bottom - top, right - left),
        terrain.heights_m[top:bottom, left:right],
        terrain.surface,
    )
    relief = relief_of(part)
    eye = eye_at(relief, row - top, col - left, mast_m, max_range_m, k)
    out[top:bottom, left:right] = _whole(relief, eye, method)
    return out


def _spot(terrain: Terrain, row: int, col: int) -> Relief:
    """Relief of one cell, for the check of a site's ground."""
    inside = 0 <= row < terrain.grid.shape[0] and 0 <= col < terrain.grid.shape[1]
    height = terrain.heights_m[row : row + 1, col : col + 1] if inside else np.zeros((1, 1), np.float32)
    return relief_of(Terrain(terrain.grid.window(row, col, 1, 1), height, terrain.surface))


def _window(grid: Grid, row: int, col: int, max_range_m: float) -> tuple[int, int, int, int] | None:
    """Rows and columns of the terrain within a range, or None if there are none."""
    reach = int(min(max_range_m / grid.cell_m * _ROUNDING, 2.0 * sum(grid.shape) + abs(row) + abs(col)))
    top, bottom = max(0, row - reach), min(grid.shape[0], row + reach + 1)
    left, right = max(0, col - reach), min(grid.shape[1], col + reach + 1)
    return (top, bottom, left, right) if top < bottom and left < right else None


def _whole(relief: Relief, eye: Eye, method: Method) -> NDArray[np.float64]:
    """Sweep every cell of a relief in double precision."""
    rows, cols = relief.grid.shape
    if method == "r3":
        out = np.full((rows, cols), np.nan)
        heights = relief.ground.heights[:, 1:-1].astype(np.float64)
        sightline_exact.cells_exact(heights, eye, np.arange(rows), np.arange(cols), out)
        return out
    out = np.full((rows, cols), NEVER)
    reading = Reading(1, 0, 0, 0, rows, cols)
    rays = max(math.ceil(MAP_RAYS_PER_CELL * eye.reach), FEWEST_MAP_RAYS)
    sweep(relief, eye, rays, method, reading, out.reshape(-1))
    if 0 <= eye.row < rows and 0 <= eye.col < cols:
        out[eye.row, eye.col] = relief.height_amsl_m(eye.row, eye.col)
    out[out <= PIT] = np.nan
    return out


def sweep(
    relief: Relief, eye: Eye, rays: int, method: Method, reading: Reading, out: NDArray[np.floating]
) -> None:
    """Sweep once in the precision of `out`, a flat window; see `egide.kernels.sightline.around`."""
    sweep_with(tools_for(eye, rays, method, out.dtype.type), relief, eye, rays, reading, out)


Tools = tuple[Fan, NDArray[np.floating] | None]
"""Working arrays of a sweep, and the slopes it starts with (none for XDraw)."""


def tools_for(eye: Eye, rays: int, method: Method, dtype: type[np.floating]) -> Tools:
    """Working arrays for all sweeps with the reach and bow of `eye`, one at a time."""
    return (cell_fan(eye, dtype), None) if method == "xdraw" else ray_fan(eye, rays, dtype)


def sweep_with(
    tools: Tools, relief: Relief, eye: Eye, rays: int, reading: Reading, out: NDArray[np.floating]
) -> None:
    """Sweep with working arrays that may be used again."""
    fan, starts = tools
    if starts is None:
        sightline_xdraw.around(fan, relief.ground, relief.turned, eye, reading, out)
    else:
        starts[:] = NEVER
        kernel.around(fan, starts, relief.ground, relief.turned, eye, rays, reading, out)
