"""Laws of track initiation and of false tracks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.tracking import (
    expected_scans,
    false_alarms_per_day,
    false_tracks_per_day,
    m_of_n_probability,
    track_initiation,
)
from egide.errors import InputError

windows = st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@settings(deadline=None)
@given(window=windows, p=st.floats(0.0, 1.0))
def test_the_first_full_window_is_the_binomial(window: tuple[int, int], p: float) -> None:
    """By scan N the chance of a track is that of M of N, since no earlier window holds more."""
    m, n = window
    track = track_initiation(np.full(n, p), m, n)
    assert track.confirmed_fraction[-1] == pytest.approx(float(m_of_n_probability(p, m, n)), abs=1e-12)


@settings(deadline=None)
@given(window=windows, pd=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20), at=st.integers(0, 19))
def test_better_scans_never_delay_a_track(window: tuple[int, int], pd: list[float], at: int) -> None:
    """Raising the detection probability of one scan lowers the chance of a track by no scan."""
    m, n = window
    better = list(pd)
    better[at % len(pd)] = 1.0
    before = track_initiation(pd, m, n).confirmed_fraction
    after = track_initiation(better, m, n).confirmed_fraction
    assert np.all(after >= before - 1e-12)
    assert np.all(np.diff(before) >= -1e-12)
    assert np.all(before[: m - 1] == 0.0)


@settings(deadline=None, max_examples=30)
@given(window=windows, p=st.floats(0.6, 1.0))
def test_the_mean_is_that_of_a_long_watch(window: tuple[int, int], p: float) -> None:
    """The closed-form mean is the mean of a watch long enough to confirm, and the latency scales it."""
    m, n = window
    track = track_initiation(np.full(2_000, p), m, n, scan_period_s=4.0, delay_s=15.0)
    assert expected_scans(p, m, n) == pytest.approx(float(track.expected_scans), rel=1e-6)
    assert track.latency_s == pytest.approx(4.0 * track.expected_scans + 15.0)


def test_simulated_scans_are_confirmed_as_often() -> None:
    """20,000 simulated approaches agree within 4.5 standard errors (false alarm below 1 in 20,000)."""
    pd = np.linspace(0.1, 0.9, 12)
    exact = track_initiation(pd, 3, 5).confirmed_fraction
    hits = np.random.default_rng(11).random((20_000, 12)) < pd
    window = np.array([hits[:, max(0, i - 4) : i + 1].sum(axis=1) >= 3 for i in range(12)])
    share = np.maximum.accumulate(window, axis=0).mean(axis=1)
    error = np.sqrt(exact * (1.0 - exact) / 20_000)
    assert np.all(np.abs(share - exact) <= 4.5 * error + 1e-12)


def test_certain_and_impossible_tracks() -> None:
    """Certain detections confirm at scan M; without any the track never comes, and nothing is invented."""
    sure = track_initiation([1.0] * 6, 3, 5, scan_period_s=2.0)
    np.testing.assert_array_equal(sure.confirmed_fraction, [0, 0, 1, 1, 1, 1])
    assert sure.latency_s == 6.0
    never = track_initiation([0.0] * 6, 3, 5)
    assert np.all(never.confirmed_fraction == 0.0)
    assert np.isnan(never.expected_scans)
    assert np.isnan(never.latency_s)
    assert expected_scans(0.0, 2, 3) == np.inf
    assert expected_scans(1.0, 2, 3) == 2.0


def test_cases_are_worked_out_side_by_side() -> None:
    """A table of approaches gives for each row what the row alone gives."""
    table = np.random.default_rng(3).random((2, 4, 9))
    track = track_initiation(table, 2, 4)
    assert track.first_fraction.shape == (2, 4, 9)
    assert track.expected_scans.shape == (2, 4)
    alone = track_initiation(table[1, 2], 2, 4)
    np.testing.assert_array_equal(track.confirmed_fraction[1, 2], alone.confirmed_fraction)
    assert expected_scans([[0.5, 0.9], [0.5, 0.1]], 2, 3).shape == (2, 2)


def test_false_alarms_add_up() -> None:
    """1e-6 in a million cells every 10 s are 8,640 false detections a day; M of N leaves few of them."""
    raw = false_alarms_per_day(1e-6, 1e6, 10.0)
    assert raw == pytest.approx(8_640.0)
    assert false_tracks_per_day(1e-6, 1e6, 10.0, 1, 1) == pytest.approx(raw)
    tracks = [float(false_tracks_per_day(1e-6, 1e6, 10.0, m, 5)) for m in (1, 2, 3, 4)]
    assert all(later < earlier * 1e-3 for earlier, later in pairwise(tracks))
    assert tracks[1] == pytest.approx(raw * 4 * 9e-6, rel=1e-3)
    assert false_tracks_per_day(0.0, 1e6, 10.0, 2, 3) == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: m_of_n_probability(0.5, 4, 3),
        lambda: m_of_n_probability(0.5, 0, 3),
        lambda: m_of_n_probability(1.5, 1, 3),
        lambda: m_of_n_probability(0.5, 1.5, 3),
        lambda: track_initiation([], 1, 1),
        lambda: track_initiation(0.5, 1, 1),
        lambda: track_initiation([0.5], 3, 2),
        lambda: track_initiation([0.5], 3, 40),
        lambda: track_initiation([np.nan], 1, 1),
        lambda: track_initiation([0.5], 1, 1, scan_period_s=0.0),
        lambda: expected_scans(0.5, 3, 2),
        lambda: false_alarms_per_day(1e-6, -1.0, 10.0),
        lambda: false_tracks_per_day(1e-6, 1e6, 10.0, 2, 3, gate_cells=0.0),
    ],
)
def test_impossible_windows_are_refused(call: object) -> None:
    """M beyond N, windows of no scans, unknown probabilities and times of zero are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
