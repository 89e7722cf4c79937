"""Which points a station reaches: range, sector, elevation and line of sight in one pass."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


class Window(NamedTuple):
    """Quantised lowest visible heights round a station, and where they lie on the demand grid."""

    codes: NDArray[np.uint16]
    """Heights in steps of `quantum_m` above -`offset_m`; 65535 is unseen."""
    row: int
    col: int
    quantum_m: float
    offset_m: float


class Limits(NamedTuple):
    """Where a station stands and how far it reaches."""

    east_m: float
    north_m: float
    antenna_amsl_m: float
    min_range_m: float
    max_range_m: float
    sin_bearing: float
    cos_bearing: float
    cos_half_sector: float
    """Below -1 for all round."""
    tan_elevation_min: float
    """Minus infinity for -90 degrees."""
    tan_elevation_max: float
    """Infinity for 90 degrees."""
    curvature_per_m: float
    """1 / (2 * effective radius): a target is below the straight line by this times distance squared."""
    sighted: bool
    """Whether line of sight is asked for."""


def limits(
    east_m: float, north_m: float, antenna_amsl_m: float, min_range_m: float, max_range_m: float,
    bearing_rad: float, half_sector_rad: float, elevation_min_rad: float, elevation_max_rad: float,
    radius_m: float, sighted: bool,
) -> Limits:  # fmt: skip
    """Turn angles into the sines and tangents that the kernels compare with."""
    quarter = math.pi / 2.0 - 1e-9
    return Limits(
        float(east_m), float(north_m), float(antenna_amsl_m), float(min_range_m), float(max_range_m),
        math.sin(bearing_rad), math.cos(bearing_rad),
        -2.0 if half_sector_rad >= math.pi - 1e-12 else math.cos(half_sector_rad),
        -math.inf if elevation_min_rad <= -quarter else math.tan(elevation_min_rad),
        math.inf if elevation_max_rad >= quarter else math.tan(elevation_max_rad),
        0.5 / radius_m, bool(sighted),
    )  # fmt: skip


@jit
def _in_limits(dx: float, dy: float, amsl_m: float, station: Limits) -> bool:
    ground2 = dx * dx + dy * dy
    if ground2 > station.max_range_m * station.max_range_m:
        return False
    rise = amsl_m - station.antenna_amsl_m
    slant2 = ground2 + rise * rise
    # Written so that a NaN height, where the ground is unknown, is never reached.
    if not (slant2 <= station.max_range_m * station.max_range_m):
        return False
    if slant2 < station.min_range_m * station.min_range_m:
        return False
    ground = math.sqrt(ground2)
    if station.cos_half_sector > -1.5:
        along = dx * station.sin_bearing + dy * station.cos_bearing
        if along < ground * (station.cos_half_sector - 1e-12):
            return False
    level = rise - ground2 * station.curvature_per_m
    if station.tan_elevation_min > -math.inf and level < ground * station.tan_elevation_min:
        return False
    return not (station.tan_elevation_max < math.inf and level > ground * station.tan_elevation_max)


@jit
def _in_sight(row: int, col: int, amsl_m: float, window: Window) -> bool:
    r = row - window.row
    c = col - window.col
    if r < 0 or c < 0 or r >= window.codes.shape[0] or c >= window.codes.shape[1]:
        return False
    code = window.codes[r, c]
    if code == 65535:
        return False
    return bool(amsl_m >= code * window.quantum_m - window.offset_m)


@jit
def reach(
    window: Window,
    station: Limits,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    amsl_m: NDArray[np.float64],
    out: NDArray[np.bool_],
) -> None:
    """Mark in `out` the points within the limits of a station that it has in sight."""
    for i in range(rows.size):
        inside = _in_limits(x_m[i] - station.east_m, y_m[i] - station.north_m, amsl_m[i], station)
        out[i] = inside and (not station.sighted or _in_sight(rows[i], cols[i], amsl_m[i], window))


@jit
def reach_block(
    window: Window,
    station: Limits,
    ground_m: NDArray[np.float32],
    height_agl_m: float,
    first_x_m: float,
    first_y_m: float,
    step_m: float,
    first_row: int,
    first_col: int,
    stride: int,
    out: NDArray[np.bool_],
) -> None:
    """Mark in `out` the nodes of a lattice, all at one height above ground, that a station reaches.

    Node (i, j) lies at (first_x_m + j * step_m, first_y_m - i * step_m) over ground `ground_m[i, j]`, in
    cell (first_row + i * stride, first_col + j * stride) of the demand grid.
    """
    for i in range(out.shape[0]):
        dy = first_y_m - i * step_m - station.north_m
        row = first_row + i * stride
        for j in range(out.shape[1]):
            amsl = np.float64(ground_m[i, j]) + height_agl_m
            inside = _in_limits(first_x_m + j * step_m - station.east_m, dy, amsl, station)
            out[i, j] = inside and (
                not station.sighted or _in_sight(row, first_col + j * stride, amsl, window)
            )
