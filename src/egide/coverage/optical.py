"""Eyes and cameras: contrast through haze (Koschmieder), size of the target, and light.

A planning-level bound, not a sensor model: the contrast that haze leaves at a range is set against the
contrast that an eye needs for a target of that angular size in that light, or against the resolution of a
camera. Numbers marked "assumed" are round figures at the level of the open literature.

References
----------
.. [1] H. Koschmieder, "Theorie der horizontalen Sichtweite", 1924; 3.912 = -ln 0.02.
.. [2] H. R. Blackwell, "Contrast thresholds of the human eye", J. Opt. Soc. Am. 36, 1946.
.. [3] J. Johnson, "Analysis of image forming systems", 1958; target transfer probability function of the
   United States Army's Night Vision Laboratory, as given by R. G. Driggers et al., *Introduction to
   Infrared and Electro-Optical Systems*, Artech House.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from egide.coverage.arguments import Arguments, Floats

KOSCHMIEDER: Final = 3.912
"""Optical thickness of the meteorological visibility: the contrast of a black object falls to 2 %."""

VISIBILITY_M: Final = MappingProxyType(
    {
        "dense fog": 50.0,
        "thick fog": 200.0,
        "moderate fog": 500.0,
        "light fog": 1_000.0,
        "thin fog": 2_000.0,
        "haze": 4_000.0,
        "light haze": 10_000.0,
        "clear": 20_000.0,
        "very clear": 50_000.0,
    }
)
"""Upper ends of the classes of the international visibility code [m]."""

ASSUMED_LOG_SIGMA: Final = 0.5
"""Standard deviation of the natural logarithm of the contrast that is needed [1]; assumed."""


class Light(StrEnum):
    """How much light there is to see by."""

    DAY = "day"
    """Sun up."""
    TWILIGHT = "twilight"
    """Civil twilight, or a lit town."""
    MOONLIGHT = "moonlight"
    """Clear night with a bright moon."""
    DARK = "dark"
    """Starlight or overcast night."""


@dataclass(frozen=True)
class Eye:
    """Contrast threshold of an observer who searches, in one kind of light."""

    contrast_fraction: float
    """Contrast needed for a large target [1]."""
    unit_contrast_angle_deg: float
    """Angular size at which a target of contrast 1 is just seen [deg]."""


EYES: Final = MappingProxyType(
    {
        Light.DAY: Eye(0.02, 3.0 / 60.0),
        Light.TWILIGHT: Eye(0.05, 6.0 / 60.0),
        Light.MOONLIGHT: Eye(0.20, 30.0 / 60.0),
        Light.DARK: Eye(0.50, 120.0 / 60.0),
    }
)
"""Thresholds by light; assumed, rounded from the trend of Blackwell's tables with a factor for search."""


def contrast_fraction(
    range_m: ArrayLike, visibility_m: ArrayLike, *, inherent_contrast_fraction: ArrayLike = 1.0
) -> Floats:
    """Return the contrast that is left at a range: C0 exp(-3.912 r / V).

    Parameters
    ----------
    range_m : array_like
        Range, 0 or more [m].
    visibility_m : array_like
        Meteorological visibility, above 0 [m]; `VISIBILITY_M` lists the classes.
    inherent_contrast_fraction : array_like
        Contrast at no distance, 0 to 1 [1].

    Returns
    -------
    ndarray or float
        Contrast [1]; 0.02 of the inherent one at the visibility.

    Raises
    ------
    InputError
        For a negative range, a visibility not above zero or a contrast outside 0 to 1.
    """
    given = Arguments("contrast_fraction")
    reach = given.not_negative("range_m", range_m, "m")
    visibility = given.number("visibility_m", visibility_m, above=0.0, unit="m")
    inherent = given.fraction("inherent_contrast_fraction", inherent_contrast_fraction)
    given.shapes(range_m=reach, visibility_m=visibility, inherent_contrast_fraction=inherent)
    given.done()
    return np.asarray(inherent * np.exp(-KOSCHMIEDER * reach / visibility))[()]


def threshold_contrast_fraction(size_deg: ArrayLike, light: Light | str = Light.DAY) -> Floats:
    """Return the contrast an observer needs for a target of an angular size.

    For small targets contrast times area is constant (Ricco), for large ones the contrast itself (Weber);
    the square of a sum joins the two smoothly.

    Parameters
    ----------
    size_deg : array_like
        Angular size, above 0 [deg].
    light : Light or str

    Returns
    -------
    ndarray or float
        Contrast [1]; above 1 means that nothing of that size can be seen.

    Raises
    ------
    InputError
        For a size not above zero or an unknown light.
    """
    given = Arguments("threshold_contrast_fraction")
    size = given.positive("size_deg", size_deg, "degrees")
    if light not in tuple(Light):
        given.refuse("light", light, "must be one of " + ", ".join(Light))
    given.done()
    eye = EYES[Light(light)]
    knee = eye.unit_contrast_angle_deg * (1.0 / math.sqrt(eye.contrast_fraction) - 1.0)
    return np.asarray(eye.contrast_fraction * (1.0 + knee / size) ** 2)[()]


