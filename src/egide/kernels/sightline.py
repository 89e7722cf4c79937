"""Lowest visible heights round one observer, by R2: a fan of rays, read between the rays.

R2 after Franklin and Ray, "Higher isn't necessarily better: visibility algorithms and experiments" (1994):
lines of sight are run to the edge of the area and cells inside take their value from the rays that pass.
Two things differ here. A cell takes the value between its two neighbouring rays, not the nearest one's,
which brings the error against exact lines down three to eight times. And squares of terrain whose highest
cell cannot rise above what a chunk of rays has met already are not visited at all; this changes no result.

Rows are swept in bands that share one row of squares. Slopes are kept as they were before each row that is
read, since a cell does not hide itself, and the band is read when all its rays are through.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.sightline_rays import (
    BLOCK,
    CHUNK,
    NEVER,
    Fan,
    Ground,
    Reals,
    advance,
    highest_between,
    lowest_of,
)
from egide.kernels.sightline_reading import Eye, Reading, cells_read, is_read, oriented, write_line


@jit
def _is_hidden(
    fan: Fan, highest: NDArray[np.float32], line: int, eye: Eye, chunk: int, span: tuple[int, int],
    rays: int, j: int, j_last: int,
) -> bool:  # fmt: skip
    """Say whether no cell of rows `j` to `j_last` can steepen any ray of a chunk.

    `highest[line]` has the highest cell of each `BLOCK` columns in those rows.
    """
    left, right = span[0] - rays, span[1] - 1 - rays
    last = highest.shape[1] - 1
    # A ray moves away from the axis as it goes out, so the far row is the wide one.
    west = (eye.col + ((left * fan.steps[j_last if left < 0 else j]) >> 32)) // BLOCK
    east = (eye.col + ((right * fan.steps[j_last if right > 0 else j]) >> 32) + 1) // BLOCK
    top = highest_between(highest[line], min(max(west, 0), last), max(min(east, last), 0))
    rise = top - eye.level
    aside = 0.0 if left <= 0 <= right else min(abs(left), abs(right)) / rays
    steepest = rise / (j if rise > 0.0 else j_last) - eye.bow * j * (1.0 + aside * aside)
    return bool(steepest <= fan.lowest[chunk])


@jit
def _sweep_chunk(
    fan: Fan, ground: Ground, eye: Eye, sign: int, chunk: int, span: tuple[int, int], rays: int,
    j_first: int, j_last: int, reading: Reading,
) -> None:  # fmt: skip
    """Take one chunk of rays through a band, keeping the slopes before each row that is read."""
    first, last = span
    east = ground.heights.shape[1] - 2
    left = eye.col * rays + (first - rays) * (j_last if first < rays else j_first)
    right = eye.col * rays + (last - 1 - rays) * (j_last if last - 1 > rays else j_first)
    inside = left >= rays and right <= east * rays
    block = (eye.row + sign * j_first) // BLOCK
    hidden = _is_hidden(fan, ground.peaks, block, eye, chunk, span, rays, j_first, j_last)
    kept = 0
    for j in range(j_first, j_last + 1):
        row = eye.row + sign * j
        if is_read(reading, row):
            fan.kept[kept, first:last] = fan.slopes[first:last]
            kept += 1
        if hidden:
            continue
        a, b = first, last
        if not inside:  # clip to the columns that have data
            while a < b and eye.col * rays + (a - rays) * j < rays:
                a += 1
            while a < b and eye.col * rays + (b - 1 - rays) * j > east * rays:
                b -= 1
        if a < b:
            step = fan.steps[j]
            advance(fan, ground.heights[row], (eye.col << 32) + (a - rays) * step, step, a, b, j, eye.level)
    if not hidden:
        fan.lowest[chunk] = lowest_of(fan.slopes, first, last)


@jit
def _read_line(
    fan: Fan, kept: Reals, eye: Eye, rays: int, j: int, first: int, stride: int, count: int
) -> None:
    """Read row j between the rays: heights in sight at cells `first`, `first + stride` ... into the line."""
    real = fan.slopes.dtype.type
    scale = (rays << 32) // j
    start = (rays << 32) + first * scale
    at = np.uint64(start)
    jump = np.uint64(stride * scale)
    for q in range(count):
        ray = at >> np.uint64(32)
        fan.left[q] = kept[ray]
        fan.right[q] = kept[ray + np.uint64(1)]
        at += jump
    base = np.uint32(np.uint64(start))
    low_jump = np.uint32(jump)
    far = real(j)
    bow = real(eye.bow)
    level = real(eye.level + eye.bow * j * j)
    word = real(1.0 / 2147483648.0)
    for q in range(count):
        part = np.uint32(base + np.uint32(q) * low_jump)
        weight = real(np.int32(part >> np.uint32(1))) * word
        aside = real(np.int32(first + q * stride))
        near = fan.left[q]
        fan.line[q] = level + (near + weight * (fan.right[q] - near)) * far + bow * aside * aside


@jit
def _read_row(
    fan: Fan, kept: Reals, heights: NDArray[np.float32], eye: Eye, rays: int, j: int, widest: int,
    reading: Reading, out: Reals, start: int, stride: int,
) -> None:  # fmt: skip
    """Put the lowest visible heights of row j into the window; `out[start + stride * block]`."""
    low, high, jump = cells_read(reading, heights.size, eye.col, widest)
    if low <= high:
        count = (high - low) // jump + 1
        _read_line(fan, kept, eye, rays, j, low, jump, count)
        write_line(fan, count, heights, eye.col + low, jump, reading, out, start, stride)


@jit
def quadrant(
    fan: Fan, ground: Ground, eye: Eye, sign: int, rays: int, diagonal: bool, reading: Reading,
    out: Reals, row_stride: int, col_stride: int,
) -> None:  # fmt: skip
    """Sweep one quadrant.

    Parameters
    ----------
    fan : Fan
        Working arrays; `slopes` are left as they are beyond the last row, for a terrain that goes on.
    ground : Ground
        The terrain, or the transposed terrain for west and east.
    eye : Eye
        In the row and column of `ground`.
    sign : int
        -1 towards falling rows, 1 towards rising ones.
    rays : int
        Rays on either side of the axis.
    diagonal : bool
        Whether the cells on the diagonals are this quadrant's to write.
    reading : Reading
        In the rows and columns of `ground`.
    out : ndarray
        Flat window, written where a value is higher than what is there; element
        `row_stride * block_row + col_stride * block_column`.
    row_stride, col_stride : int
        Strides of `out` along the rows and columns of `ground`.
    """
    fan.slopes[:] = fan.start
    fan.lowest[:] = NEVER
    rows = ground.heights.shape[0]
    # Seen from outside, rows count from the first one that has data.
    j = max(1, eye.row - rows + 1 if sign < 0 else -eye.row)
    end = min(int(eye.reach), eye.row if sign < 0 else rows - 1 - eye.row)
    while j <= end:
        row = eye.row + sign * j
        block = row // BLOCK
        rest = row - block * BLOCK if sign < 0 else block * BLOCK + BLOCK - 1 - row
        j_last = min(end, j + rest)
        wide = (eye.reach / j) ** 2 - 1.0
        half = rays if wide >= 1.0 else min(rays, int(math.sqrt(max(wide, 0.0)) * rays) + 2)
        for chunk in range((rays - half) // CHUNK, (rays + half) // CHUNK + 1):
            span = (max(rays - half, chunk * CHUNK), min(rays + half + 1, chunk * CHUNK + CHUNK))
            _sweep_chunk(fan, ground, eye, sign, chunk, span, rays, j, j_last, reading)
        kept = 0
        for at in range(j, j_last + 1):
            row = eye.row + sign * at
            if is_read(reading, row):
                widest = min(int(math.sqrt(eye.reach * eye.reach - at * at)), at if diagonal else at - 1)
                _read_row(
                    fan, fan.kept[kept], ground.heights[row], eye, rays, at, widest, reading, out,
                    row_stride * ((row - reading.row) // reading.factor), col_stride,
                )  # fmt: skip
                kept += 1
        j = j_last + 1


@jit
def around(
    fan: Fan, starts: Reals, ground: Ground, turned: Ground, eye: Eye, rays: int, reading: Reading, out: Reals
) -> None:
    """Sweep all four quadrants: north, south, west, east.

    Parameters
    ----------
    starts : ndarray
        Slopes to begin with in each quadrant, shape (4, 2 * rays + 2); on return the steepest slopes met.
    ground, turned : Ground
        The terrain, and the transposed terrain; both with a column of pits on either side. The row and
        column of `eye` and `reading` count in the terrain without padding.
    out : ndarray
        Flat window of `reading.rows` by `reading.cols` blocks, to be filled with `NEVER` before.
    """
    for way in range(4):
        flat = way < 2
        fan.start[:] = starts[way]
        look, read = oriented(eye, reading, flat)
        quadrant(
            fan, ground if flat else turned, look, -1 if way % 2 == 0 else 1, rays, flat, read, out,
            reading.cols if flat else 1, 1 if flat else reading.cols,
        )  # fmt: skip
        starts[way] = fan.slopes
