"""How much of a route lies between the first confirmed track and the target."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


@jit
def _walked(
    looks_per_s: NDArray[np.float32], x0_m: float, y0_m: float, cell_m: float, x_m: NDArray[np.float64],
    y_m: NDArray[np.float64], points: int, speed_mps: float, looks_to_confirm: float,
) -> tuple[float, int, int]:  # fmt: skip
    """Walk one route through its first points; what is left of it, and the cell, when a track is confirmed."""
    length = 0.0
    for p in range(points - 1):
        length += math.sqrt((x_m[p + 1] - x_m[p]) ** 2 + (y_m[p + 1] - y_m[p]) ** 2)
    step = 0.5 * cell_m
    seconds = step / speed_mps
    looks = 0.0
    p, behind = 0, 0.0
    leg = math.sqrt((x_m[1] - x_m[0]) ** 2 + (y_m[1] - y_m[0]) ** 2)
    for s in range(int(math.ceil(length / step)) + 1):
        along = min(s * step, length)
        while p < points - 2 and along > behind + leg:
            behind += leg
            p += 1
            leg = math.sqrt((x_m[p + 1] - x_m[p]) ** 2 + (y_m[p + 1] - y_m[p]) ** 2)
        f = (along - behind) / leg if leg > 0.0 else 0.0
        col = int(math.floor((x_m[p] + f * (x_m[p + 1] - x_m[p]) - x0_m) / cell_m + 0.5))
        row = int(math.floor((y0_m - y_m[p] - f * (y_m[p + 1] - y_m[p])) / cell_m + 0.5))
        inside = row >= 0 and col >= 0 and row < looks_per_s.shape[0] and col < looks_per_s.shape[1]
        if inside and looks_per_s[row, col] > 0.0:
            if looks >= looks_to_confirm and along < length:
                return length - along, row, col
            looks += seconds * looks_per_s[row, col]
        else:
            looks = 0.0
    return np.nan, -1, -1


@jit
def confirmed_on_legs(
    looks_per_s: NDArray[np.float32],
    x0_m: float,
    y0_m: float,
    cell_m: float,
    from_x_m: NDArray[np.float64],
    from_y_m: NDArray[np.float64],
    turn_x_m: NDArray[np.float64],
    turn_y_m: NDArray[np.float64],
    turns: NDArray[np.int64],
    to_x_m: NDArray[np.float64],
    to_y_m: NDArray[np.float64],
    speed_mps: float,
    looks_to_confirm: float,
    out_m: NDArray[np.float64],
    out_row: NDArray[np.int64],
    out_col: NDArray[np.int64],
) -> None:
    """Distance left to the target when a track is first confirmed, along each route of straight legs [m].

    `looks_per_s` is a raster with row 0 in the north and the centre of cell (0, 0) at (x0_m, y0_m): looks a
    second at a target over each cell, zero where nobody sees it. Routes are walked in steps of half a cell;
    a track is confirmed at the first seen step before which the route was looked at `looks_to_confirm`
    times without a break. NaN: not before arrival. Its cell goes to `out_row`, `out_col` (-1: never).

    Route i follows axis i modulo the number of axes: it turns at the first `turns[axis]` points of row `axis`
    of `turn_x_m` and `turn_y_m`.
    """
    axes = turns.size
    x_m = np.empty(turn_x_m.shape[1] + 2)
    y_m = np.empty(turn_x_m.shape[1] + 2)
    for i in range(from_x_m.size):
        axis = i % axes
        count = turns[axis]
        x_m[0], y_m[0] = from_x_m[i], from_y_m[i]
        for t in range(count):
            x_m[t + 1], y_m[t + 1] = turn_x_m[axis, t], turn_y_m[axis, t]
        x_m[count + 1], y_m[count + 1] = to_x_m[i], to_y_m[i]
        out_m[i], out_row[i], out_col[i] = _walked(
            looks_per_s, x0_m, y0_m, cell_m, x_m, y_m, count + 2, speed_mps, looks_to_confirm
        )


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
    """Distance left to the target along each straight route [m]; as `confirmed_on_legs` without turns."""
    none = np.empty((1, 0))
    confirmed_on_legs(
        looks_per_s, x0_m, y0_m, cell_m, from_x_m, from_y_m, none, none, np.zeros(1, np.int64), to_x_m,
        to_y_m, speed_mps, looks_to_confirm, out_m, out_row, out_col,
    )  # fmt: skip
