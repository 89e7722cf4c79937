"""The detection kernels give what slow numerical integration gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincc, gammainccinv
from scipy.stats import ncx2
from tests.naive import detection as naive

from egide.kernels import detection as kernel


def threshold_for(pfa: float, pulses: int) -> float:
    return float(gammainccinv(pulses, pfa))


def shapes(pulses: int) -> dict[int, float]:
    return {0: 0.0, 1: 1.0, 2: float(pulses), 3: 2.0, 4: 2.0 * pulses}


@pytest.mark.parametrize("case", range(5))
@pytest.mark.parametrize(("pulses", "pfa"), [(1, 1e-6), (3, 1e-4), (16, 1e-8)])
def test_series_equals_integration_over_the_echo(case: int, pulses: int, pfa: float) -> None:
    """Summing the series gives the integral of the steady-echo probability over the echo."""
    threshold = threshold_for(pfa, pulses)
    for snr_db in (-10.0, 0.0, 6.0, 13.0, 25.0):
        snr = 10.0 ** (snr_db / 10.0)
        shape = shapes(pulses)[case]
        fast = kernel.pd_square_law(snr, threshold, pfa, float(pulses), shape)
        assert fast == pytest.approx(naive.pd_square_law(snr, threshold, pulses, shape), abs=2e-8)


@pytest.mark.parametrize("pulses", [1, 10, 1000, 20_000])
@pytest.mark.parametrize("pfa", [1e-2, 1e-6, 1e-12])
def test_steady_echo_is_the_noncentral_chi_square(pulses: int, pfa: float) -> None:
    """Without fluctuation the result is the non-central chi-square, also far out in its tails."""
    threshold = threshold_for(pfa, pulses)
    for snr in 10.0 ** np.arange(-4.0, 3.0, 0.5):
        fast = kernel.pd_square_law(snr, threshold, pfa, float(pulses), 0.0)
        slow = ncx2.sf(2.0 * threshold, 2.0 * pulses, 2.0 * pulses * snr)
        assert fast == pytest.approx(slow, rel=1e-9)


@pytest.mark.parametrize("pulses", [1, 7, 1000])
@pytest.mark.parametrize("pfa", [1e-1, 1e-6, 1e-12])
def test_pulse_to_pulse_fluctuation_is_one_incomplete_gamma(pulses: int, pfa: float) -> None:
    """Swerling 2 only scales the noise, so its probability is Q(N, T / (1 + snr))."""
    threshold = threshold_for(pfa, pulses)
    for snr in 10.0 ** np.arange(-4.0, 5.0, 0.5):
        fast = kernel.pd_square_law(snr, threshold, pfa, float(pulses), float(pulses))
        assert fast == pytest.approx(float(gammaincc(pulses, threshold / (1.0 + snr))), rel=1e-9)


def test_limits_of_the_echo() -> None:
    """No echo leaves the false alarms, an infinite echo is certain, an unknown echo stays unknown."""
    threshold = threshold_for(1e-6, 10)
    for shape in (0.0, 1.0, 20.0):
        assert kernel.pd_square_law(0.0, threshold, 1e-6, 10.0, shape) == 1e-6
        assert kernel.pd_square_law(math.inf, threshold, 1e-6, 10.0, shape) == 1.0
        assert kernel.pd_square_law(1e30, threshold, 1e-6, 10.0, shape) == pytest.approx(1.0, abs=1e-12)
        assert math.isnan(kernel.pd_square_law(math.nan, threshold, 1e-6, 10.0, shape))


@pytest.mark.parametrize("case", range(5))
def test_required_ratio_equals_bisection(case: int) -> None:
    """Chandrupatla's root is the one plain bisection of the slow twin finds."""
    pulses, pfa = 4, 1e-5
    threshold = threshold_for(pfa, pulses)
    shape = shapes(pulses)[case]
    fast = kernel.required_snr_db(0.8, threshold, pfa, float(pulses), shape)
    assert fast == pytest.approx(naive.required_snr_db(0.8, threshold, pulses, shape), abs=1e-5)


def test_a_ratio_that_no_bracket_holds_is_nan() -> None:
    """A probability that can never be reached has no ratio, and the kernel says so without raising."""
    assert math.isnan(kernel.required_snr_db(1.5, threshold_for(1e-6, 1), 1e-6, 1.0, 1.0))
    assert math.isnan(kernel.required_snr_db(1e-7, threshold_for(1e-6, 1), 1e-6, 1.0, 1.0))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_interpolation_equals_scipy(seed: int) -> None:
    """The cubic interpolation is SciPy's spline inside the table and the end values outside."""
    rng = np.random.default_rng(seed)
    values, slopes = rng.random(9), rng.normal(size=9)
    x = np.concatenate([rng.uniform(-3.0, 8.0, 40), [-1.0, 1.0, math.nan, math.inf, -math.inf]])
    out = np.empty_like(x)
    kernel.hermite_many(x, -1.0, 0.25, values, slopes, out)
    np.testing.assert_allclose(out, naive.hermite(x, -1.0, 0.25, values, slopes), rtol=1e-10, atol=1e-12)
