"""A binary heap of (time, identifier) records, ordered by time and then by identifier."""

from __future__ import annotations

import numpy as np

from egide.kernels.raid_jit import bare


@bare
def heap_push(heap: np.ndarray, count: int, time: float, item: int) -> int:
    """Add an entry and return the new count; the array must have room."""
    at = count
    while at > 0:
        up = (at - 1) >> 1
        if heap[up]["t"] < time or (heap[up]["t"] == time and heap[up]["item"] <= item):
            break
        heap[at]["t"] = heap[up]["t"]
        heap[at]["item"] = heap[up]["item"]
        at = up
    heap[at]["t"] = time
    heap[at]["item"] = item
    return count + 1


@bare
def heap_drop(heap: np.ndarray, count: int) -> int:
    """Remove the first entry (read it at row 0 before) and return the new count."""
    last = count - 1
    time = heap[last]["t"]
    item = heap[last]["item"]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= last:
            break
        low = heap[down]["t"]
        if down + 1 < last:
            right = heap[down + 1]["t"]
            if right < low or (right == low and heap[down + 1]["item"] < heap[down]["item"]):
                down += 1
                low = right
        if time < low or (time == low and item <= heap[down]["item"]):
            break
        heap[at]["t"] = low
        heap[at]["item"] = heap[down]["item"]
        at = down
    heap[at]["t"] = time
    heap[at]["item"] = item
    return last
