"""Human observers: what eyes and ears can report, as simple bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from egide.coverage.acoustic import ASSUMED_SIGMA_DB, acoustic_pd
from egide.coverage.arguments import Arguments, Floats
from egide.coverage.optical import Light, eye_pd

ASSUMED_SEARCH_FRACTION = 0.3
"""Chance that an observer on watch looks the right way in one look; assumed."""


def observer_pd(
    range_m: ArrayLike,
    *,
    length_m: ArrayLike,
    visibility_m: ArrayLike,
    light: Light | str,
    sound_power_db: ArrayLike | None,
    ambient_db: ArrayLike,
    attenuation_db_per_km: ArrayLike = 1.0,
    excess_db: ArrayLike = 0.0,
    sigma_db: ArrayLike = ASSUMED_SIGMA_DB,
    inherent_contrast_fraction: ArrayLike = 0.5,
    search_fraction: ArrayLike = ASSUMED_SEARCH_FRACTION,
) -> Floats:
    """Return the probability that an observer sees or hears a target in one look.

    Eye and ear are taken as independent given weather and light, which are inputs.

    Parameters
    ----------
    range_m : array_like
        Slant range, above 0 [m].
    length_m : array_like
        Greatest dimension of the target [m].
    visibility_m : array_like
        Meteorological visibility [m].
    light : Light or str
    sound_power_db : array_like or None
        Sound power level re 1 pW [dB]; None for a target that cannot be heard in time.
    ambient_db : array_like
        Ambient level, wind included [dB].
    attenuation_db_per_km : array_like
        Attenuation of sound; 1 dB/km is that of 250 Hz at 10 degrees Celsius and 70 % humidity [dB/km].
    excess_db, sigma_db : array_like
        As `egide.coverage.acoustic.acoustic_pd`.
    inherent_contrast_fraction : array_like
        Contrast against the sky; assumed 0.5, grey on grey [1].
    search_fraction : array_like
        Chance of looking the right way [1].

    Returns
    -------
    ndarray or float
        Probability [1].

    Raises
    ------
    InputError
        For values out of their domain.
    """
    given = Arguments("observer_pd")
    search = given.fraction("search_fraction", search_fraction)
    given.done()
    seen = search * eye_pd(
        range_m, length_m, visibility_m, light, inherent_contrast_fraction=inherent_contrast_fraction
    )
    if sound_power_db is None:
        return np.asarray(seen)[()]
    heard = acoustic_pd(
        range_m, sound_power_db, ambient_db, attenuation_db_per_km=attenuation_db_per_km,
        excess_db=excess_db, sigma_db=sigma_db,
    )  # fmt: skip
    return np.asarray(1.0 - (1.0 - seen) * (1.0 - heard))[()]
