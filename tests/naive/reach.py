"""Slow, obvious twin of `egide.kernels.reach`."""

import math


def reach_one(
    lowest_m, east_m, north_m, antenna_amsl_m, x_m, y_m, amsl_m, min_range_m, max_range_m,
    bearing_deg, sector_deg, elevation_min_deg, elevation_max_deg, radius_m,
):  # fmt: skip
    """Say whether one point is reached; `lowest_m` is its lowest visible height or infinity."""
    ground = math.hypot(x_m - east_m, y_m - north_m)
    rise = amsl_m - antenna_amsl_m
    slant = math.hypot(ground, rise)
    azimuth = math.degrees(math.atan2(x_m - east_m, y_m - north_m))
    turn = abs((azimuth - bearing_deg + 180.0) % 360.0 - 180.0)
    in_sector = sector_deg >= 360.0 or ground == 0.0 or turn <= sector_deg / 2 + 1e-9
    elevation = math.degrees(math.atan2(rise - ground**2 / (2 * radius_m), ground))
    return (
        min_range_m <= slant <= max_range_m
        and in_sector
        and elevation_min_deg <= elevation <= elevation_max_deg
        and amsl_m >= lowest_m
    )
