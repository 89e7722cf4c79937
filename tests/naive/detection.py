"""Slow twins of `egide.kernels.detection`: numerical integration over the echo, plain bisection."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import simpson
from scipy.interpolate import CubicHermiteSpline
from scipy.stats import gamma, ncx2


def pd_square_law(snr: float, threshold: float, pulses: float, shape: float) -> float:
    """Average the steady-echo probability over a gamma-distributed echo of mean `snr`."""

    def steady(ratio: float) -> float:
        return float(ncx2.sf(2.0 * threshold, 2.0 * pulses, 2.0 * pulses * ratio))

    if shape == 0.0:
        return steady(snr)
    echo = gamma(shape, scale=snr / shape)
    # Over the logarithm of the echo, by Simpson's rule: smooth, and the faint echoes get their share.
    log_echo = np.linspace(np.log(echo.ppf(1e-13)), np.log(echo.isf(1e-13)), 2001)
    ratio = np.exp(log_echo)
    seen = ncx2.sf(2.0 * threshold, 2.0 * pulses, 2.0 * pulses * ratio)
    return float(simpson(seen * echo.pdf(ratio) * ratio, x=log_echo))


def required_snr_db(pd: float, threshold: float, pulses: float, shape: float) -> float:
    """Bisect the twin above."""
    low, high = -60.0, 90.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        if pd_square_law(10.0 ** (middle / 10.0), threshold, pulses, shape) < pd:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def hermite(
    x: NDArray[np.float64],
    start: float,
    step: float,
    values: NDArray[np.float64],
    slopes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Interpolate by SciPy's own spline, held at the ends."""
    grid = start + step * np.arange(values.size)
    spline = CubicHermiteSpline(grid, values, slopes)
    inside = np.clip(x, grid[0], grid[-1])
    return np.array([math.nan if math.isnan(one) else float(spline(one)) for one in inside])
