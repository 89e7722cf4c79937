"""Beams, horizons and elevation angles over a round earth enlarged by refraction.

Two conventions for "4/3 earth" are in use. k = 4/3 exactly with R = 6371 km gives an effective radius of
8,494,667 m and is the default here; a refractivity gradient of -39e-9 per metre gives 8,477,361.5 m.
Every function takes the effective radius itself, so either may be used, and an infinite one is a flat
earth. Heights are above mean sea level, angles are degrees above the local horizontal.

References
----------
.. [1] R. J. Doviak and D. S. Zrnic, *Doppler Radar and Weather Observations*, 2nd ed., eq. 2.28.
.. [2] L. V. Blake, *Radar Range-Performance Analysis*, Artech House, 1986.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from egide.coverage.arguments import Arguments, Floats
from egide.units import EARTH_RADIUS_M, K_FOUR_THIRDS

FOUR_THIRDS_EARTH_M: Final = K_FOUR_THIRDS * EARTH_RADIUS_M
"""Effective radius of the default convention [m]: 8,494,667 m."""


def effective_earth_radius_m(
    k_factor: float = K_FOUR_THIRDS, *, earth_radius_m: float = EARTH_RADIUS_M
) -> float:
    """Return the effective radius of the earth for a k-factor.

    Parameters
    ----------
    k_factor : float
        Ratio of the effective to the true radius, above 0; infinite for a flat earth.
    earth_radius_m : float
        True radius [m].

    Returns
    -------
    float
        Effective radius [m].

    Raises
    ------
    InputError
        If either is not above zero.
    """
    given = Arguments("effective_earth_radius_m")
    k = given.number("k_factor", k_factor, above=0.0)
    radius = given.positive("earth_radius_m", earth_radius_m, "m")
    given.done()
    return float(k * radius)


def beam_height_m(
    slant_range_m: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the height of a beam at a slant range, above mean sea level.

    Parameters
    ----------
    slant_range_m : array_like
        Along the beam, 0 or more [m].
    elevation_deg : array_like
        Elevation of the beam at the antenna, -90 to 90 [deg].
    antenna_height_amsl_m : array_like
        Height of the antenna [m].
    effective_radius_m : float
        Effective radius of the earth [m]; infinite for a flat earth.

    Returns
    -------
    ndarray or float
        Height [m].

    Raises
    ------
    InputError
        For negative ranges and angles beyond +-90 degrees.
    """
    given = Arguments("beam_height_m")
    r, sine, _, base, c = _beam(
        given, slant_range_m, elevation_deg, antenna_height_amsl_m, effective_radius_m
    )
    scale = 1.0 + base * c
    # The textbook root minus the radius loses all digits on a flat earth; this is the same number.
    root = np.sqrt(np.maximum(scale**2 + c * r * (c * r + 2.0 * scale * sine), 0.0))
    return np.asarray(base + r * (c * r + 2.0 * scale * sine) / (root + scale))[()]


