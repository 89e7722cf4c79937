"""Nested uncertainty, Sobol indices and the value of information against cases with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.raids.cases import plain_raid

from egide.errors import InputError
from egide.raids.sensitivity import evpi, evppi, nested_raids, parameter_draws, sobol_indices
from egide.raids.tables import FireUnits, RaidTables


def test_an_additive_function_has_indices_that_add_up() -> None:
    """Of x + 2 y + 0 z the shares are 1/5, 4/5 and 0, first order and total alike."""
    found = sobol_indices(lambda x: x[:, 0] + 2 * x[:, 1], [0, 0, 0], [1, 1, 1], seed=1, log2_samples=12)
    np.testing.assert_allclose(found.first, [0.2, 0.8, 0.0], atol=0.01)
    np.testing.assert_allclose(found.total, [0.2, 0.8, 0.0], atol=0.01)
    assert found.evaluations == 5 * 4096


def test_a_pure_interaction_has_no_first_order() -> None:
    """Of (x - 1/2)(y - 1/2) all variance is interaction: first order 0, total 1."""
    found = sobol_indices(
        lambda x: (x[:, 0] - 0.5) * (x[:, 1] - 0.5), [0, 0], [1, 1], seed=1, log2_samples=12
    )
    np.testing.assert_allclose(found.first, 0.0, atol=0.02)
    np.testing.assert_allclose(found.total, 1.0, atol=0.03)


def test_a_constant_outcome_has_no_sensitivity() -> None:
    """Nothing varies: all indices are zero, not missing."""
    found = sobol_indices(lambda x: np.ones(len(x)), [0, 0], [1, 1], seed=1, log2_samples=4)
    assert not found.first.any()
    assert not found.total.any()


def test_scrambling_is_reproducible() -> None:
    """One seed, one answer."""
    one, two = (sobol_indices(lambda x: x[:, 0] ** 2, [0], [1], seed=3, log2_samples=6) for _ in range(2))
    np.testing.assert_array_equal(one.first, two.first)
    np.testing.assert_array_equal(one.total_error, two.total_error)


def test_draws_fill_their_ranges_evenly() -> None:
    """A Latin hypercube has one draw in each of n slices of every parameter."""
    draws = parameter_draws([0.0, 10.0], [1.0, 20.0], 50, seed=1)
    slices = np.floor((draws - [0.0, 10.0]) / [1.0, 10.0] * 50).astype(int)
    assert all(sorted(column) == list(range(50)) for column in slices.T)


def raid_of(row: np.ndarray) -> RaidTables:
    units = FireUnits(kind_index=[0], channels=30)
    return plain_raid(np.zeros(30), 10.0, kill=float(row[0]), units=units)


def test_chance_in_the_raid_and_ignorance_are_told_apart() -> None:
    """Pk known: only binomial variance. Pk between 0.5 and 0.9: its share of the variance on top."""
    known = nested_raids(raid_of, np.full((3, 1), 0.7), trials=2000, seed=1)
    assert known.epistemic_variance == pytest.approx(0.0, abs=0.05)
    assert known.aleatory_variance == pytest.approx(30 * 0.21, rel=0.1)
    draws = parameter_draws([0.5], [0.9], 60, seed=2)
    open_ = nested_raids(raid_of, draws, trials=200, seed=1)
    assert open_.epistemic_variance == pytest.approx(30**2 * 0.4**2 / 12, rel=0.15)
    assert np.ptp(open_.quantiles((0.05, 0.95))) > np.ptp(known.quantiles((0.05, 0.95)))


def test_perfect_information_about_a_coin_is_worth_what_it_saves() -> None:
    """Losses 0 or 2 against a sure 1: knowing is worth a half, exactly."""
    loss = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert evpi(loss) == pytest.approx(0.5)


def test_knowing_the_deciding_parameter_is_worth_all_and_another_nothing() -> None:
    """Loss gap linear in x with noise from y: EVPPI of x is E max(0, gap), 1/8 here; of y nothing."""
    rng = np.random.default_rng(4)
    x, y, noise = rng.uniform(-0.5, 0.5, (3, 4000))
    loss = np.stack([np.zeros(4000), x + 0.2 * noise], axis=1) + y[:, np.newaxis]
    about_x, about_y = evppi(loss, x, seed=1), evppi(loss, y, seed=1)
    assert abs(about_x.value - 0.125) < 3 * about_x.error + 0.005
    assert about_x.flips_fraction == pytest.approx(0.5, abs=0.05)
    assert about_y.value < 0.01
    assert evpi(loss) >= about_x.value - 3 * about_x.error


def test_bad_input_of_the_value_of_information_is_refused() -> None:
    """Too few draws for the terms, unequal rows, or inputs that are not finite."""
    loss = np.zeros((20, 2))
    with pytest.raises(InputError, match="degree"):
        evppi(loss, np.zeros((20, 3)), seed=1)
    with pytest.raises(InputError, match="one finite row"):
        evppi(loss, np.zeros(19), seed=1)
    with pytest.raises(InputError):
        evpi(np.full((3, 2), np.nan))
    with pytest.raises(InputError):
        parameter_draws([1.0], [0.0], 5, seed=1)
    with pytest.raises(InputError):
        sobol_indices(lambda x: x[:3, 0], [0.0], [1.0], seed=1, log2_samples=4)


def test_nested_tables_differ_only_in_the_parameter() -> None:
    """Common random numbers: a higher Pk never leaks more in any trial."""
    values = nested_raids(raid_of, [[0.5], [0.6], [0.9]], trials=100, seed=1).values
    assert np.all(np.diff(values, axis=0) <= 0)
