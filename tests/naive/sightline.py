"""Slow, obvious twins of the sightline kernels: plain loops over cells, heights in metres, NaN for holes.

All take `heights` (NaN in holes), the observer's `row` and `col`, the height `level` of its eye, the range
`reach` in cells and `bow`, the drop of the earth at one cell's distance; all give lowest visible heights on
the full grid, NaN beyond the range and in holes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

PIT = -1.0e5
NEVER = -1.0e6
Heights = NDArray[np.float64]


def height_at(heights: Heights, row: int, col: int) -> float:
    """Height of a cell; a pit in holes and outside."""
    if not (0 <= row < heights.shape[0] and 0 <= col < heights.shape[1]):
        return PIT
    return PIT if math.isnan(heights[row, col]) else float(heights[row, col])


def between(heights: Heights, row: float, col: float) -> float:
    """Height between two neighbouring cells of a row or of a column."""
    r, c = math.floor(row), math.floor(col)
    if row > r:
        return (1 - (row - r)) * height_at(heights, r, c) + (row - r) * height_at(heights, r + 1, c)
    if col > c:
        return (1 - (col - c)) * height_at(heights, r, c) + (col - c) * height_at(heights, r, c + 1)
    return height_at(heights, r, c)


def _fill(heights: Heights, row: int, col: int, reach: float, seen: Callable[[int, int], float]) -> Heights:
    """Ask `seen(down, right)` for the height in sight above every cell in range; never below ground."""
    out = np.full(heights.shape, np.nan)
    for r in range(heights.shape[0]):
        for c in range(heights.shape[1]):
            down, right = r - row, c - col
            if math.isnan(heights[r, c]) or math.hypot(down, right) > reach:
                continue
            out[r, c] = heights[r, c] if down == right == 0 else max(heights[r, c], seen(down, right))
    return out


def exact(heights: Heights, row: int, col: int, level: float, reach: float, bow: float) -> Heights:
    """R3: for every cell, walk its own line through the rows (or columns) in between."""

    def seen(down: int, right: int) -> float:
        far = max(abs(down), abs(right))
        best = NEVER
        for q in range(1, far):
            at = between(heights, row + down * q / far, col + right * q / far)
            squared = (q / far) ** 2 * (down**2 + right**2)
            best = max(best, (at - bow * squared - level) / q)
        return level + best * far + bow * (down**2 + right**2)

    return _fill(heights, row, col, reach, seen)


def fan(heights: Heights, row: int, col: int, level: float, reach: float, bow: float, rays: int) -> Heights:
    """R2: run every ray of every quadrant, then read each cell between its two neighbouring rays."""
    slopes: dict[tuple[bool, int, int, int], float] = {}
    for steep in (True, False):
        for sign in (-1, 1):
            for ray in range(-rays, rays + 1):
                best = NEVER
                for j in range(1, int(reach) + 1):
                    slopes[steep, sign, ray, j] = best
                    aside = ray * j / rays
                    size = heights.shape[1] if steep else heights.shape[0]
                    at = (row + sign * j, col + aside) if steep else (row + aside, col + sign * j)
                    across = at[1] if steep else at[0]
                    if 0 <= across <= size - 1:
                        squared = j**2 * (1 + (ray / rays) ** 2)
                        best = max(best, (between(heights, *at) - bow * squared - level) / j)

    def seen(down: int, right: int) -> float:
        steep = abs(down) >= abs(right)
        ahead, aside = (down, right) if steep else (right, down)
        j, sign = abs(ahead), 1 if ahead > 0 else -1
        where = aside * rays / j
        left = min(math.floor(where), rays - 1)
        share = where - left
        slope = (1 - share) * slopes[steep, sign, left, j] + share * slopes[steep, sign, left + 1, j]
        return level + slope * j + bow * (down**2 + right**2)

    return _fill(heights, row, col, reach, seen)


def xdraw(heights: Heights, row: int, col: int, level: float, reach: float, bow: float) -> Heights:
    """XDraw in GDAL's words: heights relative to the eye, from the two cells nearer the observer."""
    lines: dict[tuple[int, int], float] = {}

    def known(down: int, right: int) -> bool:
        return 0 <= row + down < heights.shape[0] and 0 <= col + right < heights.shape[1]

    def seen(down: int, right: int) -> float:
        i, j = sorted((abs(down), abs(right)))
        v, h = int(np.sign(down)), int(np.sign(right))
        corner = (down - v, right - h)
        side = (down - v, right) if abs(down) >= abs(right) else (down, right - h)
        parts = [(corner, i), (side, j - i)]
        drop = bow * (down**2 + right**2)
        relative = height_at(heights, row + down, col + right) - level - drop
        if j == 1 or not all(known(*place) for place, weight in parts if weight):
            line = NEVER
        else:
            line = sum(carried(place) * weight for place, weight in parts if weight) / (j - 1)
        lines[down, right] = max(line, relative)
        return level + drop + line

    def carried(place: tuple[int, int]) -> float:
        if place not in lines:
            seen(*place)
        return lines[place]

    return _fill(heights, row, col, reach, seen)
