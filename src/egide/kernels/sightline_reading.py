"""Which cells of a sweep are wanted, and writing them into the window of a demand grid."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.sightline_rays import PIT, Reals


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
    line: Reals, count: int, heights: NDArray[np.float32], column: int, jump: int, reading: Reading,
    out: Reals, start: int, stride: int,
) -> None:  # fmt: skip
    """Write heights in sight, never below ground, where they are higher than what the window holds.

    Element q of the line belongs to cell `column + q * jump` of the row; a hole gives nothing. The block
    of the demand grid that holds it is element `start + stride * block` of the window.
    """
    real = out.dtype.type
    offset = column - reading.col
    for q in range(count):
        ground = real(heights[column + q * jump])
        if ground > PIT:
            value = line[q] if line[q] > ground else ground
            place = start + stride * ((offset + q * jump) // reading.factor)
            if value > out[place]:
                out[place] = value


@jit
def encode(
    window: Reals, cols: int, first: tuple[float, float], spacing: float, reach: float, quantum: float,
    offset: float, codes: NDArray[np.uint16],
) -> None:  # fmt: skip
    """Turn heights into steps of `quantum` above `-offset`, rounded up; 65535 where there is nothing.

    `first` is where the window's first block has its centre, in cells down and right of the observer,
    `spacing` the distance to the next; blocks whose centre lies farther than `reach` get nothing.
    """
    for place in range(codes.size):
        down = first[0] + spacing * (place // cols)
        right = first[1] + spacing * (place % cols)
        height = float(window[place])
        if height <= PIT or down * down + right * right > reach * reach:
            codes[place] = 65535
        else:
            codes[place] = min(max(math.ceil((height + offset) / quantum), 0), 65534)
