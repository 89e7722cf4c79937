"""Baselines are what their names say, and their fits are at the top of the likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.raids.baselines import (
    HALF_LIFE_DAYS,
    Binomial,
    fit_beta_binomial,
    fit_binomial,
    fit_rolling,
)
from egide.raids.hindcast_fit import Counts, Prior, fit_mode, log_posterior
from egide.raids.hindcast_nights import Nights
from egide.raids.outcome_model import beta_binomial_log_pmf


def nights(launched: np.ndarray, through: np.ndarray, first_day: int = 20_300) -> Nights:
    days = np.arange(first_day, first_day + len(launched)).astype("datetime64[D]")
    return Nights(days, np.full(len(launched), 2), np.asarray(launched), np.asarray(through))


def made(seed: int, size: int, level: float, slope: float, precision: float) -> Nights:
    rng = np.random.default_rng(seed)
    launched = rng.integers(20, 500, size)
    share = 1 / (1 + np.exp(-(level + slope * np.log(launched / 100))))
    return nights(launched, rng.binomial(launched, rng.beta(share * precision, (1 - share) * precision)))


@given(st.integers(1, 60), st.floats(0.001, 0.999))
def test_binomial_is_the_binomial(launched: int, share: float) -> None:
    """Each probability equals C(n, k) p^k (1-p)^(n-k)."""
    pmf = Binomial(share).pmf(launched)
    for k in range(launched + 1):
        exact = math.comb(launched, k) * share**k * (1 - share) ** (launched - k)
        assert pmf[k] == pytest.approx(exact, rel=1e-8, abs=1e-300)


def test_pooled_share_is_the_ratio_of_sums() -> None:
    """Big nights weigh by their launches; no nights at all give one half."""
    found = fit_binomial(nights(np.array([1000, 10]), np.array([100, 10])))
    assert found.share_fraction == pytest.approx(110.5 / 1011)
    assert fit_binomial(nights(np.zeros(0, int), np.zeros(0, int))).share_fraction == 0.5


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(-3, 1), st.floats(-0.8, 0.8), st.floats(0.5, 5))
def test_gradient_and_hessian_are_those_of_the_posterior(
    seed: int, level: float, slope: float, log_precision: float
) -> None:
    """Exact derivatives equal central differences."""
    data = made(seed, 12, -1.5, -0.3, 12.0)
    x = np.log(data.launched / 100)
    counts = Counts(data.launched.astype(float), data.through.astype(float), x, np.linspace(0.2, 1, 12))
    prior = Prior(np.array([-1.0, 0.0, 2.0]), np.array([2.0, 1.0, 1.5]))
    theta = np.array([level, slope, log_precision])
    _, gradient, hessian = log_posterior(theta, counts, prior)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5
        up, down = log_posterior(theta + step, counts, prior), log_posterior(theta - step, counts, prior)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(hessian[i], (up[1] - down[1]) / 2e-5, rtol=1e-4, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(-4, 2), st.floats(0.3, 200))
def test_the_fit_is_at_a_top(seed: int, size: int, level: float, precision: float) -> None:
    """Nothing around the mode is better, from one night to forty and from wild to hardly any scatter."""
    data = made(seed, size, level, -0.2, precision)
    x = np.log(data.launched / 100)
    counts = Counts(data.launched.astype(float), data.through.astype(float), x, np.ones(size))
    prior = Prior(np.array([-1.7, 0.0, 3.0]), np.full(3, 10.0))
    mode = fit_mode(counts, prior)
    top = log_posterior(mode.theta, counts, prior)[0]
    rng = np.random.default_rng(seed)
    for reach in (0.003, 0.05, 0.5):
        for _ in range(20):
            aside = np.clip(mode.theta + reach * rng.normal(size=3), [-12, -6, -5], [12, 6, 12])
            assert log_posterior(aside, counts, prior)[0] <= top + 1e-7
    assert np.all(np.linalg.eigvalsh(mode.covariance) > 0)


def test_fit_recovers_what_made_the_nights() -> None:
    """From 1,500 made-up nights level, slope and precision come back within about four deviations."""
    found = fit_beta_binomial(made(1, 1500, -1.4, -0.4, 15.0), log_launched=True)
    assert found.level == pytest.approx(-1.4, abs=0.09)
    assert found.slope == pytest.approx(-0.4, abs=0.08)
    assert math.exp(found.log_precision) == pytest.approx(15.0, rel=0.2)
    assert fit_beta_binomial(made(1, 200, -1.4, -0.4, 15.0), log_launched=False).slope == 0.0


def test_rolling_weights_halve_every_thirty_days() -> None:
    """A refit by hand with the weights written out gives the same numbers."""
    data = made(5, 90, -1.5, -0.3, 12.0)
    day = int(data.day[-1]) + 1
    weight = np.array([0.5 ** ((day - d) / 30.0) for d in data.day])
    assert HALF_LIFE_DAYS == 30.0
    assert fit_rolling(data, day) == fit_beta_binomial(data, log_launched=True, weight=weight)
    assert fit_rolling(data, day) != fit_beta_binomial(data, log_launched=True)


def test_beta_binomial_pmf_is_that_of_its_parameters() -> None:
    """Level, slope and precision mean what they say at 250 launches."""
    found = fit_beta_binomial(made(2, 80, -1.4, -0.4, 15.0), log_launched=True)
    share = 1 / (1 + math.exp(-(found.level + found.slope * math.log(2.5))))
    size = math.exp(found.log_precision)
    exact = np.exp(
        beta_binomial_log_pmf(np.arange(251.0), 250.0, np.array(share * size), np.array((1 - share) * size))
    )
    np.testing.assert_allclose(found.pmf(250), exact, rtol=1e-8)
    assert found.pmf(250) @ np.arange(251.0) == pytest.approx(250 * share)
