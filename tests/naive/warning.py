"""Slow, obvious twin of `egide.kernels.warning`."""

import math


def confirmed_distance_one(looks_per_s, x0_m, y0_m, cell_m, start, target, speed_mps, looks_to_confirm):
    """Walk one route in half-cell steps; distance left when the track is confirmed, or NaN."""
    length = math.dist(start, target)
    step = cell_m / 2
    stops = [min(s * step, length) for s in range(math.ceil(length / step) + 1)]
    rates = []
    for along in stops:
        f = along / length if length else 0.0
        x = start[0] + f * (target[0] - start[0])
        y = start[1] + f * (target[1] - start[1])
        col = math.floor((x - x0_m) / cell_m + 0.5)
        row = math.floor((y0_m - y) / cell_m + 0.5)
        inside = 0 <= row < len(looks_per_s) and 0 <= col < len(looks_per_s[0])
        rates.append(float(looks_per_s[row][col]) if inside else 0.0)
    for s, rate in enumerate(rates):
        if rate <= 0.0:
            continue
        first = s
        while first > 0 and rates[first - 1] > 0.0:
            first -= 1
        if sum(r * step / speed_mps for r in rates[first:s]) >= looks_to_confirm - 1e-9:
            return length - stops[s]
    return math.nan
