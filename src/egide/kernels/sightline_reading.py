"""Which cells of a sweep are wanted, and writing them into the window of a demand grid."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.sightline_rays import NEVER, PIT, Fan, Reals


class Eye(NamedTuple):
    """Where one looks from, in cells of the padded terrain, and how far."""

    row: int
    col: int
    level: float
    """Height of the eye [m]."""
    reach: float
    """Range in cells."""
    bow: float
    """Drop of the earth below the plane at one cell's distance [m]."""


class Reading(NamedTuple):
    """Which cells are read, and where their values go."""

    factor: int
    """Cells along the side of a block of the demand grid."""
    phase: int
    """Row and column that is read in each block; -1 to read all and keep the highest."""
    row: int
    """Row of the terrain where the first block of the window begins."""
    col: int
    """Column of the terrain, likewise."""
    rows: int
    """Blocks in the window, down."""
    cols: int
    """Blocks in the window, across."""


@jit
def oriented(eye: Eye, reading: Reading, flat: bool) -> tuple[Eye, Reading]:
    """Observer and window in the padded rows of the terrain (`flat`) or of the transposed terrain."""
    if flat:
        return (
            Eye(eye.row, eye.col + 1, eye.level, eye.reach, eye.bow),
            Reading(reading.factor, reading.phase, reading.row, reading.col + 1, reading.rows, reading.cols),
        )
    return (
        Eye(eye.col, eye.row + 1, eye.level, eye.reach, eye.bow),
        Reading(reading.factor, reading.phase, reading.col, reading.row + 1, reading.cols, reading.rows),
    )


@jit
def is_read(reading: Reading, row: int) -> bool:
    """Say whether cells of a row are read at all."""
    offset = row - reading.row
    if offset < 0 or offset >= reading.rows * reading.factor:
        return False
    return bool(reading.phase < 0 or offset % reading.factor == reading.phase)


@jit
def cells_read(reading: Reading, width: int, centre: int, widest: int) -> tuple[int, int, int]:
    """First and last cell of a row that are read, counted from the observer's column, and their spacing.

    `width` is the length of the padded row, `centre` the observer's column in it, and `widest` how far
    aside a cell may lie.
    """
    jump = 1 if reading.phase < 0 else reading.factor
    low = max(-widest, 1 - centre, reading.col - centre)
    high = min(widest, width - 2 - centre, reading.col + reading.cols * reading.factor - 1 - centre)
    if reading.phase >= 0:
        low += (reading.phase - (centre + low - reading.col)) % reading.factor
    return low, high, jump


@jit
def write_line(
    fan: Fan, count: int, heights: NDArray[np.float32], column: int, jump: int, reading: Reading,
    out: Reals, start: int, stride: int,
) -> None:  # fmt: skip
    """Write the heights in sight of a line into the window.

    Element q of `fan.line` belongs to cell `column + q * jump` of the row. The block of the demand grid
    that holds it is element `start + stride * block` of the window. A cell that is read alone gets nothing
    in a hole, and otherwise no less than its ground; for the highest of a block that is left to the caller,
    who knows the block's highest ground once for all observers.
    """
    line = fan.line
    block = (column - reading.col) // reading.factor
    if reading.phase < 0:
        write_highest(fan, fan.line, count, column - reading.col, reading.factor, out, start, stride)
        return
    real = line.dtype.type
    nothing, pit = real(NEVER), real(PIT)
    ground = heights[column : column + (count - 1) * jump + 1]
    for q in range(count):
        height = real(ground[q * jump])
        seen = line[q] if line[q] > height else height
        line[q] = seen if height > pit else nothing
    place = start + stride * block
    for q in range(count):
        out[place] = line[q]
        place += stride


@jit
def _pairwise_highest(one: Reals, other: Reals, out: Reals, count: int) -> None:
    for q in range(count):
        out[q] = one[q] if one[q] > other[q] else other[q]


@jit
def write_highest(
    fan: Fan, line: Reals, count: int, offset: int, factor: int, out: Reals, start: int, stride: int
) -> None:
    """Write the highest of each block's cells of a line where it is higher than what the window holds.

    Maxima of runs of 2, 4, 8 ... cells are taken first, as vector code; two overlapping runs make a block.
    """
    runs, spare, other_spare = line, fan.left, fan.right
    width = 1
    while 2 * width <= factor and 2 * width <= count:
        _pairwise_highest(runs, runs[width:], spare, count - 2 * width + 1)
        runs, spare, other_spare = spare, other_spare, spare
        width *= 2
    first = 0
    last = min(count, factor - offset % factor)
    place = start + stride * (offset // factor)
    while first < count:
        best = line[first]
        if last - first >= width:
            one, other = runs[first], runs[last - width]
            best = one if one > other else other
        else:
            for q in range(first + 1, last):
                best = line[q] if line[q] > best else best
        if best > out[place]:
            out[place] = best
        first = last
        last = min(count, last + factor)
        place += stride


@jit
def encode(
    window: Reals, cols: int, first: tuple[float, float], spacing: float, reach: float, quantum: float,
    offset: float, codes: NDArray[np.uint16],
) -> None:  # fmt: skip
    """Turn heights into steps of `quantum` above `-offset`, rounded up; 65535 for NaN, nothing and too high.

    `quantum` is a power of two, so that steps are exact. `first` is where the window's first block has its
    centre, in cells down and right of the observer, `spacing` the distance to the next; blocks whose centre
    lies farther than `reach` get nothing.
    """
    for row in range(codes.size // cols):
        down = first[0] + spacing * row
        for col in range(cols):
            right = first[1] + spacing * col
            place = row * cols + col
            height = float(window[place])
            if not height > PIT or down * down + right * right > reach * reach:
                codes[place] = 65535
            else:
                codes[place] = min(max(math.ceil((height + offset) * (1.0 / quantum)), 0), 65535)
