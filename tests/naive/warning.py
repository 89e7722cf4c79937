"""Slow, obvious twin of `egide.kernels.warning`."""

import itertools
import math


def place_along(points, along):
    """Point of a way of straight legs after so many metres."""
    for here, there in itertools.pairwise(points):
        leg = math.dist(here, there)
        if along <= leg or there is points[-1]:
            f = along / leg if leg else 0.0
            return here[0] + f * (there[0] - here[0]), here[1] + f * (there[1] - here[1])
        along -= leg
    raise AssertionError("a way has two points or more")


def confirmed_distance_one(looks_per_s, x0_m, y0_m, cell_m, points, speed_mps, looks_to_confirm):
    """Walk one route in half-cell steps; distance left when the track is confirmed, or NaN."""
    length = sum(math.dist(here, there) for here, there in itertools.pairwise(points))
    step = cell_m / 2
    stops = [min(s * step, length) for s in range(math.ceil(length / step) + 1)]
    rates = []
    for along in stops:
        x, y = place_along(points, along)
        col = math.floor((x - x0_m) / cell_m + 0.5)
        row = math.floor((y0_m - y) / cell_m + 0.5)
        inside = 0 <= row < len(looks_per_s) and 0 <= col < len(looks_per_s[0])
        rates.append(float(looks_per_s[row][col]) if inside else 0.0)
    for s, rate in enumerate(rates):
        if rate <= 0.0 or stops[s] >= length:
            continue
        first = s
        while first > 0 and rates[first - 1] > 0.0:
            first -= 1
        if sum(r * step / speed_mps for r in rates[first:s]) >= looks_to_confirm - 1e-9:
            return length - stops[s]
    return math.nan
