"""Set cover: against every choice on small instances, laws, and points that no site covers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import siting as naive
from tests.siting.instances import holds, planar, small

from egide.errors import InputError
from egide.siting import Status, set_cover


@given(small(), st.booleans(), st.sampled_from([0.0, 0.2]))
@settings(max_examples=60, deadline=None)
def test_no_cover_is_cheaper_than_the_bound(case, paid, gap):
    costs = case.costs if paid and case.costs is not None else np.ones(len(case.cover))
    answer = set_cover(case.rows, costs, gap=gap)
    needed = case.cover.any(axis=0)
    full = [
        each
        for each in naive.choices(len(case.cover), len(case.cover))
        if (naive.counts(case.cover, each)[needed] > 0).all()
    ]
    holds(answer, min(costs[each].sum() for each in full), minimise=True)
    assert (naive.counts(case.cover, answer.sites.tolist())[needed] > 0).all()
    np.testing.assert_array_equal(answer.uncoverable, np.nonzero(~needed)[0])
    assert (answer.status == Status.INFEASIBLE) == (not needed.all())
    assert answer.gap <= gap


def test_points_without_a_site_make_the_problem_infeasible_and_are_named():
    covers = sp.csr_array(np.array([[1, 0, 0, 1], [0, 1, 0, 0]], bool))
    answer = set_cover(covers)
    assert answer.status == Status.INFEASIBLE
    assert answer.uncoverable.tolist() == [2]
    assert answer.sites.tolist() == [0, 1]


def test_names_and_scale_change_nothing_but_labels():
    covers, _ = planar(80, 600, 6.0, 3)
    draw = np.random.default_rng(0)
    costs = draw.integers(1, 20, 80).astype(float)
    base = set_cover(covers, costs, gap=0.0)
    by_site, by_point = draw.permutation(80), draw.permutation(600)
    permuted = set_cover(sp.csr_array(covers[by_site][:, by_point]), costs[by_site], gap=0.0)
    scaled = set_cover(covers, 0.3 * costs, gap=0.0)
    assert base.status == permuted.status == scaled.status == Status.OPTIMAL
    assert permuted.objective == base.objective
    assert scaled.objective == pytest.approx(0.3 * base.objective)


def test_one_more_candidate_never_makes_the_cheapest_cover_dearer():
    covers, _ = planar(61, 300, 9.0, 8)
    all_sites = set_cover(covers, gap=0.0)
    fewer = set_cover(covers[:60], gap=0.0)
    assert all_sites.status == fewer.status == Status.OPTIMAL
    assert all_sites.objective <= fewer.objective


def test_a_time_limit_of_zero_still_covers_everything_and_bounds_the_cost():
    covers, _ = planar(80, 600, 6.0, 4)
    quick, full = set_cover(covers, time_limit_s=0), set_cover(covers, gap=0.0)
    assert quick.status == Status.TIME_LIMIT
    assert quick.bound <= full.objective <= quick.objective
    assert (covers[quick.sites].sum(axis=0) > 0).all()


def test_nothing_to_cover_costs_nothing():
    answer = set_cover(sp.csr_array((3, 0), dtype=bool))
    assert (answer.objective, answer.bound, answer.gap, answer.status) == (0.0, 0.0, 0.0, Status.OPTIMAL)


@pytest.mark.parametrize(("costs", "field"), [([1.0], "costs"), ([1.0, -1.0], "costs[1]")])
def test_malformed_costs_are_named(costs, field):
    with pytest.raises(InputError) as refused:
        set_cover(sp.csr_array(np.eye(2, dtype=bool)), costs)
    assert [problem.field for problem in refused.value.problems] == [field]
