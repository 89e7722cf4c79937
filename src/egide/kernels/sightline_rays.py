"""The rays of one quadrant: carrying the steepest slope outwards, row by row of the terrain.

A quadrant is the quarter of the map within 45 degrees of one of the grid's four directions. Its rows are
rows of the terrain for north and south, and rows of the transposed terrain for west and east, so that a
row always lies in one stretch of memory. Ray number r of `rays` crosses row j at column `r * j / rays`,
with r from -rays to rays.

What a ray carries is the steepest slope met so far, in metres of height for one row of distance, with the
earth's curvature folded in: a sample of height z at row j counts `(z - eye) / j - bend * j`, and whatever
lies on row j is in sight from `eye + (slope + bend * j) * j` upwards.

Columns are computed in fixed point, 32 bits after the point, so that a ray and its mirror image take the
same samples. Gathering the two neighbours of each sample is kept apart from the arithmetic, because only
the arithmetic becomes vector code.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit

NEVER: Final = -1.0e6
"""Slope of a ray that has met nothing; below any real one, yet small enough to be weighted exactly."""

PIT: Final = -1.0e5
"""Height that stands for a hole or for outside; a sample beside one falls into it and blocks nothing [m]."""

BLOCK: Final = 16
"""Side of the squares whose highest cell is kept, and number of rows swept at a time."""

CHUNK: Final = 128
"""Rays that are skipped or swept together."""

HALF_WORD: Final = 1.0 / 2147483648.0
"""Value of the lowest of the 31 bits after the point that a weight is made from."""

Reals = NDArray[np.floating]


class Ground(NamedTuple):
    """Terrain in one orientation, with a column of pits on either side."""

    heights: NDArray[np.float32]
    """Heights [m], shape (rows, columns + 2), `PIT` in holes."""
    peaks: NDArray[np.float32]
    """Highest cell of each square of `BLOCK` by `BLOCK` [m]."""


class Fan(NamedTuple):
    """Working arrays of a quadrant; the type of `slopes` is the precision of the arithmetic."""

    slopes: Reals
    """Steepest slope of each ray so far, shape (2 * rays + 2,); the last is padding."""
    start: Reals
    """What `slopes` begins with."""
    bend: Reals
    """Drop of the earth below the plane along each ray at row one [m]; at row j, j squared times that."""
    steps: NDArray[np.int64]
    """Columns from one ray to the next at each row, in fixed point."""
    lowest: Reals
    """A lower bound on the slopes of each chunk."""
    is_read: NDArray[np.bool_]
    """Which rows of the present band are read, shape (BLOCK,)."""
    kept: Reals
    """Slopes as they were before rows that are read later, shape (BLOCK, 2 * rays + 2)."""
    left: Reals
    """Gathered values left of each sample; at least as long as a chunk and as a line."""
    right: Reals
    """Gathered values right of each sample."""
    line: Reals
    """One line of results."""
    best: Reals
    """Highest of several lines, column by column; at least as long as a line."""


@jit
def meet_band(
    fan: Fan, heights: NDArray[np.float32], row: int, sign: int, column: int, level: float, rays: int,
    span: tuple[int, int], j_first: int, j_last: int, hidden: bool,
) -> None:  # fmt: skip
    """Let the rays of a chunk meet rows `j_first` to `j_last`, or pass over them when those are hidden.

    The observer stands in `row` and `column` with its eye at `level`. Slopes before each row that is read
    (`fan.is_read`) are kept. Indices are unsigned, since a negative one would mean counting from the end
    and keep the loops from becoming vector code.
    """
    real = fan.slopes.dtype.type
    first, last = span
    slopes, bend = fan.slopes[first:last], fan.bend[first:last]
    word, flat = real(HALF_WORD), real(level)
    east = heights.shape[1] - 2
    kept = 0
    for j in range(j_first, j_last + 1):
        if fan.is_read[j - j_first]:
            before = fan.kept[kept, first:last]
            for q in range(np.uint64(0), np.uint64(last - first)):
                before[q] = slopes[q]
            kept += 1
        if hidden:
            continue
        # Rays that cross the row where there is terrain; the outermost ones may not.
        low, high = first, last
        while low < high and column * rays + (low - rays) * j < rays:
            low += 1
        while low < high and column * rays + (high - 1 - rays) * j > east * rays:
            high -= 1
        begin, end = np.uint64(low - first), np.uint64(high - first)
        jump = np.uint64(fan.steps[j])
        start = np.uint64((column << 32) + (low - rays) * fan.steps[j])
        line = np.uint64(row + sign * j)
        at = start
        for q in range(begin, end):
            cell = at >> np.uint64(32)
            fan.left[q] = heights[line, cell]
            fan.right[q] = heights[line, cell + np.uint64(1)]
            at += jump
        base, low_jump = np.uint32(start - begin * jump), np.uint32(jump)
        inverse, far = real(1.0 / j), real(j)
        for q in range(begin, end):
            part = np.uint32(base + np.uint32(q) * low_jump)
            weight = real(np.int32(part >> np.uint32(1))) * word
            near = fan.left[q]
            slope = (near + weight * (fan.right[q] - near) - flat) * inverse - bend[q] * far
            old = slopes[q]
            # Written elsewhere first: a store into the array that was read would be masked, and slow.
            fan.line[q] = slope if slope > old else old
        for q in range(begin, end):
            slopes[q] = fan.line[q]


@jit
def lowest_of(values: Reals, first: int, last: int) -> float:
    """Smallest of a run of values."""
    low = float(values[first])
    for q in range(first + 1, last):
        if values[q] < low:
            low = float(values[q])
    return low


@jit
def highest_between(line: NDArray[np.float32], first: int, last: int) -> float:
    """Greatest value of a line from place `first` to place `last`."""
    top = float(line[first])
    for q in range(first + 1, last + 1):
        if line[q] > top:
            top = float(line[q])
    return top
