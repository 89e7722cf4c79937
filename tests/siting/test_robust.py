"""Robust cover: against every choice, loss and mixture on small instances; laws; bad input."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import siting as naive
from tests.siting.instances import holds, planar, small

from egide.errors import InputError
from egide.siting import Status, maximal_cover, robust_cover


@given(small(most_sites=5, most_points=7), st.integers(0, 2), st.sampled_from([0.0, 0.1]))
@settings(max_examples=30, deadline=None)
def test_no_choice_keeps_more_after_its_worst_loss_than_the_bound(case, lost, gap):
    answer = robust_cover(case.rows, case.weights, case.limit, lost=lost, gap=gap, **case.money)
    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget)
    holds(answer, max(naive.after_loss(case.cover, case.weights, each, lost) for each in options))
    assert answer.gap <= gap


@given(
    small(most_sites=5, most_points=6),
    st.integers(0, 1),
    st.integers(0, 99),
    st.sampled_from([None, 0.2, 0.5, 1.0]),
)
@settings(max_examples=30, deadline=None)
def test_no_choice_does_better_across_scenarios_than_the_bound(case, lost, seed, tail):
    draw = np.random.default_rng(seed)
    weights = draw.integers(0, 9, (3, case.cover.shape[1])).astype(float)
    chance = np.array([0.5, 0.3, 0.2])
    answer = robust_cover(
        case.rows, weights, case.limit, lost=lost, probabilities=chance, tail_fraction=tail, gap=0.0,
        **case.money,
    )  # fmt: skip

    def worth(choice):
        values = [naive.after_loss(case.cover, each, choice, lost) for each in weights]
        return min(values) if tail is None else naive.tail_mean(values, chance, tail)

    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget)
    holds(answer, max(worth(each) for each in options))


def test_scenarios_may_have_their_own_cover_sets():
    """Two scenarios in which different sites work: both sites are needed in the worst case."""
    first = sp.csr_array(np.array([[1, 1], [0, 0], [1, 0]], bool))
    second = sp.csr_array(np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0]], bool))
    answer = robust_cover([first, second], [[1.0, 1.0], [1.0, 1.0, 1.0]], 2, gap=0.0)
    assert answer.sites.tolist() == [0, 1]
    assert (answer.objective, answer.status) == (2.0, Status.OPTIMAL)


def test_without_loss_and_with_one_scenario_it_is_maximal_cover():
    covers, weights = planar(40, 300, 5.0, 0)
    robust, plain = robust_cover(covers, weights, 5, gap=0.0), maximal_cover(covers, weights, 5, gap=0.0)
    assert plain.status == Status.OPTIMAL
    assert robust.objective <= plain.objective <= robust.bound
    assert robust.objective == pytest.approx(plain.objective, rel=1e-3)


def test_losing_more_sites_never_helps():
    covers, weights = planar(15, 100, 8.0, 2)
    values = [robust_cover(covers, weights, 4, lost=lost, gap=0.0) for lost in range(5)]
    assert (np.diff([each.objective for each in values]) <= 0).all()
    assert values[4].objective == 0.0


def test_a_time_limit_of_zero_gives_a_choice_and_a_valid_bound():
    covers, weights = planar(30, 200, 6.0, 4)
    quick = robust_cover(covers, weights, 5, lost=1, time_limit_s=0)
    full = robust_cover(covers, weights, 5, lost=1, gap=0.1)
    assert quick.status == Status.TIME_LIMIT
    assert quick.objective <= full.objective <= quick.bound


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lost": -1}, "lost"),
        ({"lost": 8, "limit": 40}, "lost"),
        ({"tail_fraction": 0.0}, "tail_fraction"),
        ({"tail_fraction": 1.5}, "tail_fraction"),
        ({"probabilities": [0.5, 0.2]}, "probabilities"),
        ({"probabilities": [0.5]}, "probabilities"),
        ({"weights": [[1.0, np.nan], [1.0, 1.0]]}, "weights[0][1]"),
        ({"covers": [sp.csr_array(np.ones((40, 2))), sp.csr_array(np.ones((3, 2)))]}, "covers"),
        ({"covers": [sp.csr_array(np.ones((40, 2)))] * 3}, "weights"),
    ],
)
def test_a_malformed_argument_is_named(change, field):
    call = {"covers": sp.csr_array(np.ones((40, 2), bool)), "weights": np.ones((2, 2)), "limit": 2}
    with pytest.raises(InputError) as refused:
        robust_cover(**(call | change))
    assert field in [problem.field for problem in refused.value.problems]
