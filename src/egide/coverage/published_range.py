"""A radar known by one published range: detection probability at any range and echo.

The published sentence "sees 1 m2 at 100 km with probability 0.8" fixes one point of the curve; the radar
equation (fourth power of range, echo area) and the exact Swerling statistics give the rest. What such a
sentence leaves open, 1.5 to 3 dB of calibration, goes along as a band and is never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from egide.coverage.arguments import Arguments, Floats
from egide.coverage.detection import DetectionCurve, detection_curve, required_snr_db
from egide.coverage.radar import CALIBRATION_ERROR_DB, RangeBand, range_band_for_rcs_m, range_through_loss_m


@dataclass(frozen=True)
class PublishedRange:
    """What a source says a radar does, and the decision it is assumed to make.

    Raises
    ------
    InputError
        On construction, for values out of their domain, all of them at once.
    """

    range_m: float
    """Slant range of the statement [m]."""
    rcs_m2: float
    """Echo of the statement [m2]."""
    pd_fraction: float
    """Single-scan detection probability of the statement [1]."""
    pfa: float = 1e-6
    """Probability of false alarm; assumed unless the source states it [1]."""
    pulses: int = 10
    """Pulses integrated non-coherently; assumed unless the source states it."""
    swerling: int = 1
    """Fluctuation case; 1, the default, is cautious inside the published range and generous beyond it."""
    calibration_error_db: float = CALIBRATION_ERROR_DB
    """Error of the statement either way [dB]."""

    def __post_init__(self) -> None:
        given = Arguments("PublishedRange")
        given.positive("range_m", self.range_m, "m")
        given.positive("rcs_m2", self.rcs_m2, "m2")
        pd = given.number("pd_fraction", self.pd_fraction, above=0.0, below=1.0)
        pfa = given.number("pfa", self.pfa, above=0.0, below=1.0)
        given.whole("pulses", self.pulses)
        given.whole("swerling", self.swerling, low=0, high=4)
        given.not_negative("calibration_error_db", self.calibration_error_db, "dB")
        if np.any(pd <= pfa):
            given.refuse("pd_fraction", self.pd_fraction, "must be above pfa")
        given.done()

    @cached_property
    def snr_db(self) -> float:
        """Signal to noise ratio of one pulse at the published range [dB]."""
        return float(required_snr_db(self.pd_fraction, self.pfa, self.pulses, self.swerling))

    @cached_property
    def curve(self) -> DetectionCurve:
        """Detection probability against signal to noise ratio."""
        return detection_curve(self.pfa, self.pulses, self.swerling)


@dataclass(frozen=True)
class PdBand:
    """A detection probability with what the calibration error makes of it."""

    low_fraction: Floats
    """If the radar is worse than stated [1]."""
    pd_fraction: Floats
    """As stated [1]."""
    high_fraction: Floats
    """If it is better [1]."""


def published_snr_db(
    published: PublishedRange,
    range_m: ArrayLike,
    rcs_m2: ArrayLike,
    *,
    attenuation_db_per_km: ArrayLike = 0.0,
    gain_db: ArrayLike = 0.0,
) -> Floats:
    """Return the signal to noise ratio of one pulse at a range.

    Parameters
    ----------
    published : PublishedRange
    range_m : array_like
        Slant range [m].
    rcs_m2 : array_like
        Echo [m2].
    attenuation_db_per_km : array_like
        One-way attenuation beyond the weather of the published figure, such as rain [dB/km].
    gain_db : array_like
        Any other gain or, negative, loss, such as 40 log10 of a lobe's factor [dB].

    Returns
    -------
    ndarray or float
        Signal to noise ratio [dB].

    Raises
    ------
    InputError
        For ranges or echoes not above zero, and negative attenuation.
    """
    given = Arguments("published_snr_db")
    reach = given.positive("range_m", range_m, "m")
    echo = given.positive("rcs_m2", rcs_m2, "m2")
    rate = given.not_negative("attenuation_db_per_km", attenuation_db_per_km, "dB/km")
    gain = given.number("gain_db", gain_db, below=np.inf, unit="dB")
    given.shapes(range_m=reach, rcs_m2=echo, attenuation_db_per_km=rate, gain_db=gain)
    given.done()
    spread = 40.0 * np.log10(published.range_m / reach) + 10.0 * np.log10(echo / published.rcs_m2)
    return np.asarray(published.snr_db + spread + gain - 2.0 * rate * reach / 1000.0)[()]


def published_pd(
    published: PublishedRange,
    range_m: ArrayLike,
    rcs_m2: ArrayLike,
    *,
    attenuation_db_per_km: ArrayLike = 0.0,
    gain_db: ArrayLike = 0.0,
) -> PdBand:
    """Return the single-scan detection probability at a range, with its band.

    Parameters
    ----------
    published, range_m, rcs_m2, attenuation_db_per_km, gain_db
        As `published_snr_db`.

    Returns
    -------
    PdBand
        Interpolated from the exact values to 1e-6.

    Raises
    ------
    InputError
        As `published_snr_db`.
    """
    snr = published_snr_db(
        published, range_m, rcs_m2, attenuation_db_per_km=attenuation_db_per_km, gain_db=gain_db
    )
    error = published.calibration_error_db
    curve = published.curve
    return PdBand(curve.pd(snr - error), curve.pd(snr), curve.pd(snr + error))


def published_range_band_m(
    published: PublishedRange,
    rcs_m2: ArrayLike,
    pd: ArrayLike | None = None,
    *,
    attenuation_db_per_km: ArrayLike = 0.0,
) -> RangeBand:
    """Return the range at which an echo is detected with a probability, with its band.

    Parameters
    ----------
    published : PublishedRange
    rcs_m2 : array_like
        Echo [m2].
    pd : array_like, optional
        Wanted single-scan detection probability [1]; without it that of the statement.
    attenuation_db_per_km : array_like
        One-way attenuation beyond the weather of the published figure [dB/km].

    Returns
    -------
    RangeBand

    Raises
    ------
    InputError
        As `published_snr_db` and `required_snr_db`.
    """
    wanted = published.pd_fraction if pd is None else pd
    needed = required_snr_db(wanted, published.pfa, published.pulses, published.swerling)
    reach = published.range_m * np.power(10.0, (published.snr_db - np.asarray(needed)) / 40.0)
    free = range_band_for_rcs_m(
        reach, published.rcs_m2, rcs_m2, calibration_error_db=published.calibration_error_db
    )
    low, middle, high = (
        range_through_loss_m(part, attenuation_db_per_km) for part in (free.low_m, free.range_m, free.high_m)
    )
    return RangeBand(low, middle, high)