def beam_ground_range_m(
    slant_range_m: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the distance along sea level to the point below a beam at a slant range.

    Parameters
    ----------
    slant_range_m, elevation_deg, antenna_height_amsl_m, effective_radius_m
        As `beam_height_m`.

    Returns
    -------
    ndarray or float
        Ground range [m].

    Raises
    ------
    InputError
        As `beam_height_m`.
    """
    given = Arguments("beam_ground_range_m")
    r, sine, cosine, base, c = _beam(
        given, slant_range_m, elevation_deg, antenna_height_amsl_m, effective_radius_m
    )
    if c == 0.0:
        return np.asarray(r * cosine + 0.0 * base)[()]
    return np.asarray(np.arctan2(c * r * cosine, 1.0 + base * c + c * r * sine) / c)[()]


def horizon_range_m(height_m: ArrayLike, effective_radius_m: float = FOUR_THIRDS_EARTH_M) -> Floats:
    """Return the slant range from a height to the smooth earth's horizon.

    Parameters
    ----------
    height_m : array_like
        Height above the smooth earth, 0 or more [m].
    effective_radius_m : float
        Effective radius of the earth [m]; infinite for a flat earth, which has no horizon.

    Returns
    -------
    ndarray or float
        Range [m]; infinite over a flat earth.

    Raises
    ------
    InputError
        For a negative height or a radius not above zero.
    """
    given = Arguments("horizon_range_m")
    height = given.not_negative("height_m", height_m, "m")
    radius = given.number("effective_radius_m", effective_radius_m, above=0.0, unit="m")
    given.done()
    if math.isinf(radius):
        return np.full_like(height, math.inf)[()]
    return np.asarray(np.sqrt(height * (2.0 * radius + height)))[()]


def line_of_sight_range_m(
    antenna_height_m: ArrayLike,
    target_height_m: ArrayLike,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the greatest slant range at which two heights see each other over a smooth earth.

    Parameters
    ----------
    antenna_height_m, target_height_m : array_like
        Heights above the smooth earth, 0 or more [m].
    effective_radius_m : float
        Effective radius of the earth [m].

    Returns
    -------
    ndarray or float
        The two horizon ranges added [m]: the line that grazes the earth.

    Raises
    ------
    InputError
        As `horizon_range_m`.
    """
    here = horizon_range_m(antenna_height_m, effective_radius_m)
    there = horizon_range_m(target_height_m, effective_radius_m)
    return np.asarray(here + there)[()]


def elevation_to_target_deg(
    ground_range_m: ArrayLike,
    target_height_amsl_m: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the elevation angle of a target at a ground range and height.

    Parameters
    ----------
    ground_range_m : array_like
        Along sea level, 0 or more [m].
    target_height_amsl_m, antenna_height_amsl_m : array_like
        Heights [m].
    effective_radius_m : float
        Effective radius of the earth [m]; infinite for a flat earth.

    Returns
    -------
    ndarray or float
        Elevation at the antenna [deg]; a target at the antenna itself is at 0.

    Raises
    ------
    InputError
        For a negative ground range or a radius not above zero.
    """
    east, rise = _offsets(
        Arguments("elevation_to_target_deg"), ground_range_m, target_height_amsl_m,
        antenna_height_amsl_m, effective_radius_m,
    )  # fmt: skip
    return np.asarray(np.degrees(np.arctan2(rise, east)))[()]


def slant_range_m(
    ground_range_m: ArrayLike,
    target_height_amsl_m: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the slant range to a target at a ground range and height.

    Parameters
    ----------
    ground_range_m, target_height_amsl_m, antenna_height_amsl_m, effective_radius_m
        As `elevation_to_target_deg`.

    Returns
    -------
    ndarray or float
        Slant range [m].

    Raises
    ------
    InputError
        As `elevation_to_target_deg`.
    """
    east, rise = _offsets(
        Arguments("slant_range_m"), ground_range_m, target_height_amsl_m,
        antenna_height_amsl_m, effective_radius_m,
    )  # fmt: skip
    return np.asarray(np.hypot(east, rise))[()]


def elevation_of_slant_deg(
    slant_range_m: ArrayLike,
    target_height_amsl_m: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the elevation angle of a target at a slant range and height.

    Parameters
    ----------
    slant_range_m : array_like
        To the target, above 0 [m].
    target_height_amsl_m, antenna_height_amsl_m : array_like
        Heights [m].
    effective_radius_m : float
        Effective radius of the earth [m]; infinite for a flat earth.

    Returns
    -------
    ndarray or float
        Elevation at the antenna [deg]; NaN where no such triangle exists (a height further off than the
        slant range).

    Raises
    ------
    InputError
        For a range or radius not above zero.
    """
    given = Arguments("elevation_of_slant_deg")
    r = given.positive("slant_range_m", slant_range_m, "m")
    target = given.finite("target_height_amsl_m", target_height_amsl_m, "m")
    base = given.finite("antenna_height_amsl_m", antenna_height_amsl_m, "m")
    c = _curvature(given, effective_radius_m)
    given.shapes(slant_range_m=r, target_height_amsl_m=target, antenna_height_amsl_m=base)
    given.done()
    rise = target - base
    sine = (rise * (2.0 + c * (target + base)) - c * r**2) / (2.0 * r * (1.0 + c * base))
    inside = np.abs(sine) <= 1.0
    return np.where(inside, np.degrees(np.arcsin(np.where(inside, sine, 0.0))), math.nan)[()]


def height_at_elevation_m(
    ground_range_m: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    antenna_height_amsl_m: ArrayLike = 0.0,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> Floats:
    """Return the height of a beam above a ground range: what elevation limits cut off.

    Parameters
    ----------
    ground_range_m : array_like
        Along sea level, 0 or more [m].
    elevation_deg : array_like
        Elevation at the antenna, -90 to 90 [deg].
    antenna_height_amsl_m : array_like
        Height of the antenna [m].
    effective_radius_m : float
        Effective radius of the earth [m]; infinite for a flat earth.

    Returns
    -------
    ndarray or float
        Height above mean sea level [m]; infinite where the beam never passes over that range. A beam that
        points into the ground has the height its straight line has there.

    Raises
    ------
    InputError
        As `beam_height_m`.
    """
    given = Arguments("height_at_elevation_m")
    s, _, _, base, c = _beam(
        given, ground_range_m, elevation_deg, antenna_height_amsl_m, effective_radius_m, "ground_range_m"
    )
    angle = np.radians(np.asarray(elevation_deg, dtype=np.float64))
    turn = angle + c * s
    # cos(a) / cos(a + u) - 1, written with a product so that small angles keep their digits.
    across = 2.0 * np.sin(angle + c * s / 2.0) * s * 0.5 * np.sinc(c * s / (2.0 * math.pi))
    passes = np.abs(turn) < math.pi / 2.0
    cosine = np.where(passes, np.cos(turn), 1.0)
    height = base + (1.0 + c * base) * across / cosine
    beyond = np.where(s == 0.0, base, math.inf)
    return np.where(passes, height, beyond)[()]


def _curvature(given: Arguments, effective_radius_m: float) -> float:
    """Read the effective radius as a curvature [1/m], so that a flat earth is just a zero."""
    radius = given.number("effective_radius_m", effective_radius_m, above=0.0, unit="m, or infinite")
    if not radius > 0.0:
        return math.nan
    return 0.0 if np.isinf(radius) else float(1.0 / radius)


def _beam(
    given: Arguments,
    range_m: ArrayLike,
    elevation_deg: ArrayLike,
    antenna_height_amsl_m: ArrayLike,
    effective_radius_m: float,
    name: str = "slant_range_m",
) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Read a beam's arguments: range, sine and cosine of elevation, antenna height, curvature."""
    r = given.not_negative(name, range_m, "m")
    elevation = given.number("elevation_deg", elevation_deg, low=-90.0, high=90.0, unit="degrees")
    base = given.finite("antenna_height_amsl_m", antenna_height_amsl_m, "m")
    c = _curvature(given, effective_radius_m)
    given.shapes(**{name: r}, elevation_deg=elevation, antenna_height_amsl_m=base)
    given.done()
    angle = np.radians(elevation)
    return r, np.sin(angle), np.cos(angle), base, c


def _offsets(
    given: Arguments,
    ground_range_m: ArrayLike,
    target_height_amsl_m: ArrayLike,
    antenna_height_amsl_m: ArrayLike,
    effective_radius_m: float,
) -> tuple[Floats, Floats]:
    """Level and upward offsets of a target from the antenna, in the antenna's horizontal [m]."""
    s = given.not_negative("ground_range_m", ground_range_m, "m")
    target = given.finite("target_height_amsl_m", target_height_amsl_m, "m")
    base = given.finite("antenna_height_amsl_m", antenna_height_amsl_m, "m")
    c = _curvature(given, effective_radius_m)
    given.shapes(ground_range_m=s, target_height_amsl_m=target, antenna_height_amsl_m=base)
    given.done()
    lift = 1.0 + c * target
    # numpy's sinc(x) is sin(pi x) / (pi x), which is 1 on a flat earth without a case of its own.
    east = lift * s * np.sinc(c * s / math.pi)
    drop = lift * s * np.sin(c * s / 2.0) * np.sinc(c * s / (2.0 * math.pi))
    return east, (target - base) - drop
