"""Laws of the laydown problem, against every laydown of tiny made-up theatres."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive.laydown import is_allowed
from tests.siting.theatres import best_of_all, every_laydown, made, naive_value, permuted

from egide.siting.answer import Status
from egide.siting.clock import Clock
from egide.siting.laydown_bound import LaydownBound
from egide.siting.laydown_search import Search
from egide.siting.laydown_solve import solve, solve_tiers

seeds = st.integers(0, 10**6)
aparts = st.sampled_from([0.0, 0.4])


@settings(max_examples=25)
@given(seed=seeds, apart=aparts, kept=st.booleans())
def test_the_answer_is_the_best_of_all_laydowns_and_lies_between_greedy_and_bound(
    seed: int, apart: float, kept: bool
) -> None:
    instance = made(seed, apart=apart, kept=kept)
    best = best_of_all(instance)
    found = solve(instance, 3, 0.0, Clock(math.inf))
    search = Search(instance, 3)
    assert is_allowed(instance.board, found.chosen, instance.fixed_sites)
    assert found.objective == pytest.approx(naive_value(instance, found.chosen), abs=1e-12)
    assert search.value(search.greedy([], instance.counts)) <= found.objective + 1e-12
    assert found.objective == pytest.approx(best, abs=1e-9)
    assert best <= found.bound + 1e-9
    assert found.status(0.0) is Status.OPTIMAL


@settings(max_examples=40)
@given(seed=seeds, apart=aparts, kept=st.booleans())
def test_any_prices_bound_every_laydown(seed: int, apart: float, kept: bool) -> None:
    """Prices of the iteration, and made-up ones."""
    instance = made(seed, apart=apart, kept=kept)
    best = best_of_all(instance)
    bound = LaydownBound(instance)
    rng = np.random.default_rng(seed)
    for scale in (0.0, 0.01, 0.1, 1.0):
        assert bound.value_at(scale * rng.random(bound.best_price.shape)) >= best - 1e-9
    for _ in range(4):
        before = bound.bound
        bound.advance(25)
        assert best - 1e-9 <= bound.bound <= before


@settings(max_examples=25)
@given(seed=seeds, lost=st.integers(1, 2))
def test_the_bound_for_units_that_may_be_lost_holds_after_the_worst_loss(seed: int, lost: int) -> None:
    import itertools

    instance = made(seed)
    total = int(instance.counts.sum())
    best = max(
        min(
            naive_value(instance, [o for n, o in enumerate(chosen) if n not in gone])
            for gone in itertools.combinations(range(len(chosen)), min(lost, len(chosen)))
        )
        for chosen in every_laydown(instance)
    )
    bound = LaydownBound(instance, kept_fraction=max(1.0 - lost / total, 0.0))
    bound.advance(100)
    assert bound.bound >= best - 1e-9


@settings(max_examples=20)
@given(seed=seeds, apart=aparts)
def test_the_order_of_the_sites_changes_nothing_but_labels(seed: int, apart: float) -> None:
    instance = made(seed, apart=apart)
    order = np.random.default_rng(seed).permutation(len(instance.sites))
    one, two = (solve(each, 1, 0.0, Clock(math.inf)) for each in (instance, permuted(instance, order)))
    assert one.objective == pytest.approx(two.objective, abs=1e-9)


@settings(max_examples=20)
@given(seed=seeds, factor=st.floats(1e-3, 1e3))
def test_weights_on_another_scale_change_nothing_but_the_scale(seed: int, factor: float) -> None:
    instance = made(seed)
    one = solve(instance, 1, 0.0, Clock(math.inf))
    two = solve(replace(instance, worth=factor * instance.worth), 1, 0.0, Clock(math.inf))
    assert two.objective == pytest.approx(factor * one.objective, rel=1e-6)


@settings(max_examples=20)
@given(seed=seeds, kind=st.integers(0, 1))
def test_one_more_unit_never_lowers_a_proven_optimum(seed: int, kind: int) -> None:
    instance = made(seed)
    members = [*instance.members]
    members[kind] = (*members[kind], "one more")
    one, two = (
        solve(each, 1, 0.0, Clock(math.inf)) for each in (instance, replace(instance, members=tuple(members)))
    )
    assert two.objective >= one.objective - 1e-9
    assert two.bound >= one.objective - 1e-9


@settings(max_examples=20)
@given(seed=seeds, apart=aparts)
def test_strict_tiers_are_served_in_turn(seed: int, apart: float) -> None:
    """The values by tier are the greatest of all laydowns in dictionary order, and each bound holds."""
    instance = made(seed, apart=apart)
    names = sorted({int(t) for t in instance.tier[(instance.worth > 0).any(axis=1)]})
    worths = [np.where((instance.tier == t)[:, None], instance.worth, 0.0) for t in names]
    every = [tuple(round(naive_value(instance, c, w), 9) for w in worths) for c in every_laydown(instance)]
    chosen, tiers = solve_tiers(instance, 2, 0.0, Clock(math.inf))
    assert [tier.tier for tier in tiers] == names
    assert [tier.solved.objective for tier in tiers] == pytest.approx(list(max(every)), abs=1e-6)
    for number, tier in enumerate(tiers):
        floor = [t.solved.objective - 1e-9 for t in tiers[:number]]
        able = [v[number] for v in every if all(a >= b - 1e-8 for a, b in zip(v, floor, strict=False))]
        assert tier.solved.bound >= max(able) - 1e-6
    final = [naive_value(instance, chosen, w) for w in worths]
    assert final == pytest.approx([tier.solved.objective for tier in tiers], abs=1e-6)


def test_no_time_at_all_is_a_status_with_a_bound() -> None:
    instance = made(4)
    found = solve(instance, 1, 0.0, Clock(0.0))
    assert found.status(0.0) in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert found.out_of_time
    assert found.bound >= best_of_all(instance) - 1e-9
    assert is_allowed(instance.board, found.chosen, instance.fixed_sites)


def test_the_annealing_is_the_same_twice_and_differs_between_seeds() -> None:
    instance = made(11, sites=6)
    start = Search(instance, 0).greedy([], instance.counts)
    runs = [Search(instance, seed).anneal(start, 0, 200) for seed in (1, 1, 2, 3, 4)]
    assert runs[0] == runs[1]
    assert len({tuple(run) for run in runs}) > 1
