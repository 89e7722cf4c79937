"""Lowest visible heights by R3: one exact line of sight to every cell; the oracle, slow.

A line is sampled where it crosses the rows of the terrain (the columns, when it runs more east than
north), between the two nearest cell centres. The samples of the line from A to B are those of B to A, so
sight is reciprocal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.sightline_rays import NEVER, PIT
from egide.kernels.sightline_reading import Eye


@jit
def _height(heights: NDArray[np.float64], row: int, col: int) -> float:
    inside = 0 <= row < heights.shape[0] and 0 <= col < heights.shape[1]
    return float(heights[row, col]) if inside else PIT


@jit
def _sample(heights: NDArray[np.float64], eye: Eye, steep: bool, sign: int, q: int, i: int, j: int) -> float:
    """Height where the line to the cell i aside and j ahead crosses row q."""
    whole = (i * q) // j
    part = (i * q - whole * j) / j
    row, col = (eye.row + sign * q, eye.col + whole) if steep else (eye.row + whole, eye.col + sign * q)
    near = _height(heights, row, col)
    if part == 0.0:
        return near
    far = _height(heights, row, col + 1) if steep else _height(heights, row + 1, col)
    return near + part * (far - near)


@jit
def slope_to(heights: NDArray[np.float64], eye: Eye, down: int, right: int) -> float:
    """Steepest slope met on the line to a cell `down` rows and `right` columns away, its end left out.

    In metres for one row of distance, with the earth's curvature folded in.
    """
    steep = abs(down) >= abs(right)
    ahead, i = (down, right) if steep else (right, down)
    j = abs(ahead)
    sign = 1 if ahead > 0 else -1
    bend = eye.bow * (1.0 + (i / j) ** 2) if j > 0 else 0.0
    best = NEVER
    for q in range(1, j):
        slope = (_sample(heights, eye, steep, sign, q, i, j) - eye.level) / q - bend * q
        best = max(best, slope)
    return best


@jit
def cells_exact(
    heights: NDArray[np.float64],
    eye: Eye,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Lowest visible heights at the cells where some rows and columns meet.

    `heights` has `PIT` in holes and no padding. `out`, shape (rows, cols), is left as it is beyond the range
    and in holes.
    """
    for a in range(rows.size):
        down = rows[a] - eye.row
        for b in range(cols.size):
            right = cols[b] - eye.col
            ground = heights[rows[a], cols[b]]
            if down * down + right * right > eye.reach * eye.reach or ground <= PIT:
                continue
            out[a, b] = ground
            j = max(abs(down), abs(right))
            if j > 0:
                drop = eye.bow * (down * down + right * right)
                out[a, b] = max(ground, eye.level + slope_to(heights, eye, down, right) * j + drop)
