"""Which points a station reaches: range, sector, elevation and line of sight in one pass."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


@jit
def reach(
    codes: NDArray[np.uint16],
    row0: int,
    col0: int,
    quantum_m: float,
    offset_m: float,
    east_m: float,
    north_m: float,
    antenna_amsl_m: float,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    amsl_m: NDArray[np.float64],
    min_range_m: float,
    max_range_m: float,
    bearing_rad: float,
    half_sector_rad: float,
    elevation_min_rad: float,
    elevation_max_rad: float,
    radius_m: float,
    sighted: bool,
    out: NDArray[np.bool_],
) -> None:
    """Mark in `out` the points at slant range, bearing and elevation of one station that it sees.

    `codes` are quantised lowest visible heights; 65535 is unseen. With `sighted` false the line of sight
    is not asked for. A target is below the straight line by d**2 / (2 * radius), the bulge of the earth.
    """
    full = half_sector_rad >= math.pi
    for i in range(rows.size):
        out[i] = False
        dx = x_m[i] - east_m
        dy = y_m[i] - north_m
        ground2 = dx * dx + dy * dy
        if ground2 > max_range_m * max_range_m:
            continue
        ground = math.sqrt(ground2)
        rise = amsl_m[i] - antenna_amsl_m
        slant = math.sqrt(ground2 + rise * rise)
        # Written so that a NaN height, where the ground is unknown, is never reached.
        if not (min_range_m <= slant <= max_range_m):
            continue
        if not full and ground > 0.0:
            turn = math.atan2(dx, dy) - bearing_rad
            turn -= 2.0 * math.pi * math.floor((turn + math.pi) / (2.0 * math.pi))
            if abs(turn) > half_sector_rad + 1e-12:
                continue
        elevation = math.atan2(rise - ground2 / (2.0 * radius_m), ground)
        if elevation < elevation_min_rad or elevation > elevation_max_rad:
            continue
        if sighted:
            r = rows[i] - row0
            c = cols[i] - col0
            if r < 0 or c < 0 or r >= codes.shape[0] or c >= codes.shape[1]:
                continue
            code = codes[r, c]
            if code == 65535 or amsl_m[i] < code * quantum_m - offset_m:
                continue
        out[i] = True
