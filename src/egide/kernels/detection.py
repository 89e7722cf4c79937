"""Exact detection probability after square-law detection and non-coherent integration.

Noise alone makes the sum of N pulses a gamma variable of shape N. A target adds a Poisson number j of
unit steps to that shape, so that Pd is the sum over j of weight(j) * Q(N + j, T), where Q is the upper
regularised incomplete gamma function and T the threshold. The weights are Poisson for a steady echo and
negative binomial for an echo that fluctuates as a gamma variable of shape K: K = 1, N, 2 and 2N are
Swerling's cases 1 to 4 (Swerling, "Probability of detection for fluctuating targets", IRE Transactions
IT-6, 1960; Marcum 1947 for the steady echo). Every term is positive, so nothing cancels.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit

_BIG = 1e200
_LOG_BIG = math.log(_BIG)
_SMALLEST_LOG = -700.0


@jit
def pd_square_law(snr: float, threshold: float, pfa: float, pulses: float, shape: float) -> float:
    """Detection probability at a per-pulse signal to noise ratio.

    `threshold` solves Q(pulses, threshold) = pfa; `shape` is that of the echo's gamma distribution, 0 for
    an echo that does not fluctuate. An infinite ratio gives 1 and a NaN gives NaN.
    """
    if math.isnan(snr):
        return math.nan
    mean = pulses * snr
    if mean <= 0.0:
        return pfa
    if mean > 1e300:
        return 1.0
    steady = shape == 0.0
    log_scale = -mean if steady else -shape * math.log1p(mean / shape)
    ratio = mean if steady else mean / (shape + mean)
    scale = math.exp(log_scale) if log_scale > _SMALLEST_LOG else 0.0
    step = math.exp(pulses * math.log(threshold) - threshold - math.lgamma(pulses + 1.0))
    term, upper, found, mass, j = 1.0, pfa, 0.0, 0.0, 0.0
    # First the terms whose threshold still matters: their number does not grow with the echo.
    while True:
        found += term * scale * upper
        mass += term * scale
        fall = threshold / (pulses + j + 1.0)
        if fall < 1.0 and step < 1e-17 * (1.0 - fall):
            break
        upper = min(1.0, upper + step)
        step *= fall
        term *= ratio / (j + 1.0) if steady else ratio * (shape + j) / (j + 1.0)
        j += 1.0
        if term > _BIG:
            term /= _BIG
            log_scale += _LOG_BIG
            scale = math.exp(log_scale) if log_scale > _SMALLEST_LOG else 0.0
    rest = 1.0 - mass
    if rest > 1e-3:
        return min(1.0, found + rest)
    # A weak echo: the rest is too small to be had by subtraction, and its terms fall quickly.
    while True:
        term *= ratio / (j + 1.0) if steady else ratio * (shape + j) / (j + 1.0)
        j += 1.0
        more = term * scale
        found += more
        if more <= 1e-18 * found:
            return min(1.0, found)


@jit
def _excess(snr_db: float, pd: float, threshold: float, pfa: float, pulses: float, shape: float) -> float:
    return pd_square_law(math.pow(10.0, snr_db / 10.0), threshold, pfa, pulses, shape) - pd


@jit
def required_snr_db(pd: float, threshold: float, pfa: float, pulses: float, shape: float) -> float:
    """Per-pulse signal to noise ratio [dB] that gives a detection probability above the false-alarm one.

    Bracketed in steps of 20 dB, then by Chandrupatla's method (Advances in Engineering Software 28, 1997),
    which never does worse than bisection. NaN if +-400 dB do not bracket it.
    """
    low, high = -10.0, 10.0
    while _excess(low, pd, threshold, pfa, pulses, shape) > 0.0:
        high = low
        low -= 20.0
        if low < -400.0:
            return math.nan
    while _excess(high, pd, threshold, pfa, pulses, shape) < 0.0:
        low = high
        high += 20.0
        if high > 400.0:
            return math.nan
    b, a, c = low, high, low
    fb = _excess(b, pd, threshold, pfa, pulses, shape)
    fa = _excess(a, pd, threshold, pfa, pulses, shape)
    fc = fb
    t = 0.5
    for _ in range(200):
        x = a + t * (b - a)
        fx = _excess(x, pd, threshold, pfa, pulses, shape)
        if (fx > 0.0) == (fa > 0.0):
            c, fc = a, fa
        else:
            c, fc = b, fb
            b, fb = a, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        room = 1e-12 + 4e-16 * abs(best)
        limit = room / max(abs(b - a), 1e-300)
        if limit > 0.5 or fa == 0.0:
            return best
        t = 0.5
        xi = (a - b) / (c - b)
        phi = (fa - fb) / (fc - fb)
        if phi * phi < xi and (1.0 - phi) * (1.0 - phi) < 1.0 - xi:
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        t = min(1.0 - limit, max(limit, t))
    return best


@jit
def pd_many(
    snr: NDArray[np.float64],
    threshold: NDArray[np.float64],
    pfa: NDArray[np.float64],
    pulses: NDArray[np.float64],
    shape: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """`pd_square_law` over flat arrays of one length."""
    for i in range(snr.size):
        out[i] = pd_square_law(snr[i], threshold[i], pfa[i], pulses[i], shape[i])


@jit
def required_snr_many(
    pd: NDArray[np.float64],
    threshold: NDArray[np.float64],
    pfa: NDArray[np.float64],
    pulses: NDArray[np.float64],
    shape: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """`required_snr_db` over flat arrays of one length."""
    for i in range(pd.size):
        out[i] = required_snr_db(pd[i], threshold[i], pfa[i], pulses[i], shape[i])


@jit
def hermite_many(
    x: NDArray[np.float64],
    start: float,
    step: float,
    values: NDArray[np.float64],
    slopes: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Cubic Hermite interpolation on an even grid; beyond its ends the end values. NaN stays NaN."""
    last = values.size - 1
    for i in range(x.size):
        place = (x[i] - start) / step
        if math.isnan(place):
            out[i] = math.nan
        elif place <= 0.0:
            out[i] = values[0]
        elif place >= last:
            out[i] = values[last]
        else:
            k = int(place)
            u = place - k
            v = 1.0 - u
            out[i] = (
                v * v * ((1.0 + 2.0 * u) * values[k] + u * step * slopes[k])
                + u * u * ((1.0 + 2.0 * v) * values[k + 1] - v * step * slopes[k + 1])
            )  # fmt: skip
