"""Maximal cover: against every choice on small instances, laws on larger ones, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import siting as naive
from tests.siting.instances import holds, planar, same_number, small

from egide.errors import InputError
from egide.siting import Status, maximal_cover


@given(small(), st.sampled_from([0.0, 0.05]))
@settings(max_examples=60, deadline=None)
def test_no_choice_beats_the_answer_by_more_than_its_bound(case, gap):
    answer = maximal_cover(case.rows, case.weights, case.limit, gap=gap, **case.money)
    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget)
    best = max(naive.covered(case.cover, case.weights, each) for each in options)
    holds(answer, best)
    assert answer.status in (Status.OPTIMAL, Status.GAP_REACHED)
    assert answer.gap <= gap
    assert same_number(answer.objective, naive.covered(case.cover, case.weights, answer.sites.tolist()))
    assert len(answer.sites) <= case.limit
    assert case.costs is None or case.costs[answer.sites].sum() <= case.budget


@pytest.mark.parametrize("seed", range(3))
def test_names_scale_and_repetition_change_nothing_but_labels(seed):
    """Permuted sites and points, weights times 3.7 and every point split in two give the same sites."""
    covers, weights = planar(120, 2_000, 3.0, seed)
    base = maximal_cover(covers, weights, 8)
    draw = np.random.default_rng(seed)
    by_site, by_point = draw.permutation(120), draw.permutation(2_000)
    permuted = maximal_cover(sp.csr_array(covers[by_site][:, by_point]), weights[by_point], 8)
    scaled = maximal_cover(covers, 3.7 * weights, 8)
    doubled = maximal_cover(sp.csr_array(sp.hstack([covers, covers])), np.tile(weights / 2, 2), 8)
    np.testing.assert_array_equal(np.sort(by_site[permuted.sites]), base.sites)
    np.testing.assert_array_equal(scaled.sites, base.sites)
    np.testing.assert_array_equal(doubled.sites, base.sites)
    assert permuted.objective == base.objective == doubled.objective
    assert scaled.objective == pytest.approx(3.7 * base.objective)


def test_a_proven_optimum_never_falls_with_one_more_unit_or_one_more_candidate():
    covers, weights = planar(60, 800, 4.0, 5)
    values = [maximal_cover(covers, weights, limit, gap=0.0) for limit in range(1, 9)]
    assert all(each.status == Status.OPTIMAL for each in values)
    assert (np.diff([each.objective for each in values]) >= 0).all()
    fewer = maximal_cover(covers[:59], weights, 4, gap=0.0)
    assert fewer.objective <= values[3].objective


def test_the_answer_is_no_worse_than_greedy_and_no_better_than_the_bound():
    covers, weights = planar(150, 4_000, 2.5, 1)
    quick = maximal_cover(covers, weights, 12, time_limit_s=0)
    full = maximal_cover(covers, weights, 12)
    assert quick.status == Status.TIME_LIMIT
    assert quick.objective <= full.objective <= full.bound <= quick.bound
    assert full.gap <= 0.01


def test_the_same_seed_gives_the_same_answer_twice():
    covers, weights = planar(150, 4_000, 2.5, 2)
    first, second = (maximal_cover(covers, weights, 12, gap=0.001, seed=9) for _ in range(2))
    np.testing.assert_array_equal(first.sites, second.sites)
    assert (first.objective, first.bound, first.status) == (second.objective, second.bound, second.status)


def test_the_branch_and_bound_tree_agrees_with_branch_and_cut():
    """A relaxation far above the optimum is split by our own tree; HiGHS on the same model agrees."""
    from egide.siting.clock import Clock
    from egide.siting.counts import count_problem
    from egide.siting.inputs import Door, checked, reduced_of
    from egide.siting.models import prove_concave

    covers, weights = planar(40, 3_000, 5.5, 4)
    answer = maximal_cover(covers, weights, 6, gap=0.0)
    assert answer.status == Status.OPTIMAL
    door = Door("test")
    call = checked(door, door.covers(covers), weights, 6, None, None, (0.0, 60.0, 0))
    reduced = reduced_of(call, dominate=True)
    problem = count_problem(reduced, lambda count: np.minimum(count, 1.0), 6, 1, np.inf)
    place = {int(site): k for k, site in enumerate(reduced.sites)}
    proof = prove_concave(problem, np.array([place[int(i)] for i in answer.sites]), 0.0, Clock(60.0))
    assert abs(proof.bound * problem.step - answer.objective) < 1.0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weights": [1.0, np.nan]}, "weights[1]"),
        ({"weights": [1.0, -2.0]}, "weights[1]"),
        ({"weights": [1.0]}, "weights"),
        ({"weights": "heavy"}, "weights"),
        ({"limit": -1}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"limit": True}, "limit"),
        ({"covers": sp.csr_array(np.array([[0.5, 1.0], [0.0, 1.0]]))}, "covers.data"),
        ({"covers": np.ones(3)}, "covers"),
        ({"covers": None}, "covers"),
        ({"costs": [1.0, 2.0]}, "budget"),
        ({"budget": 3.0}, "costs"),
        ({"costs": [1.0, np.inf], "budget": 3.0}, "costs[1]"),
        ({"costs": [1.0, 1.0], "budget": np.nan}, "budget"),
        ({"gap": -0.1}, "gap"),
        ({"gap": np.nan}, "gap"),
        ({"time_limit_s": -1}, "time_limit_s"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_malformed_argument_is_named(change, field):
    call = {"covers": sp.csr_array(np.eye(2, dtype=bool)), "weights": [1.0, 2.0], "limit": 1} | change
    with pytest.raises(InputError) as refused:
        maximal_cover(**call)
    assert field in [problem.field for problem in refused.value.problems]


def test_all_problems_are_reported_together():
    with pytest.raises(InputError) as refused:
        maximal_cover(sp.csr_array(np.eye(2, dtype=bool)), [np.nan, -1.0], -3, gap=-1.0)
    assert {problem.field for problem in refused.value.problems} == {
        "weights[0]", "weights[1]", "limit", "gap"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("covers", "weights", "limit", "money"),
    [
        (np.ones((2, 3), bool), np.ones(3), 0, {}),
        (np.zeros((2, 3), bool), np.ones(3), 2, {}),
        (np.ones((2, 3), bool), np.zeros(3), 2, {}),
        (np.ones((2, 3), bool), np.ones(3), 2, {"costs": [5.0, 6.0], "budget": 1.0}),
        (np.zeros((0, 3), bool), np.ones(3), 2, {}),
        (np.zeros((2, 0), bool), np.ones(0), 2, {}),
    ],
)
def test_nothing_to_gain_is_an_answer(covers, weights, limit, money):
    """No units, no cover, no weight, no money, no sites and no points all give the empty optimum."""
    answer = maximal_cover(sp.csr_array(covers), weights, limit, **money)
    assert answer.status == Status.OPTIMAL
    assert (answer.objective, answer.bound, answer.gap) == (0.0, 0.0, 0.0)
    assert answer.sites.size == 0


def test_a_limit_above_the_number_of_sites_covers_all_that_can_be_covered():
    covers = sp.csr_array(np.array([[1, 0, 0], [0, 1, 0]], bool))
    answer = maximal_cover(covers, [1.0, 2.0, 4.0], 10)
    assert (answer.objective, answer.status) == (3.0, Status.OPTIMAL)


def test_untidy_rows_mean_what_they_say():
    """Unsorted indices and stored zeros are tidied; a point named twice is refused."""
    untidy = sp.csr_array((np.array([1, 1, 0]), np.array([2, 0, 1]), np.array([0, 3])), shape=(1, 3))
    assert maximal_cover(untidy, [1.0, 8.0, 2.0], 1).objective == 3.0
    twice = sp.csr_array((np.array([1, 1]), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    with pytest.raises(InputError):
        maximal_cover(twice, [1.0], 1)
