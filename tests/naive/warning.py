"""Slow, obvious twin of `egide.kernels.warning`."""

import math


def confirmed_distance_one(seen, x0_m, y0_m, cell_m, start, target, confirm_m):
    """Walk one route in half-cell steps; distance left when the track is confirmed, or NaN."""
    length = math.dist(start, target)
    step = cell_m / 2
    stops = [min(s * step, length) for s in range(math.ceil(length / step) + 1)]
    flags = []
    for along in stops:
        f = along / length if length else 0.0
        x = start[0] + f * (target[0] - start[0])
        y = start[1] + f * (target[1] - start[1])
        col = math.floor((x - x0_m) / cell_m + 0.5)
        row = math.floor((y0_m - y) / cell_m + 0.5)
        inside = 0 <= row < len(seen) and 0 <= col < len(seen[0])
        flags.append(bool(inside and seen[row][col]))
    need = math.ceil(confirm_m / step) if confirm_m > 0 else 0
    for s, flag in enumerate(flags):
        if flag and s >= need and all(flags[s - need : s + 1]):
            return length - stops[s]
    return math.nan
