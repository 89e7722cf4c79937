"""The radar equation, and what a published range says about other echoes.

SNR = Pt tau Gt Gr lambda^2 sigma / ((4 pi)^3 k Ts Rt^2 Rr^2 L), the matched-filter form [1]_. A bistatic
radar has its own receive gain and range. Where only a published range exists, the fourth root of the echo
scales it, and the calibration error of such a figure (1.5 to 3 dB) goes along as a band.

References
----------
.. [1] M. A. Richards, J. A. Scheer, W. A. Holm, *Principles of Modern Radar*, SciTech, 2010, chapter 2.
.. [2] M. I. Skolnik, *Introduction to Radar Systems*, 3rd ed., McGraw-Hill, 2001.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import wrightomega

from egide.coverage.arguments import Arguments, Floats
from egide.units import BOLTZMANN_J_PER_K, SPEED_OF_LIGHT_MPS, STANDARD_NOISE_TEMPERATURE_K

CALIBRATION_ERROR_DB = 3.0
"""Assumed error of a range taken from a brochure [dB], either way; 1.5 dB for a measured one."""


@dataclass(frozen=True)
class RangeBand:
    """A range with what its calibration error makes of it."""

    low_m: Floats
    """Range if the radar is worse than stated [m]."""
    range_m: Floats
    """Range as stated [m]."""
    high_m: Floats
    """Range if it is better [m]."""


def radar_snr_db(
    range_m: ArrayLike,
    *,
    frequency_hz: ArrayLike,
    peak_power_w: ArrayLike,
    pulse_s: ArrayLike,
    transmit_gain_db: ArrayLike,
    receive_gain_db: ArrayLike | None = None,
    receive_range_m: ArrayLike | None = None,
    rcs_m2: ArrayLike = 1.0,
    noise_temperature_k: ArrayLike = STANDARD_NOISE_TEMPERATURE_K,
    loss_db: ArrayLike = 0.0,
) -> Floats:
    """Return the signal to noise ratio of one pulse.

    Parameters
    ----------
    range_m : array_like
        From transmitter to target [m].
    frequency_hz : array_like
        Carrier frequency [Hz].
    peak_power_w : array_like
        Peak transmitted power [W].
    pulse_s : array_like
        Pulse length; for a coherent burst, the sum of its pulses [s].
    transmit_gain_db : array_like
        Antenna gain [dBi].
    receive_gain_db : array_like, optional
        Gain of a separate receiving antenna [dBi]; without it the same antenna.
    receive_range_m : array_like, optional
        From target to a separate receiver [m]; without it `range_m`.
    rcs_m2 : array_like
        Radar cross section [m2]; the bistatic one for a bistatic radar.
    noise_temperature_k : array_like
        System noise temperature [K].
    loss_db : array_like
        All losses, propagation included [dB].

    Returns
    -------
    ndarray or float
        Signal to noise ratio [dB].

    Raises
    ------
    InputError
        For ranges, powers or times not above zero, and for gains or losses that are not finite.
    """
    given = Arguments("radar_snr_db")
    outward = given.positive("range_m", range_m, "m")
    inward = outward if receive_range_m is None else given.positive("receive_range_m", receive_range_m, "m")
    power = given.positive("peak_power_w", peak_power_w, "W")
    factor_db = _factor_db(
        given, frequency_hz, pulse_s, transmit_gain_db, receive_gain_db, rcs_m2, noise_temperature_k, loss_db
    )
    given.shapes(range_m=outward, receive_range_m=inward, peak_power_w=power, others=factor_db)
    given.done()
    return np.asarray(factor_db + _db(power) - 2.0 * (_db(outward) + _db(inward)))[()]


def radar_range_m(
    snr_db: ArrayLike,
    *,
    frequency_hz: ArrayLike,
    peak_power_w: ArrayLike,
    pulse_s: ArrayLike,
    transmit_gain_db: ArrayLike,
    receive_gain_db: ArrayLike | None = None,
    rcs_m2: ArrayLike = 1.0,
    noise_temperature_k: ArrayLike = STANDARD_NOISE_TEMPERATURE_K,
    loss_db: ArrayLike = 0.0,
) -> Floats:
    """Return the free-space range at which an echo reaches a signal to noise ratio.

    Parameters
    ----------
    snr_db : array_like
        Required signal to noise ratio of one pulse [dB].
    frequency_hz, peak_power_w, pulse_s, transmit_gain_db, receive_gain_db, rcs_m2, noise_temperature_k, loss_db
        As `radar_snr_db`.

    Returns
    -------
    ndarray or float
        Range [m]; for a bistatic radar the geometric mean of its two ranges.

    Raises
    ------
    InputError
        As `radar_snr_db`.
    """
    given = Arguments("radar_range_m")
    snr = given.finite("snr_db", snr_db, "dB")
    power = given.positive("peak_power_w", peak_power_w, "W")
    factor_db = _factor_db(
        given, frequency_hz, pulse_s, transmit_gain_db, receive_gain_db, rcs_m2, noise_temperature_k, loss_db
    )
    given.shapes(snr_db=snr, peak_power_w=power, others=factor_db)
    given.done()
    return np.asarray(np.power(10.0, (factor_db + _db(power) - snr) / 40.0))[()]


def radar_power_w(
    range_m: ArrayLike,
    snr_db: ArrayLike,
    *,
    frequency_hz: ArrayLike,
    pulse_s: ArrayLike,
    transmit_gain_db: ArrayLike,
    receive_gain_db: ArrayLike | None = None,
    receive_range_m: ArrayLike | None = None,
    rcs_m2: ArrayLike = 1.0,
    noise_temperature_k: ArrayLike = STANDARD_NOISE_TEMPERATURE_K,
    loss_db: ArrayLike = 0.0,
) -> Floats:
    """Return the peak power that gives a signal to noise ratio at a range.

    Parameters
    ----------
    range_m : array_like
        From transmitter to target [m].
    snr_db : array_like
        Wanted signal to noise ratio of one pulse [dB].
    frequency_hz, pulse_s, transmit_gain_db, receive_gain_db, receive_range_m, rcs_m2, noise_temperature_k, loss_db
        As `radar_snr_db`.

    Returns
    -------
    ndarray or float
        Peak power [W].

    Raises
    ------
    InputError
        As `radar_snr_db`.
    """
    given = Arguments("radar_power_w")
    outward = given.positive("range_m", range_m, "m")
    inward = outward if receive_range_m is None else given.positive("receive_range_m", receive_range_m, "m")
    snr = given.finite("snr_db", snr_db, "dB")
    factor_db = _factor_db(
        given, frequency_hz, pulse_s, transmit_gain_db, receive_gain_db, rcs_m2, noise_temperature_k, loss_db
    )
    given.shapes(range_m=outward, receive_range_m=inward, snr_db=snr, others=factor_db)
    given.done()
    power_db = snr - factor_db + 2.0 * (_db(outward) + _db(inward))
    return np.asarray(np.power(10.0, power_db / 10.0))[()]


def range_for_rcs_m(reference_range_m: ArrayLike, reference_rcs_m2: ArrayLike, rcs_m2: ArrayLike) -> Floats:
    """Return the range for another echo, by the fourth root of the radar equation.

    Parameters
    ----------
    reference_range_m : array_like
        Published range [m].
    reference_rcs_m2 : array_like
        Echo it was stated for [m2].
    rcs_m2 : array_like
        Echo of interest [m2].

    Returns
    -------
    ndarray or float
        Range for the same detection probability [m].

    Raises
    ------
    InputError
        For anything not above zero.
    """
    return range_band_for_rcs_m(reference_range_m, reference_rcs_m2, rcs_m2, calibration_error_db=0.0).range_m


def range_band_for_rcs_m(
    reference_range_m: ArrayLike,
    reference_rcs_m2: ArrayLike,
    rcs_m2: ArrayLike,
    *,
    calibration_error_db: ArrayLike = CALIBRATION_ERROR_DB,
) -> RangeBand:
    """Return the range for another echo with the band its calibration error leaves.

    Parameters
    ----------
    reference_range_m, reference_rcs_m2, rcs_m2 : array_like
        As `range_for_rcs_m`.
    calibration_error_db : array_like
        Error of the published figure either way [dB]; 3 dB moves a range by 19 %.

    Returns
    -------
    RangeBand

    Raises
    ------
    InputError
        For anything not above zero, and for a negative error.
    """
    given = Arguments("range_for_rcs_m")
    reach = given.positive("reference_range_m", reference_range_m, "m")
    stated = given.positive("reference_rcs_m2", reference_rcs_m2, "m2")
    echo = given.positive("rcs_m2", rcs_m2, "m2")
    error = given.not_negative("calibration_error_db", calibration_error_db, "dB")
    given.shapes(reference_range_m=reach, reference_rcs_m2=stated, rcs_m2=echo, calibration_error_db=error)
    given.done()
    middle = reach * np.power(echo / stated, 0.25)
    swing = np.power(10.0, error / 40.0)
    return RangeBand(np.asarray(middle / swing)[()], np.asarray(middle)[()], np.asarray(middle * swing)[()])


def two_way_loss_db(path_m: ArrayLike, attenuation_db_per_km: ArrayLike) -> Floats:
    """Return the loss of a radar's signal to the target and back through an absorbing medium.

    Parameters
    ----------
    path_m : array_like
        One-way length of the path in the medium (the rain cell, not always the whole way) [m].
    attenuation_db_per_km : array_like
        One-way specific attenuation [dB/km].

    Returns
    -------
    ndarray or float
        Loss [dB].

    Raises
    ------
    InputError
        For anything negative.
    """
    given = Arguments("two_way_loss_db")
    path = given.not_negative("path_m", path_m, "m")
    rate = given.not_negative("attenuation_db_per_km", attenuation_db_per_km, "dB/km")
    given.shapes(path_m=path, attenuation_db_per_km=rate)
    given.done()
    return np.asarray(2.0 * path * rate / 1000.0)[()]


def range_through_loss_m(
    free_space_range_m: ArrayLike, attenuation_db_per_km: ArrayLike, *, spreading_db: float = 40.0
) -> Floats:
    """Return the range that is left of a free-space range when the medium takes its share all the way.

    Solves, for the loss there and back, R**4 * 10**(2 a R / 10) = R0**4 in closed form by Lambert's W.

    Parameters
    ----------
    free_space_range_m : array_like
        Range without the medium [m].
    attenuation_db_per_km : array_like
        One-way specific attenuation, the same along the whole path [dB/km].
    spreading_db : float
        40 for a radar (there and back); 20 for one-way propagation of radio or sound.

    Returns
    -------
    ndarray or float
        Range [m], never above the free-space one.

    Raises
    ------
    InputError
        For negative arguments, and for another spreading than 20 or 40.
    """
    given = Arguments("range_through_loss_m")
    free = given.not_negative("free_space_range_m", free_space_range_m, "m")
    rate = given.not_negative("attenuation_db_per_km", attenuation_db_per_km, "dB/km")
    if spreading_db not in (20.0, 40.0):
        given.refuse("spreading_db", spreading_db, "must be 40 (there and back) or 20 (one way)")
    given.shapes(free_space_range_m=free, attenuation_db_per_km=rate)
    given.done()
    # Twice the loss of 40 log R is once that of 20 log R: both give the same exponent per metre.
    per_m = rate * math.log(10.0) / 20_000.0
    scaled = per_m * free
    safe = np.where(scaled > 0.0, scaled, 1.0)
    # Wright's omega of a logarithm is Lambert's W, and does not overflow.
    share = np.where(scaled > 0.0, np.asarray(wrightomega(np.log(safe))) / safe, 1.0)
    return np.asarray(np.minimum(free * share, free))[()]


def _factor_db(
    given: Arguments,
    frequency_hz: ArrayLike,
    pulse_s: ArrayLike,
    transmit_gain_db: ArrayLike,
    receive_gain_db: ArrayLike | None,
    rcs_m2: ArrayLike,
    noise_temperature_k: ArrayLike,
    loss_db: ArrayLike,
) -> Floats:
    """Everything in the radar equation but power and range [dB]."""
    frequency = given.positive("frequency_hz", frequency_hz, "Hz")
    pulse = given.positive("pulse_s", pulse_s, "s")
    out = given.finite("transmit_gain_db", transmit_gain_db, "dBi")
    back = out if receive_gain_db is None else given.finite("receive_gain_db", receive_gain_db, "dBi")
    rcs = given.positive("rcs_m2", rcs_m2, "m2")
    temperature = given.positive("noise_temperature_k", noise_temperature_k, "K")
    loss = given.finite("loss_db", loss_db, "dB")
    given.shapes(
        frequency_hz=frequency, pulse_s=pulse, transmit_gain_db=out, receive_gain_db=back, rcs_m2=rcs,
        noise_temperature_k=temperature, loss_db=loss,
    )  # fmt: skip
    given.done()
    wavelength = SPEED_OF_LIGHT_MPS / frequency
    ratio = pulse * wavelength**2 * rcs / ((4.0 * math.pi) ** 3 * BOLTZMANN_J_PER_K * temperature)
    return np.asarray(_db(ratio) + out + back - loss)


def _db(ratio: Floats) -> Floats:
    return np.asarray(10.0 * np.log10(ratio))
