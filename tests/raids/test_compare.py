"""Paired comparisons and sequential stopping."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.raids.cases import random_raid

from egide.errors import InputError
from egide.raids.compare import compare_paired
from egide.raids.engine import run_raid
from egide.raids.sequential import Stopped, run_until


def test_a_plan_compared_with_itself_is_a_tie() -> None:
    """Difference and error zero, as often better as worse, nothing decided."""
    leakers = run_raid(random_raid(1), trials=50, seed=1).leakers()
    same = compare_paired(leakers, leakers)
    assert (same.mean, same.error, same.tie_fraction, same.first_better_fraction) == (0.0, 0.0, 1.0, 0.5)
    assert not same.decided


def test_exchanging_the_plans_changes_the_sign() -> None:
    """The comparison is antisymmetric."""
    rng = np.random.default_rng(1)
    a, b = rng.poisson(5.0, 200), rng.poisson(6.0, 200)
    one, other = compare_paired(a, b), compare_paired(b, a)
    assert one.mean == -other.mean
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.first_better_fraction == pytest.approx(1.0 - other.first_better_fraction)


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    """Of 1,000 samples of 40 normal pairs the 90 % interval holds the truth in 900 +- 30 (three
    deviations)."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(1000):
        common = rng.normal(size=40)
        pair = compare_paired(
            common + rng.normal(0.5, 1, 40), common + rng.normal(0, 1, 40), level_fraction=0.9
        )
        held += pair.low <= 0.5 <= pair.high
    assert abs(held - 900) <= 3 * np.sqrt(1000 * 0.09)


def test_common_random_numbers_make_comparisons_cheaper() -> None:
    """One round less in each magazine: paired trials need at least half as many again when unpaired."""
    tables = random_raid(5, threats=80)
    poorer = dataclasses.replace(
        tables, units=dataclasses.replace(tables.units, ready_rounds=tables.units.ready_rounds + 1)
    )
    first, second = (run_raid(one, trials=400, seed=1).leakers() for one in (poorer, tables))
    assert compare_paired(first, second).variance_ratio > 1.5


def test_samples_of_different_trials_are_refused() -> None:
    """Different lengths, or a single trial, cannot be paired."""
    with pytest.raises(InputError):
        compare_paired([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(InputError):
        compare_paired([1.0], [1.0])
    with pytest.raises(InputError):
        compare_paired([1.0, 2.0], [1.0, 2.0], level_fraction=1.0)


def test_sequential_stopping_reaches_the_precision_with_the_same_trials() -> None:
    """It stops as narrow as asked, and its trials are the first trials of a long run."""
    tables = random_raid(7)
    found = run_until(tables, half_width=0.25, seed=4, first_trials=50)
    assert found.stopped is Stopped.PRECISION
    assert found.half_width <= 0.25
    long = run_raid(tables, trials=found.outcome.trials, seed=4)
    np.testing.assert_array_equal(found.outcome.code, long.code)
    assert found.outcome.tables is tables


def test_sequential_stopping_says_when_it_gave_up() -> None:
    """At the limit of trials the answer is given with what was reached."""
    found = run_until(random_raid(7), half_width=1e-6, seed=4, first_trials=20, trial_limit=70)
    assert found.stopped is Stopped.TRIALS
    assert found.outcome.trials == 70
    assert found.half_width > 1e-6


def test_senseless_precision_is_refused() -> None:
    """A precision of nought and too few trials are reported together."""
    with pytest.raises(InputError, match="2 problems"):
        run_until(random_raid(7), half_width=0.0, seed=4, first_trials=1)


def test_what_is_no_finite_sample_is_refused() -> None:
    """A missing outcome is an error, not an interval of NaN."""
    with pytest.raises(InputError, match="finite"):
        compare_paired([1.0, float("nan")], [1.0, 2.0])


def test_trials_that_all_agree_do_not_end_a_search_for_precision() -> None:
    """Nothing seen in n trials may be a chance of three in n: the search goes on until that is small enough."""
    nothing = random_raid(7)
    nothing = dataclasses.replace(
        nothing,
        classes=dataclasses.replace(nothing.classes, lost_fraction=np.ones(len(nothing.classes.labels))),
    )
    found = run_until(nothing, half_width=0.005, seed=4)
    assert found.mean == 0.0
    assert found.outcome.trials >= 600
    assert found.half_width == pytest.approx(3.0 / found.outcome.trials)
