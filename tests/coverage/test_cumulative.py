"""Laws of what several sensors see together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from egide.coverage.cumulative import (
    band_weighted_pd,
    cumulative_pd,
    cumulative_pd_common_cause,
    network_pd,
    pd_without_each,
)
from egide.errors import InputError

tables = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(0.0, 1.0))
shares = st.floats(0.0, 1.0)


def test_three_sensors_on_a_bad_night() -> None:
    """Three sensors of 0.7 give 0.973 if independent and 0.829 with the default common cause."""
    both = network_pd([0.7, 0.7, 0.7])
    assert both.independent_fraction == pytest.approx(0.973)
    assert both.common_cause_fraction == pytest.approx(0.829, abs=5e-4)


@settings(deadline=None)
@given(pd=tables, bad=st.floats(0.0, 0.99), left=shares)
def test_a_common_cause_never_helps(pd: np.ndarray, bad: float, left: float) -> None:
    """With the same means, dependence lowers the network's Pd, and never below its best sensor."""
    both = network_pd(pd, bad_night_fraction=bad, bad_night_pd_fraction=left)
    assert np.all(both.common_cause_fraction <= both.independent_fraction + 1e-12)
    assert np.all(both.common_cause_fraction >= pd.max(axis=0) - 1e-12)


@settings(deadline=None)
@given(pd=shares, bad=st.floats(0.0, 0.99), left=shares)
def test_one_sensor_keeps_its_mean(pd: float, bad: float, left: float) -> None:
    """A single sensor detects with its stated probability whatever the nights."""
    one = cumulative_pd_common_cause([pd], bad_night_fraction=bad, bad_night_pd_fraction=left)
    assert one == pytest.approx(pd, abs=1e-12)


@settings(deadline=None)
@given(pd=tables)
def test_no_bad_nights_is_independence(pd: np.ndarray) -> None:
    """Without bad nights, or with bad nights that take nothing, both figures agree."""
    plain = cumulative_pd(pd)
    np.testing.assert_allclose(cumulative_pd_common_cause(pd, bad_night_fraction=0.0), plain, atol=1e-12)
    np.testing.assert_allclose(cumulative_pd_common_cause(pd, bad_night_pd_fraction=1.0), plain, atol=1e-9)


@settings(deadline=None)
@given(pd=tables, more=shares)
def test_one_more_sensor_never_harms(pd: np.ndarray, more: float) -> None:
    """Adding a sensor lowers neither figure, and order does not matter."""
    wider = np.concatenate([pd, np.full((1, pd.shape[1]), more)])
    for figure in (cumulative_pd, cumulative_pd_common_cause):
        assert np.all(figure(wider) >= figure(pd) - 1e-12)
        np.testing.assert_allclose(figure(wider), figure(wider[::-1]), atol=1e-12)


@settings(deadline=None)
@given(pd=tables)
def test_losing_each_is_recomputing_without_it(pd: np.ndarray) -> None:
    """N - 1 gives for each sensor what the others give, also where one of them is certain."""
    lost = pd_without_each(pd)
    for i in range(pd.shape[0]):
        np.testing.assert_allclose(lost[i], cumulative_pd(np.delete(pd, i, axis=0)), atol=1e-12)
    np.testing.assert_allclose(pd_without_each(pd.T, axis=1), lost.T, atol=1e-15)


def test_no_sensors_see_nothing() -> None:
    """An empty network has a Pd of zero everywhere, under both assumptions."""
    assert np.all(cumulative_pd(np.empty((0, 3))) == 0.0)
    assert np.all(cumulative_pd_common_cause(np.empty((0, 3))) == 0.0)


def test_bands_are_weighted() -> None:
    """Weights are scaled to one, and equal bands give their common value."""
    pd = np.array([[0.9, 0.5], [0.1, 0.5]])
    np.testing.assert_allclose(band_weighted_pd(pd, [3.0, 1.0]), [0.7, 0.5])
    np.testing.assert_allclose(band_weighted_pd(pd.T, [3.0, 1.0], axis=1), [0.7, 0.5])


@pytest.mark.parametrize(
    "call",
    [
        lambda: cumulative_pd([0.5, 1.5]),
        lambda: cumulative_pd([0.5, np.nan]),
        lambda: cumulative_pd(0.5),
        lambda: cumulative_pd([0.5], axis=3),
        lambda: cumulative_pd_common_cause([0.5], bad_night_fraction=1.0),
        lambda: cumulative_pd_common_cause([0.5], bad_night_pd_fraction=-0.1),
        lambda: band_weighted_pd([0.5, 0.5], [1.0]),
        lambda: band_weighted_pd([0.5, 0.5], [0.0, 0.0]),
        lambda: band_weighted_pd([0.5, 0.5], [1.0, -1.0]),
    ],
)
def test_impossible_networks_are_refused(call: object) -> None:
    """Probabilities outside 0 to 1, nights that are all bad and weights that weigh nothing are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
