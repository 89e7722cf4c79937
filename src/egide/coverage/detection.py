"""Detection probability of a radar: exact for Swerling 0 to 4 and N pulses, and two approximations.

Square-law detector, N pulses integrated non-coherently, threshold for a stated false-alarm probability.
The signal to noise ratio is that of one pulse, averaged over the fluctuation of the echo.

References
----------
.. [1] P. Swerling, "Probability of detection for fluctuating targets", IRE Trans. IT-6, 1960.
.. [2] W. J. Albersheim, "A closed-form approximation to Robertson's detection characteristics",
   Proc. IEEE 69, 1981.
.. [3] D. A. Shnidman, "Determination of required SNR values", IEEE Trans. AES 38, 2002.
.. [4] M. A. Richards, *Fundamentals of Radar Signal Processing*, McGraw-Hill, chapter 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import pchip_interpolate
from scipy.special import gammainccinv

from egide.coverage.arguments import Arguments, Floats
from egide.kernels import detection as kernel

SWERLING_CASES = (0, 1, 2, 3, 4)
"""0: steady echo; 1, 2: many scatterers, from scan to scan or pulse to pulse; 3, 4: one dominant."""

_PULSES_REMEDY = "the number of integrated pulses"
_CURVE_START_DB = -70.0
_CURVE_STOP_DB = 80.0
_CURVE_STEP_DB = 0.025


def detection_probability(
    snr_db: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1
) -> Floats:
    """Return the exact probability of detection.

    Parameters
    ----------
    snr_db : array_like
        Signal to noise ratio of one pulse, mean over the fluctuation [dB]. -inf is no echo, which gives
        `pfa`; NaN is "no data" and gives NaN.
    pfa : array_like
        Probability of false alarm of one decision, between 0 and 1 [1].
    pulses : array_like of int
        Pulses integrated non-coherently, at least 1. A coherent burst counts as one pulse.
    swerling : array_like of int
        Fluctuation case, 0 to 4.

    Returns
    -------
    ndarray or float
        Probability of detection [1], of the broadcast shape. Never below `pfa`.

    Raises
    ------
    InputError
        For unknown or fractional `pulses`, another case than 0 to 4, or `pfa` outside (0, 1).
    """
    given = Arguments("detection_probability")
    snr = given.number("snr_db", snr_db, nan=True, unit="dB")
    pfa_, pulses_, case = _decision(given, pfa, pulses, swerling)
    given.shapes(snr_db=snr, pfa=pfa_, pulses=pulses_, swerling=case)
    given.done()
    shape = np.broadcast_shapes(snr.shape, pfa_.shape, pulses_.shape, case.shape)
    with np.errstate(over="ignore"):
        ratio = np.power(10.0, snr / 10.0)
    out = np.empty(shape)
    flat = np.ascontiguousarray(np.broadcast_to(ratio, shape)).ravel()
    threshold, alarm, number, echo = _flat(pfa_, pulses_, case, shape)
    kernel.pd_many(flat, threshold, alarm, number, echo, out.ravel())
    return out[()]


def required_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1) -> Floats:
    """Return the per-pulse signal to noise ratio that gives a probability of detection, exactly.

    Parameters
    ----------
    pd : array_like
        Wanted probability of detection, above `pfa` and below 1 [1].
    pfa : array_like
        Probability of false alarm [1].
    pulses : array_like of int
        Pulses integrated non-coherently, at least 1.
    swerling : array_like of int
        Fluctuation case, 0 to 4.

    Returns
    -------
    ndarray or float
        Signal to noise ratio of one pulse [dB], of the broadcast shape: the inverse of
        `detection_probability` to better than 1e-9 in `pd`.

    Raises
    ------
    InputError
        As `detection_probability`, and where `pd` is not above `pfa`, which no echo is needed for.
    """
    given = Arguments("required_snr_db")
    pd_ = given.number("pd", pd, above=0.0, below=1.0)
    pfa_, pulses_, case = _decision(given, pfa, pulses, swerling)
    given.shapes(pd=pd_, pfa=pfa_, pulses=pulses_, swerling=case)
    given.done()
    shape = np.broadcast_shapes(pd_.shape, pfa_.shape, pulses_.shape, case.shape)
    pd_ = np.ascontiguousarray(np.broadcast_to(pd_, shape))
    if np.any(pd_ <= pfa_):
        worst = float(pd_[pd_ <= pfa_].ravel()[0])
        given.refuse("pd", worst, "must be above pfa: false alarms alone already reach it")
        given.done()
    out = np.empty(shape)
    threshold, alarm, number, echo = _flat(pfa_, pulses_, case, shape)
    kernel.required_snr_many(pd_.ravel(), threshold, alarm, number, echo, out.ravel())
    return out[()]


def albersheim_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1) -> Floats:
    """Approximate the required signal to noise ratio of a steady echo (Albersheim [2]_).

    An approximation for Swerling 0 and a linear detector, published for `pd` of 0.1 to 0.9, `pfa` of 1e-7
    to 1e-3 and 1 to 8096 pulses. Against the exact square-law value over that box it was found within
    0.34 dB for `pd` of 0.3 and more, but 4 dB too low at a `pd` of 0.1 and `pfa` of 1e-3. Use
    `required_snr_db` for a result.

    Parameters
    ----------
    pd, pfa : array_like
        Probabilities of detection and of false alarm, both in (0, 1).
    pulses : array_like of int
        Pulses integrated non-coherently.

    Returns
    -------
    ndarray or float
        Signal to noise ratio of one pulse [dB].

    Raises
    ------
    InputError
        For arguments outside their domain, and where the formula has no value at all.
    """
    given = Arguments("albersheim_snr_db")
    pd_ = given.number("pd", pd, above=0.0, below=1.0)
    pfa_, pulses_, _ = _decision(given, pfa, pulses, 0)
    given.shapes(pd=pd_, pfa=pfa_, pulses=pulses_)
    given.done()
    a = np.log(0.62 / pfa_)
    b = np.log(pd_ / (1.0 - pd_))
    inner = a + 0.12 * a * b + 1.7 * b
    if np.any(inner <= 0.0):
        given.refuse("pd", float(np.min(pd_)), "is too small for Albersheim's formula; use required_snr_db")
        given.done()
    snr = -5.0 * np.log10(pulses_) + (6.2 + 4.54 / np.sqrt(pulses_ + 0.44)) * np.log10(inner)
    return np.asarray(snr)[()]


def shnidman_snr_db(pd: ArrayLike, pfa: ArrayLike, pulses: ArrayLike = 1, swerling: ArrayLike = 1) -> Floats:
    """Approximate the required signal to noise ratio for Swerling 0 to 4 (Shnidman [3]_).

    An approximation, published as within 0.5 dB for `pd` of 0.1 to 0.99, `pfa` of 1e-9 to 1e-3 and 1 to
    100 pulses. Over that box it was found within 0.3 dB of the exact value for case 0 and within 1.1 dB
    for the fluctuating cases. Use `required_snr_db` for a result.

    Parameters
    ----------
    pd : array_like
        Probability of detection, 0.1 to 0.99: outside it the fit does not hold and is refused.
    pfa : array_like
        Probability of false alarm, below 0.5.
    pulses, swerling : array_like of int

    Returns
    -------
    ndarray or float
        Signal to noise ratio of one pulse [dB].

    Raises
    ------
    InputError
        For arguments outside their domain.
    """
    given = Arguments("shnidman_snr_db")
    pd_ = given.number("pd", pd, low=0.1, high=0.99)
    pfa_, pulses_, case = _decision(given, pfa, pulses, swerling)
    if np.any(pfa_ >= 0.5):
        given.refuse("pfa", float(np.max(pfa_)), "must be below 0.5 for Shnidman's formula")
    given.shapes(pd=pd_, pfa=pfa_, pulses=pulses_, swerling=case)
    given.done()
    alpha = np.where(pulses_ < 40, 0.0, 0.25)
    eta = np.sqrt(-0.8 * np.log(4.0 * pfa_ * (1.0 - pfa_)))
    eta = eta + np.sign(pd_ - 0.5) * np.sqrt(-0.8 * np.log(4.0 * pd_ * (1.0 - pd_)))
    steady = eta * (eta + 2.0 * np.sqrt(pulses_ / 2.0 + (alpha - 0.25)))
    # A fluctuating echo of few degrees of freedom pays for its fades; a steady one (case 0) does not.
    few = np.where(case == 0, 0.0, 1.0 / np.where(case == 0, 1.0, _shape(case, pulses_)))
    first = (((17.7006 * pd_ - 18.4496) * pd_ + 14.5339) * pd_ - 3.525) * few
    second = np.exp(27.31 * pd_ - 25.14)
    second = second + (pd_ - 0.8) * (0.7 * np.log(1e-5 / pfa_) + (2.0 * pulses_ - 20.0) / 80.0)
    loss_db = first + np.where(pd_ > 0.872, second * few, 0.0)
    return np.asarray(loss_db + 10.0 * np.log10(steady / pulses_))[()]


@dataclass(frozen=True)
class DetectionCurve:
    """Detection probability tabulated against signal to noise ratio, for millions of points.

    Monotone cubic interpolation of the exact values; `detection_curve` makes one.
    """

    pfa: float
    """Probability of false alarm [1]."""
    pulses: int
    """Pulses integrated non-coherently."""
    swerling: int
    """Fluctuation case."""
    snr_db: Floats
    """Even grid of signal to noise ratios [dB]."""
    pd_fraction: Floats
    """Exact detection probability on the grid [1]."""
    slope_per_db: Floats
    """Slopes that keep the interpolation monotone [1/dB]."""

    def pd(self, snr_db: ArrayLike) -> Floats:
        """Return the detection probability at any ratio; beyond the table its end values, NaN for NaN.

        Parameters
        ----------
        snr_db : array_like
            Signal to noise ratio of one pulse [dB].

        Returns
        -------
        ndarray or float
            Probability [1], within 1e-6 of `detection_probability` for up to 1000 pulses.
        """
        snr = np.ascontiguousarray(snr_db, dtype=np.float64)
        out = np.empty(snr.size)
        step = float(self.snr_db[1] - self.snr_db[0])
        start = float(self.snr_db[0])
        kernel.hermite_many(snr.ravel(), start, step, self.pd_fraction, self.slope_per_db, out)
        return out.reshape(np.shape(snr_db))[()]


def detection_curve(pfa: float, pulses: int = 1, swerling: int = 1) -> DetectionCurve:
    """Tabulate `detection_probability` from -70 to 80 dB in steps of 0.025 dB.

    Parameters
    ----------
    pfa : float
        Probability of false alarm [1].
    pulses, swerling : int
        As `detection_probability`.

    Returns
    -------
    DetectionCurve

    Raises
    ------
    InputError
        As `detection_probability`.
    """
    grid = np.arange(_CURVE_START_DB, _CURVE_STOP_DB + 0.5 * _CURVE_STEP_DB, _CURVE_STEP_DB)
    values = np.maximum.accumulate(detection_probability(grid, pfa, pulses, swerling))
    slopes = pchip_interpolate(grid, values, grid, der=1)
    for array in (grid, values, slopes):
        array.flags.writeable = False
    return DetectionCurve(float(pfa), int(pulses), int(swerling), grid, values, slopes)


def _decision(
    given: Arguments, pfa: ArrayLike, pulses: ArrayLike, swerling: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Read what defines the decision: false alarms, pulses and fluctuation."""
    return (
        given.number("pfa", pfa, above=0.0, below=1.0),
        given.whole("pulses", pulses),
        given.whole("swerling", swerling, low=0, high=4),
    )


def _shape(case: Floats, pulses: Floats) -> Floats:
    """Shape of the gamma distribution of the integrated echo; 0 stands for no fluctuation."""
    shapes = [np.zeros_like(pulses), np.ones_like(pulses), pulses, np.full_like(pulses, 2.0), 2.0 * pulses]
    return np.asarray(np.select([case == number for number in SWERLING_CASES], shapes), dtype=np.float64)


def _flat(pfa: Floats, pulses: Floats, case: Floats, shape: tuple[int, ...]) -> tuple[Floats, ...]:
    """Threshold, false alarms, pulses and shape as flat arrays, the threshold found before broadcasting."""
    threshold = np.asarray(gammainccinv(pulses, pfa))
    parts = (threshold, pfa, pulses, _shape(case, pulses))
    return tuple(np.ascontiguousarray(np.broadcast_to(part, shape)).ravel() for part in parts)
