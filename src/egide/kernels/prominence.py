"""Prominence of every summit of a height map, by filling it from above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


@jit
def _root(parent: NDArray[np.int64], cell: int) -> int:
    """Cell that stands for the island a cell is on; halves the way there."""
    while parent[cell] != cell:
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
    return cell


@jit
def prominence(heights: NDArray[np.float64], order: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    """Height of each summit above the highest saddle to a higher one; 0 for cells that are no summit.

    Cells rise from the sea in falling order of height; when two islands meet, the lower summit's prominence
    is its height above the cell where they meet. The highest summit of land that hangs together counts from
    its lowest cell. Of equal summits the first in the order counts as the higher.

    Parameters
    ----------
    heights : ndarray
        Shape (rows, cols).
    order : ndarray of int
        Flat numbers of the cells that are land, by falling height.
    out : ndarray
        Prominence, shape (rows, cols).
    """
    rows, cols = heights.shape
    flat = heights.ravel()
    parent = np.full(flat.size, -1, dtype=np.int64)
    # An island is stood for by its summit, so that summits are compared by their place in the order.
    rank = np.zeros(flat.size, dtype=np.int64)
    result = out.ravel()
    result[:] = 0.0
    for number in range(order.size):
        cell = order[number]
        rank[cell] = number
        parent[cell] = cell
        row = cell // cols
        col = cell % cols
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(col - 1, 0), min(col + 2, cols)):
                other = r * cols + c
                if other == cell or parent[other] < 0:
                    continue
                mine = _root(parent, cell)
                theirs = _root(parent, other)
                if mine == theirs:
                    continue
                higher, lower = mine, theirs
                if rank[theirs] < rank[mine]:
                    higher, lower = theirs, mine
                result[lower] = flat[lower] - flat[cell]
                parent[lower] = higher
    lowest = np.full(flat.size, np.inf)
    for number in range(order.size):
        cell = order[number]
        root = _root(parent, cell)
        lowest[root] = min(lowest[root], flat[cell])
    for number in range(order.size):
        cell = order[number]
        if parent[cell] == cell:
            result[cell] = flat[cell] - lowest[cell]
