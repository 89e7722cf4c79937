"""From detections to a track: M of N, how long it takes, and how often it is false.

References
----------
.. [1] F. R. Castella, "Sliding window detection probabilities", IEEE Trans. AES 12, 1976.
.. [2] S. Blackman, R. Popoli, *Design and Analysis of Modern Tracking Systems*, Artech House, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrc

from egide.coverage.arguments import Arguments, Floats
from egide.kernels import tracking as kernel
from egide.units import SECONDS_PER_DAY

LONGEST_WINDOW: Final = 12
"""Longest window, in scans, of the scan-by-scan calculation; its states double with each scan."""


@dataclass(frozen=True)
class TrackInitiation:
    """When a target on a stated sequence of scans is confirmed as a track."""

    first_fraction: Floats
    """Probability that scan i is the one that confirms, shape (..., scans) [1]."""
    confirmed_fraction: Floats
    """Probability of a confirmed track by scan i, shape (..., scans) [1]."""
    expected_scans: Floats
    """Mean number of scans to confirmation, given that it comes; NaN where it cannot [1]."""
    latency_s: Floats
    """`scan_period_s * expected_scans + delay_s` [s]."""


def m_of_n_probability(p: ArrayLike, m: ArrayLike, n: ArrayLike) -> Floats:
    """Return the probability of at least M detections in N looks.

    Parameters
    ----------
    p : array_like
        Detection probability of each look [1].
    m, n : array_like of int
        1 <= m <= n.

    Returns
    -------
    ndarray or float
        Probability [1].

    Raises
    ------
    InputError
        For probabilities outside 0 to 1, and m outside 1 to n.
    """
    given = Arguments("m_of_n_probability")
    p_ = given.fraction("p", p)
    m_, n_ = _window(given, m, n)
    given.shapes(p=p_, m=m_, n=n_)
    given.done()
    return np.asarray(bdtrc(m_ - 1.0, n_.astype(np.int64), p_), dtype=np.float64)[()]


def track_initiation(
    pd_by_scan: ArrayLike, m: int, n: int, *, scan_period_s: float = 1.0, delay_s: float = 0.0
) -> TrackInitiation:
    """Work out when a track is confirmed while the detection probability changes from scan to scan.

    Parameters
    ----------
    pd_by_scan : array_like
        Detection probability of each scan, shape (..., scans) [1]; the first entry is the first scan in
        which the target could be seen.
    m, n : int
        A track is confirmed by M detections within the last N scans, 1 <= m <= n <= 12.
    scan_period_s : float
        Time between scans [s].
    delay_s : float
        From confirmation to the people who act (command and control) [s].

    Returns
    -------
    TrackInitiation

    Raises
    ------
    InputError
        For probabilities outside 0 to 1, windows outside their limits, no scan at all, or times below zero.
    """
    given = Arguments("track_initiation")
    pd = given.fraction("pd_by_scan", pd_by_scan)
    if pd.ndim < 1 or pd.shape[-1] < 1:
        given.refuse("pd_by_scan", pd.shape, "needs one probability for each scan, at least one scan")
    _window(given, m, n, LONGEST_WINDOW)
    period = given.positive("scan_period_s", scan_period_s, "s")
    delay = given.not_negative("delay_s", delay_s, "s")
    given.done()
    flat = np.ascontiguousarray(pd.reshape(-1, pd.shape[-1]))
    out = np.empty_like(flat)
    kernel.first_confirmation(flat, int(m), int(n), out)
    first = out.reshape(pd.shape)
    confirmed = np.minimum(np.cumsum(first, axis=-1), 1.0)
    ever = first.sum(axis=-1)
    scans = np.arange(1.0, pd.shape[-1] + 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(ever > 0.0, (first * scans).sum(axis=-1) / ever, np.nan)
    return TrackInitiation(first, confirmed, expected[()], np.asarray(period * expected + delay)[()])


def expected_scans(p: ArrayLike, m: int, n: int) -> Floats:
    """Return the mean number of scans to a confirmed track at a constant detection probability.

    Parameters
    ----------
    p : array_like
        Detection probability of each scan [1].
    m, n : int
        1 <= m <= n <= 12.

    Returns
    -------
    ndarray or float
        Scans; `m` at p = 1, infinite at p = 0.

    Raises
    ------
    InputError
        As `track_initiation`.
    """
    given = Arguments("expected_scans")
    p_ = given.fraction("p", p)
    _window(given, m, n, LONGEST_WINDOW)
    given.done()
    distinct, back = np.unique(p_, return_inverse=True)
    means = [kernel.mean_scans(float(one), int(m), int(n)) if one > 0.0 else np.inf for one in distinct]
    return np.asarray(np.array(means)[back].reshape(p_.shape))[()]


def false_alarms_per_day(pfa: ArrayLike, cells: ArrayLike, scan_period_s: ArrayLike) -> Floats:
    """Return the expected number of false detections a day.

    Parameters
    ----------
    pfa : array_like
        Probability of false alarm of one cell in one scan [1].
    cells : array_like
        Resolution cells (range x azimuth x Doppler) that are decided on in a scan.
    scan_period_s : array_like
        Time between scans [s].

    Returns
    -------
    ndarray or float
        False detections [1/day].

    Raises
    ------
    InputError
        For values out of their domain.
    """
    given = Arguments("false_alarms_per_day")
    alarm, number, period = _alarms(given, pfa, cells, scan_period_s)
    given.done()
    return np.asarray(alarm * number * SECONDS_PER_DAY / period)[()]


def false_tracks_per_day(
    pfa: ArrayLike, cells: ArrayLike, scan_period_s: ArrayLike, m: int, n: int, *, gate_cells: ArrayLike = 9
) -> Floats:
    """Return the expected number of false tracks a day.

    Every false detection opens a tentative track; it is confirmed when at least M - 1 of the N - 1 next
    scans put another false detection into its gate. Tracks that overlap are counted each: an upper figure.

    Parameters
    ----------
    pfa, cells, scan_period_s
        As `false_alarms_per_day`.
    m, n : int
        1 <= m <= n.
    gate_cells : array_like
        Cells in the gate of a tentative track, at least 1; 9 is one cell either way in two dimensions.

    Returns
    -------
    ndarray or float
        False tracks [1/day]; with M = 1 the false detections themselves.

    Raises
    ------
    InputError
        For values out of their domain.
    """
    given = Arguments("false_tracks_per_day")
    alarm, number, period = _alarms(given, pfa, cells, scan_period_s)
    _window(given, m, n)
    gate = given.number("gate_cells", gate_cells, low=1.0, below=np.inf)
    given.shapes(pfa=alarm, cells=number, scan_period_s=period, gate_cells=gate)
    given.done()
    opened = false_alarms_per_day(alarm, number, period)
    if m == 1:
        return np.asarray(opened * np.ones_like(gate))[()]
    # Any false detection in the gate: 1 - (1 - pfa)**cells without losing the digits of a small pfa.
    in_gate = -np.expm1(gate * np.log1p(-alarm))
    return np.asarray(opened * m_of_n_probability(in_gate, m - 1, n - 1))[()]


def _window(
    given: Arguments, m: ArrayLike, n: ArrayLike, longest: int | None = None
) -> tuple[Floats, Floats]:
    m_ = given.whole("m", m)
    n_ = given.whole("n", n, high=longest)
    given.shapes(m=m_, n=n_)
    if np.any(m_ > n_):
        given.refuse("m", m, "must be at most n: M detections do not fit into N scans")
    return m_, n_


def _alarms(
    given: Arguments, pfa: ArrayLike, cells: ArrayLike, scan_period_s: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    alarm = given.number("pfa", pfa, low=0.0, below=1.0)
    number = given.not_negative("cells", cells)
    period = given.positive("scan_period_s", scan_period_s, "s")
    given.shapes(pfa=alarm, cells=number, scan_period_s=period)
    return alarm, number, period
