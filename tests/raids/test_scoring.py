"""Scores are proper, match published values, and their intervals are honest."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import acceptance

from egide.raids.scoring import (
    central_interval,
    crps_counts,
    crps_discrete,
    crps_normal,
    log_score,
    pit,
    quantile,
    week_block_bootstrap,
)


def binomial_pmf(n: int, p: float) -> np.ndarray:
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])


def naive_crps(support: np.ndarray, probability: np.ndarray, observed: float) -> float:
    """E|X - x| - E|X - X'| / 2, summed term by term."""
    near = sum(p * abs(v - observed) for v, p in zip(support, probability, strict=True))
    apart = sum(
        p * q * abs(v - u)
        for v, p in zip(support, probability, strict=True)
        for u, q in zip(support, probability, strict=True)
    )
    return near - 0.5 * apart


def test_published_values() -> None:
    """The four values of the acceptance cases are met to their last digit."""
    cases = acceptance("scoring")
    pmf = binomial_pmf(10, 0.2)
    assert crps_normal(0.0, 1.0, 0.0) == pytest.approx(cases["CRPS N(0,1)@0"], abs=1e-10)
    assert crps_normal(0.0, 1.0, 1.0) == pytest.approx(cases["CRPS N(0,1)@1"], abs=1e-10)
    assert crps_counts(pmf, 3) == pytest.approx(cases["CRPS Binom(10,.2)@3"], abs=1e-10)
    assert log_score(pmf, 3) == pytest.approx(cases["-log Binom(10,.2)@3"], abs=1e-10)


pmfs = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12).filter(lambda w: sum(w) > 0.1)


@given(pmfs, st.floats(-3.0, 20.0), st.data())
def test_crps_is_the_energy_form_on_any_support(
    weights: list[float], observed: float, data: st.DataObject
) -> None:
    """For unequal spacing and outcomes off the support, the integral equals E|X-x| - E|X-X'|/2."""
    steps = data.draw(st.lists(st.floats(0.1, 3.0), min_size=len(weights), max_size=len(weights)))
    support, probability = np.cumsum(steps), np.array(weights) / sum(weights)
    got = crps_discrete(support, probability, observed)
    assert got == pytest.approx(naive_crps(support, probability, observed), abs=1e-9)


@given(pmfs, st.data())
def test_truth_scores_best_on_average(weights: list[float], data: st.DataObject) -> None:
    """No other distribution has a better expected CRPS or log score than the true one (propriety)."""
    truth = np.array(weights) / sum(weights)
    raw = data.draw(st.lists(st.floats(0.01, 1.0), min_size=len(truth), max_size=len(truth)))
    other = np.array(raw) / sum(raw)
    outcomes = [k for k in range(len(truth)) if truth[k] > 0.0]
    for score in (crps_counts, log_score):
        own = sum(truth[k] * score(truth, k) for k in outcomes)
        rival = sum(truth[k] * score(other, k) for k in outcomes)
        assert own <= rival + 1e-9


@given(st.floats(-5.0, 5.0), st.floats(0.05, 4.0), st.floats(-9.0, 9.0))
def test_crps_of_a_normal_equals_that_of_its_fine_grid(
    mean: float, deviation: float, observed: float
) -> None:
    """The closed form agrees with the discrete CRPS of the same normal cut into 4,000 values."""
    edges = np.linspace(mean - 9 * deviation, mean + 9 * deviation, 4001)
    below = np.array([0.5 * math.erfc(-(e - mean) / deviation / math.sqrt(2)) for e in edges])
    probability = np.diff(below) / (below[-1] - below[0])
    got = crps_discrete(0.5 * (edges[1:] + edges[:-1]), probability, observed)
    assert got == pytest.approx(crps_normal(mean, deviation, observed), abs=0.01 * deviation)


def test_an_outcome_called_impossible_scores_infinity() -> None:
    """The log score does not hide a zero probability, inside or outside the support."""
    assert log_score(np.array([1.0, 0.0]), 1) == math.inf
    assert log_score(np.array([1.0, 0.0]), 2) == math.inf


