"""The parts under the covering problems: envelope, budget bound, step of the weights, reduction, clock."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import covering as naive
from tests.siting.instances import small

from egide.siting.clock import Clock
from egide.siting.counts import concave_envelope, count_problem, paid_bound
from egide.siting.reduction import quantum, reduce_covers
from egide.siting.relaxation import Relaxation


@given(st.lists(st.integers(0, 5), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_the_envelope_is_the_least_concave_function_above_the_table(steps):
    """At every count it is the best mean of two counts that average to it."""
    value = np.concatenate(([0.0], np.cumsum(steps)))
    slopes, widths = concave_envelope(value)
    at = np.concatenate(([0.0], np.cumsum(widths)))
    height = np.concatenate(([0.0], np.cumsum(slopes * widths)))
    assert (np.diff(slopes) < 0).all()
    for k in range(len(value)):
        best = value[k]
        for a, b in itertools.product(range(k), range(k + 1, len(value))):
            best = max(best, value[a] + (value[b] - value[a]) * (k - a) / (b - a))
        assert np.interp(k, at, height) == pytest.approx(best)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=6),
    st.integers(0, 4),
    st.sampled_from([np.inf, 0.0, 3.0, 7.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_price_bound_is_never_below_what_a_choice_is_worth(sites, limit, budget):
    prices, costs = (np.array(side, float) for side in zip(*sites, strict=True))
    none, one = np.zeros(len(sites)), np.ones(len(sites))
    worth = [
        sum(prices[list(choice)])
        for size in range(min(limit, len(sites)) + 1)
        for choice in itertools.combinations(range(len(sites)), size)
        if sum(costs[list(choice)]) <= budget
    ]
    bound = paid_bound(prices, none, one, limit, costs, budget)
    assert bound >= max(worth) - 1e-9
    if np.isinf(budget):
        assert bound == max(worth)


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([4.0, 6.0, 10.0], 2.0),
        ([0.0, 0.37, 0.74, 3.7], 0.37),
        ([1.0, 0.1, 0.03], 0.01),
        ([0.123456789, 0.987654321, np.pi], 0.0),
        ([0.0, 0.0], 0.0),
    ],
)
def test_the_step_of_the_weights_is_found_where_there_is_one(values, step):
    assert quantum(np.array(values)) == pytest.approx(step)


@given(small(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_reduced_instance_values_every_choice_of_its_sites_alike(case, dominate):
    """Merging and renaming keep the covered weight; without domination every useful site stays."""
    indptr, indices = naive.compressed(case.cover)
    names = np.arange(len(case.cover))
    costs = np.zeros(len(names)) if case.costs is None else case.costs
    reduced = reduce_covers(indptr, indices, case.weights, costs, names, dominate=dominate)
    columns = naive.dense(reduced.indptr, reduced.indices, len(reduced.weights)).T
    assert len({tuple(column) for column in columns}) == len(columns)
    useful = np.nonzero((case.cover & (case.weights > 0)).any(axis=1))[0]
    assert set(reduced.sites) <= set(useful)
    assert dominate or set(reduced.sites) == set(useful)
    problem = count_problem(reduced, lambda count: np.minimum(count, 1.0), len(names), 1, np.inf)
    for chosen in itertools.combinations(range(len(reduced.sites)), min(2, len(reduced.sites))):
        covered = case.cover[reduced.sites[list(chosen)]].any(axis=0)
        value = problem.objective(np.array(chosen, np.int64))
        assert value == pytest.approx(case.weights[covered].sum())


@given(small(), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_every_step_of_the_relaxation_leaves_a_bound_that_only_falls(case, limit):
    indptr, indices = naive.compressed(case.cover)
    names = np.arange(len(case.cover))
    reduced = reduce_covers(indptr, indices, case.weights, np.zeros(len(names)), names, dominate=False)
    if not reduced.weights.size:
        return
    problem = count_problem(reduced, lambda count: 1.0 - 0.4**count, limit, 1, np.inf)
    best = max(
        problem.objective(np.array(chosen, np.int64))
        for size in range(problem.limit + 1)
        for chosen in itertools.combinations(range(len(reduced.sites)), size)
    )
    relaxation = Relaxation(problem)
    bounds = [relaxation.bound]
    for _ in range(8):
        relaxation.advance(10)
        bounds.append(relaxation.bound)
    assert (np.diff(bounds) <= 0).all()
    assert bounds[-1] >= best - 1e-9 * best
    assert relaxation.relaxed <= bounds[-1] * (1 + 1e-9)


def test_a_clock_without_limit_never_ends_and_one_of_zero_is_over_at_once():
    assert not Clock(np.inf).over()
    assert Clock(0.0).over()
    assert Clock(5.0).left_s() <= 5.0
