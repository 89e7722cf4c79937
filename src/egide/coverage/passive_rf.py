"""Passive radio sensors: a one-way link budget against what the threat emits.

A threat that emits nothing (autonomous, radio-silent) is not detected at any range: that is the first
thing to know of such a sensor, and so a silent emitter is a value of its own here, not a small power.

References
----------
.. [1] H. T. Friis, "A note on a simple transmission formula", Proc. IRE 34, 1946.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from egide.coverage.arguments import Arguments, Floats
from egide.coverage.radar import range_through_loss_m
from egide.units import SPEED_OF_LIGHT_MPS

ASSUMED_SIGMA_DB: Final = 6.0
"""Standard deviation of the received power (aspect, shadowing) [dB]; assumed."""


def received_power_dbm(
    range_m: ArrayLike,
    eirp_dbm: ArrayLike | None,
    frequency_hz: ArrayLike,
    *,
    receive_gain_dbi: ArrayLike = 0.0,
    attenuation_db_per_km: ArrayLike = 0.0,
    loss_db: ArrayLike = 0.0,
) -> Floats:
    """Return the power received from an emitter.

    Parameters
    ----------
    range_m : array_like
        Slant range, above 0 [m].
    eirp_dbm : array_like or None
        Power radiated towards the sensor, antenna gain included [dBm]; None, or NaN in an array, for an
        emitter that is silent.
    frequency_hz : array_like
        Frequency of the emission [Hz].
    receive_gain_dbi : array_like
        Gain of the sensor's antenna [dBi].
    attenuation_db_per_km : array_like
        By gas and rain [dB/km].
    loss_db : array_like
        Anything else [dB].

    Returns
    -------
    ndarray or float
        Received power [dBm]; -inf from a silent emitter.

    Raises
    ------
    InputError
        For ranges or frequencies not above zero and negative attenuation.
    """
    given = Arguments("received_power_dbm")
    reach = given.positive("range_m", range_m, "m")
    eirp = _eirp(given, eirp_dbm)
    frequency = given.positive("frequency_hz", frequency_hz, "Hz")
    gain = given.finite("receive_gain_dbi", receive_gain_dbi, "dBi")
    rate = given.not_negative("attenuation_db_per_km", attenuation_db_per_km, "dB/km")
    loss = given.finite("loss_db", loss_db, "dB")
    given.shapes(
        range_m=reach, eirp_dbm=eirp, frequency_hz=frequency, receive_gain_dbi=gain,
        attenuation_db_per_km=rate, loss_db=loss,
    )  # fmt: skip
    given.done()
    spread = 20.0 * np.log10(4.0 * math.pi * reach * frequency / SPEED_OF_LIGHT_MPS)
    return np.asarray(eirp + gain - spread - rate * reach / 1000.0 - loss)[()]


def passive_rf_pd(
    range_m: ArrayLike,
    eirp_dbm: ArrayLike | None,
    frequency_hz: ArrayLike,
    *,
    sensitivity_dbm: ArrayLike,
    receive_gain_dbi: ArrayLike = 0.0,
    attenuation_db_per_km: ArrayLike = 0.0,
    loss_db: ArrayLike = 0.0,
    sigma_db: ArrayLike = ASSUMED_SIGMA_DB,
    emitting_fraction: ArrayLike = 1.0,
) -> Floats:
    """Return the probability that a passive sensor hears an emitter in one look.

    Parameters
    ----------
    range_m, eirp_dbm, frequency_hz, receive_gain_dbi, attenuation_db_per_km, loss_db
        As `received_power_dbm`.
    sensitivity_dbm : array_like
        Received power that is detected half of the time [dBm].
    sigma_db : array_like
        Standard deviation of the received power, above 0 [dB].
    emitting_fraction : array_like
        Share of the looks in which the emitter is on [1].

    Returns
    -------
    ndarray or float
        Probability [1]; exactly 0 for a silent emitter.

    Raises
    ------
    InputError
        As `received_power_dbm`, and for a spread not above zero or a share outside 0 to 1.
    """
    given = Arguments("passive_rf_pd")
    sensitivity = given.finite("sensitivity_dbm", sensitivity_dbm, "dBm")
    sigma = given.positive("sigma_db", sigma_db, "dB")
    share = given.fraction("emitting_fraction", emitting_fraction)
    given.done()
    power = received_power_dbm(
        range_m, eirp_dbm, frequency_hz, receive_gain_dbi=receive_gain_dbi,
        attenuation_db_per_km=attenuation_db_per_km, loss_db=loss_db,
    )  # fmt: skip
    given.shapes(
        power=np.asarray(power), sensitivity_dbm=sensitivity, sigma_db=sigma, emitting_fraction=share
    )
    given.done()
    return np.asarray(share * ndtr((power - sensitivity) / sigma))[()]


def passive_rf_range_m(
    eirp_dbm: ArrayLike | None,
    frequency_hz: ArrayLike,
    *,
    sensitivity_dbm: ArrayLike,
    pd: ArrayLike = 0.5,
    receive_gain_dbi: ArrayLike = 0.0,
    attenuation_db_per_km: ArrayLike = 0.0,
    loss_db: ArrayLike = 0.0,
    sigma_db: ArrayLike = ASSUMED_SIGMA_DB,
) -> Floats:
    """Return the range at which an emitter that is on is heard: the inverse of `passive_rf_pd`.

    Parameters
    ----------
    eirp_dbm, frequency_hz, sensitivity_dbm, receive_gain_dbi, attenuation_db_per_km, loss_db, sigma_db
        As `passive_rf_pd`.
    pd : array_like
        Wanted probability, between 0 and 1 [1].

    Returns
    -------
    ndarray or float
        Slant range in free space and air; the horizon comes on top [m]. 0 for a silent emitter.

    Raises
    ------
    InputError
        As `passive_rf_pd`.
    """
    given = Arguments("passive_rf_range_m")
    sensitivity = given.finite("sensitivity_dbm", sensitivity_dbm, "dBm")
    wanted = given.number("pd", pd, above=0.0, below=1.0)
    sigma = given.positive("sigma_db", sigma_db, "dB")
    given.done()
    at_one_metre = received_power_dbm(
        1.0, eirp_dbm, frequency_hz, receive_gain_dbi=receive_gain_dbi, loss_db=loss_db
    )
    given.shapes(power=np.asarray(at_one_metre), sensitivity_dbm=sensitivity, pd=wanted, sigma_db=sigma)
    given.done()
    room_db = at_one_metre - sensitivity - sigma * ndtri(wanted)
    return range_through_loss_m(np.power(10.0, room_db / 20.0), attenuation_db_per_km, spreading_db=20.0)


def _eirp(given: Arguments, eirp_dbm: ArrayLike | None) -> Floats:
    """Radiated power, silence as minus infinity."""
    if eirp_dbm is None:
        return np.array(-np.inf)
    eirp = given.number(
        "eirp_dbm", eirp_dbm, below=np.inf, nan=True, unit="dBm, or None for a silent emitter"
    )
    return np.where(np.isnan(eirp), -np.inf, eirp)