@given(pmfs, st.floats(0.01, 0.99))
def test_central_interval_holds_its_level_and_nests(weights: list[float], level: float) -> None:
    """At least the level lies inside, and a wider level never gives a narrower interval."""
    pmf = np.array(weights) / sum(weights)
    low, high = central_interval(pmf, level)
    assert pmf[low : high + 1].sum() >= level - 1e-9
    wide_low, wide_high = central_interval(pmf, 0.5 + 0.5 * level)
    assert wide_low <= low <= high <= wide_high


def test_quantiles_by_hand() -> None:
    """The least count whose cumulative probability reaches the share, steps included."""
    pmf = np.array([0.1, 0.2, 0.3, 0.4])
    assert [quantile(pmf, s) for s in (0.05, 0.1, 0.3, 0.31, 0.6, 1.0)] == [0, 0, 1, 2, 2, 3]


def test_pit_of_the_true_distribution_is_uniform() -> None:
    """Over 4,000 draws of a binomial of four the PIT's greatest gap to uniform stays below 1.95/sqrt(n).

    Kolmogorov's bound: a right implementation fails for one seed in a thousand.
    """
    rng = np.random.default_rng(11)
    pmf = binomial_pmf(4, 0.3)
    draws = rng.binomial(4, 0.3, size=4000)
    values = np.sort([pit(pmf, int(k), seed=5, address=i) for i, k in enumerate(draws)])
    assert np.abs(values - (np.arange(4000) + 0.5) / 4000).max() < 1.95 / math.sqrt(4000)


def test_pit_depends_only_on_its_address() -> None:
    """The same night gives the same value, another seed another, within the step of the outcome."""
    pmf = binomial_pmf(10, 0.2)
    below = pmf[:3].sum()
    first = pit(pmf, 3, seed=1, address=20_000)
    assert first == pit(pmf, 3, seed=1, address=20_000)
    assert first != pit(pmf, 3, seed=2, address=20_000)
    assert below < first < below + pmf[3]


def test_bootstrap_covers_the_true_mean_as_often_as_it_says() -> None:
    """Over 120 made-up series whose weeks share an effect, the 90 % interval covers zero 90 to 118 times.

    With 20 weeks the true coverage is about 85 %, so 90 lies three deviations below (false alarm one seed in
    five hundred); an interval that took nights as independent would cover about 58 times.
    """
    day = np.arange(140)
    covered = 0
    for trial in range(120):
        rng = np.random.default_rng(trial)
        series = np.repeat(rng.normal(0, 1, 20), 7) + rng.normal(0, 0.3, 140)
        found = week_block_bootstrap(series, day, seed=trial, replicates=300)
        covered += found.low <= 0.0 <= found.high
    assert 90 <= covered <= 118


def test_bootstrap_is_by_whole_weeks_and_by_seed() -> None:
    """Scores that cancel within each week leave no spread; the seed fixes the rest."""
    day = np.arange(70)
    cancelling = np.tile([3.0, -3.0, 2.0, -2.0, 1.0, -1.0, 0.0], 10)
    still = week_block_bootstrap(cancelling, day, seed=1)
    assert still.low == still.high == 0.0
    assert still.weeks == 10
    series = np.sin(day / 9.0)
    assert week_block_bootstrap(series, day, seed=3) == week_block_bootstrap(series, day, seed=3)
    assert week_block_bootstrap(series, day, seed=3) != week_block_bootstrap(series, day, seed=4)


def test_bootstrap_of_a_sure_gain_is_sure() -> None:
    """When the first is better every night, every resample says so, and gaps between weeks do no harm."""
    found = week_block_bootstrap(np.full(9, -0.5), np.array([0, 1, 2, 30, 31, 60, 61, 62, 90]), seed=0)
    assert found.probability_better == 1.0
    assert (found.mean, found.low, found.high, found.weeks) == (-0.5, -0.5, -0.5, 4)
