"""What air and rain take from a radio wave: ITU-R P.676-13 (gas) and P.838-3 (rain).

Frequencies are in Hz like everywhere; rain rates are in millimetres per hour and water vapour in grams per
cubic metre, the units in which both Recommendations and every weather service state them.

References
----------
.. [1] Recommendation ITU-R P.676-13, *Attenuation by atmospheric gases*, 2022, annex 1, equations 1 to 9.
.. [2] Recommendation ITU-R P.838-3, *Specific attenuation model for rain*, 2005.
.. [3] Recommendation ITU-R P.453-14, *The radio refractive index*, 2019, equation 9 (saturation pressure).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from egide.coverage.arguments import Arguments, Floats
from egide.coverage.p676_lines import OXYGEN, WATER_VAPOUR

LOWEST_HZ: Final = 1e9
"""Both Recommendations hold from 1 GHz ..."""
HIGHEST_HZ: Final = 1e12
"""... to 1000 GHz."""

_STANDARD_PRESSURE_PA = 101_325.0
_STANDARD_TEMPERATURE_K = 288.15
_STANDARD_VAPOUR_G_PER_M3 = 7.5

_K_H = ((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354),
        (-0.94158, 0.64552, 0.16817))  # fmt: skip
_K_H_LINE = (-0.18961, 0.71147)
_K_V = ((-3.80595, 0.56934, 0.81061), (-3.44965, -0.22911, 0.51059), (-0.39902, 0.73042, 0.11899),
        (0.50167, 1.07319, 0.27195))  # fmt: skip
_K_V_LINE = (-0.16398, 0.63297)
_ALPHA_H = ((-0.14318, 1.82442, -0.55187), (0.29591, 0.77564, 0.19822), (0.32177, 0.63773, 0.13164),
            (-5.37610, -0.96230, 1.47828), (16.1721, -3.29980, 3.43990))  # fmt: skip
_ALPHA_H_LINE = (0.67849, -1.95537)
_ALPHA_V = ((-0.07771, 2.33840, -0.76284), (0.56727, 0.95545, 0.54039), (-0.20238, 1.14520, 0.26809),
            (-48.2991, 0.791669, 0.116226), (48.5833, 0.791459, 0.116479))  # fmt: skip
_ALPHA_V_LINE = (-0.053739, 0.83433)


@dataclass(frozen=True)
class GasAttenuation:
    """Specific attenuation by the two absorbing parts of the air."""

    dry_air_db_per_km: Floats
    """By oxygen, and by nitrogen under pressure [dB/km]."""
    water_vapour_db_per_km: Floats
    """By water vapour [dB/km]."""

    @property
    def total_db_per_km(self) -> Floats:
        """Both together [dB/km]."""
        return np.asarray(self.dry_air_db_per_km + self.water_vapour_db_per_km)[()]


@dataclass(frozen=True)
class RainCoefficients:
    """Coefficients of the power law `k * R ** alpha` for a rain rate R in mm/h."""

    k: Floats
    """Multiplier [dB/km]."""
    alpha: Floats
    """Exponent [1]."""


def gas_attenuation(
    frequency_hz: ArrayLike,
    *,
    pressure_pa: ArrayLike = _STANDARD_PRESSURE_PA,
    temperature_k: ArrayLike = _STANDARD_TEMPERATURE_K,
    water_vapour_g_per_m3: ArrayLike = _STANDARD_VAPOUR_G_PER_M3,
) -> GasAttenuation:
    """Return the specific attenuation by atmospheric gases, line by line (P.676-13 [1]_).

    Parameters
    ----------
    frequency_hz : array_like
        1 to 1000 GHz [Hz].
    pressure_pa : array_like
        Pressure of dry air, as the Recommendation has it (total less water vapour) [Pa].
    temperature_k : array_like
        Air temperature [K].
    water_vapour_g_per_m3 : array_like
        Water vapour density [g/m3]; 7.5 is the reference atmosphere.

    Returns
    -------
    GasAttenuation
        One-way values at that point of the atmosphere; at greater heights they are smaller.

    Raises
    ------
    InputError
        For frequencies outside 1 to 1000 GHz, and for impossible weather.
    """
    given = Arguments("gas_attenuation")
    frequency = given.number("frequency_hz", frequency_hz, low=LOWEST_HZ, high=HIGHEST_HZ, unit="Hz")
    return _gas(given, frequency, pressure_pa, temperature_k, water_vapour_g_per_m3)


def gas_attenuation_db_per_km(
    frequency_hz: ArrayLike,
    *,
    pressure_pa: ArrayLike = _STANDARD_PRESSURE_PA,
    temperature_k: ArrayLike = _STANDARD_TEMPERATURE_K,
    water_vapour_g_per_m3: ArrayLike = _STANDARD_VAPOUR_G_PER_M3,
) -> Floats:
    """Return the total of `gas_attenuation`.

    Parameters
    ----------
    frequency_hz, pressure_pa, temperature_k, water_vapour_g_per_m3
        As `gas_attenuation`.

    Returns
    -------
    ndarray or float
        One-way specific attenuation [dB/km].

    Raises
    ------
    InputError
        As `gas_attenuation`.
    """
    return gas_attenuation(
        frequency_hz,
        pressure_pa=pressure_pa,
        temperature_k=temperature_k,
        water_vapour_g_per_m3=water_vapour_g_per_m3,
    ).total_db_per_km


def rain_coefficients(
    frequency_hz: ArrayLike, *, elevation_deg: ArrayLike = 0.0, polarisation_tilt_deg: ArrayLike = 0.0
) -> RainCoefficients:
    """Return the coefficients of rain attenuation (P.838-3 [2]_).

    Parameters
    ----------
    frequency_hz : array_like
        1 to 1000 GHz [Hz].
    elevation_deg : array_like
        Elevation of the path [deg].
    polarisation_tilt_deg : array_like
        Tilt of the polarisation from the horizontal: 0 horizontal, 90 vertical, 45 circular [deg].

    Returns
    -------
    RainCoefficients

    Raises
    ------
    InputError
        For frequencies outside 1 to 1000 GHz and elevations beyond +-90 degrees.
    """
    given = Arguments("rain_coefficients")
    frequency = given.number("frequency_hz", frequency_hz, low=LOWEST_HZ, high=HIGHEST_HZ, unit="Hz")
    elevation = given.number("elevation_deg", elevation_deg, low=-90.0, high=90.0, unit="degrees")
    tilt = given.finite("polarisation_tilt_deg", polarisation_tilt_deg, "degrees")
    given.shapes(frequency_hz=frequency, elevation_deg=elevation, polarisation_tilt_deg=tilt)
    given.done()
    decades = np.log10(frequency / 1e9)
    k_h = np.power(10.0, _curves(decades, _K_H, _K_H_LINE))
    k_v = np.power(10.0, _curves(decades, _K_V, _K_V_LINE))
    alpha_h = _curves(decades, _ALPHA_H, _ALPHA_H_LINE)
    alpha_v = _curves(decades, _ALPHA_V, _ALPHA_V_LINE)
    mix = np.cos(np.radians(elevation)) ** 2 * np.cos(2.0 * np.radians(tilt))
    k = (k_h + k_v + (k_h - k_v) * mix) / 2.0
    alpha = (k_h * alpha_h + k_v * alpha_v + (k_h * alpha_h - k_v * alpha_v) * mix) / (2.0 * k)
    return RainCoefficients(np.asarray(k)[()], np.asarray(alpha)[()])


def rain_attenuation_db_per_km(
    frequency_hz: ArrayLike,
    rain_rate_mm_per_h: ArrayLike,
    *,
    elevation_deg: ArrayLike = 0.0,
    polarisation_tilt_deg: ArrayLike = 0.0,
) -> Floats:
    """Return the specific attenuation by rain (P.838-3 [2]_).

    Parameters
    ----------
    frequency_hz, elevation_deg, polarisation_tilt_deg
        As `rain_coefficients`.
    rain_rate_mm_per_h : array_like
        Rain rate: drizzle 1, steady rain 5, heavy 20, cloudburst 100 [mm/h].

    Returns
    -------
    ndarray or float
        One-way specific attenuation inside the rain [dB/km].

    Raises
    ------
    InputError
        As `rain_coefficients`, and for a negative rain rate.
    """
    given = Arguments("rain_attenuation_db_per_km")
    rate = given.not_negative("rain_rate_mm_per_h", rain_rate_mm_per_h, "mm/h")
    given.done()
    law = rain_coefficients(
        frequency_hz, elevation_deg=elevation_deg, polarisation_tilt_deg=polarisation_tilt_deg
    )
    return np.asarray(law.k * np.power(rate, law.alpha))[()]


def air_attenuation_db_per_km(
    frequency_hz: ArrayLike,
    *,
    rain_rate_mm_per_h: ArrayLike = 0.0,
    pressure_pa: ArrayLike = _STANDARD_PRESSURE_PA,
    temperature_k: ArrayLike = _STANDARD_TEMPERATURE_K,
    water_vapour_g_per_m3: ArrayLike = _STANDARD_VAPOUR_G_PER_M3,
) -> Floats:
    """Return gas and rain together for any radar, those below 1 GHz included.

    Below 1 GHz, where neither Recommendation is stated, the formula of P.676 is continued (what is left
    there is the relaxation of oxygen, a smooth term) and rain is taken as nothing (at 1 GHz and 50 mm/h it
    is 0.001 dB/km). Polarisation horizontal, path level: the greater attenuation.

    Parameters
    ----------
    frequency_hz : array_like
        Above 0 and up to 1000 GHz [Hz].
    rain_rate_mm_per_h : array_like
        Rain rate along the path [mm/h].
    pressure_pa, temperature_k, water_vapour_g_per_m3
        As `gas_attenuation`.

    Returns
    -------
    ndarray or float
        One-way specific attenuation [dB/km].

    Raises
    ------
    InputError
        As `gas_attenuation` and `rain_attenuation_db_per_km`.
    """
    given = Arguments("air_attenuation_db_per_km")
    frequency = given.number("frequency_hz", frequency_hz, above=0.0, high=HIGHEST_HZ, unit="Hz")
    rate = given.not_negative("rain_rate_mm_per_h", rain_rate_mm_per_h, "mm/h")
    given.shapes(frequency_hz=frequency, rain_rate_mm_per_h=rate)
    gas = _gas(given, frequency, pressure_pa, temperature_k, water_vapour_g_per_m3)
    rain = rain_attenuation_db_per_km(np.maximum(frequency, LOWEST_HZ), rate)
    return np.asarray(gas.total_db_per_km + np.where(frequency >= LOWEST_HZ, rain, 0.0))[()]


def water_vapour_g_per_m3(
    humidity_fraction: ArrayLike,
    *,
    temperature_k: ArrayLike = _STANDARD_TEMPERATURE_K,
    pressure_pa: ArrayLike = _STANDARD_PRESSURE_PA,
) -> Floats:
    """Return the water vapour density of air of a relative humidity (P.453-14 [3]_).

    Parameters
    ----------
    humidity_fraction : array_like
        Relative humidity over water, 0 to 1 [1].
    temperature_k : array_like
        Air temperature, 230 to 330 K, the span of the fit [K].
    pressure_pa : array_like
        Total pressure [Pa].

    Returns
    -------
    ndarray or float
        Density [g/m3].

    Raises
    ------
    InputError
        For a humidity outside 0 to 1 or a temperature outside the fit.
    """
    given = Arguments("water_vapour_g_per_m3")
    humidity = given.fraction("humidity_fraction", humidity_fraction)
    kelvin = given.number("temperature_k", temperature_k, low=230.0, high=330.0, unit="K")
    pressure = given.positive("pressure_pa", pressure_pa, "Pa")
    given.shapes(humidity_fraction=humidity, temperature_k=kelvin, pressure_pa=pressure)
    given.done()
    t = kelvin - 273.15
    enhancement = 1.0 + 1e-4 * (7.2 + pressure / 100.0 * (0.0320 + 5.9e-6 * t**2))
    saturation_hpa = enhancement * 6.1121 * np.exp((18.678 - t / 234.5) * t / (t + 257.14))
    return np.asarray(216.7 * humidity * saturation_hpa / kelvin)[()]


def _curves(decades: Floats, bumps: tuple[tuple[float, ...], ...], line: tuple[float, float]) -> Floats:
    """Sum of Gaussian bumps and a straight line over the logarithm of the frequency."""
    total = line[0] * decades + line[1]
    for height, middle, width in bumps:
        total = total + height * np.exp(-(((decades - middle) / width) ** 2))
    return np.asarray(total)


def _gas(
    given: Arguments,
    frequency: Floats,
    pressure_pa: ArrayLike,
    temperature_k: ArrayLike,
    water_vapour_g_per_m3: ArrayLike,
) -> GasAttenuation:
    """P.676-13 annex 1 for checked frequencies."""
    pressure = given.not_negative("pressure_pa", pressure_pa, "Pa")
    kelvin = given.number("temperature_k", temperature_k, low=100.0, high=400.0, unit="K")
    vapour = given.number("water_vapour_g_per_m3", water_vapour_g_per_m3, low=0.0, high=200.0, unit="g/m3")
    given.shapes(
        frequency_hz=frequency, pressure_pa=pressure, temperature_k=kelvin, water_vapour_g_per_m3=vapour
    )
    given.done()
    f = frequency / 1e9
    p = pressure / 100.0
    e = vapour * kelvin / 216.7
    theta = 300.0 / kelvin
    dry = _oxygen(f, p, e, theta) + _continuum(f, p, e, theta)
    wet = _water(f, p, e, theta)
    return GasAttenuation(np.asarray(0.1820 * f * dry)[()], np.asarray(0.1820 * f * wet)[()])


def _line(f: Floats, centre: float, width: Floats, interference: Floats | float) -> Floats:
    """Shape of one line (equation 5), Van Vleck and Weisskopf with interference."""
    below = (width - interference * (centre - f)) / ((centre - f) ** 2 + width**2)
    above = (width - interference * (centre + f)) / ((centre + f) ** 2 + width**2)
    return np.asarray(f / centre * (below + above))


def _oxygen(f: Floats, p: Floats, e: Floats, theta: Floats) -> Floats:
    total: Floats | float = 0.0
    for centre, a1, a2, a3, a4, a5, a6 in OXYGEN:
        strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1.0 - theta))
        width = a3 * 1e-4 * (p * theta ** (0.8 - a4) + 1.1 * e * theta)
        width = np.sqrt(width**2 + 2.25e-6)
        interference = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
        total = total + strength * _line(f, centre, width, interference)
    return np.asarray(total)


def _water(f: Floats, p: Floats, e: Floats, theta: Floats) -> Floats:
    total: Floats | float = 0.0
    for centre, b1, b2, b3, b4, b5, b6 in WATER_VAPOUR:
        strength = b1 * 1e-1 * e * theta**3.5 * np.exp(b2 * (1.0 - theta))
        width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
        width = 0.535 * width + np.sqrt(0.217 * width**2 + 2.1316e-12 * centre**2 / theta)
        total = total + strength * _line(f, centre, width, 0.0)
    return np.asarray(total)


def _continuum(f: Floats, p: Floats, e: Floats, theta: Floats) -> Floats:
    """Relaxation of oxygen, and absorption by nitrogen under pressure (equations 8 and 9)."""
    width = 5.6e-4 * (p + e) * theta**0.8
    # Without any air the width is zero and so is the absorption.
    safe = np.where(width > 0.0, width, 1.0)
    relaxation = np.where(width > 0.0, 6.14e-5 / (safe * (1.0 + (f / safe) ** 2)), 0.0)
    nitrogen = 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * f**1.5)
    return np.asarray(f * p * theta**2 * (relaxation + nitrogen))
