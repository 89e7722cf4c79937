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
    HALF_WORD,
    NEVER,
    Fan,
    Ground,
    Reals,
    highest_between,
    lowest_of,
    meet_band,
)
from egide.kernels.sightline_reading import (
    Eye,
    Reading,
    cells_read,
    is_read,
    oriented,
    write_highest,
    write_line,
)


@jit
def _is_hidden(
    fan: Fan, ground: Ground, eye: Eye, sign: int, chunk: int, span: tuple[int, int], rays: int,
    j: int, j_last: int,
) -> bool:  # fmt: skip
    """Say whether no cell of rows `j` to `j_last` can steepen any ray of a chunk."""
    left, right = span[0] - rays, span[1] - 1 - rays
    peaks = ground.peaks[(eye.row + sign * j) // BLOCK]
    # A ray moves away from the axis as it goes out, so the far row is the wide one.
    west = (eye.col + ((left * fan.steps[j_last if left < 0 else j]) >> 32)) // BLOCK
    east = (eye.col + ((right * fan.steps[j_last if right > 0 else j]) >> 32) + 1) // BLOCK
    top = highest_between(peaks, min(max(west, 0), peaks.size - 1), max(min(east, peaks.size - 1), 0))
    rise = top - eye.level
    aside = 0.0 if left <= 0 <= right else min(abs(left), abs(right)) / rays
    steepest = rise / (j if rise > 0.0 else j_last) - eye.bow * j * (1.0 + aside * aside)
    return bool(steepest <= fan.lowest[chunk])


@jit
def _sweep_band(
    fan: Fan, ground: Ground, eye: Eye, sign: int, rays: int, j: int, j_last: int, reading: Reading
) -> None:
    """Take all rays in range through the rows `j` to `j_last`, which share a row of squares."""
    for at in range(j, j_last + 1):
        fan.is_read[at - j] = is_read(reading, eye.row + sign * at)
    wide = (eye.reach / j) ** 2 - 1.0
    half = rays if wide >= 1.0 else min(rays, int(math.sqrt(max(wide, 0.0)) * rays) + 2)
    for chunk in range((rays - half) // CHUNK, (rays + half) // CHUNK + 1):
        span = (max(rays - half, chunk * CHUNK), min(rays + half + 1, chunk * CHUNK + CHUNK))
        hidden = _is_hidden(fan, ground, eye, sign, chunk, span, rays, j, j_last)
        meet_band(fan, ground.heights, eye.row, sign, eye.col, eye.level, rays, span, j, j_last, hidden)
        if not hidden:
            fan.lowest[chunk] = lowest_of(fan.slopes, span[0], span[1])


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
    word, one = real(HALF_WORD), real(1.0)
    for q in range(count):
        part = np.uint32(base + np.uint32(q) * low_jump)
        weight = real(np.int32(part >> np.uint32(1))) * word
        aside = real(np.int32(first + q * stride))
        # As two products, because a ray that met nothing is too far down for a difference to be exact.
        slope = fan.left[q] * (one - weight) + fan.right[q] * weight
        fan.line[q] = level + slope * far + bow * aside * aside


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
def _read_band(
    fan: Fan, heights: NDArray[np.float32], eye: Eye, sign: int, rays: int, j: int, j_last: int,
    diagonal: bool, reading: Reading, out: Reals, row_stride: int, stride: int,
) -> None:  # fmt: skip
    """Put the cells that are read in rows `j` to `j_last` into the window."""
    kept = 0
    for at in range(j, j_last + 1):
        row = eye.row + sign * at
        if fan.is_read[at - j]:
            _read_row(
                fan, fan.kept[kept], heights[row], eye, rays, at, _widest(eye, at, diagonal), reading, out,
                row_stride * ((row - reading.row) // reading.factor), stride,
            )  # fmt: skip
            kept += 1


@jit
def _raise_to_line(best: Reals, line: Reals, count: int) -> None:
    for q in range(count):
        best[q] = line[q] if line[q] > best[q] else best[q]


@jit
def _widest(eye: Eye, at: int, diagonal: bool) -> int:
    """How far aside the cells of row `at` are this quadrant's to write."""
    return min(int(math.sqrt(eye.reach * eye.reach - at * at)), at if diagonal else at - 1)


@jit
def _read_highest(
    fan: Fan, width: int, eye: Eye, sign: int, rays: int, j: int, j_last: int, diagonal: bool,
    reading: Reading, out: Reals, row_stride: int, stride: int,
) -> None:  # fmt: skip
    """Put the highest of each block's cells in rows `j` to `j_last` into the window.

    Rows of one row of blocks are first made one line, since the maxima along a line cost more than reading it.
    """
    real = fan.best.dtype.type
    at, kept = j, 0
    while at <= j_last:
        if not fan.is_read[at - j]:
            at += 1
            continue
        block = (eye.row + sign * at - reading.row) // reading.factor
        last, west, east = at, eye.reach, -eye.reach
        while last <= j_last and fan.is_read[last - j]:
            if (eye.row + sign * last - reading.row) // reading.factor != block:
                break
            low, high, _ = cells_read(reading, width, eye.col, _widest(eye, last, diagonal))
            if low <= high:
                west, east = min(west, low), max(east, high)
            last += 1
        first, count = int(west), max(int(east) - int(west) + 1, 0)
        fan.best[:count] = real(NEVER)
        while at < last:
            low, high, _ = cells_read(reading, width, eye.col, _widest(eye, at, diagonal))
            if low <= high:
                _read_line(fan, fan.kept[kept], eye, rays, at, low, 1, high - low + 1)
                _raise_to_line(fan.best[low - first :], fan.line, high - low + 1)
            at += 1
            kept += 1
        if count > 0:
            offset = eye.col + first - reading.col
            write_highest(fan, fan.best, count, offset, reading.factor, out, row_stride * block, stride)


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
        _sweep_band(fan, ground, eye, sign, rays, j, j_last, reading)
        if reading.phase < 0:
            _read_highest(
                fan, ground.heights.shape[1], eye, sign, rays, j, j_last, diagonal, reading, out, row_stride,
                col_stride,
            )  # fmt: skip
        else:
            _read_band(
                fan,
                ground.heights,
                eye,
                sign,
                rays,
                j,
                j_last,
                diagonal,
                reading,
                out,
                row_stride,
                col_stride,
            )
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
