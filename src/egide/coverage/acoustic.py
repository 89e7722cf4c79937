"""Sound: what air takes from it (ISO 9613-1), what arrives, and whether it is heard over the ambient.

Levels are in decibels: sound power re 1 pW, sound pressure re 20 uPa. Pd is a normal distribution of the
margin over the ambient, whose standard deviation of 5 to 8 dB stands for weather, ground and engine.

References
----------
.. [1] ISO 9613-1:1993, *Attenuation of sound during propagation outdoors*, part 1, equations
   3 to 5, B.2 and B.3.
.. [2] ISO 9613-2:1996, part 2, equation 7 (geometrical divergence).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from egide.coverage.arguments import Arguments, Floats
from egide.coverage.radar import range_through_loss_m

ASSUMED_SIGMA_DB: Final = 6.5
"""Standard deviation of the margin [dB]; assumed, the middle of 5 to 8 dB."""
WIND_NOISE_DB_AT_5_MPS: Final = 40.0
"""Ambient that a wind of 5 m/s makes by itself in leaves and over a wind screen [dB]; assumed."""
WIND_NOISE_DB_PER_DECADE: Final = 60.0
"""Its rise for a tenfold wind [dB]; assumed, between the square and the cube of pressure on speed."""
UPWIND_EXCESS_DB: Final = 15.0
"""Most that a wind of 5 m/s or more takes from sound that runs against it [dB]; assumed."""

_REFERENCE_PRESSURE_PA = 101_325.0
_REFERENCE_TEMPERATURE_K = 293.15
_TRIPLE_POINT_K = 273.16
_DIVERGENCE_DB = 11.0


def exact_midband_hz(nominal_hz: ArrayLike) -> Floats:
    """Return the exact mid-band frequency of a nominal third-octave band.

    Parameters
    ----------
    nominal_hz : array_like
        Such as 63, 125 or 8000 [Hz].

    Returns
    -------
    ndarray or float
        1000 * 10**(n / 10) for the nearest whole n [Hz]; 63 gives 63.096.

    Raises
    ------
    InputError
        For frequencies not above zero.
    """
    given = Arguments("exact_midband_hz")
    nominal = given.positive("nominal_hz", nominal_hz, "Hz")
    given.done()
    return np.asarray(1000.0 * np.power(10.0, np.round(10.0 * np.log10(nominal / 1000.0)) / 10.0))[()]


def sound_attenuation_db_per_km(
    frequency_hz: ArrayLike,
    *,
    temperature_k: ArrayLike = 283.15,
    humidity_fraction: ArrayLike = 0.7,
    pressure_pa: ArrayLike = _REFERENCE_PRESSURE_PA,
) -> Floats:
    """Return the attenuation of a pure tone by still air (ISO 9613-1 [1]_).

    Parameters
    ----------
    frequency_hz : array_like
        Frequency of the tone; for a band its exact mid-band frequency [Hz].
    temperature_k : array_like
        Air temperature; the standard states 253 to 323 K [K].
    humidity_fraction : array_like
        Relative humidity, above 0 to 1 [1].
    pressure_pa : array_like
        Ambient pressure, below 200 kPa [Pa].

    Returns
    -------
    ndarray or float
        Attenuation [dB/km].

    Raises
    ------
    InputError
        For weather outside the standard's range.
    """
    given = Arguments("sound_attenuation_db_per_km")
    f = given.positive("frequency_hz", frequency_hz, "Hz")
    kelvin = given.number("temperature_k", temperature_k, low=233.0, high=330.0, unit="K")
    humidity = given.number("humidity_fraction", humidity_fraction, above=0.0, high=1.0)
    pascal = given.number("pressure_pa", pressure_pa, above=0.0, high=200_000.0, unit="Pa")
    given.shapes(frequency_hz=f, temperature_k=kelvin, humidity_fraction=humidity, pressure_pa=pascal)
    given.done()
    warmth = kelvin / _REFERENCE_TEMPERATURE_K
    pressure = pascal / _REFERENCE_PRESSURE_PA
    saturation = np.power(10.0, -6.8346 * np.power(_TRIPLE_POINT_K / kelvin, 1.261) + 4.6151)
    vapour = 100.0 * humidity * saturation / pressure
    oxygen_hz = pressure * (24.0 + 4.04e4 * vapour * (0.02 + vapour) / (0.391 + vapour))
    slow = np.exp(-4.170 * (np.power(warmth, -1.0 / 3.0) - 1.0))
    nitrogen_hz = pressure * np.power(warmth, -0.5) * (9.0 + 280.0 * vapour * slow)
    classical = 1.84e-11 * np.sqrt(warmth) / pressure
    oxygen = 0.01275 * np.exp(-2239.1 / kelvin) / (oxygen_hz + f**2 / oxygen_hz)
    nitrogen = 0.1068 * np.exp(-3352.0 / kelvin) / (nitrogen_hz + f**2 / nitrogen_hz)
    per_m = 8.686 * f**2 * (classical + np.power(warmth, -2.5) * (oxygen + nitrogen))
    return np.asarray(1000.0 * per_m)[()]


def received_level_db(
    range_m: ArrayLike,
    sound_power_db: ArrayLike,
    *,
    attenuation_db_per_km: ArrayLike = 0.0,
    excess_db: ArrayLike = 0.0,
) -> Floats:
    """Return the sound pressure level at a range: Lw - 20 log r - 11 - a r, less any excess.

    Parameters
    ----------
    range_m : array_like
        Slant range, above 0 [m].
    sound_power_db : array_like
        Sound power level of the source re 1 pW [dB].
    attenuation_db_per_km : array_like
        By air, `sound_attenuation_db_per_km` at the frequency that carries [dB/km].
    excess_db : array_like
        By ground, screens and an upwind shadow [dB].

    Returns
    -------
    ndarray or float
        Sound pressure level re 20 uPa [dB].

    Raises
    ------
    InputError
        For ranges not above zero and negative attenuation.
    """
    given = Arguments("received_level_db")
    reach = given.positive("range_m", range_m, "m")
    power = given.finite("sound_power_db", sound_power_db, "dB")
    rate = given.not_negative("attenuation_db_per_km", attenuation_db_per_km, "dB/km")
    excess = given.finite("excess_db", excess_db, "dB")
    given.shapes(range_m=reach, sound_power_db=power, attenuation_db_per_km=rate, excess_db=excess)
    given.done()
    spread = 20.0 * np.log10(reach) + _DIVERGENCE_DB
    return np.asarray(power - spread - rate * reach / 1000.0 - excess)[()]


def ambient_with_wind_db(calm_ambient_db: ArrayLike, wind_speed_mps: ArrayLike) -> Floats:
    """Return the ambient level with what the wind adds to it, energies summed.

    Parameters
    ----------
    calm_ambient_db : array_like
        Ambient without wind: a quiet night 25, a village 40, a town 55 [dB].
    wind_speed_mps : array_like
        Wind at the microphone, 0 or more [m/s].

    Returns
    -------
    ndarray or float
        Ambient level [dB]. The wind's own noise is `WIND_NOISE_DB_AT_5_MPS`, an assumption.

    Raises
    ------
    InputError
        For a negative wind.
    """
    given = Arguments("ambient_with_wind_db")
    calm = given.finite("calm_ambient_db", calm_ambient_db, "dB")
    wind = given.not_negative("wind_speed_mps", wind_speed_mps, "m/s")
    given.shapes(calm_ambient_db=calm, wind_speed_mps=wind)
    given.done()
    own = np.power(10.0, WIND_NOISE_DB_AT_5_MPS / 10.0) * np.power(
        wind / 5.0, WIND_NOISE_DB_PER_DECADE / 10.0
    )
    return np.asarray(10.0 * np.log10(np.power(10.0, calm / 10.0) + own))[()]


def wind_excess_db(
    wind_speed_mps: ArrayLike, wind_from_deg: ArrayLike, bearing_to_source_deg: ArrayLike
) -> Floats:
    """Return what the wind takes from sound that has to run against it.

    Parameters
    ----------
    wind_speed_mps : array_like
        Wind speed [m/s].
    wind_from_deg : array_like
        Direction the wind comes from, clockwise from north [deg].
    bearing_to_source_deg : array_like
        Bearing from the microphone to the source [deg].

    Returns
    -------
    ndarray or float
        Excess [dB]: nothing when the wind blows from the source, up to `UPWIND_EXCESS_DB` (assumed) when
        it blows towards it at 5 m/s or more, in proportion between.

    Raises
    ------
    InputError
        For a negative wind.
    """
    given = Arguments("wind_excess_db")
    wind = given.not_negative("wind_speed_mps", wind_speed_mps, "m/s")
    origin = given.finite("wind_from_deg", wind_from_deg, "degrees")
    bearing = given.finite("bearing_to_source_deg", bearing_to_source_deg, "degrees")
    given.shapes(wind_speed_mps=wind, wind_from_deg=origin, bearing_to_source_deg=bearing)
    given.done()
    against = -wind * np.cos(np.radians(bearing - origin))
    return np.asarray(UPWIND_EXCESS_DB * np.clip(against / 5.0, 0.0, 1.0))[()]


def acoustic_pd(
    range_m: ArrayLike,
    sound_power_db: ArrayLike,
    ambient_db: ArrayLike,
    *,
    attenuation_db_per_km: ArrayLike = 0.0,
    excess_db: ArrayLike = 0.0,
    threshold_db: ArrayLike = 0.0,
    sigma_db: ArrayLike = ASSUMED_SIGMA_DB,
) -> Floats:
    """Return the probability that a source is heard over the ambient.

    Parameters
    ----------
    range_m, sound_power_db, attenuation_db_per_km, excess_db
        As `received_level_db`.
    ambient_db : array_like
        Ambient level in the band of the source [dB].
    threshold_db : array_like
        Margin over the ambient that is heard half of the time; an array of microphones that picks the
        source out of the noise has a negative one [dB].
    sigma_db : array_like
        Standard deviation of the margin, 5 to 8 dB [dB].

    Returns
    -------
    ndarray or float
        Probability [1]; one half where the level equals ambient and threshold.

    Raises
    ------
    InputError
        As `received_level_db`, and for a standard deviation not above zero.
    """
    given = Arguments("acoustic_pd")
    ambient = given.finite("ambient_db", ambient_db, "dB")
    threshold = given.finite("threshold_db", threshold_db, "dB")
    sigma = given.positive("sigma_db", sigma_db, "dB")
    given.done()
    level = received_level_db(
        range_m, sound_power_db, attenuation_db_per_km=attenuation_db_per_km, excess_db=excess_db
    )
    given.shapes(level=np.asarray(level), ambient_db=ambient, threshold_db=threshold, sigma_db=sigma)
    given.done()
    return np.asarray(ndtr((level - ambient - threshold) / sigma))[()]


def acoustic_range_m(
    sound_power_db: ArrayLike,
    ambient_db: ArrayLike,
    *,
    pd: ArrayLike = 0.5,
    attenuation_db_per_km: ArrayLike = 0.0,
    excess_db: ArrayLike = 0.0,
    threshold_db: ArrayLike = 0.0,
    sigma_db: ArrayLike = ASSUMED_SIGMA_DB,
) -> Floats:
    """Return the range at which a source is heard with a probability: the inverse of `acoustic_pd`.

    Parameters
    ----------
    sound_power_db, ambient_db, attenuation_db_per_km, excess_db, threshold_db, sigma_db
        As `acoustic_pd`.
    pd : array_like
        Wanted probability, between 0 and 1 [1].

    Returns
    -------
    ndarray or float
        Slant range [m].

    Raises
    ------
    InputError
        As `acoustic_pd`.
    """
    given = Arguments("acoustic_range_m")
    power = given.finite("sound_power_db", sound_power_db, "dB")
    ambient = given.finite("ambient_db", ambient_db, "dB")
    wanted = given.number("pd", pd, above=0.0, below=1.0)
    excess = given.finite("excess_db", excess_db, "dB")
    threshold = given.finite("threshold_db", threshold_db, "dB")
    sigma = given.positive("sigma_db", sigma_db, "dB")
    given.shapes(
        sound_power_db=power, ambient_db=ambient, pd=wanted, excess_db=excess, threshold_db=threshold,
        sigma_db=sigma,
    )  # fmt: skip
    given.done()
    room_db = power - _DIVERGENCE_DB - excess - ambient - threshold - sigma * ndtri(wanted)
    return range_through_loss_m(np.power(10.0, room_db / 20.0), attenuation_db_per_km, spreading_db=20.0)
