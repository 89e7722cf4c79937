"""Detection probability of one scan, for a sensor type, an echo and a range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.model.catalogue_types import SensorKind, SensorType

FALSE_ALARM_PROBABILITY = 1e-6
"""Per cell and scan, at which published ranges are taken to hold; assumed: the usual textbook value."""

SOFT_EDGE_DB = 6.0
"""Spread of the edge of a sensor that is not a radar [dB]; public acoustic trials scatter by 5 to 8 dB."""


def single_scan_pd(sensor: SensorType, range_m: NDArray[np.float64], rcs_m2: float) -> NDArray[np.float64]:
    """Probability that one scan detects the echo [1].

    A radar is anchored at its published range: with a Swerling 1 target, Pd = Pfa ** (1 / (1 + SNR)), the
    SNR at the reference range follows from the reference Pd, and it falls with the fourth power of range
    and rises with the echo. Any other sensor loses half its ceiling at its range, along a normal whose
    standard deviation is `SOFT_EDGE_DB` of spherical spreading. Both are capped by the type's ceiling.

    Parameters
    ----------
    sensor : SensorType
    range_m : ndarray of float
        Slant ranges [m], any shape.
    rcs_m2 : float
        Echo [m2]; radars only.

    Returns
    -------
    ndarray of float
        Same shape.
    """
    from scipy.stats import norm

    ceiling = sensor.pd_fraction.value
    safe_m = np.maximum(range_m, 1.0)
    if sensor.kind is SensorKind.RADAR and sensor.reference_range_m is not None:
        assert sensor.reference_pd_fraction is not None and sensor.reference_rcs_m2 is not None
        reference_pd = min(max(sensor.reference_pd_fraction.value, 1e-3), 0.999)
        reference_snr = np.log(FALSE_ALARM_PROBABILITY) / np.log(reference_pd) - 1.0
        ratio = (sensor.reference_range_m.value / safe_m) ** 4 * rcs_m2 / sensor.reference_rcs_m2.value
        pd = FALSE_ALARM_PROBABILITY ** (1.0 / (1.0 + reference_snr * ratio))
    else:
        margin_db = 20.0 * np.log10(sensor.instrumented_range_m.value / safe_m)
        pd = norm.cdf(margin_db / SOFT_EDGE_DB)
    within = range_m <= sensor.instrumented_range_m.value
    capped: NDArray[np.float64] = np.where(within, np.minimum(pd, ceiling), 0.0)
    return capped
