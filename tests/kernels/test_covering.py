"""Kernels of the covering problems against their slow twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import covering as naive
from tests.naive import covering_all as naive_all
from tests.naive import covering_bound as naive_bound
from tests.naive import covering_search as naive_search

from egide.kernels import covering, covering_all, covering_bound, covering_search


@st.composite
def instances(draw, most_sites=7, most_points=10):
    """A small random cover matrix with whole weights and costs, so that sums are exact."""
    sites, points = draw(st.integers(1, most_sites)), draw(st.integers(1, most_points))
    bits = draw(st.lists(st.booleans(), min_size=sites * points, max_size=sites * points))
    weights = draw(st.lists(st.integers(1, 9), min_size=points, max_size=points))
    costs = draw(st.lists(st.integers(0, 4), min_size=sites, max_size=sites))
    return np.array(bits).reshape(sites, points), np.array(weights, float), np.array(costs, float)


def without_empty_columns(cover, weights):
    """A copy in which every point has a site: the first takes what nobody has."""
    cover = cover.copy()
    cover[0] |= ~cover.any(axis=0)
    cover[:, 0] |= ~cover.any(axis=1)
    return cover, weights


def sets_of(cover, weights, steps, costs):
    indptr, indices = naive.compressed(cover)
    by_point, point_sites = naive.compressed(cover.T)
    return covering_search.Sets(indptr, indices, by_point, point_sites, weights, steps, costs)


@given(instances())
@settings(max_examples=40, deadline=None)
def test_row_checks_sums_and_transposition_equal_their_twins(instance):
    """Canonical rows, hashes and transposition are what plain loops say."""
    cover, weights, _ = instance
    indptr, indices = naive.compressed(cover)
    points = len(weights)
    words = np.arange(1, 20, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert covering.rows_are_canonical(indptr, indices, points)
    shuffled = indices[::-1].copy()
    assert covering.rows_are_canonical(indptr, shuffled, points) == naive.rows_are_canonical(
        indptr, shuffled, points
    )
    by_site, by_point = words[: len(cover)], words[:points]
    np.testing.assert_array_equal(
        covering.column_sums(indptr, indices, by_site, points),
        naive.column_sums(indptr, indices, by_site, points),
    )
    np.testing.assert_array_equal(
        covering.row_sums(indptr, indices, by_point), naive.row_sums(indptr, indices, by_point)
    )
    turned, expected = covering.transpose(indptr, indices, points), naive.compressed(cover.T)
    np.testing.assert_array_equal(turned[0], expected[0])
    np.testing.assert_array_equal(turned[1], expected[1])


@given(instances(), st.lists(st.integers(-1, 3), min_size=10, max_size=10))
@settings(max_examples=60, deadline=None)
def test_a_merge_is_accepted_only_where_every_row_holds_whole_groups(instance, drawn):
    """Any grouping is either rewritten exactly or recognised as false."""
    cover, weights, _ = instance
    indptr, indices = naive.compressed(cover)
    group = np.array(drawn[: len(weights)], np.int64)
    size = np.array([(group == g).sum() for g in range(4)], np.int64)
    out_indptr, out_indices = np.empty_like(indptr), np.empty_like(indices)
    accepted = covering.merge_columns(indptr, indices, group, size, out_indptr, out_indices)
    expected = naive.merge_columns(indptr, indices, group, size)
    assert accepted == (expected is not None)
    if expected is not None:
        rows = [set(out_indices[out_indptr[i] : out_indptr[i + 1]].tolist()) for i in range(len(cover))]
        assert rows == expected
        assert out_indptr[-1] == sum(map(len, expected))


@given(instances())
@settings(max_examples=60, deadline=None)
def test_dominated_rows_are_those_contained_in_a_row_that_costs_no_more(instance):
    cover, _, costs = instance
    found = covering.dominated_rows(*naive.compressed(cover), *naive.compressed(cover.T), costs)
    np.testing.assert_array_equal(found, naive.dominated_rows(cover, costs))


@given(instances(), st.integers(0, 4), st.floats(0, 9), st.booleans())
@settings(max_examples=60, deadline=None)
def test_lazy_greedy_chooses_what_eager_greedy_chooses(instance, limit, budget, by_ratio):
    """Old gains never understate, so laziness changes nothing."""
    cover, weights, costs = instance
    steps = np.array([1.0, 0.25, 0.0625, 0.015625, 0.0, 0.0, 0.0])
    slots = covering.greedy(*naive.compressed(cover), weights, steps, costs, limit, budget, by_ratio)
    assert slots.tolist() == naive.greedy(cover, weights, steps, costs, limit, budget, by_ratio)


@given(instances(), st.integers(0, 4), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_the_worst_loss_is_the_worst_of_all_combinations(instance, kept, lost):
    cover, weights, _ = instance
    chosen = np.arange(min(kept, len(cover)), dtype=np.int64)
    indptr, indices = naive.compressed(cover)
    loss, which = covering.worst_loss(indptr, indices, weights, chosen, lost)
    assert loss == naive.worst_loss(cover, weights, chosen.tolist(), lost)
    rest = [i for i in chosen if i not in which]
    counts = covering.cover_counts(indptr, indices, chosen, len(weights))
    np.testing.assert_array_equal(counts, naive.cover_counts(cover, chosen))
    left = naive.cover_counts(cover, rest) > 0
    assert loss == weights[(counts > 0) & ~left].sum()


@given(
    instances(),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(0, 3),
    st.sampled_from([np.inf, 6.0]),
    st.sampled_from(["once", "twice", "halving"]),
)
@settings(max_examples=60, deadline=None)
def test_tabu_search_makes_the_moves_that_trying_every_swap_would_make(
    instance, slots, kick, tenure, budget, kind
):
    """Tables kept up to date give the same choices as values taken from scratch."""
    cover, weights, costs = instance
    count = np.arange(slots + 1.0)
    value = {"once": np.minimum(count, 1), "twice": (count >= 2) * 1.0, "halving": 1 - 0.5**count}[kind]
    steps = np.concatenate((np.diff(value), [0.0, 0.0]))
    start = np.full(slots, -1, np.int64)
    if costs[0] <= budget:
        start[0] = 0
    sets = sets_of(cover, weights, steps, costs)
    best, best_value = covering_search.tabu_search(sets, budget, start, kick, 12, tenure, 3, 5)
    table = np.append(value, value[-1])
    expected, expected_value = naive_search.tabu_search(
        cover, weights, table, costs, budget, start.tolist(), kick, 12, tenure, 3, 5
    )
    assert best.tolist() == expected
    assert best_value == expected_value


@given(instances(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_weighted_row_search_makes_the_moves_of_its_twin(instance, seed):
    cover, weights, costs = instance
    cover, _ = without_empty_columns(cover, weights)
    start = np.ones(len(cover), bool)
    found = covering_all.weighted_row_search(
        *naive.compressed(cover), *naive.compressed(cover.T), costs + 1.0, start, 40, seed, 2
    )
    expected = naive_all.weighted_row_search(cover, costs + 1.0, start, 40, seed, 2)
    np.testing.assert_array_equal(found, expected)
    assert cover[found].any(axis=0).all()


@given(instances(), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_primal_dual_steps_equal_the_matrix_form(instance, seed):
    """Five steps, in the norm-scaled form, agree with dense linear algebra and a grid for each price."""
    cover, weights, _ = instance
    cover, weights = without_empty_columns(cover, weights)
    sites, points = cover.shape
    slopes, widths = np.array([0.7, 0.21]), np.array([1.0, 2.0])
    draw = np.random.default_rng(seed)
    share, prices = draw.random(sites), draw.random(points) * 0.7
    least, most, limit = np.zeros(sites), np.ones(sites), float(max(1, sites // 2))
    expected = naive_bound.primal_dual_steps(
        cover, weights, slopes, widths, least, most, limit, 0.5, 5, share.copy(), prices.copy()
    )
    sums = np.zeros(sites), np.zeros(points)
    by_site, by_point = naive.compressed(cover), naive.compressed(cover.T)
    covering_bound.primal_dual_steps(
        *by_site, *by_point, weights, slopes, widths, least, most, limit, np.zeros(sites), np.inf, 0.5, 5,
        share, prices, np.zeros(2), *sums,
    )  # fmt: skip
    for found, wanted in zip((share, prices, *sums), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_allclose(
        covering_bound.site_prices(*by_site, weights, prices), naive_bound.site_prices(cover, weights, prices)
    )
    np.testing.assert_allclose(
        covering_bound.point_slack(weights, prices, slopes, widths),
        naive_bound.point_slack(weights, prices, slopes, widths),
    )
    np.testing.assert_allclose(
        covering_bound.relaxed_value(*by_point, weights, share, slopes, widths),
        naive_bound.relaxed_value(cover, weights, share, slopes, widths),
    )


@given(st.integers(1, 8), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_projection_is_the_nearest_allowed_choice(sites, seed):
    draw = np.random.default_rng(seed)
    wish, step = draw.normal(0.5, 1.0, sites), draw.uniform(0.2, 2.0, sites)
    least = (draw.random(sites) < 0.3) * 1.0
    most = least + (draw.random(sites) < 0.8)
    limit = float(least.sum() + draw.integers(0, 3))
    out = np.empty(sites)
    covering_bound.project(wish, step, least, most, limit, out)
    np.testing.assert_allclose(out, naive_bound.project(wish, step, least, most, limit), atol=1e-9)
    assert out.sum() <= limit + 1e-9


@given(instances(), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_set_cover_steps_equal_the_matrix_form(instance, seed):
    cover, weights, costs = instance
    cover, _ = without_empty_columns(cover, weights)
    draw = np.random.default_rng(seed)
    share, prices = draw.random(cover.shape[0]), draw.random(cover.shape[1])
    expected = naive_all.cover_all_steps(cover, costs, 0.7, 6, share.copy(), prices.copy())
    sums = np.zeros_like(share), np.zeros_like(prices)
    covering_all.cover_all_steps(
        *naive.compressed(cover), *naive.compressed(cover.T), costs, 0.7, 6, share, prices, *sums
    )
    for found, wanted in zip((share, prices, *sums), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-9)
