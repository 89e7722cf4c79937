"""How much of a straight route lies between the first confirmed track and the target."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


@jit
def confirmed_distance(
    looks_per_s: NDArray[np.float32],
    x0_m: float,
    y0_m: float,
    cell_m: float,
    from_x_m: NDArray[np.float64],
    from_y_m: NDArray[np.float64],
    to_x_m: NDArray[np.float64],
    to_y_m: NDArray[np.float64],
    speed_mps: float,
    looks_to_confirm: float,
    out_m: NDArray[np.float64],
    out_row: NDArray[np.int64],
    out_col: NDArray[np.int64],
) -> None:
    """Distance left to the target when a track is first confirmed, along each straight route [m].

    `looks_per_s` is a raster with row 0 in the north and the centre of cell (0, 0) at (x0_m, y0_m): looks a
    second at a target over each cell, zero where nobody sees it. Routes are walked in steps of half a cell;
    a track is confirmed at the first seen step before which the route was looked at `looks_to_confirm`
    times without a break. NaN: never. Its cell goes to `out_row`, `out_col` (-1: never).
    """
    step = 0.5 * cell_m
    seconds = step / speed_mps
    for i in range(from_x_m.size):
        dx = to_x_m[i] - from_x_m[i]
        dy = to_y_m[i] - from_y_m[i]
        length = math.sqrt(dx * dx + dy * dy)
        out_m[i] = np.nan
        out_row[i] = -1
        out_col[i] = -1
        steps = int(math.ceil(length / step))
        looks = 0.0
        for s in range(steps + 1):
            along = min(s * step, length)
            f = along / length if length > 0.0 else 0.0
            col = int(math.floor((from_x_m[i] + f * dx - x0_m) / cell_m + 0.5))
            row = int(math.floor((y0_m - from_y_m[i] - f * dy) / cell_m + 0.5))
            inside = row >= 0 and col >= 0 and row < looks_per_s.shape[0] and col < looks_per_s.shape[1]
            if inside and looks_per_s[row, col] > 0.0:
                if looks >= looks_to_confirm:
                    out_m[i] = length - along
                    out_row[i] = row
                    out_col[i] = col
                    break
                looks += seconds * looks_per_s[row, col]
            else:
                looks = 0.0
