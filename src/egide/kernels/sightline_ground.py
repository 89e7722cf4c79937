"""Making a terrain ready for sweeps: padded with pits, turned, and with the highest cell of each square."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.sightline_rays import BLOCK, PIT

_TILE = 64
"""Side of the tiles that are turned at a time, so that both sides of the copy stay in the cache."""


@jit
def pad_and_turn(
    heights: NDArray[np.float32], padded: NDArray[np.float32], turned: NDArray[np.float32]
) -> None:
    """Copy heights with a column of pits on either side, as they are and transposed; holes become pits.

    Parameters
    ----------
    heights : ndarray of float32, shape (rows, cols)
    padded : ndarray of float32, shape (rows, cols + 2)
    turned : ndarray of float32, shape (cols, rows + 2)
    """
    rows, cols = heights.shape
    pit = np.float32(PIT)
    for edge in (0, cols + 1):
        for row in range(rows):
            padded[row, edge] = pit
    for edge in (0, rows + 1):
        for col in range(cols):
            turned[col, edge] = pit
    for top in range(0, rows, _TILE):
        for left in range(0, cols, _TILE):
            for row in range(top, min(top + _TILE, rows)):
                for col in range(left, min(left + _TILE, cols)):
                    height = heights[row, col]
                    kept = pit if math.isnan(height) else height
                    padded[row, col + 1] = kept
                    turned[col, row + 1] = kept


@jit
def highest_of_squares(padded: NDArray[np.float32], peaks: NDArray[np.float32]) -> None:
    """Highest cell of each square of `BLOCK` by `BLOCK`, the last ones possibly cut."""
    peaks[:] = PIT
    for row in range(padded.shape[0]):
        for square in range(peaks.shape[1]):
            top = peaks[row // BLOCK, square]
            for height in padded[row, square * BLOCK : square * BLOCK + BLOCK]:
                if height > top:
                    top = height
            peaks[row // BLOCK, square] = top
