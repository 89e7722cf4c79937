"""Slow, obvious twin of `egide.kernels.terrain_noise`."""

import math

from egide.kernels.rng import normal


def noise_one(row, col, cells, seed, trial, stream):
    """Standard normal error at one cell."""
    i, j = math.floor(row / cells), math.floor(col / cells)
    v, u = row / cells - i, col / cells - j
    corners = [
        (i, j, (1 - v) * (1 - u)),
        (i, j + 1, (1 - v) * u),
        (i + 1, j, v * (1 - u)),
        (i + 1, j + 1, v * u),
    ]
    total = sum(weight * normal(seed, trial, stream, a * 2**20 + b) for a, b, weight in corners)
    return total / math.sqrt(sum(weight**2 for _, _, weight in corners))
