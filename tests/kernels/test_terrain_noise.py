"""Errors of a terrain: the fast field is the obvious one, and has the variance it says."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive.terrain_noise import noise_one

from egide.kernels.terrain_noise import add_noise


@settings(max_examples=30, deadline=None)
@given(cells=st.floats(1.0, 7.0), seed=st.integers(0, 99), trial=st.integers(0, 9))
def test_every_cell_errs_as_the_obvious_sum_says(cells, seed, trial) -> None:
    heights = np.full((9, 7), 100.0, np.float32)
    heights[0, 0], heights[3, 3] = 0.0, np.nan
    out = np.empty_like(heights)
    add_noise(heights, 12.0, cells, seed, trial, 5, out)
    assert out[0, 0] == 0.0, "the sea stays"
    assert math.isnan(out[3, 3]), "a hole stays"
    for row, col in ((0, 1), (4, 6), (8, 2)):
        expected = 100.0 + 12.0 * noise_one(row, col, cells, seed, trial, 5)
        assert math.isclose(out[row, col], expected, rel_tol=1e-5)


def test_the_error_has_the_same_spread_on_nodes_and_between_them() -> None:
    """5,000 draws each: the standard error of a variance is 2 %; 4 of them fail once in 16,000."""
    heights = np.full((4, 4), 100.0, np.float32)
    out = np.empty((5_000, 4, 4), np.float32)
    for trial in range(5_000):
        add_noise(heights, 10.0, 3.0, 7, trial, 1, out[trial])
    assert np.all(np.abs(out.var(axis=0) / 100.0 - 1.0) < 4 * math.sqrt(2.0 / 5_000))
