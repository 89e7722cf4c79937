"""Slow, obvious twin of `egide.kernels.prominence`: lower the sea under each cell until a higher one is met."""

import numpy as np


def island(heights, land, start, sea):
    """Cells that hang together with a cell at or above a sea level."""
    rows, cols = heights.shape
    seen, front = {start}, [start]
    while front:
        row, col = front.pop()
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(col - 1, 0), min(col + 2, cols)):
                if (r, c) not in seen and land[r, c] and heights[r, c] >= sea:
                    seen.add((r, c))
                    front.append((r, c))
    return seen


def prominence(heights, order):
    """Prominence of every cell; of equal heights the first in the order is the higher."""
    rank = {divmod(int(cell), heights.shape[1]): number for number, cell in enumerate(order)}
    land = np.zeros(heights.shape, dtype=bool)
    land.ravel()[order] = True
    out = np.zeros(heights.shape)
    levels = sorted({float(heights[cell]) for cell in rank}, reverse=True)
    for cell, number in rank.items():
        for sea in (level for level in levels if level <= heights[cell]):
            met = island(heights, land, cell, sea)
            if any(rank[other] < number for other in met):
                out[cell] = heights[cell] - sea
                break
        else:
            out[cell] = heights[cell] - min(heights[other] for other in met)
    return out
