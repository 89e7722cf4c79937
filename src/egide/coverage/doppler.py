"""Minimum radial speed: what moving-target processing drops as clutter."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.coverage.arguments import Arguments, Floats


def radial_speed_mps(
    speed_mps: ArrayLike, heading_deg: ArrayLike, bearing_to_target_deg: ArrayLike
) -> Floats:
    """Return the speed of a level target along the line of sight.

    Parameters
    ----------
    speed_mps : array_like
        Ground speed, 0 or more [m/s].
    heading_deg : array_like
        Heading of the target, clockwise from north [deg].
    bearing_to_target_deg : array_like
        Bearing from the sensor to the target [deg].

    Returns
    -------
    ndarray or float
        Radial speed [m/s], positive when it recedes.

    Raises
    ------
    InputError
        For a negative speed or angles that are not finite.
    """
    given = Arguments("radial_speed_mps")
    speed = given.not_negative("speed_mps", speed_mps, "m/s")
    heading = given.finite("heading_deg", heading_deg, "degrees")
    bearing = given.finite("bearing_to_target_deg", bearing_to_target_deg, "degrees")
    given.shapes(speed_mps=speed, heading_deg=heading, bearing_to_target_deg=bearing)
    given.done()
    return np.asarray(speed * np.cos(np.radians(heading - bearing)))[()]


def above_clutter(
    speed_mps: ArrayLike,
    heading_deg: ArrayLike,
    bearing_to_target_deg: ArrayLike,
    min_radial_speed_mps: ArrayLike,
) -> NDArray[np.bool_]:
    """Say whether a target on a heading moves fast enough along the line of sight to be kept.

    Parameters
    ----------
    speed_mps, heading_deg, bearing_to_target_deg
        As `radial_speed_mps`.
    min_radial_speed_mps : array_like
        Speed below which the radar drops a target; 0 if it does not matter [m/s].

    Returns
    -------
    ndarray of bool

    Raises
    ------
    InputError
        As `radial_speed_mps`, and for a negative minimum.
    """
    given = Arguments("above_clutter")
    least = given.not_negative("min_radial_speed_mps", min_radial_speed_mps, "m/s")
    given.done()
    radial = np.abs(radial_speed_mps(speed_mps, heading_deg, bearing_to_target_deg))
    return np.asarray(radial >= least)


def mti_visible_fraction(speed_mps: ArrayLike, min_radial_speed_mps: ArrayLike) -> Floats:
    """Return the share of headings, all equally likely, on which a target is kept.

    Parameters
    ----------
    speed_mps : array_like
        Ground speed, 0 or more [m/s].
    min_radial_speed_mps : array_like
        Speed below which the radar drops a target [m/s].

    Returns
    -------
    ndarray or float
        (2 / pi) arccos(minimum / speed); 1 without a minimum, 0 for a target slower than it [1].

    Raises
    ------
    InputError
        For negative speeds.
    """
    given = Arguments("mti_visible_fraction")
    speed = given.not_negative("speed_mps", speed_mps, "m/s")
    least = given.not_negative("min_radial_speed_mps", min_radial_speed_mps, "m/s")
    given.shapes(speed_mps=speed, min_radial_speed_mps=least)
    given.done()
    with np.errstate(over="ignore"):
        ratio = np.where(least > 0.0, least / np.where(speed > 0.0, speed, 1.0), 0.0)
    ratio = np.where((speed == 0.0) & (least > 0.0), 1.0, ratio)
    return np.asarray(2.0 / math.pi * np.arccos(np.clip(ratio, 0.0, 1.0)))[()]
