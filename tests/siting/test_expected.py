"""Expected cover: against every choice on small instances, its limits, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import siting as naive
from tests.siting.instances import holds, planar, same_number, small

from egide.errors import InputError
from egide.siting import Status, expected_cover, maximal_cover

BUSY = st.sampled_from([0.0, 0.3, 0.8, 1.0])


@given(small(most_sites=5), BUSY, st.integers(1, 3), st.sampled_from([0.0, 0.05]))
@settings(max_examples=50, deadline=None)
def test_no_choice_is_expected_to_serve_more_than_the_bound(case, busy, copies, gap):
    answer = expected_cover(
        case.rows, case.weights, case.limit, busy_fraction=busy, units_per_site=copies, gap=gap, **case.money
    )
    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget, copies)
    worth = [naive.expected(case.cover, case.weights, each, busy) for each in options]
    holds(answer, max(worth))
    assert answer.gap <= gap
    assert np.bincount(answer.sites, minlength=1).max() <= copies
    found = naive.expected(case.cover, case.weights, answer.sites.tolist(), busy)
    assert same_number(answer.objective, found)


@given(small(most_sites=5, most_points=6), BUSY, st.integers(1, 2), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_unequal_probabilities_are_bounded_and_proved_too(case, busy, copies, seed):
    chances = np.where(
        case.cover, np.random.default_rng(seed).choice([0.2, 0.6, 0.9, 1.0], case.cover.shape), 0
    )
    answer = expected_cover(
        sp.csr_array(chances), case.weights, case.limit, busy_fraction=busy, units_per_site=copies, gap=0.0,
        **case.money,
    )  # fmt: skip
    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget, copies)
    holds(answer, max(naive.expected(chances, case.weights, each, busy) for each in options))
    assert answer.status == Status.OPTIMAL


def test_units_that_are_never_busy_give_maximal_cover():
    covers, weights = planar(60, 500, 4.0, 0)
    expected = expected_cover(covers, weights, 6, busy_fraction=0.0, gap=0.0)
    assert expected.objective == maximal_cover(covers, weights, 6, gap=0.0).objective


def test_sharing_a_site_never_lowers_the_optimum():
    covers, weights = planar(25, 200, 5.0, 1)
    apart, shared = (
        expected_cover(covers, weights, 5, busy_fraction=0.5, units_per_site=units, gap=0.0)
        for units in (1, 2)
    )
    assert apart.status == shared.status == Status.OPTIMAL
    assert apart.objective <= shared.objective


def test_equal_probabilities_act_as_one_busy_fraction():
    """A probability of 0.5 with no unit busy is the same as sure cover with half of them busy."""
    covers, weights = planar(40, 300, 5.0, 2)
    sure = expected_cover(covers, weights, 5, busy_fraction=0.5)
    chance = expected_cover(covers * 0.5, weights, 5, busy_fraction=0.0)
    assert sure.objective == pytest.approx(chance.objective)


def test_probabilities_far_from_equal_are_bounded_within_five_percent_on_a_middling_instance():
    covers, weights = planar(60, 400, 5.0, 3)
    chances = covers.astype(float)
    chances.data = np.random.default_rng(3).uniform(0.2, 0.95, chances.nnz)
    answer = expected_cover(chances, weights, 8, busy_fraction=0.2, gap=0.05)
    assert answer.status in (Status.OPTIMAL, Status.GAP_REACHED)
    assert answer.gap <= 0.05
    quick = expected_cover(chances, weights, 8, busy_fraction=0.2, time_limit_s=0)
    assert quick.status == Status.TIME_LIMIT
    assert quick.objective <= answer.objective <= quick.bound


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"busy_fraction": 1.2}, "busy_fraction"),
        ({"busy_fraction": np.nan}, "busy_fraction"),
        ({"units_per_site": 0}, "units_per_site"),
        ({"covers": sp.csr_array(np.array([[1.4, 0.2]]))}, "covers.data"),
        ({"covers": sp.csr_array(np.array([[np.nan, 0.2]]))}, "covers.data"),
    ],
)
def test_a_malformed_argument_is_named(change, field):
    call = {"covers": sp.csr_array(np.ones((1, 2))), "weights": [1, 2], "limit": 1, "busy_fraction": 0.1}
    with pytest.raises(InputError) as refused:
        expected_cover(**(call | change))
    assert [problem.field for problem in refused.value.problems] == [field]
