"""Correlated errors of an elevation model, by address: the same error at a cell whatever is computed first."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.rng import normal


@jit
def add_noise(
    heights_m: NDArray[np.float32],
    error_m: float,
    cells: float,
    seed: int,
    trial: int,
    stream: int,
    out_m: NDArray[np.float32],
) -> None:
    """Write heights with a normal error of standard deviation `error_m` that varies over `cells` cells.

    Standard normals stand on nodes every `cells` cells; between them they are read bilinearly and divided by
    the root of the sum of the squared weights, so that the variance is the same everywhere. Heights of
    exactly zero are sea and stay; NaN stays.
    """
    rows, cols = heights_m.shape
    node_rows = math.floor((rows - 1) / cells) + 2
    node_cols = math.floor((cols - 1) / cells) + 2
    nodes = np.empty((node_rows, node_cols))
    for i in range(node_rows):
        for j in range(node_cols):
            nodes[i, j] = normal(seed, trial, stream, i * 1048576 + j)
    for r in range(rows):
        y = r / cells
        i = math.floor(y)
        v = y - i
        for c in range(cols):
            height = heights_m[r, c]
            if height == 0.0 or math.isnan(height):
                out_m[r, c] = height
                continue
            x = c / cells
            j = math.floor(x)
            u = x - j
            mean = (
                (1.0 - v) * ((1.0 - u) * nodes[i, j] + u * nodes[i, j + 1])
                + v * ((1.0 - u) * nodes[i + 1, j] + u * nodes[i + 1, j + 1])
            )  # fmt: skip
            spread = math.sqrt(((1.0 - u) ** 2 + u**2) * ((1.0 - v) ** 2 + v**2))
            out_m[r, c] = height + error_m * mean / spread