def eye_pd(
    range_m: ArrayLike,
    length_m: ArrayLike,
    visibility_m: ArrayLike,
    light: Light | str = Light.DAY,
    *,
    inherent_contrast_fraction: ArrayLike = 1.0,
    magnification: ArrayLike = 1.0,
    log_sigma: ArrayLike = ASSUMED_LOG_SIGMA,
) -> Floats:
    """Return the probability that an observer who looks that way sees a target.

    Parameters
    ----------
    range_m : array_like
        Slant range, above 0 [m].
    length_m : array_like
        Greatest dimension of the target [m].
    visibility_m : array_like
        Meteorological visibility [m].
    light : Light or str
    inherent_contrast_fraction : array_like
        Contrast against the sky at no distance [1].
    magnification : array_like
        Of binoculars; 1 for the naked eye [1].
    log_sigma : array_like
        Spread of the needed contrast between observers and moments [1].

    Returns
    -------
    ndarray or float
        Probability [1]. Whether anybody looks that way is another factor.

    Raises
    ------
    InputError
        For values out of their domain.
    """
    given = Arguments("eye_pd")
    reach = given.positive("range_m", range_m, "m")
    length = given.positive("length_m", length_m, "m")
    glass = given.positive("magnification", magnification)
    spread = given.positive("log_sigma", log_sigma)
    given.shapes(range_m=reach, length_m=length, magnification=glass, log_sigma=spread)
    given.done()
    contrast = contrast_fraction(reach, visibility_m, inherent_contrast_fraction=inherent_contrast_fraction)
    size = glass * np.degrees(2.0 * np.arctan(length / (2.0 * reach)))
    return _seen(contrast, threshold_contrast_fraction(size, light), spread)


def camera_pd(
    range_m: ArrayLike,
    length_m: ArrayLike,
    visibility_m: ArrayLike,
    *,
    pixel_angle_deg: ArrayLike,
    inherent_contrast_fraction: ArrayLike = 1.0,
    threshold_contrast_fraction: ArrayLike = 0.05,
    cycles_for_half: ArrayLike = 1.0,
    log_sigma: ArrayLike = ASSUMED_LOG_SIGMA,
) -> Floats:
    """Return the probability that a camera that points that way shows a target.

    Parameters
    ----------
    range_m, length_m, visibility_m, inherent_contrast_fraction, log_sigma
        As `eye_pd`. For a thermal camera contrast and visibility are those of its band.
    pixel_angle_deg : array_like
        Field of view divided by pixels [deg].
    threshold_contrast_fraction : array_like
        Least contrast the camera and its operator or software need, in the light there is [1]; assumed.
    cycles_for_half : array_like
        Resolved cycles (pairs of pixels) across the target for a probability of one half: about 1 to
        detect, 3 to 4 to recognise, 6 to identify (Johnson [3]_) [1].

    Returns
    -------
    ndarray or float
        Probability [1].

    Raises
    ------
    InputError
        For values out of their domain.
    """
    given = Arguments("camera_pd")
    reach = given.positive("range_m", range_m, "m")
    length = given.positive("length_m", length_m, "m")
    pixel = given.positive("pixel_angle_deg", pixel_angle_deg, "degrees")
    least = given.number("threshold_contrast_fraction", threshold_contrast_fraction, above=0.0, high=1.0)
    half = given.positive("cycles_for_half", cycles_for_half)
    spread = given.positive("log_sigma", log_sigma)
    given.shapes(
        range_m=reach, length_m=length, pixel_angle_deg=pixel, threshold_contrast_fraction=least,
        cycles_for_half=half, log_sigma=spread,
    )  # fmt: skip
    given.done()
    contrast = contrast_fraction(reach, visibility_m, inherent_contrast_fraction=inherent_contrast_fraction)
    cycles = np.degrees(2.0 * np.arctan(length / (2.0 * reach))) / (2.0 * pixel)
    # Beyond ten times the needed cycles the function is 1 to all digits and its power would overflow.
    share = np.minimum(cycles / half, 10.0)
    power = np.power(share, 2.7 + 0.7 * share)
    return np.asarray(power / (1.0 + power) * _seen(contrast, least, spread))[()]


def eye_range_m(
    length_m: ArrayLike,
    visibility_m: ArrayLike,
    light: Light | str = Light.DAY,
    *,
    pd: ArrayLike = 0.5,
    inherent_contrast_fraction: ArrayLike = 1.0,
    magnification: ArrayLike = 1.0,
    log_sigma: ArrayLike = ASSUMED_LOG_SIGMA,
) -> Floats:
    """Return the range at which an observer who looks that way sees a target: the inverse of `eye_pd`.

    Parameters
    ----------
    length_m, visibility_m, light, inherent_contrast_fraction, magnification, log_sigma
        As `eye_pd`.
    pd : array_like
        Wanted probability, between 0 and 1 [1].

    Returns
    -------
    ndarray or float
        Slant range [m]; 0 where the target is never seen with that probability, even from close by.

    Raises
    ------
    InputError
        As `eye_pd`.
    """
    given = Arguments("eye_range_m")
    length = given.positive("length_m", length_m, "m")
    wanted = given.number("pd", pd, above=0.0, below=1.0)
    given.done()
    others = {
        "inherent_contrast_fraction": inherent_contrast_fraction,
        "magnification": magnification,
        "log_sigma": log_sigma,
    }
    shapes = (np.shape(value) for value in (length_m, visibility_m, pd, *others.values()))
    low = np.zeros(np.broadcast_shapes(*shapes))
    high = np.full_like(low, 1e6)
    for _ in range(60):
        # The probability falls with range: halve on a scale that gives near and far ranges equal care.
        middle = np.sqrt(np.maximum(low, 0.1) * high)
        seen = eye_pd(middle, length, visibility_m, light, **others) >= wanted
        low = np.where(seen, middle, low)
        high = np.where(seen, high, middle)
    return np.asarray(low)[()]


def _seen(contrast: Floats, needed: Floats, spread: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        margin = np.log(contrast / needed)
    return np.asarray(ndtr(margin / spread))[()]
